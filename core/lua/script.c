/* Loading: scan, run the vertical's files, compile the plan, seal, freeze. */
#include "lua/inside.h"

#include "base/text.h"

#include <stdlib.h>

enum {
    DEFAULT_CPU_MS = 20,
    DEFAULT_LOAD_MS = 500,
    DEFAULT_MEMORY = 16 << 20,
    DEFAULT_SOURCE = 64 << 10,
    MAX_FILES = 32,
};

typedef struct loading {
    ms_script *script;
    const ms_source_file **sources; /* the Lua files, vertical.lua first */
    size_t n;
    ms_str problems; /* one a line; p == NULL: none */
} loading;

static ms_script_limits with_defaults(const ms_script_limits *given)
{
    ms_script_limits l = given ? *given : (ms_script_limits){0};
    l.cpu_ms = l.cpu_ms ? l.cpu_ms : DEFAULT_CPU_MS;
    l.load_ms = l.load_ms ? l.load_ms : DEFAULT_LOAD_MS;
    l.memory_bytes = l.memory_bytes ? l.memory_bytes : DEFAULT_MEMORY;
    l.source_bytes = l.source_bytes ? l.source_bytes : DEFAULT_SOURCE;
    return l;
}

/* ---- before Lua sees the sources ------------------------------------------------------------ */

static bool is_lua(ms_str name)
{
    return name.n > 4 && memcmp(name.p + name.n - 4, ".lua", 4) == 0;
}

/* vertical.lua first, the others in the order given. */
static size_t choose_sources(const ms_source_file *files, size_t n, const ms_source_file **out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (ms_str_eqz(files[i].name, "vertical.lua"))
            out[k++] = &files[i];
    for (size_t i = 0; k && i < n; i++)
        if (is_lua(files[i].name) && !ms_str_eqz(files[i].name, "vertical.lua") && k < MAX_FILES)
            out[k++] = &files[i];
    return k;
}

static ms_status check_source(ms_script *s, const ms_source_file *file, ms_loaded_file *out,
                              ms_error *err)
{
    ms_str name = ms_arena_dup(s->arena, file->name), text = ms_arena_dup(s->arena, file->text);
    if (!name.p || (!text.p && file->text.n))
        return ms_fail(err, MS_NOMEM, "out of memory");
    out->name = name.p;
    if (text.n > s->limits.source_bytes)
        return ms_fail(err, MS_INVALID, MS_FMT ":1: the file has %zu bytes; %zu are allowed",
                       MS_ARG(name), text.n, s->limits.source_bytes);
    if (text.n && text.p[0] == LUA_SIGNATURE[0])
        return ms_fail(err, MS_INVALID, MS_FMT ":1: compiled Lua is not loaded, only source text",
                       MS_ARG(name));
    if (!ms_utf8_valid(text))
        return ms_fail(err, MS_INVALID, MS_FMT ":1: the file is not UTF-8", MS_ARG(name));
    return ms_scan(s->arena, name, text, &out->words, err);
}

static ms_status check_sources(loading *l, ms_error *err)
{
    ms_script *s = l->script;
    ms_status status = MS_OK;
    s->files = ms_alloc_zero(s->arena, l->n, sizeof *s->files);
    if (!s->files)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < l->n && !status; i++) {
        status = check_source(s, l->sources[i], &s->files[i], err);
        s->n_files += !status;
    }
    return status;
}

/* ---- inside the state ----------------------------------------------------------------------- */

static void run_file(lua_State *L, const ms_source_file *file, const char *name)
{
    lua_pushfstring(L, "=%s", name);
    if (luaL_loadbufferx(L, file->text.p ? file->text.p : "", file->text.n, lua_tostring(L, -1),
                         "t") != LUA_OK)
        lua_error(L);
    ms_library_environment(L);
    lua_setupvalue(L, -2, 1); /* the only upvalue of a chunk is _ENV */
    lua_call(L, 0, 0);
    lua_pop(L, 1);
}

/* Joins the list on top of the stack, if it is one and not empty. */
static void take_problems(lua_State *L, loading *l)
{
    luaL_Buffer text;
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    if (!n)
        return;
    int list = lua_absindex(L, -1);
    luaL_buffinit(L, &text);
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addchar(&text, '\n');
        lua_rawgeti(L, list, i);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    l->problems = ms_script_text(L, -1);
    lua_pop(L, 1);
}

/* [protected] */
static int load_all(lua_State *L)
{
    loading *l = lua_touserdata(L, 1);
    ms_script *s = l->script;
    ms_library_open(L);
    for (size_t i = 0; i < l->n; i++)
        run_file(L, l->sources[i], s->files[i].name);
    ms_library_field(L, "finish");
    lua_pushlstring(L, s->name.p, s->name.n);
    lua_call(L, 1, 2);
    take_problems(L, l);
    lua_pop(L, 1);
    if (!l->problems.p) {
        ms_compile(L, s);
        ms_freeze_functions(L, s);
    }
    return 0;
}

/* [protected] What had been reported when an error ended loading. */
static int problems_so_far(lua_State *L)
{
    loading *l = lua_touserdata(L, 1);
    if (l->script->library == LUA_NOREF)
        return 0;
    ms_library_field(L, "problems");
    lua_call(L, 0, 1);
    take_problems(L, l);
    return 0;
}

/* Whole lines, as many as there is room for; the hint says how many are left out. */
static ms_status report(ms_str problems, ms_error *err)
{
    enum { ROOM = sizeof((ms_error *)0)->text - 1 };
    size_t n = problems.n, left_out = 0;
    while (n > ROOM) {
        const char *end = memrchr(problems.p, '\n', n);
        n = end ? (size_t)(end - problems.p) : ROOM;
        left_out += end != NULL;
    }
    ms_fail(err, MS_INVALID, "%.*s", (int)n, problems.p);
    if (left_out)
        ms_hint(err, "%zu more after these", left_out);
    return MS_INVALID;
}

/* Problems that were found before an error come first: they are what led to it. */
static ms_status load_failed(loading *l, ms_status status, ms_error *err)
{
    ms_error ignored = {0};
    if (status == MS_INVALID)
        ms_protect(l->script, problems_so_far, l, l->script->limits.load_ms, MS_INVALID, &ignored);
    return l->problems.p ? report(l->problems, err) : status;
}

static ms_status load_into(ms_script *s, loading *l, const ms_source_file *files, size_t n_files,
                           ms_error *err)
{
    char version[65];
    ms_error why = {0};
    ms_status status = check_sources(l, err);
    if (!status)
        status = ms_state_open(s, err);
    if (status)
        return status;
    status = ms_protect(s, load_all, l, s->limits.load_ms, MS_INVALID, &why);
    if (err)
        *err = why;
    if (status || l->problems.p)
        return load_failed(l, status, err);
    if (!ms_script_version(files, n_files, version))
        return ms_fail(err, MS_NOMEM, "out of memory");
    s->vertical.version = ms_arena_dup(s->arena, ms_str_z(version));
    s->vertical.file = ms_str_z(s->files[0].name);
    if (!s->vertical.version.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    return ms_vertical_seal(&s->vertical, s->arena, err);
}

/* ---- the interface -------------------------------------------------------------------------- */

static ms_script *new_script(ms_str name, const ms_script_limits *limits)
{
    ms_script *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->limits = with_defaults(limits);
    s->library = LUA_NOREF;
    s->arena = ms_arena_new(0);
    s->call_arena = ms_arena_new(0);
    s->name = s->arena ? ms_arena_dup(s->arena, name) : MS_NONE;
    if (s->call_arena && s->name.p)
        return s;
    ms_script_free(s);
    return NULL;
}

ms_status ms_script_load(ms_str name, const ms_source_file *files, size_t n,
                         const ms_script_limits *limits, ms_script **out, ms_error *err)
{
    const ms_source_file *sources[MAX_FILES];
    loading l = {.sources = sources};
    *out = NULL;
    if (n > MAX_FILES)
        return ms_fail(err, MS_INVALID, "vertical " MS_FMT " has more than %d files", MS_ARG(name),
                       MAX_FILES);
    l.n = choose_sources(files, n, sources);
    if (!l.n)
        return ms_fail(err, MS_INVALID, "vertical " MS_FMT " has no vertical.lua", MS_ARG(name));
    ms_script *s = l.script = new_script(name, limits);
    if (!s)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = load_into(s, &l, files, n, err);
    if (status)
        ms_script_free(s);
    else
        *out = s;
    return status;
}

void ms_script_free(ms_script *s)
{
    if (!s)
        return;
    ms_vertical_unseal(&s->vertical);
    ms_state_close(s);
    ms_arena_free(s->call_arena);
    ms_arena_free(s->arena);
    free(s);
}

const ms_vertical *ms_script_vertical(const ms_script *script)
{
    return &script->vertical;
}

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
    ms_problems *problems; /* what the library found is added */
    size_t before;         /* how many others were in it */
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

static ms_status not_utf8(ms_str name, ms_str text, ms_error *err)
{
    uint32_t line = 0, column = 0;
    unsigned char byte = ms_utf8_fault(text, &line, &column);
    return ms_fail(err, MS_INVALID,
                   MS_FMT ":%u:%u: the file is not UTF-8 (byte 0x%02X); save it as UTF-8",
                   MS_ARG(name), line, column, byte);
}

static ms_status check_source(ms_script *s, const ms_source_file *file, ms_loaded_file *out,
                              ms_error *err)
{
    ms_str name = ms_arena_dup(s->arena, file->name), text = ms_arena_dup(s->arena, file->text);
    if (!name.p || (!text.p && file->text.n))
        return ms_fail(err, MS_NOMEM, "out of memory");
    out->name = name.p;
    out->source = text;
    if (text.n > s->limits.source_bytes)
        return ms_fail(err, MS_INVALID, MS_FMT ":1: the file has %zu bytes; %zu are allowed",
                       MS_ARG(name), text.n, s->limits.source_bytes);
    if (text.n && text.p[0] == LUA_SIGNATURE[0])
        return ms_fail(err, MS_INVALID, MS_FMT ":1: compiled Lua is not loaded, only source text",
                       MS_ARG(name));
    if (!ms_utf8_valid(text))
        return not_utf8(name, text, err);
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

/* The message on top of the stack with the way out, where other languages or habits led to it. */
static void add_advice(lua_State *L)
{
    static const struct {
        const char *near, *advice;
    } known[] = {
        {"near '//'", "a comment begins with --"},
        {"near '/'", "a comment begins with --"},
        {"near '#'", "a comment begins with --"},
        {"symbol near '+'", "numbers have no + in front: write 10, not +10"},
        {"near '!'", "not is written none { ... }, and unequal a.name:is_not(...)"},
        {"near '&'", "conditions are joined with all { ... }"},
        {"near '|'", "one of several conditions is any { ... }"},
        {"invalid escape sequence", "a backslash in quotes is written twice, or the text between "
                                    "[[ and ]]"},
    };
    const char *text = lua_tostring(L, -1);
    for (size_t i = 0; text && i < sizeof known / sizeof *known; i++)
        if (strstr(text, known[i].near)) {
            lua_pushfstring(L, "%s; %s", text, known[i].advice);
            return;
        }
}

static void run_file(lua_State *L, loading *l, size_t i)
{
    const ms_source_file *file = l->sources[i];
    const char *name = l->script->files[i].name;
    lua_pushfstring(L, "=%s", name);
    if (luaL_loadbufferx(L, file->text.p ? file->text.p : "", file->text.n, lua_tostring(L, -1),
                         "t") != LUA_OK) {
        ms_script_of(L)->code = ms_code_find("E201");
        add_advice(L);
        lua_error(L);
    }
    ms_slips_report(&l->script->files[i].words, ms_str_z(name), l->problems);
    ms_library_environment(L);
    lua_setupvalue(L, -2, 1); /* the only upvalue of a chunk is _ENV */
    lua_call(L, 0, 0);
    lua_pop(L, 1);
}

/* Of the problem that was added last; 0: to be looked for. */
static void set_column(ms_problems *problems, uint32_t column, uint32_t width)
{
    if (!column || problems->failed)
        return;
    problems->items[problems->n - 1].column = column;
    problems->items[problems->n - 1].width = width ? width : 1;
}

/* The list on top of the stack, if it is one: entries are made by scripts/moonsift/problem.lua. */
static void take_problems(lua_State *L, loading *l)
{
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        ms_str code = ms_field_text(L, -1, "code", true), file = ms_field_text(L, -1, "file", true);
        uint32_t line = (uint32_t)ms_field_integer(L, -1, "line", 0);
        ms_problem_add(l->problems, code.p, file, line, ms_field_text(L, -1, "text", true));
        set_column(l->problems, (uint32_t)ms_field_integer(L, -1, "column", 0),
                   (uint32_t)ms_field_integer(L, -1, "width", 0));
        lua_pop(L, 1);
    }
    if (l->problems->failed)
        ms_raise_no_memory(L);
}

/* [protected] */
static int load_all(lua_State *L)
{
    loading *l = lua_touserdata(L, 1);
    ms_script *s = l->script;
    ms_library_open(L);
    for (size_t i = 0; i < l->n; i++)
        run_file(L, l, i);
    ms_library_field(L, "finish");
    lua_pushlstring(L, s->name.p, s->name.n);
    lua_call(L, 1, 2);
    take_problems(L, l);
    lua_pop(L, 1);
    if (l->problems->n == l->before) {
        ms_compile(L, s);
        ms_freeze_functions(L, s);
        ms_prepare_calls(L, s);
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

/* [protected] */
static int load_partly(lua_State *L)
{
    ms_script *s = ((loading *)lua_touserdata(L, 1))->script;
    ms_library_field(L, "partial");
    lua_pushlstring(L, s->name.p, s->name.n);
    lua_call(L, 1, 1);
    ms_compile(L, s);
    return 0;
}

/* What is left of a script with errors, or nothing: its library raises where the rest makes no
 * sense. */
static bool understand_partly(loading *l)
{
    ms_error ignored = {0};
    ms_script *s = l->script;
    if (!s || !s->L || s->library == LUA_NOREF)
        return false;
    s->vertical = (ms_vertical){.version = MS_STR(""), .file = ms_str_z(s->files[0].name)};
    return !ms_protect(s, load_partly, l, s->limits.load_ms, MS_INVALID, &ignored) &&
           !ms_vertical_seal(&s->vertical, s->arena, &ignored);
}

/* Sources that are not read at all end loading before the library has anything to say. */
static ms_status load_into(ms_script *s, loading *l, const ms_source_file *files, size_t n_files,
                           ms_error *err)
{
    char version[65];
    ms_error ignored = {0};
    ms_status status = check_sources(l, err);
    if (status)
        s->code = ms_code_find(s->files && s->files[s->n_files].words.not_lua ? "E201" : "E202");
    else
        status = ms_state_open(s, err);
    if (status)
        return status;
    status = ms_protect(s, load_all, l, s->limits.load_ms, MS_INVALID, err);
    const ms_code *code = s->code;
    if (status == MS_INVALID) /* what led to it comes first */
        ms_protect(s, problems_so_far, l, s->limits.load_ms, MS_INVALID, &ignored);
    s->code = code ? code : ms_code_find("E207");
    if (status || l->problems->n > l->before)
        return status;
    if (!ms_script_version(files, n_files, version))
        return ms_fail(err, MS_NOMEM, "out of memory");
    s->vertical.version = ms_arena_dup(s->arena, ms_str_z(version));
    s->vertical.file = ms_str_z(s->files[0].name);
    if (!s->vertical.version.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    s->code = ms_code_find("E209");
    return ms_vertical_seal(&s->vertical, s->arena, err);
}

/* ---- what is told --------------------------------------------------------------------------- */

/* "vertical.lua:34: text" or "vertical.lua:34:7: text" as a problem; without a place it is one of
 * the whole. */
static void add_error(loading *l, const char *code, const char *text)
{
    const char *colon = strchr(text, ':'), *rest = NULL;
    uint32_t line = 0, column = 0;
    ms_str file = MS_STR("vertical.lua");
    for (size_t i = 0; colon && !rest && i < l->n; i++) {
        if (!ms_str_eq((ms_str){text, (size_t)(colon - text)}, l->sources[i]->name))
            continue;
        char *end = NULL;
        line = (uint32_t)strtoul(colon + 1, &end, 10);
        file = l->sources[i]->name;
        if (end[0] == ':' && end[1] >= '0' && end[1] <= '9')
            column = (uint32_t)strtoul(end + 1, &end, 10);
        rest = end[0] == ':' && end[1] == ' ' ? end + 2 : end;
    }
    ms_problem_add(l->problems, code, file, line ? line : 1, ms_str_z(rest ? rest : text));
    set_column(l->problems, column, 1);
}

/* Whole lines, as many as there is room for; the hint says how many are left out. */
static ms_status report(const ms_problems *problems, ms_error *err)
{
    ms_error ignored;
    size_t used = 0, i = 0;
    err = err ? err : &ignored;
    ms_fail(err, MS_INVALID, "%s", "");
    for (; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        size_t room = sizeof err->text - used;
        int n = snprintf(err->text + used, room, "%s" MS_FMT ":%u: " MS_FMT, i ? "\n" : "",
                         MS_ARG(p->file), p->line, MS_ARG(p->text));
        if (n < 0 || ((size_t)n >= room && i)) {
            err->text[used] = '\0';
            break;
        }
        used += (size_t)n < room ? (size_t)n : room - 1;
    }
    if (i < problems->n)
        ms_hint(err, "%zu more after these", problems->n - i);
    return MS_INVALID;
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

static ms_status load(ms_str name, const ms_source_file *files, size_t n,
                      const ms_script_limits *limits, loading *l, ms_error *err)
{
    if (n > MAX_FILES)
        return ms_fail(err, MS_INVALID, "vertical " MS_FMT " has more than %d files", MS_ARG(name),
                       MAX_FILES);
    l->n = choose_sources(files, n, l->sources);
    if (!l->n)
        return ms_fail(err, MS_INVALID, "vertical " MS_FMT " has no vertical.lua", MS_ARG(name));
    l->script = new_script(name, limits);
    if (!l->script)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (!l->problems->arena)
        l->problems->arena = l->script->arena;
    ms_status status = load_into(l->script, l, files, n, err);
    if (status == MS_LIMIT_CPU) /* no key of the configuration is about loading */
        ms_hint(err, "look for a loop that does not end: a vertical has %u ms to load",
                l->script->limits.load_ms);
    return status;
}

ms_status ms_script_load(ms_str name, const ms_source_file *files, size_t n,
                         const ms_script_limits *limits, ms_script **out, ms_error *err)
{
    const ms_source_file *sources[MAX_FILES];
    ms_problems problems = {0};
    ms_error why = {0};
    loading l = {.sources = sources, .problems = &problems};
    *out = NULL;
    ms_status status = load(name, files, n, limits, &l, &why);
    if (status && err)
        *err = why;
    if (problems.n)
        status = report(&problems, err);
    if (status)
        ms_script_free(l.script);
    else
        *out = l.script;
    return status;
}

static const char *code_of(const loading *l, ms_status status)
{
    if (status == MS_LIMIT_CPU)
        return "E205";
    if (status == MS_LIMIT_MEM)
        return "E206";
    return l->script && l->script->code ? l->script->code->code : "E209";
}

ms_status ms_script_check(ms_str name, const ms_source_file *files, size_t n,
                          const ms_script_limits *limits, ms_problems *problems, ms_script **out,
                          ms_error *err)
{
    ms_script *partly = NULL;
    ms_status status = ms_script_check_partly(name, files, n, limits, problems, out, &partly, err);
    ms_script_free(partly);
    return status;
}

ms_status ms_script_check_partly(ms_str name, const ms_source_file *files, size_t n,
                                 const ms_script_limits *limits, ms_problems *problems,
                                 ms_script **out, ms_script **partly, ms_error *err)
{
    const ms_source_file *sources[MAX_FILES];
    ms_error why = {0};
    loading l = {.sources = sources, .problems = problems, .before = problems->n};
    *out = *partly = NULL;
    ms_status status = load(name, files, n, limits, &l, &why);
    bool script_is_wrong = status == MS_INVALID || status == MS_LIMIT_CPU || status == MS_LIMIT_MEM;
    if (script_is_wrong)
        add_error(&l, code_of(&l, status), why.text);
    else if (status && err)
        *err = why;
    bool loaded = !status && problems->n == l.before;
    size_t errors = ms_problems_errors(problems);
    if (loaded)
        status = ms_rehearse(l.script, problems, err);
    if (loaded && !status && ms_problems_errors(problems) == errors)
        *out = l.script;
    else if (loaded)
        ms_script_free(l.script);
    else if ((!status || status == MS_INVALID) && understand_partly(&l))
        *partly = l.script;
    else
        ms_script_free(l.script);
    if (problems->failed)
        return ms_fail(err, MS_NOMEM, "out of memory");
    return script_is_wrong ? MS_OK : status;
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

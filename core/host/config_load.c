/*
 * host/config_load.c: walks the file against the table of keys, and asks flags and environment for
 * what goes before it.
 */
#include "base/text.h"
#include "host/config_inner.h"

#include <stdlib.h>

enum { N_TOP = 3, MOST_KEYS = 64 };

/* ---- problems ------------------------------------------------------------------------------- */

static void tell(ms_cload *load, bool warning, int line, const char *hint, const char *text)
{
    ms_error e = {0};
    if (line > 0)
        ms_fail(&e, MS_INVALID, "%s:%d: %s", load->config->file, line, text);
    else
        ms_fail(&e, MS_INVALID, "%s", text);
    if (hint)
        ms_hint(&e, "%s", hint);
    if (load->report)
        load->report(load->arg, warning, e.text, e.hint);
    if (!warning && load->problems++ == 0)
        load->first = e;
}

void ms_cload_problem(ms_cload *load, int line, const char *hint, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    tell(load, false, line, hint, text);
}

void ms_cload_warn(ms_cload *load, int line, const char *hint, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    tell(load, true, line, hint, text);
}

void ms_cload_unknown(ms_cload *load, int line, ms_str path, ms_str name,
                      const char *const *candidates)
{
    const char *near = ms_nearest(name, candidates);
    if (near)
        ms_cload_problem(load, line, NULL, "unknown key \"" MS_FMT "\"; did you mean \"%s\"?",
                         MS_ARG(path), near);
    else
        ms_cload_problem(load, line, "moonsift config schema lists every key",
                         "unknown key \"" MS_FMT "\"", MS_ARG(path));
}

ms_str ms_cfrom_text(ms_cload *load, const ms_cfrom *from)
{
    if (from->flag)
        return ms_arena_format(load->arena, "flag --%s", from->flag);
    if (from->env)
        return ms_arena_format(load->arena, "env %s", from->env);
    if (from->line < 0)
        return MS_STR("default");
    return ms_arena_format(load->arena, "file %s:%d", load->config->file, from->line);
}

/* ---- one key -------------------------------------------------------------------------------- */

ms_centry *ms_cload_entry(ms_cload *load, ms_str path)
{
    ms_config *c = load->config;
    if (c->n_entries == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 64;
        ms_centry *grown = realloc(c->entries, capacity * sizeof *grown);
        if (!grown) {
            load->no_memory = true;
            return NULL;
        }
        c->entries = grown;
        c->capacity = capacity;
    }
    c->entries[c->n_entries] =
        (ms_centry){.path = path, .value = ms_null(), .origin = MS_STR("default"), .preset = true};
    return &c->entries[c->n_entries++];
}

const char *ms_config_env(ms_cload *load, ms_str path, const char **value)
{
    ms_str name = ms_arena_format(load->arena, "MOONSIFT_" MS_FMT, MS_ARG(path));
    *value = NULL;
    load->no_memory |= !name.p;
    if (!name.p)
        return NULL;
    char *p = (char *)name.p;
    for (size_t i = 0; i < name.n; i++) {
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
        else if (p[i] == '.' || p[i] == '-')
            p[i] = '_';
    }
    const char *found = getenv(p);
    *value = found && *found ? found : NULL;
    return p;
}

int ms_cload_line(const ms_cload *load, const void *node)
{
    return load->marks && node ? ms_yaml_line(load->marks, node) : 0;
}

/* The value that counts, and where it came from. False: nobody set it. */
static bool choose(ms_cload *load, const ms_ckey *key, ms_str path, const ms_value *node,
                   const ms_cflags *flags, ms_value *out, ms_cfrom *from)
{
    const char *value = NULL;
    *from = (ms_cfrom){.line = -1};
    for (size_t i = 0; flags && i < flags->n; i++)
        if (ms_str_eqz(path, flags->items[i].key)) {
            from->flag = flags->items[i].key;
            *out = ms_string(ms_str_z(flags->items[i].value));
            return true;
        }
    const char *env = ms_config_env(load, path, &value);
    if (value) {
        from->env = env;
        *out = ms_string(ms_str_z(value));
        return true;
    }
    if (node) {
        from->line = ms_cload_line(load, node);
        *out = *node;
        return true;
    }
    *out = ms_string(ms_str_z(key->preset));
    return key->preset != NULL;
}

bool ms_cload_key(ms_cload *load, const ms_ckey *key, ms_centry *entry, const ms_value *node,
                  const ms_cflags *flags, ms_cfrom *from)
{
    ms_value raw = ms_null();
    if (!choose(load, key, entry->path, node, flags, &raw, from))
        return false;
    entry->origin = ms_cfrom_text(load, from);
    entry->preset = from->line < 0 && !from->env && !from->flag;
    if (key->kind == MS_C_DURATION || key->kind == MS_C_SIZE)
        entry->given = raw;
    return ms_cload_convert(load, key, entry->path, &raw, from, &entry->value);
}

/* ---- the database's DSN --------------------------------------------------------------------- */

static void inline_dsn(ms_cload *load, ms_centry *entry, int line)
{
    ms_str without = MS_NONE, password = MS_NONE;
    if (!ms_dsn_split(load->arena, ms_as_str(&entry->value), &without, &password))
        load->no_memory = true;
    else if (password.p)
        ms_cload_problem(load, line,
                         "put the DSN into a file of its own: crm.dsn_file, or into "
                         "MOONSIFT_CRM_DSN",
                         "crm.dsn holds a password, and the configuration is no place for one");
}

/* From MOONSIFT_CRM_DSN, crm.dsn_file or crm.dsn; the first two may hold a password. */
static void load_dsn(ms_cload *load, const ms_value *dsn, const ms_value *file,
                     const ms_cflags *flags)
{
    int at_dsn = ms_config_key_index(MS_STR("crm.dsn"));
    int at_file = ms_config_key_index(MS_STR("crm.dsn_file"));
    ms_centry *entry = &load->config->entries[at_dsn];
    ms_centry *path = &load->config->entries[at_file];
    const char *value = NULL;
    const char *env = ms_config_env(load, entry->path, &value);
    ms_cfrom from = {.line = -1};
    if (value) {
        entry->held = ms_cload_secret_env(load, env, value, MS_FOR_DATABASE);
        entry->origin = ms_cfrom_text(load, &(ms_cfrom){.line = -1, .env = env});
        entry->is_secret = true;
        entry->preset = false;
        return;
    }
    if (dsn && file) {
        ms_cload_problem(load, ms_cload_line(load, dsn), "leave one of them out",
                         "crm.dsn and crm.dsn_file are both there");
        return;
    }
    if (ms_cload_key(load, &ms_config_keys_table[at_file], path, file, flags, &from)) {
        if (path->value.kind != MS_STRING) {
            ms_cload_problem(load, from.line, NULL, "crm.dsn_file must be one path");
            return;
        }
        entry->held =
            ms_cload_secret_file(load, path->path, ms_as_str(&path->value), &from, MS_FOR_DATABASE);
        entry->origin = path->origin;
        entry->is_secret = true;
        entry->preset = false;
        return;
    }
    if (ms_cload_key(load, &ms_config_keys_table[at_dsn], entry, dsn, flags, &from))
        inline_dsn(load, entry, from.line);
}

/* ---- the tree ------------------------------------------------------------------------------- */

typedef struct walk {
    ms_cload *load;
    const ms_value *nodes[MOST_KEYS]; /* by index of the table */
    const ms_value *top[N_TOP];
} walk;

static const char *const top_names[N_TOP + 1] = {"accounts", "sources", "plugins", NULL};

/* The names that may stand behind `prefix` ("", "crm."), for the nearest one. A key that is right
 * but in the wrong place ("judge:" at the top) is offered with its whole path. */
static void unknown(walk *w, ms_str path, ms_str name, size_t prefix_n, int line)
{
    const char *near[MOST_KEYS * 2 + N_TOP + 1] = {NULL};
    size_t n = 0;
    for (const ms_ckey *k = ms_config_keys_table; k->path && !prefix_n; k++) {
        const char *dot = strchr(k->path, '.');
        if (!dot || !ms_str_eqz(name, dot + 1))
            continue;
        ms_cload_problem(w->load, line, NULL, "unknown key \"" MS_FMT "\"; did you mean \"%s\"?",
                         MS_ARG(path), k->path);
        return;
    }
    for (const ms_ckey *k = ms_config_keys_table; k->path; k++) {
        if (prefix_n && strncmp(k->path, path.p, prefix_n) == 0) {
            near[n++] = k->path + prefix_n;
        } else if (!prefix_n) {
            ms_str group = ms_arena_dup(w->load->arena, (ms_str){k->path, strcspn(k->path, ".")});
            if (group.p)
                near[n++] = group.p;
        }
    }
    for (size_t i = 0; !prefix_n && i < N_TOP; i++)
        near[n++] = top_names[i];
    ms_cload_unknown(w->load, line, path, name, near);
}

static bool is_group(ms_str path)
{
    for (const ms_ckey *k = ms_config_keys_table; k->path; k++)
        if (strncmp(k->path, path.p, path.n) == 0 && k->path[path.n] == '.')
            return true;
    return false;
}

static void walk_group(walk *w, const ms_value *group, ms_str prefix);

static void walk_member(walk *w, const ms_member *m, ms_str prefix)
{
    ms_str path = ms_arena_format(w->load->arena, MS_FMT MS_FMT, MS_ARG(prefix), MS_ARG(m->key));
    int line = ms_cload_line(w->load, m);
    if (!path.p) {
        w->load->no_memory = true;
        return;
    }
    for (size_t i = 0; i < N_TOP; i++)
        if (ms_str_eqz(path, top_names[i])) {
            w->top[i] = &m->value;
            return;
        }
    int index = ms_config_key_index(path);
    if (index >= 0) {
        w->nodes[index] = &m->value;
    } else if (!is_group(path)) {
        unknown(w, path, m->key, prefix.n, line);
    } else if (m->value.kind == MS_OBJECT) {
        ms_str inner = ms_arena_format(w->load->arena, MS_FMT ".", MS_ARG(path));
        walk_group(w, &m->value, inner);
    } else if (m->value.kind != MS_NULL) {
        ms_cload_problem(w->load, line, NULL, MS_FMT " must be a group of keys", MS_ARG(path));
    }
}

static void walk_group(walk *w, const ms_value *group, ms_str prefix)
{
    for (uint32_t i = 0; i < group->count; i++)
        walk_member(w, &group->as.members[i], prefix);
}

/* A flag for a key that is none would be silently without effect. */
static void check_flags(ms_cload *load, const ms_cflags *flags)
{
    for (size_t i = 0; i < flags->n; i++)
        if (ms_config_key_index(ms_str_z(flags->items[i].key)) < 0)
            ms_cload_problem(load, 0, NULL, "there is no key \"%s\" for a flag to set",
                             flags->items[i].key);
}

void ms_cload_keys(ms_cload *load, const ms_value *root, const ms_cflags *flags)
{
    walk w = {.load = load};
    if (root->kind == MS_OBJECT)
        walk_group(&w, root, MS_STR(""));
    else if (root->kind != MS_NULL)
        ms_cload_problem(load, 1, NULL, "the file must be a group of keys (listen: ...)");
    check_flags(load, flags);
    for (int i = 0; ms_config_keys_table[i].path; i++)
        if (!ms_cload_entry(load, ms_str_z(ms_config_keys_table[i].path)))
            return;
    ms_cfrom from;
    for (int i = 0; ms_config_keys_table[i].path; i++)
        if (strncmp(ms_config_keys_table[i].path, "crm.dsn", 7) != 0)
            ms_cload_key(load, &ms_config_keys_table[i], &load->config->entries[i], w.nodes[i],
                         flags, &from);
    load_dsn(load, w.nodes[ms_config_key_index(MS_STR("crm.dsn"))],
             w.nodes[ms_config_key_index(MS_STR("crm.dsn_file"))], flags);
    ms_cload_accounts(load, w.top[0]);
    ms_cload_sources(load, w.top[1]);
    ms_cload_plugins(load, w.top[2]);
}

/*
 * host/config_settings.c: keys that plugins declare (moonsift.config/1), for their own section and
 * for sources of their kinds.
 */
#include "host/config_settings.h"
#include "base/text.h"
#include "host/config_inner.h"
#include <moonsift/provide/sources.h>

static const ms_config_key *declared(const ms_plugins *plugins, size_t i)
{
    const ms_config_keys *table = ms_loaded_table(ms_plugins_at(plugins, i), MS_TABLE_CONFIG);
    return table ? table->items : NULL;
}

ms_ckey *ms_config_section_keys(ms_arena *arena, const ms_plugins *plugins, const char *section)
{
    size_t n = 0, n_plugins = plugins ? ms_plugins_count(plugins) : 0;
    for (size_t i = 0; i < n_plugins; i++)
        for (const ms_config_key *k = declared(plugins, i); k && k->name; k++)
            n += strcmp(k->section, section) == 0;
    ms_ckey *rows = ms_alloc_zero(arena, n + 1, sizeof *rows);
    size_t at = 0;
    for (size_t i = 0; rows && i < n_plugins; i++)
        for (const ms_config_key *k = declared(plugins, i); k && k->name; k++) {
            ms_ckind kind = MS_C_STRING;
            if (strcmp(k->section, section) != 0)
                continue;
            ms_ckind_named(k->type, &kind);
            rows[at++] = (ms_ckey){.path = k->name,
                                   .kind = kind,
                                   .preset = k->preset,
                                   .summary = k->summary,
                                   .secret = k->secret};
        }
    return rows;
}

const char **ms_config_kinds(ms_arena *arena, const ms_plugins *plugins)
{
    size_t n = 0, n_plugins = plugins ? ms_plugins_count(plugins) : 0;
    const char **names = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass && !(names = ms_alloc_zero(arena, n + 1, sizeof *names)))
            return NULL;
        n = 0;
        for (size_t i = 0; i < n_plugins; i++) {
            const ms_sources *table = ms_loaded_table(ms_plugins_at(plugins, i), MS_TABLE_SOURCES);
            for (const ms_source_kind *k = table ? table->items : NULL; k && k->kind; k++, n++)
                if (pass)
                    names[n] = k->kind;
        }
    }
    return names;
}

ms_str ms_config_secret_name(const ms_ckey *key)
{
    static const char ending[] = "_file";
    ms_str name = ms_str_z(key->path);
    size_t cut = sizeof ending - 1;
    if (name.n > cut && memcmp(name.p + name.n - cut, ending, cut) == 0)
        name.n -= cut;
    return name;
}

static const ms_ckey *find(const ms_ckey *keys, ms_str name)
{
    for (; keys && keys->path; keys++)
        if (ms_str_eqz(name, keys->path))
            return keys;
    return NULL;
}

static void refuse_inline(ms_cload *load, const ms_ckey *key, ms_str path, int line)
{
    const char *value = NULL;
    const char *env = ms_config_env(load, path, &value);
    ms_str hint = key->kind == MS_C_FILE
                      ? ms_arena_format(load->arena,
                                        "write it into a file of its own and name that (%s: PATH), "
                                        "or set %s",
                                        key->path, env ? env : "")
                      : ms_arena_format(load->arena, "set %s", env ? env : "");
    ms_cload_problem(load, line, hint.p, MS_FMT ": the configuration is no place for a secret",
                     MS_ARG(path));
}

/* True when `name` is a secret key written in the file itself. */
static const ms_ckey *inline_secret(const ms_ckey *keys, ms_str name)
{
    for (; keys && keys->path; keys++)
        if (keys->secret && ms_str_eq(ms_config_secret_name(keys), name))
            return keys;
    return NULL;
}

void ms_csettings_names(ms_cload *load, ms_str prefix, const ms_value *group, const ms_ckey *common,
                        const ms_ckey *keys)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    size_t n = 0;
    for (const ms_ckey *k = common; k->path && n < MOST; k++)
        names[n++] = k->path;
    for (const ms_ckey *k = keys; k->path && n < MOST; k++)
        names[n++] = k->path;
    for (uint32_t i = 0; i < group->count; i++) {
        const ms_member *m = &group->as.members[i];
        ms_str path = ms_arena_format(load->arena, MS_FMT MS_FMT, MS_ARG(prefix), MS_ARG(m->key));
        int line = ms_cload_line(load, m);
        const ms_ckey *secret = inline_secret(keys, m->key);
        if (secret)
            refuse_inline(load, secret, path, line);
        else if (!find(common, m->key) && !find(keys, m->key))
            ms_cload_unknown(load, line, path, m->key, names);
    }
}

/* The files of a secret, several during rotation. */
static bool read_files(ms_cload *load, ms_str path, const ms_value *files, const ms_cfrom *from,
                       ms_cscope scope, ms_value *out)
{
    bool many = files->kind == MS_ARRAY;
    size_t n = many ? files->count : 1;
    ms_value *values = many ? ms_alloc_zero(load->arena, n, sizeof *values) : out;
    load->no_memory |= !values;
    for (size_t i = 0; values && i < n; i++) {
        ms_str file = ms_as_str(many ? &files->as.items[i] : files);
        ms_csecret *secret = ms_cload_secret_file(load, path, file, from, scope);
        if (!secret)
            return false;
        values[i] = ms_string((ms_str){secret->bytes, secret->n});
        secret->holder = &values[i];
    }
    if (many && values)
        *out = ms_array(values, n);
    return values != NULL;
}

static bool read_secret(ms_cload *load, const ms_ckey *key, ms_str prefix, const ms_value *node,
                        ms_cscope scope, ms_value *out)
{
    ms_cfrom from = {.line = -1};
    const char *value = NULL;
    ms_str path = ms_arena_format(load->arena, MS_FMT MS_FMT, MS_ARG(prefix),
                                  MS_ARG(ms_config_secret_name(key)));
    const char *env = ms_config_env(load, path, &value);
    if (value) {
        ms_csecret *secret = ms_cload_secret_env(load, env, value, scope);
        ms_centry *entry = ms_cload_entry(load, path);
        if (!secret || !entry)
            return false;
        from.env = env;
        entry->origin = ms_cfrom_text(load, &from);
        entry->is_secret = true;
        entry->preset = false;
        *out = ms_string((ms_str){secret->bytes, secret->n});
        secret->holder = out;
        return true;
    }
    if (key->kind != MS_C_FILE)
        return false;
    path = ms_arena_format(load->arena, MS_FMT "%s", MS_ARG(prefix), key->path);
    ms_centry *entry = ms_cload_entry(load, path);
    return entry && ms_cload_key(load, key, entry, node, NULL, &from) &&
           read_files(load, path, &entry->value, &from, scope, out);
}

ms_value ms_csettings_read(ms_cload *load, ms_str prefix, const ms_value *group,
                           const ms_ckey *keys, ms_cscope scope)
{
    size_t n = 0, kept = 0;
    while (keys[n].path)
        n++;
    ms_member *members = ms_alloc_zero(load->arena, n + 1, sizeof *members);
    load->no_memory |= !members;
    for (size_t i = 0; members && i < n; i++) {
        const ms_value *node = ms_get(group, keys[i].path);
        ms_member *m = &members[kept];
        m->key = keys[i].secret ? ms_config_secret_name(&keys[i]) : ms_str_z(keys[i].path);
        if (keys[i].secret) {
            kept += read_secret(load, &keys[i], prefix, node, scope, &m->value);
            continue;
        }
        ms_cfrom from;
        ms_str path = ms_arena_format(load->arena, MS_FMT "%s", MS_ARG(prefix), keys[i].path);
        ms_centry *entry = ms_cload_entry(load, path);
        if (!entry || !ms_cload_key(load, &keys[i], entry, node, NULL, &from))
            continue;
        m->value = entry->value;
        kept++;
    }
    return ms_object(members, members ? kept : 0);
}

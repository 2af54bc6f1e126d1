/*
 * host/config.c: asking a loaded configuration, and letting go of it.
 */
#include "host/config_inner.h"

#include <sched.h>
#include <stdlib.h>

void ms_config_free(ms_config *config)
{
    if (!config)
        return;
    while (config->secrets) {
        ms_csecret *next = config->secrets->next;
        ms_config_wipe(config->secrets);
        free(config->secrets);
        config->secrets = next;
    }
    free(config->entries);
    ms_arena_free(config->arena);
    free(config);
}

const char *ms_config_file(const ms_config *config)
{
    return config->file;
}

/* The keys of the table are the first entries, in its order. */
static const ms_centry *find(const ms_config *config, const char *key)
{
    int index = ms_config_key_index(ms_str_z(key));
    if (index < 0) {
        fprintf(stderr, "moonsift: no configuration key \"%s\"\n", key);
        abort();
    }
    return &config->entries[index];
}

ms_str ms_config_str(const ms_config *config, const char *key)
{
    return ms_as_str(&find(config, key)->value);
}

/* Of the cores this process may use, not of those the machine has. */
static int64_t cores(int64_t most)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > most ? most : n;
}

int64_t ms_config_int(const ms_config *config, const char *key)
{
    const ms_centry *entry = find(config, key);
    const ms_ckey *row = &ms_config_keys_table[entry - config->entries];
    if (row->kind == MS_C_COUNT && entry->value.kind == MS_STRING)
        return cores(row->max);
    return ms_as_int(&entry->value, 0);
}

bool ms_config_bool(const ms_config *config, const char *key)
{
    return ms_as_bool(&find(config, key)->value, false);
}

ms_str ms_config_dsn(const ms_config *config, const char *database)
{
    char key[64];
    snprintf(key, sizeof key, "%s.dsn", database);
    const ms_centry *entry = find(config, key);
    if (entry->held)
        return (ms_str){entry->held->bytes, entry->held->n};
    return ms_as_str(&entry->value);
}

size_t ms_config_accounts(const ms_config *config, const ms_config_account **out)
{
    *out = config->accounts;
    return config->n_accounts;
}

size_t ms_config_sources(const ms_config *config, const ms_config_source **out)
{
    *out = config->sources;
    return config->n_sources;
}

static const ms_cplugin *find_plugin(const ms_config *config, const char *id)
{
    for (size_t i = 0; i < config->n_plugins; i++)
        if (ms_str_eqz(config->plugins[i].id, id))
            return &config->plugins[i];
    return NULL;
}

const ms_value *ms_config_plugin(const ms_config *config, const char *id)
{
    const ms_cplugin *plugin = find_plugin(config, id);
    return plugin ? &plugin->section : NULL;
}

const char *const *ms_config_grants(const ms_config *config, const char *id)
{
    const ms_cplugin *plugin = find_plugin(config, id);
    return plugin ? (const char *const *)plugin->grants : NULL;
}

static ms_value shown(const ms_centry *entry)
{
    if (entry->is_secret)
        return entry->held && !entry->held->bytes ? ms_null() : ms_string(MS_STR("********"));
    return entry->given.kind ? entry->given : entry->value;
}

bool ms_config_describe(const ms_config *config, ms_arena *arena, ms_value *out)
{
    ms_value *items = ms_alloc_zero(arena, config->n_entries + 1, sizeof *items);
    for (size_t i = 0; items && i < config->n_entries; i++) {
        const ms_centry *entry = &config->entries[i];
        ms_member *m = ms_alloc(arena, 3 * sizeof *m);
        ms_value value = shown(entry);
        if (!m)
            return false;
        m[0] = (ms_member){MS_STR("key"), ms_string(entry->path)};
        m[1].key = MS_STR("value");
        m[2] = (ms_member){MS_STR("origin"), ms_string(entry->origin)};
        if (!ms_arena_copy(arena, &value, &m[1].value))
            return false;
        items[i] = ms_object(m, 3);
    }
    if (items)
        *out = ms_array(items, config->n_entries);
    return items != NULL;
}

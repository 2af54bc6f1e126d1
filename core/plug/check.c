/* Checks of an entry, before any of the plugin's functions but `table` runs. */
#include "plug/loaded.h"

#include <moonsift/provide/config.h>
#include <moonsift/provide/crm.h>
#include <moonsift/provide/database.h>
#include <moonsift/provide/sources.h>

/* A lower-case word; digits and '_' after the first letter. It becomes a key of moonsift.yaml. */
static bool word(const char *s)
{
    if (!s || *s < 'a' || *s > 'z')
        return false;
    size_t n = 1;
    for (; s[n]; n++)
        if (!((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '_'))
            return false;
    return n <= MS_PLUGIN_ID_MAX;
}

/* Magic, version and size come first: nothing behind them can be trusted until they fit. */
static ms_status check_abi(const ms_plugin_entry *entry, const char *origin, ms_error *err)
{
    if (!entry)
        return ms_fail(err, MS_INVALID, "%s: moonsift_plugin returned NULL", origin);
    if (entry->magic != MS_PLUGIN_MAGIC) {
        ms_fail(err, MS_INVALID, "%s: no moonsift plugin: magic 0x%08x, wanted 0x%08x", origin,
                entry->magic, MS_PLUGIN_MAGIC);
        return ms_hint(err, "set .magic = MS_PLUGIN_MAGIC in the entry");
    }
    if (entry->size < offsetof(ms_plugin_entry, info))
        return ms_fail(err, MS_INVALID, "%s: the entry says it has %u bytes; that holds no version",
                       origin, entry->size);
    if (entry->abi_major != MS_ABI_MAJOR || entry->abi_minor != MS_ABI_MINOR) {
        ms_fail(err, MS_INVALID, "%s: built for plugin ABI %u.%u, this host has %u.%u", origin,
                entry->abi_major, entry->abi_minor, MS_ABI_MAJOR, MS_ABI_MINOR);
        return ms_hint(err, "build it again with the headers of this host (core/include)");
    }
    if (entry->size < sizeof *entry)
        return ms_fail(err, MS_INVALID, "%s: the entry has %u bytes, ABI %u.%u wants at least %zu",
                       origin, entry->size, MS_ABI_MAJOR, MS_ABI_MINOR, sizeof *entry);
    if (!entry->activate || !entry->deactivate || !entry->table)
        return ms_fail(err, MS_INVALID, "%s: the entry lacks %s", origin,
                       !entry->activate     ? "activate"
                       : !entry->deactivate ? "deactivate"
                                            : "table");
    return MS_OK;
}

static ms_status check_info(const ms_plugin_info *info, const char *origin, ms_error *err)
{
    if (!info || info->size < sizeof *info)
        return ms_fail(err, MS_INVALID, "%s: info has %u bytes, wanted at least %zu", origin,
                       info ? info->size : 0, sizeof *info);
    if (!word(info->id)) {
        ms_fail(err, MS_INVALID, "%s: \"%.64s\" is no plugin id", origin, info->id ? info->id : "");
        return ms_hint(err, "a lower-case word of at most %d letters, digits and _",
                       MS_PLUGIN_ID_MAX);
    }
    if (!info->version || !*info->version || !info->summary || !*info->summary)
        return ms_fail(err, MS_INVALID, "%s: plugin %s has no %s", origin, info->id,
                       info->version && *info->version ? "summary" : "version");
    for (const char *const *need = info->needs; need && *need; need++) {
        if (ms_capability_index(*need) >= 0)
            continue;
        char known[160];
        ms_capability_list(known, sizeof known);
        ms_fail(err, MS_INVALID, "%s: plugin %s needs %.64s, which this host does not have", origin,
                info->id, *need);
        return ms_hint(err, "this host has %s", known);
    }
    return MS_OK;
}

/* A table that is shorter than ours would be read beyond its end. */
static ms_status check_sizes(const ms_plugin_entry *entry, const char *origin, ms_error *err)
{
    static const struct {
        const char *id;
        size_t size;
    } tables[] = {
        {MS_TABLE_FUNCTIONS, sizeof(ms_functions)},
        {MS_TABLE_CONFIG, sizeof(ms_config_keys)},
        {MS_TABLE_SOURCES, sizeof(ms_sources)},
        {MS_TABLE_DATABASE, sizeof(ms_database)},
        {MS_TABLE_CRM, sizeof(ms_crm)},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const uint32_t *size = entry->table(tables[i].id); /* every table starts with its size */
        if (size && *size < tables[i].size)
            return ms_fail(err, MS_INVALID,
                           "%s: table %s of plugin %s has %u bytes, wanted at least %zu", origin,
                           tables[i].id, entry->info->id, *size, tables[i].size);
    }
    return MS_OK;
}

static ms_status check_functions(const ms_plugin_entry *entry, const char *origin, ms_error *err)
{
    const ms_functions *table = entry->table(MS_TABLE_FUNCTIONS);
    const char *id = entry->info->id;
    if (table && !table->items)
        return ms_fail(err, MS_INVALID, "%s: plugin %s has functions without items", origin, id);
    for (const ms_function *f = table ? table->items : NULL; f && f->name; f++) {
        if (!word(f->name))
            return ms_fail(err, MS_INVALID, "%s: \"%.64s\" is no name for a function of plugin %s",
                           origin, f->name, id);
        if (!f->call || !f->parameters || !f->summary || !f->result)
            return ms_fail(err, MS_INVALID, "%s: function %s.%s has no %s", origin, id, f->name,
                           !f->call         ? "call"
                           : !f->parameters ? "parameters (an empty list ends at once)"
                           : !f->summary    ? "summary"
                                            : "result");
        for (const ms_function *g = table->items; g < f; g++)
            if (strcmp(g->name, f->name) == 0)
                return ms_fail(err, MS_INVALID, "%s: plugin %s has two functions %s", origin, id,
                               f->name);
    }
    return MS_OK;
}

ms_status ms_check_entry(const ms_plugin_entry *entry, const char *origin, ms_error *err)
{
    ms_status s = check_abi(entry, origin, err);
    if (s == MS_OK)
        s = check_info(entry->info, origin, err);
    if (s == MS_OK)
        s = check_sizes(entry, origin, err);
    if (s == MS_OK)
        s = check_functions(entry, origin, err);
    return s;
}

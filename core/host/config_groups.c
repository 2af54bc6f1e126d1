/*
 * host/config_groups.c: accounts, sources and plugins, whose members have names of their own.
 */
#include "base/text.h"
#include "host/config_inner.h"
#include "host/config_settings.h"

#include <stdlib.h>

/* Members of a group that may be left empty; NULL when there is none (noted if it is no group). */
static const ms_value *group_of(ms_cload *load, const ms_value *node, const char *path,
                                const char *example)
{
    if (!node || node->kind == MS_NULL)
        return NULL;
    if (node->kind == MS_OBJECT)
        return node;
    ms_cload_problem(load, ms_cload_line(load, node), example, "%s must be a group of keys", path);
    return NULL;
}

/* Lower-case words, as they stand in URLs, folders and variables. */
static bool is_word(ms_str s, bool dash)
{
    if (!s.n || s.n > 63 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!good && !(dash && c == '-'))
            return false;
    }
    return true;
}

/* "17": digits alone, no leading zero, so that no id has two spellings. */
static bool to_id(ms_str s, int64_t *out)
{
    *out = 0;
    if (!s.n || s.n > 18 || s.p[0] == '0')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return true;
}

static ms_str vertical_of(ms_cload *load, ms_str path, const ms_value *node)
{
    static const ms_ckey key = {.path = "vertical", .kind = MS_C_STRING};
    ms_cfrom from = {.line = ms_cload_line(load, node)};
    ms_centry *entry = ms_cload_entry(load, path);
    ms_value v = ms_null();
    if (!entry || !ms_cload_convert(load, &key, path, node, &from, &v))
        return MS_NONE;
    entry->value = v;
    entry->origin = ms_cfrom_text(load, &from);
    entry->preset = false;
    if (is_word(ms_as_str(&v), false))
        return ms_as_str(&v);
    ms_cload_problem(load, from.line, "the name of a folder in rules.dir, such as recruitment",
                     MS_FMT ": \"" MS_FMT "\" is no name of a vertical", MS_ARG(path),
                     MS_ARG(ms_as_str(&v)));
    return MS_NONE;
}

/* ---- accounts ------------------------------------------------------------------------------- */

static void load_inboxes(ms_cload *load, ms_config_account *account, const ms_value *node)
{
    ms_str path = ms_arena_format(load->arena, "accounts.%lld.inboxes", (long long)account->id);
    const ms_value *group = group_of(load, node, path.p, "inboxes: {3: ecommerce}");
    if (!group)
        return;
    struct ms_config_inbox *list = ms_alloc_zero(load->arena, group->count + 1, sizeof *list);
    load->no_memory |= !list;
    for (uint32_t i = 0; list && i < group->count; i++) {
        const ms_member *m = &group->as.members[i];
        struct ms_config_inbox *inbox = &list[account->n_inboxes];
        if (!to_id(m->key, &inbox->id)) {
            ms_cload_problem(load, ms_cload_line(load, m), "inboxes: {3: ecommerce}",
                             MS_FMT ": \"" MS_FMT "\" is no inbox id", MS_ARG(path),
                             MS_ARG(m->key));
            continue;
        }
        ms_str at = ms_arena_format(load->arena, MS_FMT "." MS_FMT, MS_ARG(path), MS_ARG(m->key));
        inbox->vertical = vertical_of(load, at, &m->value);
        account->n_inboxes++;
    }
    account->inboxes = list;
}

static void load_account(ms_cload *load, ms_config_account *account, ms_str name,
                         const ms_value *node)
{
    static const ms_ckey none[] = {{NULL}};
    static const ms_ckey keys[] = {
        {"vertical", MS_C_STRING, .summary = "Judges the account's contacts; unset: stored only."},
        {"inboxes", MS_C_STRING, .summary = "Verticals of single inboxes."},
        {NULL}};
    ms_str prefix = ms_arena_format(load->arena, "accounts." MS_FMT ".", MS_ARG(name));
    ms_str label = {prefix.p, prefix.n ? prefix.n - 1 : 0};
    ms_str path = ms_arena_dup(load->arena, label);
    const ms_value *group = group_of(load, node, path.p, "accounts: {1: {vertical: recruitment}}");
    if (!group)
        return;
    ms_csettings_names(load, prefix, group, keys, none);
    const ms_value *vertical = ms_get(group, "vertical");
    if (vertical)
        account->vertical = vertical_of(
            load, ms_arena_format(load->arena, MS_FMT "vertical", MS_ARG(prefix)), vertical);
    load_inboxes(load, account, ms_get(group, "inboxes"));
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const ms_config_account *)a)->id, y = ((const ms_config_account *)b)->id;
    return (x > y) - (x < y);
}

void ms_cload_accounts(ms_cload *load, const ms_value *node)
{
    const ms_value *group =
        group_of(load, node, "accounts", "accounts: {1: {vertical: recruitment}}");
    ms_config *c = load->config;
    if (!group)
        return;
    c->accounts = ms_alloc_zero(load->arena, group->count + 1, sizeof *c->accounts);
    load->no_memory |= !c->accounts;
    for (uint32_t i = 0; c->accounts && i < group->count; i++) {
        const ms_member *m = &group->as.members[i];
        ms_config_account *account = &c->accounts[c->n_accounts];
        if (!to_id(m->key, &account->id)) {
            ms_cload_problem(load, ms_cload_line(load, m), "accounts: {1: {vertical: recruitment}}",
                             "accounts: \"" MS_FMT "\" is no account id", MS_ARG(m->key));
            continue;
        }
        load_account(load, account, m->key, &m->value);
        c->n_accounts++;
    }
    if (c->accounts)
        qsort(c->accounts, c->n_accounts, sizeof *c->accounts, by_id);
}

/* ---- sources -------------------------------------------------------------------------------- */

/* The kind's plugin keys; NULL when there is no such kind (noted). */
static const ms_ckey *keys_of_kind(ms_cload *load, ms_str prefix, const ms_value *node, ms_str kind,
                                   int line)
{
    const char **kinds = ms_config_kinds(load->arena, load->plugins);
    ms_str section = ms_arena_format(load->arena, "sources:" MS_FMT, MS_ARG(kind));
    load->no_memory |= !kinds || !section.p;
    for (size_t i = 0; kinds && section.p && kinds[i]; i++)
        if (ms_str_eqz(kind, kinds[i]))
            return ms_config_section_keys(load->arena, load->plugins, section.p);
    const char *near = kinds ? ms_nearest(kind, kinds) : NULL;
    ms_cload_problem(load, node ? ms_cload_line(load, node) : line,
                     "moonsift plugins list shows the kinds there are",
                     MS_FMT "kind: there is no kind \"" MS_FMT "\"%s%s%s", MS_ARG(prefix),
                     MS_ARG(kind), near ? "; did you mean \"" : "", near ? near : "",
                     near ? "\"?" : "");
    return NULL;
}

/* The keys every source has. */
static void load_common(ms_cload *load, ms_config_source *source, ms_str prefix,
                        const ms_value *group)
{
    int body = ms_config_key_index(MS_STR("limits.body"));
    source->max_body = ms_as_int(&load->config->entries[body].value, 1 << 20);
    for (const ms_ckey *k = ms_config_source_keys; k->path; k++) {
        const ms_value *node = ms_get(group, k->path);
        ms_cfrom from;
        ms_str path = ms_arena_format(load->arena, MS_FMT "%s", MS_ARG(prefix), k->path);
        if (strcmp(k->path, "vertical") == 0) {
            source->vertical = node ? vertical_of(load, path, node) : MS_NONE;
            continue;
        }
        ms_centry *entry = ms_cload_entry(load, path);
        if (!entry || !ms_cload_key(load, k, entry, node, NULL, &from))
            continue;
        if (strcmp(k->path, "kind") == 0)
            source->kind = ms_as_str(&entry->value);
        else if (strcmp(k->path, "account") == 0)
            source->account = ms_as_int(&entry->value, 0);
        else
            source->max_body = ms_as_int(&entry->value, source->max_body);
    }
}

static void load_source(ms_cload *load, ms_config_source *source, const ms_member *m)
{
    ms_str prefix = ms_arena_format(load->arena, "sources." MS_FMT ".", MS_ARG(source->name));
    ms_str label = ms_arena_format(load->arena, "sources." MS_FMT, MS_ARG(source->name));
    int line = ms_cload_line(load, m);
    ms_value *settings = ms_alloc_zero(load->arena, 1, sizeof *settings);
    const ms_value *group =
        group_of(load, &m->value, label.p, "sources: {cw1: {kind: chatwoot, secret_file: PATH}}");
    load->no_memory |= !settings || !prefix.p || !label.p;
    if (!group || !settings || !prefix.p)
        return;
    load_common(load, source, prefix, group);
    source->settings = settings;
    *settings = *group;
    if (!source->kind.p) {
        if (!ms_get(group, "kind"))
            ms_cload_problem(load, line, "kind: chatwoot", "%s has no kind", label.p);
        return;
    }
    const ms_ckey *keys =
        load->plugins ? keys_of_kind(load, prefix, ms_get(group, "kind"), source->kind, line)
                      : NULL;
    if (!keys)
        return;
    ms_csettings_names(load, prefix, group, ms_config_source_keys, keys);
    *settings = ms_csettings_read(load, prefix, group, keys, MS_FOR_SOURCE);
}

void ms_cload_sources(ms_cload *load, const ms_value *node)
{
    const ms_value *group =
        group_of(load, node, "sources", "sources: {cw1: {kind: chatwoot, secret_file: PATH}}");
    ms_config *c = load->config;
    if (!group)
        return;
    c->sources = ms_alloc_zero(load->arena, group->count + 1, sizeof *c->sources);
    load->no_memory |= !c->sources;
    for (uint32_t i = 0; c->sources && i < group->count; i++) {
        const ms_member *m = &group->as.members[i];
        if (!is_word(m->key, true)) {
            ms_cload_problem(load, ms_cload_line(load, m),
                             "a lower-case word: it stands in the URL, /hooks/NAME",
                             "sources: \"" MS_FMT "\" is no name for a source", MS_ARG(m->key));
            continue;
        }
        c->sources[c->n_sources].name = m->key;
        load_source(load, &c->sources[c->n_sources], m);
        c->n_sources++;
    }
}

/* ---- plugins -------------------------------------------------------------------------------- */

/* Of one whose file could not be loaded that has been said already. */
static bool is_loaded(ms_cload *load, ms_str id, const ms_value *node, int line)
{
    enum { MOST = 64 };
    const char *ids[MOST + 1] = {NULL};
    size_t n = ms_plugins_count(load->plugins);
    for (size_t i = 0; i < n && i < MOST; i++) {
        ids[i] = ms_loaded_info(ms_plugins_at(load->plugins, i))->id;
        if (ms_str_eqz(id, ids[i]))
            return true;
    }
    if (node->kind == MS_OBJECT && ms_get(node, "file"))
        return false;
    const char *near = ms_nearest(id, ids);
    ms_cload_problem(load, line, "name its shared object: file: PATH",
                     "plugins: there is no plugin \"" MS_FMT "\"%s%s%s", MS_ARG(id),
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

static void load_grants(ms_cload *load, ms_cplugin *plugin, const ms_value *list)
{
    plugin->grants = ms_alloc_zero(load->arena, list->count + 1, sizeof *plugin->grants);
    load->no_memory |= !plugin->grants;
    for (uint32_t i = 0; plugin->grants && i < list->count; i++)
        plugin->grants[i] = list->as.items[i].as.string;
}

static void load_plugin(ms_cload *load, ms_cplugin *plugin, const ms_member *m)
{
    ms_str label = ms_arena_format(load->arena, "plugins." MS_FMT, MS_ARG(plugin->id));
    ms_str prefix = ms_arena_format(load->arena, "plugins." MS_FMT ".", MS_ARG(plugin->id));
    const ms_value *group = group_of(load, &m->value, label.p, "plugins: {NAME: {file: PATH}}");
    load->no_memory |= !label.p || !prefix.p;
    plugin->section = ms_object(NULL, 0);
    if (!group || !label.p || !prefix.p)
        return;
    for (const ms_ckey *k = ms_config_plugin_keys; k->path; k++) {
        ms_cfrom from;
        ms_str path = ms_arena_format(load->arena, MS_FMT "%s", MS_ARG(prefix), k->path);
        ms_centry *entry = ms_cload_entry(load, path);
        if (entry && ms_cload_key(load, k, entry, ms_get(group, k->path), NULL, &from) &&
            k->kind == MS_C_LIST)
            load_grants(load, plugin, &entry->value);
    }
    if (!load->plugins || !is_loaded(load, plugin->id, &m->value, ms_cload_line(load, m)))
        return;
    const ms_ckey *keys = ms_config_section_keys(load->arena, load->plugins, label.p);
    load->no_memory |= !keys;
    if (!keys)
        return;
    ms_csettings_names(load, prefix, group, ms_config_plugin_keys, keys);
    plugin->section = ms_csettings_read(load, prefix, group, keys, MS_FOR_PLUGIN);
}

void ms_cload_plugins(ms_cload *load, const ms_value *node)
{
    const ms_value *group = group_of(load, node, "plugins", "plugins: {NAME: {file: PATH}}");
    ms_config *c = load->config;
    if (!group)
        return;
    c->plugins = ms_alloc_zero(load->arena, group->count + 1, sizeof *c->plugins);
    load->no_memory |= !c->plugins;
    for (uint32_t i = 0; c->plugins && i < group->count; i++) {
        c->plugins[c->n_plugins].id = group->as.members[i].key;
        load_plugin(load, &c->plugins[c->n_plugins], &group->as.members[i]);
        c->n_plugins++;
    }
}

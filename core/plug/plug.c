/* The registry: adding, loading, activating and releasing plugins. */
#include "plug/plug.h"
#include "base/log.h"
#include "plug/loaded.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

ms_plugins *ms_plugins_new(ms_loop *loop, ms_error *err)
{
    ms_plugins *plugins = calloc(1, sizeof *plugins);
    if (!plugins) {
        ms_fail(err, MS_NOMEM, "plugins: out of memory");
        return NULL;
    }
    plugins->loop = loop;
    return plugins;
}

/* ---- release -------------------------------------------------------------------------------- */

/* What the plugin left open goes before its code does. */
static void clean_up(ms_loaded *loaded)
{
    ms_calls_cancel(loaded->plugins, loaded);
    size_t left = ms_host_release(loaded);
    if (left > 0)
        ms_log_msg(MS_LOG_WARN, "plugin.left_open", "plugin %s left %zu watches or timers open",
                   loaded->entry->info->id, left);
    loaded->granted = 0;
}

static void deactivate(ms_loaded *loaded)
{
    loaded->activated = 0;
    loaded->entry->deactivate(loaded->self);
    loaded->self = NULL;
    clean_up(loaded);
}

static ms_loaded *last_activated(const ms_plugins *plugins)
{
    ms_loaded *last = NULL;
    for (size_t i = 0; i < plugins->n; i++)
        if (plugins->items[i]->activated > (last ? last->activated : 0))
            last = plugins->items[i];
    return last;
}

void ms_plugins_free(ms_plugins *plugins)
{
    if (!plugins)
        return;
    for (ms_loaded *last = NULL; (last = last_activated(plugins)) != NULL;)
        deactivate(last);
    while (plugins->n > 0) {
        ms_loaded *loaded = plugins->items[--plugins->n];
        if (loaded->library)
            dlclose(loaded->library);
        free(loaded->origin);
        free(loaded);
    }
    ms_calls_free(plugins);
    free(plugins->items);
    free(plugins);
}

/* ---- add and load --------------------------------------------------------------------------- */

static bool make_room(ms_plugins *plugins)
{
    if (plugins->n < plugins->capacity)
        return true;
    size_t capacity = plugins->capacity ? plugins->capacity * 2 : 8;
    ms_loaded **items = realloc(plugins->items, capacity * sizeof *items);
    if (!items)
        return false;
    plugins->items = items;
    plugins->capacity = capacity;
    return true;
}

ms_status ms_plugins_add(ms_plugins *plugins, const ms_plugin_entry *entry, const char *origin,
                         ms_loaded **out, ms_error *err)
{
    ms_status s = ms_check_entry(entry, origin, err);
    if (s != MS_OK)
        return s;
    const ms_loaded *twin = ms_plugins_find(plugins, entry->info->id);
    if (twin) {
        ms_fail(err, MS_CONFLICT, "%s: there is a plugin %s already, from %s", origin,
                entry->info->id, twin->origin);
        return ms_hint(err, "load one of the two");
    }
    ms_loaded *loaded = calloc(1, sizeof *loaded);
    char *copy = strdup(origin);
    if (!loaded || !copy || !make_room(plugins)) {
        free(copy);
        free(loaded);
        return ms_fail(err, MS_NOMEM, "%s: out of memory", origin);
    }
    loaded->plugins = plugins;
    loaded->entry = entry;
    loaded->origin = copy;
    ms_host_init(loaded);
    plugins->items[plugins->n++] = loaded;
    if (out)
        *out = loaded;
    return MS_OK;
}

static ms_status open_library(const char *path, void **library, ms_plugin_main *entry_of,
                              ms_error *err)
{
    char full[PATH_MAX];
    /* Without a slash dlopen would search the system's folders instead. */
    if (!realpath(path, full))
        return ms_fail(err, errno == ENOENT || errno == ENOTDIR ? MS_NOT_FOUND : MS_INVALID,
                       "%s: %s", path, strerror(errno));
    *library = dlopen(full, RTLD_NOW | RTLD_LOCAL);
    if (!*library) {
        ms_fail(err, MS_INVALID, "%s: cannot be loaded: %s", path, dlerror());
        return ms_hint(err, "a plugin is a shared object: gcc -shared -fPIC -I core/include");
    }
    void *symbol = dlsym(*library, "moonsift_plugin");
    if (!symbol) {
        ms_fail(err, MS_INVALID, "%s: exports no function moonsift_plugin", path);
        return ms_hint(err, "end it with MS_PLUGIN_EXPORT(id) { return &entry; }");
    }
    memcpy(entry_of, &symbol, sizeof symbol); /* ISO C has no cast from object to function */
    return MS_OK;
}

ms_status ms_plugins_load(ms_plugins *plugins, const char *path, ms_loaded **out, ms_error *err)
{
    void *library = NULL;
    ms_plugin_main entry_of = NULL;
    ms_loaded *loaded = NULL;
    ms_status s = open_library(path, &library, &entry_of, err);
    if (s == MS_OK)
        s = ms_plugins_add(plugins, entry_of(), path, &loaded, err);
    if (s != MS_OK) {
        if (library) /* `err` holds copies of all it says about the plugin */
            dlclose(library);
        return s;
    }
    loaded->library = library;
    if (out)
        *out = loaded;
    return MS_OK;
}

/* ---- grant and activate --------------------------------------------------------------------- */

static ms_status refuse_need(const ms_loaded *loaded, const char *need, ms_error *err)
{
    const ms_plugin_info *info = loaded->entry->info;
    ms_fail(err, MS_DENIED, "plugin %s (%s) needs %s, which is not granted", info->id,
            loaded->origin, need);
    char all[160];
    size_t n = 0;
    all[0] = '\0';
    for (const char *const *c = info->needs; *c && n < sizeof all; c++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", *c);
    return ms_hint(err, "add to moonsift.yaml: plugins: { %s: { grant: [%s] } }", info->id, all);
}

static ms_status unknown_grant(const ms_loaded *loaded, const char *grant, ms_error *err)
{
    char known[160];
    ms_capability_list(known, sizeof known);
    ms_fail(err, MS_INVALID, "plugins.%s.grant: there is no capability %.64s",
            loaded->entry->info->id, grant);
    return ms_hint(err, "this host has %s", known);
}

/* Bits of what the operator allows. A bundled plugin gets what it needs unless told otherwise; a
 * file gets what is listed. */
static ms_status read_grants(const ms_loaded *loaded, const char *const *grants, unsigned *out,
                             ms_error *err)
{
    const char *const *needs = loaded->entry->info->needs;
    unsigned granted = 0;
    const char *const *list = grants ? grants : loaded->library ? NULL : needs;
    for (; list && *list; list++) {
        int i = ms_capability_index(*list);
        if (i < 0)
            return unknown_grant(loaded, *list, err);
        granted |= 1u << i;
    }
    for (; needs && *needs; needs++) {
        int i = ms_capability_index(*needs);
        if (!(granted & 1u << i))
            return refuse_need(loaded, *needs, err);
        if (ms_capabilities[i].wants_loop && !loaded->plugins->loop)
            return ms_fail(err, MS_UNAVAILABLE, "plugin %s needs %s, and this program has no loop",
                           loaded->entry->info->id, *needs);
    }
    *out = granted;
    return MS_OK;
}

ms_status ms_plugins_activate(ms_loaded *loaded, const ms_value *config, const char *const *grants,
                              ms_error *err)
{
    const char *id = loaded->entry->info->id;
    if (loaded->activated)
        return ms_fail(err, MS_CONFLICT, "plugin %s is active already", id);
    ms_status s = read_grants(loaded, grants, &loaded->granted, err);
    if (s != MS_OK)
        return s;
    ms_error why = {0};
    s = loaded->entry->activate(&loaded->host, config, &loaded->self, &why);
    if (s == MS_OK && loaded->self) {
        loaded->activated = ++loaded->plugins->activations;
        return MS_OK;
    }
    if (s == MS_OK)
        s = ms_fail(&why, MS_INTERNAL, "it said OK and gave no instance");
    loaded->self = NULL;
    clean_up(loaded);
    ms_fail(err, s, "plugin %s (%s): %s", id, loaded->origin,
            why.text[0] ? why.text : "activate failed and did not say why");
    return why.hint[0] ? ms_hint(err, "%s", why.hint) : s;
}

/* ---- look ----------------------------------------------------------------------------------- */

size_t ms_plugins_count(const ms_plugins *plugins)
{
    return plugins->n;
}

ms_loaded *ms_plugins_at(const ms_plugins *plugins, size_t i)
{
    return i < plugins->n ? plugins->items[i] : NULL;
}

ms_loaded *ms_plugins_find(const ms_plugins *plugins, const char *id)
{
    for (size_t i = 0; i < plugins->n; i++)
        if (strcmp(plugins->items[i]->entry->info->id, id) == 0)
            return plugins->items[i];
    return NULL;
}

const ms_plugin_info *ms_loaded_info(const ms_loaded *loaded)
{
    return loaded->entry->info;
}

const char *ms_loaded_origin(const ms_loaded *loaded)
{
    return loaded->origin;
}

bool ms_loaded_active(const ms_loaded *loaded)
{
    return loaded->activated != 0;
}

ms_plugin *ms_loaded_self(const ms_loaded *loaded)
{
    return loaded->self;
}

const void *ms_loaded_table(const ms_loaded *loaded, const char *table)
{
    return loaded->entry->table(table);
}

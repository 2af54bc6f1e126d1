/*
 * moonsift/plugin.h: the plugin ABI, version 0.x.
 *
 * A plugin is a shared object that exports one function, `moonsift_plugin`, returning a const
 * entry. The host checks magic, size and version, prints or checks what the plugin says it needs,
 * pulls tables by id (provide/<table>.h), and activates it. The plugin pulls capabilities by id
 * (cap/<name>.h) and gets those the operator granted. It never sees lua_State, libuv or a header of
 * the host outside this folder.
 *
 * Compatibility while 0.x: host and plugin must agree on major and minor. Structs that start with
 * `size` may grow at their end; a reader looks at `size` before it touches a newer field.
 *
 * Threads: every call in either direction happens on the thread of the process's event loop,
 * [loop], unless a comment says [any]. A plugin that starts threads of its own comes back to the
 * loop through ms_cap_loop before it calls the host.
 */
#ifndef MOONSIFT_PLUGIN_H
#define MOONSIFT_PLUGIN_H

#include <moonsift/status.h>
#include <moonsift/value.h>

#define MS_PLUGIN_MAGIC 0x7466736du /* "msft" */
#define MS_ABI_MAJOR 0
#define MS_ABI_MINOR 1

typedef struct ms_plugin ms_plugin; /* the plugin's own instance; opaque to the host */
typedef struct ms_host ms_host;

typedef enum ms_log_level { MS_LOG_DEBUG, MS_LOG_INFO, MS_LOG_WARN, MS_LOG_ERROR } ms_log_level;

/*
 * What every plugin gets, granted or not. The host owns it; valid from activate to deactivate.
 */
struct ms_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;

    /* A capability's const table by id ("moonsift.loop/1"), or NULL when the operator has not
     * granted it or the host does not know it. The first argument of each of its functions is this
     * ms_host. */
    const void *(*capability)(const ms_host *host, const char *id);

    /* Memory that goes with the arena; NULL when there is none left. `size` 0 is allowed. */
    void *(*alloc)(ms_arena *arena, size_t size);

    /* One structured line. `fields` is an object or NULL; never put a secret or message text in. */
    void (*log)(const ms_host *host, ms_log_level level, const char *event, const ms_value *fields);
};

/* Who the plugin is. Static const memory of the plugin; readable without activating it. */
typedef struct ms_plugin_info {
    uint32_t size;
    const char *id;           /* lower-case word, unique: "postgres" */
    const char *version;      /* of the plugin: "0.1.0" */
    const char *summary;      /* one sentence */
    const char *const *needs; /* capability ids, NULL-terminated; may be NULL */
} ms_plugin_info;

typedef struct ms_plugin_entry {
    uint32_t magic; /* MS_PLUGIN_MAGIC */
    uint32_t size;  /* sizeof(ms_plugin_entry) the plugin was compiled with */
    uint16_t abi_major, abi_minor;
    const ms_plugin_info *info;

    /* Builds the instance. `config` is the plugin's own section of moonsift.yaml (an object, or
     * NULL), valid during the call. On failure `*out` stays NULL, everything is released, and
     * `err` says why. */
    ms_status (*activate)(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err);

    /* Releases the instance and everything it opened. Called once, never with NULL. */
    void (*deactivate)(ms_plugin *self);

    /* A const table by id ("moonsift.functions/1"), or NULL. Static memory; callable before
     * activate, so that a plugin can be described without running it. */
    const void *(*table)(const char *id);
} ms_plugin_entry;

typedef const ms_plugin_entry *(*ms_plugin_main)(void);

/*
 * Opens the definition of the one exported function:
 *
 *     MS_PLUGIN_EXPORT(postgres) { return &entry; }
 *
 * Loaded from a file it is `moonsift_plugin`; linked statically (-DMS_PLUGIN_STATIC, as the bundled
 * plugins are) it is `moonsift_plugin_postgres`.
 */
#ifdef MS_PLUGIN_STATIC
#define MS_PLUGIN_EXPORT(id)                                                                       \
    const ms_plugin_entry *moonsift_plugin_##id(void);                                             \
    const ms_plugin_entry *moonsift_plugin_##id(void)
#else
#define MS_PLUGIN_EXPORT(id)                                                                       \
    __attribute__((visibility("default"))) const ms_plugin_entry *moonsift_plugin(void);           \
    __attribute__((visibility("default"))) const ms_plugin_entry *moonsift_plugin(void)
#endif

#endif

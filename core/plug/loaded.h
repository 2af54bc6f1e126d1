/*
 * plug/loaded.h: what the files of core/plug share. Internal to this folder.
 */
#ifndef MS_PLUG_LOADED_H
#define MS_PLUG_LOADED_H

#include "plug/plug.h"

typedef struct ms_held ms_held; /* a watch or timer that a plugin has open */
typedef struct ms_call_state ms_call_state;

enum { MS_PLUGIN_ID_MAX = 32, MS_CALLS_RETIRED = 64 };

struct ms_loaded {
    ms_host host; /* first: the ms_host a plugin gets is its ms_loaded */
    ms_plugins *plugins;
    const ms_plugin_entry *entry; /* static memory of the plugin: gone when `library` is closed */
    void *library;                /* NULL: linked into the program */
    char *origin;
    ms_plugin *self;
    uint64_t activated; /* rank in the order of activation, 0: not active */
    unsigned granted;   /* bits by index of ms_capabilities */
    ms_held *held;      /* released by the host when the plugin did not */
};

struct ms_plugins {
    ms_loop *loop;
    ms_loaded **items;
    size_t n, capacity;
    uint64_t activations;
    ms_call_state *calls;                     /* under way */
    ms_call_state *retired[MS_CALLS_RETIRED]; /* ring; see call.c */
    size_t next_retired;
    uint64_t serial;
};

/* What this host can grant; ended by id == NULL. */
typedef struct ms_capability {
    const char *id;
    const void *table;
    bool wants_loop;
} ms_capability;
extern const ms_capability ms_capabilities[];

int ms_capability_index(const char *id); /* -1: unknown */
/* "moonsift.loop/1, moonsift.json/1" for messages. */
void ms_capability_list(char *out, size_t size);

/* host.c: the ms_host of a plugin, and the handles it left open. */
void ms_host_init(ms_loaded *loaded);
size_t ms_host_release(ms_loaded *loaded); /* how many there were */

/* check.c: an entry before anything of it is run. */
ms_status ms_check_entry(const ms_plugin_entry *entry, const char *origin, ms_error *err);

/* call.c: ends what a plugin left open with MS_CANCELLED; frees the ring. */
void ms_calls_cancel(ms_plugins *plugins, const ms_loaded *loaded);
void ms_calls_free(ms_plugins *plugins);

#endif

/*
 * A registry with its loop and log, for the specs of core/plug.
 */
#ifndef SPEC_PLUG_PLUG_SUPPORT_H
#define SPEC_PLUG_PLUG_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/log.h"
#include "plug/plug.h"

#include <moonsift/cap/loop.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURE(name) BINARY_DIR "/fixtures/" name ".so"

typedef struct world {
    ms_loop *loop;
    ms_plugins *plugins;
    ms_arena *arena;
    FILE *log; /* what was logged */
} world;

static inline int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    ms_error err;
    w->loop = ms_loop_new(&err);
    w->plugins = ms_plugins_new(w->loop, &err);
    w->arena = ms_arena_new(0);
    w->log = tmpfile();
    ms_log_setup(fileno(w->log), MS_LOG_JSON, MS_LOG_INFO, NULL);
    *state = w;
    return !w->loop || !w->plugins || !w->arena;
}

static inline int tear_down(void **state)
{
    world *w = *state;
    ms_plugins_free(w->plugins);
    ms_loop_free(w->loop);
    ms_arena_free(w->arena);
    ms_log_setup(2, MS_LOG_AUTO, MS_LOG_INFO, NULL);
    fclose(w->log);
    free(w);
    return 0;
}

static inline const char *logged(world *w)
{
    static char text[4096];
    rewind(w->log);
    text[fread(text, 1, sizeof text - 1, w->log)] = '\0';
    return text;
}

static inline ms_loaded *load(world *w, const char *path)
{
    ms_error err;
    ms_loaded *loaded = NULL;
    if (ms_plugins_load(w->plugins, path, &loaded, &err) != MS_OK)
        fail_msg("%s", err.text);
    return loaded;
}

static inline ms_loaded *activate(world *w, const char *path, const ms_value *config,
                                  const char *const *grants)
{
    ms_error err;
    ms_loaded *loaded = load(w, path);
    if (ms_plugins_activate(loaded, config, grants, &err) != MS_OK)
        fail_msg("%s", err.text);
    return loaded;
}

#endif

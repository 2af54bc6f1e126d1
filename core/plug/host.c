/*
 * What a plugin sees of the host: ms_host and the capabilities.
 *
 * Watches and timers of a plugin are wrapped, so that the host can release those that a failed
 * activate or a deactivate left behind: their callbacks would run in a closed library.
 */
#include "base/json.h"
#include "base/log.h"
#include "plug/loaded.h"

#include <moonsift/cap/json.h>
#include <stdlib.h>

struct ms_held {
    ms_held *next, **slot; /* `slot` holds the pointer to this one */
    ms_loaded *loaded;
    ms_watch *watch; /* one of the two is set */
    ms_timer *timer;
    union {
        ms_watch_fn watch;
        ms_timer_fn timer;
    } fn;
    void *arg;
};

/* ms_watch and ms_timer are opaque to a plugin: what it holds is our ms_held. */
static ms_held *held_of(void *handle)
{
    return handle;
}

static ms_held *hold(ms_loaded *loaded, void *arg, ms_error *err)
{
    ms_held *held = calloc(1, sizeof *held);
    if (!held) {
        ms_fail(err, MS_NOMEM, "plugin %s: out of memory", loaded->entry->info->id);
        return NULL;
    }
    held->loaded = loaded;
    held->arg = arg;
    held->next = loaded->held;
    held->slot = &loaded->held;
    if (held->next)
        held->next->slot = &held->next;
    loaded->held = held;
    return held;
}

static void let_go(ms_held *held)
{
    if (held->watch)
        ms_loop_unwatch(held->watch);
    if (held->timer)
        ms_loop_untimer(held->timer);
    *held->slot = held->next;
    if (held->next)
        held->next->slot = held->slot;
    free(held);
}

size_t ms_host_release(ms_loaded *loaded)
{
    size_t n = 0;
    for (; loaded->held; n++)
        let_go(loaded->held);
    return n;
}

/* ---- moonsift.loop/1 ------------------------------------------------------------------------ */

static ms_loaded *loaded_of(const ms_host *host)
{
    return (ms_loaded *)host; /* `host` is its first member, and never const itself */
}

static void watch_ready(void *arg, int events, int error)
{
    ms_held *held = arg;
    held->fn.watch(held->arg, events, error);
}

static ms_status cap_watch(const ms_host *host, int fd, int events, ms_watch_fn fn, void *arg,
                           ms_watch **out, ms_error *err)
{
    ms_loaded *loaded = loaded_of(host);
    ms_held *held = hold(loaded, arg, err);
    if (!held)
        return MS_NOMEM;
    held->fn.watch = fn;
    ms_status s =
        ms_loop_watch(loaded->plugins->loop, fd, events, watch_ready, held, &held->watch, err);
    if (s != MS_OK) {
        let_go(held);
        return s;
    }
    *out = (ms_watch *)held;
    return MS_OK;
}

static ms_status cap_watch_events(ms_watch *watch, int events)
{
    return ms_loop_watch_events(held_of(watch)->watch, events);
}

static void cap_unwatch(ms_watch *watch)
{
    if (watch)
        let_go(held_of(watch));
}

/* A timer that fires once stays with the plugin until untimer, as the capability says. */
static void timer_fired(void *arg)
{
    ms_held *held = arg;
    held->fn.timer(held->arg);
}

static ms_status cap_timer(const ms_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                           ms_timer_fn fn, void *arg, ms_timer **out, ms_error *err)
{
    ms_loaded *loaded = loaded_of(host);
    ms_held *held = hold(loaded, arg, err);
    if (!held)
        return MS_NOMEM;
    held->fn.timer = fn;
    ms_status s = ms_loop_timer(loaded->plugins->loop, delay_ms, repeat_ms, timer_fired, held,
                                &held->timer, err);
    if (s != MS_OK) {
        let_go(held);
        return s;
    }
    *out = (ms_timer *)held;
    return MS_OK;
}

static void cap_untimer(ms_timer *timer)
{
    if (timer)
        let_go(held_of(timer));
}

static uint64_t cap_now(const ms_host *host)
{
    return ms_loop_now(loaded_of(host)->plugins->loop);
}

static const ms_cap_loop loop_table = {
    .size = sizeof loop_table,
    .watch = cap_watch,
    .watch_events = cap_watch_events,
    .unwatch = cap_unwatch,
    .timer = cap_timer,
    .untimer = cap_untimer,
    .now_ms = cap_now,
};

/* ---- moonsift.json/1 ------------------------------------------------------------------------ */

static ms_status cap_parse(const ms_host *host, ms_arena *arena, ms_str source, ms_value *out,
                           ms_error *err)
{
    (void)host;
    return ms_json_parse(arena, source, out, err);
}

static ms_str cap_write(const ms_host *host, ms_arena *arena, const ms_value *value)
{
    (void)host;
    ms_buf buf = {0};
    ms_json_write(&buf, value);
    ms_str text = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text;
}

static const ms_cap_json json_table = {
    .size = sizeof json_table,
    .parse = cap_parse,
    .write = cap_write,
};

/* ---- the host ------------------------------------------------------------------------------- */

const ms_capability ms_capabilities[] = {
    {MS_CAP_LOOP, &loop_table, true},
    {MS_CAP_JSON, &json_table, false},
    {NULL, NULL, false},
};

int ms_capability_index(const char *id)
{
    for (int i = 0; ms_capabilities[i].id; i++)
        if (strcmp(ms_capabilities[i].id, id) == 0)
            return i;
    return -1;
}

void ms_capability_list(char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (const ms_capability *c = ms_capabilities; c->id && n < size; c++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", c->id);
}

static const void *host_capability(const ms_host *host, const char *id)
{
    const ms_loaded *loaded = loaded_of(host);
    int i = id ? ms_capability_index(id) : -1;
    if (i < 0 || !(loaded->granted & 1u << i))
        return NULL;
    if (ms_capabilities[i].wants_loop && !loaded->plugins->loop)
        return NULL;
    return ms_capabilities[i].table;
}

static void *host_alloc(ms_arena *arena, size_t size)
{
    return ms_alloc(arena, size);
}

static void host_log(const ms_host *host, ms_log_level level, const char *event,
                     const ms_value *fields)
{
    ms_log *l = ms_log_begin(level, event);
    ms_log_z(l, "plugin", loaded_of(host)->entry->info->id);
    for (uint32_t i = 0; fields && fields->kind == MS_OBJECT && i < fields->count; i++) {
        const ms_member *m = &fields->as.members[i];
        char key[64];
        snprintf(key, sizeof key, MS_FMT, MS_ARG(m->key));
        ms_log_value(l, key, &m->value);
    }
    ms_log_end(l);
}

void ms_host_init(ms_loaded *loaded)
{
    loaded->host = (ms_host){
        .size = sizeof(ms_host),
        .abi_major = MS_ABI_MAJOR,
        .abi_minor = MS_ABI_MINOR,
        .capability = host_capability,
        .alloc = host_alloc,
        .log = host_log,
    };
}

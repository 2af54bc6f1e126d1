/*
 * Capability "moonsift.loop/1": waiting for descriptors and time on the process's event loop.
 *
 * All functions and callbacks: [loop]. A callback may release its own handle.
 */
#ifndef MOONSIFT_CAP_LOOP_H
#define MOONSIFT_CAP_LOOP_H

#include <moonsift/plugin.h>

#define MS_CAP_LOOP "moonsift.loop/1"

enum { MS_READABLE = 1, MS_WRITABLE = 2 };

typedef struct ms_watch ms_watch;
typedef struct ms_timer ms_timer;

/* `error` is 0 or an errno value; with an error `events` is 0. */
typedef void (*ms_watch_fn)(void *arg, int events, int error);
typedef void (*ms_timer_fn)(void *arg);

typedef struct ms_cap_loop {
    uint32_t size;

    /* Calls `fn` while `fd` is ready for any of `events`. The caller owns fd and must release the
     * watch before closing it. */
    ms_status (*watch)(const ms_host *host, int fd, int events, ms_watch_fn fn, void *arg,
                       ms_watch **out, ms_error *err);
    ms_status (*watch_events)(ms_watch *watch, int events); /* changes what is waited for */
    void (*unwatch)(ms_watch *watch);                       /* NULL is allowed */

    /* Calls `fn` once after `delay_ms`, then every `repeat_ms` if that is not 0. */
    ms_status (*timer)(const ms_host *host, uint64_t delay_ms, uint64_t repeat_ms, ms_timer_fn fn,
                       void *arg, ms_timer **out, ms_error *err);
    void (*untimer)(ms_timer *timer); /* NULL is allowed */

    uint64_t (*now_ms)(const ms_host *host); /* monotonic */
} ms_cap_loop;

#endif

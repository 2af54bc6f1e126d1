/*
 * loop/loop.h: the event loop. This folder is the only place that includes uv.h.
 *
 * One loop per process. Everything here is called on the loop's thread, except ms_wake_send.
 */
#ifndef MS_LOOP_LOOP_H
#define MS_LOOP_LOOP_H

#include <moonsift/cap/loop.h>

typedef struct ms_loop ms_loop;
typedef struct ms_signal ms_signal;
typedef struct ms_wake ms_wake;

ms_loop *ms_loop_new(ms_error *err); /* NULL with err */
/* Closes what is still open (reported at debug level) and frees. NULL is allowed. */
void ms_loop_free(ms_loop *loop);
/* In a forked child, before anything else touches a loop of the parent: the two stop sharing kernel
 * objects, so that ms_loop_free here does not disturb the parent. */
ms_status ms_loop_forked(ms_loop *loop, ms_error *err);

void ms_loop_run(ms_loop *loop);  /* until ms_loop_stop or until nothing is left to wait for */
void ms_loop_step(ms_loop *loop); /* waits for and handles one round of events */
void ms_loop_stop(ms_loop *loop);
uint64_t ms_loop_now(ms_loop *loop); /* monotonic milliseconds, cached per round */

/* As in ms_cap_loop. One watch per descriptor; `events` 0 rests. After an error (EIO: ask the
 * descriptor itself) the watch rests until ms_loop_watch_events. Regular files are MS_INTERNAL. */
ms_status ms_loop_watch(ms_loop *loop, int fd, int events, ms_watch_fn fn, void *arg,
                        ms_watch **out, ms_error *err);
ms_status ms_loop_watch_events(ms_watch *watch, int events);
void ms_loop_unwatch(ms_watch *watch);
ms_status ms_loop_timer(ms_loop *loop, uint64_t delay_ms, uint64_t repeat_ms, ms_timer_fn fn,
                        void *arg, ms_timer **out, ms_error *err);
void ms_loop_untimer(ms_timer *timer);

typedef void (*ms_signal_fn)(void *arg, int signum);
ms_status ms_loop_signal(ms_loop *loop, int signum, ms_signal_fn fn, void *arg, ms_signal **out,
                         ms_error *err);
void ms_loop_unsignal(ms_signal *signal);

/* Calls `fn` on the loop soon after ms_wake_send; sends may be merged. ms_wake_send: [any], but
 * no thread may send once ms_loop_unwake was called. */
ms_status ms_loop_wake(ms_loop *loop, ms_timer_fn fn, void *arg, ms_wake **out, ms_error *err);
void ms_wake_send(ms_wake *wake);
void ms_loop_unwake(ms_wake *wake);

/* Version of the library behind it, "1.44.2". */
const char *ms_loop_release(void);

#endif

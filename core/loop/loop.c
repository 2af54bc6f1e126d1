#include "loop/loop.h"
#include "base/log.h"
#include "loop/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* One handle each, freed in its close callback: a callback may release the handle it runs on. */
struct ms_watch {
    ms_owner owner;
    uv_poll_t uv;
    int fd;
    ms_watch_fn fn;
    void *arg;
};

struct ms_timer {
    ms_owner owner;
    uv_timer_t uv;
    ms_timer_fn fn;
    void *arg;
};

struct ms_signal {
    ms_owner owner;
    uv_signal_t uv;
    ms_signal_fn fn;
    void *arg;
};

struct ms_wake {
    ms_owner owner;
    uv_async_t uv;
    ms_timer_fn fn;
    void *arg;
};

ms_status ms_uv_fail(ms_error *err, int code, const char *what)
{
    ms_status status = code == UV_ENOMEM   ? MS_NOMEM
                       : code == UV_EEXIST ? MS_CONFLICT
                       : code == UV_EINVAL ? MS_INVALID
                                           : MS_INTERNAL;
    return ms_fail(err, status, "%s: %s", what, uv_strerror(code));
}

/* ---- the loop ------------------------------------------------------------------------------- */

ms_loop *ms_loop_new(ms_error *err)
{
    ms_loop *loop = calloc(1, sizeof *loop);
    if (!loop) {
        ms_fail(err, MS_NOMEM, "event loop: out of memory");
        return NULL;
    }
    int rc = uv_loop_init(&loop->uv);
    if (rc != 0) {
        ms_uv_fail(err, rc, "event loop");
        free(loop);
        return NULL;
    }
    return loop;
}

static void release_left_over(uv_handle_t *handle, void *arg)
{
    size_t *left = arg;
    ms_owner *owner = handle->data;
    if (uv_is_closing(handle) || !owner)
        return;
    ms_log_msg(MS_LOG_DEBUG, "loop.left_open", "%s still open when the loop ends", owner->kind);
    owner->release(owner);
    (*left)++;
}

void ms_loop_free(ms_loop *loop)
{
    if (!loop)
        return;
    size_t left = 0;
    /* A close callback may not open anything, so one walk would do; the loop makes that certain. */
    do {
        left = 0;
        uv_walk(&loop->uv, release_left_over, &left);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    } while (left > 0 || uv_loop_alive(&loop->uv));
    int rc = uv_loop_close(&loop->uv);
    if (rc != 0)
        ms_log_msg(MS_LOG_ERROR, "loop.close", "the loop did not close: %s", uv_strerror(rc));
    free(loop);
}

ms_status ms_loop_forked(ms_loop *loop, ms_error *err)
{
    int rc = uv_loop_fork(&loop->uv);
    return rc == 0 ? MS_OK : ms_uv_fail(err, rc, "event loop after fork");
}

void ms_loop_run(ms_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void ms_loop_step(ms_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_ONCE);
}

void ms_loop_stop(ms_loop *loop)
{
    uv_stop(&loop->uv);
}

uint64_t ms_loop_now(ms_loop *loop)
{
    return uv_now(&loop->uv);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static void watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void watch_release(ms_owner *owner)
{
    ms_loop_unwatch((ms_watch *)owner);
}

static int to_uv(int events)
{
    return (events & MS_READABLE ? UV_READABLE : 0) | (events & MS_WRITABLE ? UV_WRITABLE : 0);
}

static void watch_ready(uv_poll_t *uv, int status, int events)
{
    ms_watch *watch = uv->data;
    if (status == 0) {
        int ready =
            (events & UV_READABLE ? MS_READABLE : 0) | (events & UV_WRITABLE ? MS_WRITABLE : 0);
        watch->fn(watch->arg, ready, 0);
        return;
    }
    /* libuv says EBADF for every POLLERR. A descriptor that is open has an error of its own, which
     * its owner must fetch (reading SO_ERROR here would take it away from the owner's library). */
    int error = status == UV_EBADF && fcntl(watch->fd, F_GETFD) >= 0 ? EIO : -status;
    watch->fn(watch->arg, 0, error);
}

ms_status ms_loop_watch(ms_loop *loop, int fd, int events, ms_watch_fn fn, void *arg,
                        ms_watch **out, ms_error *err)
{
    *out = NULL;
    ms_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return ms_fail(err, MS_NOMEM, "watching descriptor %d: out of memory", fd);
    int rc = uv_poll_init(&loop->uv, &watch->uv, fd);
    if (rc != 0) {
        free(watch);
        return ms_uv_fail(err, rc, "watching a descriptor");
    }
    watch->owner = (ms_owner){"watch", watch_release};
    watch->uv.data = watch;
    watch->fd = fd;
    watch->fn = fn;
    watch->arg = arg;
    if (ms_loop_watch_events(watch, events) != MS_OK) {
        ms_loop_unwatch(watch);
        return ms_fail(err, MS_INTERNAL, "watching descriptor %d failed", fd);
    }
    *out = watch;
    return MS_OK;
}

ms_status ms_loop_watch_events(ms_watch *watch, int events)
{
    int rc = to_uv(events) == 0 ? uv_poll_stop(&watch->uv)
                                : uv_poll_start(&watch->uv, to_uv(events), watch_ready);
    return rc == 0 ? MS_OK : MS_INTERNAL;
}

void ms_loop_unwatch(ms_watch *watch)
{
    if (watch)
        uv_close((uv_handle_t *)&watch->uv, watch_closed);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void timer_release(ms_owner *owner)
{
    ms_loop_untimer((ms_timer *)owner);
}

static void timer_due(uv_timer_t *uv)
{
    ms_timer *timer = uv->data;
    timer->fn(timer->arg);
}

ms_status ms_loop_timer(ms_loop *loop, uint64_t delay_ms, uint64_t repeat_ms, ms_timer_fn fn,
                        void *arg, ms_timer **out, ms_error *err)
{
    *out = NULL;
    ms_timer *timer = calloc(1, sizeof *timer);
    if (!timer)
        return ms_fail(err, MS_NOMEM, "timer: out of memory");
    int rc = uv_timer_init(&loop->uv, &timer->uv);
    if (rc != 0) {
        free(timer);
        return ms_uv_fail(err, rc, "timer");
    }
    timer->owner = (ms_owner){"timer", timer_release};
    timer->uv.data = timer;
    timer->fn = fn;
    timer->arg = arg;
    /* The cached time may be old (a long callback, or no round yet): the delay counts from now. */
    uv_update_time(&loop->uv);
    rc = uv_timer_start(&timer->uv, timer_due, delay_ms, repeat_ms);
    if (rc != 0) {
        ms_loop_untimer(timer);
        return ms_uv_fail(err, rc, "timer");
    }
    *out = timer;
    return MS_OK;
}

void ms_loop_untimer(ms_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->uv, timer_closed);
}

/* ---- signals -------------------------------------------------------------------------------- */

static void signal_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void signal_release(ms_owner *owner)
{
    ms_loop_unsignal((ms_signal *)owner);
}

static void signal_came(uv_signal_t *uv, int signum)
{
    ms_signal *signal = uv->data;
    signal->fn(signal->arg, signum);
}

ms_status ms_loop_signal(ms_loop *loop, int signum, ms_signal_fn fn, void *arg, ms_signal **out,
                         ms_error *err)
{
    *out = NULL;
    ms_signal *signal = calloc(1, sizeof *signal);
    if (!signal)
        return ms_fail(err, MS_NOMEM, "signal %d: out of memory", signum);
    int rc = uv_signal_init(&loop->uv, &signal->uv);
    if (rc != 0) {
        free(signal);
        return ms_uv_fail(err, rc, "signal");
    }
    signal->owner = (ms_owner){"signal", signal_release};
    signal->uv.data = signal;
    signal->fn = fn;
    signal->arg = arg;
    rc = uv_signal_start(&signal->uv, signal_came, signum);
    if (rc != 0) {
        ms_loop_unsignal(signal);
        return ms_uv_fail(err, rc, "signal");
    }
    *out = signal;
    return MS_OK;
}

void ms_loop_unsignal(ms_signal *signal)
{
    if (signal)
        uv_close((uv_handle_t *)&signal->uv, signal_closed);
}

/* ---- wake-ups from other threads ------------------------------------------------------------ */

static void wake_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void wake_release(ms_owner *owner)
{
    ms_loop_unwake((ms_wake *)owner);
}

static void wake_came(uv_async_t *uv)
{
    ms_wake *wake = uv->data;
    wake->fn(wake->arg);
}

ms_status ms_loop_wake(ms_loop *loop, ms_timer_fn fn, void *arg, ms_wake **out, ms_error *err)
{
    *out = NULL;
    ms_wake *wake = calloc(1, sizeof *wake);
    if (!wake)
        return ms_fail(err, MS_NOMEM, "wake-up: out of memory");
    int rc = uv_async_init(&loop->uv, &wake->uv, wake_came);
    if (rc != 0) {
        free(wake);
        return ms_uv_fail(err, rc, "wake-up");
    }
    wake->owner = (ms_owner){"wake", wake_release};
    wake->uv.data = wake;
    wake->fn = fn;
    wake->arg = arg;
    *out = wake;
    return MS_OK;
}

void ms_wake_send(ms_wake *wake)
{
    /* Fails only for a handle of another type. */
    int rc = uv_async_send(&wake->uv);
    (void)rc;
}

void ms_loop_unwake(ms_wake *wake)
{
    if (wake)
        uv_close((uv_handle_t *)&wake->uv, wake_closed);
}

const char *ms_loop_release(void)
{
    return uv_version_string();
}

/* loop/loop.h: every handle, released at awkward moments, under ASan without a leak. */
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    ms_loop *loop;
    ms_error err;
    int pair[2];
    int calls, events, error, signum;
    ms_watch *watch;
    ms_timer *timer, *guard;
    ms_signal *signal;
    ms_wake *wake;
} fixture;

static void give_up(void *arg)
{
    (void)arg;
    fail_msg("the loop waited for something that never came");
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->loop = ms_loop_new(&f->err);
    assert_non_null(f->loop);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, f->pair), 0);
    assert_int_equal(ms_loop_timer(f->loop, 20000, 0, give_up, f, &f->guard, &f->err), MS_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    ms_loop_free(f->loop); /* the guard timer, and whatever the spec left open */
    close(f->pair[0]);
    close(f->pair[1]);
    free(f);
    return 0;
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static void stop_loop(void *arg)
{
    ms_loop_stop(arg);
}

static void note_ready(void *arg, int events, int error)
{
    fixture *f = arg;
    f->calls++;
    f->events = events;
    f->error = error;
    ms_loop_stop(f->loop);
}

static void release_on_ready(void *arg, int events, int error)
{
    fixture *f = arg;
    note_ready(arg, events, error);
    ms_loop_unwatch(f->watch);
    f->watch = NULL;
    close(f->pair[0]); /* allowed as soon as the watch is released */
    f->pair[0] = -1;
}

static void watch_says_what_is_ready(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    assert_int_equal(write(f->pair[1], "x", 1), 1);
    ms_loop_run(f->loop);
    assert_int_equal(f->events, MS_READABLE);
    assert_int_equal(f->error, 0);

    assert_int_equal(ms_loop_watch_events(f->watch, MS_READABLE | MS_WRITABLE), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->events, MS_READABLE | MS_WRITABLE);
    ms_loop_unwatch(f->watch);
}

static void a_resting_watch_is_silent(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    assert_int_equal(ms_loop_watch_events(f->watch, 0), MS_OK);
    assert_int_equal(write(f->pair[1], "x", 1), 1);
    ms_timer *pause = NULL;
    assert_int_equal(ms_loop_timer(f->loop, 20, 0, stop_loop, f->loop, &pause, &f->err), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 0);
    ms_loop_untimer(pause);
    ms_loop_unwatch(f->watch);
}

static void a_callback_may_release_its_watch(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, release_on_ready, f, &f->watch, &f->err),
        MS_OK);
    assert_int_equal(write(f->pair[1], "x", 1), 1);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
}

static void a_released_descriptor_number_can_be_watched_again(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(
            ms_loop_watch(f->loop, f->pair[0], MS_WRITABLE, note_ready, f, &f->watch, &f->err),
            MS_OK);
        ms_loop_unwatch(f->watch); /* no round of the loop in between */
    }
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_WRITABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
    ms_loop_unwatch(f->watch);
}

static void unfit_descriptors_are_refused(void **state)
{
    fixture *f = *state;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    f->watch = (ms_watch *)f; /* must be cleared on failure */
    assert_int_not_equal(
        ms_loop_watch(f->loop, file, MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    assert_null(f->watch);
    assert_true(f->err.text[0] != '\0');
    assert_int_not_equal(
        ms_loop_watch(f->loop, 999999, MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    ms_watch *second = NULL;
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, note_ready, f, &second, &f->err),
        MS_CONFLICT);
    assert_null(second);
    ms_loop_unwatch(f->watch);
    close(file);
}

/* A write end whose reader is gone is POLLERR: one call with an error and no events, then rest. */
static void a_broken_pipe_is_reported_once(void **state)
{
    fixture *f = *state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(ms_loop_watch(f->loop, fds[1], MS_READABLE, note_ready, f, &f->watch, &f->err),
                     MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->events, 0);
    assert_int_equal(f->error, EIO);
    ms_timer *pause = NULL;
    assert_int_equal(ms_loop_timer(f->loop, 20, 0, stop_loop, f->loop, &pause, &f->err), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
    ms_loop_untimer(pause);
    ms_loop_unwatch(f->watch);
    close(fds[1]);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void note_time(void *arg)
{
    fixture *f = arg;
    if (++f->calls == 3)
        ms_loop_stop(f->loop);
}

static void release_on_time(void *arg)
{
    fixture *f = arg;
    f->calls++;
    ms_loop_untimer(f->timer);
    f->timer = NULL;
    ms_loop_stop(f->loop);
}

static void a_timer_repeats_until_released(void **state)
{
    fixture *f = *state;
    uint64_t start = ms_loop_now(f->loop);
    assert_int_equal(ms_loop_timer(f->loop, 5, 2, note_time, f, &f->timer, &f->err), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 3);
    assert_true(ms_loop_now(f->loop) >= start + 9);
    ms_loop_untimer(f->timer);
}

static void a_timer_may_release_itself(void **state)
{
    fixture *f = *state;
    assert_int_equal(ms_loop_timer(f->loop, 1, 1, release_on_time, f, &f->timer, &f->err), MS_OK);
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
}

/* The delay counts from the call, however old the loop's idea of now is. */
static void a_delay_does_not_start_in_the_past(void **state)
{
    fixture *f = *state;
    usleep(60000);
    assert_int_equal(ms_loop_timer(f->loop, 50, 0, release_on_time, f, &f->timer, &f->err), MS_OK);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ms_loop_run(f->loop);
    clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_true(ms >= 45);
}

static void the_loop_ends_when_nothing_is_left(void **state)
{
    fixture *f = *state;
    ms_loop_untimer(f->guard);
    ms_loop_untimer(NULL);
    ms_loop_unwatch(NULL);
    ms_loop_unsignal(NULL);
    ms_loop_unwake(NULL);
    ms_loop_run(f->loop);
    ms_loop_step(f->loop);
}

/* ---- signals and wake-ups ------------------------------------------------------------------- */

static void note_signal(void *arg, int signum)
{
    fixture *f = arg;
    f->signum = signum;
    ms_loop_unsignal(f->signal);
    f->signal = NULL;
    ms_loop_stop(f->loop);
}

static void a_signal_arrives_on_the_loop(void **state)
{
    fixture *f = *state;
    assert_int_equal(ms_loop_signal(f->loop, SIGUSR1, note_signal, f, &f->signal, &f->err), MS_OK);
    raise(SIGUSR1);
    assert_int_equal(f->signum, 0);
    ms_loop_run(f->loop);
    assert_int_equal(f->signum, SIGUSR1);
    assert_int_equal(ms_loop_signal(f->loop, SIGKILL, note_signal, f, &f->signal, &f->err),
                     MS_INVALID);
    assert_null(f->signal);
}

enum { SENDS = 1000 };

static void *send_many(void *arg)
{
    fixture *f = arg;
    for (int i = 0; i < SENDS; i++)
        ms_wake_send(f->wake);
    return NULL;
}

static void note_wake(void *arg)
{
    fixture *f = arg;
    f->calls++;
    ms_loop_stop(f->loop);
}

static void another_thread_wakes_the_loop(void **state)
{
    fixture *f = *state;
    pthread_t thread;
    assert_int_equal(ms_loop_wake(f->loop, note_wake, f, &f->wake, &f->err), MS_OK);
    assert_int_equal(pthread_create(&thread, NULL, send_many, f), 0);
    ms_loop_run(f->loop);
    pthread_join(thread, NULL);
    assert_true(f->calls >= 1 && f->calls <= SENDS);
    ms_loop_unwake(f->wake);
}

/* ---- the end -------------------------------------------------------------------------------- */

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void what_is_left_open_is_freed(void **state)
{
    (void)state;
    fixture f = {0};
    ms_loop *warm = ms_loop_new(NULL); /* libuv opens a pipe for signals once per process */
    ms_loop_free(warm);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f.pair), 0);
    int before = open_descriptors();
    f.loop = ms_loop_new(&f.err);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ms_loop_timer(f.loop, 1, 1, note_time, &f, &f.timer, &f.err), MS_OK);
        assert_int_equal(ms_loop_wake(f.loop, note_wake, &f, &f.wake, &f.err), MS_OK);
        assert_int_equal(ms_loop_signal(f.loop, SIGUSR2, note_signal, &f, &f.signal, &f.err),
                         MS_OK);
    }
    assert_int_equal(ms_loop_watch(f.loop, f.pair[0], MS_WRITABLE, note_ready, &f, &f.watch, NULL),
                     MS_OK);
    ms_loop_free(f.loop);
    ms_loop_free(NULL);
    assert_int_equal(f.calls, 0); /* nothing fires while it ends */
    assert_int_equal(open_descriptors(), before);
    close(f.pair[0]);
    close(f.pair[1]);
}

static void a_stop_before_the_run_counts(void **state)
{
    fixture *f = *state;
    ms_loop_stop(f->loop);
    ms_loop_run(f->loop); /* else give_up after 20 s */
}

/* Parent and child share the kernel's epoll set until ms_loop_forked: a child that frees the loop
 * it inherited must not silence the parent's watches. */
static void a_child_leaves_the_parents_loop_alone(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        ms_loop_watch(f->loop, f->pair[0], MS_READABLE, note_ready, f, &f->watch, &f->err), MS_OK);
    assert_int_equal(ms_loop_timer(f->loop, 1, 0, release_on_time, f, &f->timer, &f->err), MS_OK);
    ms_loop_run(f->loop); /* the watch is in the kernel now */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ms_status s = ms_loop_forked(f->loop, NULL);
        ms_loop_free(f->loop);
        _exit(s == MS_OK ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(write(f->pair[1], "x", 1), 1);
    f->calls = 0;
    ms_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
    ms_loop_unwatch(f->watch);
}

/* No descriptor left: a clean error, nothing half made. */
static void no_descriptor_left_is_an_error(void **state)
{
    (void)state;
    struct rlimit old, tight;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    tight = old;
    for (rlim_t n = 3; n < 12; n++) {
        ms_error err = {0};
        tight.rlim_cur = n;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        ms_loop *loop = ms_loop_new(&err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (!loop)
            assert_true(err.status != MS_OK && err.text[0]);
        ms_loop_free(loop);
    }
}

int main(void)
{
#define SPEC(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest specs[] = {
        SPEC(watch_says_what_is_ready),
        SPEC(a_resting_watch_is_silent),
        SPEC(a_callback_may_release_its_watch),
        SPEC(a_released_descriptor_number_can_be_watched_again),
        SPEC(unfit_descriptors_are_refused),
        SPEC(a_broken_pipe_is_reported_once),
        SPEC(a_timer_repeats_until_released),
        SPEC(a_timer_may_release_itself),
        SPEC(a_delay_does_not_start_in_the_past),
        SPEC(the_loop_ends_when_nothing_is_left),
        SPEC(a_signal_arrives_on_the_loop),
        SPEC(another_thread_wakes_the_loop),
        SPEC(a_stop_before_the_run_counts),
        SPEC(a_child_leaves_the_parents_loop_alone),
        cmocka_unit_test(what_is_left_open_is_freed),
        cmocka_unit_test(no_descriptor_left_is_an_error),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

/*
 * Every allocation of ours fails once: from the loop's making to its end, through requests of all
 * kinds. Whatever fails, nothing crashes, hangs or leaks, and the server goes on serving.
 *
 * The allocator is wrapped here; under a sanitizer, which has its own, this does nothing.
 */
#include "http_fixture.h"

#include <signal.h>

#define H "Host: a\r\n"

#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

/* Hidden from libraries, so that only our own allocations fail: libuv ends the process when its
 * table of descriptors cannot grow. */
#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN void *malloc(size_t n);
HIDDEN void *calloc(size_t count, size_t n);
HIDDEN void *realloc(void *p, size_t n);
HIDDEN void free(void *p);

static bool counting;
static long allocations, fail_at, live;

static bool fails(void)
{
    return counting && ++allocations == fail_at;
}

void *malloc(size_t n)
{
    void *p = fails() ? NULL : __libc_malloc(n);
    live += p && counting;
    return p;
}

void *calloc(size_t count, size_t n)
{
    void *p = fails() ? NULL : __libc_calloc(count, n);
    live += p && counting;
    return p;
}

void *realloc(void *old, size_t n)
{
    void *p = fails() ? NULL : __libc_realloc(old, n);
    live += p && !old && counting;
    return p;
}

void free(void *p)
{
    live -= p && counting;
    __libc_free(p);
}

/* ---- one life of a server ------------------------------------------------------------------- */

static void answer(void *arg, ms_http_exchange *exchange, const ms_request *request)
{
    (void)arg;
    if (ms_str_eqz(request->path, "/problem"))
        ms_http_problem(exchange, 404, NULL);
    else
        ms_http_reply(exchange, 200, "text/plain", "X: y\r\n", request->body);
}

static void never(void *arg)
{
    (void)arg;
    abort();
}

static int try_dial(const char *address)
{
    bool was = counting;
    counting = false; /* the client's side is not on trial */
    int fd = dial_address(address);
    counting = was;
    return fd;
}

/* Returns whether `wanted` came back. */
static bool talk(ms_loop *loop, const char *address, const char *what, size_t n, const char *wanted)
{
    char c[16384];
    size_t got = 0;
    int fd = try_dial(address);
    for (int i = 0; i < 4; i++)
        ms_loop_step(loop);
    for (size_t at = 0; at < n; at += 1000) {
        ssize_t sent = send(fd, what + at, n - at < 1000 ? n - at : 1000, MSG_NOSIGNAL);
        if (sent < 0)
            break;
        for (int i = 0; i < 3; i++)
            ms_loop_step(loop);
    }
    for (ssize_t n_c; got < sizeof c && (n_c = recv(fd, c + got, sizeof c - got, 0)) > 0;)
        got += (size_t)n_c;
    close(fd);
    for (int i = 0; i < 4; i++)
        ms_loop_step(loop);
    return got > 0 && memmem(c, got, wanted, strlen(wanted));
}

static char long_request[9000];

static void requests(ms_loop *loop, const char *address)
{
    static const char *const all[] = {
        "GET / HTTP/1.1\r\n" H "A: b\r\n\r\nGET /problem HTTP/1.1\r\n" H "\r\n",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
        "BAD\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        talk(loop, address, all[i], strlen(all[i]), "");
    talk(loop, address, long_request, sizeof long_request, "");
    fail_at = 0; /* memory is back, and so is everything else */
    assert_true(talk(loop, address, all[0], strlen(all[0]), "about:blank"));
    assert_true(talk(loop, address, long_request, sizeof long_request, "xxxxxxxx"));
}

/* Returns how many allocations it made, or tried to. */
static long live_once(long fail)
{
    char address[128], dir[] = "/tmp/moonsift_spec_XXXXXX";
    int fd = -1, busy[2];
    ms_error err = {0};
    ms_http_server *http = NULL;
    ms_watch *watch = NULL;
    ms_timer *timer = NULL;
    ms_wake *wake = NULL;
    ms_signal *signal_ = NULL;
    assert_non_null(mkdtemp(dir));
    snprintf(address, sizeof address, "unix:%s/s", dir);
    assert_int_equal(ms_http_bind(address, &fd, &err), MS_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, busy), 0);

    allocations = live = 0;
    fail_at = fail;
    counting = true;
    ms_loop *loop = ms_loop_new(&err);
    if (loop && ms_loop_watch(loop, busy[0], MS_WRITABLE, ready, NULL, &watch, &err) == MS_OK) {
        if (ms_loop_timer(loop, 1, 0, never, NULL, &timer, &err) == MS_OK)
            ms_loop_untimer(timer);
        if (ms_loop_wake(loop, never, NULL, &wake, &err) == MS_OK)
            ms_loop_unwake(wake);
        if (ms_loop_signal(loop, SIGUSR1, NULL, NULL, &signal_, &err) == MS_OK)
            ms_loop_unsignal(signal_);
        if (ms_http_serve(loop, fd, NULL, NULL, answer, NULL, &http, &err) == MS_OK)
            requests(loop, address);
        else
            assert_int_equal(err.status, MS_NOMEM);
        ms_http_close(http);
    }
    ms_loop_free(loop);
    counting = false;
    if (live != 0 && fail >= 0)
        fail_msg("%ld allocations left when number %ld failed", live, fail);
    close(busy[0]);
    close(busy[1]);
    close(fd);
    unlink(address + 5);
    rmdir(dir);
    return allocations;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    int n = snprintf(long_request, sizeof long_request,
                     "POST / HTTP/1.1\r\n" H "Content-Length: 8000\r\n\r\n");
    memset(long_request + n, 'x', sizeof long_request - (size_t)n);
    live_once(-1); /* some things are allocated once per process */
    long total = live_once(0);
    assert_true(total > 20);
    for (long i = 1; i <= total; i++)
        live_once(i);
    print_message("each of %ld allocations failed once\n", total);
}

#else

static void each_allocation_may_fail(void **state)
{
    (void)state;
    print_message("left out: the sanitizer has its own allocator\n");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

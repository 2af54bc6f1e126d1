/*
 * A server under test and its clients, on one thread: the client writes, the loop is stepped, the
 * client reads. Nothing races, so a byte that was sent alone was also received alone.
 */
#ifndef SPEC_HTTP_FIXTURE_H
#define SPEC_HTTP_FIXTURE_H

#include "base/clock.h"
#include "loop/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_HELD = 64, BIG = 8 * 1024 * 1024 };

typedef struct server {
    ms_loop *loop;
    int busy[2]; /* always ready, so that a step never blocks */
    ms_watch *never_block;
    ms_http_server *http;
    int fd;
    char dir[64], address[128];
    ms_error err;

    ms_http_exchange *held[MAX_HELD]; /* requests for /hold */
    size_t n_held;
    size_t requests, heads;
    char *big;
    bool close_on_request, close_on_head;
} server;

/* ---- the host's side ------------------------------------------------------------------------ */

static inline void ready(void *arg, int events, int error)
{
    (void)arg;
    (void)events;
    (void)error;
}

static inline void see(ms_http_exchange *exchange, const ms_request *r)
{
    ms_buf out = {0};
    ms_buf_format(&out, "method=" MS_FMT "\npath=" MS_FMT "\nquery=" MS_FMT "\nremote=" MS_FMT "\n",
                  MS_ARG(r->method), MS_ARG(r->path), MS_ARG(r->query), MS_ARG(r->remote));
    for (size_t i = 0; i < r->n_headers; i++)
        ms_buf_format(&out, "[" MS_FMT "]=[" MS_FMT "]\n", MS_ARG(r->headers[i].name),
                      MS_ARG(r->headers[i].value));
    ms_buf_format(&out, "body=" MS_FMT "\n", MS_ARG(r->body));
    ms_http_reply(exchange, 200, "text/plain", "X-Extra: yes\r\n", ms_buf_view(&out));
    ms_buf_free(&out);
}

static inline int judge_head(void *arg, const ms_request *r, size_t *body_limit)
{
    server *s = arg;
    s->heads++;
    assert_int_equal(r->body.n, 0);
    if (s->close_on_head) {
        ms_http_close(s->http);
        s->http = NULL;
    }
    if (ms_str_eqz(r->path, "/tiny"))
        *body_limit = 10;
    if (ms_str_eqz(r->path, "/large"))
        *body_limit = 16 * 1024 * 1024;
    return ms_str_eqz(r->path, "/refused") ? 401 : 0;
}

static inline void handle(void *arg, ms_http_exchange *exchange, const ms_request *r)
{
    server *s = arg;
    s->requests++;
    if (s->close_on_request) {
        ms_http_close(s->http);
        s->http = NULL;
    }
    if (ms_str_eqz(r->path, "/hold") && s->n_held < MAX_HELD)
        s->held[s->n_held++] = exchange;
    else if (ms_str_eqz(r->path, "/see"))
        see(exchange, r);
    else if (ms_str_eqz(r->path, "/big"))
        ms_http_reply(exchange, 200, "text/plain", NULL, (ms_str){s->big, BIG});
    else if (ms_str_eqz(r->path, "/none"))
        ms_http_reply(exchange, 204, NULL, NULL, MS_STR(""));
    else if (ms_str_eqz(r->path, "/problem"))
        ms_http_problem(exchange, 422, "The \"budget\" is\nno number.");
    else
        ms_http_reply(exchange, 200, "text/plain", NULL, r->body);
}

static inline void start(server *s, const char *address, const ms_http_limits *limits)
{
    memset(s, 0, sizeof *s);
    s->loop = ms_loop_new(&s->err);
    assert_non_null(s->loop);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->busy), 0);
    assert_int_equal(
        ms_loop_watch(s->loop, s->busy[0], MS_WRITABLE, ready, s, &s->never_block, &s->err), MS_OK);
    strcpy(s->dir, "/tmp/moonsift_spec_XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    if (address)
        snprintf(s->address, sizeof s->address, "%s", address);
    else
        snprintf(s->address, sizeof s->address, "unix:%s/s", s->dir);
    assert_int_equal(ms_http_bind(s->address, &s->fd, &s->err), MS_OK);
    ms_http_address(s->fd, s->address, sizeof s->address);
    assert_int_equal(
        ms_http_serve(s->loop, s->fd, limits, judge_head, handle, s, &s->http, &s->err), MS_OK);
    s->big = malloc(BIG);
    assert_non_null(s->big);
    memset(s->big, 'b', BIG);
}

static inline void release_held(server *s, const char *text)
{
    for (size_t i = 0; i < s->n_held; i++)
        ms_http_reply(s->held[i], 200, "text/plain", NULL, ms_str_z(text));
    s->n_held = 0;
}

static inline void stop(server *s)
{
    char path[80];
    ms_http_close(s->http);
    release_held(s, "too late"); /* must be harmless */
    ms_loop_free(s->loop);
    close(s->busy[0]);
    close(s->busy[1]);
    close(s->fd);
    snprintf(path, sizeof path, "%s/s", s->dir);
    unlink(path);
    rmdir(s->dir);
    free(s->big);
}

static inline void pump(server *s, int rounds)
{
    while (rounds-- > 0)
        ms_loop_step(s->loop);
}

/* Until so many milliseconds of real time have passed. */
static inline void pump_ms(server *s, int ms)
{
    int64_t end = ms_mono_us() + (int64_t)ms * 1000;
    do {
        usleep(500);
        ms_loop_step(s->loop);
    } while (ms_mono_us() < end);
}

/* ---- the client's side ---------------------------------------------------------------------- */

static inline int dial_address(const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_un local;
    } a = {0};
    socklen_t n = sizeof a.v4;
    if (strncmp(address, "unix:", 5) == 0) {
        a.local.sun_family = AF_UNIX;
        strcpy(a.local.sun_path, address + 5);
        n = sizeof a.local;
    } else {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
        a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &a.any, n), 0); /* the backlog takes it */
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static inline int dial(server *s)
{
    int fd = dial_address(s->address);
    pump(s, 2);
    return fd;
}

/* Sends what the socket takes, stepping the loop; false when the peer has closed. */
static inline bool say(server *s, int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
        pump(s, 1);
    }
    return true;
}

static inline bool say_z(server *s, int fd, const char *z)
{
    return say(s, fd, z, strlen(z));
}

typedef struct heard {
    ms_buf bytes;
    bool eof, reset;
} heard;

/* Reads what is there; false when there was nothing. */
static inline bool hear_some(int fd, heard *h)
{
    assert_true(ms_buf_reserve(&h->bytes, 65536));
    ssize_t n = recv(fd, h->bytes.p + h->bytes.n, 65536, 0);
    h->eof |= n == 0;
    h->reset |= n < 0 && errno != EAGAIN;
    h->bytes.n += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Reads until so many rounds of the loop brought nothing more. */
static inline void hear(server *s, int fd, heard *h, int quiet)
{
    for (int still = 0; still < quiet && !h->eof && !h->reset; still++) {
        pump(s, 1);
        while (hear_some(fd, h))
            still = 0;
    }
}

/* Reads until the text has come, or until too much time has passed. */
static inline bool hear_until(server *s, int fd, heard *h, const char *text, int ms)
{
    int64_t end = ms_mono_us() + (int64_t)ms * 1000;
    while (ms_mono_us() < end && !h->eof && !h->reset) {
        hear(s, fd, h, 1);
        if (h->bytes.n > 0 && memmem(h->bytes.p, h->bytes.n, text, strlen(text)))
            return true;
        usleep(100);
    }
    return false;
}

static inline void forget(heard *h)
{
    ms_buf_free(&h->bytes);
    *h = (heard){0};
}

/* Takes one answer apart, strictly. Returns its length, or 0 when it is not whole and valid. */
static inline size_t parse_answer(const char *p, size_t n, int *status, bool *closes, bool bodyless)
{
    const char *end = n > 16 ? memmem(p, n, "\r\n\r\n", 4) : NULL;
    if (!end || memcmp(p, "HTTP/1.1 ", 9) != 0 || p[12] != ' ')
        return 0;
    size_t head = (size_t)(end - p) + 4, body = 0;
    *status = atoi(p + 9);
    *closes = memmem(p, head, "\r\nConnection: close\r\n", 21) != NULL;
    if (*status == 100)
        return head == 25 ? head : 0;
    if (!memmem(p, head, "\r\nX-Content-Type-Options: nosniff\r\n", 35) && *status != 503)
        return 0;
    const char *length = memmem(p, head, "\r\nContent-Length: ", 18);
    if (length)
        body = strtoul(length + 18, NULL, 10);
    if (!length != (*status == 204))
        return 0;
    if (bodyless)
        body = 0;
    if (n - head < body)
        return 0;
    if (*status >= 400 && body > 0 && (p[head] != '{' || p[head + body - 1] != '}'))
        return 0;
    return head + body;
}

/* "200 400 close": the statuses of all answers and whether the connection ended; "?" for bytes that
 * are no answer. */
static inline void summary(const heard *h, bool bodyless, char out[256])
{
    size_t at = 0, used = 0;
    bool closes = false;
    out[0] = '\0';
    while (at < h->bytes.n && used < 200) {
        int status = 0;
        size_t n =
            closes ? 0 : parse_answer(h->bytes.p + at, h->bytes.n - at, &status, &closes, bodyless);
        if (n == 0) {
            used += (size_t)snprintf(out + used, 256 - used, "%s?", used ? " " : "");
            break;
        }
        used += (size_t)snprintf(out + used, 256 - used, "%s%d", used ? " " : "", status);
        at += n;
    }
    if (closes && !h->eof && !h->reset)
        used += (size_t)snprintf(out + used, 256 - used, " unclosed");
    if (h->eof || h->reset)
        snprintf(out + used, 256 - used, "%sclose", used ? " " : "");
}

/* Reads until the summary is `expect`, then a little more in case it does not stay so. A loaded
 * machine may take its time; what is wrong for good costs 2 s. */
static inline void outcome_of(server *s, int fd, heard *h, bool bodyless, const char *expect,
                              char got[256])
{
    int64_t end = ms_mono_us() + 2000000;
    for (int round = 0;; round++) {
        hear(s, fd, h, 2);
        summary(h, bodyless, got);
        if (strcmp(got, expect) == 0 || ms_mono_us() > end)
            break;
        if (round > 3)
            usleep(200); /* let others run */
    }
    hear(s, fd, h, 2);
    summary(h, bodyless, got);
}

/* One conversation on a connection of its own: all bytes, then what came back. */
static inline void converse(server *s, const char *bytes, size_t n, const char *expect,
                            char got[256])
{
    heard h = {0};
    int fd = dial(s);
    say(s, fd, bytes, n);
    outcome_of(s, fd, &h, n > 5 && memcmp(bytes, "HEAD ", 5) == 0, expect, got);
    forget(&h);
    close(fd);
    pump(s, 2);
}

/* Until so many connections are open, or 2 s have passed. */
static inline void await_open(server *s, size_t n)
{
    int64_t end = ms_mono_us() + 2000000;
    while (ms_http_open(s->http) != n && ms_mono_us() < end)
        pump(s, 1);
    assert_int_equal(ms_http_open(s->http), n);
}

#endif

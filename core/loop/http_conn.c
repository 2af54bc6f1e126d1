#include "loop/http_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void feed(ms_http_conn *conn, const char *p, size_t n);

/* ---- closing -------------------------------------------------------------------------------- */

void ms_http_conn_release(ms_http_conn *conn)
{
    if (conn->handles > 0 || (conn->exchange && conn->with_host))
        return;
    free(conn->exchange);
    ms_buf *const bufs[] = {&conn->head, &conn->body, &conn->trailer, &conn->rest, &conn->out};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        ms_buf_free(bufs[i]);
    free(conn);
}

static void handle_closed(uv_handle_t *handle)
{
    ms_http_conn *conn = handle->data;
    conn->handles--;
    ms_http_conn_release(conn);
}

/* `reset`: the peer does not read; an RST spares the kernel from offering it the rest for minutes.
 */
static void close_handles(ms_http_conn *conn, bool reset)
{
    if (conn->phase == MS_HTTP_GONE)
        return;
    conn->phase = MS_HTTP_GONE;
    ms_http_left(conn->server, conn);
    conn->server = NULL;
    uv_close((uv_handle_t *)&conn->timer, handle_closed);
    if (reset && conn->uv.handle.type == UV_TCP &&
        uv_tcp_close_reset(&conn->uv.tcp, handle_closed) == 0)
        return;
    uv_close(&conn->uv.handle, handle_closed);
}

void ms_http_conn_close(ms_http_conn *conn)
{
    close_handles(conn, false);
}

static void owner_release(ms_owner *owner)
{
    ms_http_conn_close((ms_http_conn *)owner);
}

/* ---- deadlines ------------------------------------------------------------------------------ */

static void timer_due(uv_timer_t *timer);

static void arm(ms_http_conn *conn)
{
    uint64_t now = uv_now(conn->timer.loop);
    uint64_t left = conn->deadline > now ? conn->deadline - now : 0;
    conn->armed = conn->deadline;
    if (uv_timer_start(&conn->timer, timer_due, left, 0) != 0)
        ms_http_conn_close(conn); /* without a deadline it could stay for ever */
}

/* Most deadlines are replaced long before they are due, so the timer is only moved forward. */
void ms_http_conn_deadline(ms_http_conn *conn, uint64_t ms)
{
    conn->deadline = ms > 0 ? uv_now(conn->timer.loop) + ms : 0;
    if (conn->deadline != 0 && (conn->armed == 0 || conn->deadline < conn->armed))
        arm(conn);
}

/* A peer that reads slowly may go on as long as it reads a fair amount in each interval. */
static void write_overdue(ms_http_conn *conn)
{
    size_t left = uv_stream_get_write_queue_size(&conn->uv.stream);
    if (conn->written_mark < left + MS_HTTP_MIN_WRITE) {
        close_handles(conn, true);
        return;
    }
    conn->written_mark = left;
    ms_http_conn_deadline(conn, conn->server->limits.write_ms);
}

static void timer_due(uv_timer_t *timer)
{
    ms_http_conn *conn = timer->data;
    conn->armed = 0;
    if (conn->phase == MS_HTTP_GONE || conn->deadline == 0)
        return;
    if (conn->deadline > uv_now(timer->loop)) {
        arm(conn);
        return;
    }
    switch ((ms_http_phase)conn->phase) {
    case MS_HTTP_HEAD:
        ms_http_refuse(conn, (ms_http_fault){408, "The headers did not arrive in time."});
        break;
    case MS_HTTP_BODY:
    case MS_HTTP_TRAILER:
        ms_http_refuse(conn, (ms_http_fault){408, "The body did not arrive in time."});
        break;
    case MS_HTTP_WRITE: write_overdue(conn); break;
    case MS_HTTP_IDLE:
        if (conn->rest.n > conn->rest_used) { /* set to zero by next_request */
            feed(conn, NULL, 0);
            break;
        }
        ms_http_conn_close(conn);
        break;
    default: ms_http_conn_close(conn); break;
    }
}

/* ---- reading -------------------------------------------------------------------------------- */

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    ms_http_conn *conn = handle->data;
    if (conn->phase == MS_HTTP_GONE)
        *out = uv_buf_init(NULL, 0);
    else if (conn->phase == MS_HTTP_WAIT || conn->phase == MS_HTTP_WRITE)
        *out = uv_buf_init(conn->server->read, MS_HTTP_AHEAD_BYTES);
    else
        *out = uv_buf_init(conn->server->read, MS_HTTP_READ_BYTES);
}

static void linger_on(ms_http_conn *conn, size_t n)
{
    conn->lingered += n;
    if (conn->lingered > MS_HTTP_LINGER_BYTES)
        ms_http_conn_close(conn);
}

/* The peer sends no more. What it sent before is still answered. */
static void end_of_input(ms_http_conn *conn)
{
    conn->eof = true;
    conn->reading = false;
    if (conn->phase != MS_HTTP_WAIT && conn->phase != MS_HTTP_WRITE)
        ms_http_conn_close(conn);
}

static void bytes_came(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    ms_http_conn *conn = stream->data;
    if (n == 0 || conn->phase == MS_HTTP_GONE)
        return;
    if (n == UV_EOF)
        end_of_input(conn);
    else if (n < 0)
        ms_http_conn_close(conn);
    else if (conn->phase == MS_HTTP_LINGER)
        linger_on(conn, (size_t)n);
    else
        feed(conn, buf->base, (size_t)n);
}

static void set_reading(ms_http_conn *conn, bool on)
{
    if (conn->reading == on || conn->eof)
        return;
    conn->reading = on;
    if (!on)
        uv_read_stop(&conn->uv.stream); /* always 0 */
    else if (uv_read_start(&conn->uv.stream, give_buffer, bytes_came) != 0)
        ms_http_conn_close(conn);
}

/* ---- from bytes to requests ----------------------------------------------------------------- */

static bool takes_bytes(const ms_http_conn *conn)
{
    return conn->phase <= MS_HTTP_TRAILER;
}

static void feed_rest(ms_http_conn *conn)
{
    while (takes_bytes(conn) && conn->rest_used < conn->rest.n)
        conn->rest_used +=
            ms_http_parse(conn, conn->rest.p + conn->rest_used, conn->rest.n - conn->rest_used);
    if (conn->phase != MS_HTTP_LINGER && conn->rest_used < conn->rest.n)
        return;
    ms_buf_free(&conn->rest);
    conn->rest_used = 0;
}

/* Turns bytes, those kept back first, into requests until one has to wait for its answer. */
static void feed(ms_http_conn *conn, const char *p, size_t n)
{
    conn->feeding = true;
    feed_rest(conn);
    size_t used = 0;
    while (takes_bytes(conn) && used < n)
        used += ms_http_parse(conn, p + used, n - used);
    conn->feeding = false;
    if (conn->phase == MS_HTTP_GONE)
        return;
    if (conn->phase != MS_HTTP_LINGER && used < n) {
        ms_buf_add(&conn->rest, p + used, n - used);
        if (conn->rest.failed) {
            ms_http_conn_close(conn);
            return;
        }
    }
    /* While a request waits, the socket is read until something comes: that way we hear of a peer
     * that went away, and yet hold no more than a little of what a peer sends ahead. */
    set_reading(conn, conn->rest.n == 0);
    if (conn->eof && takes_bytes(conn))
        ms_http_conn_close(conn);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void linger(ms_http_conn *conn)
{
    uv_os_fd_t fd = -1;
    conn->phase = MS_HTTP_LINGER;
    conn->lingered = 0;
    if (conn->eof || uv_fileno(&conn->uv.handle, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
        ms_http_conn_close(conn);
        return;
    }
    /* Closing with unread input makes the kernel send an RST, which can overtake the answer. */
    ms_http_conn_deadline(conn, MS_HTTP_LINGER_MS);
    set_reading(conn, true);
}

static void next_request(ms_http_conn *conn)
{
    ms_buf_free(&conn->head); /* a connection that waits holds no buffers */
    ms_buf_free(&conn->body);
    ms_buf_free(&conn->trailer);
    ms_buf_free(&conn->out);
    conn->phase = MS_HTTP_IDLE;
    conn->served = true;
    ms_http_conn_deadline(conn, conn->server->limits.idle_ms);
    if (conn->feeding)
        return; /* feed goes on with what it has */
    if (conn->rest.n > conn->rest_used) {
        /* In the next round, not here: the host does not expect a request while it replies. */
        conn->deadline = uv_now(conn->timer.loop);
        arm(conn);
    } else if (conn->eof) {
        ms_http_conn_close(conn);
    } else {
        set_reading(conn, true);
    }
}

static void answered(ms_http_conn *conn)
{
    if (conn->keep)
        next_request(conn);
    else
        linger(conn);
}

static void write_done(uv_write_t *req, int status)
{
    ms_http_conn *conn = req->data;
    if (conn->phase == MS_HTTP_GONE)
        return;
    if (status != 0)
        ms_http_conn_close(conn);
    else
        answered(conn);
}

/* What the socket did not take is copied and goes out as the peer reads. */
static void write_later(ms_http_conn *conn, ms_str head, ms_str body, size_t sent)
{
    ms_str pieces[2] = {head, body};
    conn->out.n = 0;
    for (int i = 0; i < 2; i++) {
        size_t skip = sent < pieces[i].n ? sent : pieces[i].n;
        ms_buf_add(&conn->out, pieces[i].p + skip, pieces[i].n - skip);
        sent -= skip;
    }
    uv_buf_t buf = uv_buf_init(conn->out.p, (unsigned)conn->out.n);
    conn->write.data = conn;
    if (conn->out.failed || conn->out.n > UINT32_MAX ||
        uv_write(&conn->write, &conn->uv.stream, &buf, 1, write_done) != 0) {
        ms_http_conn_close(conn);
        return;
    }
    conn->phase = MS_HTTP_WRITE;
    conn->written_mark = conn->out.n;
    ms_http_conn_deadline(conn, conn->server->limits.write_ms);
}

void ms_http_conn_answer(ms_http_conn *conn, ms_str head, ms_str body)
{
    uv_buf_t bufs[2] = {uv_buf_init((char *)(uintptr_t)head.p, (unsigned)head.n),
                        uv_buf_init((char *)(uintptr_t)body.p, (unsigned)body.n)};
    int sent = uv_try_write(&conn->uv.stream, bufs, body.n > 0 ? 2 : 1);
    if (sent < 0 && sent != UV_EAGAIN)
        ms_http_conn_close(conn);
    else if (sent >= 0 && (size_t)sent == head.n + body.n)
        answered(conn);
    else
        write_later(conn, head, body, sent > 0 ? (size_t)sent : 0);
}

bool ms_http_conn_note(ms_http_conn *conn, ms_str bytes)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes.p, (unsigned)bytes.n);
    /* Nothing else is on its way out, so a socket that does not take this is full or broken. */
    if (uv_try_write(&conn->uv.stream, &buf, 1) == (int)bytes.n)
        return true;
    ms_http_conn_close(conn);
    return false;
}

void ms_http_conn_drain(ms_http_conn *conn)
{
    uv_os_fd_t fd = -1;
    char c;
    if (conn->phase != MS_HTTP_IDLE || conn->rest.n > conn->rest_used)
        return;
    /* A request that has arrived already is answered; the answer says Connection: close. */
    if (uv_fileno(&conn->uv.handle, &fd) == 0 && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return;
    if (conn->served)
        ms_http_conn_close(conn);
    else
        ms_http_conn_deadline(conn, MS_HTTP_FRESH_MS);
}

/* ---- opening -------------------------------------------------------------------------------- */

static void name_peer(ms_http_conn *conn, const struct sockaddr *address)
{
    const char *name = NULL;
    char *out = conn->remote;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        name = inet_ntop(AF_INET, &v4->sin_addr, out, sizeof conn->remote);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        name = mapped ? inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, sizeof conn->remote)
                      : inet_ntop(AF_INET6, &v6->sin6_addr, out, sizeof conn->remote);
    }
    if (!name)
        memcpy(out, "unix", sizeof "unix");
}

static int open_stream(ms_http_conn *conn, uv_loop_t *loop, int fd, bool local)
{
    int rc = local ? uv_pipe_init(loop, &conn->uv.pipe, 0) : uv_tcp_init(loop, &conn->uv.tcp);
    if (rc != 0)
        return rc;
    conn->uv.handle.data = conn;
    conn->handles++;
    return local ? uv_pipe_open(&conn->uv.pipe, fd) : uv_tcp_open(&conn->uv.tcp, fd);
}

/* The stream did not come to be: the timer, and the stream as far as it got, are closed. */
static void abandon(ms_http_conn *conn, int fd)
{
    close(fd);
    conn->phase = MS_HTTP_GONE;
    if (conn->handles > 1)
        uv_close(&conn->uv.handle, handle_closed);
    uv_close((uv_handle_t *)&conn->timer, handle_closed);
}

void ms_http_conn_open(ms_http_server *server, int fd, const struct sockaddr *address,
                       ms_peer *peer)
{
    uv_loop_t *loop = &server->loop->uv;
    ms_http_conn *conn = calloc(1, sizeof *conn);
    if (!conn || uv_timer_init(loop, &conn->timer) != 0) {
        free(conn);
        close(fd);
        if (peer)
            ms_peer_leave(server->peers, peer);
        return;
    }
    conn->owner = (ms_owner){"http connection", owner_release};
    conn->timer.data = conn;
    conn->handles = 1;
    if (open_stream(conn, loop, fd, server->local) != 0) {
        abandon(conn, fd);
        if (peer)
            ms_peer_leave(server->peers, peer);
        return;
    }
    conn->server = server;
    conn->peer = peer;
    conn->next = server->conns;
    if (server->conns)
        server->conns->prev = conn;
    server->conns = conn;
    server->n_conns++;
    name_peer(conn, address);
    ms_http_conn_deadline(conn, server->limits.idle_ms);
    set_reading(conn, true);
}

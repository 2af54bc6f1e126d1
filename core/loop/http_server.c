#include "base/log.h"
#include "loop/http_conn.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ACCEPT_BATCH = 64, /* then the connections that are open get their turn */
    ACCEPT_PAUSE_MS = 100,
    COMPLAIN_MS = 60000,
    KEPT_PEERS = 16384,
};

typedef union peer_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
} peer_address;

static void start_accepting(ms_http_server *server);

/* ---- closing -------------------------------------------------------------------------------- */

static void free_server(ms_http_server *server)
{
    ms_peers_free(server->peers);
    ms_buf_free(&server->answer);
    ms_buf_free(&server->problem);
    free(server);
}

static void handle_closed(uv_handle_t *handle)
{
    ms_http_server *server = handle->data;
    if (--server->handles == 0)
        free_server(server);
}

static void stop_accepting(ms_http_server *server)
{
    server->accepting = false;
    uv_poll_stop(&server->listener); /* 0 for a handle that is open */
    uv_timer_stop(&server->pause);
}

void ms_http_close(ms_http_server *server)
{
    if (!server || server->closing)
        return;
    server->closing = true;
    stop_accepting(server);
    while (server->conns)
        ms_http_conn_close(server->conns);
    uv_close((uv_handle_t *)&server->pause, handle_closed);
    uv_close((uv_handle_t *)&server->listener, handle_closed);
}

static void owner_release(ms_owner *owner)
{
    ms_http_close((ms_http_server *)owner);
}

void ms_http_drain(ms_http_server *server)
{
    server->draining = true;
    stop_accepting(server);
    for (ms_http_conn *conn = server->conns, *next; conn; conn = next) {
        next = conn->next;
        ms_http_conn_drain(conn);
    }
}

size_t ms_http_open(const ms_http_server *server)
{
    return server->n_conns;
}

void ms_http_left(ms_http_server *server, ms_http_conn *conn)
{
    *(conn->prev ? &conn->prev->next : &server->conns) = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    conn->prev = conn->next = NULL;
    server->n_conns--;
    if (conn->peer)
        ms_peer_leave(server->peers, conn->peer);
    conn->peer = NULL;
    if (!server->accepting && !uv_is_active((uv_handle_t *)&server->pause))
        start_accepting(server);
}

/* ---- accepting ------------------------------------------------------------------------------ */

static void complain(ms_http_server *server, const char *what, int error)
{
    uint64_t now = ms_loop_now(server->loop);
    if (server->complained != 0 && now - server->complained < COMPLAIN_MS)
        return;
    server->complained = now;
    ms_log_msg(MS_LOG_WARN, "http.accept", "%s: %s (said once a minute)", what, strerror(error));
}

static void pause_over(uv_timer_t *timer)
{
    start_accepting(timer->data);
}

/* A descriptor or memory is missing: the listener would be ready all the time, so it rests. */
static void pause_accepting(ms_http_server *server, int error)
{
    stop_accepting(server);
    complain(server, "no connection can be taken", error);
    if (uv_timer_start(&server->pause, pause_over, ACCEPT_PAUSE_MS, 0) != 0)
        start_accepting(server);
}

#define TOO_MANY                                                                                   \
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"                  \
    "\"detail\":\"This address has too many connections.\"}"

/* Too many connections of one address: not worth a handle. The few bytes fit any new socket. */
static void turn_away(int fd)
{
    char answer[512];
    int n =
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 503 Service Unavailable\r\nContent-Length: %zu\r\nContent-Type: %s\r\n"
                 "Retry-After: 1\r\nConnection: close\r\n\r\n%s",
                 sizeof TOO_MANY - 1, MS_HTTP_PROBLEM, TOO_MANY);
    ssize_t sent = send(fd, answer, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* it is closed either way */
    close(fd);
}

static void welcome(ms_http_server *server, int fd, const peer_address *address)
{
    ms_peer *peer = NULL;
    unsigned most = server->limits.connections_per_ip;
    if (server->peers) {
        peer = ms_peer_enter(server->peers, &address->any, ms_loop_now(server->loop));
        if (!peer || (most > 0 && ms_peer_connections(peer) > most)) {
            if (peer)
                ms_peer_leave(server->peers, peer);
            turn_away(fd);
            return;
        }
    }
    ms_http_conn_open(server, fd, &address->any, peer);
}

static bool is_passing(int error)
{
    return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM ||
           error == ENETDOWN || error == ENETUNREACH || error == EHOSTUNREACH ||
           error == EHOSTDOWN || error == ENONET || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

/* Other processes may serve the same descriptor and be faster: EAGAIN is a normal end. */
static void accept_batch(ms_http_server *server)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (server->n_conns >= server->limits.connections) {
            stop_accepting(server); /* the others wait in the backlog, for anyone */
            return;
        }
        peer_address address = {0};
        socklen_t n = sizeof address;
        int fd = accept4(server->fd, &address.any, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            welcome(server, fd, &address);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (!is_passing(errno)) {
            pause_accepting(server, errno);
            return;
        }
    }
}

static void listener_ready(uv_poll_t *listener, int status, int events)
{
    ms_http_server *server = listener->data;
    (void)events;
    if (status != 0)
        pause_accepting(server, -status);
    else
        accept_batch(server);
}

static void start_accepting(ms_http_server *server)
{
    if (server->draining || server->closing || server->n_conns >= server->limits.connections)
        return;
    int rc = uv_poll_start(&server->listener, UV_READABLE, listener_ready);
    server->accepting = rc == 0;
    if (rc != 0)
        complain(server, "no connection can be taken", -rc);
}

/* ---- serving -------------------------------------------------------------------------------- */

static void set_unless(unsigned *value, unsigned otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

static ms_http_limits with_defaults(const ms_http_limits *limits)
{
    ms_http_limits l = limits ? *limits : (ms_http_limits){0};
    l.head_bytes = l.head_bytes > 0 ? l.head_bytes : 16 * 1024;
    l.body_bytes = l.body_bytes > 0 ? l.body_bytes : 1024 * 1024;
    set_unless(&l.head_ms, 10000);
    set_unless(&l.body_ms, 15000);
    set_unless(&l.idle_ms, 60000);
    set_unless(&l.write_ms, 15000);
    set_unless(&l.connections, 10000);
    return l;
}

/* The socket's family, or -1 with an error when `fd` does not listen. */
static int family_of(int fd, ms_error *err)
{
    int listening = 0, family = -1;
    socklen_t n = sizeof listening, f = sizeof family;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening ||
        getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &f) != 0) {
        ms_fail(err, MS_INVALID, "descriptor %d is no listening socket", fd);
        return -1;
    }
    return family;
}

static ms_status open_handles(ms_http_server *server, ms_error *err)
{
    uv_loop_t *loop = &server->loop->uv;
    int rc = uv_poll_init(loop, &server->listener, server->fd);
    if (rc != 0) {
        free_server(server);
        return ms_uv_fail(err, rc, "listening socket");
    }
    server->listener.data = server;
    server->handles = 1;
    rc = uv_timer_init(loop, &server->pause); /* cannot fail, by libuv's word */
    server->pause.data = server;
    server->handles++;
    if (rc == 0)
        start_accepting(server);
    if (rc == 0 && server->accepting)
        return MS_OK;
    ms_http_close(server);
    return ms_fail(err, MS_INTERNAL, "the listening socket cannot be watched");
}

ms_status ms_http_serve(ms_loop *loop, int fd, const ms_http_limits *limits,
                        ms_http_head_fn on_head, ms_http_request_fn on_request, void *arg,
                        ms_http_server **out, ms_error *err)
{
    *out = NULL;
    int family = family_of(fd, err);
    if (family < 0)
        return MS_INVALID;
    /* libuv writes without MSG_NOSIGNAL, and a peer that left must not end the process. */
    signal(SIGPIPE, SIG_IGN);
    ms_http_server *server = calloc(1, sizeof *server);
    if (!server)
        return ms_fail(err, MS_NOMEM, "HTTP server: out of memory");
    server->owner = (ms_owner){"http server", owner_release};
    server->loop = loop;
    server->fd = fd;
    server->local = family == AF_UNIX;
    server->limits = with_defaults(limits);
    server->on_head = on_head;
    server->on_request = on_request;
    server->arg = arg;
    if (!server->local &&
        (server->limits.connections_per_ip > 0 || server->limits.requests_per_s > 0)) {
        server->peers =
            ms_peers_new(server->limits.requests_per_s, server->limits.burst, KEPT_PEERS);
        if (!server->peers) {
            free_server(server);
            return ms_fail(err, MS_NOMEM, "HTTP server: out of memory");
        }
    }
    ms_status status = open_handles(server, err);
    if (status == MS_OK)
        *out = server;
    return status;
}

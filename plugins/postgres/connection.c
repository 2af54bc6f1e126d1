/* One connection: connecting without waiting, readiness, loss. */
#include "pg.h"

#include <errno.h>
#include <sys/socket.h>

/* ---- what the loop watches ------------------------------------------------------------------ */

static void ready(void *arg, int events, int error);

static void unwatch(pg_connection *c)
{
    c->db->plugin->loop->unwatch(c->watch);
    c->watch = NULL;
    c->events = 0;
}

static bool watch(pg_connection *c, int events)
{
    const ms_cap_loop *loop = c->db->plugin->loop;
    if (c->watch && c->events == events)
        return true;
    ms_error err;
    ms_status s = c->watch ? loop->watch_events(c->watch, events)
                           : loop->watch(c->db->plugin->host, PQsocket(c->pg), events, ready, c,
                                         &c->watch, &err);
    c->events = s == MS_OK ? events : 0;
    return s == MS_OK;
}

void pg_want(pg_connection *c)
{
    int left = PQflush(c->pg); /* 1: the socket is full */
    if (left < 0 || !watch(c, left ? MS_READABLE | MS_WRITABLE : MS_READABLE))
        pg_lost(c);
}

/* ---- connecting ----------------------------------------------------------------------------- */

/* Notices quote data and would go to stderr. */
static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static void connect_failed(pg_connection *c, const char *why)
{
    char text[sizeof c->db->why];
    if (why)
        snprintf(text, sizeof text, "%s", why);
    else
        pg_connection_message(c->pg, text, sizeof text);
    pg_close(c);
    c->state = PG_CLOSED;
    pg_connect_failed(c->db, text);
}

static void connected(pg_connection *c)
{
    if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1) {
        connect_failed(c, NULL);
        return;
    }
    c->state = PG_IDLE;
    pg_connected(c->db);
    pg_want(c);
}

static void connect_step(pg_connection *c)
{
    /* libpq may close its socket and open another one in here (the next address, a retry without
     * TLS): the watch has to be gone before that. */
    unwatch(c);
    switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_OK: connected(c); return;
    case PGRES_POLLING_READING:
        if (!watch(c, MS_READABLE))
            connect_failed(c, "cannot watch its socket");
        return;
    case PGRES_POLLING_WRITING:
        if (!watch(c, MS_WRITABLE))
            connect_failed(c, "cannot watch its socket");
        return;
    default: connect_failed(c, NULL); return;
    }
}

void pg_connect(pg_connection *c)
{
    /* Later ones win: the DSN over our keepalives, our names over the DSN. No `options`, which
     * PgBouncer refuses. Host names are resolved by libpq, which waits for the resolver. */
    const char *const keys[] = {
        "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
        "dbname",          "application_name",    "client_encoding",  NULL};
    const char *const values[] = {"30",   "5", "3", "30000", c->db->dsn, c->db->application,
                                  "UTF8", NULL};
    c->pg = PQconnectStartParams(keys, values, 1);
    c->state = PG_CONNECTING;
    c->since = pg_now();
    if (!c->pg) {
        connect_failed(c, "out of memory");
        return;
    }
    PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
    if (PQstatus(c->pg) == CONNECTION_BAD)
        connect_failed(c, NULL);
    else if (!watch(c, MS_WRITABLE))
        connect_failed(c, "cannot watch its socket");
}

bool pg_connect_expired(const pg_connection *c, uint64_t now)
{
    return c->state == PG_CONNECTING && now >= c->since + c->db->connect_timeout;
}

/* ---- ready ---------------------------------------------------------------------------------- */

static void ready(void *arg, int events, int error)
{
    pg_connection *c = arg;
    ms_db *db = c->db;
    pg_enter(db);
    if (c->state == PG_CONNECTING) {
        connect_step(c);
    } else if ((events & MS_READABLE || error) && !PQconsumeInput(c->pg)) {
        pg_lost(c);
    } else {
        c->events = error ? 0 : c->events; /* after an error the watch rests */
        if (c->state == PG_BUSY)
            pg_read(c);
        else
            (void)PQisBusy(c->pg); /* parses and drops what comes unasked */
        if (c->pg)
            pg_want(c);
    }
    if (!db->closed)
        pg_dispatch(db);
    pg_leave(db);
}

/* A server that stopped while nobody looked has left its farewell in the socket. One look, without
 * reading, is cheap; what is there is read only if there is something. */
bool pg_alive(pg_connection *c)
{
    char byte;
    if (recv(PQsocket(c->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
        (errno == EAGAIN || errno == EWOULDBLOCK))
        return true;
    for (int i = 0; i < 2; i++) { /* the farewell, then the end */
        if (!PQconsumeInput(c->pg))
            return false;
        (void)PQisBusy(c->pg);
    }
    return PQstatus(c->pg) == CONNECTION_OK;
}

/* ---- the end of a connection ---------------------------------------------------------------- */

void pg_close(pg_connection *c)
{
    unwatch(c); /* before libpq closes the socket */
    PQfinish(c->pg);
    c->pg = NULL;
}

/* Unknown is the outcome only if the server had come to the commit: an error before it, or no
 * commit in the call, means that nothing was done. */
static void describe_loss(const pg_connection *c, pg_request *r)
{
    bool commits = r->flags & MS_DB_COMMIT || !(c->in_session || r->flags & MS_DB_BEGIN);
    size_t commit_step = r->flags & MS_DB_COMMIT ? c->total - 1 : c->total;
    bool before =
        r->status != MS_OK && (r->status != MS_UNAVAILABLE || c->failed_step < commit_step);
    if (commits && !before) {
        r->status = ms_fail(&r->err, MS_UNAVAILABLE,
                            "the connection was lost; whether the transaction was committed is "
                            "unknown");
        ms_hint(&r->err, "look at what is stored before doing it again");
    } else if (r->status == MS_OK) {
        r->status = ms_fail(&r->err, MS_UNAVAILABLE,
                            "the connection was lost; the transaction is rolled back");
    }
}

void pg_lost(pg_connection *c)
{
    pg_request *r = c->request;
    pg_close(c);
    c->request = NULL;
    /* A session stays until its owner comes back for it. */
    if (c->state != PG_HELD)
        c->state = PG_CLOSED;
    pg_lost_one(c->db);
    if (!r)
        return;
    if (!c->committed)
        describe_loss(c, r);
    pg_fail_later(c->db, r);
}

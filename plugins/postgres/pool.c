/* One DSN: its connections, the queue of calls that wait for one, and back-off. */
#include "pg.h"

#include <stdlib.h>
#include <time.h>

enum { DEFAULT_POOL = 4, DEFAULT_CONNECT_MS = 5000 };

/* Not the loop's clock, which stands still while its program does something else: a call made after
 * that would have used up its time before it began. Timers may fire early by as much; whoever is
 * called by one compares times again. */
uint64_t pg_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- lists of calls ------------------------------------------------------------------------- */

static void push(pg_request ***end, pg_request *r)
{
    r->next = NULL;
    **end = r;
    *end = &r->next;
}

static pg_request *pop(pg_request **head, pg_request ***end)
{
    pg_request *r = *head;
    if (!r)
        return NULL;
    *head = r->next;
    if (!*head)
        *end = head;
    r->next = NULL;
    return r;
}

/* ---- the timer ------------------------------------------------------------------------------ */

static void on_timer(void *arg);

static void arm(ms_db *db, uint64_t at)
{
    if (db->timer_at && db->timer_at <= at)
        return;
    const ms_cap_loop *loop = db->plugin->loop;
    uint64_t now = pg_now();
    ms_error err;
    loop->untimer(db->timer);
    db->timer = NULL;
    ms_status s =
        loop->timer(db->plugin->host, at > now ? at - now : 0, 0, on_timer, db, &db->timer, &err);
    db->timer_at = s == MS_OK ? at : 0;
}

static bool any_open(const ms_db *db)
{
    for (size_t i = 0; i < db->n_connections; i++)
        if (db->connections[i].state >= PG_IDLE && db->connections[i].pg)
            return true;
    return false;
}

/* When a waiting call gives up. Behind busy connections it waits as long as it takes; without any
 * connection the time counts from when the last one was lost. */
static uint64_t gives_up_at(const ms_db *db, const pg_request *r)
{
    uint64_t from = r->since > db->down_since ? r->since : db->down_since;
    return from + db->connect_timeout;
}

static void arm_next(ms_db *db)
{
    if (db->failed)
        arm(db, pg_now());
    for (size_t i = 0; i < db->n_connections; i++)
        if (db->connections[i].state == PG_CONNECTING)
            arm(db, db->connections[i].since + db->connect_timeout);
    if (db->queue && !any_open(db))
        arm(db, gives_up_at(db, db->queue));
    if (db->queue && db->retry_at > pg_now())
        arm(db, db->retry_at);
}

static void give_up(ms_db *db, uint64_t now)
{
    while (db->queue && !any_open(db) && now >= gives_up_at(db, db->queue)) {
        pg_request *r = pop(&db->queue, &db->queue_end);
        r->status = ms_fail(&r->err, MS_UNAVAILABLE, "no connection within %llu ms: %s",
                            (unsigned long long)db->connect_timeout,
                            db->why[0] ? db->why : "the server does not answer");
        ms_hint(&r->err, "see that PostgreSQL runs and that the DSN is right");
        pg_fail_later(db, r);
    }
}

static void on_timer(void *arg)
{
    ms_db *db = arg;
    pg_enter(db);
    db->plugin->loop->untimer(db->timer);
    db->timer = NULL;
    db->timer_at = 0;
    uint64_t now = pg_now();
    for (size_t i = 0; i < db->n_connections; i++) {
        pg_connection *c = &db->connections[i];
        if (!pg_connect_expired(c, now))
            continue;
        pg_close(c);
        c->state = PG_CLOSED;
        pg_connect_failed(db, "the server does not answer");
    }
    give_up(db, now);
    for (pg_request *r = NULL; (r = pop(&db->failed, &db->failed_end)) != NULL;)
        pg_request_complete(r, NULL);
    if (!db->closed)
        pg_dispatch(db);
    pg_leave(db);
}

/* ---- connections ---------------------------------------------------------------------------- */

void pg_connected(ms_db *db)
{
    db->down = false;
    db->backoff = 0;
    db->retry_at = 0;
    db->why[0] = '\0';
}

void pg_connect_failed(ms_db *db, const char *why)
{
    db->down = true;
    snprintf(db->why, sizeof db->why, "%s", why);
    /* Short enough for every waiting call to see an attempt before it gives up. */
    uint64_t most = db->connect_timeout / 2 < PG_BACKOFF_MAX_MS ? db->connect_timeout / 2 + 1
                                                                : PG_BACKOFF_MAX_MS;
    db->backoff = db->backoff ? db->backoff * 2 : PG_BACKOFF_FIRST_MS;
    if (db->backoff > most)
        db->backoff = (unsigned)most;
    db->retry_at = pg_now() + db->backoff;
}

void pg_lost_one(ms_db *db)
{
    db->down = true;
    if (!any_open(db))
        db->down_since = pg_now();
}

static pg_connection *find(ms_db *db, pg_state state)
{
    for (size_t i = 0; i < db->n_connections; i++)
        if (db->connections[i].state == state)
            return &db->connections[i];
    return NULL;
}

static size_t count(const ms_db *db, pg_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < db->n_connections; i++)
        n += db->connections[i].state == state;
    return n;
}

/* Opens as many connections as calls wait, and not before the back-off is over. */
static void open_more(ms_db *db)
{
    size_t wanted = 0, connecting = count(db, PG_CONNECTING);
    for (const pg_request *r = db->queue; r && wanted <= db->n_connections; r = r->next)
        wanted++;
    if (db->backoff) /* one attempt at a time while the server is away */
        wanted = wanted ? 1 : 0;
    pg_connection *c = NULL;
    while (connecting < wanted && pg_now() >= db->retry_at && (c = find(db, PG_CLOSED)) != NULL) {
        pg_connect(c);
        connecting++;
    }
}

void pg_dispatch(ms_db *db)
{
    pg_connection *c = NULL;
    while (db->queue && (c = find(db, PG_IDLE)) != NULL) {
        if (pg_alive(c))
            pg_send(c, pop(&db->queue, &db->queue_end), false);
        else
            pg_lost(c);
    }
    if (db->queue)
        open_more(db);
    arm_next(db);
}

void pg_fail_later(ms_db *db, pg_request *r)
{
    push(&db->failed_end, r);
    if (!db->closed)
        arm(db, pg_now());
}

void pg_enter(ms_db *db)
{
    db->depth++;
}

static void free_db(ms_db *db)
{
    if (db->dsn)
        explicit_bzero(db->dsn, strlen(db->dsn)); /* it may hold a password */
    free(db->dsn);
    free(db->connections);
    free(db);
}

void pg_leave(ms_db *db)
{
    if (--db->depth == 0 && db->closed)
        free_db(db);
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void submit(ms_db *db, ms_session *session, pg_request *r)
{
    pg_connection *c = session ? session->connection : NULL;
    if (r->status == MS_OK && db->closed)
        r->status = ms_fail(&r->err, MS_CANCELLED, "the database was closed");
    if (r->status == MS_OK && c && c->state != PG_HELD)
        r->status = ms_fail(&r->err, MS_INTERNAL, "the session is over, or busy with another call");
    if (r->status == MS_OK && c && !c->pg)
        r->status = ms_fail(&r->err, MS_UNAVAILABLE,
                            "the connection was lost; the transaction is rolled back");
    if (r->status != MS_OK) {
        if (c && !db->closed)
            pg_rollback(c);
        pg_fail_later(db, r);
    } else if (c) {
        pg_send(c, r, true);
    } else {
        r->since = pg_now();
        push(&db->queue_end, r);
    }
    if (!db->closed)
        pg_dispatch(db);
}

static const char *wrong_flags(const ms_session *session, unsigned flags)
{
    if (session && flags & MS_DB_BEGIN)
        return "BEGIN inside a session that is in a transaction";
    if (!session && !(flags & MS_DB_BEGIN) && flags & MS_DB_COMMIT)
        return "COMMIT without a session";
    if (flags & MS_DB_READ_ONLY && !(flags & MS_DB_BEGIN))
        return "READ ONLY without BEGIN";
    return NULL;
}

/* Without memory for a request nothing can be completed later: that one `done` comes at once. */
static pg_request *new_request(ms_db_done done, void *arg, unsigned flags)
{
    pg_request *r = pg_request_new(done, arg, flags);
    if (!r) {
        ms_error err;
        ms_fail(&err, MS_NOMEM, "out of memory");
        done(arg, MS_NOMEM, &err, NULL, 0, NULL);
    }
    return r;
}

static void exec(ms_db *db, ms_session *session, const ms_statement *statements, size_t n,
                 unsigned flags, ms_db_done done, void *arg)
{
    pg_request *r = new_request(done, arg, flags);
    if (!r)
        return;
    const char *wrong = wrong_flags(session, flags);
    if (wrong)
        r->status = ms_fail(&r->err, MS_INVALID, "%s", wrong);
    else
        pg_request_fill(r, statements, n);
    submit(db, session, r);
}

static void run_script(ms_db *db, ms_session *session, ms_str sql, bool transaction,
                       ms_db_done done, void *arg)
{
    pg_request *r = new_request(done, arg, 0);
    if (!r)
        return;
    pg_request_script(r, sql, transaction && !session);
    submit(db, session, r);
}

static void rollback(ms_session *session)
{
    if (!session)
        return;
    ms_db *db = session->connection->db;
    pg_rollback(session->connection);
    pg_dispatch(db);
}

static bool is_down(const ms_db *db)
{
    return db->down;
}

/* ---- open and close ------------------------------------------------------------------------- */

static ms_status read_dsn(ms_db *db, const ms_value *config, ms_error *err)
{
    ms_str dsn = ms_as_str(ms_get(config, "dsn"));
    if (!dsn.p || memchr(dsn.p, '\0', dsn.n))
        return ms_fail(err, MS_INVALID, "no DSN given");
    db->dsn = strndup(dsn.p, dsn.n);
    if (!db->dsn)
        return ms_fail(err, MS_NOMEM, "out of memory");
    PQconninfoOption *options = PQconninfoParse(db->dsn, NULL);
    if (options) {
        PQconninfoFree(options);
        return MS_OK;
    }
    /* libpq's message quotes the DSN, and with it perhaps a piece of a password. */
    ms_fail(err, MS_INVALID, "the DSN cannot be read");
    return ms_hint(err, "\"host=... dbname=... user=...\" or postgresql://USER@HOST/DATABASE; "
                        "values with blanks or quotes need '...'");
}

static ms_status read_settings(ms_db *db, const ms_value *config, ms_error *err)
{
    int64_t pool = ms_as_int(ms_get(config, "pool"), DEFAULT_POOL);
    int64_t connect_ms = ms_as_int(ms_get(config, "connect_timeout_ms"), DEFAULT_CONNECT_MS);
    int64_t limit_ms = ms_as_int(ms_get(config, "statement_timeout_ms"), 0);
    ms_str role = ms_as_str(ms_get(config, "role"));
    if (pool < 1 || pool > PG_MAX_POOL)
        return ms_fail(err, MS_INVALID, "pool is %lld, wanted 1 to %d", (long long)pool,
                       PG_MAX_POOL);
    if (connect_ms < 1 || connect_ms > INT32_MAX || limit_ms < 0 || limit_ms > INT32_MAX)
        return ms_fail(err, MS_INVALID, "%s is out of range",
                       limit_ms < 0 || limit_ms > INT32_MAX ? "statement_timeout_ms"
                                                            : "connect_timeout_ms");
    snprintf(db->application, sizeof db->application,
             role.p && role.n ? "moonsift-" MS_FMT : "moonsift", MS_ARG(role));
    /* Local to the transaction, and possible in the implicit one of a pipeline, where SET LOCAL
     * only warns. */
    if (limit_ms > 0)
        snprintf(db->timeout_sql, sizeof db->timeout_sql,
                 "SELECT set_config('statement_timeout', '%lld', true)", (long long)limit_ms);
    db->connect_timeout = (uint64_t)connect_ms;
    db->n_connections = (size_t)pool;
    return MS_OK;
}

ms_status pg_open(ms_plugin *self, const ms_value *config, ms_db **out, ms_error *err)
{
    ms_db *db = calloc(1, sizeof *db);
    if (!db)
        return ms_fail(err, MS_NOMEM, "out of memory");
    db->plugin = self;
    db->queue_end = &db->queue;
    db->failed_end = &db->failed;
    ms_status s = read_dsn(db, config, err);
    if (s == MS_OK)
        s = read_settings(db, config, err);
    if (s == MS_OK && !(db->connections = calloc(db->n_connections, sizeof *db->connections)))
        s = ms_fail(err, MS_NOMEM, "out of memory");
    if (s != MS_OK) {
        free_db(db);
        return s;
    }
    for (size_t i = 0; i < db->n_connections; i++) {
        db->connections[i].db = db;
        db->connections[i].session.connection = &db->connections[i];
    }
    *out = db;
    return MS_OK;
}

static void cancel(ms_db *db, pg_request *r)
{
    if (r->status == MS_OK)
        r->status = ms_fail(&r->err, MS_CANCELLED, "the database was closed");
    pg_fail_later(db, r);
}

static void close_db(ms_db *db)
{
    if (!db || db->closed)
        return;
    pg_enter(db);
    db->closed = true;
    db->plugin->loop->untimer(db->timer);
    db->timer = NULL;
    for (size_t i = 0; i < db->n_connections; i++) {
        pg_connection *c = &db->connections[i];
        pg_request *r = c->request;
        pg_close(c);
        c->state = PG_CLOSED;
        c->request = NULL;
        if (r)
            cancel(db, r);
    }
    for (pg_request *r = NULL; (r = pop(&db->queue, &db->queue_end)) != NULL;)
        cancel(db, r);
    for (pg_request *r = NULL; (r = pop(&db->failed, &db->failed_end)) != NULL;)
        pg_request_complete(r, NULL);
    pg_leave(db);
}

const ms_database pg_database = {
    .size = sizeof pg_database,
    .open = pg_open,
    .close = close_db,
    .exec = exec,
    .rollback = rollback,
    .script = run_script,
    .is_down = is_down,
};

/*
 * One call on one connection.
 *
 * Statements go as one pipeline with one sync at its end: [BEGIN] [timeout] statements [COMMIT].
 * Without BEGIN the sync group is a transaction by itself. After a failure inside a transaction
 * block a ROLLBACK follows before the call completes, so that "the transaction is gone" holds.
 */
#include "pg.h"

#include <stdlib.h>

/* ---- sending -------------------------------------------------------------------------------- */

static bool plain(pg_connection *c, const char *sql)
{
    return PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool statements(pg_connection *c, const pg_request *r)
{
    const char **values = calloc(r->max_params ? r->max_params : 1, sizeof *values);
    bool ok = values != NULL;
    for (size_t i = 0; ok && i < r->n; i++) {
        const pg_statement *s = &r->statements[i];
        for (size_t k = 0; k < s->params; k++) {
            size_t at = r->params[s->first + k];
            values[k] = at == PG_NULL ? NULL : r->text.p + at;
        }
        ok = PQsendQueryParams(c->pg, r->text.p + s->sql, (int)s->params, NULL, values, NULL, NULL,
                               0) == 1;
    }
    free(values);
    return ok;
}

static const char *begin_sql(unsigned flags)
{
    return flags & MS_DB_READ_ONLY ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN";
}

static bool pipeline(pg_connection *c, const pg_request *r)
{
    bool begins = r->flags & MS_DB_BEGIN, commits = r->flags & MS_DB_COMMIT;
    bool limits = !c->in_session && c->db->timeout_sql[0];
    c->lead = (size_t)begins + limits;
    c->total = c->lead + r->n + commits;
    return (!begins || plain(c, begin_sql(r->flags))) &&
           (!limits || plain(c, c->db->timeout_sql)) && statements(c, r) &&
           (!commits || plain(c, "COMMIT")) && PQpipelineSync(c->pg) == 1;
}

static bool script(pg_connection *c, const pg_request *r)
{
    c->lead = c->total = 0;
    return PQexitPipelineMode(c->pg) == 1 && PQsendQuery(c->pg, r->text.p) == 1;
}

void pg_send(pg_connection *c, pg_request *r, bool in_session)
{
    c->request = r;
    c->in_session = in_session;
    c->state = PG_BUSY;
    c->step = c->failed_step = 0;
    c->committed = c->rolling_back = c->drop_session = false;
    bool sent = r->script ? script(c, r) : pipeline(c, r);
    if (!r->script) /* the text of a script names the line of an error */
        pg_text_free(&r->text);
    if (sent) {
        pg_want(c);
        return;
    }
    /* Nothing was flushed on purpose, but libpq may have sent a part: the connection goes. */
    char why[200];
    pg_connection_message(c->pg, why, sizeof why);
    r->status = ms_fail(&r->err, PQstatus(c->pg) == CONNECTION_OK ? MS_INVALID : MS_UNAVAILABLE,
                        "cannot be sent: %s", why);
    pg_lost(c);
}

/* ---- rolling back --------------------------------------------------------------------------- */

static void roll_back(pg_connection *c)
{
    c->state = PG_BUSY;
    c->rolling_back = true;
    if ((PQpipelineStatus(c->pg) != PQ_PIPELINE_OFF || PQenterPipelineMode(c->pg) == 1) &&
        plain(c, "ROLLBACK") && PQpipelineSync(c->pg) == 1)
        pg_want(c);
    else
        pg_lost(c);
}

void pg_rollback(pg_connection *c)
{
    if (c->state == PG_BUSY)
        c->drop_session = true;
    else if (c->state == PG_HELD && c->pg)
        roll_back(c);
    else if (c->state == PG_HELD)
        c->state = PG_CLOSED;
}

/* ---- the end of a call ---------------------------------------------------------------------- */

static void note_failure(pg_connection *c, ms_status status, const char *text)
{
    pg_request *r = c->request;
    if (r->status != MS_OK)
        return;
    r->status = ms_fail(&r->err, status, "%s", text);
    c->failed_step = c->step;
}

/* The call is over and the connection is free, or its session's. */
static void finish(pg_connection *c)
{
    ms_db *db = c->db;
    pg_request *r = c->request;
    bool held = PQtransactionStatus(c->pg) == PQTRANS_INTRANS;
    c->request = NULL;
    c->rolling_back = false;
    c->state = held ? PG_HELD : PG_IDLE;
    db->down = false;
    if (!held)
        pg_dispatch(db); /* who waits longer goes before what `done` may ask for */
    if (r)
        pg_request_complete(r, held ? &c->session : NULL);
}

/* The sync is in: the state of the transaction decides what is left to do. */
static void settle(pg_connection *c)
{
    pg_request *r = c->request;
    PGTransactionStatusType now = PQtransactionStatus(c->pg);
    if (!c->rolling_back && r) {
        bool session =
            r->script ? c->in_session
                      : (c->in_session || r->flags & MS_DB_BEGIN) && !(r->flags & MS_DB_COMMIT);
        if (c->drop_session && now != PQTRANS_IDLE)
            note_failure(c, MS_CANCELLED, "rolled back while it ran");
        if ((now == PQTRANS_INTRANS) != session)
            note_failure(c, MS_INVALID, "a statement opened or ended a transaction by itself");
    }
    if (now == PQTRANS_IDLE || (now == PQTRANS_INTRANS && r && r->status == MS_OK))
        finish(c);
    else if (!c->rolling_back)
        roll_back(c);
    else
        pg_lost(c); /* ROLLBACK did not help */
}

/* ---- reading -------------------------------------------------------------------------------- */

static void step_name(const pg_connection *c, char *out, size_t size)
{
    size_t n = c->request->n;
    if (c->step < c->lead)
        snprintf(out, size, "BEGIN");
    else if (c->step < c->lead + n)
        snprintf(out, size, "statement %zu", c->step - c->lead + 1);
    else /* deferred constraints are checked here */
        snprintf(out, size, "COMMIT");
}

static void take_error(pg_connection *c, const PGresult *result)
{
    pg_request *r = c->request;
    if (!r || c->rolling_back || r->status != MS_OK)
        return;
    char what[48];
    step_name(c, what, sizeof what);
    if (!PQresultErrorField(result, PG_DIAG_SQLSTATE) && PQstatus(c->pg) == CONNECTION_BAD)
        return; /* pg_lost has the better words for it */
    r->status = r->script ? pg_error(result, "script", r->text.p, &r->err)
                          : pg_error(result, what, NULL, &r->err);
    c->failed_step = c->step;
}

/* True when `result` was kept. */
static bool take_success(pg_connection *c, PGresult *result)
{
    pg_request *r = c->request;
    if (!r || c->rolling_back || r->script)
        return false;
    if (c->step >= c->lead && c->step < c->lead + r->n) {
        pg_request_take(r, c->step - c->lead, result);
        return true;
    }
    if (c->step == c->total - 1 && r->flags & MS_DB_COMMIT) {
        /* COMMIT of a failed transaction answers ROLLBACK. */
        c->committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
        if (!c->committed)
            note_failure(c, MS_INTERNAL, "COMMIT: the server rolled back instead");
    }
    return false;
}

/* True when the call is over. */
static bool take(pg_connection *c, PGresult *result)
{
    bool kept = false, over = false;
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC: over = true; break;
    case PGRES_PIPELINE_ABORTED: break; /* the error came before */
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK: kept = take_success(c, result); break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        /* Nobody feeds it: there is no way back on this connection. */
        if (c->request)
            note_failure(c, MS_INVALID, "COPY is not possible here");
        PQclear(result);
        pg_lost(c);
        return false;
    default: take_error(c, result); break;
    }
    if (!kept)
        PQclear(result);
    return over;
}

/* A script ends with NULL instead of a sync. */
static void script_over(pg_connection *c)
{
    if (PQenterPipelineMode(c->pg) == 1)
        settle(c);
    else
        pg_lost(c);
}

void pg_read(pg_connection *c)
{
    bool in_script = c->request && c->request->script && !c->rolling_back;
    while (c->pg && !PQisBusy(c->pg)) {
        PGresult *result = PQgetResult(c->pg);
        bool over = result && take(c, result);
        if (!c->pg)
            return;
        if (PQstatus(c->pg) == CONNECTION_BAD || (!result && c->step > c->total + 1)) {
            pg_lost(c);
            return;
        }
        if (in_script && !result) {
            script_over(c);
            return;
        }
        if (over) {
            settle(c);
            return;
        }
        c->step += !result; /* NULL stands between the statements of a pipeline */
    }
}

/* /readyz: may this host be sent deliveries, and will they be judged? */
#include "base/log.h"
#include "host/receive.h"

#include <stdio.h>
#include <stdlib.h>

enum { COUNTED = 10000 };

/* One round trip: the pipeline's tables answer, somebody holds leases, with the newest versions. A
 * long queue is not counted to its end. */
static const char ready_sql[] =
    "SELECT count(*) FILTER (WHERE until > now()),"
    " count(*) FILTER (WHERE until > now() AND loaded <> epoch),"
    " (SELECT count(*) FROM (SELECT FROM moonsift.queue LIMIT 10000) q), pg_is_in_recovery(),"
    " (SELECT json_agg(p.vertical ORDER BY p.vertical) FROM moonsift.parked p"
    " JOIN moonsift.active_version a ON a.vertical = p.vertical AND a.number = p.version)"
    " FROM moonsift.lease";

/* Anybody may ask: however many do, one question at a time goes to the database. */
typedef struct ready_waiter {
    struct ready_waiter *next;
    ms_http_exchange *exchange;
} ready_waiter;

/* NULL: it is ready. */
static const char *what_is_missing(ms_status status, const ms_rows *row)
{
    if (status == MS_UNAVAILABLE || status == MS_CANCELLED)
        return "store: the database cannot be reached";
    if (status != MS_OK)
        return "store: the pipeline's tables do not answer";
    if (ms_cell_bool(ms_cell(row, 0, 3)))
        return "store: the database is read-only";
    if (ms_cell_int(ms_cell(row, 0, 0), 0) == 0)
        return "judges: none is at work";
    if (ms_cell_int(ms_cell(row, 0, 1), 0))
        return "versions: a judge has not loaded the active ones yet";
    return NULL;
}

static void looked(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                   size_t n, ms_session *session)
{
    receiver *r = arg;
    ms_buf body = {0};
    (void)session, (void)n;
    if (status != MS_OK && status != MS_CANCELLED)
        ms_log_hushed(&r->not_ready, MS_LOG_WARN, "ready.failed", err);
    const char *missing = what_is_missing(status, results);
    if (!missing) {
        int64_t queue = ms_cell_int(ms_cell(results, 0, 2), 0);
        ms_str parked = ms_cell(results, 0, 4);
        ms_buf_format(&body, "{\"ready\":true,\"queue\":%lld%s", (long long)queue,
                      queue < COUNTED ? "" : ",\"or_more\":true");
        if (parked.p)
            ms_buf_format(&body, ",\"parked\":" MS_FMT, MS_ARG(parked));
        ms_buf_z(&body, "}\n");
        missing = body.failed ? "memory: out of it" : NULL;
    }
    ready_waiter *w = r->asking;
    r->asking = NULL;
    for (ready_waiter *next; w; w = next) {
        next = w->next;
        if (missing)
            ms_http_problem(w->exchange, 503, missing);
        else
            ms_http_reply(w->exchange, 200, "application/json", NULL, ms_buf_view(&body));
        free(w);
    }
    ms_buf_free(&body);
}

void ms_ready(receiver *r, ms_http_exchange *exchange)
{
    const ms_statement statement = {.sql = ms_str_z(ready_sql)};
    ready_waiter *w = malloc(sizeof *w);
    if (!w) {
        ms_http_problem(exchange, 503, "out of memory");
        return;
    }
    bool first = !r->asking;
    *w = (ready_waiter){r->asking, exchange};
    r->asking = w;
    if (first)
        r->role.db.api->exec(r->role.db.db, NULL, &statement, 1, 0, looked, r);
}

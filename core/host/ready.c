/* /readyz: may this host be sent deliveries, and will they be judged? */
#include "base/log.h"
#include "host/receive.h"

#include <stdio.h>
#include <stdlib.h>

/* One round trip: the pipeline's tables answer, somebody holds leases, with the newest versions. */
static const char ready_sql[] = "SELECT count(*) FILTER (WHERE until > now()),"
                                " count(*) FILTER (WHERE until > now() AND loaded <> epoch),"
                                " (SELECT count(*) FROM moonsift.queue), pg_is_in_recovery()"
                                " FROM moonsift.lease";

static void not_ready(ms_http_exchange *exchange, const char *what)
{
    ms_http_problem(exchange, 503, what);
}

static void looked(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                   size_t n, ms_session *session)
{
    ms_http_exchange *exchange = arg;
    char body[128];
    (void)session;
    if (status != MS_OK) {
        ms_log_error(MS_LOG_WARN, "ready.failed", err);
        not_ready(exchange, status == MS_UNAVAILABLE
                                ? "store: the database cannot be reached"
                                : "store: the pipeline's tables do not answer");
        return;
    }
    int64_t held = n ? ms_cell_int(ms_cell(&results[0], 0, 0), 0) : 0;
    int64_t stale = n ? ms_cell_int(ms_cell(&results[0], 0, 1), 0) : 0;
    if (n && ms_cell_bool(ms_cell(&results[0], 0, 3)))
        not_ready(exchange, "store: the database is read-only");
    else if (held == 0)
        not_ready(exchange, "judges: none is at work");
    else if (stale)
        not_ready(exchange, "versions: a judge has not loaded the active ones yet");
    else {
        int len = snprintf(body, sizeof body, "{\"ready\":true,\"queue\":%lld}\n",
                           (long long)ms_cell_int(ms_cell(&results[0], 0, 2), 0));
        ms_http_reply(exchange, 200, "application/json", NULL, (ms_str){body, (size_t)len});
    }
}

void ms_ready(receiver *r, ms_http_exchange *exchange)
{
    const ms_statement statement = {.sql = ms_str_z(ready_sql)};
    r->role.db.api->exec(r->role.db.db, NULL, &statement, 1, 0, looked, exchange);
}

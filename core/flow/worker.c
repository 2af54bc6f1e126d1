#include "flow/worker_inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/lease.h"

#include <stdlib.h>

enum {
    SAY_MS = 60000, /* between log lines about one outage */
    CONFLICTS = 20, /* tries of a single delivery before it fails */
};

static void work(ms_worker *w);

/* ---- calls ---------------------------------------------------------------------------------- */

static void free_worker(ms_worker *w)
{
    ms_versions_free(w->versions);
    ms_versions_free(w->loading);
    ms_judge_free(w->judge);
    ms_json_reader_free(w->reader);
    ms_arena_free(w->arena);
    ms_arena_free(w->lease_arena);
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++)
        free(w->aside[pace].ids);
    free(w);
}

static void answered(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    ms_worker *w = arg;
    w->calling = false;
    if (!w->freed) {
        w->next(w, status, err, results, n, session);
        return;
    }
    w->setup.api->rollback(session);
    free_worker(w);
}

void ms_worker_call(ms_worker *w, ms_session *session, const ms_statements *list, unsigned flags,
                    ms_db_done next)
{
    w->next = next;
    w->calling = true;
    w->setup.api->exec(w->setup.db, session, list->items, list->n, flags, answered, w);
}

/* ---- after a step --------------------------------------------------------------------------- */

static void end_pause(void *arg)
{
    ms_worker *w = arg;
    ms_loop_untimer(w->pause);
    w->pause = NULL;
    work(w);
}

static void release_done(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                         size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)status, (void)err, (void)results, (void)n, (void)session;
    w->drained(w->drained_arg);
}

/* A judge that leaves in order has not died over what it leaves undone. */
static const char uncount_sql[] = "UPDATE moonsift.queue SET attempts = attempts - 1"
                                  " WHERE event_id = $1::bigint AND attempts > 0";

static void release(ms_worker *w)
{
    ms_statements list = {0};
    const ms_value counted = ms_int(w->counted);
    ms_arena_reset(w->arena);
    w->busy = true; /* for good */
    if ((!w->counted || ms_statements_add(w->arena, &list, uncount_sql, &counted, 1)) &&
        ms_lease_release(w->arena, w->setup.owner, &list))
        ms_worker_call(w, NULL, &list, 0, release_done);
    else
        w->drained(w->drained_arg);
}

void ms_worker_rest(ms_worker *w, uint64_t delay_ms)
{
    ms_error err;
    w->busy = false;
    w->session = NULL;
    if (w->drained)
        release(w);
    else if (delay_ms == 0)
        work(w);
    else if (!w->pause && ms_loop_timer(w->setup.loop, delay_ms, 0, end_pause, w, &w->pause, &err))
        ms_log_error(MS_LOG_ERROR, "judge.timer", &err);
}

void ms_worker_yield(ms_worker *w, ms_timer_fn next)
{
    ms_error err;
    if (w->drained)
        ms_worker_rest(w, 0);
    else if (ms_loop_timer(w->setup.loop, 1, 0, next, w, &w->pause, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "judge.timer", &err);
}

void ms_worker_idle(ms_worker *w)
{
    w->busy = false;
    if (w->drained)
        ms_worker_rest(w, 0);
    else if (w->wanted)
        work(w);
}

void ms_worker_abandon(ms_worker *w)
{
    w->setup.api->rollback(w->session);
    w->session = NULL;
    ms_versions_settle(w->versions, false);
}

/* No delivery is to blame, and none is lost. When the database was closed under us there is nothing
 * left to go on with. */
void ms_worker_away(ms_worker *w, ms_status status, const ms_error *err)
{
    uint64_t now = ms_loop_now(w->setup.loop);
    ms_worker_abandon(w);
    if (status == MS_CANCELLED) {
        w->busy = true; /* for good */
        if (w->drained)
            w->drained(w->drained_arg);
        return;
    }
    if (!w->away_at || now - w->away_at >= SAY_MS) {
        ms_log_error(MS_LOG_WARN, "judge.away", err);
        w->away_at = now;
    }
    w->renewed_at = 0;
    ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

/* ---- a delivery that cannot be written ------------------------------------------------------ */

static const char fail_sql[] =
    "WITH gone AS (DELETE FROM moonsift.queue WHERE account_id = $1::bigint"
    " AND event_id = $2::bigint RETURNING account_id, event_id)"
    " INSERT INTO moonsift.outcome (account_id, event_id, status, reason)"
    " SELECT account_id, event_id, 'failed', $3 FROM gone";

static void failed_done(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                        size_t n, ms_session *session)
{
    (void)results, (void)n, (void)session;
    if (status != MS_OK)
        ms_worker_away(arg, status, err);
    else
        ms_worker_rest(arg, 0);
}

void ms_worker_fail(ms_worker *w, int64_t account_id, int64_t event_id, const ms_error *err)
{
    char id[MS_ID_TEXT];
    ms_log *l = ms_log_begin(MS_LOG_ERROR, "delivery.failed");
    ms_log_z(l, "delivery", ms_id_text("dlv", event_id, id));
    ms_log_z(l, "reason", err->text);
    ms_log_end(l);
    ms_statements list = {0};
    const ms_value params[3] = {ms_int(account_id), ms_int(event_id),
                                ms_string(ms_str_z(err->text))};
    w->conflicts = 0;
    if (ms_statements_add(w->arena, &list, fail_sql, params, 3))
        ms_worker_call(w, NULL, &list, 0, failed_done);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

/* What is wrong decides: the data (halve, then fail the one), others (try again), the batch's size
 * (halve), or the database (wait). Only data ends a delivery; nothing is lost to an outage or to a
 * lack of memory. */
void ms_worker_recover(ms_worker *w, ms_status status, const ms_error *err)
{
    size_t n = w->batch.n_items;
    bool data = n > 0 && (status == MS_INVALID || status == MS_INTERNAL);
    ms_worker_abandon(w);
    if (status == MS_CONFLICT && (n != 1 || ++w->conflicts < CONFLICTS)) {
        if (n > 1 && ++w->conflicts > 5)
            w->limit = (unsigned)(n + 1) / 2;
        ms_worker_rest(w, 5 + (uint64_t)(ms_mono_us() % 40));
    } else if (n > 1 && (data || status == MS_NOMEM || status == MS_TIMEOUT)) {
        ms_log_error(MS_LOG_WARN, "batch.refused", err);
        w->limit = (unsigned)n / 2;
        ms_worker_rest(w, 1);
    } else if (data || status == MS_CONFLICT) {
        ms_worker_fail(w, w->batch.items[0].account_id, w->batch.items[0].event_id, err);
    } else {
        ms_worker_away(w, status, err);
    }
}

/* ---- from outside --------------------------------------------------------------------------- */

static void work(ms_worker *w)
{
    if (w->busy || w->pause) {
        w->wanted = true;
        return;
    }
    w->busy = true;
    if (w->renewed_at == 0 || ms_loop_now(w->setup.loop) - w->renewed_at >= MS_WORKER_RENEW_MS)
        ms_worker_renew(w);
    else
        ms_worker_claim(w);
}

static void poll(void *arg)
{
    work(arg);
}

ms_worker *ms_worker_new(const ms_worker_setup *setup, ms_error *err)
{
    ms_worker *w = calloc(1, sizeof *w);
    if (!w) {
        ms_fail(err, MS_NOMEM, "out of memory");
        return NULL;
    }
    w->setup = *setup;
    if (w->setup.batch == 0)
        w->setup.batch = 256;
    if (w->setup.park.after > MS_PARK_MOST)
        w->setup.park.after = MS_PARK_MOST;
    w->limit = w->setup.batch;
    w->judge = ms_judge_new();
    w->reader = ms_json_reader_new();
    w->arena = ms_arena_new(256 * 1024);
    w->lease_arena = ms_arena_new(0);
    ms_ids_init(&w->ids);
    bool ok = w->judge && w->reader && w->arena && w->lease_arena;
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++) {
        w->aside[pace].ids = calloc(MS_WORKER_ASIDE, sizeof *w->aside[pace].ids);
        w->aside[pace].limit = 1;
        ok = ok && w->aside[pace].ids;
    }
    if (!ok) {
        ms_fail(err, MS_NOMEM, "out of memory");
        ms_worker_free(w);
        return NULL;
    }
    if (ms_loop_timer(setup->loop, 1, MS_WORKER_POLL_MS, poll, w, &w->poll, err) != MS_OK) {
        ms_worker_free(w);
        return NULL;
    }
    return w;
}

void ms_worker_wake(ms_worker *w)
{
    work(w);
}

void ms_worker_drain(ms_worker *w, ms_timer_fn done, void *arg)
{
    w->drained = done;
    w->drained_arg = arg;
    ms_loop_untimer(w->poll);
    w->poll = NULL;
    bool paused = w->pause != NULL; /* also between two versions that are loaded */
    ms_loop_untimer(w->pause);
    w->pause = NULL;
    if (!w->busy || paused)
        ms_worker_rest(w, 0);
}

void ms_worker_free(ms_worker *w)
{
    if (!w)
        return;
    ms_loop_untimer(w->poll);
    ms_loop_untimer(w->pause);
    w->freed = true;
    if (!w->calling)
        free_worker(w);
}

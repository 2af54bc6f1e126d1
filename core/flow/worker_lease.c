/* What a judge works with: its leases, the versions, and which of them are parked. */
#include "flow/worker_inner.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "flow/lease.h"
#include "flow/park.h"

enum { LOAD_US = 200000 };

/* ---- versions ------------------------------------------------------------------------------- */

static void log_versions(const ms_versions *versions)
{
    const ms_active *list = NULL;
    size_t n = ms_versions_list(versions, &list);
    for (size_t i = 0; i < n; i++) {
        bool parked = list[i].parked.p;
        ms_log *l = ms_log_begin(parked ? MS_LOG_WARN : MS_LOG_INFO,
                                 parked ? "vertical.waits" : "version.loaded");
        ms_log_str(l, "vertical", list[i].vertical);
        ms_log_int(l, "version", list[i].number);
        if (parked)
            ms_log_str(l, "parked", list[i].parked);
        ms_log_end(l);
    }
}

static void log_released(const ms_rows *parked, const ms_rows *again)
{
    int64_t n = ms_cell_int(ms_cell(parked, 0, 0), 0), m = ms_cell_int(ms_cell(again, 0, 0), 0);
    if (n == 0 && m == 0)
        return;
    ms_log *l = ms_log_begin(MS_LOG_INFO, "queue.released");
    ms_log_int(l, "parked", n);
    ms_log_int(l, "held", m);
    ms_log_end(l);
}

static void versions_loaded(ms_worker *w)
{
    ms_versions_free(w->versions);
    w->versions = w->loading;
    w->loading = NULL;
    w->loaded = w->loading_epoch;
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++)
        w->aside[pace].n = 0; /* whatever they are now, they are claimed again, in order */
    w->renewed_at = 0;        /* say so in the leases */
    log_versions(w->versions);
    ms_worker_rest(w, 0);
}

/* For a while: many that take long must not make the judge look dead. */
static void load_some(void *arg)
{
    ms_worker *w = arg;
    int64_t until = ms_mono_us() + LOAD_US;
    bool more = true;
    ms_loop_untimer(w->pause);
    w->pause = NULL;
    while (more && ms_mono_us() < until)
        more = ms_versions_step(w->loading, &w->setup.limits, w->versions);
    if (more)
        ms_worker_yield(w, load_some);
    else
        versions_loaded(w);
}

static void versions_read(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                          size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        ms_worker_away(w, status, err);
        return;
    }
    ms_versions_free(w->loading);
    w->loading = n == 3 ? ms_versions_begin(&results[2]) : NULL;
    w->loading_epoch = w->epoch;
    w->parked_at = ms_hash64(w->parked, 0);
    if (!w->loading) {
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
        return;
    }
    log_released(&results[0], &results[1]);
    load_some(w);
}

/* What has nothing to wait for any more goes back first. */
static void load_versions(ms_worker *w)
{
    ms_statements list = {0};
    ms_arena_reset(w->arena);
    if (ms_park_release(w->arena, &list) &&
        ms_statements_add(w->arena, &list, ms_versions_sql, NULL, 0))
        ms_worker_call(w, NULL, &list, 0, versions_read);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

/* ---- parking -------------------------------------------------------------------------------- */

static void parked(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                   size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        ms_worker_away(w, status, err);
        return;
    }
    const ms_active *active = w->batch.park;
    if (n == 1 && results[0].n_rows) {
        ms_log *l = ms_log_begin(MS_LOG_ERROR, "vertical.parked");
        ms_log_str(l, "vertical", active->vertical);
        ms_log_int(l, "version", active->number);
        ms_log_str(l, "reason", w->batch.park_reason);
        ms_log_z(l, "hint", "its deliveries wait; mend it and activate, or moonsift unpark");
        ms_log_end(l);
    }
    w->renewed_at = 0; /* which says what is parked */
    ms_worker_rest(w, 1);
}

void ms_worker_park(ms_worker *w)
{
    const ms_active *active = w->batch.park;
    unsigned failures =
        ms_conduct_failures(active->conduct, &w->setup.park, (int64_t)ms_loop_now(w->setup.loop));
    ms_statements list = {0};
    ms_worker_abandon(w);
    if (w->batch.park_reason.p &&
        ms_park(w->arena, active->vertical, active->number, failures, w->batch.park_reason, &list))
        ms_worker_call(w, NULL, &list, 0, parked);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

/* ---- leases --------------------------------------------------------------------------------- */

static void trusted(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)results, (void)n, (void)session;
    if (status != MS_OK) {
        ms_worker_away(w, status, err);
        return;
    }
    w->careful.n = 0;
    w->renewed_at = 0;
    ms_worker_rest(w, 0);
}

void ms_worker_trust(ms_worker *w)
{
    ms_statements list = {0};
    const ms_value shards = ms_array(w->careful.items, w->careful.n);
    ms_arena_reset(w->arena);
    if (ms_lease_trust(w->arena, w->setup.owner, &shards, &list))
        ms_worker_call(w, NULL, &list, 0, trusted);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

/* Suspect shards in which nothing was tried yet come first: one delivery that kills must not keep
 * those of the others waiting longer than once. */
static bool sort_shards(ms_worker *w, const ms_rows *rows)
{
    size_t untried = 0, had = w->careful.n;
    bool tried = w->tried;
    ms_arena_reset(w->lease_arena);
    w->plain = (ms_shards){ms_alloc_zero(w->lease_arena, rows->n_rows + 1, sizeof(ms_value)), 0};
    w->careful = (ms_shards){ms_alloc_zero(w->lease_arena, rows->n_rows + 1, sizeof(ms_value)), 0};
    if (!w->plain.items || !w->careful.items)
        return false;
    for (uint32_t r = 0; r < rows->n_rows; r++)
        untried += ms_cell_bool(ms_cell(rows, r, 2)) && !ms_cell_bool(ms_cell(rows, r, 3));
    w->tried = untried == 0;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        ms_value shard = ms_int(ms_cell_int(ms_cell(rows, r, 0), 0));
        if (!ms_cell_bool(ms_cell(rows, r, 2)))
            w->plain.items[w->plain.n++] = shard;
        else if (ms_cell_bool(ms_cell(rows, r, 3)) == w->tried)
            w->careful.items[w->careful.n++] = shard;
    }
    if (w->careful.n > had || w->tried != tried)
        w->careful_left = w->setup.batch;
    return true;
}

static bool take_leases(ms_worker *w, const ms_rows *rows)
{
    bool careful = w->careful.n > 0;
    w->owned = rows->n_rows;
    if (w->owned)
        w->epoch = ms_cell_int(ms_cell(rows, 0, 1), 0);
    if (!sort_shards(w, rows))
        return false;
    w->parked = w->owned ? ms_arena_dup(w->lease_arena, ms_cell(rows, 0, 4)) : MS_NONE;
    if (w->careful.n && !careful) {
        ms_log *l = ms_log_begin(MS_LOG_WARN, "judge.careful");
        ms_log_int(l, "shards", (int64_t)w->careful.n);
        ms_log_z(l, "reason", "their judge died; what it had in work is judged one by one");
        ms_log_end(l);
    }
    return true;
}

static void renewed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        ms_worker_away(w, status, err);
        return;
    }
    if (w->away_at)
        ms_log_end(ms_log_begin(MS_LOG_INFO, "judge.back"));
    w->away_at = 0;
    w->renewed_at = ms_loop_now(w->setup.loop);
    if (n == 0 || !take_leases(w, &results[n - 1])) {
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
        return;
    }
    bool changed = w->epoch != w->loaded || ms_hash64(w->parked, 0) != w->parked_at;
    if (w->owned && changed)
        load_versions(w);
    else if (w->owned && !w->drained)
        ms_worker_claim(w);
    else
        ms_worker_rest(w, w->drained ? 0 : MS_WORKER_AWAY_MS);
}

void ms_worker_renew(ms_worker *w)
{
    ms_statements list = {0};
    ms_arena_reset(w->arena);
    if (ms_lease_renew(w->arena, w->setup.owner, w->loaded, &list))
        ms_worker_call(w, NULL, &list, 0, renewed);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

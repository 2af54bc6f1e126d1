#include "flow/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/lease.h"

#include <stdlib.h>

enum {
    POLL_MS = 100,   /* how soon work of another host is seen */
    RENEW_MS = 1000, /* leases last 5 s */
    AWAY_MS = 250,   /* between attempts while the database is away */
    SAY_MS = 60000,  /* between log lines about one outage */
    CONFLICTS = 20,  /* tries of a single delivery before it fails */
};

struct ms_worker {
    ms_worker_setup setup;
    ms_ids ids;
    ms_judge *judge;
    ms_json_reader *reader;
    ms_arena *arena;       /* of the batch */
    ms_arena *lease_arena; /* of what is owned */
    ms_versions *versions;
    int64_t epoch;  /* of the leases */
    int64_t loaded; /* whose versions are loaded; 0 none */
    ms_value *shards;
    size_t n_shards;
    uint64_t renewed_at;
    ms_batch batch;
    ms_session *session;
    unsigned limit, conflicts;
    bool busy, wanted; /* wanted: woken while busy */
    ms_db_done next;   /* takes the answer of the call under way */
    bool calling;      /* there is one */
    bool freed;        /* its answer frees the worker */
    uint64_t away_at;  /* when the log last heard that the database is away; 0: it is there */
    ms_timer *poll, *pause;
    ms_timer_fn drained;
    void *drained_arg;
};

static void work(ms_worker *w);

/* ---- calls ---------------------------------------------------------------------------------- */

static void free_worker(ms_worker *w)
{
    ms_versions_free(w->versions);
    ms_judge_free(w->judge);
    ms_json_reader_free(w->reader);
    ms_arena_free(w->arena);
    ms_arena_free(w->lease_arena);
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

/* One call at a time. */
static void call(ms_worker *w, ms_session *session, const ms_statements *list, unsigned flags,
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

/* Nothing is under way. Goes on after `delay_ms`, or ends when draining. */
static void rest(ms_worker *w, uint64_t delay_ms)
{
    ms_error err;
    w->busy = false;
    w->session = NULL;
    if (w->drained) {
        ms_statements list = {0};
        ms_arena_reset(w->arena);
        w->busy = true; /* for good */
        if (ms_lease_release(w->arena, w->setup.owner, &list))
            call(w, NULL, &list, 0, release_done);
        else
            w->drained(w->drained_arg);
        return;
    }
    if (delay_ms == 0)
        work(w);
    else if (!w->pause && ms_loop_timer(w->setup.loop, delay_ms, 0, end_pause, w, &w->pause, &err))
        ms_log_error(MS_LOG_ERROR, "judge.timer", &err);
}

static void abandon(ms_worker *w)
{
    w->setup.api->rollback(w->session);
    w->session = NULL;
}

/* The database is away, or not as it should be: no delivery is to blame, and none is lost. When it
 * was closed under us there is nothing left to go on with. */
static void away(ms_worker *w, ms_status status, const ms_error *err)
{
    uint64_t now = ms_loop_now(w->setup.loop);
    abandon(w);
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
    rest(w, AWAY_MS);
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
        away(arg, status, err);
    else
        rest(arg, 0);
}

static void fail_delivery(ms_worker *w, const ms_error *err)
{
    const ms_item *item = &w->batch.items[0];
    char id[MS_ID_TEXT];
    ms_log *l = ms_log_begin(MS_LOG_ERROR, "delivery.failed");
    ms_log_z(l, "delivery", ms_id_text("dlv", item->event_id, id));
    ms_log_z(l, "reason", err->text);
    ms_log_end(l);
    ms_statements list = {0};
    const ms_value params[3] = {ms_int(item->account_id), ms_int(item->event_id),
                                ms_string(ms_str_z(err->text))};
    w->conflicts = 0;
    if (ms_statements_add(w->arena, &list, fail_sql, params, 3))
        call(w, NULL, &list, 0, failed_done);
    else
        rest(w, AWAY_MS);
}

/* A batch failed. What is wrong decides: the data (halve, then fail the one), others (try again),
 * its size (halve), or the database (wait). Only data ends a delivery; nothing is lost to an
 * outage or to a lack of memory. */
static void recover(ms_worker *w, ms_status status, const ms_error *err)
{
    size_t n = w->batch.n_items;
    bool data = status == MS_INVALID || status == MS_INTERNAL;
    abandon(w);
    if (status == MS_CONFLICT && (n > 1 || ++w->conflicts < CONFLICTS)) {
        if (n > 1 && ++w->conflicts > 5)
            w->limit = (unsigned)(n + 1) / 2;
        rest(w, 5 + (uint64_t)(ms_mono_us() % 40));
    } else if (n > 1 && (data || status == MS_NOMEM || status == MS_TIMEOUT)) {
        ms_log_error(MS_LOG_WARN, "batch.refused", err);
        w->limit = (unsigned)n / 2;
        rest(w, 1);
    } else if (data || status == MS_CONFLICT) {
        fail_delivery(w, err);
    } else {
        away(w, status, err);
    }
}

/* ---- one batch ------------------------------------------------------------------------------ */

static void log_batch(const ms_batch *b)
{
    ms_log *l = ms_log_begin(MS_LOG_DEBUG, "batch.done");
    if (!l)
        return;
    size_t decisions = 0;
    for (size_t i = 0; i < b->n_cards; i++)
        decisions += b->cards[i]->decision_id != 0;
    ms_log_int(l, "deliveries", (int64_t)b->n_items);
    ms_log_int(l, "contacts", (int64_t)b->n_cards);
    ms_log_int(l, "decisions", (int64_t)decisions);
    ms_log_end(l);
}

static void log_held(const ms_batch *b)
{
    char id[MS_ID_TEXT];
    for (size_t i = 0; i < b->n_items; i++) {
        if (b->items[i].end != MS_END_HELD && b->items[i].end != MS_END_FAILED)
            continue;
        ms_log *l = ms_log_begin(MS_LOG_WARN, b->items[i].end == MS_END_HELD ? "decision.held"
                                                                             : "delivery.failed");
        ms_log_z(l, "delivery", ms_id_text("dlv", b->items[i].event_id, id));
        ms_log_str(l, "reason", b->items[i].reason);
        ms_log_end(l);
    }
}

static void committed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                      size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)results, (void)n, (void)session;
    w->session = NULL; /* given back by COMMIT, or gone */
    if (status != MS_OK) {
        recover(w, status, err);
        return;
    }
    log_batch(&w->batch);
    log_held(&w->batch);
    w->conflicts = 0;
    w->limit = w->limit * 2 < w->setup.batch ? w->limit * 2 : w->setup.batch;
    rest(w, 0);
}

static void write_batch(ms_worker *w)
{
    ms_statements list = {0};
    ms_error err = {.text = "the batch could not be judged"};
    if (!ms_batch_merge(&w->batch) || !ms_batch_decide(&w->batch) ||
        !ms_batch_write(&w->batch, &list, &err)) {
        recover(w, MS_INTERNAL, &err);
        return;
    }
    call(w, w->session, &list, MS_DB_COMMIT, committed);
}

static void contacts_read(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                          size_t n, ms_session *session)
{
    ms_worker *w = arg;
    ms_error fault = {.status = MS_INTERNAL, .text = "the contacts could not be read"};
    w->session = session;
    if (status != MS_OK)
        recover(w, status, err);
    else if (n == 3 && ms_batch_loaded(&w->batch, &results[0], &results[1], &results[2]))
        write_batch(w);
    else
        recover(w, w->batch.moved ? MS_CONFLICT : MS_INTERNAL, &fault);
}

/* All shards of the batch are still ours, and no version was activated since we loaded. */
static bool still_ours(ms_worker *w, const ms_rows *held, size_t n_shards)
{
    bool ours = held->n_rows == n_shards;
    for (uint32_t r = 0; r < held->n_rows; r++)
        ours = ours && ms_cell_int(ms_cell(held, r, 1), 0) == w->loaded;
    return ours;
}

/* The distinct shards of the batch. */
static ms_value batch_shards(ms_worker *w, size_t *n)
{
    ms_value *list = ms_alloc_zero(w->arena, 64, sizeof *list);
    uint64_t seen = 0;
    *n = 0;
    for (size_t i = 0; list && i < w->batch.n_items; i++) {
        uint64_t bit = (uint64_t)1 << (w->batch.items[i].shard & 63);
        if (!(seen & bit))
            list[(*n)++] = ms_int(w->batch.items[i].shard);
        seen |= bit;
    }
    return ms_array(list, *n);
}

static void begun(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                  size_t n, ms_session *session)
{
    ms_worker *w = arg;
    ms_error fault = {.text = "the contacts could not be resolved"};
    ms_statements list = {0};
    size_t n_shards = 0;
    w->session = session;
    if (status != MS_OK) {
        recover(w, status, err);
        return;
    }
    batch_shards(w, &n_shards);
    if (!still_ours(w, &results[0], n_shards)) {
        abandon(w);
        w->renewed_at = 0;
        rest(w, 1);
        return;
    }
    if (w->batch.n_people == 0) {
        write_batch(w);
        return;
    }
    if (n != 3 || !ms_batch_resolved(&w->batch, &results[1], &results[2]) ||
        !ms_batch_read(&w->batch, &list, &fault)) {
        recover(w, MS_INTERNAL, &fault);
        return;
    }
    call(w, session, &list, 0, contacts_read);
}

static void begin_batch(ms_worker *w)
{
    ms_statements list = {0};
    ms_error err = {.status = MS_NOMEM, .text = "out of memory"};
    size_t n_shards = 0;
    ms_value shards = batch_shards(w, &n_shards);
    if (!shards.as.items || !ms_lease_hold(w->arena, w->setup.owner, &shards, &list) ||
        (w->batch.n_people && !ms_batch_resolve(&w->batch, &list, &err))) {
        recover(w, err.status, &err);
        return;
    }
    call(w, NULL, &list, MS_DB_BEGIN, begun);
}

static void claimed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        away(w, status, err);
    } else if (n != 1 || results[0].n_rows == 0) {
        w->busy = false;
        if (w->drained)
            rest(w, 0);
        else if (w->wanted)
            work(w);
    } else if (!ms_batch_gather(&w->batch, &results[0])) {
        const ms_error fault = {.status = MS_NOMEM, .text = "out of memory"};
        recover(w, MS_NOMEM, &fault);
    } else {
        begin_batch(w);
    }
}

static void claim(ms_worker *w)
{
    ms_statements list = {0};
    const ms_value params[2] = {ms_array(w->shards, w->n_shards), ms_int(w->limit)};
    ms_arena_reset(w->arena);
    w->wanted = false;
    w->batch = (ms_batch){.arena = w->arena,
                          .routes = w->setup.routes,
                          .versions = w->versions,
                          .judge = w->judge,
                          .reader = w->reader,
                          .ids = &w->ids,
                          .crm = w->setup.crm,
                          .crm_self = w->setup.crm_self,
                          .normalise = w->setup.normalise};
    if (ms_statements_add(w->arena, &list, ms_batch_claim_sql, params, 2))
        call(w, NULL, &list, 0, claimed);
    else
        rest(w, AWAY_MS);
}

/* ---- leases and versions -------------------------------------------------------------------- */

static void versions_read(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                          size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        away(w, status, err);
        return;
    }
    ms_versions *versions = n == 1 ? ms_versions_load(&results[0], &w->setup.limits) : NULL;
    if (!versions) {
        rest(w, AWAY_MS);
        return;
    }
    ms_versions_free(w->versions);
    w->versions = versions;
    w->loaded = w->epoch;
    w->renewed_at = 0; /* say so in the leases */
    const ms_active *list = NULL;
    size_t count = ms_versions_list(versions, &list);
    for (size_t i = 0; i < count; i++) {
        ms_log *l = ms_log_begin(MS_LOG_INFO, "version.loaded");
        ms_log_str(l, "vertical", list[i].vertical);
        ms_log_int(l, "version", list[i].number);
        ms_log_end(l);
    }
    rest(w, 0);
}

static void load_versions(ms_worker *w)
{
    ms_statement statement = {.sql = ms_str_z(ms_versions_sql)};
    const ms_statements list = {.items = &statement, .n = 1};
    call(w, NULL, &list, 0, versions_read);
}

static bool take_leases(ms_worker *w, const ms_rows *rows)
{
    ms_arena_reset(w->lease_arena);
    w->n_shards = 0;
    w->shards = ms_alloc_zero(w->lease_arena, rows->n_rows + 1, sizeof *w->shards);
    if (!w->shards)
        return false;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        w->shards[w->n_shards++] = ms_int(ms_cell_int(ms_cell(rows, r, 0), 0));
        w->epoch = ms_cell_int(ms_cell(rows, r, 1), 0);
    }
    return true;
}

static void renewed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        away(w, status, err);
        return;
    }
    if (w->away_at)
        ms_log_end(ms_log_begin(MS_LOG_INFO, "judge.back"));
    w->away_at = 0;
    w->renewed_at = ms_loop_now(w->setup.loop);
    if (n == 0 || !take_leases(w, &results[n - 1])) {
        rest(w, AWAY_MS);
        return;
    }
    if (w->n_shards && w->epoch != w->loaded)
        load_versions(w);
    else if (w->n_shards && !w->drained)
        claim(w);
    else
        rest(w, w->drained ? 0 : AWAY_MS);
}

static void renew(ms_worker *w)
{
    ms_statements list = {0};
    ms_arena_reset(w->arena);
    if (ms_lease_renew(w->arena, w->setup.owner, w->loaded, &list))
        call(w, NULL, &list, 0, renewed);
    else
        rest(w, AWAY_MS);
}

static void work(ms_worker *w)
{
    if (w->busy || w->pause) {
        w->wanted = true;
        return;
    }
    w->busy = true;
    if (w->renewed_at == 0 || ms_loop_now(w->setup.loop) - w->renewed_at >= RENEW_MS)
        renew(w);
    else
        claim(w);
}

/* ---- from outside --------------------------------------------------------------------------- */

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
    w->limit = w->setup.batch;
    w->judge = ms_judge_new();
    w->reader = ms_json_reader_new();
    w->arena = ms_arena_new(256 * 1024);
    w->lease_arena = ms_arena_new(0);
    ms_ids_init(&w->ids);
    if (!w->judge || !w->reader || !w->arena || !w->lease_arena) {
        ms_fail(err, MS_NOMEM, "out of memory");
        ms_worker_free(w);
        return NULL;
    }
    if (ms_loop_timer(setup->loop, 1, POLL_MS, poll, w, &w->poll, err) != MS_OK) {
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
    ms_loop_untimer(w->pause);
    w->pause = NULL;
    if (!w->busy)
        rest(w, 0);
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

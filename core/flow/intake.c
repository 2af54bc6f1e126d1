#include "flow/intake.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "flow/columns.h"
#include "flow/intake_rows.h"

#include <stdlib.h>

enum {
    MAX_BATCH = 512,
    DRAIN_BATCH = 256,
    DRAIN_EVERY_MS = 200,
    CLOSED_MS = 2000, /* how long ms_intake_free lets the last statements end */
    SLOW_MS = 2000,   /* senders wait 5 s, most of them: a database that hangs counts as away */
};

/* One delivery between ms_intake_add and its answer. */
typedef struct pending {
    struct pending *next;
    ms_arena *arena; /* holds this struct and what it points to */
    ms_intake_row row;
    bool spool;
    ms_intake_done done;
    void *arg;
    ms_intake *intake;
} pending;

struct ms_intake {
    ms_intake_setup setup;
    ms_ids ids;
    pending *first, **last; /* waiting for the next statement */
    size_t n_waiting, n_open;
    /* the batch under way */
    ms_arena *arena;
    pending *batch;
    ms_intake_row **rows;
    size_t n_batch;
    bool busy, draining, stopping, freed; /* freed: gone when the batch under way has ended */
    int64_t drain_upto;                   /* spool id of the last record of the batch under way */
    ms_timer *retry, *slow;
};

static void flush(ms_intake *in);

static void answer(pending *p, ms_status status, ms_taken taken)
{
    ms_intake *in = p->intake;
    in->n_open--;
    if (p->done)
        p->done(p->arg, status, p->row.event_id, taken);
    ms_arena_free(p->arena);
}

static ms_taken taken_of(const ms_intake_row *row)
{
    if (row->duplicate)
        return MS_TAKEN_DUPLICATE;
    return row->ignore ? MS_TAKEN_IGNORED : MS_TAKEN_STORED;
}

/* ---- the spool ------------------------------------------------------------------------------ */

static void spooled(void *arg, ms_status status, const ms_error *err)
{
    pending *p = arg;
    if (status != MS_OK)
        ms_log_error(MS_LOG_ERROR, "spool.failed", err);
    answer(p, status, taken_of(&p->row));
}

static void to_spool(pending *p)
{
    ms_str record = ms_intake_row_encode(p->arena, &p->row);
    if (!record.p)
        answer(p, MS_NOMEM, MS_TAKEN_STORED);
    else
        ms_spool_append(p->intake->setup.spool, record, spooled, p);
}

static bool spool_waits(const ms_intake *in)
{
    return in->setup.spool && ms_spool_count(in->setup.spool) > 0;
}

/* The database did not take it: keep it on disk, or say so. */
static void refuse_or_spool(pending *p, ms_status status)
{
    if (p->intake->setup.spool && p->spool && status != MS_INVALID && !p->intake->stopping)
        to_spool(p);
    else
        answer(p, status == MS_CANCELLED ? MS_CANCELLED : MS_UNAVAILABLE, MS_TAKEN_STORED);
}

/* ---- a batch -------------------------------------------------------------------------------- */

static void retry_later(ms_intake *in);

static void end_batch(ms_intake *in)
{
    in->busy = false;
    in->draining = false;
    in->batch = NULL;
    in->n_batch = 0;
    ms_arena_reset(in->arena);
}

static void apply_results(ms_intake *in, const ms_rows *rows)
{
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        int64_t i = ms_cell_int(ms_cell(rows, r, 0), -1);
        if (i < 0 || (size_t)i >= in->n_batch)
            continue;
        ms_intake_row *row = in->rows[i];
        int64_t known = ms_cell_int(ms_cell(rows, r, 1), row->event_id);
        /* the same id is a delivery of ours whose first commit was not confirmed to us */
        row->duplicate = row->duplicate || known != row->event_id;
        row->event_id = known;
    }
}

static void answer_batch(ms_intake *in, ms_status status)
{
    pending *p = in->batch;
    in->batch = NULL;
    while (p) {
        pending *next = p->next;
        if (status == MS_OK)
            answer(p, MS_OK, taken_of(&p->row));
        else
            refuse_or_spool(p, status);
        p = next;
    }
}

/* The database has neither answered nor failed. Its answer may still come, and the commit with it:
 * then the spool brings rows with the same keys and ids, and nothing is written twice. */
static void too_slow(void *arg)
{
    ms_intake *in = arg;
    ms_loop_untimer(in->slow);
    in->slow = NULL;
    pending *p = in->first;
    in->first = NULL;
    in->last = &in->first;
    in->n_waiting = 0;
    in->n_batch = 0; /* the rows go with their deliveries */
    ms_log_msg(MS_LOG_WARN, "intake.slow", "no answer from the database within %d ms", SLOW_MS);
    answer_batch(in, MS_UNAVAILABLE);
    while (p) {
        pending *next = p->next;
        p->row.event_id = ms_ids_next(&in->ids);
        refuse_or_spool(p, MS_UNAVAILABLE);
        p = next;
    }
}

static void watch(ms_intake *in)
{
    ms_error err;
    if (ms_loop_timer(in->setup.loop, SLOW_MS, 0, too_slow, in, &in->slow, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "intake.timer", &err);
}

static void destroy(ms_intake *in)
{
    ms_arena_free(in->arena);
    free(in);
}

static void batch_done(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                       size_t n_results, ms_session *session)
{
    ms_intake *in = arg;
    (void)session;
    if (in->freed) {
        destroy(in);
        return;
    }
    bool drained = in->draining;
    ms_loop_untimer(in->slow);
    in->slow = NULL;
    if (status == MS_OK && n_results > 0)
        apply_results(in, &results[n_results - 1]);
    if (status == MS_CONFLICT)
        ms_ids_init(&in->ids); /* another maker has the same node: take another one */
    if (status != MS_OK && status != MS_CANCELLED)
        ms_log_error(MS_LOG_WARN, "intake.refused", err);
    if (status == MS_OK && drained) {
        ms_error fault;
        if (ms_spool_drop(in->setup.spool, in->drain_upto, &fault) != MS_OK)
            ms_log_error(MS_LOG_ERROR, "spool.failed", &fault);
    }
    answer_batch(in, status);
    end_batch(in);
    if (status == MS_OK && in->setup.stored)
        in->setup.stored(in->setup.arg);
    if (in->stopping)
        return;
    if (status == MS_OK)
        flush(in);
    else
        retry_later(in);
}

static void send_batch(ms_intake *in)
{
    ms_statements list = {0};
    in->busy = true;
    if (!ms_intake_statements(in->arena, in->rows, in->n_batch, &list)) {
        answer_batch(in, MS_NOMEM);
        end_batch(in);
        retry_later(in);
        return;
    }
    watch(in);
    in->setup.api->exec(in->setup.db, NULL, list.items, list.n, 0, batch_done, in);
}

/* Moves up to MAX_BATCH waiting deliveries into the batch. */
static bool take_waiting(ms_intake *in)
{
    size_t n = in->n_waiting < MAX_BATCH ? in->n_waiting : MAX_BATCH;
    in->rows = ms_alloc_zero(in->arena, n, sizeof *in->rows);
    if (!in->rows)
        return false;
    pending **end = &in->first;
    for (size_t i = 0; i < n; i++) {
        (*end)->row.event_id = ms_ids_next(&in->ids);
        in->rows[i] = &(*end)->row;
        end = &(*end)->next;
    }
    in->batch = in->first;
    in->first = *end;
    *end = NULL;
    if (!in->first)
        in->last = &in->first;
    in->n_waiting -= n;
    in->n_batch = n;
    return true;
}

/* Takes the oldest spooled deliveries into the batch; they have their ids already. */
static bool take_spooled(ms_intake *in)
{
    ms_spooled *records = NULL;
    size_t n = 0;
    ms_error err;
    if (ms_spool_peek(in->setup.spool, in->arena, DRAIN_BATCH, &records, &n, &err) != MS_OK) {
        ms_log_error(MS_LOG_ERROR, "spool.failed", &err);
        return false;
    }
    in->rows = ms_alloc_zero(in->arena, n + 1, sizeof *in->rows);
    if (!in->rows || n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        ms_intake_row *row = ms_alloc_zero(in->arena, 1, sizeof *row);
        if (!row)
            return false;
        in->drain_upto = records[i].id;
        if (!ms_intake_row_decode(in->arena, records[i].body, row)) {
            ms_log_msg(MS_LOG_ERROR, "spool.unreadable", "record %lld is skipped",
                       (long long)records[i].id);
            continue;
        }
        in->rows[in->n_batch++] = row;
    }
    in->draining = true;
    if (in->n_batch == 0 && ms_spool_drop(in->setup.spool, in->drain_upto, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "spool.failed", &err); /* all were unreadable, and said so */
    return in->n_batch > 0;
}

static void flush(ms_intake *in)
{
    if (in->busy || in->retry || in->stopping)
        return;
    if (spool_waits(in)) {
        if (take_spooled(in))
            send_batch(in);
        else
            retry_later(in);
    } else if (in->first) {
        if (take_waiting(in))
            send_batch(in);
        else
            retry_later(in);
    }
}

static void retry_now(void *arg)
{
    ms_intake *in = arg;
    ms_loop_untimer(in->retry);
    in->retry = NULL;
    flush(in);
}

static void retry_later(ms_intake *in)
{
    ms_error err;
    end_batch(in);
    if (!in->retry && !in->stopping &&
        ms_loop_timer(in->setup.loop, DRAIN_EVERY_MS, 0, retry_now, in, &in->retry, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "intake.timer", &err);
}

/* ---- from outside --------------------------------------------------------------------------- */

ms_intake *ms_intake_new(const ms_intake_setup *setup, ms_error *err)
{
    ms_intake *in = calloc(1, sizeof *in);
    if (in)
        in->arena = ms_arena_new(64 * 1024);
    if (!in || !in->arena) {
        free(in);
        ms_fail(err, MS_NOMEM, "out of memory");
        return NULL;
    }
    in->setup = *setup;
    in->last = &in->first;
    ms_ids_init(&in->ids);
    if (spool_waits(in)) /* left over from an earlier life */
        retry_later(in);
    return in;
}

void ms_intake_free(ms_intake *in)
{
    if (!in)
        return;
    uint64_t until = ms_loop_now(in->setup.loop) + CLOSED_MS;
    while (in->busy && ms_loop_now(in->setup.loop) < until)
        ms_loop_step(in->setup.loop);
    in->stopping = true;
    ms_loop_untimer(in->retry);
    ms_loop_untimer(in->slow);
    while (in->first) {
        pending *p = in->first;
        in->first = p->next;
        answer(p, MS_CANCELLED, MS_TAKEN_STORED);
    }
    answer_batch(in, MS_CANCELLED);
    in->freed = true;
    if (!in->busy) /* else the database still has our address, and calls back when it is closed */
        destroy(in);
}

void ms_intake_add(ms_intake *in, const ms_accepted *d, ms_intake_done done, void *arg)
{
    ms_arena *arena = ms_arena_new(d->body.n + 1024);
    pending *p = arena ? ms_alloc_zero(arena, 1, sizeof *p) : NULL;
    if (!p || !ms_intake_row_copy(arena, d, &p->row)) {
        ms_arena_free(arena);
        done(arg, MS_NOMEM, 0, MS_TAKEN_STORED);
        return;
    }
    p->arena = arena;
    p->intake = in;
    p->spool = d->spool;
    p->done = done;
    p->arg = arg;
    in->n_open++;
    bool away = in->setup.api->is_down(in->setup.db);
    if (in->setup.spool && p->spool && (away || spool_waits(in))) {
        p->row.event_id = ms_ids_next(&in->ids);
        to_spool(p);
        if (!in->busy)
            flush(in);
        return;
    }
    *in->last = p;
    in->last = &p->next;
    in->n_waiting++;
    flush(in);
}

size_t ms_intake_waiting(const ms_intake *in)
{
    return in->n_open;
}

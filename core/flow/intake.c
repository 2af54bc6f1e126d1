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
    BATCH_BYTES = 8 * 1024 * 1024,
    WAITING_BYTES = 64 * 1024 * 1024, /* bodies in memory; more go to the spool */
    DRAIN_EVERY_MS = 200,
    SLOW_MS = 600, /* then the spool is the faster way; the slowest senders wait 5 s */
    LOOK_MS = 200,
    CONFLICTS = 20,   /* tries of one batch */
    CLOSED_MS = 2000, /* how long ms_intake_free lets the last statements end */
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
    pending *first, **last;          /* waiting for the next statement */
    size_t n_waiting, n_open, bytes; /* bytes: of the bodies that wait */
    size_t limit;                    /* of the next batch */
    /* the batch under way; what it brought to the database may be in the spool by now, and then
     * `batch` and `n_batch` are empty */
    ms_arena *arena;
    pending *batch;
    ms_intake_row **rows;
    size_t n_batch;
    bool busy, draining, stopping, freed;
    bool renumber;      /* an id of the spool's oldest records is taken */
    unsigned conflicts; /* in a row */
    uint64_t sent_at;
    size_t n_drained;   /* records of the batch under way */
    int64_t drain_upto; /* spool id of the last one */
    ms_timer *retry, *look;
    ms_hush refused, spool_failed;
};

static void flush(ms_intake *in);

static void free_intake(ms_intake *in)
{
    if (!in->freed || in->busy || in->n_open)
        return;
    ms_arena_free(in->arena);
    free(in);
}

static void answer(pending *p, ms_status status, ms_taken taken)
{
    ms_intake *in = p->intake;
    in->n_open--;
    if (p->done)
        p->done(p->arg, status, p->row.event_id, taken);
    ms_arena_free(p->arena);
    free_intake(in);
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
        ms_log_hushed(&p->intake->spool_failed, MS_LOG_ERROR, "spool.failed", err);
    answer(p, status, taken_of(&p->row));
}

static void to_spool(pending *p)
{
    if (!p->row.event_id)
        p->row.event_id = ms_ids_next(&p->intake->ids);
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
    if (p->intake->setup.spool && p->spool)
        to_spool(p);
    else
        answer(p, status == MS_CANCELLED ? MS_CANCELLED : MS_UNAVAILABLE, MS_TAKEN_STORED);
}

/* All that is in memory, in order of arrival. What is under way goes too: if the database stores it
 * after all, the spool brings the same keys and ids a second time, and nothing comes of it. */
static void refuse_all(ms_intake *in, ms_status status)
{
    pending *lists[2] = {in->batch, in->first};
    in->batch = in->first = NULL;
    in->last = &in->first;
    in->n_waiting = in->bytes = 0;
    if (!in->draining)
        in->n_batch = 0;
    for (int i = 0; i < 2; i++) {
        for (pending *p = lists[i], *next; p; p = next) {
            next = p->next;
            refuse_or_spool(p, status);
        }
    }
}

/* ---- a batch -------------------------------------------------------------------------------- */

static void retry_later(ms_intake *in, uint64_t delay_ms);

static void end_batch(ms_intake *in)
{
    in->busy = false;
    in->draining = false;
    in->batch = NULL;
    in->n_batch = 0;
    ms_arena_reset(in->arena);
}

/* False when a row has no answer: its key was there a moment ago, and is not any more. */
static bool apply_results(ms_intake *in, const ms_rows *rows)
{
    size_t known_rows = 0;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        int64_t i = ms_cell_int(ms_cell(rows, r, 0), -1);
        if (i < 0 || (size_t)i >= in->n_batch)
            continue;
        ms_intake_row *row = in->rows[i];
        int64_t known = ms_cell_int(ms_cell(rows, r, 1), row->event_id);
        /* the same id is a delivery of ours whose first commit was not confirmed to us */
        row->duplicate = row->duplicate || known != row->event_id;
        row->event_id = known;
        known_rows++;
    }
    return known_rows >= in->n_batch;
}

static void answer_stored(ms_intake *in)
{
    pending *p = in->batch;
    in->batch = NULL;
    for (pending *next; p; p = next) {
        next = p->next;
        answer(p, MS_OK, taken_of(&p->row));
    }
}

/* The batch goes back in front of what waits. */
static void put_back(ms_intake *in)
{
    pending **end = &in->batch;
    for (; *end; end = &(*end)->next) {
        in->n_waiting++;
        in->bytes += (*end)->row.body.n;
    }
    if (end == &in->batch)
        return;
    *end = in->first;
    if (!in->first)
        in->last = end;
    in->first = in->batch;
    in->batch = NULL;
}

/* The database refuses one delivery for what it holds. False: it is still in the way. */
static bool refuse_one(ms_intake *in, const ms_error *err)
{
    char id[MS_ID_TEXT];
    pending *p = in->batch;
    ms_error fault;
    ms_log *l = ms_log_begin(MS_LOG_ERROR, p ? "delivery.refused" : "spool.refused");
    ms_log_z(l, "delivery", ms_id_text("dlv", in->n_batch ? in->rows[0]->event_id : 0, id));
    ms_log_z(l, "reason", err->text);
    if (in->draining)
        ms_log_z(l, "hint", "it is set aside in table \"refused\" of the spool's file");
    ms_log_end(l);
    in->batch = NULL;
    if (p)
        answer(p, MS_INVALID, MS_TAKEN_STORED);
    if (!in->draining || ms_spool_set_aside(in->setup.spool, in->drain_upto, &fault) == MS_OK)
        return true;
    ms_log_hushed(&in->spool_failed, MS_LOG_ERROR, "spool.failed", &fault);
    return false;
}

/* Its data (halve, then refuse the one), another receiver (again, with new ids), or the database
 * is away: then nothing stays in memory. */
static void batch_failed(ms_intake *in, ms_status status, const ms_error *err)
{
    uint64_t delay = DRAIN_EVERY_MS;
    size_t n = in->draining ? in->n_drained : in->n_batch;
    if (status == MS_CONFLICT && ++in->conflicts < CONFLICTS) {
        ms_ids_init(&in->ids); /* another maker may have the same node: take another one */
        in->renumber = in->draining;
        put_back(in);
        delay = 5;
    } else if (status == MS_INVALID && n > 1) {
        in->limit = n / 2;
        put_back(in);
        delay = 1;
    } else if (status == MS_INVALID && n == 1) {
        delay = refuse_one(in, err) ? 1 : DRAIN_EVERY_MS;
    } else {
        if (status != MS_CANCELLED)
            ms_log_hushed(&in->refused, MS_LOG_WARN, "intake.refused", err);
        refuse_all(in, status);
    }
    end_batch(in);
    retry_later(in, delay);
}

static void batch_stored(ms_intake *in)
{
    ms_error fault;
    bool dropped = true;
    if (in->draining && ms_spool_drop(in->setup.spool, in->drain_upto, &fault) != MS_OK) {
        ms_log_hushed(&in->spool_failed, MS_LOG_ERROR, "spool.failed", &fault);
        dropped = false;
    }
    in->renumber = false;
    in->conflicts = 0;
    in->limit = in->limit * 2 < MAX_BATCH ? in->limit * 2 : MAX_BATCH;
    answer_stored(in);
    end_batch(in);
    if (in->setup.stored)
        in->setup.stored(in->setup.arg);
    if (dropped)
        flush(in);
    else
        retry_later(in, DRAIN_EVERY_MS);
}

static void batch_done(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                       size_t n_results, ms_session *session)
{
    ms_intake *in = arg;
    const ms_error gone = {.status = MS_CONFLICT, .text = "a key was purged meanwhile"};
    (void)session;
    if (in->freed) {
        in->busy = false;
        free_intake(in);
    } else if (status != MS_OK) {
        batch_failed(in, status, err);
    } else if (n_results == 0 || !apply_results(in, &results[n_results - 1])) {
        batch_failed(in, MS_CONFLICT, &gone);
    } else {
        batch_stored(in);
    }
}

static void send_batch(ms_intake *in)
{
    const ms_error err = {.status = MS_NOMEM, .text = "out of memory"};
    ms_statements list = {0};
    in->busy = true;
    in->sent_at = ms_loop_now(in->setup.loop);
    if (ms_intake_statements(in->arena, in->rows, in->n_batch, &list))
        in->setup.api->exec(in->setup.db, NULL, list.items, list.n, 0, batch_done, in);
    else
        batch_failed(in, MS_NOMEM, &err);
}

/* Moves waiting deliveries into the batch, at least one. */
static bool take_waiting(ms_intake *in)
{
    size_t most = in->n_waiting < in->limit ? in->n_waiting : in->limit, bytes = 0;
    in->rows = ms_alloc_zero(in->arena, most, sizeof *in->rows);
    if (!in->rows)
        return false;
    pending **end = &in->first;
    for (in->n_batch = 0; in->n_batch < most && bytes < BATCH_BYTES; in->n_batch++) {
        (*end)->row.event_id = ms_ids_next(&in->ids);
        in->rows[in->n_batch] = &(*end)->row;
        bytes += (*end)->row.body.n;
        end = &(*end)->next;
    }
    in->batch = in->first;
    in->first = *end;
    *end = NULL;
    if (!in->first)
        in->last = &in->first;
    in->n_waiting -= in->n_batch;
    in->bytes -= bytes;
    return true;
}

static bool read_spooled(ms_intake *in, const ms_spooled *record)
{
    ms_intake_row *row = ms_alloc_zero(in->arena, 1, sizeof *row);
    if (!row)
        return false;
    in->drain_upto = record->id;
    in->n_drained++;
    if (!ms_intake_row_decode(in->arena, record->body, row)) {
        ms_log_msg(MS_LOG_ERROR, "spool.unreadable", "record %lld is skipped",
                   (long long)record->id);
        return true;
    }
    if (in->renumber)
        row->event_id = ms_ids_next(&in->ids);
    in->rows[in->n_batch++] = row;
    return true;
}

/* Takes the oldest spooled deliveries into the batch; they have their ids already. */
static bool take_spooled(ms_intake *in)
{
    ms_spooled *records = NULL;
    size_t n = 0, most = in->limit < MAX_BATCH / 2 ? in->limit : MAX_BATCH / 2;
    ms_error err;
    if (ms_spool_peek(in->setup.spool, in->arena, most, &records, &n, &err) != MS_OK) {
        ms_log_hushed(&in->spool_failed, MS_LOG_ERROR, "spool.failed", &err);
        return false;
    }
    in->rows = ms_alloc_zero(in->arena, n + 1, sizeof *in->rows);
    in->n_batch = in->n_drained = 0;
    if (!in->rows || n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_spooled(in, &records[i]))
            return false;
    in->draining = true;
    if (in->n_batch == 0 && ms_spool_drop(in->setup.spool, in->drain_upto, &err) != MS_OK)
        ms_log_hushed(&in->spool_failed, MS_LOG_ERROR, "spool.failed",
                      &err); /* all were unreadable, and said so */
    return in->n_batch > 0;
}

static void flush(ms_intake *in)
{
    if (in->busy || in->retry || in->stopping)
        return;
    if (!spool_waits(in) && !in->first)
        return;
    if (spool_waits(in) ? take_spooled(in) : take_waiting(in)) {
        send_batch(in);
    } else {
        end_batch(in);
        retry_later(in, DRAIN_EVERY_MS);
    }
}

static void retry_now(void *arg)
{
    ms_intake *in = arg;
    ms_loop_untimer(in->retry);
    in->retry = NULL;
    flush(in);
}

static void retry_later(ms_intake *in, uint64_t delay_ms)
{
    ms_error err;
    if (!in->retry && !in->stopping &&
        ms_loop_timer(in->setup.loop, delay_ms, 0, retry_now, in, &in->retry, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "intake.timer", &err);
}

/* A database that does not answer must not keep a sender waiting. */
static void look(void *arg)
{
    ms_intake *in = arg;
    ms_error err;
    if (!in->busy || !(in->batch || in->first) ||
        ms_loop_now(in->setup.loop) - in->sent_at < SLOW_MS)
        return;
    ms_fail(&err, MS_TIMEOUT, "no answer from the database within %d ms", SLOW_MS);
    ms_log_hushed(&in->refused, MS_LOG_WARN, "intake.slow", &err);
    refuse_all(in, MS_UNAVAILABLE);
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
    in->limit = MAX_BATCH;
    ms_ids_init(&in->ids);
    if (setup->spool && ms_loop_timer(setup->loop, LOOK_MS, LOOK_MS, look, in, &in->look, err)) {
        ms_arena_free(in->arena);
        free(in);
        return NULL;
    }
    if (spool_waits(in)) /* left over from an earlier life */
        retry_later(in, DRAIN_EVERY_MS);
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
    ms_loop_untimer(in->look);
    refuse_all(in, MS_CANCELLED);
    in->freed = true;
    free_intake(in);
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
    /* Never past what is older: that goes to the spool first, if it goes there at all. */
    bool away = !in->busy && !in->first && in->setup.api->is_down(in->setup.db);
    if (in->setup.spool && p->spool && (away || spool_waits(in))) {
        to_spool(p);
    } else {
        *in->last = p;
        in->last = &p->next;
        in->n_waiting++;
        in->bytes += p->row.body.n;
        if (in->bytes > WAITING_BYTES)
            refuse_all(in, MS_UNAVAILABLE);
    }
    flush(in);
}

size_t ms_intake_waiting(const ms_intake *in)
{
    return in->n_open;
}

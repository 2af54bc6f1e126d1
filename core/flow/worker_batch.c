/* One batch, from the claim to the commit. */
#include "flow/worker_inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/lease.h"

enum {
    SLOW_BATCH_US = 15000,  /* what the rules of a slow batch may take; the rest is for the next */
    PLAIN_BATCH_US = 20000, /* of any other */
    LEAST_BATCH = 32,       /* one that fails must not make the next ones small */
    SLOW_PAUSE = 9,         /* times what it took, until the next while others wait */
    SUSPECT_PAUSE = 99,
    MOST_PAUSE_US = 3000000,
    OTHERS_US = 1000000, /* so long after its last delivery an ordinary vertical is waited for */
};

/* ---- what the log hears --------------------------------------------------------------------- */

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
    if (b->n_parked)
        ms_log_int(l, "parked", (int64_t)b->n_parked);
    if (b->n_aside[MS_PACE_SLOW])
        ms_log_int(l, "slow", (int64_t)b->n_aside[MS_PACE_SLOW]);
    if (b->n_aside[MS_PACE_SUSPECT])
        ms_log_int(l, "suspect", (int64_t)b->n_aside[MS_PACE_SUSPECT]);
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

/* ---- deliveries put aside ------------------------------------------------------------------- */

static void put_aside(ms_aside_list *list, const ms_aside *items, size_t n)
{
    for (size_t i = 0; i < n && list->n < MS_WORKER_ASIDE; i++)
        list->ids[list->n++] = items[i].event_id;
}

static bool is_among(const ms_aside *items, size_t n, int64_t event_id)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].event_id == event_id)
            return true;
    return false;
}

/* It was judged, or waits for something else now. */
static bool has_left(const ms_batch *b, int64_t event_id)
{
    for (size_t i = 0; i < b->n_items; i++)
        if (b->items[i].event_id == event_id)
            return true;
    if (is_among(b->parked, b->n_parked, event_id))
        return true;
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++)
        if (is_among(b->aside[pace], b->n_aside[pace], event_id))
            return true;
    return false;
}

static void take_from_aside(ms_aside_list *list, const ms_batch *b)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (!has_left(b, list->ids[i]))
            list->ids[n++] = list->ids[i];
    list->n = n;
}

/* Out of the lists first: what needs even more patience than thought goes from one to another. */
static void sort_aside(ms_worker *w)
{
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++) {
        if (w->lane != MS_LANE_PLAIN)
            take_from_aside(&w->aside[pace], &w->batch);
        put_aside(&w->aside[pace], w->batch.aside[pace], w->batch.n_aside[pace]);
    }
}

/* ---- after the commit ----------------------------------------------------------------------- */

static unsigned at_most(unsigned n, unsigned most)
{
    return n < most ? n : most;
}

static void pause_lane(ms_aside_list *list, int64_t us)
{
    list->after = ms_mono_us() + (us < MOST_PAUSE_US ? us : MOST_PAUSE_US);
}

/* Batches grow as long as the rules are quick; nobody waits long behind those of others. */
static void learn_sizes(ms_worker *w)
{
    unsigned n = w->batch.n_items ? (unsigned)w->batch.n_items : 1;
    if (w->lane == MS_LANE_SUSPECT) {
        pause_lane(&w->aside[MS_PACE_SUSPECT], SUSPECT_PAUSE * w->judged_us);
    } else if (w->lane == MS_LANE_SLOW) {
        ms_aside_list *slow = &w->aside[MS_PACE_SLOW];
        pause_lane(slow, SLOW_PAUSE * w->judged_us);
        bool long_one = w->judged_us > SLOW_BATCH_US;
        slow->limit = long_one ? (n + 1) / 2 : at_most(slow->limit * 2, w->setup.batch);
    } else if (w->lane == MS_LANE_PLAIN && w->judged_us > PLAIN_BATCH_US) {
        unsigned fits = (unsigned)((int64_t)n * PLAIN_BATCH_US / w->judged_us) + 1;
        w->limit = at_most(fits > LEAST_BATCH ? fits : LEAST_BATCH, w->setup.batch);
    } else {
        w->limit = at_most(w->limit * 2, w->setup.batch);
    }
}

static void committed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                      size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)results, (void)n, (void)session;
    w->session = NULL; /* given back by COMMIT, or gone */
    if (status != MS_OK) {
        ms_worker_recover(w, status, err);
        return;
    }
    ms_versions_settle(w->versions, true);
    log_batch(&w->batch);
    log_held(&w->batch);
    sort_aside(w);
    if (w->lane == MS_LANE_PLAIN && w->batch.n_items)
        w->plain_at = ms_mono_us();
    if (w->lane == MS_LANE_CAREFUL) {
        w->counted = 0;
        w->careful_left -= w->careful_left > 0;
    }
    w->conflicts = 0;
    learn_sizes(w);
    ms_worker_rest(w, 0);
}

/* ---- the steps ------------------------------------------------------------------------------ */

static void write_batch(ms_worker *w)
{
    ms_statements list = {0};
    ms_error err = {.text = "the batch could not be judged"};
    int64_t from = ms_mono_us();
    bool ok = ms_batch_select(&w->batch) && ms_batch_merge(&w->batch) && ms_batch_decide(&w->batch);
    w->judged_us = ms_mono_us() - from;
    if (ok && w->batch.park)
        ms_worker_park(w);
    else if (!ok || !ms_batch_write(&w->batch, &list, &err))
        ms_worker_recover(w, w->batch.no_memory ? MS_NOMEM : MS_INTERNAL, &err);
    else
        ms_worker_call(w, w->session, &list, MS_DB_COMMIT, committed);
}

static void contacts_read(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                          size_t n, ms_session *session)
{
    ms_worker *w = arg;
    ms_error fault = {.status = MS_INTERNAL, .text = "the contacts could not be read"};
    w->session = session;
    if (status != MS_OK)
        ms_worker_recover(w, status, err);
    else if (n == 3 && ms_batch_loaded(&w->batch, &results[0], &results[1], &results[2]))
        write_batch(w);
    else
        ms_worker_recover(w, w->batch.moved ? MS_CONFLICT : MS_INTERNAL, &fault);
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
        ms_worker_recover(w, status, err);
        return;
    }
    batch_shards(w, &n_shards);
    if (!still_ours(w, &results[0], n_shards)) {
        ms_worker_abandon(w);
        w->renewed_at = 0;
        ms_worker_rest(w, 1);
        return;
    }
    if (w->batch.n_people == 0) {
        write_batch(w);
        return;
    }
    if (n != 3 || !ms_batch_resolved(&w->batch, &results[1], &results[2]) ||
        !ms_batch_read(&w->batch, &list, &fault)) {
        ms_worker_recover(w, MS_INTERNAL, &fault);
        return;
    }
    ms_worker_call(w, session, &list, 0, contacts_read);
}

static void begin_batch(ms_worker *w)
{
    ms_statements list = {0};
    ms_error err = {.status = MS_NOMEM, .text = "out of memory"};
    size_t n_shards = 0;
    ms_value shards = batch_shards(w, &n_shards);
    if (!shards.as.items || !ms_lease_hold(w->arena, w->setup.owner, &shards, &list) ||
        (w->batch.n_people && !ms_batch_resolve(&w->batch, &list, &err))) {
        ms_worker_recover(w, err.status, &err);
        return;
    }
    ms_worker_call(w, NULL, &list, MS_DB_BEGIN, begun);
}

/* ---- claiming ------------------------------------------------------------------------------- */

/* What was put aside for this lane; NULL: it has no such list. */
static ms_aside_list *list_of(ms_worker *w, ms_lane lane)
{
    switch (lane) {
    case MS_LANE_SLOW: return &w->aside[MS_PACE_SLOW];
    case MS_LANE_SUSPECT: return &w->aside[MS_PACE_SUSPECT];
    default: return NULL;
    }
}

/* A suspect may block the judge for all of its time, so it waits even when nothing else is there at
 * the moment: something will be. Unless they get too many to remember. */
static bool suspect_is_due(const ms_worker *w)
{
    const ms_aside_list *list = &w->aside[MS_PACE_SUSPECT];
    int64_t now = ms_mono_us();
    bool others = w->plain_at && now - w->plain_at < OTHERS_US;
    return list->n && (!others || now >= list->after || list->n > MS_WORKER_ASIDE / 2);
}

static bool has_lane(const ms_worker *w, ms_lane lane)
{
    const ms_aside_list *slow = &w->aside[MS_PACE_SLOW];
    switch (lane) {
    case MS_LANE_PLAIN: return w->plain.n > 0;
    case MS_LANE_SLOW:
        return w->plain.n > 0 && slow->n > 0 && (w->empty || ms_mono_us() >= slow->after);
    case MS_LANE_SUSPECT: return w->plain.n > 0 && suspect_is_due(w);
    case MS_LANE_CAREFUL: return w->careful.n > 0;
    case MS_LANES: break;
    }
    return false;
}

static unsigned lanes(const ms_worker *w)
{
    unsigned n = 0;
    for (ms_lane lane = MS_LANE_PLAIN; lane < MS_LANES; lane++)
        n += has_lane(w, lane);
    return n;
}

/* Nothing waits in this lane. */
static void lane_is_empty(ms_worker *w)
{
    ms_aside_list *list = list_of(w, w->lane);
    if (list)
        list->n = 0;
    if (w->lane == MS_LANE_CAREFUL) {
        ms_worker_trust(w);
    } else if (++w->empty < lanes(w)) {
        ms_worker_claim(w);
    } else {
        w->empty = 0;
        ms_worker_idle(w);
    }
}

/* The judge that had it died, and the one before, and the one before. */
static bool is_deadly(ms_worker *w, const ms_rows *rows)
{
    ms_error err;
    if (w->lane != MS_LANE_CAREFUL || ms_cell_int(ms_cell(rows, 0, 8), 0) <= MS_WORKER_DEATHS)
        return false;
    w->counted = 0;
    ms_fail(&err, MS_INTERNAL,
            "%d judges died while it was in work alone; nothing of it was stored",
            MS_WORKER_DEATHS);
    ms_worker_fail(w, ms_cell_int(ms_cell(rows, 0, 0), 0), ms_cell_int(ms_cell(rows, 0, 1), 0),
                   &err);
    return true;
}

static void claimed(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    ms_worker *w = arg;
    (void)session;
    if (status != MS_OK) {
        ms_worker_away(w, status, err);
        return;
    }
    if (n != 1 || results[0].n_rows == 0) {
        lane_is_empty(w);
        return;
    }
    w->empty = 0;
    if (is_deadly(w, &results[0]))
        return;
    if (w->lane == MS_LANE_CAREFUL)
        w->counted = ms_cell_int(ms_cell(&results[0], 0, 1), 0);
    if (!ms_batch_gather(&w->batch, &results[0])) {
        const ms_error fault = {.status = MS_NOMEM, .text = "out of memory"};
        ms_worker_recover(w, MS_NOMEM, &fault);
        return;
    }
    begin_batch(w);
}

/* Event ids of `list`, or of all lists. */
static ms_value ids_aside(ms_worker *w, const ms_aside_list *list)
{
    size_t n = 0;
    ms_value *ids = ms_alloc_zero(w->arena, MS_PACES * MS_WORKER_ASIDE, sizeof *ids);
    for (ms_pace pace = MS_PACE_SLOW; ids && pace < MS_PACES; pace++)
        for (size_t i = 0; i < w->aside[pace].n; i++)
            if (!list || list == &w->aside[pace])
                ids[n++] = ms_int(w->aside[pace].ids[i]);
    return ms_array(ids, n);
}

static bool add_claim(ms_worker *w, ms_statements *list)
{
    const ms_aside_list *aside = list_of(w, w->lane);
    const ms_shards *shards = w->lane == MS_LANE_CAREFUL ? &w->careful : &w->plain;
    ms_value params[3] = {ms_array(shards->items, shards->n)};
    if (w->lane == MS_LANE_CAREFUL) {
        params[1] = ms_int(w->counted);
        return ms_statements_add(w->arena, list, ms_batch_claim_careful_sql, params, 2);
    }
    params[1] = ms_int(aside ? at_most(aside->limit, w->limit) : w->limit);
    params[2] = ids_aside(w, aside);
    return params[2].as.items &&
           ms_statements_add(w->arena, list, aside ? ms_batch_claim_aside_sql : ms_batch_claim_sql,
                             params, 3);
}

static void next_lane(ms_worker *w)
{
    for (int i = 0; i < MS_LANES; i++) {
        w->lane = (w->lane + 1) % MS_LANES;
        if (has_lane(w, w->lane))
            return;
    }
    w->lane = MS_LANE_PLAIN;
}

/* The lists must hold what an ordinary batch puts aside; else it is judged with the rest. */
static ms_pace pace_of(const ms_worker *w)
{
    if (w->lane == MS_LANE_SLOW)
        return MS_PACE_SLOW;
    if (w->lane != MS_LANE_PLAIN)
        return MS_PACE_SUSPECT;
    for (ms_pace pace = MS_PACE_SUSPECT; pace > MS_PACE_QUICK; pace--)
        if (w->aside[pace].n + w->limit > MS_WORKER_ASIDE)
            return pace;
    return MS_PACE_QUICK;
}

void ms_worker_claim(ms_worker *w)
{
    ms_statements list = {0};
    next_lane(w);
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
                          .normalise = w->setup.normalise,
                          .park_rule = w->setup.park,
                          .now_ms = (int64_t)ms_loop_now(w->setup.loop),
                          .judge_us = w->lane == MS_LANE_SLOW ? SLOW_BATCH_US : PLAIN_BATCH_US,
                          .pace = pace_of(w)};
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++)
        w->batch.waiting[pace] = w->aside[pace].n > 0;
    if (w->lane == MS_LANE_CAREFUL && w->careful_left == 0)
        ms_worker_trust(w);
    else if (add_claim(w, &list))
        ms_worker_call(w, NULL, &list, 0, claimed);
    else
        ms_worker_rest(w, MS_WORKER_AWAY_MS);
}

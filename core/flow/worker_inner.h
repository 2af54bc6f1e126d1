/*
 * flow/worker_inner.h: what the worker's files share.
 *
 *     worker.c        calls, what comes after a step, what went wrong
 *     worker_lease.c  leases, versions, parking
 *     worker_batch.c  one batch: claim to commit
 */
#ifndef MS_FLOW_WORKER_INNER_H
#define MS_FLOW_WORKER_INNER_H

#include "flow/worker.h"

enum {
    MS_WORKER_POLL_MS = 100,   /* how soon work of another host is seen */
    MS_WORKER_RENEW_MS = 1000, /* leases last 5 s */
    MS_WORKER_AWAY_MS = 250,   /* between attempts while the database is away */
    MS_WORKER_ASIDE = 4096,    /* deliveries put aside at a pace; more are judged with the rest */
    MS_WORKER_DEATHS = 3,      /* judges that may die over one delivery */
};

typedef enum ms_lane {
    MS_LANE_PLAIN,
    MS_LANE_SLOW,    /* deliveries of verticals that take long */
    MS_LANE_SUSPECT, /* one delivery of a vertical that used up its time or memory */
    MS_LANE_CAREFUL, /* one delivery that may kill */
    MS_LANES
} ms_lane;

typedef struct ms_shards {
    ms_value *items;
    size_t n;
} ms_shards;

/* Deliveries that need more patience than the rest. */
typedef struct ms_aside_list {
    int64_t *ids; /* of events; MS_WORKER_ASIDE fit */
    size_t n;
    unsigned limit; /* how many are taken at a time */
    int64_t after;  /* none before this time while others wait, microseconds */
} ms_aside_list;

struct ms_worker {
    ms_worker_setup setup;
    ms_ids ids;
    ms_judge *judge;
    ms_json_reader *reader;
    ms_arena *arena;                 /* of the batch */
    ms_arena *lease_arena;           /* of what is owned */
    ms_versions *versions, *loading; /* loading: NULL, or what is to replace them */
    int64_t loading_epoch;
    int64_t epoch;     /* of the leases */
    int64_t loaded;    /* whose versions are loaded; 0 none */
    ms_shards plain;   /* owned, and nothing is wrong with them */
    ms_shards careful; /* owned, one delivery at a time */
    bool tried;        /* careful are those in which one was tried before */
    size_t owned;
    ms_str parked;      /* what is parked, as the leases say; lives with them */
    uint64_t parked_at; /* its hash when the versions were loaded */
    uint64_t renewed_at;

    ms_batch batch;
    ms_lane lane;
    unsigned empty;                /* lanes in a row that had nothing */
    unsigned careful_left;         /* deliveries until the careful shards are trusted */
    int64_t counted;               /* the delivery whose attempt this judge counted; 0: none */
    ms_aside_list aside[MS_PACES]; /* the first one stays empty */
    unsigned limit, conflicts;
    int64_t plain_at;  /* when an ordinary delivery was judged last, microseconds; 0: never */
    int64_t judged_us; /* what the rules of the batch took */

    ms_session *session;
    bool busy, wanted; /* wanted: woken while busy */
    ms_db_done next;   /* takes the answer of the call under way */
    bool calling;      /* there is one */
    bool freed;        /* its answer frees the worker */
    uint64_t away_at;  /* when the log last heard that the database is away; 0: it is there */
    ms_timer *poll, *pause;
    ms_timer_fn drained;
    void *drained_arg;
};

/* ---- worker.c ------------------------------------------------------------------------------- */

/* One call at a time. */
void ms_worker_call(ms_worker *w, ms_session *session, const ms_statements *list, unsigned flags,
                    ms_db_done next);
/* Nothing is under way. Goes on after `delay_ms`, or ends when draining. */
void ms_worker_rest(ms_worker *w, uint64_t delay_ms);
/* Nothing is under way; `next` goes on after other things had their turn. */
void ms_worker_yield(ms_worker *w, ms_timer_fn next);
/* There is nothing to do until somebody wakes it. */
void ms_worker_idle(ms_worker *w);
/* Rolls back what is under way. */
void ms_worker_abandon(ms_worker *w);
/* The database is away, or not as it should be. */
void ms_worker_away(ms_worker *w, ms_status status, const ms_error *err);
/* A batch failed: again, halved, or its one delivery ends. */
void ms_worker_recover(ms_worker *w, ms_status status, const ms_error *err);
/* Ends a delivery as failed. */
void ms_worker_fail(ms_worker *w, int64_t account_id, int64_t event_id, const ms_error *err);

/* ---- worker_lease.c ------------------------------------------------------------------------- */

void ms_worker_renew(ms_worker *w);
/* The careful shards are through. */
void ms_worker_trust(ms_worker *w);
/* Parks the vertical that the batch says is to be parked; the batch is given up. */
void ms_worker_park(ms_worker *w);

/* ---- worker_batch.c ------------------------------------------------------------------------- */

void ms_worker_claim(ms_worker *w);

#endif

/*
 * flow/worker.h: a judge at work: holds leases, takes batches from the queue, judges, commits.
 *
 * One batch at a time. A transaction that finds its leases gone or its versions old is given up and
 * done again; a batch that cannot be written is halved until the one delivery that is at fault is
 * alone, and ends that one with the reason.
 *
 * Three kinds of batches take turns. The ordinary one; one of verticals that take long, kept short,
 * so that nobody else waits behind them; and, in shards whose judge died, single deliveries whose
 * attempts are counted before they are touched: after three deaths one ends as failed. A vertical
 * that fails too often is parked (park.h). [loop]
 */
#ifndef MS_FLOW_WORKER_H
#define MS_FLOW_WORKER_H

#include "flow/batch.h"
#include "loop/loop.h"

typedef struct ms_worker ms_worker;

typedef struct ms_worker_setup {
    ms_loop *loop;
    const ms_database *api;
    ms_db *db;
    const ms_crm *crm;
    ms_plugin *crm_self;
    const ms_routes *routes; /* stays valid */
    ms_script_limits limits;
    ms_park_rule park;
    const char *owner; /* unique among all judges of all hosts; stays valid */
    unsigned batch;    /* deliveries a transaction; 0: 256 */
    bool normalise;    /* write canonical forms (stand-alone) */
} ms_worker_setup;

ms_worker *ms_worker_new(const ms_worker_setup *setup, ms_error *err);
void ms_worker_wake(ms_worker *worker); /* something may wait */
/* Finishes the batch under way, gives the leases back, then calls `done`. */
void ms_worker_drain(ms_worker *worker, ms_timer_fn done, void *arg);
/* At once; a call under way ends later without it. Leases are not given back: they run out, as when
 * a judge dies. `api` and `loop` must stay until the database is closed. */
void ms_worker_free(ms_worker *worker);

#endif

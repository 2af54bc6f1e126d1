/*
 * flow/intake.h: stores accepted deliveries before they are acknowledged.
 *
 * One statement set at a time is on its way; what arrives meanwhile goes with the next one, so a
 * lone delivery goes out at once and a crowd shares its commits. When the database is away or takes
 * long, and as long as anything older waits there, deliveries go to the spool (if the caller gave
 * one) and are drained from it in order. What the database refuses for its data is found by halving
 * and refused alone; in the spool it is set aside. [loop]
 */
#ifndef MS_FLOW_INTAKE_H
#define MS_FLOW_INTAKE_H

#include "flow/ids.h"
#include "flow/spool.h"
#include "loop/loop.h"
#include <moonsift/provide/database.h>

/* What a source's `receive` found, with what the host knows. Borrowed during ms_intake_add. */
typedef struct ms_accepted {
    int64_t account_id;
    ms_str source, type, key, order_key;
    int64_t source_time, received_at; /* microseconds since 1970 */
    bool ignore;                      /* keep type, id and hash, never the body */
    bool spool;                       /* the sender never retries: spool rather than refuse */
    ms_str body;
} ms_accepted;

typedef enum ms_taken { MS_TAKEN_STORED, MS_TAKEN_DUPLICATE, MS_TAKEN_IGNORED } ms_taken;

/* MS_OK: it is durable. Otherwise it is not: MS_INVALID when it never will be (422), else
 * MS_UNAVAILABLE, MS_TOO_LARGE (spool full), MS_INTERNAL (its disk), MS_NOMEM, MS_CANCELLED (503).
 */
typedef void (*ms_intake_done)(void *arg, ms_status status, int64_t event_id, ms_taken taken);

typedef struct ms_intake ms_intake;

typedef struct ms_intake_setup {
    ms_loop *loop;
    const ms_database *api;
    ms_db *db;
    ms_spool *spool;        /* NULL: none */
    void (*stored)(void *); /* something new waits in the queue: wake the judges */
    void *arg;
} ms_intake_setup;

ms_intake *ms_intake_new(const ms_intake_setup *setup, ms_error *err);
/* Lets what is under way end for a moment; then what waits goes to the spool, or ends with
 * MS_CANCELLED. Spool and database are closed after it, and may still call `done` while they close.
 */
void ms_intake_free(ms_intake *intake);

/* `done` is called exactly once, later. */
void ms_intake_add(ms_intake *intake, const ms_accepted *delivery, ms_intake_done done, void *arg);
size_t ms_intake_waiting(const ms_intake *intake); /* not yet answered */

enum { MS_SHARDS = 64 };

#endif

/*
 * flow/spool.h: deliveries on local disk while the database is away.
 *
 * One SQLite file (synchronous=FULL) of one receiver, written by one thread that commits what has
 * gathered. A record is opaque bytes; it is durable when `done` says MS_OK, and comes back in the
 * order of appending, after kill -9 too. One process owns a file at a time: a second opener is
 * refused, the lock of a dead one is gone with it. The file is readable by its owner alone.
 *
 * A full disk refuses what is appended and is got over; a failed fsync is not: from then on all is
 * refused until the file is opened again, since nothing tells what the disk still has.
 *
 * Calls and callbacks: [loop]. peek and drop read and write on the loop's thread: they are used
 * while draining, in small portions.
 */
#ifndef MS_FLOW_SPOOL_H
#define MS_FLOW_SPOOL_H

#include "base/arena.h"
#include "loop/loop.h"

typedef struct ms_spool ms_spool;

/* MS_OK, MS_TOO_LARGE (the spool is full), MS_INTERNAL (the disk failed), MS_NOMEM. `err` says how
 * unless it is MS_OK. */
typedef void (*ms_spool_done)(void *arg, ms_status status, const ms_error *err);

typedef struct ms_spooled {
    int64_t id; /* grows with every record */
    ms_str body;
} ms_spooled;

/* Opens or creates. `max_bytes` bounds the bodies it holds. MS_CONFLICT: another process has it. */
ms_status ms_spool_open(ms_loop *loop, const char *path, int64_t max_bytes, ms_spool **out,
                        ms_error *err);
/* Waits for what is being written; appends still waiting are written first. NULL is allowed. */
void ms_spool_close(ms_spool *spool);

/* Appends a copy of `body`; `done` is called exactly once, and before this returns only when there
 * is no memory left to remember it with (MS_NOMEM). */
void ms_spool_append(ms_spool *spool, ms_str body, ms_spool_done done, void *arg);

/* Records that are in it or on their way into it. */
size_t ms_spool_count(const ms_spool *spool);

/* The oldest durable records, at most `max` and about 8 MiB, into `arena`. */
ms_status ms_spool_peek(ms_spool *spool, ms_arena *arena, size_t max, ms_spooled **out, size_t *n,
                        ms_error *err);
/* Forgets all records up to and including `id`. */
ms_status ms_spool_drop(ms_spool *spool, int64_t id, ms_error *err);
/* Moves one record to table `refused` of the file, where it waits for a person. */
ms_status ms_spool_set_aside(ms_spool *spool, int64_t id, ms_error *err);

#endif

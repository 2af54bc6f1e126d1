/*
 * flow/park.h: verticals that keep failing are parked, and let go again.
 *
 * A parked version judges nothing: what waits for it stays in the queue under its name
 * (queue.parked) and is not claimed. It is let go when another version becomes active or somebody
 * says so; then what waits is judged in order. A delivery that ended as held is put back into the
 * queue when a version other than the one that held it is active; its data are stored already, so
 * only the judgement is done again.
 *
 * All of it is state in the database: a judge that loads versions puts back whatever has nothing to
 * wait for any more, whoever forgot to.
 */
#ifndef MS_FLOW_PARK_H
#define MS_FLOW_PARK_H

#include "flow/columns.h"
#include "flow/db.h"

/* Parks a version if it is the active one. Rows: the vertical, unless another judge was first or
 * the version is not active any more. The other judges see it when they renew their leases; until
 * then they go on judging by it, which does no harm. */
bool ms_park(ms_arena *arena, ms_str vertical, int version, unsigned failures, ms_str reason,
             ms_statements *out);

/* Puts back what has nothing to wait for; two statements, each with a count. */
bool ms_park_release(ms_arena *arena, ms_statements *out);

/* Lets a vertical go, and with `held` has the deliveries judged again that it held. MS_NOT_FOUND:
 * there is nothing to let go. `parked` and `again`: how many deliveries went back. Waits. */
ms_status ms_park_end(ms_db_client *db, ms_arena *arena, ms_str vertical, bool held,
                      int64_t *parked, int64_t *again, ms_error *err);

#endif

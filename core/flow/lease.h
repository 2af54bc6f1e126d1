/*
 * flow/lease.h: which shards a judge owns.
 *
 * A lease lasts 5 s and is renewed every second by the database's clock. Each judge takes an even
 * share of the shards among the judges alive; what a dead one held falls free when its leases end.
 */
#ifndef MS_FLOW_LEASE_H
#define MS_FLOW_LEASE_H

#include "flow/columns.h"

/* Says that the judge is alive; renews, takes and gives up leases. The last statement's rows:
 * shard, epoch, suspect, tried, parked verticals (for all that are owned afterwards). A shard is
 * suspect whose judge died: one of the deliveries in it may have been the cause; tried: one is
 * known to have been in work alone when that happened. `loaded` is the epoch whose versions the
 * judge has. */
bool ms_lease_renew(ms_arena *arena, const char *owner, int64_t loaded, ms_statements *out);

/* Inside a decision's transaction: locks the leases of `shards` FOR SHARE; rows: shard, epoch, only
 * for those that are still owned. */
bool ms_lease_hold(ms_arena *arena, const char *owner, const ms_value *shards, ms_statements *out);

/* What a dead judge left in these shards is through. */
bool ms_lease_trust(ms_arena *arena, const char *owner, const ms_value *shards, ms_statements *out);

/* Gives all leases back. */
bool ms_lease_release(ms_arena *arena, const char *owner, ms_statements *out);

#endif

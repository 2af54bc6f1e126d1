#include "flow/lease.h"

/* A judge that owns nothing yet must be seen by those that own everything: each one is written down
 * as long as it lives. */
static const char alive_sql[] =
    "INSERT INTO moonsift.judge (owner, until) VALUES ($1, now() + interval '5 s')"
    " ON CONFLICT (owner) DO UPDATE SET until = excluded.until";

/* An owner that leaves in order gives its shards back; one whose
 * leases just ran out has died, or its database was away: what it left is suspect either way.
 *
 * share = shards / judges alive, rounded up. Own rows first, then free ones; own rows above the
 * share are let go. SKIP LOCKED: a row that a decision's transaction holds is left for next time.
 * Free rows above the share are not even locked: a judge that renews at the same moment would skip
 * them, second after second. */
static const char renew_sql[] =
    "WITH alive AS (SELECT count(*) AS n FROM moonsift.judge WHERE until > now()),"
    " share AS (SELECT ceil(count(*) / greatest(1.0, (SELECT n FROM alive)))::int AS n"
    " FROM moonsift.lease),"
    " wanted AS (SELECT shard FROM moonsift.lease WHERE owner = $1 OR until <= now()"
    " ORDER BY (owner = $1) DESC, shard LIMIT (SELECT n FROM share)),"
    " rows AS (SELECT shard FROM moonsift.lease WHERE (owner = $1 OR until <= now())"
    " AND (owner = $1 OR shard IN (SELECT shard FROM wanted))"
    " ORDER BY shard FOR NO KEY UPDATE SKIP LOCKED)"
    " UPDATE moonsift.lease l SET"
    " owner = CASE WHEN w.shard IS NOT NULL THEN $1 WHEN l.owner = $1 THEN '' ELSE l.owner END,"
    " suspect = l.suspect OR (w.shard IS NOT NULL AND l.owner NOT IN ('', $1)),"
    " loaded = CASE WHEN w.shard IS NOT NULL THEN $2 ELSE l.loaded END,"
    " until = CASE WHEN w.shard IS NOT NULL THEN now() + interval '5 s'"
    " WHEN l.owner = $1 THEN '-infinity' ELSE l.until END"
    " FROM rows r LEFT JOIN wanted w USING (shard) WHERE l.shard = r.shard"
    " AND (w.shard IS NOT NULL OR l.owner = $1)";
static const char owned_sql[] =
    "SELECT l.shard, l.epoch, l.suspect, l.suspect AND EXISTS (SELECT FROM moonsift.queue q"
    " WHERE q.shard = l.shard AND q.attempts > 0),"
    " (SELECT string_agg(p.vertical || ' ' || p.version, ',' ORDER BY p.vertical)"
    " FROM moonsift.parked p) FROM moonsift.lease l"
    " WHERE l.owner = $1 AND l.until > now() ORDER BY l.shard";
static const char hold_sql[] = "SELECT shard, epoch FROM moonsift.lease WHERE owner = $1"
                               " AND until > now() AND shard = ANY($2::smallint[]) ORDER BY shard"
                               " FOR SHARE";
static const char trust_sql[] = "UPDATE moonsift.lease SET suspect = false WHERE owner = $1"
                                " AND shard = ANY($2::smallint[]) AND suspect";
static const char release_sql[] =
    "UPDATE moonsift.lease SET owner = '', until = '-infinity' WHERE owner = $1";
/* Those that died without a word go with the first one that leaves in order. */
static const char leave_sql[] =
    "DELETE FROM moonsift.judge WHERE owner = $1 OR until < now() - interval '1 minute'";

bool ms_lease_renew(ms_arena *arena, const char *owner, int64_t loaded, ms_statements *out)
{
    const ms_value params[2] = {ms_string(ms_str_z(owner)), ms_int(loaded)};
    return ms_statements_add(arena, out, alive_sql, params, 1) &&
           ms_statements_add(arena, out, renew_sql, params, 2) &&
           ms_statements_add(arena, out, owned_sql, params, 1);
}

bool ms_lease_hold(ms_arena *arena, const char *owner, const ms_value *shards, ms_statements *out)
{
    const ms_value params[2] = {ms_string(ms_str_z(owner)), *shards};
    return ms_statements_add(arena, out, hold_sql, params, 2);
}

bool ms_lease_trust(ms_arena *arena, const char *owner, const ms_value *shards, ms_statements *out)
{
    const ms_value params[2] = {ms_string(ms_str_z(owner)), *shards};
    return ms_statements_add(arena, out, trust_sql, params, 2);
}

bool ms_lease_release(ms_arena *arena, const char *owner, ms_statements *out)
{
    const ms_value owner_value = ms_string(ms_str_z(owner));
    return ms_statements_add(arena, out, release_sql, &owner_value, 1) &&
           ms_statements_add(arena, out, leave_sql, &owner_value, 1);
}

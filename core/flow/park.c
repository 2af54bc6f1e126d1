#include "flow/park.h"

#define IS_ACTIVE                                                                                  \
    "EXISTS (SELECT FROM moonsift.active_version WHERE vertical = $1 AND number = $2::int)"

static const char park_sql[] =
    "INSERT INTO moonsift.parked AS p (vertical, version, failures, reason)"
    " SELECT $1, $2::int, $3::int, $4 WHERE " IS_ACTIVE " ON CONFLICT (vertical) DO UPDATE"
    " SET version = excluded.version, failures = excluded.failures, reason = excluded.reason,"
    " since = now() WHERE p.version <> excluded.version RETURNING vertical";

bool ms_park(ms_arena *arena, ms_str vertical, int version, unsigned failures, ms_str reason,
             ms_statements *out)
{
    const ms_value params[4] = {ms_string(vertical), ms_int(version), ms_int(failures),
                                ms_string(reason)};
    return ms_statements_add(arena, out, park_sql, params, 4);
}

static const char let_go_sql[] =
    "WITH back AS (UPDATE moonsift.queue q SET parked = NULL WHERE q.parked IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM moonsift.parked p JOIN moonsift.active_version a"
    " ON a.vertical = p.vertical AND a.number = p.version WHERE p.vertical = q.parked) RETURNING 1)"
    " SELECT count(*) FROM back";
static const char again_sql[] =
    "WITH free AS (DELETE FROM moonsift.held h USING moonsift.active_version a"
    " WHERE a.vertical = h.vertical AND a.number <> h.version"
    " RETURNING h.account_id, h.event_id, h.shard),"
    " gone AS (DELETE FROM moonsift.outcome o USING free f"
    " WHERE o.account_id = f.account_id AND o.event_id = f.event_id),"
    " back AS (INSERT INTO moonsift.queue (account_id, event_id, shard, again)"
    " SELECT account_id, event_id, shard, true FROM free RETURNING 1)"
    " SELECT count(*) FROM back";

bool ms_park_release(ms_arena *arena, ms_statements *out)
{
    return ms_statements_add(arena, out, let_go_sql, NULL, 0) &&
           ms_statements_add(arena, out, again_sql, NULL, 0);
}

/* Leases are locked in the order in which judges lock them. Whoever holds one is at work with what
 * it has loaded; the others wait until that is committed. */
#define MOVE_EPOCH(condition)                                                                      \
    "WITH held AS (SELECT shard FROM moonsift.lease WHERE " condition                              \
    " ORDER BY shard FOR NO KEY UPDATE)"                                                           \
    " UPDATE moonsift.lease l SET epoch = epoch + 1 FROM held WHERE held.shard = l.shard"

static const char end_epoch_sql[] =
    MOVE_EPOCH("EXISTS (SELECT FROM moonsift.parked WHERE vertical = $1) OR $2::boolean");
static const char end_sql[] = "DELETE FROM moonsift.parked WHERE vertical = $1 RETURNING version";
static const char held_sql[] =
    "UPDATE moonsift.held SET version = 0 WHERE vertical = $1 AND $2::boolean RETURNING 1";

ms_status ms_park_end(ms_db_client *db, ms_arena *arena, ms_str vertical, bool held,
                      int64_t *parked, int64_t *again, ms_error *err)
{
    const ms_value params[2] = {ms_string(vertical), ms_bool(held)};
    ms_statements list = {0};
    ms_rows *results = NULL;
    if (!ms_statements_add(arena, &list, end_epoch_sql, params, 2) ||
        !ms_statements_add(arena, &list, end_sql, params, 1) ||
        !ms_statements_add(arena, &list, held_sql, params, 2) || !ms_park_release(arena, &list))
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = ms_db_run(db, arena, list.items, list.n, 0, &results, err);
    if (status != MS_OK)
        return status;
    if (results[1].n_rows == 0 && results[2].n_rows == 0) {
        ms_fail(err, MS_NOT_FOUND, "vertical \"" MS_FMT "\" is not parked%s", MS_ARG(vertical),
                held ? " and holds nothing" : "");
        ms_hint(err, "moonsift unpark lists what is parked");
        return MS_NOT_FOUND;
    }
    *parked = ms_cell_int(ms_cell(&results[3], 0, 0), 0);
    *again = ms_cell_int(ms_cell(&results[4], 0, 0), 0);
    return MS_OK;
}

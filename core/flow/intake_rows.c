#include "flow/intake_rows.h"

#include "base/hash.h"
#include "base/json.h"
#include "flow/columns.h"

bool ms_intake_row_copy(ms_arena *arena, const ms_accepted *d, ms_intake_row *out)
{
    char hex[MS_SHA256_HEX + 1];
    if (!ms_sha256_hex(&d->body, 1, hex))
        return false;
    *out = (ms_intake_row){
        .account_id = d->account_id,
        .source_time = d->source_time,
        .received_at = d->received_at,
        .ignore = d->ignore,
        .source = ms_arena_dup(arena, d->source),
        .type = ms_arena_dup(arena, d->type),
        .key = ms_arena_dup(arena, d->key),
        .order_key = ms_arena_dup(arena, d->order_key.p ? d->order_key : MS_STR("")),
        .sha256 = ms_arena_dup(arena, ms_str_z(hex)),
        .body = d->ignore ? MS_NONE : ms_arena_dup(arena, d->body),
    };
    return out->source.p && out->type.p && out->key.p && out->order_key.p && out->sha256.p &&
           (d->ignore || out->body.p);
}

/* ---- the spool's record: one JSON object ---------------------------------------------------- */

ms_str ms_intake_row_encode(ms_arena *arena, const ms_intake_row *row)
{
    const ms_member members[] = {
        {MS_STR("account"), ms_int(row->account_id)},
        {MS_STR("id"), ms_int(row->event_id)},
        {MS_STR("source_time"), ms_int(row->source_time)},
        {MS_STR("received_at"), ms_int(row->received_at)},
        {MS_STR("source"), ms_string(row->source)},
        {MS_STR("type"), ms_string(row->type)},
        {MS_STR("key"), ms_string(row->key)},
        {MS_STR("order"), ms_string(row->order_key)},
        {MS_STR("sha256"), ms_string(row->sha256)},
        {MS_STR("ignore"), ms_bool(row->ignore)},
        {MS_STR("body"), ms_string_or_null(row->body)},
    };
    ms_value object = ms_object(members, sizeof members / sizeof *members);
    ms_buf buf = {0};
    ms_json_write(&buf, &object);
    ms_str record = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return record;
}

bool ms_intake_row_decode(ms_arena *arena, ms_str record, ms_intake_row *out)
{
    ms_value v;
    if (ms_json_parse(arena, record, &v, NULL) != MS_OK)
        return false;
    *out = (ms_intake_row){
        .account_id = ms_as_int(ms_get(&v, "account"), 0),
        .event_id = ms_as_int(ms_get(&v, "id"), 0),
        .source_time = ms_as_int(ms_get(&v, "source_time"), 0),
        .received_at = ms_as_int(ms_get(&v, "received_at"), 0),
        .source = ms_as_str(ms_get(&v, "source")),
        .type = ms_as_str(ms_get(&v, "type")),
        .key = ms_as_str(ms_get(&v, "key")),
        .order_key = ms_as_str(ms_get(&v, "order")),
        .sha256 = ms_as_str(ms_get(&v, "sha256")),
        .ignore = ms_as_bool(ms_get(&v, "ignore"), false),
        .body = ms_as_str(ms_get(&v, "body")),
    };
    return out->account_id && out->event_id && out->source.p && out->type.p && out->key.p &&
           out->order_key.p && out->sha256.p;
}

/* ---- SQL ------------------------------------------------------------------------------------ */

/* A key that is known already keeps its first event: nothing else is written for it. The spool may
 * bring a row whose first commit was not confirmed: same key, same id, nothing to write. Keys go in
 * in order, so that receivers that store the same ones at once do not wait for each other. */
static const char store_sql[] =
    "WITH input AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[],"
    " $5::text[], $6::text[], $7::smallint[], $8::timestamptz[], $9::timestamptz[], $10::boolean[],"
    " $11::text[], $12::text[]) AS t(account_id, id, source, type, key, order_key, shard,"
    " source_time, received_at, ignored, body, sha256)),"
    " fresh AS (INSERT INTO moonsift.delivery_key (account_id, source, key, event_id)"
    " SELECT account_id, source, key, id FROM input ORDER BY account_id, source, key"
    " ON CONFLICT DO NOTHING RETURNING event_id),"
    " stored AS (INSERT INTO moonsift.event (account_id, id, source, type, order_key, source_time,"
    " received_at, body, body_sha256) SELECT account_id, id, source, type, order_key, source_time,"
    " received_at, body, sha256 FROM input WHERE id IN (SELECT event_id FROM fresh)),"
    " ended AS (INSERT INTO moonsift.outcome (account_id, event_id, status, reason)"
    " SELECT account_id, id, 'ignored', 'no rule reads ' || type FROM input"
    " WHERE ignored AND id IN (SELECT event_id FROM fresh))"
    " INSERT INTO moonsift.queue (account_id, event_id, shard) SELECT account_id, id, shard"
    " FROM input WHERE NOT ignored AND id IN (SELECT event_id FROM fresh)";

/* A second statement, so that it sees what another receiver committed meanwhile. */
static const char known_sql[] =
    "SELECT i.i, k.event_id FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])"
    " AS i(account_id, source, key, i) JOIN moonsift.delivery_key k USING (account_id, source, "
    "key)";

int ms_intake_shard(int64_t account_id, ms_str order_key)
{
    return (int)(ms_hash64(order_key, (uint64_t)account_id) % MS_SHARDS);
}

static bool same_key(const ms_intake_row *a, const ms_intake_row *b)
{
    return a->account_id == b->account_id && ms_str_eq(a->key, b->key) &&
           ms_str_eq(a->source, b->source);
}

/* Marks rows whose key an earlier row of the batch has: a small open-addressed table. */
static bool mark_duplicates(ms_arena *arena, ms_intake_row **rows, size_t n)
{
    size_t size = 16;
    while (size < n * 2)
        size *= 2;
    ms_intake_row **table = ms_alloc_zero(arena, size, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < n; i++) {
        rows[i]->duplicate = false; /* it may have been, in a larger batch that was refused */
        size_t at = ms_hash64(rows[i]->key, (uint64_t)rows[i]->account_id) & (size - 1);
        while (table[at] && !same_key(table[at], rows[i]))
            at = (at + 1) & (size - 1);
        if (table[at])
            rows[i]->duplicate = true;
        else
            table[at] = rows[i];
    }
    return true;
}

static void add_row(ms_columns *c, const ms_intake_row *row)
{
    ms_columns_row(c);
    ms_columns_set(c, 0, ms_int(row->account_id));
    ms_columns_set(c, 1, ms_int(row->event_id));
    ms_columns_set(c, 2, ms_string(row->source));
    ms_columns_set(c, 3, ms_string(row->type));
    ms_columns_set(c, 4, ms_string(row->key));
    ms_columns_set(c, 5, ms_string(row->order_key));
    ms_columns_set(c, 6, ms_int(ms_intake_shard(row->account_id, row->order_key)));
    ms_columns_set(c, 7, ms_time_value(c->arena, row->source_time));
    ms_columns_set(c, 8, ms_time_value(c->arena, row->received_at));
    ms_columns_set(c, 9, ms_bool(row->ignore));
    ms_columns_set(c, 10, ms_string_or_null(row->body));
    ms_columns_set(c, 11, ms_string(row->sha256));
}

bool ms_intake_statements(ms_arena *arena, ms_intake_row **rows, size_t n, ms_statements *out)
{
    ms_columns fresh, known;
    ms_columns_init(&fresh, arena, 12);
    ms_columns_init(&known, arena, 4);
    if (!mark_duplicates(arena, rows, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!rows[i]->duplicate)
            add_row(&fresh, rows[i]);
        ms_columns_row(&known);
        ms_columns_set(&known, 0, ms_int(rows[i]->account_id));
        ms_columns_set(&known, 1, ms_string(rows[i]->source));
        ms_columns_set(&known, 2, ms_string(rows[i]->key));
        ms_columns_set(&known, 3, ms_int((int64_t)i));
    }
    return ms_columns_statement(&fresh, store_sql, NULL, 0, out) &&
           ms_columns_statement(&known, known_sql, NULL, 0, out);
}

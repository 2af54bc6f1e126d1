#include "flow/versions.h"

#include "base/json.h"
#include "base/log.h"
#include "flow/columns.h"

#include <stdlib.h>

const char ms_versions_sql[] =
    "SELECT v.vertical, v.number, v.files::text, p.reason FROM moonsift.active_version a"
    " JOIN moonsift.version v USING (vertical, number) LEFT JOIN moonsift.parked p"
    " ON p.vertical = v.vertical AND p.version = v.number ORDER BY v.vertical";

struct ms_versions {
    ms_arena *arena;
    ms_active *items;
    size_t n, loaded;
    ms_str *files; /* of those that are not loaded yet */
};

/* ---- storing -------------------------------------------------------------------------------- */

static ms_str files_json(ms_arena *arena, const ms_draft *draft)
{
    ms_buf buf = {0};
    ms_buf_char(&buf, '[');
    for (size_t i = 0; i < draft->n; i++) {
        ms_buf_z(&buf, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(&buf, draft->files[i].name);
        ms_buf_z(&buf, ",\"text\":");
        ms_json_string(&buf, draft->files[i].text);
        ms_buf_char(&buf, '}');
    }
    ms_buf_char(&buf, ']');
    ms_str json = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return json;
}

/* The order of the statements carries the meaning: lock, store, activate, move the epoch. */
static const char store_sql[] =
    "WITH draft AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS d(vertical, hash,"
    " files)) INSERT INTO moonsift.version (vertical, number, hash, files, message)"
    " SELECT d.vertical, 1 + coalesce((SELECT max(number) FROM moonsift.version o"
    " WHERE o.vertical = d.vertical), 0), d.hash, d.files::jsonb, $4 FROM draft d"
    " ON CONFLICT (vertical, hash) DO NOTHING";
static const char activate_sql[] =
    "INSERT INTO moonsift.active_version AS a (vertical, number)"
    " SELECT v.vertical, v.number FROM moonsift.version v"
    " JOIN unnest($1::text[], $2::text[]) AS d(vertical, hash) USING (vertical, hash)"
    " WHERE NOT $3::boolean OR v.created_at = now() OR NOT EXISTS"
    " (SELECT 1 FROM moonsift.active_version o WHERE o.vertical = v.vertical)"
    " ON CONFLICT (vertical) DO UPDATE SET number = excluded.number, since = now()"
    " WHERE a.number <> excluded.number RETURNING vertical, number";
/* now() is the same for all of a transaction: rows activated by it are told by their time. Leases
 * are locked in the order in which judges lock them, so that the two never wait for each other. */
static const char epoch_sql[] =
    "WITH held AS (SELECT shard FROM moonsift.lease"
    " WHERE EXISTS (SELECT 1 FROM moonsift.active_version WHERE since = now())"
    " ORDER BY shard FOR NO KEY UPDATE)"
    " UPDATE moonsift.lease l SET epoch = epoch + 1 FROM held WHERE held.shard = l.shard";

/* Another version is another chance. What waited for the old one is let go by the judges. */
static const char unpark_sql[] = "DELETE FROM moonsift.parked p USING moonsift.active_version a"
                                 " WHERE a.vertical = p.vertical AND a.since = now()";

ms_status ms_versions_activate(ms_db_client *db, ms_arena *arena, const ms_draft *drafts, size_t n,
                               const char *message, bool only_new, int *changed, ms_error *err)
{
    ms_columns c;
    ms_columns_init(&c, arena, 3);
    for (size_t i = 0; i < n; i++) {
        char hash[65];
        if (!ms_script_version(drafts[i].files, drafts[i].n, hash))
            return ms_fail(err, MS_NOMEM, "out of memory");
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_string(drafts[i].name));
        ms_columns_set(&c, 1, ms_string_or_null(ms_arena_dup(arena, ms_str_z(hash))));
        ms_columns_set(&c, 2, ms_string_or_null(files_json(arena, &drafts[i])));
    }
    ms_statements list = {0};
    ms_value note = ms_string(ms_str_z(message));
    ms_value which[3] = {ms_array(c.cells[0], c.n), ms_array(c.cells[1], c.n), ms_bool(only_new)};
    if (!ms_statements_add(arena, &list, "SELECT pg_advisory_xact_lock(5527418001)", NULL, 0) ||
        !ms_columns_statement(&c, store_sql, &note, 1, &list) ||
        !ms_statements_add(arena, &list, activate_sql, which, 3) ||
        !ms_statements_add(arena, &list, epoch_sql, NULL, 0) ||
        !ms_statements_add(arena, &list, unpark_sql, NULL, 0))
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_rows *results = NULL;
    ms_status status = ms_db_run(db, arena, list.items, list.n, 0, &results, err);
    if (status == MS_OK && changed)
        *changed = (int)results[2].n_rows;
    return status;
}

static const char return_sql[] =
    "UPDATE moonsift.active_version a SET number = v.number, since = now()"
    " FROM moonsift.version v WHERE a.vertical = $1 AND v.vertical = $1 AND v.number = $2::int"
    " AND a.number <> v.number RETURNING v.number";
static const char known_sql[] =
    "SELECT 1 FROM moonsift.version WHERE vertical = $1 AND number = $2::int";

ms_status ms_versions_return(ms_db_client *db, ms_arena *arena, ms_str vertical, int number,
                             ms_error *err)
{
    const ms_value params[2] = {ms_string(vertical), ms_int(number)};
    ms_statements list = {0};
    ms_rows *results = NULL;
    if (!ms_statements_add(arena, &list, "SELECT pg_advisory_xact_lock(5527418001)", NULL, 0) ||
        !ms_statements_add(arena, &list, known_sql, params, 2) ||
        !ms_statements_add(arena, &list, return_sql, params, 2) ||
        !ms_statements_add(arena, &list, epoch_sql, NULL, 0) ||
        !ms_statements_add(arena, &list, unpark_sql, NULL, 0))
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = ms_db_run(db, arena, list.items, list.n, 0, &results, err);
    if (status == MS_OK && results[1].n_rows == 0) {
        ms_fail(err, MS_NOT_FOUND, "there is no version %d of " MS_FMT, number, MS_ARG(vertical));
        ms_hint(err, "moonsift versions " MS_FMT, MS_ARG(vertical));
        return MS_NOT_FOUND;
    }
    return status;
}

ms_status ms_draft_check(const ms_draft *draft, const ms_script_limits *limits, ms_error *err)
{
    ms_script *script = NULL;
    ms_status status = ms_script_load(draft->name, draft->files, draft->n, limits, &script, err);
    ms_script_free(script);
    return status;
}

/* ---- loading -------------------------------------------------------------------------------- */

static ms_status load_one(ms_arena *arena, ms_str files, const ms_script_limits *limits,
                          ms_active *out, ms_error *err)
{
    ms_value list;
    ms_status status = ms_json_parse(arena, files, &list, err);
    if (status != MS_OK)
        return status;
    if (list.kind != MS_ARRAY)
        return ms_fail(err, MS_INVALID, "version " MS_FMT " %d is no list of files",
                       MS_ARG(out->vertical), out->number);
    ms_source_file *sources = ms_alloc_zero(arena, list.count, sizeof *sources);
    if (!sources && list.count)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (uint32_t i = 0; i < list.count; i++) {
        sources[i].name = ms_as_str(ms_get(&list.as.items[i], "name"));
        sources[i].text = ms_as_str(ms_get(&list.as.items[i], "text"));
    }
    return ms_script_load(out->vertical, sources, list.count, limits, &out->script, err);
}

/* One that was parked was not loaded, so what is let go starts with fresh memory. */
static bool take_over(ms_versions *old, ms_active *active)
{
    for (size_t i = 0; old && i < old->n; i++) {
        ms_active *had = &old->items[i];
        if (had->number != active->number || !ms_str_eq(had->vertical, active->vertical))
            continue;
        if (!had->script)
            return false;
        *active->conduct = *had->conduct;
        active->script = had->script;
        had->script = NULL;
        return true;
    }
    return false;
}

static bool fill_active(ms_versions *v, const ms_rows *rows, uint32_t r)
{
    ms_active *active = &v->items[r];
    ms_str parked = rows->n_columns > 3 ? ms_cell(rows, r, 3) : MS_NONE;
    active->vertical = ms_arena_dup(v->arena, ms_cell(rows, r, 0));
    active->number = (int)ms_cell_int(ms_cell(rows, r, 1), 0);
    active->parked = ms_arena_dup(v->arena, parked);
    active->conduct = ms_alloc_zero(v->arena, 1, sizeof *active->conduct);
    v->files[r] = ms_arena_dup(v->arena, ms_cell(rows, r, 2));
    return active->vertical.p && active->conduct && v->files[r].p &&
           (active->parked.p || !parked.p);
}

ms_versions *ms_versions_begin(const ms_rows *rows)
{
    ms_versions *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->arena = ms_arena_new(0);
    v->items = v->arena ? ms_alloc_zero(v->arena, rows->n_rows + 1, sizeof *v->items) : NULL;
    v->files = v->arena ? ms_alloc_zero(v->arena, rows->n_rows + 1, sizeof *v->files) : NULL;
    bool ok = v->items && v->files;
    for (uint32_t r = 0; ok && r < rows->n_rows; r++)
        ok = fill_active(v, rows, r);
    v->n = ok ? rows->n_rows : 0;
    if (ok)
        return v;
    ms_versions_free(v);
    return NULL;
}

bool ms_versions_step(ms_versions *v, const ms_script_limits *limits, ms_versions *old)
{
    if (v->loaded == v->n)
        return false;
    ms_active *active = &v->items[v->loaded];
    if (!active->parked.p && !take_over(old, active) &&
        load_one(v->arena, v->files[v->loaded], limits, active, &active->error) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "version.broken", &active->error);
    return ++v->loaded < v->n;
}

ms_versions *ms_versions_load(const ms_rows *rows, const ms_script_limits *limits)
{
    ms_versions *v = ms_versions_begin(rows);
    while (v && ms_versions_step(v, limits, NULL))
        ;
    return v;
}

void ms_versions_settle(ms_versions *v, bool committed)
{
    for (size_t i = 0; v && i < v->n; i++) {
        if (committed)
            ms_conduct_keep(v->items[i].conduct);
        else
            ms_conduct_undo(v->items[i].conduct);
    }
}

void ms_versions_free(ms_versions *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->n; i++)
        ms_script_free(v->items[i].script);
    ms_arena_free(v->arena);
    free(v);
}

const ms_active *ms_versions_find(const ms_versions *v, ms_str vertical)
{
    for (size_t i = 0; v && i < v->n; i++)
        if (ms_str_eq(v->items[i].vertical, vertical))
            return &v->items[i];
    return NULL;
}

size_t ms_versions_list(const ms_versions *v, const ms_active **out)
{
    *out = v ? v->items : NULL;
    return v ? v->n : 0;
}

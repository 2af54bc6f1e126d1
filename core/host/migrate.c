#include "host/migrate.h"

#include "base/hash.h"
#include "base/resource.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the files ------------------------------------------------------------------------------ */

static bool has_line(ms_str text, const char *line)
{
    return memmem(text.p, text.n, line, strlen(line)) != NULL;
}

/* "migrations/crm/0003_total_casts.up.sql" -> 3, "total_casts"; false: none of this set and way. */
static bool parse_path(const char *path, const char *set, const char *way, int *number,
                       ms_str *name)
{
    char prefix[64], suffix[16];
    int p = snprintf(prefix, sizeof prefix, "migrations/%s/", set);
    int s = snprintf(suffix, sizeof suffix, ".%s.sql", way);
    size_t n = strlen(path);
    if (p < 0 || s < 0 || n < (size_t)(p + s) + 6 || strncmp(path, prefix, (size_t)p) != 0 ||
        strcmp(path + n - (size_t)s, suffix) != 0)
        return false;
    char *end = NULL;
    *number = (int)strtol(path + p, &end, 10);
    *name = (ms_str){end + 1, (size_t)(path + n - (size_t)s - end - 1)};
    return *end == '_' && *number > 0;
}

static ms_str find_down(const char *set, int number)
{
    for (const ms_resource *r = ms_resource_migrations; r->path; r++) {
        int other;
        ms_str name;
        if (parse_path(r->path, set, "down", &other, &name) && other == number)
            return (ms_str){r->bytes, r->size};
    }
    return MS_NONE;
}

static int by_number(const void *a, const void *b)
{
    return ((const ms_migration *)a)->number - ((const ms_migration *)b)->number;
}

static ms_status list_files(ms_arena *arena, const char *set, ms_migration **out, size_t *n,
                            ms_error *err)
{
    size_t all = 0;
    for (const ms_resource *r = ms_resource_migrations; r->path; r++)
        all++;
    ms_migration *list = ms_alloc_zero(arena, all + 1, sizeof *list);
    *n = 0;
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (const ms_resource *r = ms_resource_migrations; r->path; r++) {
        ms_migration *m = &list[*n];
        if (!parse_path(r->path, set, "up", &m->number, &m->name))
            continue;
        m->up = (ms_str){r->bytes, r->size};
        m->down = find_down(set, m->number);
        m->transaction = !has_line(m->up, "-- moonsift: no-transaction");
        m->stand_alone = has_line(m->up, "-- moonsift: layout stand-alone");
        if (!m->down.p)
            return ms_fail(err, MS_INTERNAL, "migration %04d has no way back", m->number);
        if (!ms_sha256_hex(&m->up, 1, m->sha256))
            return ms_fail(err, MS_NOMEM, "out of memory");
        (*n)++;
    }
    qsort(list, *n, sizeof *list, by_number);
    *out = list;
    return MS_OK;
}

/* ---- the state ------------------------------------------------------------------------------ */

static const char known_sql[] = "SELECT to_regclass('moonsift.migration') IS NOT NULL,"
                                " to_regclass('public.taggings') IS NULL";
static const char applied_sql[] =
    "SELECT number, sha256, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
    " FROM moonsift.migration WHERE set_name = $1";

static void note_applied(ms_migration *list, size_t n, const ms_rows *rows, uint32_t r)
{
    ms_str number = ms_cell(rows, r, 0), sha = ms_cell(rows, r, 1);
    for (size_t i = 0; i < n; i++) {
        if (!number.p || atoi(number.p) != list[i].number)
            continue;
        list[i].applied = true;
        list[i].applied_at = ms_cell(rows, r, 2);
        snprintf(list[i].applied_sha256, sizeof list[i].applied_sha256, MS_FMT, MS_ARG(sha));
    }
}

/* In another layout the stand-alone files are no migrations at all. */
static void drop_stand_alone(ms_migration *list, size_t *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (!list[i].stand_alone)
            list[kept++] = list[i];
    *n = kept;
}

ms_status ms_migrate_status(ms_db_client *db, ms_arena *arena, const char *set, ms_migration **out,
                            size_t *n, ms_error *err)
{
    ms_rows known = {0}, rows = {0};
    const ms_value name = ms_string(ms_str_z(set));
    ms_status status = list_files(arena, set, out, n, err);
    if (status == MS_OK)
        status = ms_db_query(db, arena, known_sql, NULL, 0, &known, err);
    if (status != MS_OK)
        return status;
    if (known.n_rows && !ms_str_eqz(ms_cell(&known, 0, 1), "t"))
        drop_stand_alone(*out, n);
    if (!known.n_rows || !ms_str_eqz(ms_cell(&known, 0, 0), "t"))
        return MS_OK; /* nothing was ever applied here */
    status = ms_db_query(db, arena, applied_sql, &name, 1, &rows, err);
    for (uint32_t r = 0; status == MS_OK && r < rows.n_rows; r++)
        note_applied(*out, *n, &rows, r);
    return status;
}

static ms_status check_unchanged(const ms_migration *list, size_t n, ms_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!list[i].applied || strcmp(list[i].sha256, list[i].applied_sha256) == 0)
            continue;
        ms_fail(err, MS_CONFLICT, "migration %04d_" MS_FMT " was applied as %.12s and is %.12s now",
                list[i].number, MS_ARG(list[i].name), list[i].applied_sha256, list[i].sha256);
        ms_hint(err, "an applied file never changes: bring it back, and write a new migration");
        return MS_CONFLICT;
    }
    return MS_OK;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static const char bootstrap[] =
    "CREATE SCHEMA IF NOT EXISTS moonsift;"
    "CREATE TABLE IF NOT EXISTS moonsift.migration (set_name text NOT NULL,"
    " number integer NOT NULL, name text NOT NULL, sha256 text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (set_name, number));";

/* One migrator at a time; a second one is told so rather than left waiting. */
#define LOCK                                                                                       \
    "DO $lock$ BEGIN IF NOT pg_try_advisory_xact_lock(5527418000) THEN"                            \
    " RAISE EXCEPTION 'another migration is running' USING ERRCODE = 'lock_not_available';"        \
    " END IF; END $lock$;\n"

/* The row comes first: whoever lost a race fails on it before anything else is touched. The texts
 * are hex digits and names of our own files. */
static ms_str step_text(ms_arena *arena, const char *set, const ms_migration *m, bool up)
{
    if (up)
        return ms_arena_format(arena,
                               LOCK
                               "INSERT INTO moonsift.migration (set_name, number, name, sha256)"
                               " VALUES ('%s', %d, '" MS_FMT "', '%s');\n",
                               set, m->number, MS_ARG(m->name), m->sha256);
    return ms_arena_format(arena,
                           LOCK "DELETE FROM moonsift.migration"
                                " WHERE set_name = '%s' AND number = %d;\n",
                           set, m->number);
}

static ms_status run_step(ms_db_client *db, ms_arena *arena, const char *set, const ms_migration *m,
                          bool up, ms_error *err)
{
    ms_str body = up ? m->up : m->down, note = step_text(arena, set, m, up);
    ms_error fault = {0};
    ms_status status;
    if (!note.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (m->transaction) {
        ms_str text = ms_arena_format(arena, MS_FMT MS_FMT, MS_ARG(note), MS_ARG(body));
        status = text.p ? ms_db_script(db, text, true, &fault) : MS_NOMEM;
    } else { /* it must be able to run again: what it did stands even if the note fails */
        status = ms_db_script(db, body, false, &fault);
        if (status == MS_OK)
            status = ms_db_script(db, note, true, &fault);
    }
    if (status != MS_OK) {
        ms_fail(err, status, "migration %04d_" MS_FMT " %s: %.380s", m->number, MS_ARG(m->name),
                up ? "up" : "down", fault.text);
        ms_hint(err, "%s", fault.hint[0] ? fault.hint : "nothing of it was applied");
    }
    return status;
}

static ms_status walk(ms_db_client *db, const char *set, int to, bool up, ms_migrate_fn fn,
                      void *arg, ms_error *err)
{
    ms_migration *list = NULL;
    size_t n = 0;
    ms_arena *arena = ms_arena_new(256 * 1024);
    ms_status status = arena ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    if (status == MS_OK && up)
        status = ms_db_script(db, ms_str_z(bootstrap), true, err);
    if (status == MS_OK)
        status = ms_migrate_status(db, arena, set, &list, &n, err);
    if (status == MS_OK)
        status = check_unchanged(list, n, err);
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        const ms_migration *m = &list[up ? i : n - 1 - i];
        if (up ? m->applied || (to && m->number > to) : !m->applied || m->number <= to)
            continue;
        status = run_step(db, arena, set, m, up, err);
        if (status == MS_OK && fn)
            fn(arg, up ? "up" : "down", m);
    }
    ms_arena_free(arena);
    return status;
}

ms_status ms_migrate_up(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                        ms_error *err)
{
    return walk(db, set, to, true, fn, arg, err);
}

ms_status ms_migrate_down(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                          ms_error *err)
{
    return walk(db, set, to, false, fn, arg, err);
}

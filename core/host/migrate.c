#include "host/migrate_files.h"

#include "plug/plug.h"
#include <moonsift/provide/crm.h>
#include <stdlib.h>

const ms_resource *ms_migrate_files = ms_resource_migrations;

/* One key for all sets, which may live in one database: "msft". */
enum { LOCK_KEY = 0x6d736674 };

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS moonsift.migration ("
                                " set_name text NOT NULL, number int NOT NULL, name text NOT NULL,"
                                " sha256 text NOT NULL,"
                                " applied_at timestamptz NOT NULL DEFAULT now(),"
                                " PRIMARY KEY (set_name, number))";

/* ---- a transaction that is waited for ------------------------------------------------------- */

typedef struct transaction {
    ms_db_client *db;
    ms_arena *arena;
    ms_session *session; /* NULL: not open */
    ms_rows last;        /* of the last call's last statement */
    ms_status status;
    ms_error *err;
    bool done;
} transaction;

static void finished(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    transaction *t = arg;
    t->done = true;
    t->status = status;
    t->session = session;
    t->last = (ms_rows){0};
    if (status != MS_OK) {
        if (err && t->err)
            *t->err = *err;
        return;
    }
    if (!results || !n)
        return;
    const ms_value rows = {.kind = MS_ROWS, .as.rows = &results[n - 1]};
    ms_value copy;
    if (ms_arena_copy(t->arena, &rows, &copy))
        t->last = *copy.as.rows;
    else
        t->status = ms_fail(t->err, MS_NOMEM, "out of memory");
}

static ms_status await(transaction *t)
{
    while (!t->done)
        ms_loop_step(t->db->loop);
    return t->status;
}

static ms_status exec(transaction *t, const ms_statement *list, size_t n, unsigned flags)
{
    t->done = false;
    t->db->api->exec(t->db->db, t->session, list, n, flags, finished, t);
    return await(t);
}

static ms_status script(transaction *t, ms_session *session, ms_str sql)
{
    t->done = false;
    t->db->api->script(t->db->db, session, sql, false, finished, t);
    return await(t);
}

/* Without waiting for it: only where the lock is not held. */
static void rollback(transaction *t)
{
    t->db->api->rollback(t->session);
    t->session = NULL;
}

/* Ends a transaction that found nothing to do. Returns when the lock is free: the next step may go
 * over another connection. */
static ms_status leave(transaction *t)
{
    const ms_statement nothing = {MS_STR("SELECT"), NULL, 0};
    return exec(t, &nothing, 1, MS_DB_COMMIT);
}

static bool is_true(const ms_rows *rows, uint32_t column)
{
    return rows->n_rows == 1 && ms_str_eqz(ms_cell(rows, 0, column), "t");
}

/* ---- what is applied ------------------------------------------------------------------------ */

const char *ms_migration_state(const ms_migration *m)
{
    if (!m->applied)
        return m->foreign ? "left out" : "pending";
    if (!m->up.p)
        return "unknown";
    return strcmp(m->sha256, m->applied_sha256) == 0 ? "applied" : "changed";
}

/* Another layout than stand-alone is there, says the adapter; tables are readable without
 * activating their plugin. */
static ms_status is_foreign(ms_db_client *db, ms_arena *arena, bool *foreign, ms_error *err)
{
    *foreign = false;
    for (size_t i = 0; ms_bundled_plugins[i]; i++) {
        const ms_crm *crm = ms_bundled_plugins[i]()->table(MS_TABLE_CRM);
        ms_rows rows = {0};
        if (!crm || strcmp(crm->layout, "stand-alone") != 0)
            continue;
        ms_status status = ms_db_query(db, arena, crm->detect, NULL, 0, &rows, err);
        if (status != MS_OK)
            return status;
        *foreign = rows.n_rows == 1 && ms_str_eqz(ms_cell(&rows, 0, 0), "f");
    }
    return MS_OK;
}

static ms_migration *find_number(ms_migration *list, size_t n, int number)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].number == number)
            return &list[i];
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    return ((const ms_migration *)a)->number - ((const ms_migration *)b)->number;
}

/* Rows number, name, sha256, applied_at into the list; rows of no file are added to it. */
static ms_status merge(ms_arena *arena, const ms_rows *rows, ms_migration **list, size_t *n,
                       ms_error *err)
{
    ms_migration *all = ms_alloc_zero(arena, *n + rows->n_rows, sizeof *all);
    if (!all)
        return ms_fail(err, MS_NOMEM, "out of memory");
    memcpy(all, *list, *n * sizeof *all);
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        int number = atoi(ms_cell(rows, r, 0).p);
        ms_migration *m = find_number(all, *n, number);
        if (!m) {
            m = &all[(*n)++];
            m->number = number;
            m->name = ms_cell(rows, r, 1);
        }
        m->applied = true;
        m->applied_at = ms_cell(rows, r, 3);
        snprintf(m->applied_sha256, sizeof m->applied_sha256, MS_FMT, MS_ARG(ms_cell(rows, r, 2)));
    }
    qsort(all, *n, sizeof *all, by_number);
    *list = all;
    return MS_OK;
}

ms_status ms_migrate_status(ms_db_client *db, ms_arena *arena, const char *set, ms_migration **out,
                            size_t *n, ms_error *err)
{
    bool foreign = false;
    ms_rows rows = {0};
    ms_value params[] = {ms_string(ms_str_z(set))};
    ms_status status = ms_migrate_load(arena, ms_migrate_files, set, out, n, err);
    if (status == MS_OK)
        status = is_foreign(db, arena, &foreign, err);
    for (size_t i = 0; i < *n && status == MS_OK; i++)
        (*out)[i].foreign = foreign && (*out)[i].stand_alone;
    if (status == MS_OK)
        status = ms_db_query(db, arena, "SELECT to_regclass('moonsift.migration') IS NOT NULL",
                             NULL, 0, &rows, err);
    if (status != MS_OK || !is_true(&rows, 0))
        return status;
    status = ms_db_query(db, arena,
                         "SELECT number, name, sha256,"
                         " to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                         " FROM moonsift.migration WHERE set_name = $1 ORDER BY number",
                         params, 1, &rows, err);
    return status == MS_OK ? merge(arena, &rows, out, n, err) : status;
}

ms_status ms_migrate_verify(const char *set, const ms_migration *list, size_t n, ms_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const ms_migration *m = &list[i];
        if (m->applied && !m->up.p) {
            ms_fail(err, MS_CONFLICT,
                    "%s %04d_" MS_FMT " is applied (%s), and this program has no "
                    "such file",
                    set, m->number, MS_ARG(m->name), m->applied_sha256);
            return ms_hint(err, "a newer moonsift has migrated this database: use that one");
        }
        if (m->applied && strcmp(m->sha256, m->applied_sha256) != 0) {
            ms_fail(err, MS_CONFLICT,
                    "%s %04d_" MS_FMT " changed after it was applied: was %s, "
                    "is %s",
                    set, m->number, MS_ARG(m->name), m->applied_sha256, m->sha256);
            return ms_hint(err, "put the file back as it was, and make the change a new migration");
        }
    }
    return MS_OK;
}

/* ---- one step ------------------------------------------------------------------------------- */

/* Opens the transaction and takes the lock. Only a transaction's own settings are touched. */
static ms_status open_locked(transaction *t)
{
    const ms_value key = ms_int(LOCK_KEY);
    const ms_statement list[] = {
        {MS_STR("SET LOCAL statement_timeout = 0"), NULL, 0},
        {MS_STR("SET LOCAL lock_timeout = '30s'"), NULL, 0},
        {MS_STR("SET LOCAL client_min_messages = warning"), NULL, 0},
        {MS_STR("SELECT pg_try_advisory_xact_lock($1)"), &key, 1},
    };
    ms_status status = exec(t, list, sizeof list / sizeof *list, MS_DB_BEGIN);
    if (status != MS_OK || is_true(&t->last, 0))
        return status;
    rollback(t);
    ms_fail(t->err, MS_CONFLICT, "somebody else is migrating this database at this moment");
    return ms_hint(t->err, "wait until that is done; moonsift migrate status shows how far it is");
}

/* Whether the step is still to be done, now that nobody else can do it. */
static ms_status look_again(transaction *t, const char *set, const ms_migration *m, bool up,
                            bool *todo)
{
    const ms_value params[] = {ms_string(ms_str_z(set)), ms_int(m->number)};
    const ms_statement list[] = {
        {MS_STR("CREATE SCHEMA IF NOT EXISTS moonsift"), NULL, 0},
        {ms_str_z(table_sql), NULL, 0},
        {MS_STR("SELECT EXISTS (SELECT FROM moonsift.migration"
                " WHERE set_name = $1 AND number = $2)"),
         params, 2},
    };
    ms_status status = exec(t, list, sizeof list / sizeof *list, 0);
    *todo = status == MS_OK && is_true(&t->last, 0) != up;
    return status;
}

static ms_status record(transaction *t, const char *set, const ms_migration *m, bool up)
{
    const ms_value params[] = {ms_string(ms_str_z(set)), ms_int(m->number), ms_string(m->name),
                               ms_string(ms_str_z(m->sha256))};
    const ms_statement add = {MS_STR("INSERT INTO moonsift.migration (set_name, number, name,"
                                     " sha256) VALUES ($1, $2, $3, $4)"),
                              params, 4};
    const ms_statement take = {
        MS_STR("DELETE FROM moonsift.migration WHERE set_name = $1 AND number = $2"), params, 2};
    return exec(t, up ? &add : &take, 1, MS_DB_COMMIT);
}

/* Runs the file: in the transaction that holds the lock, or beside it. */
static ms_status run_file(transaction *t, const ms_migration *m, bool up)
{
    ms_str sql = up ? m->up : m->down;
    if (m->transaction)
        return script(t, t->session, sql);
    /* The last SELECT's portal keeps its snapshot until the next statement comes, and CREATE INDEX
     * CONCURRENTLY waits for every snapshot there is: SET has none. */
    const ms_statement let_go = {MS_STR("SET LOCAL statement_timeout = 0"), NULL, 0};
    ms_status status = exec(t, &let_go, 1, 0);
    if (status != MS_OK)
        return status;
    ms_session *locked = t->session;
    status = script(t, NULL, sql);
    t->session = locked;
    if (status != MS_OK && t->err && !t->err->hint[0])
        ms_hint(t->err, "the file runs without a transaction: what it did before this stays");
    return status;
}

/* The failed step in front of what the database said. */
static ms_status name_step(ms_status status, const char *set, const ms_migration *m, bool up,
                           ms_error *err)
{
    char text[sizeof err->text];
    char hint[sizeof err->hint];
    if (!err || status == MS_UNAVAILABLE)
        return status;
    snprintf(text, sizeof text, "%s", err->text);
    snprintf(hint, sizeof hint, "%s", err->hint);
    ms_fail(err, status, "%s %04d_" MS_FMT ".%s.sql: %s", set, m->number, MS_ARG(m->name),
            up ? "up" : "down", text);
    ms_hint(err, "%s", hint);
    return status;
}

static ms_status step(ms_db_client *db, ms_arena *arena, const char *set, const ms_migration *m,
                      bool up, bool *did, ms_error *err)
{
    transaction t = {.db = db, .arena = arena, .err = err};
    *did = false;
    ms_status status = open_locked(&t);
    if (status != MS_OK)
        return status;
    status = look_again(&t, set, m, up, did);
    if (status == MS_OK && !*did)
        return leave(&t);
    if (status == MS_OK)
        status = run_file(&t, m, up);
    if (status == MS_OK)
        status = record(&t, set, m, up);
    if (t.session)
        rollback(&t);
    return status == MS_OK ? status : name_step(status, set, m, up, err);
}

/* ---- forward and back ----------------------------------------------------------------------- */

static bool wanted(const ms_migration *m, int to, bool up)
{
    if (up)
        return !m->applied && !m->foreign && (to == 0 || m->number <= to);
    return m->applied && m->number > to;
}

static ms_status move(ms_db_client *db, const char *set, int to, bool up, ms_migrate_fn fn,
                      void *arg, ms_error *err)
{
    ms_migration *list = NULL;
    size_t n = 0;
    bool did;
    ms_arena *arena = ms_arena_new(0);
    if (!arena)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = ms_migrate_status(db, arena, set, &list, &n, err);
    if (status == MS_OK && to && !find_number(list, n, to)) {
        status = ms_fail(err, MS_NOT_FOUND, "there is no migration %s %04d", set, to);
        ms_hint(err, "moonsift migrate status lists them");
    }
    if (status == MS_OK)
        status = ms_migrate_verify(set, list, n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        const ms_migration *m = &list[up ? i : n - 1 - i];
        if (!wanted(m, to, up))
            continue;
        status = step(db, arena, set, m, up, &did, err);
        if (status == MS_OK && did && fn)
            fn(arg, up ? "up" : "down", m);
    }
    ms_arena_free(arena);
    return status;
}

ms_status ms_migrate_up(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                        ms_error *err)
{
    return move(db, set, to, true, fn, arg, err);
}

ms_status ms_migrate_down(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                          ms_error *err)
{
    return move(db, set, to, false, fn, arg, err);
}

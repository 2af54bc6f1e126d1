/* What the specs of the crm plugin share: a database with the migrations, and short ways to ask. */
#ifndef SPEC_CRM_SUPPORT_H
#define SPEC_CRM_SUPPORT_H

#include "support/database.h"
#include <moonsift/provide/crm.h>
#include <unistd.h>

static ms_arena *arena;
static spec_database database;
static const ms_crm *crm;
static ms_plugin *crm_self;

#define S(literal) ms_str_z(literal)

/* ---- running -------------------------------------------------------------------------------- */

/* Runs statements in one transaction; the result sets, or NULL with `err`. */
static inline ms_rows *attempt(const ms_statements *list, ms_error *err)
{
    ms_rows *results = NULL;
    ms_status status = ms_db_run(&database.client, arena, list->items, list->n, 0, &results, err);
    return status == MS_OK ? results : NULL;
}

static inline ms_rows *run(const ms_statements *list)
{
    ms_error err = {0};
    ms_rows *results = list->n ? attempt(list, &err) : NULL;
    if (!results && list->n)
        fail_msg("%s", err.text);
    return results;
}

static inline const char *told(const ms_rows *rows)
{
    return spec_told(arena, rows);
}

static inline const char *asked(const char *sql)
{
    return spec_asked(&database, arena, sql);
}

static inline void assert_asked(const char *sql, const char *expected)
{
    const char *got = asked(sql);
    if (strcmp(got, expected) != 0)
        fail_msg("%s\n  gives    %s\n  expected %s", sql, got, expected);
}

static inline void script(const char *sql)
{
    spec_script(&database, sql);
}

/* ---- the adapter's functions ---------------------------------------------------------------- */

static inline int64_t number(ms_str cell)
{
    return cell.p ? strtoll(ms_arena_dup(arena, cell).p, NULL, 10) : -1;
}

/* Fills ids; negative for somebody new. */
static inline void resolve(const ms_crm_ref *refs, size_t n, int64_t *ids)
{
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->resolve(crm_self, arena, refs, n, &list, &err), MS_OK);
    assert_int_equal(list.n, 1);
    ms_rows *rows = run(&list);
    assert_int_equal(rows->n_rows, n);
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        ids[i] = number(ms_cell(rows, i, 0));
        assert_true(ids[i] > 0);
        if (ms_str_eqz(ms_cell(rows, i, 1), "t"))
            ids[i] = -ids[i];
    }
}

static inline ms_rows read_contacts(const int64_t *ids, size_t n, int64_t account, bool lock)
{
    ms_statements list = {0};
    ms_error err = {0};
    int64_t *accounts = ms_alloc(arena, (n + 1) * sizeof *accounts);
    for (size_t i = 0; i < n; i++)
        accounts[i] = account;
    assert_int_equal(crm->read(crm_self, arena, accounts, ids, n, lock, &list, &err), MS_OK);
    assert_int_equal(list.n, 1);
    return run(&list)[0];
}

static inline void write_contacts(const ms_crm_contact *contacts, size_t n)
{
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->write(crm_self, arena, contacts, n, &list, &err), MS_OK);
    run(&list);
}

static inline void store(const ms_crm_event *events, size_t n)
{
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->store(crm_self, arena, events, n, &list, &err), MS_OK);
    run(&list);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static inline int open_world(void **state)
{
    static const char *const files[] = {
        "0001_standalone_schema", "0002_standard_labels",   "0003_total_casts", "0004_contact_view",
        "0005_attribute_indexes", "0010_moonsift_pipeline", "0012_parking",
    };
    (void)state;
    arena = ms_arena_new(0);
    spec_pg_new(&database.pg);
    spec_database_fresh(&database);
    crm = ms_loaded_table(database.crm, MS_TABLE_CRM);
    crm_self = ms_loaded_self(database.crm);
    script("CREATE SCHEMA moonsift");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ms_error err = {0};
        ms_str sql;
        ms_str path = ms_arena_format(arena, "%s/migrations/crm/%s.up.sql", SOURCE_DIR, files[i]);
        if (ms_read_file(arena, path.p, 1 << 20, &sql, &err) != MS_OK)
            fail_msg("%s", err.text);
        script(sql.p);
    }
    ms_arena_free(arena);
    return 0;
}

static inline int close_world(void **state)
{
    (void)state;
    spec_database_disconnect(&database);
    spec_pg_free(&database.pg);
    return 0;
}

/* Every test starts with account 1, its labels, and nobody in it. */
static inline int empty(void **state)
{
    (void)state;
    arena = ms_arena_new(0);
    script("TRUNCATE public.accounts, moonsift.contact_ref, moonsift.conversation_ref,"
           " moonsift.message_ref RESTART IDENTITY CASCADE;"
           "INSERT INTO public.accounts (name) VALUES ('Account 1')");
    return 0;
}

static inline int forget(void **state)
{
    (void)state;
    ms_arena_free(arena);
    arena = NULL;
    return 0;
}

#endif

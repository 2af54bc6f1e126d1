/*
 * The engine of the migrations on a real PostgreSQL: forward, back, twice at once, and with files
 * that are wrong one way each.
 */
#include "support/database.h"

#include "host/migrate.h"
#include <sys/wait.h>
#include <unistd.h>

static spec_database database;
static ms_arena *arena;
static char steps[1000]; /* "up 1, up 2" */

static int open_server(void **state)
{
    (void)state;
    spec_pg_new(&database.pg);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    spec_pg_free(&database.pg);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    arena = ms_arena_new(0);
    ms_migrate_files = ms_resource_migrations;
    spec_database_fresh(&database);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    spec_database_disconnect(&database);
    ms_arena_free(arena);
    return 0;
}

/* ---- helpers -------------------------------------------------------------------------------- */

static void note_step(void *arg, const char *verb, const ms_migration *m)
{
    size_t n = strlen(steps);
    assert_ptr_equal(arg, steps);
    snprintf(steps + n, sizeof steps - n, "%s%s %d", n ? ", " : "", verb, m->number);
}

static ms_status go(bool up, int to, ms_error *err)
{
    steps[0] = '\0';
    *err = (ms_error){0};
    return up ? ms_migrate_up(&database.client, "crm", to, note_step, steps, err)
              : ms_migrate_down(&database.client, "crm", to, note_step, steps, err);
}

static void done(bool up, int to)
{
    ms_error err;
    if (go(up, to, &err) != MS_OK)
        fail_msg("%s", err.text);
}

static void refused(bool up, int to, ms_status status, const char *word)
{
    ms_error err;
    ms_status got = go(up, to, &err);
    if (got != status || !strstr(err.text, word))
        fail_msg("%s \"%s\", expected %s with \"%s\"", ms_status_name(got), err.text,
                 ms_status_name(status), word);
}

static const char *asked(const char *sql)
{
    return spec_asked(&database, arena, sql);
}

/* "1 applied, 2 pending" */
static const char *states(void)
{
    ms_migration *list = NULL;
    size_t n = 0;
    ms_error err = {0};
    ms_str text = MS_STR("");
    if (ms_migrate_status(&database.client, arena, "crm", &list, &n, &err) != MS_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++)
        text = ms_arena_format(arena, MS_FMT "%s%d %s", MS_ARG(text), i ? ", " : "", list[i].number,
                               ms_migration_state(&list[i]));
    return text.p;
}

/* The whole schema as pg_dump writes it; its session keys are new each time. */
static const char *dump(void)
{
    ms_buf buf = {0};
    char block[4096];
    size_t n;
    ms_str command = ms_arena_format(arena, "%s/pg_dump --schema-only -d \"%s\" | grep -v restrict",
                                     database.pg.bin, database.dsn);
    FILE *pipe = popen(command.p, "r");
    assert_non_null(pipe);
    while ((n = fread(block, 1, sizeof block, pipe)) > 0)
        ms_buf_add(&buf, block, n);
    assert_int_equal(pclose(pipe), 0);
    ms_str text = ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text.p;
}

/* ---- the shipped files ---------------------------------------------------------------------- */

static void status_writes_nothing(void **state)
{
    (void)state;
    const char *before = dump();
    assert_non_null(strstr(states(), "1 pending, 2 pending"));
    assert_null(strstr(states(), "applied"));
    assert_string_equal(dump(), before);
}

static void up_applies_all_once_and_in_order(void **state)
{
    (void)state;
    done(true, 0);
    assert_non_null(strstr(steps, "up 1, up 2, up 3, up 4, up 5, up 6, up 10"));
    assert_null(strstr(states(), "pending"));
    assert_null(strstr(states(), "changed"));
    done(true, 0);
    assert_string_equal(steps, "");
    assert_string_equal(asked("SELECT count(*) > 6 AND count(*) = count(DISTINCT sha256)"
                              " AND min(length(sha256)) = 64 FROM moonsift.migration"),
                        "t");
}

/* Each migration, forward and back and forward again, from where the one before it left. */
static void every_way_back_leads_where_it_came_from(void **state)
{
    (void)state;
    ms_migration *list = NULL;
    size_t n = 0;
    ms_error err = {0};
    int below = 0;
    assert_int_equal(ms_migrate_status(&database.client, arena, "crm", &list, &n, &err), MS_OK);
    spec_script(&database, "CREATE SCHEMA moonsift"); /* what the engine itself leaves behind */
    done(true, list[0].number);
    done(false, 0);
    for (size_t i = 0; i < n; i++) {
        const char *before = dump();
        done(true, list[i].number);
        const char *after = dump();
        assert_string_not_equal(before, after);
        done(false, below);
        assert_string_equal(dump(), before);
        done(true, list[i].number);
        assert_string_equal(dump(), after);
        below = list[i].number;
    }
    done(false, 0);
    done(true, 0);
    const char *once = dump();
    done(false, 0);
    done(true, 0);
    assert_string_equal(dump(), once);
}

static void to_is_a_number_there_is(void **state)
{
    (void)state;
    refused(true, 4711, MS_NOT_FOUND, "4711");
    done(true, 3);
    assert_string_equal(steps, "up 1, up 2, up 3");
    refused(false, 4711, MS_NOT_FOUND, "4711");
    done(false, 1);
    assert_string_equal(steps, "down 3, down 2");
    done(false, 1);
    assert_string_equal(steps, "");
}

static void an_applied_file_that_changed_is_refused_with_both_hashes(void **state)
{
    (void)state;
    ms_migration *list = NULL;
    size_t n = 0;
    ms_error err = {0};
    done(true, 2);
    spec_script(&database, "UPDATE moonsift.migration SET sha256 = repeat('ab', 32)"
                           " WHERE number = 2");
    assert_non_null(strstr(states(), "1 applied, 2 changed, 3 pending"));
    assert_int_equal(ms_migrate_status(&database.client, arena, "crm", &list, &n, &err), MS_OK);
    assert_int_equal(ms_migrate_verify("crm", list, n, &err), MS_CONFLICT);
    assert_non_null(strstr(err.text, list[1].sha256));
    assert_non_null(strstr(err.text, list[1].applied_sha256));
    assert_non_null(strstr(err.text, "0002_standard_labels"));
    assert_true(err.hint[0]);
    refused(true, 0, MS_CONFLICT, "0002");
    refused(false, 0, MS_CONFLICT, "0002");
    assert_string_equal(asked("SELECT count(*) FROM moonsift.migration"), "2");
}

static void a_newer_programs_migration_is_refused(void **state)
{
    (void)state;
    done(true, 1);
    spec_script(&database, "INSERT INTO moonsift.migration VALUES ('crm', 9999, 'later', 'x'),"
                           " ('other', 5, 'not ours', 'y')");
    assert_non_null(strstr(states(), "9999 unknown"));
    refused(true, 0, MS_CONFLICT, "9999_later");
    refused(false, 0, MS_CONFLICT, "9999_later");
}

static void in_another_layout_only_our_own_tables_are_made(void **state)
{
    (void)state;
    spec_script(&database, "CREATE TABLE public.contacts (id int);"
                           "CREATE TABLE public.taggings (id int)");
    assert_non_null(strstr(states(), "1 left out, 2 left out, 3 pending"));
    done(true, 0);
    assert_string_equal(asked("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "2");
    assert_string_equal(asked("SELECT to_regclass('moonsift.event') IS NOT NULL"), "t");
    assert_null(strstr(states(), "pending"));
    done(false, 0);
    assert_string_equal(asked("SELECT count(*) FROM moonsift.migration"), "0");
}

/* ---- one at a time -------------------------------------------------------------------------- */

typedef struct held {
    bool done;
    ms_session *session;
} held;

static void got_lock(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    (void)err, (void)results, (void)n;
    held *h = arg;
    assert_int_equal(status, MS_OK);
    h->session = session;
    h->done = true;
}

static void a_second_migrator_is_told_so(void **state)
{
    (void)state;
    held h = {0};
    const ms_statement lock = {MS_STR("SELECT pg_advisory_xact_lock(x'6d736674'::bigint)"), NULL,
                               0};
    database.client.api->exec(database.client.db, NULL, &lock, 1, MS_DB_BEGIN, got_lock, &h);
    while (!h.done)
        ms_loop_step(database.loop);
    refused(true, 0, MS_CONFLICT, "somebody else");
    assert_string_equal(asked("SELECT to_regclass('public.accounts') IS NULL"), "t");
    h.done = false;
    const ms_statement end = {MS_STR("SELECT"), NULL, 0};
    database.client.api->exec(database.client.db, h.session, &end, 1, MS_DB_COMMIT, got_lock, &h);
    while (!h.done)
        ms_loop_step(database.loop);
    done(true, 0);
}

/* Two programs start at the same moment: each migration is applied once, and both arrive. */
static void two_at_once_apply_each_migration_once(void **state)
{
    (void)state;
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            spec_database own = database;
            ms_error err = {0};
            ms_status status = MS_CONFLICT;
            spec_database_connect(&own, strstr(database.dsn, "fresh"));
            for (int k = 0; status == MS_CONFLICT && k < 2000; k++) {
                status = ms_migrate_up(&own.client, "crm", 0, NULL, NULL, &err);
                usleep(1000);
            }
            if (status != MS_OK)
                fprintf(stderr, "%s\n", err.text);
            _exit(status == MS_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 3; i++) {
        int code = -1;
        assert_int_equal(waitpid(children[i], &code, 0), children[i]);
        assert_int_equal(code, 0);
    }
    assert_null(strstr(states(), "pending"));
    done(true, 0);
    assert_string_equal(steps, "");
}

/* ---- files that are wrong ------------------------------------------------------------------- */

#define FILE_(path, text)                                                                          \
    {                                                                                              \
        "migrations/crm/" path, text, sizeof(text) - 1                                             \
    }
#define DOWN(number, name) FILE_(number "_" name ".down.sql", "-- nothing to take back")

static void a_failing_file_leaves_nothing_of_itself(void **state)
{
    (void)state;
    static const ms_resource broken[] = {
        FILE_("0002_second.up.sql", "CREATE TABLE public.b (id int);\nSELECT no_such_thing;"),
        DOWN("0002", "second"),
        FILE_("0001_first.up.sql", "CREATE TABLE public.a (id int);"),
        DOWN("0001", "first"),
        {0},
    };
    static const ms_resource mended[] = {
        FILE_("0001_first.up.sql", "CREATE TABLE public.a (id int);"),
        DOWN("0001", "first"),
        FILE_("0002_second.up.sql", "CREATE TABLE public.b (id int);"),
        DOWN("0002", "second"),
        {0},
    };
    ms_migrate_files = broken;
    refused(true, 0, MS_NOT_FOUND, "no_such_thing");
    refused(true, 0, MS_NOT_FOUND, "0002_second.up.sql");
    assert_string_equal(asked("SELECT to_regclass('public.a') IS NULL,"
                              " to_regclass('public.b') IS NULL"),
                        "f,t");
    assert_string_equal(states(), "1 applied, 2 pending");
    ms_migrate_files = mended;
    done(true, 0);
    assert_string_equal(steps, "up 2");
}

static void a_file_may_ask_for_no_transaction(void **state)
{
    (void)state;
    static const ms_resource files[] = {
        FILE_("0001_first.up.sql", "CREATE TABLE public.a (id int);"),
        DOWN("0001", "first"),
        FILE_("0002_index.up.sql",
              "-- moonsift: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.a (id)"),
        FILE_("0002_index.down.sql", "DROP INDEX CONCURRENTLY public.i"),
        FILE_("0003_bad.up.sql",
              "-- moonsift: no-transaction\nCREATE INDEX CONCURRENTLY k ON public.a (nothing)"),
        DOWN("0003", "bad"),
        {0},
    };
    ms_migrate_files = files;
    refused(true, 0, MS_NOT_FOUND, "0003_bad.up.sql");
    assert_string_equal(states(), "1 applied, 2 applied, 3 pending");
    assert_string_equal(asked("SELECT indisvalid FROM pg_index"
                              " WHERE indexrelid = 'public.i'::regclass"),
                        "t");
    done(false, 1);
    assert_string_equal(asked("SELECT to_regclass('public.i') IS NULL"), "t");
}

static void files_that_make_no_set_are_refused(void **state)
{
    (void)state;
    static const struct {
        ms_resource files[5];
        const char *word;
    } all[] = {
        {{{0}}, "no migrations"},
        {{{"migrations/knowledge/0001_a.up.sql", "", 0}, {0}}, "no migrations"},
        {{FILE_("0001_a.up.sql", ""), {0}}, "has no .down.sql"},
        {{FILE_("0001_a.down.sql", ""), {0}}, "has no .up.sql"},
        {{FILE_("0001_a.up.sql", ""), DOWN("0001", "b"), {0}}, "is taken by"},
        {{FILE_("0001_a.up.sql", ""), DOWN("0001", "a"), FILE_("0001_a.up.sql", ""), {0}},
         "is taken by"},
        {{FILE_("001_a.up.sql", ""), {0}}, "is not named"},
        {{FILE_("0000_a.up.sql", ""), {0}}, "is not named"},
        {{FILE_("0001-a.up.sql", ""), {0}}, "is not named"},
        {{FILE_("0001_.up.sql", ""), {0}}, "is not named"},
        {{FILE_("0001_a.sql", ""), {0}}, "is not named"},
        {{FILE_("README.md", ""), {0}}, "is not named"},
        {{FILE_("", ""), {0}}, "is not named"},
        {{FILE_("0001_a.up.sql", "-- moonsift: no-transactions\n"), DOWN("0001", "a"), {0}},
         "neither"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ms_error err;
        ms_migrate_files = all[i].files;
        ms_status status = go(true, 0, &err);
        if ((status != MS_INVALID && status != MS_NOT_FOUND) || !strstr(err.text, all[i].word))
            fail_msg("%zu: %s, expected \"%s\"", i, err.text, all[i].word);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(status_writes_nothing),
        T(up_applies_all_once_and_in_order),
        T(every_way_back_leads_where_it_came_from),
        T(to_is_a_number_there_is),
        T(an_applied_file_that_changed_is_refused_with_both_hashes),
        T(a_newer_programs_migration_is_refused),
        T(in_another_layout_only_our_own_tables_are_made),
        T(a_second_migrator_is_told_so),
        T(two_at_once_apply_each_migration_once),
        T(a_failing_file_leaves_nothing_of_itself),
        T(a_file_may_ask_for_no_transaction),
        T(files_that_make_no_set_are_refused),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}

/* The postgres plugin when things go: connections, servers, PgBouncer in between; and its memory.
 */
#include "postgres_support.h"

#include <malloc.h>
#include <unistd.h>

static spec_pg pg;

/* ---- one connection is lost ----------------------------------------------------------------- */

static void terminate(client *c, const char *pid)
{
    char text[96];
    snprintf(text, sizeof text, "SELECT pg_terminate_backend(%s, 10000)", pid);
    ms_db *db = c->db;
    c->db = open_db(c, pg.dsn, 1, 5000, 0); /* a connection of its own does it */
    assert_string_equal(run_one(c, text).text, "t");
    c->api->close(c->db);
    c->db = db;
}

static void an_idle_connection_may_die(void **state)
{
    client *c = *state;
    answer a = run_one(c, "SELECT pg_backend_pid()");
    terminate(c, a.text);
    answer b = run_one(c, "SELECT pg_backend_pid()");
    assert_ok(b);
    assert_string_not_equal(a.text, b.text);
    assert_false(c->api->is_down(c->db));
}

static void a_session_may_die_while_it_rests(void **state)
{
    client *c = *state;
    const ms_statement s = sql("SELECT pg_backend_pid()");
    for (int i = 0; i < 3; i++) {
        answer a = run_all(c, NULL, &s, 1, MS_DB_BEGIN);
        terminate(c, a.text);
        if (i == 0) {
            answer b = run_all(c, a.session, &s, 1, MS_DB_COMMIT);
            assert_int_equal(b.status, MS_UNAVAILABLE);
            assert_null(b.session);
        } else if (i == 1) {
            c->api->rollback(a.session);
        } else {
            answer b = run_script(c, a.session, "SELECT 1", true);
            assert_int_equal(b.status, MS_UNAVAILABLE);
        }
        assert_ok(run_one(c, "SELECT 1"));
    }
}

/* Starts `s` on `db`, and ends the backend that runs it. */
static answer die_during(client *c, ms_session *session, const ms_statement *s, size_t n,
                         unsigned flags)
{
    answer a = {0};
    ms_db *db = c->db;
    c->api->exec(c->db, session, s, n, flags, answered, &a);
    c->db = open_db(c, pg.dsn, 1, 5000, 0);
    answer kill = {0};
    while (strcmp(kill.text, "t") != 0)
        kill = run_one(c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE wait_event = 'PgSleep'");
    wait_for(c, &a);
    c->api->close(c->db);
    c->db = db;
    assert_int_equal(a.times, 1);
    assert_null(a.session);
    assert_int_equal(a.status, MS_UNAVAILABLE);
    return a;
}

static void a_backend_may_die_during_a_call(void **state)
{
    client *c = *state;
    const ms_statement s[] = {sql("SELECT 1"), sql("SELECT pg_sleep(30)"), sql("SELECT 2")};
    answer a = die_during(c, NULL, s, 3, 0);
    /* The server said so before it was gone: it had not come to the commit. */
    assert_non_null(strstr(a.err.text, "statement 2: "));
    assert_non_null(strstr(a.err.text, "57P01"));
    die_during(c, NULL, s, 3, MS_DB_BEGIN);
    answer open = run_all(c, NULL, s, 1, MS_DB_BEGIN);
    die_during(c, open.session, s, 3, MS_DB_COMMIT);
    assert_ok(run_one(c, "SELECT 1"));
}

/* A deferred trigger that sleeps keeps the COMMIT waiting; the connection goes meanwhile. */
static void a_loss_during_commit_is_called_unknown(void **state)
{
    client *c = *state;
    assert_ok(run_script(c, NULL,
                         "CREATE TABLE slow(a int);"
                         "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$BEGIN PERFORM pg_sleep(30); RETURN NULL; END$$;"
                         "CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON slow DEFERRABLE INITIALLY "
                         "DEFERRED FOR EACH ROW EXECUTE FUNCTION nap()",
                         true));
    const ms_statement s = sql("INSERT INTO slow VALUES (1)");
    const unsigned flags[] = {0, MS_DB_BEGIN | MS_DB_COMMIT};
    for (size_t i = 0; i < 2; i++) {
        answer a = die_during(c, NULL, &s, 1, flags[i]);
        assert_non_null(strstr(a.err.text, "whether the transaction was committed is unknown"));
        assert_string_not_equal(a.err.hint, "");
    }
    assert_string_equal(run_one(c, "SELECT count(*) FROM slow").text, "0");
}

/* ---- the server is lost --------------------------------------------------------------------- */

static void the_postmaster_may_be_killed(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE kept(a int)"));
    const ms_statement insert = sql("INSERT INTO kept VALUES (1)");
    const ms_statement nap = sql("SELECT pg_sleep(30)");
    answer session = run_all(c, NULL, &insert, 1, MS_DB_BEGIN), busy = {0};
    c->api->exec(c->db, NULL, &nap, 1, 0, answered, &busy);
    assert_ok(run_one(c, "SELECT pg_sleep(0.05)"));
    spec_pg_kill(&pg);
    wait_for(c, &busy); /* its backend notices that the postmaster is gone */
    assert_int_equal(busy.status, MS_UNAVAILABLE);
    assert_true(c->api->is_down(c->db));
    spec_pg_start(&pg);
    answer a = run_all(c, session.session, &insert, 1, MS_DB_COMMIT);
    assert_int_equal(a.status, MS_UNAVAILABLE);
    a = run_one(c, "SELECT count(*) FROM kept");
    assert_ok(a);
    assert_string_equal(a.text, "0");
    assert_false(c->api->is_down(c->db));
}

static void calls_wait_for_the_server_to_come_back(void **state)
{
    client *c = *state;
    enum { CALLS = 10 };
    static answer calls[CALLS];
    spec_pg_stop(&pg);
    const ms_statement s = sql("SELECT 1");
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (answer){0};
        c->api->exec(c->db, NULL, &s, 1, 0, answered, &calls[i]);
    }
    spec_pg_launch(&pg);
    for (int i = 0; i < CALLS; i++) {
        wait_for(c, &calls[i]);
        assert_ok(calls[i]);
    }
}

static void without_a_server_calls_fail_in_time(void **state)
{
    client *c = *state;
    ms_db *outer = c->db;
    spec_pg_stop(&pg);
    c->db = open_db(c, pg.dsn, 3, 300, 0);
    uint64_t before = ms_loop_now(c->loop);
    answer a = run_one(c, "SELECT 1");
    uint64_t took = ms_loop_now(c->loop) - before;
    assert_int_equal(a.status, MS_UNAVAILABLE);
    assert_non_null(strstr(a.err.text, "no connection within 300 ms: "));
    assert_non_null(strstr(a.err.text, "No such file or directory")); /* of the socket */
    assert_null(strchr(a.err.text, '\n'));
    assert_true(took >= 300);
    assert_true(c->api->is_down(c->db));
    spec_pg_start(&pg);
    assert_ok(run_one(c, "SELECT 1")); /* within its own 300 ms: the back-off is shorter */
    c->api->close(c->db);
    c->db = outer;
}

static void no_such_database_is_said(void **state)
{
    client *c = *state;
    ms_db *outer = c->db;
    char dsn[256];
    snprintf(dsn, sizeof dsn, "host=%s user=moonsift dbname=nowhere password=hush", pg.folder);
    c->db = open_db(c, dsn, 2, 200, 0);
    answer a = run_one(c, "SELECT 1");
    assert_int_equal(a.status, MS_UNAVAILABLE);
    assert_non_null(strstr(a.err.text, "database \"nowhere\" does not exist"));
    assert_null(strstr(a.err.text, "hush"));
    c->api->close(c->db);
    c->db = outer;
}

/* ---- PgBouncer ------------------------------------------------------------------------------ */

static void everything_works_through_pgbouncer(void **state)
{
    client *c = *state;
    if (!pg.bouncer && !spec_pg_bouncer(&pg)) {
        print_message("pgbouncer is not installed\n");
        skip();
    }
    ms_db *outer = c->db;
    c->db = open_db(c, pg.bouncer_dsn, 6, 5000, 2000); /* on 2 server connections */
    assert_ok(run_one(c, "CREATE TABLE pooled(a int PRIMARY KEY)"));
    enum { CALLS = 40 };
    static answer calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        ms_value n = ms_int(i);
        const ms_statement s[] = {sql1("INSERT INTO pooled VALUES ($1::int)", &n),
                                  sql1("SELECT a FROM pooled WHERE a = $1::int", &n)};
        calls[i] = (answer){0};
        c->api->exec(c->db, NULL, s, 2, i % 2 ? MS_DB_BEGIN | MS_DB_COMMIT : 0, answered,
                     &calls[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        wait_for(c, &calls[i]);
        assert_ok(calls[i]);
    }
    const ms_statement bad[] = {sql("INSERT INTO pooled VALUES (100)"), sql("SELECT 1/0")};
    assert_int_equal(run_all(c, NULL, bad, 2, MS_DB_BEGIN).status, MS_INVALID);
    answer a = run_all(c, NULL, bad, 1, MS_DB_BEGIN);
    assert_ok(a);
    c->api->rollback(a.session);
    assert_ok(run_script(c, NULL, "CREATE TABLE pooled2(a int); DROP TABLE pooled2", true));
    assert_string_equal(run_one(c, "SELECT count(*) FROM pooled").text, "40");
    const ms_statement nap = sql("SELECT pg_sleep(20)");
    assert_int_equal(run_all(c, NULL, &nap, 1, 0).status, MS_TIMEOUT);
    /* Nothing of ours stays on the server connections. */
    ms_db *pooled = c->db;
    c->db = open_db(c, pg.bouncer_dsn, 4, 5000, 0);
    assert_string_equal(run_one(c, "SHOW statement_timeout").text, "0");
    c->api->close(c->db);
    c->api->close(pooled);
    c->db = outer;
}

/* ---- memory --------------------------------------------------------------------------------- */

static void mixed_calls(client *c, int n)
{
    const ms_value words[] = {ms_string(MS_STR("a")), ms_null(), ms_string(MS_STR("c"))};
    const ms_value list = ms_array(words, 3);
    for (int i = 0; i < n; i++) {
        const ms_statement s[] = {sql1("SELECT unnest($1::text[])", &list), sql("SELECT 1, 2")};
        answer a = run_all(c, NULL, s, 2, i % 3 ? 0 : MS_DB_BEGIN);
        assert_ok(a);
        if (a.session)
            c->api->rollback(a.session);
        if (i % 10 == 0)
            assert_int_equal(run_one(c, "SELECT 1/0").status, MS_INVALID);
    }
}

static void ten_thousand_calls_keep_no_memory(void **state)
{
    client *c = *state;
    ms_db *outer = c->db;
    c->db = open_db(c, pg.dsn, 1, 5000, 0); /* a second connection would look like a leak */
    mixed_calls(c, 1000);
    struct mallinfo2 before = mallinfo2();
    mixed_calls(c, 10000);
    struct mallinfo2 after = mallinfo2();
    /* A leak of one byte a call would be 10,000. Sanitizers replace malloc and look themselves. */
    if (after.uordblks > before.uordblks + 5000)
        fail_msg("%zu bytes more in use", after.uordblks - before.uordblks);
    c->api->close(c->db);
    c->db = outer;
}

/* ---- postgres.query ------------------------------------------------------------------------- */

typedef struct queried {
    bool done;
    ms_status status;
    char text[512];
} queried;

static void query_done(void *arg, ms_status status, const ms_value *result, const ms_error *err)
{
    queried *q = arg;
    q->done = true;
    q->status = status;
    ms_buf buf = {0};
    if (status == MS_OK)
        ms_json_write(&buf, result);
    snprintf(q->text, sizeof q->text, MS_FMT,
             MS_ARG(status == MS_OK ? ms_buf_view(&buf) : ms_str_z(err->text)));
    ms_buf_free(&buf);
}

static queried query(client *c, const ms_value *args, size_t n)
{
    queried q = {0};
    ms_plugins_call(c->plugins, "postgres.query", args, n, query_done, &q);
    while (!q.done)
        ms_loop_step(c->loop);
    return q;
}

static void query_answers_objects(void **state)
{
    client *outer = *state;
    client c = {.loop = outer->loop};
    ms_error err;
    c.plugins = ms_plugins_new(c.loop, &err);
    ms_loaded *loaded = NULL;
    assert_int_equal(ms_plugins_load(c.plugins, BINARY_DIR "/plugins/postgres.so", &loaded, &err),
                     MS_OK);
    const char *const grants[] = {"moonsift.loop/1", NULL};
    const ms_member members[] = {{MS_STR("dsn"), ms_string(ms_str_z(pg.dsn))}};
    const ms_value config = ms_object(members, 1);
    assert_int_equal(ms_plugins_activate(loaded, &config, grants, &err), MS_OK);
    const ms_value params[] = {ms_int(7), ms_null()};
    const ms_value args[] = {ms_string(MS_STR("SELECT $1::int AS a, $2::text AS b, true AS c "
                                              "FROM generate_series(1, 2)")),
                             ms_array(params, 2)};
    queried q = query(&c, args, 2);
    assert_string_equal(q.text, "[{\"a\":\"7\",\"b\":null,\"c\":\"t\"},"
                                "{\"a\":\"7\",\"b\":null,\"c\":\"t\"}]");
    const ms_value none = ms_string(MS_STR("SELECT 1 WHERE false"));
    assert_string_equal(query(&c, &none, 1).text, "[]");
    const ms_value wrong = ms_string(MS_STR("SELECT 1/0"));
    assert_string_equal(query(&c, &wrong, 1).text,
                        "postgres.query: statement 1: division by zero (22012)");
    const ms_value nap = ms_string(MS_STR("SELECT pg_sleep(30)"));
    queried waiting = {0};
    ms_plugins_call(c.plugins, "postgres.query", &nap, 1, query_done, &waiting);
    ms_plugins_free(c.plugins);
    assert_true(waiting.done);
    assert_int_equal(waiting.status, MS_CANCELLED);
    assert_int_equal(query(outer, &none, 1).status, MS_DENIED); /* no dsn_file there */
}

/* ---- all ------------------------------------------------------------------------------------ */

static client shared;

static int start(void **state)
{
    spec_pg_new(&pg);
    open_client(&shared, pg.dsn, 4);
    *state = &shared;
    return 0;
}

static int stop(void **state)
{
    close_client(*state);
    spec_pg_free(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_may_die),
        cmocka_unit_test(a_session_may_die_while_it_rests),
        cmocka_unit_test(a_backend_may_die_during_a_call),
        cmocka_unit_test(a_loss_during_commit_is_called_unknown),
        cmocka_unit_test(the_postmaster_may_be_killed),
        cmocka_unit_test(calls_wait_for_the_server_to_come_back),
        cmocka_unit_test(without_a_server_calls_fail_in_time),
        cmocka_unit_test(no_such_database_is_said),
        cmocka_unit_test(everything_works_through_pgbouncer),
        cmocka_unit_test(ten_thousand_calls_keep_no_memory),
        cmocka_unit_test(query_answers_objects),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

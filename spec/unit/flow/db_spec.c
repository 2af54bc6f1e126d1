/* flow/db.h: a database for code that waits. */
#include "support/database.h"

static spec_database shared;

static int start(void **state)
{
    spec_pg_new(&shared.pg);
    spec_database_connect(&shared, "postgres");
    *state = &shared;
    return 0;
}

static int stop(void **state)
{
    spec_database *d = *state;
    spec_database_disconnect(d);
    spec_pg_free(&d->pg);
    return 0;
}

static void results_outlive_the_call(void **state)
{
    spec_database *d = *state;
    ms_arena *arena = ms_arena_new(0);
    ms_error err = {0};
    const ms_value param = ms_string(MS_STR("kept"));
    const ms_statement s[] = {{MS_STR("SELECT $1::text AS a, NULL AS b"), &param, 1},
                              {MS_STR("SELECT 1 AS one WHERE false"), NULL, 0},
                              {MS_STR("SELECT n FROM generate_series(1, 3) n"), NULL, 0}};
    ms_rows *results = NULL;
    assert_int_equal(ms_db_run(&d->client, arena, s, 3, 0, &results, &err), MS_OK);
    /* Later answers must not reach into earlier ones. */
    for (int i = 0; i < 100; i++)
        assert_int_equal(
            ms_db_query(&d->client, NULL, "SELECT repeat('x', 9999)", NULL, 0, NULL, &err), MS_OK);
    assert_int_equal(results[0].n_rows, 1);
    assert_true(ms_str_eqz(results[0].columns[0], "a"));
    assert_true(ms_str_eqz(ms_cell(&results[0], 0, 0), "kept"));
    assert_null(ms_cell(&results[0], 0, 1).p);
    assert_int_equal(results[1].n_rows, 0);
    assert_true(ms_str_eqz(results[1].columns[0], "one"));
    assert_true(ms_str_eqz(ms_cell(&results[2], 2, 0), "3"));
    assert_true(ms_str_eqz(results[2].command, "SELECT 3"));
    ms_arena_free(arena);
}

static void statements_are_one_transaction(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    const ms_statement s[] = {{MS_STR("CREATE TABLE one(a int)"), NULL, 0},
                              {MS_STR("SELECT 1/0"), NULL, 0}};
    assert_int_equal(ms_db_run(&d->client, NULL, s, 2, 0, NULL, &err), MS_INVALID);
    assert_string_equal(err.text, "statement 2: division by zero (22012)");
    assert_int_equal(ms_db_run(&d->client, NULL, s, 2, 0, NULL, NULL), MS_INVALID);
    assert_int_equal(ms_db_query(&d->client, NULL, "SELECT a FROM one", NULL, 0, NULL, &err),
                     MS_NOT_FOUND);
    assert_non_null(strstr(err.text, "42P01"));
}

static void read_only_cannot_write(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    const ms_statement s = {MS_STR("CREATE TABLE never(a int)"), NULL, 0};
    assert_int_equal(ms_db_run(&d->client, NULL, &s, 1, MS_DB_READ_ONLY, NULL, &err),
                     MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, "25006"));
}

static void scripts_name_the_line(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    const ms_str good = MS_STR("CREATE TABLE a1(a int); CREATE TABLE a2(a int)");
    assert_int_equal(ms_db_script(&d->client, good, true, &err), MS_OK);
    const ms_str bad = MS_STR("CREATE TABLE a3(a int);\nCREATE TABLE a1(a int);\nSELECT )");
    assert_int_equal(ms_db_script(&d->client, bad, true, &err), MS_INVALID);
    assert_non_null(strstr(err.text, "script line 3: syntax error"));
}

static void a_lost_server_is_unavailable_and_comes_back(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    spec_pg_kill(&d->pg);
    spec_pg_start(&d->pg);
    assert_int_equal(ms_db_query(&d->client, NULL, "SELECT 1", NULL, 0, NULL, &err), MS_OK);
    assert_int_equal(ms_db_query(&d->client, NULL, "SELECT pg_terminate_backend(pg_backend_pid())",
                                 NULL, 0, NULL, &err),
                     MS_UNAVAILABLE);
    assert_int_equal(ms_db_query(&d->client, NULL, "SELECT 1", NULL, 0, NULL, &err), MS_OK);
}

static void without_a_provider_it_says_so(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    ms_db_client client;
    ms_plugins *none = ms_plugins_new(d->loop, &err);
    assert_int_equal(ms_db_open(&client, d->loop, none, MS_STR("x=1"), "spec", &err), MS_NOT_FOUND);
    assert_non_null(strstr(err.text, MS_TABLE_DATABASE));
    ms_db_close(&client); /* of one that never opened */
    ms_plugins_free(none);
}

static void a_wrong_dsn_shows_no_secret(void **state)
{
    spec_database *d = *state;
    ms_error err = {0};
    ms_db_client client;
    assert_int_equal(
        ms_db_open(&client, d->loop, d->plugins, MS_STR("host=a password=a hush b"), "spec", &err),
        MS_INVALID);
    assert_null(strstr(err.text, "hush"));
    ms_db_close(&client);
    ms_db_close(&client); /* twice is allowed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_outlive_the_call),
        cmocka_unit_test(statements_are_one_transaction),
        cmocka_unit_test(read_only_cannot_write),
        cmocka_unit_test(scripts_name_the_line),
        cmocka_unit_test(a_lost_server_is_unavailable_and_comes_back),
        cmocka_unit_test(without_a_provider_it_says_so),
        cmocka_unit_test(a_wrong_dsn_shows_no_secret),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

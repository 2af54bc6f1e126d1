/* The postgres plugin against a real server: values, errors, transactions, the pool. */
#include "postgres_support.h"

static spec_pg pg;

/* ---- values --------------------------------------------------------------------------------- */

static void scalars_keep_their_text(void **state)
{
    client *c = *state;
    ms_value exact = ms_double(0.1);
    exact.text = MS_STR("0.1000000000000000055511151231257827");
    const struct {
        const char *sql;
        ms_value param;
        const char *text;
    } cases[] = {
        {"SELECT $1::bigint", ms_int(INT64_MIN), "-9223372036854775808"},
        {"SELECT $1::bigint", ms_int(INT64_MAX), "9223372036854775807"},
        {"SELECT $1::numeric", exact, "0.1000000000000000055511151231257827"},
        {"SELECT $1::float8", ms_double(0.1), "0.1"},
        {"SELECT $1::float8", ms_double(5e-324), "5e-324"},
        {"SELECT $1::float8", ms_double(-1.0 / 3), "-0.3333333333333333"},
        {"SELECT $1::boolean", ms_bool(true), "t"},
        {"SELECT $1::boolean", ms_bool(false), "f"},
        {"SELECT $1::text", ms_null(), "<null>"},
        {"SELECT $1::text", ms_string(MS_STR("")), ""},
        {"SELECT $1::text", ms_string(MS_STR("NULL")), "NULL"},
        {"SELECT $1::text", ms_string(MS_STR("'; DROP TABLE x; -- \\ \" \xc3\xa9")),
         "'; DROP TABLE x; -- \\ \" \xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer a = run_param(c, cases[i].sql, cases[i].param);
        assert_ok(a);
        assert_string_equal(a.text, cases[i].text);
    }
}

static void arrays_keep_every_nasty_string(void **state)
{
    client *c = *state;
    const ms_value items[] = {
        ms_string(MS_STR("")),
        ms_string(MS_STR("NULL")),
        ms_null(),
        ms_string(MS_STR("a,b")),
        ms_string(MS_STR("{x}")),
        ms_string(MS_STR("\"")),
        ms_string(MS_STR("\\")),
        ms_string(MS_STR("\\\"\\")),
        ms_string(MS_STR(" pad ")),
        ms_string(MS_STR("line\nend")),
        ms_string(MS_STR("\xe2\x98\x83")),
        ms_string(MS_STR("\t\r\v\f")),
        ms_string(MS_STR("'")),
    };
    size_t n = sizeof items / sizeof *items;
    const ms_value both[] = {ms_array(items, n)};
    const ms_statement s = {
        MS_STR("SELECT v FROM unnest($1::text[]) WITH ORDINALITY u(v, i) ORDER BY i"), both, 1};
    answer a = run_all(c, NULL, &s, 1, 0);
    assert_ok(a);
    char wanted[512] = "";
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        ms_str v = items[i].kind == MS_NULL ? MS_STR("<null>") : ms_as_str(&items[i]);
        at += (size_t)snprintf(wanted + at, sizeof wanted - at, "%s" MS_FMT, i ? "\n" : "",
                               MS_ARG(v));
    }
    assert_string_equal(a.text, wanted);
}

static void arrays_of_other_kinds(void **state)
{
    client *c = *state;
    const ms_value numbers[] = {ms_int(-1), ms_null(), ms_int(INT64_MAX)};
    const ms_value doubles[] = {ms_double(0.5), ms_double(1e300)};
    const ms_value booleans[] = {ms_bool(true), ms_bool(false)};
    const ms_value inner[] = {ms_int(1), ms_string(MS_STR("q\"\\\n")), ms_null()};
    const ms_member members[] = {{MS_STR("a\"b"), ms_array(inner, 3)},
                                 {MS_STR("e"), ms_object(NULL, 0)}};
    const ms_value nested[] = {ms_object(members, 2), ms_array(NULL, 0)};
    const struct {
        const char *sql;
        ms_value param;
        const char *text;
    } cases[] = {
        {"SELECT $1::bigint[]", ms_array(numbers, 3), "{-1,NULL,9223372036854775807}"},
        {"SELECT $1::float8[]", ms_array(doubles, 2), "{0.5,1e+300}"},
        {"SELECT $1::boolean[]", ms_array(booleans, 2), "{t,f}"},
        {"SELECT $1::text[]", ms_array(booleans, 2), "{true,false}"},
        {"SELECT $1::text[] = '{}'", ms_array(NULL, 0), "t"},
        {"SELECT ($1::jsonb[])[1]->'a\"b'->>1 = E'q\"\\\\\\n' AND ($1::jsonb[])[2] = '[]'",
         ms_array(nested, 2), "t"},
        {"SELECT $1::jsonb->'e'", ms_object(members, 2), "{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer a = run_param(c, cases[i].sql, cases[i].param);
        assert_ok(a);
        assert_string_equal(a.text, cases[i].text);
    }
}

static void a_mebibyte_goes_both_ways(void **state)
{
    client *c = *state;
    enum { SIZE = 1 << 20 };
    char *big = malloc(SIZE);
    assert_non_null(big);
    for (size_t i = 0; i < SIZE; i++)
        big[i] = (char)(i % 3 == 0 ? '"' : i % 3 == 1 ? '\\' : 'a');
    const ms_value item = ms_string((ms_str){big, SIZE});
    answer a = run_param(c, "SELECT $1::text", item);
    assert_ok(a);
    assert_int_equal(a.first_cell, SIZE);
    a = run_param(c, "SELECT ($1::text[])[1]", ms_array(&item, 1));
    assert_ok(a);
    assert_int_equal(a.first_cell, SIZE);
    assert_memory_equal(a.text, big, sizeof a.text - 1);
    free(big);
}

static void what_text_cannot_hold_is_refused(void **state)
{
    client *c = *state;
    const ms_value nul = ms_string((ms_str){"a\0b", 3});
    answer a = run_param(c, "SELECT $1::text", nul);
    assert_int_equal(a.status, MS_INVALID);
    assert_string_equal(
        a.err.text, "statement 1: parameter $1 holds a NUL byte, which PostgreSQL's text cannot");
    a = run_param(c, "SELECT $1::text[]", ms_array(&nul, 1));
    assert_int_equal(a.status, MS_INVALID);
    const ms_rows rows = {0};
    a = run_param(c, "SELECT $1::text", (ms_value){.kind = MS_ROWS, .as.rows = &rows});
    assert_int_equal(a.status, MS_INVALID);
    a = run_param(c, "SELECT $1::text", ms_string(MS_STR("\xff\xfe")));
    assert_int_equal(a.status, MS_INVALID);
    assert_ok(run_one(c, "SELECT 1"));
}

static void rows_carry_names_and_command(void **state)
{
    client *c = *state;
    const ms_statement s[] = {sql("CREATE TABLE names(a int, b text)"),
                              sql("INSERT INTO names VALUES (1, NULL), (2, 'x') RETURNING b, a"),
                              sql("SELECT * FROM names WHERE false"), sql("DROP TABLE names"),
                              sql("")};
    answer a = run_all(c, NULL, s, 5, 0);
    assert_ok(a);
    assert_string_equal(a.text, ";<null>|1\nx|2;;;");
}

/* ---- errors --------------------------------------------------------------------------------- */

static void an_error_in_the_middle_undoes_the_call(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE IF NOT EXISTS middle(a int UNIQUE DEFERRABLE)"));
    const unsigned flags[] = {0, MS_DB_BEGIN | MS_DB_COMMIT, MS_DB_BEGIN};
    const ms_statement s[] = {sql("INSERT INTO middle VALUES (1)"), sql("SELECT 1/0"),
                              sql("INSERT INTO middle VALUES (2)")};
    for (size_t i = 0; i < 3; i++) {
        answer a = run_all(c, NULL, s, 3, flags[i]);
        assert_int_equal(a.status, MS_INVALID);
        assert_string_equal(a.err.text, "statement 2: division by zero (22012)");
        assert_null(a.session);
        a = run_one(c, "SELECT count(*) FROM middle");
        assert_string_equal(a.text, "0");
    }
}

static void what_fails_at_commit_says_so(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE late(a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
    const ms_statement s[] = {sql("INSERT INTO late VALUES (1), (1)"), sql("SELECT 1")};
    for (int explicit = 0; explicit < 2; explicit ++) {
        answer a = run_all(c, NULL, s, 2, explicit ? MS_DB_BEGIN | MS_DB_COMMIT : 0);
        assert_int_equal(a.status, MS_CONFLICT);
        assert_string_equal(a.err.text, "COMMIT: duplicate key value violates unique constraint "
                                        "\"late_a_key\" (23505)");
        assert_string_equal(run_one(c, "SELECT count(*) FROM late").text, "0");
    }
}

static void messages_hold_no_data(void **state)
{
    client *c = *state;
    const struct {
        const char *sql, *param, *text;
    } cases[] = {
        {"SELECT $1::bigint", "hush: secret", "invalid input syntax for type bigint (22P02)"},
        {"SELECT $1::int", "99999999999999", "value \"\" is out of range for type integer (22003)"},
        {"SELECT $1::date", "2025-02-31", "date/time field value out of range (22008)"},
        {"SELECT $1::text[]", "{\"secret", "malformed array literal (22P02)"},
        {"SELECT $1::jsonb", "{secret", "invalid input syntax for type json (22P02)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer a = run_param(c, cases[i].sql, ms_string(ms_str_z(cases[i].param)));
        assert_int_equal(a.status, MS_INVALID);
        char wanted[160];
        snprintf(wanted, sizeof wanted, "statement 1: %s", cases[i].text);
        assert_string_equal(a.err.text, wanted);
        assert_string_equal(a.err.hint, "");
    }
}

static void states_become_statuses(void **state)
{
    client *c = *state;
    const struct {
        const char *state;
        ms_status status;
    } cases[] = {
        {"40001", MS_CONFLICT},    {"40P01", MS_CONFLICT},    {"55P03", MS_CONFLICT},
        {"23505", MS_CONFLICT},    {"08006", MS_UNAVAILABLE}, {"57P03", MS_UNAVAILABLE},
        {"53300", MS_UNAVAILABLE}, {"57014", MS_TIMEOUT},     {"42P01", MS_NOT_FOUND},
        {"23503", MS_INVALID},     {"23514", MS_INVALID},     {"P0001", MS_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "DO $$BEGIN RAISE 'made up' USING ERRCODE = '%s'; END$$",
                 cases[i].state);
        answer a = run_one(c, text);
        assert_int_equal(a.status, cases[i].status);
        assert_non_null(strstr(a.err.text, cases[i].state));
    }
    answer a = run_one(c, "SELECT nothere FROM pg_class");
    assert_string_equal(a.err.text, "statement 1: column \"nothere\" does not exist (42703)");
    a = run_one(c, "SELECT upper(1)");
    assert_non_null(strstr(a.err.hint, "explicit type casts"));
    assert_int_equal(run_one(c, "SELECT 1; SELECT 2").status, MS_INVALID);
}

static void copy_is_refused_and_costs_one_connection(void **state)
{
    client *c = *state;
    answer a = run_one(c, "COPY (SELECT 1) TO STDOUT");
    assert_int_equal(a.status, MS_INVALID);
    assert_non_null(strstr(a.err.text, "COPY"));
    assert_ok(run_one(c, "SELECT 1"));
    assert_int_equal(run_script(c, NULL, "COPY pg_class FROM STDIN", true).status, MS_INVALID);
    assert_ok(run_one(c, "SELECT 1"));
}

static void a_statement_may_not_change_the_transaction(void **state)
{
    client *c = *state;
    answer a = run_one(c, "BEGIN");
    assert_int_equal(a.status, MS_INVALID);
    const ms_statement s = sql("COMMIT");
    a = run_all(c, NULL, &s, 1, MS_DB_BEGIN);
    assert_int_equal(a.status, MS_INVALID);
    assert_null(a.session);
    assert_ok(run_one(c, "SELECT 1"));
}

/* ---- sessions ------------------------------------------------------------------------------- */

static void two_sessions_do_not_see_each_other(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE seen(a int)"));
    const ms_statement insert = sql("INSERT INTO seen VALUES (1)");
    const ms_statement count = sql("SELECT count(*) FROM seen");
    answer one = run_all(c, NULL, &insert, 1, MS_DB_BEGIN);
    answer two = run_all(c, NULL, &count, 1, MS_DB_BEGIN);
    assert_ok(one);
    assert_non_null(one.session);
    assert_non_null(two.session);
    assert_ptr_not_equal(one.session, two.session);
    assert_string_equal(two.text, "0");
    assert_string_equal(run_all(c, one.session, &count, 1, 0).text, "1");
    answer end = run_all(c, one.session, NULL, 0, MS_DB_COMMIT);
    assert_ok(end);
    assert_null(end.session);
    assert_string_equal(run_all(c, two.session, &count, 1, MS_DB_COMMIT).text, "1");
}

static void rollback_undoes_and_frees(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE undone(a int)"));
    const ms_statement insert = sql("INSERT INTO undone VALUES (1)");
    for (int i = 0; i < 20; i++) { /* more than there are connections */
        answer a = run_all(c, NULL, &insert, 1, MS_DB_BEGIN);
        assert_ok(a);
        c->api->rollback(a.session);
    }
    c->api->rollback(NULL);
    assert_string_equal(run_one(c, "SELECT count(*) FROM undone").text, "0");
}

static void rollback_during_a_call_cancels_it(void **state)
{
    client *c = *state;
    const ms_statement s = sql("SELECT pg_sleep(0.05)");
    answer a = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    answer b = {0};
    c->api->exec(c->db, a.session, &s, 1, 0, answered, &b);
    c->api->rollback(a.session);
    wait_for(c, &b);
    assert_int_equal(b.status, MS_CANCELLED);
    assert_null(b.session);
    assert_ok(run_one(c, "SELECT 1"));
}

static void misuse_is_answered(void **state)
{
    client *c = *state;
    const ms_statement s = sql("SELECT pg_sleep(0.02)");
    assert_int_equal(run_all(c, NULL, &s, 1, MS_DB_COMMIT).status, MS_INVALID);
    assert_int_equal(run_all(c, NULL, &s, 1, MS_DB_READ_ONLY).status, MS_INVALID);
    answer open = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    assert_int_equal(run_all(c, open.session, &s, 1, MS_DB_BEGIN).status, MS_INVALID);
    open = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    answer first = {0};
    c->api->exec(c->db, open.session, &s, 1, 0, answered, &first);
    answer second = run_all(c, open.session, &s, 1, 0); /* while the first is under way */
    assert_int_equal(second.status, MS_INTERNAL);
    wait_for(c, &first);
    assert_int_equal(first.status, MS_CANCELLED);
}

static void read_only_reads_one_snapshot(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE snap(a int)"));
    const ms_statement count = sql("SELECT count(*) FROM snap");
    const ms_statement insert = sql("INSERT INTO snap VALUES (1)");
    answer a = run_all(c, NULL, &count, 1, MS_DB_BEGIN | MS_DB_READ_ONLY);
    assert_ok(a);
    assert_ok(run_all(c, NULL, &insert, 1, 0));
    assert_string_equal(run_all(c, a.session, &count, 1, 0).text, "0");
    answer b = run_all(c, a.session, &insert, 1, 0);
    assert_int_equal(b.status, MS_UNAVAILABLE);
    assert_non_null(strstr(b.err.text, "25006"));
}

static void conflicts_are_told_apart(void **state)
{
    client *c = *state;
    assert_ok(run_one(c, "CREATE TABLE hot(id int PRIMARY KEY, a int)"));
    assert_ok(run_one(c, "INSERT INTO hot VALUES (1, 0)"));
    const ms_statement level[] = {sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
                                  sql("SELECT a FROM hot")};
    const ms_statement write = sql("UPDATE hot SET a = a + 1");
    answer one = run_all(c, NULL, level, 2, MS_DB_BEGIN);
    answer two = run_all(c, NULL, level, 2, MS_DB_BEGIN);
    assert_ok(run_all(c, one.session, &write, 1, MS_DB_COMMIT));
    answer lost = run_all(c, two.session, &write, 1, MS_DB_COMMIT);
    assert_int_equal(lost.status, MS_CONFLICT);
    assert_non_null(strstr(lost.err.text, "40001"));
    assert_string_equal(run_one(c, "SELECT a FROM hot").text, "1");
    const ms_statement lock[] = {sql("SET LOCAL lock_timeout = '20ms'"),
                                 sql("SELECT a FROM hot FOR UPDATE")};
    one = run_all(c, NULL, &lock[1], 1, MS_DB_BEGIN);
    lost = run_all(c, NULL, lock, 2, MS_DB_BEGIN | MS_DB_COMMIT);
    assert_int_equal(lost.status, MS_CONFLICT);
    assert_non_null(strstr(lost.err.text, "55P03"));
    c->api->rollback(one.session);
}

/* ---- the pool ------------------------------------------------------------------------------- */

static void calls_wait_in_order(void **state)
{
    client *c = *state;
    ms_db *db = open_db(c, pg.dsn, 2, 200, 0);
    ms_db *outer = c->db;
    c->db = db;
    enum { CALLS = 50 };
    assert_ok(run_one(c, "CREATE TABLE turns(id bigserial, n int)"));
    answer one = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    answer two = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    static answer calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        char text[64]; /* gone before the call is sent: copies must have been made */
        ms_value n = ms_int(i);
        snprintf(text, sizeof text, "INSERT INTO turns(n) VALUES ($1::int)");
        const ms_statement s = sql1(text, &n);
        calls[i] = (answer){0};
        c->api->exec(db, NULL, &s, 1, 0, answered, &calls[i]);
        memset(text, 'x', sizeof text);
    }
    /* Longer than connect_timeout_ms: behind busy connections a call waits. */
    const ms_statement nap = sql("SELECT pg_sleep(0.4)");
    assert_ok(run_all(c, one.session, &nap, 1, 0));
    assert_false(calls[0].done);
    c->api->rollback(two.session);
    for (int i = 0; i < CALLS; i++) {
        wait_for(c, &calls[i]);
        assert_ok(calls[i]);
    }
    c->api->rollback(one.session);
    answer a = run_one(c, "SELECT count(*), bool_and(n = id - 1) FROM turns");
    assert_string_equal(a.text, "50|t");
    c->api->close(db);
    c->db = outer;
}

static void close_cancels(void **state)
{
    client *c = *state;
    ms_db *db = open_db(c, pg.dsn, 1, 5000, 0);
    const ms_statement s = sql("SELECT pg_sleep(30)");
    answer under_way = {0}, queued = {0}, refused = {0};
    c->api->exec(db, NULL, &s, 1, 0, answered, &under_way);
    c->api->exec(db, NULL, &s, 1, 0, answered, &queued);
    assert_ok(run_one(c, "SELECT pg_sleep(0.2)")); /* time for the other pool to connect and send */
    c->api->exec(db, NULL, &s, 1, MS_DB_COMMIT, answered, &refused);
    c->api->close(db);
    assert_int_equal(under_way.status, MS_CANCELLED);
    assert_int_equal(queued.status, MS_CANCELLED);
    assert_int_equal(refused.status, MS_INVALID);
    assert_int_equal(under_way.times + queued.times + refused.times, 3);
}

typedef struct closer {
    client *c;
    ms_db *db;
    answer answer;
} closer;

static void close_inside(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                         size_t n, ms_session *session)
{
    closer *x = arg;
    answered(&x->answer, status, err, results, n, session);
    if (status == MS_OK)
        x->c->api->close(x->db);
}

static void close_inside_a_done_is_safe(void **state)
{
    client *c = *state;
    closer x = {.c = c, .db = open_db(c, pg.dsn, 2, 5000, 0)};
    answer queued = {0};
    const ms_statement s = sql("SELECT 1"), nap = sql("SELECT pg_sleep(30)");
    c->api->exec(x.db, NULL, &s, 1, 0, close_inside, &x);
    c->api->exec(x.db, NULL, &nap, 1, 0, answered, &queued);
    wait_for(c, &queued);
    assert_int_equal(x.answer.status, MS_OK);
    assert_int_equal(queued.status, MS_CANCELLED);
}

/* ---- scripts -------------------------------------------------------------------------------- */

static void scripts_are_all_or_nothing(void **state)
{
    client *c = *state;
    assert_ok(run_script(
        c, NULL, "CREATE TABLE s1(a int);\nSAVEPOINT x;\nCREATE TABLE s2(a int) -- end", true));
    answer a = run_script(c, NULL, "CREATE TABLE s3(a int);\n\nSELECT \xc3\xa9, nothere", true);
    assert_int_equal(a.status, MS_NOT_FOUND);
    assert_string_equal(a.err.text, "script line 3: column \"\xc3\xa9\" does not exist (42703)");
    assert_string_equal(
        run_one(c, "SELECT to_regclass('s2') IS NULL, to_regclass('s3') IS NULL").text, "f|t");
    assert_int_equal(run_script(c, NULL, "VACUUM", true).status, MS_INVALID);
    assert_ok(run_script(c, NULL, "VACUUM", false));
    assert_ok(run_script(c, NULL, "", true));
    assert_ok(run_script(c, NULL, "", false));
    assert_int_equal(run_script(c, NULL, "BEGIN", false).status, MS_INVALID);
}

static void a_script_may_run_in_a_session(void **state)
{
    client *c = *state;
    answer a = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    a = run_script(c, a.session, "CREATE TABLE s4(a int); INSERT INTO s4 VALUES (7)", true);
    assert_ok(a);
    assert_non_null(a.session);
    const ms_statement s = sql("SELECT a FROM s4");
    a = run_all(c, a.session, &s, 1, 0);
    assert_string_equal(a.text, "7");
    c->api->rollback(a.session);
    assert_string_equal(run_one(c, "SELECT to_regclass('s4') IS NULL").text, "t");
    a = run_all(c, NULL, NULL, 0, MS_DB_BEGIN);
    a = run_script(c, a.session, "SELECT 1/0", true);
    assert_int_equal(a.status, MS_INVALID);
    assert_null(a.session);
}

/* ---- settings ------------------------------------------------------------------------------- */

static void who_is_connected_is_visible(void **state)
{
    client *c = *state;
    answer a = run_one(c, "SELECT current_setting('application_name'), "
                          "current_setting('client_encoding')");
    assert_string_equal(a.text, "moonsift-spec|UTF8");
}

static void wrong_settings_are_refused(void **state)
{
    client *c = *state;
    const struct {
        const char *dsn;
        int64_t pool;
        const char *text;
    } cases[] = {
        {"host=x password=my hush", 1, "the DSN cannot be read"},
        {"postgresql://u:hush@[x/db", 1, "the DSN cannot be read"},
        {"host=x", 0, "pool is 0, wanted 1 to 100"},
        {"host=x", 101, "pool is 101, wanted 1 to 100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ms_member members[] = {{MS_STR("dsn"), ms_string(ms_str_z(cases[i].dsn))},
                                     {MS_STR("pool"), ms_int(cases[i].pool)}};
        const ms_value config = ms_object(members, 2);
        ms_error err = {0};
        ms_db *db = NULL;
        assert_int_equal(c->api->open(c->self, &config, &db, &err), MS_INVALID);
        assert_null(db);
        assert_string_equal(err.text, cases[i].text);
        assert_null(strstr(err.hint, "hush"));
    }
}

static void long_statements_are_ended(void **state)
{
    client *c = *state;
    ms_db *outer = c->db;
    c->db = open_db(c, pg.dsn, 1, 5000, 60);
    const ms_statement s[] = {sql("SELECT 1"), sql("SELECT pg_sleep(20)")};
    const unsigned flags[] = {0, MS_DB_BEGIN | MS_DB_COMMIT};
    for (size_t i = 0; i < 2; i++) {
        answer a = run_all(c, NULL, s, 2, flags[i]);
        assert_int_equal(a.status, MS_TIMEOUT);
        assert_non_null(strstr(a.err.text, "statement 2: "));
        assert_non_null(strstr(a.err.text, "57014"));
    }
    answer a = run_all(c, NULL, s, 1, MS_DB_BEGIN);
    assert_int_equal(run_all(c, a.session, &s[1], 1, 0).status, MS_TIMEOUT);
    assert_string_equal(run_one(c, "SHOW statement_timeout").text, "60ms");
    c->api->close(c->db);
    c->db = outer;
    assert_string_equal(run_one(c, "SHOW statement_timeout").text, "0");
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
        cmocka_unit_test(scalars_keep_their_text),
        cmocka_unit_test(arrays_keep_every_nasty_string),
        cmocka_unit_test(arrays_of_other_kinds),
        cmocka_unit_test(a_mebibyte_goes_both_ways),
        cmocka_unit_test(what_text_cannot_hold_is_refused),
        cmocka_unit_test(rows_carry_names_and_command),
        cmocka_unit_test(an_error_in_the_middle_undoes_the_call),
        cmocka_unit_test(what_fails_at_commit_says_so),
        cmocka_unit_test(messages_hold_no_data),
        cmocka_unit_test(states_become_statuses),
        cmocka_unit_test(copy_is_refused_and_costs_one_connection),
        cmocka_unit_test(a_statement_may_not_change_the_transaction),
        cmocka_unit_test(two_sessions_do_not_see_each_other),
        cmocka_unit_test(rollback_undoes_and_frees),
        cmocka_unit_test(rollback_during_a_call_cancels_it),
        cmocka_unit_test(misuse_is_answered),
        cmocka_unit_test(read_only_reads_one_snapshot),
        cmocka_unit_test(conflicts_are_told_apart),
        cmocka_unit_test(calls_wait_in_order),
        cmocka_unit_test(close_cancels),
        cmocka_unit_test(close_inside_a_done_is_safe),
        cmocka_unit_test(scripts_are_all_or_nothing),
        cmocka_unit_test(a_script_may_run_in_a_session),
        cmocka_unit_test(who_is_connected_is_visible),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(long_statements_are_ended),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

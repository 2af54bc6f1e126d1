/* Conditions as SQL among hostile names, texts, values, settings and search paths. */
#include "support/database.h"

#include "rules/judge.h"
#include "rules/sql.h"

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))

static spec_database database;
static ms_arena *arena;

static int open_all(void **state)
{
    ms_str text = MS_NONE;
    ms_error err = {0};
    (void)state;
    arena = ms_arena_new(0);
    spec_pg_new(&database.pg);
    spec_database_fresh(&database);
    spec_script(&database, "CREATE SCHEMA moonsift; CREATE TABLE victims (id integer);"
                           "CREATE TABLE answers (id integer, answer boolean)");
    if (ms_read_file(arena, SOURCE_DIR "/migrations/crm/0011_condition_functions.up.sql", 1 << 20,
                     &text, &err))
        fail_msg("%s", err.text);
    spec_script(&database, text.p);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    spec_database_disconnect(&database);
    spec_pg_free(&database.pg);
    ms_arena_free(arena);
    return 0;
}

static const ms_str hostile[] = {
    MS_STR("'; DROP TABLE victims; --"),
    MS_STR("\\'; DROP TABLE victims; --"),
    MS_STR("\\\\'; DROP TABLE victims; --"),
    MS_STR("''); DROP TABLE victims; --"),
    MS_STR("\"); DROP TABLE victims; --"),
    MS_STR("\"'::jsonb); DROP TABLE victims; --"),
    MS_STR("a\n'; DROP TABLE victims; --"),
    MS_STR("\xc2\xa5'; DROP TABLE victims; --"),
    MS_STR("\xc2\xbf\\'; DROP TABLE victims; --"),
    MS_STR("$$; DROP TABLE victims; $$"),
    MS_STR("*/ DROP TABLE victims; /*"),
    MS_STR("E'"),
    MS_STR("\\"),
    MS_STR("\\x27"),
    MS_STR("\\u0027"),
    MS_STR("$1 :x ? %s {}"),
    MS_STR("\x01\x1f\x7f\t"),
    MS_STR("\xe2\x80\xae abc"),
    MS_STR("'"),
};

/* "name is text", for three types of attribute, all with the same words everywhere. */
static void put_conditions(const ms_str *words, ms_buf *out)
{
    const ms_attribute attributes[] = {
        {.name = *words, .type = MS_T_AS_IS},
        {.name = *words, .type = MS_T_TEXT, .max = 1000},
        {.name = *words, .type = MS_T_CHOICE, .choices = words, .n_choices = 1},
        {.name = *words, .type = MS_T_CHOICES, .choices = words, .n_choices = 1},
        {.name = MS_STR("absent"), .type = MS_T_TEXT, .otherwise = MS_STR("\"'\\\\\"")},
    };
    static const ms_str defaults[] = {MS_STR("'\\")};
    const ms_cond conditions[] = {
        {.op = MS_C_TEXT_IS, .slot = 0, .size = 1, .texts = words, .n_texts = 1},
        {.op = MS_C_TEXT_IS, .slot = 1, .size = 1, .texts = words, .n_texts = 1},
        {.op = MS_C_STARTS_WITH, .slot = 0, .size = 1, .texts = words, .n_texts = 1},
        {.op = MS_C_CONTAINS, .slot = 3, .size = 1, .mask = 1},
        {.op = MS_C_ONE_OF, .slot = 2, .size = 1, .mask = 1},
        {.op = MS_C_TEXT_IS, .slot = 4, .size = 1, .texts = defaults, .n_texts = 1},
    };
    const ms_vertical v = {.attributes = attributes,
                           .n_attributes = COUNT(attributes),
                           .conditions = conditions,
                           .n_conditions = COUNT(conditions)};
    const ms_sql_names names = {"c.attributes", "0"};
    char why[MS_SQL_WHY];
    for (uint32_t i = 0; i < COUNT(conditions); i++) {
        ms_buf_z(out, i ? "), (" : "VALUES (");
        if (!ms_condition_sql(&v, i, &names, out, why))
            fail_msg("%s: %s", words->p, why);
    }
    ms_buf_char(out, ')');
}

/* The contact's attribute: the words as a text, or a list of them. */
static void put_attributes(ms_str words, bool list, ms_buf *sql)
{
    ms_buf json = {0};
    ms_buf_char(&json, '{');
    ms_json_string(&json, words);
    ms_buf_z(&json, list ? ":[" : ":");
    ms_json_string(&json, words);
    ms_buf_z(&json, list ? "]}" : "}");
    assert_true(ms_sql_literal(sql, ms_buf_view(&json)));
    ms_buf_z(sql, "::jsonb");
    ms_buf_free(&json);
}

static bool has_upper(ms_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return true;
    return false;
}

static bool has_blank_end(ms_str s)
{
    return ms_trim(s).n != s.n;
}

static void names_and_texts_stay_texts(void **state)
{
    const char *const settings[] = {"on", "off"};
    (void)state;
    for (uint32_t i = 0; i < 2 * COUNT(hostile); i++) {
        ms_str words = hostile[i / 2];
        ms_buf sql = {0};
        ms_buf_format(&sql,
                      "SET LOCAL standard_conforming_strings = %s;"
                      " SET LOCAL escape_string_warning = off;"
                      " TRUNCATE answers; INSERT INTO answers"
                      " SELECT row_number() OVER (), y.yes FROM (SELECT ",
                      settings[i % 2]);
        put_attributes(words, false, &sql);
        ms_buf_z(&sql, " AS attributes) c CROSS JOIN LATERAL (");
        put_conditions(&words, &sql);
        ms_buf_z(&sql, ") y(yes)");
        ms_error err = {0};
        if (ms_db_script(&database.client, ms_buf_view(&sql), true, &err))
            fail_msg("%s: %s\n%.*s", words.p, err.text, (int)sql.n, sql.p);
        const char *got = spec_asked(&database, arena, "SELECT answer FROM answers ORDER BY id");
        /* choices are lower case and texts are trimmed: not all words can be one */
        char want[] = "t t t - t t";
        want[2] = has_blank_end(words) ? 'f' : 't';
        want[4] = has_upper(words) ? 'f' : 't';
        want[8] = has_upper(words) || has_blank_end(words) ? '-' : 't';
        assert_string_equal(got, want);
        ms_buf_free(&sql);
    }
    assert_string_equal(spec_asked(&database, arena, "SELECT count(*) FROM victims"), "0");
}

/* Each function with an answer that is not NULL, so that a shadowed part would show. */
static const char calls[] =
    "ARRAY[moonsift.given('1')::text, moonsift.as_boolean('true')::text,"
    " moonsift.as_integer('\" \xe2\x82\xac 70.000k \"', 0, 100000000)::text,"
    " moonsift.as_integer('1.5', 0, 10)::text, moonsift.as_money('2.675', 0, 1000)::text,"
    " moonsift.as_number('1.0000005', 0, 10000000)::text,"
    " moonsift.as_number('\"-0,5\"', -10000000, 10000000)::text,"
    " moonsift.as_choice('\" High \"', ARRAY['low', 'high']),"
    " moonsift.as_choices('[\"A\",\"b\",\"b\"]', '[\"a\",\"b\"]')::text,"
    " moonsift.count_choices('[\"b\",\"a\",\"b\"]')::text, moonsift.as_text('\" x \"', 0, 9),"
    " moonsift.as_matching_text('\" ab \"', 0, 9, '^[ab]+$'), moonsift.as_words('\"w\"'),"
    " moonsift.lower_case('AB'), moonsift.ends_with('abc', 'bc')::text,"
    " moonsift.as_email('\" Noor@Mail.de \"'), moonsift.as_phone('\"(06) 12-34 56 78\"', '31'),"
    " moonsift.as_date('\"2025-02-31\"')::text,"
    " moonsift.as_date_within('\"2025-02-01\"', 0, 30000)::text,"
    " moonsift.as_time('\"2025-02-01T10:00:60+01:30\"', 0, 9000000000)::text,"
    " moonsift.as_time('1738368000.5', 0, 9000000000)::text,"
    " moonsift.per(-7, 2)::text, moonsift.whole(-7, 2)::text, moonsift.last_number('a 20k')::text,"
    " moonsift.at_least(2, ARRAY[true, NULL, true])::text,"
    " moonsift.at_least(2, ARRAY[true, false, false])::text]";
static const char results[] =
    "{1,true,70000000,1,268,1000001,-500000,high,\"[\\\"a\\\", \\\"b\\\"]\",2,x,ab,w,ab,true,"
    "noor@mail.de,+31612345678,20150,20120,1738398660,1738368000,-3,-4,20,true,false}";

/* An account that puts functions and operators of its own before the system's harms itself alone,
 * not what others ask through these functions. */
static void the_search_path_does_not_matter(void **state)
{
    (void)state;
    ms_buf sql = {0};
    spec_script(&database,
                "CREATE SCHEMA evil;"
                "CREATE FUNCTION evil.fail() RETURNS integer LANGUAGE plpgsql AS"
                " $$BEGIN RAISE 'shadowed'; END$$;"
                "CREATE FUNCTION evil.btrim(text, text) RETURNS text LANGUAGE sql AS"
                " 'SELECT evil.fail()::text';"
                "CREATE FUNCTION evil.substr(text, integer, integer) RETURNS text LANGUAGE sql AS"
                " 'SELECT evil.fail()::text';"
                "CREATE FUNCTION evil.floor(double precision) RETURNS double precision"
                " LANGUAGE sql AS 'SELECT evil.fail()::double precision';"
                "CREATE FUNCTION evil.length(text) RETURNS integer LANGUAGE sql AS"
                " 'SELECT evil.fail()';"
                "CREATE FUNCTION evil.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS"
                " 'SELECT evil.fail()::text'");
    const char *const types[] = {"text",  "bigint", "integer", "numeric",
                                 "jsonb", "date",   "boolean"};
    const char *const operators[] = {"=", "<>", "<", "<=", ">", ">=", "+",  "-",
                                     "*", "/",  "%", "||", "~", "?",  "->", "#>>"};
    for (uint32_t t = 0; t < COUNT(types); t++)
        for (uint32_t o = 0; o < COUNT(operators); o++) {
            ms_buf_format(&sql,
                          "CREATE FUNCTION evil.f%u_%u(%s, %s) RETURNS %s LANGUAGE sql AS"
                          " 'SELECT NULL::%s FROM (SELECT evil.fail()) f';"
                          "CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION ="
                          " evil.f%u_%u);",
                          t, o, types[t], types[t], o < 6 ? "boolean" : types[t],
                          o < 6 ? "boolean" : types[t], operators[o], types[t], types[t], t, o);
        }
    ms_buf_char(&sql, '\0');
    spec_script(&database, sql.p);
    sql.n = 0;
    ms_buf_format(
        &sql,
        "CREATE TABLE public.found (list text[]); SET LOCAL search_path = evil, pg_catalog, public;"
        "INSERT INTO public.found VALUES (%s)%c",
        calls, '\0');
    ms_error err = {0};
    if (ms_db_script(&database.client, ms_str_z(sql.p), true, &err))
        fail_msg("%s", err.text);
    assert_string_equal(spec_asked(&database, arena, "SELECT list FROM public.found"), results);
    sql.n = 0;
    ms_buf_format(&sql, "SELECT %s%c", calls, '\0');
    assert_string_equal(spec_asked(&database, arena, sql.p), results);
    ms_buf_free(&sql);
}

/* What jsonb can hold and the rules never see, or see as a text of any length. */
static void no_value_makes_them_raise(void **state)
{
    (void)state;
    const char *const values[] = {
        "'1e400'::jsonb",
        "'-1e400'",
        "'1e-400'",
        "('1' || repeat('0', 100000))::jsonb",
        "('0.' || repeat('0', 16000) || '1')::jsonb",
        "to_jsonb(repeat('9', 1000000))",
        "to_jsonb('1' || repeat(' ', 1000000))",
        "to_jsonb(repeat('0', 1000000) || '7')",
        "to_jsonb('0,' || repeat('9', 1000000))",
        "to_jsonb('2025-02-01' || repeat('x', 1000000))",
        "(repeat('[', 2000) || repeat(']', 2000))::jsonb",
        "to_jsonb(array_fill('x'::text, ARRAY[20000]))",
        "'{\"a\": 1}'",
        "'null'",
        "NULL",
    };
    const char *const functions[] = {
        "moonsift.given(v)",
        "moonsift.as_boolean(v)",
        "moonsift.as_integer(v, -9223372036854775808, 9223372036854775807)",
        "moonsift.as_money(v, -8999999999999999, 8999999999999999)",
        "moonsift.as_number(v, -1000000000000000000, 1000000000000000000)",
        "moonsift.as_choice(v, ARRAY['x'])",
        "moonsift.count_choices(moonsift.as_choices(v, '[\"x\"]'))",
        "moonsift.as_text(v, 0, 2147483647)",
        "moonsift.as_matching_text(v, 0, 2147483647, '^[0-9]*$')",
        "moonsift.as_words(v)",
        "moonsift.as_email(v)",
        "moonsift.as_phone(v, '31')",
        "moonsift.as_date(v)",
        "moonsift.as_time(v, -62167219200, 253402300799)",
        "moonsift.last_number(moonsift.as_text(v, 0, 2147483647))",
        "moonsift.per(-9223372036854775808, 9223372036854775807)",
        "moonsift.per(9223372036854775807, 1)",
        "moonsift.whole(-9223372036854775808, 1)",
    };
    for (uint32_t i = 0; i < COUNT(functions); i++) {
        ms_buf sql = {0};
        ms_buf_format(&sql, "SELECT count(%s) >= 0 FROM (VALUES ", functions[i]);
        for (uint32_t k = 0; k < COUNT(values); k++)
            ms_buf_format(&sql, "%s(%s)", k ? ", " : "", values[k]);
        ms_buf_format(&sql, ") AS c(v)%c", '\0');
        assert_string_equal(spec_asked(&database, arena, sql.p), "t");
        ms_buf_free(&sql);
    }
}

/* So that they can stand in an index, and in parallel plans. */
static void they_are_immutable_and_harmless(void **state)
{
    (void)state;
    assert_string_equal(
        spec_asked(&database, arena,
                   "SELECT count(*) > 20, bool_and(provolatile = 'i' AND proparallel = 's'"
                   " AND NOT prosecdef AND proconfig IS NULL) FROM pg_proc"
                   " WHERE pronamespace = 'moonsift'::regnamespace"),
        "t,t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_texts_stay_texts),
        cmocka_unit_test(the_search_path_does_not_matter),
        cmocka_unit_test(no_value_makes_them_raise),
        cmocka_unit_test(they_are_immutable_and_harmless),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

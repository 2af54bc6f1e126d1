/*
 * The proof that a condition's SQL is the condition: random contacts, random trees, each judged by
 * the rules and by PostgreSQL, yes, no and unknown compared row for row. MOONSIFT_SEED makes it
 * another proof; MOONSIFT_FULL a longer one.
 */
#include "support/database.h"

#include "lua/script.h"
#include "rules/judge.h"
#include "rules/sql.h"

#include "sql_trees.h"

enum {
    SEED = 20250201,
    TODAY = 20120, /* 2025-02-01 */
    RULES = 40,    /* in one vertical */
};

static spec_database database;
static ms_arena *arena;
static uint32_t n_contacts = 200, n_verticals = 10;
static ms_str *contacts;

/* ---- set-up -------------------------------------------------------------------------------------
 */

static void load_functions(void)
{
    ms_str text = MS_NONE;
    ms_error err = {0};
    spec_script(&database, "CREATE SCHEMA moonsift");
    if (ms_read_file(arena, SOURCE_DIR "/migrations/crm/0011_condition_functions.up.sql", 1 << 20,
                     &text, &err))
        fail_msg("%s", err.text);
    spec_script(&database, text.p);
}

static void flush_rows(ms_buf *sql)
{
    ms_error err = {0};
    assert_false(sql->failed);
    if (ms_db_script(&database.client, ms_buf_view(sql), true, &err))
        fail_msg("%s", err.text);
    sql->n = 0;
}

static void make_contacts(void)
{
    ms_buf sql = {0}, json = {0};
    contacts = ms_alloc_zero(arena, n_contacts, sizeof *contacts);
    assert_non_null(contacts);
    spec_script(&database, "CREATE TABLE contacts (id integer, custom_attributes jsonb)");
    for (uint32_t i = 0; i < n_contacts; i++) {
        json.n = 0;
        put_contact(&json);
        contacts[i] = ms_arena_dup(arena, ms_buf_view(&json));
        ms_buf_format(&sql, sql.n ? ", (%u, " : "INSERT INTO contacts VALUES (%u, ", i);
        assert_true(ms_sql_literal(&sql, contacts[i]));
        ms_buf_char(&sql, ')');
        if (i % 500 == 499 || i + 1 == n_contacts)
            flush_rows(&sql);
    }
    ms_buf_free(&json);
    ms_buf_free(&sql);
}

static int open_all(void **state)
{
    const char *seed = getenv("MOONSIFT_SEED"), *full = getenv("MOONSIFT_FULL");
    (void)state;
    random_state = seed ? strtoull(seed, NULL, 10) : SEED;
    random_state += !random_state; /* it would stay 0 */
    if (full && *full)
        n_contacts = 10000;
    print_message("seed %llu: %u contacts, %u conditions\n", (unsigned long long)random_state,
                  n_contacts, n_verticals * RULES);
    arena = ms_arena_new(0);
    spec_pg_new(&database.pg);
    spec_database_fresh(&database);
    load_functions();
    make_contacts();
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

/* ---- both sides
 * ---------------------------------------------------------------------------------- */

/* What the rules say: '0', '1' or '?' at [rule * n_contacts + contact]. */
static char *judge_all(const ms_vertical *v)
{
    char *answers = malloc((size_t)v->n_rules * n_contacts);
    ms_judge *judge = ms_judge_new();
    ms_json_reader *reader = ms_json_reader_new();
    ms_fields top = {0}, none = {0};
    ms_error err = {0};
    assert_true(answers && judge && reader);
    for (uint32_t i = 0; i < n_contacts; i++) {
        ms_decision d;
        if (ms_json_read(reader, contacts[i], NULL, &top, &none, &err) ||
            ms_judge_contact(judge, v, &top, NULL, TODAY, true, &d, &err))
            fail_msg("%s: %s", contacts[i].p, err.text);
        for (uint32_t r = 0; r < v->n_rules; r++)
            answers[(size_t)r * n_contacts + i] = "01?"[ms_rule_truth(&d, r)];
    }
    ms_fields_free(&top);
    ms_fields_free(&none);
    ms_json_reader_free(reader);
    ms_judge_free(judge);
    return answers;
}

/* What PostgreSQL says, in the same form; lives in `memory`. */
static ms_str ask_all(ms_arena *memory, const char *condition, const char *about)
{
    ms_rows rows = {0};
    ms_error err = {0};
    ms_buf sql = {0};
    ms_buf_format(&sql,
                  "SELECT string_agg(coalesce((%s)::integer::text, '?'), '' ORDER BY id)"
                  " FROM contacts%c",
                  condition, '\0');
    if (ms_db_query(&database.client, memory, sql.p, NULL, 0, &rows, &err))
        fail_msg("%s\n  %s\n  %s", about, err.text, condition);
    ms_buf_free(&sql);
    assert_int_equal(ms_cell(&rows, 0, 0).n, n_contacts);
    return ms_cell(&rows, 0, 0);
}

static const char *words_of(ms_arena *memory, const ms_vertical *v, uint32_t rule)
{
    ms_buf words = {0};
    ms_condition_words(v, v->rules[rule].condition, &words);
    ms_str text = ms_arena_dup(memory, ms_buf_view(&words));
    ms_buf_free(&words);
    return text.p;
}

static const ms_sql_names names = {"custom_attributes", "20120"};

typedef struct tally {
    uint32_t compared, filtered, left_out, answers[256];
} tally;

/* A filter may say what it likes of contacts that are no or unknown; with all of a rule in SQL it
 * says what that says. */
static void compare_filter(const ms_vertical *v, uint32_t rule, const char *wanted, bool exact,
                           const char *words, tally *t)
{
    ms_arena *memory = ms_arena_new(0);
    ms_buf sql = {0};
    if (ms_condition_sql_filter(v, v->rules[rule].condition, &names, &sql)) {
        ms_buf_char(&sql, '\0');
        ms_str got = ask_all(memory, sql.p, words);
        t->filtered++;
        for (uint32_t i = 0; i < n_contacts; i++) {
            t->left_out += got.p[i] != '1';
            if ((got.p[i] == '1') != (wanted[i] == '1') && (exact || wanted[i] == '1'))
                fail_msg("contact %u: %s\n  %s\n  rules: %c, filter: %c\n  %s", i, contacts[i].p,
                         words, wanted[i], got.p[i], sql.p);
        }
    }
    ms_buf_free(&sql);
    ms_arena_free(memory);
}

static void compare_rule(const ms_vertical *v, uint32_t rule, const char *wanted, tally *t)
{
    ms_arena *memory = ms_arena_new(0);
    ms_buf sql = {0};
    char why[MS_SQL_WHY];
    const char *words = words_of(memory, v, rule);
    bool exact = ms_condition_sql(v, v->rules[rule].condition, &names, &sql, why);
    if (exact) {
        ms_buf_char(&sql, '\0');
        ms_str got = ask_all(memory, sql.p, words);
        t->compared++;
        for (uint32_t i = 0; i < n_contacts; i++) {
            t->answers[(uint8_t)wanted[i]]++;
            if (got.p[i] != wanted[i])
                fail_msg("contact %u: %s\n  %s\n  rules: %c, SQL: %c\n  %s", i, contacts[i].p,
                         words, wanted[i], got.p[i], sql.p);
        }
    } else if (!strstr(why, "a function of the script") && !strstr(why, "longer than 256 KiB")) {
        fail_msg("%s\n  has no SQL: %s", words, why);
    }
    if (!exact || rule % 4 == 0)
        compare_filter(v, rule, wanted, exact, words, t);
    ms_buf_free(&sql);
    ms_arena_free(memory);
}

static ms_script *random_vertical(void)
{
    ms_buf lua = {0};
    ms_script *script = NULL;
    ms_error err = {0};
    put_vertical(&lua, RULES);
    ms_source_file file = {MS_STR("vertical.lua"), ms_buf_view(&lua)};
    if (ms_script_load(MS_STR("v"), &file, 1, NULL, &script, &err))
        fail_msg("%s\n%.*s", err.text, (int)lua.n, lua.p);
    ms_buf_free(&lua);
    return script;
}

static void the_same_row_for_row(void **state)
{
    uint32_t all = n_verticals * RULES;
    tally t = {0};
    (void)state;
    for (uint32_t i = 0; i < n_verticals; i++) {
        ms_script *script = random_vertical();
        const ms_vertical *v = ms_script_vertical(script);
        char *answers = judge_all(v);
        for (uint32_t r = 0; r < v->n_rules; r++)
            compare_rule(v, r, answers + (size_t)r * n_contacts, &t);
        free(answers);
        ms_script_free(script);
    }
    print_message("%u compared: yes %u, no %u, unknown %u; %u filters leave %u out\n", t.compared,
                  t.answers['1'], t.answers['0'], t.answers['?'], t.filtered, t.left_out);
    assert_true(t.compared >= 300);
    assert_true(t.filtered > all / 5 && t.left_out > t.filtered * n_contacts / 4);
    for (const char *c = "01?"; *c; c++) /* all three are common, or it proves little */
        assert_true(t.answers[(uint8_t)*c] > n_contacts * t.compared / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_row_for_row),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

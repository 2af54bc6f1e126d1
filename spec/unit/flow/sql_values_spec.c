/*
 * Values: what PostgreSQL's functions make of a contact's attribute is what coercion makes of it,
 * type by type, with bounds, patterns, defaults and ranges. MOONSIFT_SEED, MOONSIFT_FULL as in
 * sql_spec.c.
 */
#include "support/database.h"

#include "rules/judge.h"
#include "rules/sql_inside.h"

#include "sql_values.h"

enum { SEED = 20250202, TODAY = 20120 };

#define CHOICES(list) .choices = (list), .n_choices = COUNT(list)
static const ms_str words_known[] = {MS_STR("low"), MS_STR("high"), MS_STR("it's"), MS_STR("x\\y"),
                                     MS_STR("caf\xc3\xa9")};
static const ms_str listed[] = {MS_STR("x"), MS_STR("y"), MS_STR("z"), MS_STR("a b")};

/* In the order of `shapes`. */
static ms_attribute attributes[] = {
    {.name = MS_STR("n"), .type = MS_T_INTEGER, .max = 100000000},
    {.name = MS_STR("n-low"), .type = MS_T_INTEGER, .min = -5, .max = 10},
    {.name = MS_STR("n-all"), .type = MS_T_INTEGER, .min = INT64_MIN, .max = INT64_MAX},
    {.name = MS_STR("n default"), .type = MS_T_INTEGER, .max = 1000, .otherwise = MS_STR("7")},
    {.name = MS_STR("lo"), .type = MS_T_INTEGER, .max = 100000000},
    {.name = MS_STR("hi"), .type = MS_T_INTEGER, .max = 100000000, .otherwise = MS_STR("50000")},
    {.name = MS_STR("top"), .type = MS_T_INTEGER, .max = 100000000},
    {.name = MS_STR("w"), .type = MS_T_MONEY, .max = 10000000000},
    {.name = MS_STR("debt"), .type = MS_T_MONEY, .min = -100000, .max = 100000},
    {.name = MS_STR("w-all"), .type = MS_T_MONEY, .min = INT64_MIN, .max = INT64_MAX},
    {.name = MS_STR("x"), .type = MS_T_NUMBER, .min = -MS_MAX_NUMBER, .max = MS_MAX_NUMBER},
    {.name = MS_STR("x-some"), .type = MS_T_NUMBER, .min = -1500000, .max = 399995000},
    {.name = MS_STR("c"), .type = MS_T_CHOICE, CHOICES(words_known)},
    {.name = MS_STR("c'default"),
     .type = MS_T_CHOICE,
     CHOICES(words_known),
     .otherwise = MS_STR("\"it's\"")},
    {.name = MS_STR("cs"), .type = MS_T_CHOICES, CHOICES(listed)},
    {.name = MS_STR("b"), .type = MS_T_BOOLEAN},
    {.name = MS_STR("t"), .type = MS_T_TEXT, .max = 65536},
    {.name = MS_STR("t-some"), .type = MS_T_TEXT, .min = 2, .max = 5},
    {.name = MS_STR("t-endless"), .type = MS_T_TEXT},
    {.name = MS_STR("formed"),
     .type = MS_T_TEXT,
     .max = 65536,
     .pattern = MS_STR("\xe2\x82\xac?[0-9]{1,6}-[0-9]{1,6}k?")},
    {.name = MS_STR("formed2"),
     .type = MS_T_TEXT,
     .max = 65536,
     .pattern = MS_STR(
         "^(\xe2\x82\xac|\\$)?\\d{1,7}[\xe2\x80\x93-]{1,2}\\d{1,8}( ?months?|[^\\]0-9\\-]|)$")},
    {.name = MS_STR("may be empty"), .type = MS_T_TEXT, .max = 65536, .pattern = MS_STR("[a-z]?")},
    {.name = MS_STR("d"), .type = MS_T_DATE},
    {.name = MS_STR("d-some"), .type = MS_T_DATE, .min = -25567, .max = 20120},
    {.name = MS_STR("m"), .type = MS_T_TIME},
    {.name = MS_STR("m-some"), .type = MS_T_TIME, .min = 0, .max = 1738368000},
    {.name = MS_STR("mail"), .type = MS_T_EMAIL},
    {.name = MS_STR("call"), .type = MS_T_PHONE},
    {.name = MS_STR("call at home"), .type = MS_T_PHONE, .country = MS_STR("31")},
    {.name = MS_STR("any"), .type = MS_T_AS_IS},
};
static const shape shapes[] = {NUMBER, NUMBER, NUMBER,  NUMBER,  NUMBER, NUMBER,  NUMBER, NUMBER,
                               NUMBER, NUMBER, DECIMAL, DECIMAL, WORD,   WORD,    LIST,   TRUTH,
                               TEXT,   TEXT,   TEXT,    FORMED,  FORMED, TEXT,    DAY,    DAY,
                               MOMENT, MOMENT, EMAIL,   PHONE,   PHONE,  ANYTHING};
static const ms_pair ranges[] = {{4, 5}, {5, 6}, {8, 7}};
enum { N = COUNT(attributes) };

static spec_database database;
static ms_arena *arena;
static ms_vertical v = {.name = MS_STR("spec"),
                        .file = MS_STR("vertical.lua"),
                        .version = MS_STR("v"),
                        .attributes = attributes,
                        .n_attributes = N,
                        .ranges = ranges,
                        .n_ranges = COUNT(ranges)};
static uint32_t n_contacts = 2000;

static int open_all(void **state)
{
    const char *seed = getenv("MOONSIFT_SEED"), *full = getenv("MOONSIFT_FULL");
    ms_error err = {0};
    ms_str text = MS_NONE;
    (void)state;
    random_state = seed ? strtoull(seed, NULL, 10) : SEED;
    random_state += !random_state;
    n_contacts = full && *full ? 50000 : n_contacts;
    print_message("seed %llu: %u contacts\n", (unsigned long long)random_state, n_contacts);
    arena = ms_arena_new(0);
    spec_pg_new(&database.pg);
    spec_database_fresh(&database);
    spec_script(&database, "CREATE SCHEMA moonsift");
    if (ms_read_file(arena, SOURCE_DIR "/migrations/crm/0011_condition_functions.up.sql", 1 << 20,
                     &text, &err))
        fail_msg("%s", err.text);
    spec_script(&database, text.p);
    if (ms_vertical_seal(&v, arena, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ms_vertical_unseal(&v);
    spec_database_disconnect(&database);
    spec_pg_free(&database.pg);
    ms_arena_free(arena);
    return 0;
}

static void put_contact(ms_buf *json)
{
    const char *between = "{";
    for (uint32_t i = 0; i < N; i++) {
        if (one_in(12))
            continue;
        ms_buf_z(json, between);
        ms_json_string(json, attributes[i].name);
        ms_buf_char(json, ':');
        put_value(json, shapes[i]);
        between = ", ";
    }
    ms_buf_z(json, *between == '{' ? "{}" : "}");
}

/* A slot's value as PostgreSQL prints it; "" when it has none. */
static void put_slot(ms_buf *out, const ms_attribute *a, const ms_slot *slot)
{
    if (slot->state != MS_SLOT_VALID) {
        ms_buf_z(out, "<null>");
        return;
    }
    switch (a->type) {
    case MS_T_BOOLEAN: ms_buf_z(out, slot->number ? "t" : "f"); break;
    case MS_T_CHOICES: ms_buf_format(out, "%lld", (long long)slot->number); break;
    case MS_T_CHOICE:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_TEXT: ms_buf_str(out, slot->text); break;
    case MS_T_AS_IS: ms_buf_z(out, "given"); break;
    default: ms_buf_format(out, "%lld", (long long)slot->number); break;
    }
}

/* SELECT with one column a slot, over contacts that stand in it as text. */
static void put_query(ms_buf *sql)
{
    char why[MS_SQL_WHY] = "";
    ms_sql_values values = {0};
    ms_sql s = {.values = &values,
                .v = &v,
                .attributes = "attributes",
                .today = "0",
                .out = sql,
                .why = why};
    ms_buf_z(sql, "SELECT ");
    for (uint32_t i = 0; i < N; i++) {
        ms_type type = attributes[i].type;
        ms_buf_z(sql, i ? ", " : "");
        ms_buf_z(sql, type == MS_T_CHOICES ? "moonsift.count_choices(" : "(");
        if (!ms_sql_slot(&s, i))
            fail_msg("%s: %s", attributes[i].name.p, why);
        ms_buf_z(sql, type == MS_T_AS_IS ? ") IS NOT NULL" : ")::text");
    }
    ms_buf_z(sql, " FROM (VALUES ");
}

static void compare(const ms_rows *rows, uint32_t row, ms_str contact, ms_judge *judge,
                    ms_json_reader *reader)
{
    ms_fields top = {0}, none = {0};
    ms_decision d;
    ms_error err = {0};
    ms_buf want = {0};
    if (ms_json_read(reader, contact, NULL, &top, &none, &err) ||
        ms_judge_contact(judge, &v, &top, NULL, TODAY, true, &d, &err))
        fail_msg("%s: %s", contact.p, err.text);
    for (uint32_t i = 0; i < N; i++) {
        ms_str cell = ms_cell(rows, row, i);
        cell = !cell.p ? MS_STR("<null>") : cell;
        if (attributes[i].type == MS_T_AS_IS)
            cell = ms_str_eqz(cell, "t") ? MS_STR("given") : MS_STR("<null>");
        want.n = 0;
        put_slot(&want, &attributes[i], &d.slots->items[i]);
        if (!ms_str_eq(ms_buf_view(&want), cell) &&
            !(attributes[i].type == MS_T_BOOLEAN && cell.n && cell.p[0] == want.p[0]))
            fail_msg("%s of %s\n  rules: %.*s\n  SQL:   %.*s", attributes[i].name.p, contact.p,
                     (int)want.n, want.p, (int)cell.n, cell.p);
    }
    ms_buf_free(&want);
    ms_fields_free(&top);
    ms_fields_free(&none);
}

static void values_are_read_alike(void **state)
{
    enum { BATCH = 250 };
    ms_judge *judge = ms_judge_new();
    ms_json_reader *reader = ms_json_reader_new();
    (void)state;
    for (uint32_t done = 0; done < n_contacts; done += BATCH) {
        ms_arena *memory = ms_arena_new(0);
        ms_buf sql = {0}, json = {0};
        ms_str contacts[BATCH];
        ms_rows rows = {0};
        ms_error err = {0};
        put_query(&sql);
        for (uint32_t i = 0; i < BATCH; i++) {
            json.n = 0;
            put_contact(&json);
            contacts[i] = ms_arena_dup(memory, ms_buf_view(&json));
            ms_buf_format(&sql, i ? ", (%u, " : "(%u, ", i);
            assert_true(ms_sql_literal(&sql, contacts[i]));
            ms_buf_z(&sql, "::jsonb)");
        }
        ms_buf_z(&sql, ") AS c(id, attributes) ORDER BY id");
        ms_buf_char(&sql, '\0');
        if (ms_db_query(&database.client, memory, sql.p, NULL, 0, &rows, &err))
            fail_msg("%s", err.text);
        assert_int_equal(rows.n_rows, BATCH);
        for (uint32_t i = 0; i < BATCH; i++)
            compare(&rows, i, contacts[i], judge, reader);
        ms_buf_free(&sql);
        ms_buf_free(&json);
        ms_arena_free(memory);
    }
    ms_json_reader_free(reader);
    ms_judge_free(judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_alike),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

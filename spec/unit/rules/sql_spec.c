/* Conditions as SQL text: what each becomes, what has none and why, filters, literals, reads. That
 * PostgreSQL answers as the rules do is proven in spec/unit/flow/sql_spec.c. */
#include "court.h"

#include "rules/sql.h"

#define LEAF(o, s, ...)                                                                            \
    {                                                                                              \
        .op = (o), .size = 1, .slot = (s), __VA_ARGS__                                             \
    }
#define GROUP(o, children, nodes, ...)                                                             \
    {                                                                                              \
        .op = (o), .n_children = (children), .size = (nodes), __VA_ARGS__                          \
    }

enum { N, M, W, B, C, CS, T, D, ANY, P, PER, WHOLE, TAIL };
static const ms_str levels[] = {MS_STR("low"), MS_STR("high"), MS_STR("it's")};
static const ms_str texts[] = {MS_STR("a'b"), MS_STR("c\\d")};
static ms_attribute attributes[] = {
    {.name = MS_STR("n"), .type = MS_T_INTEGER, .max = 100},
    {.name = MS_STR("m"), .type = MS_T_INTEGER, .max = 100},
    {.name = MS_STR("w"), .type = MS_T_MONEY, .max = 1000},
    {.name = MS_STR("b"), .type = MS_T_BOOLEAN},
    {.name = MS_STR("c"), .type = MS_T_CHOICE, CHOICE_OF(levels)},
    {.name = MS_STR("cs"), .type = MS_T_CHOICES, CHOICE_OF(levels)},
    {.name = MS_STR("t"), .type = MS_T_TEXT, .max = 20},
    {.name = MS_STR("d"), .type = MS_T_DATE},
    {.name = MS_STR("any"), .type = MS_T_AS_IS},
    {.name = MS_STR("p"), .type = MS_T_URL},
    {.name = MS_STR("w per n"), .type = MS_T_MONEY},
    {.name = MS_STR("whole n"), .type = MS_T_INTEGER},
    {.name = MS_STR("tail"), .type = MS_T_INTEGER},
};
static const ms_computed computed[] = {
    {.formula = MS_F_PER, .slot = W, .slot2 = N},
    {.formula = MS_F_WHOLE, .slot = N, .by = 10},
    {.formula = MS_F_LAST_NUMBER, .slot = T},
};

static ms_status never(void *script, uint32_t custom, const ms_slots *slots, ms_truth *out,
                       ms_error *err)
{
    (void)script, (void)custom, (void)slots, (void)err;
    *out = MS_UNKNOWN;
    return MS_OK;
}

static const uint16_t custom_reads[] = {M};
static const ms_custom customs[] = {
    {.says = MS_STR("f"), .reads = custom_reads, .n_reads = 1, .line = 12}};

/* One rule with these nodes, in a vertical of its own. */
static ms_vertical *vertical_of(court *c, const ms_cond *nodes, uint32_t n, bool outcome)
{
    ms_cond *conditions = ms_alloc_zero(c->arena, n, sizeof *conditions);
    memcpy(conditions, nodes, n * sizeof *nodes); /* sealing writes into it */
    ms_vertical *v = ms_alloc_zero(c->arena, 1, sizeof *v);
    ms_rule *rule = ms_alloc_zero(c->arena, 1, sizeof *rule);
    *rule = (ms_rule){.id = MS_STR("R"), .label = -1, .group = -1, .outcome = outcome};
    *v = (ms_vertical){.attributes = attributes,
                       .n_attributes = PER,
                       .computed = computed,
                       .n_computed = 3,
                       .conditions = conditions,
                       .n_conditions = n,
                       .rules = rule,
                       .n_rules = 1,
                       .customs = customs,
                       .n_customs = 1,
                       .score_max = 100,
                       .calls = {.condition = never}};
    seal(c, v);
    return v;
}

static const ms_sql_names names = {"a", "today"};

static const char *sql_of(court *c, const ms_cond *conditions, uint32_t n)
{
    char why[MS_SQL_WHY];
    ms_vertical *v = vertical_of(c, conditions, n, true);
    c->out.n = 0;
    if (!ms_condition_sql(v, 0, &names, &c->out, why)) {
        assert_int_equal(c->out.n, 0);
        ms_buf_format(&c->out, "none: %s", why);
    }
    ms_vertical_unseal(v);
    return text_of(c);
}

static const char *filter_of(court *c, const ms_cond *conditions, uint32_t n)
{
    ms_vertical *v = vertical_of(c, conditions, n, true);
    c->out.n = 0;
    if (!ms_condition_sql_filter(v, 0, &names, &c->out)) {
        assert_int_equal(c->out.n, 0);
        ms_buf_z(&c->out, "none");
    }
    ms_vertical_unseal(v);
    return text_of(c);
}

#define SQL(expected, ...)                                                                         \
    do {                                                                                           \
        static const ms_cond nodes[] = {__VA_ARGS__};                                              \
        assert_string_equal(sql_of(c, nodes, COUNT(nodes)), expected);                             \
    } while (0)
#define FILTER(expected, ...)                                                                      \
    do {                                                                                           \
        static const ms_cond nodes[] = {__VA_ARGS__};                                              \
        assert_string_equal(filter_of(c, nodes, COUNT(nodes)), expected);                          \
    } while (0)

#define N_SQL "moonsift.as_integer(a->'n', 0, 100)"
#define B_SQL "moonsift.as_boolean(a->'b')"
#define N_IS(x) LEAF(MS_C_COMPARE, N, .cmp = MS_EQ, .a = (x))
#define CUSTOM LEAF(MS_C_CUSTOM, 0, .a = 0)

static void each_condition_has_its_expression(void **state)
{
    court *c = court_open();
    (void)state;
    SQL(N_SQL " <> -5", LEAF(MS_C_COMPARE, N, .cmp = MS_NE, .a = -5));
    SQL(B_SQL, LEAF(MS_C_COMPARE, B, .cmp = MS_EQ, .a = 1));
    SQL("NOT " B_SQL, LEAF(MS_C_COMPARE, B, .cmp = MS_NE, .a = 1));
    SQL(B_SQL "::integer >= 2", LEAF(MS_C_COMPARE, B, .cmp = MS_GE, .a = 2));
    SQL(N_SQL " < moonsift.as_integer(a->'m', 0, 100)",
        LEAF(MS_C_COMPARE_SLOTS, N, .slot2 = M, .cmp = MS_LT));
    SQL("moonsift.as_choice(a->'c', ARRAY['low', 'high', 'it''s']) = 'it''s'",
        LEAF(MS_C_ONE_OF, C, .mask = 4));
    SQL("moonsift.as_choice(a->'c', ARRAY['low', 'high', 'it''s']) IN ('low', 'high')",
        LEAF(MS_C_ONE_OF, C, .mask = 3));
    SQL("moonsift.as_choices(a->'cs', '[\"low\",\"high\",\"it''s\"]'::jsonb)"
        " @> '[\"high\",\"it''s\"]'::jsonb",
        LEAF(MS_C_CONTAINS, CS, .mask = 6));
    SQL("moonsift.as_choices(a->'cs', '[\"low\",\"high\",\"it''s\"]'::jsonb)"
        " ?| ARRAY['low', 'high']",
        LEAF(MS_C_CONTAINS_ANY, CS, .mask = 3));
    SQL("moonsift.count_choices(moonsift.as_choices(a->'cs',"
        " '[\"low\",\"high\",\"it''s\"]'::jsonb)) > 1",
        LEAF(MS_C_COUNT, CS, .cmp = MS_GT, .a = 1));
    SQL("moonsift.as_text(a->'t', 0, 20) IN ('a''b', E'c\\\\d')",
        LEAF(MS_C_TEXT_IS, T, .texts = texts, .n_texts = 2));
    SQL("moonsift.given(a->'any') = '\"a''b\"'::jsonb",
        LEAF(MS_C_TEXT_IS, ANY, .texts = texts, .n_texts = 1));
    SQL("(strpos(moonsift.lower_case(moonsift.as_text(a->'t', 0, 20)), 'a''b') > 0)",
        LEAF(MS_C_TEXT_CONTAINS, T, .texts = texts, .n_texts = 1));
    SQL("(moonsift.ends_with(moonsift.lower_case(moonsift.as_words(moonsift.given(a->'any'))),"
        " 'a''b'))",
        LEAF(MS_C_ENDS_WITH, ANY, .texts = texts, .n_texts = 1));
    SQL("moonsift.as_date(a->'d') IS NULL", LEAF(MS_C_MISSING, D));
    SQL("moonsift.given(a->'any') IS NOT NULL", LEAF(MS_C_PRESENT, ANY));
    SQL("today - moonsift.as_date(a->'d') <= 90", LEAF(MS_C_WITHIN_DAYS, D, .a = 90));
    SQL("moonsift.per(moonsift.as_money(a->'w', 0, 1000), " N_SQL ") >= 5",
        LEAF(MS_C_COMPARE, PER, .cmp = MS_GE, .a = 5));
    SQL("moonsift.whole(" N_SQL ", 10) = 1", LEAF(MS_C_COMPARE, WHOLE, .cmp = MS_EQ, .a = 1));
    SQL("LEAST(GREATEST((0::bigint), 0), 100) < 30", LEAF(MS_C_SCORE, 0, .cmp = MS_LT, .a = 30));
    court_close(c);
}

static void groups_stand_in_brackets(void **state)
{
    court *c = court_open();
    (void)state;
    SQL("(" N_SQL " = 1 AND (" N_SQL " = 2 OR " B_SQL "))", GROUP(MS_C_ALL, 2, 5), N_IS(1),
        GROUP(MS_C_ANY, 2, 3), N_IS(2), LEAF(MS_C_COMPARE, B, .cmp = MS_EQ, .a = 1));
    SQL("(NOT (" N_SQL " = 1))", GROUP(MS_C_NONE, 1, 2), N_IS(1));
    SQL("moonsift.at_least(2, ARRAY[" N_SQL " = 1, " N_SQL " = 2, " N_SQL " = 3])",
        GROUP(MS_C_AT_LEAST, 3, 4, .a = 2), N_IS(1), N_IS(2), N_IS(3));
    SQL("(" N_SQL " = 1 OR " N_SQL " = 2)", GROUP(MS_C_AT_LEAST, 2, 3, .a = 1), N_IS(1), N_IS(2));
    SQL("(" N_SQL " = 1 AND " N_SQL " = 2)", GROUP(MS_C_AT_LEAST, 2, 3, .a = 2), N_IS(1), N_IS(2));
    SQL("true", GROUP(MS_C_AT_LEAST, 1, 2, .a = 0), N_IS(1));
    SQL("true", GROUP(MS_C_ALL, 0, 1));
    SQL("false", GROUP(MS_C_ANY, 0, 1));
    SQL("(NOT false)", GROUP(MS_C_NONE, 0, 1));
    court_close(c);
}

/* What is used often is read once. */
static void repeated_values_have_names(void **state)
{
    static const ms_str default_of_m = MS_STR("7");
    court *c = court_open();
    (void)state;
    SQL("(SELECT (value.v0 = 1 OR value.v0 = 2 OR value.v0 = 3 OR value.v0 = 4)"
        " FROM (SELECT " N_SQL " AS v0 OFFSET 0) AS value)",
        GROUP(MS_C_ANY, 4, 5), N_IS(1), N_IS(2), N_IS(3), N_IS(4));
    FILTER("(SELECT ((NOT value.v0 = 1) AND (NOT value.v0 = 2) AND (NOT value.v0 = 3) AND"
           " (NOT value.v0 = 4)) FROM (SELECT " N_SQL " AS v0 OFFSET 0) AS value)",
           GROUP(MS_C_NONE, 5, 6), N_IS(1), N_IS(2), N_IS(3), N_IS(4), CUSTOM);
    attributes[M].otherwise = default_of_m;
    SQL("(SELECT (value.d1 IS NULL OR value.d1 IS NULL OR value.v0 < value.d1 OR value.v0 < "
        "value.d1) FROM (SELECT " N_SQL " AS v0, moonsift.as_integer(coalesce(moonsift.given("
        "a->'m'), '7'::jsonb), 0, 100) AS d1 OFFSET 0) AS value)",
        GROUP(MS_C_ANY, 4, 5), LEAF(MS_C_MISSING, M), LEAF(MS_C_MISSING, M),
        LEAF(MS_C_COMPARE_SLOTS, N, .slot2 = M, .cmp = MS_LT),
        LEAF(MS_C_COMPARE_SLOTS, N, .slot2 = M, .cmp = MS_LT));
    attributes[M].otherwise = MS_NONE;
    court_close(c);
}

static void what_has_no_sql_says_why(void **state)
{
    static const ms_str nul[] = {{"a\0b", 3}}, broken[] = {MS_STR("\xff")};
    static const ms_str lazy[] = {MS_STR("a+?")};
    court *c = court_open();
    (void)state;
    SQL("none: it asks a function of the script (line 12)", GROUP(MS_C_ALL, 2, 3), N_IS(1), CUSTOM);
    SQL("none: p is of a type that has no SQL", LEAF(MS_C_PRESENT, P));
    SQL("none: p is of a type that has no SQL", LEAF(MS_C_ERRORS, 0, .a = 1));
    SQL("none: PostgreSQL has no text with U+0000 or broken UTF-8",
        LEAF(MS_C_TEXT_IS, T, .texts = nul, .n_texts = 1));
    SQL("none: PostgreSQL has no text with U+0000 or broken UTF-8",
        LEAF(MS_C_TEXT_IS, ANY, .texts = nul, .n_texts = 1));
    SQL("none: PostgreSQL has no text with U+0000 or broken UTF-8",
        LEAF(MS_C_TEXT_IS, T, .texts = broken, .n_texts = 1));
    SQL("none: the pattern of t is one that PostgreSQL does not have (it has literals, classes,"
        " groups, alternatives, bounded repeats)",
        LEAF(MS_C_MATCHES, T, .texts = lazy, .n_texts = 1));
    court_close(c);
}

/* "may be yes" turns into "may be no" below none, and unknown parts may be anything. */
static void a_filter_leaves_out_only_what_cannot_be_yes(void **state)
{
    court *c = court_open();
    (void)state;
    FILTER("(" N_SQL " = 1)", GROUP(MS_C_ALL, 2, 3), N_IS(1), CUSTOM);
    FILTER("none", GROUP(MS_C_ANY, 2, 3), N_IS(1), CUSTOM);
    FILTER("none", CUSTOM);
    FILTER("((NOT " N_SQL " = 1))", GROUP(MS_C_NONE, 2, 3), N_IS(1), CUSTOM);
    FILTER("(((NOT " N_SQL " = 1) OR (NOT " N_SQL " = 2)))", GROUP(MS_C_NONE, 2, 5), CUSTOM,
           GROUP(MS_C_ALL, 2, 3), N_IS(1), N_IS(2));
    FILTER("none", GROUP(MS_C_NONE, 1, 4), GROUP(MS_C_ALL, 2, 3), N_IS(1), CUSTOM);
    FILTER("((" N_SQL " = 1))", GROUP(MS_C_NONE, 1, 3), GROUP(MS_C_NONE, 1, 2), N_IS(1));
    FILTER("moonsift.at_least(2, ARRAY[" N_SQL " = 1, true, " N_SQL " = 2])",
           GROUP(MS_C_AT_LEAST, 3, 4, .a = 2), N_IS(1), CUSTOM, N_IS(2));
    FILTER("none", GROUP(MS_C_AT_LEAST, 3, 4, .a = 1), N_IS(1), CUSTOM, N_IS(2));
    FILTER("(" N_SQL " = 1 AND " N_SQL " = 2)", GROUP(MS_C_AT_LEAST, 3, 4, .a = 3), N_IS(1), CUSTOM,
           N_IS(2));
    FILTER("(moonsift.at_least(2, ARRAY[(NOT " N_SQL " = 1), (NOT " N_SQL " = 2), (NOT " N_SQL
           " = 3)]))",
           GROUP(MS_C_NONE, 1, 5), GROUP(MS_C_AT_LEAST, 3, 4, .a = 2), N_IS(1), N_IS(2), N_IS(3));
    FILTER("none", GROUP(MS_C_ALL, 0, 1));
    FILTER("false", GROUP(MS_C_ANY, 0, 1));
    court_close(c);
}

static void literals_escape(void **state)
{
    static const struct {
        ms_str text;
        const char *literal;
    } rows[] = {
        {MS_STR(""), "''"},
        {MS_STR("plain"), "'plain'"},
        {MS_STR("it's"), "'it''s'"},
        {MS_STR("'; --"), "'''; --'"},
        {MS_STR("\\"), "E'\\\\'"},
        {MS_STR("\\'"), "E'\\\\'''"},
        {MS_STR("a\nb\t\x7f"), "E'a\\x0ab\\x09\\x7f'"},
        {MS_STR("caf\xc3\xa9"), "'caf\xc3\xa9'"},
        {MS_STR("$1 :x ?"), "'$1 :x ?'"},
        {{"\0", 1}, NULL},
        {MS_STR("\xc3"), NULL},
        {MS_STR("\xed\xa0\x80"), NULL},
    };
    ms_buf out = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        out.n = 0;
        assert_int_equal(ms_sql_literal(&out, rows[i].text), rows[i].literal != NULL);
        ms_buf_char(&out, '\0');
        assert_string_equal(out.p, rows[i].literal ? rows[i].literal : "");
    }
    ms_buf_free(&out);
}

/* Rules that ask the one before twice: doubled 200 times, no memory would hold it. */
static void what_multiplies_is_refused_soon(void **state)
{
    enum { RULES = 200 };
    court *c = court_open();
    char why[MS_SQL_WHY];
    ms_cond *conditions = ms_alloc_zero(c->arena, RULES, 3 * sizeof *conditions);
    ms_rule *rules = ms_alloc_zero(c->arena, RULES, sizeof *rules);
    (void)state;
    for (uint32_t i = 0; i < RULES; i++) {
        ms_cond *at = &conditions[3 * i];
        at[0] = (ms_cond){.op = MS_C_ALL, .n_children = 2, .size = 3};
        at[1] = at[2] =
            (ms_cond){.op = i ? MS_C_FIRED : MS_C_PRESENT, .size = 1, .a = i ? i - 1 : 0};
        rules[i] =
            (ms_rule){.id = ms_arena_format(c->arena, "R%u", i), .condition = 3 * i, .label = -1};
    }
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = PER,
                     .conditions = conditions,
                     .n_conditions = 3 * RULES,
                     .rules = rules,
                     .n_rules = RULES};
    seal(c, &v);
    c->out.n = 0;
    assert_true(ms_condition_sql(&v, 3 * 10, NULL, &c->out, why));
    c->out.n = 0;
    assert_false(ms_condition_sql(&v, 3 * 20, NULL, &c->out, why));
    assert_string_equal(why, "it would be longer than 256 KiB");
    assert_false(ms_condition_sql(&v, 3 * (RULES - 1), NULL, &c->out, why));
    assert_false(ms_condition_sql_filter(&v, 3 * (RULES - 1), NULL, &c->out));
    assert_int_equal(c->out.n, 0);
    for (uint32_t i = 1; i < RULES; i++) /* a chain: not long, but deep */
        conditions[3 * i + 2] = (ms_cond){.op = MS_C_PRESENT, .size = 1};
    assert_false(ms_condition_sql(&v, 3 * (RULES - 1), NULL, &c->out, why));
    assert_string_equal(why, "it is nested more than 200 deep");
    ms_vertical_unseal(&v);
    court_close(c);
}

static const char *reads_of(court *c, const ms_vertical *v, uint32_t condition)
{
    bool reads[MS_MAX_SLOTS];
    memset(reads, 1, sizeof reads);
    ms_condition_reads(v, condition, reads);
    c->out.n = 0;
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++)
        if (reads[i]) {
            ms_buf_z(&c->out, c->out.n ? " " : "");
            ms_buf_str(&c->out, v->attributes[i].name);
        }
    return text_of(c);
}

static void reads_follow_all_that_is_asked(void **state)
{
    static const ms_pair ranges[] = {{N, M}};
    static const ms_cond conditions[] = {
        N_IS(1),                                               /* 0: first rule */
        LEAF(MS_C_PRESENT, PER),                               /* 1 */
        LEAF(MS_C_FIRED, 0, .a = 1),                           /* 2 */
        CUSTOM,                                                /* 3 */
        LEAF(MS_C_COMPARE_SLOTS, N, .slot2 = M, .cmp = MS_LT), /* 4 */
        LEAF(MS_C_SCORE, 0, .cmp = MS_GE, .a = 1),             /* 5 */
        LEAF(MS_C_ERRORS, 0, .a = 1),                          /* 6 */
        LEAF(MS_C_PRESENT, TAIL),                              /* 7 */
        LEAF(MS_C_PRESENT, T),                                 /* 8 */
    };
    court *c = court_open();
    ms_rule rules[COUNT(conditions)];
    (void)state;
    for (uint32_t i = 0; i < COUNT(rules); i++)
        rules[i] = (ms_rule){.id = ms_arena_format(c->arena, "R%u", i),
                             .condition = (uint16_t)i,
                             .points = i<3, .label = -1, .outcome = i> 4};
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = PER,
                     .computed = computed,
                     .n_computed = 3,
                     .conditions = conditions,
                     .n_conditions = COUNT(conditions),
                     .rules = rules,
                     .n_rules = COUNT(rules),
                     .customs = customs,
                     .n_customs = 1,
                     .calls = {.condition = never},
                     .score_max = 100};
    seal(c, &v);
    assert_string_equal(reads_of(c, &v, 0), "n");
    assert_string_equal(reads_of(c, &v, 1), "n w w per n");
    assert_string_equal(reads_of(c, &v, 2), "n w w per n");
    assert_string_equal(reads_of(c, &v, 3), "m");
    assert_string_equal(reads_of(c, &v, 4), "n m");
    assert_string_equal(reads_of(c, &v, 5), "n w w per n");
    assert_string_equal(reads_of(c, &v, 6), "n m w b c cs t d p");
    assert_string_equal(reads_of(c, &v, 7), "t tail");
    v.ranges = ranges;
    v.n_ranges = 1;
    assert_string_equal(reads_of(c, &v, 0), "n m");
    assert_string_equal(reads_of(c, &v, 8), "t");
    ms_vertical_unseal(&v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_has_its_expression),
        cmocka_unit_test(groups_stand_in_brackets),
        cmocka_unit_test(repeated_values_have_names),
        cmocka_unit_test(what_has_no_sql_says_why),
        cmocka_unit_test(a_filter_leaves_out_only_what_cannot_be_yes),
        cmocka_unit_test(literals_escape),
        cmocka_unit_test(what_multiplies_is_refused_soon),
        cmocka_unit_test(reads_follow_all_that_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

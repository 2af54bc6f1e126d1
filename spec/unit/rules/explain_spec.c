/* Decisions and conditions in words. */
#include "recruitment.h"

static const char *explain(court *c, const ms_vertical *v, const char *attributes)
{
    judge(c, v, attributes);
    c->out.n = 0;
    ms_decision_explain(&c->d, &c->out);
    return text_of(c);
}

static void a_whole_page(void **state)
{
    court *c = court_open();
    ms_vertical *v = recruitment(c);
    (void)state;
    assert_string_equal(
        explain(c, v,
                "{\"budget_max\":80000,\"urgency_level\":\"high\",\"job_type_preference\":"
                "\"interim\",\"last_intent\":\"job_search\",\"follower_count\":900,"
                "\"scraped_date\":\"2025-13-01\",\"lead_source\":\"referral\"}"),
        "score 8.0 (80 points) · lead_status new\n"
        " +25 R01 budget-80k  budget_max = 80000 ≥ 80000                          "
        "vertical.lua:34  Budget is in our top band\n"
        " +25 R03             urgency_level = \"high\"                              "
        "vertical.lua:104  → hot-lead\n"
        " +10 R05             job_type_preference = \"interim\"                     "
        "vertical.lua:106  → interim-job-seeker\n"
        " +20 R12             last_intent = \"job_search\"                          "
        "vertical.lua:117\n"
        "   0 R02             no: budget_max = 80000 ≥ 80000                      "
        "vertical.lua:101\n"
        "   0 R04             no: urgency_level = \"high\", not low                 "
        "vertical.lua:105\n"
        "   0 R06             no: job_type_preference = \"interim\", not permanent  "
        "vertical.lua:107\n"
        "   0 R07             no: job_type_preference = \"interim\", not freelance  "
        "vertical.lua:108\n"
        "   0 R08             no: lead_source = \"referral\", not instagram_scrape or "
        "linkedin_scrape  vertical.lua:109\n"
        "   0 R09             no: R08 did not fire                                "
        "vertical.lua:110\n"
        "   0 R11             no: follower_count = 900 < 10000                    "
        "vertical.lua:116\n"
        "   ? R10             unknown: last_contact_date missing; scraped_date not valid  "
        "vertical.lua:113\n"
        "then O3              urgency_level = \"high\", score 80 ≥ 80               "
        "vertical.lua:122  → high-priority\n"
        "then O4              not valid: scraped_date                             "
        "vertical.lua:125  → needs-human\n"
        "   - O1              no: not valid: scraped_date                         "
        "vertical.lua:118\n"
        "   - O2              no: score 80 ≥ 30                                   "
        "vertical.lua:121\n"
        "   - O5              no: not valid: scraped_date                         "
        "vertical.lua:126\n"
        "not valid: scraped_date = \"2025-13-01\": not a date like 2025-02-01\n");
    assert_non_null(strstr(explain(c, v, "{\"lead_source\":\"linkedin_scrape\"}"),
                           "R08 fired, last_contact_date is missing"));
    assert_non_null(strstr(explain(c, v,
                                   "{\"lead_source\":\"linkedin_scrape\","
                                   "\"last_contact_date\":\"soon\"}"),
                           "R08 fired, last_contact_date is not valid"));
    assert_non_null(strstr(explain(c, v,
                                   "{\"scraped_date\":\"2025-01-01\","
                                   "\"last_contact_date\":\"2025-01-20\"}"),
                           "last_contact_date = 2025-01-20 ≥ scraped_date = 2025-01-01, "
                           "last_contact_date = 2025-01-20, 12 days ago ≤ 90"));
    assert_non_null(strstr(explain(c, v,
                                   "{\"scraped_date\":\"2025-01-01\","
                                   "\"last_contact_date\":\"2025-02-03\"}"),
                           "last_contact_date = 2025-02-03, 2 days ahead"));
    ms_vertical_unseal(v);
    court_close(c);
}

/* Every operator: in words, and why it is yes, no or unknown. */
enum { N, M, CH, SET, FLAG, T, D, ANY, NUM, AT, MAIL, OWN };
static const ms_str letters[] = {MS_STR("x"), MS_STR("y"), MS_STR("z")};
static const ms_str words[] = {MS_STR("one"), MS_STR("two"), MS_STR("three")};
static const ms_str many[] = {MS_STR("1"), MS_STR("2"), MS_STR("3"), MS_STR("4"), MS_STR("5"),
                              MS_STR("6"), MS_STR("7"), MS_STR("8"), MS_STR("9")};
static const ms_attribute attributes[] = {
    {.name = MS_STR("n"), .type = MS_T_INTEGER, .min = -100, .max = 100},
    {.name = MS_STR("m"), .type = MS_T_MONEY, .max = MAX_CENTS},
    {.name = MS_STR("c"), .type = MS_T_CHOICE, CHOICE_OF(letters)},
    {.name = MS_STR("set"), .type = MS_T_CHOICES, CHOICE_OF(letters)},
    {.name = MS_STR("flag"), .type = MS_T_BOOLEAN},
    {.name = MS_STR("t"), .type = MS_T_TEXT},
    {.name = MS_STR("d"), .type = MS_T_DATE},
    {.name = MS_STR("any"), .type = MS_T_AS_IS},
    {.name = MS_STR("num"), .type = MS_T_NUMBER, .max = 9 * (int64_t)MS_MILLION},
    {.name = MS_STR("at"), .type = MS_T_TIME},
    {.name = MS_STR("mail"), .type = MS_T_EMAIL, .personal = true},
    {.name = MS_STR("own"), .type = MS_T_INTEGER, .max = 9, .otherwise = MS_STR("7")},
};

typedef struct sample {
    ms_cond c[4];
    const char *words;
    const char *in, *reason;
} sample;

#define ON(o, s) .op = (o), .size = 1, .slot = (s)
#define GROUP_OF(o, n, k)                                                                          \
    {                                                                                              \
        .op = (o), .n_children = (n), .size = (n) + 1, .a = (k)                                    \
    }
#define COMPARE(s, how, x)                                                                         \
    {                                                                                              \
        ON(MS_C_COMPARE, s), .cmp = (how), .a = (x)                                                \
    }
static const sample samples[] = {
    {{COMPARE(N, MS_EQ, 5)}, "n is 5", "{\"n\":5}", "  n = 5 "},
    {{COMPARE(N, MS_EQ, 5)}, "n is 5", "{\"n\":4}", "no: n = 4 ≠ 5 "},
    {{COMPARE(N, MS_NE, 5)}, "n is not 5", "{\"n\":4}", "  n = 4 ≠ 5 "},
    {{COMPARE(N, MS_NE, 5)}, "n is not 5", "{\"n\":5}", "no: n = 5 "},
    {{COMPARE(N, MS_LT, -5)}, "n is less than -5", "{\"n\":-5}", "no: n = -5 ≥ -5 "},
    {{COMPARE(N, MS_LE, 5)}, "n is at most 5", "{}", "unknown: n missing "},
    {{COMPARE(N, MS_GT, 5)}, "n is more than 5", "{\"n\":\"x\"}", "unknown: n not valid "},
    {{COMPARE(M, MS_GE, 1050)}, "m is at least 10.5", "{\"m\":10.25}", "no: m = 10.25 < 10.5 "},
    {{COMPARE(FLAG, MS_EQ, 1)}, "flag is true", "{\"flag\":true}", "  flag = true "},
    {{COMPARE(FLAG, MS_EQ, 0)}, "flag is false", "{\"flag\":true}", "no: flag = true ≠ false "},
    {{COMPARE(D, MS_LT, 20120)},
     "d is before 2025-02-01",
     "{\"d\":\"2025-03-01\"}",
     "no: d = 2025-03-01 ≥ 2025-02-01 "},
    {{{ON(MS_C_CONTAINS, SET), .mask = 6}},
     "set contains y and z",
     "{\"set\":[\"y\",\"x\"]}",
     "no: set = [x, y] without z "},
    {{{ON(MS_C_COUNT, SET), .cmp = MS_GE, .a = 2}},
     "the number of set is at least 2",
     "{\"set\":[]}",
     "no: set has 0 < 2 "},
    {{{ON(MS_C_ONE_OF, CH), .mask = 7}}, "c is x, y or z", "{\"c\":\"y\"}", "  c = \"y\" "},
    {{{ON(MS_C_TEXT_IS, T), .texts = words, .n_texts = 3}},
     "t is \"one\", \"two\" or \"three\"",
     "{\"t\":\"four\"}",
     "no: t = \"four\", not \"one\", \"two\" or \"three\" "},
    {{{ON(MS_C_PRESENT, N)}}, "n is there", "{\"n\":1}", "  n = 1 "},
    {{{ON(MS_C_MISSING, N)}}, "n is missing", "{\"n\":1}", "no: n = 1 "},
    {{{ON(MS_C_OLDER_DAYS, D), .a = 30}},
     "d is more than 30 days ago",
     "{\"d\":\"2025-01-02\"}",
     "no: d = 2025-01-02, 30 days ago ≤ 30 "},
    {{{ON(MS_C_OLDER_DAYS, D), .a = 1}},
     "d is more than 1 day ago",
     "{\"d\":\"2025-01-31\"}",
     "no: d = 2025-01-31, 1 day ago ≤ 1 "},
    {{{ON(MS_C_WITHIN_DAYS, D), .a = 0}},
     "d is at most 0 days ago",
     "{\"d\":\"2025-02-02\"}",
     "  d = 2025-02-02, 1 day ahead "},
    {{{ON(MS_C_TEXT_IS, T), .texts = many, .n_texts = 9}},
     "t is \"1\", \"2\", \"3\", \"4\", \"5\", \"6\" or 3 more",
     "{\"t\":\"x\"}",
     "no: t = \"x\", not \"1\", \"2\", \"3\", \"4\", \"5\", \"6\" or 3 more "},
    {{{ON(MS_C_TEXT_IS, ANY), .texts = many, .n_texts = 8}},
     "any is \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\" or \"8\"",
     "{\"any\":[1,\n 2]}",
     "no: any = [1,  2], not "},
    {{COMPARE(NUM, MS_GE, 2500000)}, "num is at least 2.5", "{\"num\":2.25}", "num = 2.25 < 2.5 "},
    {{COMPARE(AT, MS_LT, 1738368000)},
     "at is before 2025-02-01T00:00Z",
     "{\"at\":\"2025-02-01T01:00:05+01:00\"}",
     "no: at = 2025-02-01T00:00:05Z ≥ 2025-02-01T00:00Z "},
    {{{ON(MS_C_WITHIN_DAYS, AT), .a = 3}},
     "at is at most 3 days ago",
     "{\"at\":\"2025-01-31T23:59:59Z\"}",
     "  at = 2025-01-31T23:59:59Z, 1 day ago ≤ 3 "},
    {{{ON(MS_C_CONTAINS_ANY, SET), .mask = 6}},
     "set contains y or z",
     "{\"set\":[\"x\"]}",
     "no: set = [x] without y or z "},
    {{{ON(MS_C_TEXT_CONTAINS, T), .texts = words, .n_texts = 3}},
     "t contains \"one\", \"two\" or \"three\"",
     "{\"t\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx Three\"}",
     "xxx\"… contains \"three\" "},
    {{{ON(MS_C_STARTS_WITH, T), .texts = words, .n_texts = 2}},
     "t starts with \"one\" or \"two\"",
     "{\"t\":\"to\"}",
     "no: t = \"to\" does not start with \"one\" or \"two\" "},
    {{{ON(MS_C_ENDS_WITH, MAIL), .texts = words, .n_texts = 1}},
     "mail ends with \"one\"",
     "{\"mail\":\"a@b.one\"}",
     "  mail = (personal) ends with \"one\" "},
    {{{ON(MS_C_PRESENT, MAIL)}},
     "mail is there",
     "{\"mail\":\"a\"}",
     "not valid: mail = (personal)"},
    {{COMPARE(OWN, MS_GE, 5)}, "own is at least 5", "{}", "  own = 7 (default) ≥ 5 "},
    {{GROUP_OF(MS_C_AT_LEAST, 1, 0), COMPARE(N, MS_GE, 5)},
     "at least 0 of (n is at least 5)",
     "{\"n\":4}",
     "  nothing is asked "},
    {{GROUP_OF(MS_C_ANY, 2, 0), COMPARE(N, MS_GE, 5), COMPARE(FLAG, MS_EQ, 1)},
     "n is at least 5 or flag is true",
     "{\"n\":5,\"flag\":false}",
     "  n = 5 "},
    {{GROUP_OF(MS_C_NONE, 2, 0), COMPARE(N, MS_GE, 5), COMPARE(FLAG, MS_EQ, 1)},
     "not (n is at least 5 or flag is true)",
     "{\"n\":4,\"flag\":false}",
     "  n = 4 < 5, flag = false ≠ true "},
    {{GROUP_OF(MS_C_NONE, 1, 0), COMPARE(N, MS_GE, 5)},
     "n is less than 5",
     "{\"n\":5}",
     "no: n = 5 "},
    {{GROUP_OF(MS_C_NONE, 1, 0), COMPARE(D, MS_LT, 0)},
     "d is on or after 1970-01-01",
     "{\"d\":\"1970-01-01\"}",
     "  d = 1970-01-01 ≥ 1970-01-01 "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_ONE_OF, CH), .mask = 2}},
     "c is not y",
     "{\"c\":\"x\"}",
     "  c = \"x\", not y "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_ONE_OF, CH), .mask = 5}},
     "c is none of x, z",
     "{\"c\":\"z\"}",
     "no: c = \"z\" "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_CONTAINS, SET), .mask = 6}},
     "set does not contain all of y, z",
     "{\"set\":[\"y\"]}",
     "  set = [y] without z "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_CONTAINS_ANY, SET), .mask = 6}},
     "set contains none of y, z",
     "{\"set\":[\"y\"]}",
     "no: set = [y] "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_TEXT_CONTAINS, T), .texts = words, .n_texts = 2}},
     "t does not contain \"one\" or \"two\"",
     "{\"t\":\"TWO\"}",
     "no: t = \"TWO\" contains \"two\" "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_TEXT_IS, T), .texts = words, .n_texts = 1}},
     "t is not \"one\"",
     "{}",
     "unknown: t missing "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_PRESENT, N)}}, "n is missing", "{}", "  n is missing "},
    {{GROUP_OF(MS_C_NONE, 1, 0), {ON(MS_C_WITHIN_DAYS, D), .a = 30}},
     "d is more than 30 days ago",
     "{\"d\":\"2025-01-02\"}",
     "no: d = 2025-01-02, 30 days ago ≤ 30 "},
    {{GROUP_OF(MS_C_AT_LEAST, 3, 2), COMPARE(N, MS_GE, 5), COMPARE(FLAG, MS_EQ, 1),
      COMPARE(D, MS_GE, 0)},
     "at least 2 of (n is at least 5; flag is true; d is on or after 1970-01-01)",
     "{\"n\":4,\"d\":\"2025-01-01\"}",
     "unknown: flag missing "},
    {{GROUP_OF(MS_C_ALL, 0, 0)}, "always", "{}", "  nothing is asked "},
    {{GROUP_OF(MS_C_ANY, 0, 0)}, "never", "{}", "no: nothing is asked "},
};

static void operators(void **state)
{
    court *c = court_open();
    (void)state;
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        const ms_rule rule = {.id = MS_STR("R"), .label = -1};
        ms_vertical v = {.attributes = attributes,
                         .n_attributes = COUNT(attributes),
                         .conditions = samples[i].c,
                         .n_conditions = 4,
                         .rules = &rule,
                         .n_rules = 1};
        seal(c, &v);
        c->out.n = 0;
        ms_condition_words(&v, 0, &c->out);
        assert_string_equal(text_of(c), samples[i].words);
        const char *page = explain(c, &v, samples[i].in);
        if (!strstr(page, samples[i].reason))
            fail_msg("%s: no \"%s\" in\n%s", samples[i].words, samples[i].reason, page);
        ms_vertical_unseal(&v);
    }
    court_close(c);
}

/* What a stranger wrote is cut at a character and cannot break the lines. */
static void strange_values(void **state)
{
    static const ms_cond conditions[] = {
        {.op = MS_C_TEXT_IS, .size = 1, .slot = T, .texts = words, .n_texts = 1}};
    static const ms_rule rule = {.id = MS_STR("R"), .label = -1};
    court *c = court_open();
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = conditions,
                     .n_conditions = 1,
                     .rules = &rule,
                     .n_rules = 1};
    (void)state;
    seal(c, &v);
    assert_non_null(
        strstr(explain(c, &v, "{\"t\":\"a\\nb\\u001b[31m\"}"), "t = \"a\\nb\\u001b[31m\""));
    const char *page =
        explain(c, &v, "{\"t\":\"xééééééééééééééééééééééééééééééééééééééééééééééé\"}");
    assert_non_null(strstr(page, "xééééééééééééééééééééééééééééé\"…, not"));
    ms_vertical_unseal(&v);
    court_close(c);
}

/* More rules than a word has bits, some of them outcomes: each has its line, in its place. */
static void many_rules(void **state)
{
    enum { RULES = 200, SCORING = 130 };
    static ms_cond conditions[RULES];
    static ms_rule rules[RULES];
    static char names[RULES][16];
    court *c = court_open();
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = conditions,
                     .n_conditions = RULES,
                     .rules = rules,
                     .n_rules = RULES,
                     .score_max = 10000};
    (void)state;
    for (int i = 0; i < RULES; i++) { /* every third asks for what is missing */
        conditions[i] = (ms_cond){.op = MS_C_COMPARE, .size = 1, .cmp = MS_LE, .a = i % 50};
        conditions[i].slot = i % 3 ? N : D;
        snprintf(names[i], sizeof names[i], "Q%03d", i);
        rules[i] = (ms_rule){.id = ms_str_z(names[i]),
                             .points = i < SCORING,
                             .condition = (uint16_t)i,
                             .label = -1,
                             .outcome = i >= SCORING};
    }
    seal(c, &v);
    const char *at = explain(c, &v, "{\"n\":20}");
    static const struct {
        int from, to;
        ms_truth truth;
        const char *points;
    } parts[] = {{0, SCORING, MS_YES, "  +1 Q"},     {0, SCORING, MS_NO, "   0 Q"},
                 {0, SCORING, MS_UNKNOWN, "   ? Q"}, {SCORING, RULES, MS_YES, "then Q"},
                 {SCORING, RULES, MS_NO, "   - Q"},  {SCORING, RULES, MS_UNKNOWN, "   ? Q"}};
    for (uint32_t k = 0; k < COUNT(parts); k++)
        for (int i = parts[k].from; i < parts[k].to; i++) {
            ms_truth truth = i % 3 == 0 ? MS_UNKNOWN : 20 <= i % 50 ? MS_YES : MS_NO;
            if (truth != parts[k].truth)
                continue;
            at = strchr(at, '\n') + 1;
            assert_memory_equal(at, parts[k].points, 6);
            assert_memory_equal(at + 5, names[i], 4);
        }
    assert_string_equal(strchr(at, '\n') + 1, "");
    ms_vertical_unseal(&v);
    court_close(c);
}

/* What a group does not let count is said, and the points still add up. */
static void groups(void **state)
{
    static const ms_cond conditions[] = {COMPARE(N, MS_GE, 1), COMPARE(N, MS_GE, 2),
                                         COMPARE(N, MS_GE, 3), COMPARE(N, MS_GE, 4)};
    static const ms_group groups[] = {
        {.name = MS_STR("sum"), .min = MS_NO_MIN, .max = 30},
        {.name = MS_STR("best"), .highest = true, .min = MS_NO_MIN, .max = 12}};
    static const ms_rule rules[] = {
        {.id = MS_STR("A"), .points = 20, .condition = 0, .label = -1, .group = 0},
        {.id = MS_STR("B"), .points = 25, .condition = 1, .label = -1, .group = 0},
        {.id = MS_STR("C"), .points = 10, .condition = 2, .label = -1, .group = 1},
        {.id = MS_STR("E"), .points = 15, .condition = 3, .label = -1, .group = 1}};
    court *c = court_open();
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = conditions,
                     .n_conditions = COUNT(conditions),
                     .groups = groups,
                     .n_groups = COUNT(groups),
                     .rules = rules,
                     .n_rules = COUNT(rules),
                     .score_max = 40};
    (void)state;
    seal(c, &v);
    assert_string_equal(
        explain(c, &v, "{\"n\":4}"),
        "score 4.0 (40 points; the rules come to 42)\n"
        " +20 A  n = 4 ≥ 1                                               vertical.lua:0\n"
        " +10 B  n = 4 ≥ 2; 10 of 25: group sum counts at most 30        vertical.lua:0\n"
        "   0 C  n = 4 ≥ 3; 0 of 10: group best counts its highest only  vertical.lua:0\n"
        " +12 E  n = 4 ≥ 4; 12 of 15: group best counts at most 12       vertical.lua:0\n");
    ms_vertical_unseal(&v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_page),   cmocka_unit_test(operators),
        cmocka_unit_test(strange_values), cmocka_unit_test(many_rules),
        cmocka_unit_test(groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

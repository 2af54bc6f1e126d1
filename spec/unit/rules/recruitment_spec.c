/* Recruitment v1: whole decisions, what changed and what is stored. */
#include "recruitment.h"

static court *c;
static ms_vertical *v;

static int open_court(void **state)
{
    (void)state;
    c = court_open();
    v = recruitment(c);
    return 0;
}

static int close_court(void **state)
{
    (void)state;
    ms_vertical_unseal(v);
    court_close(c);
    return 0;
}

static const char *line_of(const char *attributes, const char *id)
{
    judge(c, v, attributes);
    c->out.n = 0;
    ms_decision_line(&c->d, id ? ms_str_z(id) : MS_NONE, &c->top, &c->out);
    return text_of(c);
}

static void whole_line(void **state)
{
    (void)state;
    assert_string_equal(
        line_of("{\"budget_max\": \"€80k\", \"urgency_level\": \" High \", \"x\": [1, 2.50],"
                "\"job_type_preference\":\"interim\",\"last_intent\":\"job_search\"}",
                "7"),
        "{\"id\":7,\"vertical\":\"recruitment\",\"version\":\"v1\",\"attributes\":{\"budget_max\":"
        "80000,\"urgency_level\":\"high\",\"x\":[1, 2.50],\"job_type_preference\":\"interim\","
        "\"last_intent\":\"job_search\",\"budget_range\":\"up to €80k\",\"lead_status\":"
        "\"qualified\",\"qualification_score\":8},\"changed\":{\"budget_max\":80000,"
        "\"urgency_level\":\"high\",\"budget_range\":\"up to €80k\",\"lead_status\":\"qualified\","
        "\"qualification_score\":8},\"writes\":{\"budget_max\":80000,\"urgency_level\":\"high\","
        "\"budget_range\":\"up to €80k\",\"lead_status\":\"qualified\",\"qualification_score\":8},"
        "\"score\":8,\"lead_status\":\"qualified\",\"labels\":[\"qualified-lead\",\"hot-lead\","
        "\"high-priority\",\"interim-job-seeker\",\"ai-handled\"],\"fired\":[\"R01\",\"R03\","
        "\"R05\",\"R12\",\"O1\",\"O3\",\"O5\"],\"unknown\":[\"R08\",\"R09\",\"R10\",\"R11\"],"
        "\"errors\":[]}");
    assert_string_equal(
        line_of("{}", NULL),
        "{\"id\":null,\"vertical\":\"recruitment\",\"version\":\"v1\",\"attributes\":{"
        "\"lead_status\":\"unqualified\",\"qualification_score\":0},\"changed\":{\"lead_status\":"
        "\"unqualified\",\"qualification_score\":0},\"writes\":{\"lead_status\":\"unqualified\","
        "\"qualification_score\":0},\"score\":0,\"lead_status\":\"unqualified\",\"labels\":["
        "\"unqualified-lead\",\"ai-handled\"],\"fired\":[\"O2\",\"O5\"],\"unknown\":[\"R01\","
        "\"R02\",\"R03\",\"R04\",\"R05\",\"R06\",\"R07\",\"R08\",\"R09\",\"R10\",\"R11\",\"R12\"],"
        "\"errors\":[]}");
}

typedef struct sample {
    const char *in, *changed, *writes;
} sample;

static void changed_and_writes(void **state)
{
#define DONE "\"lead_status\":\"unqualified\",\"qualification_score\":0"
    static const sample samples[] = {
        /* nothing differs: numbers by value, not by spelling */
        {"{" DONE "}", "{}", "{}"},
        {"{\"lead_status\":\"unqualified\",\"qualification_score\":0.0}", "{}", "{}"},
        {"{\"follower_count\":500.0," DONE "}", "{}", "{}"},
        {"{\"follower_count\":5e2," DONE "}", "{}", "{}"},
        {"{\"scraped_date\":\"2025-01-01T10:00:00Z\"," DONE "}", "{}", "{}"},
        {"{\"budget_min\":1000,\"budget_max\":2000,\"budget_range\":\"€1-2k\"," DONE "}", "{}",
         "{}"},
        {"{\"budget_min\":1000,\"budget_max\":2000,\"budget_range\":\"\\u20ac1-2k\"," DONE "}",
         "{}", "{}"},
        /* the swap is a canonical form */
        {"{\"budget_min\":2000,\"budget_max\":\"1k\",\"budget_range\":\"€1-2k\"," DONE "}",
         "{\"budget_min\":1000,\"budget_max\":2000}", "{\"budget_min\":1000,\"budget_max\":2000}"},
        {"{\"budget_min\":2000,\"budget_max\":2000,\"budget_range\":\"€2-2k\"," DONE "}", "{}",
         "{}"},
        /* invalid, null and "" are gone from the document and left alone in the store */
        {"{\"follower_count\":\"many\"," DONE "}", "{\"follower_count\":null}", "{}"},
        {"{\"follower_count\":null,\"urgency_level\":\"\"," DONE "}",
         "{\"urgency_level\":null,\"follower_count\":null}", "{}"},
        {"{\"last_intent\":null," DONE "}", "{}", "{}"},
        /* derived values are ours: replaced, or removed when there is none */
        {"{\"budget_range\":\"€1-2k\"," DONE "}", "{\"budget_range\":null}",
         "{\"budget_range\":null}"},
        {"{\"budget_range\":null," DONE "}", "{\"budget_range\":null}", "{\"budget_range\":null}"},
        {"{\"budget_min\":999,\"budget_range\":7," DONE "}", "{\"budget_range\":\"€0k+\"}",
         "{\"budget_range\":\"€0k+\"}"},
        {"{\"lead_status\":\"new\",\"qualification_score\":\"0\"}", "{" DONE "}", "{" DONE "}"},
        {"{\"lead_status\":null,\"qualification_score\":null}", "{" DONE "}", "{" DONE "}"},
        /* a customer stays one, exactly so spelt */
        {"{\"lead_status\":\"customer\",\"qualification_score\":0}", "{}", "{}"},
        {"{\"lead_status\":\"Customer\",\"qualification_score\":0}",
         "{\"lead_status\":\"unqualified\"}", "{\"lead_status\":\"unqualified\"}"},
        {"{\"lead_status\":[\"customer\"],\"qualification_score\":0}",
         "{\"lead_status\":\"unqualified\"}", "{\"lead_status\":\"unqualified\"}"},
        {"{\"lead_status\":\"new\",\"lead_status\":\"customer\",\"qualification_score\":0}", "{}",
         "{}"},
        {"{\"lead_status\":\"customer\",\"lead_status\":\"\",\"qualification_score\":0}",
         "{\"lead_status\":\"unqualified\"}", "{\"lead_status\":\"unqualified\"}"},
    };
    (void)state;
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        print_message("%s\n", samples[i].in);
        judge(c, v, samples[i].in);
        assert_string_equal(changed_of(c), samples[i].changed);
        assert_string_equal(writes_of(c), samples[i].writes);
    }
    /* normalise off: only what is managed */
    judge_at(c, v, "{\"budget_min\":\"2k\",\"budget_max\":1000}", 0, false);
    assert_string_equal(writes_of(c), "{\"budget_range\":\"€1-2k\",\"lead_status\":\"unqualified\","
                                      "\"qualification_score\":0}");
}

static void before_and_after(void **state)
{
    (void)state;
    judge(c, v, "{\"budget_min\":\" 2k\",\"budget_range\":\"x\"}");
    assert_int_equal(c->d.n_writes, 4);
    const ms_change *w = c->d.writes;
    assert_true(ms_str_eqz(w[0].key, "budget_min") && ms_str_eqz(w[0].before, "\" 2k\""));
    assert_true(ms_str_eqz(w[0].after, "2000") && !w[0].managed);
    assert_true(ms_str_eqz(w[1].before, "\"x\"") && ms_str_eqz(w[1].after, "\"€2k+\""));
    assert_true(w[1].managed && w[2].managed && w[3].managed);
    assert_true(w[2].before.p == NULL && ms_str_eqz(w[2].key, "lead_status"));
}

typedef struct border {
    const char *in, *fired;
    int points;
    const char *status;
} border;

static void rules_at_their_borders(void **state)
{
    static const border borders[] = {
        {"{\"budget_max\":79999}", "[\"R02\",\"O2\",\"O5\"]", 15, "unqualified"},
        {"{\"budget_max\":80000}", "[\"R01\",\"O2\",\"O5\"]", 25, "unqualified"},
        {"{\"budget_max\":50000}", "[\"R02\",\"O2\",\"O5\"]", 15, "unqualified"},
        {"{\"budget_max\":49999}", "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"budget_min\":90000,\"budget_max\":1}", "[\"R01\",\"O2\",\"O5\"]", 25, "unqualified"},
        {"{\"urgency_level\":\"low\"}", "[\"R04\",\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"follower_count\":10000}", "[\"R11\",\"O2\",\"O5\"]", 10, "unqualified"},
        {"{\"follower_count\":9999}", "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"last_intent\":\"job_search\",\"follower_count\":\"10k\"}", "[\"R11\",\"R12\",\"O5\"]",
         30, "new"},
        {"{\"last_intent\":\" job_search\"}", "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"lead_source\":\"linkedin_scrape\"}", "[\"R08\",\"R09\",\"O2\",\"O5\"]", 0,
         "unqualified"},
        {"{\"lead_source\":\"linkedin_scrape\",\"last_contact_date\":\"soon\"}",
         "[\"R08\",\"R09\",\"O2\",\"O4\"]", 0, "unqualified"},
        {"{\"lead_source\":\"linkedin_scrape\",\"last_contact_date\":\"2024-01-01\"}",
         "[\"R08\",\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"lead_source\":\"referral\"}", "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"last_contact_date\":\"2024-11-03\",\"scraped_date\":\"2024-11-03\"}",
         "[\"R10\",\"O2\",\"O5\"]", 15, "unqualified"},
        {"{\"last_contact_date\":\"2024-11-02\",\"scraped_date\":\"2024-11-01\"}",
         "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"last_contact_date\":\"2024-11-03\",\"scraped_date\":\"2024-11-04\"}",
         "[\"O2\",\"O5\"]", 0, "unqualified"},
        {"{\"last_contact_date\":\"2030-01-01\",\"scraped_date\":\"2024-11-04\"}",
         "[\"R10\",\"O2\",\"O5\"]", 15, "unqualified"},
        /* 70 exactly, with and without an error */
        {"{\"budget_max\":80000,\"urgency_level\":\"high\",\"last_intent\":\"job_search\"}",
         "[\"R01\",\"R03\",\"R12\",\"O1\",\"O5\"]", 70, "qualified"},
        {"{\"budget_max\":80000,\"urgency_level\":\"high\",\"last_intent\":\"job_search\","
         "\"follower_count\":-1}",
         "[\"R01\",\"R03\",\"R12\",\"O4\"]", 70, "new"},
        {"{\"budget_max\":80000,\"urgency_level\":\"high\",\"last_intent\":\"job_search\","
         "\"job_type_preference\":\"permanent\"}",
         "[\"R01\",\"R03\",\"R06\",\"R12\",\"O1\",\"O5\"]", 75, "qualified"},
        {"{\"budget_max\":80000,\"urgency_level\":\"high\",\"last_intent\":\"job_search\","
         "\"job_type_preference\":\"freelance\",\"follower_count\":\"40k\",\"scraped_date\":"
         "\"2025-01-01\",\"last_contact_date\":\"2025-01-02\"}",
         "[\"R01\",\"R03\",\"R07\",\"R10\",\"R11\",\"R12\",\"O1\",\"O3\",\"O5\"]", 100,
         "qualified"},
        {"{\"urgency_level\":\"HIGH\",\"budget_max\":\"60.000\"}", "[\"R02\",\"R03\",\"O5\"]", 40,
         "new"},
    };
    (void)state;
    for (uint32_t i = 0; i < COUNT(borders); i++) {
        print_message("%s\n", borders[i].in);
        judge(c, v, borders[i].in);
        assert_string_equal(fired_of(c), borders[i].fired);
        assert_int_equal(c->d.points, borders[i].points);
        assert_true(ms_str_eqz(c->d.status, borders[i].status));
    }
}

/* all{no, ?} is no, all{yes, ?} unknown. */
static void undecided(void **state)
{
    (void)state;
    judge(c, v, "{\"last_contact_date\":\"2024-01-01\"}"); /* too old: the other date is moot */
    assert_string_equal(unknown_of(c), "[\"R01\",\"R02\",\"R03\",\"R04\",\"R05\",\"R06\",\"R07\","
                                       "\"R08\",\"R11\",\"R12\"]");
    judge(c, v, "{\"last_contact_date\":\"2025-01-01\"}");
    assert_non_null(strstr(unknown_of(c), "\"R10\""));
    judge(c, v, "{\"budget_max\":\"?\",\"urgency_level\":\"low\"}");
    assert_string_equal(errors_of(c), "[\"budget_max\"]");
    assert_non_null(strstr(unknown_of(c), "\"R01\",\"R02\",\"R05\""));
}

static uint64_t hash_of(const char *attributes)
{
    read_fields(c, attributes, strlen(attributes));
    return ms_judge_input_hash(c->judge, v, &c->top, NULL);
}

static void input_hash(void **state)
{
    (void)state;
    uint64_t none = hash_of("{}");
    assert_true(none != 0);
    static const char *const same_as_none[] = {
        "{\"x\":1}",
        "{\"budget_max\":null}",
        "{\"urgency_level\":\"\"}",
        "{\"qualification_score\":3}",
        "{\"lead_status\":\"new\"}",
        "{\"budget_range\":\"x\"}",
        "{\"budget_max\":1,\"budget_max\":null}",
    };
    for (uint32_t i = 0; i < COUNT(same_as_none); i++)
        assert_true(hash_of(same_as_none[i]) == none);
    static const char *const all_different[] = {
        "{}",
        "{\"budget_max\":0}",
        "{\"budget_max\":\"bad\"}",
        "{\"budget_min\":0}",
        "{\"budget_min\":\"bad\"}",
        "{\"urgency_level\":\"low\"}",
        "{\"urgency_level\":\"high\"}",
        "{\"last_intent\":\"a\"}",
        "{\"last_intent\":1}",
        "{\"scraped_date\":\"2025-01-01\"}",
        "{\"last_contact_date\":\"2025-01-01\"}",
        "{\"lead_status\":\"customer\"}",
        "{\"follower_count\":1}",
        "{\"budget_max\":1}",
    };
    for (uint32_t i = 0; i < COUNT(all_different); i++)
        for (uint32_t k = 0; k < i; k++)
            assert_true(hash_of(all_different[i]) != hash_of(all_different[k]));
    /* canonical: spelling, order and the swap do not count */
    assert_true(hash_of("{\"budget_min\":1000,\"budget_max\":2000}") ==
                hash_of("{\"budget_max\":\"1k\",\"budget_min\":\"2.000\"}"));
    /* stored, so the same in every run and on every host */
    assert_true(none == 0xc6a4791befb5198f);
    static const ms_str other = MS_STR("v2");
    ms_vertical next = *v;
    next.version = other;
    read_fields(c, "{}", 2);
    assert_true(ms_judge_input_hash(c->judge, &next, &c->top, NULL) != none);
}

static void names(void **state)
{
    (void)state;
    assert_int_equal(ms_vertical_slot(v, MS_STR("budget_min")), MIN);
    assert_int_equal(ms_vertical_slot(v, MS_STR("last_intent")), INTENT);
    assert_int_equal(ms_vertical_slot(v, MS_STR("lead_status")), -1);
    assert_int_equal(ms_vertical_slot(v, MS_STR("")), -1);
    assert_true(ms_vertical_reads(v, MS_STR("last_contact_date")));
    assert_true(ms_vertical_reads(v, MS_STR("lead_status")));
    assert_false(ms_vertical_reads(v, MS_STR("qualification_score")));
    assert_false(ms_vertical_reads(v, MS_STR("ai_summary")));
    assert_true(ms_vertical_manages(v, MS_STR("budget_range")));
    assert_true(ms_vertical_manages(v, MS_STR("qualification_score")));
    assert_true(ms_vertical_manages(v, MS_STR("lead_status")));
    assert_false(ms_vertical_manages(v, MS_STR("budget_min")));
}

/* Points with a half: one decimal, and equal to what a person would have stored. */
static void halves(void **state)
{
    (void)state;
    assert_non_null(strstr(line_of("{\"urgency_level\":\"high\",\"follower_count\":10000}", "1"),
                           "\"score\":3.5,"));
    judge(c, v,
          "{\"urgency_level\":\"high\",\"follower_count\":10000,\"lead_status\":\"new\","
          "\"qualification_score\":3.50}");
    assert_string_equal(changed_of(c), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_line),
        cmocka_unit_test(changed_and_writes),
        cmocka_unit_test(before_and_after),
        cmocka_unit_test(rules_at_their_borders),
        cmocka_unit_test(undecided),
        cmocka_unit_test(input_hash),
        cmocka_unit_test(names),
        cmocka_unit_test(halves),
    };
    return cmocka_run_group_tests(tests, open_court, close_court);
}

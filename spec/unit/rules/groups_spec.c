/* Groups of rules: what they count is compared with plain arithmetic, over thousands of random
 * verticals and contacts, and what lint says of them with every contact that there is. */
#include "court.h"

#include "rules/problems.h"

enum { MOST_RULES = MS_MAX_RULES, MOST_FLAGS = 64, LONGEST = 1 << 14 };

static uint64_t next = 1;
static uint32_t dice(uint32_t n) /* 0 .. n - 1 */
{
    next = next * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(next >> 33) % n;
}
static int32_t between(int32_t low, int32_t high)
{
    return low + (int32_t)dice((uint32_t)(high - low) + 1);
}

/* ---- a vertical whose rules ask one flag each ----------------------------------------------- */

typedef struct plan {
    ms_attribute attributes[MOST_FLAGS];
    char names[MOST_FLAGS][16], ids[MOST_RULES + 1][16];
    ms_cond conditions[MOST_RULES + 1];
    ms_rule rules[MOST_RULES + 1];
    ms_group groups[MS_MAX_GROUPS + 1];
    ms_vertical v;
} plan;

static void make(plan *p, uint32_t n_rules, uint32_t n_groups, uint32_t n_flags)
{
    *p = (plan){0};
    for (uint32_t i = 0; i < n_flags; i++) {
        snprintf(p->names[i], sizeof p->names[i], "f%u", i);
        p->attributes[i] = (ms_attribute){.name = ms_str_z(p->names[i]), .type = MS_T_BOOLEAN};
    }
    for (uint32_t i = 0; i < n_rules; i++) {
        snprintf(p->ids[i], sizeof p->ids[i], "R%u", i);
        p->conditions[i] = (ms_cond){
            .op = MS_C_COMPARE, .size = 1, .slot = (uint16_t)(i % n_flags), .cmp = MS_EQ, .a = 1};
        p->rules[i] = (ms_rule){
            .id = ms_str_z(p->ids[i]), .condition = (uint16_t)i, .label = -1, .group = -1};
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        static const ms_str names[] = {MS_STR("a"), MS_STR("b"), MS_STR("c"), MS_STR("d")};
        p->groups[g] = (ms_group){.name = names[g % COUNT(names)],
                                  .says = MS_STR("says"),
                                  .min = MS_NO_MIN,
                                  .max = MS_NO_MAX};
    }
    p->v = (ms_vertical){.attributes = p->attributes,
                         .n_attributes = n_flags,
                         .conditions = p->conditions,
                         .n_conditions = n_rules,
                         .rules = p->rules,
                         .n_rules = n_rules,
                         .groups = p->groups,
                         .n_groups = n_groups,
                         .score_attribute = MS_STR("score"),
                         .score_max = 100};
}

/* What the group comes to, told again in the simplest way. */
static int64_t sum_of(const plan *p, const bool *fired, int g)
{
    const ms_group *group = &p->groups[g];
    int64_t sum = 0, best = INT64_MIN;
    for (uint32_t i = 0; i < p->v.n_rules; i++) {
        if (!fired[i] || p->rules[i].group != g)
            continue;
        sum += p->rules[i].points;
        best = p->rules[i].points > best ? p->rules[i].points : best;
    }
    int64_t comes_to = !group->highest ? sum : best == INT64_MIN ? 0 : best;
    comes_to = comes_to > group->max ? group->max : comes_to;
    return comes_to < group->min ? group->min : comes_to;
}

/* Shares of a group that adds up, given out from the front: those that add share what those that
 * take leave up to the limit. */
static void share(const plan *p, const bool *fired, int g, int64_t *shares)
{
    const ms_group *group = &p->groups[g];
    int64_t plus = 0, minus = 0;
    for (uint32_t i = 0; i < p->v.n_rules; i++)
        if (fired[i] && p->rules[i].group == g)
            *(p->rules[i].points > 0 ? &plus : &minus) += p->rules[i].points;
    if (plus + minus > group->max)
        plus = group->max - minus;
    else if (plus + minus < group->min)
        minus = group->min - plus;
    for (uint32_t i = 0; i < p->v.n_rules; i++) {
        int64_t points = p->rules[i].points;
        if (!fired[i] || p->rules[i].group != g)
            continue;
        int64_t *left = points > 0 ? &plus : &minus;
        shares[i] = llabs(points) < llabs(*left) ? points : *left;
        *left -= shares[i];
    }
}

static void check_shares(const plan *p, const ms_decision *d, const bool *fired)
{
    int32_t counted[MS_MAX_RULES];
    int64_t shares[MOST_RULES] = {0}, of_group[MS_MAX_GROUPS] = {0}, sum = 0;
    ms_decision_counted(d, counted);
    for (uint32_t g = 0; g < p->v.n_groups; g++)
        if (!p->groups[g].highest)
            share(p, fired, (int)g, shares);
    for (uint32_t i = 0; i < p->v.n_rules; i++) {
        int16_t g = p->rules[i].group;
        assert_int_equal(ms_rule_counted(d, i), counted[i]);
        if (!fired[i])
            assert_int_equal(counted[i], 0);
        else if (g < 0)
            assert_int_equal(counted[i], p->rules[i].points);
        else if (!p->groups[g].highest)
            assert_int_equal(counted[i], shares[i]);
        else if (counted[i]) /* the first of the highest, alone */
            for (uint32_t k = 0; k < p->v.n_rules; k++)
                if (k != i && fired[k] && p->rules[k].group == g)
                    assert_true(k < i ? p->rules[k].points < p->rules[i].points
                                      : p->rules[k].points <= p->rules[i].points);
        if (g >= 0)
            of_group[g] += counted[i];
        sum += counted[i];
    }
    for (uint32_t g = 0; g < p->v.n_groups; g++)
        assert_int_equal(of_group[g], sum_of(p, fired, (int)g));
    assert_int_equal(sum, d->sum);
}

static void judge_random(court *c, plan *p)
{
    static char text[LONGEST];
    size_t n = 0;
    char flags[MOST_FLAGS];
    bool fired[MOST_RULES] = {false};
    n += (size_t)snprintf(text + n, sizeof text - n, "{");
    for (uint32_t i = 0; i < p->v.n_attributes; i++) {
        static const char *const values[] = {"true", "false", "null", "7"};
        flags[i] = (char)dice(COUNT(values));
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"f%u\":%s", i ? "," : "", i,
                              values[(int)flags[i]]);
    }
    snprintf(text + n, sizeof text - n, "}");
    judge(c, &p->v, text);
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->v.n_rules; i++) {
        fired[i] = flags[i % p->v.n_attributes] == 0;
        assert_int_equal(ms_bit(&c->d.fired, i), fired[i]);
        sum += fired[i] && p->rules[i].group < 0 ? p->rules[i].points : 0;
    }
    for (uint32_t g = 0; g < p->v.n_groups; g++)
        sum += sum_of(p, fired, (int)g);
    assert_int_equal(c->d.sum, sum);
    int64_t points = sum < p->v.score_min   ? p->v.score_min
                     : sum > p->v.score_max ? p->v.score_max
                                            : sum;
    assert_int_equal(c->d.points, points);
    check_shares(p, &c->d, fired);
}

static void random_groups(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    for (int round = 0; round < 1500; round++) {
        uint32_t n_rules = 1 + dice(round % 10 ? 20 : MOST_RULES), n_groups = dice(5);
        int32_t most = round % 3 ? 30 : 10000;
        make(&p, n_rules, n_groups, 1 + dice(MOST_FLAGS));
        for (uint32_t i = 0; i < n_rules; i++) {
            p.rules[i].points = dice(5) ? between(-most, most) : 0;
            p.rules[i].group = (int16_t)(n_groups ? between(-1, (int32_t)n_groups - 1) : -1);
        }
        for (uint32_t g = 0; g < n_groups; g++) {
            p.groups[g].highest = dice(2);
            p.groups[g].max = dice(3) ? between(0, 2 * most) : MS_NO_MAX;
            p.groups[g].min = dice(3) ? between(-2 * most, 0) : MS_NO_MIN;
        }
        p.v.score_min = between(-3 * most, 0);
        p.v.score_max = p.v.score_min + between(1, 6 * most);
        seal(c, &p.v);
        for (int k = 0; k < 8; k++)
            judge_random(c, &p);
        ms_vertical_unseal(&p.v);
    }
    court_close(c);
}

/* ---- cases that can be read ----------------------------------------------------------------- */

static void expect_counted(court *c, const plan *p, const char *attributes, const char *wanted)
{
    char got[128] = "";
    int32_t counted[MS_MAX_RULES];
    judge(c, &p->v, attributes);
    ms_decision_counted(&c->d, counted);
    for (uint32_t i = 0; i < p->v.n_rules; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%d", i ? " " : "", counted[i]);
    snprintf(got + strlen(got), sizeof got - strlen(got), " = %d", c->d.points);
    assert_string_equal(got, wanted);
}

static void points_of(plan *p, const int32_t *points)
{
    for (uint32_t i = 0; i < p->v.n_rules; i++) {
        p->rules[i].points = points[i];
        p->rules[i].group = 0;
    }
}

static void added_up(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 4, 1, 4);
    points_of(&p, (int32_t[]){25, 20, -15, 10});
    p.groups[0].max = 40;
    p.groups[0].min = -10;
    p.v.score_min = -100;
    seal(c, &p.v);
    expect_counted(c, &p, "{}", "0 0 0 0 = 0");
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true}", "25 15 0 0 = 40");
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true,\"f3\":true}", "25 15 0 0 = 40");
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true,\"f2\":true,\"f3\":true}", "25 20 -15 10 = 40");
    expect_counted(c, &p, "{\"f2\":true}", "0 0 -10 0 = -10");
    expect_counted(c, &p, "{\"f2\":true,\"f3\":true}", "0 0 -15 10 = -5");
    ms_vertical_unseal(&p.v);
    court_close(c);
}

static void the_highest(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 4, 1, 4);
    points_of(&p, (int32_t[]){10, -5, 30, 30});
    p.groups[0].highest = true;
    p.groups[0].max = 25;
    p.v.score_min = -100;
    seal(c, &p.v);
    expect_counted(c, &p, "{}", "0 0 0 0 = 0");
    expect_counted(c, &p, "{\"f1\":true}", "0 -5 0 0 = -5");
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true}", "10 0 0 0 = 10");
    expect_counted(c, &p, "{\"f0\":true,\"f2\":true,\"f3\":true}", "0 0 25 0 = 25");
    expect_counted(c, &p, "{\"f3\":true}", "0 0 0 25 = 25");
    ms_vertical_unseal(&p.v);
    court_close(c);
}

/* A group of zeros, and one whose only way is shut. */
static void nothing_to_count(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 3, 1, 3);
    points_of(&p, (int32_t[]){0, 10, -10});
    p.groups[0].max = 0;
    p.groups[0].min = 0;
    seal(c, &p.v);
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true}", "0 0 0 = 0");
    expect_counted(c, &p, "{\"f1\":true,\"f2\":true}", "0 10 -10 = 0");
    ms_vertical_unseal(&p.v);
    p.groups[0].highest = true;
    seal(c, &p.v);
    expect_counted(c, &p, "{\"f1\":true,\"f2\":true}", "0 0 0 = 0");
    ms_vertical_unseal(&p.v);
    court_close(c);
}

/* Points at the ends of what a number holds stay what they are. */
static void no_overflow(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 3, 1, 1);
    points_of(&p, (int32_t[]){INT32_MAX, INT32_MAX, INT32_MAX});
    seal(c, &p.v);
    judge(c, &p.v, "{\"f0\":true}");
    assert_int_equal(c->d.sum, INT32_MAX);
    assert_int_equal(c->d.points, 100);
    ms_vertical_unseal(&p.v);
    points_of(&p, (int32_t[]){INT32_MIN, INT32_MIN, INT32_MIN});
    seal(c, &p.v);
    judge(c, &p.v, "{\"f0\":true}");
    assert_int_equal(c->d.sum, INT32_MIN);
    assert_int_equal(c->d.points, 0);
    ms_vertical_unseal(&p.v);
    court_close(c);
}

static void rules_without_groups(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 2, 0, 2);
    points_of(&p, (int32_t[]){60, 60}); /* group 0 of a vertical that has none */
    seal(c, &p.v);
    expect_counted(c, &p, "{\"f0\":true,\"f1\":true}", "60 60 = 100");
    assert_int_equal(c->d.sum, 120);
    ms_vertical_unseal(&p.v);
    court_close(c);
}

/* ---- what sealing refuses ------------------------------------------------------------------- */

static void refuse(court *c, plan *p, const char *because)
{
    ms_error err = {0};
    p->v.name = p->v.version = MS_STR("spec");
    p->v.file = MS_STR("vertical.lua");
    ms_status status = ms_vertical_seal(&p->v, c->arena, &err);
    if (status != MS_INVALID || !strstr(err.text, because))
        fail_msg("wanted \"%s\", got %s: \"%s\"", because, ms_status_name(status), err.text);
    make(p, 2, 2, 2);
}

static void refused(void **state)
{
    static plan p;
    (void)state;
    court *c = court_open();
    make(&p, 2, 2, 2);
    p.groups[1].min = 1, refuse(c, &p, "min is at most 0");
    p.groups[1].max = -1, refuse(c, &p, "min is at most 0");
    p.groups[1].name = p.groups[0].name, refuse(c, &p, "group a is there twice");
    p.groups[0].name = MS_NONE, refuse(c, &p, "a group's name");
    p.groups[0].name = MS_STR("\xff"), refuse(c, &p, "a group's name");
    p.rules[0].group = 2, refuse(c, &p, "rule R0 is in no group");
    p.rules[0].group = -2, refuse(c, &p, "rule R0 is in no group");
    p.rules[1].outcome = true, p.rules[1].group = 0, refuse(c, &p, "rule R1 is in no group");
    p.v.n_groups = MS_MAX_GROUPS + 1, refuse(c, &p, "33 groups, at most 32");
    p.v.groups = NULL, refuse(c, &p, "groups are counted but not there");
    court_close(c);
}

/* ---- lint: what it says of a rule is so for every contact ----------------------------------- */

enum { VALUES = 24 };

/* Rules that ask for ranges of one number; whether lint says of rule i that it never counts. */
static void find_lost(court *c, plan *p, bool *lost)
{
    ms_problems problems = {.arena = c->arena};
    ms_lint(&p->v, &problems);
    assert_false(problems.failed);
    for (size_t k = 0; k < problems.n; k++)
        if (strcmp(problems.items[k].code->code, "W210") == 0 &&
            strstr(problems.items[k].text.p, "in group"))
            lost[problems.items[k].line - 1] = true;
}

static void lint_says_what_is_so(void **state)
{
    static plan p;
    uint32_t n_lost = 0, n_missed = 0;
    (void)state;
    for (int round = 0; round < 600; round++) {
        court *c = court_open();
        bool lost[MOST_RULES] = {false}, counts[MOST_RULES] = {false};
        ms_cond conditions[36];
        uint32_t n_rules = 1 + dice(12);
        make(&p, n_rules, 1, 1);
        p.attributes[0] =
            (ms_attribute){.name = MS_STR("f0"), .type = MS_T_INTEGER, .max = VALUES - 1};
        for (uint32_t i = 0; i < n_rules; i++) {
            int32_t low = between(0, VALUES - 1), high = between(low, VALUES - 1);
            conditions[3 * i] = (ms_cond){.op = MS_C_ALL, .n_children = 2, .size = 3};
            conditions[3 * i + 1] =
                (ms_cond){.op = MS_C_COMPARE, .size = 1, .cmp = MS_GE, .a = low};
            conditions[3 * i + 2] =
                (ms_cond){.op = MS_C_COMPARE, .size = 1, .cmp = MS_LE, .a = high};
            p.rules[i].condition = (uint16_t)(3 * i);
            p.rules[i].points = round % 2 ? between(1, 9) : between(-9, 9);
            p.rules[i].group = 0;
            p.rules[i].line = i + 1;
        }
        p.v.conditions = conditions;
        p.v.n_conditions = 3 * n_rules;
        p.groups[0].highest = dice(2);
        p.groups[0].max = dice(2) ? between(0, 12) : MS_NO_MAX;
        p.groups[0].min = dice(2) ? between(-12, 0) : MS_NO_MIN;
        p.v.score_min = -1000;
        seal(c, &p.v);
        find_lost(c, &p, lost);
        for (int value = 0; value < VALUES; value++) {
            char text[32];
            snprintf(text, sizeof text, "{\"f0\":%d}", value);
            judge(c, &p.v, text);
            for (uint32_t i = 0; i < n_rules; i++) {
                /* it counts when the score would be another without it */
                int32_t points = p.rules[i].points;
                bool fired[MOST_RULES];
                for (uint32_t k = 0; k < n_rules; k++)
                    fired[k] = ms_bit(&c->d.fired, k) && k != i;
                counts[i] |= points && sum_of(&p, fired, 0) != c->d.sum;
                if (lost[i] && p.groups[0].highest)
                    assert_int_equal(ms_rule_counted(&c->d, i), 0);
            }
        }
        for (uint32_t i = 0; i < n_rules; i++) {
            n_lost += lost[i];
            n_missed += !lost[i] && !counts[i] && p.rules[i].points && p.groups[0].highest &&
                        p.groups[0].max == MS_NO_MAX && p.groups[0].min == MS_NO_MIN;
            if (!p.groups[0].highest)
                assert_false(lost[i] && counts[i]);
        }
        ms_vertical_unseal(&p.v);
        court_close(c);
    }
    assert_true(n_lost > 100);
    assert_true(n_missed < n_lost); /* of equals the score cannot tell which one counted */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_groups), cmocka_unit_test(added_up),
        cmocka_unit_test(the_highest),   cmocka_unit_test(nothing_to_count),
        cmocka_unit_test(no_overflow),   cmocka_unit_test(rules_without_groups),
        cmocka_unit_test(refused),       cmocka_unit_test(lint_says_what_is_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Recruitment v1 of SPEC.md, built by hand: what core/lua makes of scripts/recruitment. */
#ifndef SPEC_RECRUITMENT_H
#define SPEC_RECRUITMENT_H

#include "court.h"

enum { MIN, MAX, URGENCY, JOB, SOURCE, FOLLOWERS, SCRAPED, CONTACT, INTENT };
enum {
    L_QUALIFIED,
    L_UNQUALIFIED,
    L_HOT,
    L_COLD,
    L_SCRAPED,
    L_OUTREACH,
    L_RESPONDED,
    L_PRIORITY,
    L_VIP,
    L_INTERIM,
    L_PERMANENT,
    L_FREELANCE,
    L_HUMAN,
    L_AI
};

#define GROUP(o, children, nodes)                                                                  \
    {                                                                                              \
        .op = (o), .n_children = (children), .size = (nodes)                                       \
    }
#define CMP(s, c, x)                                                                               \
    {                                                                                              \
        .op = MS_C_COMPARE, .size = 1, .slot = (s), .cmp = (c), .a = (x)                           \
    }
#define OF(s, m)                                                                                   \
    {                                                                                              \
        .op = MS_C_ONE_OF, .size = 1, .slot = (s), .mask = (m)                                     \
    }
#define POINTS(c, x)                                                                               \
    {                                                                                              \
        .op = MS_C_SCORE, .size = 1, .cmp = (c), .a = (x)                                          \
    }
#define NO_ERRORS                                                                                  \
    {                                                                                              \
        .op = MS_C_ERRORS, .size = 1, .a = 0                                                       \
    }
#define SOME_ERRORS                                                                                \
    {                                                                                              \
        .op = MS_C_ERRORS, .size = 1, .a = 1                                                       \
    }

static const ms_str recruitment_urgencies[] = {MS_STR("low"), MS_STR("medium"), MS_STR("high")};
static const ms_str recruitment_jobs[] = {MS_STR("interim"), MS_STR("permanent"),
                                          MS_STR("freelance")};
static const ms_str recruitment_from[] = {MS_STR("instagram_scrape"), MS_STR("linkedin_scrape"),
                                          MS_STR("instagram_dm"), MS_STR("website_form"),
                                          MS_STR("referral")};
static const ms_attribute recruitment_attributes[] = {
    {.name = MS_STR("budget_min"), .type = MS_T_INTEGER, .max = MAX_INT_VALUE},
    {.name = MS_STR("budget_max"), .type = MS_T_INTEGER, .max = MAX_INT_VALUE},
    {.name = MS_STR("urgency_level"), .type = MS_T_CHOICE, CHOICE_OF(recruitment_urgencies)},
    {.name = MS_STR("job_type_preference"), .type = MS_T_CHOICE, CHOICE_OF(recruitment_jobs)},
    {.name = MS_STR("lead_source"), .type = MS_T_CHOICE, CHOICE_OF(recruitment_from)},
    {.name = MS_STR("follower_count"), .type = MS_T_INTEGER, .max = MAX_INT_VALUE},
    {.name = MS_STR("scraped_date"), .type = MS_T_DATE},
    {.name = MS_STR("last_contact_date"), .type = MS_T_DATE},
    {.name = MS_STR("last_intent"), .type = MS_T_AS_IS},
};
static const ms_str recruitment_job_search[] = {MS_STR("job_search")};
static const ms_cond recruitment_conditions[] = {
    /* 0 R01 */ CMP(MAX, MS_GE, 80000),
    /* 1 R02 */ GROUP(MS_C_ALL, 2, 3),
    CMP(MAX, MS_GE, 50000),
    CMP(MAX, MS_LT, 80000),
    /* 4 R03 */ OF(URGENCY, 4),
    /* 5 R04 */ OF(URGENCY, 1),
    /* 6 R05 */ OF(JOB, 1),
    /* 7 R06 */ OF(JOB, 2),
    /* 8 R07 */ OF(JOB, 4),
    /* 9 R08 */ OF(SOURCE, 3),
    /* 10 R09 */ GROUP(MS_C_ALL, 2, 3),
    {.op = MS_C_FIRED, .size = 1, .a = 7},
    {.op = MS_C_MISSING, .size = 1, .slot = CONTACT},
    /* 13 R10 */ GROUP(MS_C_ALL, 2, 3),
    {.op = MS_C_COMPARE_SLOTS, .size = 1, .slot = CONTACT, .slot2 = SCRAPED, .cmp = MS_GE},
    {.op = MS_C_WITHIN_DAYS, .size = 1, .slot = CONTACT, .a = 90},
    /* 16 R11 */ CMP(FOLLOWERS, MS_GE, 10000),
    /* 17 R12 */
    {.op = MS_C_TEXT_IS, .size = 1, .slot = INTENT, .texts = recruitment_job_search, .n_texts = 1},
    /* 18 O1 */ GROUP(MS_C_ALL, 2, 3),
    POINTS(MS_GE, 70),
    NO_ERRORS,
    /* 21 O2 */ POINTS(MS_LT, 30),
    /* 22 O3 */ GROUP(MS_C_ALL, 2, 3),
    OF(URGENCY, 4),
    POINTS(MS_GE, 80),
    /* 25 O4 */ SOME_ERRORS,
    /* 26 O5 */ NO_ERRORS,
};
#define RULE(i, p, at, l)                                                                          \
    {                                                                                              \
        .id = MS_STR(i), .points = (p), .condition = (at), .label = (l), .line = 100 + (at)        \
    }
#define OUTCOME(i, at, l)                                                                          \
    {                                                                                              \
        .id = MS_STR(i), .condition = (at), .label = (l), .outcome = true, .line = 100 + (at)      \
    }
static const ms_rule recruitment_rules[] = {
    {.id = MS_STR("R01"),
     .name = MS_STR("budget-80k"),
     .points = 25,
     .label = -1,
     .line = 34,
     .because = MS_STR("Budget is in our top band")},
    RULE("R02", 15, 1, -1),
    RULE("R03", 25, 4, L_HOT),
    RULE("R04", -10, 5, L_COLD),
    RULE("R05", 10, 6, L_INTERIM),
    RULE("R06", 5, 7, L_PERMANENT),
    RULE("R07", 10, 8, L_FREELANCE),
    RULE("R08", -5, 9, L_SCRAPED),
    RULE("R09", 0, 10, L_OUTREACH),
    RULE("R10", 15, 13, L_RESPONDED),
    RULE("R11", 10, 16, -1),
    RULE("R12", 20, 17, -1),
    OUTCOME("O1", 18, L_QUALIFIED),
    OUTCOME("O2", 21, L_UNQUALIFIED),
    OUTCOME("O3", 22, L_PRIORITY),
    OUTCOME("O4", 25, L_HUMAN),
    OUTCOME("O5", 26, L_AI),
};
#define LABEL(t)                                                                                   \
    {                                                                                              \
        .title = MS_STR(t), .owned = true                                                          \
    }
static const ms_label recruitment_labels[] = {
    LABEL("qualified-lead"),     LABEL("unqualified-lead"),     LABEL("hot-lead"),
    LABEL("cold-lead"),          LABEL("scraped-lead"),         LABEL("cold-outreach"),
    LABEL("responded"),          LABEL("high-priority"),        {.title = MS_STR("vip-customer")},
    LABEL("interim-job-seeker"), LABEL("permanent-job-seeker"), LABEL("freelance-preference"),
    LABEL("needs-human"),        LABEL("ai-handled"),
};
#define TEXT(t)                                                                                    \
    {                                                                                              \
        .text = MS_STR(t), .slot = -1                                                              \
    }
#define THOUSANDS(s)                                                                               \
    {                                                                                              \
        .slot = (s), .form = MS_FORM_THOUSANDS                                                     \
    }
static const ms_piece recruitment_both[] = {TEXT("€"), THOUSANDS(MIN), TEXT("-"), THOUSANDS(MAX),
                                            TEXT("k")};
static const ms_piece recruitment_low[] = {TEXT("€"), THOUSANDS(MIN), TEXT("k+")};
static const ms_piece recruitment_high[] = {TEXT("up to €"), THOUSANDS(MAX), TEXT("k")};
static const ms_template recruitment_templates[] = {
    {recruitment_both, 5}, {recruitment_low, 3}, {recruitment_high, 3}};
static const ms_derived recruitment_derived[] = {{.name = MS_STR("budget_range"),
                                                  .kind = MS_D_TEMPLATE,
                                                  .templates = recruitment_templates,
                                                  .n_templates = 3}};
static const ms_pair recruitment_ranges[] = {{MIN, MAX}};
static const ms_status_case recruitment_cases[] = {{.rule = 12, .value = MS_STR("qualified")},
                                                   {.rule = 13, .value = MS_STR("unqualified")}};
static const ms_str recruitment_keep[] = {MS_STR("customer")};
static inline ms_vertical *recruitment(court *c)
{
    ms_vertical *v = ms_alloc_zero(c->arena, 1, sizeof *v);
    assert_non_null(v);
    *v = (ms_vertical){
        .name = MS_STR("recruitment"),
        .version = MS_STR("v1"),
        .file = MS_STR("vertical.lua"),
        .attributes = recruitment_attributes,
        .n_attributes = COUNT(recruitment_attributes),
        .ranges = recruitment_ranges,
        .n_ranges = COUNT(recruitment_ranges),
        .conditions = recruitment_conditions,
        .n_conditions = COUNT(recruitment_conditions),
        .rules = recruitment_rules,
        .n_rules = COUNT(recruitment_rules),
        .labels = recruitment_labels,
        .n_labels = COUNT(recruitment_labels),
        .derived = recruitment_derived,
        .n_derived = COUNT(recruitment_derived),
        .status = {.attribute = MS_STR("lead_status"),
                   .keep = recruitment_keep,
                   .n_keep = 1,
                   .cases = recruitment_cases,
                   .n_cases = 2,
                   .otherwise = MS_STR("new")},
        .score_attribute = MS_STR("qualification_score"),
        .score_min = 0,
        .score_max = 100,
    };
    seal(c, v);
    return v;
}

#endif

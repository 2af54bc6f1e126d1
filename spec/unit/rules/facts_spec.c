/* Facts: conditions read them like attributes, and they meet the contact's attributes nowhere. */
#include "court.h"

#include "rules/problems.h"

static const ms_str choices[] = {MS_STR("visa"), MS_STR("office"), MS_STR("bank")};
static const ms_piece note_piece[] = {{.slot = 1}};
static const ms_template note_query[] = {{note_piece, 1}};
static const ms_fact look_up = {.query = note_query, .n_query = 1, .threshold = 400};

/* Slots: n, note, vip | hits per n | best, hits, service, services, found, title */
enum { N, NOTE, VIP, PER, BEST, HITS, SERVICE, SERVICES, FOUND, TITLE, SLOTS };
enum { N_FACTS = SLOTS - BEST, N_CONDITIONS = 12 };

typedef struct plan {
    ms_attribute attributes[SLOTS];
    ms_computed computed[1];
    ms_fact facts[N_FACTS];
    ms_cond conditions[N_CONDITIONS];
    ms_rule rules[N_CONDITIONS];
    char ids[N_CONDITIONS][4];
    ms_str texts[1];
    ms_custom customs[1];
    uint16_t reads[2];
    ms_vertical v;
} plan;

static ms_status more_hits(void *script, uint32_t custom, const ms_slots *slots, ms_truth *out,
                           ms_error *err)
{
    (void)script, (void)custom, (void)err;
    assert_int_equal(slots->items[HITS].state, MS_SLOT_VALID);
    assert_int_equal(slots->items[N].state, MS_SLOT_VALID);
    *out = slots->items[HITS].number > slots->items[N].number ? MS_YES : MS_NO;
    return MS_OK;
}

static void make(plan *p)
{
    *p = (plan){
        .attributes =
            {
                [N] = {.name = MS_STR("n"), .type = MS_T_INTEGER, .max = 100},
                [NOTE] = {.name = MS_STR("note"), .type = MS_T_TEXT, .max = 100},
                [VIP] = {.name = MS_STR("vip"), .type = MS_T_BOOLEAN},
                [PER] = {.name = MS_STR("hits per n"), .type = MS_T_INTEGER},
                [BEST] = {.name = MS_STR("best"), .type = MS_T_NUMBER, .max = MS_MILLION},
                [HITS] = {.name = MS_STR("hits"), .type = MS_T_INTEGER, .max = 100},
                [SERVICE] = {.name = MS_STR("service"), .type = MS_T_CHOICE, CHOICE_OF(choices)},
                [SERVICES] = {.name = MS_STR("services"), .type = MS_T_CHOICES, CHOICE_OF(choices)},
                [FOUND] = {.name = MS_STR("found"), .type = MS_T_BOOLEAN},
                [TITLE] = {.name = MS_STR("title"),
                           .type = MS_T_TEXT,
                           .max = 100,
                           .pattern = MS_STR("[a-z ]*")},
            },
        .computed = {{.formula = MS_F_PER, .slot = HITS, .slot2 = N}},
        .texts = {MS_STR("opening hours")},
        .reads = {HITS, N},
        .conditions =
            {
                {.op = MS_C_COMPARE, .slot = BEST, .cmp = MS_GE, .a = 400000},
                {.op = MS_C_COMPARE, .slot = HITS, .cmp = MS_GE, .a = 3},
                {.op = MS_C_ONE_OF, .slot = SERVICE, .mask = 5},
                {.op = MS_C_CONTAINS, .slot = SERVICES, .mask = 3},
                {.op = MS_C_COMPARE, .slot = FOUND, .cmp = MS_EQ, .a = 1},
                {.op = MS_C_TEXT_IS, .slot = TITLE, .n_texts = 1},
                {.op = MS_C_COMPARE, .slot = PER, .cmp = MS_GE, .a = 2},
                {.op = MS_C_PRESENT, .slot = HITS},
                {.op = MS_C_MISSING, .slot = HITS},
                {.op = MS_C_CUSTOM},
                {.op = MS_C_COMPARE_SLOTS, .slot = HITS, .slot2 = N, .cmp = MS_GT},
                {.op = MS_C_ERRORS, .a = 1},
            },
    };
    p->conditions[5].texts = p->texts;
    p->customs[0] = (ms_custom){.reads = p->reads, .n_reads = 2, .says = MS_STR("more hits")};
    for (uint32_t i = 0; i < N_FACTS; i++)
        p->facts[i] = look_up;
    for (uint32_t i = 0; i < N_CONDITIONS; i++) {
        p->conditions[i].size = 1;
        snprintf(p->ids[i], sizeof p->ids[i], "%c", 'a' + (int)i);
        p->rules[i] = (ms_rule){.id = ms_str_z(p->ids[i]),
                                .condition = (uint16_t)i,
                                .label = -1,
                                .outcome = i + 1 == N_CONDITIONS};
    }
    p->v = (ms_vertical){.attributes = p->attributes,
                         .n_attributes = PER,
                         .computed = p->computed,
                         .n_computed = 1,
                         .facts = p->facts,
                         .n_facts = N_FACTS,
                         .conditions = p->conditions,
                         .n_conditions = N_CONDITIONS,
                         .rules = p->rules,
                         .n_rules = N_CONDITIONS,
                         .customs = p->customs,
                         .n_customs = 1,
                         .calls = {.condition = more_hits},
                         .score_attribute = MS_STR("score"),
                         .score_max = 100};
}

typedef struct second { /* a second document needs a reader of its own */
    ms_json_reader *reader;
    ms_fields facts;
} second;

static second open_second(void)
{
    second s = {.reader = ms_json_reader_new()};
    assert_non_null(s.reader);
    return s;
}

static void close_second(second *s)
{
    ms_fields_free(&s->facts);
    ms_json_reader_free(s->reader);
}

static const ms_fields *facts_of(second *s, const char *facts)
{
    ms_error err = {0};
    if (!facts)
        return NULL;
    if (ms_json_read(s->reader, ms_str_z(facts), NULL, &s->facts, NULL, &err))
        fail_msg("%s: %s", facts, err.text);
    return &s->facts;
}

/* Truths of all rules: y, n or ?. */
static const char *truths(court *c, const plan *p, second *s, const char *attributes,
                          const char *facts)
{
    static char text[N_CONDITIONS + 1];
    read_fields(c, attributes, strlen(attributes));
    ms_status status =
        ms_judge_contact(c->judge, &p->v, &c->top, facts_of(s, facts), 20120, true, &c->d, &c->err);
    if (status)
        fail_msg("%s: %s", facts, c->err.text);
    for (uint32_t i = 0; i < N_CONDITIONS; i++)
        text[i] = "ny?"[ms_rule_truth(&c->d, i)];
    return text;
}

#define ALL                                                                                        \
    "{\"best\":0.4,\"hits\":9,\"service\":\" Bank\",\"services\":[\"office\",\"visa\"],"           \
    "\"found\":true,\"title\":\"opening hours\"}"

static void read_like_attributes(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    second s = open_second();
    make(&p);
    seal(c, &p.v);
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", ALL), "yyyyyyyynyyn");
    assert_string_equal(truths(c, &p, &s, "{\"n\":50}", ALL), "yyyyyynynnnn");
    assert_string_equal(truths(c, &p, &s, "{}", ALL), "yyyyyy?yn??n");
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", NULL), "???????ny??n");
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", "{}"), "???????ny??n");
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", "{\"best\":null,\"hits\":\"\"}"),
                        "???????ny??n");
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", "{\"best\":0.399999,\"hits\":2}"),
                        "nn????nyn"
                        "nnn");
    /* of repeated keys the last one counts, keys that are no facts do not matter */
    assert_string_equal(truths(c, &p, &s, "{\"n\":4}", "{\"hits\":9,\"n\":1,\"x\":{},\"hits\":2}"),
                        "?n????nynnnn");
    ms_vertical_unseal(&p.v);
    close_second(&s);
    court_close(c);
}

/* What cannot be read as its type is unknown, and nobody entered it: no error of the contact. */
static void invalid_ones(void **state)
{
    static const char *const wrong[] = {
        "{\"best\":\"near\",\"hits\":-1,\"service\":\"hotel\",\"services\":[\"visa\",\"x\"],"
        "\"found\":\"yes\",\"title\":\"Opening Hours!\"}",
        "{\"best\":{},\"hits\":[],\"service\":1,\"services\":\"visa\",\"found\":1,\"title\":false}",
        "{\"best\":1.000001,\"hits\":101,\"service\":[],\"services\":[[]],\"found\":null,"
        "\"title\":0}",
    };
    plan p;
    (void)state;
    court *c = court_open();
    second s = open_second();
    make(&p);
    seal(c, &p.v);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_string_equal(truths(c, &p, &s, "{\"n\":4}", wrong[i]), "???????ny??n");
        assert_int_equal(c->d.n_errors, 0);
        c->out.n = 0;
        ms_decision_reason(&c->d, 1, &c->out);
        assert_string_equal(text_of(c), "unknown: hits not valid");
    }
    truths(c, &p, &s, "{\"n\":4}", NULL);
    c->out.n = 0;
    ms_decision_reason(&c->d, 6, &c->out);
    assert_string_equal(text_of(c), "unknown: hits missing");
    truths(c, &p, &s, "{\"n\":0}", ALL);
    c->out.n = 0;
    ms_decision_reason(&c->d, 6, &c->out);
    assert_string_equal(text_of(c), "unknown: hits per n has no value");
    ms_vertical_unseal(&p.v);
    close_second(&s);
    court_close(c);
}

/* Neither from the contact's attributes nor to them, though the keys are the same. */
static void apart_from_attributes(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    second s = open_second();
    make(&p);
    seal(c, &p.v);
    const char *mine = "{\"n\":4,\"best\":\"x\",\"hits\":\"9\",\"service\":\"Bank\"}";
    assert_string_equal(truths(c, &p, &s, mine, NULL), "???????ny??n");
    assert_string_equal(changed_of(c), "{\"score\":0}");
    assert_string_equal(truths(c, &p, &s, mine, ALL), "yyyyyyyynyyn");
    assert_string_equal(changed_of(c), "{\"score\":0}");
    assert_string_equal(writes_of(c), "{\"score\":0}");
    assert_string_equal(attributes_of(c), "{\"n\":4,\"best\":\"x\",\"hits\":\"9\","
                                          "\"service\":\"Bank\",\"score\":0}");
    assert_int_equal(ms_vertical_slot(&p.v, MS_STR("hits")), -1);
    assert_false(ms_vertical_reads(&p.v, MS_STR("hits")));
    assert_false(ms_vertical_manages(&p.v, MS_STR("hits")));
    assert_true(ms_vertical_reads(&p.v, MS_STR("note"))); /* what is searched for */
    ms_vertical_unseal(&p.v);
    close_second(&s);
    court_close(c);
}

static void the_hash(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    second s = open_second();
    make(&p);
    seal(c, &p.v);
    read_fields(c, "{\"n\":4}", 7);
    uint64_t none = ms_judge_input_hash(c->judge, &p.v, &c->top, NULL);
    uint64_t all = ms_judge_input_hash(c->judge, &p.v, &c->top, facts_of(&s, ALL));
    assert_true(none != all);
    assert_true(none == ms_judge_input_hash(c->judge, &p.v, &c->top, facts_of(&s, "{\"x\":1}")));
    assert_true(none ==
                ms_judge_input_hash(c->judge, &p.v, &c->top, facts_of(&s, "{\"hits\":null}")));
    assert_true(none != ms_judge_input_hash(c->judge, &p.v, &c->top, facts_of(&s, "{\"hits\":0}")));
    assert_true(all == ms_judge_input_hash(c->judge, &p.v, &c->top,
                                           facts_of(&s, "{\"title\":\"opening hours\",\"hits\":9.0,"
                                                        "\"found\":true,\"service\":\"bank\","
                                                        "\"services\":[\"office\",\"visa\"],"
                                                        "\"best\":0.40}")));
    ms_vertical_unseal(&p.v);
    close_second(&s);
    court_close(c);
}

static void as_many_as_there_may_be(void **state)
{
    static ms_attribute attributes[MS_MAX_SLOTS + 1];
    static ms_computed computed[MS_MAX_COMPUTED];
    static ms_fact facts[MS_MAX_FACTS + 1];
    static char names[MS_MAX_SLOTS + 1][16];
    const uint32_t last = MS_MAX_SLOTS - 1;
    ms_cond condition = {
        .op = MS_C_COMPARE, .size = 1, .slot = (uint16_t)last, .cmp = MS_EQ, .a = 5};
    ms_rule rule = {.id = MS_STR("R"), .points = 1, .label = -1};
    (void)state;
    court *c = court_open();
    second s = open_second();
    for (uint32_t i = 0; i <= MS_MAX_SLOTS; i++) {
        snprintf(names[i], sizeof names[i], "x%u", i);
        attributes[i] = (ms_attribute){
            .name = ms_str_z(names[i]), .type = i == 1 ? MS_T_TEXT : MS_T_INTEGER, .max = 9};
    }
    for (uint32_t i = 0; i < MS_MAX_COMPUTED; i++)
        computed[i] = (ms_computed){.formula = MS_F_WHOLE, .slot = (uint16_t)last, .by = 1};
    for (uint32_t i = 0; i <= MS_MAX_FACTS; i++)
        facts[i] = look_up;
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = MS_MAX_ATTRIBUTES,
                     .computed = computed,
                     .n_computed = MS_MAX_COMPUTED,
                     .facts = facts,
                     .n_facts = MS_MAX_FACTS,
                     .conditions = &condition,
                     .n_conditions = 1,
                     .rules = &rule,
                     .n_rules = 1,
                     .score_attribute = MS_STR("score"),
                     .score_max = 100};
    seal(c, &v);
    read_fields(c, "{}", 2);
    assert_int_equal(ms_judge_contact(c->judge, &v, &c->top, facts_of(&s, "{\"x223\":5}"), 0, true,
                                      &c->d, &c->err),
                     MS_OK);
    assert_int_equal(c->d.points, 1);
    assert_int_equal(c->d.slots->items[last - MS_MAX_FACTS].number, 5); /* computed from it */
    ms_vertical_unseal(&v);
    v.n_facts++;
    assert_int_equal(ms_vertical_seal(&v, c->arena, &c->err), MS_INVALID);
    assert_non_null(strstr(c->err.text, "33 facts, at most 32"));
    close_second(&s);
    court_close(c);
}

static void refuse(court *c, plan *p, const char *because)
{
    ms_error err = {0};
    p->v.name = p->v.version = MS_STR("spec");
    p->v.file = MS_STR("vertical.lua");
    ms_status status = ms_vertical_seal(&p->v, c->arena, &err);
    ms_vertical_unseal(&p->v);
    if (status != MS_INVALID || !strstr(err.text, because))
        fail_msg("wanted \"%s\", got %s: \"%s\"", because, ms_status_name(status), err.text);
    make(p);
}

static void refused(void **state)
{
    static const ms_piece fact_piece[] = {{.slot = HITS}};
    static const ms_template fact_query[] = {{fact_piece, 1}};
    static const ms_pair range = {N, HITS};
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    p.attributes[HITS].name = MS_STR("n"), refuse(c, &p, "attribute n is declared twice");
    p.attributes[HITS].name = MS_STR("best"), refuse(c, &p, "attribute best is declared twice");
    p.attributes[HITS].name = MS_NONE, refuse(c, &p, "name is 1 to 255");
    p.attributes[SERVICE].n_choices = 0, refuse(c, &p, "service needs 1 to 64 choices");
    p.attributes[TITLE].pattern = MS_STR("("), refuse(c, &p, "title: pattern");
    p.facts[0].n_query = 0, refuse(c, &p, "fact best does not say what to look up");
    p.facts[0].query = fact_query, refuse(c, &p, "best uses an unknown attribute");
    p.facts[1].threshold = 1001, refuse(c, &p, "fact hits does not say");
    p.facts[1].threshold = -2, refuse(c, &p, "fact hits does not say");
    p.facts[1].take = 9, refuse(c, &p, "fact hits does not say");
    p.facts[1].category = MS_STR("\xff"), refuse(c, &p, "fact hits does not say");
    p.v.facts = NULL, refuse(c, &p, "facts are counted but not there");
    p.v.ranges = &range, p.v.n_ranges = 1, refuse(c, &p, "does not join two attributes");
    p.conditions[0].slot = SLOTS, refuse(c, &p, "a comparison needs");
    p.reads[0] = SLOTS, refuse(c, &p, "reads an undeclared attribute");
    p.reads[0] = PER, refuse(c, &p, "reads an undeclared attribute");
    p.computed[0].slot = SLOTS, refuse(c, &p, "not made of earlier");
    court_close(c);
}

static void lint_finds_the_unread(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    p.conditions[0].slot = HITS; /* nothing reads best any more */
    p.attributes[BEST].line = 77;
    seal(c, &p.v);
    ms_problems problems = {.arena = c->arena};
    ms_lint(&p.v, &problems);
    uint32_t n = 0;
    for (size_t i = 0; i < problems.n; i++) {
        if (strcmp(problems.items[i].code->code, "W213") != 0)
            continue;
        assert_int_equal(problems.items[i].line, 77);
        n++;
    }
    assert_int_equal(n, 1);
    ms_vertical_unseal(&p.v);
    court_close(c);
}

/* ---- a fact is judged as an attribute would be, in conditions of any form ------------------- */

enum { LEAVES = 4, NODES = 40 };

static uint32_t dice(uint32_t n)
{
    static uint64_t next = 7;
    next = next * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(next >> 33) % n;
}

/* A tree over slots 0 .. LEAVES - 1, in preorder; returns its size. */
static uint32_t grow(ms_cond *c, uint32_t room, uint32_t depth)
{
    if (room < 8 || depth == 3 || dice(3) == 0) {
        static const uint8_t ops[] = {MS_C_COMPARE, MS_C_COMPARE, MS_C_PRESENT, MS_C_MISSING,
                                      MS_C_COMPARE_SLOTS};
        *c = (ms_cond){.op = ops[dice(COUNT(ops))],
                       .size = 1,
                       .slot = (uint16_t)dice(LEAVES),
                       .slot2 = (uint16_t)dice(LEAVES),
                       .cmp = (uint8_t)dice(MS_GT + 1),
                       .a = dice(4)};
        return 1;
    }
    uint32_t n = 1 + dice(3), size = 1;
    for (uint32_t i = 0; i < n; i++)
        size += grow(c + size, (room - 1) / n, depth + 1);
    *c = (ms_cond){.op = (uint8_t)(MS_C_ALL + dice(4)),
                   .size = (uint16_t)size,
                   .n_children = (uint16_t)n,
                   .a = 1 + dice(n)};
    return size;
}

static void the_same_as_attributes(void **state)
{
    static const char *const values[] = {"0", "1", "2", "3", "null", "\"\"", "\"many\"", "\" 2 \""};
    ms_attribute attributes[LEAVES + 2], moved[LEAVES + 2];
    ms_fact facts[LEAVES];
    ms_cond conditions[NODES], shifted[NODES];
    uint32_t seen[3] = {0};
    (void)state;
    for (uint32_t i = 0; i < LEAVES; i++) {
        static const ms_str names[] = {MS_STR("p"), MS_STR("q"), MS_STR("r"), MS_STR("s")};
        attributes[i] = (ms_attribute){.name = names[i], .type = MS_T_INTEGER, .max = 9};
        moved[2 + i] = attributes[i];
        facts[i] = look_up;
    }
    moved[0] = (ms_attribute){.name = MS_STR("x"), .type = MS_T_INTEGER, .max = 9};
    moved[1] = (ms_attribute){.name = MS_STR("note"), .type = MS_T_TEXT, .max = 9};
    for (int round = 0; round < 3000; round++) {
        court *c = court_open();
        second s = open_second();
        char text[128];
        uint32_t size = grow(conditions, NODES, 0);
        const ms_rule rule = {.id = MS_STR("R"), .points = 1, .label = -1};
        memcpy(shifted, conditions, sizeof shifted);
        for (uint32_t i = 0; i < size; i++) {
            shifted[i].slot += 2;
            shifted[i].slot2 += 2;
        }
        ms_vertical there = {.attributes = attributes,
                             .n_attributes = LEAVES,
                             .conditions = conditions,
                             .n_conditions = size,
                             .rules = &rule,
                             .n_rules = 1,
                             .score_max = 100};
        ms_vertical here = there;
        here.attributes = moved;
        here.n_attributes = 2;
        here.facts = facts;
        here.n_facts = LEAVES;
        here.conditions = shifted;
        seal(c, &there);
        seal(c, &here);
        for (int k = 0; k < 4; k++) {
            snprintf(text, sizeof text, "{\"p\":%s,\"q\":%s,\"r\":%s,\"s\":%s}",
                     values[dice(COUNT(values))], values[dice(COUNT(values))],
                     values[dice(COUNT(values))], values[dice(COUNT(values))]);
            judge(c, &there, text);
            ms_truth want = ms_rule_truth(&c->d, 0);
            read_fields(c, "{\"p\":1,\"q\":1}", 13);
            assert_int_equal(ms_judge_contact(c->judge, &here, &c->top, facts_of(&s, text), 0, true,
                                              &c->d, &c->err),
                             MS_OK);
            if (ms_rule_truth(&c->d, 0) != want)
                fail_msg("%s: %d, not %d", text, (int)ms_rule_truth(&c->d, 0), (int)want);
            seen[want]++;
        }
        ms_vertical_unseal(&there);
        ms_vertical_unseal(&here);
        close_second(&s);
        court_close(c);
    }
    assert_true(seen[MS_NO] > 500 && seen[MS_YES] > 500 && seen[MS_UNKNOWN] > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_like_attributes),    cmocka_unit_test(invalid_ones),
        cmocka_unit_test(apart_from_attributes),   cmocka_unit_test(the_hash),
        cmocka_unit_test(as_many_as_there_may_be), cmocka_unit_test(refused),
        cmocka_unit_test(lint_finds_the_unread),   cmocka_unit_test(the_same_as_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

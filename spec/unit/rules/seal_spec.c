/* A vertical that could not be judged safely is refused, with its place. */
#include "court.h"

/* A small good vertical; each case spoils one thing. */
typedef struct draft {
    ms_attribute attributes[3];
    ms_cond conditions[4];
    ms_rule rules[2];
    ms_label labels[2];
    ms_derived derived[1];
    ms_template templates[1];
    ms_piece pieces[2];
    ms_custom customs[1];
    uint16_t reads[1];
    ms_pair ranges[1];
    ms_status_case cases[1];
    ms_str choices[2];
    ms_str texts[1];
    ms_vertical v;
} draft;

static ms_status never_called(void *s, uint32_t i, const ms_slots *slots, ms_truth *out,
                              ms_error *err)
{
    (void)s, (void)i, (void)slots, (void)out, (void)err;
    fail();
    return MS_INTERNAL;
}

static void make(draft *d)
{
    *d = (draft){
        .choices = {MS_STR("x"), MS_STR("y")},
        .texts = {MS_STR("a+")},
        .conditions = {{.op = MS_C_ALL, .n_children = 1, .size = 2},
                       {.op = MS_C_COMPARE, .size = 1, .slot = 0, .a = 1},
                       {.op = MS_C_SCORE, .size = 1, .a = 1},
                       {.op = MS_C_ONE_OF, .size = 1, .slot = 1, .mask = 2}},
        .rules = {{.id = MS_STR("R"), .label = 0, .line = 7},
                  {.id = MS_STR("O"), .condition = 2, .label = -1, .outcome = true, .line = 9}},
        .labels = {{.title = MS_STR("one")}, {.title = MS_STR("two")}},
        .ranges = {{0, 2}},
        .cases = {{0, MS_STR("good")}},
    };
    d->attributes[0] = (ms_attribute){.name = MS_STR("a"), .type = MS_T_INTEGER, .max = 9};
    d->attributes[1] = (ms_attribute){
        .name = MS_STR("b"), .type = MS_T_CHOICE, .line = 3, .choices = d->choices, .n_choices = 2};
    d->attributes[2] = (ms_attribute){.name = MS_STR("c"), .type = MS_T_INTEGER, .max = 9};
    d->pieces[0] = (ms_piece){.text = MS_STR("is "), .slot = -1};
    d->pieces[1] = (ms_piece){.slot = 1};
    d->templates[0] = (ms_template){d->pieces, 2};
    d->derived[0] = (ms_derived){.name = MS_STR("t"), .templates = d->templates, .n_templates = 1};
    d->customs[0] = (ms_custom){.reads = d->reads, .n_reads = 1};
    d->v = (ms_vertical){
        .name = MS_STR("spec"),
        .file = MS_STR("vertical.lua"),
        .version = MS_STR("1"),
        .attributes = d->attributes,
        .n_attributes = 3,
        .conditions = d->conditions,
        .n_conditions = 4,
        .rules = d->rules,
        .n_rules = 2,
        .labels = d->labels,
        .n_labels = 2,
        .ranges = d->ranges,
        .n_ranges = 1,
        .derived = d->derived,
        .n_derived = 1,
        .customs = d->customs,
        .n_customs = 1,
        .status = {.attribute = MS_STR("s"),
                   .cases = d->cases,
                   .n_cases = 1,
                   .otherwise = MS_STR("new")},
        .score_attribute = MS_STR("score"),
        .score_max = 100,
    };
}

static void refuse(draft *d, const char *because)
{
    ms_arena *arena = ms_arena_new(0);
    ms_error err = {0};
    ms_status status = ms_vertical_seal(&d->v, arena, &err);
    ms_vertical_unseal(&d->v);
    ms_arena_free(arena);
    if (status != MS_INVALID || !strstr(err.text, because))
        fail_msg("wanted \"%s\", got %s: \"%s\"", because, ms_status_name(status), err.text);
    make(d);
}

static void good_one(void **state)
{
    draft d;
    (void)state;
    make(&d);
    ms_arena *arena = ms_arena_new(0);
    ms_error err = {0};
    assert_int_equal(ms_vertical_seal(&d.v, arena, &err), MS_OK);
    assert_int_equal(ms_vertical_seal(&d.v, arena, &err), MS_INTERNAL); /* twice */
    ms_vertical_unseal(&d.v);
    ms_vertical_unseal(NULL);
    ms_arena_free(arena);
}

static void attributes(void **state)
{
    draft d;
    (void)state;
    make(&d);
    d.attributes[2].name = MS_STR("a"), refuse(&d, "attribute a is declared twice");
    d.attributes[2].name = MS_STR(""), refuse(&d, "name");
    d.attributes[2].name = MS_STR("\xff"), refuse(&d, "UTF-8");
    d.attributes[2].type = 99, refuse(&d, "c has no known type");
    d.attributes[2].min = 10, refuse(&d, "c: min is above max");
    d.attributes[2].pattern = MS_STR("x"), refuse(&d, "only a text or handle has a pattern");
    d.attributes[1].n_choices = 0, refuse(&d, "vertical.lua:3: b needs 1 to 64 choices");
    d.attributes[1].n_choices = 65, refuse(&d, "it has 65");
    d.choices[1] = MS_STR("Y"), refuse(&d, "\"Y\" must be lower case");
    d.choices[1] = MS_STR("x"), refuse(&d, "\"x\" is there twice");
    d.choices[1] = MS_STR(" y"), refuse(&d, "without blanks around");
    d.choices[1] = MS_STR(""), refuse(&d, "a choice is");
    d.v.n_attributes = 129, refuse(&d, "129 attributes, at most 128");
    d.v.attributes = NULL, refuse(&d, "attributes are counted but not there");
    d.ranges[0].high = 0, refuse(&d, "range");
    d.ranges[0].high = 3, refuse(&d, "range");
    d.ranges[0].high = 1, refuse(&d, "a range joins two");
}

static void bad_pattern(void **state)
{
    draft d;
    (void)state;
    make(&d);
    d.v.n_rules = d.v.n_derived = d.v.n_ranges = d.v.status.n_cases = 0;
    d.attributes[1] = (ms_attribute){
        .name = MS_STR("b"), .type = MS_T_TEXT, .line = 3, .pattern = MS_STR("ab(c")};
    refuse(&d, "vertical.lua:3: b: pattern \"ab(c\": missing closing parenthesis at byte 5");
}

static void rules(void **state)
{
    draft d;
    (void)state;
    make(&d);
    d.rules[1].id = MS_STR("R"), refuse(&d, "vertical.lua:9: rule R is there twice");
    d.rules[0].id = MS_NONE, refuse(&d, "a rule's id");
    d.rules[0].condition = 4, refuse(&d, "rule R has no condition");
    d.rules[0].label = 2, refuse(&d, "rule R sets no declared label");
    d.rules[0].label = -2, refuse(&d, "rule R sets no declared label");
    d.rules[0].outcome = true, d.rules[1].outcome = false, refuse(&d, "rule O scores after");
    d.rules[1].points = 1, refuse(&d, "outcome rule O cannot give points");
    d.labels[1].title = MS_STR("one"), refuse(&d, "label one is there twice");
    d.labels[1].title = MS_STR(""), refuse(&d, "a label's title");
    d.v.n_labels = 65, refuse(&d, "65 labels, at most 64");
    d.v.n_rules = 257, refuse(&d, "257 rules, at most 256");
    d.v.score_min = 101, refuse(&d, "the least score is above the highest");
}

static void conditions(void **state)
{
    draft d;
    (void)state;
    make(&d);
    ms_cond *root = &d.conditions[0], *leaf = &d.conditions[1];
    root->size = 3, refuse(&d, "vertical.lua:7: rule R: its condition is no tree");
    root->size = 0, refuse(&d, "no tree");
    root->size = 5, refuse(&d, "no tree");
    root->n_children = 0, refuse(&d, "no tree");
    root->n_children = 2, refuse(&d, "no tree");
    leaf->size = 4, refuse(&d, "no tree");
    leaf->n_children = 1, refuse(&d, "no tree");
    leaf->op = 99, refuse(&d, "an unknown condition");
    leaf->cmp = 6, refuse(&d, "no tree");
    leaf->slot = 3, refuse(&d, "a comparison needs a number or date");
    leaf->slot = 1, refuse(&d, "a comparison needs a number or date");
    leaf->op = MS_C_COMPARE_SLOTS, leaf->slot2 = 1, refuse(&d, "two of one type");
    leaf->op = MS_C_ONE_OF, refuse(&d, "no choice of the attribute");
    *leaf = d.conditions[3], leaf->mask = 0, refuse(&d, "no choice of the attribute");
    *leaf = d.conditions[3], leaf->mask = 4, refuse(&d, "no choice of the attribute");
    leaf->op = MS_C_CONTAINS, refuse(&d, "no choice of the attribute");
    leaf->op = MS_C_COUNT, refuse(&d, "only choices are counted");
    leaf->op = MS_C_TEXT_IS, refuse(&d, "no text");
    leaf->op = MS_C_MATCHES, refuse(&d, "no text");
    leaf->op = MS_C_PRESENT, leaf->slot = 3, refuse(&d, "not declared");
    leaf->op = MS_C_WITHIN_DAYS, refuse(&d, "only a date is so old");
    leaf->op = MS_C_SCORE, refuse(&d, "only an outcome rule sees score and errors");
    leaf->op = MS_C_ERRORS, refuse(&d, "only an outcome rule sees score and errors");
    leaf->op = MS_C_FIRED, leaf->a = 0, refuse(&d, "it asks a rule that is later");
    leaf->op = MS_C_CUSTOM, leaf->a = 0, refuse(&d, "its function is not there");
    leaf->op = MS_C_CUSTOM, leaf->a = 1, d.v.calls.condition = never_called,
    refuse(&d, "its function is not there");
    root->op = MS_C_AT_LEAST, root->a = 2, refuse(&d, "more conditions than there are");
    root->op = MS_C_AT_LEAST, root->a = -1, refuse(&d, "more conditions than there are");
    d.attributes[1].type = MS_T_TEXT, d.pieces[1].slot = 0,
    *leaf = (ms_cond){.op = MS_C_TEXT_IS, .size = 1, .slot = 1};
    refuse(&d, "without text to compare with");
    d.reads[0] = 3, refuse(&d, "undeclared attribute");
}

static void deep_nesting(void **state)
{
    enum { DEPTH = 40 };
    ms_cond chain[DEPTH];
    draft d;
    (void)state;
    make(&d);
    for (int i = 0; i < DEPTH; i++)
        chain[i] =
            (ms_cond){.op = MS_C_NONE, .n_children = i + 1 < DEPTH, .size = (uint16_t)(DEPTH - i)};
    d.v.conditions = chain, d.v.n_conditions = DEPTH, d.v.n_rules = 1;
    refuse(&d, "nested too deeply");
}

static void managed(void **state)
{
    draft d;
    (void)state;
    make(&d);
    d.derived[0].name = MS_STR("score"), refuse(&d, "score is derived twice");
    d.derived[0].name = MS_STR("s"), refuse(&d, "s is derived twice");
    d.derived[0].name = MS_STR("a"), refuse(&d, "a is derived and declared");
    d.v.score_attribute = MS_STR("b"), refuse(&d, "b is derived and declared");
    d.v.status.attribute = MS_STR("b"), refuse(&d, "b is derived and declared");
    d.pieces[1].slot = 3, refuse(&d, "t uses an unknown attribute");
    d.pieces[1].form = MS_FORM_THOUSANDS, refuse(&d, "thousands need a number");
    d.pieces[0].text = MS_STR("\xc3"), refuse(&d, "not UTF-8");
    d.templates[0].n = 0, refuse(&d, "a template is empty");
    d.derived[0].n_templates = 0, refuse(&d, "derived t has no value to take");
    d.derived[0].kind = MS_D_RULE, d.derived[0].rule = 2, refuse(&d, "no value to take");
    d.derived[0].kind = MS_D_CUSTOM, refuse(&d, "no value to take");
    d.derived[0].kind = 9, refuse(&d, "no value to take");
    d.cases[0].rule = 2, refuse(&d, "status value 1 follows no rule");
    d.cases[0].value = MS_NONE, refuse(&d, "status value 1 follows no rule");
    d.v.status.otherwise = MS_NONE, refuse(&d, "the status needs a value");
}

/* An as-is attribute may look at a managed place; the managed value is what is printed. */
static void as_is_reads_a_managed_place(void **state)
{
    court *c = court_open();
    draft d;
    (void)state;
    make(&d);
    d.attributes[2] = (ms_attribute){.name = MS_STR("s"), .type = MS_T_AS_IS};
    d.v.n_ranges = 0;
    d.texts[0] = MS_STR("old");
    d.conditions[1] =
        (ms_cond){.op = MS_C_TEXT_IS, .size = 1, .slot = 2, .texts = d.texts, .n_texts = 1};
    seal(c, &d.v);
    judge(c, &d.v, "{\"s\":\"old\"}");
    assert_string_equal(fired_of(c), "[\"R\",\"O\"]");
    assert_string_equal(attributes_of(c), "{\"s\":\"good\",\"score\":0}");
    ms_vertical_unseal(&d.v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_one),    cmocka_unit_test(attributes),
        cmocka_unit_test(bad_pattern), cmocka_unit_test(rules),
        cmocka_unit_test(conditions),  cmocka_unit_test(deep_nesting),
        cmocka_unit_test(managed),     cmocka_unit_test(as_is_reads_a_managed_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Groups, the range of the score, stages and facts as a vertical declares them. */
#include "lua_support.h"

#define F                                                                                          \
    HEAD "local f = facts {\n"                                                                     \
         "  { \"best\", number, says = \"how near\",\n"                                            \
         "    from = knowledge { query = a.t, category = \"services\", threshold = 0.405 } },\n"   \
         "  { \"hits\", integer { max = 9 }, from = knowledge { query = words { \"{t} {n}\", "     \
         "\"{t}\" } } },\n"                                                                        \
         "  { \"kind\", choice { \"p\", \"q\" }, from = knowledge { query = a.c } },\n"            \
         "  { \"kinds\", choices { \"p\", \"q\" }, from = knowledge { query = a.t } },\n"          \
         "  { \"any_at_all\", boolean, from = knowledge { query = a.t } },\n"                      \
         "  { \"title\", text, from = knowledge { query = a.t } },\n"                              \
         "}\n"
#define BODY F RULE("a.n:present()")

static void test_a_whole_score(void **state)
{
    (void)state;
    ms_script *s = loaded(
        HEAD "group { \"one\", counts = \"sum\", says = \"first\", max = 40, min = -10 }\n"
             "rule { id = \"A\", points = 30, group = \"two\", when = a.n:present(), because = "
             "\"b\" }\n"
             "rule { id = \"B\", points = 30, group = \"one\", when = a.n:present(), because = "
             "\"b\" }\n"
             "rule { id = \"C\", points = 30, when = a.n:present(), because = \"b\" }\n"
             "outcome { id = \"O\", when = score:at_least(1), because = \"b\" }\n"
             "group { \"two\", counts = \"highest\", says = \"second\" }\n"
             "score_range { min = -50, max = 250, attribute = \"points\" }\n"
             "status { \"st\", stages = { \"n\", \"w\", \"q\" }, only_forward = true, keep = { "
             "\"q\" },\n"
             "  { when = all { a.n:at_least(5), score:at_least(9) }, value = \"q\" },\n"
             "  { when = fired \"O\", value = \"w\" },\n"
             "  otherwise = \"n\" }\n");
    const ms_vertical *v = ms_script_vertical(s);
    assert_int_equal(v->n_groups, 2);
    assert_true(ms_str_eqz(v->groups[0].name, "one"));
    assert_true(ms_str_eqz(v->groups[0].says, "first"));
    assert_false(v->groups[0].highest);
    assert_int_equal(v->groups[0].max, 40);
    assert_int_equal(v->groups[0].min, -10);
    assert_int_equal(v->groups[0].line, 2);
    assert_true(v->groups[1].highest);
    assert_int_equal(v->groups[1].max, MS_NO_MAX);
    assert_int_equal(v->groups[1].min, MS_NO_MIN);
    assert_int_equal(v->rules[0].group, 1);
    assert_int_equal(v->rules[1].group, 0);
    assert_int_equal(v->rules[2].group, -1);
    assert_int_equal(v->rules[3].group, -1);
    assert_true(ms_str_eqz(v->score_attribute, "points"));
    assert_int_equal(v->score_min, -50);
    assert_int_equal(v->score_max, 250);
    assert_int_equal(v->status.n_stages, 3);
    assert_true(ms_str_eqz(v->status.stages[1], "w"));
    assert_true(v->status.only_forward);
    assert_int_equal(v->status.cases[0].rule, MS_NO_RULE);
    assert_int_equal(v->conditions[v->status.cases[0].condition].op, MS_C_ALL);
    assert_int_equal(v->status.cases[1].rule, 3);
    assert_int_equal(v->status.cases[0].line, 10);
    ms_script_free(s);
}

static void test_defaults(void **state)
{
    (void)state;
    ms_script *s = loaded(HEAD RULE("a.n:present()") "score_range { max = 50 }");
    const ms_vertical *v = ms_script_vertical(s);
    assert_int_equal(v->score_min, 0);
    assert_int_equal(v->score_max, 50);
    assert_true(ms_str_eqz(v->score_attribute, "qualification_score"));
    assert_int_equal(v->n_groups, 0);
    assert_int_equal(v->n_facts, 0);
    ms_script_free(s);
}

static void test_whole_facts(void **state)
{
    static const ms_fact_take takes[] = {MS_TAKE_SIMILARITY, MS_TAKE_COUNT, MS_TAKE_TITLE,
                                         MS_TAKE_TITLES,     MS_TAKE_FOUND, MS_TAKE_TITLE};
    (void)state;
    ms_script *s = loaded(F "local per = f.hits:per(a.n)\n" RULE(
        "all { f.best:at_least(0.4), per:at_least(1), f.hits:more_than(a.m) }"));
    const ms_vertical *v = ms_script_vertical(s);
    uint32_t first = v->n_attributes + v->n_computed;
    assert_int_equal(v->n_facts, 6);
    assert_int_equal(v->n_computed, 1);
    for (uint32_t i = 0; i < v->n_facts; i++) {
        assert_int_equal(v->facts[i].take, takes[i]);
        assert_ptr_equal(ms_vertical_fact(v, first + i), &v->facts[i]);
    }
    assert_null(ms_vertical_fact(v, first - 1));
    assert_null(ms_vertical_fact(v, first + 6));
    assert_true(ms_str_eqz(v->attributes[first].name, "best"));
    assert_true(ms_str_eqz(v->attributes[first].says, "how near"));
    assert_int_equal(v->attributes[first].line, 3);
    assert_int_equal(v->attributes[first + 1].max, 9);
    assert_int_equal(v->attributes[first + 2].n_choices, 2);
    assert_int_equal(v->facts[0].threshold, 405);
    assert_true(ms_str_eqz(v->facts[0].category, "services"));
    assert_int_equal(v->facts[1].threshold, -1);
    assert_null(v->facts[1].category.p);
    assert_int_equal(v->facts[1].n_query, 2);
    assert_int_equal(v->facts[1].query[0].n, 3);
    assert_int_equal(v->facts[0].query[0].pieces[0].slot, 5);
    assert_int_equal(v->conditions[1].slot, first);
    assert_int_equal(v->conditions[2].slot, first - 1);
    assert_int_equal(v->conditions[3].slot, first + 1);
    assert_int_equal(v->conditions[3].slot2, 1);
    assert_int_equal(v->computed[0].slot, first + 1);
    ms_script_free(s);
}

static ms_status judge_facts(bench *b, const char *attributes, const char *facts)
{
    ms_error err = {0};
    ms_json_reader *reader = ms_json_reader_new();
    ms_fields second = {0};
    assert_int_equal(
        ms_json_read(b->reader, ms_str_z(attributes), NULL, &b->attributes, &b->top, &err), MS_OK);
    assert_int_equal(ms_json_read(reader, ms_str_z(facts), NULL, &second, NULL, &err), MS_OK);
    ms_status status = ms_judge_contact(b->judge, ms_script_vertical(b->script), &b->attributes,
                                        &second, TODAY, true, &b->decision, &b->err);
    ms_fields_free(&second);
    ms_json_reader_free(reader);
    return status;
}

/* A function sees facts by name beside the attributes, and is not asked while one is missing. */
static void test_functions_read_facts(void **state)
{
    (void)state;
    bench b = open_bench(
        F "rule { id = \"R\", points = 7, because = \"b\", when = custom { reads = { f.best, "
          "a.n, f.kinds, f.kind, f.title, f.any_at_all }, says = \"s\",\n"
          "fn = function(v) return v.best > 0.4 and v.n == 3 and #v.kinds == 2 and v.kinds[2] == "
          "\"q\" and v.kind == \"p\" and v.title == \"x\" and v.any_at_all end } }\n"
          "derive { \"twice\", custom { reads = { f.hits }, says = \"s\", fn = function(v) return "
          "v.hits * 2 end } }");
    const char *all = "{\"best\":0.5,\"kinds\":[\"P\",\"q\"],\"kind\":\"p\",\"title\":\"x\","
                      "\"any_at_all\":true,\"hits\":4}";
    for (int i = 0; i < 3; i++) { /* what one call saw, the next does not */
        assert_int_equal(judge_facts(&b, "{\"n\":3,\"best\":9}", all), MS_OK);
        assert_int_equal(b.decision.points, 7);
        assert_string_equal(managed(&b, "twice"), "8");
        assert_int_equal(judge_facts(&b, "{\"n\":3,\"best\":9,\"hits\":4}", "{}"), MS_OK);
        assert_int_equal(b.decision.points, 0);
        assert_true(ms_bit(&b.decision.unknown, 0));
        assert_string_equal(managed(&b, "twice"), "");
    }
    close_bench(&b);
}

static void test_a_status_asks(void **state)
{
    (void)state;
    bench b = open_bench(
        HEAD "rule { id = \"R\", points = 50, because = \"b\", when = a.n:at_least(5) }\n"
             "status { \"st\", stages = { \"x\", \"y\", \"z\" }, only_forward = true,\n"
             "  { when = custom { reads = { a.m }, says = \"s\", fn = function(v) return v.m > 3 "
             "end }, value = \"z\" },\n"
             "  { when = all { score:at_least(50), errors:none() }, value = \"y\" }, otherwise = "
             "\"x\" }");
    assert_int_equal(judge(&b, "{\"n\":5}"), MS_OK);
    assert_string_equal(managed(&b, "st"), "\"y\"");
    assert_int_equal(judge(&b, "{\"n\":5,\"c\":\"no\"}"), MS_OK);
    assert_string_equal(managed(&b, "st"), "\"x\"");
    assert_int_equal(judge(&b, "{\"m\":4}"), MS_OK);
    assert_string_equal(managed(&b, "st"), "\"z\"");
    assert_int_equal(judge(&b, "{\"n\":5,\"m\":3,\"st\":\"z\"}"), MS_OK);
    assert_string_equal(managed(&b, "st"), ""); /* as it was */
    assert_true(ms_str_eqz(b.decision.status, "z"));
    close_bench(&b);
}

#define GROUP "group { \"g\", counts = \"sum\", says = \"s\" }\n"
#define IN(g)                                                                                      \
    "rule { id = \"R\", points = 1, because = \"b\", when = a.n:present(), group = " g " }\n"
#define STATUS(fields) HEAD RULE("a.n:present()") "status { \"st\", " fields " }"
#define FACT(text) HEAD RULE("a.n:present()") "local f = facts { " text " }"
#define KNOWLEDGE(text) FACT("{ \"x\", integer, from = knowledge { " text " } }")
static const char *const wrong[][2] = {
    {HEAD IN("\"g\""), "rule \"R\": no group { \"g\", ... } is declared"},
    {HEAD "group { \"budget\", counts = \"sum\", says = \"s\" } " IN("\"bugdet\""),
     "did you mean \"budget\" (vertical.lua:2)?"},
    {HEAD GROUP IN("5"), "rule \"R\" needs group, a text in quotes; it has 5"},
    {HEAD GROUP GROUP IN("\"g\""), "group \"g\" is declared twice, first at vertical.lua:2"},
    {HEAD "outcome { id = \"O\", because = \"b\", when = score:at_least(1), group = \"g\" }",
     "outcome \"O\" has no field \"group\""},
    {HEAD "group \"g\"", "its name is nothing"},
    {HEAD "group { 5 }", "its name is 5"},
    {HEAD "group { a.n }", "its name is an attribute"},
    {HEAD "group { \"g\", says = \"s\" }", "group \"g\" needs counts, \"sum\""},
    {HEAD "group { \"g\", says = \"s\", counts = \"higest\" }",
     "it has \"higest\"; did you mean \"highest\"?"},
    {HEAD "group { \"g\", counts = \"sum\" }", "group \"g\" needs says"},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", cap = 4 }", "has no field \"cap\""},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", max = 4.5 }",
     "max is a whole number of points"},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", max = \"4\" }", "it is \"4\""},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", max = 1000001 }", "at most 1000000"},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", max = -1 }", "so max is at least 0"},
    {HEAD "group { \"g\", says = \"s\", counts = \"sum\", min = 1 }", "so min is at most 0"},
    {HEAD "for i = 1, 33 do group { \"g\" .. i, says = \"s\", counts = \"sum\" } end",
     "a vertical has at most 32 groups"},
    {HEAD "score_range { min = 5, max = 5 }", "min (5) is not below max (5)"},
    {HEAD "score_range { min = 100 }", "min (100) is not below max (100)"},
    {HEAD "score_range { max = 1e7 }", "score_range: max is a whole number"},
    {HEAD "score_range { max = 5 } score_range { max = 5 }", "score_range is declared once"},
    {HEAD "score_range { 0, 100 } score_range { maxx = 5 }", "score_range is declared once"},
    {HEAD "score_range { maxx = 5 }", "has no field \"maxx\"; did you mean \"max\"?"},
    {HEAD "score_range { attribute = \"\" }", "score_range needs attribute"},
    {HEAD RULE("a.n:present()") "score_range { attribute = \"n\" }", "n is derived and declared"},
    {STATUS("stages = \"new\", otherwise = \"n\""), "stages lists values"},
    {STATUS("stages = {}, otherwise = \"n\""), "stages lists all values"},
    {STATUS("stages = { \"n\", 5 }, otherwise = \"n\""), "stages: item 2 is 5, not a text"},
    {STATUS("stages = { \"n\", x = 5 }, otherwise = \"n\""), "the list stages has no field \"x\""},
    {STATUS("stages = { \"n\", \"n\" }, otherwise = \"n\""), "stage \"n\" is listed twice"},
    {STATUS("stages = { \"new\", \"hot\" }, otherwise = \"nwe\""),
     "st is never \"nwe\"; stages: new, hot; did you mean \"new\"?"},
    {STATUS("stages = { \"new\" }, keep = { \"old\" }, otherwise = \"new\""),
     "st is never \"old\""},
    {STATUS("stages = { \"new\" }, { when = a.n:present(), value = \"x\" }, otherwise = \"new\""),
     "st is never \"x\""},
    {STATUS("only_forward = true, otherwise = \"new\""), "only_forward needs the order"},
    {STATUS("only_forward = \"yes\", otherwise = \"new\""), "only_forward is true or false"},
    {STATUS("only_forwards = true, otherwise = \"new\""), "did you mean \"only_forward\"?"},
    {STATUS("{ when = a.q:present(), value = \"x\" }, otherwise = \"n\""),
     "unknown attribute \"q\""},
    {FACT("\"x\""), "a fact is written { \"name\", type, from = knowledge { ... }"},
    {FACT("{ \"a b\", integer, from = knowledge { query = a.t } }"), "the name \"a b\" cannot be"},
    {FACT("{ \"x\" }"), "fact \"x\" needs a type"},
    {FACT("{ \"x\", choice, from = knowledge { query = a.t } }"), "choice lists its values"},
    {FACT("{ \"x\", date, from = knowledge { query = a.t } }"),
     "the knowledge base does not answer with a date"},
    {FACT("{ \"x\", integer }"), "fact \"x\" needs from, where it is looked up"},
    {FACT("{ \"x\", integer, from = \"knowledge\" }"), "it has \"knowledge\""},
    {FACT("{ \"x\", integer, from = function() end }"), "it has a function"},
    {FACT("{ \"x\", integer, from = knowledge { query = a.t }, fn = function() end }"),
     "fact \"x\" has no field \"fn\""},
    {FACT("{ \"x\", integer, from = knowledge { query = a.t } }, { \"x\", text, from = knowledge { "
          "query = a.t } }"),
     "fact \"x\" is declared twice"},
    {FACT("{ \"n\", integer, from = knowledge { query = a.t } }"),
     "fact \"n\": an attribute of that name comes in (vertical.lua:1)"},
    {KNOWLEDGE(""), "knowledge needs query, an attribute or words"},
    {KNOWLEDGE("query = \"{t}\""), "it has \"{t}\""},
    {KNOWLEDGE("query = function() end"), "it has a function"},
    {KNOWLEDGE("query = words { \"{q}\" }"), "unknown attribute \"q\""},
    {KNOWLEDGE("query = a.any"), "any cannot be put into words"},
    {KNOWLEDGE("query = a.t, threshold = 1.5"), "threshold is a similarity from 0 to 1"},
    {KNOWLEDGE("query = a.t, threshold = 0.1234"), "at most three decimals"},
    {KNOWLEDGE("query = a.t, threshold = 0/0"), "threshold is a similarity"},
    {KNOWLEDGE("query = a.t, thresold = 1"), "did you mean \"threshold\"?"},
    {KNOWLEDGE("query = a.t, category = 5"), "knowledge needs category"},
    {KNOWLEDGE("query = a.t, category = string.rep(\"x\", 201)"), "at most 200 bytes"},
    {HEAD RULE("a.n:present()") "facts { { \"x\", integer, from = knowledge \"x\" } }",
     "knowledge { query = a.last_message"},
    {HEAD RULE("a.n:present()") "facts { { \"x\", integer, from = html { query = a.t } } }",
     "there is no \"html\" in rules"},
    {BODY "facts {}", "facts are declared once, in one list"},
    {HEAD "local t = {} for i = 1, 33 do t[i] = { \"x\" .. i, text, from = knowledge { query = "
          "a.t } } end facts(t)",
     "at most 32 facts; this one has 33"},
    {F RULE("f.bst:at_least(0.5)"), "unknown fact \"bst\"; did you mean \"best\""},
    {F RULE("f.best:at_least(\"near\")"), "best is compared with"},
    {F RULE("f.best.at_least(0.5)"), "write a colon: a.best:at_least"},
    {F RULE("f.kind:is \"r\""), "kind is never \"r\"; allowed: p, q"},
    {F RULE("f.best"), "rule \"R\" needs when, a condition; it has an attribute"},
    {BODY "range { a.n, f.hits }", "hits is a fact"},
    {BODY "derive { \"x\", f.hits }", "it has an attribute"},
    {BODY "derive { \"x\", words { \"{hits}\" } }", "unknown attribute \"hits\""},
    {F RULE("custom { reads = { f.best, 5 }, says = \"s\", fn = function() end }"),
     "reads: item 2 is 5"},
    {BODY "f.best = 5", "cannot be set"},
    {BODY "local k = knowledge { query = a.t } k.query = 5", "cannot be set in this look-up"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(wrong[i][0], wrong[i][1]);
}

/* A function can neither declare nor look up. */
static void test_nothing_is_declared_while_judging(void **state)
{
    static const char *const calls[] = {"knowledge { query = a.t }",
                                        "facts {}",
                                        "group { \"x\", counts = \"sum\", says = \"s\" }",
                                        "score_range { max = 5 }",
                                        "f.hits:at_least(1)",
                                        "f.hits:per(a.n)"};
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char text[4096];
        snprintf(text, sizeof text,
                 F "rule { id = \"R\", points = 7, because = \"b\", when = custom { reads = { a.n "
                   "}, says = \"s\", fn = function(v) local x = %s return x end } }",
                 calls[i]);
        bench b = open_bench(text);
        assert_int_equal(judge(&b, "{\"n\":3}"), MS_SCRIPT);
        close_bench(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_score),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_whole_facts),
        cmocka_unit_test(test_functions_read_facts),
        cmocka_unit_test(test_a_status_asks),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_nothing_is_declared_while_judging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a vertical declares, and what is said when it is declared wrongly. */
#include "lua_support.h"

#define BODY HEAD RULE("a.n:present()")

static void test_a_whole_vertical(void **state)
{
    (void)state;
    ms_script *s = loaded(
        "vertical { name = \"v\", title = \"The V\", says = \"x\" }\n"
        "local a = attributes {\n"
        "  { \"low\", integer { unit = \"EUR\", min = 5, max = 9 }, says = \"The low end\" },\n"
        "  { \"high\", integer },\n"
        "  { \"spent\", money { max = 12.5 } },\n"
        "  { \"code\", text { pattern = \"[a-z]+\", max = 7 } },\n"
        "}\n"
        "range { a.low, a.high }\n"
        "outcome { id = \"O\", when = score:at_least(1), because = \"o\", label = \"two\" }\n"
        "rule { id = \"R\", name = \"r\", points = -3, when = a.low:present(), because = \"b\" }\n"
        "derive { \"is_low\", fired \"R\", says = \"whether\" }\n"
        "derive { \"words\", words { \"{low}-{high:thousands}k\", \"x\" } }\n"
        "status { \"st\", keep = { \"c\" }, { when = fired \"O\", value = \"q\" }, otherwise = "
        "\"n\" }\n"
        "labels { { \"one\", colour = \"#000000\", says = \"1\", sidebar = true },\n"
        "  { \"two\", colour = \"#FFffFF\", says = \"2\" } }\n");
    const ms_vertical *v = ms_script_vertical(s);
    assert_true(ms_str_eqz(v->title, "The V"));
    assert_int_equal(v->n_attributes, 4);
    assert_true(ms_str_eqz(v->attributes[0].says, "The low end"));
    assert_true(ms_str_eqz(v->attributes[0].unit, "EUR"));
    assert_int_equal(v->attributes[0].min, 5);
    assert_int_equal(v->attributes[0].max, 9);
    assert_int_equal(v->attributes[0].line, 3);
    assert_int_equal(v->attributes[1].max, 100000000);
    assert_int_equal(v->attributes[2].max, 1250);
    assert_int_equal(v->attributes[2].line, 5);
    assert_true(ms_str_eqz(v->attributes[3].pattern, "[a-z]+"));
    assert_int_equal(v->attributes[3].max, 7);
    assert_int_equal(v->n_ranges, 1);
    assert_int_equal(v->ranges[0].low, 0);
    assert_int_equal(v->ranges[0].high, 1);
    assert_int_equal(v->n_rules, 2); /* scoring rules first, wherever they stand */
    assert_true(ms_str_eqz(v->rules[0].id, "R"));
    assert_int_equal(v->rules[0].points, -3);
    assert_int_equal(v->rules[0].label, -1);
    assert_int_equal(v->rules[0].line, 10);
    assert_false(v->rules[0].outcome);
    assert_true(v->rules[1].outcome);
    assert_int_equal(v->rules[1].label, 1);
    assert_null(v->rules[1].name.p);
    assert_int_equal(v->derived[0].kind, MS_D_RULE);
    assert_int_equal(v->derived[0].rule, 0);
    assert_int_equal(v->derived[1].n_templates, 2);
    assert_int_equal(v->derived[1].templates[0].n, 4);
    assert_int_equal(v->derived[1].templates[0].pieces[2].slot, 1);
    assert_int_equal(v->derived[1].templates[0].pieces[2].form, MS_FORM_THOUSANDS);
    assert_int_equal(v->status.cases[0].rule, 1); /* the outcome, behind the rule */
    assert_true(ms_str_eqz(v->status.otherwise, "n"));
    assert_true(v->labels[0].sidebar);
    assert_false(v->labels[0].owned);
    assert_true(v->labels[1].owned);
    assert_true(ms_str_eqz(v->score_attribute, "qualification_score"));
    assert_int_equal(v->score_max, 100);
    ms_script_free(s);
}

#define V "vertical { name = \"v\", title = \"V\" } "
static const char *const wrong[][2] = {
    {"", "vertical.lua:1: no vertical is declared"},
    {BODY "vertical { name = \"v\", title = \"V\" }", "vertical is declared once"},
    {"vertical { name = \"w\", title = \"V\" }", "this is vertical \"w\", but its folder is \"v\""},
    {"vertical { name = \"v\" }", "vertical needs title, a text in quotes; it has nothing"},
    {"vertical { name = \"v\", titel = \"V\" }", "has no field \"titel\"; did you mean \"title\"?"},
    {"vertical \"v\"", "vertical { name = \"...\", title = \"...\" }"},
    {V, "no attributes are declared"},
    {V "attributes {}", "1 to 128 attributes; this one has 0"},
    {V "attributes { \"n\" }",
     "an attribute is written { \"name\", type, says = \"...\" }; found \"n\""},
    {V "attributes { { \"n\" } }", "attribute \"n\" needs a type"},
    {V "attributes { { \"n\", interger } }",
     "there is no \"interger\" in rules; did you mean \"integer\"?"},
    {V "attributes { { \"n\", \"integer\" } }", "it has \"integer\""},
    {V "attributes { { \"n m\", integer } }", "the name \"n m\" cannot be"},
    {V "attributes { { 5, integer } }", "its name is 5"},
    {V "attributes { { \"n\", choice } }", "attribute \"n\": choice lists its values"},
    {V "attributes { { \"n\", choice {} } }", "choice lists 1 to 64 values"},
    {V "attributes { { \"n\", choice { \"A\" } } }", "lower-case texts without blanks"},
    {V "attributes { { \"n\", choice { \"a\", \"a\" } } }", "\"a\" is listed twice"},
    {V "attributes { { \"n\", choice { \" a\" } } }", "value 1 is \" a\""},
    {V "attributes { { \"n\", choice { a = 1 } } }", "choice has no field \"a\""},
    {V "attributes { { \"n\", integer { min = 5, max = 4 } } }", "min is above max"},
    {V "attributes { { \"n\", integer { min = \"5\" } } }",
     "integer: min is a number; it is \"5\""},
    {V "attributes { { \"n\", integer \"5\" } }", "integer takes its options in braces"},
    {V "attributes { { \"n\", text { pattern = \"(\" } } }", "text: pattern: "},
    {V "attributes { { \"n\", integer, say = \"x\" } }",
     "has no field \"say\"; did you mean \"says\"?"},
    {V "attributes { { \"n\", integer },\n{ \"n\", date } }",
     "attribute \"n\" is declared twice, first at vertical.lua:1"},
    {V "local t = {} for i = 1, 129 do t[i] = { \"n\" .. i, date } end attributes(t)",
     "this one has 129"},
    {BODY "attributes { { \"x\", date } }", "attributes are declared once"},
    {BODY "range { a.n }", "a range is two attributes"},
    {BODY "range { a.n, a.d }", "n is integer, d is date"},
    {BODY "range { a.n, a.n }", "two different"},
    {BODY "range { a.c, a.c }", "a range is two different integer, money, number, date or time"},
    {HEAD, "a vertical has 1 to 256 rules; this one has 0"},
    {HEAD "for i = 1, 257 do rule { id = \"R\" .. i, points = 1, because = \"b\", when = "
          "a.n:present() } end",
     "this one has 257"},
    {BODY RULE("a.n:present()"), "rule \"R\" is declared twice, first at vertical.lua:2"},
    {HEAD "rule { points = 1, because = \"b\", when = a.n:present() }",
     "rule needs id, a text in quotes"},
    {HEAD "rule { id = \"R\", because = \"b\", when = a.n:present() }",
     "rule \"R\" needs points, a whole number"},
    {HEAD "rule { id = \"R\", points = 2.5, because = \"b\", when = a.n:present() }", "it has 2.5"},
    {HEAD "rule { id = \"R\", points = 1e9, because = \"b\", when = a.n:present() }",
     "rule \"R\" needs points"},
    {HEAD "rule { id = \"R\", points = 1, when = a.n:present() }", "rule \"R\" needs because"},
    {HEAD "rule { id = \"R\", points = 1, because = \"b\" }", "rule \"R\" needs when"},
    {HEAD "rule { id = \"R\", points = 1, because = \"b\", when = a.n:present(), lable = \"x\" }",
     "did you mean \"label\"?"},
    {HEAD "outcome { id = \"O\", points = 1, because = \"b\", when = a.n:present() }",
     "outcome \"O\" has no field \"points\""},
    {HEAD "outcome { id = \"O\", because = \"b\", when = score:above(3) }",
     "score has no condition \"above\"; it has at_least, at_most"},
    {HEAD "outcome { id = \"O\", because = \"b\", when = score:at_least(7.5) }",
     "score is compared with whole points"},
    {HEAD "outcome { id = \"O\", because = \"b\", when = errors:non() }", "did you mean \"none\"?"},
    {HEAD "outcome { id = \"O\", because = \"b\", when = a.n:present() } rule { id = \"R\", points "
          "= 1, because = \"b\", when = fired \"O\" }",
     "rule \"R\" comes before the outcomes, so it cannot ask for fired \"O\""},
    {HEAD "rule { id = \"R\", points = 1, because = \"b\", when = a.n:present(), label = \"hot\" } "
          "labels { { \"hott\", colour = \"#000000\", says = \"x\" } }",
     "label \"hot\" is not in labels { ... }; did you mean \"hott\" (vertical.lua:2)?"},
    {BODY "labels { \"x\" }", "a label is written"},
    {BODY "labels { { \"xx\", colour = \"red\", says = \"x\" } }",
     "colour is like \"#10b981\", not \"red\""},
    {BODY "labels { { \"xx\", colour = \"#000000\" } }", "label \"xx\" needs says"},
    {BODY "labels { { \"xx\", colour = \"#000000\", says = \"x\", sidebar = 1 } }",
     "sidebar is true or false"},
    {BODY
     "labels { { \"xx\", colour = \"#000000\", says = \"x\" }, { \"xx\", colour = \"#000000\", "
     "says = \"x\" } }",
     "label \"xx\" is declared twice"},
    {BODY "labels {} labels {}", "labels are declared once"},
    {BODY "derive { \"x\" }", "derive \"x\" takes words"},
    {BODY "derive { \"x\", a.n:present() }", "it has a condition"},
    {BODY "derive { words { \"x\" } }", "its name is a list of words"},
    {BODY "derive { \"n\", words { \"x\" } }", "derive \"n\": an attribute of that name comes in"},
    {BODY "derive { \"x\", words { \"x\" } } derive { \"x\", words { \"x\" } }",
     "derive \"x\" is declared twice"},
    {BODY "derive { \"x\", words {} }", "words lists templates"},
    {BODY "derive { \"x\", words { \"{nn}\" } }", "unknown attribute \"nn\""},
    {BODY "derive { \"x\", words { \"{n:k}\" } }", "has no form \"k\""},
    {BODY "derive { \"x\", words { \"{t:thousands}\" } }", "only a number is put in thousands"},
    {BODY "derive { \"x\", words { \"{any}\" } }", "any cannot be put into words"},
    {BODY "derive { \"x\", words { \"a{n\" } }", "is no template"},
    {BODY "derive { \"x\", words { \"\" } }", "is no template"},
    {BODY "derive { \"x\", words { 5 } }", "words: item 1 is 5"},
    {BODY "derive { \"qualification_score\", words { \"x\" } }", "derived twice"},
    {BODY "status { \"s\" }", "status needs otherwise"},
    {BODY "status { \"s\", { when = a.n, value = \"x\" }, otherwise = \"n\" }",
     "when is a condition; it is an attribute"},
    {BODY "status { \"s\", { when = fired \"R\" }, otherwise = \"n\" }",
     "a status case needs value"},
    {BODY "status { \"s\", keep = { 5 }, otherwise = \"n\" }", "keep: item 1 is 5"},
    {BODY "status { \"s\", otherwise = \"n\" } status { \"s\", otherwise = \"n\" }",
     "status is declared once"},
    {BODY "local x = nil .. \"x\"", "vertical.lua:3: attempt to concatenate a nil value"},
    {BODY "rule {{", "vertical.lua:3: "},
    {BODY "\nerror \"no more\"", "vertical.lua:4: no more"},
    {"vertical { name = \"v\", title = \"\\xff\" }", "vertical: title is not UTF-8 text"},
    {"-- \xff", "vertical.lua:1:4: the file is not UTF-8"},
    {BODY "derive { \"x\", words { \"\\xff\" } }",
     "words: a text that is not UTF-8 or has control characters is no template"},
    {"vertical { name = \"v\", title = \"a\\27[31m\" }", "title is not UTF-8 text without control"},
    {"vertical { name = \"v\", title = \"t\", says = \"a\\u{9b}2J\" }", "says is not UTF-8 text"},
    {"vertical { name = \"v\", title = \"t\", says = \"a\\u{202e}b\" }", "says is not UTF-8 text"},
    {BODY "labels { { \"a\\0b\", colour = \"#000000\", says = \"x\" } }", "a label is written"},
    {BODY "error { 1 }", "vertical.lua:3: table"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(wrong[i][0], wrong[i][1]);
}

static void test_several_mistakes_are_listed(void **state)
{
    (void)state;
    ms_script *script = NULL;
    ms_error err;
    assert_int_equal(
        load(HEAD "rule { id = \"A\", points = 1, when = a.x1:present(), because = \"b\" }\n"
                  "rule { id = \"A\", points = 1, when = a.n:present(), because = \"b\" }\n"
                  "local y = nil + 1",
             &script, &err),
        MS_INVALID);
    assert_string_equal(err.text,
                        "vertical.lua:2: unknown attribute \"x1\"\n"
                        "vertical.lua:3: rule \"A\" is declared twice, first at vertical.lua:2");
}

static void test_a_long_list_is_cut_at_a_line(void **state)
{
    (void)state;
    ms_script *script = NULL;
    ms_error err;
    assert_int_equal(load(HEAD
                          "for i = 1, 50 do local x = a[\"a_name_that_is_not_declared_\" .. i] end",
                          &script, &err),
                     MS_INVALID);
    assert_int_equal(strncmp(err.text, "vertical.lua:2: unknown", 23), 0);
    assert_int_equal(err.text[strlen(err.text) - 1], '"');
    assert_non_null(strstr(err.hint, " more after these"));
}

static void test_a_second_file_declares_too(void **state)
{
    (void)state;
    ms_source_file files[] = {
        {MS_STR("cases.yaml"), MS_STR("- name: not Lua")},
        {MS_STR("labels.lua"), MS_STR("labels { { \"xx\", colour = \"red\", says = \"x\" } }")},
        {MS_STR("vertical.lua"), ms_str_z(BODY)},
    };
    ms_script *script = NULL;
    ms_error err = {0};
    assert_int_equal(ms_script_load(MS_STR("v"), files, 3, NULL, &script, &err), MS_INVALID);
    assert_int_equal(strncmp(err.text, "labels.lua:1: label \"xx\": colour", 32), 0);
    files[1].text = MS_STR("labels { { \"xx\", colour = \"#000000\", says = \"x\" } }");
    assert_int_equal(ms_script_load(MS_STR("v"), files, 3, NULL, &script, &err), MS_OK);
    assert_int_equal(ms_script_vertical(script)->n_labels, 1);
    ms_script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_vertical),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_several_mistakes_are_listed),
        cmocka_unit_test(test_a_long_list_is_cut_at_a_line),
        cmocka_unit_test(test_a_second_file_declares_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

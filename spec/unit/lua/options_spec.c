/* Options of types and attributes: what they become, and every mistake in them. */
#include "lua_support.h"

#define HERE "vertical { name = \"v\", title = \"V\" }\nlocal a = attributes {\n"
#define THEN "\n}\nrule { id = \"R\", points = 10, because = \"b\", when = "
#define WITH(entries) HERE entries THEN "a.x:present() }\n"
#define ASKS(entries, when) HERE entries THEN when " }\n"

static bool is(ms_str s, const char *text)
{
    return ms_str_eqz(s, text);
}

static void test_what_is_compiled(void **state)
{
    (void)state;
    ms_script *s = loaded(WITH(
        "{ \"x\", number { unit = \"%\", min = -0.5, max = 99.999999 }, says = \"s\",\n"
        "  personal = true, otherwise = 0.1, deprecated = \"use y\",\n"
        "  columns = { \"Rate\", \"Satz\" } },\n"
        "{ \"d\", date { min = \"2025-01-01\" } }, { \"d0\", date }, { \"d1\", date {} },\n"
        "{ \"t\", time { max = \"2025-01-01\" } },\n"
        "{ \"t1\", time { min = \"2025-01-01T01:00+01:00\" } },\n"
        "{ \"p\", phone { country = \"31\" } }, { \"h\", handle { pattern = \"@[a-z]+\" } },\n"
        "{ \"n\", number }, { \"c\", choices { \"a\", \"b\" }, otherwise = { \"B\", \"a\" } },\n"
        "{ \"e\", choices { \"a\" }, otherwise = {} }, { \"r\", as_is, otherwise = { k = 1 } },"));
    const ms_attribute *a = ms_script_vertical(s)->attributes;
    assert_int_equal(a[0].type, MS_T_NUMBER);
    assert_int_equal(a[0].min, -500000);
    assert_int_equal(a[0].max, 99999999);
    assert_true(a[0].personal);
    assert_true(is(a[0].unit, "%") && is(a[0].otherwise, "0.1") && is(a[0].deprecated, "use y"));
    assert_int_equal(a[0].n_columns, 2);
    assert_true(is(a[0].columns[1], "Satz"));
    assert_int_equal(a[1].min, 20089);
    assert_int_equal(a[1].max, 2932896);
    assert_true(a[2].min == 0 && a[2].max == 0 && a[3].min == 0 && a[3].max == 0);
    assert_false(a[2].personal);
    assert_null(a[2].otherwise.p);
    assert_null(a[2].deprecated.p);
    assert_int_equal(a[4].min, -62167219200);
    assert_int_equal(a[4].max, 1735689600 + 86399);
    assert_int_equal(a[5].min, 1735689600);
    assert_int_equal(a[5].max, 253402300799);
    assert_true(is(a[6].country, "31") && is(a[7].pattern, "@[a-z]+"));
    assert_true(a[8].min == -MS_MAX_NUMBER && a[8].max == MS_MAX_NUMBER);
    assert_true(is(a[9].otherwise, "[\"B\",\"a\"]") && is(a[10].otherwise, "[]"));
    assert_true(is(a[11].otherwise, "{\"k\":1}"));
    ms_script_free(s);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *part;
    } all[] = {
        /* types */
        {WITH("{ \"x\", number { mni = 1 } }"), "no field \"mni\"; did you mean \"min\"?"},
        {WITH("{ \"x\", number { min = 0.0000001 } }"), "a number with at most six decimals"},
        {WITH("{ \"x\", number { max = 1e300 } }"), "at most six decimals; it is 1e+300"},
        {WITH("{ \"x\", number { min = \"1\" } }"), "min is a number with at most six decimals"},
        {WITH("{ \"x\", number { min = 0/0 } }"), "at most six decimals"},
        {WITH("{ \"x\", number { min = 2, max = 1 } }"), "number: min is above max"},
        {WITH("{ \"x\", date { min = \"2025\" } }"), "min is a text like \"2025-02-01\""},
        {WITH("{ \"x\", date { min = 5 } }"), "min is a text like \"2025-02-01\"; it is 5"},
        {WITH("{ \"x\", date { max = \"2025-01-01T10:00\" } }"), "max is a text like"},
        {WITH("{ \"x\", date { unit = \"day\" } }"), "date has no field \"unit\""},
        {WITH("{ \"x\", date { min = \"2025-02-01\", max = \"2025-01-01\" } }"),
         "date: min is above max"},
        {WITH("{ \"x\", time { min = \"2025-02-30\" } }"), "\"2025-02-01T14:20Z\"; it is"},
        {WITH("{ \"x\", time { min = 1738368000 } }"), "time: min is a text like"},
        {WITH("{ \"x\", phone { country = 31 } }"), "calling code in quotes like \"31\"; it is 31"},
        {WITH("{ \"x\", phone { country = \"+31\" } }"), "it is \"+31\""},
        {WITH("{ \"x\", phone { country = \"NL\" } }"), "it is \"NL\""},
        {WITH("{ \"x\", phone { country = \"0\" } }"), "it is \"0\""},
        {WITH("{ \"x\", phone { country = \"1234\" } }"), "it is \"1234\""},
        {WITH("{ \"x\", phone { countri = \"31\" } }"), "did you mean \"country\"?"},
        {WITH("{ \"x\", handle { pattern = \"(\" } }"), "handle: pattern: "},
        {WITH("{ \"x\", handle { max = 5 } }"), "handle has no field \"max\""},
        {WITH("{ \"x\", email { pattern = \".\" } }"), "email has no field \"pattern\""},
        {WITH("{ \"x\", url { \"https\" } }\n,{ \"x\", url }"), "declared twice"},
        {WITH("{ \"x\", url \"a\" }"), "url takes its options in braces"},
        {WITH("{ \"x\", \"email\" }"), "needs a type: integer, money, number, choice"},
        {WITH("{ \"x\", emial }"), "there is no \"emial\" in rules; did you mean \"email\"?"},
        /* options of attributes */
        {WITH("{ \"x\", text, personl = true }"), "did you mean \"personal\"?"},
        {WITH("{ \"x\", text, personal = 1 }"), "personal is true or false; it is 1"},
        {WITH("{ \"x\", text, personal = \"yes\" }"), "personal is true or false"},
        {WITH("{ \"x\", text, deprecated = true }"), "needs deprecated, a text in quotes"},
        {WITH("{ \"x\", text, deprecated = \"\" }"), "needs deprecated, a text in quotes"},
        {WITH("{ \"x\", text, default = \"a\" }"), "has no field \"default\""},
        {WITH("{ \"x\", integer, otherwise = \"1.5k\" }"),
         "otherwise = \"1.5k\": not a whole number, 0 to 100000000"},
        {WITH("{ \"x\", integer { max = 5 }, otherwise = 6 }"), "otherwise = 6: too large"},
        {WITH("{ \"x\", integer, otherwise = false }"), "otherwise = false: not a whole number"},
        {WITH("{ \"x\", choice { \"a\", \"b\" }, otherwise = \"c\" }"),
         "none of the choices; allowed: a or b"},
        {WITH("{ \"x\", choices { \"a\" }, otherwise = \"a\" }"), "otherwise = \"a\": not a list"},
        {WITH("{ \"x\", choices { \"a\" }, otherwise = { \"b\" } }"), "none of the choices"},
        {WITH("{ \"x\", date, otherwise = \"soon\" }"), "not a date like 2025-02-01"},
        {WITH("{ \"x\", time, otherwise = \"soon\" }"), "not a time like"},
        {WITH("{ \"x\", email, otherwise = \"a\" }"), "not an e-mail address"},
        {WITH("{ \"x\", text { pattern = \"[a-z]+\" }, otherwise = \"A\" }"),
         "does not match the pattern; allowed: a text, at most 65536 bytes, matching [a-z]+"},
        {WITH("{ \"x\", boolean, otherwise = 0 }"), "otherwise = 0: not true or false"},
        {WITH("{ \"x\", text, otherwise = \"\" }"), "nothing; without"},
        {WITH("{ \"x\", as_is, otherwise = print }"), "there is no \"print\""},
        {WITH("{ \"x\", as_is, otherwise = function() end }"), "otherwise = a function: "},
        {WITH("{ \"x\", as_is, otherwise = date }"), "otherwise = a type: not a value"},
        {WITH("{ \"x\", as_is, otherwise = null }"), "nothing; without a default"},
        {WITH("{ \"x\", as_is, otherwise = \"\\xff\" }"), "not UTF-8"},
        /* columns */
        {WITH("{ \"x\", text, columns = \"Name\" }"), "columns is a list of names"},
        {WITH("{ \"x\", text, columns = {} }"), "columns is a list of names"},
        {WITH("{ \"x\", text, columns = { 5 } }"), "column 1 is a name in quotes"},
        {WITH("{ \"x\", text, columns = { \"A\", \" _-.\" } }"), "column 2 is a name in quotes"},
        {WITH("{ \"x\", text, columns = { \"\\xff\" } }"), "column 1 is a name in quotes"},
        {WITH("{ \"x\", text, columns = { \"A\", n = \"B\" } }"), "no field \"n\""},
        {WITH("{ \"x\", text, columns = { \"X\" } }"), "column \"X\" is a name of \"x\" already"},
        {WITH("{ \"x\", text, columns = { \"Full name\", \"full_NAME\" } }"),
         "column \"full_NAME\" is a name of \"x\" already (vertical.lua:3)"},
        {WITH("{ \"x\", text, columns = { \"Y.\" } },\n{ \"y\", text }"),
         "attribute \"x\": column \"Y.\" is a name of \"y\" already (vertical.lua:4)"},
        {WITH("{ \"x\", text, columns = { \"Name\" } },\n{ \"y\", text, columns = { \"name\" } }"),
         "vertical.lua:4: attribute \"y\": column \"name\" is a name of \"x\" already"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        refused(all[i].text, all[i].part);
}

static void test_wrong_comparisons(void **state)
{
    static const struct {
        const char *text, *part;
    } all[] = {
        {ASKS("{ \"x\", number }", "a.x:at_least \"5\""), "a number of at most six decimals"},
        {ASKS("{ \"x\", number }", "a.x:at_least(0.0000001)"), "not with 1e-07"},
        {ASKS("{ \"x\", number }, { \"y\", money }", "a.x:at_least(a.y)"),
         "x is a number and y is an amount of money: only attributes of one type compare"},
        {ASKS("{ \"x\", number }", "a.x:between(2, 1)"), "can never be"},
        {ASKS("{ \"x\", number }", "a.x:isnot(2)"), "did you mean \"is_not\"?"},
        {ASKS("{ \"x\", time }", "a.x:after(5)"), "a time attribute or a text like"},
        {ASKS("{ \"x\", time }", "a.x:after \"2025-02-30\""), "a time attribute or a text like"},
        {ASKS("{ \"x\", time }, { \"y\", date }", "a.x:after(a.y)"), "x is a time and y is a date"},
        {ASKS("{ \"x\", date }", "a.x:after \"2025-02-01T10:00\""), "a date attribute or a text"},
        {ASKS("{ \"x\", time }", "a.x:between(\"2025-02-02\", \"2025-02-01\")"), "can never be"},
        {ASKS("{ \"x\", email }", "a.x:is \"noor\""), "x is never \"noor\": it is not an e-mail"},
        {ASKS("{ \"x\", email }", "a.x:one_of { \"a@b.de\", \"c\" }"), "x is never \"c\""},
        {ASKS("{ \"x\", phone }", "a.x:is \"0612345678\""), "x is never \"0612345678\""},
        {ASKS("{ \"x\", url }", "a.x:is \"a.de\""), "an address that begins with http://"},
        {ASKS("{ \"x\", handle }", "a.x:is \"a b\""), "x is never \"a b\""},
        {ASKS("{ \"x\", email }", "a.x:at_least(5)"),
         "x is an e-mail address and has no condition"},
        {ASKS("{ \"x\", text }", "a.x:contains { \"a\" }"), "contains_any { ... } for one of"},
        {ASKS("{ \"x\", text }", "a.x:contains(\"a\", \"b\")"), "contains_any { ... } for one of"},
        {ASKS("{ \"x\", text }", "a.x:contains(5)"), "looks for one text in quotes"},
        {ASKS("{ \"x\", text }", "a.x:contains \"\""), "a text of 1 to 200 bytes, not \"\""},
        {ASKS("{ \"x\", text }", "a.x:contains(string.rep(\"a\", 201))"), "1 to 200 bytes"},
        {ASKS("{ \"x\", text }", "a.x:contains \"\\xff\""), "not a text that is not UTF-8"},
        {ASKS("{ \"x\", text }", "a.x:contains_any {}"), "compared with texts in quotes"},
        {ASKS("{ \"x\", text }", "a.x:starts_with()"), "compared with texts in quotes"},
        {ASKS("{ \"x\", text }", "a.x:ends_with { \"a\", 5 }"), "not with 5"},
        {ASKS("{ \"x\", text }", "a.x.contains \"a\""), "write a colon: a.x:contains(...)"},
        {ASKS("{ \"x\", choices { \"a\" } }", "a.x:contains_any \"b\""), "x is never \"b\""},
        {ASKS("{ \"x\", choices { \"a\" } }", "a.x:contains_any {}"), "compared with one of: a"},
        {ASKS("{ \"x\", choices { \"a\" } }", "a.x:count_at_most(-1)"), "needs a whole number"},
        {ASKS("{ \"x\", choices { \"a\" } }", "a.x:count_at_most(1.5)"), "needs a whole number"},
        {ASKS("{ \"x\", choice { \"a\" } }", "a.x:not_one_of \"b\""), "x is never \"b\""},
        {ASKS("{ \"x\", choice { \"a\" } }", "a.x:contains \"a\""),
         "(that is for as_is, choices, "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        refused(all[i].text, all[i].part);
}

/* ---- defaults ------------------------------------------------------------------------------- */

#define DEFAULTS                                                                                   \
    "{ \"x\", integer { max = 100 }, otherwise = \"5\" }, { \"y\", integer, otherwise = 9 },\n"    \
    "{ \"c\", choice { \"low\", \"high\" }, otherwise = \"High\" },\n"                             \
    "{ \"m\", email, otherwise = \"A@B.de\" }, { \"r\", as_is, otherwise = 7 },\n"                 \
    "{ \"n\", number, otherwise = 0.1 }, { \"z\", integer }"
#define RULES                                                                                      \
    "range { a.x, a.y } range { a.y, a.z }\n"                                                      \
    "rule { id = \"C\", points = 1, because = \"b\", when = a.c:is \"high\" }\n"                   \
    "rule { id = \"M\", points = 1, because = \"b\", when = a.m:is \"a@b.de\" }\n"                 \
    "rule { id = \"N\", points = 1, because = \"b\", when = a.n:equals(0.1) }\n"                   \
    "rule { id = \"F\", points = 1, because = \"b\", when = custom { reads = { a.x, a.r },\n"      \
    "  says = \"f\", fn = function(v) return v.x == 5 and v.r == 7 end } }\n"                      \
    "rule { id = \"Y\", points = 1, because = \"b\", when = a.y:equals(9) }\n"                     \
    "outcome { id = \"O\", because = \"b\", when = errors:none() }\n"                              \
    "derive { \"w\", words { \"{x} {m}\" } }\n"

static void expect_fired(bench *b, const char *in, const char *want)
{
    char got[32] = "";
    if (judge(b, in))
        fail_msg("%s: %s", in, b->err.text);
    const ms_vertical *v = ms_script_vertical(b->script);
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (ms_bit(&b->decision.fired, i))
            strncat(got, v->rules[i].id.p, 1);
    if (strcmp(got, want) != 0)
        fail_msg("%s: %s fired, want %s", in, got, want);
}

static void expect_text(bench *b, void (*put)(const ms_decision *, ms_buf *), const char *want)
{
    ms_buf buf = {0};
    put(&b->decision, &buf);
    if (!ms_str_eqz(ms_buf_view(&buf), want))
        fail_msg("%.*s, want %s", (int)buf.n, buf.p, want);
    ms_buf_free(&buf);
}

static void put_writes(const ms_decision *d, ms_buf *buf)
{
    ms_decision_changes(d->writes, d->n_writes, buf);
}

static void put_changed(const ms_decision *d, ms_buf *buf)
{
    ms_decision_changes(d->changed, d->n_changed, buf);
}

static bench *open_attributes; /* what the decision was made from */
static void put_attributes(const ms_decision *d, ms_buf *buf)
{
    ms_decision_attributes(d, &open_attributes->attributes, buf);
}

#define ALWAYS "\"w\":\"5 a@b.de\",\"qualification_score\":1.5"

/* Rules see a default; nobody else does. */
static void test_defaults(void **state)
{
    (void)state;
    bench b = open_bench(ASKS(DEFAULTS, "a.x:equals(5)") RULES);
    open_attributes = &b;
    expect_fired(&b, "{}", "RCMNFYO");
    expect_text(&b, put_writes, "{" ALWAYS "}");
    expect_text(&b, put_attributes, "{" ALWAYS "}");
    expect_fired(&b, "{\"x\":null,\"c\":\"\",\"r\":null}", "RCMNFYO"); /* said nothing */
    expect_text(&b, put_writes, "{" ALWAYS "}");
    expect_text(&b, put_changed, "{\"x\":null,\"c\":null," ALWAYS "}");
    expect_text(&b, put_attributes, "{\"r\":null," ALWAYS "}");
    expect_fired(&b, "{\"x\":\"bad\"}", "CMNY"); /* invalid stays invalid */
    expect_fired(&b, "{\"c\":\"low\",\"m\":\"c@d.de\",\"n\":1,\"r\":8,\"y\":10}", "RO");
    expect_fired(&b, "{\"r\":\"\"}", "RCMNFYO");
    close_bench(&b);
}

/* The ends of a range change places only when the contact has both. */
static void test_defaults_in_ranges(void **state)
{
    (void)state;
    bench b = open_bench(ASKS(DEFAULTS, "a.x:equals(50)") RULES);
    open_attributes = &b;
    expect_fired(&b, "{\"x\":50}", "RCMNYO"); /* above y's default of 9, and stays */
    expect_text(&b, put_changed, "{\"w\":\"50 a@b.de\",\"qualification_score\":1.4}");
    expect_fired(&b, "{\"z\":3}", "CMNFYO");
    expect_fired(&b, "{\"x\":60,\"y\":50}", "RCMNO");
    close_bench(&b);
}

/* "(default)" in explanations, and in the hash of what was judged. */
static void test_defaults_are_said(void **state)
{
    ms_buf page = {0};
    (void)state;
    bench b = open_bench(ASKS(DEFAULTS, "a.x:equals(5)") RULES);
    expect_fired(&b, "{}", "RCMNFYO");
    ms_decision_explain(&b.decision, &page);
    ms_buf_char(&page, '\0');
    assert_non_null(strstr(page.p, "x = 5 (default)"));
    assert_non_null(strstr(page.p, "c = \"high\" (default)"));
    expect_fired(&b, "{\"x\":5}", "RCMNFYO");
    page.n = 0;
    ms_decision_explain(&b.decision, &page);
    ms_buf_char(&page, '\0');
    assert_null(strstr(page.p, "x = 5 (default)"));
    ms_buf_free(&page);
    close_bench(&b);
}

/* What a decision says of values that are not valid: cut at a character's border, never personal.
 */
static void test_what_is_invalid(void **state)
{
    char in[256], want[512], long_text[200] = "";
    (void)state;
    bench b = open_bench(WITH("{ \"x\", integer }, { \"e\", email, personal = true }, "
                              "{ \"c\", choice { \"a\" } }, { \"z\", as_is }"));
    expect_fired(&b, "{\"x\":1,\"z\":[]}", "R");
    expect_text(&b, ms_decision_invalid, "{}");
    expect_fired(&b, "{\"c\":[1, 2],\"x\":\"1.5k\",\"e\":\"noor\"}", "");
    expect_text(&b, ms_decision_invalid,
                "{\"x\":{\"value\":\"1.5k\",\"why\":\"not a whole number\"},"
                "\"e\":{\"value\":\"(personal)\",\"why\":\"not an e-mail address\"},"
                "\"c\":{\"value\":\"[1, 2]\",\"why\":\"not a text\"}}");
    expect_fired(&b, "{\"x\":\"a\\\"\\n\\u0001\"}", "");
    expect_text(&b, ms_decision_invalid,
                "{\"x\":{\"value\":\"a\\\"\\n\\u0001\",\"why\":\"not a whole number\"}}");
    for (int i = 0; i < 27; i++)
        strcat(long_text, "€"); /* three bytes each: 81 */
    snprintf(in, sizeof in, "{\"x\":\"%s\"}", long_text);
    snprintf(want, sizeof want, "{\"x\":{\"value\":\"%.78s…\",\"why\":\"not a whole number\"}}",
             long_text);
    expect_fired(&b, in, "");
    expect_text(&b, ms_decision_invalid, want);
    snprintf(in, sizeof in, "{\"x\":\"%.78saa\"}", long_text); /* 80 are not cut */
    snprintf(want, sizeof want, "{\"x\":{\"value\":\"%.78saa\",\"why\":\"not a whole number\"}}",
             long_text);
    expect_fired(&b, in, "");
    expect_text(&b, ms_decision_invalid, want);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_compiled),   cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_wrong_comparisons),  cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_defaults_in_ranges), cmocka_unit_test(test_defaults_are_said),
        cmocka_unit_test(test_what_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

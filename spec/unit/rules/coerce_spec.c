/* Every border of SPEC.md's coercions, one value a line. */
#include "samples.h"

enum { WHOLE, MONEY, LEVEL, SET, FLAG, FORM, NOTE, DAY, RAW, SIGNED };

static ms_vertical *types(court *c)
{
    static const ms_str levels[] = {MS_STR("low"), MS_STR("medium"), MS_STR("high")};
    static const ms_str parts[] = {MS_STR("bank_account"), MS_STR("office"), MS_STR("tax")};
    static ms_attribute attributes[] = {
        {.name = MS_STR("whole"), .type = MS_T_INTEGER, .max = MAX_INT_VALUE},
        {.name = MS_STR("money"), .type = MS_T_MONEY, .max = MAX_CENTS},
        {.name = MS_STR("level"), .type = MS_T_CHOICE, CHOICE_OF(levels)},
        {.name = MS_STR("set"), .type = MS_T_CHOICES, CHOICE_OF(parts)},
        {.name = MS_STR("flag"), .type = MS_T_BOOLEAN},
        {.name = MS_STR("form"), .type = MS_T_TEXT, .pattern = MS_STR("€?\\d{1,6}-\\d{1,6}k?")},
        {.name = MS_STR("note"), .type = MS_T_TEXT, .min = 2, .max = 5},
        {.name = MS_STR("day"), .type = MS_T_DATE},
        {.name = MS_STR("raw"), .type = MS_T_AS_IS},
        {.name = MS_STR("signed"), .type = MS_T_INTEGER, .min = -5, .max = 5},
    };
    ms_vertical *v = ms_alloc_zero(c->arena, 1, sizeof *v);
    *v = (ms_vertical){.attributes = attributes, .n_attributes = COUNT(attributes)};
    seal(c, v);
    return v;
}

static void expect_all(void **state, const char *key, const sample *samples, uint32_t n)
{
    court *c = court_open();
    ms_vertical *v = types(c);
    (void)state;
    for (uint32_t i = 0; i < n; i++)
        expect(c, v, key, &samples[i]);
    ms_vertical_unseal(v);
    court_close(c);
}

static const sample amounts[] = {
    {"70000", "70000"},
    {"\"70000\"", "70000"},
    {"\"70 000\"", "70000"},
    {"\"70.000\"", "70000"},
    {"\"70,000\"", "70000"},
    {"\"€70k\"", "70000"},
    {"\"1.234.567\"", "1234567"},
    {"\"70.000k\"", "70000000"},
    {"\"0.500\"", "500"},
    {"\"€ 70.000\"", "70000"},
    {"\"70 k\"", "70000"},
    {"\"70K\"", "70000"},
    {"\" \\t\\r\\n70\\n\"", "70"},
    {"\" € \\t 70 \\r k \"", "70000"},
    {"\"007\"", "7"},
    {"\"000000000\"", "0"},
    {"\"100000000\"", "100000000"},
    {"\"100000001\"", BAD},
    {"\"100000k\"", "100000000"},
    {"\"100001k\"", BAD},
    {"\"999999999\"", BAD},
    {"\"999999999k\"", BAD},
    {"\"0000000001\"", BAD},
    {"\"012.345.678\"", "12345678"},
    {"\"123.456.789\"", BAD},
    {"\"1.123.456.789\"", BAD},
    {"\"0.123.456.789\"", BAD},
    {"\"1.5k\"", BAD},
    {"\"70000.50\"", BAD},
    {"\"8,5\"", BAD},
    {"\"1.2345\"", BAD},
    {"\"1234.567\"", BAD},
    {"\"1.234,567\"", BAD},
    {"\"1 234.567\"", BAD},
    {"\"70..000\"", BAD},
    {"\"70.000.\"", BAD},
    {"\".500\"", BAD},
    {"\"70k€\"", BAD},
    {"\"€€70\"", BAD},
    {"\"€\"", BAD},
    {"\"k\"", BAD},
    {"\"€k\"", BAD},
    {"\"kk\"", BAD},
    {"\"70kk\"", BAD},
    {"\"-1\"", BAD},
    {"\"+1\"", BAD},
    {"\"1e3\"", BAD},
    {"\"0x10\"", BAD},
    {"\"70\\t000\"", BAD},
    {"\"70\\u00a0000\"", BAD},
    {"\"\\u00a070\"", BAD},
    {"\"٧٠\"", BAD},
    {"\"70\\u0000\"", BAD},
    {"\"negotiable\"", BAD},
    {"\" \"", BAD},
    {"\"\\t\\n\"", BAD},
    {"\"\"", GONE},
    {"null", GONE},
    {"true", BAD},
    {"[]", BAD},
    {"[70000]", BAD},
    {"{}", BAD},
    {"0", "0"},
    {"-0", "0"},
    {"-0.0", "0"},
    {"-1", BAD},
    {"-0.5", BAD},
    {"0.5", "0"},
    {"0.99999", "0"},
    {"70000.0", "70000"},
    {"7e4", "70000"},
    {"70000.9", "70000"},
    {"100000000.9", "100000000"},
    {"100000001", BAD},
    {"1e300", BAD},
    {"-1e300", BAD},
    {"9223372036854775807", BAD},
    {"9223372036854775808", BAD},
    {"-9223372036854775808", BAD},
    {"1e-300", "0"},
    {"-1e-300", BAD},
};
static const sample below_zero[] = {
    {"-5", "-5"}, {"-5.5", BAD},  {"-4.5", "-5"},  {"-6", BAD},    {"5.9", "5"},
    {"6", BAD},   {"\"5\"", "5"}, {"\"-5\"", BAD}, {"-0.5", "-1"},
};

static void integers(void **state)
{
    expect_all(state, "whole", amounts, COUNT(amounts));
    expect_all(state, "signed", below_zero, COUNT(below_zero));
}

static void money(void **state)
{
    static const sample samples[] = {
        {"12.34", "12.34"},
        {"12.5", "12.5"},
        {"12", "12"},
        {"0", "0"},
        {"-0.0", "0"},
        {"12.345", "12.35"},
        {"12.344999", "12.34"},
        {"0.005", "0.01"},
        {"0.004", "0"},
        {"1.005", "1"}, /* 100.49999999999999 in doubles */
        {"-0.004", "0"},
        {"-0.005", "0"},
        {"-0.006", BAD},
        {"-1", BAD},
        {"100000000", "100000000"},
        {"100000000.004", "100000000"},
        {"100000000.006", BAD},
        {"99999999.99", "99999999.99"},
        {"0.1", "0.1"},
        {"0.07", "0.07"},
        {"1e2", "100"},
        {"\"12.34\"", BAD},
        {"\"\"", GONE},
        {"null", GONE},
        {"\" \"", BAD},
        {"true", BAD},
        {"[]", BAD},
        {"9223372036854775807", BAD},
        {"1e308", BAD},
    };
    expect_all(state, "money", samples, COUNT(samples));
}

static void choices(void **state)
{
    static const sample one[] = {
        {"\"high\"", "\"high\""},
        {"\"High\"", "\"high\""},
        {"\" \\tHIGH\\r\\n\"", "\"high\""},
        {"\"hig\"", BAD},
        {"\"highh\"", BAD},
        {"\"h igh\"", BAD},
        {"\"high\\u00a0\"", BAD},
        {"\"hi\\u0000gh\"", BAD},
        {"\"\\u212aigh\"", BAD},
        {"\" \"", BAD},
        {"\"\"", GONE},
        {"null", GONE},
        {"1", BAD},
        {"false", BAD},
        {"[\"high\"]", BAD},
        {"{}", BAD},
        {"\"hıgh\"", BAD},
        {"\"                                                                          high\"",
         "\"high\""},
        {"\"highhighhighhighhighhighhighhighhighhighhighhighhighhighhighhighhighhigh\"", BAD},
    };
    static const sample several[] = {
        {"[]", "[]"},
        {"[ ]", "[]"},
        {"[\"tax\"]", "[\"tax\"]"},
        {"[\"tax\",\"bank_account\"]", "[\"tax\",\"bank_account\"]"},
        {"[ \"tax\" , \"tax\" ]", "[\"tax\"]"},
        {"[\"Tax\",\" tax \"]", "[\"tax\"]"},
        {"[\"office\",\"TAX\",\"office\",\"bank_account\"]",
         "[\"office\",\"tax\",\"bank_account\"]"},
        {"[\"tax\",null]", BAD},
        {"[\"tax\",\"\"]", BAD},
        {"[\"\"]", BAD},
        {"[null]", BAD},
        {"[\"tax\",\"other\"]", BAD},
        {"[[\"tax\"]]", BAD},
        {"[1]", BAD},
        {"\"tax\"", BAD},
        {"{}", BAD},
        {"true", BAD},
        {"\"\"", GONE},
        {"null", GONE},
        {"\" \"", BAD},
    };
    expect_all(state, "level", one, COUNT(one));
    expect_all(state, "set", several, COUNT(several));
}

static void booleans(void **state)
{
    static const sample samples[] = {
        {"true", "true"}, {"false", "false"}, {"\"true\"", BAD}, {"1", BAD},  {"0", BAD},
        {"\"\"", GONE},   {"null", GONE},     {"\" \"", BAD},    {"[]", BAD}, {"{}", BAD},
    };
    expect_all(state, "flag", samples, COUNT(samples));
}

static void texts(void **state)
{
    static const sample pattern[] = {
        {"\"€10-20k\"", "\"€10-20k\""},
        {"\"10-20\"", "\"10-20\""},
        {"\"  10-20k\\n\"", "\"10-20k\""},
        {"\"\\u20ac10-20\"", "\"\\u20ac10-20\""},
        {"\"10-20K\"", BAD},
        {"\"10-20kk\"", BAD},
        {"\"x10-20\"", BAD},
        {"\"1234567-1\"", BAD},
        {"\"123456-123456\"", "\"123456-123456\""},
        {"\"10 - 20\"", BAD},
        {"\"10-20k\\u0000\"", BAD},
        {"\"10-20\\nk\"", BAD},
        {"\"١-٢\"", BAD},
        {"\" \"", BAD},
        {"\"\"", GONE},
        {"null", GONE},
        {"10", BAD},
        {"true", BAD},
        {"[]", BAD},
    };
    static const sample length[] = {
        {"\"ab\"", "\"ab\""},
        {"\"a\"", BAD},
        {"\" a \"", BAD},
        {"\"abcde\"", "\"abcde\""},
        {"\"abcdef\"", BAD},
        {"\"  abcde  \"", "\"abcde\""},
        {"\"  a\\\"b  \"", "\"a\\\"b\""},
        {"\" \\u00fc \"", "\"ü\""},
        {"\"   \"", BAD},
        {"\"\"", GONE},
    };
    expect_all(state, "form", pattern, COUNT(pattern));
    expect_all(state, "note", length, COUNT(length));
}

static void dates(void **state)
{
    static const sample samples[] = {
        {"\"2025-01-31\"", "\"2025-01-31\""},
        {"\"2025-01-31T10:30:00Z\"", "\"2025-01-31T10:30:00Z\""},
        {"\"2025-02-31\"", "\"2025-02-31\""},
        {"\"2025-01-31junk\"", "\"2025-01-31junk\""},
        {"\"2025-01-31\\u0001\"", "\"2025-01-31\\u0001\""},
        {"\"2025\\u002d01-31\"", "\"2025\\u002d01-31\""},
        {"\"0000-01-01\"", "\"0000-01-01\""},
        {"\"9999-12-31\"", "\"9999-12-31\""},
        {"\"2025-13-01\"", BAD},
        {"\"2025-00-01\"", BAD},
        {"\"2025-01-00\"", BAD},
        {"\"2025-01-32\"", BAD},
        {"\" 2025-01-31\"", BAD},
        {"\"2025-1-31\"", BAD},
        {"\"2025/01/31\"", BAD},
        {"\"01/02/2025\"", BAD},
        {"\"soon\"", BAD},
        {"\"-025-01-31\"", BAD},
        {"\"2025-01-3\"", BAD},
        {"\"2025-01\"", BAD},
        {"\"20250131\"", BAD},
        {"\"2025-01-3x\"", BAD},
        {"\"٢٠٢٥-٠١-٣١\"", BAD},
        {"\" \"", BAD},
        {"\"\"", GONE},
        {"null", GONE},
        {"20250131", BAD},
        {"true", BAD},
        {"[]", BAD},
    };
    expect_all(state, "day", samples, COUNT(samples));
}

static int64_t day_of(court *c, const ms_vertical *v, const char *date)
{
    char in[64];
    snprintf(in, sizeof in, "{\"day\":\"%s\"}", date);
    judge(c, v, in);
    return c->d.slots->items[DAY].number;
}

static void days_are_counted_from_1970(void **state)
{
    court *c = court_open();
    ms_vertical *v = types(c);
    (void)state;
    assert_int_equal(day_of(c, v, "1970-01-01"), 0);
    assert_int_equal(day_of(c, v, "1969-12-31"), -1);
    assert_int_equal(day_of(c, v, "2025-02-01"), 20120);
    assert_int_equal(day_of(c, v, "2025-02-31"), 20150); /* 3 March */
    assert_int_equal(day_of(c, v, "0000-01-01"), -719528);
    assert_int_equal(day_of(c, v, "9999-12-31"), 2932896);
    assert_int_equal(day_of(c, v, "2024-02-29") + 1, day_of(c, v, "2024-03-01"));
    ms_vertical_unseal(v);
    court_close(c);
}

/* As-is attributes and undeclared keys pass with their source text, whatever they are. */
static void untouched(void **state)
{
    static const char *const samples[] = {
        "null",          "\"\"",   "\" x \"", "1.50",           "12345678901234567890", "-0.0",
        "{ \"a\" : 1 }", "[1, 2]", "true",    "\"\\u0041\\/\"", "\"\\ud83d\\ude00\"",
    };
    court *c = court_open();
    ms_vertical *v = types(c);
    (void)state;
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        char in[256];
        snprintf(in, sizeof in, "{\"raw\":%s,\"other\":%s}", samples[i], samples[i]);
        judge(c, v, in);
        assert_string_equal(attributes_of(c), in);
        assert_string_equal(changed_of(c), "{}");
        assert_string_equal(writes_of(c), "{}");
        assert_int_equal(c->d.n_errors, 0);
    }
    ms_vertical_unseal(v);
    court_close(c);
}

static void repeated_keys(void **state)
{
    court *c = court_open();
    ms_vertical *v = types(c);
    (void)state;
    judge(c, v, "{\"x\":1,\"whole\":\"bad\",\"x\":{\"y\":2},\"whole\":7,\"raw\":1,\"raw\":2}");
    assert_string_equal(attributes_of(c), "{\"x\":{\"y\":2},\"whole\":7,\"raw\":2}");
    assert_string_equal(changed_of(c), "{}");
    assert_int_equal(c->d.n_errors, 0);
    judge(c, v, "{\"whole\":7,\"whole\":null}");
    assert_string_equal(attributes_of(c), "{}");
    assert_string_equal(changed_of(c), "{\"whole\":null}");
    judge(c, v, "{\"wh\\u006fle\":\"7\",\"\":1,\"\":2,\"a\\\"b\":3,\"a\\u0022b\":4}");
    assert_string_equal(attributes_of(c), "{\"whole\":7,\"\":2,\"a\\\"b\":4}");
    ms_vertical_unseal(v);
    court_close(c);
}

/* Errors come in field order, not in the order of the input. */
static void order_of_errors(void **state)
{
    court *c = court_open();
    ms_vertical *v = types(c);
    (void)state;
    judge(c, v, "{\"day\":1,\"flag\":1,\"set\":1,\"level\":1,\"money\":\"1\",\"whole\":true}");
    assert_string_equal(errors_of(c), "[\"whole\",\"money\",\"level\",\"set\",\"flag\",\"day\"]");
    assert_string_equal(attributes_of(c), "{}");
    judge(c, v, "{}");
    assert_string_equal(errors_of(c), "[]");
    assert_string_equal(attributes_of(c), "{}");
    ms_vertical_unseal(v);
    court_close(c);
}

/* Many undeclared keys, each three times: one of each is left, and it takes no quadratic time. */
static void many_keys(void **state)
{
    enum { KEYS = 20000 };
    court *c = court_open();
    ms_vertical *v = types(c);
    ms_buf in = {0};
    (void)state;
    ms_buf_char(&in, '{');
    for (int i = 0; i < 3 * KEYS; i++)
        ms_buf_format(&in, "%s\"some_long_common_prefix_%08d_and_a_common_end\":%d", i ? "," : "",
                      i % KEYS, i);
    ms_buf_z(&in, ",\"whole\":\"7\"}");
    assert_false(in.failed);
    read_fields(c, in.p, in.n);
    assert_int_equal(ms_judge_contact(c->judge, v, &c->top, NULL, 0, true, &c->d, &c->err), MS_OK);
    const char *out = attributes_of(c);
    assert_non_null(strstr(out, "\"whole\":7}"));
    assert_non_null(strstr(out, "{\"some_long_common_prefix_00000000_and_a_common_end\":40000,"));
    size_t commas = 0;
    for (const char *p = out; *p; p++)
        commas += *p == ',';
    assert_int_equal(commas, KEYS);
    judge(c, v, "{\"a\":1,\"whole\":\"8\"}"); /* and a small one after it */
    assert_string_equal(attributes_of(c), "{\"a\":1,\"whole\":8}");
    ms_buf_free(&in);
    ms_vertical_unseal(v);
    court_close(c);
}

/* A pattern that explodes gives up: the text is not known to match. */
static void patterns_have_limits(void **state)
{
    court *c = court_open();
    static ms_attribute attributes[] = {
        {.name = MS_STR("t"), .type = MS_T_TEXT, .pattern = MS_STR("(a+)+b")},
    };
    ms_vertical v = {.attributes = attributes, .n_attributes = 1};
    (void)state;
    seal(c, &v);
    judge(c, &v, "{\"t\":\"aaab\"}");
    assert_int_equal(c->d.n_errors, 0);
    judge(c, &v, "{\"t\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\"}");
    assert_string_equal(errors_of(c), "[\"t\"]");
    ms_vertical_unseal(&v);
    court_close(c);
}

/* Where one step may read all of the text there are fewer of them, and where the pattern goes back
 * each byte is one: a long text costs no more than a short one, and short ones are judged as ever.
 */
static void patterns_read_no_more_of_long_texts(void **state)
{
    static const struct {
        const char *pattern;
        size_t n; /* bytes */
        const char *errors;
    } cases[] = {
        {"(?:(?=.*+)a){200}.*", 5000, "[]"},  {"(?:(?=.*+)a){200}.*", 1000000, "[\"t\"]"},
        {"(?:(?>a*)|a)b|a+", 5000, "[]"},     {"a*b|a*", 5000, "[]"},
        {"a*b|a*", 1000000, "[\"t\"]"},       {"(?:[ab]?a{99}){99}.*", 20000, "[]"},
        {"(?:a|b)(?:aa?){3}.*", 30000, "[]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        court *c = court_open();
        ms_attribute attributes[] = {
            {.name = MS_STR("t"), .type = MS_T_TEXT, .pattern = ms_str_z(cases[i].pattern)}};
        ms_vertical v = {.attributes = attributes, .n_attributes = 1};
        ms_buf in = {0};
        seal(c, &v);
        ms_buf_z(&in, "{\"t\":\"");
        for (size_t k = 0; k < cases[i].n; k++)
            ms_buf_char(&in, 'a');
        ms_buf_z(&in, "\"}");
        assert_false(in.failed);
        read_fields(c, in.p, in.n);
        assert_int_equal(ms_judge_contact(c->judge, &v, &c->top, NULL, 0, true, &c->d, &c->err),
                         MS_OK);
        assert_string_equal(errors_of(c), cases[i].errors);
        ms_buf_free(&in);
        ms_vertical_unseal(&v);
        court_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(money),
        cmocka_unit_test(choices),
        cmocka_unit_test(booleans),
        cmocka_unit_test(texts),
        cmocka_unit_test(dates),
        cmocka_unit_test(days_are_counted_from_1970),
        cmocka_unit_test(untouched),
        cmocka_unit_test(repeated_keys),
        cmocka_unit_test(order_of_errors),
        cmocka_unit_test(many_keys),
        cmocka_unit_test(patterns_have_limits),
        cmocka_unit_test(patterns_read_no_more_of_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

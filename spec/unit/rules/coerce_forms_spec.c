/* Texts with one form: e-mail addresses, phone numbers, URLs and handles. */
#include "samples.h"

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const sample emails[] = {
    {"\"a@b.de\"", "\"a@b.de\""},
    {"\"  Noor.de.Wit@Mail.Example \"", "\"noor.de.wit@mail.example\""},
    {"\"a+tag@b.co.uk\"", "\"a+tag@b.co.uk\""},
    {"\"o'neil_1-x%y@b-c.de\"", "\"o'neil_1-x%y@b-c.de\""},
    {"\"j\\u00f6rg@m\\u00fcller.de\"", "\"j\\u00f6rg@m\\u00fcller.de\""},
    {"\"" SIXTY "0123@b.de\"", "\"" SIXTY "0123@b.de\""},
    {"\"" SIXTY "01234@b.de\"", NOT("form")},
    {"\"a@b\"", NOT("form")},
    {"\"@b.de\"", NOT("form")},
    {"\"a@\"", NOT("form")},
    {"\"a@b@c.de\"", NOT("form")},
    {"\"a b@c.de\"", NOT("form")},
    {"\"a@b .de\"", NOT("form")},
    {"\"a@b..de\"", NOT("form")},
    {"\"a@.de\"", NOT("form")},
    {"\"a@b.de.\"", NOT("form")},
    {"\"a@-b.de\"", NOT("form")},
    {"\"a@b-.de\"", NOT("form")},
    {"\"a@b.de-\"", NOT("form")},
    {"\"a@b_c.de\"", NOT("form")},
    {"\".a@b.de\"", NOT("form")},
    {"\"a.@b.de\"", NOT("form")},
    {"\"a..b@c.de\"", NOT("form")},
    {"\"Noor <noor@b.de>\"", NOT("form")},
    {"\"mailto:noor@b.de\"", NOT("form")},
    {"\"a@b.de, c@d.de\"", NOT("form")},
    {"\"a\\\"b@c.de\"", NOT("form")},
    {"\"a\\\\b@c.de\"", NOT("form")},
    {"\"a\\u0000@b.de\"", NOT("form")},
    {"\"a@b\\u0000.de\"", NOT("form")},
    {"\"a\\u007f@b.de\"", NOT("form")},
    {"\" \"", NOT("form")},
    {"5", NOT("kind")},
    {"[\"a@b.de\"]", NOT("kind")},
    {"\"\"", GONE},
};

static const sample phones[] = {
    {"\"+31612345678\"", "\"+31612345678\""},
    {"\"+31 6 1234 5678\"", "\"+31612345678\""},
    {"\"0031-6.1234/5678\"", "\"+31612345678\""},
    {"\" +49 (30) 12 34 56 \"", "\"+4930123456\""},
    {"\"+31 (0)6 1234 5678\"", "\"+31612345678\""},
    {"\"0612345678\"", "\"+31612345678\""},
    {"\"06-12 34 56 78\"", "\"+31612345678\""},
    {"\"(06) 12345678\"", "\"+31612345678\""},
    {"\"(0)6 12345678\"", "\"+31612345678\""},
    {"\"012345 6\"", "\"+31123456\""},
    {"\"+12345678\"", "\"+12345678\""},
    {"\"+1234567\"", NOT("form")},
    {"\"+123456789012345\"", "\"+123456789012345\""},
    {"\"+1234567890123456\"", NOT("form")},
    {"\"01234567890123\"", "\"+311234567890123\""},
    {"\"012345678901234\"", NOT("form")},
    {"\"012345\"", NOT("form")},
    {"\"+0612345678\"", NOT("form")},
    {"\"000612345678\"", NOT("form")},
    {"\"612345678\"", NOT("form")},
    {"\"31612345678\"", NOT("form")},
    {"\"+31 6 1234 5678 x12\"", NOT("form")},
    {"\"+31+612345678\"", NOT("form")},
    {"\"tel:+31612345678\"", NOT("form")},
    {"\"+31\\u0000612345678\"", NOT("form")},
    {"\"+31\\t612345678\"", NOT("form")},
    {"\"06\\u0000 12345678\"", NOT("form")},
    {"\"+\"", NOT("form")},
    {"\"0\"", NOT("form")},
    {"\"(\"", NOT("form")},
    {"\"(0\"", NOT("form")},
    {"\"0" SIXTY "\"", NOT("form")},
    {"\"+" SIXTY SIXTY "\"", NOT("form")},
    {"31612345678", NOT("kind")},
    {"\"\"", GONE},
};

static const sample foreign[] = {
    {"\"+31612345678\"", "\"+31612345678\""},
    {"\"0612345678\"", NOT("form")},
    {"\"0031612345678\"", "\"+31612345678\""},
};

static const sample urls[] = {
    {"\"https://example.com\"", "\"https://example.com\""},
    {"\" HTTPS://Shop.Example.COM/Path?Q=A#F \"", "\"https://shop.example.com/Path?Q=A#F\""},
    {"\"http://example.com:8080/\"", "\"http://example.com:8080/\""},
    {"\"http://EXAMPLE.com?X\"", "\"http://example.com?X\""},
    {"\"http://localhost\"", "\"http://localhost\""},
    {"\"http://127.0.0.1/\"", "\"http://127.0.0.1/\""},
    {"\"http://[2001:DB8::1]:80/A\"", "\"http://[2001:db8::1]:80/A\""},
    {"\"https://m\\u00fcller.de/\\u00fc\"", "\"https://m\\u00fcller.de/\\u00fc\""},
    {"\"https://example.com/a@b:c\"", "\"https://example.com/a@b:c\""},
    {"\"https://example.com:65535\"", "\"https://example.com:65535\""},
    {"\"https://example.com:65536\"", NOT("form")},
    {"\"https://example.com:0\"", NOT("form")},
    {"\"https://example.com:\"", NOT("form")},
    {"\"https://example.com:8a\"", NOT("form")},
    {"\"https://u:p@example.com\"", NOT("credentials")},
    {"\"https://u@example.com/\"", NOT("credentials")},
    {"\"https://example.com\\\\@evil.de\"", NOT("form")},
    {"\"www.example.com\"", NOT("form")},
    {"\"//example.com\"", NOT("form")},
    {"\"ftp://example.com\"", NOT("form")},
    {"\"javascript:alert(1)//http://\"", NOT("form")},
    {"\"https:/example.com\"", NOT("form")},
    {"\"https://\"", NOT("form")},
    {"\"https:///path\"", NOT("form")},
    {"\"https://?x\"", NOT("form")},
    {"\"https://:80\"", NOT("form")},
    {"\"https://a..b\"", NOT("form")},
    {"\"https://.a\"", NOT("form")},
    {"\"https://a.\"", NOT("form")},
    {"\"https://a b.de\"", NOT("form")},
    {"\"https://a.de/b c\"", NOT("form")},
    {"\"https://a.de/<b>\"", NOT("form")},
    {"\"https://a.de/\\n\\t b\"", NOT("form")},
    {"\"https://a!b.de\"", NOT("form")},
    {"\"https://a.de\\u0000.evil.de\"", NOT("form")},
    {"\"https://[::1\"", NOT("form")},
    {"\"https://[]\"", NOT("form")},
    {"\"https://[::1]x\"", NOT("form")},
    {"\"https://[gg::1]\"", NOT("form")},
    {"\"https://" SIXTY "012.de\"", "\"https://" SIXTY "012.de\""},
    {"\"https://" SIXTY "0123.de\"", NOT("form")},
    {"true", NOT("kind")},
    {"\"\"", GONE},
};

static const sample handles[] = {
    {"\"noor\"", "\"@noor\""},
    {"\"@Noor.De_Wit-9\"", "\"@noor.de_wit-9\""},
    {"\" @noor \"", "\"@noor\""},
    {"\"https://www.instagram.com/Noor/\"", "\"@noor\""},
    {"\"http://instagram.com/noor?igsh=abc\"", "\"@noor\""},
    {"\"instagram.com/noor#x\"", "\"@noor\""},
    {"\"https://nl.linkedin.com/in/noor-de-wit-1\"", "\"@noor-de-wit-1\""},
    {"\"linkedin.com/in/noor/?x\"", "\"@noor\""},
    {"\"https://www.tiktok.com/@noor\"", "\"@noor\""},
    {"\"https://x.com/noor\"", "\"@noor\""},
    {"\"https://youtube.com/@noor\"", "\"@noor\""},
    {"\"https://T.me/Noor\"", "\"@noor\""},
    {"\"@" SIXTY "0123\"", "\"@" SIXTY "0123\""},
    {"\"@" SIXTY "01234\"", NOT("form")},
    {"\"@\"", NOT("form")},
    {"\"@@noor\"", NOT("form")},
    {"\"noor de wit\"", NOT("form")},
    {"\"n\\u00f6\\u00f6r\"", NOT("form")},
    {"\"noor!\"", NOT("form")},
    {"\"noor\\u0000\"", NOT("form")},
    {"\"https://instagram.com/\"", NOT("form")},
    {"\"https://instagram.com\"", NOT("form")},
    {"\"https://instagram.com/p/Cxyz\"", NOT("form")},
    {"\"https://instagram.com/noor//\"", NOT("form")},
    {"\"https://linkedin.com/company/x\"", NOT("form")},
    {"\"https://linkedin.com/noor\"", NOT("form")},
    {"\"https://youtube.com/watch?v=1\"", NOT("form")},
    {"\"https://notinstagram.com/noor\"", NOT("form")},
    {"\"https://instagram.com.evil.de/noor\"", NOT("form")},
    {"\"https://u@instagram.com/noor\"", NOT("form")},
    {"\"ftp://instagram.com/noor\"", NOT("form")},
    {"\"example.com/noor\"", NOT("form")},
    {"\"/noor\"", NOT("form")},
    {"\"instagram.com\\u0000noor/\"", NOT("form")},
    {"\"/\"", NOT("form")},
    {"\" \"", NOT("form")},
    {"12", NOT("kind")},
    {"\"\"", GONE},
};

static const sample short_handles[] = {
    {"\"Noor\"", "\"@noor\""},
    {"\"instagram.com/noor\"", "\"@noor\""},
    {"\"no\"", NOT("pattern")},
    {"\"noor9\"", NOT("pattern")},
};

static void forms(void **state)
{
    (void)state;
    EXPECT_OF(emails, .type = MS_T_EMAIL);
    EXPECT_OF(phones, .type = MS_T_PHONE, .country = MS_STR("31"));
    EXPECT_OF(foreign, .type = MS_T_PHONE);
    EXPECT_OF(urls, .type = MS_T_URL);
    EXPECT_OF(handles, .type = MS_T_HANDLE);
    EXPECT_OF(short_handles, .type = MS_T_HANDLE, .pattern = MS_STR("@[a-z]{3,9}"));
}

/* At the limits of length. */
static void long_ones(void **state)
{
    static char text[4000];
    (void)state;
    for (size_t n = 2046; n <= 2050; n++) {
        snprintf(text, sizeof text, "\"https://a.de/%0*d\"", (int)n - 13, 0);
        sample s = {text, n <= 2048 ? text : NOT("more")};
        expect_of((ms_attribute){.name = MS_STR("x"), .type = MS_T_URL}, &s, 1);
    }
    for (size_t n = 252; n <= 256; n++) {
        snprintf(text, sizeof text, "\"a@%0*d.de\"", (int)n - 5, 0);
        sample s = {text, n <= 254 ? text : NOT("form")};
        expect_of((ms_attribute){.name = MS_STR("x"), .type = MS_T_EMAIL}, &s, 1);
    }
}

/* What is in its form already is left as it is, and taken again it stays. */
static void taken_twice(void **state)
{
    static const struct {
        ms_type type;
        const char *json;
    } all[] = {
        {MS_T_EMAIL, "\" A@B.De\""},     {MS_T_PHONE, "\"0031 612345678\""},
        {MS_T_URL, "\"HTTP://A.De/X\""}, {MS_T_HANDLE, "\"https://x.com/Noor\""},
        {MS_T_NUMBER, "\"3,50\""},
    };
    ms_arena *arena = ms_arena_new(0);
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        ms_attribute a = {.name = MS_STR("x"), .type = all[i].type, .max = MS_MAX_NUMBER};
        ms_taken_value first, again;
        assert_int_equal(ms_attribute_take(&a, ms_str_z(all[i].json), arena, &first, NULL), MS_OK);
        assert_int_equal(first.why, MS_WHY_NONE);
        assert_true(first.slot.changed);
        assert_int_equal(ms_attribute_take(&a, first.json, arena, &again, NULL), MS_OK);
        assert_int_equal(again.why, MS_WHY_NONE);
        assert_false(again.slot.changed);
        assert_true(ms_str_eq(first.json, again.json));
    }
    ms_arena_free(arena);
}

static const char *const pieces[] = {
    "a@b.de",
    "+31612",
    "@",
    ".",
    "/",
    "?",
    "#",
    "+",
    "0",
    "00",
    "(0)",
    "31",
    "6",
    "-",
    " ",
    "a",
    "Z",
    "_",
    "instagram.com/",
    "linkedin.com/in/",
    "x.com",
    "[",
    "]",
    "ü",
    "%",
    ":",
    "http://",
    "HTTPS://",
    "12345678",
    ",",
    "k",
    "::1",
    "\\n",
    "(",
    ")",
    "T10:00",
    "2025-02-01",
};

/* A few of them as a JSON string. */
static size_t compose(uint64_t x, char out[512])
{
    strcpy(out, "\"");
    for (uint64_t n = x >> 40 & 7, r = x; n-- > 0; r = r * 6364136223846793005u + 1)
        strcat(out, pieces[(r >> 33) % COUNT(pieces)]);
    strcat(out, "\"");
    return strlen(out);
}

/* Whether it is valid; if so, its form is taken as it is. */
static bool is_stable(const ms_attribute *a, ms_str in)
{
    ms_arena *arena = ms_arena_new(0);
    ms_taken_value first, again;
    ms_error err = {0};
    assert_non_null(arena);
    if (ms_attribute_take(a, in, arena, &first, &err))
        fail_msg("%.*s: %s", (int)in.n, in.p, err.text);
    if (!first.why) {
        assert_int_equal(ms_attribute_take(a, first.json, arena, &again, NULL), MS_OK);
        if (again.why || again.slot.changed || again.slot.number != first.slot.number ||
            !ms_str_eq(again.json, first.json))
            fail_msg("type %d: %.*s is not stable", (int)a->type, (int)in.n, in.p);
    }
    ms_arena_free(arena);
    return !first.why;
}

/* Whatever is taken is in its form: taken again it is the same, and nothing reads past an end. */
static void random_texts(void **state)
{
    static const ms_attribute all[] = {
        {.name = MS_STR("x"), .type = MS_T_URL},
        {.name = MS_STR("x"), .type = MS_T_EMAIL},
        {.name = MS_STR("x"), .type = MS_T_PHONE, .country = MS_STR("31")},
        {.name = MS_STR("x"), .type = MS_T_HANDLE},
        {.name = MS_STR("x"), .type = MS_T_NUMBER, .min = -MS_MAX_NUMBER, .max = MS_MAX_NUMBER},
        {.name = MS_STR("x"), .type = MS_T_TIME},
    };
    uint64_t x = 88172645463325252u;
    uint32_t n_valid[COUNT(all)] = {0};
    char text[512];
    (void)state;
    for (uint32_t i = 0; i < 60000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        size_t n = compose(x, text);
        char *exact = malloc(n);
        assert_non_null(exact);
        memcpy(exact, text, n);
        n_valid[i % COUNT(all)] += is_stable(&all[i % COUNT(all)], (ms_str){exact, n});
        free(exact);
    }
    for (size_t i = 0; i < COUNT(all); i++)
        if (n_valid[i] < 10) /* the pieces do make some */
            fail_msg("type %d: %u valid ones", (int)all[i].type, n_valid[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(long_ones),
        cmocka_unit_test(taken_twice),
        cmocka_unit_test(random_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Decimals: exact from their digits, and what a text may look like. */
#include "samples.h"

#define NUMBER .type = MS_T_NUMBER, .min = -MS_MAX_NUMBER, .max = MS_MAX_NUMBER

static const sample from_json[] = {
    {"0", "0"},
    {"-0", "0"},
    {"-0.0", "0"},
    {"0.000000", "0"},
    {"1", "1"},
    {"0.1", "0.1"},
    {"-0.1", "-0.1"},
    {"0.30", "0.3"},
    {"0.30000000000000004", "0.3"}, /* what 0.1 + 0.2 leaves behind */
    {"0.000001", "0.000001"},
    {"0.0000005", "0.000001"}, /* half away from zero */
    {"-0.0000005", "-0.000001"},
    {"0.00000049999999999", "0"},
    {"-0.0000004", "0"},
    {"1.0000005", "1.000001"},
    {"2.675", "2.675"}, /* below in binary */
    {"4.6666666666666667", "4.666667"},
    {"9.9999995", "10"},
    {"1e0", "1"},
    {"1E2", "100"},
    {"1e+2", "100"},
    {"1.25e1", "12.5"},
    {"125e-2", "1.25"},
    {"0.00125e3", "1.25"},
    {"1e-6", "0.000001"},
    {"1e-7", "0"},
    {"5e-7", "0.000001"},
    {"1e-300", "0"},
    {"0e300", "0"},
    {"1e12", "1000000000000"},
    {"-1e12", "-1000000000000"},
    {"1000000000000", "1000000000000"},
    {"1000000000000.000001", NOT("more")},
    {"1000000000001", NOT("more")},
    {"-1000000000001", NOT("less")},
    {"1e13", NOT("more")},
    {"-1e300", NOT("less")},
    {"9223372036854775807", NOT("more")},
    {"-9223372036854775808", NOT("less")},
    {"18446744073709551616", NOT("more")},
    {"12345678901234567890123456789", NOT("more")},
    {"0.00000000000000000000000000000000000000000000000000001", "0"},
    {"123456789.123456", "123456789.123456"},
    {"true", NOT("kind")},
    {"[1]", NOT("kind")},
    {"{}", NOT("kind")},
    {"null", GONE},
    {"\"\"", GONE},
};

static const sample from_text[] = {
    {"\"0\"", "0"},
    {"\"-0\"", "0"},
    {"\"007\"", "7"},
    {"\"3.5\"", "3.5"},
    {"\"3,5\"", "3.5"},
    {"\" \\t3,5\\r\\n\"", "3.5"},
    {"\"-3,25\"", "-3.25"},
    {"\"0.500\"", "0.5"}, /* no thousands begin with 0 */
    {"\"0,500\"", "0.5"},
    {"\"-0,125\"", "-0.125"},
    {"\"1.5000\"", "1.5"},
    {"\"1234.567\"", "1234.567"}, /* four digits before: no thousands */
    {"\"1,23\"", "1.23"},
    {"\"1500\"", "1500"},
    {"\"0.1234567\"", "0.123457"},
    {"\"999999999999.9999995\"", "1000000000000"},
    {"\"000000000000000000000000000012.5\"", "12.5"},
    {"\"1.500\"", NOT("ambiguous")},
    {"\"1,500\"", NOT("ambiguous")},
    {"\"-12.345\"", NOT("ambiguous")},
    {"\"123,456\"", NOT("ambiguous")},
    {"\"1.234.567\"", NOT("form")},
    {"\"1,234.5\"", NOT("form")},
    {"\"1 234\"", NOT("form")},
    {"\".5\"", NOT("form")},
    {"\"5.\"", NOT("form")},
    {"\"5,\"", NOT("form")},
    {"\".\"", NOT("form")},
    {"\"-\"", NOT("form")},
    {"\"--1\"", NOT("form")},
    {"\"+1\"", NOT("form")},
    {"\"1e3\"", NOT("form")},
    {"\"1k\"", NOT("form")},
    {"\"€5\"", NOT("form")},
    {"\"5%\"", NOT("form")},
    {"\"0x10\"", NOT("form")},
    {"\"nan\"", NOT("form")},
    {"\"5\\u00005\"", NOT("form")},
    {"\"٣\"", NOT("form")},
    {"\" \"", NOT("form")},
    {"\"1000000000000.1\"", NOT("more")},
    {"\"-99999999999999999999999999999999\"", NOT("less")},
};

static const sample bounded[] = {
    {"-1.5", "-1.5"}, {"-1.500001", NOT("less")}, {"-1.5000004", "-1.5"}, /* rounded first */
    {"2.25", "2.25"}, {"2.250001", NOT("more")},  {"\"2,26\"", NOT("more")},
};

static void decimals(void **state)
{
    (void)state;
    EXPECT_OF(from_json, NUMBER);
    EXPECT_OF(from_text, NUMBER);
    EXPECT_OF(bounded, .type = MS_T_NUMBER, .min = -1500000, .max = 2250000);
}

/* Every number of up to six places comes out as the digits say. */
static void millionths(void **state)
{
    const ms_attribute a = {.name = MS_STR("x"), NUMBER};
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t n = (int64_t)(x % (i % 2 ? 1000000u : (uint64_t)MS_MAX_NUMBER));
        n = i % 3 ? n : -n;
        char text[64];
        snprintf(text, sizeof text, "%s%lld.%06lld", n < 0 ? "-" : "",
                 (long long)(llabs(n) / MS_MILLION), (long long)(llabs(n) % MS_MILLION));
        if (number_of(a, text) != n)
            fail_msg("%s is %lld", text, (long long)n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals),
        cmocka_unit_test(millionths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

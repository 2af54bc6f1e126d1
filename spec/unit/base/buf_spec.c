/* The buffer: growth, numbers as text, and doing nothing after a failure. */
#include "base/buf.h"
#include "spec.h"

#include <float.h>
#include <math.h>

static void grows_byte_by_byte(void **state)
{
    (void)state;
    ms_buf b = {0};
    for (int i = 0; i < 100000; i++)
        ms_buf_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    ms_buf_free(&b);
    assert_null(b.p);
    ms_buf_z(&b, "again");
    assert_str(ms_buf_view(&b), "again");
    ms_buf_free(&b);
}

static void views_and_adds_nothing(void **state)
{
    (void)state;
    ms_buf b = {0};
    ms_buf_add(&b, NULL, 0);
    ms_buf_str(&b, MS_NONE);
    ms_buf_z(&b, NULL);
    assert_non_null(ms_buf_view(&b).p);
    assert_int_equal(ms_buf_view(&b).n, 0);
    assert_false(b.failed);
    ms_buf_free(&b);
}

static void stays_failed(void **state)
{
    (void)state;
    ms_buf b = {0};
    ms_buf_z(&b, "kept");
    assert_false(ms_buf_reserve(&b, SIZE_MAX));     /* overflow */
    assert_false(ms_buf_reserve(&b, SIZE_MAX / 4)); /* and afterwards anything */
    ms_buf_char(&b, 'x');
    ms_buf_z(&b, "more");
    ms_buf_int(&b, 1);
    ms_buf_double(&b, 1.5);
    ms_buf_format(&b, "%d", 1);
    assert_true(b.failed);
    assert_str(ms_buf_view(&b), "kept");
    ms_buf_free(&b);
    assert_false(b.failed);
}

static void formats_across_growth(void **state)
{
    (void)state;
    ms_buf b = {0};
    for (int i = 0; i < 1000; i++)
        ms_buf_format(&b, "%d,%s;", i, "text");
    assert_memory_equal(b.p, "0,text;1,text;", 14);
    assert_memory_equal(b.p + b.n - 9, "999,text;", 9);
    ms_buf_free(&b);
}

static void expect_int(int64_t i, const char *text)
{
    ms_buf b = {0};
    ms_buf_int(&b, i);
    assert_str(ms_buf_view(&b), text);
    ms_buf_free(&b);
}

static void writes_integers_at_the_borders(void **state)
{
    (void)state;
    expect_int(0, "0");
    expect_int(-1, "-1");
    expect_int(10, "10");
    expect_int(INT64_MAX, "9223372036854775807");
    expect_int(INT64_MIN, "-9223372036854775808");
}

static void expect_double(double d, const char *text)
{
    ms_buf b = {0};
    ms_buf_double(&b, d);
    assert_str(ms_buf_view(&b), text);
    ms_buf_free(&b);
}

static void writes_the_shortest_double(void **state)
{
    (void)state;
    expect_double(0.1, "0.1");
    expect_double(0.1 + 0.2, "0.30000000000000004");
    expect_double(8.0, "8");
    expect_double(-8.5, "-8.5");
    expect_double(100000.0, "100000");
    expect_double(9007199254740991.0, "9007199254740991");
    expect_double(-9007199254740991.0, "-9007199254740991");
    expect_double(-0.0, "-0");
    expect_double(DBL_MAX, "1.7976931348623157e+308");
    expect_double(DBL_TRUE_MIN, "5e-324");
    expect_double(NAN, "null");
    expect_double(-INFINITY, "null");
}

static void reads_back_every_double(void **state)
{
    (void)state;
    uint64_t seed = 1;
    ms_buf b = {0};
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = spec_random(&seed);
        double d, back;
        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d))
            continue;
        b.n = 0;
        ms_buf_double(&b, d);
        ms_buf_char(&b, '\0');
        back = strtod(b.p, NULL);
        assert_memory_equal(&back, &d, sizeof d);
        assert_true(b.n <= 26);
    }
    ms_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_byte_by_byte),
        cmocka_unit_test(views_and_adds_nothing),
        cmocka_unit_test(stays_failed),
        cmocka_unit_test(formats_across_growth),
        cmocka_unit_test(writes_integers_at_the_borders),
        cmocka_unit_test(writes_the_shortest_double),
        cmocka_unit_test(reads_back_every_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

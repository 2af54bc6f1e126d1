/* When a vertical is parked, and at which pace it is judged until then. */
#include "flow/conduct.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const ms_park_rule rule = {.after = 5, .window_ms = 60000};
static ms_conduct c;

static int fresh(void **state)
{
    (void)state;
    memset(&c, 0, sizeof c);
    return 0;
}

static bool judged(ms_status status, int64_t cpu_us, int64_t now_ms)
{
    bool park = ms_conduct_judged(&c, &rule, status, cpu_us, now_ms);
    ms_conduct_keep(&c);
    return park;
}

static void five_failures_in_a_row_park(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_false(judged(MS_SCRIPT, 10, i * 1000000));
    assert_false(judged(MS_OK, 10, 5000000));
    for (int i = 0; i < 4; i++)
        assert_false(judged(MS_SCRIPT, 10, 6000000));
    assert_true(judged(MS_SCRIPT, 10, 7000000));
}

static void five_limits_within_the_window_park(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_false(judged(MS_LIMIT_CPU, 20000, i * 15000));
        assert_false(judged(MS_OK, 10, i * 15000 + 1));
    }
    assert_false(judged(MS_LIMIT_MEM, 20000, 60001)); /* the first one is too old */
    assert_false(judged(MS_OK, 10, 60002));
    assert_true(judged(MS_LIMIT_CPU, 20000, 60003));
}

static void a_zero_in_the_rule_parks_never(void **state)
{
    const ms_park_rule never = {.after = 0, .window_ms = 60000};
    (void)state;
    for (int i = 0; i < 200; i++)
        assert_false(ms_conduct_judged(&c, &never, MS_LIMIT_CPU, 20000, i));
}

static void ten_quick_contacts_make_up_for_a_limit(void **state)
{
    (void)state;
    assert_int_equal(ms_conduct_pace(&c, 0), MS_PACE_QUICK);
    judged(MS_LIMIT_CPU, 20000, 1000);
    for (int i = 0; i < 9; i++)
        judged(MS_OK, 10, 1000);
    judged(MS_OK, 5000, 1000); /* slow: makes up for nothing */
    assert_int_equal(ms_conduct_pace(&c, 1000), MS_PACE_SUSPECT);
    judged(MS_OK, 10, 1000);
    assert_int_equal(ms_conduct_pace(&c, 1000), MS_PACE_SLOW);
    assert_int_equal(ms_conduct_pace(&c, 11001), MS_PACE_QUICK);
    assert_true(ms_conduct_knows(&c, MS_PACE_SUSPECT));
    assert_true(ms_conduct_knows(&c, MS_PACE_SLOW));
}

static void a_minute_makes_up_for_it_as_well(void **state)
{
    (void)state;
    judged(MS_LIMIT_MEM, 10, 1000);
    assert_int_equal(ms_conduct_pace(&c, 61000), MS_PACE_SUSPECT);
    assert_int_equal(ms_conduct_pace(&c, 61001), MS_PACE_QUICK);
}

static void what_is_undone_counts_for_the_pace_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_false(ms_conduct_judged(&c, &rule, MS_LIMIT_CPU, 20000, 1000));
        ms_conduct_undo(&c);
    }
    assert_int_equal(ms_conduct_failures(&c, &rule, 1000), 0);
    assert_int_equal(ms_conduct_pace(&c, 1000), MS_PACE_SUSPECT);
    assert_true(ms_conduct_knows(&c, MS_PACE_SUSPECT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(five_failures_in_a_row_park, fresh),
        cmocka_unit_test_setup(five_limits_within_the_window_park, fresh),
        cmocka_unit_test_setup(a_zero_in_the_rule_parks_never, fresh),
        cmocka_unit_test_setup(ten_quick_contacts_make_up_for_a_limit, fresh),
        cmocka_unit_test_setup(a_minute_makes_up_for_it_as_well, fresh),
        cmocka_unit_test_setup(what_is_undone_counts_for_the_pace_alone, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

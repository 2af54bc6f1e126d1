/* Dates and times as text, over the whole calendar. */
#include "base/clock.h"
#include "spec.h"

#include <time.h>

static void knows_dates(void **state)
{
    (void)state;
    assert_int_equal(ms_days(1970, 1, 1), 0);
    assert_int_equal(ms_days(1969, 12, 31), -1);
    assert_int_equal(ms_days(2000, 2, 29), 11016);
    assert_int_equal(ms_days(2000, 3, 1), 11017);
    assert_int_equal(ms_days(1900, 3, 1) - ms_days(1900, 2, 28), 1); /* no leap year */
    assert_int_equal(ms_days(2024, 3, 1) - ms_days(2024, 2, 28), 2);
    assert_int_equal(ms_days(0, 1, 1), -719528);
    assert_int_equal(ms_days(9999, 12, 31), 2932896);
    assert_int_equal(ms_days(-1, 12, 31), ms_days(0, 1, 1) - 1);
}

static void takes_months_and_days_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(ms_days(2025, 2, 31), ms_days(2025, 3, 3));
    assert_int_equal(ms_days(2024, 13, 1), ms_days(2025, 1, 1));
    assert_int_equal(ms_days(2025, 0, 1), ms_days(2024, 12, 1));
    assert_int_equal(ms_days(2025, -11, 1), ms_days(2024, 1, 1));
    assert_int_equal(ms_days(2025, -12, 1), ms_days(2023, 12, 1));
    assert_int_equal(ms_days(2025, 3, 0), ms_days(2025, 2, 28));
}

/* Day by day over 10,400 years, against a calendar that counts month lengths. */
static void agrees_with_counting(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = ms_days(-400, 1, 1);
    for (int64_t y = -400; y < 10000; y++)
        for (int m = 1; m <= 12; m++) {
            bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
            int length = lengths[m - 1] + (m == 2 && leap);
            assert_int_equal(ms_days(y, m, 1), day);
            for (int d = 1; d <= length; d += length - 1) { /* first and last */
                int64_t cy;
                int cm, cd;
                ms_civil(day + d - 1, &cy, &cm, &cd);
                assert_true(cy == y && cm == m && cd == d);
            }
            day += length;
        }
}

static int64_t parsed(const char *z)
{
    int64_t us = INT64_MIN;
    char *p = tight(ms_str_z(z));
    bool ok = ms_time_parse((ms_str){p, strlen(z)}, &us);
    free(p);
    return ok ? us : INT64_MIN;
}

static void reads_times(void **state)
{
    (void)state;
    const int64_t day = 86400000000, feb1 = 20120 * day;
    assert_int_equal(parsed("2025-02-01"), feb1);
    assert_int_equal(parsed("2025-02-01T14:20"), feb1 + 51600000000);
    assert_int_equal(parsed("2025-02-01T14:20:05"), feb1 + 51605000000);
    assert_int_equal(parsed("2025-02-01T14:20:05Z"), feb1 + 51605000000);
    assert_int_equal(parsed("2025-02-01T14:20Z"), feb1 + 51600000000);
    assert_int_equal(parsed("2025-02-01T14:20:05.1"), feb1 + 51605100000);
    assert_int_equal(parsed("2025-02-01T14:20:05.123456Z"), feb1 + 51605123456);
    assert_int_equal(parsed("2025-02-01T14:20:05.123456789Z"), feb1 + 51605123456);
    assert_int_equal(parsed("2025-02-01T00:30:00+01:00"), feb1 - 1800000000);
    assert_int_equal(parsed("2025-02-01T00:00:00-23:59"), feb1 + 86340000000);
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
    assert_int_equal(parsed("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(parsed("0000-01-01"), -719528 * day);
    assert_int_equal(parsed("0000-02-29"), (-719528 + 59) * day);
    assert_int_equal(parsed("9999-12-31T23:59:59.999999Z"), 2932897 * day - 1);
    assert_int_equal(parsed("2000-02-29"), 11016 * day);
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2025",
                                      "2025-02",
                                      "2025-2-1",
                                      "2025-02-1",
                                      "02025-02-01",
                                      "-025-02-01",
                                      "2025-00-01",
                                      "2025-13-01",
                                      "2025-02-00",
                                      "2025-02-29",
                                      "1900-02-29",
                                      "2025-04-31",
                                      "2025-01-32",
                                      "2025/02/01",
                                      "2025-02-01 ",
                                      " 2025-02-01",
                                      "2025-02-01T",
                                      "2025-02-01Z",
                                      "2025-02-01T14",
                                      "2025-02-01T24:00",
                                      "2025-02-01T14:60",
                                      "2025-02-01T14:20:61",
                                      "2025-02-01T1:20",
                                      "2025-02-01T14:20:",
                                      "2025-02-01T14:20:05.",
                                      "2025-02-01T14:20:05.1234567890",
                                      "2025-02-01T14:20:05.Z",
                                      "2025-02-01T14:20:05.1x",
                                      "2025-02-01T14:20:05ZZ",
                                      "2025-02-01T14:20:05+1:00",
                                      "2025-02-01T14:20:05+0100",
                                      "2025-02-01T14:20:05+24:00",
                                      "2025-02-01T14:20:05+01:60",
                                      "2025-02-01T14:20:05+",
                                      "2025-02-01t14:20:05z",
                                      "2025-02-01 14:20:05",
                                      "2025-02-01T14.5:20",
                                      "soon",
                                      "\xd9\xa2"
                                      "025-02-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parsed(bad[i]) != INT64_MIN)
            fail_msg("accepted '%s'", bad[i]);
    int64_t us;
    assert_false(ms_time_parse(MS_NONE, &us));
    assert_false(ms_time_parse((ms_str){"2025-02-01\0", 11}, &us));
}

static void writes_times(void **state)
{
    (void)state;
    char out[MS_TIME_TEXT];
    assert_string_equal(ms_time_format(0, out), "1970-01-01T00:00:00.000Z");
    assert_string_equal(ms_time_format(-1, out), "1969-12-31T23:59:59.999Z");
    assert_string_equal(ms_time_format(1738419605123999, out), "2025-02-01T14:20:05.123Z");
    assert_string_equal(ms_time_format(parsed("0000-01-01"), out), "0000-01-01T00:00:00.000Z");
    assert_string_equal(ms_time_format(parsed("9999-12-31T23:59:59.999Z"), out),
                        "9999-12-31T23:59:59.999Z");
    assert_in_range(strlen(ms_time_format(INT64_MAX, out)), 20, MS_TIME_TEXT - 1);
    assert_in_range(strlen(ms_time_format(INT64_MIN, out)), 20, MS_TIME_TEXT - 1);
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    uint64_t seed = 2;
    const int64_t from = parsed("0000-01-01") / 1000, to = parsed("9999-12-31") / 1000;
    for (int i = 0; i < 20000; i++) {
        int64_t ms = from + (int64_t)(spec_random(&seed) % (uint64_t)(to - from));
        char out[MS_TIME_TEXT];
        assert_int_equal(parsed(ms_time_format(ms * 1000, out)), ms * 1000);
    }
}

static int64_t duration(const char *z)
{
    int64_t ms = -1;
    return ms_duration_parse(ms_str_z(z), &ms) ? ms : -1;
}

static int64_t size(const char *z)
{
    int64_t bytes = -1;
    return ms_size_parse(ms_str_z(z), &bytes) ? bytes : -1;
}

static void reads_durations_and_sizes(void **state)
{
    (void)state;
    assert_int_equal(duration("250ms"), 250);
    assert_int_equal(duration("0s"), 0);
    assert_int_equal(duration("5s"), 5000);
    assert_int_equal(duration("2m"), 120000);
    assert_int_equal(duration("1h"), 3600000);
    assert_int_equal(duration("6d"), 518400000);
    assert_int_equal(duration("9223372036854775807ms"), INT64_MAX);
    assert_int_equal(size("4096"), 4096);
    assert_int_equal(size("64KiB"), 65536);
    assert_int_equal(size("1MiB"), 1048576);
    assert_int_equal(size("2GiB"), 2147483648);
    assert_int_equal(size("7B"), 7);
}

static void refuses_other_amounts(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "5",
                                      "s",
                                      "-5s",
                                      "+5s",
                                      "5 s",
                                      " 5s",
                                      "5s ",
                                      "1.5s",
                                      "5S",
                                      "5sec",
                                      "0x5s",
                                      "9223372036854775808ms",
                                      "9223372036854775807s",
                                      "106751991168d",
                                      "5s5s"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (duration(bad[i]) != -1)
            fail_msg("accepted duration '%s'", bad[i]);
    static const char *const odd[] = {
        "", "KiB", "-1", "1KB", "1k", "1 MiB", "1.5MiB", "8589934592GiB", "9223372036854775808"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (size(odd[i]) != -1)
            fail_msg("accepted size '%s'", odd[i]);
    int64_t out;
    assert_false(ms_duration_parse(MS_NONE, &out));
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t a = ms_mono_us(), b = ms_mono_us();
    assert_true(b >= a);
    assert_true(llabs(ms_wall_us() / 1000000 - (long long)time(NULL)) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_dates),
        cmocka_unit_test(takes_months_and_days_as_they_are),
        cmocka_unit_test(agrees_with_counting),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(writes_times),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(reads_durations_and_sizes),
        cmocka_unit_test(refuses_other_amounts),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* clock.c: clocks, the calendar, and both as text. */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { DAY_SECONDS = 86400, DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t); /* cannot fail for these two clocks */
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t ms_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t ms_mono_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years are counted from March, so that the leap day is a year's last; 400 years are one era. */
int64_t ms_days(int64_t year, int month, int day)
{
    year += floor_div(month - 1, 12);
    int m = (int)((month - 1) - 12 * floor_div(month - 1, 12)); /* 0 = January */
    int from_march = (m + 10) % 12;
    year -= m < 2;
    int64_t era = floor_div(year, 400), y = year - era * 400;
    int64_t day_of_year = (153 * from_march + 2) / 5;
    return era * DAYS_400_YEARS + y * 365 + y / 4 - y / 100 + day_of_year - DAYS_TO_1970 + day - 1;
}

void ms_civil(int64_t days, int64_t *year, int *month, int *day)
{
    days += DAYS_TO_1970;
    int64_t era = floor_div(days, DAYS_400_YEARS), d = days - era * DAYS_400_YEARS;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t day_of_year = d - (365 * y + y / 4 - y / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * from_march + 2) / 5) + 1;
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = y + era * 400 + (*month <= 2);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool take_char(ms_str *s, char c)
{
    if (s->n == 0 || *s->p != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* Exactly `digits` digits, of a value from `low` to `high`. */
static bool take_number(ms_str *s, size_t digits, int low, int high, int *out)
{
    int v = 0;
    if (s->n < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = (ms_str){s->p + digits, s->n - digits};
    *out = v;
    return v >= low && v <= high;
}

static bool take_date(ms_str *s, int64_t *days)
{
    int y, m, d;
    if (!take_number(s, 4, 0, 9999, &y) || !take_char(s, '-') || !take_number(s, 2, 1, 12, &m) ||
        !take_char(s, '-') || !take_number(s, 2, 1, 31, &d))
        return false;
    *days = ms_days(y, m, d);
    return d <= 28 || *days < ms_days(y, m + 1, 1);
}

static bool take_fraction(ms_str *s, int64_t *us)
{
    int64_t scale = 100000;
    size_t digits = 0;
    for (; s->n && *s->p >= '0' && *s->p <= '9'; s->p++, s->n--, digits++) {
        *us += (*s->p - '0') * scale;
        scale /= 10;
    }
    return digits > 0 && digits <= 9;
}

static bool take_clock(ms_str *s, int64_t *us)
{
    int h, m, sec = 0;
    if (!take_number(s, 2, 0, 23, &h) || !take_char(s, ':') || !take_number(s, 2, 0, 59, &m))
        return false;
    int64_t fraction = 0;
    if (take_char(s, ':')) {
        if (!take_number(s, 2, 0, 60, &sec)) /* a leap second is the next one's beginning */
            return false;
        if (take_char(s, '.') && !take_fraction(s, &fraction))
            return false;
    }
    *us = ((int64_t)h * 3600 + m * 60 + sec) * 1000000 + fraction;
    return true;
}

static bool take_zone(ms_str *s, int64_t *us)
{
    int h, m;
    if (s->n == 0 || take_char(s, 'Z'))
        return true;
    int sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0;
    if (!sign || !take_number(s, 2, 0, 23, &h) || !take_char(s, ':') ||
        !take_number(s, 2, 0, 59, &m))
        return false;
    *us -= sign * ((int64_t)h * 3600 + m * 60) * 1000000;
    return true;
}

bool ms_time_parse(ms_str s, int64_t *us)
{
    int64_t days, of_day = 0;
    if (!s.p || !take_date(&s, &days))
        return false;
    if (s.n && !(take_char(&s, 'T') && take_clock(&s, &of_day) && take_zone(&s, &of_day)))
        return false;
    if (s.n)
        return false;
    *us = days * DAY_SECONDS * 1000000 + of_day;
    return true;
}

const char *ms_time_format(int64_t us, char out[MS_TIME_TEXT])
{
    int64_t ms = floor_div(us, 1000), days = floor_div(ms, DAY_SECONDS * 1000LL), year;
    int month, day, of_day = (int)(ms - days * DAY_SECONDS * 1000);
    ms_civil(days, &year, &month, &day);
    snprintf(out, MS_TIME_TEXT, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
             of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000);
    return out;
}

/* ---- amounts with a unit -------------------------------------------------------------------- */

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

static bool parse_amount(ms_str s, const unit *units, int64_t *out)
{
    int64_t v = 0;
    size_t digits = 0;
    for (; digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s.p[digits] - '0', &v))
            return false;
    if (digits == 0)
        return false;
    s = (ms_str){s.p + digits, s.n - digits};
    for (; units->name; units++)
        if (ms_str_eqz(s, units->name))
            return !__builtin_mul_overflow(v, units->factor, out);
    return false;
}

bool ms_duration_parse(ms_str s, int64_t *ms)
{
    static const unit units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                 {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
    return parse_amount(s, units, ms);
}

bool ms_size_parse(ms_str s, int64_t *bytes)
{
    static const unit units[] = {{"", 1},          {"B", 1},         {"KiB", 1 << 10},
                                 {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
    return parse_amount(s, units, bytes);
}

/* Tolerant reading: a member of the wrong kind counts as not there. */
#include "webhook.h"
#include <stdio.h>

/* 10000-01-01T00:00:00Z: later times are no times (and PostgreSQL's texts of them differ). */
#define TIME_END_S 253402300800LL

ms_str ms_hook_text(const ms_value *object, const char *key)
{
    return ms_as_str(ms_get(object, key));
}

int64_t ms_hook_id(const ms_value *object, const char *key)
{
    int64_t id = ms_as_int(ms_get(object, key), 0);
    return id > 0 ? id : 0;
}

ms_str ms_hook_id_text(const ms_host *host, ms_arena *arena, const ms_value *object,
                       const char *key)
{
    enum { DIGITS = 24 };
    int64_t id = ms_hook_id(object, key);
    char *text = id ? host->alloc(arena, DIGITS) : NULL;
    if (!text)
        return MS_NONE;
    return (ms_str){text, (size_t)snprintf(text, DIGITS, "%lld", (long long)id)};
}

ms_str ms_hook_object(const ms_value *object, const char *key)
{
    const ms_value *v = ms_get(object, key);
    return v && v->kind == MS_OBJECT ? v->text : MS_NONE;
}

ms_str ms_hook_word(const ms_value *object, const char *key, const char *const *words)
{
    ms_str text = ms_hook_text(object, key);
    for (; *words; words++)
        if (ms_str_eqz(text, *words))
            return text;
    return MS_NONE;
}

/* ---- time ----------------------------------------------------------------------------------- */

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar, 400 years at a time. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* `n` digits at `p`, or -1. */
static int digits(const char *p, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

/* The fraction behind the seconds, in microseconds; moves *at behind it. False: no digit. */
static bool read_fraction(ms_str s, size_t *at, int64_t *micros)
{
    int64_t unit = 100000;
    size_t start = *at;
    while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9') {
        *micros += unit * (s.p[(*at)++] - '0');
        unit /= 10;
    }
    return *at > start;
}

/* "Z", "+02:00" or "+0200" up to the end of the text, in seconds east of UTC. */
static bool read_zone(ms_str rest, int64_t *east)
{
    if (rest.n == 1 && (rest.p[0] == 'Z' || rest.p[0] == 'z'))
        return true;
    if ((rest.n != 5 && rest.n != 6) || (rest.p[0] != '+' && rest.p[0] != '-'))
        return false;
    if (rest.n == 6 && rest.p[3] != ':')
        return false;
    int hours = digits(rest.p + 1, 2), minutes = digits(rest.p + rest.n - 2, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
        return false;
    *east = (hours * 3600 + minutes * 60) * (rest.p[0] == '-' ? -1 : 1);
    return true;
}

/* "2026-06-17T10:05:00.087Z" */
static int64_t iso_time(ms_str s)
{
    int64_t micros = 0, east = 0;
    size_t at = 19;
    if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || (s.p[10] != 'T' && s.p[10] != ' ') ||
        s.p[13] != ':' || s.p[16] != ':')
        return 0;
    int year = digits(s.p, 4), month = digits(s.p + 5, 2), day = digits(s.p + 8, 2);
    int hour = digits(s.p + 11, 2), minute = digits(s.p + 14, 2), second = digits(s.p + 17, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60)
        return 0;
    if (s.p[at] == '.' && (at++, !read_fraction(s, &at, &micros)))
        return 0;
    if (!read_zone((ms_str){s.p + at, s.n - at}, &east))
        return 0;
    int64_t t = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east;
    return t > 0 && t < TIME_END_S ? t * 1000000 + micros : 0;
}

int64_t ms_hook_time(const ms_value *object, const char *key)
{
    const ms_value *v = ms_get(object, key);
    if (!v)
        return 0;
    if (v->kind == MS_INT)
        return v->as.integer > 0 && v->as.integer < TIME_END_S ? v->as.integer * 1000000 : 0;
    if (v->kind == MS_DOUBLE) /* to the microsecond: a double holds 2026 to a quarter of one */
        return v->as.number > 0 && v->as.number < (double)TIME_END_S
                   ? (int64_t)(v->as.number * 1e6 + 0.5)
                   : 0;
    return iso_time(ms_as_str(v));
}

/*
 * Dates and moments. Of a date the first ten bytes count, and 31 February is 3 March; a moment is
 * read to its end and has to exist. Both stay as they were written.
 */
#include "rules/inside.h"

#include "base/clock.h"
#include "base/text.h"

#include <math.h>

enum { LONGEST_TIME = 40 };

/* `n` digits at p, or -1. */
static int digits(const char *p, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

static bool is_bounded(const ms_attribute *a)
{
    return a->min || a->max;
}

ms_why ms_coerce_date(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                      ms_slot *slot, ms_str *json)
{
    (void)j, (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    ms_str s = f->as.string;
    if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-')
        return MS_WHY_FORM;
    int year = digits(s.p, 4), month = digits(s.p + 5, 2), day = digits(s.p + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31)
        return MS_WHY_FORM;
    slot->number = ms_days(year, month, day); /* 31 February is 3 March */
    slot->text = s;
    *json = f->raw;
    return is_bounded(a) ? ms_within(a, slot->number) : MS_WHY_NONE;
}

/* A blank may stand for the T: so databases and spreadsheets write it. */
static bool read_moment(ms_str s, int64_t *seconds)
{
    char text[LONGEST_TIME];
    int64_t us = 0;
    if (s.n < 10 || s.n > sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    if (s.n > 10 && text[10] == ' ')
        text[10] = 'T';
    if (!ms_time_parse((ms_str){text, s.n}, &us))
        return false;
    *seconds = ms_floor_div(us, 1000000);
    return true;
}

ms_why ms_coerce_time(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                      ms_slot *slot, ms_str *json)
{
    int64_t n = 0;
    (void)quoted;
    if (f->kind == MS_INT) {
        n = f->as.integer;
    } else if (f->kind == MS_DOUBLE) {
        double whole = floor(f->as.number);
        n = whole < (double)MS_FIRST_SECOND  ? INT64_MIN
            : whole > (double)MS_LAST_SECOND ? INT64_MAX
                                             : (int64_t)whole;
    } else if (f->kind != MS_STRING) {
        return MS_WHY_KIND;
    } else if (!read_moment(ms_trim(f->as.string), &n)) {
        return MS_WHY_FORM;
    }
    if (n < MS_FIRST_SECOND || n > MS_LAST_SECOND)
        return n < 0 ? MS_WHY_LESS : MS_WHY_MORE;
    slot->number = n;
    if (f->kind == MS_STRING) {
        ms_take_form(j, f, ms_trim(f->as.string), slot, json);
    } else {
        slot->text = f->raw;
        *json = f->raw;
    }
    return is_bounded(a) ? ms_within(a, n) : MS_WHY_NONE;
}

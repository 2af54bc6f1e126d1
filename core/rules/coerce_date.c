/* Dates: the first ten bytes count, the text stays as it was written. */
#include "rules/inside.h"

#include "base/clock.h"

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

bool ms_coerce_date(const ms_field *f, ms_slot *slot, ms_str *json)
{
    ms_str s = f->kind == MS_STRING ? f->as.string : MS_NONE;
    if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-')
        return false;
    int year = digits(s.p, 4), month = digits(s.p + 5, 2), day = digits(s.p + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    slot->number = ms_days(year, month, day); /* 31 February is 3 March */
    slot->text = s;
    *json = f->raw;
    return true;
}

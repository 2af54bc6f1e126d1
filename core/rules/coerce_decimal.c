/*
 * Decimals, exactly: millionths from the digits of a number's text, never through a binary
 * fraction. What has more than six places is rounded half away from zero.
 */
#include "rules/inside.h"

#include "base/text.h"

enum {
    PLACES = 6,
    MOST_DIGITS = 19,       /* of millionths: more are beyond MS_MAX_NUMBER */
    MOST_EXPONENT = 100000, /* a greater one changes nothing any more */
};

static bool is_mark(char c)
{
    return c == '.' || c == ',';
}

/* What stands behind the e. */
static int64_t read_exponent(ms_str s)
{
    int64_t n = 0;
    bool minus = s.n && s.p[0] == '-';
    for (size_t i = 0; i < s.n; i++)
        if (ms_is_digit(s.p[i]) && n < MOST_EXPONENT)
            n = n * 10 + (s.p[i] - '0');
    return minus ? -n : n;
}

typedef struct decimal {
    bool minus;
    ms_str digits;   /* with a mark or not, from the first that is not 0 */
    int64_t left_of; /* digits before the mark; below 0: so many zeros behind it */
} decimal;

/* `s` is a number as JSON writes it, or has a comma for its mark. */
static decimal take_apart(ms_str s)
{
    decimal d = {0};
    size_t n = 0, mark;
    int64_t exponent = 0;
    if (s.p[0] == '-') {
        d.minus = true;
        s = (ms_str){s.p + 1, s.n - 1};
    }
    while (n < s.n && (ms_is_digit(s.p[n]) || is_mark(s.p[n])))
        n++;
    if (n < s.n)
        exponent = read_exponent((ms_str){s.p + n + 1, s.n - n - 1});
    for (mark = 0; mark < n && !is_mark(s.p[mark]);)
        mark++;
    size_t first = 0;
    while (first < n && (s.p[first] == '0' || is_mark(s.p[first])))
        first++;
    d.digits = (ms_str){s.p + first, n - first};
    d.left_of = (int64_t)mark - (int64_t)first + (first > mark) + exponent;
    return d;
}

/* Millionths; *rounded when some digit was dropped. Beyond MS_MAX_NUMBER: UINT64_MAX. */
static uint64_t millionths(const decimal *d, bool *rounded)
{
    int64_t wanted = d->left_of + PLACES, taken = 0;
    uint64_t n = 0;
    bool up = false;
    if (d->digits.n && wanted > MOST_DIGITS)
        return UINT64_MAX;
    for (size_t i = 0; i < d->digits.n; i++) {
        if (is_mark(d->digits.p[i]))
            continue;
        if (taken < wanted)
            n = n * 10 + (uint64_t)(d->digits.p[i] - '0');
        else if (taken == wanted)
            up = d->digits.p[i] >= '5';
        *rounded |= taken >= wanted && d->digits.p[i] != '0';
        taken++;
    }
    for (; d->digits.n && taken < wanted; taken++)
        n *= 10;
    n += up;
    return n > (uint64_t)MS_MAX_NUMBER ? UINT64_MAX : n;
}

/* "-3.5" or "3,5". Of "1.500" nobody knows whether it is 1500; "0.500" and "1.5000" are clear. */
static ms_why check_text(ms_str s)
{
    size_t start = s.n && s.p[0] == '-', mark = start, end;
    while (mark < s.n && ms_is_digit(s.p[mark]))
        mark++;
    end = mark;
    if (mark < s.n && is_mark(s.p[mark]))
        for (end = mark + 1; end < s.n && ms_is_digit(s.p[end]);)
            end++;
    if (mark == start || end < s.n || (end > mark && end == mark + 1))
        return MS_WHY_FORM;
    bool may_be_group = end - mark == 4 && mark - start <= 3 && s.p[start] != '0';
    return may_be_group ? MS_WHY_AMBIGUOUS : MS_WHY_NONE;
}

ms_why ms_coerce_number(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                        ms_slot *slot, ms_str *json)
{
    char text[MS_DECIMAL_TEXT];
    ms_str s = f->kind == MS_STRING ? ms_trim(f->as.string) : f->raw;
    (void)quoted;
    if (f->kind != MS_STRING && f->kind != MS_INT && f->kind != MS_DOUBLE)
        return MS_WHY_KIND;
    ms_why why = f->kind == MS_STRING ? check_text(s) : MS_WHY_NONE;
    if (why)
        return why;
    slot->changed = f->kind == MS_STRING;
    decimal d = take_apart(s);
    uint64_t n = millionths(&d, &slot->changed);
    if (n == UINT64_MAX)
        return d.minus ? MS_WHY_LESS : MS_WHY_MORE;
    slot->number = d.minus ? -(int64_t)n : (int64_t)n;
    if ((why = ms_within(a, slot->number)))
        return why;
    *json = ms_judge_text(j, text, ms_decimal(text, slot->number, PLACES));
    return MS_WHY_NONE;
}

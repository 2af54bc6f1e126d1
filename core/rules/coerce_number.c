/*
 * Whole numbers and money. A number in JSON is rounded by rule; a text is taken only when it can
 * mean one number: digits, or digits in groups of three with one kind of separator, a euro sign
 * before and a k behind. There is no decimal point in a text and nothing is guessed.
 */
#include "rules/inside.h"

#include "base/text.h"

#include <math.h>

enum { MAX_DIGITS = 9 };

/* "1.234.567": `lead` digits are read already, `n` is their value. */
static bool grouped(ms_str s, size_t lead, int64_t n, int64_t *out)
{
    char separator = s.p[lead];
    if (lead < 1 || lead > 3 || (separator != '.' && separator != ',' && separator != ' '))
        return false;
    size_t digits = lead;
    for (size_t i = lead; i < s.n; i += 4, digits += 3) {
        if (s.n - i < 4 || s.p[i] != separator)
            return false;
        for (size_t k = i + 1; k < i + 4; k++) {
            if (!ms_is_digit(s.p[k]))
                return false;
            n = n * 10 + (s.p[k] - '0');
        }
    }
    *out = n;
    return digits <= MAX_DIGITS;
}

static bool plain_or_grouped(ms_str s, int64_t *out)
{
    size_t lead = 0;
    int64_t n = 0;
    if (!s.n || s.n > MAX_DIGITS + 2) /* two separators at most */
        return false;
    for (; lead < s.n && ms_is_digit(s.p[lead]); lead++)
        n = n * 10 + (s.p[lead] - '0');
    if (lead < s.n)
        return grouped(s, lead, n, out);
    *out = n;
    return s.n <= MAX_DIGITS;
}

static bool read_amount(ms_str s, int64_t *out)
{
    int64_t times = 1;
    s = ms_trim(s);
    if (s.n >= 3 && memcmp(s.p, "\xe2\x82\xac", 3) == 0)
        s = ms_trim((ms_str){s.p + 3, s.n - 3});
    if (s.n && (s.p[s.n - 1] == 'k' || s.p[s.n - 1] == 'K')) {
        times = 1000;
        s = ms_trim((ms_str){s.p, s.n - 1});
    }
    if (!plain_or_grouped(s, out))
        return false;
    *out *= times;
    return true;
}

static bool read_double(const ms_attribute *a, double x, int64_t *out, ms_why *why)
{
    double whole = floor(x);
    *why = whole < (double)a->min ? MS_WHY_LESS : MS_WHY_MORE;
    if (!(whole >= (double)a->min && whole <= (double)a->max && fabs(whole) < 9e18))
        return false;
    *out = (int64_t)whole;
    return true;
}

ms_why ms_coerce_integer(ms_judge *j, const ms_attribute *a, const ms_str *quoted,
                         const ms_field *f, ms_slot *slot, ms_str *json)
{
    int64_t n = 0;
    ms_why why = MS_WHY_NONE;
    (void)quoted;
    if (f->kind == MS_INT) {
        n = f->as.integer;
    } else if (f->kind == MS_DOUBLE) {
        if (!read_double(a, f->as.number, &n, &why))
            return why;
        slot->changed = (double)n != f->as.number;
    } else if (f->kind != MS_STRING) {
        return MS_WHY_KIND;
    } else if (read_amount(f->as.string, &n)) {
        slot->changed = true;
    } else {
        return MS_WHY_FORM;
    }
    if ((why = ms_within(a, n)))
        return why;
    slot->number = n;
    if (f->kind == MS_INT && n != 0) /* 0 may have been written "-0" */
        *json = f->raw;
    else
        *json = ms_judge_integer(j, n);
    return MS_WHY_NONE;
}

size_t ms_decimal(char out[MS_DECIMAL_TEXT], int64_t units, int places)
{
    char digits[MS_DECIMAL_TEXT];
    size_t n = 0, at = 0;
    uint64_t rest = units < 0 ? 0 - (uint64_t)units : (uint64_t)units;
    while (places > 0 && rest % 10 == 0) {
        rest /= 10;
        places--;
    }
    do {
        if (n && n == (size_t)places)
            digits[n++] = '.';
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest || (places && n <= (size_t)places + 1));
    if (units < 0)
        out[at++] = '-';
    while (n)
        out[at++] = digits[--n];
    return at;
}

ms_why ms_coerce_money(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                       ms_slot *slot, ms_str *json)
{
    char text[MS_DECIMAL_TEXT];
    (void)quoted;
    if (f->kind != MS_INT && f->kind != MS_DOUBLE)
        return MS_WHY_KIND;
    double x = f->kind == MS_INT ? (double)f->as.integer : f->as.number;
    double cents = floor(x * 100 + 0.5);
    if (!(cents >= (double)a->min && cents <= (double)a->max && fabs(cents) < 9e15))
        return cents < (double)a->min ? MS_WHY_LESS : MS_WHY_MORE;
    slot->number = (int64_t)cents;
    slot->changed = cents / 100 != x;
    *json = ms_judge_text(j, text, ms_decimal(text, slot->number, 2));
    return MS_WHY_NONE;
}

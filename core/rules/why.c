/* What a type takes, and why it did not take a value, in words. */
#include "rules/words.h"

/* What a value of the type is. */
static const char *const nouns[MS_TYPES] = {
    [MS_T_INTEGER] = "a whole number",
    [MS_T_MONEY] = "an amount",
    [MS_T_CHOICE] = "a text",
    [MS_T_CHOICES] = "a list",
    [MS_T_BOOLEAN] = "true or false",
    [MS_T_TEXT] = "a text",
    [MS_T_DATE] = "a date like 2025-02-01",
    [MS_T_AS_IS] = "a value",
    [MS_T_NUMBER] = "a number",
    [MS_T_TIME] = "a time like 2025-02-01T14:20Z",
    [MS_T_URL] = "an address that begins with http:// or https://",
    [MS_T_EMAIL] = "an e-mail address",
    [MS_T_PHONE] = "a phone number of 8 to 15 digits with its country, like +31612345678",
    [MS_T_HANDLE] = "a handle like @name, or the address of a profile",
};

static bool is_long_or_short(ms_type type)
{
    return type == MS_T_TEXT || type == MS_T_URL;
}

void ms_why_words(const ms_attribute *a, ms_why why, ms_buf *buf)
{
    switch (why) {
    case MS_WHY_NONE: break;
    case MS_WHY_KIND:
        ms_buf_format(buf, "not %s", ms_is_text_type(a->type) ? "a text" : nouns[a->type]);
        break;
    case MS_WHY_FORM:
        ms_buf_format(buf, "not %s", a->type == MS_T_TEXT ? "more than blanks" : nouns[a->type]);
        break;
    case MS_WHY_AMBIGUOUS: ms_buf_z(buf, "its mark may set thousands or decimals apart"); break;
    case MS_WHY_LESS:
    case MS_WHY_MORE:
        if (is_long_or_short(a->type))
            ms_buf_z(buf, why == MS_WHY_LESS ? "too short" : "too long");
        else if (a->type == MS_T_DATE || a->type == MS_T_TIME)
            ms_buf_z(buf, why == MS_WHY_LESS ? "too early" : "too late");
        else
            ms_buf_z(buf, why == MS_WHY_LESS ? "too small" : "too large");
        break;
    case MS_WHY_PATTERN: ms_buf_z(buf, "does not match the pattern"); break;
    case MS_WHY_SLOW: ms_buf_z(buf, "took too long to match"); break;
    case MS_WHY_CHOICE: ms_buf_z(buf, "none of the choices"); break;
    case MS_WHY_CREDENTIALS: ms_buf_z(buf, "has a user name in it"); break;
    }
}

static void add_bounds(const ms_attribute *a, int64_t least, int64_t most, ms_buf *buf)
{
    bool low = a->min > least, high = a->max < most;
    ms_buf_z(buf, low && high ? ", " : low ? ", from " : high ? ", up to " : "");
    if (low)
        ms_words_literal(a, a->min, buf);
    if (low && high)
        ms_buf_z(buf, " to ");
    if (high)
        ms_words_literal(a, a->max, buf);
}

static void add_lengths(const ms_attribute *a, ms_buf *buf)
{
    if (a->min > 0)
        ms_buf_format(buf, ", at least %lld bytes", (long long)a->min);
    if (a->max > 0)
        ms_buf_format(buf, ", at most %lld bytes", (long long)a->max);
}

static uint64_t all_choices(const ms_attribute *a)
{
    return a->n_choices < 64 ? ((uint64_t)1 << a->n_choices) - 1 : UINT64_MAX;
}

void ms_allowed_words(const ms_attribute *a, ms_buf *buf)
{
    switch (a->type) {
    case MS_T_AS_IS: return;
    case MS_T_CHOICE: ms_words_choices(a, all_choices(a), " or ", buf); return;
    case MS_T_CHOICES:
        ms_buf_z(buf, "a list of ");
        ms_words_choices(a, all_choices(a), " and ", buf);
        return;
    default: ms_buf_z(buf, nouns[a->type]); break;
    }
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_MONEY: add_bounds(a, INT64_MIN, INT64_MAX, buf); break;
    case MS_T_NUMBER: add_bounds(a, -MS_MAX_NUMBER, MS_MAX_NUMBER, buf); break;
    case MS_T_DATE:
        if (a->min || a->max)
            add_bounds(a, ms_day_of(MS_FIRST_SECOND), ms_day_of(MS_LAST_SECOND), buf);
        break;
    case MS_T_TIME:
        if (a->min || a->max)
            add_bounds(a, MS_FIRST_SECOND, MS_LAST_SECOND, buf);
        break;
    case MS_T_TEXT: add_lengths(a, buf); break;
    default: break;
    }
    if (a->pattern.p)
        ms_buf_format(buf, ", matching " MS_FMT, MS_ARG(a->pattern));
}

void ms_refusal_words(const ms_attribute *a, ms_why why, ms_buf *buf)
{
    bool lists = a->type == MS_T_CHOICE || a->type == MS_T_CHOICES;
    bool is_none = why == MS_WHY_FORM || (why == MS_WHY_KIND && !ms_is_text_type(a->type));
    if (is_none && !lists && a->type != MS_T_TEXT) {
        ms_buf_z(buf, "not ");
    } else {
        ms_why_words(a, why, buf);
        ms_buf_z(buf, "; allowed: ");
    }
    ms_allowed_words(a, buf);
}

/* Conditions and values in words. */
#include "rules/words.h"

#include "base/clock.h"

enum {
    LONGEST_TEXT = 60, /* bytes */
    LONGEST_LIST = 8,  /* of more than that so many are named that "or 2 more" is the last */
};

const char *ms_words_symbol(ms_cmp cmp)
{
    static const char *const symbols[] = {"<", "≤", "=", "≠", "≥", ">"};
    return symbols[cmp];
}

ms_cmp ms_words_opposite(ms_cmp cmp)
{
    static const ms_cmp opposites[] = {MS_GE, MS_GT, MS_NE, MS_EQ, MS_LT, MS_LE};
    return opposites[cmp];
}

/* ---- values --------------------------------------------------------------------------------- */

void ms_words_text(ms_str s, ms_buf *buf)
{
    size_t n = s.n;
    if (n > LONGEST_TEXT)
        for (n = LONGEST_TEXT; n && ((unsigned char)s.p[n] & 0xc0) == 0x80;)
            n--;
    ms_put_quoted(buf, (ms_str){s.p, n});
    if (n < s.n)
        ms_buf_z(buf, "…");
}

static void add_digits(int64_t x, size_t n, char *p)
{
    for (; n--; x /= 10)
        p[n] = (char)('0' + x % 10);
}

static void add_date(int64_t days, ms_buf *buf)
{
    int64_t year;
    int month, day;
    char text[10] = "0000-00-00";
    ms_civil(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        ms_buf_format(buf, "%lld-%02d-%02d", (long long)year, month, day);
        return;
    }
    add_digits(year, 4, text);
    add_digits(month, 2, text + 5);
    add_digits(day, 2, text + 8);
    ms_buf_add(buf, text, sizeof text);
}

/* 2025-02-01T14:20Z; seconds when there are some. */
static void add_time(int64_t seconds, ms_buf *buf)
{
    int64_t days = ms_day_of(seconds), rest = seconds - days * 86400;
    char text[9] = "T00:00:00";
    add_date(days, buf);
    add_digits(rest / 3600, 2, text + 1);
    add_digits(rest / 60 % 60, 2, text + 4);
    add_digits(rest % 60, 2, text + 7);
    ms_buf_add(buf, text, rest % 60 ? 9 : 6);
    ms_buf_char(buf, 'Z');
}

void ms_words_days(int64_t days, const char *after, ms_buf *buf)
{
    ms_buf_int(buf, days);
    ms_buf_str(buf, days == 1 ? MS_STR(" day") : MS_STR(" days"));
    ms_buf_z(buf, after);
}

/* JSON as it was written, on one line: between its parts there may be line breaks. */
void ms_words_raw(ms_str raw, size_t most, ms_buf *buf)
{
    if (raw.n > most) {
        ms_buf_str(buf, MS_STR("a long value"));
        return;
    }
    for (size_t i = 0; i < raw.n; i++)
        ms_buf_char(buf, (unsigned char)raw.p[i] < 0x20 ? ' ' : raw.p[i]);
}

void ms_words_literal(const ms_attribute *a, int64_t value, ms_buf *buf)
{
    char text[MS_DECIMAL_TEXT];
    switch (a->type) {
    case MS_T_BOOLEAN: ms_buf_z(buf, value ? "true" : "false"); break;
    case MS_T_DATE: add_date(value, buf); break;
    case MS_T_TIME: add_time(value, buf); break;
    case MS_T_MONEY:
    case MS_T_NUMBER: ms_buf_add(buf, text, ms_decimal(text, value, ms_places(a->type))); break;
    default: ms_buf_int(buf, value); break;
    }
}

/* A value that nobody entered there: where it is from. */
static void add_other_end(const ms_vertical *v, uint32_t i, ms_buf *buf)
{
    for (uint32_t k = 0; k < v->n_ranges; k++) {
        ms_pair r = v->ranges[k];
        if (r.low != i && r.high != i)
            continue;
        ms_buf_str(buf, MS_STR(" (swapped with "));
        ms_buf_str(buf, v->attributes[r.low == i ? r.high : r.low].name);
        ms_buf_char(buf, ')');
        return;
    }
}

void ms_words_value(const ms_slots *slots, uint32_t i, ms_buf *buf)
{
    const ms_attribute *a = &slots->vertical->attributes[i];
    const ms_slot *slot = &slots->items[i];
    if (a->personal) {
        ms_buf_str(buf, MS_STR("(personal)"));
        return;
    }
    switch (a->type) {
    case MS_T_CHOICE:
        if (slot->text.n <= LONGEST_TEXT)
            ms_buf_str(buf, ms_sealed_of(slots->vertical)->choice_json[i][slot->number]);
        else
            ms_words_text(slot->text, buf);
        break;
    case MS_T_TEXT:
    case MS_T_URL:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_HANDLE: ms_words_text(slot->text, buf); break;
    case MS_T_CHOICES:
        ms_buf_char(buf, '[');
        ms_words_choices(a, slot->mask, ", ", buf);
        ms_buf_char(buf, ']');
        break;
    case MS_T_AS_IS:
        if (slot->text.p)
            ms_words_text(slot->text, buf);
        else
            ms_words_raw(slot->field->raw, LONGEST_TEXT, buf);
        break;
    default: ms_words_literal(a, slot->number, buf); break;
    }
    if (slot->defaulted)
        ms_buf_str(buf, MS_STR(" (default)"));
    if (slot->swapped)
        add_other_end(slots->vertical, i, buf);
}

/* How many of `n` are named, and what stands before number i: a comma, or `last`. */
static uint32_t named(uint32_t n)
{
    return n > LONGEST_LIST ? LONGEST_LIST - 2 : n;
}

static void add_between(uint32_t i, uint32_t n, const char *last, ms_buf *buf)
{
    if (i)
        ms_buf_z(buf, i + 1 == n ? last : ", ");
}

static void add_more(uint32_t n, const char *last, ms_buf *buf)
{
    if (n > named(n))
        ms_buf_format(buf, "%s%u more", last, n - named(n));
}

void ms_words_choices(const ms_attribute *a, uint64_t mask, const char *last, ms_buf *buf)
{
    uint32_t n = (uint32_t)__builtin_popcountll(mask), i = 0;
    for (uint64_t left = mask; left && i < named(n); left &= left - 1) {
        add_between(i++, n, last, buf);
        ms_buf_str(buf, a->choices[__builtin_ctzll(left)]);
    }
    add_more(n, last, buf);
}

void ms_words_texts(const ms_cond *c, ms_buf *buf)
{
    for (uint32_t i = 0; i < named(c->n_texts); i++) {
        add_between(i, c->n_texts, " or ", buf);
        ms_words_text(c->texts[i], buf);
    }
    add_more(c->n_texts, " or ", buf);
}

/* ---- conditions ----------------------------------------------------------------------------- */

static const char *phrase(const ms_attribute *a, ms_cmp cmp)
{
    static const char *const numbers[] = {"is less than", "is at most",  "is",
                                          "is not",       "is at least", "is more than"};
    static const char *const dates[] = {"is before", "is on or before", "is",
                                        "is not",    "is on or after",  "is after"};
    return (a && (a->type == MS_T_DATE || a->type == MS_T_TIME) ? dates : numbers)[cmp];
}

static void add_words(const ms_vertical *v, const ms_cond *c, bool inner, ms_buf *buf);

static void add_children(const ms_vertical *v, const ms_cond *c, const char *between, ms_buf *buf)
{
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        if (i)
            ms_buf_z(buf, between);
        add_words(v, child, true, buf);
    }
}

static void add_leaf(const ms_vertical *v, const ms_cond *c, bool not, ms_buf *buf);

static void add_group(const ms_vertical *v, const ms_cond *c, bool inner, ms_buf *buf)
{
    bool several = c->n_children > 1, always = c->op != MS_C_ALL && c->op != MS_C_ANY;
    if (!c->n_children) { /* all of nothing is yes, any of nothing is no */
        ms_buf_z(buf, c->op == MS_C_ANY ? "never" : "always");
        return;
    }
    if (c->op == MS_C_NONE && !several && c[1].op > MS_C_AT_LEAST) {
        add_leaf(v, c + 1, true, buf);
        return;
    }
    if (c->op == MS_C_NONE)
        ms_buf_z(buf, "not ");
    if (c->op == MS_C_AT_LEAST)
        ms_buf_format(buf, "at least %lld of ", (long long)c->a);
    bool brackets = always || (inner && several);
    if (brackets)
        ms_buf_char(buf, '(');
    add_children(v, c, c->op == MS_C_ALL ? " and " : c->op == MS_C_AT_LEAST ? "; " : " or ", buf);
    if (brackets)
        ms_buf_char(buf, ')');
}

/* ---- one condition, or its opposite: what none { ... } of it asks ---------------------------- */

static const char *compared(const ms_attribute *a, const ms_cond *c, bool not )
{
    return phrase(a, not ? ms_words_opposite(c->cmp) : c->cmp);
}

static void add_custom(const ms_custom *fn, bool not, ms_buf *buf)
{
    ms_buf_z(buf, not ? "not (" : "");
    if (fn->says.n)
        ms_buf_str(buf, fn->says);
    else
        ms_buf_format(buf, "the function at line %u says so", fn->line);
    ms_buf_z(buf, not ? ")" : "");
}

/* Conditions that look at no slot. */
static bool add_slotless(const ms_vertical *v, const ms_cond *c, bool not, ms_buf *buf)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_SCORE:
        ms_buf_format(buf, "the score %s %lld point%s", compared(NULL, c, not ), (long long)c->a,
                      c->a == 1 ? "" : "s");
        return true;
    case MS_C_ERRORS:
        ms_buf_z(buf, (c->a != 0) != not ? "some input is not valid" : "all input is valid");
        return true;
    case MS_C_FIRED:
        ms_buf_str(buf, v->rules[c->a].id);
        ms_buf_z(buf, not ? " did not fire" : " fired");
        return true;
    case MS_C_CUSTOM: add_custom(&v->customs[c->a], not, buf); return true;
    default: return false;
    }
}

/* "is", "is not", and of several "is none of". */
static void add_is(uint32_t n, bool not, ms_buf *buf)
{
    ms_buf_z(buf, !not ? "is " : n > 1 ? "is none of " : "is not ");
}

static void add_choices(const ms_attribute *a, const ms_cond *c, bool not, ms_buf *buf)
{
    bool all = c->op == MS_C_CONTAINS;
    uint32_t n = (uint32_t)__builtin_popcountll(c->mask);
    if (c->op == MS_C_ONE_OF)
        add_is(n, not, buf);
    else if (not )
        ms_buf_z(buf, n == 1 ? "does not contain "
                      : all  ? "does not contain all of "
                             : "contains none of ");
    else
        ms_buf_z(buf, "contains ");
    ms_words_choices(a, c->mask, not &&n > 1 ? ", " : all ? " and " : " or ", buf);
}

static void add_texts(const ms_cond *c, bool not, ms_buf *buf)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_TEXT_CONTAINS: ms_buf_z(buf, not ? "does not contain " : "contains "); break;
    case MS_C_STARTS_WITH: ms_buf_z(buf, not ? "does not start with " : "starts with "); break;
    case MS_C_ENDS_WITH: ms_buf_z(buf, not ? "does not end with " : "ends with "); break;
    case MS_C_MATCHES: ms_buf_z(buf, not ? "does not match " : "matches "); break;
    default: add_is(c->n_texts, not, buf); break;
    }
    ms_words_texts(c, buf);
}

static void add_leaf(const ms_vertical *v, const ms_cond *c, bool not, ms_buf *buf)
{
    if (add_slotless(v, c, not, buf))
        return;
    const ms_attribute *a = &v->attributes[c->slot];
    if (c->op == MS_C_COUNT) {
        ms_buf_format(buf, "the number of " MS_FMT " %s %lld", MS_ARG(a->name),
                      compared(NULL, c, not ), (long long)c->a);
        return;
    }
    ms_buf_str(buf, a->name);
    ms_buf_char(buf, ' ');
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
        ms_buf_format(buf, "%s ", compared(a, c, not ));
        ms_words_literal(a, c->a, buf);
        break;
    case MS_C_COMPARE_SLOTS:
        ms_buf_format(buf, "%s " MS_FMT, compared(a, c, not ),
                      MS_ARG(v->attributes[c->slot2].name));
        break;
    case MS_C_ONE_OF:
    case MS_C_CONTAINS:
    case MS_C_CONTAINS_ANY: add_choices(a, c, not, buf); break;
    case MS_C_PRESENT: ms_buf_z(buf, not ? "is missing" : "is there"); break;
    case MS_C_MISSING: ms_buf_z(buf, not ? "is there" : "is missing"); break;
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS:
        ms_buf_z(buf, (c->op == MS_C_WITHIN_DAYS) != not ? "is at most " : "is more than ");
        ms_words_days(c->a, " ago", buf);
        break;
    default: add_texts(c, not, buf); break;
    }
}

static void add_words(const ms_vertical *v, const ms_cond *c, bool inner, ms_buf *buf)
{
    if (c->op <= MS_C_AT_LEAST)
        add_group(v, c, inner, buf);
    else
        add_leaf(v, c, false, buf);
}

void ms_condition_words(const ms_vertical *v, uint32_t condition, ms_buf *buf)
{
    add_words(v, &v->conditions[condition], false, buf);
}

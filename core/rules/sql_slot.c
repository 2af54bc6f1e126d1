/* Typed values of slots as SQL: coercion by function, ranges by CASE, computed numbers by function
 * of earlier slots. */
#include "rules/sql_inside.h"

#include "base/text.h"

/* ---- literals ------------------------------------------------------------------------------- */

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

bool ms_sql_literal(ms_buf *out, ms_str s)
{
    bool escapes = false;
    if (!ms_utf8_valid(s) || (s.n && memchr(s.p, '\0', s.n)))
        return false;
    for (size_t i = 0; i < s.n; i++)
        escapes |= s.p[i] == '\\' || is_control((unsigned char)s.p[i]);
    ms_buf_z(out, escapes ? "E'" : "'"); /* in E'' a backslash escapes whatever the settings are */
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'' || s.p[i] == '\\')
            ms_buf_char(out, s.p[i]);
        if (is_control((unsigned char)s.p[i]))
            ms_buf_format(out, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
        else
            ms_buf_char(out, s.p[i]);
    }
    ms_buf_char(out, '\'');
    return true;
}

bool ms_sql_text(ms_sql *s, ms_str text)
{
    return ms_sql_literal(s->out, text) ||
           ms_sql_refuse(s, "PostgreSQL has no text with U+0000 or broken UTF-8");
}

static bool json_literal(ms_sql *s, ms_buf *json)
{
    s->out->failed |= json->failed;
    bool ok = ms_sql_text(s, ms_buf_view(json));
    ms_buf_free(json);
    ms_buf_z(s->out, "::jsonb");
    return ok;
}

bool ms_sql_json_text(ms_sql *s, ms_str text)
{
    ms_buf json = {0};
    if (memchr(text.p, '\0', text.n)) /* JSON could spell it, jsonb cannot hold it */
        return ms_sql_refuse(s, "PostgreSQL has no text with U+0000 or broken UTF-8");
    ms_json_string(&json, text);
    return json_literal(s, &json);
}

bool ms_sql_choices_json(ms_sql *s, const ms_attribute *a, uint64_t mask)
{
    ms_buf json = {0};
    ms_buf_char(&json, '[');
    for (uint32_t i = 0; i < a->n_choices; i++) {
        if (!(mask >> i & 1))
            continue;
        ms_buf_z(&json, json.n > 1 ? "," : "");
        ms_json_string(&json, a->choices[i]);
    }
    ms_buf_char(&json, ']');
    return json_literal(s, &json);
}

bool ms_sql_choices_array(ms_sql *s, const ms_attribute *a, uint64_t mask)
{
    const char *between = "ARRAY[";
    for (uint32_t i = 0; i < a->n_choices; i++) {
        if (!(mask >> i & 1))
            continue;
        ms_buf_z(s->out, between);
        between = ", ";
        if (!ms_sql_text(s, a->choices[i]))
            return false;
    }
    ms_buf_char(s->out, ']');
    return true;
}

/* ---- declared attributes -------------------------------------------------------------------- */

static bool put_key(ms_sql *s, const ms_attribute *a)
{
    ms_buf_format(s->out, "%s->", s->attributes);
    return ms_sql_text(s, a->name);
}

/* What stands under its key, or what rules see while nothing does. */
static bool put_value(ms_sql *s, const ms_attribute *a)
{
    if (!a->otherwise.p)
        return put_key(s, a);
    ms_buf_z(s->out, "coalesce(moonsift.given(");
    if (!put_key(s, a))
        return false;
    ms_buf_z(s->out, "), ");
    if (!ms_sql_text(s, a->otherwise))
        return false;
    ms_buf_z(s->out, "::jsonb)");
    return true;
}

bool ms_sql_given(ms_sql *s, uint32_t slot)
{
    ms_buf_z(s->out, "moonsift.given(");
    if (!put_value(s, &s->v->attributes[slot]))
        return false;
    ms_buf_char(s->out, ')');
    return true;
}

static bool put_call(ms_sql *s, const char *function, const ms_attribute *a)
{
    ms_buf_format(s->out, "moonsift.%s(", function);
    return put_value(s, a);
}

static int64_t within(int64_t x, int64_t most)
{
    return x > most ? most : x < -most && most < INT64_MAX ? -most : x;
}

static bool put_bounded(ms_sql *s, const char *function, const ms_attribute *a, int64_t most)
{
    if (!put_call(s, function, a))
        return false;
    ms_buf_format(s->out, ", %lld, %lld)", (long long)within(a->min, most),
                  (long long)within(a->max, most));
    return true;
}

static bool put_choice(ms_sql *s, const ms_attribute *a)
{
    if (!put_call(s, "as_choice", a))
        return false;
    ms_buf_z(s->out, ", ");
    if (!ms_sql_choices_array(s, a, UINT64_MAX))
        return false;
    ms_buf_char(s->out, ')');
    return true;
}

static bool put_choices(ms_sql *s, const ms_attribute *a)
{
    if (!put_call(s, "as_choices", a))
        return false;
    ms_buf_z(s->out, ", ");
    if (!ms_sql_choices_json(s, a, UINT64_MAX))
        return false;
    ms_buf_char(s->out, ')');
    return true;
}

static bool put_text(ms_sql *s, const ms_attribute *a)
{
    enum { MOST = INT32_MAX };
    if (a->pattern.p)
        return ms_sql_refuse(s,
                             "the pattern of " MS_FMT " is PCRE2, which PostgreSQL does not have",
                             MS_ARG(a->name));
    if (!put_call(s, "as_text", a))
        return false;
    ms_buf_format(s->out, ", %lld, %lld)", (long long)within(a->min, MOST),
                  (long long)(a->max > 0 ? within(a->max, MOST) : MOST));
    return true;
}

/* Without regard to ranges. */
static bool put_coerced(ms_sql *s, uint32_t slot)
{
    const int64_t most_cents = INT64_C(8999999999999999);
    const ms_attribute *a = &s->v->attributes[slot];
    switch (a->type) {
    case MS_T_INTEGER: return put_bounded(s, "as_integer", a, INT64_MAX);
    case MS_T_MONEY: return put_bounded(s, "as_money", a, most_cents);
    case MS_T_CHOICE: return put_choice(s, a);
    case MS_T_CHOICES: return put_choices(s, a);
    case MS_T_BOOLEAN: return put_call(s, "as_boolean", a) && (ms_buf_char(s->out, ')'), true);
    case MS_T_TEXT: return put_text(s, a);
    case MS_T_DATE: return put_call(s, "as_date", a) && (ms_buf_char(s->out, ')'), true);
    case MS_T_AS_IS: return ms_sql_given(s, slot);
    default: break;
    }
    return ms_sql_refuse(s, MS_FMT " is of a type that has no SQL", MS_ARG(a->name));
}

/* After the first `n` ranges: an end of the last one that has this slot changes places with the
 * other when they stand the wrong way round. */
static bool put_ranged(ms_sql *s, uint32_t slot, uint32_t n)
{
    const ms_pair *ranges = s->v->ranges;
    while (n && ranges[n - 1].low != slot && ranges[n - 1].high != slot)
        n--;
    if (!n)
        return put_coerced(s, slot);
    ms_pair r = ranges[n - 1];
    uint32_t other = slot == r.low ? r.high : r.low;
    if (!ms_sql_step(s))
        return false;
    ms_buf_z(s->out, "CASE WHEN ");
    if (!put_ranged(s, r.low, n - 1))
        return false;
    ms_buf_z(s->out, " > ");
    if (!put_ranged(s, r.high, n - 1))
        return false;
    ms_buf_z(s->out, " THEN ");
    if (!put_ranged(s, other, n - 1))
        return false;
    ms_buf_z(s->out, " ELSE ");
    if (!put_ranged(s, slot, n - 1))
        return false;
    ms_buf_z(s->out, " END");
    return true;
}

/* ---- computed numbers ----------------------------------------------------------------------- */

static bool put_computed(ms_sql *s, const ms_computed *c)
{
    static const char *const functions[] = {"per", "whole", "last_number"};
    ms_buf_format(s->out, "moonsift.%s(", functions[c->formula]);
    if (!ms_sql_slot(s, c->slot))
        return false;
    if (c->formula == MS_F_PER) {
        ms_buf_z(s->out, ", ");
        if (!ms_sql_slot(s, c->slot2))
            return false;
    } else if (c->formula == MS_F_WHOLE) {
        ms_buf_format(s->out, ", %lld", (long long)c->by);
    }
    ms_buf_char(s->out, ')');
    return true;
}

bool ms_sql_slot(ms_sql *s, uint32_t slot)
{
    const ms_vertical *v = s->v;
    if (!ms_sql_step(s))
        return false;
    if (slot < v->n_attributes)
        return put_ranged(s, slot, v->n_ranges);
    if (ms_vertical_fact(v, slot))
        return ms_sql_refuse(s, MS_FMT " is looked up, it is no attribute of the contact",
                             MS_ARG(v->attributes[slot].name));
    return put_computed(s, &v->computed[slot - v->n_attributes]);
}

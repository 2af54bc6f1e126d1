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

bool ms_sql_given(ms_sql *s, uint32_t slot)
{
    ms_buf_z(s->out, "moonsift.given(");
    if (!put_key(s, &s->v->attributes[slot]))
        return false;
    ms_buf_char(s->out, ')');
    return true;
}

/* What stands under its key, or what rules see while nothing does. */
static bool put_value(ms_sql *s, const ms_attribute *a, bool defaults)
{
    if (!defaults || !a->otherwise.p)
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

static int64_t within(int64_t x, int64_t low, int64_t high)
{
    return x > high ? high : x < low ? low : x;
}

/* The bounds of what may come in, as far as the type goes. False: none are declared. */
static bool bounds_of(const ms_attribute *a, int64_t *low, int64_t *high)
{
    const int64_t cents = INT64_C(8999999999999999); /* below 9e15, as coercion has it */
    *low = INT64_MIN;
    *high = INT64_MAX;
    switch (a->type) {
    case MS_T_MONEY: *low = -cents, *high = cents; break;
    case MS_T_NUMBER: *low = -MS_MAX_NUMBER, *high = MS_MAX_NUMBER; break;
    case MS_T_DATE: *low = INT32_MIN, *high = INT32_MAX; break;
    case MS_T_TIME: *low = MS_FIRST_SECOND, *high = MS_LAST_SECOND; break;
    case MS_T_TEXT: *low = 0, *high = INT32_MAX; break;
    default: break;
    }
    bool open = !a->min && !a->max && (a->type == MS_T_DATE || a->type == MS_T_TIME);
    bool endless = a->type == MS_T_TEXT && a->max <= 0;
    int64_t least = *low, most = *high;
    if (!open)
        *low = within(a->min, least, most);
    if (!open && !endless)
        *high = within(a->max, least, most);
    return !open;
}

static void put_bounds(ms_sql *s, const ms_attribute *a)
{
    int64_t low = 0, high = 0;
    if (bounds_of(a, &low, &high) || a->type == MS_T_TIME)
        ms_buf_format(s->out, ", %lld, %lld", (long long)low, (long long)high);
}

/* What the type's function takes behind the value. */
static bool put_arguments(ms_sql *s, const ms_attribute *a)
{
    switch (a->type) {
    case MS_T_CHOICE: ms_buf_z(s->out, ", "); return ms_sql_choices_array(s, a, UINT64_MAX);
    case MS_T_CHOICES: ms_buf_z(s->out, ", "); return ms_sql_choices_json(s, a, UINT64_MAX);
    case MS_T_PHONE:
        ms_buf_z(s->out, a->country.p ? ", " : ", NULL");
        return !a->country.p || ms_sql_text(s, a->country);
    case MS_T_BOOLEAN:
    case MS_T_EMAIL:
    case MS_T_AS_IS: return true;
    default: put_bounds(s, a); break;
    }
    if (!a->pattern.p)
        return true;
    ms_buf_z(s->out, ", ");
    return ms_sql_pattern(s, a, a->pattern);
}

static const char *function_of(const ms_attribute *a)
{
    switch (a->type) {
    case MS_T_INTEGER: return "as_integer";
    case MS_T_MONEY: return "as_money";
    case MS_T_NUMBER: return "as_number";
    case MS_T_CHOICE: return "as_choice";
    case MS_T_CHOICES: return "as_choices";
    case MS_T_BOOLEAN: return "as_boolean";
    case MS_T_TEXT: return a->pattern.p ? "as_matching_text" : "as_text";
    case MS_T_DATE: return a->min || a->max ? "as_date_within" : "as_date";
    case MS_T_TIME: return "as_time";
    case MS_T_AS_IS: return "given";
    case MS_T_EMAIL: return "as_email";
    case MS_T_PHONE: return "as_phone";
    default: return NULL; /* their forms know platforms and ports, and may learn more of them */
    }
}

static bool put_call(ms_sql *s, uint32_t slot, bool defaults)
{
    const ms_attribute *a = &s->v->attributes[slot];
    const char *function = function_of(a);
    if (!function)
        return ms_sql_refuse(s, MS_FMT " is of a type that has no SQL", MS_ARG(a->name));
    ms_buf_format(s->out, "moonsift.%s(", function);
    if (!put_value(s, a, defaults) || !put_arguments(s, a))
        return false;
    ms_buf_char(s->out, ')');
    return true;
}

/* Without regard to ranges. */
static bool put_coerced(ms_sql *s, uint32_t slot, bool defaults)
{
    ms_sql_values *values = s->values;
    defaults = defaults && s->v->attributes[slot].otherwise.p;
    values->uses++;
    values->used[slot][defaults] = true;
    if (!values->named)
        return put_call(s, slot, defaults);
    ms_buf_format(s->out, defaults ? "value.d%u" : "value.v%u", slot);
    return true;
}

bool ms_sql_from(ms_sql *s)
{
    const char *between = " FROM (SELECT ";
    for (uint32_t i = 0; i < s->v->n_attributes; i++)
        for (int defaults = 0; defaults < 2; defaults++) {
            if (!s->values->used[i][defaults])
                continue;
            ms_buf_z(s->out, between);
            between = ", ";
            if (!put_call(s, i, defaults))
                return false;
            ms_buf_format(s->out, defaults ? " AS d%u" : " AS v%u", i);
        }
    ms_buf_z(s->out, " OFFSET 0) AS value"); /* OFFSET 0: not to be put back in their places */
    return true;
}

/* ---- ranges --------------------------------------------------------------------------------- */

static bool is_end(ms_pair r, uint32_t slot)
{
    return r.low == slot || r.high == slot;
}

/* After the first `n` ranges: an end of the last one that has this slot changes places with the
 * other when they stand the wrong way round. */
static bool put_ranged(ms_sql *s, uint32_t slot, uint32_t n)
{
    const ms_pair *ranges = s->v->ranges;
    while (n && !is_end(ranges[n - 1], slot))
        n--;
    if (!n)
        return put_coerced(s, slot, false);
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

/* A default stands in for what is not given, and takes no part in the range. */
static bool put_declared(ms_sql *s, uint32_t slot)
{
    bool ranged = false;
    for (uint32_t i = 0; i < s->v->n_ranges; i++)
        ranged |= is_end(s->v->ranges[i], slot);
    if (!ranged)
        return put_coerced(s, slot, true);
    if (!s->v->attributes[slot].otherwise.p)
        return put_ranged(s, slot, s->v->n_ranges);
    ms_buf_z(s->out, "CASE WHEN ");
    if (!ms_sql_given(s, slot))
        return false;
    ms_buf_z(s->out, " IS NULL THEN ");
    if (!put_coerced(s, slot, true))
        return false;
    ms_buf_z(s->out, " ELSE ");
    if (!put_ranged(s, slot, s->v->n_ranges))
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

static bool put_slot(ms_sql *s, uint32_t slot, bool ranges)
{
    const ms_vertical *v = s->v;
    if (!ms_sql_step(s))
        return false;
    if (slot < v->n_attributes)
        return ranges ? put_declared(s, slot) : put_coerced(s, slot, true);
    if (ms_vertical_fact(v, slot))
        return ms_sql_refuse(s, MS_FMT " is looked up, it is no attribute of the contact",
                             MS_ARG(v->attributes[slot].name));
    return put_computed(s, &v->computed[slot - v->n_attributes]);
}

bool ms_sql_slot(ms_sql *s, uint32_t slot)
{
    return put_slot(s, slot, true);
}

bool ms_sql_known(ms_sql *s, uint32_t slot)
{
    return put_slot(s, slot, false);
}

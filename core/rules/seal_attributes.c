/* Sealing, part one: attributes, one by one and beside each other. */
#include "rules/inside.h"

#include "base/text.h"

static ms_status check_choices(const ms_vertical *v, const ms_attribute *a, ms_error *err)
{
    if (a->n_choices < 1 || a->n_choices > MS_MAX_CHOICES || !a->choices)
        return ms_seal_fail(v, a->line, err, MS_FMT " needs 1 to %d choices, it has %u",
                            MS_ARG(a->name), MS_MAX_CHOICES, a->n_choices);
    for (uint32_t i = 0; i < a->n_choices; i++) {
        ms_str c = a->choices[i];
        if (!ms_seal_usable(c) || c.n > MS_MAX_CHOICE_BYTES || ms_trim(c).n != c.n)
            return ms_seal_fail(v, a->line, err,
                                MS_FMT ": a choice is 1 to %d bytes of text without blanks around",
                                MS_ARG(a->name), MS_MAX_CHOICE_BYTES);
        for (size_t k = 0; k < c.n; k++)
            if (c.p[k] >= 'A' && c.p[k] <= 'Z')
                return ms_seal_fail(v, a->line, err,
                                    MS_FMT ": choice \"" MS_FMT "\" must be lower case",
                                    MS_ARG(a->name), MS_ARG(c));
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(a->choices[k], c))
                return ms_seal_fail(v, a->line, err,
                                    MS_FMT ": choice \"" MS_FMT "\" is there twice",
                                    MS_ARG(a->name), MS_ARG(c));
    }
    return MS_OK;
}

/* ---- columns: names that people's files have --------------------------------------------------
 */

/* The next byte that counts, in lower case; 0: the end. */
static char next_letter(ms_str *s)
{
    while (s->n && strchr(" _-.", *s->p))
        *s = (ms_str){s->p + 1, s->n - 1};
    if (!s->n)
        return '\0';
    char c = *s->p;
    *s = (ms_str){s->p + 1, s->n - 1};
    return ms_lower(c);
}

bool ms_same_column(ms_str a, ms_str b)
{
    for (;;) {
        char x = next_letter(&a), y = next_letter(&b);
        if (x != y || !x)
            return x == y;
    }
}

static ms_status check_column(const ms_vertical *v, uint32_t at, uint32_t column, ms_error *err)
{
    const ms_attribute *a = &v->attributes[at];
    ms_str name = a->columns[column];
    if (!ms_seal_usable(name) || ms_same_column(name, MS_STR("")))
        return ms_seal_fail(v, a->line, err, MS_FMT ": a column's name has letters or digits",
                            MS_ARG(a->name));
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        const ms_attribute *other = &v->attributes[i];
        uint32_t n = i < at ? other->n_columns : i == at ? column : 0;
        bool taken = ms_same_column(name, other->name);
        for (uint32_t k = 0; !taken && k < n; k++)
            taken = ms_same_column(name, other->columns[k]);
        if (taken)
            return ms_seal_fail(v, a->line, err,
                                MS_FMT ": column \"" MS_FMT "\" is a name of " MS_FMT " already",
                                MS_ARG(a->name), MS_ARG(name), MS_ARG(other->name));
    }
    return MS_OK;
}

static ms_status check_columns(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        const ms_attribute *a = &v->attributes[i];
        if (a->n_columns > MS_MAX_COLUMN_NAMES || (a->n_columns && !a->columns))
            return ms_seal_fail(v, a->line, err, MS_FMT " has more than %d columns",
                                MS_ARG(a->name), MS_MAX_COLUMN_NAMES);
        for (uint32_t k = 0; k < a->n_columns; k++) {
            ms_status status = check_column(v, i, k, err);
            if (status)
                return status;
        }
    }
    return MS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool has_no_bounds(const ms_attribute *a)
{
    return (a->type == MS_T_DATE || a->type == MS_T_TIME) && !a->min && !a->max;
}

static ms_status check_options(const ms_vertical *v, const ms_attribute *a, ms_error *err)
{
    if (a->min > a->max && !(a->type == MS_T_TEXT && a->max == 0) && !has_no_bounds(a))
        return ms_seal_fail(v, a->line, err, MS_FMT ": min is above max", MS_ARG(a->name));
    if (a->type == MS_T_NUMBER && (a->min < -MS_MAX_NUMBER || a->max > MS_MAX_NUMBER))
        return ms_seal_fail(v, a->line, err, MS_FMT ": its bounds are too far apart",
                            MS_ARG(a->name));
    if (a->pattern.p && a->type != MS_T_TEXT && a->type != MS_T_HANDLE)
        return ms_seal_fail(v, a->line, err, MS_FMT ": only a text or handle has a pattern",
                            MS_ARG(a->name));
    for (size_t i = 0; i < a->country.n; i++)
        if (a->type != MS_T_PHONE || a->country.n > 3 || a->country.p[0] == '0' ||
            a->country.p[i] < '0' || a->country.p[i] > '9')
            return ms_seal_fail(v, a->line, err,
                                MS_FMT ": a country is a phone's calling code like 31",
                                MS_ARG(a->name));
    if (a->deprecated.p && !ms_seal_usable(a->deprecated))
        return ms_seal_fail(v, a->line, err, MS_FMT ": what to use instead is not said",
                            MS_ARG(a->name));
    return MS_OK;
}

/* Declared ones and facts. */
ms_status ms_seal_attributes(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++) {
        const ms_attribute *a = &v->attributes[i];
        ms_status status = MS_OK;
        if (ms_is_computed(v, i))
            continue;
        if (!ms_seal_usable(a->name))
            return ms_seal_fail(v, a->line, err, "an attribute's name is 1 to 255 bytes of UTF-8");
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(v->attributes[k].name, a->name))
                return ms_seal_fail(v, a->line, err, "attribute " MS_FMT " is declared twice",
                                    MS_ARG(a->name));
        if ((unsigned)a->type >= MS_TYPES)
            return ms_seal_fail(v, a->line, err, MS_FMT " has no known type", MS_ARG(a->name));
        if (a->type == MS_T_CHOICE || a->type == MS_T_CHOICES)
            status = check_choices(v, a, err);
        if (status || (status = check_options(v, a, err)))
            return status;
    }
    return check_columns(v, err);
}

ms_status ms_seal_ranges(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_ranges; i++) {
        ms_pair r = v->ranges[i];
        if (r.low >= v->n_attributes || r.high >= v->n_attributes || r.low == r.high)
            return ms_seal_fail(v, 0, err, "range %u does not join two attributes", i + 1);
        ms_type type = v->attributes[r.low].type;
        if (type != v->attributes[r.high].type ||
            (!ms_scale(type) && type != MS_T_DATE && type != MS_T_TIME))
            return ms_seal_fail(v, v->attributes[r.low].line, err,
                                "a range joins two numbers, amounts, dates or times of one type");
    }
    return MS_OK;
}

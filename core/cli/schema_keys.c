/* The keys of a contact that a vertical reads or writes, and their types in words. */
#include "cli/schema.h"

#include "base/clock.h"

enum { TEXT_MAX = 65536 };

/* ---- keys ----------------------------------------------------------------------------------- */

/* One that comes in may be written, too. */
static ms_schema_key *key_named(ms_schema_key *keys, size_t *n, ms_str name)
{
    for (size_t i = 0; i < *n; i++)
        if (ms_str_eq(keys[i].a.name, name))
            return &keys[i];
    keys[*n].a.name = name;
    return &keys[(*n)++];
}

static void add_derived(const ms_vertical *v, const ms_derived *d, ms_schema_key *keys, size_t *n)
{
    ms_schema_key *key = key_named(keys, n, d->name);
    key->written = true;
    key->a.line = d->line;
    if (!key->a.says.n)
        key->a.says = d->says;
    switch (d->kind) {
    case MS_D_TEMPLATE: key->a.type = MS_T_TEXT; break;
    case MS_D_RULE: key->a.type = MS_T_BOOLEAN; break;
    case MS_D_NUMBER: key->a.type = v->attributes[d->slot].type; break;
    case MS_D_CUSTOM: key->a.type = MS_T_AS_IS; break;
    }
}

static void add_value(ms_str *values, uint32_t *n, ms_str value)
{
    for (uint32_t i = 0; i < *n; i++)
        if (ms_str_eq(values[i], value))
            return;
    values[(*n)++] = value;
}

/* Its values: the stages, or all that a case, `keep` or `otherwise` name. */
static bool add_status(const ms_vertical *v, ms_arena *arena, ms_schema_key *keys, size_t *n)
{
    const ms_status_plan *s = &v->status;
    if (!s->attribute.n)
        return true;
    ms_str *values = ms_alloc_zero(arena, s->n_stages + s->n_keep + s->n_cases + 1, sizeof *values);
    ms_schema_key *key = key_named(keys, n, s->attribute);
    key->written = true;
    key->a.type = MS_T_CHOICE;
    key->a.n_choices = 0;
    if (!key->a.says.n)
        key->a.says = MS_STR("Where the contact stands");
    for (uint32_t i = 0; values && i < s->n_stages; i++)
        add_value(values, &key->a.n_choices, s->stages[i]);
    if (values)
        add_value(values, &key->a.n_choices, s->otherwise);
    for (uint32_t i = 0; values && i < s->n_cases; i++)
        add_value(values, &key->a.n_choices, s->cases[i].value);
    for (uint32_t i = 0; values && i < s->n_keep; i++)
        add_value(values, &key->a.n_choices, s->keep[i]);
    key->a.choices = values;
    return values != NULL;
}

static void add_score(const ms_vertical *v, ms_schema_key *keys, size_t *n)
{
    ms_schema_key *key = key_named(keys, n, v->score_attribute);
    key->written = true;
    key->a.type = MS_T_NUMBER;
    key->a.min = (int64_t)v->score_min * (MS_MILLION / 10);
    key->a.max = (int64_t)v->score_max * (MS_MILLION / 10);
    if (!key->a.says.n)
        key->a.says = MS_STR("The score: 10 points are 1.0");
}

ms_status ms_schema_keys(const ms_vertical *v, ms_arena *arena, ms_schema_key **out, size_t *n,
                         ms_error *err)
{
    ms_schema_key *keys =
        ms_alloc_zero(arena, (size_t)v->n_attributes + v->n_derived + 2, sizeof *keys);
    *n = 0;
    *out = keys;
    if (!keys)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (uint32_t i = 0; i < v->n_attributes; i++)
        keys[(*n)++] = (ms_schema_key){.a = v->attributes[i], .comes_in = true};
    for (uint32_t i = 0; i < v->n_derived; i++)
        add_derived(v, &v->derived[i], keys, n);
    if (!add_status(v, arena, keys, n))
        return ms_fail(err, MS_NOMEM, "out of memory");
    add_score(v, keys, n);
    return MS_OK;
}

/* ---- values in words ------------------------------------------------------------------------ */

static void add_day(int64_t days, ms_buf *out)
{
    int64_t year;
    int month, day;
    ms_civil(days, &year, &month, &day);
    ms_buf_format(out, "%04lld-%02d-%02d", (long long)year, month, day);
}

static void add_moment(int64_t seconds, ms_buf *out)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0), rest = seconds - days * 86400;
    add_day(days, out);
    ms_buf_format(out, "T%02d:%02d:%02dZ", (int)(rest / 3600), (int)(rest / 60 % 60),
                  (int)(rest % 60));
}

void ms_schema_value(const ms_attribute *a, int64_t value, ms_buf *out)
{
    if (a->type == MS_T_DATE || a->type == MS_T_TIME) {
        (a->type == MS_T_DATE ? add_day : add_moment)(value, out);
        return;
    }
    int64_t one = a->type == MS_T_MONEY ? 100 : a->type == MS_T_NUMBER ? MS_MILLION : 1;
    if (value % one == 0)
        ms_buf_int(out, value / one);
    else
        ms_buf_double(out, (double)value / (double)one);
}

/* Bounds that somebody has set, or that are narrow enough to matter. */
bool ms_schema_bounded(const ms_attribute *a)
{
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_MONEY: return a->max > a->min;
    case MS_T_NUMBER: return a->max > a->min && (a->min > -MS_MAX_NUMBER || a->max < MS_MAX_NUMBER);
    case MS_T_DATE:
    case MS_T_TIME: return a->min || a->max;
    default: return false;
    }
}

void ms_schema_bounds(const ms_attribute *a, ms_buf *out)
{
    if (ms_schema_bounded(a)) {
        ms_schema_value(a, a->min, out);
        ms_buf_z(out, " to ");
        ms_schema_value(a, a->max, out);
    } else if (a->type == MS_T_TEXT && a->min > 0 && a->max > 0 && a->max < TEXT_MAX) {
        ms_buf_format(out, "%lld to %lld bytes", (long long)a->min, (long long)a->max);
    } else if (a->type == MS_T_TEXT && a->max > 0 && a->max < TEXT_MAX) {
        ms_buf_format(out, "at most %lld bytes", (long long)a->max);
    } else if (a->type == MS_T_TEXT && a->min > 0) {
        ms_buf_format(out, "at least %lld bytes", (long long)a->min);
    }
}

/* Conservative: classes, groups, anchors, counts and escapes that both spell in the same way. */
bool ms_schema_portable(ms_str pattern)
{
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i], next = i + 1 < pattern.n ? pattern.p[i + 1] : '\0';
        if ((unsigned char)c < ' ' || c == 0x7f)
            return false;
        if (c == '\\' && !strchr("dDwWsS.^$*+?()[]{}|\\/-", next ? next : 'x'))
            return false;
        if (c == '\\') {
            i++;
            continue;
        }
        if (c == '(' && next == '?' && !(i + 2 < pattern.n && pattern.p[i + 2] == ':'))
            return false;
        if ((c == '*' || c == '+' || c == '?' || c == '}') && next == '+') /* possessive */
            return false;
        if (c == '(' && next == '*') /* verbs */
            return false;
        if (c == '[' && (next == '[' || next == ':' || next == ']'))
            return false;
    }
    return true;
}

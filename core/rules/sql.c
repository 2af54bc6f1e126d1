/*
 * Condition trees as SQL. The exact form needs no tricks: three-valued logic is SQL's own. The
 * filter is written in the two senses "may be yes" and "may be no", which turn round below none.
 */
#include "rules/sql_inside.h"

#include <stdarg.h>

typedef enum meaning { EXACT, MAY_YES, MAY_NO } meaning;

bool ms_sql_refuse(ms_sql *s, const char *fmt, ...)
{
    va_list ap;
    if (s->why[0])
        return false;
    va_start(ap, fmt);
    vsnprintf(s->why, MS_SQL_WHY, fmt, ap);
    va_end(ap);
    return false;
}

bool ms_sql_step(ms_sql *s)
{
    if (++s->work > MS_SQL_WORK || s->out->n - s->start > MS_SQL_BYTES)
        return ms_sql_refuse(s, "it would be longer than %d KiB", MS_SQL_BYTES / 1024);
    return true;
}

static bool put_tree(ms_sql *s, const ms_cond *c, meaning sense);

static const ms_cond *root_of(const ms_vertical *v, uint32_t rule)
{
    return &v->conditions[v->rules[rule].condition];
}

/* ---- trees ---------------------------------------------------------------------------------- */

/* What a group comes to in one sense: so many of its children, in that sense. */
typedef struct group {
    int64_t needed;
    meaning children;
    bool negated;
} group;

static group group_of(const ms_cond *c, meaning sense)
{
    int64_t n = c->n_children;
    group g = {.needed = c->op == MS_C_ALL        ? n
                         : c->op == MS_C_AT_LEAST ? c->a
                                                  : 1,
               .children = sense,
               .negated = sense == EXACT && c->op == MS_C_NONE};
    if (sense != EXACT && c->op == MS_C_NONE)
        sense = sense == MAY_YES ? MAY_NO : MAY_YES; /* of "any" */
    if (sense == MAY_NO)                             /* too few are left to be yes */
        g.needed = n - g.needed + 1;
    if (sense != EXACT)
        g.children = sense;
    return g;
}

/* Whether a filter leaves nothing out: what is known of the condition cannot decide it. */
static bool is_open(ms_sql *s, const ms_cond *c, meaning sense)
{
    ms_buf scratch = {0};
    char why[MS_SQL_WHY] = "";
    if (++s->work > MS_SQL_WORK || s->depth > MS_SQL_DEPTH)
        return true;
    if (c->op == MS_C_FIRED) {
        s->depth++;
        bool open = is_open(s, root_of(s->v, (uint32_t)c->a), sense);
        s->depth--;
        return open;
    }
    if (c->op > MS_C_AT_LEAST) {
        ms_sql_values values = {0};
        ms_sql trial = {.values = &values,
                        .v = s->v,
                        .attributes = s->attributes,
                        .today = s->today,
                        .out = &scratch,
                        .depth = s->depth,
                        .work = s->work,
                        .why = why};
        bool open = !ms_sql_leaf(&trial, c);
        s->work = trial.work;
        s->out->failed |= scratch.failed;
        ms_buf_free(&scratch);
        return open;
    }
    group g = group_of(c, sense);
    int64_t open = 0;
    const ms_cond *child = c + 1;
    s->depth++;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size)
        open += is_open(s, child, g.children);
    s->depth--;
    return open >= g.needed;
}

static bool put_children(ms_sql *s, const ms_cond *c, group g, const char *between)
{
    const ms_cond *child = c + 1;
    bool first = true;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        bool open = g.children != EXACT && is_open(s, child, g.children);
        if (open && g.needed == c->n_children)
            continue; /* one of all: it leaves nothing out */
        if (!first)
            ms_buf_z(s->out, between);
        first = false;
        if (open)
            ms_buf_z(s->out, "true");
        else if (!put_tree(s, child, g.children))
            return false;
    }
    if (first) /* the budget for looking ran out in between */
        ms_buf_z(s->out, "true");
    return true;
}

static bool put_group(ms_sql *s, const ms_cond *c, meaning sense)
{
    group g = group_of(c, sense);
    ms_buf_z(s->out, g.negated ? "(NOT " : "");
    if (g.needed <= 0 || g.needed > c->n_children) {
        ms_buf_z(s->out, g.needed <= 0 ? "true" : "false");
    } else {
        bool all = g.needed == c->n_children, any = g.needed == 1;
        if (!all && !any)
            ms_buf_format(s->out, "moonsift.at_least(%lld, ARRAY[", (long long)g.needed);
        else
            ms_buf_char(s->out, '(');
        if (!put_children(s, c, g, all ? " AND " : any ? " OR " : ", "))
            return false;
        ms_buf_z(s->out, all || any ? ")" : "])");
    }
    ms_buf_z(s->out, g.negated ? ")" : "");
    return true;
}

static bool put_tree(ms_sql *s, const ms_cond *c, meaning sense)
{
    bool ok = false;
    if (!ms_sql_step(s))
        return false;
    if (++s->depth > MS_SQL_DEPTH)
        return ms_sql_refuse(s, "it is nested more than %d deep", MS_SQL_DEPTH);
    if (c->op <= MS_C_AT_LEAST) {
        ok = put_group(s, c, sense);
    } else if (c->op == MS_C_FIRED) {
        ok = put_tree(s, root_of(s->v, (uint32_t)c->a), sense);
    } else {
        ms_buf_z(s->out, sense == MAY_NO ? "(NOT " : "");
        ok = ms_sql_leaf(s, c);
        ms_buf_z(s->out, sense == MAY_NO ? ")" : "");
    }
    s->depth--;
    return ok;
}

bool ms_sql_tree(ms_sql *s, const ms_cond *c)
{
    return put_tree(s, c, EXACT);
}

/* ---- the whole ------------------------------------------------------------------------------ */

enum {
    FEW_REPEATS = 2
}; /* of values; they cost less than a query inside the query, and read better */

static ms_sql begin(const ms_vertical *v, const ms_sql_names *names, ms_buf *out, char *why,
                    ms_sql_values *values)
{
    why[0] = '\0';
    return (ms_sql){
        .values = values,
        .v = v,
        .attributes = names && names->attributes ? names->attributes : "custom_attributes",
        .today = names && names->today ? names->today : "$1",
        .out = out,
        .start = out->n,
        .why = why,
    };
}

/* As it stands, or with named values and "(SELECT " before it. */
static bool put_whole(ms_sql *s, const ms_cond *root, meaning sense)
{
    ms_buf_z(s->out, s->values->named ? "(SELECT " : "");
    if ((sense != EXACT && is_open(s, root, sense)) || !put_tree(s, root, sense))
        return false;
    if (s->values->named && !ms_sql_from(s))
        return false;
    ms_buf_z(s->out, s->values->named ? ")" : "");
    return ms_sql_step(s);
}

static uint32_t count_values(const ms_sql_values *values)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < MS_MAX_ATTRIBUTES; i++)
        n += values->used[i][0] + values->used[i][1];
    return n;
}

/* With named values first, because that is never much longer; without when little is repeated. */
static bool put_condition(const ms_vertical *v, uint32_t condition, const ms_sql_names *names,
                          meaning sense, ms_buf *out, char *why)
{
    const ms_cond *root = &v->conditions[condition];
    ms_sql_values values = {.named = true};
    ms_sql s = begin(v, names, out, why, &values);
    bool ok = put_whole(&s, root, sense);
    if (ok && values.uses <= count_values(&values) + FEW_REPEATS) {
        out->n = s.start;
        values = (ms_sql_values){0};
        s = begin(v, names, out, why, &values);
        ok = put_whole(&s, root, sense);
    }
    if (!ok)
        out->n = s.start;
    return ok;
}

bool ms_condition_sql(const ms_vertical *v, uint32_t condition, const ms_sql_names *names,
                      ms_buf *out, char why[MS_SQL_WHY])
{
    return put_condition(v, condition, names, EXACT, out, why);
}

bool ms_condition_sql_filter(const ms_vertical *v, uint32_t condition, const ms_sql_names *names,
                             ms_buf *out)
{
    char why[MS_SQL_WHY];
    return put_condition(v, condition, names, MAY_YES, out, why);
}

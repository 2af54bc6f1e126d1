/* Conditions without children as SQL: comparisons of slots, and what outcomes ask for. */
#include "rules/sql_inside.h"

/* ---- on slots ------------------------------------------------------------------------------ */

static const char *symbol(uint8_t cmp)
{
    static const char *const symbols[] = {"<", "<=", "=", "<>", ">=", ">"};
    return symbols[cmp];
}

static void put_number(ms_sql *s, uint8_t cmp, int64_t a)
{
    ms_buf_format(s->out, " %s %lld", symbol(cmp), (long long)a);
}

static bool put_boolean(ms_sql *s, const ms_cond *c)
{
    bool yes = c->cmp == MS_EQ ? c->a == 1 : c->cmp == MS_NE && c->a == 0;
    bool no = c->cmp == MS_EQ ? c->a == 0 : c->cmp == MS_NE && c->a == 1;
    if (no)
        ms_buf_z(s->out, "NOT ");
    if (!ms_sql_slot(s, c->slot))
        return false;
    if (!yes && !no) {
        ms_buf_z(s->out, "::integer");
        put_number(s, c->cmp, c->a);
    }
    return true;
}

static bool put_compare(ms_sql *s, const ms_cond *c)
{
    if (s->v->attributes[c->slot].type == MS_T_BOOLEAN)
        return put_boolean(s, c);
    if (!ms_sql_slot(s, c->slot))
        return false;
    put_number(s, c->cmp, c->a);
    return true;
}

static bool put_compare_slots(ms_sql *s, const ms_cond *c)
{
    if (!ms_sql_slot(s, c->slot))
        return false;
    ms_buf_format(s->out, " %s ", symbol(c->cmp));
    return ms_sql_slot(s, c->slot2);
}

/* " = 'a'" or " IN ('a', 'b')", one literal after the other. */
static void begin_list(ms_sql *s, bool one)
{
    ms_buf_z(s->out, one ? " = " : " IN (");
}
static void end_list(ms_sql *s, bool one)
{
    ms_buf_z(s->out, one ? "" : ")");
}

static bool put_one_of(ms_sql *s, const ms_cond *c)
{
    const ms_attribute *a = &s->v->attributes[c->slot];
    bool one = (c->mask & (c->mask - 1)) == 0;
    const char *between = "";
    if (!ms_sql_slot(s, c->slot))
        return false;
    begin_list(s, one);
    for (uint32_t i = 0; i < a->n_choices; i++) {
        if (!(c->mask >> i & 1))
            continue;
        ms_buf_z(s->out, between);
        between = ", ";
        if (!ms_sql_text(s, a->choices[i]))
            return false;
    }
    end_list(s, one);
    return true;
}

static bool put_contains(ms_sql *s, const ms_cond *c)
{
    if (!ms_sql_slot(s, c->slot))
        return false;
    if (c->op == MS_C_CONTAINS_ANY) {
        ms_buf_z(s->out, " ?| ");
        return ms_sql_choices_array(s, &s->v->attributes[c->slot], c->mask);
    }
    ms_buf_z(s->out, " @> ");
    return ms_sql_choices_json(s, &s->v->attributes[c->slot], c->mask);
}

static bool put_count(ms_sql *s, const ms_cond *c)
{
    ms_buf_z(s->out, "moonsift.count_choices(");
    if (!ms_sql_slot(s, c->slot))
        return false;
    ms_buf_char(s->out, ')');
    put_number(s, c->cmp, c->a);
    return true;
}

static bool put_text_is(ms_sql *s, const ms_cond *c)
{
    bool as_is = s->v->attributes[c->slot].type == MS_T_AS_IS;
    if (!ms_sql_slot(s, c->slot))
        return false;
    begin_list(s, c->n_texts == 1);
    for (uint32_t i = 0; i < c->n_texts; i++) {
        ms_buf_z(s->out, i ? ", " : "");
        if (!(as_is ? ms_sql_json_text(s, c->texts[i]) : ms_sql_text(s, c->texts[i])))
            return false;
    }
    end_list(s, c->n_texts == 1);
    return true;
}

/* The text in which another is looked for: letters from A to Z in lower case. */
static bool put_searched(ms_sql *s, const ms_cond *c)
{
    bool as_is = s->v->attributes[c->slot].type == MS_T_AS_IS;
    ms_buf_z(s->out, as_is ? "moonsift.lower_case(moonsift.as_words(" : "moonsift.lower_case(");
    if (!ms_sql_slot(s, c->slot))
        return false;
    ms_buf_z(s->out, as_is ? "))" : ")");
    return true;
}

static bool put_text_has(ms_sql *s, const ms_cond *c)
{
    const char *function = c->op == MS_C_TEXT_CONTAINS ? "strpos"
                           : c->op == MS_C_STARTS_WITH ? "starts_with"
                                                       : "moonsift.ends_with";
    for (uint32_t i = 0; i < c->n_texts; i++) {
        ms_buf_format(s->out, "%s%s(", i ? " OR " : "(", function);
        if (!put_searched(s, c))
            return false;
        ms_buf_z(s->out, ", ");
        if (!ms_sql_text(s, c->texts[i]))
            return false;
        ms_buf_z(s->out, c->op == MS_C_TEXT_CONTAINS ? ") > 0" : ")");
    }
    ms_buf_char(s->out, ')');
    return true;
}

/* An as-is value that is no text is none that matches. */
static bool put_matches(ms_sql *s, const ms_cond *c)
{
    const ms_attribute *a = &s->v->attributes[c->slot];
    bool as_is = a->type == MS_T_AS_IS;
    if (as_is) {
        ms_buf_z(s->out, "(jsonb_typeof(");
        if (!ms_sql_slot(s, c->slot))
            return false;
        ms_buf_z(s->out, ") = 'string' AND moonsift.as_words(");
    }
    if (!ms_sql_slot(s, c->slot))
        return false;
    ms_buf_z(s->out, as_is ? ") ~ " : " ~ ");
    if (!ms_sql_pattern(s, a, c->texts[0]))
        return false;
    ms_buf_z(s->out, as_is ? ")" : "");
    return true;
}

static bool put_known(ms_sql *s, const ms_cond *c)
{
    if (!ms_sql_known(s, c->slot))
        return false;
    ms_buf_z(s->out, c->op == MS_C_PRESENT ? " IS NOT NULL" : " IS NULL");
    return true;
}

static bool put_age(ms_sql *s, const ms_cond *c)
{
    bool moment = s->v->attributes[c->slot].type == MS_T_TIME;
    ms_buf_format(s->out, moment ? "%s - moonsift.whole(" : "%s - ", s->today);
    if (!ms_sql_slot(s, c->slot))
        return false;
    ms_buf_z(s->out, moment ? ", 86400)" : "");
    put_number(s, c->op == MS_C_WITHIN_DAYS ? MS_LE : MS_GT, c->a);
    return true;
}

/* ---- what outcomes ask for -------------------------------------------------------------------
 */

/* The points of a rule when it fired. */
static bool put_points(ms_sql *s, const ms_rule *r, const char *otherwise)
{
    ms_buf_z(s->out, "CASE WHEN ");
    if (!ms_sql_tree(s, &s->v->conditions[r->condition]))
        return false;
    ms_buf_format(s->out, " THEN %d ELSE %s END", r->points, otherwise);
    return true;
}

/* Rules of one group (-1: of none): the sum or the highest of what fired. */
static bool put_tally(ms_sql *s, int group, bool highest)
{
    const ms_vertical *v = s->v;
    ms_buf_z(s->out, highest ? "coalesce(GREATEST(NULL::integer" : "(0::bigint");
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (r->outcome || (v->n_groups ? r->group : -1) != group || (!highest && !r->points))
            continue;
        ms_buf_z(s->out, highest ? ", " : " + ");
        if (!put_points(s, r, highest ? "NULL" : "0"))
            return false;
    }
    ms_buf_z(s->out, highest ? "), 0)" : ")");
    return true;
}

static bool put_sum(ms_sql *s)
{
    if (!put_tally(s, -1, false))
        return false;
    for (uint32_t i = 0; i < s->v->n_groups; i++) {
        const ms_group *g = &s->v->groups[i];
        ms_buf_z(s->out, " + LEAST(GREATEST(");
        if (!put_tally(s, (int)i, g->highest))
            return false;
        ms_buf_format(s->out, ", %d), %d)", g->min, g->max);
    }
    return true;
}

static bool put_score(ms_sql *s, const ms_cond *c)
{
    ms_buf_z(s->out, "LEAST(GREATEST(");
    if (!put_sum(s))
        return false;
    ms_buf_format(s->out, ", %d), %d)", s->v->score_min, s->v->score_max);
    put_number(s, c->cmp, c->a);
    return true;
}

static bool put_errors(ms_sql *s, const ms_cond *c)
{
    const char *between = c->a ? "(" : "NOT (";
    for (uint32_t i = 0; i < s->v->n_attributes; i++) {
        if (s->v->attributes[i].type == MS_T_AS_IS)
            continue;
        ms_buf_z(s->out, between);
        between = " OR ";
        if (!ms_sql_given(s, i))
            return false;
        ms_buf_z(s->out, " IS NOT NULL AND ");
        if (!ms_sql_known(s, i))
            return false;
        ms_buf_z(s->out, " IS NULL");
    }
    ms_buf_z(s->out, *between == ' ' ? ")" : c->a ? "false" : "true");
    return true;
}

/* ---- all of them --------------------------------------------------------------------------- */

bool ms_sql_leaf(ms_sql *s, const ms_cond *c)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE: return put_compare(s, c);
    case MS_C_COMPARE_SLOTS: return put_compare_slots(s, c);
    case MS_C_ONE_OF: return put_one_of(s, c);
    case MS_C_CONTAINS:
    case MS_C_CONTAINS_ANY: return put_contains(s, c);
    case MS_C_COUNT: return put_count(s, c);
    case MS_C_TEXT_IS: return put_text_is(s, c);
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH: return put_text_has(s, c);
    case MS_C_PRESENT:
    case MS_C_MISSING: return put_known(s, c);
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS: return put_age(s, c);
    case MS_C_SCORE: return put_score(s, c);
    case MS_C_ERRORS: return put_errors(s, c);
    case MS_C_MATCHES: return put_matches(s, c);
    case MS_C_CUSTOM:
        return ms_sql_refuse(s, "it asks a function of the script (line %u)",
                             s->v->customs[c->a].line);
    default: return ms_sql_refuse(s, "it asks for something that has no SQL");
    }
}

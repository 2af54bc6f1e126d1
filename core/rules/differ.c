#include "rules/differ.h"

#include "rules/words.h"

/* A rule on both sides; an index of -1: that side has none. */
typedef struct both {
    const ms_decision *before, *after;
    int was, is;
} both;

static int rule_named(const ms_vertical *v, ms_str id)
{
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (ms_same(v->rules[i].id, id))
            return (int)i;
    return -1;
}

static const ms_vertical *vertical_of(const ms_decision *d)
{
    return d->slots->vertical;
}

static ms_str label_of(const ms_decision *d, int rule)
{
    const ms_vertical *v = vertical_of(d);
    int label = rule < 0 ? -1 : v->rules[rule].label;
    return label < 0 || !ms_bit(&d->fired, (uint32_t)rule) ? MS_NONE : v->labels[label].title;
}

static bool rule_differs(const both *b)
{
    if (b->was < 0 || b->is < 0)
        return true;
    return ms_rule_truth(b->before, (uint32_t)b->was) != ms_rule_truth(b->after, (uint32_t)b->is) ||
           ms_rule_counted(b->before, (uint32_t)b->was) !=
               ms_rule_counted(b->after, (uint32_t)b->is) ||
           !ms_str_eq(label_of(b->before, b->was), label_of(b->after, b->is));
}

/* Rules of `after` in their order, then those that it has no more; `at` counts. False: no more. */
static bool next_rule(uint32_t *at, both *b)
{
    const ms_vertical *old = vertical_of(b->before), *new = vertical_of(b->after);
    if (*at < new->n_rules) {
        b->is = (int)*at;
        b->was = rule_named(old, new->rules[(*at)++].id);
        return true;
    }
    while (*at < new->n_rules + old->n_rules) {
        b->is = -1;
        b->was = (int)((*at)++ - new->n_rules);
        if (rule_named(new, old->rules[b->was].id) < 0)
            return true;
    }
    return false;
}

/* Labels by title: the two verticals may list others, in another order. */
static bool carries(const ms_decision *d, ms_str title)
{
    const ms_vertical *v = vertical_of(d);
    for (uint32_t i = 0; i < v->n_labels; i++)
        if ((d->labels >> i & 1) && ms_same(v->labels[i].title, title))
            return true;
    return false;
}

static uint64_t only_in(const ms_decision *d, const ms_decision *other)
{
    uint64_t only = 0;
    for (uint64_t left = d->labels; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        if (!carries(other, vertical_of(d)->labels[i].title))
            only |= (uint64_t)1 << i;
    }
    return only;
}

bool ms_decisions_same(const ms_decision *before, const ms_decision *after)
{
    both b = {before, after, -1, -1};
    if (before->points != after->points || !ms_str_eq(before->status, after->status) ||
        only_in(before, after) || only_in(after, before))
        return false;
    for (uint32_t at = 0; next_rule(&at, &b);)
        if (rule_differs(&b))
            return false;
    return true;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void add_score(int32_t points, ms_buf *out)
{
    char text[MS_DECIMAL_TEXT];
    ms_buf_add(out, text, ms_decimal(text, points, 1));
    if (points % 10 == 0)
        ms_buf_z(out, ".0");
}

static ms_str shown(ms_str status)
{
    return status.n ? status : MS_STR("none");
}

static void add_head(const both *b, ms_buf *out)
{
    int32_t was = b->before->points, is = b->after->points;
    ms_str attribute = vertical_of(b->after)->status.attribute;
    ms_str old = shown(b->before->status), new = shown(b->after->status);
    ms_buf_z(out, "score ");
    add_score(was, out);
    if (was != is) {
        ms_buf_z(out, " → ");
        add_score(is, out);
        ms_buf_format(out, " (%d → %d points)", was, is);
    } else {
        ms_buf_format(out, " (%d point%s)", was, was == 1 ? "" : "s");
    }
    if (attribute.p)
        ms_buf_format(out, " · " MS_FMT " " MS_FMT, MS_ARG(attribute), MS_ARG(old));
    if (attribute.p && !ms_same(old, new))
        ms_buf_format(out, " → " MS_FMT, MS_ARG(new));
    ms_buf_char(out, '\n');
}

static void add_state(const ms_decision *d, int rule, ms_buf *out)
{
    ms_truth truth = rule < 0 ? MS_NO : ms_rule_truth(d, (uint32_t)rule);
    if (rule < 0)
        ms_buf_z(out, "not there");
    else if (truth != MS_YES)
        ms_buf_z(out, truth == MS_NO ? "no" : "unknown");
    else if (vertical_of(d)->rules[rule].points)
        ms_buf_format(out, "%+d", ms_rule_counted(d, (uint32_t)rule));
    else
        ms_buf_z(out, "yes");
}

static void add_side(const char *when, const ms_decision *d, int rule, ms_buf *out)
{
    if (rule < 0)
        return;
    ms_buf_z(out, when);
    ms_decision_reason(d, (uint32_t)rule, out);
    ms_str label = label_of(d, rule);
    if (label.p)
        ms_buf_format(out, "  → " MS_FMT, MS_ARG(label));
    ms_buf_char(out, '\n');
}

static void add_rule(const both *b, ms_buf *out)
{
    const ms_vertical *v = vertical_of(b->is < 0 ? b->before : b->after);
    const ms_rule *rule = &v->rules[b->is < 0 ? b->was : b->is];
    ms_buf_str(out, rule->id);
    if (rule->name.n)
        ms_buf_format(out, " " MS_FMT, MS_ARG(rule->name));
    ms_buf_z(out, ": ");
    add_state(b->before, b->was, out);
    ms_buf_z(out, " → ");
    add_state(b->after, b->is, out);
    ms_buf_format(out, "  " MS_FMT ":%u\n", MS_ARG(v->file), rule->line);
    add_side("    before: ", b->before, b->was, out);
    add_side("    after:  ", b->after, b->is, out);
}

static void add_labels(const char *what, const ms_decision *d, uint64_t labels, ms_buf *out)
{
    if (!labels)
        return;
    ms_buf_z(out, what);
    for (uint64_t left = labels; left; left &= left - 1) {
        ms_buf_z(out, left == labels ? " " : ", ");
        ms_buf_str(out, vertical_of(d)->labels[__builtin_ctzll(left)].title);
    }
    ms_buf_char(out, '\n');
}

void ms_differ_text(const ms_decision *before, const ms_decision *after, ms_buf *out)
{
    both b = {before, after, -1, -1};
    if (ms_decisions_same(before, after)) {
        ms_buf_z(out, "no difference\n");
        return;
    }
    add_head(&b, out);
    for (uint32_t at = 0; next_rule(&at, &b);)
        if (rule_differs(&b))
            add_rule(&b, out);
    add_labels("gains", after, only_in(after, before), out);
    add_labels("loses", before, only_in(before, after), out);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void json_side(const char *key, const ms_decision *d, int rule, ms_buf *out)
{
    static const char *const truths[] = {"no", "yes", "unknown"};
    ms_buf reason = {0};
    ms_buf_format(out, ",\"%s\":", key);
    if (rule < 0) {
        ms_buf_z(out, "null");
        return;
    }
    ms_decision_reason(d, (uint32_t)rule, &reason);
    ms_buf_format(out, "{\"truth\":\"%s\",\"counted\":%d,\"reason\":",
                  truths[ms_rule_truth(d, (uint32_t)rule)], ms_rule_counted(d, (uint32_t)rule));
    ms_json_string(out, ms_buf_view(&reason));
    ms_buf_z(out, ",\"label\":");
    ms_json_string_or_null(out, label_of(d, rule));
    ms_buf_char(out, '}');
    out->failed |= reason.failed;
    ms_buf_free(&reason);
}

static void json_rule(const both *b, bool first, ms_buf *out)
{
    const ms_vertical *v = vertical_of(b->is < 0 ? b->before : b->after);
    const ms_rule *rule = &v->rules[b->is < 0 ? b->was : b->is];
    ms_buf_z(out, first ? "{\"id\":" : ",{\"id\":");
    ms_json_string(out, rule->id);
    json_side("before", b->before, b->was, out);
    json_side("after", b->after, b->is, out);
    ms_buf_char(out, '}');
}

static void json_labels(const char *key, const ms_decision *d, uint64_t labels, ms_buf *out)
{
    ms_buf_format(out, ",\"%s\":[", key);
    for (uint64_t left = labels; left; left &= left - 1) {
        ms_buf_z(out, left == labels ? "" : ",");
        ms_json_string(out, vertical_of(d)->labels[__builtin_ctzll(left)].title);
    }
    ms_buf_char(out, ']');
}

static void json_status(ms_str status, ms_buf *out)
{
    ms_json_string_or_null(out, status.n ? status : MS_NONE);
}

void ms_differ_json(const ms_decision *before, const ms_decision *after, ms_buf *out)
{
    both b = {before, after, -1, -1};
    bool first = true;
    ms_buf_format(out, "\"same\":%s,\"score\":[",
                  ms_decisions_same(before, after) ? "true" : "false");
    add_score(before->points, out);
    ms_buf_char(out, ',');
    add_score(after->points, out);
    ms_buf_format(out, "],\"points\":[%d,%d],\"lead_status\":[", before->points, after->points);
    json_status(before->status, out);
    ms_buf_char(out, ',');
    json_status(after->status, out);
    ms_buf_z(out, "],\"rules\":[");
    for (uint32_t at = 0; next_rule(&at, &b);) {
        if (!rule_differs(&b))
            continue;
        json_rule(&b, first, out);
        first = false;
    }
    ms_buf_char(out, ']');
    json_labels("gains", after, only_in(after, before), out);
    json_labels("loses", before, only_in(before, after), out);
}

/*
 * A decision for people, one line a rule:
 *
 *     score 8.0 (80 points) · lead_status qualified
 *      +25 R01 budget-80k     budget_max = 80000 ≥ 80000     vertical.lua:34  Budget is top
 *        0 R11 followers-10k  no: follower_count = 900 < 10000   vertical.lua:70
 *        ? R10 responded      unknown: last_contact_date missing vertical.lua:64
 *     then O1 qualified       score 80 ≥ 70, no errors  vertical.lua:90 ...  → qualified-lead
 *
 * First what fired, then what did not, then what could not be told; after that the outcome rules.
 */
#include "rules/inside.h"

enum { WIDEST_REASON = 56, WIDEST_NAME = 32 };

typedef struct page {
    ms_run run;
    const ms_decision *d;
    size_t name_width, reason_width;
    ms_buf *out;
    ms_buf reason;
    int32_t counted[MS_MAX_RULES]; /* points of each rule that count */
} page;

/* Characters, not bytes. */
static size_t width(ms_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void pad(ms_buf *buf, size_t have, size_t want)
{
    for (; have < want; have++)
        ms_buf_char(buf, ' ');
}

static size_t name_width(const ms_rule *rule)
{
    return width(rule->id) + (rule->name.n ? 1 + width(rule->name) : 0);
}

static void add_reason(ms_run *run, const ms_rule *rule, ms_truth truth, ms_buf *buf)
{
    if (truth != MS_YES)
        ms_buf_z(buf, truth == MS_NO ? "no: " : "unknown: ");
    ms_because(run, &run->vertical->conditions[rule->condition], truth, buf);
}

/* Why a rule that fired counts less than its points: " of +15, group budget is at its most, 40". */
static void add_group(const page *p, uint32_t i, ms_buf *buf)
{
    const ms_rule *rules = p->run.vertical->rules, *r = &rules[i];
    if (ms_rule_truth(p->d, i) != MS_YES || p->counted[i] == r->points)
        return;
    const ms_group *g = &p->run.vertical->groups[r->group];
    ms_buf_format(buf, "; %+d of %+d, group " MS_FMT, p->counted[i], r->points, MS_ARG(g->name));
    bool over = r->points > p->counted[i];
    if (g->highest && !p->counted[i])
        ms_buf_z(buf, " counts only its highest");
    else
        ms_buf_format(buf, " is at its %s, %d", over ? "most" : "least", over ? g->max : g->min);
}

/* Into p->reason. */
static void give_reason(page *p, uint32_t i, ms_truth truth)
{
    p->reason.n = 0;
    add_reason(&p->run, &p->run.vertical->rules[i], truth, &p->reason);
    add_group(p, i, &p->reason);
}

static void measure(page *p)
{
    const ms_vertical *v = p->run.vertical;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        give_reason(p, i, ms_rule_truth(p->d, i));
        size_t name = name_width(&v->rules[i]), reason = width(ms_buf_view(&p->reason));
        if (name > p->name_width && name <= WIDEST_NAME)
            p->name_width = name;
        if (reason > p->reason_width && reason <= WIDEST_REASON)
            p->reason_width = reason;
    }
}

static void add_points(const ms_rule *rule, ms_truth truth, int32_t counted, ms_buf *buf)
{
    if (truth == MS_UNKNOWN)
        ms_buf_z(buf, "   ? ");
    else if (rule->outcome)
        ms_buf_z(buf, truth == MS_YES ? "then " : "   - ");
    else if (truth == MS_YES && rule->points)
        ms_buf_format(buf, "%+4d ", counted);
    else
        ms_buf_z(buf, "   0 ");
}

static void add_rule(page *p, uint32_t i, ms_truth truth)
{
    const ms_vertical *v = p->run.vertical;
    const ms_rule *rule = &v->rules[i];
    give_reason(p, i, truth);
    add_points(rule, truth, p->counted[i], p->out);
    ms_buf_str(p->out, rule->id);
    if (rule->name.n)
        ms_buf_format(p->out, " " MS_FMT, MS_ARG(rule->name));
    pad(p->out, name_width(rule), p->name_width);
    ms_buf_z(p->out, "  ");
    ms_buf_str(p->out, ms_buf_view(&p->reason));
    pad(p->out, width(ms_buf_view(&p->reason)), p->reason_width);
    ms_buf_format(p->out, "  " MS_FMT ":%u", MS_ARG(v->file), rule->line);
    if (truth == MS_YES && rule->because.n)
        ms_buf_format(p->out, "  " MS_FMT, MS_ARG(rule->because));
    if (truth == MS_YES && rule->label >= 0)
        ms_buf_format(p->out, "  → " MS_FMT, MS_ARG(v->labels[rule->label].title));
    ms_buf_char(p->out, '\n');
}

static void add_rules(page *p, bool outcome, ms_truth truth)
{
    const ms_vertical *v = p->run.vertical;
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (v->rules[i].outcome == outcome && ms_rule_truth(p->d, i) == truth)
            add_rule(p, i, truth);
}

static void add_head(const page *p)
{
    char text[MS_DECIMAL_TEXT];
    const ms_vertical *v = p->run.vertical;
    size_t n = ms_decimal(text, p->d->points, 1);
    ms_buf_format(p->out, "score %.*s%s (%d points", (int)n, text, p->d->points % 10 ? "" : ".0",
                  p->d->points);
    if (p->d->sum != p->d->points)
        ms_buf_format(p->out, "; the rules come to %d", p->d->sum);
    ms_buf_char(p->out, ')');
    if (p->d->status.p)
        ms_buf_format(p->out, " · " MS_FMT " " MS_FMT, MS_ARG(v->status.attribute),
                      MS_ARG(p->d->status));
    if (p->d->status_why == MS_STATUS_AHEAD)
        ms_buf_z(p->out, " (stays: further than what the rules chose)");
    ms_buf_char(p->out, '\n');
}

static void add_errors(const page *p)
{
    const ms_decision *d = p->d;
    for (uint32_t i = 0; i < d->n_errors; i++) {
        const ms_slot *slot = &d->slots->items[d->errors[i]];
        ms_str raw = slot->field->raw.n > 80 ? MS_STR("a long value") : slot->field->raw;
        ms_buf_format(p->out, "not valid: " MS_FMT " = " MS_FMT "\n",
                      MS_ARG(p->run.vertical->attributes[d->errors[i]].name), MS_ARG(raw));
    }
}

static ms_run run_of(const ms_decision *d)
{
    return (ms_run){.judge = d->judge,
                    .vertical = d->slots->vertical,
                    .decision = d,
                    .truth_of_rule = ms_rule_decided};
}

void ms_decision_reason(const ms_decision *d, uint32_t rule, ms_buf *buf)
{
    ms_run run = run_of(d);
    add_reason(&run, &run.vertical->rules[rule], ms_rule_truth(d, rule), buf);
}

void ms_decision_explain(const ms_decision *d, ms_buf *buf)
{
    page p = {.run = run_of(d), .d = d, .out = buf};
    ms_decision_counted(d, p.counted);
    measure(&p);
    add_head(&p);
    add_rules(&p, false, MS_YES);
    add_rules(&p, false, MS_NO);
    add_rules(&p, false, MS_UNKNOWN);
    add_rules(&p, true, MS_YES);
    add_rules(&p, true, MS_NO);
    add_rules(&p, true, MS_UNKNOWN);
    add_errors(&p);
    buf->failed |= p.reason.failed;
    ms_buf_free(&p.reason);
}

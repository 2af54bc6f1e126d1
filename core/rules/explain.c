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
#include "rules/words.h"

enum { WIDEST_REASON = 56, LONGEST_RAW = 80 };

/* Reasons come first, one after the other: their widest decides how far the lines are filled up. */
typedef struct reason {
    size_t at, n, width;
} reason;

typedef struct page {
    ms_run run;
    const ms_decision *d;
    const ms_said_rule *said;
    ms_buf *reasons; /* of the judge */
    size_t width;    /* of the widest */
    ms_buf *out;
    reason by_rule[MS_MAX_RULES];
    int32_t counted[MS_MAX_RULES]; /* points that count; in a vertical with groups only */
} page;

static void add_reason(ms_run *run, uint32_t rule, ms_truth truth, ms_buf *buf)
{
    if (truth != MS_YES)
        ms_buf_str(buf, truth == MS_NO ? MS_STR("no: ") : MS_STR("unknown: "));
    ms_because(run, rule, truth, buf);
}

/* Whether a group lets less than all points of a rule count. */
static bool is_cut(const page *p, uint32_t i, ms_truth truth)
{
    const ms_vertical *v = p->run.vertical;
    return truth == MS_YES && v->n_groups && p->counted[i] != v->rules[i].points;
}

/* "; 5 of 15: group budget counts at most 40". */
static void add_group(page *p, uint32_t i)
{
    const ms_rule *r = &p->run.vertical->rules[i];
    const ms_group *g = &p->run.vertical->groups[r->group];
    bool over = r->points > p->counted[i];
    ms_buf_format(p->reasons, "; %d of %d: group " MS_FMT " counts ", p->counted[i], r->points,
                  MS_ARG(g->name));
    if (g->highest && !p->counted[i])
        ms_buf_z(p->reasons, "its highest only");
    else
        ms_buf_format(p->reasons, "at %s %d", over ? "most" : "least", over ? g->max : g->min);
}

static void give_reasons(page *p)
{
    if (p->reasons->failed)
        ms_buf_free(p->reasons);
    p->reasons->n = 0;
    for (uint32_t i = 0; i < p->run.vertical->n_rules; i++) {
        reason *r = &p->by_rule[i];
        r->at = p->reasons->n;
        ms_truth truth = ms_rule_truth(p->d, i);
        add_reason(&p->run, i, truth, p->reasons);
        if (is_cut(p, i, truth))
            add_group(p, i);
        r->n = p->reasons->n - r->at;
        r->width = ms_words_width((ms_str){p->reasons->p + r->at, r->n});
        if (r->width > p->width && r->width <= WIDEST_REASON)
            p->width = r->width;
    }
}

static void add_rule(page *p, uint32_t rule, ms_truth truth)
{
    const ms_said_rule *said = &p->said[rule];
    const reason *r = &p->by_rule[rule];
    if (is_cut(p, rule, truth))
        ms_buf_format(p->out, p->counted[rule] ? "%+4d " : "%4d ", p->counted[rule]);
    else
        ms_buf_str(p->out, said->points[truth]);
    ms_buf_str(p->out, said->name);
    ms_buf_add(p->out, p->reasons->p + r->at, r->n);
    if (r->width < p->width)
        ms_words_blanks(p->out, p->width - r->width);
    ms_buf_str(p->out, said->end[truth == MS_YES]);
}

/* Those of from .. to that are yes, no or unknown, in order. */
static void add_those(page *p, uint32_t from, uint32_t to, ms_truth truth)
{
    for (uint32_t at = from / 64; at * 64 < to; at++) {
        uint64_t yes = p->d->fired.word[at], unknown = p->d->unknown.word[at];
        uint64_t left = truth == MS_YES ? yes : truth == MS_UNKNOWN ? unknown : ~(yes | unknown);
        if (at == from / 64)
            left &= UINT64_MAX << (from % 64);
        if (to - at * 64 < 64)
            left &= ~(UINT64_MAX << (to % 64));
        for (; left; left &= left - 1)
            add_rule(p, at * 64 + (uint32_t)__builtin_ctzll(left), truth);
    }
}

/* Rules from .. to: those that fired, those that did not, those that could not be told. */
static void add_rules(page *p, uint32_t from, uint32_t to)
{
    add_those(p, from, to, MS_YES);
    add_those(p, from, to, MS_NO);
    add_those(p, from, to, MS_UNKNOWN);
}

static void add_head(const page *p)
{
    char text[MS_DECIMAL_TEXT];
    const ms_vertical *v = p->run.vertical;
    ms_buf_str(p->out, MS_STR("score "));
    ms_buf_add(p->out, text, ms_decimal(text, p->d->points, 1));
    ms_buf_str(p->out, p->d->points % 10 ? MS_STR(" (") : MS_STR(".0 ("));
    ms_buf_int(p->out, p->d->points);
    ms_buf_str(p->out, p->d->points == 1 ? MS_STR(" point") : MS_STR(" points"));
    if (p->d->sum != p->d->points)
        ms_buf_format(p->out, "; the rules come to %d", p->d->sum);
    ms_buf_char(p->out, ')');
    if (p->d->status.p) {
        ms_buf_str(p->out, MS_STR(" · "));
        ms_buf_str(p->out, v->status.attribute);
        ms_buf_char(p->out, ' ');
        ms_buf_str(p->out, p->d->status);
    }
    if (p->d->status_why == MS_STATUS_AHEAD)
        ms_buf_z(p->out, " (stays: further than what the rules chose)");
    ms_buf_char(p->out, '\n');
}

static void add_errors(const page *p)
{
    const ms_decision *d = p->d;
    for (uint32_t i = 0; i < d->n_errors; i++) {
        const ms_attribute *a = &p->run.vertical->attributes[d->errors[i]];
        const ms_slot *slot = &d->slots->items[d->errors[i]];
        ms_buf_str(p->out, MS_STR("not valid: "));
        ms_buf_str(p->out, a->name);
        ms_buf_str(p->out, MS_STR(" = "));
        if (a->personal)
            ms_buf_str(p->out, MS_STR("(personal)"));
        else
            ms_words_raw(slot->field->raw, LONGEST_RAW, p->out);
        ms_buf_str(p->out, MS_STR(": "));
        ms_refusal_words(a, (ms_why)slot->why, p->out);
        ms_buf_char(p->out, '\n');
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
    add_reason(&run, rule, ms_rule_truth(d, rule), buf);
}

void ms_decision_explain(const ms_decision *d, ms_buf *buf)
{
    const ms_vertical *v = d->slots->vertical;
    const ms_sealed *s = ms_sealed_of(v);
    page p; /* by_rule is filled as far as it is used */
    p.run = run_of(d);
    p.d = d;
    p.said = s->said->rules;
    p.reasons = &d->judge->page;
    p.width = 0;
    p.out = buf;
    if (v->n_groups)
        ms_decision_counted(d, p.counted);
    give_reasons(&p);
    add_head(&p);
    add_rules(&p, 0, s->program.n_scoring);
    add_rules(&p, s->program.n_scoring, v->n_rules);
    add_errors(&p);
    buf->failed |= p.reasons->failed;
}

/* reads budget_max: "€ 85.000" → 85000 */
static void add_read(const ms_decision *d, uint32_t i, ms_buf *buf)
{
    const ms_attribute *a = &d->slots->vertical->attributes[i];
    const ms_slot *slot = &d->slots->items[i];
    bool said = slot->field && !slot->defaulted;
    ms_buf_format(buf, "reads " MS_FMT ": ", MS_ARG(a->name));
    if (!said)
        ms_buf_z(buf, "missing");
    else if (a->personal)
        ms_buf_z(buf, "(personal)");
    else
        ms_words_raw(slot->field->raw, LONGEST_RAW, buf);
    if (slot->state == MS_SLOT_INVALID)
        ms_buf_z(buf, ", not valid");
    if (slot->state == MS_SLOT_VALID && (slot->changed || slot->defaulted)) {
        ms_buf_z(buf, " → ");
        ms_words_value(d->slots, i, buf);
    }
    ms_buf_char(buf, '\n');
}

void ms_decision_reads(const ms_decision *d, ms_buf *buf)
{
    for (uint32_t i = 0; i < d->slots->vertical->n_attributes; i++)
        add_read(d, i, buf);
}

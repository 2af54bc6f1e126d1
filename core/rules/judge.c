/* Judging: take the fields, coerce, run the rules, clamp, run the outcome rules, derive, compare.
 */
#include "rules/inside.h"

#include <stdlib.h>

ms_judge *ms_judge_new(void)
{
    ms_judge *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->arena = ms_arena_new(0);
    if (!j->arena || !ms_pattern_ready(j)) {
        ms_judge_free(j);
        return NULL;
    }
    return j;
}

void ms_judge_free(ms_judge *j)
{
    if (!j)
        return;
    ms_pattern_done(j);
    ms_buf_free(&j->scratch);
    ms_arena_free(j->arena);
    free(j->roles);
    free(j->seen);
    free(j);
}

ms_str ms_judge_text(ms_judge *j, const char *p, size_t n)
{
    ms_str copy = ms_arena_dup(j->arena, (ms_str){p, n});
    if (copy.p)
        return copy;
    j->no_memory = true;
    return MS_STR("");
}

ms_str ms_judge_integer(ms_judge *j, int64_t i)
{
    char text[MS_DECIMAL_TEXT];
    return ms_judge_text(j, text, ms_decimal(text, i, 0));
}

ms_str ms_judge_quoted(ms_judge *j, ms_str s)
{
    ms_buf buf = {0};
    ms_put_quoted(&buf, s);
    ms_str copy = ms_judge_text(j, buf.p, buf.failed ? 0 : buf.n);
    j->no_memory |= buf.failed;
    ms_buf_free(&buf);
    return copy;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void set_bit(ms_bits *bits, uint32_t i)
{
    bits->word[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Judges rules from `at` while they are (or are not) outcome rules; returns where it stopped. */
static uint32_t run_rules(ms_run *run, ms_decision *d, uint32_t at, bool outcome, int64_t *points)
{
    const ms_vertical *v = run->vertical;
    for (; at < v->n_rules && v->rules[at].outcome == outcome; at++) {
        const ms_rule *rule = &v->rules[at];
        ms_truth t = ms_condition_truth(run, &v->conditions[rule->condition]);
        if (run->status)
            return at;
        if (t == MS_UNKNOWN)
            set_bit(&d->unknown, at);
        if (t != MS_YES)
            continue;
        set_bit(&d->fired, at);
        *points += rule->points;
        if (rule->label >= 0)
            d->labels |= (uint64_t)1 << rule->label;
    }
    return at;
}

static ms_status judge_rules(ms_judge *j, const ms_vertical *v, ms_decision *d, ms_error *err)
{
    ms_run run = {.judge = j, .vertical = v, .decision = d, .err = err};
    int64_t points = 0, none = 0;
    uint32_t at = run_rules(&run, d, 0, false, &points);
    if (!run.status) {
        d->points = (int32_t)(points < v->score_min   ? v->score_min
                              : points > v->score_max ? v->score_max
                                                      : points);
        at = run_rules(&run, d, at, true, &none);
    }
    if (run.status && err &&
        at < v->n_rules) { /* the script named the place, this names the rule */
        char text[sizeof err->text];
        snprintf(text, sizeof text, "%s", err->text);
        snprintf(err->text, sizeof err->text, "rule " MS_FMT ": %.*s", MS_ARG(v->rules[at].id),
                 (int)sizeof err->text / 2, text);
    }
    return run.status;
}

ms_status ms_judge_prepare(ms_judge *j, const ms_vertical *v, const ms_fields *attributes,
                           int64_t today)
{
    ms_arena_reset(j->arena);
    j->no_memory = false;
    if (j->scratch.failed)
        ms_buf_free(&j->scratch);
    j->slots = (ms_slots){.vertical = v, .items = j->items, .today = today};
    return ms_judge_take(j, v, attributes) ? MS_OK : MS_NOMEM;
}

ms_status ms_judge_contact(ms_judge *j, const ms_vertical *v, const ms_fields *attributes,
                           int64_t today, bool normalise, ms_decision *out, ms_error *err)
{
    ms_status status = ms_judge_prepare(j, v, attributes, today);
    if (status)
        return ms_fail(err, status, "out of memory");
    *out = (ms_decision){.slots = &j->slots, .errors = j->errors, .judge = j};
    out->n_errors = ms_coerce_all(j, v);
    status = judge_rules(j, v, out, err);
    if (status)
        return status;
    status = ms_derive_all(j, v, out, err);
    if (status)
        return status;
    ms_changes_all(j, v, normalise, out);
    return j->no_memory ? ms_fail(err, MS_NOMEM, "out of memory") : MS_OK;
}

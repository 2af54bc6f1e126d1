/* Judging: take the fields, coerce, take the facts, compute, run the rules, clamp, run the outcome
 * rules, derive, compare. */
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
    ms_buf_free(&j->page);
    ms_buf_free(&j->gaps);
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
    if (ms_needs_escape(s)) {
        ms_json_string(&buf, s);
        ms_str copy = ms_judge_text(j, buf.p, buf.failed ? 0 : buf.n);
        j->no_memory |= buf.failed;
        ms_buf_free(&buf);
        return copy;
    }
    char *p = ms_alloc(j->arena, s.n + 2);
    if (!p) {
        j->no_memory = true;
        return MS_STR("");
    }
    p[0] = '"';
    memcpy(p + 1, s.p, s.n);
    p[s.n + 1] = '"';
    return (ms_str){p, s.n + 2};
}

static ms_status judge_rules(ms_judge *j, const ms_vertical *v, ms_decision *d, ms_error *err)
{
    uint32_t failed = 0;
    ms_status status = ms_program_run(j, v, d, &failed, err);
    if (status && err) { /* the script named the place, this names the rule */
        char text[sizeof err->text];
        snprintf(text, sizeof text, "%s", err->text);
        snprintf(err->text, sizeof err->text, "rule " MS_FMT ": %.*s", MS_ARG(v->rules[failed].id),
                 (int)sizeof err->text / 2, text);
    }
    return status;
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
                           const ms_fields *facts, int64_t today, bool normalise, ms_decision *out,
                           ms_error *err)
{
    ms_status status = ms_judge_prepare(j, v, attributes, today);
    if (status)
        return ms_fail(err, status, "out of memory");
    *out = (ms_decision){.slots = &j->slots, .errors = j->errors, .judge = j};
    out->n_errors = ms_coerce_all(j, v);
    if (v->n_facts)
        ms_facts_all(j, v, facts);
    if (v->n_computed)
        ms_compute_all(j, v);
    if (v->calls.begin)
        v->calls.begin(v->calls.script);
    status = judge_rules(j, v, out, err);
    if (status)
        return status;
    status = ms_derive_all(j, v, out, err);
    if (status)
        return status;
    ms_changes_all(j, v, normalise, out);
    return j->no_memory ? ms_fail(err, MS_NOMEM, "out of memory") : MS_OK;
}

/*
 * Trial calls: a mistake in a custom function shows only when it runs, and a contact that is the
 * first to have its values could not be judged. So checking calls each function with some values of
 * what it reads. That finds what the tried ways run into, not everything.
 */
#include "lua/inside.h"

#include "base/json.h"
#include <inttypes.h>
#include <stdlib.h>

enum {
    MAX_SAMPLES = 24, /* of one attribute */
    MAX_CALLS = 200,  /* of one function */
    MAX_SHOWN = 40,   /* bytes of a value in a message */
};

typedef struct samples {
    ms_slot items[MAX_SAMPLES];
    ms_str json[MAX_SAMPLES];
    uint32_t n;
} samples;

typedef struct rehearsal {
    ms_script *script;
    ms_problems *problems;
    ms_arena *arena;
    samples *by_slot[MS_MAX_SLOTS]; /* made when first read */
    ms_slot slots[MS_MAX_SLOTS];
    uint32_t custom;
} rehearsal;

/* ---- values --------------------------------------------------------------------------------- */

static ms_status add_json(rehearsal *r, const ms_attribute *a, samples *s, ms_str json,
                          ms_error *err)
{
    ms_taken_value taken;
    ms_error ignored = {0};
    if (s->n == MAX_SAMPLES || !json.p)
        return MS_OK;
    for (uint32_t i = 0; i < s->n; i++)
        if (ms_str_eq(s->json[i], json))
            return MS_OK;
    ms_status status = ms_attribute_take(a, json, r->arena, &taken, &ignored);
    if (status == MS_NOMEM)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (status || taken.why)
        return MS_OK;
    s->items[s->n] = taken.slot;
    s->json[s->n++] = json;
    return MS_OK;
}

static ms_status add_text(rehearsal *r, const ms_attribute *a, samples *s, ms_str text,
                          ms_error *err)
{
    ms_buf json = {0};
    ms_json_string(&json, text);
    ms_str kept = json.failed ? MS_NONE : ms_arena_dup(r->arena, ms_buf_view(&json));
    ms_buf_free(&json);
    return kept.p ? add_json(r, a, s, kept, err) : ms_fail(err, MS_NOMEM, "out of memory");
}

/* `n` is what the slot holds: cents, millionths. */
static ms_status add_number(rehearsal *r, const ms_attribute *a, samples *s, int64_t n,
                            ms_error *err)
{
    char text[64];
    int64_t scale = ms_scale(a->type);
    int places = a->type == MS_T_MONEY ? 2 : 6;
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (!scale || n < a->min || n > a->max)
        return MS_OK;
    if (scale == 1)
        snprintf(text, sizeof text, "%" PRId64, n);
    else
        snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, n < 0 ? "-" : "",
                 size / (uint64_t)scale, places, size % (uint64_t)scale);
    ms_str kept = ms_arena_dup(r->arena, ms_str_z(text));
    return kept.p ? add_json(r, a, s, kept, err) : ms_fail(err, MS_NOMEM, "out of memory");
}

/* What conditions compare the attribute with, and what stands beside it. */
static ms_status add_borders(rehearsal *r, const ms_attribute *a, uint32_t slot, samples *s,
                             ms_error *err)
{
    const ms_vertical *v = &r->script->vertical;
    ms_status status = MS_OK;
    for (uint32_t i = 0; i < v->n_conditions && !status; i++) {
        const ms_cond *c = &v->conditions[i];
        if (c->slot != slot)
            continue;
        for (int64_t by = -1; by <= 1 && c->op == MS_C_COMPARE && !status; by++)
            status = add_number(r, a, s, c->a + by, err);
        for (uint32_t k = 0; k < c->n_texts && !status && ms_is_text_type(a->type); k++)
            status = add_text(r, a, s, c->texts[k], err);
    }
    return status;
}

/* Of each type some; those that the attribute does not take are left out. */
static ms_status add_usual(rehearsal *r, const ms_attribute *a, samples *s, ms_error *err)
{
    static const char *const usual[] = {"true",
                                        "false",
                                        "\"\"",
                                        "\"2025-02-01\"",
                                        "[]",
                                        "\"2024-12-31T23:59:59Z\"",
                                        "\"x\"",
                                        "\"Some words, with 12 in them\"",
                                        "\"a@b.org\"",
                                        "\"+31612345678\"",
                                        "\"@name\"",
                                        "\"https://example.org/\"",
                                        "\"1999-12-31\""};
    ms_status status = MS_OK;
    for (uint32_t i = 0; i < a->n_choices && !status; i++)
        status = add_text(r, a, s, a->choices[i], err);
    if (a->type == MS_T_CHOICES)
        for (uint32_t i = 0; i < a->n_choices && i < MAX_SAMPLES / 2 && !status; i++) {
            ms_buf list = {0};
            ms_buf_char(&list, '[');
            ms_json_string(&list, a->choices[i]);
            ms_buf_char(&list, ']');
            ms_str kept = list.failed ? MS_NONE : ms_arena_dup(r->arena, ms_buf_view(&list));
            ms_buf_free(&list);
            status =
                kept.p ? add_json(r, a, s, kept, err) : ms_fail(err, MS_NOMEM, "out of memory");
        }
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !status && !ms_scale(a->type); i++)
        if (a->type != MS_T_AS_IS || usual[i][0] == '"')
            status = add_json(r, a, s, ms_str_z(usual[i]), err);
    const int64_t numbers[] = {0, 1, 100, -1, a->min, a->max};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
        status = add_number(r, a, s, numbers[i], err);
    return status;
}

static ms_status make_samples(rehearsal *r, uint32_t slot, ms_error *err)
{
    const ms_attribute *a = &r->script->vertical.attributes[slot];
    samples *s = r->by_slot[slot];
    if (s)
        return MS_OK;
    s = r->by_slot[slot] = ms_alloc_zero(r->arena, 1, sizeof *s);
    if (!s)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = add_usual(r, a, s, err);
    return status ? status : add_borders(r, a, slot, s, err);
}

/* ---- one function --------------------------------------------------------------------------- */

static bool is_derived(const ms_vertical *v, uint32_t custom)
{
    for (uint32_t i = 0; i < v->n_derived; i++)
        if (v->derived[i].kind == MS_D_CUSTOM && v->derived[i].custom == custom)
            return true;
    return false;
}

static bool is_asked(const ms_vertical *v, uint32_t custom)
{
    for (uint32_t i = 0; i < v->n_conditions; i++)
        if (v->conditions[i].op == MS_C_CUSTOM && v->conditions[i].a == custom)
            return true;
    return false;
}

static ms_status call_once(rehearsal *r, bool derive, ms_error *err)
{
    const ms_script_calls *calls = &r->script->vertical.calls;
    const ms_slots slots = {&r->script->vertical, r->slots, 20120};
    ms_truth truth;
    ms_str value;
    calls->begin(calls->script);
    return derive ? calls->derive(calls->script, r->custom, &slots, r->arena, &value, err)
                  : calls->condition(calls->script, r->custom, &slots, &truth, err);
}

static void show_values(const rehearsal *r, const ms_custom *custom, const uint32_t *at,
                        ms_buf *out)
{
    const ms_vertical *v = &r->script->vertical;
    for (uint32_t i = 0; i < custom->n_reads; i++) {
        ms_str json = r->by_slot[custom->reads[i]]->json[at[i]];
        ms_buf_format(out, "%s" MS_FMT " = " MS_FMT, i ? ", " : "",
                      MS_ARG(v->attributes[custom->reads[i]].name),
                      (int)(json.n < MAX_SHOWN ? json.n : MAX_SHOWN), json.p);
    }
}

/* An error of the sandbox or of a name is so for every contact, others are for these values. */
static void tell(rehearsal *r, const ms_custom *custom, const uint32_t *at, ms_status status,
                 const ms_error *why)
{
    const ms_code *code = status == MS_SCRIPT ? r->script->code : NULL;
    const char *text = why->text, *colon = strchr(text, ':');
    ms_str file = r->script->vertical.file;
    uint32_t line = custom->line;
    ms_buf values = {0};
    for (size_t i = 0; colon && i < r->script->n_files; i++) {
        ms_str name = ms_str_z(r->script->files[i].name);
        if (!ms_str_eq((ms_str){text, (size_t)(colon - text)}, name))
            continue;
        char *end = NULL;
        line = (uint32_t)strtoul(colon + 1, &end, 10);
        file = name;
        text = end[0] == ':' && end[1] == ' ' ? end + 2 : end;
        break;
    }
    show_values(r, custom, at, &values);
    if (code)
        ms_problem_say(r->problems, code->code, file, line, "%s", text);
    else if (!values.failed)
        ms_problem_say(r->problems, "W214", file, line,
                       "the function fails: %s; tried with " MS_FMT, text,
                       MS_ARG(ms_buf_view(&values)));
    r->problems->failed |= values.failed;
    ms_buf_free(&values);
}

/* The values at `at`; whether to go on with this function. */
static ms_status try_values(rehearsal *r, const uint32_t *at, bool derive, bool *told, bool *done,
                            ms_error *err)
{
    const ms_custom *custom = &r->script->vertical.customs[r->custom];
    ms_error why = {0};
    for (uint32_t i = 0; i < custom->n_reads; i++)
        r->slots[custom->reads[i]] = r->by_slot[custom->reads[i]]->items[at[i]];
    ms_status status = call_once(r, derive, &why);
    if (status == MS_NOMEM)
        return ms_fail(err, MS_NOMEM, "out of memory");
    bool for_ever = status == MS_SCRIPT && r->script->code;
    if (status && (for_ever || !*told)) {
        tell(r, custom, at, status, &why);
        *told = true;
    }
    *done = for_ever || (status && status != MS_SCRIPT);
    return MS_OK;
}

/* Each value of each attribute beside the first of the others, then mixtures. */
static ms_status try_function(rehearsal *r, bool derive, ms_error *err)
{
    const ms_custom *custom = &r->script->vertical.customs[r->custom];
    uint32_t at[MS_MAX_SLOTS] = {0}, calls = 0;
    bool told = false, done = false;
    ms_status status = try_values(r, at, derive, &told, &done, err);
    for (uint32_t i = 0; i < custom->n_reads && !status; i++) {
        uint32_t n = r->by_slot[custom->reads[i]]->n;
        for (at[i] = 1; at[i] < n && !status && !done && calls++ < MAX_CALLS; at[i]++)
            status = try_values(r, at, derive, &told, &done, err);
        at[i] = 0;
    }
    for (uint32_t k = 1; k < MAX_SAMPLES && custom->n_reads > 1 && !status && !done; k++) {
        for (uint32_t i = 0; i < custom->n_reads; i++)
            at[i] = (k * (2 * i + 1) + i) % r->by_slot[custom->reads[i]]->n;
        status = try_values(r, at, derive, &told, &done, err);
    }
    return status;
}

static ms_status try_custom(rehearsal *r, ms_error *err)
{
    const ms_vertical *v = &r->script->vertical;
    const ms_custom *custom = &v->customs[r->custom];
    ms_status status = MS_OK;
    for (uint32_t i = 0; i < custom->n_reads && !status; i++) {
        status = make_samples(r, custom->reads[i], err);
        if (!status && !r->by_slot[custom->reads[i]]->n)
            return MS_OK; /* no value is known that the attribute takes */
    }
    if (!status && is_asked(v, r->custom))
        status = try_function(r, false, err);
    if (!status && is_derived(v, r->custom))
        status = try_function(r, true, err);
    return status;
}

ms_status ms_rehearse(ms_script *script, ms_problems *problems, ms_error *err)
{
    const ms_vertical *v = &script->vertical;
    if (!v->n_customs)
        return MS_OK;
    ms_arena *arena = ms_arena_new(0);
    rehearsal *r = arena ? ms_alloc_zero(arena, 1, sizeof *r) : NULL;
    ms_status status = r ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    if (!status) {
        r->script = script;
        r->problems = problems;
        r->arena = arena;
        status = ms_guard_reads(script, true, err);
    }
    size_t before = problems->n;
    for (uint32_t i = 0; i < v->n_customs && !status && problems->n - before < 20; i++) {
        r->custom = i;
        status = try_custom(r, err);
    }
    if (!status)
        status = ms_guard_reads(script, false, err);
    ms_arena_free(arena);
    return status;
}

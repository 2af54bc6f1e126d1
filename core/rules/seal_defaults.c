/* Sealing, part six: defaults, coerced once like values that come in. */
#include "rules/inside.h"

ms_status ms_field_of(ms_str json, ms_arena *arena, ms_field *f, ms_error *err)
{
    ms_value value;
    ms_status status = ms_json_parse(arena, json, &value, err);
    if (status)
        return status;
    *f = (ms_field){.raw = json, .kind = value.kind};
    switch (value.kind) {
    case MS_BOOL: f->as.boolean = value.as.boolean; break;
    case MS_INT: f->as.integer = value.as.integer; break;
    case MS_DOUBLE: f->as.number = value.as.number; break;
    case MS_STRING: f->as.string = ms_as_str(&value); break;
    default: break;
    }
    return MS_OK;
}

ms_status ms_attribute_take(const ms_attribute *a, ms_str json, ms_arena *arena,
                            ms_taken_value *out, ms_error *err)
{
    ms_judge *j = NULL;
    ms_arena *own = NULL;
    ms_field *f = ms_alloc_zero(arena, 1, sizeof *f);
    ms_str *choices = ms_quoted_list(arena, a->choices, a->n_choices);
    ms_status status = f && choices ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    *out = (ms_taken_value){0};
    if (!status)
        status = ms_field_of(json, arena, f, err);
    if (!status && !(j = ms_judge_new()))
        status = ms_fail(err, MS_NOMEM, "out of memory");
    if (status)
        goto done;
    own = j->arena;
    j->arena = arena; /* texts are to stay when the judge is gone */
    out->why = ms_coerce(j, a, choices, f, &out->slot, &out->json);
    j->arena = own;
    out->slot.field = f;
    out->slot.state = MS_SLOT_VALID;
    if (j->no_memory)
        status = ms_fail(err, MS_NOMEM, "out of memory");
done:
    ms_judge_free(j);
    return status;
}

static ms_status take_default(const ms_vertical *v, const ms_attribute *a, ms_arena *arena,
                              ms_slot *slot, ms_error *err)
{
    ms_taken_value taken;
    ms_error why = {0};
    ms_buf words = {0};
    ms_status status = ms_attribute_take(a, a->otherwise, arena, &taken, &why);
    if (!status && taken.why) {
        ms_why_words(a, taken.why, &words);
        status = ms_fail(&why, MS_INVALID, MS_FMT, MS_ARG(ms_buf_view(&words)));
    } else if (!status && (taken.slot.field->kind == MS_NULL || !taken.json.n ||
                           ms_str_eqz(taken.json, "\"\""))) {
        status = ms_fail(&why, MS_INVALID, "nothing");
    }
    ms_buf_free(&words);
    if (status)
        return ms_fail(err, status, MS_FMT ":%u: " MS_FMT ": the default is not valid: %s",
                       MS_ARG(v->file), a->line, MS_ARG(a->name), why.text);
    *slot = taken.slot;
    slot->defaulted = true;
    slot->changed = false;
    return MS_OK;
}

ms_status ms_seal_defaults(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err)
{
    ms_slot *defaults = NULL;
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        const ms_attribute *a = &v->attributes[i];
        if (!a->otherwise.p)
            continue;
        if (!defaults && !(defaults = ms_alloc_zero(arena, ms_vertical_slots(v), sizeof *defaults)))
            return ms_fail(err, MS_NOMEM, MS_FMT ": out of memory", MS_ARG(v->name));
        ms_status status = take_default(v, a, arena, &defaults[i], err);
        if (status)
            return status;
    }
    s->defaults = defaults;
    return MS_OK;
}

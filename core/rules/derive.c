/* What a decision puts into the contact: derived attributes, status and score, as JSON text. */
#include "rules/inside.h"

static void add_choices(const ms_attribute *a, uint64_t mask, ms_buf *buf)
{
    bool first = true;
    for (uint32_t i = 0; i < a->n_choices; i++) {
        if (!(mask >> i & 1))
            continue;
        if (!first)
            ms_buf_z(buf, ", ");
        ms_buf_str(buf, a->choices[i]);
        first = false;
    }
}

static void add_piece(const ms_attribute *a, const ms_slot *slot, ms_form form, ms_buf *buf)
{
    char text[MS_DECIMAL_TEXT];
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_MONEY:
    case MS_T_NUMBER:
        if (form == MS_FORM_THOUSANDS)
            ms_buf_int(buf, ms_floor_div(slot->number, 1000 * ms_scale(a->type)));
        else
            ms_buf_add(buf, text, ms_decimal(text, slot->number, ms_places(a->type)));
        break;
    case MS_T_CHOICES: add_choices(a, slot->mask, buf); break;
    case MS_T_BOOLEAN: ms_buf_z(buf, slot->number ? "true" : "false"); break;
    case MS_T_CHOICE:
    case MS_T_TEXT:
    case MS_T_DATE:
    case MS_T_TIME:
    case MS_T_URL:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_HANDLE: ms_buf_str(buf, slot->text); break;
    case MS_T_AS_IS: ms_buf_str(buf, slot->text.p ? slot->text : slot->field->raw); break;
    }
}

static bool usable(const ms_judge *j, const ms_template *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->pieces[i].slot >= 0 && j->items[t->pieces[i].slot].state != MS_SLOT_VALID)
            return false;
    return true;
}

/* The first template whose attributes are all valid; the text is in j->scratch. */
static bool fill_template(ms_judge *j, const ms_vertical *v, const ms_derived *d)
{
    for (uint32_t i = 0; i < d->n_templates; i++) {
        const ms_template *t = &d->templates[i];
        if (!usable(j, t))
            continue;
        j->scratch.n = 0;
        for (uint32_t k = 0; k < t->n; k++) {
            const ms_piece *p = &t->pieces[k];
            if (p->slot < 0)
                ms_buf_str(&j->scratch, p->text);
            else
                add_piece(&v->attributes[p->slot], &j->items[p->slot], p->form, &j->scratch);
        }
        return true;
    }
    return false;
}

static bool field_is_number(const ms_field *f, double x)
{
    return f && ((f->kind == MS_INT && (double)f->as.integer == x) ||
                 (f->kind == MS_DOUBLE && f->as.number == x));
}

bool ms_same_json(ms_judge *j, const ms_field *f, ms_str text)
{
    ms_value a, b;
    if (!f || !text.p)
        return !f && !text.p;
    if (ms_str_eq(f->raw, text))
        return true;
    return !ms_json_parse(j->arena, f->raw, &a, NULL) && !ms_json_parse(j->arena, text, &b, NULL) &&
           ms_json_equal(&a, &b);
}

static ms_status derive_custom(ms_judge *j, const ms_vertical *v, const ms_derived *d, ms_str *out,
                               ms_error *err)
{
    const ms_custom *fn = &v->customs[d->custom];
    for (uint32_t i = 0; i < fn->n_reads; i++)
        if (j->items[fn->reads[i]].state != MS_SLOT_VALID)
            return MS_OK;
    return v->calls.derive(v->calls.script, d->custom, &j->slots, j->arena, out, err);
}

/* Integers and amounts: JSON without trailing zeros. */
static void derive_number(ms_judge *j, const ms_vertical *v, uint32_t i, const ms_field *before)
{
    char text[MS_DECIMAL_TEXT];
    const ms_derived *d = &v->derived[i];
    const ms_slot *slot = &j->items[d->slot];
    ms_type type = v->attributes[d->slot].type;
    if (slot->state != MS_SLOT_VALID)
        return;
    j->managed[i] = ms_judge_text(j, text, ms_decimal(text, slot->number, ms_places(type)));
    j->managed_same[i] = field_is_number(before, (double)slot->number / (double)ms_scale(type));
}

static ms_status derive(ms_judge *j, const ms_vertical *v, uint32_t i, const ms_field *before,
                        const ms_decision *decision, ms_error *err)
{
    const ms_derived *d = &v->derived[i];
    ms_status status = MS_OK;
    j->managed[i] = MS_NONE;
    j->managed_same[i] = !before;
    switch (d->kind) {
    case MS_D_TEMPLATE:
        if (!fill_template(j, v, d))
            break;
        j->managed_same[i] = ms_field_is_text(before, ms_buf_view(&j->scratch));
        j->managed[i] =
            j->managed_same[i] ? before->raw : ms_judge_quoted(j, ms_buf_view(&j->scratch));
        break;
    case MS_D_RULE: {
        bool fired = ms_bit(&decision->fired, d->rule);
        j->managed[i] = fired ? MS_STR("true") : MS_STR("false");
        j->managed_same[i] = before && before->kind == MS_BOOL && before->as.boolean == fired;
        break;
    }
    case MS_D_NUMBER: derive_number(j, v, i, before); break;
    case MS_D_CUSTOM:
        status = derive_custom(j, v, d, &j->managed[i], err);
        if (!status)
            j->managed_same[i] = ms_same_json(j, before, j->managed[i]);
        break;
    }
    return status;
}

static const ms_field *before_of(const ms_judge *j, const ms_sealed *s, uint32_t managed)
{
    uint16_t name = s->managed_name[managed];
    return name == MS_NO_NAME ? NULL : j->incoming[name];
}

ms_status ms_derive_all(ms_judge *j, const ms_vertical *v, ms_decision *d, ms_error *err)
{
    const ms_sealed *s = ms_sealed_of(v);
    uint32_t status_at = v->n_derived, score_at = v->n_derived + 1;
    char text[MS_DECIMAL_TEXT];
    for (uint32_t i = 0; i < v->n_derived; i++) {
        ms_status status = derive(j, v, i, before_of(j, s, i), d, err);
        if (status)
            return status;
    }
    j->managed[status_at] = MS_NONE;
    if (v->status.attribute.p) {
        const ms_field *before = before_of(j, s, status_at);
        ms_status status = ms_status_choose(j, v, before, d, &j->managed[status_at], err);
        if (status)
            return status;
        j->managed_same[status_at] = ms_field_is_text(before, d->status);
    }
    const ms_field *before = before_of(j, s, score_at);
    j->managed[score_at] = s->score_json ? s->score_json[d->points - v->score_min]
                                         : ms_judge_text(j, text, ms_decimal(text, d->points, 1));
    j->managed_same[score_at] = field_is_number(before, d->points / 10.0);
    d->managed = j->managed;
    j->no_memory |= j->scratch.failed;
    return MS_OK;
}

/*
 * The input hash: what the rules read, in canonical form, in one number. It is stored, so it must
 * be the same on every host and in every run: no seed, no address, FNV-1a over bytes.
 */
#include "rules/inside.h"

#include "base/hash.h"

static uint64_t add_bytes(const void *p, size_t n, uint64_t h)
{
    uint64_t length = n; /* so that "ab","c" and "a","bc" differ */
    h = ms_hash64((ms_str){(const char *)&length, sizeof length}, h);
    return ms_hash64((ms_str){p, n}, h);
}

/* Dates, times and lists by their text: a template may show it. */
static uint64_t add_slot(const ms_attribute *a, const ms_slot *slot, uint64_t h)
{
    h = add_bytes(&slot->state, sizeof slot->state, h);
    if (slot->state != MS_SLOT_VALID)
        return h;
    switch (a->type) {
    case MS_T_TEXT:
    case MS_T_DATE:
    case MS_T_TIME:
    case MS_T_URL:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_HANDLE:
    case MS_T_CHOICES: return add_bytes(slot->text.p, slot->text.n, h);
    case MS_T_AS_IS: return add_bytes(slot->field->raw.p, slot->field->raw.n, h);
    default: return add_bytes(&slot->number, sizeof slot->number, h);
    }
}

/* Of the status only that it is one to keep counts, and how far it is. */
static uint64_t add_kept(const ms_status_plan *plan, const ms_field *f, uint64_t h)
{
    uint32_t kept = 0;
    while (kept < plan->n_keep &&
           !(f && f->kind == MS_STRING && ms_str_eq(f->as.string, plan->keep[kept])))
        kept++;
    h = add_bytes(&kept, sizeof kept, h);
    int stage = plan->only_forward ? ms_status_stage(plan, f) : -1;
    return plan->only_forward ? add_bytes(&stage, sizeof stage, h) : h;
}

uint64_t ms_judge_input_hash(ms_judge *j, const ms_vertical *v, const ms_fields *attributes,
                             const ms_fields *facts)
{
    const ms_sealed *s = ms_sealed_of(v);
    if (ms_judge_prepare(j, v, attributes, 0))
        return 1; /* equal to a stored hash by chance only: the contact is judged */
    ms_coerce_all(j, v);
    uint64_t h = add_bytes(v->version.p, v->version.n, 0);
    for (uint32_t i = 0; i < v->n_attributes; i++)
        if (s->names[s->slot_name[i]].read)
            h = add_slot(&v->attributes[i], &j->items[i], h);
    if (v->n_facts)
        ms_facts_all(j, v, facts);
    for (uint32_t i = ms_vertical_slots(v) - v->n_facts; i < ms_vertical_slots(v); i++)
        h = add_slot(&v->attributes[i], &j->items[i], h);
    uint16_t status = s->managed_name[v->n_derived];
    if (status != MS_NO_NAME)
        h = add_kept(&v->status, j->incoming[status], h);
    return h ? h : 1;
}

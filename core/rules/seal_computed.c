/* Sealing, part four: computed numbers are made of earlier slots of fitting types. */
#include "rules/inside.h"

static const ms_attribute *operand(const ms_vertical *v, uint32_t slot, uint32_t own)
{
    return slot < own || ms_vertical_fact(v, slot) ? &v->attributes[slot] : NULL;
}

static bool is_number(const ms_attribute *a)
{
    return a && ms_scale(a->type);
}

static bool fits(const ms_vertical *v, uint32_t own)
{
    const ms_computed *c = &v->computed[own - v->n_attributes];
    const ms_attribute *x = operand(v, c->slot, own), *y = operand(v, c->slot2, own);
    ms_type type = v->attributes[own].type;
    switch (c->formula) {
    case MS_F_PER: return is_number(x) && y && y->type == MS_T_INTEGER && type == x->type;
    case MS_F_WHOLE: return is_number(x) && c->by > 0 && type == MS_T_INTEGER;
    case MS_F_LAST_NUMBER: return x && x->type == MS_T_TEXT && type == MS_T_INTEGER;
    }
    return false;
}

ms_status ms_seal_computed(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_computed; i++) {
        const ms_attribute *a = &v->attributes[v->n_attributes + i];
        if (!a->name.p || !a->name.n || !fits(v, v->n_attributes + i))
            return ms_fail(err, MS_INVALID,
                           MS_FMT ":%u: computed number " MS_FMT
                                  " is not made of earlier attributes that fit",
                           MS_ARG(v->file), a->line, MS_ARG(a->name));
    }
    return MS_OK;
}

/* What was looked up for a contact, into the slots of the facts. */
#include "rules/inside.h"

static const ms_field *last_of(const ms_fields *fields, ms_str name)
{
    for (size_t i = fields ? fields->n : 0; i-- > 0;)
        if (ms_same(fields->items[i].key, name))
            return &fields->items[i];
    return NULL;
}

void ms_facts_all(ms_judge *j, const ms_vertical *v, const ms_fields *facts)
{
    ms_str unused; /* facts are never stored in their canonical form */
    uint32_t first = v->n_attributes + v->n_computed;
    for (uint32_t i = first; i < first + v->n_facts; i++)
        ms_coerce_slot(j, v, i, last_of(facts, v->attributes[i].name), &unused);
}

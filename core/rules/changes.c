/*
 * The difference between what came in and what comes out, twice: `changed` for the document of
 * SPEC.md, where an invalid value is gone, and `writes` for what moonsift stores, which never
 * touches what somebody entered unless it understood it.
 */
#include "rules/inside.h"

static void add(ms_change *list, uint32_t *n, const ms_name *name, const ms_field *before,
                ms_str after, bool managed)
{
    list[(*n)++] = (ms_change){.key = name->key,
                               .before = before ? before->raw : MS_NONE,
                               .after = after,
                               .member = name->json,
                               .managed = managed};
}

static void add_declared(ms_judge *j, const ms_vertical *v, bool normalise, ms_decision *d)
{
    const ms_sealed *s = ms_sealed_of(v);
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        const ms_slot *slot = &j->items[i];
        const ms_name *name = &s->names[s->slot_name[i]];
        const ms_field *before = j->incoming[s->slot_name[i]];
        if (!before || v->attributes[i].type == MS_T_AS_IS)
            continue;
        if (slot->state != MS_SLOT_VALID || slot->defaulted) { /* null and "" are gone */
            add(j->changed, &d->n_changed, name, before, MS_NONE, false);
        } else if (slot->changed) {
            add(j->changed, &d->n_changed, name, before, j->json[i], false);
            if (normalise)
                add(j->writes, &d->n_writes, name, before, j->json[i], false);
        }
    }
}

static void add_managed(ms_judge *j, const ms_vertical *v, ms_decision *d)
{
    const ms_sealed *s = ms_sealed_of(v);
    for (uint32_t i = 0; i < s->n_managed; i++) {
        if (s->managed_name[i] == MS_NO_NAME || j->managed_same[i])
            continue;
        const ms_name *name = &s->names[s->managed_name[i]];
        const ms_field *before = j->incoming[s->managed_name[i]];
        add(j->changed, &d->n_changed, name, before, j->managed[i], true);
        add(j->writes, &d->n_writes, name, before, j->managed[i], true);
    }
}

void ms_changes_all(ms_judge *j, const ms_vertical *v, bool normalise, ms_decision *d)
{
    d->n_changed = d->n_writes = 0;
    d->changed = j->changed;
    d->writes = j->writes;
    add_declared(j, v, normalise, d);
    add_managed(j, v, d);
}

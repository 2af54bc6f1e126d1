/* One of a list of choices, or several: trimmed and in lower case. */
#include "rules/inside.h"

#include "base/text.h"

static int exact(const ms_attribute *a, ms_str s)
{
    for (uint32_t i = 0; i < a->n_choices; i++)
        if (ms_same(a->choices[i], s))
            return (int)i;
    return -1;
}

/* Index of the choice that `s` means, or -1; *as_written says whether it is spelt like it. */
static int find(const ms_attribute *a, ms_str s, bool *as_written)
{
    char lower[MS_MAX_CHOICE_BYTES];
    int at = exact(a, s);
    *as_written = at >= 0;
    if (at >= 0)
        return at;
    s = ms_trim(s);
    if (s.n > sizeof lower)
        return -1;
    for (size_t i = 0; i < s.n; i++)
        lower[i] = ms_lower(s.p[i]);
    return exact(a, (ms_str){lower, s.n});
}

ms_why ms_coerce_choice(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                        ms_slot *slot, ms_str *json)
{
    bool as_written = false;
    (void)j;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    int at = find(a, f->as.string, &as_written);
    if (at < 0)
        return MS_WHY_CHOICE;
    slot->number = at;
    slot->text = a->choices[at];
    slot->changed = !as_written;
    *json = quoted[at];
    return MS_WHY_NONE;
}

ms_why ms_coerce_choices(ms_judge *j, const ms_attribute *a, const ms_str *quoted,
                         const ms_field *f, ms_slot *slot, ms_str *json)
{
    ms_value list = {0};
    ms_status status =
        f->kind == MS_ARRAY ? ms_json_parse(j->arena, f->raw, &list, NULL) : MS_INVALID;
    j->no_memory |= status == MS_NOMEM; /* not the contact's fault */
    if (status)
        return MS_WHY_KIND;
    j->scratch.n = 0;
    ms_buf_char(&j->scratch, '[');
    for (uint32_t i = 0; i < list.count; i++) {
        bool as_written = false;
        const ms_value *v = &list.as.items[i];
        int at = v->kind == MS_STRING ? find(a, ms_as_str(v), &as_written) : -1;
        if (at < 0)
            return MS_WHY_CHOICE;
        bool repeated = slot->mask >> at & 1;
        slot->changed |= repeated || !as_written;
        if (repeated)
            continue;
        if (slot->mask)
            ms_buf_char(&j->scratch, ',');
        ms_buf_str(&j->scratch, quoted[at]);
        slot->mask |= (uint64_t)1 << at;
        slot->number++; /* how many */
    }
    ms_buf_char(&j->scratch, ']');
    j->no_memory |= j->scratch.failed;
    *json = slot->text = ms_judge_text(j, j->scratch.p, j->scratch.n);
    return MS_WHY_NONE;
}

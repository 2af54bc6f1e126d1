/*
 * From the fields of a contact to typed slots: which field a key means, what its value is by its
 * declared type, and ranges the right way round.
 */
#include "rules/inside.h"

#include <stdlib.h>

/* ---- which field means what ----------------------------------------------------------------- */

static bool room(ms_judge *j, size_t n)
{
    if (n > j->roles_capacity) {
        size_t capacity = n * 2;
        ms_role *roles = realloc(j->roles, capacity * sizeof *roles);
        if (!roles)
            return false;
        j->roles = roles;
        j->roles_capacity = capacity;
    }
    if (n * 2 > j->seen_capacity) {
        size_t capacity = 64;
        while (capacity < n * 4)
            capacity *= 2;
        ms_seen *seen = calloc(capacity, sizeof *seen);
        if (!seen)
            return false;
        free(j->seen);
        j->seen = seen;
        j->seen_capacity = capacity;
        j->round = 0;
    }
    if (++j->round == 0) { /* after 2^32 contacts old entries would count again */
        memset(j->seen, 0, j->seen_capacity * sizeof *j->seen);
        j->round = 1;
    }
    j->n_roles = n;
    return true;
}

/* An undeclared key: of repeats the last one counts, and only that one is passed on. */
static void take_other(ms_judge *j, const ms_fields *fields, uint32_t at, uint64_t seed)
{
    size_t mask = j->seen_capacity - 1;
    size_t place = ms_key_hash(fields->items[at].key, seed) & mask;
    for (; j->seen[place].round == j->round; place = (place + 1) & mask) {
        uint32_t before = j->seen[place].field;
        if (ms_same(fields->items[before].key, fields->items[at].key)) {
            j->roles[before] = MS_ROLE_REPEATED;
            break;
        }
    }
    j->seen[place] = (ms_seen){j->round, at};
    j->roles[at] = MS_ROLE_OTHER;
}

bool ms_judge_take(ms_judge *j, const ms_vertical *v, const ms_fields *fields)
{
    const ms_sealed *s = ms_sealed_of(v);
    if (fields->n >= UINT32_MAX || !room(j, fields->n))
        return false;
    memset(j->incoming, 0, s->n_names * sizeof *j->incoming);
    for (size_t i = 0; i < fields->n; i++) {
        const ms_field *f = &fields->items[i];
        uint16_t name = ms_find_name(s, f->key);
        if (name == MS_NO_NAME) {
            take_other(j, fields, (uint32_t)i, s->seed);
            continue;
        }
        if (j->incoming[name])
            j->roles[j->incoming[name] - fields->items] = MS_ROLE_REPEATED;
        j->incoming[name] = f;
        j->roles[i] = name;
    }
    return true;
}

/* ---- values --------------------------------------------------------------------------------- */

/* null, a missing key and "" mean the same: nothing was said. */
static bool is_absent(const ms_field *f)
{
    return !f || f->kind == MS_NULL || (f->kind == MS_STRING && f->as.string.n == 0);
}

static ms_why coerce_boolean(const ms_field *f, ms_slot *slot, ms_str *json)
{
    slot->number = f->kind == MS_BOOL && f->as.boolean;
    *json = f->raw;
    return f->kind == MS_BOOL ? MS_WHY_NONE : MS_WHY_KIND;
}

static ms_why take_as_is(const ms_field *f, ms_slot *slot, ms_str *json)
{
    slot->text = f->kind == MS_STRING ? f->as.string : MS_NONE;
    *json = f->raw;
    return MS_WHY_NONE;
}

ms_why ms_coerce(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                 ms_slot *slot, ms_str *json)
{
    switch (a->type) {
    case MS_T_INTEGER: return ms_coerce_integer(j, a, quoted, f, slot, json);
    case MS_T_MONEY: return ms_coerce_money(j, a, quoted, f, slot, json);
    case MS_T_CHOICE: return ms_coerce_choice(j, a, quoted, f, slot, json);
    case MS_T_CHOICES: return ms_coerce_choices(j, a, quoted, f, slot, json);
    case MS_T_BOOLEAN: return coerce_boolean(f, slot, json);
    case MS_T_TEXT: return ms_coerce_text(j, a, quoted, f, slot, json);
    case MS_T_DATE: return ms_coerce_date(j, a, quoted, f, slot, json);
    case MS_T_AS_IS: return take_as_is(f, slot, json);
    case MS_T_NUMBER: return ms_coerce_number(j, a, quoted, f, slot, json);
    case MS_T_TIME: return ms_coerce_time(j, a, quoted, f, slot, json);
    case MS_T_URL: return ms_coerce_url(j, a, quoted, f, slot, json);
    case MS_T_EMAIL: return ms_coerce_email(j, a, quoted, f, slot, json);
    case MS_T_PHONE: return ms_coerce_phone(j, a, quoted, f, slot, json);
    case MS_T_HANDLE: return ms_coerce_handle(j, a, quoted, f, slot, json);
    }
    return MS_WHY_KIND;
}

/* The two values change places; each then differs from what its own field said. */
static void swap(ms_judge *j, ms_pair pair)
{
    ms_slot *low = &j->items[pair.low], *high = &j->items[pair.high];
    ms_str json = j->json[pair.low], text = low->text;
    int64_t number = low->number;
    j->json[pair.low] = j->json[pair.high];
    j->json[pair.high] = json;
    low->text = high->text;
    high->text = text;
    low->number = high->number;
    high->number = number;
    low->changed = high->changed = true;
    low->swapped = high->swapped = true;
}

static inline void coerce_slot(ms_judge *j, const ms_vertical *v, const ms_sealed *s, uint32_t i,
                               const ms_field *f, ms_str *json)
{
    ms_slot *slot = &j->items[i];
    *slot = (ms_slot){.field = f};
    *json = MS_NONE;
    if (is_absent(f)) {
        if (s->defaults && s->defaults[i].defaulted)
            *slot = s->defaults[i];
        return;
    }
    ms_why why = ms_coerce(j, &v->attributes[i], s->choice_json[i], f, slot, json);
    if (!why)
        slot->state = MS_SLOT_VALID;
    else
        *slot = (ms_slot){.state = MS_SLOT_INVALID, .why = (uint8_t)why, .field = f};
}

void ms_coerce_slot(ms_judge *j, const ms_vertical *v, uint32_t i, const ms_field *f, ms_str *json)
{
    coerce_slot(j, v, ms_sealed_of(v), i, f, json);
}

/* What both ends of a range say may be the wrong way round; what a default says is not said. */
static void order_ranges(ms_judge *j, const ms_vertical *v)
{
    for (uint32_t i = 0; i < v->n_ranges; i++) {
        const ms_slot *low = &j->items[v->ranges[i].low], *high = &j->items[v->ranges[i].high];
        if (low->state == MS_SLOT_VALID && high->state == MS_SLOT_VALID &&
            low->number > high->number && !low->defaulted && !high->defaulted)
            swap(j, v->ranges[i]);
    }
}

uint32_t ms_coerce_all(ms_judge *j, const ms_vertical *v)
{
    const ms_sealed *s = ms_sealed_of(v);
    uint32_t n_errors = 0;
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        coerce_slot(j, v, s, i, j->incoming[s->slot_name[i]], &j->json[i]);
        if (j->items[i].state == MS_SLOT_INVALID)
            j->errors[n_errors++] = (uint16_t)i;
    }
    order_ranges(j, v);
    return n_errors;
}

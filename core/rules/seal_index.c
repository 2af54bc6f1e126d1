/* Sealing, part three: look-up by name, and the texts that printing will need, quoted once. */
#include "rules/inside.h"

#include <sys/random.h>

static void insert(ms_sealed *s, uint16_t name)
{
    uint32_t at = (uint32_t)s->names[name].hash & s->mask;
    while (s->table[at])
        at = (at + 1) & s->mask;
    s->table[at] = (uint16_t)(name + 1);
}

/* The name's place in `names`, made when it is new. */
static uint16_t name_of(ms_sealed *s, ms_str key)
{
    uint16_t at = ms_find_name(s, key);
    if (at != MS_NO_NAME)
        return at;
    at = (uint16_t)s->n_names++;
    s->names[at] = (ms_name){.key = key, .hash = ms_name_hash(key), .slot = -1, .managed = -1};
    insert(s, at);
    return at;
}

static void add_managed(ms_sealed *s, uint32_t managed, ms_str key)
{
    s->managed_name[managed] = MS_NO_NAME;
    if (!key.p)
        return;
    uint16_t at = name_of(s, key);
    s->names[at].managed = (int16_t)managed;
    s->managed_name[managed] = at;
}

ms_status ms_seal_index(const ms_vertical *v, ms_arena *arena, ms_sealed **out, ms_error *err)
{
    uint32_t most = v->n_attributes + v->n_derived + 2, size = 16;
    while (size < most * 4) /* sparse: most keys that are asked for are not in it */
        size *= 2;
    ms_sealed *s = ms_alloc_zero(arena, 1, sizeof *s);
    if (!s || !(s->table = ms_alloc_zero(arena, size, sizeof *s->table)) ||
        !(s->names = ms_alloc_zero(arena, most, sizeof *s->names)) ||
        !(s->slot_name = ms_alloc_zero(arena, v->n_attributes + 1, sizeof *s->slot_name)) ||
        !(s->slot_read = ms_alloc_zero(arena, ms_vertical_slots(v) + 1, sizeof *s->slot_read)) ||
        !(s->managed_name = ms_alloc_zero(arena, v->n_derived + 2, sizeof *s->managed_name)) ||
        !ms_program_make(v, arena, &s->program))
        return ms_fail(err, MS_NOMEM, MS_FMT ": out of memory", MS_ARG(v->name));
    s->mask = size - 1;
    s->n_managed = v->n_derived + 2;
    if (getrandom(&s->seed, sizeof s->seed, GRND_NONBLOCK) != (ssize_t)sizeof s->seed)
        s->seed = (uint64_t)(uintptr_t)s; /* early at boot: address randomisation has to do */
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        s->slot_name[i] = name_of(s, v->attributes[i].name);
        s->names[s->slot_name[i]].slot = (int16_t)i;
    }
    for (uint32_t i = 0; i < v->n_derived; i++)
        add_managed(s, i, v->derived[i].name);
    add_managed(s, v->n_derived, v->status.attribute);
    add_managed(s, v->n_derived + 1, v->score_attribute);
    *out = s;
    return MS_OK;
}

/* `text` between `before` and `after`, as a JSON string, in the arena. */
static ms_str quoted(ms_arena *arena, ms_buf *scratch, ms_str text, const char *after)
{
    scratch->n = 0;
    ms_json_string(scratch, text);
    ms_buf_z(scratch, after);
    return scratch->failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(scratch));
}

ms_str *ms_quoted_list(ms_arena *arena, const ms_str *texts, uint32_t n)
{
    ms_buf scratch = {0};
    ms_str *list = ms_alloc_zero(arena, n + 1, sizeof *list);
    for (uint32_t i = 0; list && i < n; i++)
        if (!(list[i] = quoted(arena, &scratch, texts[i], "")).p)
            list = NULL;
    ms_buf_free(&scratch);
    return list;
}

static bool quote_vertical(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_buf *scratch)
{
    const ms_status_plan *plan = &v->status;
    s->label_json = ms_alloc_zero(arena, v->n_labels + 1, sizeof *s->label_json);
    s->rule_json = ms_alloc_zero(arena, v->n_rules + 1, sizeof *s->rule_json);
    s->case_json = ms_alloc_zero(arena, plan->n_cases + 1, sizeof *s->case_json);
    s->keep_json = ms_quoted_list(arena, plan->keep, plan->n_keep);
    s->stage_json = ms_quoted_list(arena, plan->stages, plan->n_stages);
    s->otherwise_json = quoted(arena, scratch, plan->otherwise, "");
    bool ok = s->label_json && s->rule_json && s->case_json && s->keep_json && s->stage_json &&
              s->otherwise_json.p;
    for (uint32_t i = 0; ok && i < v->n_labels; i++)
        ok = (s->label_json[i] = quoted(arena, scratch, v->labels[i].title, "")).p;
    for (uint32_t i = 0; ok && i < v->n_rules; i++)
        ok = (s->rule_json[i] = quoted(arena, scratch, v->rules[i].id, "")).p;
    for (uint32_t i = 0; ok && i < plan->n_cases; i++)
        ok = (s->case_json[i] = quoted(arena, scratch, plan->cases[i].value, "")).p;
    return ok;
}

static bool write_scores(const ms_vertical *v, ms_arena *arena, ms_sealed *s)
{
    char text[MS_DECIMAL_TEXT];
    int64_t n = (int64_t)v->score_max - v->score_min + 1;
    if (n > MS_MAX_SCORES)
        return true;
    s->score_json = ms_alloc_zero(arena, (size_t)n, sizeof *s->score_json);
    for (int64_t i = 0; s->score_json && i < n; i++) {
        ms_str score = {text, ms_decimal(text, v->score_min + i, 1)};
        if (!(s->score_json[i] = ms_arena_dup(arena, score)).p)
            return false;
    }
    return s->score_json;
}

ms_status ms_seal_texts(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err)
{
    ms_buf scratch = {0};
    bool ok = quote_vertical(v, arena, s, &scratch) && write_scores(v, arena, s);
    s->choice_json = ms_alloc_zero(arena, ms_vertical_slots(v) + 1, sizeof *s->choice_json);
    ok = ok && s->choice_json;
    for (uint32_t i = 0; ok && i < s->n_names; i++)
        ok = (s->names[i].json = quoted(arena, &scratch, s->names[i].key, ":")).p;
    for (uint32_t i = 0; ok && i < ms_vertical_slots(v); i++) {
        const ms_attribute *a = &v->attributes[i];
        if (a->type == MS_T_CHOICE || a->type == MS_T_CHOICES)
            ok = (s->choice_json[i] = ms_quoted_list(arena, a->choices, a->n_choices));
    }
    scratch.n = 0;
    ms_buf_z(&scratch, ",\"vertical\":");
    ms_json_string(&scratch, v->name);
    ms_buf_z(&scratch, ",\"version\":");
    ms_json_string(&scratch, v->version);
    ms_buf_z(&scratch, ",\"attributes\":");
    ok = ok && !scratch.failed && (s->head = ms_arena_dup(arena, ms_buf_view(&scratch))).p;
    ms_buf_free(&scratch);
    return ok ? MS_OK : ms_fail(err, MS_NOMEM, MS_FMT ": out of memory", MS_ARG(v->name));
}

int ms_vertical_slot(const ms_vertical *v, ms_str name)
{
    const ms_sealed *s = ms_sealed_of(v);
    uint16_t at = ms_find_name(s, name);
    return at == MS_NO_NAME ? -1 : s->names[at].slot;
}

bool ms_vertical_reads(const ms_vertical *v, ms_str key)
{
    const ms_sealed *s = ms_sealed_of(v);
    uint16_t at = ms_find_name(s, key);
    return at != MS_NO_NAME && s->names[at].read;
}

bool ms_vertical_manages(const ms_vertical *v, ms_str key)
{
    const ms_sealed *s = ms_sealed_of(v);
    uint16_t at = ms_find_name(s, key);
    return at != MS_NO_NAME && s->names[at].managed >= 0;
}

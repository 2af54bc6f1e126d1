/* The explanation as members of a JSON object, for programs. */
#include "rules/counterfactual.h"
#include "rules/words.h"

static void add_string(const char *key, ms_str text, ms_buf *out)
{
    ms_buf_format(out, ",\"%s\":", key);
    ms_json_string_or_null(out, text);
}

/* ---- values --------------------------------------------------------------------------------- */

static void add_number(const ms_attribute *a, int64_t number, ms_buf *out)
{
    bool quoted = a->type == MS_T_DATE || a->type == MS_T_TIME;
    if (quoted)
        ms_buf_char(out, '"');
    ms_words_literal(a, number, out);
    if (quoted)
        ms_buf_char(out, '"');
}

/* As the rules see it; what tells who somebody is stays away. */
static void add_value(const ms_decision *d, uint32_t slot, ms_buf *out)
{
    const ms_vertical *v = d->slots->vertical;
    const ms_attribute *a = &v->attributes[slot];
    const ms_slot *s = &d->slots->items[slot];
    if (s->state != MS_SLOT_VALID)
        ms_buf_z(out, "null");
    else if (a->personal)
        ms_buf_z(out, "\"(personal)\"");
    else if (a->type == MS_T_CHOICE)
        ms_buf_str(out, ms_sealed_of(v)->choice_json[slot][s->number]);
    else if (a->type == MS_T_CHOICES)
        ms_buf_str(out, s->text);
    else if (a->type == MS_T_AS_IS)
        ms_buf_str(out, s->field->raw);
    else if (ms_is_text_type(a->type))
        ms_json_string(out, s->text);
    else
        add_number(a, s->number, out);
}

typedef struct seen {
    bool slot[MS_MAX_SLOTS];
} seen;

static void look_at(const ms_vertical *v, const ms_cond *c, seen *s)
{
    if (c->op == MS_C_CUSTOM)
        for (uint32_t i = 0; i < v->customs[c->a].n_reads; i++)
            s->slot[v->customs[c->a].reads[i]] = true;
    if (!ms_words_looks_at(c))
        return;
    s->slot[c->slot] = true;
    if (c->op == MS_C_COMPARE_SLOTS)
        s->slot[c->slot2] = true;
}

static void add_values(const ms_decision *d, const ms_rule *rule, ms_buf *out)
{
    const ms_vertical *v = d->slots->vertical;
    const ms_cond *root = &v->conditions[rule->condition];
    seen s = {0};
    bool first = true;
    for (uint32_t i = 0; i < root->size; i++)
        look_at(v, root + i, &s);
    ms_buf_z(out, ",\"values\":{");
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++) {
        if (!s.slot[i])
            continue;
        if (!first)
            ms_buf_char(out, ',');
        first = false;
        ms_json_string(out, v->attributes[i].name);
        ms_buf_char(out, ':');
        add_value(d, i, out);
    }
    ms_buf_char(out, '}');
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void add_rule(const ms_decision *d, uint32_t i, ms_buf *scratch, ms_buf *out)
{
    static const char *const truths[] = {"no", "yes", "unknown"};
    const ms_vertical *v = d->slots->vertical;
    const ms_rule *rule = &v->rules[i];
    ms_buf_z(out, i ? ",{\"id\":" : "{\"id\":");
    ms_json_string(out, rule->id);
    add_string("name", rule->name, out);
    ms_buf_format(out, ",\"outcome\":%s,\"truth\":\"%s\",\"points\":%d,\"counted\":%d",
                  rule->outcome ? "true" : "false", truths[ms_rule_truth(d, i)], rule->points,
                  ms_rule_counted(d, i));
    scratch->n = 0;
    ms_condition_words(v, rule->condition, scratch);
    add_string("condition", ms_buf_view(scratch), out);
    scratch->n = 0;
    ms_decision_reason(d, i, scratch);
    add_string("reason", ms_buf_view(scratch), out);
    add_values(d, rule, out);
    ms_buf_z(out, ",\"place\":{\"file\":");
    ms_json_string(out, v->file);
    ms_buf_format(out, ",\"line\":%u}", rule->line);
    add_string("because", rule->because, out);
    add_string("label", rule->label < 0 ? MS_NONE : v->labels[rule->label].title, out);
    ms_buf_char(out, '}');
    out->failed |= scratch->failed;
}

static void add_errors(const ms_decision *d, ms_buf *scratch, ms_buf *out)
{
    const ms_vertical *v = d->slots->vertical;
    ms_buf_z(out, ",\"errors\":[");
    for (uint32_t i = 0; i < d->n_errors; i++) {
        const ms_attribute *a = &v->attributes[d->errors[i]];
        const ms_slot *slot = &d->slots->items[d->errors[i]];
        ms_buf_z(out, i ? ",{\"attribute\":" : "{\"attribute\":");
        ms_json_string(out, a->name);
        ms_buf_z(out, ",\"value\":");
        ms_buf_str(out, a->personal ? MS_STR("\"(personal)\"") : slot->field->raw);
        scratch->n = 0;
        ms_refusal_words(a, (ms_why)slot->why, scratch);
        add_string("why", ms_buf_view(scratch), out);
        ms_buf_char(out, '}');
    }
    ms_buf_char(out, ']');
    out->failed |= scratch->failed;
}

void ms_decision_explain_json(const ms_decision *d, ms_buf *out)
{
    char score[MS_DECIMAL_TEXT];
    const ms_vertical *v = d->slots->vertical;
    ms_buf scratch = {0};
    ms_buf_z(out, "\"outcome\":{\"score\":");
    ms_buf_add(out, score, ms_decimal(score, d->points, 1));
    ms_buf_format(out, ",\"points\":%d,\"sum\":%d", d->points, d->sum);
    add_string("lead_status", d->status, out);
    ms_buf_z(out, ",\"labels\":");
    ms_decision_labels(d, out);
    ms_buf_z(out, "},\"rules\":[");
    for (uint32_t i = 0; i < v->n_rules; i++)
        add_rule(d, i, &scratch, out);
    ms_buf_char(out, ']');
    add_errors(d, &scratch, out);
    ms_buf_free(&scratch);
}

/* ---- what would change it ------------------------------------------------------------------- */

static void add_way(const ms_vertical *v, const ms_way *way, ms_buf *out)
{
    const ms_attribute *a = &v->attributes[way->slot];
    bool text = ms_is_text_type(a->type), first = true;
    ms_buf_z(out, "{\"attribute\":");
    ms_json_string(out, a->name);
    add_string("words", way->words, out);
    ms_buf_z(out, ",\"values\":[");
    for (uint32_t i = 0; i < way->n_trials; i++) {
        const ms_trial *trial = way->trials[i];
        ms_buf_z(out, i ? "," : "");
        ms_buf_str(out, !trial->json.p        ? MS_STR("null")
                        : a->personal && text ? MS_STR("\"(personal)\"")
                                              : trial->json);
    }
    ms_buf_z(out, "],\"ranges\":[");
    for (uint32_t i = 0; i < way->n_trials; i++) {
        const ms_trial *trial = way->trials[i];
        if (text || trial->kind != MS_TRY_NUMBER || trial->low == trial->high)
            continue;
        ms_buf_z(out, first ? "[" : ",[");
        first = false;
        add_number(a, trial->low, out);
        ms_buf_char(out, ',');
        add_number(a, trial->high, out);
        ms_buf_char(out, ']');
    }
    ms_buf_z(out, "]}");
}

static void add_effects(const ms_effects *effects, const ms_vertical *v, ms_effect_kind kind,
                        ms_buf *out)
{
    static const char *const keys[] = {"loses", "gains", "becomes"};
    bool first = true;
    ms_buf_format(out, ",\"%s\":[", keys[kind]);
    for (uint32_t i = 0; i < effects->n; i++) {
        const ms_effect *e = &effects->items[i];
        if (e->kind != kind)
            continue;
        ms_buf_z(out, first ? "{" : ",{");
        first = false;
        ms_buf_z(out, kind == MS_BECOMES ? "\"lead_status\":" : "\"label\":");
        ms_json_string(out, e->name);
        ms_buf_z(out, ",\"if\":[");
        for (uint32_t k = 0; k < e->n_ways; k++) {
            ms_buf_z(out, k ? "," : "");
            add_way(v, &e->ways[k], out);
        }
        ms_buf_z(out, "]}");
    }
    ms_buf_char(out, ']');
}

void ms_effects_json(const ms_effects *effects, const ms_vertical *v, ms_buf *out)
{
    ms_buf_format(out, "\"tried\":%u,\"complete\":%s", effects->tried,
                  effects->cut || effects->sampled ? "false" : "true");
    add_effects(effects, v, MS_LOSES, out);
    add_effects(effects, v, MS_GAINS, out);
    add_effects(effects, v, MS_BECOMES, out);
}

/* The explanation as one JSON document: moonsift.explain/1. */
#include "base/clock.h"
#include "cli/explain.h"
#include "flow/ids.h"
#include "rules/differ.h"

static void add_string(const char *key, ms_str text, ms_buf *out)
{
    ms_buf_format(out, ",\"%s\":", key);
    ms_json_string_or_null(out, text);
}

/* A stored version's number, or "draft". */
static void add_version(const ms_explain_rules *rules, ms_buf *out)
{
    if (rules->number)
        ms_buf_int(out, rules->number);
    else
        ms_buf_z(out, "\"draft\"");
}

static void add_subject(const ms_explanation *e, ms_buf *out)
{
    char when[MS_TIME_TEXT], id[MS_ID_TEXT];
    const ms_subject *s = e->subject;
    ms_buf_z(out, "\"contact\":{\"id\":");
    if (s->id_is_text)
        ms_json_string(out, s->id);
    else
        ms_buf_str(out, s->id.p ? s->id : MS_STR("null"));
    add_string("name", s->name, out);
    if (!s->file)
        ms_buf_format(out, ",\"account\":%lld", (long long)s->account_id);
    ms_buf_char(out, '}');
    add_string("vertical", s->vertical, out);
    if (!e->rules)
        return;
    ms_buf_z(out, ",\"version\":");
    add_version(e->rules, out);
    ms_buf_format(out, ",\"active\":%s", e->rules->active ? "true" : "false");
    add_string("clock", ms_str_z(ms_time_format(s->clock, when)), out);
    add_string("decision",
               s->decision_id ? ms_str_z(ms_id_text("dec", s->decision_id, id)) : MS_NONE, out);
}

static void add_changes(const ms_explain_asked *asked, ms_buf *out)
{
    ms_buf_z(out, "\"changes\":[");
    for (size_t i = 0; i < asked->n_what_if; i++) {
        ms_buf_z(out, i ? "," : "");
        ms_json_string(out, ms_str_z(asked->what_if[i]));
    }
    ms_buf_z(out, "],");
}

void ms_explain_json(const ms_explanation *e, ms_buf *out)
{
    ms_buf_z(out, "{\"schema\":\"moonsift.explain/1\",");
    add_subject(e, out);
    if (e->other) {
        ms_buf_z(out, ",\"diff\":{\"version\":");
        add_version(e->other, out);
        ms_buf_char(out, ',');
        ms_differ_json(&e->judged->decision, &e->other_judged->decision, out);
        ms_buf_char(out, '}');
    } else if (e->judged) {
        ms_buf_char(out, ',');
        ms_decision_explain_json(&e->judged->decision, out);
    }
    if (e->effects) {
        ms_buf_char(out, ',');
        ms_effects_json(e->effects, e->rules->vertical, out);
    }
    if (e->unchanged) {
        ms_buf_z(out, ",\"what_if\":{");
        add_changes(e->asked, out);
        ms_differ_json(&e->unchanged->decision, &e->judged->decision, out);
        ms_buf_char(out, '}');
    }
    ms_buf_z(out, ",\"conflicts\":");
    ms_buf_str(out, e->subject->stored && e->subject->conflicts.p ? e->subject->conflicts
                                                                  : MS_STR("{}"));
    ms_buf_z(out, ",\"left_alone\":[");
    for (size_t i = 0; i < e->n_people; i++) {
        ms_buf_z(out, i ? "," : "");
        ms_json_string(out, e->people[i]);
    }
    ms_buf_z(out, "]}\n");
}

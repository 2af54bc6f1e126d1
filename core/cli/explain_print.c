/* The explanation in words. */
#include "base/clock.h"
#include "cli/explain.h"
#include "flow/ids.h"
#include "rules/differ.h"

void ms_subject_words(const ms_subject *s, ms_buf *out)
{
    ms_str name = s->name.n || s->file ? s->name : MS_STR("(no name)");
    for (size_t i = 0; i < name.n; i++) /* on one line */
        ms_buf_char(out, (unsigned char)name.p[i] < 0x20 ? ' ' : name.p[i]);
    if (s->id.n)
        ms_buf_format(out, "%s#" MS_FMT, name.n ? " " : "", MS_ARG(s->id));
    ms_buf_z(out, " · ");
}

static void add_header(const ms_explanation *e, ms_buf *out)
{
    char when[MS_TIME_TEXT], id[MS_ID_TEXT];
    const ms_subject *s = e->subject;
    ms_subject_words(s, out);
    ms_explain_rules_words(e->rules, out);
    if (e->other) {
        ms_buf_z(out, " → ");
        ms_explain_rules_words(e->other, out);
    }
    ms_buf_format(out, " · clock %.16sZ", ms_time_format(s->clock, when));
    ms_id_text("dec", s->decision_id, id);
    bool own = e->rules->number == s->version && !e->unchanged && !e->other;
    if (s->decision_id && s->stored && own)
        ms_buf_format(out, " · decision %s", id);
    else if (s->decision_id)
        ms_buf_format(out, " · as it was at decision %s", id);
    else if (!s->file && own)
        ms_buf_z(out, " · what would be decided now");
    ms_buf_char(out, '\n');
}

/* {"lead_status": ["qualified", "new"]}: kept, and what the rules say. */
static void add_conflicts(ms_cli *cli, ms_str json, ms_buf *out)
{
    ms_value v;
    if (!json.p || ms_json_parse(cli->arena, json, &v, NULL) != MS_OK || v.kind != MS_OBJECT)
        return;
    for (uint32_t i = 0; i < v.count; i++) {
        const ms_value *pair = &v.as.members[i].value;
        if (pair->kind != MS_ARRAY || pair->count != 2)
            continue;
        ms_buf_format(out, "kept: " MS_FMT " = ", MS_ARG(v.as.members[i].key));
        ms_json_write(out, &pair->as.items[0]);
        ms_buf_z(out, ", though the rules say ");
        ms_json_write(out, &pair->as.items[1]);
        ms_buf_z(out, ": a person changed it\n");
    }
}

/* -v: what came in, and what the rules made of it. */
static void add_reads(const ms_explanation *e, ms_buf *out)
{
    ms_decision_reads(&e->judged->decision, out);
    ms_buf_format(out, "judged in %lld µs", (long long)e->judged->us);
    if (e->effects)
        ms_buf_format(out, "; %u changes tried", e->effects->tried);
    ms_buf_char(out, '\n');
}

static void add_what_if(const ms_explanation *e, ms_buf *out)
{
    ms_buf_z(out, "what if ");
    for (size_t i = 0; i < e->asked->n_what_if; i++) {
        const char *change = e->asked->what_if[i], *is = strchr(change, '=');
        ms_buf_format(out, "%s%.*s %s %s", i ? ", " : "", (int)(is - change), change,
                      is[1] ? "=" : "were", is[1] ? is + 1 : "missing");
    }
    ms_buf_z(out, "?\n");
}

void ms_explain_print(ms_cli *cli, const ms_explanation *e, ms_buf *out)
{
    add_header(e, out);
    if (e->unchanged)
        add_what_if(e, out);
    if (e->other) {
        ms_differ_text(&e->judged->decision, &e->other_judged->decision, out);
    } else {
        ms_decision_explain(&e->judged->decision, out);
        if (e->effects)
            ms_effects_text(e->effects, e->rules->vertical, out);
    }
    if (e->unchanged) {
        ms_buf_z(out, "against the contact as it is:\n");
        ms_differ_text(&e->unchanged->decision, &e->judged->decision, out);
    }
    if (e->subject->stored && !e->other && !e->unchanged)
        add_conflicts(cli, e->subject->conflicts, out);
    for (size_t i = 0; i < e->n_people; i++)
        ms_buf_format(out, "left alone: label " MS_FMT " belongs to people\n",
                      MS_ARG(e->people[i]));
    if (cli->verbose)
        add_reads(e, out);
}

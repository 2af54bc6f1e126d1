#include "cli/case_judge.h"

#include <stdlib.h>

struct ms_case_judge {
    const ms_vertical *vertical;
    ms_arena *arena;
    ms_judge *judge;
    ms_json_reader *reader, *facts_reader;
    ms_fields fields, facts;
    ms_buf text;
};

/* One case while it is compared. */
typedef struct trial {
    const ms_vertical *v;
    const ms_case *c;
    const ms_decision *d;
    ms_value got; /* what `evaluate` would print */
    ms_buf *out;
    bool asked[MS_MAX_RULES]; /* rules that explain a difference */
} trial;

ms_case_judge *ms_case_judge_new(const ms_vertical *vertical, ms_arena *arena)
{
    ms_case_judge *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    *j = (ms_case_judge){.vertical = vertical, .arena = arena};
    j->judge = ms_judge_new();
    j->reader = ms_json_reader_new();
    j->facts_reader = ms_json_reader_new();
    if (j->judge && j->reader && j->facts_reader)
        return j;
    ms_case_judge_free(j);
    return NULL;
}

void ms_case_judge_free(ms_case_judge *j)
{
    if (!j)
        return;
    ms_judge_free(j->judge);
    ms_json_reader_free(j->reader);
    ms_json_reader_free(j->facts_reader);
    ms_fields_free(&j->fields);
    ms_fields_free(&j->facts);
    ms_buf_free(&j->text);
    free(j);
}

/* ---- differences ---------------------------------------------------------------------------- */

static void show(const ms_value *v, ms_buf *out)
{
    if (!v || v->kind == MS_ABSENT)
        ms_buf_z(out, "nothing");
    else
        ms_json_write(out, v);
}

static void differ(trial *t, const char *what, ms_str name, const ms_value *want,
                   const ms_value *got)
{
    ms_buf_format(t->out, "%s" MS_FMT ": want ", what, MS_ARG(name));
    show(want, t->out);
    ms_buf_z(t->out, ", got ");
    show(got, t->out);
    ms_buf_char(t->out, '\n');
}

/* A score that is off by the points of one rule is likely to be that rule's. */
static void ask_score(trial *t, const ms_value *want)
{
    double score = want->kind == MS_INT ? (double)want->as.integer : want->as.number;
    double points = score * 10;
    int64_t off = points > -1e6 && points < 1e6
                      ? (int64_t)(points + (points < 0 ? -0.5 : 0.5)) - t->d->points
                      : 0;
    for (uint32_t i = 0; i < t->v->n_rules; i++) {
        bool fired = ms_bit(&t->d->fired, i);
        int32_t would = fired ? -t->v->rules[i].points : t->v->rules[i].points;
        t->asked[i] |= would && would == off;
    }
}

static bool compare_score(trial *t)
{
    const ms_value *want = ms_get(t->c->expect, "score"), *got = ms_get(&t->got, "score");
    if (!want || ms_json_equal(want, got))
        return false;
    differ(t, "score", MS_STR(""), want, got);
    if (!ms_get(t->c->expect, "fired")) /* which tells it for certain */
        ask_score(t, want);
    return true;
}

static bool compare_status(trial *t)
{
    const ms_value *want = ms_get(t->c->expect, "lead_status");
    const ms_value *got = ms_get(&t->got, "lead_status");
    const ms_status_plan *s = &t->v->status;
    if (!want || ms_json_equal(want, got))
        return false;
    differ(t, "lead_status", MS_STR(""), want, got);
    for (uint32_t i = 0; i < s->n_cases; i++)
        if (s->cases[i].rule != MS_NO_RULE && (ms_str_eq(s->cases[i].value, ms_as_str(want)) ||
                                               ms_str_eq(s->cases[i].value, ms_as_str(got))))
            t->asked[s->cases[i].rule] = true;
    return true;
}

static bool has(const ms_value *list, ms_str text)
{
    for (uint32_t i = 0; list && i < list->count; i++)
        if (ms_str_eq(ms_as_str(&list->as.items[i]), text))
            return true;
    return false;
}

/* Rules that are named so, or give that label. */
static void ask_name(trial *t, ms_str name, bool label)
{
    for (uint32_t i = 0; i < t->v->n_rules; i++) {
        const ms_rule *r = &t->v->rules[i];
        if (!label)
            t->asked[i] |= ms_str_eq(r->id, name);
        else if (r->label >= 0)
            t->asked[i] |= ms_str_eq(t->v->labels[r->label].title, name);
    }
}

typedef struct word {
    const char *key, *missing, *extra; /* "want X, %s", "X %s" */
} word;

static void compare_list(trial *t, const word *w)
{
    const ms_value *want = ms_get(t->c->expect, w->key), *got = ms_get(&t->got, w->key);
    bool label = strcmp(w->key, "labels") == 0;
    if (!want)
        return;
    for (uint32_t i = 0; i < want->count; i++) {
        ms_str name = ms_as_str(&want->as.items[i]);
        if (has(got, name))
            continue;
        ms_buf_format(t->out, "%s: want " MS_FMT ", %s\n", w->key, MS_ARG(name), w->missing);
        ask_name(t, name, label);
    }
    for (uint32_t i = 0; got && i < got->count; i++) {
        ms_str name = ms_as_str(&got->as.items[i]);
        if (has(want, name))
            continue;
        ms_buf_format(t->out, "%s: " MS_FMT " %s\n", w->key, MS_ARG(name), w->extra);
        ask_name(t, name, label);
    }
}

static void compare_attributes(trial *t)
{
    const ms_value *want = ms_get(t->c->expect, "attributes");
    const ms_value *all = ms_get(&t->got, "attributes");
    for (uint32_t i = 0; want && i < want->count; i++) {
        const ms_member *m = &want->as.members[i];
        const ms_value *got = ms_get(all, m->key.p); /* keys of YAML end with a NUL */
        bool same = m->value.kind == MS_NULL ? !got : got && ms_json_equal(&m->value, got);
        if (!same)
            differ(t, "attribute ", m->key, m->value.kind == MS_NULL ? NULL : &m->value, got);
    }
}

/* ---- which rule made it so ------------------------------------------------------------------ */

/* A bound that the value meets exactly: often the other comparison was meant. */
static const char *at_the_border(const trial *t, uint32_t rule)
{
    static const char *const when_no[MS_GT + 1] = {
        [MS_LT] = "at_most, not less_than?", [MS_GT] = "at_least, not more_than?"};
    static const char *const when_yes[MS_GT + 1] = {
        [MS_LE] = "less_than, not at_most?", [MS_GE] = "more_than, not at_least?"};
    const ms_cond *c = &t->v->conditions[t->v->rules[rule].condition], *end = c + c->size;
    const char *const *words = ms_bit(&t->d->fired, rule) ? when_yes : when_no;
    for (; c < end; c++) {
        bool score = c->op == MS_C_SCORE;
        if (!score && c->op != MS_C_COMPARE)
            continue;
        const ms_slot *slot = score ? NULL : &t->d->slots->items[c->slot];
        bool meets =
            score ? t->d->points == c->a : slot->state == MS_SLOT_VALID && slot->number == c->a;
        bool date = !score && t->v->attributes[c->slot].type == MS_T_DATE;
        if (meets && !date && words[c->cmp])
            return words[c->cmp];
    }
    return NULL;
}

/* No single rule makes the difference: then those that made the score what it is, or that could not
 * be told, and those that the status asks. */
static void ask_all(trial *t, bool score, bool status)
{
    for (uint32_t i = 0; i < t->v->n_rules; i++)
        if (t->asked[i])
            return;
    for (uint32_t i = 0; i < t->v->n_rules && score; i++)
        t->asked[i] = t->v->rules[i].points && ms_rule_truth(t->d, i) != MS_NO;
    for (uint32_t i = 0; i < t->v->status.n_cases && status; i++)
        if (t->v->status.cases[i].rule != MS_NO_RULE)
            t->asked[t->v->status.cases[i].rule] = true;
}

static void add_counted(trial *t, uint32_t i)
{
    const ms_rule *r = &t->v->rules[i];
    int32_t counted = ms_bit(&t->d->fired, i) ? ms_rule_counted(t->d, i) : r->points;
    if (t->v->n_groups && r->group >= 0 && counted != r->points)
        ms_buf_format(t->out, "; %d of %d points count in group " MS_FMT, counted, r->points,
                      MS_ARG(t->v->groups[r->group].name));
}

static void explain(trial *t)
{
    for (uint32_t i = 0; i < t->v->n_rules; i++) {
        const ms_rule *r = &t->v->rules[i];
        if (!t->asked[i])
            continue;
        ms_buf_str(t->out, r->id);
        if (r->name.n)
            ms_buf_format(t->out, " " MS_FMT, MS_ARG(r->name));
        ms_buf_z(t->out, ms_bit(&t->d->fired, i) ? " yes: " : " ");
        ms_decision_reason(t->d, i, t->out);
        add_counted(t, i);
        ms_buf_format(t->out, "  " MS_FMT ":%u", MS_ARG(t->v->file), r->line);
        const char *hint = at_the_border(t, i);
        if (hint)
            ms_buf_format(t->out, "  (%s)", hint);
        ms_buf_char(t->out, '\n');
    }
}

static void compare(trial *t)
{
    static const word words[] = {
        {"labels", "not given", "given, not wanted"},
        {"fired", "which did not fire", "fired, not wanted"},
        {"unknown", "which is not unknown", "is unknown, not wanted"},
        {"errors", "which is no error", "is an error, not wanted"},
    };
    bool score = compare_score(t), status = compare_status(t);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        compare_list(t, &words[i]);
    compare_attributes(t);
    ask_all(t, score, status);
    explain(t);
}

/* ---- judging -------------------------------------------------------------------------------- */

static void count_one(const ms_vertical *v, const ms_decision *d, ms_case_count *count)
{
    for (uint32_t i = 0; i < v->n_rules; i++) {
        ms_truth truth = ms_rule_truth(d, i);
        count->yes[i] += truth == MS_YES;
        count->no[i] += truth == MS_NO;
        count->unknown[i] += truth == MS_UNKNOWN;
    }
    for (uint32_t i = 0; i < v->n_labels; i++)
        count->given[i] += d->labels >> i & 1;
}

static ms_status read_object(ms_case_judge *j, ms_json_reader *reader, const ms_value *object,
                             ms_fields *out, ms_error *err)
{
    j->text.n = 0;
    ms_json_write(&j->text, object);
    ms_str text = ms_arena_dup(j->arena, ms_buf_view(&j->text));
    return j->text.failed || !text.p ? ms_fail(err, MS_NOMEM, "out of memory")
                                     : ms_json_read(reader, text, NULL, out, NULL, err);
}

ms_status ms_case_judge_one(ms_case_judge *j, const ms_case *c, ms_case_count *count, ms_buf *out,
                            ms_error *err)
{
    ms_decision d;
    ms_error why = {0};
    trial t = {.v = j->vertical, .c = c, .d = &d, .out = out};
    j->facts.n = 0;
    ms_status status = read_object(j, j->reader, c->contact, &j->fields, &why);
    if (!status && c->facts)
        status = read_object(j, j->facts_reader, c->facts, &j->facts, &why);
    if (!status)
        status = ms_judge_contact(j->judge, j->vertical, &j->fields, &j->facts, c->today, true, &d,
                                  &why);
    if (status == MS_NOMEM)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (status) {
        ms_buf_format(out, "cannot be judged: %s\n", why.text);
        return MS_OK;
    }
    count_one(j->vertical, &d, count);
    j->text.n = 0;
    ms_decision_line(&d, MS_NONE, &j->fields, &j->text);
    status = j->text.failed ? ms_fail(err, MS_NOMEM, "out of memory")
                            : ms_json_parse(j->arena, ms_buf_view(&j->text), &t.got, err);
    if (!status)
        compare(&t);
    return status || !out->failed ? status : ms_fail(err, MS_NOMEM, "out of memory");
}

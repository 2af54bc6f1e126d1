/* A vertical as a page of documentation: what comes in, what counts, what follows, an example. */
#include "cli/schema.h"

#include "rules/judge.h"

/* ---- pieces of Markdown --------------------------------------------------------------------- */

static void add_codes(ms_buf *out, const ms_str *texts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ms_buf_z(out, i ? ", " : "");
        ms_markdown_code(out, texts[i]);
    }
}

/* ---- attributes ----------------------------------------------------------------------------- */

static void add_marks(const ms_schema_key *key, ms_buf *out)
{
    const ms_attribute *a = &key->a;
    ms_markdown_cell(out, a->says);
    const char *between = a->says.n ? "; " : "";
    if (a->otherwise.n) {
        ms_buf_format(out, "%swhile it is not known, ", between);
        ms_markdown_code(out, a->otherwise);
        between = "; ";
    }
    if (a->personal) {
        ms_buf_format(out, "%spersonal", between);
        between = "; ";
    }
    if (a->deprecated.n) {
        ms_buf_format(out, "%sno longer in use: ", between);
        ms_markdown_cell(out, a->deprecated);
    }
}

static void add_values(const ms_attribute *a, ms_buf *out)
{
    ms_buf bounds = {0};
    add_codes(out, a->choices, a->n_choices);
    ms_schema_bounds(a, &bounds);
    ms_buf_str(out, ms_buf_view(&bounds));
    out->failed |= bounds.failed;
    if (a->unit.n) {
        ms_buf_z(out, bounds.n || a->n_choices ? ", " : "");
        ms_markdown_cell(out, a->unit);
    }
    if (a->pattern.n) {
        ms_buf_z(out, bounds.n || a->unit.n ? ", " : "");
        ms_markdown_code(out, a->pattern);
    }
    ms_buf_free(&bounds);
}

static void add_attributes(const ms_schema_key *keys, size_t n, bool written, ms_buf *out)
{
    ms_buf_z(out, "| attribute | type | values | what it is |\n|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        if (written ? !keys[i].written : !keys[i].comes_in)
            continue;
        ms_buf_z(out, "| ");
        ms_markdown_code(out, keys[i].a.name);
        ms_buf_format(out, " | %s | ", ms_type_name(keys[i].a.type));
        add_values(&keys[i].a, out);
        ms_buf_z(out, " | ");
        add_marks(&keys[i], out);
        ms_buf_z(out, " |\n");
    }
    ms_buf_char(out, '\n');
}

/* For those who have files to import. */
static void add_files(const ms_schema_key *keys, size_t n, ms_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const ms_attribute *a = &keys[i].a;
        if (!a->n_columns)
            continue;
        ms_buf_z(out, any ? ""
                          : "## What columns are called in people's files\n\n"
                            "| attribute | also called |\n|---|---|\n");
        any = true;
        ms_buf_z(out, "| ");
        ms_markdown_code(out, a->name);
        ms_buf_z(out, " | ");
        for (uint32_t c = 0; c < a->n_columns; c++) {
            ms_buf_z(out, c ? ", " : "");
            ms_markdown_cell(out, a->columns[c]);
        }
        ms_buf_z(out, " |\n");
    }
    ms_buf_z(out, any ? "\n" : "");
}

/* What a fact searches for, as the vertical writes it: "{company_type} {timeline}". */
static void add_query(const ms_vertical *v, const ms_template *t, ms_buf *out)
{
    ms_buf words = {0};
    for (uint32_t i = 0; i < t->n; i++) {
        const ms_piece *p = &t->pieces[i];
        if (p->slot < 0)
            ms_buf_str(&words, p->text);
        else
            ms_buf_format(&words, "{" MS_FMT "%s}", MS_ARG(v->attributes[p->slot].name),
                          p->form == MS_FORM_THOUSANDS ? ":thousands" : "");
    }
    out->failed |= words.failed;
    ms_markdown_code(out, ms_buf_view(&words));
    ms_buf_free(&words);
}

static void add_facts(const ms_vertical *v, ms_buf *out)
{
    if (!v->n_facts)
        return;
    ms_buf_z(out, "## What is looked up\n\nIn the knowledge base, before the rules are judged.\n\n"
                  "| fact | type | searched for | what it is |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < v->n_facts; i++) {
        const ms_attribute *a = &v->attributes[v->n_attributes + v->n_computed + i];
        ms_buf_z(out, "| ");
        ms_markdown_code(out, a->name);
        ms_buf_format(out, " | %s | ", ms_type_name(a->type));
        for (uint32_t q = 0; q < v->facts[i].n_query; q++) {
            ms_buf_z(out, q ? ", else " : "");
            add_query(v, &v->facts[i].query[q], out);
        }
        if (v->facts[i].category.n) {
            ms_buf_z(out, " in ");
            ms_markdown_code(out, v->facts[i].category);
        }
        ms_buf_z(out, " | ");
        ms_markdown_cell(out, a->says);
        ms_buf_z(out, " |\n");
    }
    ms_buf_char(out, '\n');
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void add_condition(const ms_vertical *v, uint32_t condition, ms_buf *out)
{
    ms_buf words = {0};
    ms_condition_words(v, condition, &words);
    out->failed |= words.failed;
    ms_markdown_cell(out, ms_buf_view(&words));
    ms_buf_free(&words);
}

static void add_rule(const ms_vertical *v, const ms_rule *r, ms_buf *out)
{
    ms_buf_z(out, "| ");
    ms_markdown_cell(out, r->id);
    ms_buf_z(out, r->name.n ? " " : "");
    ms_markdown_cell(out, r->name);
    if (!r->outcome)
        ms_buf_format(out, r->points ? " | %+d" : " | %d", r->points);
    ms_buf_z(out, " | ");
    add_condition(v, r->condition, out);
    ms_buf_z(out, " | ");
    ms_markdown_cell(out, r->because);
    ms_buf_z(out, " | ");
    if (r->label >= 0)
        ms_markdown_code(out, v->labels[r->label].title);
    ms_buf_z(out, " |\n");
}

static void add_group_text(const ms_group *g, ms_buf *out)
{
    ms_buf_z(out, "### ");
    ms_markdown_cell(out, g->name);
    ms_buf_z(out, "\n\n");
    if (g->says.n) {
        ms_markdown_cell(out, g->says);
        ms_buf_z(out, strchr(".!?", g->says.p[g->says.n - 1]) ? " " : ". ");
    }
    ms_buf_z(out, g->highest ? "Only the rule with the most points counts"
                             : "The points of all that fire add up");
    if (g->min != MS_NO_MIN)
        ms_buf_format(out, ", at least %d", g->min);
    if (g->max != MS_NO_MAX)
        ms_buf_format(out, ", at most %d", g->max);
    ms_buf_z(out, ".\n\n");
}

/* The scoring rules of one group, -1: of none. */
static void add_scoring(const ms_vertical *v, int group, ms_buf *out)
{
    uint32_t rows = 0;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (r->outcome || (v->n_groups ? r->group : -1) != group)
            continue;
        if (!rows++)
            ms_buf_z(out, "| rule | points | when | because | label |\n|---|---|---|---|---|\n");
        add_rule(v, r, out);
    }
    if (rows)
        ms_buf_char(out, '\n');
}

static void add_points(const ms_vertical *v, ms_buf *out)
{
    ms_buf_format(out,
                  "## Points\n\n10 points are 1.0 of the score, which is %d to %d points. A "
                  "condition on something that\nis not known gives no points.\n\n",
                  v->score_min, v->score_max);
    add_scoring(v, -1, out);
    for (uint32_t g = 0; g < v->n_groups; g++) {
        add_group_text(&v->groups[g], out);
        add_scoring(v, (int)g, out);
    }
}

static void add_outcomes(const ms_vertical *v, ms_buf *out)
{
    uint32_t rows = 0;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        if (!v->rules[i].outcome)
            continue;
        if (!rows++)
            ms_buf_z(out, "## What follows from the score\n\n"
                          "| outcome | when | because | label |\n|---|---|---|---|\n");
        add_rule(v, &v->rules[i], out);
    }
    if (rows)
        ms_buf_char(out, '\n');
}

/* ---- status, labels ------------------------------------------------------------------------- */

static void add_status(const ms_vertical *v, ms_buf *out)
{
    const ms_status_plan *s = &v->status;
    if (!s->attribute.n)
        return;
    ms_buf_z(out, "## Status\n\n");
    ms_markdown_code(out, s->attribute);
    ms_buf_z(out, " becomes the first of these that is so:\n\n| value | when |\n|---|---|\n");
    for (uint32_t i = 0; i < s->n_keep; i++) {
        ms_buf_z(out, "| ");
        ms_markdown_code(out, s->keep[i]);
        ms_buf_z(out, " | it is that already |\n");
    }
    for (uint32_t i = 0; i < s->n_cases; i++) {
        ms_buf_z(out, "| ");
        ms_markdown_code(out, s->cases[i].value);
        ms_buf_z(out, " | ");
        if (s->cases[i].rule == MS_NO_RULE) {
            add_condition(v, s->cases[i].condition, out);
        } else {
            ms_markdown_cell(out, v->rules[s->cases[i].rule].id);
            ms_buf_z(out, " fired");
        }
        ms_buf_z(out, " |\n");
    }
    ms_buf_z(out, "| ");
    ms_markdown_code(out, s->otherwise);
    ms_buf_z(out, " | otherwise |\n\n");
    if (s->n_stages && s->only_forward) {
        ms_buf_z(out, "It never goes back in the order ");
        add_codes(out, s->stages, s->n_stages);
        ms_buf_z(out, ".\n\n");
    }
}

static void add_labels(const ms_vertical *v, ms_buf *out)
{
    if (!v->n_labels)
        return;
    ms_buf_z(out, "## Labels\n\nA judged contact carries exactly those whose rule fired; labels "
                  "that are not listed belong to\npeople.\n\n"
                  "| label | what it says | colour | in the sidebar |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < v->n_labels; i++) {
        const ms_label *l = &v->labels[i];
        ms_buf_z(out, "| ");
        ms_markdown_code(out, l->title);
        ms_buf_z(out, " | ");
        ms_markdown_cell(out, l->description);
        ms_buf_format(out, " | " MS_FMT " | %s |\n", MS_ARG(l->colour), l->sidebar ? "yes" : "");
    }
    ms_buf_char(out, '\n');
}

/* ---- the page ------------------------------------------------------------------------------- */

ms_status ms_schema_docs(const ms_vertical *v, const ms_schema_key *keys, size_t n,
                         const ms_case *example, ms_buf *out, ms_error *err)
{
    ms_buf_z(out, "# ");
    ms_markdown_cell(out, v->title);
    ms_buf_z(out, "\n\n");
    if (v->says.n) {
        ms_markdown_cell(out, v->says);
        ms_buf_z(out, "\n\n");
    }
    ms_buf_format(out,
                  "Made from `scripts/" MS_FMT "` by `moonsift schema docs " MS_FMT "`.\n\n"
                  "## What is known about a contact\n\n",
                  MS_ARG(v->name), MS_ARG(v->name));
    add_attributes(keys, n, false, out);
    add_facts(v, out);
    add_points(v, out);
    add_outcomes(v, out);
    add_status(v, out);
    add_labels(v, out);
    ms_buf_z(out, "## What is written\n\n");
    add_attributes(keys, n, true, out);
    add_files(keys, n, out);
    return example ? ms_schema_example(v, example, out, err) : MS_OK;
}

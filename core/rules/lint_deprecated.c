/* What still reads attributes that are on their way out. */
#include "rules/lint.h"

void ms_lint_reads(const ms_vertical *v, uint32_t root, bool *reads)
{
    for (uint32_t i = root; i < root + v->conditions[root].size; i++)
        if (v->conditions[i].op > MS_C_AT_LEAST && v->conditions[i].op != MS_C_ERRORS)
            ms_read_tree(v, i, reads);
    ms_read_computed(v, reads);
}

static void read_derived(const ms_vertical *v, const ms_derived *d, bool *reads)
{
    if (d->kind == MS_D_TEMPLATE)
        ms_read_templates(d->templates, d->n_templates, reads);
    if (d->kind == MS_D_NUMBER)
        reads[d->slot] = true;
    for (uint32_t i = 0; d->kind == MS_D_CUSTOM && i < v->customs[d->custom].n_reads; i++)
        reads[v->customs[d->custom].reads[i]] = true;
}

static void report(const ms_linting *l, const char *reader, uint32_t line, bool *reads)
{
    const ms_vertical *v = l->v;
    ms_read_computed(v, reads);
    for (uint32_t i = 0; i < v->n_attributes; i++) {
        const ms_attribute *a = &v->attributes[i];
        if (reads[i] && a->deprecated.p)
            ms_problem_say(l->list, "W304", v->file, line,
                           "%s reads " MS_FMT ", which is deprecated: " MS_FMT, reader,
                           MS_ARG(a->name), MS_ARG(a->deprecated));
    }
}

void ms_lint_deprecated(const ms_linting *l)
{
    const ms_vertical *v = l->v;
    char name[MS_LINT_NAME];
    for (uint32_t i = 0; i < v->n_rules; i++) {
        bool reads[MS_MAX_SLOTS] = {false};
        ms_lint_reads(v, v->rules[i].condition, reads);
        report(l, ms_lint_name(&v->rules[i], name), v->rules[i].line, reads);
    }
    for (uint32_t i = 0; i < v->status.n_cases; i++) {
        const ms_status_case *c = &v->status.cases[i];
        bool reads[MS_MAX_SLOTS] = {false};
        if (c->rule == MS_NO_RULE)
            ms_lint_reads(v, c->condition, reads);
        snprintf(name, sizeof name, MS_FMT " \"" MS_FMT "\"", MS_ARG(v->status.attribute),
                 MS_ARG(c->value));
        report(l, name, c->line, reads);
    }
    for (uint32_t i = 0; i < v->n_derived; i++) {
        bool reads[MS_MAX_SLOTS] = {false};
        read_derived(v, &v->derived[i], reads);
        snprintf(name, sizeof name, MS_FMT, MS_ARG(v->derived[i].name));
        report(l, name, v->derived[i].line, reads);
    }
}

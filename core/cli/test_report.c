#include "cli/test_report.h"
#include "cli/fold.h"

enum { INDENT = 2 };

/* ---- for people ----------------------------------------------------------------------------- */

static void print_lines(const ms_cli *cli, ms_str rest)
{
    ms_buf line = {0};
    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        ms_buf_format(&line, "     %.*s\n", (int)n, rest.p);
        n += end != NULL;
        rest = (ms_str){rest.p + n, rest.n - n};
    }
    ms_cli_fold(cli, ms_buf_view(&line), 7);
    ms_buf_free(&line);
}

static void print_case(const ms_cli *cli, const ms_tested *t, const ms_tested_case *tc,
                       bool several)
{
    bool failed = tc->differences.n > 0;
    const char *colour = cli->no_color ? "" : failed ? "\033[31m" : "\033[32m";
    if (!failed && cli->quiet)
        return;
    printf("%s%s%s %-56.*s  %s%scases.yaml:%u\n", colour, failed ? "FAIL" : "PASS",
           cli->no_color ? "" : "\033[0m", MS_ARG(tc->c->name), several ? t->at->name : "",
           several ? "/" : "", tc->c->line);
    print_lines(cli, tc->differences);
}

static ms_str rule_name(const ms_rule *r)
{
    return r->name.n ? r->name : r->id;
}

static void add_never(uint32_t n, const uint32_t *counts, const ms_vertical *v, bool rules,
                      ms_buf *out)
{
    const char *before = ", never: ";
    for (uint32_t i = 0; i < n; i++) {
        if (counts[i] || (!rules && !v->labels[i].owned))
            continue;
        ms_str name = rules ? rule_name(&v->rules[i]) : v->labels[i].title;
        ms_buf_format(out, "%s" MS_FMT, before, MS_ARG(name));
        before = ", ";
    }
}

ms_reached ms_test_reached(const ms_tested *t)
{
    const ms_vertical *v = ms_script_vertical(t->script);
    ms_reached r = {.of_rules = v->n_rules};
    for (uint32_t i = 0; i < v->n_rules; i++)
        r.rules += t->count.yes[i] > 0;
    for (uint32_t i = 0; i < v->n_labels; i++) {
        r.of_labels += v->labels[i].owned;
        r.labels += v->labels[i].owned && t->count.given[i] > 0;
    }
    return r;
}

uint32_t ms_reached_percent(const ms_reached *r)
{
    uint32_t of = r->of_rules + r->of_labels;
    return of ? (r->rules + r->labels) * 100 / of : 100;
}

static void add_reached(const ms_tested *t, const ms_vertical *v, ms_buf *out)
{
    const ms_reached r = ms_test_reached(t);
    ms_buf_format(out, " · rules fired %u/%u", r.rules, r.of_rules);
    add_never(v->n_rules, t->count.yes, v, true, out);
    ms_buf_format(out, " · labels seen %u/%u", r.labels, r.of_labels);
    add_never(v->n_labels, t->count.given, v, false, out);
}

static void print_spec(const ms_cli *cli, const ms_tested *t, const ms_spec *spec, bool several)
{
    static const char *const words[] = {"PASS", "FAIL", "SKIP"};
    static const char *const colours[] = {"\033[32m", "\033[31m", "\033[33m"};
    if (spec->end == MS_SPEC_PASSED && cli->quiet)
        return;
    printf("%s%s%s %-56.*s  ", cli->no_color ? "" : colours[spec->end], words[spec->end],
           cli->no_color ? "" : "\033[0m", MS_ARG(spec->name));
    if (spec->place.n)
        printf("%s%s" MS_FMT "\n", several ? t->at->name : "", several ? "/" : "",
               MS_ARG(spec->place));
    else
        puts(several ? t->at->name : "spec");
    print_lines(cli, spec->message);
}

static void add_specs_summary(const ms_specs *s, bool all, ms_buf *out)
{
    if (s->not_run)
        ms_buf_format(out, " · %zu spec file%s not run: %s", s->n_files, s->n_files == 1 ? "" : "s",
                      s->not_run);
    else if (s->n || (all && s->n_files))
        ms_buf_format(out, " · specs %zu passed, %zu failed", s->passed, s->failed);
    if (s->skipped)
        ms_buf_format(out, ", %zu skipped", s->skipped);
}

/* False: no memory. */
static bool print_summary(const ms_cli *cli, const ms_tested *t, bool several, bool all)
{
    ms_buf out = {0};
    ms_buf_format(&out, "%s%s%zu passed, %zu failed", several ? t->at->name : "",
                  several ? ": " : "", t->n - t->failed, t->failed);
    if (all)
        add_reached(t, ms_script_vertical(t->script), &out);
    add_specs_summary(&t->specs, all, &out);
    ms_buf_char(&out, '\n');
    bool ok = !out.failed;
    if (ok)
        ms_cli_fold(cli, ms_buf_view(&out), INDENT);
    ms_buf_free(&out);
    return ok;
}

static void print_plain(const ms_tested *t)
{
    for (size_t i = 0; i < t->n; i++)
        printf("%s\t%s/cases.yaml:%u\t" MS_FMT "\n", t->cases[i].differences.n ? "fail" : "pass",
               t->at->name, t->cases[i].c->line, MS_ARG(t->cases[i].c->name));
    for (size_t i = 0; i < t->specs.n; i++) {
        static const char *const words[] = {"pass", "fail", "skip"};
        const ms_spec *spec = &t->specs.items[i];
        printf("%s\t%s%s" MS_FMT "\t" MS_FMT "\n", words[spec->end], t->at->name,
               spec->place.n ? "/" : "", MS_ARG(spec->place), MS_ARG(spec->name));
    }
}

static void print_coverage(const ms_tested *t, const ms_vertical *v)
{
    printf("%6s %6s %8s\n", "yes", "no", "unknown");
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        printf("%6u %6u %8u  " MS_FMT " " MS_FMT "\n", t->count.yes[i], t->count.no[i],
               t->count.unknown[i], MS_ARG(r->id), MS_ARG(r->name));
    }
    for (uint32_t i = 0; i < v->n_labels; i++)
        printf("%6u %15s  label " MS_FMT "\n", t->count.given[i], "", MS_ARG(v->labels[i].title));
}

void ms_test_print(const ms_cli *cli, const ms_tested *t, bool several, bool all, bool coverage)
{
    if (!t->script || ms_problems_errors(&t->problems)) {
        ms_cli_problems(cli, t->at, several, &t->problems);
        size_t errors = ms_problems_errors(&t->problems);
        printf("%s%snothing was judged: %zu error%s\n", several ? t->at->name : "",
               several ? ": " : "", errors, errors == 1 ? "" : "s");
        return;
    }
    const ms_vertical *v = ms_script_vertical(t->script);
    if (cli->plain) {
        print_plain(t);
        return;
    }
    for (size_t i = 0; i < t->n; i++)
        print_case(cli, t, &t->cases[i], several);
    for (size_t i = 0; i < t->specs.n; i++)
        print_spec(cli, t, &t->specs.items[i], several);
    if (coverage)
        print_coverage(t, v);
    if (!print_summary(cli, t, several, all))
        puts("out of memory");
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void add_lines(ms_str text, ms_buf *out)
{
    const char *between = "";
    ms_buf_char(out, '[');
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        ms_buf_z(out, between);
        ms_json_string(out, (ms_str){text.p, n});
        n += end != NULL;
        text = (ms_str){text.p + n, text.n - n};
        between = ",";
    }
    ms_buf_char(out, ']');
}

static void add_cases(const ms_tested *t, ms_buf *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const ms_tested_case *tc = &t->cases[i];
        ms_buf_z(out, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(out, tc->c->name);
        ms_buf_format(out, ",\"line\":%u,\"passed\":%s,\"differences\":", tc->c->line,
                      tc->differences.n ? "false" : "true");
        add_lines(tc->differences, out);
        ms_buf_char(out, '}');
    }
}

static void add_specs(const ms_specs *s, ms_buf *out)
{
    static const char *const ends[] = {"passed", "failed", "skipped"};
    if (!s->n_files)
        return;
    ms_buf_format(out, ",\"specs\":{\"files\":%zu,\"not_run\":", s->n_files);
    ms_json_string_or_null(out, s->not_run ? ms_str_z(s->not_run) : MS_NONE);
    ms_buf_format(out, ",\"passed\":%zu,\"failed\":%zu,\"skipped\":%zu,\"items\":[", s->passed,
                  s->failed, s->skipped);
    for (size_t i = 0; i < s->n; i++) {
        ms_buf_z(out, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(out, s->items[i].name);
        ms_buf_format(out, ",\"end\":\"%s\",\"place\":", ends[s->items[i].end]);
        ms_json_string(out, s->items[i].place);
        ms_buf_z(out, ",\"message\":");
        add_lines(s->items[i].message, out);
        ms_buf_char(out, '}');
    }
    ms_buf_z(out, "]}");
}

static void add_counts(const ms_tested *t, ms_buf *out)
{
    const ms_vertical *v = ms_script_vertical(t->script);
    ms_buf_z(out, ",\"rules\":[");
    for (uint32_t i = 0; i < v->n_rules; i++) {
        ms_buf_z(out, i ? ",{\"id\":" : "{\"id\":");
        ms_json_string(out, v->rules[i].id);
        ms_buf_format(out, ",\"yes\":%u,\"no\":%u,\"unknown\":%u}", t->count.yes[i], t->count.no[i],
                      t->count.unknown[i]);
    }
    ms_buf_z(out, "],\"labels\":[");
    for (uint32_t i = 0; i < v->n_labels; i++) {
        ms_buf_z(out, i ? ",{\"title\":" : "{\"title\":");
        ms_json_string(out, v->labels[i].title);
        ms_buf_format(out, ",\"given\":%u}", t->count.given[i]);
    }
    const ms_reached reached = ms_test_reached(t);
    ms_buf_format(out, "],\"reached_percent\":%u", ms_reached_percent(&reached));
}

bool ms_test_json(const ms_tested *list, size_t n)
{
    ms_buf out = {0};
    size_t passed = 0, failed = 0, errors = 0;
    for (size_t i = 0; i < n; i++) {
        passed += list[i].n - list[i].failed;
        failed += list[i].failed;
        errors += ms_problems_errors(&list[i].problems);
    }
    ms_buf_format(&out,
                  "{\"schema\":\"moonsift.test/1\",\"passed\":%zu,\"failed\":%zu,\"errors\":%zu,"
                  "\"verticals\":[",
                  passed, failed, errors);
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(&out, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(&out, ms_str_z(list[i].at->name));
        ms_buf_z(&out, ",\"problems\":[");
        ms_cli_problems_json(list[i].at->name, &list[i].problems, &out);
        ms_buf_z(&out, "],\"cases\":[");
        add_cases(&list[i], &out);
        ms_buf_char(&out, ']');
        if (list[i].script)
            add_counts(&list[i], &out);
        add_specs(&list[i].specs, &out);
        ms_buf_char(&out, '}');
    }
    ms_buf_z(&out, "]}\n");
    bool ok = !out.failed;
    if (ok)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    return ok;
}

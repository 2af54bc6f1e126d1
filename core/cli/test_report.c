#include "cli/test_report.h"

#include <errno.h>

/* ---- for people ----------------------------------------------------------------------------- */

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
    ms_str rest = tc->differences;
    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        printf("     %.*s\n", (int)n, rest.p);
        n += end != NULL;
        rest = (ms_str){rest.p + n, rest.n - n};
    }
}

static ms_str rule_name(const ms_rule *r)
{
    return r->name.n ? r->name : r->id;
}

static void print_never(uint32_t n, const uint32_t *counts, const ms_vertical *v, bool rules)
{
    const char *before = ", never: ";
    for (uint32_t i = 0; i < n; i++) {
        if (counts[i] || (!rules && !v->labels[i].owned))
            continue;
        ms_str name = rules ? rule_name(&v->rules[i]) : v->labels[i].title;
        printf("%s" MS_FMT, before, MS_ARG(name));
        before = ", ";
    }
}

static void print_reached(const ms_tested *t, const ms_vertical *v)
{
    uint32_t fired = 0, seen = 0, owned = 0;
    for (uint32_t i = 0; i < v->n_rules; i++)
        fired += t->count.yes[i] > 0;
    for (uint32_t i = 0; i < v->n_labels; i++) {
        owned += v->labels[i].owned;
        seen += v->labels[i].owned && t->count.given[i] > 0;
    }
    printf(" · rules fired %u/%u", fired, v->n_rules);
    print_never(v->n_rules, t->count.yes, v, true);
    printf(" · labels seen %u/%u", seen, owned);
    print_never(v->n_labels, t->count.given, v, false);
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
    for (size_t i = 0; i < t->n; i++)
        print_case(cli, t, &t->cases[i], several);
    if (coverage)
        print_coverage(t, v);
    printf("%s%s%zu passed, %zu failed", several ? t->at->name : "", several ? ": " : "",
           t->n - t->failed, t->failed);
    if (all)
        print_reached(t, v);
    putchar('\n');
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
    ms_buf_char(out, ']');
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
        ms_buf_char(&out, '}');
    }
    ms_buf_z(&out, "]}\n");
    bool ok = !out.failed;
    if (ok)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    return ok;
}

/* ---- JUnit ---------------------------------------------------------------------------------- */

/* XML 1.0 has no control characters but tab and line ends. */
static void add_xml(ms_str s, ms_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        switch (c) {
        case '<': ms_buf_z(out, "&lt;"); break;
        case '>': ms_buf_z(out, "&gt;"); break;
        case '&': ms_buf_z(out, "&amp;"); break;
        case '"': ms_buf_z(out, "&quot;"); break;
        case '\n': ms_buf_z(out, "&#10;"); break;
        default: ms_buf_char(out, c < 0x20 && c != '\t' ? '?' : (char)c); break;
        }
    }
}

static void add_junit_case(const ms_tested *t, const ms_tested_case *tc, ms_buf *out)
{
    ms_buf_format(out, "  <testcase classname=\"%s\" file=\"%s/%s/cases.yaml\" line=\"%u\" name=\"",
                  t->at->name, t->at->dir, t->at->name, tc->c->line);
    add_xml(tc->c->name, out);
    ms_buf_z(out, "\"");
    if (tc->differences.n) {
        const char *end = memchr(tc->differences.p, '\n', tc->differences.n);
        size_t first = end ? (size_t)(end - tc->differences.p) : tc->differences.n;
        ms_buf_z(out, "><failure message=\"");
        add_xml((ms_str){tc->differences.p, first}, out);
        ms_buf_z(out, "\">");
        add_xml(tc->differences, out);
        ms_buf_z(out, "</failure></testcase>\n");
    } else {
        ms_buf_z(out, "/>\n");
    }
}

/* A vertical with errors is one test that failed. */
static void add_junit_suite(const ms_tested *t, ms_buf *out)
{
    size_t errors = ms_problems_errors(&t->problems);
    ms_buf_format(out, " <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\">\n",
                  t->at->name, t->n + (errors > 0), t->failed, errors > 0);
    if (errors) {
        ms_buf_format(out, "  <testcase classname=\"%s\" name=\"loads\"><error message=\"",
                      t->at->name);
        for (size_t i = 0; i < t->problems.n; i++) {
            const ms_problem *p = &t->problems.items[i];
            ms_buf_format(out, "%s" MS_FMT ":%u %s ", i ? "&#10;" : "", MS_ARG(p->file), p->line,
                          p->code->code);
            add_xml(p->text, out);
        }
        ms_buf_z(out, "\"/></testcase>\n");
    }
    for (size_t i = 0; i < t->n; i++)
        add_junit_case(t, &t->cases[i], out);
    ms_buf_z(out, " </testsuite>\n");
}

ms_status ms_test_junit(const ms_tested *list, size_t n, const char *path, ms_error *err)
{
    ms_buf out = {0};
    ms_status status = MS_OK;
    ms_buf_z(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (size_t i = 0; i < n; i++)
        add_junit_suite(&list[i], &out);
    ms_buf_z(&out, "</testsuites>\n");
    FILE *file = out.failed ? NULL : fopen(path, "we");
    if (out.failed) {
        status = ms_fail(err, MS_NOMEM, "out of memory");
    } else if (!file) {
        status = ms_fail(err, MS_INTERNAL, "%s: %s", path, strerror(errno));
    } else {
        bool written = fwrite(out.p, 1, out.n, file) == out.n;
        if (fclose(file) != 0 || !written)
            status = ms_fail(err, MS_INTERNAL, "%s: could not be written", path);
    }
    ms_buf_free(&out);
    return status;
}

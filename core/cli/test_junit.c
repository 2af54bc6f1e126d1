/* What `moonsift test` found, as the XML that build servers read. */
#include "cli/test_report.h"

#include <errno.h>

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
    ms_buf_format(out, "  <testcase classname=\"%s\" file=\"", t->at->name);
    add_xml(ms_str_z(t->at->dir), out);
    ms_buf_format(out, "/%s/cases.yaml\" line=\"%u\" name=\"", t->at->name, tc->c->line);
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

static void add_junit_spec(const ms_tested *t, const ms_spec *spec, ms_buf *out)
{
    ms_buf_format(out, "  <testcase classname=\"%s.specs\" name=\"", t->at->name);
    add_xml(spec->name, out);
    if (spec->end == MS_SPEC_PASSED) {
        ms_buf_z(out, "\"/>\n");
        return;
    }
    bool failed = spec->end == MS_SPEC_FAILED;
    ms_buf_z(out, failed ? "\"><failure message=\"" : "\"><skipped message=\"");
    add_xml(spec->place, out);
    ms_buf_z(out, "\">");
    add_xml(spec->message, out);
    ms_buf_z(out, failed ? "</failure></testcase>\n" : "</skipped></testcase>\n");
}

/* A vertical with errors is one test that failed. */
static void add_junit_suite(const ms_tested *t, ms_buf *out)
{
    size_t errors = ms_problems_errors(&t->problems);
    ms_buf_format(out, " <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\">\n",
                  t->at->name, t->n + t->specs.n + (errors > 0), t->failed + t->specs.failed,
                  errors > 0);
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
    for (size_t i = 0; i < t->specs.n; i++)
        add_junit_spec(t, &t->specs.items[i], out);
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

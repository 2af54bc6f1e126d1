/*
 * usage: rules_bench FILE eval|json|explain SCRIPTS_FOLDER [VERTICAL]
 *
 * The rows of moonsift. eval: attributes in memory (the fields of a parsed object, as the peers
 * have their parsed objects) -> coercion, rules, decision. json: one line in -> one line out, the
 * path of `moonsift evaluate`. explain: eval, and then the whole page of text, a line for each
 * rule. Prints contacts per CPU second: the median of three passes after a warm-up.
 */
#include "base/clock.h"
#include "base/text.h"
#include "lua/script.h"
#include "rules/evaluate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PASSES = 4 };

typedef struct bench {
    ms_arena *arena;
    ms_script *script;
    const ms_vertical *vertical;
    int64_t today;
    ms_str *lines;
    size_t n;
    ms_fields *contacts;
    int64_t sink; /* so that nothing is optimised away */
} bench;

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "rules_bench: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void load(bench *b, const char *file, const char *scripts, const char *vertical)
{
    ms_error err = {0};
    ms_str text = MS_NONE;
    ms_source_file *files = NULL;
    size_t n_files = 0;
    b->arena = ms_arena_new(1 << 20);
    need(b->arena, "out of memory");
    need(!ms_read_file(b->arena, file, (size_t)4 << 30, &text, &err), err.text);
    need(!ms_script_files(b->arena, scripts, vertical, &files, &n_files, &err), err.text);
    need(!ms_script_load(ms_str_z(vertical), files, n_files, NULL, &b->script, &err), err.text);
    b->vertical = ms_script_vertical(b->script);
    b->today = ms_days(2025, 2, 1);
    for (size_t i = 0; i < text.n; i++)
        b->n += text.p[i] == '\n';
    b->lines = ms_alloc_zero(b->arena, b->n + 1, sizeof *b->lines);
    need(b->lines, "out of memory");
    const char *p = text.p, *end = text.p + text.n, *stop;
    for (size_t i = 0; i < b->n && (stop = memchr(p, '\n', (size_t)(end - p))); i++, p = stop + 1)
        b->lines[i] = (ms_str){p, (size_t)(stop - p)};
}

/* Most texts lie in the line itself, which stays; unescaped ones only until the next line. */
static ms_str keep_text(bench *b, ms_str line, ms_str s)
{
    return s.p >= line.p && s.p < line.p + line.n ? s : ms_arena_dup(b->arena, s);
}

static ms_fields keep(bench *b, ms_str line, const ms_fields *fields)
{
    ms_fields copy = {.n = fields->n};
    copy.items = ms_alloc_zero(b->arena, fields->n + 1, sizeof *copy.items);
    need(copy.items, "out of memory");
    for (size_t i = 0; i < fields->n; i++) {
        ms_field f = fields->items[i];
        f.key = keep_text(b, line, f.key);
        if (f.kind == MS_STRING)
            f.as.string = keep_text(b, line, f.as.string);
        copy.items[i] = f;
    }
    return copy;
}

static void parse(bench *b)
{
    ms_error err = {0};
    ms_fields top = {0}, attributes = {0};
    ms_json_reader *reader = ms_json_reader_new();
    b->contacts = ms_alloc_zero(b->arena, b->n + 1, sizeof *b->contacts);
    need(reader && b->contacts, "out of memory");
    for (size_t i = 0; i < b->n; i++) {
        need(!ms_json_read(reader, b->lines[i], "custom_attributes", &top, &attributes, &err),
             err.text);
        b->contacts[i] = keep(b, b->lines[i], &attributes);
    }
    ms_fields_free(&top);
    ms_fields_free(&attributes);
    ms_json_reader_free(reader);
}

static void pass_eval(bench *b, void *p)
{
    ms_decision d;
    for (size_t i = 0; i < b->n; i++) {
        need(!ms_judge_contact(p, b->vertical, &b->contacts[i], NULL, b->today, true, &d, NULL),
             "judge");
        b->sink += d.points + d.n_changed;
    }
}

static void pass_explain(bench *b, void *p)
{
    ms_decision d;
    ms_buf out = {0};
    for (size_t i = 0; i < b->n; i++) {
        out.n = 0;
        need(!ms_judge_contact(p, b->vertical, &b->contacts[i], NULL, b->today, true, &d, NULL),
             "judge");
        ms_decision_explain(&d, &out);
        need(!out.failed, "out of memory");
        b->sink += (int64_t)out.n;
    }
    ms_buf_free(&out);
}

static void pass_json(bench *b, void *p)
{
    ms_buf out = {0};
    for (size_t i = 0; i < b->n; i++) {
        out.n = 0;
        need(ms_evaluate_line(p, b->lines[i], i + 1, &out) && !out.failed, "evaluate");
        b->sink += (int64_t)out.n;
    }
    ms_buf_free(&out);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_rate(bench *b, void (*pass)(bench *, void *), void *p)
{
    double rates[PASSES];
    for (int i = 0; i < PASSES; i++) {
        double start = cpu_seconds();
        pass(b, p);
        rates[i] = (double)b->n / (cpu_seconds() - start);
    }
    qsort(rates + 1, PASSES - 1, sizeof *rates, ascending);
    return rates[2];
}

int main(int argc, char **argv)
{
    bench b = {0};
    need(argc == 4 || argc == 5,
         "usage: rules_bench FILE eval|json|explain SCRIPTS_FOLDER [VERTICAL]");
    load(&b, argv[1], argv[3], argc == 5 ? argv[4] : "recruitment");
    bool explain = strcmp(argv[2], "explain") == 0;
    if (explain || strcmp(argv[2], "eval") == 0) {
        ms_judge *judge = ms_judge_new();
        need(judge, "out of memory");
        parse(&b);
        printf("%.0f\n", median_rate(&b, explain ? pass_explain : pass_eval, judge));
        ms_judge_free(judge);
    } else {
        ms_evaluator *e = ms_evaluator_new(b.vertical, b.today, false);
        need(e, "out of memory");
        printf("%.0f\n", median_rate(&b, pass_json, e));
        ms_evaluator_free(e);
    }
    ms_script_free(b.script);
    ms_arena_free(b.arena);
    return b.sink < 0;
}

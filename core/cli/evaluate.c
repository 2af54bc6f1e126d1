/*
 * moonsift evaluate: judges contacts from a file with a vertical from the files. No database, no
 * plugin, nothing stored.
 */
#include "cli/evaluate_stream.h"
#include "cli/verticals.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_JOBS = 64, EXIT_PARTIAL = 5 };
#define DAY_US (INT64_C(86400) * 1000000)

/* What every thread makes its own copy from. */
typedef struct plan {
    ms_str name;
    ms_source_file *files;
    size_t n_files;
    int64_t today;
    bool explain;
} plan;

typedef struct own {
    ms_script *script;
    ms_evaluator *evaluator;
} own;

/* Errors in a vertical are what a check finds, whichever verb meets them. */
static ms_status refused(const plan *p, ms_status status, ms_error *err)
{
    if (status != MS_INVALID && status != MS_LIMIT_CPU && status != MS_LIMIT_MEM)
        return status;
    err->status = MS_CHECK;
    if (!err->hint[0])
        ms_hint(err, "moonsift check " MS_FMT, MS_ARG(p->name));
    return MS_CHECK;
}

static ms_status begin(void *user, void **state, ms_evaluator **evaluator, ms_error *err)
{
    const plan *p = user;
    own *o = calloc(1, sizeof *o);
    if (!o)
        return ms_fail(err, MS_NOMEM, "out of memory");
    *state = o;
    ms_status status = ms_script_load(p->name, p->files, p->n_files, NULL, &o->script, err);
    if (status)
        return refused(p, status, err);
    o->evaluator = ms_evaluator_new(ms_script_vertical(o->script), p->today, p->explain);
    *evaluator = o->evaluator;
    return o->evaluator ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

static void end(void *state)
{
    own *o = state;
    if (!o)
        return;
    ms_evaluator_free(o->evaluator);
    ms_script_free(o->script);
    free(o);
}

static int64_t day_of(int64_t us)
{
    return us / DAY_US - (us % DAY_US < 0);
}

static int finish(const ms_cli *cli, const ms_evaluate_count *count, ms_status status,
                  const ms_error *err)
{
    if (count->closed) /* the reader of our output had enough: no message, no success */
        return 1;
    if (status)
        return ms_cli_fail(&ms_verb_evaluate, err);
    if (!count->errors)
        return 0;
    if (!cli->quiet)
        fprintf(stderr, "moonsift evaluate: %llu of %llu lines could not be judged\n",
                (unsigned long long)count->errors, (unsigned long long)count->lines);
    return EXIT_PARTIAL;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    const char *jobs_text = NULL;
    int64_t jobs = 1;
    plan p = {.today = day_of(cli->at_us)};
    const ms_cli_option options[] = {
        {"jobs", 'j', &jobs_text, NULL},
        {"explain", 0, NULL, &p.explain},
        {NULL, 0, NULL, NULL},
    };
    ms_cli_env env = {0};
    ms_cli_vertical *vertical = NULL;
    size_t n = 0;
    ms_evaluate_count count = {0};
    ms_error err = {0};
    int code = ms_cli_options(&ms_verb_evaluate, &argc, argv, options);
    if (!code)
        code = ms_cli_number(&ms_verb_evaluate, "--jobs", jobs_text, 1, MOST_JOBS, &jobs);
    if (code)
        return code;
    if (argc != 2)
        return ms_cli_usage(&ms_verb_evaluate,
                            argc < 2 ? "which vertical?"
                                     : "one vertical only; contacts come in by \"< FILE\"");
    p.name = ms_str_z(argv[1]);
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves shows as EPIPE */
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (!status)
        status = ms_cli_verticals(cli, &env, argv[1], &vertical, &n, &err);
    if (!status) {
        p.files = vertical->files;
        p.n_files = vertical->n_files;
    }
    if (!status && isatty(STDIN_FILENO) && !cli->quiet)
        fprintf(stderr,
                "moonsift evaluate: type contacts, one JSON object a line; Ctrl-D ends\n"
                "  hint: from a file: moonsift evaluate %s < contacts.jsonl\n",
                argv[1]);
    if (!status) {
        const ms_evaluate_job job = {.in = STDIN_FILENO,
                                     .out = STDOUT_FILENO,
                                     .jobs = (unsigned)jobs,
                                     .begin = begin,
                                     .end = end,
                                     .user = &p};
        status = ms_evaluate_stream(&job, &count, &err);
    }
    code = finish(cli, &count, status, &err);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_evaluate = {
    .name = "evaluate",
    .summary = "judge contacts from a file, one JSON object a line; nothing is stored",
    .usage = "evaluate VERTICAL [--jobs N] [--explain] < contacts.jsonl > decisions.jsonl",
    .help =
        "Reads contacts {\"id\": ..., \"custom_attributes\": {...}}, writes one decision a line\n"
        "in the same order: id, vertical, version, attributes (coerced, derived, score and status\n"
        "included), changed (against the input; null: removed), writes (what moonsift would\n"
        "store), score, lead_status, labels, fired, unknown, errors, and when there are any,\n"
        "invalid: what came in for each and why it is not valid. No database is needed.\n"
        "Beside custom_attributes may stand \"facts\": {...}, what was looked up for a vertical\n"
        "that declares facts.\n"
        "A line that is no contact gives {\"line\":N,\"error\":\"...\"} in its place, and the "
        "exit\n"
        "code is 5 at the end.\n"
        "\n"
        "  -j, --jobs N   judge on N threads (1 to 64; default 1); the order stays\n"
        "      --explain  add \"explain\": why each rule fired or did not, in words\n"
        "      --at TIME  judge as if it were then (default: now)\n"
        "\n"
        "Examples:\n"
        "  moonsift evaluate recruitment --at 2025-02-01 < contacts.jsonl > decisions.jsonl\n"
        "  moonsift evaluate recruitment --explain < one.json | jq -r '.explain[]'\n",
    .run = run,
};

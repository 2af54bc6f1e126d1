/*
 * moonsift test: judges the cases of verticals as they stand in the files, and runs their specs. No
 * database, nothing stored.
 */
#include "cli/test_watch.h"

#include <strings.h>

typedef struct asked {
    const char *vertical; /* NULL: all */
    const char *filter;   /* in the case's name; NULL: all */
    const char *junit;    /* file */
    int64_t least;        /* percent of rules and labels to be reached; -1 not asked for */
    bool coverage, json, watch;
} asked;

/* Whether the name has the filter's text, in capitals or not. */
static bool is_asked_for(const char *filter, ms_str name)
{
    size_t n = filter ? strlen(filter) : 0;
    for (size_t i = 0; i + n <= name.n; i++)
        if (!n || strncasecmp(name.p + i, filter, n) == 0)
            return true;
    return !n;
}

static ms_status judge_cases(ms_tested *t, const char *filter, const ms_case *cases, size_t n,
                             ms_arena *arena, ms_error *err)
{
    ms_buf text = {0};
    ms_case_judge *judge = ms_case_judge_new(ms_script_vertical(t->script), arena);
    t->cases = ms_alloc_zero(arena, n ? n : 1, sizeof *t->cases);
    ms_status status = judge && t->cases ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n && !status; i++) {
        if (!is_asked_for(filter, cases[i].name))
            continue;
        ms_tested_case *tc = &t->cases[t->n++];
        text.n = 0;
        tc->c = &cases[i];
        status = ms_case_judge_one(judge, &cases[i], &t->count, &text, err);
        if (!status) {
            tc->differences = ms_arena_dup(arena, ms_buf_view(&text));
            status = tc->differences.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
        }
        t->failed += text.n > 0;
    }
    ms_case_judge_free(judge);
    ms_buf_free(&text);
    return status;
}

ms_status ms_test_run(ms_tested *t, const char *filter, ms_arena *arena, ms_error *err)
{
    ms_case *cases = NULL;
    size_t n = 0;
    t->problems.arena = arena;
    ms_str text = ms_cli_vertical_file(t->at, "cases.yaml");
    if (!text.p) {
        ms_fail(err, MS_CHECK, "vertical %s has no cases.yaml, so nothing can be tested",
                t->at->name);
        return ms_hint(err, "moonsift help W303; without a name all verticals are tested");
    }
    ms_status status = ms_script_check(ms_str_z(t->at->name), t->at->files, t->at->n_files, NULL,
                                       &t->problems, &t->script, err);
    if (!status)
        status = ms_cases_read(text, &t->problems, &cases, &n, err);
    if (!status && t->script)
        ms_cases_match(cases, n, ms_script_vertical(t->script), &t->problems);
    ms_cli_problems_locate(t->at, &t->problems);
    if (!status && t->problems.failed)
        status = ms_fail(err, MS_NOMEM, "out of memory");
    if (status || !t->script || ms_problems_errors(&t->problems))
        return status;
    return judge_cases(t, filter, cases, n, arena, err);
}

/* Those whose name has the filter's text, as with cases. */
static void choose_specs(ms_specs *s, const char *filter)
{
    size_t kept = 0;
    s->passed = s->failed = s->skipped = 0;
    for (size_t i = 0; i < s->n; i++) {
        ms_spec *spec = &s->items[i];
        if (!is_asked_for(filter, spec->name))
            continue;
        s->passed += spec->end == MS_SPEC_PASSED;
        s->failed += spec->end == MS_SPEC_FAILED;
        s->skipped += spec->end == MS_SPEC_SKIPPED;
        s->items[kept++] = *spec;
    }
    s->n = kept;
}

static ms_status test_one(const ms_cli *cli, const asked *a, ms_tested *t, ms_error *err)
{
    ms_status status = ms_test_run(t, a->filter, cli->arena, err);
    if (status || !t->script || ms_problems_errors(&t->problems))
        return status;
    status = ms_specs_run(cli, t->at, &t->specs, err);
    choose_specs(&t->specs, a->filter);
    return status;
}

static int take_options(ms_cli *cli, int *argc, char **argv, asked *a)
{
    const char *least = NULL;
    const ms_cli_option options[] = {
        {"filter", 0, &a->filter, NULL},     {"junit", 0, &a->junit, NULL},
        {"coverage", 0, NULL, &a->coverage}, {"min-coverage", 0, &least, NULL},
        {"watch", 0, NULL, &a->watch},       {NULL, 0, NULL, NULL},
    };
    a->least = -1;
    int code = ms_cli_options(&ms_verb_test, argc, argv, options);
    if (!code)
        code = ms_cli_number(&ms_verb_test, "--min-coverage", least, 0, 100, &a->least);
    if (code)
        return code;
    if (*argc > 2)
        return ms_cli_usage(&ms_verb_test, "one vertical, or none for all of them");
    if (least && a->filter)
        return ms_cli_usage(&ms_verb_test, "--min-coverage is about all cases: not with --filter");
    a->json = cli->json || cli->jsonl;
    if (a->watch && (a->json || a->junit))
        return ms_cli_usage(&ms_verb_test, "--watch is for people: not with --json or --junit");
    a->vertical = *argc == 2 ? argv[1] : NULL;
    return 0;
}

/* The verticals whose cases reach less than asked for. */
static size_t tell_reached(const asked *a, const ms_tested *list, size_t n)
{
    size_t below = 0;
    for (size_t i = 0; i < n && a->least >= 0; i++) {
        if (!list[i].script || ms_problems_errors(&list[i].problems))
            continue;
        const ms_reached r = ms_test_reached(&list[i]);
        if (ms_reached_percent(&r) >= a->least)
            continue;
        below++;
        fprintf(stderr,
                "%s: the cases reach %u %% of the rules and labels (%u of %u); %lld %% asked\n",
                list[i].at->name, ms_reached_percent(&r), r.rules + r.labels,
                r.of_rules + r.of_labels, (long long)a->least);
    }
    return below;
}

static int tell(const ms_cli *cli, const asked *a, const ms_tested *list, size_t n)
{
    ms_error err = {0};
    size_t found = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        found += list[i].n + list[i].specs.n;
        bad += list[i].failed + list[i].specs.failed + ms_problems_errors(&list[i].problems);
    }
    if (!bad && !found) {
        ms_fail(&err, a->filter ? MS_NOT_FOUND : MS_CHECK, "there is no case%s%s%s",
                a->filter ? " or spec with \"" : " in cases.yaml", a->filter ? a->filter : "",
                a->filter ? "\" in its name" : "");
        return ms_cli_fail(&ms_verb_test, &err);
    }
    if (a->junit && ms_test_junit(list, n, a->junit, &err))
        return ms_cli_fail(&ms_verb_test, &err);
    if (a->json && !ms_test_json(list, n))
        return 1;
    for (size_t i = 0; i < n && !a->json; i++)
        ms_test_print(cli, &list[i], n > 1, !a->filter, a->coverage);
    fflush(stdout);
    return tell_reached(a, list, n) || bad ? MS_EXIT_CHECK : 0;
}

/* Once, from the files as they are now. */
static int test(ms_cli *cli, const ms_cli_env *env, void *arg)
{
    const asked *a = arg;
    ms_cli_vertical *verticals = NULL;
    ms_tested *list = NULL;
    size_t n = 0;
    ms_error err = {0};
    ms_status status = ms_cli_verticals(cli, env, a->vertical, &verticals, &n, &err);
    if (!status && !(list = ms_alloc_zero(cli->arena, n, sizeof *list)))
        status = ms_fail(&err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n && !status; i++) {
        list[i].at = &verticals[i];
        status = test_one(cli, a, &list[i], &err);
    }
    int code = status ? ms_cli_fail(&ms_verb_test, &err) : tell(cli, a, list, n);
    for (size_t i = 0; list && i < n; i++)
        ms_script_free(list[i].script);
    return code;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    asked a = {0};
    ms_cli_env env = {0};
    ms_error err = {0};
    int code = take_options(cli, &argc, argv, &a);
    if (code)
        return code;
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (status)
        code = ms_cli_fail(&ms_verb_test, &err);
    else
        code = a.watch ? ms_test_watch(cli, &env, a.vertical, test, &a) : test(cli, &env, &a);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_test = {
    .name = "test",
    .summary = "judge the cases of a vertical and tell what is not as expected",
    .usage = "test [VERTICAL] [--filter TEXT] [--min-coverage N] [--watch] [--junit FILE]",
    .help =
        "Judges each case of scripts/VERTICAL/cases.yaml with the vertical as it stands in its\n"
        "files. For a case that fails it prints what differs and, for the rules that made it\n"
        "so, the values that decided. Specs beside it (..._spec.lua) are run with busted, if\n"
        "that is installed. At the end: which rules never fired and which labels were never\n"
        "given. Without VERTICAL all are tested. No database is needed. Exit code 3: something\n"
        "failed, or the files have errors (see moonsift check).\n"
        "\n"
        "      --filter TEXT     only cases and specs with TEXT in their name, in\n"
        "                        capitals or not\n"
        "      --coverage        how often each rule was yes, no and unknown\n"
        "      --min-coverage N  exit code 3, too, when less than N percent of the rules and\n"
        "                        labels of a vertical were reached by its cases\n"
        "      --watch           again whenever a file changes, until Ctrl-C\n"
        "      --junit FILE      write the result as JUnit XML, too\n"
        "      --plain           pass, fail or skip, place and name between tabs\n"
        "  -q                    only what failed, and the summary\n"
        "\n"
        "Examples:\n"
        "  moonsift test recruitment --watch -q\n"
        "  moonsift test recruitment --filter border --coverage\n",
    .run = run,
};

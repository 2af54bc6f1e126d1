/*
 * moonsift check: everything that is wrong, or probably not meant, with verticals as they stand in
 * the files. No database, nothing stored.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/cases.h"
#include "cli/problems.h"

/* One vertical that was looked at. */
typedef struct looked {
    const ms_cli_vertical *at;
    ms_problems problems;
    uint32_t rules, reads;
    char version[65];
    bool loaded;
} looked;

static uint32_t count_reads(const ms_vertical *v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->n_attributes; i++)
        n += ms_vertical_reads(v, v->attributes[i].name);
    return n;
}

static ms_status look(looked *l, ms_arena *arena, ms_error *err)
{
    ms_script *script = NULL, *partly = NULL;
    ms_case *cases = NULL;
    size_t n_cases = 0;
    l->problems.arena = arena;
    ms_str text = ms_cli_vertical_file(l->at, "cases.yaml");
    ms_status status = ms_script_check_partly(ms_str_z(l->at->name), l->at->files, l->at->n_files,
                                              NULL, &l->problems, &script, &partly, err);
    if (!status && text.p)
        status = ms_cases_read(text, &l->problems, &cases, &n_cases, err);
    if (status)
        goto done;
    if (!text.p)
        ms_problem_say(&l->problems, "W303", MS_STR("vertical.lua"), 1,
                       "there is no cases.yaml beside it");
    else if (!n_cases && !ms_problems_errors(&l->problems))
        ms_problem_say(&l->problems, "W303", MS_STR("cases.yaml"), 1, "cases.yaml has no case");
    if (script) {
        const ms_vertical *v = ms_script_vertical(script);
        l->loaded = true;
        l->rules = v->n_rules;
        l->reads = count_reads(v);
        snprintf(l->version, sizeof l->version, MS_FMT, MS_ARG(v->version));
        ms_cases_match(cases, n_cases, v, &l->problems);
        ms_lint(v, &l->problems);
    } else if (partly) {
        ms_lint_partly(ms_script_vertical(partly), &l->problems);
    }
    ms_cli_problems_locate(l->at, &l->problems);
    if (l->problems.failed)
        status = ms_fail(err, MS_NOMEM, "out of memory");
done:
    ms_script_free(script);
    ms_script_free(partly);
    return status;
}

/* ---- what is printed ------------------------------------------------------------------------ */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void print_summary(const looked *l, size_t n, size_t errors, size_t warnings, int64_t us)
{
    uint32_t rules = 0, reads = 0;
    size_t loaded = 0;
    for (size_t i = 0; i < n; i++) {
        rules += l[i].rules;
        reads += l[i].reads;
        loaded += l[i].loaded;
    }
    printf("%zu error%s, %zu warning%s", errors, plural(errors), warnings, plural(warnings));
    if (n > 1)
        printf(" · %zu verticals", n);
    if (loaded)
        printf(" · %u rule%s · %u attribute%s read", rules, plural(rules), reads, plural(reads));
    printf(" · %.1f s\n", (double)us / 1e6);
}

static void add_vertical(const looked *l, ms_buf *out)
{
    ms_buf_z(out, "{\"name\":");
    ms_json_string(out, ms_str_z(l->at->name));
    if (l->loaded)
        ms_buf_format(out, ",\"version\":\"%s\",\"rules\":%u,\"attributes_read\":%u", l->version,
                      l->rules, l->reads);
    ms_buf_char(out, '}');
}

static bool print_json(const looked *l, size_t n, size_t errors, size_t warnings)
{
    ms_buf out = {0};
    ms_buf_format(&out,
                  "{\"schema\":\"moonsift.check/1\",\"errors\":%zu,\"warnings\":%zu,"
                  "\"verticals\":[",
                  errors, warnings);
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(&out, i ? "," : "");
        add_vertical(&l[i], &out);
    }
    ms_buf_z(&out, "],\"problems\":[");
    const char *between = "";
    for (size_t i = 0; i < n; i++) {
        if (!l[i].problems.n)
            continue;
        ms_buf_z(&out, between);
        ms_cli_problems_json(l[i].at->name, &l[i].problems, &out);
        between = ",";
    }
    ms_buf_z(&out, "]}\n");
    bool ok = !out.failed;
    if (ok)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    return ok;
}

/* ---- the verb ------------------------------------------------------------------------------- */

typedef enum check_format { PRETTY, JSON, SARIF, GITHUB } check_format;
static const char *const formats[] = {"pretty", "json", "sarif", "github", NULL};

typedef struct asked {
    check_format format;
    bool warnings_fail;
} asked;

static int take_format(const char *text, check_format *out)
{
    for (*out = PRETTY; formats[*out]; (*out)++)
        if (strcmp(text, formats[*out]) == 0)
            return 0;
    const char *near = ms_nearest(ms_str_z(text), formats);
    return ms_cli_usage(&ms_verb_check,
                        "--format is pretty, json, sarif or github, not \"%s\"%s%s%s", text,
                        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int take_options(ms_cli *cli, int *argc, char **argv, asked *out)
{
    const char *format = NULL, *level = "error";
    bool strict = false;
    const ms_cli_option options[] = {
        {"strict", 0, NULL, &strict},
        {"format", 0, &format, NULL},
        {"fail-level", 0, &level, NULL},
        {NULL, 0, NULL, NULL},
    };
    int code = ms_cli_options(&ms_verb_check, argc, argv, options);
    if (!code)
        code = take_format(format ? format : "pretty", &out->format);
    if (code)
        return code;
    if (strcmp(level, "error") != 0 && strcmp(level, "warn") != 0)
        return ms_cli_usage(&ms_verb_check, "--fail-level is error or warn, not \"%s\"%s", level,
                            level[0] == 'w' ? "; did you mean \"warn\"?" : "");
    if (*argc > 2)
        return ms_cli_usage(&ms_verb_check, "one vertical, or none for all of them");
    if (!format && (cli->json || cli->jsonl))
        out->format = JSON;
    out->warnings_fail = strict || strcmp(level, "warn") == 0;
    return 0;
}

static bool print_for_servers(const ms_cli *cli, const looked *l, size_t n, check_format format)
{
    ms_buf out = {0};
    ms_cli_found *found = ms_alloc_zero(cli->arena, n, sizeof *found);
    for (size_t i = 0; found && i < n; i++)
        found[i] = (ms_cli_found){l[i].at, &l[i].problems};
    bool ok = found && (format == SARIF ? ms_cli_problems_sarif(found, n, &out)
                                        : ms_cli_problems_github(found, n, &out));
    if (ok)
        fwrite(out.p ? out.p : "", 1, out.n, stdout);
    ms_buf_free(&out);
    return ok;
}

static bool print_all(const ms_cli *cli, const asked *a, const looked *l, size_t n, int64_t began)
{
    size_t errors = 0, warnings = 0;
    for (size_t i = 0; i < n; i++) {
        size_t wrong = ms_problems_errors(&l[i].problems);
        errors += wrong;
        warnings += l[i].problems.n - wrong;
    }
    if (a->format == JSON)
        return print_json(l, n, errors, warnings);
    if (a->format != PRETTY && !print_for_servers(cli, l, n, a->format))
        return false;
    for (size_t i = 0; i < n && a->format == PRETTY; i++)
        ms_cli_problems(cli, l[i].at, n > 1, &l[i].problems);
    if (a->format != SARIF && !cli->plain)
        print_summary(l, n, errors, warnings, ms_mono_us() - began);
    return true;
}

static int tell(const ms_cli *cli, const asked *a, const looked *list, size_t n, int64_t began)
{
    bool failed = false;
    for (size_t i = 0; i < n; i++)
        failed |= ms_problems_errors(&list[i].problems) > 0 ||
                  (a->warnings_fail && list[i].problems.n > 0);
    if (!print_all(cli, a, list, n, began))
        return 1;
    return failed ? MS_EXIT_CHECK : 0;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    int64_t began = ms_mono_us();
    asked a = {0};
    ms_cli_env env = {0};
    ms_cli_vertical *verticals = NULL;
    size_t n = 0;
    ms_error err = {0};
    looked *list = NULL;
    int code = take_options(cli, &argc, argv, &a);
    if (code)
        return code;
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (!status)
        status = ms_cli_verticals(cli, &env, argc == 2 ? argv[1] : NULL, &verticals, &n, &err);
    if (!status && !(list = ms_alloc_zero(cli->arena, n, sizeof *list)))
        status = ms_fail(&err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n && !status; i++) {
        list[i].at = &verticals[i];
        status = look(&list[i], cli->arena, &err);
    }
    code = status ? ms_cli_fail(&ms_verb_check, &err) : tell(cli, &a, list, n, began);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_check = {
    .name = "check",
    .summary = "find what is wrong in a vertical, before any contact is judged",
    .usage = "check [VERTICAL] [--strict] [--fail-level error|warn]\n"
             "               [--format pretty|json|sarif|github]",
    .help =
        "Loads the vertical from its files and lists all that is wrong, each with its place\n"
        "and a code that `moonsift help CODE` explains: names and types (E1xx), loading and\n"
        "the sandbox (E2xx), labels (E3xx), cases.yaml (E4xx), rules that are probably not\n"
        "meant so (W2xx), style (W3xx). Of a vertical with errors only rules that are whole are\n"
        "looked at for warnings.\n"
        "Without VERTICAL all are checked. No database is needed. Exit code 3: errors.\n"
        "\n"
        "      --strict           warnings count as errors, too\n"
        "      --fail-level LEVEL from which exit code 3 is given: error (default) or warn\n"
        "      --format FORMAT    pretty (default), json (as --json), sarif (2.1.0) or github\n"
        "                         (annotations in a workflow)\n"
        "  --plain                file, line, column, severity, code and text between tabs\n"
        "\n"
        "Examples:\n"
        "  moonsift check recruitment\n"
        "  moonsift check --strict --format sarif > check.sarif\n",
    .run = run,
};

/* moonsift versions, activate, rollback: which rules judge, since when, and back. */
#include "flow/versions.h"
#include "cli/test_report.h"
#include "cli/verb.h"
#include "flow/columns.h"

#include <stdlib.h>

/* ---- versions ------------------------------------------------------------------------------- */

static const char list_sql[] =
    "SELECT v.number, left(v.hash, 12), to_char(v.created_at AT TIME ZONE 'UTC',"
    " 'YYYY-MM-DD HH24:MI'), CASE WHEN a.number = v.number THEN 'active' ELSE '' END, v.message"
    " FROM moonsift.version v LEFT JOIN moonsift.active_version a USING (vertical)"
    " WHERE v.vertical = $1 ORDER BY v.number DESC";

static ms_status read_versions(ms_cli *cli, ms_cli_env *env, const char *vertical, ms_rows *out,
                               ms_error *err)
{
    const ms_value name = ms_string(ms_str_z(vertical));
    ms_status status = ms_db_query(&env->db, cli->arena, list_sql, &name, 1, out, err);
    if (status == MS_OK && out->n_rows == 0) {
        ms_fail(err, MS_NOT_FOUND, "no version of \"%s\" was ever activated", vertical);
        ms_hint(err, "moonsift activate %s -m \"why\"", vertical);
        return MS_NOT_FOUND;
    }
    return status;
}

static int print_json(ms_cli *cli, const char *vertical, const ms_rows *rows)
{
    ms_value *items = ms_alloc_zero(cli->arena, rows->n_rows, sizeof *items);
    for (uint32_t r = 0; items && r < rows->n_rows; r++) {
        const ms_member members[] = {
            {MS_STR("number"), ms_int(ms_cell_int(ms_cell(rows, r, 0), 0))},
            {MS_STR("hash"), ms_string(ms_cell(rows, r, 1))},
            {MS_STR("created_at"), ms_string(ms_cell(rows, r, 2))},
            {MS_STR("active"), ms_bool(ms_cell(rows, r, 3).n > 0)},
            {MS_STR("message"), ms_string(ms_cell(rows, r, 4))}};
        const ms_value object = ms_object(members, sizeof members / sizeof *members);
        if (!ms_arena_copy(cli->arena, &object, &items[r]))
            return 1;
    }
    const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.versions/1"))},
                                 {MS_STR("vertical"), ms_string(ms_str_z(vertical))},
                                 {MS_STR("versions"), ms_array(items, items ? rows->n_rows : 0)}};
    const ms_value document = ms_object(members, 3);
    return items && ms_cli_json(&document) ? 0 : 1;
}

static int versions(ms_cli *cli, ms_cli_env *env, const char *vertical, ms_error *err)
{
    ms_rows rows = {0};
    ms_status status = read_versions(cli, env, vertical, &rows, err);
    if (status != MS_OK)
        return ms_cli_fail(&ms_verb_versions, err);
    if (cli->json)
        return print_json(cli, vertical, &rows);
    for (uint32_t r = 0; r < rows.n_rows; r++)
        printf(cli->plain ? "v" MS_FMT "\t" MS_FMT "\t" MS_FMT "\t" MS_FMT "\t" MS_FMT "\n"
                          : "v" MS_FMT "  " MS_FMT "  " MS_FMT "  %-6.*s  " MS_FMT "\n",
               MS_ARG(ms_cell(&rows, r, 0)), MS_ARG(ms_cell(&rows, r, 1)),
               MS_ARG(ms_cell(&rows, r, 2)), MS_ARG(ms_cell(&rows, r, 3)),
               MS_ARG(ms_cell(&rows, r, 4)));
    return 0;
}

/* The number that is active now, 0 none. */
static int active_number(const ms_rows *rows)
{
    for (uint32_t r = 0; r < rows->n_rows; r++)
        if (ms_cell(rows, r, 3).n)
            return (int)ms_cell_int(ms_cell(rows, r, 0), 0);
    return 0;
}

/* ---- activate ------------------------------------------------------------------------------- */

/* The gate: no errors, and every case is as expected. */
static ms_status pass_gate(ms_cli *cli, ms_tested *t, ms_error *err)
{
    ms_status status = ms_test_run(t, NULL, cli->arena, err);
    if (status != MS_OK)
        return status;
    size_t errors = ms_problems_errors(&t->problems);
    if (errors) {
        ms_cli_problems(cli, t->at, false, &t->problems);
        ms_fail(err, MS_CHECK, "the draft has %zu error%s", errors, errors == 1 ? "" : "s");
        ms_hint(err, "what is active goes on judging; moonsift check %s", t->at->name);
        return MS_CHECK;
    }
    if (!t->n) {
        ms_fail(err, MS_CHECK, "cases.yaml has no case, so nothing shows what the draft does");
        ms_hint(err, "what is active goes on judging; moonsift help W303");
        return MS_CHECK;
    }
    if (t->failed) {
        ms_fail(err, MS_CHECK, "%zu of %zu cases are not as expected", t->failed, t->n);
        ms_hint(err, "what is active goes on judging; moonsift test %s", t->at->name);
        return MS_CHECK;
    }
    fprintf(stderr, "gate: %s/%s: check ok, cases %zu/%zu\n", t->at->dir, t->at->name, t->n, t->n);
    return MS_OK;
}

/* Only what the configuration names may judge for it: not what happens to lie here. */
static ms_status belongs(const ms_cli_env *env, ms_error *err)
{
    const ms_cli_folder *folder = &env->scripts;
    const char *file = ms_config_file(env->config);
    if (folder->is == MS_FOLDER_NAMED || folder->is == MS_FOLDER_BESIDE)
        return MS_OK;
    if (!file) {
        ms_fail(err, MS_INVALID, "there is no moonsift.yaml here or above: whose rules are meant?");
        return ms_hint(err, "go to the project's folder, or name its file: --config FILE");
    }
    ms_fail(err, MS_INVALID, "%s does not say that ./scripts has its rules", file);
    return ms_hint(err, "write rules: { dir: ... } into it, or put scripts beside it");
}

/* Without the database: what is refused must not wait for one. */
static ms_status read_draft(ms_cli *cli, const ms_cli_env *env, const char *vertical,
                            ms_draft *draft, ms_error *err)
{
    ms_cli_vertical *at = NULL;
    size_t n = 0;
    ms_status status = belongs(env, err);
    if (!status)
        status = ms_cli_verticals(cli, env, vertical, &at, &n, err);
    if (status != MS_OK)
        return status;
    ms_tested tested = {.at = at};
    status = pass_gate(cli, &tested, err);
    ms_script_free(tested.script);
    *draft = (ms_draft){.name = ms_str_z(at->name), .files = at->files, .n = at->n_files};
    return status;
}

static void tell_activated(const char *vertical, int changed, const ms_rows *before,
                           const ms_rows *after)
{
    int was = active_number(before), is = active_number(after);
    if (!changed)
        printf("%s v%d is active already: the draft is the same\n", vertical, is);
    else if (after->n_rows == before->n_rows)
        printf("%s v%d active again, v%d kept: the draft equals it, and its message stays\n",
               vertical, is, was);
    else if (was)
        printf("%s v%d active, v%d kept; judges change over with their next batch\n", vertical, is,
               was);
    else
        printf("%s v%d active\n", vertical, is);
}

static int activate(ms_cli *cli, ms_cli_env *env, const char *vertical, const char *message,
                    ms_error *err)
{
    int changed = 0;
    ms_rows before = {0}, after = {0};
    ms_draft draft = {0};
    ms_error nothing = {0};
    ms_status status = read_draft(cli, env, vertical, &draft, err);
    if (status == MS_OK)
        status = ms_cli_open_database(cli, env, MS_CLI_TABLES, err);
    if (status == MS_OK && read_versions(cli, env, vertical, &before, &nothing) != MS_OK)
        before = (ms_rows){0};
    if (status == MS_OK)
        status =
            ms_versions_activate(&env->db, cli->arena, &draft, 1, message, false, &changed, err);
    if (status == MS_OK)
        status = read_versions(cli, env, vertical, &after, err);
    if (status != MS_OK)
        return ms_cli_fail(&ms_verb_activate, err);
    tell_activated(vertical, changed, &before, &after);
    return 0;
}

/* ---- rollback ------------------------------------------------------------------------------- */

static int newest_below(const ms_rows *rows, int number)
{
    for (uint32_t r = 0; r < rows->n_rows; r++)
        if (ms_cell_int(ms_cell(rows, r, 0), 0) < number)
            return (int)ms_cell_int(ms_cell(rows, r, 0), 0);
    return 0;
}

static int rollback(ms_cli *cli, ms_cli_env *env, const char *vertical, int64_t to, ms_error *err)
{
    ms_rows rows = {0};
    ms_status status = read_versions(cli, env, vertical, &rows, err);
    int from = status == MS_OK ? active_number(&rows) : 0;
    if (status == MS_OK && to == 0)
        to = newest_below(&rows, from);
    if (status == MS_OK && to == 0) {
        int newest = (int)ms_cell_int(ms_cell(&rows, 0, 0), 0);
        ms_fail(err, MS_NOT_FOUND, "v%d is the first version of %s", from, vertical);
        status = newest > from ? ms_hint(err, "to a newer one: moonsift rollback %s --to %d",
                                         vertical, newest)
                               : ms_hint(err, "there is nothing to go back to");
    }
    if (status == MS_OK)
        status = ms_versions_return(&env->db, cli->arena, ms_str_z(vertical), (int)to, err);
    if (status != MS_OK)
        return ms_cli_fail(&ms_verb_rollback, err);
    if (to == from)
        printf("%s v%d is active already\n", vertical, from);
    else
        printf(
            "%s v%d active again, v%d kept; what it wrote stays until contacts are judged anew\n",
            vertical, (int)to, from);
    return 0;
}

/* ---- the verbs ------------------------------------------------------------------------------ */

static int run(ms_cli *cli, int argc, char **argv)
{
    const bool is_activate = strcmp(argv[0], "activate") == 0;
    const bool is_rollback = strcmp(argv[0], "rollback") == 0;
    const ms_verb *verb = is_activate   ? &ms_verb_activate
                          : is_rollback ? &ms_verb_rollback
                                        : &ms_verb_versions;
    const char *message = NULL, *to = NULL;
    const ms_cli_option for_activate[] = {{.name = "message", .letter = 'm', .value = &message},
                                          {0}};
    const ms_cli_option for_rollback[] = {{.name = "to", .value = &to}, {0}};
    const ms_cli_option none[] = {{0}};
    ms_cli_env env = {0};
    ms_error err = {0};
    int64_t number = 0;
    int code = ms_cli_options(verb, &argc, argv,
                              is_activate   ? for_activate
                              : is_rollback ? for_rollback
                                            : none);
    if (!code && to)
        code = ms_cli_number(verb, "--to", to[0] == 'v' ? to + 1 : to, 1, INT32_MAX, &number);
    if (code)
        return code;
    if (argc == 3 && is_activate && !message)
        return ms_cli_usage(verb, "say why behind -m: -m \"%.200s\"", argv[2]);
    if (argc != 2)
        return ms_cli_usage(verb, argc < 2 ? "say which vertical" : "one vertical only");
    if (is_activate && (!message || !message[0]))
        return ms_cli_usage(verb, "say why: -m \"lower the bar for interim\"");
    unsigned want = MS_CLI_CONFIG | (is_activate ? 0 : MS_CLI_TABLES);
    if (ms_cli_open(cli, NULL, 0, want, &env, &err) != MS_OK)
        return ms_cli_fail(verb, &err);
    code = is_activate   ? activate(cli, &env, argv[1], message, &err)
           : is_rollback ? rollback(cli, &env, argv[1], number, &err)
                         : versions(cli, &env, argv[1], &err);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_versions = {
    .name = "versions",
    .summary = "which versions of a vertical there are, and which is active",
    .usage = "versions VERTICAL [--json]",
    .help = "Newest first: number, hash, when it was stored, active, message.\n"
            "\n"
            "Examples:\n"
            "  moonsift versions recruitment\n"
            "  moonsift versions recruitment --json\n",
    .run = run,
};

const ms_verb ms_verb_activate = {
    .name = "activate",
    .summary = "check a vertical's draft and make it the version that judges",
    .usage = "activate VERTICAL -m MESSAGE",
    .help =
        "  -m, --message TEXT   why; kept with a new version. A draft that equals an older one\n"
        "                       makes that active again, and its message stays\n"
        "\n"
        "The draft is what stands in the files of the folder that the configuration names\n"
        "(rules.dir, or scripts beside it), and no other. If it does not pass its check, or has\n"
        "no cases, what is active goes on judging (exit 3). Every judge on every host changes\n"
        "over with its next batch.\n"
        "\n"
        "Examples:\n"
        "  moonsift activate recruitment -m \"lower the bar for interim\"\n"
        "  moonsift activate recruitment -m \"new labels\" --config /etc/moonsift/moonsift.yaml\n",
    .run = run,
};

const ms_verb ms_verb_rollback = {
    .name = "rollback",
    .summary = "make an earlier version of a vertical the active one again",
    .usage = "rollback VERTICAL [--to N]",
    .help =
        "  --to N   this version, older or newer; without it the one whose number comes before\n"
        "           that of the active one\n"
        "\n"
        "Examples:\n"
        "  moonsift rollback recruitment\n"
        "  moonsift rollback recruitment --to 12\n",
    .run = run,
};

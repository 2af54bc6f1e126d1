/* moonsift unpark: which verticals are parked and why, and letting one judge again. */
#include "cli/verb.h"
#include "flow/park.h"

/* ---- what is parked ------------------------------------------------------------------------- */

static const char list_sql[] =
    "SELECT p.vertical, p.version, p.failures, p.reason,"
    " to_char(p.since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    " (SELECT count(*) FROM moonsift.queue q WHERE q.parked = p.vertical)"
    " FROM moonsift.parked p JOIN moonsift.active_version a"
    " ON a.vertical = p.vertical AND a.number = p.version ORDER BY p.vertical";

static int print_json(ms_cli *cli, const ms_rows *rows)
{
    ms_value *items = ms_alloc_zero(cli->arena, rows->n_rows + 1, sizeof *items);
    for (uint32_t r = 0; items && r < rows->n_rows; r++) {
        const ms_member members[] = {
            {MS_STR("vertical"), ms_string(ms_cell(rows, r, 0))},
            {MS_STR("version"), ms_int(ms_cell_int(ms_cell(rows, r, 1), 0))},
            {MS_STR("failures"), ms_int(ms_cell_int(ms_cell(rows, r, 2), 0))},
            {MS_STR("reason"), ms_string(ms_cell(rows, r, 3))},
            {MS_STR("since"), ms_string(ms_cell(rows, r, 4))},
            {MS_STR("waiting"), ms_int(ms_cell_int(ms_cell(rows, r, 5), 0))}};
        const ms_value object = ms_object(members, sizeof members / sizeof *members);
        if (!ms_arena_copy(cli->arena, &object, &items[r]))
            return 1;
    }
    const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.parked/1"))},
                                 {MS_STR("parked"), ms_array(items, items ? rows->n_rows : 0)}};
    const ms_value document = ms_object(members, 2);
    return items && ms_cli_json(&document) ? 0 : 1;
}

static int list(ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    ms_rows rows = {0};
    if (ms_db_query(&env->db, cli->arena, list_sql, NULL, 0, &rows, err) != MS_OK)
        return ms_cli_fail(&ms_verb_unpark, err);
    if (cli->json)
        return print_json(cli, &rows);
    for (uint32_t r = 0; r < rows.n_rows; r++)
        printf(MS_FMT " v" MS_FMT " since " MS_FMT ", " MS_FMT " deliveries wait\n  " MS_FMT
                      " failures, the last: " MS_FMT "\n",
               MS_ARG(ms_cell(&rows, r, 0)), MS_ARG(ms_cell(&rows, r, 1)),
               MS_ARG(ms_cell(&rows, r, 4)), MS_ARG(ms_cell(&rows, r, 5)),
               MS_ARG(ms_cell(&rows, r, 2)), MS_ARG(ms_cell(&rows, r, 3)));
    if (rows.n_rows == 0 && !cli->quiet)
        fputs("no vertical is parked\n", stderr);
    return 0;
}

/* ---- letting go ----------------------------------------------------------------------------- */

static int unpark(ms_cli *cli, ms_cli_env *env, const char *vertical, bool held, ms_error *err)
{
    int64_t waiting = 0, again = 0;
    if (ms_park_end(&env->db, cli->arena, ms_str_z(vertical), held, &waiting, &again, err) != MS_OK)
        return ms_cli_fail(&ms_verb_unpark, err);
    if (cli->json) {
        const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.unpark/1"))},
                                     {MS_STR("vertical"), ms_string(ms_str_z(vertical))},
                                     {MS_STR("waiting"), ms_int(waiting)},
                                     {MS_STR("held"), ms_int(again)}};
        const ms_value document = ms_object(members, 4);
        return ms_cli_json(&document) ? 0 : 1;
    }
    printf("%s judges again: %lld deliveries waited, %lld that were held are judged anew\n",
           vertical, (long long)waiting, (long long)again);
    return 0;
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run(ms_cli *cli, int argc, char **argv)
{
    bool held = false;
    const ms_cli_option options[] = {{.name = "held", .given = &held}, {0}};
    ms_cli_env env = {0};
    ms_error err = {0};
    int code = ms_cli_options(&ms_verb_unpark, &argc, argv, options);
    if (code)
        return code;
    if (argc > 2)
        return ms_cli_usage(&ms_verb_unpark, "\"%s\" is one argument too many", argv[2]);
    if (argc == 1 && held)
        return ms_cli_usage(&ms_verb_unpark, "--held needs a vertical");
    cli->json |= cli->jsonl;
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG | MS_CLI_DATABASE, &env, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_unpark, &err);
    code = argc == 2 ? unpark(cli, &env, argv[1], held, &err) : list(cli, &env, &err);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_unpark = {
    .name = "unpark",
    .summary = "which verticals are parked and why; let one judge again",
    .usage = "unpark [VERTICAL [--held]] [--json]",
    .help =
        "  --held   also judge again what ended as held, though the version is the same\n"
        "\n"
        "A vertical that keeps failing is parked (rules.park_after): its deliveries wait in the\n"
        "queue, everybody else's go on. Activating another version unparks it, and has what was\n"
        "held judged again; so this is for when the version was not to blame, or a limit was\n"
        "raised. What waited is judged in order. Without VERTICAL: what is parked, and why.\n"
        "\n"
        "Examples:\n"
        "  moonsift unpark\n"
        "  moonsift unpark recruitment --held\n",
    .run = run,
};

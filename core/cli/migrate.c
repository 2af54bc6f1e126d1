/*
 * cli/migrate.c: the database's migrations: how far it is, forward, back.
 */
#include "base/text.h"
#include "cli/verb.h"

#include "host/migrate.h"

enum { EXIT_PENDING = 4 };

/* What the command line asks for. */
typedef struct request {
    const char *action, *set;
    int to;     /* 0: not given */
    bool given; /* --to was, also as 0 */
    bool pending_code;
    ms_cli *cli;
    ms_db_client *db;
} request;

/* ---- printing ------------------------------------------------------------------------------- */

static size_t count(const ms_migration *list, size_t n, const char *state)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += strcmp(ms_migration_state(&list[i]), state) == 0;
    return found;
}

static ms_value as_value(ms_arena *arena, const ms_migration *m)
{
    const ms_member members[] = {
        {MS_STR("number"), ms_int(m->number)},
        {MS_STR("name"), ms_string(m->name)},
        {MS_STR("state"), ms_string(ms_str_z(ms_migration_state(m)))},
        {MS_STR("sha256"), m->up.p ? ms_string(ms_str_z(m->sha256)) : ms_null()},
        {MS_STR("applied_sha256"), m->applied ? ms_string(ms_str_z(m->applied_sha256)) : ms_null()},
        {MS_STR("applied_at"), ms_string_or_null(m->applied_at)},
    };
    ms_value value = ms_object(members, sizeof members / sizeof *members), copy = ms_null();
    return ms_arena_copy(arena, &value, &copy) ? copy : ms_null();
}

static int print_json(const request *r, const ms_migration *list, size_t n)
{
    ms_value *items = ms_alloc_zero(r->cli->arena, n + 1, sizeof *items);
    if (!items)
        return 1;
    for (size_t i = 0; i < n; i++)
        items[i] = as_value(r->cli->arena, &list[i]);
    const ms_member members[] = {
        {MS_STR("schema"), ms_string(MS_STR("moonsift.migrate/1"))},
        {MS_STR("set"), ms_string(ms_str_z(r->set))},
        {MS_STR("pending"), ms_int((int64_t)count(list, n, "pending"))},
        {MS_STR("migrations"), ms_array(items, n)},
    };
    ms_value document = ms_object(members, sizeof members / sizeof *members);
    return ms_cli_json(&document) ? 0 : 1;
}

static void print_summary(const ms_migration *list, size_t n)
{
    static const char *const states[] = {"applied", "pending", "changed", "unknown", "left out"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        size_t found = count(list, n, states[i]);
        if (found || i < 2)
            printf("%s%zu %s", i ? ", " : "", found, states[i]);
    }
    putchar('\n');
}

static void print_status(const request *r, const ms_migration *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const ms_migration *m = &list[i];
        const char *state = ms_migration_state(m);
        if (r->cli->plain)
            printf("%s\t%04d\t" MS_FMT "\t%s\t" MS_FMT "\n", r->set, m->number, MS_ARG(m->name),
                   state, MS_ARG(m->applied_at));
        else if (m->applied_at.p)
            printf("%s %04d  %-24.*s  %-8s  " MS_FMT "\n", r->set, m->number, MS_ARG(m->name),
                   state, MS_ARG(m->applied_at));
        else
            printf("%s %04d  %-24.*s  %s\n", r->set, m->number, MS_ARG(m->name), state);
    }
    if (!r->cli->plain && !r->cli->quiet)
        print_summary(list, n);
}

static void print_step(void *arg, const char *verb, const ms_migration *m)
{
    const request *r = arg;
    if (!r->cli->quiet)
        printf("%s %s %04d " MS_FMT "\n", verb, r->set, m->number, MS_ARG(m->name));
    fflush(stdout);
}

/* ---- the actions ---------------------------------------------------------------------------- */

static int status_or_plan(request *r, const ms_migration *list, size_t n)
{
    size_t pending = 0;
    bool plan = strcmp(r->action, "plan") == 0;
    for (size_t i = 0; i < n; i++) {
        bool todo = strcmp(ms_migration_state(&list[i]), "pending") == 0 &&
                    (!r->to || list[i].number <= r->to);
        pending += todo;
        if (plan && todo && !r->cli->json)
            print_step(r, "up", &list[i]);
    }
    if (r->cli->json && print_json(r, list, n))
        return 1;
    if (!plan && !r->cli->json)
        print_status(r, list, n);
    if (plan && !pending && !r->cli->json && !r->cli->quiet)
        puts("nothing to do");
    return pending && r->pending_code ? EXIT_PENDING : 0;
}

static int verify(request *r, const ms_migration *list, size_t n)
{
    ms_error err;
    if (ms_migrate_verify(r->set, list, n, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_migrate, &err);
    if (!r->cli->quiet)
        printf("%s: %zu applied files are as they were\n", r->set, count(list, n, "applied"));
    return 0;
}

static int up(request *r, const ms_migration *list, size_t n)
{
    ms_error err;
    size_t pending = count(list, n, "pending");
    if (ms_migrate_up(r->db, r->set, r->to, print_step, r, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_migrate, &err);
    if (!pending && !r->cli->quiet)
        puts("nothing to do");
    return 0;
}

/* Without --to, down takes back the newest one alone. */
static int one_below(const ms_migration *list, size_t n)
{
    int newest = 0, below = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].applied) {
            below = newest;
            newest = list[i].number;
        }
    }
    return below;
}

/* Data goes with the tables, so somebody has to say yes. Returns 0 or the exit code. */
static int ask(request *r, const ms_migration *list, size_t n, size_t todo)
{
    ms_error err;
    char answer[8] = "";
    if (r->cli->yes)
        return 0;
    ms_fail(&err, MS_DENIED, "down takes back %zu migration%s of %s and what is in the tables",
            todo, todo == 1 ? "" : "s", r->set);
    ms_hint(&err, "say --yes to do it");
    if (r->cli->no_input)
        return ms_cli_fail(&ms_verb_migrate, &err);
    for (size_t i = n; i-- > 0;)
        if (list[i].applied && list[i].number > r->to)
            fprintf(stderr, "down %s %04d " MS_FMT "\n", r->set, list[i].number,
                    MS_ARG(list[i].name));
    fprintf(stderr, "Take these back, with what is in their tables? [y/N] ");
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return 0;
    ms_fail(&err, MS_DENIED, "nothing was taken back");
    return ms_cli_fail(&ms_verb_migrate, &err);
}

static int down(request *r, const ms_migration *list, size_t n)
{
    ms_error err;
    size_t todo = 0;
    if (!r->given)
        r->to = one_below(list, n);
    for (size_t i = 0; i < n; i++)
        todo += list[i].applied && list[i].number > r->to;
    if (!todo) {
        if (!r->cli->quiet)
            puts("nothing to do");
        return 0;
    }
    int code = ask(r, list, n, todo);
    if (code)
        return code;
    if (ms_migrate_down(r->db, r->set, r->to, print_step, r, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_migrate, &err);
    return 0;
}

static int act(request *r)
{
    ms_error err;
    ms_migration *list = NULL;
    size_t n = 0;
    if (ms_migrate_status(r->db, r->cli->arena, r->set, &list, &n, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_migrate, &err);
    if (strcmp(r->action, "up") == 0)
        return up(r, list, n);
    if (strcmp(r->action, "down") == 0)
        return down(r, list, n);
    if (strcmp(r->action, "verify") == 0)
        return verify(r, list, n);
    return status_or_plan(r, list, n);
}

/* ---- the command line ----------------------------------------------------------------------- */

static const char *const actions[] = {"status", "plan", "up", "down", "verify", NULL};

static int no_action(const char *given)
{
    if (!given)
        return ms_cli_usage(&ms_verb_migrate, "say status, plan, up, down or verify");
    const char *near = ms_nearest(ms_str_z(given), actions);
    if (near)
        return ms_cli_usage(&ms_verb_migrate,
                            "there is no \"migrate %s\"; did you mean \"migrate %s\"?", given,
                            near);
    return ms_cli_usage(&ms_verb_migrate,
                        "there is no \"migrate %s\"; say status, plan, up, down or "
                        "verify",
                        given);
}

static int read_request(request *r, int argc, char **argv)
{
    const char *to = NULL;
    int64_t number = 0;
    const ms_cli_option options[] = {
        {.name = "to", .value = &to},
        {.name = "db", .value = &r->set},
        {.name = "exit-code", .given = &r->pending_code},
        {0},
    };
    int code = ms_cli_options(&ms_verb_migrate, &argc, argv, options);
    if (!code)
        code = ms_cli_number(&ms_verb_migrate, "to", to, 0, 9999, &number);
    if (code)
        return code;
    r->to = (int)number;
    r->given = to != NULL;
    if (argc > 2)
        return ms_cli_usage(&ms_verb_migrate, "\"%s\" is one argument too many", argv[2]);
    for (size_t i = 0; argc == 2 && actions[i]; i++)
        if (strcmp(argv[1], actions[i]) == 0)
            r->action = actions[i];
    if (!r->action)
        return no_action(argc > 1 ? argv[1] : NULL);
    if (strcmp(r->set, "crm") != 0)
        return ms_cli_usage(&ms_verb_migrate, "there is no database \"%s\"; known: crm", r->set);
    return 0;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    ms_error err;
    ms_cli_env env = {0};
    request r = {.set = "crm", .cli = cli};
    int code = read_request(&r, argc, argv);
    if (code)
        return code;
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG | MS_CLI_DATABASE, &env, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_migrate, &err);
    r.db = &env.db;
    code = act(&r);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_migrate = {
    .name = "migrate",
    .summary = "create and change the database's tables, forward and back",
    .usage = "migrate status|plan|up|down|verify [--to N] [--db crm] [--exit-code]",
    .help = "  status       every migration: applied, pending, changed, unknown or left out\n"
            "  plan         what up would do\n"
            "  up           apply what is pending, one transaction a file\n"
            "  down         take back the newest one, or all above --to; asks, or needs --yes\n"
            "  verify       compare applied files with those of this program (exit 7: changed)\n"
            "\n"
            "  --to N       up: up to number N; down: down to it (0: all)\n"
            "  --db NAME    which database: crm (default)\n"
            "  --exit-code  status, plan: exit 4 when something is pending\n"
            "\n"
            "Examples:\n"
            "  moonsift migrate up\n"
            "  moonsift migrate down --to 9 --yes\n",
    .run = run,
};

/*
 * cli/db.c: `moonsift db`: the database, embedded or elsewhere.
 */
#include "cli/verb.h"
#include "host/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const ms_verb *const self = &ms_verb_db;

/* Starting and stopping is for the embedded one; one elsewhere is its operator's. */
static ms_status only_embedded(const ms_cli_env *env, const char *what, ms_error *err)
{
    if (!ms_config_dsn(env->config, "crm").p)
        return MS_OK;
    ms_fail(err, MS_INVALID, "crm.dsn leads to a database elsewhere; %s is for the embedded one",
            what);
    return ms_hint(err, "moonsift db status");
}

static ms_status start(ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    const ms_embedded_at at = ms_host_embedded(env->config);
    ms_embedded_status before;
    ms_status status = only_embedded(env, "db start", err);
    if (!status)
        status = ms_embedded_look(&at, &before, err);
    if (!status)
        status = ms_embedded_pin(&at, !cli->quiet, err);
    if (!status && !cli->quiet)
        fprintf(stderr, "%s; it stays until: moonsift db stop\n",
                before.running ? "it runs already" : "started");
    return status;
}

static ms_status stop(ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    const ms_embedded_at at = ms_host_embedded(env->config);
    ms_embedded_status before;
    ms_status status = only_embedded(env, "db stop", err);
    if (!status)
        status = ms_embedded_look(&at, &before, err);
    if (!status)
        status = ms_embedded_stop(&at, err);
    if (!status && !cli->quiet)
        fputs(before.running ? "stopped\n" : "it was not running\n", stderr);
    return status;
}

/* ---- status --------------------------------------------------------------------------------- */

static void add(ms_member *members, size_t *n, const char *key, ms_value value)
{
    members[(*n)++] = (ms_member){ms_str_z(key), value};
}

static void print_status(const ms_cli *cli, const ms_value *status)
{
    if (cli->json || cli->jsonl) {
        ms_cli_json(status);
        return;
    }
    for (uint32_t i = 1; i < status->count; i++) { /* the first is the schema */
        const ms_member *m = &status->as.members[i];
        printf(cli->plain ? MS_FMT "\t" : "%-12.*s ", MS_ARG(m->key));
        if (m->value.kind == MS_STRING)
            printf(MS_FMT "\n", MS_ARG(ms_as_str(&m->value)));
        else if (m->value.kind == MS_INT)
            printf("%lld\n", (long long)m->value.as.integer);
        else if (m->value.kind == MS_BOOL)
            puts(m->value.as.boolean ? "yes" : "no");
        else
            puts("-");
    }
}

static ms_status embedded_status(const ms_cli *cli, const ms_cli_env *env, bool *running,
                                 ms_error *err)
{
    const ms_embedded_at at = ms_host_embedded(env->config);
    ms_embedded_status s;
    ms_member members[10];
    size_t n = 0;
    ms_status status = ms_embedded_look(&at, &s, err);
    if (status)
        return status;
    *running = s.running;
    add(members, &n, "schema", ms_string(MS_STR("moonsift.db/1")));
    add(members, &n, "database", ms_string(MS_STR("embedded")));
    add(members, &n, "running", ms_bool(s.running));
    add(members, &n, "initialised", ms_bool(s.initialised));
    add(members, &n, "pinned", ms_bool(s.pinned));
    add(members, &n, "users", s.users < 0 ? ms_null() : ms_int(s.users));
    add(members, &n, "pid", s.pid ? ms_int(s.pid) : ms_null());
    add(members, &n, "version", s.version[0] ? ms_string(ms_str_z(s.version)) : ms_null());
    add(members, &n, "folder", ms_string(ms_str_z(s.folder)));
    add(members, &n, "dsn", s.dsn[0] ? ms_string(ms_str_z(s.dsn)) : ms_null());
    const ms_value all = ms_object(members, n);
    print_status(cli, &all);
    return MS_OK;
}

static ms_status external_status(ms_cli *cli, ms_cli_env *env, ms_str shown, ms_error *err)
{
    ms_member members[6];
    size_t n = 0;
    ms_rows rows = {0};
    const ms_db_settings settings = {.dsn = ms_config_dsn(env->config, "crm"),
                                     .role = "cli",
                                     .pool = 1,
                                     .pooled = ms_config_bool(env->config, "crm.pooled")};
    ms_status status = ms_db_open_with(&env->db, env->loop, env->plugins, &settings, err);
    if (!status)
        status = ms_db_query(&env->db, cli->arena, "select current_setting('server_version')", NULL,
                             0, &rows, err);
    if (status)
        return status;
    add(members, &n, "schema", ms_string(MS_STR("moonsift.db/1")));
    add(members, &n, "database", ms_string(MS_STR("external")));
    add(members, &n, "running", ms_bool(true));
    add(members, &n, "version", rows.n_rows ? ms_string_or_null(ms_cell(&rows, 0, 0)) : ms_null());
    add(members, &n, "dsn", ms_string(shown));
    const ms_value all = ms_object(members, n);
    print_status(cli, &all);
    return MS_OK;
}

/* The DSN of the configuration without its password; p == NULL: the embedded database. */
static ms_status external_dsn(ms_cli *cli, const ms_cli_env *env, ms_str *shown, ms_str *password,
                              ms_error *err)
{
    ms_str dsn = ms_config_dsn(env->config, "crm");
    *shown = *password = MS_NONE;
    if (dsn.p && !ms_dsn_split(cli->arena, dsn, shown, password))
        return ms_fail(err, MS_NOMEM, "out of memory");
    return MS_OK;
}

static ms_status status_of(ms_cli *cli, ms_cli_env *env, bool *running, ms_error *err)
{
    ms_str shown, password;
    ms_status status = external_dsn(cli, env, &shown, &password, err);
    *running = true;
    if (status)
        return status;
    return shown.p ? external_status(cli, env, shown, err)
                   : embedded_status(cli, env, running, err);
}

/* ---- dsn, psql ------------------------------------------------------------------------------ */

static ms_status dsn(ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    ms_str shown, password;
    ms_embedded_status s;
    const ms_embedded_at at = ms_host_embedded(env->config);
    ms_status status = external_dsn(cli, env, &shown, &password, err);
    if (!status && !shown.p) {
        status = ms_embedded_look(&at, &s, err);
        if (!status && !s.running) {
            ms_fail(err, MS_UNAVAILABLE, "the embedded database in %s does not run", s.folder);
            return ms_hint(err, "moonsift db start");
        }
        shown = ms_str_z(s.dsn);
    }
    if (status)
        return status;
    printf(MS_FMT "\n", MS_ARG(shown));
    if (password.p && !cli->quiet)
        fputs("its password is left out; moonsift db psql uses it\n", stderr);
    return MS_OK;
}

/* Becomes psql. The password goes by the environment: a command line is for all to see. */
static ms_status psql(ms_cli *cli, ms_cli_env *env, int argc, char **argv, ms_error *err)
{
    ms_str dsn_text, password;
    ms_status status = external_dsn(cli, env, &dsn_text, &password, err);
    const char **args = ms_alloc_zero(cli->arena, (size_t)argc + 4, sizeof *args); /* NULL ends */
    size_t n = 0;
    if (!status && !args)
        status = ms_fail(err, MS_NOMEM, "out of memory");
    if (!status && !dsn_text.p) {
        const ms_embedded_at at = ms_host_embedded(env->config);
        status = ms_embedded_open(&at, !cli->quiet, &env->embedded, err);
        if (!status)
            dsn_text = ms_str_z(ms_embedded_dsn(env->embedded));
    }
    if (status)
        return status;
    if (env->embedded)
        ms_embedded_pass_on(env->embedded); /* psql is its user from now on */
    if (password.p)
        setenv("PGPASSWORD", password.p, 1);
    args[n++] = "psql";
    args[n++] = "-d";
    args[n++] = dsn_text.p;
    for (int i = 0; i < argc; i++)
        if (i > 0 || strcmp(argv[i], "--") != 0)
            args[n++] = argv[i];
    fflush(stdout);
    signal(SIGPIPE, SIG_DFL);
    execvp("psql", (char *const *)args);
    ms_fail(err, MS_UNAVAILABLE, "psql: %s", strerror(errno));
    return ms_hint(err, "apt-get install postgresql-client");
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run_noun(ms_cli *cli, const char *noun, int argc, char **argv, bool exit_code)
{
    ms_error err = {0};
    ms_cli_env env = {0};
    bool running = true;
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (status)
        return ms_cli_fail(self, &err);
    if (strcmp(noun, "start") == 0)
        status = start(cli, &env, &err);
    else if (strcmp(noun, "stop") == 0)
        status = stop(cli, &env, &err);
    else if (strcmp(noun, "status") == 0)
        status = status_of(cli, &env, &running, &err);
    else if (strcmp(noun, "dsn") == 0)
        status = dsn(cli, &env, &err);
    else
        status = psql(cli, &env, argc, argv, &err);
    ms_cli_close(&env);
    if (status)
        return ms_cli_fail(self, &err);
    return exit_code && !running ? 4 : 0;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    static const char *const nouns[] = {"start", "stop", "status", "dsn", "psql", NULL};
    bool exit_code = false, known = false;
    const ms_cli_option options[] = {{.name = "exit-code", .given = &exit_code}, {0}};
    const char *noun = argc > 1 ? argv[1] : NULL;
    if (!noun || strcmp(noun, "psql") != 0) { /* psql's flags are its own */
        int code = ms_cli_options(self, &argc, argv, options);
        if (code)
            return code;
        noun = argc > 1 ? argv[1] : NULL;
    }
    if (!noun)
        return ms_cli_usage(self, "start, stop, status, dsn or psql?");
    for (size_t i = 0; nouns[i]; i++)
        known |= strcmp(noun, nouns[i]) == 0;
    if (!known)
        return ms_cli_unknown(self, noun, nouns);
    if (argc > 2 && strcmp(noun, "psql") != 0)
        return ms_cli_usage(self, "\"%s\" is one argument too many", argv[2]);
    return run_noun(cli, noun, argc - 2, argv + 2, exit_code);
}

const ms_verb ms_verb_db = {
    .name = "db",
    .summary = "start, stop, look at or open the database",
    .usage = "db start|stop|status|dsn|psql [arguments of psql]",
    .help =
        "Without crm.dsn or crm.dsn_file moonsift runs a PostgreSQL of its own, which starts with\n"
        "the first program that needs it and stops with the last.\n\n"
        "  start      start the embedded database; it stays until `db stop` or the next boot\n"
        "  stop       stop it, also when programs use it\n"
        "  status     what runs where; --exit-code: 4 when the embedded one does not run\n"
        "  dsn        print how to reach it (without its password)\n"
        "  psql       open a psql session; what follows is passed on (-q and -v behind a --)\n\n"
        "Examples:\n"
        "  moonsift db status --json\n"
        "  moonsift db psql -c 'select count(*) from contacts'\n",
    .run = run,
};

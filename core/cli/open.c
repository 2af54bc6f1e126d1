/*
 * cli/open.c: what most verbs need before they can begin: plugins, configuration, a database.
 */
#include "cli/verb.h"
#include "host/migrate.h"
#include "host/role.h"

#include <unistd.h>

/* Problems come back in the error, with their number; here are the warnings. */
static void warn(void *arg, bool warning, const char *text, const char *hint)
{
    const ms_cli *cli = arg;
    if (!warning || cli->quiet)
        return;
    fprintf(stderr, "warning: %s\n", text);
    if (hint[0])
        fprintf(stderr, "  hint: %s\n", hint);
}

static ms_status open_database(const ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    ms_str dsn = ms_config_dsn(env->config, "crm");
    if (!dsn.p) {
        const ms_embedded_at at = ms_host_embedded(env->config);
        ms_status status = ms_embedded_open(&at, !cli->quiet, &env->embedded, err);
        if (status)
            return status;
        dsn = ms_str_z(ms_embedded_dsn(env->embedded));
    }
    /* two: a migration that asks for no transaction runs beside the one that holds the lock */
    const ms_db_settings settings = {
        .dsn = dsn, .role = "cli", .pool = 2, .pooled = ms_config_bool(env->config, "crm.pooled")};
    return ms_db_open_with(&env->db, env->loop, env->plugins, &settings, err);
}

static ms_status need_tables(const ms_cli *cli, ms_cli_env *env, ms_error *err)
{
    ms_migration *list = NULL;
    size_t n = 0, pending = 0;
    if (env->embedded)
        return ms_migrate_up(&env->db, "crm", 0, NULL, NULL, err);
    ms_status status = ms_migrate_status(&env->db, cli->arena, "crm", &list, &n, err);
    for (size_t i = 0; status == MS_OK && i < n; i++)
        pending += strcmp(ms_migration_state(&list[i]), "pending") == 0;
    if (status || !pending)
        return status;
    ms_fail(err, MS_CONFLICT, "%zu migrations of the crm database are not applied", pending);
    return ms_hint(err, "apply them: moonsift migrate up"), MS_CONFLICT;
}

ms_cli_folder ms_cli_folder_of(ms_arena *arena, const ms_config *config)
{
    const char *file = ms_config_file(config), *slash = file ? strrchr(file, '/') : NULL;
    ms_str dir = ms_arena_dup(arena, ms_config_str(config, "rules.dir"));
    if (dir.n)
        return (ms_cli_folder){dir.p, MS_FOLDER_NAMED};
    ms_str beside = ms_arena_format(arena, "%.*s%s", slash ? (int)(slash - file) + 1 : 0,
                                    slash ? file : "", "scripts");
    if (file && (!beside.p || access(beside.p, F_OK) == 0))
        return (ms_cli_folder){beside.p, MS_FOLDER_BESIDE};
    if (access("scripts", F_OK) == 0)
        return (ms_cli_folder){"scripts", MS_FOLDER_HERE};
    return file ? (ms_cli_folder){beside.p, MS_FOLDER_BESIDE}
                : (ms_cli_folder){MOONSIFT_SCRIPTS_DIR, MS_FOLDER_SHIPPED};
}

ms_status ms_cli_open_database(ms_cli *cli, ms_cli_env *env, unsigned want, ms_error *err)
{
    ms_status status = open_database(cli, env, err);
    return status || !(want & MS_CLI_TABLES) ? status : need_tables(cli, env, err);
}

static ms_status open_env(ms_cli *cli, const ms_config_flag *flags, size_t n_flags, unsigned want,
                          ms_config_report report, void *arg, ms_cli_env *env, ms_error *err)
{
    *env = (ms_cli_env){0};
    ms_status status = MS_INTERNAL;
    ms_value files = ms_null();
    env->loop = ms_loop_new(err);
    if (!env->loop || (status = ms_config_plugin_files(cli->config, cli->arena, &files, err)) ||
        (status = ms_host_plugins(env->loop, &files, &env->plugins, err)))
        goto done;
    status =
        ms_config_check(cli->config, flags, n_flags, env->plugins, report, arg, &env->config, err);
    if (!status) {
        env->scripts = ms_cli_folder_of(cli->arena, env->config);
        status = env->scripts.path ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    }
    if (!status)
        status = ms_host_activate(env->plugins, env->config, err);
    if (!status && (want & (MS_CLI_DATABASE | MS_CLI_TABLES)))
        status = ms_cli_open_database(cli, env, want, err);
done:
    if (status)
        ms_cli_close(env);
    return status;
}

ms_status ms_cli_open(ms_cli *cli, const ms_config_flag *flags, size_t n_flags, unsigned want,
                      ms_cli_env *env, ms_error *err)
{
    return open_env(cli, flags, n_flags, want, warn, cli, env, err);
}

ms_status ms_cli_open_reporting(ms_cli *cli, ms_config_report report, void *arg, ms_cli_env *env,
                                ms_error *err)
{
    return open_env(cli, NULL, 0, MS_CLI_CONFIG, report, arg, env, err);
}

void ms_cli_close(ms_cli_env *env)
{
    ms_db_close(&env->db);
    ms_plugins_free(env->plugins);
    ms_loop_free(env->loop);
    ms_config_free(env->config);
    ms_embedded_close(env->embedded); /* last: the server may go now */
    *env = (ms_cli_env){0};
}

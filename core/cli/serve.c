/* moonsift serve: the webhook host. */
#include "host/serve.h"
#include "base/log.h"
#include "cli/verb.h"
#include "host/role.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct serve_state {
    ms_cli *cli;
    ms_plugins *plugins; /* describe only: they lend their configuration keys */
    ms_value files;
    ms_config_flag flags[2];
    size_t n_flags;
} serve_state;

static ms_status load(void *arg, ms_config **out, ms_error *err)
{
    serve_state *s = arg;
    return ms_config_load(s->cli->config, s->flags, s->n_flags, s->plugins, out, err);
}

static const char *scripts_of(serve_state *s, ms_error *err)
{
    ms_config *config = NULL;
    if (load(s, &config, err) != MS_OK)
        return NULL;
    const char *folder = ms_cli_folder_of(s->cli->arena, config).path;
    ms_config_free(config);
    if (!folder)
        ms_fail(err, MS_NOMEM, "out of memory");
    return folder;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    const char *role = NULL, *listen = NULL;
    bool migrate = false;
    const ms_cli_option options[] = {{.name = "role", .value = &role},
                                     {.name = "listen", .value = &listen},
                                     {.name = "migrate", .given = &migrate},
                                     {0}};
    serve_state s = {.cli = cli};
    ms_error err = {0};
    int code = ms_cli_options(&ms_verb_serve, &argc, argv, options);
    if (code)
        return code;
    if (argc > 1)
        return ms_cli_usage(&ms_verb_serve, "serve takes no \"%s\"", argv[1]);
    if (role && strcmp(role, "receive") != 0 && strcmp(role, "judge") != 0)
        return ms_cli_usage(&ms_verb_serve, "--role is receive or judge, not \"%s\"", role);
    if (listen)
        s.flags[s.n_flags++] = (ms_config_flag){"listen", listen};
    if (cli->verbose)
        s.flags[s.n_flags++] = (ms_config_flag){"log.level", "debug"};
    ms_status status = ms_config_plugin_files(cli->config, cli->arena, &s.files, &err);
    if (status == MS_OK)
        status = ms_host_plugins(NULL, &s.files, &s.plugins, &err);
    const char *scripts = status == MS_OK ? scripts_of(&s, &err) : NULL;
    if (!scripts) {
        ms_plugins_free(s.plugins);
        return ms_cli_fail(&ms_verb_serve, &err);
    }
    const ms_serve serve = {.load = load,
                            .plugin_files = &s.files,
                            .arg = &s,
                            .role = role,
                            .scripts = scripts,
                            .migrate = migrate};
    code = ms_serve_run(&serve);
    ms_plugins_free(s.plugins);
    return code;
}

const ms_verb ms_verb_serve = {
    .name = "serve",
    .summary = "receive webhooks and judge the contacts they are about",
    .usage = "serve [--role receive|judge] [--listen ADDRESS] [--migrate]",
    .help =
        "  --role ROLE        only this role; all roles unless told. The others may run on\n"
        "                     other machines: they meet in the database.\n"
        "  --listen ADDRESS   HOST:PORT, [V6]:PORT or unix:/path; before moonsift.yaml's listen\n"
        "  --migrate          apply pending migrations first (the embedded database always is)\n"
        "\n"
        "SIGHUP loads and checks configuration and verticals anew; if anything is wrong, what\n"
        "runs goes on as it was. A draft that was never active becomes so, one that was rolled\n"
        "back stays back (moonsift activate). SIGTERM and Ctrl-C drain: what was accepted is\n"
        "stored, what is being judged is committed.\n"
        "\n"
        "Examples:\n"
        "  moonsift serve\n"
        "  moonsift serve --config /etc/moonsift/moonsift.yaml --role judge\n",
    .run = run,
};

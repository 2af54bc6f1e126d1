/*
 * cli/plugins.c: `moonsift plugins`: list, describe, call.
 */
#include "base/json.h"
#include "base/text.h"
#include "cli/plugins_print.h"
#include "cli/verb.h"

static const ms_verb *const self = &ms_verb_plugins;

/* ---- list ----------------------------------------------------------------------------------- */

static bool list_item(ms_arena *arena, const ms_loaded *loaded, ms_value *out)
{
    const ms_plugin_info *info = ms_loaded_info(loaded);
    ms_member *m = ms_alloc(arena, 5 * sizeof *m);
    if (!m)
        return false;
    m[0] = (ms_member){MS_STR("id"), ms_string(ms_str_z(info->id))};
    m[1] = (ms_member){MS_STR("version"), ms_string(ms_str_z(info->version))};
    m[2] = (ms_member){MS_STR("origin"), ms_string(ms_str_z(ms_loaded_origin(loaded)))};
    m[3] = (ms_member){MS_STR("active"), ms_bool(ms_loaded_active(loaded))};
    m[4] = (ms_member){MS_STR("summary"), ms_string(ms_str_z(info->summary))};
    *out = ms_object(m, 5);
    return true;
}

static bool list_json(ms_cli *cli, const ms_plugins *plugins)
{
    size_t n = ms_plugins_count(plugins);
    ms_value *items = ms_alloc_zero(cli->arena, n + 1, sizeof *items);
    for (size_t i = 0; items && i < n; i++)
        if (!list_item(cli->arena, ms_plugins_at(plugins, i), &items[i]))
            return false;
    const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.plugins/1"))},
                                 {MS_STR("plugins"), ms_array(items, n)}};
    const ms_value document = ms_object(members, 2);
    return items && ms_cli_json(&document);
}

static int list(ms_cli *cli)
{
    ms_error err = {0};
    ms_cli_env env = {0};
    bool ok = true;
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err))
        return ms_cli_fail(self, &err);
    if (cli->json)
        ok = list_json(cli, env.plugins);
    for (size_t i = 0; !cli->json && i < ms_plugins_count(env.plugins); i++) {
        const ms_loaded *loaded = ms_plugins_at(env.plugins, i);
        const ms_plugin_info *info = ms_loaded_info(loaded);
        printf(cli->plain ? "%s\t%s\t%s\t%s\n" : "%-12s %-8s %-10s %s\n", info->id, info->version,
               ms_loaded_origin(loaded), info->summary);
    }
    ms_cli_close(&env);
    return ok ? 0 : 1;
}

/* ---- describe ------------------------------------------------------------------------------- */

static bool is_path(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 3 && strcmp(name + n - 3, ".so") == 0);
}

static ms_status not_loaded(const ms_plugins *plugins, const char *name, ms_error *err)
{
    enum { MOST = 64 };
    const char *ids[MOST + 1] = {NULL};
    for (size_t i = 0; i < ms_plugins_count(plugins) && i < MOST; i++)
        ids[i] = ms_loaded_info(ms_plugins_at(plugins, i))->id;
    const char *near = ms_nearest(ms_str_z(name), ids);
    ms_fail(err, MS_NOT_FOUND, "there is no plugin \"%s\"%s%s%s", name,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return ms_hint(err, "moonsift plugins list; or give the path of a file.so");
}

/* A file by itself; a name among the bundled plugins and those of the configuration. Nothing of
 * them is run, so that a description needs no database, grant or loop. */
static ms_status find(ms_cli *cli, ms_plugins *plugins, const char *name, ms_loaded **out,
                      ms_error *err)
{
    ms_value files = ms_null();
    if (is_path(name))
        return ms_plugins_load(plugins, name, out, err);
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && ms_bundled_plugins[i]; i++)
        status = ms_plugins_add(plugins, ms_bundled_plugins[i](), "bundled", NULL, err);
    if (status != MS_OK || (*out = ms_plugins_find(plugins, name)))
        return status;
    status = ms_config_plugin_files(cli->config, cli->arena, &files, err);
    for (uint32_t i = 0; status == MS_OK && files.kind == MS_OBJECT && i < files.count; i++)
        status = ms_plugins_load(plugins, ms_as_str(&files.as.members[i].value).p, NULL, err);
    if (status != MS_OK || (*out = ms_plugins_find(plugins, name)))
        return status;
    return not_loaded(plugins, name, err);
}

static int describe(ms_cli *cli, const char *name)
{
    ms_error err = {0};
    ms_value surface = ms_null();
    ms_loaded *loaded = NULL;
    ms_plugins *plugins = ms_plugins_new(NULL, &err);
    ms_status status = plugins ? find(cli, plugins, name, &loaded, &err) : MS_NOMEM;
    if (status == MS_OK && !ms_loaded_describe(loaded, cli->arena, &surface))
        status = ms_fail(&err, MS_NOMEM, "out of memory");
    if (status == MS_OK && cli->json) {
        const char *origin = ms_loaded_origin(loaded);
        const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.plugin/1"))},
                                     {MS_STR("origin"), ms_string(ms_str_z(origin))},
                                     {MS_STR("plugin"), surface}};
        const ms_value document = ms_object(members, 3);
        if (!ms_cli_json(&document))
            status = ms_fail(&err, MS_NOMEM, "out of memory");
    } else if (status == MS_OK) {
        ms_plugins_print(&surface, ms_loaded_origin(loaded));
    }
    ms_plugins_free(plugins);
    return status == MS_OK ? 0 : ms_cli_fail(self, &err);
}

/* ---- call ----------------------------------------------------------------------------------- */

typedef struct calling {
    ms_loop *loop;
    bool done;
    ms_status status;
    ms_error err;
} calling;

static void answered(void *arg, ms_status status, const ms_value *result, const ms_error *err)
{
    calling *c = arg;
    c->done = true;
    c->status = status;
    if (status != MS_OK)
        c->err = *err;
    else if (!ms_cli_json(result))
        c->status = ms_fail(&c->err, MS_NOMEM, "out of memory for the answer");
    ms_loop_stop(c->loop);
}

static int call(ms_cli *cli, const char *function, const char *json)
{
    ms_error err = {0};
    ms_cli_env env = {0};
    ms_value args = ms_array(NULL, 0);
    if (json && ms_json_parse(cli->arena, ms_str_z(json), &args, &err))
        return ms_cli_usage(self, "the arguments are no JSON: %s", err.text);
    if (args.kind != MS_ARRAY)
        return ms_cli_usage(self, "the arguments must be one JSON array, such as '[\"text\", 1]'");
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err))
        return ms_cli_fail(self, &err);
    calling c = {.loop = env.loop};
    ms_plugins_call(env.plugins, function, args.as.items, args.count, answered, &c);
    if (!c.done)
        ms_loop_run(env.loop);
    if (!c.done) {
        c.done = true; /* ms_cli_close completes it with a cancellation nobody asked about */
        ms_fail(&err, MS_INTERNAL, "%s: the plugin waits for nothing and has not answered",
                function);
        int code = ms_cli_fail(self, &err);
        ms_cli_close(&env);
        return code;
    }
    ms_cli_close(&env);
    return c.status == MS_OK ? 0 : ms_cli_fail(self, &c.err);
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run(ms_cli *cli, int argc, char **argv)
{
    static const char *const nouns[] = {"list", "describe", "call", NULL};
    static const ms_cli_option options[] = {{0}};
    int code = ms_cli_options(self, &argc, argv, options);
    if (code)
        return code;
    if (argc < 2)
        return ms_cli_usage(self, "list, describe or call?");
    bool lists = strcmp(argv[1], "list") == 0, describes = strcmp(argv[1], "describe") == 0;
    bool calls = strcmp(argv[1], "call") == 0;
    int most = lists ? 2 : describes ? 3 : 4;
    if (!lists && !describes && !calls)
        return ms_cli_unknown(self, argv[1], nouns);
    if (argc > most)
        return ms_cli_usage(self, "\"%s\" is one argument too many", argv[most]);
    if (describes && argc < 3)
        return ms_cli_usage(self, "describe which plugin? A NAME or a FILE.so");
    if (calls && argc < 3)
        return ms_cli_usage(self, "call what? PLUGIN.FUNCTION");
    return lists ? list(cli) : describes ? describe(cli, argv[2]) : call(cli, argv[2], argv[3]);
}

const ms_verb ms_verb_plugins = {
    .name = "plugins",
    .summary = "list plugins, show what one provides, call one of its functions",
    .usage = "plugins list|describe NAME|FILE.so|call PLUGIN.FUNCTION [JSON-ARRAY]",
    .help = "  list       the plugins in force: bundled ones and those that moonsift.yaml loads\n"
            "  describe   version, needs, tables, functions, configuration keys and kinds of\n"
            "             sources; the plugin is not run\n"
            "  call       calls a function with the array's items as arguments and prints its\n"
            "             answer as JSON\n\n"
            "A plugin is loaded from a file by its section in moonsift.yaml, with what it needs\n"
            "granted by name: plugins: { NAME: { file: PATH, grant: [moonsift.loop/1] } }\n\n"
            "Examples:\n"
            "  moonsift plugins describe ./template.so --json\n"
            "  moonsift plugins call postgres.query '[\"SELECT $1::int\", [1]]'\n",
    .run = run,
};

/*
 * cli/config.c: `moonsift config`: check, show, schema.
 */
#include "base/json.h"
#include "base/text.h"
#include "cli/verb.h"
#include "host/role.h"
#include "lua/script.h"
#include <moonsift/provide/sources.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const ms_verb *const self = &ms_verb_config;

/* ---- check ---------------------------------------------------------------------------------- */

typedef struct checking {
    ms_cli *cli;
    const ms_cli_env *env;
    size_t problems, warnings;
    ms_value items[128]; /* for --json; those beyond are counted */
    size_t n_items;
} checking;

static void note(void *arg, bool warning, const char *text, const char *hint)
{
    checking *c = arg;
    *(warning ? &c->warnings : &c->problems) += 1;
    if (!c->cli->json) {
        fprintf(stderr, "%s%s\n", warning ? "warning: " : "", text);
        if (hint[0])
            fprintf(stderr, "  hint: %s\n", hint);
        return;
    }
    ms_member *m = ms_alloc(c->cli->arena, 3 * sizeof *m);
    if (!m || c->n_items == sizeof c->items / sizeof c->items[0])
        return;
    m[0] = (ms_member){MS_STR("level"), ms_string(warning ? MS_STR("warning") : MS_STR("error"))};
    m[1] =
        (ms_member){MS_STR("text"), ms_string_or_null(ms_arena_dup(c->cli->arena, ms_str_z(text)))};
    m[2] =
        (ms_member){MS_STR("hint"), ms_string_or_null(ms_arena_dup(c->cli->arena, ms_str_z(hint)))};
    c->items[c->n_items++] = ms_object(m, 3);
}

/* A vertical and the places that name it: however many, it is looked at once. */
typedef struct named {
    char vertical[80], where[128];
    size_t more; /* places besides the first */
} named;
enum { MOST_NAMED = 256 };
typedef struct naming {
    named items[MOST_NAMED];
    size_t n;
} naming;

static void add_name(naming *list, const char *where, ms_str vertical)
{
    char name[80];
    if (!vertical.p)
        return;
    snprintf(name, sizeof name, MS_FMT, MS_ARG(vertical));
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i].vertical, name) == 0) {
            list->items[i].more++;
            return;
        }
    if (list->n == MOST_NAMED)
        return;
    named *added = &list->items[list->n++];
    snprintf(added->vertical, sizeof added->vertical, "%s", name);
    snprintf(added->where, sizeof added->where, "%s", where);
}

static void note_vertical(checking *c, const named *at, const ms_error *why)
{
    char more[64] = "", text[sizeof why->text + 512], hint[160];
    if (at->more)
        snprintf(more, sizeof more, " (and %zu more place%s)", at->more, at->more == 1 ? "" : "s");
    snprintf(text, sizeof text, "%s%s: vertical %s: %s", at->where, more, at->vertical, why->text);
    snprintf(hint, sizeof hint, "moonsift check %s", at->vertical);
    note(c, false, text, why->hint[0] ? why->hint : hint);
}

/* As a judge would load it. */
static void check_vertical(checking *c, const named *at)
{
    char path[4096];
    ms_source_file *files = NULL;
    ms_script *script = NULL;
    ms_error err = {0};
    size_t n = 0;
    const char *dir = c->env->scripts.path;
    ms_status status = MS_OK;
    snprintf(path, sizeof path, "%s/%s/vertical.lua", dir, at->vertical);
    if (access(path, R_OK) != 0) {
        ms_fail(&err, MS_NOT_FOUND, "%.300s: %s", path, strerror(errno));
        ms_hint(&err, "moonsift config show: rules.dir says where verticals are");
        note_vertical(c, at, &err);
        return;
    }
    status = ms_script_files(c->cli->arena, dir, at->vertical, &files, &n, &err);
    if (status == MS_OK)
        status = ms_script_load(ms_str_z(at->vertical), files, n, NULL, &script, &err);
    ms_script_free(script);
    if (status != MS_OK)
        note_vertical(c, at, &err);
}

static void check_verticals(checking *c)
{
    const ms_config_account *accounts;
    const ms_config_source *sources;
    char where[128];
    naming *list = ms_alloc_zero(c->cli->arena, 1, sizeof *list);
    size_t n = ms_config_accounts(c->env->config, &accounts);
    for (size_t i = 0; list && i < n; i++) {
        snprintf(where, sizeof where, "accounts.%lld.vertical", (long long)accounts[i].id);
        add_name(list, where, accounts[i].vertical);
        for (size_t k = 0; k < accounts[i].n_inboxes; k++) {
            snprintf(where, sizeof where, "accounts.%lld.inboxes.%lld", (long long)accounts[i].id,
                     (long long)accounts[i].inboxes[k].id);
            add_name(list, where, accounts[i].inboxes[k].vertical);
        }
    }
    n = ms_config_sources(c->env->config, &sources);
    for (size_t i = 0; list && i < n; i++) {
        snprintf(where, sizeof where, "sources." MS_FMT ".vertical", MS_ARG(sources[i].name));
        add_name(list, where, sources[i].vertical);
    }
    for (size_t i = 0; list && i < list->n; i++)
        check_vertical(c, &list->items[i]);
}

/* As the host would open it: a source without a usable secret shows here, not at the start. */
static void check_source(checking *c, const ms_config_source *source)
{
    ms_plugins *plugins = c->env->plugins;
    char name[80], text[640];
    snprintf(name, sizeof name, MS_FMT, MS_ARG(source->name));
    for (size_t i = 0; i < ms_plugins_count(plugins); i++) {
        ms_loaded *loaded = ms_plugins_at(plugins, i);
        const ms_sources *table = ms_loaded_table(loaded, MS_TABLE_SOURCES);
        for (const ms_source_kind *k = table ? table->items : NULL; k && k->kind; k++) {
            ms_source *opened = NULL;
            ms_error err = {0};
            if (!ms_str_eqz(source->kind, k->kind) || !ms_loaded_active(loaded))
                continue;
            if (k->open(ms_loaded_self(loaded), name, source->settings, &opened, &err) == MS_OK) {
                k->close(opened);
                continue;
            }
            bool says = strncmp(err.text, "sources.", 8) == 0; /* the plugin has said where */
            snprintf(text, sizeof text, "%s%s%s%s", says ? "" : "sources.", says ? "" : name,
                     says ? "" : ": ", err.text);
            note(c, false, text, err.hint);
        }
    }
}

/* "MOONSIFT_SOURCES_CW1_SECRET" for "sources.cw1.secret". */
static const char *variable_of(ms_arena *arena, ms_str key)
{
    ms_str name = ms_arena_format(arena, "MOONSIFT_" MS_FMT, MS_ARG(key));
    for (size_t i = 0; name.p && i < name.n; i++) {
        char c = name.p[i];
        ((char *)name.p)[i] = c == '.' || c == '-'   ? '_'
                              : c >= 'a' && c <= 'z' ? (char)(c - 32)
                                                     : c;
    }
    return name.p;
}

/* A mistyped variable has no effect and says nothing; here it is told. */
static void check_environment(checking *c)
{
    ms_value keys;
    char text[512], hint[256];
    if (!ms_config_describe(c->env->config, c->cli->arena, &keys))
        return;
    const char **names = ms_alloc_zero(c->cli->arena, keys.count + 2, sizeof *names);
    if (!names)
        return;
    names[0] = "MOONSIFT_CONFIG";
    for (uint32_t i = 0; i < keys.count; i++)
        names[i + 1] = variable_of(c->cli->arena, ms_as_str(ms_get(&keys.as.items[i], "key")));
    for (char **e = environ; *e; e++) {
        ms_str name = {*e, strcspn(*e, "=")};
        bool ours = strncmp(*e, "MOONSIFT_", 9) == 0, known = false;
        for (uint32_t i = 0; ours && i <= keys.count; i++)
            known |= names[i] && ms_str_eqz(name, names[i]);
        const char *near = ours && !known ? ms_nearest(name, names) : NULL;
        if (!near)
            continue;
        snprintf(text, sizeof text, "the variable " MS_FMT " sets no key", MS_ARG(name));
        snprintf(hint, sizeof hint, "did you mean %s?", near);
        note(c, true, text, hint);
    }
}

static int conclude(checking *c, const char *file, size_t accounts, size_t sources)
{
    if (c->cli->json) {
        const ms_member members[] = {
            {MS_STR("schema"), ms_string(MS_STR("moonsift.config-check/1"))},
            {MS_STR("ok"), ms_bool(c->problems == 0)},
            {MS_STR("file"), file ? ms_string(ms_str_z(file)) : ms_null()},
            {MS_STR("problems"), ms_array(c->items, c->n_items)}};
        const ms_value document = ms_object(members, sizeof members / sizeof members[0]);
        ms_cli_json(&document);
    } else if (c->problems) {
        fprintf(stderr, "%zu problem%s\n", c->problems, c->problems == 1 ? "" : "s");
    } else if (!c->cli->quiet) {
        printf("%s: in order (%zu account%s, %zu source%s)\n",
               file ? file : "no file found, defaults and environment", accounts,
               accounts == 1 ? "" : "s", sources, sources == 1 ? "" : "s");
    }
    return c->problems ? 2 : 0;
}

static int check(ms_cli *cli)
{
    ms_error err = {0};
    ms_cli_env env = {0};
    const ms_config_account *accounts;
    const ms_config_source *sources;
    checking *c = ms_alloc_zero(cli->arena, 1, sizeof *c);
    if (!c)
        return 1;
    *c = (checking){.cli = cli, .env = &env};
    ms_status status = ms_cli_open_reporting(cli, note, c, &env, &err);
    if (status) {
        if (c->problems == 0) /* something else than a key: a plugin that does not load */
            note(c, false, err.text, err.hint);
        return conclude(c, cli->config, 0, 0);
    }
    check_environment(c);
    check_verticals(c);
    size_t n = ms_config_sources(env.config, &sources);
    for (size_t i = 0; i < n; i++)
        check_source(c, &sources[i]);
    ms_str file = ms_arena_dup(cli->arena, ms_str_z(ms_config_file(env.config)));
    int code = conclude(c, file.p, ms_config_accounts(env.config, &accounts), n);
    ms_cli_close(&env);
    return code;
}

/* ---- show, schema --------------------------------------------------------------------------- */

/* What stands in for a key that is not set, as far as it is decided here. */
static void add_unset(ms_arena *arena, const ms_config *config, ms_str key, ms_buf *out)
{
    char folder[512];
    ms_error ignored = {0};
    const ms_embedded_at at = ms_host_embedded(config);
    bool dir = ms_str_eqz(key, "embedded.dir"), spool = ms_str_eqz(key, "spool.dir");
    if ((dir || spool) && !ms_embedded_folder(&at, folder, sizeof folder, &ignored))
        ms_buf_format(out, "%s%s", folder, spool ? "/spool" : "");
    else if (ms_str_eqz(key, "rules.dir"))
        ms_buf_z(out, ms_cli_folder_of(arena, config).path);
    else
        ms_buf_z(out, "not set");
}

static void print_value(const ms_cli *cli, const ms_config *config, const ms_value *item, int width)
{
    ms_buf buf = {0};
    const ms_value *value = ms_get(item, "value");
    if (value->kind == MS_STRING)
        ms_buf_str(&buf, ms_as_str(value));
    else if (value->kind == MS_NULL && cli->plain)
        ms_buf_z(&buf, "");
    else if (value->kind == MS_NULL)
        add_unset(cli->arena, config, ms_as_str(ms_get(item, "key")), &buf);
    else
        ms_json_write(&buf, value);
    printf("%-*.*s", width, MS_ARG(ms_buf_view(&buf)));
    ms_buf_free(&buf);
}

static int show(ms_cli *cli, bool origin)
{
    ms_error err = {0};
    ms_cli_env env = {0};
    ms_value keys = ms_null();
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err))
        return ms_cli_fail(self, &err);
    bool ok = ms_config_describe(env.config, cli->arena, &keys);
    const char *file = ms_config_file(env.config);
    if (ok && cli->json) {
        const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.config/1"))},
                                     {MS_STR("file"), file ? ms_string(ms_str_z(file)) : ms_null()},
                                     {MS_STR("keys"), keys}};
        const ms_value document = ms_object(members, 3);
        ok = ms_cli_json(&document);
    }
    for (uint32_t i = 0; ok && !cli->json && i < keys.count; i++) {
        const ms_value *item = &keys.as.items[i];
        printf(cli->plain ? MS_FMT "\t" : "%-28.*s ", MS_ARG(ms_as_str(ms_get(item, "key"))));
        print_value(cli, env.config, item, origin && !cli->plain ? 20 : 0);
        if (origin)
            printf(cli->plain ? "\t" MS_FMT : "   (" MS_FMT ")",
                   MS_ARG(ms_as_str(ms_get(item, "origin"))));
        putchar('\n');
    }
    ms_cli_close(&env);
    return ok ? 0 : 1;
}

static int schema(ms_cli *cli)
{
    ms_error err = {0};
    ms_plugins *plugins = ms_plugins_new(NULL, &err); /* to describe, not to run */
    ms_value document = ms_null();
    ms_buf buf = {0};
    bool ok = plugins != NULL;
    for (size_t i = 0; ok && ms_bundled_plugins[i]; i++)
        ok = ms_plugins_add(plugins, ms_bundled_plugins[i](), "bundled", NULL, &err) == MS_OK;
    if (ok && !ms_config_schema(plugins, cli->arena, &document)) {
        ms_fail(&err, MS_NOMEM, "out of memory");
        ok = false;
    }
    if (ok) {
        ms_json_write_pretty(&buf, &document);
        ms_buf_char(&buf, '\n');
        ok = !buf.failed && fwrite(buf.p, 1, buf.n, stdout) == buf.n;
    }
    ms_buf_free(&buf);
    ms_plugins_free(plugins);
    return ok ? 0 : err.text[0] ? ms_cli_fail(self, &err) : 1;
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run(ms_cli *cli, int argc, char **argv)
{
    static const char *const nouns[] = {"check", "show", "schema", NULL};
    bool origin = false;
    const ms_cli_option options[] = {{.name = "origin", .given = &origin}, {0}};
    int code = ms_cli_options(self, &argc, argv, options);
    if (code)
        return code;
    if (argc < 2)
        return ms_cli_usage(self, "check, show or schema?");
    if (argc > 2)
        return ms_cli_usage(self, "\"%s\" is one argument too many", argv[2]);
    if (strcmp(argv[1], "check") == 0)
        return check(cli);
    if (strcmp(argv[1], "show") == 0)
        return show(cli, origin);
    if (strcmp(argv[1], "schema") == 0)
        return schema(cli);
    return ms_cli_unknown(self, argv[1], nouns);
}

const ms_verb ms_verb_config = {
    .name = "config",
    .summary = "check the configuration, show what is in force, print its schema",
    .usage = "config check|show [--origin]|schema",
    .help =
        "  check      every problem with its line, verticals and secrets included; exit 2 if any\n"
        "  show       every key with its value, secrets masked; of a folder that is not set the "
        "one\n"
        "             in use; --origin: and where it is set; --plain: nothing for what is not set\n"
        "  schema     JSON Schema of moonsift.yaml, for editors\n\n"
        "A value comes from a flag, else from the environment (listen: MOONSIFT_LISTEN, crm.dsn:\n"
        "MOONSIFT_CRM_DSN), else from moonsift.yaml, else it is the default. Secrets stand in\n"
        "files of their own (..._file) or in the environment, never in moonsift.yaml.\n\n"
        "Examples:\n"
        "  moonsift config check --config /etc/moonsift/moonsift.yaml\n"
        "  moonsift config show --origin\n",
    .run = run,
};

/*
 * moonsift schema: what a vertical knows about a contact, for people, validators, Chatwoot and
 * documentation.
 */
#include "cli/schema.h"
#include "cli/problems.h"
#include "cli/verb.h"

static const ms_verb *const self = &ms_verb_schema;

typedef struct request {
    ms_cli *cli;
    const char *noun;
    bool stand_alone;
} request;

static const char *const nouns[] = {"show", "json", "sql", "docs", NULL};

/* The first case: what a reader sees first. */
static ms_status first_case(const ms_cli_vertical *at, ms_arena *arena, ms_case **out,
                            ms_error *err)
{
    ms_problems problems = {.arena = arena};
    ms_str text = ms_cli_vertical_file(at, "cases.yaml");
    ms_case *cases = NULL;
    size_t n = 0;
    ms_status status = text.p ? ms_cases_read(text, &problems, &cases, &n, err) : MS_OK;
    *out = n ? cases : NULL;
    return status;
}

static ms_status put(const request *r, const ms_cli_vertical *at, const ms_vertical *v, ms_buf *out,
                     ms_error *err)
{
    ms_arena *arena = r->cli->arena;
    ms_schema_key *keys = NULL;
    ms_case *example = NULL;
    size_t n = 0;
    ms_status status = ms_schema_keys(v, arena, &keys, &n, err);
    if (!status && strcmp(r->noun, "json") == 0) {
        status = ms_schema_json(v, keys, n, arena, out, err);
    } else if (!status && strcmp(r->noun, "docs") == 0) {
        status = first_case(at, arena, &example, err);
        if (!status)
            status = ms_schema_docs(v, keys, n, example, out, err);
    } else if (!status && strcmp(r->noun, "sql") == 0) {
        ms_schema_sql(v, keys, n, r->stand_alone, r->cli->account, out);
    } else if (!status && r->cli->json) {
        ms_schema_show_json(v, keys, n, out);
    } else if (!status) {
        ms_schema_show(v, keys, n, r->cli->plain, out);
    }
    return status || !out->failed ? status : ms_fail(err, MS_NOMEM, "out of memory");
}

/* What does not load is told as `check` tells it; nothing else is printed then. */
static ms_status print(const request *r, const ms_cli_vertical *at, ms_error *err)
{
    ms_script *script = NULL;
    ms_buf out = {0};
    ms_status status = ms_cli_script(r->cli, at, &script, err);
    if (!status)
        status = put(r, at, ms_script_vertical(script), &out, err);
    if (!status)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    ms_script_free(script);
    return status;
}

static int take(ms_cli *cli, int *argc, char **argv, request *r)
{
    const char *layout = NULL;
    const ms_cli_option options[] = {{.name = "layout", .value = &layout}, {0}};
    int code = ms_cli_options(self, argc, argv, options);
    size_t i = 0;
    if (code)
        return code;
    if (*argc < 2)
        return ms_cli_usage(self, "show, json, sql or docs?");
    while (nouns[i] && strcmp(nouns[i], argv[1]) != 0)
        i++;
    if (!nouns[i])
        return ms_cli_unknown(self, argv[1], nouns);
    if (*argc != 3)
        return ms_cli_usage(self, *argc < 3 ? "say which vertical" : "one vertical at a time");
    if (layout && strcmp(nouns[i], "sql") != 0)
        return ms_cli_usage(self, "--layout is for schema sql");
    if (layout && strcmp(layout, "chatwoot") != 0 && strcmp(layout, "stand-alone") != 0)
        return ms_cli_usage(self, "--layout is chatwoot or stand-alone, not \"%s\"", layout);
    cli->json |= cli->jsonl;
    *r = (request){cli, nouns[i], layout && strcmp(layout, "stand-alone") == 0};
    return 0;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    request r = {0};
    ms_cli_env env = {0};
    ms_cli_vertical *at = NULL;
    ms_error err = {0};
    size_t n = 0;
    int code = take(cli, &argc, argv, &r);
    if (code)
        return code;
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (!status)
        status = ms_cli_verticals(cli, &env, argv[2], &at, &n, &err);
    if (!status)
        status = print(&r, at, &err);
    if (status)
        code = ms_cli_fail(self, &err);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_schema = {
    .name = "schema",
    .summary = "what a vertical knows about a contact: table, JSON Schema, SQL, documentation",
    .usage = "schema show|json|sql|docs VERTICAL [--layout chatwoot|stand-alone]",
    .help = "  show   attributes with type, unit, values or bounds; --plain, --json\n"
            "  json   JSON Schema (2020-12) of a contact's attributes after a decision\n"
            "  sql    custom attributes and labels for a Chatwoot account, for psql; may run\n"
            "         again, and changes nothing that people have set\n"
            "  docs   the vertical in Markdown: attributes, rules, labels, an example\n"
            "\n"
            "      --layout LAYOUT   for sql: chatwoot (default), or stand-alone: only labels,\n"
            "                        for moonsift's own tables\n"
            "      --account N       for sql: the account; else psql's variable \"account\"\n"
            "\n"
            "Examples:\n"
            "  moonsift schema show recruitment\n"
            "  moonsift schema sql recruitment --account 1 | psql \"$DSN\"\n",
    .run = run,
};

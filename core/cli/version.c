/*
 * cli/version.c: which moonsift this is.
 */
#include "cli/verb.h"

#include <moonsift/plugin.h>

static int print_json(ms_cli *cli)
{
    ms_str abi = ms_arena_format(cli->arena, "%d.%d", MS_ABI_MAJOR, MS_ABI_MINOR);
    const ms_member members[] = {
        {MS_STR("schema"), ms_string(MS_STR("moonsift.version/1"))},
        {MS_STR("version"), ms_string(MS_STR(MOONSIFT_VERSION))},
        {MS_STR("plugin_abi"), ms_string_or_null(abi)},
    };
    ms_value document = ms_object(members, sizeof members / sizeof members[0]);
    return ms_cli_json(&document) ? 0 : 1;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    static const ms_cli_option none[] = {{0}};
    int code = ms_cli_options(&ms_verb_version, &argc, argv, none);
    if (code)
        return code;
    if (argc > 1)
        return ms_cli_usage(&ms_verb_version, "\"%s\" is one argument too many", argv[1]);
    if (cli->json || cli->jsonl)
        return print_json(cli);
    printf("moonsift %s (plugin ABI %d.%d)\n", MOONSIFT_VERSION, MS_ABI_MAJOR, MS_ABI_MINOR);
    return 0;
}

const ms_verb ms_verb_version = {
    .name = "version",
    .summary = "print the version of the program and of its plugin ABI",
    .usage = "version [--json]",
    .help = "Examples:\n"
            "  moonsift version\n"
            "  moonsift version --json\n",
    .run = run,
};

/*
 * cli/version.c: which moonsift this is.
 */
#include "cli/verb.h"
#include "loop/loop.h"
#include "lua/script.h"
#include "rules/judge.h"

#include <moonsift/plugin.h>

static const char why_safe[] =
    "releases before 5.4.8 have memory faults; rules cannot reach them, for each needs a metatable,"
    " a coroutine, load, or a chain of fields longer than is compiled";

static int print_json(ms_cli *cli, const char *pcre2)
{
    ms_str abi = ms_arena_format(cli->arena, "%d.%d", MS_ABI_MAJOR, MS_ABI_MINOR);
    const ms_member libraries[] = {{MS_STR("lua"), ms_string(ms_str_z(ms_lua_release() + 4))},
                                   {MS_STR("pcre2"), ms_string(ms_str_z(pcre2))},
                                   {MS_STR("libuv"), ms_string(ms_str_z(ms_loop_release()))}};
    const ms_member members[] = {
        {MS_STR("schema"), ms_string(MS_STR("moonsift.version/1"))},
        {MS_STR("version"), ms_string(MS_STR(MOONSIFT_VERSION))},
        {MS_STR("plugin_abi"), ms_string_or_null(abi)},
        {MS_STR("libraries"), ms_object(libraries, sizeof libraries / sizeof libraries[0])},
        {MS_STR("note"), ms_lua_is_mended() ? ms_null() : ms_string(MS_STR(why_safe))},
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
    char pcre2[32];
    ms_pattern_release(pcre2, sizeof pcre2);
    if (cli->json || cli->jsonl)
        return print_json(cli, pcre2);
    printf("moonsift %s (plugin ABI %d.%d)\n", MOONSIFT_VERSION, MS_ABI_MAJOR, MS_ABI_MINOR);
    printf("%s, PCRE2 %s, libuv %s\n", ms_lua_release(), pcre2, ms_loop_release());
    if (!ms_lua_is_mended())
        puts(
            "Lua before 5.4.8 has memory faults that rules cannot reach: docs/sandbox.md says why");
    return 0;
}

const ms_verb ms_verb_version = {
    .name = "version",
    .summary = "print the version of the program, its plugin ABI and its libraries",
    .usage = "version [--json]",
    .help = "Examples:\n"
            "  moonsift version\n"
            "  moonsift version --json\n",
    .run = run,
};

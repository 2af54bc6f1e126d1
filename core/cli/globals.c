/*
 * cli/globals.c: the flags that every verb has, wherever they stand on the command line.
 */
#include "base/clock.h"
#include "base/text.h"
#include "cli/verb.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct global {
    const char *name;
    char letter;
    bool takes_value;
    size_t field; /* offset in ms_cli */
} global;

#define FIELD(f) offsetof(ms_cli, f)
static const global globals[] = {
    {"config", 0, true, FIELD(config)},      {"at", 0, true, FIELD(at)},
    {"account", 0, true, FIELD(account)},    {"json", 0, false, FIELD(json)},
    {"jsonl", 0, false, FIELD(jsonl)},       {"plain", 0, false, FIELD(plain)},
    {"quiet", 'q', false, FIELD(quiet)},     {"verbose", 'v', false, FIELD(verbose)},
    {"no-input", 0, false, FIELD(no_input)}, {"yes", 0, false, FIELD(yes)},
    {"no-color", 0, false, FIELD(no_color)},
};
enum { N_GLOBALS = sizeof globals / sizeof globals[0] };

/* "--config=F" is the flag "config" with "F" behind it. */
static const global *find_long(const char *arg, const char **inline_value)
{
    size_t n = strcspn(arg, "=");
    *inline_value = arg[n] ? arg + n + 1 : NULL;
    for (size_t i = 0; i < N_GLOBALS; i++)
        if (strlen(globals[i].name) == n && memcmp(globals[i].name, arg, n) == 0)
            return &globals[i];
    return NULL;
}

static int set_account(ms_cli *cli, const char *text)
{
    char *end = NULL;
    long long id = strtoll(text, &end, 10);
    if (id <= 0 || *end || id == LLONG_MAX) {
        fprintf(stderr, "moonsift: --account \"%s\" is no account id\n  hint: --account 1\n", text);
        return 2;
    }
    cli->account = id;
    return 0;
}

static int set_value(ms_cli *cli, const global *g, const char *text)
{
    if (!text) {
        fprintf(stderr, "moonsift: --%s needs a value\n  hint: moonsift help\n", g->name);
        return 2;
    }
    if (g->field == FIELD(account))
        return set_account(cli, text);
    if (g->field == FIELD(at) && !ms_time_parse(ms_str_z(text), &cli->at_us)) {
        fprintf(stderr,
                "moonsift: --at \"%s\" is no time\n"
                "  hint: --at 2025-02-01 or --at 2025-02-01T14:20:00Z\n",
                text);
        return 2;
    }
    *(const char **)((char *)cli + g->field) = text;
    return 0;
}

/* "-qv": each letter, or none of them when one is not ours (then it belongs to the verb). */
static bool take_letters(ms_cli *cli, const char *arg, bool *help)
{
    if (arg[0] != '-' || !arg[1] || strspn(arg + 1, "qvh") != strlen(arg + 1))
        return false;
    for (const char *c = arg + 1; *c; c++) {
        cli->quiet |= *c == 'q';
        cli->verbose |= *c == 'v';
        *help |= *c == 'h';
    }
    return true;
}

size_t ms_cli_global_names(const char **names, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < N_GLOBALS && n < most; i++)
        names[n++] = globals[i].name;
    if (n < most)
        names[n++] = "help";
    return n;
}

static int unknown_flag(const char *arg)
{
    const char *names[N_GLOBALS + 3] = {"version"};
    ms_cli_global_names(names + 1, N_GLOBALS + 1);
    const char *name = arg + strspn(arg, "-");
    const char *near = ms_nearest((ms_str){name, strcspn(name, "=")}, names);
    fprintf(stderr, "moonsift: there is no flag \"%s\"", arg);
    if (near)
        fprintf(stderr, "; did you mean \"--%s\"?", near);
    fputs("\n  hint: moonsift help; a verb's own flags stand behind the verb\n", stderr);
    return 2;
}

static void look_around(ms_cli *cli)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    cli->no_color |= (no_color && *no_color) || (term && strcmp(term, "dumb") == 0);
    cli->no_color |= !isatty(STDOUT_FILENO);
    cli->no_input |= !isatty(STDIN_FILENO);
    if (!cli->at)
        cli->at_us = ms_wall_us();
}

int ms_cli_globals(ms_cli *cli, int *argc, char **argv, bool *help, bool *version)
{
    int kept = 1;
    int i = 1;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        const char *arg = argv[i];
        bool is_long = strncmp(arg, "--", 2) == 0;
        const char *text = NULL;
        const global *g = is_long ? find_long(arg + 2, &text) : NULL;
        if (is_long && strcmp(arg, "--help") == 0) {
            *help = true;
        } else if (g && g->takes_value) {
            int code = set_value(cli, g, text ? text : ++i < *argc ? argv[i] : NULL);
            if (code)
                return code;
        } else if (g && text) {
            fprintf(stderr, "moonsift: --%s takes no value\n", g->name);
            return 2;
        } else if (g) {
            *(bool *)((char *)cli + g->field) = true;
        } else if (!take_letters(cli, arg, help)) {
            if (kept == 1 && strcmp(arg, "--version") == 0)
                *version = true;
            else if (kept == 1 && arg[0] == '-' && arg[1])
                return unknown_flag(arg);
            else
                argv[kept++] = argv[i];
        }
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
    look_around(cli);
    return 0;
}

/*
 * cli/main.c: takes the global flags, finds the verb, runs it, and makes sure that what it printed
 * arrived.
 */
#include "cli/verb.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* A full disk behind `> decisions.jsonl` must not look like success. A reader that went away
 * (`| head`) is no news to anybody. */
static int flush_output(int code)
{
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed || code)
        return code;
    if (errno != EPIPE)
        fprintf(stderr, "moonsift: standard output: %s\n",
                errno ? strerror(errno) : "could not be written");
    return 1;
}

static int run_verb(ms_cli *cli, int argc, char **argv, bool help)
{
    const ms_verb *verb = ms_verb_find(argv[1]);
    if (!verb) {
        const char *near = ms_verb_nearest(argv[1]);
        fprintf(stderr, "moonsift: there is no verb \"%s\"", argv[1]);
        if (near)
            fprintf(stderr, "; did you mean \"%s\"?", near);
        fputs("\n  hint: moonsift help\n", stderr);
        return 2;
    }
    if (help) {
        ms_cli_help_verb(stdout, verb);
        return 0;
    }
    return verb->run(cli, argc - 1, argv + 1);
}

static int dispatch(ms_cli *cli, int argc, char **argv)
{
    bool help = false, version = false;
    int code = ms_cli_globals(cli, &argc, argv, &help, &version);
    if (code)
        return code;
    if (version) {
        puts("moonsift " MOONSIFT_VERSION);
        return 0;
    }
    if (argc > 1)
        return run_verb(cli, argc, argv, help);
    ms_cli_help(help ? stdout : stderr);
    return help ? 0 : 2;
}

int main(int argc, char **argv)
{
    int keeper = ms_embedded_main(argc, argv);
    if (keeper >= 0)
        return keeper;
    ms_cli cli = {.arena = ms_arena_new(0)};
    if (!cli.arena) {
        fputs("moonsift: out of memory\n", stderr);
        return 1;
    }
    /* A peer or reader that went away is an EPIPE where it is written, not the end of a host. */
    signal(SIGPIPE, SIG_IGN);
    int code = flush_output(dispatch(&cli, argc, argv));
    ms_arena_free(cli.arena);
    return code;
}

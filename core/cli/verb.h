/*
 * cli/verb.h: the frame of the verbs. One file a verb: cli/NAME.c defines `const ms_verb
 * ms_verb_NAME`, cli/verbs.c lists them.
 */
#ifndef MS_CLI_VERB_H
#define MS_CLI_VERB_H

#include "base/arena.h"
#include "flow/db.h"
#include "host/config.h"
#include "host/embedded.h"

/* Global flags, taken off the command line before the verb sees its own. */
typedef struct ms_cli {
    const char *config; /* --config F */
    int64_t account;    /* --account N; 0: not given */
    const char *at;     /* --at TIME, as given; NULL: now */
    int64_t at_us;      /* the same in microseconds since 1970; now when not given */
    bool json, jsonl, plain, quiet, verbose, no_input, yes, no_color;
    ms_arena *arena; /* for the whole run */
} ms_cli;

typedef struct ms_verb {
    const char *name;
    const char *summary; /* one line in the list of verbs */
    const char *usage;   /* "evaluate VERTICAL [--jobs N]" */
    const char *help;    /* options, then two examples */
    /* argv[0] is the verb; returns the exit code. */
    int (*run)(ms_cli *cli, int argc, char **argv);
} ms_verb;

extern const ms_verb *const ms_verbs[]; /* ended by NULL */

/* Prints "moonsift VERB: text" and the hint on stderr; returns the exit code of err->status. */
int ms_cli_fail(const ms_verb *verb, const ms_error *err);
/* A usage error (exit 2) with the line to type for help. */
__attribute__((format(printf, 2, 3))) int ms_cli_usage(const ms_verb *verb, const char *fmt, ...);

/* What most verbs need: plugins (bundled ones added, postgres and crm activated), configuration,
 * a loop, and the crm database (embedded when no DSN is set). Open what is asked for by `want`. */
enum { MS_CLI_CONFIG = 1, MS_CLI_DATABASE = 2 };
typedef struct ms_cli_env {
    ms_loop *loop;
    ms_plugins *plugins;
    ms_config *config;
    ms_embedded_db *embedded; /* NULL with an external DSN */
    ms_db_client db;
} ms_cli_env;
ms_status ms_cli_open(ms_cli *cli, const ms_config_flag *flags, size_t n_flags, unsigned want,
                      ms_cli_env *env, ms_error *err);
void ms_cli_close(ms_cli_env *env);

/* The folder with verticals: rules.dir of the configuration, ./scripts, or the installed one. */
const char *ms_cli_scripts(const ms_cli_env *env, const char *vertical);

#endif

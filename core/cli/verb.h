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

#include <stdio.h>

/* Global flags, taken off the command line before the verb sees its own. */
typedef struct ms_cli {
    const char *config; /* --config F */
    int64_t account;    /* --account N; 0: not given */
    const char *at;     /* --at TIME, as given; NULL: now */
    int64_t at_us;      /* the same in microseconds since 1970; now when not given */
    bool json, jsonl, plain, quiet, verbose, yes;
    bool no_input;   /* also when stdin is no terminal: never prompt then */
    bool no_color;   /* also when stdout is no terminal, NO_COLOR is set or TERM is dumb */
    ms_arena *arena; /* for the whole run */
} ms_cli;

/* Exit codes that are no failure of the program; those of errors are in <moonsift/status.h>. */
enum { MS_EXIT_CHECK = 3, MS_EXIT_INTERRUPTED = 130 };

typedef struct ms_verb {
    const char *name;
    const char *summary; /* one line in the list of verbs */
    const char *usage;   /* "evaluate VERTICAL [--jobs N]" */
    const char *help;    /* options, then two examples */
    /* argv[0] is the verb, argv[argc] is NULL; global flags and -h are gone, except behind a "--".
     * Returns the exit code. What it printed is flushed and checked by main. */
    int (*run)(ms_cli *cli, int argc, char **argv);
} ms_verb;

/* Declared here so that a verb can name itself in its own messages. */
extern const ms_verb ms_verb_init, ms_verb_types, ms_verb_schema, ms_verb_rules;
extern const ms_verb ms_verb_completion;
extern const ms_verb ms_verb_check, ms_verb_test, ms_verb_versions, ms_verb_activate,
    ms_verb_rollback;
extern const ms_verb ms_verb_unpark;
extern const ms_verb ms_verb_serve, ms_verb_evaluate, ms_verb_explain, ms_verb_deliveries,
    ms_verb_migrate, ms_verb_db, ms_verb_config, ms_verb_plugins, ms_verb_version, ms_verb_help;

extern const ms_verb *const ms_verbs[]; /* ended by NULL */
const ms_verb *ms_verb_find(const char *name);
const char *ms_verb_nearest(const char *name); /* NULL: none is near */

/* Takes the global flags off argv (ends at "--"). Returns 0, or the exit code after a message.
 * `help` and `version` are set when -h or --version was among them. */
int ms_cli_globals(ms_cli *cli, int *argc, char **argv, bool *help, bool *version);

/* Their names without dashes, for suggestions; returns how many. */
size_t ms_cli_global_names(const char **names, size_t most);

/* The text of `moonsift help` and of `moonsift VERB -h`. */
void ms_cli_help(FILE *to);
void ms_cli_help_verb(FILE *to, const ms_verb *verb);

/* Text for people: what a terminal would act on (control characters, characters that turn the
 * direction of writing, bytes that are no UTF-8) stands there as \u001b. Line breaks and tabs
 * stay. */
void ms_cli_show(FILE *to, ms_str text);

/* Prints "moonsift VERB: text" and the hint on stderr; returns the exit code of err->status. */
int ms_cli_fail(const ms_verb *verb, const ms_error *err);
/* A usage error (exit 2) with the line to type for help. */
__attribute__((format(printf, 2, 3))) int ms_cli_usage(const ms_verb *verb, const char *fmt, ...);

/* A noun that the verb does not know, with the nearest of `nouns` (ended by NULL); exit 2. */
int ms_cli_unknown(const ms_verb *verb, const char *noun, const char *const *nouns);

/* A flag of a verb: `--name VALUE` or `--name=VALUE` when `value` is set, `--name` when `given` is.
 * `letter` is its short form, 0 none. A table ends with one whose name is NULL. */
typedef struct ms_cli_option {
    const char *name;
    char letter;
    const char **value;
    bool *given;
} ms_cli_option;

/* Takes a verb's flags off argv; positional arguments move up behind argv[0], "--" ends the flags
 * and goes. Returns 0, or 2 after a message with the nearest flag's name. */
int ms_cli_options(const ms_verb *verb, int *argc, char **argv, const ms_cli_option *options);
/* A flag's value as a whole number; NULL leaves *out as it is. Returns 0, or 2 after a message. */
int ms_cli_number(const ms_verb *verb, const char *flag, const char *value, int64_t min,
                  int64_t max, int64_t *out);

/* Prints one JSON document and a newline on stdout. False: no memory. */
bool ms_cli_json(const ms_value *document);

/* What most verbs need: plugins (bundled ones added, postgres and crm activated), configuration,
 * a loop, and the crm database (embedded when no DSN is set). Open what is asked for by `want`.
 * With MS_CLI_TABLES the database has its tables: the embedded one gets what it lacks, on another
 * one that is an error (MS_CONFLICT). */
enum { MS_CLI_CONFIG = 1, MS_CLI_DATABASE = 2, MS_CLI_TABLES = 4 };

/* The folder that holds the folders of verticals, and why it is that one. The shipped ones serve
 * only where there is neither a configuration nor ./scripts. */
typedef enum ms_cli_folder_is {
    MS_FOLDER_SHIPPED,
    MS_FOLDER_HERE,   /* ./scripts */
    MS_FOLDER_BESIDE, /* scripts beside the configuration's file; need not be there */
    MS_FOLDER_NAMED,  /* rules.dir */
} ms_cli_folder_is;
typedef struct ms_cli_folder {
    const char *path; /* NULL: out of memory */
    ms_cli_folder_is is;
} ms_cli_folder;
ms_cli_folder ms_cli_folder_of(ms_arena *arena, const ms_config *config);

typedef struct ms_cli_env {
    ms_loop *loop;
    ms_plugins *plugins;
    ms_config *config;
    ms_embedded_db *embedded; /* NULL with an external DSN */
    ms_cli_folder scripts;    /* where verticals are */
    ms_db_client db;
} ms_cli_env;
ms_status ms_cli_open(ms_cli *cli, const ms_config_flag *flags, size_t n_flags, unsigned want,
                      ms_cli_env *env, ms_error *err);
/* What was opened with MS_CLI_CONFIG gets its database; with MS_CLI_TABLES, with tables. */
ms_status ms_cli_open_database(ms_cli *cli, ms_cli_env *env, unsigned want, ms_error *err);
void ms_cli_close(ms_cli_env *env);
/* Configuration only, with every problem and warning told to `report`. */
ms_status ms_cli_open_reporting(ms_cli *cli, ms_config_report report, void *arg, ms_cli_env *env,
                                ms_error *err);

#endif

/*
 * host/config_inner.h: what the config_*.c files share. Private to them.
 *
 * Loading walks the YAML tree once (config_load.c), turns each value into its type
 * (config_convert.c), reads secrets into buffers of their own that can be wiped (config_secret.c),
 * and leaves one entry per key with its origin. Everything else borrows from the arena.
 */
#ifndef MS_HOST_CONFIG_INNER_H
#define MS_HOST_CONFIG_INNER_H

#include "base/yaml.h"
#include "host/config.h"
#include <moonsift/provide/config.h>

typedef enum ms_ckind {
    MS_C_STRING,
    MS_C_INTEGER,
    MS_C_COUNT, /* a whole number, or "auto": one per core */
    MS_C_BOOLEAN,
    MS_C_DURATION, /* milliseconds */
    MS_C_SIZE,     /* bytes */
    MS_C_FILE,     /* a path; relative ones start at the folder of moonsift.yaml */
    MS_C_LIST,     /* of strings */
    MS_C_CHOICE,
    MS_C_ADDRESS,
    MS_C_DSN
} ms_ckind;

typedef struct ms_ckey {
    const char *path; /* "queue.batch"; of a plugin's key: its name alone */
    ms_ckind kind;
    const char *preset;  /* default as text, NULL none */
    int64_t min, max;    /* of numbers, durations, sizes; both 0: any that is not negative */
    const char *choices; /* "auto|text|json" */
    const char *summary;
    bool secret; /* FILE: its content is one; else: only the environment may give it */
} ms_ckey;

extern const ms_ckey ms_config_keys_table[]; /* ended by path == NULL */
int ms_config_key_index(ms_str path);        /* -1: no such key */

/* Whom a secret is for, and so which role may keep it. */
typedef enum ms_cscope { MS_FOR_DATABASE, MS_FOR_SOURCE, MS_FOR_PLUGIN } ms_cscope;

typedef struct ms_csecret {
    char *bytes; /* allocated; wiped before it is freed */
    size_t n;
    ms_cscope scope;
    const char *env;  /* variable it came from; NULL: a file */
    ms_value *holder; /* the value in a source's or plugin's settings that shows it */
    struct ms_csecret *next;
} ms_csecret;

typedef struct ms_centry {
    ms_str path;      /* "sources.cw1.kind" */
    ms_value value;   /* MS_NULL: not set */
    ms_value given;   /* durations and sizes as they were written */
    ms_str origin;    /* "file moonsift.yaml:12" */
    bool preset;      /* nobody set it */
    bool is_secret;   /* shown masked */
    ms_csecret *held; /* DSN: where it is */
} ms_centry;

typedef struct ms_cplugin {
    ms_str id;
    ms_value section;
    const char **grants; /* NULL: no `grant` key */
} ms_cplugin;

struct ms_config {
    ms_arena *arena;
    const char *file;   /* NULL: none was found */
    ms_centry *entries; /* the keys of the table in its order, then those of sources, ... */
    size_t n_entries, capacity;
    ms_config_account *accounts;
    size_t n_accounts;
    ms_config_source *sources;
    size_t n_sources;
    ms_cplugin *plugins;
    size_t n_plugins;
    ms_csecret *secrets;
};

/* One load under way. */
typedef struct ms_cload {
    ms_config *config;
    ms_arena *arena;
    ms_yaml_marks *marks;
    const ms_plugins *plugins; /* NULL: keys of sources and plugins are not checked */
    ms_config_report report;
    void *arg;
    ms_error first;  /* problem */
    size_t problems; /* how many */
    bool no_memory;
} ms_cload;

/* Notes a problem at `line` of the file (0: not in the file). `hint` may be NULL. */
__attribute__((format(printf, 4, 5))) void ms_cload_problem(ms_cload *load, int line,
                                                            const char *hint, const char *fmt, ...);
__attribute__((format(printf, 4, 5))) void ms_cload_warn(ms_cload *load, int line, const char *hint,
                                                         const char *fmt, ...);
/* `"lisen" is no key of sources; did you mean "listen"?`, with the way out. */
void ms_cload_unknown(ms_cload *load, int line, ms_str path, ms_str name,
                      const char *const *candidates);

/* Where a value came from: exactly one of the three. */
typedef struct ms_cfrom {
    int line; /* of the file; -1 not from it */
    const char *env, *flag;
} ms_cfrom;
ms_str ms_cfrom_text(ms_cload *load, const ms_cfrom *from);

/* Adds an entry; NULL when out of memory (noted). */
ms_centry *ms_cload_entry(ms_cload *load, ms_str path);

/* The flags a verb was given. */
typedef struct ms_cflags {
    const ms_config_flag *items;
    size_t n;
} ms_cflags;

/* Fills an entry from flag, environment, `node` of the file (may be NULL) or default; `from` says
 * which. False: nobody set it, or what was set is wrong (noted). */
bool ms_cload_key(ms_cload *load, const ms_ckey *key, ms_centry *entry, const ms_value *node,
                  const ms_cflags *flags, ms_cfrom *from);
/* Line of a value or, given an ms_member, of its key; 0 unknown. */
int ms_cload_line(const ms_cload *load, const void *node);

/* Turns a node of the file, or text from elsewhere (`from->line` < 0), into the key's type. */
bool ms_cload_convert(ms_cload *load, const ms_ckey *key, ms_str path, const ms_value *node,
                      const ms_cfrom *from, ms_value *out);
const char *ms_ckind_expects(ms_cload *load, const ms_ckey *key); /* "a duration such as 5s" */
bool ms_ckind_named(const char *name, ms_ckind *out);             /* type of a plugin's key */

/* MOONSIFT_SOURCES_CW1_SECRET for "sources.cw1.secret"; value NULL when unset or empty. */
const char *ms_config_env(ms_cload *load, ms_str path, const char **value);

/* The secret in a file or variable. NULL after noting the problem. */
ms_csecret *ms_cload_secret_file(ms_cload *load, ms_str path, ms_str file, const ms_cfrom *from,
                                 ms_cscope scope);
ms_csecret *ms_cload_secret_env(ms_cload *load, const char *env, const char *value,
                                ms_cscope scope);
void ms_config_wipe(ms_csecret *secret);

/* Everything: the keys of the table, then the parts below. `root` is MS_NULL without a file. */
void ms_cload_keys(ms_cload *load, const ms_value *root, const ms_cflags *flags);
/* The parts of the file that have members with free names. `node` may be NULL. */
void ms_cload_accounts(ms_cload *load, const ms_value *node);
void ms_cload_sources(ms_cload *load, const ms_value *node);
void ms_cload_plugins(ms_cload *load, const ms_value *node);

/* The keys that loaded plugins declare for a section ("sources:chatwoot"), as rows like the table's
 * own, ended by path == NULL. NULL when out of memory. */
ms_ckey *ms_config_section_keys(ms_arena *arena, const ms_plugins *plugins, const char *section);
/* Kinds of sources of the loaded plugins, ended by NULL. NULL when out of memory. */
const char **ms_config_kinds(ms_arena *arena, const ms_plugins *plugins);
/* The name under which a secret reaches its plugin: "secret" for "secret_file". */
ms_str ms_config_secret_name(const ms_ckey *key);

/* Keys that every source and every plugin has; ended by path == NULL. */
extern const ms_ckey ms_config_source_keys[], ms_config_plugin_keys[];

#endif

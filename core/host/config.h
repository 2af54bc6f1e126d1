/*
 * host/config.h: moonsift.yaml, environment and flags, checked against one table of keys.
 *
 * Precedence: flag > MOONSIFT_* environment > file > default. The first file found is used whole:
 * --config F, the nearest moonsift.yaml in this folder and those above,
 * $XDG_CONFIG_HOME/moonsift/moonsift.yaml, /etc/moonsift/moonsift.yaml. One above that belongs to
 * somebody else (but root) is an error. An unknown key is an error with its line and the nearest
 * name. Secrets come from `*_file` keys or the environment, never from a flag or the file itself.
 */
#ifndef MS_HOST_CONFIG_H
#define MS_HOST_CONFIG_H

#include "base/arena.h"
#include "plug/plug.h"

typedef struct ms_config ms_config;

/* A flag that stands for a key: {"listen", "127.0.0.1:0"}. */
typedef struct ms_config_flag {
    const char *key;
    const char *value;
} ms_config_flag;

/* Told of every problem and warning, in the order they were found. `hint` is "" when there is none.
 */
typedef void (*ms_config_report)(void *arg, bool warning, const char *text, const char *hint);

/* Loads and checks. `plugins` contribute the keys of their config tables; NULL: what stands below
 * `sources` and `plugins` is not checked. `file` NULL: search. On failure `err` has the first
 * problem ("moonsift.yaml:7: ...") and how many others there are; `report` (may be NULL) gets all.
 */
ms_status ms_config_check(const char *file, const ms_config_flag *flags, size_t n_flags,
                          const ms_plugins *plugins, ms_config_report report, void *arg,
                          ms_config **out, ms_error *err);
/* The same; further problems and warnings go to the log as "config.problem" and "config.warning".
 */
ms_status ms_config_load(const char *file, const ms_config_flag *flags, size_t n_flags,
                         const ms_plugins *plugins, ms_config **out, ms_error *err);

/* {id: path} of the plugins that the file loads from shared objects. The first step: their keys can
 * be checked once they are loaded. An unreadable file is an error here already. */
ms_status ms_config_plugin_files(const char *file, ms_arena *arena, ms_value *out, ms_error *err);
void ms_config_free(ms_config *config); /* wipes secrets; NULL is allowed */

/* "moonsift.yaml", or NULL when no file was found. */
const char *ms_config_file(const ms_config *config);

/* By dotted path ("queue.batch"), of the keys that `config show` lists. The default when nothing
 * was set; never fails for a known key. Asking for an unknown key is a bug and aborts. */
ms_str ms_config_str(const ms_config *config, const char *key); /* p == NULL: not set */
int64_t ms_config_int(const ms_config *config,
                      const char *key); /* durations in ms, sizes in bytes */
bool ms_config_bool(const ms_config *config, const char *key);

/* A DSN: the content of `KEY_file`, or of MOONSIFT_KEY in the environment, or `KEY` itself if it
 * holds no password. p == NULL: none, use the embedded database. */
ms_str ms_config_dsn(const ms_config *config, const char *database /* "crm" */);

/* Takes the password out of a DSN (URI or key=value form), so that the rest can be shown or stand
 * on a command line. `password`->p == NULL: it has none. False: out of memory. */
bool ms_dsn_split(ms_arena *arena, ms_str dsn, ms_str *without, ms_str *password);

/* accounts: {1: {vertical: recruitment, inboxes: {3: ecommerce}}} */
typedef struct ms_config_account {
    int64_t id;
    ms_str vertical; /* p == NULL: stored, not judged */
    const struct ms_config_inbox {
        int64_t id;
        ms_str vertical;
    } * inboxes;
    size_t n_inboxes;
} ms_config_account;
size_t ms_config_accounts(const ms_config *config, const ms_config_account **out); /* by id */

/* sources: {cw1: {kind: chatwoot, secret_file: ..., account: 1, vertical: ...}} */
typedef struct ms_config_source {
    ms_str name, kind;
    int64_t account;          /* for senders that do not say; 0 none */
    ms_str vertical;          /* p == NULL none */
    int64_t max_body;         /* bytes */
    const ms_value *settings; /* for ms_source_kind.open: the plugin's keys, secrets resolved */
} ms_config_source;
size_t ms_config_sources(const ms_config *config, const ms_config_source **out);

/* The keys of section `plugins.ID` in their types (durations in ms, sizes in bytes, secrets under
 * the key without "_file"), or NULL; and its `grant` list, NULL-terminated, or NULL. */
const ms_value *ms_config_plugin(const ms_config *config, const char *id);
const char *const *ms_config_grants(const ms_config *config, const char *id);

/* Overwrites the secrets a role must not hold: after a fork, everything but what `role` needs.
 * "receive" keeps DSNs and sources' secrets, "judge" its DSN, anything else nothing. Later look-ups
 * find them unset (null in settings). Variables they came from are overwritten in this process's
 * environment too. */
void ms_config_keep(ms_config *config, const char *role);

/* [{key, value, origin}]: every key with its origin ("file moonsift.yaml:12", "env
 * MOONSIFT_LISTEN", "default", "flag --listen"), secrets masked, for `config show`. */
bool ms_config_describe(const ms_config *config, ms_arena *arena, ms_value *out);
/* JSON Schema of the file (schemas/config.schema.json), from the same table. */
bool ms_config_schema(const ms_plugins *plugins, ms_arena *arena, ms_value *out);

#endif

/*
 * host/config.h: moonsift.yaml, environment and flags, checked against one table of keys.
 *
 * Precedence: flag > MOONSIFT_* environment > file > default. The first file found is used whole:
 * --config F, ./moonsift.yaml, $XDG_CONFIG_HOME/moonsift/moonsift.yaml,
 * /etc/moonsift/moonsift.yaml. An unknown key is an error with its line and the nearest name.
 * Secrets come from `*_file` keys or the environment, never from a flag or the file itself.
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

/* Loads and checks. `plugins` (may be NULL) contribute the keys of their config tables. `file`
 * NULL: search. Every wrong key is in `err`, the first one in full, and on stderr through `report`.
 */
ms_status ms_config_load(const char *file, const ms_config_flag *flags, size_t n_flags,
                         const ms_plugins *plugins, ms_config **out, ms_error *err);
void ms_config_free(ms_config *config); /* wipes secrets; NULL is allowed */

/* "./moonsift.yaml", or NULL when no file was found. */
const char *ms_config_file(const ms_config *config);

/* By dotted path ("queue.sweep"). The default when nothing was set; never fails for a known key.
 * Asking for an unknown key is a bug and aborts. */
ms_str ms_config_str(const ms_config *config, const char *key); /* p == NULL: not set */
int64_t ms_config_int(const ms_config *config,
                      const char *key); /* durations in ms, sizes in bytes */
bool ms_config_bool(const ms_config *config, const char *key);

/* A DSN: the content of `KEY_file`, or of MOONSIFT_KEY in the environment, or `KEY` itself if it
 * holds no password. p == NULL: none, use the embedded database. */
ms_str ms_config_dsn(const ms_config *config, const char *database /* "crm" | "knowledge" */);

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
    const ms_value *settings; /* object for ms_source_kind.open: secrets resolved */
} ms_config_source;
size_t ms_config_sources(const ms_config *config, const ms_config_source **out);

/* The section `plugins.ID` as given, or NULL; and its `grant` list, NULL-terminated, or NULL. */
const ms_value *ms_config_plugin(const ms_config *config, const char *id);
const char *const *ms_config_grants(const ms_config *config, const char *id);

/* Overwrites the secrets a role must not hold: after a fork, everything but what `role` needs
 * ("receive": sources' secrets; "judge", "master": DSNs only). Later look-ups find them unset. */
void ms_config_keep(ms_config *config, const char *role);

/* Every key with value and origin ("file moonsift.yaml:12", "env MOONSIFT_LISTEN", "default",
 * "flag --listen"), secrets masked, for `config show`. */
bool ms_config_describe(const ms_config *config, ms_arena *arena, ms_value *out);
/* JSON Schema of the file (schemas/config.schema.json), from the same table. */
bool ms_config_schema(const ms_plugins *plugins, ms_arena *arena, ms_value *out);

#endif

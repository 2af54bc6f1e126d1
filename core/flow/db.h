/*
 * flow/db.h: a database for code that waits: verbs, start-up, migrations.
 *
 * Runs the loop until the answer is there. The pipeline itself uses ms_database
 * (provide/database.h) without waiting. Not for use inside a loop callback. [loop]
 */
#ifndef MS_FLOW_DB_H
#define MS_FLOW_DB_H

#include "base/arena.h"
#include "plug/plug.h"
#include <moonsift/provide/database.h>

typedef struct ms_db_client {
    ms_loop *loop;
    const ms_database *api; /* table of the postgres plugin */
    ms_plugin *self;
    ms_db *db;
} ms_db_client;

/* How to connect; see ms_database.open. 0: the plugin's default. */
typedef struct ms_db_settings {
    ms_str dsn;
    const char *role;
    int64_t pool; /* connections */
    bool pooled;  /* through PgBouncer */
} ms_db_settings;

/* Opens a database through the active plugin that provides moonsift.database/1. */
ms_status ms_db_open_with(ms_db_client *out, ms_loop *loop, ms_plugins *plugins,
                          const ms_db_settings *settings, ms_error *err);
/* The same with the defaults. */
ms_status ms_db_open(ms_db_client *out, ms_loop *loop, ms_plugins *plugins, ms_str dsn,
                     const char *role, ms_error *err);
void ms_db_close(ms_db_client *client);

/* Runs statements in one transaction; results are copied into `arena` (may be NULL to drop them).
 * `flags`: 0 or MS_DB_READ_ONLY. */
ms_status ms_db_run(ms_db_client *client, ms_arena *arena, const ms_statement *statements, size_t n,
                    unsigned flags, ms_rows **results, ms_error *err);

/* One statement; `out` may be NULL. */
ms_status ms_db_query(ms_db_client *client, ms_arena *arena, const char *sql,
                      const ms_value *params, size_t n_params, ms_rows *out, ms_error *err);

/* A script of many statements. */
ms_status ms_db_script(ms_db_client *client, ms_str sql, bool transaction, ms_error *err);

#endif

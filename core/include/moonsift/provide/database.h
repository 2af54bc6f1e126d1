/*
 * Table "moonsift.database/1": SQL for the host's pipeline and for other plugins.
 *
 * A call sends a list of statements in one round trip. Parameters only, never text in the SQL.
 * With MS_DB_BEGIN they open a transaction whose session stays with the caller until a later call
 * carries MS_DB_COMMIT (or fails, or `rollback`). Without it each call is its own transaction: all
 * of its statements take effect or none.
 *
 * Parameters are values: null, booleans, numbers and strings go as text; an array goes as one
 * PostgreSQL array ({"a",NULL,"b"}), for unnest; an object or array inside an array goes as JSON.
 * Statements cast ($1::bigint[]). Works through PgBouncer in transaction mode: unnamed statements,
 * no session state.
 */
#ifndef MOONSIFT_PROVIDE_DATABASE_H
#define MOONSIFT_PROVIDE_DATABASE_H

#include <moonsift/plugin.h>

#define MS_TABLE_DATABASE "moonsift.database/1"

typedef struct ms_db ms_db;           /* one DSN and its connections */
typedef struct ms_session ms_session; /* a connection inside a transaction */

typedef struct ms_statement {
    ms_str sql; /* one statement */
    const ms_value *params;
    size_t n_params;
} ms_statement;

enum {
    MS_DB_BEGIN = 1,     /* open a transaction first */
    MS_DB_COMMIT = 2,    /* commit after the last statement and give the session back */
    MS_DB_READ_ONLY = 4, /* with BEGIN: READ ONLY, REPEATABLE READ */
};

/*
 * Ends a call. MS_OK: `results` has one entry per statement, borrowed until this returns, and
 * `session` is the open transaction (NULL if there is none). On failure the transaction is gone,
 * `results` and `session` are NULL, and `err` names statement and SQLSTATE. [loop]
 *
 * MS_UNAVAILABLE: no connection, or it was lost; nothing is known about a COMMIT in flight.
 * MS_CONFLICT: serialization failure, deadlock, lock timeout or unique violation: worth another
 * try. MS_INVALID: the statement or its data is wrong.
 */
typedef void (*ms_db_done)(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                           size_t n_results, ms_session *session);

typedef struct ms_database {
    uint32_t size;

    /* `config`: {dsn, pool (connections, default 4), pooled (bool, through PgBouncer),
     * connect_timeout_ms, statement_timeout_ms, role (name in application_name)}. Connects on
     * first use and again after a loss, with back-off of at most 2 s. Calls made while no
     * connection can be had fail with MS_UNAVAILABLE after connect_timeout_ms. */
    ms_status (*open)(ms_plugin *self, const ms_value *config, ms_db **out, ms_error *err);
    void (*close)(ms_db *db); /* calls under way complete with MS_CANCELLED first */

    /* Sends statements; `done` is called exactly once, never before exec returns. `session` NULL:
     * any connection. Everything passed in is copied or sent before exec returns. */
    void (*exec)(ms_db *db, ms_session *session, const ms_statement *statements, size_t n,
                 unsigned flags, ms_db_done done, void *arg);

    void (*rollback)(ms_session *session); /* NULL is allowed */

    /* A script of many statements (migrations) by the simple protocol, in one transaction unless
     * `transaction` is false. Only the status comes back: results is NULL. */
    void (*script)(ms_db *db, ms_session *session, ms_str sql, bool transaction, ms_db_done done,
                   void *arg);

    /* True while the last attempt to connect or to use a connection failed. [loop] */
    bool (*is_down)(const ms_db *db);
} ms_database;

#endif

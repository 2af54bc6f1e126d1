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
 * MS_UNAVAILABLE: no connection, or it was lost, or the server cannot write (standby, disk, its own
 * fault). When a commit was in flight the text says that its outcome is unknown.
 * MS_CONFLICT: serialization failure, deadlock, lock timeout or unique violation: worth another
 * try. MS_TIMEOUT: ended by statement_timeout_ms. MS_DENIED: a right is missing. MS_NOT_FOUND: a
 * table, column, function or schema is. MS_CANCELLED: by close or rollback. MS_INVALID: the
 * statement or its data is wrong. The text never holds data: what a message quotes is left out.
 */
typedef void (*ms_db_done)(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                           size_t n_results, ms_session *session);

typedef struct ms_database {
    uint32_t size;

    /* `config`: {dsn, pool (connections, default 4), pooled (bool, through PgBouncer),
     * connect_timeout_ms (default 5000), statement_timeout_ms (default 0: none), role (name in
     * application_name)}. Connects on first use and again after a loss, with back-off of at most
     * 2 s. Calls fail with MS_UNAVAILABLE after connect_timeout_ms without any connection; behind
     * connections that are busy they wait, first come first served. The statement timeout is set
     * inside each transaction, so that nothing of it stays on a pooled connection. */
    ms_status (*open)(ms_plugin *self, const ms_value *config, ms_db **out, ms_error *err);
    /* Calls under way complete with MS_CANCELLED first; open sessions end with it, and are not to
     * be used or rolled back any more. May be called from inside a `done`. NULL is allowed. */
    void (*close)(ms_db *db);

    /* Sends statements; `done` is called exactly once, never before exec returns (unless there is
     * no memory even for that: MS_NOMEM). `session` NULL: any connection; a session takes one call
     * at a time. Everything passed in is copied or sent before exec returns. `n` 0 is allowed.
     * Statements may not open or end transactions themselves, and COPY is refused. */
    void (*exec)(ms_db *db, ms_session *session, const ms_statement *statements, size_t n,
                 unsigned flags, ms_db_done done, void *arg);

    /* Gives an open session up; a call that it has under way completes with MS_CANCELLED. NULL is
     * allowed. */
    void (*rollback)(ms_session *session);

    /* A script of many statements (migrations) by the simple protocol, in one transaction: the
     * session's, or its own. `transaction` false, without a session: sent as it stands, for a
     * single statement that refuses transactions (CREATE INDEX CONCURRENTLY, VACUUM). No statement
     * timeout. Only the status comes back: results is NULL, and `err` names the script's line. */
    void (*script)(ms_db *db, ms_session *session, ms_str sql, bool transaction, ms_db_done done,
                   void *arg);

    /* True while the last attempt to connect or to use a connection failed. [loop] */
    bool (*is_down)(const ms_db *db);
} ms_database;

#endif

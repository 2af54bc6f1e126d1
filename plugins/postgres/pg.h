/*
 * pg.h: what the files of the postgres plugin share.
 *
 *   plugin.c      entry, configuration, tables
 *   pool.c        one DSN: its connections, the queue of calls, back-off
 *   connection.c  connecting, readiness, loss
 *   exec.c        sending a call, collecting its results, transactions
 *   request.c     a call as a copy of its own: SQL and parameters
 *   encode.c      ms_value -> PostgreSQL text
 *   results.c     PGresult -> ms_rows and ms_error
 *   functions.c   postgres.query
 *
 * Everything runs on the loop's thread. A caller's `done` is never called from inside exec: what
 * fails at once is put on the pool's list of failed calls and completed in the next round.
 */
#ifndef MOONSIFT_POSTGRES_PG_H
#define MOONSIFT_POSTGRES_PG_H

#include <libpq-fe.h>
#include <moonsift/cap/loop.h>
#include <moonsift/plugin.h>
#include <moonsift/provide/database.h>
#include <moonsift/provide/functions.h>

enum { PG_BACKOFF_FIRST_MS = 50, PG_BACKOFF_MAX_MS = 2000, PG_MAX_POOL = 100 };

/* ---- text ----------------------------------------------------------------------------------- */

/* A growing buffer; the first failure to grow sticks. */
typedef struct pg_text {
    char *p;
    size_t n, capacity;
    bool failed;
} pg_text;

void pg_text_add(pg_text *t, const char *p, size_t n);
void pg_text_free(pg_text *t);

/* Appends `v` (not null) as a parameter in text format, without a NUL behind it. Returns NULL, or
 * what is wrong with the value: "holds a NUL byte". */
const char *pg_encode(pg_text *t, const ms_value *v);

/* ---- calls ---------------------------------------------------------------------------------- */

typedef struct pg_statement {
    size_t sql;           /* offsets into pg_request.text; PG_NULL for a null parameter */
    size_t first, params; /* of pg_request.params */
} pg_statement;
#define PG_NULL ((size_t)-1)

/* One exec or script, from the call to its `done`. */
typedef struct pg_request {
    struct pg_request *next;
    ms_db_done done;
    void *arg;
    unsigned flags;
    bool script, transaction;
    size_t n; /* statements; of a script 0 */
    pg_statement *statements;
    size_t *params;
    size_t max_params; /* of one statement */
    pg_text text;      /* freed once it is sent */
    uint64_t since;    /* when it was queued, pg_now */
    ms_rows *rows;     /* n; they borrow from `results` */
    PGresult **results;
    ms_status status; /* the first failure */
    ms_error err;
} pg_request;

pg_request *pg_request_new(ms_db_done done, void *arg, unsigned flags);
/* Copies statements and encodes their parameters; on failure request->status and err say why. */
ms_status pg_request_fill(pg_request *r, const ms_statement *statements, size_t n);
ms_status pg_request_script(pg_request *r, ms_str sql, bool transaction);
/* Takes `result` as that of statement `i`; a failed one becomes the request's error. */
void pg_request_take(pg_request *r, size_t i, PGresult *result);
void pg_request_complete(pg_request *r, ms_session *session); /* calls done, frees */

/* ---- results -------------------------------------------------------------------------------- */

/* One block of memory holds columns and cells; free rows->columns. False: out of memory. */
bool pg_rows(const PGresult *result, ms_rows *out);
/* The status of an SQLSTATE ("" or NULL: none). */
ms_status pg_status(const char *sqlstate);
/* Fills `err` from a failed result: "statement 2: MESSAGE (SQLSTATE)". Data that the message
 * quotes is left out. `script`: the SQL sent, to name the line; NULL for a statement. */
ms_status pg_error(const PGresult *result, const char *what, const char *script, ms_error *err);
/* A message of libpq about a connection, on one line. */
void pg_connection_message(const PGconn *pg, char *out, size_t size);

/* ---- connections ---------------------------------------------------------------------------- */

typedef enum pg_state {
    PG_CLOSED,
    PG_CONNECTING,
    PG_IDLE,
    PG_BUSY, /* waiting for the sync of a call, or of a ROLLBACK */
    PG_HELD  /* inside a transaction, waiting for its owner; pg == NULL: it was lost meanwhile */
} pg_state;

typedef struct pg_connection pg_connection;

struct ms_session {
    pg_connection *connection;
};

struct pg_connection {
    ms_session session;
    ms_db *db;
    PGconn *pg;
    ms_watch *watch;
    int events; /* what `watch` waits for */
    pg_state state;
    uint64_t since; /* when connecting began */
    pg_request *request;
    size_t step, lead, total; /* of the pipeline: now, before the statements, all but sync */
    size_t failed_step;       /* of request->status, once it is not MS_OK */
    bool in_session;          /* the request runs in a session that was open before */
    bool committed;           /* the answer to COMMIT is in */
    bool rolling_back;        /* a ROLLBACK is under way; with a request: after its failure */
    bool drop_session;        /* rollback was asked for while a call was under way */
};

struct ms_db {
    ms_plugin *plugin;
    char *dsn;
    char application[64];
    char timeout_sql[96]; /* "" without statement_timeout_ms */
    uint64_t connect_timeout;
    pg_connection *connections;
    size_t n_connections;
    pg_request *queue, **queue_end;
    pg_request *failed, **failed_end; /* to be completed in the next round */
    ms_timer *timer;
    uint64_t timer_at; /* 0: none */
    uint64_t retry_at; /* no attempt to connect before */
    unsigned backoff;
    uint64_t down_since; /* when the last open connection was lost */
    bool down;
    unsigned depth; /* callbacks under way: a pool closed inside one is freed behind it */
    bool closed;
    char why[256]; /* the last failure to connect */
};

struct ms_plugin {
    const ms_host *host;
    const ms_cap_loop *loop;
    ms_db *db; /* of postgres.query; NULL: not configured */
};

/* connection.c */
void pg_connect(pg_connection *c);
void pg_close(pg_connection *c); /* quietly; the request, if any, stays */
void pg_lost(pg_connection *c);  /* and what follows from it */
bool pg_alive(pg_connection *c); /* for an idle one, before it is used */
void pg_want(pg_connection *c);  /* flushes, then waits for what is left to do */
bool pg_connect_expired(const pg_connection *c, uint64_t now);

/* exec.c */
void pg_send(pg_connection *c, pg_request *r, bool in_session);
void pg_read(pg_connection *c);
void pg_rollback(pg_connection *c);

/* pool.c */
extern const ms_database pg_database;
ms_status pg_open(ms_plugin *self, const ms_value *config, ms_db **out, ms_error *err);
void pg_enter(ms_db *db);
void pg_leave(ms_db *db);
void pg_dispatch(ms_db *db);                        /* hands queued calls to idle connections */
void pg_fail_later(ms_db *db, pg_request *r);       /* completes it in the next round */
void pg_connected(ms_db *db);                       /* resets the back-off */
void pg_lost_one(ms_db *db);                        /* an open connection is gone */
void pg_connect_failed(ms_db *db, const char *why); /* and the next attempt waits longer */
uint64_t pg_now(void);                              /* monotonic milliseconds */

/* functions.c */
extern const ms_functions pg_functions;

#endif

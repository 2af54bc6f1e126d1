/*
 * host/migrate.h: migrations of one database, forward and back.
 *
 * A migration is NNNN_name.up.sql with NNNN_name.down.sql, carried inside the program. Each file
 * runs in one transaction unless it has the line `-- moonsift: no-transaction`; the line
 * `-- moonsift: layout stand-alone` leaves it out where the CRM has another layout. What is applied
 * stands in moonsift.migration with the SHA-256 of the file; a file that changed afterwards is
 * refused (exit 7) with both hashes. One migrator at a time: advisory lock, held by the
 * transaction, so that it works through PgBouncer and goes with the connection.
 *
 * Everything here waits for the database. [loop]
 */
#ifndef MS_HOST_MIGRATE_H
#define MS_HOST_MIGRATE_H

#include "base/arena.h"
#include "base/resource.h"
#include "flow/db.h"

typedef struct ms_migration {
    int number;
    ms_str name;      /* "standalone_schema" */
    ms_str up, down;  /* up.p == NULL: applied by another version of the program */
    char sha256[65];  /* of the up file */
    bool transaction; /* false: the file asks for none */
    bool stand_alone; /* only in this layout */
    bool foreign;     /* the database has another layout: left out */
    bool applied;
    char applied_sha256[65]; /* "" when not applied */
    ms_str applied_at;       /* "2026-06-17T10:00:00Z" */
} ms_migration;

/* "applied", "pending", "changed", "unknown" (applied, but not in this program), "left out". */
const char *ms_migration_state(const ms_migration *migration);

/* Called after each step that was done, with "up" or "down". */
typedef void (*ms_migrate_fn)(void *arg, const char *verb, const ms_migration *migration);

/* Migrations of `set` ("crm") with their state in the database, in order. Writes nothing. */
ms_status ms_migrate_status(ms_db_client *db, ms_arena *arena, const char *set, ms_migration **out,
                            size_t *n, ms_error *err);
/* MS_CONFLICT with the first one that is changed or unknown: its file's and its recorded hash. */
ms_status ms_migrate_verify(const char *set, const ms_migration *list, size_t n, ms_error *err);
/* Applies everything up to `to` (0: all). MS_CONFLICT: as verify, or the lock is held. What was
 * applied before a failure stays applied. */
ms_status ms_migrate_up(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                        ms_error *err);
/* Takes back everything above `to`, newest first. */
ms_status ms_migrate_down(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                          ms_error *err);

/* Where the files come from: those inside the program. Specs point it at their own. */
extern const ms_resource *ms_migrate_files;

#endif

/*
 * host/migrate.h: migrations of one database, forward and back.
 *
 * A migration is NNNN_name.up.sql with NNNN_name.down.sql, carried inside the program. Each file
 * runs in one transaction unless it has the line `-- moonsift: no-transaction`; the line
 * `-- moonsift: layout stand-alone` leaves it out where the CRM has another layout. What is applied
 * stands in moonsift.migration with the SHA-256 of the file; a file that changed afterwards is
 * refused (exit 7) with both hashes. One migrator at a time: advisory lock.
 */
#ifndef MS_HOST_MIGRATE_H
#define MS_HOST_MIGRATE_H

#include "base/arena.h"
#include "flow/db.h"

typedef struct ms_migration {
    int number;
    ms_str name; /* "standalone_schema" */
    ms_str up, down;
    char sha256[65];
    bool transaction; /* false: the file asks for none */
    bool stand_alone; /* only in this layout */
    bool applied;
    char applied_sha256[65]; /* "" when not applied */
    ms_str applied_at;
} ms_migration;

/* Called for each step that is done or planned: "up 0003 labels". */
typedef void (*ms_migrate_fn)(void *arg, const char *verb, const ms_migration *migration);

/* Migrations of `set` ("crm") with their state in the database, in order. */
ms_status ms_migrate_status(ms_db_client *db, ms_arena *arena, const char *set, ms_migration **out,
                            size_t *n, ms_error *err);
/* Applies everything up to `to` (0: all). MS_CONFLICT: an applied file changed, or the lock is
 * held.
 */
ms_status ms_migrate_up(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                        ms_error *err);
/* Takes back everything above `to`. */
ms_status ms_migrate_down(ms_db_client *db, const char *set, int to, ms_migrate_fn fn, void *arg,
                          ms_error *err);

#endif

/*
 * host/embedded.h: the private PostgreSQL that runs when no DSN is given.
 *
 * A real PostgreSQL from the system's packages in a folder of its own, reachable by a unix socket
 * only. The first program that needs it starts a keeper process (its own session), which runs
 * postgres as a direct child, starts it again when it dies, and stops it when the last user is gone
 * (users hold a shared lock on DIR/users.lock; the kernel drops it even after kill -9). `db start`
 * pins it until `db stop`.
 */
#ifndef MS_HOST_EMBEDDED_H
#define MS_HOST_EMBEDDED_H

#include "base/arena.h"

typedef struct ms_embedded_db ms_embedded_db; /* this process's hold on it */

typedef struct ms_embedded_status {
    bool initialised, running, pinned;
    int pid;          /* postmaster, 0 when not running */
    int users;        /* other processes that hold it, -1 unknown */
    char folder[256]; /* data folder */
    char version[32]; /* "15.18" */
} ms_embedded_status;

/* Folder in use: `folder` if given, else the system user's (root: /var/lib/moonsift) or
 * $XDG_STATE_HOME/moonsift. */
ms_status ms_embedded_folder(const char *folder, char *out, size_t size, ms_error *err);

/* Makes sure that it runs (initdb on first use, start, wait until it answers) and takes a hold.
 * As root everything runs as the system user `moonsift`. MS_UNAVAILABLE with the package to install
 * when there is no PostgreSQL. Blocks; prints progress on stderr when `verbose`. */
ms_status ms_embedded_open(const char *folder, bool verbose, ms_embedded_db **out, ms_error *err);
const char *
ms_embedded_dsn(const ms_embedded_db *db);  /* "host=... dbname=moonsift user=moonsift" */
void ms_embedded_close(ms_embedded_db *db); /* gives up the hold; NULL is allowed */

ms_status ms_embedded_pin(const char *folder, ms_error *err);  /* `db start` */
ms_status ms_embedded_stop(const char *folder, ms_error *err); /* `db stop`: also with users left */
ms_status ms_embedded_look(const char *folder, ms_embedded_status *out, ms_error *err);

#endif

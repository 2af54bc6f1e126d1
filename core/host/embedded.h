/*
 * host/embedded.h: the private PostgreSQL that runs when no DSN is given.
 *
 * A real PostgreSQL from the system's packages in a folder of its own, reachable by a unix socket
 * only. The first program that needs it starts a keeper process (its own session), which runs
 * postgres as a direct child, starts it again when it dies, and stops it when the last user is gone
 * (users hold a shared lock on DIR/users.lock; the kernel drops it even after kill -9). `db start`
 * pins it until `db stop` or the next boot.
 *
 * FOLDER/data        the database (Debian's initdb, role and database `moonsift`, fsync on)
 * FOLDER/run         the socket, mode 0700 (a short folder of the user's own under /tmp or
 *                    $XDG_RUNTIME_DIR when the path would be too long for a socket)
 * FOLDER/log         what PostgreSQL and the keeper have to say
 * FOLDER/users.lock  shared lock of every program that uses it
 * FOLDER/keeper.lock lock, pid and server version of the keeper
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
    char version[32]; /* "15.18", "15" when it does not run, "" before the first start */
    char dsn[384];    /* "" when it does not run */
} ms_embedded_status;

/* Where it is; any may be NULL. */
typedef struct ms_embedded_at {
    const char *folder; /* embedded.dir; NULL: root: /var/lib/moonsift, else
                           $XDG_STATE_HOME/moonsift or ~/.local/state/moonsift */
    const char *bin;    /* embedded.bin; NULL: the newest PostgreSQL that is installed */
    const char *user;   /* who owns a new folder when root makes it; NULL: moonsift */
} ms_embedded_at;

/* First thing in main() of every program that opens the embedded database: the keeper is the same
 * program, started with arguments of its own so that it shares no memory (and no secret) with
 * whoever happened to need the database first. Returns -1 in all other cases. */
int ms_embedded_main(int argc, char **argv);

/* Absolute path of the folder in use. */
ms_status ms_embedded_folder(const ms_embedded_at *at, char *out, size_t size, ms_error *err);

/* Makes sure that it runs (initdb on first use, start, wait until it answers) and takes a hold,
 * which processes forked afterwards share. As root everything runs as the owner of the folder, a
 * new one belongs to the system user `moonsift`. MS_UNAVAILABLE with the package to install when
 * there is no PostgreSQL. Blocks; says on stderr what takes long when `verbose`. */
ms_status ms_embedded_open(const ms_embedded_at *at, bool verbose, ms_embedded_db **out,
                           ms_error *err);
const char *
ms_embedded_dsn(const ms_embedded_db *db);  /* "host=... dbname=moonsift user=moonsift" */
void ms_embedded_close(ms_embedded_db *db); /* gives up the hold; NULL is allowed */

/* Keeps the hold across an exec (psql). */
void ms_embedded_pass_on(ms_embedded_db *db);

/* For a host that stays up: starts a new keeper when the old one was killed, without waiting for
 * it. Cheap, never blocks; call it about once a second. Does nothing after `db stop`. */
ms_status ms_embedded_tend(ms_embedded_db *db, ms_error *err);

ms_status ms_embedded_pin(const ms_embedded_at *at, bool verbose, ms_error *err); /* `db start` */
/* `db stop`: also with users left. MS_OK when it did not run. */
ms_status ms_embedded_stop(const ms_embedded_at *at, ms_error *err);
ms_status ms_embedded_look(const ms_embedded_at *at, ms_embedded_status *out, ms_error *err);

#endif

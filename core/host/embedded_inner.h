/*
 * host/embedded_inner.h: what the embedded_*.c files share. Private to them.
 */
#ifndef MS_HOST_EMBEDDED_INNER_H
#define MS_HOST_EMBEDDED_INNER_H

#include "host/embedded.h"

#include <sys/types.h>

#define MS_KEEPER_VERB "keep-database"  /* argv[1] of the keeper */
#define MS_KEEPER_ENV "MOONSIFT_KEEPER" /* set in it: it must never start another */
enum { MS_KEEPER_LOCK_FD = 3, MS_KEEPER_REPORT_FD = 4, MS_SOCKET_PORT = 5432 };

/* ---- the folder (embedded_place.c) ---------------------------------------------------------- */

typedef struct ms_place {
    char folder[256]; /* absolute */
    int dir;          /* descriptor of it, -1 when it does not exist */
    uid_t uid;        /* its owner, who runs PostgreSQL */
    gid_t gid;
} ms_place;

/* Opens the folder; `create` makes it. MS_NOT_FOUND without `create` when there is none. */
ms_status ms_place_open(const ms_embedded_at *at, bool create, ms_place *out, ms_error *err);
void ms_place_close(ms_place *place);

/* A file in the folder, made if need be, owned by the folder's owner, never through a symbolic
 * link. -1 with err. */
int ms_place_file(const ms_place *place, const char *name, int flags, ms_error *err);
/* True when somebody else holds an exclusive lock on keeper.lock. */
bool ms_place_kept(const ms_place *place);
int ms_place_boot_id(char out[64]); /* bytes, 0 when there is none */

/* What postmaster.pid says. pid 0: it is not there or belongs to no living postmaster of ours. */
typedef struct ms_postmaster {
    int pid;
    bool ready;
    char socket_dir[128];
} ms_postmaster;
void ms_postmaster_look(const ms_place *place, ms_postmaster *out);

/* "host='/run' port=5432 dbname=moonsift user=moonsift" */
void ms_postmaster_dsn(const ms_postmaster *pm, char *out, size_t size);

/* ---- PostgreSQL's programs (embedded_server.c), in the keeper, with the folder as cwd -------- */

typedef struct ms_server {
    char bin[256];    /* folder of its programs */
    char version[32]; /* "15.18" */
    char socket_dir[128];
    bool own_socket_dir; /* outside the folder: goes when the keeper goes */
} ms_server;

/* Finds the programs, makes the database on first use, clears what a crash left behind. */
ms_status ms_server_prepare(ms_server *server, const char *folder, const char *bin, ms_error *err);
pid_t ms_server_start(const ms_server *server, ms_error *err); /* -1 with err */
void ms_server_cleanup(const ms_server *server);
/* Fills `err` with `what` and the last reason in the log. */
void ms_server_why(const char *what, ms_error *err);

/* Newest programs, or those that fit `data_version` ("15", "" any). */
ms_status ms_server_find(ms_server *server, const char *bin, const char *data_version,
                         ms_error *err);

#endif

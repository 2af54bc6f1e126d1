/*
 * spec/support/pg.h: a private PostgreSQL for C specs.
 *
 * A cluster of its own in a new folder under /tmp, reachable by unix socket only, with the newest
 * server that the system has. Run by root it belongs to the user postgres (or nobody). The servers
 * are direct children and die with the spec, also when it crashes. Failures end the spec with a
 * message.
 */
#ifndef SPEC_SUPPORT_PG_H
#define SPEC_SUPPORT_PG_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct spec_pg {
    char folder[64];
    char bin[96];
    uid_t uid; /* who the servers run as; the caller's own unless that is root */
    gid_t gid;
    pid_t server, bouncer; /* 0: not running */
    char dsn[160];         /* user moonsift (superuser), database postgres */
    char bouncer_dsn[160]; /* the same through PgBouncer, transaction mode, 2 server connections */
} spec_pg;

bool spec_pg_available(void);   /* false: no PostgreSQL is installed */
void spec_pg_new(spec_pg *pg);  /* initdb and start */
void spec_pg_free(spec_pg *pg); /* stop and remove the folder */

void spec_pg_start(spec_pg *pg);  /* again, after stop or kill; returns when it answers */
void spec_pg_launch(spec_pg *pg); /* the same, returns at once */
void spec_pg_stop(spec_pg *pg);   /* fast shutdown */
void spec_pg_kill(spec_pg *pg);   /* kill -9 of the postmaster */

/*
 * A database `name` with Chatwoot's tables (spec/fixtures/chatwoot/schema.sql, which is loaded as
 * it stands where the server has pgvector). Without pgvector, what needs it is left out on the way:
 * the extension, two columns `embedding` and their two indexes, of tables that moonsift never
 * reads.
 */
void spec_pg_chatwoot(spec_pg *pg, const char *name);

bool spec_pg_bouncer(spec_pg *pg); /* starts PgBouncer in front; false: not installed */

#endif

/*
 * host/serve.h: the webhook host: a master and the processes it forks.
 *
 * The master binds the socket, makes sure that there is a database, drops root, has a short-lived
 * *setup* process migrate, check and activate, forks the roles, and then only watches: it restarts
 * what dies, kills what stops its heartbeat, reloads on SIGHUP, drains on SIGTERM and SIGINT. It
 * holds no database connection and no event loop, so that forking it is always clean.
 */
#ifndef MS_HOST_SERVE_H
#define MS_HOST_SERVE_H

#include "flow/versions.h"
#include "host/config.h"
#include "host/embedded.h"

typedef struct ms_serve {
    /* Loads the configuration anew, for start and reload; the caller knows file and flags. */
    ms_status (*load)(void *arg, ms_config **out, ms_error *err);
    const ms_value *plugin_files; /* {id: path}, see ms_config_plugin_files; NULL: none */
    void *arg;
    const char *role;    /* "receive", "judge", or NULL for all */
    const char *scripts; /* folder with verticals */
    bool migrate;        /* apply pending migrations (the embedded database always does) */
} ms_serve;

/* Serves until told to stop; returns the exit code. Every failure to start is printed. */
int ms_serve_run(const ms_serve *serve);

/* ---- inside the host ------------------------------------------------------------------------ */

enum { MS_MAX_PROCESSES = 64 };

/* What a forked process starts with. */
typedef struct ms_process {
    const char *role;
    int index; /* among its role */
    ms_config *config;
    ms_str dsn;
    const char *spool_dir;
    const ms_value *plugin_files;   /* {id: path} of the plugins that are not bundled */
    int listen_fd;                  /* receive */
    int heartbeat_fd;               /* a byte now and then; the master reads */
    int wake_in;                    /* judge */
    int wake_out[MS_MAX_PROCESSES]; /* receive: one per judge */
    int n_wake_out;
} ms_process;

/* Mains of the roles: return the exit code when drained. */
int ms_receive_main(const ms_process *process);
int ms_judge_main(const ms_process *process);

/* Migrates, checks that the schema is current, makes sure of the accounts, checks and activates the
 * drafts. Runs in a process of its own; prints or logs what is wrong. `fresh`: at start. */
ms_status ms_setup_run(const ms_process *process, const ms_draft *drafts, size_t n, bool migrate,
                       ms_error *err);

/* Log lines of this process: format and level of the configuration, `role` on each. */
void ms_host_log(const ms_config *config, const char *role);

/* Where the embedded database is to be, as the configuration says; borrows from it. */
ms_embedded_at ms_host_embedded(const ms_config *config);

/* The folder of the spools: spool.dir, else "spool" beside the embedded database. Made when
 * missing, for `user` when running as root. */
ms_status ms_spool_folder(const ms_config *config, const char *user, char *out, size_t size,
                          ms_error *err);

/* The verticals that the configuration names, with their files. */
ms_status ms_drafts_read(ms_arena *arena, const ms_config *config, const char *scripts,
                         ms_draft **out, size_t *n, ms_error *err);

#endif

/*
 * host/master.h: the master's table of processes.
 */
#ifndef MS_HOST_MASTER_H
#define MS_HOST_MASTER_H

#include "host/embedded.h"
#include "host/serve.h"

#include <sys/types.h>

/* One place for a process: forked, watched, forked again. */
typedef struct ms_slot_process {
    const char *role;
    int index;
    pid_t pid;           /* 0: not running */
    int heartbeat_fd;    /* read end */
    int wake[2];         /* judge: its socketpair, kept over restarts */
    int64_t beat_ms;     /* when it was last heard of */
    int64_t beat_cpu_ms; /* the CPU time that it had used then */
    int64_t start_ms;    /* when it was forked */
    int64_t again_ms;    /* not to be forked before */
    int failures;        /* ends soon after the start, in a row */
    bool killed;         /* by us, for silence */
    bool told;           /* to end; once is enough */
    bool announced;      /* its first beat was heard */
} ms_slot_process;

/* What processes are forked with. */
typedef struct ms_plan {
    ms_config *config;
    ms_arena *arena; /* drafts */
    ms_draft *drafts;
    size_t n_drafts;
    char dsn[1024];
} ms_plan;

typedef struct ms_master {
    const ms_serve *serve;
    ms_plan now, next;        /* next: being checked, while a reload is under way */
    ms_embedded_db *embedded; /* NULL: an external DSN */
    char spool_dir[512];
    pid_t setup_pid;   /* 0: none is running */
    bool started;      /* setup went well once: roles may run */
    bool reload_again; /* SIGHUP came while one was under way */
    int listen_fd, signal_fd;
    ms_slot_process slots[MS_MAX_PROCESSES];
    size_t n_slots;
    bool stopping, ready, killed;
    int64_t tended_ms;
    int64_t stop_ms; /* when what is left is killed */
    int exit_code;
} ms_master;

/* Forks `slot` (role main) or, with slot NULL, the setup process. In the parent: its pid, or -1. */
pid_t ms_master_fork(ms_master *m, ms_slot_process *slot);

/* Runs setup, then the roles, and watches until everything has ended; m->exit_code says how. */
void ms_master_watch(ms_master *m);

/* Reload, in two steps around a setup process. `accepted`: it ended well. */
void ms_reload_begin(ms_master *m);
void ms_reload_end(ms_master *m, bool accepted);

int64_t ms_master_now(void); /* monotonic milliseconds */

#endif

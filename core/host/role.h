/*
 * host/role.h: what every forked role has: a loop, plugins, a database, a heartbeat, a way to end.
 */
#ifndef MS_HOST_ROLE_H
#define MS_HOST_ROLE_H

#include "flow/batch.h"
#include "host/serve.h"

typedef struct ms_role {
    const ms_process *process;
    ms_loop *loop;
    ms_plugins *plugins;
    ms_db_client db;
    const ms_crm *crm; /* the adapter whose layout the database has; NULL until asked for */
    ms_plugin *crm_self;
    ms_timer *heartbeat;
    ms_signal *term;
    bool draining;
    ms_watch *parent;         /* wake_in of a judge */
    void (*drain)(void *arg); /* called once, on the first SIGTERM */
    void *arg;
} ms_role;

/* Opens loop, plugins and database, starts the heartbeat, catches SIGTERM. */
ms_status ms_role_open(ms_role *role, const ms_process *process, void (*drain)(void *), void *arg,
                       ms_error *err);
void ms_role_close(ms_role *role);

/* Adds the bundled plugins and those of `files` ({id: path}, may be NULL), not yet activated. */
ms_status ms_host_plugins(ms_loop *loop, const ms_value *files, ms_plugins **out, ms_error *err);
/* Activates all of them with the operator's settings and grants. */
ms_status ms_host_activate(ms_plugins *plugins, const ms_config *config, ms_error *err);

/* Asks the database which layout it has and picks the adapter. MS_NOT_FOUND: no layout yet. */
ms_status ms_role_crm(ms_role *role, ms_error *err);

/* The source kind of a plugin that provides it. */
const ms_source_kind *ms_role_source_kind(const ms_plugins *plugins, ms_str kind, ms_plugin **self);

/* Sources, accounts and inboxes of the configuration for the pipeline; lives in `arena`. */
ms_status ms_role_routes(ms_arena *arena, const ms_config *config, const ms_plugins *plugins,
                         ms_routes *out, ms_error *err);

#endif

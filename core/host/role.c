#include "host/role.h"

#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HEARTBEAT_MS = 500 };

/* ---- plugins -------------------------------------------------------------------------------- */

ms_status ms_host_activate(ms_plugins *plugins, const ms_config *config, ms_error *err)
{
    static const char *const nothing[] = {NULL};
    for (size_t i = 0; i < ms_plugins_count(plugins); i++) {
        ms_loaded *loaded = ms_plugins_at(plugins, i);
        const char *id = ms_loaded_info(loaded)->id;
        const char *const *grants = ms_config_grants(config, id);
        if (!grants && strcmp(ms_loaded_origin(loaded), "bundled") != 0)
            grants = nothing; /* a file gets what is written down for it */
        ms_status status = ms_plugins_activate(loaded, ms_config_plugin(config, id), grants, err);
        if (status != MS_OK)
            return status;
    }
    return MS_OK;
}

static ms_status add_files(ms_plugins *plugins, const ms_value *files, ms_error *err)
{
    for (uint32_t i = 0; files && files->kind == MS_OBJECT && i < files->count; i++) {
        char path[4096];
        ms_loaded *loaded = NULL;
        ms_str text = ms_as_str(&files->as.members[i].value);
        snprintf(path, sizeof path, MS_FMT, MS_ARG(text));
        ms_status status = ms_plugins_load(plugins, path, &loaded, err);
        if (status != MS_OK)
            return status;
    }
    return MS_OK;
}

ms_status ms_host_plugins(ms_loop *loop, const ms_value *files, ms_plugins **out, ms_error *err)
{
    ms_plugins *plugins = ms_plugins_new(loop, err);
    ms_status status = plugins ? MS_OK : MS_NOMEM;
    for (size_t i = 0; status == MS_OK && ms_bundled_plugins[i]; i++)
        status = ms_plugins_add(plugins, ms_bundled_plugins[i](), "bundled", NULL, err);
    if (status == MS_OK)
        status = add_files(plugins, files, err);
    if (status != MS_OK) {
        ms_plugins_free(plugins);
        return status;
    }
    *out = plugins;
    return MS_OK;
}

const ms_source_kind *ms_role_source_kind(const ms_plugins *plugins, ms_str kind, ms_plugin **self)
{
    for (size_t i = 0; i < ms_plugins_count(plugins); i++) {
        ms_loaded *loaded = ms_plugins_at(plugins, i);
        const ms_sources *table = ms_loaded_table(loaded, MS_TABLE_SOURCES);
        for (const ms_source_kind *k = table ? table->items : NULL; k && k->kind; k++)
            if (ms_str_eqz(kind, k->kind)) {
                *self = ms_loaded_self(loaded);
                return k;
            }
    }
    return NULL;
}

/* ---- the CRM's layout ----------------------------------------------------------------------- */

ms_status ms_role_crm(ms_role *role, ms_error *err)
{
    for (size_t i = 0; i < ms_plugins_count(role->plugins); i++) {
        ms_loaded *loaded = ms_plugins_at(role->plugins, i);
        const ms_crm *crm = ms_loaded_table(loaded, MS_TABLE_CRM);
        if (!crm)
            continue;
        ms_rows rows = {0};
        ms_arena *arena = ms_arena_new(0);
        if (!arena)
            return ms_fail(err, MS_NOMEM, "out of memory");
        ms_status status = ms_db_query(&role->db, arena, crm->detect, NULL, 0, &rows, err);
        bool here = status == MS_OK && rows.n_rows && ms_cell_bool(ms_cell(&rows, 0, 0));
        ms_arena_free(arena);
        if (status != MS_OK)
            return status;
        if (here) {
            role->crm = crm;
            role->crm_self = ms_loaded_self(loaded);
            return MS_OK;
        }
    }
    ms_fail(err, MS_NOT_FOUND, "the crm database has no tables that any adapter knows");
    ms_hint(err, "create them with: moonsift migrate up (or start with: moonsift serve --migrate)");
    return MS_NOT_FOUND;
}

/* ---- routes --------------------------------------------------------------------------------- */

static ms_status route_sources(ms_arena *arena, const ms_config *config, const ms_plugins *plugins,
                               ms_routes *out, ms_error *err)
{
    const ms_config_source *sources = NULL;
    size_t n = ms_config_sources(config, &sources);
    ms_route_source *list = ms_alloc_zero(arena, n + 1, sizeof *list);
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        list[i].name = sources[i].name;
        list[i].vertical = sources[i].vertical;
        list[i].kind = ms_role_source_kind(plugins, sources[i].kind, &list[i].plugin);
        if (!list[i].kind)
            return ms_fail(err, MS_INVALID,
                           "source " MS_FMT ": no plugin knows kind \"" MS_FMT "\"",
                           MS_ARG(sources[i].name), MS_ARG(sources[i].kind));
    }
    out->sources = list;
    out->n_sources = n;
    return MS_OK;
}

static ms_status route_accounts(ms_arena *arena, const ms_config *config, ms_routes *out,
                                ms_error *err)
{
    const ms_config_account *accounts = NULL;
    size_t n = ms_config_accounts(config, &accounts);
    ms_route_account *list = ms_alloc_zero(arena, n + 1, sizeof *list);
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        size_t m = accounts[i].n_inboxes;
        ms_route_inbox *inboxes = ms_alloc_zero(arena, m + 1, sizeof *inboxes);
        if (!inboxes)
            return ms_fail(err, MS_NOMEM, "out of memory");
        for (size_t k = 0; k < m; k++)
            inboxes[k] =
                (ms_route_inbox){accounts[i].inboxes[k].id, accounts[i].inboxes[k].vertical};
        list[i] = (ms_route_account){accounts[i].id, accounts[i].vertical, inboxes, m};
    }
    out->accounts = list;
    out->n_accounts = n;
    return MS_OK;
}

ms_status ms_role_routes(ms_arena *arena, const ms_config *config, const ms_plugins *plugins,
                         ms_routes *out, ms_error *err)
{
    *out = (ms_routes){0};
    ms_status status = route_sources(arena, config, plugins, out, err);
    return status == MS_OK ? route_accounts(arena, config, out, err) : status;
}

/* ---- opening and closing -------------------------------------------------------------------- */

static void beat(void *arg)
{
    const ms_role *role = arg;
    if (write(role->process->heartbeat_fd, ".", 1) < 0) { /* full: the master is slow, not we */
    }
}

static void on_term(void *arg, int signum)
{
    ms_role *role = arg;
    (void)signum;
    if (role->draining) /* the handler stays: without it the next one would end us at once */
        return;
    role->draining = true;
    role->drain(role->arg);
}

/* From here on SIGTERM is heard; one that came since the fork (fork.c) is heard now. */
static ms_status hear_term(ms_role *role, ms_error *err)
{
    sigset_t term;
    ms_status status = ms_loop_signal(role->loop, SIGTERM, on_term, role, &role->term, err);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    return status;
}

ms_status ms_role_open(ms_role *role, const ms_process *process, void (*drain)(void *), void *arg,
                       ms_error *err)
{
    *role = (ms_role){.process = process, .drain = drain, .arg = arg};
    role->loop = ms_loop_new(err);
    if (!role->loop)
        return MS_INTERNAL;
    ms_status status = ms_host_plugins(role->loop, process->plugin_files, &role->plugins, err);
    if (status == MS_OK)
        status = ms_host_activate(role->plugins, process->config, err);
    const ms_db_settings settings = {.dsn = process->dsn,
                                     .role = process->role,
                                     .pool = ms_config_int(process->config, "crm.pool"),
                                     .pooled = ms_config_bool(process->config, "crm.pooled")};
    if (status == MS_OK)
        status = ms_db_open_with(&role->db, role->loop, role->plugins, &settings, err);
    if (status == MS_OK && drain)
        status = hear_term(role, err);
    if (status == MS_OK && process->heartbeat_fd >= 0)
        status = ms_loop_timer(role->loop, 0, HEARTBEAT_MS, beat, role, &role->heartbeat, err);
    if (status != MS_OK)
        ms_role_close(role);
    return status;
}

void ms_role_close(ms_role *role)
{
    if (role->db.db)
        ms_db_close(&role->db);
    ms_loop_untimer(role->heartbeat);
    if (role->term)
        ms_loop_unsignal(role->term);
    ms_plugins_free(role->plugins);
    ms_loop_free(role->loop);
    *role = (ms_role){0};
}

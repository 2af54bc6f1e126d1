/* Start-up, in the order that leaves least to undo. */
#include "host/serve.h"

#include "base/log.h"
#include "host/master.h"
#include "host/privileges.h"
#include "loop/http.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_role(const ms_serve *serve, const char *role)
{
    return !serve->role || strcmp(serve->role, role) == 0;
}

/* ---- processes ------------------------------------------------------------------------------ */

static ms_status add_slots(ms_master *m, const char *role, int64_t n, ms_error *err)
{
    for (int64_t i = 0; i < n; i++) {
        if (m->n_slots == MS_MAX_PROCESSES)
            return ms_fail(err, MS_INVALID, "more than %d processes", MS_MAX_PROCESSES);
        ms_slot_process *s = &m->slots[m->n_slots++];
        *s = (ms_slot_process){.role = role, .index = (int)i, .heartbeat_fd = -1, .wake = {-1, -1}};
        if (strcmp(role, "judge") == 0 &&
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s->wake) != 0)
            return ms_fail(err, MS_INTERNAL, "socketpair: %s", strerror(errno));
    }
    return MS_OK;
}

static ms_status plan_processes(ms_master *m, ms_error *err)
{
    int64_t judges = ms_config_int(m->now.config, "processes.judge");
    ms_status status = MS_OK;
    if (judges <= 0) /* auto */
        judges = sysconf(_SC_NPROCESSORS_ONLN);
    if (has_role(m->serve, "judge"))
        status = add_slots(m, "judge", judges, err);
    if (status == MS_OK && has_role(m->serve, "receive"))
        status = add_slots(m, "receive", ms_config_int(m->now.config, "processes.receive"), err);
    return status;
}

/* ---- what they need ------------------------------------------------------------------------- */

static ms_status bind_socket(ms_master *m, ms_error *err)
{
    char address[256];
    ms_str listen = ms_config_str(m->now.config, "listen");
    if (!has_role(m->serve, "receive"))
        return MS_OK;
    snprintf(address, sizeof address, MS_FMT, MS_ARG(listen));
    return ms_http_bind(address, &m->listen_fd, err);
}

static ms_status find_database(ms_master *m, ms_error *err)
{
    ms_str dsn = ms_config_dsn(m->now.config, "crm");
    if (dsn.p) {
        if ((size_t)snprintf(m->now.dsn, sizeof m->now.dsn, MS_FMT, MS_ARG(dsn)) >=
            sizeof m->now.dsn)
            return ms_fail(err, MS_INVALID, "the crm DSN is longer than %zu bytes",
                           sizeof m->now.dsn);
        return MS_OK;
    }
    const ms_embedded_at at = ms_host_embedded(m->now.config);
    ms_status status = ms_embedded_open(&at, true, &m->embedded, err);
    if (status == MS_OK)
        snprintf(m->now.dsn, sizeof m->now.dsn, "%s", ms_embedded_dsn(m->embedded));
    return status;
}

static ms_status catch_signals(ms_master *m, ms_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
        m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return m->signal_fd >= 0 ? MS_OK : ms_fail(err, MS_INTERNAL, "signalfd: %s", strerror(errno));
}

static ms_status prepare(ms_master *m, ms_error *err)
{
    char user[64];
    ms_status status = m->serve->load(m->serve->arg, &m->now.config, err);
    if (status != MS_OK)
        return status;
    ms_host_log(m->now.config, NULL);
    if (status == MS_OK)
        status = ms_drafts_read(m->now.arena, m->now.config, m->serve->scripts, &m->now.drafts,
                                &m->now.n_drafts, err);
    if (status == MS_OK)
        status = bind_socket(m, err);
    if (status == MS_OK)
        status = plan_processes(m, err);
    if (status == MS_OK)
        status = find_database(m, err);
    if (status != MS_OK)
        return status;
    snprintf(user, sizeof user, MS_FMT, MS_ARG(ms_config_str(m->now.config, "user")));
    status = ms_spool_folder(m->now.config, user, m->spool_dir, sizeof m->spool_dir, err);
    if (status == MS_OK)
        status = ms_drop_root(user, err);
    if (status == MS_OK)
        ms_keep_private();
    return status == MS_OK ? catch_signals(m, err) : status;
}

static void finish(ms_master *m)
{
    for (size_t i = 0; i < m->n_slots; i++)
        for (int k = 0; k < 2; k++)
            if (m->slots[i].wake[k] >= 0)
                close(m->slots[i].wake[k]);
    if (m->listen_fd >= 0)
        close(m->listen_fd);
    if (m->signal_fd >= 0)
        close(m->signal_fd);
    ms_embedded_close(m->embedded);
    ms_config_free(m->now.config);
    ms_arena_free(m->now.arena);
}

int ms_serve_run(const ms_serve *serve)
{
    ms_master m = {.serve = serve, .listen_fd = -1, .signal_fd = -1};
    ms_error err = {.text = "out of memory", .status = MS_NOMEM};
    /* Until the configuration says otherwise: what is wrong with it is a log line, too. */
    ms_log_setup(STDERR_FILENO, MS_LOG_AUTO, MS_LOG_INFO, NULL);
    m.now.arena = ms_arena_new(0);
    ms_status status = m.now.arena ? prepare(&m, &err) : MS_NOMEM;
    if (status != MS_OK) {
        ms_log_error(MS_LOG_ERROR, "serve.refused", &err);
        m.exit_code = ms_status_exit(status);
    } else {
        ms_master_watch(&m);
        if (m.exit_code == 0)
            ms_log_end(ms_log_begin(MS_LOG_INFO, "serve.stopped"));
    }
    finish(&m);
    return m.exit_code;
}

/* Forking the roles. */
#include "base/clock.h"
#include "base/log.h"
#include "host/master.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int64_t ms_master_now(void)
{
    return ms_mono_us() / 1000;
}

/* ---- in the child --------------------------------------------------------------------------- */

/* A child must not outlive its master, nor hold what belongs to others. */
static void become_child(const ms_master *m, const ms_slot_process *slot, pid_t master)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    if (slot) /* being told to end waits until the role can do it properly: ms_role_open */
        sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the master decides what it means */
    char name[16];           /* what ps and top show; the kernel keeps 15 bytes */
    snprintf(name, sizeof name, "ms-%s", slot ? slot->role : "setup");
    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master)
        _exit(1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    close(m->signal_fd);
    bool receives = slot && strcmp(slot->role, "receive") == 0;
    if (m->listen_fd >= 0 && !receives)
        close(m->listen_fd);
    for (size_t i = 0; i < m->n_slots; i++) {
        const ms_slot_process *other = &m->slots[i];
        if (other->heartbeat_fd >= 0)
            close(other->heartbeat_fd);
        if (other->wake[0] >= 0 && other != slot)
            close(other->wake[0]);
        if (other->wake[1] >= 0 && !receives)
            close(other->wake[1]);
    }
}

static void fill_process(const ms_master *m, const ms_slot_process *slot, int heartbeat_fd,
                         ms_process *p)
{
    *p = (ms_process){.role = slot ? slot->role : "setup",
                      .index = slot ? slot->index : 0,
                      .config = m->now.config,
                      .dsn = ms_str_z(m->now.dsn),
                      .spool_dir = m->spool_dir,
                      .plugin_files = m->serve->plugin_files,
                      .listen_fd = m->listen_fd,
                      .heartbeat_fd = heartbeat_fd,
                      .wake_in = slot ? slot->wake[0] : -1};
    for (size_t i = 0; i < m->n_slots; i++)
        if (m->slots[i].wake[1] >= 0)
            p->wake_out[p->n_wake_out++] = m->slots[i].wake[1];
}

static int run_child(ms_master *m, const ms_slot_process *slot, const ms_process *p)
{
    ms_error err = {0};
    ms_host_log(m->now.config, p->role);
    ms_config_keep(m->now.config, p->role);
    if (m->next.config) /* nobody's but the master's */
        ms_config_keep(m->next.config, "");
    if (!slot) {
        ms_status status =
            ms_setup_run(p, m->now.drafts, m->now.n_drafts, m->serve->migrate || m->embedded, &err);
        if (status == MS_OK)
            return 0;
        ms_log_error(MS_LOG_ERROR, m->started ? "reload.refused" : "serve.refused", &err);
        return ms_status_exit(status);
    }
    return strcmp(slot->role, "judge") == 0 ? ms_judge_main(p) : ms_receive_main(p);
}

/* ---- in the parent -------------------------------------------------------------------------- */

pid_t ms_master_fork(ms_master *m, ms_slot_process *slot)
{
    int beat[2] = {-1, -1};
    pid_t master = getpid();
    if (slot && pipe2(beat, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        ms_process p;
        become_child(m, slot, master);
        if (beat[0] >= 0)
            close(beat[0]);
        fill_process(m, slot, beat[1], &p);
        exit(run_child(m, slot, &p));
    }
    if (beat[1] >= 0)
        close(beat[1]);
    if (pid < 0) {
        if (beat[0] >= 0)
            close(beat[0]);
        return -1;
    }
    if (slot) {
        slot->pid = pid;
        slot->heartbeat_fd = beat[0];
        slot->start_ms = slot->beat_ms = ms_master_now();
        slot->beat_cpu_ms = 0;
        slot->killed = slot->told = slot->announced = false;
    }
    return pid;
}

/* The master's watch: set up, restart what dies, kill what hangs, drain. */
#include "host/master.h"

#include "base/log.h"
#include "loop/http.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    SILENCE_MS = 10000,  /* without a heartbeat a process is taken to hang */
    STARVING_MS = 60000, /* unless it wants to run and others have the cores */
    STARVED_MS = 3000,   /* CPU time in a silence after which it is no excuse */
    DRAIN_MS = 25000,
    SOON_MS = 2000, /* a process that ends earlier than this failed to start */
    BACKOFF_MAX_MS = 5000,
    TEND_MS = 1000,
};

static void log_process(ms_log_level level, const char *event, const ms_slot_process *s,
                        int64_t code)
{
    ms_log *l = ms_log_begin(level, event);
    ms_log_z(l, "process", s->role);
    ms_log_int(l, "index", s->index);
    ms_log_int(l, "pid", s->pid);
    if (code >= 0)
        ms_log_int(l, "code", code);
    ms_log_end(l);
}

/* ---- starting and ending -------------------------------------------------------------------- */

static void start_due(ms_master *m)
{
    int64_t now = ms_master_now();
    for (size_t i = 0; i < m->n_slots && m->started && !m->stopping; i++) {
        ms_slot_process *s = &m->slots[i];
        if (s->pid || now < s->again_ms)
            continue;
        if (ms_master_fork(m, s) > 0)
            log_process(MS_LOG_DEBUG, "process.start", s, -1);
        else
            s->again_ms = now + 1000;
    }
}

static ms_slot_process *slot_of(ms_master *m, pid_t pid)
{
    for (size_t i = 0; i < m->n_slots; i++)
        if (m->slots[i].pid == pid)
            return &m->slots[i];
    return NULL;
}

static void plan_restart(ms_slot_process *s)
{
    int64_t now = ms_master_now();
    int64_t wait = 0;
    bool failed = !s->told && now - s->start_ms < SOON_MS;
    s->failures = failed ? s->failures + 1 : 0;
    if (s->failures) {
        wait = (int64_t)100 << (s->failures < 6 ? s->failures : 6);
        wait = wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
    }
    s->again_ms = now + wait;
}

static size_t running(const ms_master *m, const char *role)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_slots; i++)
        n += m->slots[i].pid && (!role || strcmp(m->slots[i].role, role) == 0);
    return n;
}

static void kill_role(ms_slot_process *s, int signum)
{
    if (!s->pid || (signum == SIGTERM && s->told))
        return;
    s->told = true;
    kill(s->pid, signum);
}

static void signal_role(ms_master *m, const char *role, int signum)
{
    for (size_t i = 0; i < m->n_slots; i++)
        if (!role || strcmp(m->slots[i].role, role) == 0)
            kill_role(&m->slots[i], signum);
}

/* ---- heartbeats ----------------------------------------------------------------------------- */

/* CPU time of a process in milliseconds; *wants: it runs, or would if it got a core. */
static int64_t cpu_of(pid_t pid, bool *wants)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, system = 0;
    char state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *after = strrchr(text, ')'); /* the name may hold anything */
    if (after)
        sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &user,
               &system);
    *wants = state == 'R';
    return (int64_t)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void hear(ms_slot_process *s)
{
    char bytes[64];
    if (read(s->heartbeat_fd, bytes, sizeof bytes) > 0) {
        bool ignored;
        s->beat_ms = ms_master_now();
        s->beat_cpu_ms = cpu_of(s->pid, &ignored);
        s->announced = true;
    }
}

static void announce(ms_master *m)
{
    char address[128];
    if (m->ready || !m->started)
        return;
    for (size_t i = 0; i < m->n_slots; i++)
        if (!m->slots[i].announced)
            return;
    m->ready = true;
    ms_log *l = ms_log_begin(MS_LOG_INFO, "serve.ready");
    if (m->listen_fd >= 0)
        ms_log_str(l, "listen", ms_http_address(m->listen_fd, address, sizeof address));
    ms_log_int(l, "receive", (int64_t)running(m, "receive"));
    ms_log_int(l, "judge", (int64_t)running(m, "judge"));
    ms_log_z(l, "database", m->embedded ? "embedded" : "external");
    ms_log_end(l);
}

/* On a machine with more work than cores a process may be silent without hanging: it wants to run
 * and hardly does. */
static bool is_starved(const ms_slot_process *s, int64_t silent_ms)
{
    bool wants = false;
    int64_t used = cpu_of(s->pid, &wants) - s->beat_cpu_ms;
    return wants && used < STARVED_MS && silent_ms < STARVING_MS;
}

static void kill_silent(ms_master *m)
{
    int64_t now = ms_master_now();
    for (size_t i = 0; i < m->n_slots; i++) {
        ms_slot_process *s = &m->slots[i];
        int64_t silent_ms = now - s->beat_ms;
        if (!s->pid || s->killed || silent_ms < SILENCE_MS || is_starved(s, silent_ms))
            continue;
        log_process(MS_LOG_ERROR, "process.hangs", s, -1);
        s->killed = true;
        kill(s->pid, SIGKILL);
    }
}

/* ---- setup ---------------------------------------------------------------------------------- */

static void begin_setup(ms_master *m)
{
    m->setup_pid = ms_master_fork(m, NULL);
    if (m->setup_pid > 0)
        return;
    ms_log_msg(MS_LOG_ERROR, "serve.refused", "cannot fork: %s", strerror(errno));
    m->setup_pid = 0;
    m->exit_code = 1;
    m->stopping = true;
}

/* Of the start, or of a reload. */
static void setup_over(ms_master *m, int code)
{
    m->setup_pid = 0;
    if (code > 128 && !m->stopping) /* otherwise it has said why */
        ms_log_msg(MS_LOG_ERROR, m->started ? "reload.refused" : "serve.refused",
                   "setup was ended by signal %d", code - 128);
    if (m->next.config) {
        ms_reload_end(m, code == 0 && !m->stopping);
        if (code == 0)
            signal_role(m, NULL, SIGTERM); /* each drains and comes back with what is new */
    } else if (code == 0) {
        m->started = true;
    } else if (!m->stopping) {
        m->exit_code = code > 128 ? 1 : code;
        m->stopping = true;
    }
    if (m->reload_again && m->started && !m->stopping) {
        m->reload_again = false;
        ms_reload_begin(m);
    }
}

static void reap(ms_master *m)
{
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        ms_slot_process *s = slot_of(m, pid);
        int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (pid == m->setup_pid)
            setup_over(m, code);
        if (!s)
            continue;
        log_process(code == 0 || m->stopping ? MS_LOG_DEBUG : MS_LOG_WARN, "process.end", s, code);
        close(s->heartbeat_fd);
        s->heartbeat_fd = -1;
        s->pid = 0;
        plan_restart(s);
    }
}

/* ---- stopping ------------------------------------------------------------------------------- */

static void stop(ms_master *m)
{
    if (m->setup_pid)
        kill(m->setup_pid, m->stopping ? SIGKILL : SIGTERM);
    if (m->stopping) { /* asked twice: now */
        signal_role(m, NULL, SIGKILL);
        return;
    }
    m->stopping = true;
    m->stop_ms = ms_master_now() + DRAIN_MS;
    ms_log_end(ms_log_begin(MS_LOG_INFO, "serve.draining"));
    signal_role(m, running(m, "receive") ? "receive" : NULL, SIGTERM);
}

/* Receivers first, so that judges see what they stored last. */
static void go_on_stopping(ms_master *m)
{
    if (!m->stopping)
        return;
    if (running(m, "receive") == 0)
        signal_role(m, "judge", SIGTERM);
    if (m->killed || !m->stop_ms || ms_master_now() < m->stop_ms)
        return;
    m->killed = true;
    ms_log_end(ms_log_begin(MS_LOG_WARN, "serve.killing"));
    signal_role(m, NULL, SIGKILL);
    if (m->setup_pid)
        kill(m->setup_pid, SIGKILL);
}

/* The embedded database's keeper may have been killed. */
static void tend_database(ms_master *m)
{
    ms_error err;
    int64_t now = ms_master_now();
    if (!m->embedded || m->stopping || now - m->tended_ms < TEND_MS)
        return;
    m->tended_ms = now;
    if (ms_embedded_tend(m->embedded, &err) != MS_OK)
        ms_log_error(MS_LOG_ERROR, "database.keeper", &err);
}

static void take_signal(ms_master *m)
{
    struct signalfd_siginfo info;
    while (read(m->signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP && !m->stopping)
            ms_reload_begin(m);
        else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(m);
    }
}

void ms_master_watch(ms_master *m)
{
    begin_setup(m);
    while (!m->stopping || running(m, NULL) || m->setup_pid) {
        struct pollfd fds[MS_MAX_PROCESSES + 1];
        ms_slot_process *of[MS_MAX_PROCESSES + 1];
        nfds_t n = 1;
        start_due(m);
        fds[0] = (struct pollfd){.fd = m->signal_fd, .events = POLLIN};
        for (size_t i = 0; i < m->n_slots; i++) {
            if (!m->slots[i].pid)
                continue;
            of[n] = &m->slots[i];
            fds[n++] = (struct pollfd){.fd = m->slots[i].heartbeat_fd, .events = POLLIN};
        }
        if (poll(fds, n, TICK_MS) < 0 && errno != EINTR)
            break;
        for (nfds_t i = 1; i < n; i++)
            if (fds[i].revents & POLLIN)
                hear(of[i]);
        if (fds[0].revents & POLLIN)
            take_signal(m);
        reap(m);
        announce(m);
        kill_silent(m);
        tend_database(m);
        go_on_stopping(m);
    }
}

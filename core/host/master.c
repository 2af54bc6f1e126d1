/* The master's watch: restart what dies, kill what hangs, reload, drain. */
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
    SILENCE_MS = 10000, /* without a heartbeat a process is taken to hang */
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
    for (size_t i = 0; i < m->n_slots && !m->stopping; i++) {
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
    s->failures = now - s->start_ms < SOON_MS ? s->failures + 1 : 0;
    if (s->failures) {
        wait = (int64_t)100 << (s->failures < 6 ? s->failures : 6);
        wait = wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
    }
    s->again_ms = now + wait;
}

static void reap(ms_master *m)
{
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        ms_slot_process *s = slot_of(m, pid);
        if (!s)
            continue;
        bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        int64_t code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        log_process(clean || m->stopping ? MS_LOG_DEBUG : MS_LOG_WARN, "process.end", s, code);
        close(s->heartbeat_fd);
        s->heartbeat_fd = -1;
        s->pid = 0;
        plan_restart(s);
    }
}

static size_t running(const ms_master *m, const char *role)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_slots; i++)
        n += m->slots[i].pid && (!role || strcmp(m->slots[i].role, role) == 0);
    return n;
}

static void signal_role(const ms_master *m, const char *role, int signum)
{
    for (size_t i = 0; i < m->n_slots; i++)
        if (m->slots[i].pid && (!role || strcmp(m->slots[i].role, role) == 0))
            kill(m->slots[i].pid, signum);
}

/* ---- heartbeats ----------------------------------------------------------------------------- */

static void hear(ms_slot_process *s)
{
    char bytes[64];
    if (read(s->heartbeat_fd, bytes, sizeof bytes) > 0) {
        s->beat_ms = ms_master_now();
        s->announced = true;
    }
}

static void announce(ms_master *m)
{
    char address[128];
    for (size_t i = 0; i < m->n_slots; i++)
        if (!m->slots[i].announced)
            return;
    if (m->ready)
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

static void kill_silent(ms_master *m)
{
    int64_t now = ms_master_now();
    for (size_t i = 0; i < m->n_slots; i++) {
        ms_slot_process *s = &m->slots[i];
        if (!s->pid || s->killed || now - s->beat_ms < SILENCE_MS)
            continue;
        log_process(MS_LOG_ERROR, "process.hangs", s, -1);
        s->killed = true;
        kill(s->pid, SIGKILL);
    }
}

/* ---- reload --------------------------------------------------------------------------------- */

static bool same(ms_str a, ms_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

/* What is only looked at when the host starts: changed, it needs one. */
static void warn_of_restart(const ms_config *before, const ms_config *now)
{
    static const char *const keys[] = {"listen",       "user",      "crm.dsn",  "embedded.dir",
                                       "embedded.bin", "spool.dir", "rules.dir"};
    char text[128];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (same(ms_config_str(before, keys[i]), ms_config_str(now, keys[i])))
            continue;
        ms_log *l = ms_log_begin(MS_LOG_WARN, "reload.restart_needed");
        snprintf(text, sizeof text, "%s has changed; it counts from the next start", keys[i]);
        ms_log_str(l, "msg", ms_str_z(text));
        ms_log_end(l);
    }
}

/* Nobody listened while setup ran: its time is not theirs. */
static void forgive_silence(ms_master *m)
{
    for (size_t i = 0; i < m->n_slots; i++)
        m->slots[i].beat_ms = ms_master_now();
}

/* Loads and checks first; whatever is wrong, what runs goes on as it was. */
static void reload(ms_master *m)
{
    ms_config *config = NULL, *before = m->config;
    ms_arena *arena = ms_arena_new(0), *arena_before = m->arena;
    ms_draft *drafts = NULL, *drafts_before = m->drafts;
    size_t n = 0, n_before = m->n_drafts;
    ms_error err = {.text = "out of memory"};
    if (!arena || m->serve->load(m->serve->arg, &config, &err) != MS_OK ||
        ms_drafts_read(arena, config, m->serve->scripts, &drafts, &n, &err) != MS_OK) {
        ms_log_error(MS_LOG_ERROR, "reload.refused", &err);
        ms_config_free(config);
        ms_arena_free(arena);
        return;
    }
    m->config = config;
    m->arena = arena;
    m->drafts = drafts;
    m->n_drafts = n;
    int failed = ms_master_setup(m);
    forgive_silence(m);
    if (failed) { /* it has said why */
        m->config = before;
        m->arena = arena_before;
        m->drafts = drafts_before;
        m->n_drafts = n_before;
        ms_config_free(config);
        ms_arena_free(arena);
        return;
    }
    warn_of_restart(before, config);
    ms_config_free(before);
    ms_arena_free(arena_before);
    ms_log_end(ms_log_begin(MS_LOG_INFO, "reload.ok"));
    signal_role(m, NULL, SIGTERM); /* each drains and comes back with the new configuration */
}

/* ---- stopping ------------------------------------------------------------------------------- */

static void stop(ms_master *m)
{
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
    if (ms_master_now() >= m->stop_ms) {
        ms_log_end(ms_log_begin(MS_LOG_WARN, "serve.killing"));
        signal_role(m, NULL, SIGKILL);
    }
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
            reload(m);
        else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(m);
    }
}

void ms_master_watch(ms_master *m)
{
    while (!m->stopping || running(m, NULL)) {
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

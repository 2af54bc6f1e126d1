/*
 * host/embedded_keeper.c: the process that runs PostgreSQL while somebody needs it.
 *
 * It is this program again, in a session of its own. Descriptor 3 holds the lock on keeper.lock:
 * whoever cannot get that lock knows that a keeper lives. Descriptor 4 leads to the program that
 * started it and carries one ms_error: MS_OK once the server answers, or why it never will.
 */
#include "host/embedded_inner.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    GRACE_MS = 1000, /* a script that calls moonsift again and again finds it running */
    BACKOFF_MAX_MS = 5000,
    TRIES = 6,       /* of a server that never came up; about 6 s */
    STOP_MS = 30000, /* then without a checkpoint */
    LOG_MAX = 16 << 20
};

typedef struct keeper {
    ms_place place;
    ms_server server;
    int users; /* descriptor of users.lock */
    pid_t pid; /* of postgres, 0: not running */
    int64_t started_ms, start_at_ms, idle_since_ms;
    int backoff_ms, failures;
    bool reported; /* the starter was told */
} keeper;

static int64_t now_ms(void)
{
    return ms_mono_us() / 1000;
}

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    char text[512], when[MS_TIME_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    dprintf(STDERR_FILENO, "%s moonsift keeper[%d]: %s\n", ms_time_format(ms_wall_us(), when),
            (int)getpid(), text);
}

/* The struct goes as it is: both ends are the same program. */
static void report(keeper *k, const ms_error *err)
{
    if (k->reported)
        return;
    k->reported = true;
    if (write(MS_KEEPER_REPORT_FD, err, sizeof *err) < 0 && errno != EPIPE)
        note("the starter cannot be told: %s", strerror(errno));
    close(MS_KEEPER_REPORT_FD);
}

/* ---- setting up ----------------------------------------------------------------------------- */

static ms_status become(uid_t uid, gid_t gid, const char *folder, ms_error *err)
{
    if (geteuid() != 0)
        return MS_OK;
    const struct passwd *pw = getpwuid(uid);
    if (uid == 0 || !pw) {
        ms_fail(err, MS_DENIED, "%s has an owner that is no user of this system", folder);
        return ms_hint(err, "chown -R moonsift %s", folder);
    }
    if (initgroups(pw->pw_name, gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
        return ms_fail(err, MS_INTERNAL, "becoming %s: %s", pw->pw_name, strerror(errno));
    return MS_OK;
}

static ms_status open_log(ms_error *err)
{
    struct stat st;
    if (stat("log", &st) == 0 && st.st_size > LOG_MAX)
        rename("log", "log.1");
    int fd = open("log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ms_fail(err, MS_UNAVAILABLE, "log: %s", strerror(errno));
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    return MS_OK;
}

static ms_status set_up(keeper *k, const char *folder, const char *bin, ms_error *err)
{
    struct stat st;
    snprintf(k->place.folder, sizeof k->place.folder, "%s", folder);
    if (stat(folder, &st) != 0)
        return ms_fail(err, MS_INTERNAL, "%s: %s", folder, strerror(errno));
    k->place.uid = st.st_uid;
    k->place.gid = st.st_gid;
    ms_status status = become(st.st_uid, st.st_gid, folder, err);
    if (status)
        return status;
    umask(077);
    if (chdir(folder) != 0) {
        ms_fail(err, MS_DENIED, "the owner of %s cannot get there: %s", folder, strerror(errno));
        return ms_hint(err, "let others pass the folders above it (chmod o+x)");
    }
    if ((status = open_log(err)))
        return status;
    k->place.dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    k->users =
        k->place.dir >= 0 ? ms_place_file(&k->place, "users.lock", O_RDWR | O_CREAT, err) : -1;
    if (k->users < 0)
        return ms_fail(err, MS_INTERNAL, "%s: %s", folder, strerror(errno));
    return ms_server_prepare(&k->server, folder, bin, err);
}

/* pid and server version, for `db stop` and `db status`. */
static void sign_lock(const keeper *k)
{
    if (ftruncate(MS_KEEPER_LOCK_FD, 0) == 0 && lseek(MS_KEEPER_LOCK_FD, 0, SEEK_SET) == 0)
        dprintf(MS_KEEPER_LOCK_FD, "%d\n%s\n", (int)getpid(), k->server.version);
}

/* ---- the server's life ---------------------------------------------------------------------- */

static void start(keeper *k)
{
    ms_error err = {0};
    k->started_ms = now_ms();
    k->pid = ms_server_start(&k->server, &err);
    if (k->pid > 0) {
        note("started PostgreSQL %s as pid %d", k->server.version, (int)k->pid);
        return;
    }
    note("%s", err.text);
    k->pid = 0;
    k->start_at_ms = now_ms() + BACKOFF_MAX_MS;
}

static void died(keeper *k, int status)
{
    int64_t lived = now_ms() - k->started_ms;
    note("PostgreSQL ended (%s %d) after %lld ms", WIFSIGNALED(status) ? "signal" : "exit",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), (long long)lived);
    k->pid = 0;
    k->failures++;
    k->backoff_ms = lived > 10000 || !k->backoff_ms ? 100 : k->backoff_ms * 2;
    if (k->backoff_ms > BACKOFF_MAX_MS)
        k->backoff_ms = BACKOFF_MAX_MS;
    k->start_at_ms = now_ms() + k->backoff_ms;
}

static void reap(keeper *k)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == k->pid)
            died(k, status);
}

/* Until it is gone: SIGINT ends sessions and writes a checkpoint, SIGQUIT leaves that to the next
 * start. */
static void stop(keeper *k)
{
    int64_t deadline = now_ms() + STOP_MS;
    if (!k->pid)
        return;
    kill(k->pid, SIGINT);
    while (k->pid) {
        usleep(10000);
        int status;
        if (waitpid(k->pid, &status, WNOHANG) == k->pid)
            k->pid = 0;
        else if (now_ms() > deadline) {
            note("it does not stop: without a checkpoint now");
            kill(k->pid, SIGQUIT);
            deadline = now_ms() + STOP_MS;
        }
    }
    note("stopped");
}

/* A pin of an earlier boot is void: nobody asked for it since. */
static bool is_pinned(void)
{
    char boot[64], pin[64];
    int fd = open("pin", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, pin, sizeof pin - 1);
    close(fd);
    pin[n > 0 ? n : 0] = '\0';
    ms_place_boot_id(boot);
    if (strcmp(boot, pin) == 0)
        return true;
    unlink("pin");
    return false;
}

/* True when nobody has needed it for the grace period. The exclusive lock is then kept, so that
 * whoever comes now waits until we are gone and starts a keeper of its own. */
static bool nobody_left(keeper *k)
{
    if (is_pinned() || flock(k->users, LOCK_EX | LOCK_NB) != 0) {
        k->idle_since_ms = 0;
        return false;
    }
    if (!k->idle_since_ms)
        k->idle_since_ms = now_ms();
    if (now_ms() - k->idle_since_ms >= GRACE_MS)
        return true;
    flock(k->users, LOCK_UN);
    return false;
}

/* Tells the starter when it answers, or when it seems it never will. */
static bool watch_start(keeper *k)
{
    ms_postmaster pm = {0};
    ms_error err = {0};
    if (k->reported)
        return true;
    if (k->pid)
        ms_postmaster_look(&k->place, &pm);
    if (pm.pid == k->pid && pm.ready) {
        report(k, &err);
        return true;
    }
    if (k->failures < TRIES)
        return true;
    ms_server_why("PostgreSQL does not start", &err);
    report(k, &err);
    return false;
}

static void tend(keeper *k, const sigset_t *signals)
{
    start(k);
    for (;;) {
        int wait_ms = k->reported && k->pid ? TICK_MS : 20;
        int got = sigtimedwait(signals, NULL, &(struct timespec){.tv_nsec = wait_ms * 1000000L});
        if (got == SIGTERM || got == SIGINT)
            break;
        reap(k);
        if (!watch_start(k) || nobody_left(k))
            break;
        if (!k->pid && now_ms() >= k->start_at_ms)
            start(k);
    }
    stop(k);
}

static int keep(const char *folder, const char *bin)
{
    keeper k = {.place.dir = -1, .users = -1};
    ms_error err = {0};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN); /* of a starter that did not wait for our word */
    fcntl(MS_KEEPER_LOCK_FD, F_SETFD, FD_CLOEXEC);
    fcntl(MS_KEEPER_REPORT_FD, F_SETFD, FD_CLOEXEC);
    sign_lock(&k);
    if (set_up(&k, folder, bin, &err)) {
        note("%s", err.text);
        report(&k, &err);
        return 1;
    }
    sign_lock(&k);
    tend(&k, &signals);
    ms_server_cleanup(&k.server);
    return 0;
}

int ms_embedded_main(int argc, char **argv)
{
    if (argc != 4 || strcmp(argv[1], MS_KEEPER_VERB) != 0 || !getenv(MS_KEEPER_ENV))
        return -1;
    return keep(argv[2], argv[3][0] ? argv[3] : NULL);
}

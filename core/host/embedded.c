/*
 * host/embedded.c: a program's side of the embedded database: hold it, start its keeper, ask.
 */
#include "host/embedded_inner.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 120000, STOP_MS = 90000, LOOK_MS = 20 };

struct ms_embedded_db {
    ms_place place;
    int users; /* descriptor with the shared lock */
    char *bin;
    char dsn[384];
};

/* ---- starting a keeper ---------------------------------------------------------------------- */

/* In the grandchild: descriptors in their places, nothing else inherited, then the program again.
 * argv and env are made beforehand, since a fork of a program with threads must not allocate. */
static void exec_keeper(int lock, int pipe, char *const argv[], char *const env[])
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);
    int a = fcntl(lock, F_DUPFD, 10), b = fcntl(pipe >= 0 ? pipe : null, F_DUPFD, 10);
    if (null < 0 || a < 0 || b < 0)
        _exit(1);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    dup2(a, MS_KEEPER_LOCK_FD);
    dup2(b, MS_KEEPER_REPORT_FD);
    close_range(MS_KEEPER_REPORT_FD + 1, ~0u, 0);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve("/proc/self/exe", argv, env);
    _exit(1);
}

/* Two forks and a session of its own: nobody's child, and no terminal's Ctrl-C reaches it. */
static ms_status spawn(const ms_embedded_db *db, int lock, int pipe, ms_error *err)
{
    char runtime[300] = MS_KEEPER_ENV "_UNUSED=1";
    const char *dir = getenv("XDG_RUNTIME_DIR");
    if (dir)
        snprintf(runtime, sizeof runtime, "XDG_RUNTIME_DIR=%s", dir);
    char *const argv[] = {"moonsift", MS_KEEPER_VERB, (char *)db->place.folder,
                          db->bin ? db->bin : "", NULL};
    char *const env[] = {MS_KEEPER_ENV "=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", runtime, NULL};
    if (getenv(MS_KEEPER_ENV))
        return ms_fail(err, MS_INTERNAL, "this program does not call ms_embedded_main");
    pid_t child = fork();
    if (child == 0) {
        setsid();
        pid_t keeper = fork();
        if (keeper == 0)
            exec_keeper(lock, pipe, argv, env);
        _exit(keeper < 0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child < 0 || status)
        return ms_fail(err, MS_INTERNAL, "fork: %s", strerror(errno));
    return MS_OK;
}

/* The keeper's word. Its end of the pipe closes when it dies. */
static ms_status hear(int pipe, ms_error *err)
{
    ms_error said = {0};
    struct pollfd p = {.fd = pipe, .events = POLLIN};
    int64_t deadline = ms_mono_us() / 1000 + START_MS;
    int ready;
    do {
        int64_t left = deadline - ms_mono_us() / 1000;
        ready = poll(&p, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return ms_fail(err, MS_TIMEOUT, "the embedded database did not start within %d s",
                       START_MS / 1000);
    if (read(pipe, &said, sizeof said) != (ssize_t)sizeof said)
        return ms_fail(err, MS_UNAVAILABLE, "the keeper of the embedded database was killed");
    if (said.status && err)
        *err = said;
    return said.status;
}

/* Starts a keeper if none lives. `*started` says whether this call did; `wait`: until it answers.
 */
static ms_status start_keeper(const ms_embedded_db *db, bool wait, bool *started, ms_error *err)
{
    int pipefd[2] = {-1, -1};
    ms_status status = MS_OK;
    int lock = ms_place_file(&db->place, "keeper.lock", O_RDWR | O_CREAT, err);
    *started = false;
    if (lock < 0)
        return MS_INTERNAL;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        goto done;
    /* The pid of the last keeper must not be taken for the new one's. */
    if (ftruncate(lock, 0) != 0 || (wait && pipe2(pipefd, O_CLOEXEC) != 0)) {
        status = ms_fail(err, MS_INTERNAL, "%s/keeper.lock: %s", db->place.folder, strerror(errno));
        goto done;
    }
    status = spawn(db, lock, pipefd[1], err);
    *started = status == MS_OK;
    if (pipefd[1] >= 0)
        close(pipefd[1]);
    if (wait && !status)
        status = hear(pipefd[0], err);
done:
    if (pipefd[0] >= 0)
        close(pipefd[0]);
    close(lock);
    return status;
}

/* ---- open, close ---------------------------------------------------------------------------- */

static bool answers(ms_embedded_db *db)
{
    ms_postmaster pm;
    if (!ms_place_kept(&db->place))
        return false;
    ms_postmaster_look(&db->place, &pm);
    if (!pm.ready)
        return false;
    ms_postmaster_dsn(&pm, db->dsn, sizeof db->dsn);
    return true;
}

static void announce(const ms_embedded_db *db)
{
    bool first = faccessat(db->place.dir, "data/PG_VERSION", F_OK, 0) != 0;
    fprintf(stderr,
            first ? "making the embedded PostgreSQL in %s ...\n"
                  : "starting the embedded PostgreSQL in %s ...\n",
            db->place.folder);
}

/* Until it answers. Somebody else's keeper may be on its way up or down: look again. */
static ms_status ensure(ms_embedded_db *db, bool verbose, ms_error *err)
{
    int64_t deadline = ms_mono_us() / 1000 + START_MS;
    unlinkat(db->place.dir, "stopped", 0);
    while (!answers(db)) {
        bool started = false;
        if (verbose && !ms_place_kept(&db->place)) {
            announce(db);
            verbose = false;
        }
        ms_status status = start_keeper(db, true, &started, err);
        if (status)
            return status;
        if (ms_mono_us() / 1000 > deadline)
            return ms_fail(err, MS_TIMEOUT, "the embedded database in %s does not answer",
                           db->place.folder);
        if (!started)
            usleep(LOOK_MS * 1000);
    }
    return MS_OK;
}

ms_status ms_embedded_open(const ms_embedded_at *at, bool verbose, ms_embedded_db **out,
                           ms_error *err)
{
    ms_embedded_db *db = calloc(1, sizeof *db);
    ms_status status = MS_NOMEM;
    *out = NULL;
    if (!db)
        return ms_fail(err, MS_NOMEM, "out of memory");
    db->users = db->place.dir = -1;
    if (at && at->bin && !(db->bin = strdup(at->bin))) {
        ms_fail(err, MS_NOMEM, "out of memory");
        goto done;
    }
    if ((status = ms_place_open(at, true, &db->place, err)))
        goto done;
    db->users = ms_place_file(&db->place, "users.lock", O_RDWR | O_CREAT, err);
    if (db->users < 0) {
        status = MS_INTERNAL;
        goto done;
    }
    /* Waits while a keeper that nobody needed any more is stopping: it holds the lock alone. */
    while (flock(db->users, LOCK_SH) != 0)
        if (errno != EINTR) {
            status =
                ms_fail(err, MS_INTERNAL, "%s/users.lock: %s", db->place.folder, strerror(errno));
            goto done;
        }
    status = ensure(db, verbose, err);
done:
    if (status) {
        ms_embedded_close(db);
        return status;
    }
    *out = db;
    return MS_OK;
}

const char *ms_embedded_dsn(const ms_embedded_db *db)
{
    return db->dsn;
}

void ms_embedded_close(ms_embedded_db *db)
{
    if (!db)
        return;
    if (db->users >= 0)
        close(db->users);
    ms_place_close(&db->place);
    free(db->bin);
    free(db);
}

void ms_embedded_pass_on(ms_embedded_db *db)
{
    fcntl(db->users, F_SETFD, 0);
}

ms_status ms_embedded_tend(ms_embedded_db *db, ms_error *err)
{
    bool started;
    if (faccessat(db->place.dir, "stopped", F_OK, 0) == 0)
        return MS_OK;
    return start_keeper(db, false, &started, err);
}

/* ---- db start, stop, status ----------------------------------------------------------------- */

static ms_status put_file(const ms_place *place, const char *name, const char *text, ms_error *err)
{
    int fd = ms_place_file(place, name, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (fd < 0)
        return MS_INTERNAL;
    size_t n = strlen(text);
    bool ok = write(fd, text, n) == (ssize_t)n;
    close(fd);
    return ok ? MS_OK
              : ms_fail(err, MS_INTERNAL, "%s/%s: %s", place->folder, name, strerror(errno));
}

ms_status ms_embedded_pin(const ms_embedded_at *at, bool verbose, ms_error *err)
{
    ms_embedded_db *db = NULL;
    char boot[64];
    ms_status status = ms_embedded_open(at, verbose, &db, err);
    if (status)
        return status;
    ms_place_boot_id(boot);
    status = put_file(&db->place, "pin", boot, err);
    ms_embedded_close(db);
    return status;
}

/* 0 when there is none; the version is "" then. */
static int keeper_pid(const ms_place *place, char version[32])
{
    char text[64], *rest = text;
    int fd = openat(place->dir, "keeper.lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *pid = strsep(&rest, "\n");
    const char *second = rest ? strsep(&rest, "\n") : NULL;
    snprintf(version, 32, "%s", second ? second : "");
    return atoi(pid);
}

ms_status ms_embedded_stop(const ms_embedded_at *at, ms_error *err)
{
    ms_place place;
    ms_postmaster pm;
    char version[32];
    int64_t deadline = ms_mono_us() / 1000 + STOP_MS;
    bool told = false;
    ms_status status = ms_place_open(at, false, &place, err);
    if (status)
        return status == MS_NOT_FOUND ? MS_OK : status;
    unlinkat(place.dir, "pin", 0);
    status = put_file(&place, "stopped", "", err);
    for (; !status; usleep(LOOK_MS * 1000)) {
        bool kept = ms_place_kept(&place);
        ms_postmaster_look(&place, &pm);
        if (!kept && !pm.pid)
            break;
        /* Its pid is there a moment after its lock. */
        int pid = kept && !told ? keeper_pid(&place, version) : 0;
        if (pid > 0)
            told = kill(pid, SIGTERM) == 0;
        if (ms_mono_us() / 1000 > deadline) {
            status =
                ms_fail(err, MS_TIMEOUT, "the embedded database in %s does not stop", place.folder);
            ms_hint(err, "look into %s/log", place.folder);
        }
    }
    ms_place_close(&place);
    return status;
}

/* Shared locks on the file, from the kernel's list. */
static int count_users(const ms_place *place)
{
    struct stat st;
    char line[256];
    int users = 0;
    FILE *locks = fopen("/proc/locks", "re");
    if (!locks || fstatat(place->dir, "users.lock", &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (locks)
            fclose(locks);
        return locks ? 0 : -1;
    }
    while (fgets(line, sizeof line, locks)) {
        unsigned long inode = 0;
        if (strstr(line, "FLOCK") && strstr(line, "READ") &&
            sscanf(line, "%*d: %*s %*s %*s %*d %*x:%*x:%lu", &inode) == 1)
            users += inode == (unsigned long)st.st_ino;
    }
    fclose(locks);
    return users;
}

ms_status ms_embedded_look(const ms_embedded_at *at, ms_embedded_status *out, ms_error *err)
{
    ms_place place;
    ms_postmaster pm;
    *out = (ms_embedded_status){0};
    ms_status status = ms_embedded_folder(at, out->folder, sizeof out->folder, err);
    if (status)
        return status;
    status = ms_place_open(at, false, &place, err);
    if (status)
        return status == MS_NOT_FOUND ? MS_OK : status;
    out->initialised = faccessat(place.dir, "data/PG_VERSION", F_OK, 0) == 0;
    out->pinned = faccessat(place.dir, "pin", F_OK, 0) == 0;
    out->users = count_users(&place);
    ms_postmaster_look(&place, &pm);
    out->running = pm.ready && ms_place_kept(&place);
    if (out->running) {
        out->pid = pm.pid;
        ms_postmaster_dsn(&pm, out->dsn, sizeof out->dsn);
        keeper_pid(&place, out->version);
    } else {
        int fd = openat(place.dir, "data/PG_VERSION", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, out->version, sizeof out->version - 1) : 0;
        out->version[n > 0 ? n : 0] = '\0';
        out->version[strcspn(out->version, "\n")] = '\0';
        if (fd >= 0)
            close(fd);
    }
    ms_place_close(&place);
    return MS_OK;
}

/*
 * host/embedded_server.c: PostgreSQL's own programs: find them, make the database, start it.
 *
 * Runs in the keeper, as the folder's owner, with the folder as working directory.
 */
#include "host/embedded_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing of the caller's environment reaches the server: no PG* settings, no secret. */
static char *const child_env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                                  "PGTZ=UTC", NULL};

/* ---- finding it ----------------------------------------------------------------------------- */

/* "15.18" from `postgres --version`; false when it cannot be run. */
static bool ask_version(const char *bin, char *out, size_t size)
{
    char path[300], text[128];
    int pipefd[2];
    snprintf(path, sizeof path, "%s/postgres", bin);
    if (access(path, X_OK) != 0 || pipe2(pipefd, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipefd[1], STDOUT_FILENO);
        execve(path, (char *const[]){path, "--version", NULL}, child_env);
        _exit(127);
    }
    close(pipefd[1]);
    size_t n = 0;
    ssize_t got = 0;
    while (pid > 0 && n < sizeof text - 1 &&
           ((got = read(pipefd[0], text + n, sizeof text - 1 - n)) > 0 || errno == EINTR))
        n += got > 0 ? (size_t)got : 0;
    close(pipefd[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    text[n] = '\0';
    const char *number = strpbrk(text, "0123456789");
    if (!number)
        return false;
    snprintf(out, size, "%.*s", (int)strspn(number, "0123456789."), number);
    return true;
}

/* Takes `bin` if it is newer than what was found so far and fits the data. */
static void consider(ms_server *server, const char *bin, const char *data_version)
{
    char version[32], path[300];
    snprintf(path, sizeof path, "%s/initdb", bin);
    if (access(path, X_OK) != 0 || !ask_version(bin, version, sizeof version))
        return;
    if (data_version[0] && atoi(data_version) != atoi(version))
        return;
    if (server->bin[0] && strtod(version, NULL) <= strtod(server->version, NULL))
        return;
    snprintf(server->bin, sizeof server->bin, "%s", bin);
    snprintf(server->version, sizeof server->version, "%s", version);
}

static void search(ms_server *server, const char *bin, const char *data_version)
{
    static const char *const places[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
                                         "/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"};
    if (bin) {
        consider(server, bin, data_version);
        return;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        glob_t found = {0};
        if (glob(places[i], 0, NULL, &found) == 0)
            for (size_t k = 0; k < found.gl_pathc; k++)
                consider(server, found.gl_pathv[k], data_version);
        globfree(&found);
    }
}

ms_status ms_server_find(ms_server *server, const char *bin, const char *data_version,
                         ms_error *err)
{
    ms_server other = {0};
    search(server, bin, data_version);
    if (server->bin[0])
        return MS_OK;
    if (data_version[0])
        search(&other, bin, "");
    if (other.bin[0]) {
        ms_fail(err, MS_UNAVAILABLE,
                "the embedded database was made by PostgreSQL %s, but %s has version %s",
                data_version, other.bin, other.version);
        return ms_hint(err, "apt-get install postgresql-%s, or dump it there and restore it here",
                       data_version);
    }
    if (bin) {
        ms_fail(err, MS_UNAVAILABLE, "embedded.bin: no postgres and initdb in %s", bin);
        return ms_hint(err, "name the folder with PostgreSQL's programs, or leave it out");
    }
    ms_fail(err, MS_UNAVAILABLE, "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin)");
    return ms_hint(err, "apt-get install postgresql, or set crm.dsn_file to use one elsewhere");
}

/* ---- running its programs ------------------------------------------------------------------- */

/* In the child: its end comes with the keeper's, so that nothing is ever left over. The signal is
 * asked for last, because a change of user or a fork clears it. */
static void tie_to(pid_t keeper, int signum)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, signum);
    if (getppid() != keeper)
        _exit(1);
}

/* Runs one program to its end with `input` on its stdin (at most a pipe's worth). */
static int run_program(const char *path, char *const argv[], const char *input)
{
    int pipefd[2], status = 0;
    pid_t keeper = getpid();
    if (pipe2(pipefd, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        tie_to(keeper, SIGTERM);
        dup2(pipefd[0], STDIN_FILENO);
        execve(path, argv, child_env);
        _exit(127);
    }
    close(pipefd[0]);
    ssize_t n = pid > 0 ? write(pipefd[1], input, strlen(input)) : -1;
    close(pipefd[1]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && n == (ssize_t)strlen(input) && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last line of the log that says why, for the error. */
static void why(char *out, size_t size)
{
    char text[4096];
    int fd = open("log", O_RDONLY | O_CLOEXEC);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t from = end > (off_t)sizeof text - 1 ? end - (off_t)sizeof text + 1 : 0;
    ssize_t n = fd >= 0 ? pread(fd, text, sizeof text - 1, from) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    snprintf(out, size, "see the log");
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        const char *found = strstr(line, "FATAL: ");
        found = found ? found : strstr(line, "error: ");
        if (found)
            snprintf(out, size, "%s", found + strcspn(found, " ") + strspn(found, " "));
    }
}

/* ---- making the database -------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What an interrupted first start left behind. */
static void remove_unfinished(void)
{
    glob_t found = {0};
    if (glob("data.new.*", 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            remove_tree(found.gl_pathv[i]);
    globfree(&found);
}

/* Kept from everybody else's eyes, small, and durable: a decision that was acknowledged stays. */
static const char settings[] =
    "# Written once by moonsift, when it made this database; change what you like and restart it\n"
    "# (moonsift db stop). Where it listens is given on the command line.\n"
    "max_connections = 60\n"
    "shared_buffers = 64MB\n"
    "wal_level = minimal\n"
    "max_wal_senders = 0\n"
    "max_wal_size = 512MB\n"
    "min_wal_size = 64MB\n"
    "autovacuum_max_workers = 2\n"
    "max_worker_processes = 4\n"
    "max_parallel_workers = 2\n"
    "huge_pages = off\n"
    "jit = off\n"
    "random_page_cost = 1.1\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "log_min_messages = warning\n"
    "# Neither statements nor the values in error details: they hold people's data.\n"
    "log_min_error_statement = panic\n"
    "log_error_verbosity = terse\n";

static bool write_file(const char *path, int flags, const char *text)
{
    int fd = open(path, flags | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t n = strlen(text);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok;
}

static ms_status failed(const char *what, ms_error *err)
{
    char reason[256], cwd[256] = "";
    why(reason, sizeof reason);
    ms_fail(err, MS_UNAVAILABLE, "%s: %s", what, reason);
    return ms_hint(err, "look into %s/log", getcwd(cwd, sizeof cwd) ? cwd : "");
}

/* Builds it beside its place and moves it there when it is whole: a first start that is killed
 * leaves nothing that looks like a database. */
static ms_status make_database(const ms_server *server, ms_error *err)
{
    char dir[64], initdb[300], postgres[300], path[128];
    snprintf(dir, sizeof dir, "data.new.%d", (int)getpid());
    snprintf(initdb, sizeof initdb, "%s/initdb", server->bin);
    snprintf(postgres, sizeof postgres, "%s/postgres", server->bin);
    char *const init[] = {initdb,
                          "-D",
                          dir,
                          "-U",
                          "moonsift",
                          "-A",
                          "trust",
                          "-E",
                          "UTF8",
                          "--locale=C.UTF-8",
                          "--data-checksums",
                          "--no-instructions",
                          NULL};
    char *const create[] = {postgres, "--single", "-D", dir, "postgres", NULL};
    if (run_program(initdb, init, "") != 0)
        return failed("initdb failed", err);
    snprintf(path, sizeof path, "%s/moonsift.conf", dir);
    bool ok = write_file(path, O_CREAT | O_TRUNC, settings);
    snprintf(path, sizeof path, "%s/postgresql.conf", dir);
    ok = ok && write_file(path, O_APPEND, "\ninclude = 'moonsift.conf'\n");
    ok = ok && run_program(postgres, create, "CREATE DATABASE moonsift\n") == 0;
    if (!ok || rename(dir, "data") != 0)
        return failed("the embedded database could not be made", err);
    return MS_OK;
}

/* ---- before a start ------------------------------------------------------------------------- */

static void data_version(char out[16])
{
    int fd = open("data/PG_VERSION", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, 15) : 0;
    if (fd >= 0)
        close(fd);
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* A folder only we can use; one that somebody else laid out for us under /tmp is refused. */
static ms_status private_folder(const char *path, ms_error *err)
{
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return ms_fail(err, MS_UNAVAILABLE, "%s: %s", path, strerror(errno));
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        chmod(path, 0700) != 0) {
        ms_fail(err, MS_DENIED, "%s is not a folder of this user", path);
        return ms_hint(err, "remove it, or set embedded.dir to a shorter path");
    }
    return MS_OK;
}

static ms_status choose_socket_dir(ms_server *server, const char *folder, ms_error *err)
{
    struct sockaddr_un address;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    size_t name = strlen("/.s.PGSQL.5432"), most = sizeof address.sun_path - 1;
    size_t n = (size_t)snprintf(server->socket_dir, sizeof server->socket_dir, "%s/run", folder);
    if (n < sizeof server->socket_dir && n + name <= most)
        return private_folder(server->socket_dir, err);
    uint64_t hash = 1469598103934665603u;
    for (const char *p = folder; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    const char *base =
        runtime && runtime[0] == '/' && strlen(runtime) < 40 && access(runtime, W_OK) == 0 ? runtime
                                                                                           : "/tmp";
    snprintf(server->socket_dir, sizeof server->socket_dir, "%s/moonsift-%u-%08x", base,
             (unsigned)geteuid(), (unsigned)(hash ^ hash >> 32));
    server->own_socket_dir = true;
    return private_folder(server->socket_dir, err);
}

/* Waits for the server of a keeper that was killed: it has been told to stop by then. A pid file
 * that no server of ours belongs to goes, or PostgreSQL might take its pid for somebody's. */
static ms_status wait_for_old(const char *folder, ms_error *err)
{
    ms_place place = {.dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ms_postmaster pm = {0};
    snprintf(place.folder, sizeof place.folder, "%s", folder);
    for (int i = 0; i < 1200; i++) { /* a minute: it may have much to write out */
        ms_postmaster_look(&place, &pm);
        if (!pm.pid)
            break;
        if (i % 100 == 0)
            kill(pm.pid, SIGINT);
        usleep(50000);
    }
    ms_place_close(&place);
    if (pm.pid) {
        ms_fail(err, MS_CONFLICT, "a PostgreSQL (pid %d) in %s does not stop", pm.pid, folder);
        return ms_hint(err, "kill %d", pm.pid);
    }
    if (unlink("data/postmaster.pid") != 0 && errno != ENOENT)
        return ms_fail(err, MS_INTERNAL, "%s/data/postmaster.pid: %s", folder, strerror(errno));
    return MS_OK;
}

ms_status ms_server_prepare(ms_server *server, const char *folder, const char *bin, ms_error *err)
{
    char version[16];
    remove_unfinished();
    data_version(version);
    ms_status status = ms_server_find(server, bin, version, err);
    if (!status && !version[0])
        status = make_database(server, err);
    if (!status)
        status = choose_socket_dir(server, folder, err);
    if (!status)
        status = wait_for_old(folder, err);
    return status;
}

pid_t ms_server_start(const ms_server *server, ms_error *err)
{
    char path[300], sockets[160];
    pid_t keeper = getpid();
    snprintf(path, sizeof path, "%s/postgres", server->bin);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", server->socket_dir);
    char *const argv[] = {path,
                          "-D",
                          "data",
                          "-c",
                          "listen_addresses=",
                          "-c",
                          sockets,
                          "-c",
                          "unix_socket_permissions=0700",
                          "-p",
                          "5432",
                          NULL};
    pid_t pid = fork();
    if (pid == 0) {
        tie_to(keeper, SIGINT); /* fast shutdown: sessions end, nothing is lost */
        execve(path, argv, child_env);
        _exit(127);
    }
    if (pid < 0)
        ms_fail(err, MS_INTERNAL, "fork: %s", strerror(errno));
    return pid;
}

void ms_server_cleanup(const ms_server *server)
{
    if (server->own_socket_dir)
        rmdir(server->socket_dir);
}

void ms_server_why(const char *what, ms_error *err)
{
    failed(what, err);
}

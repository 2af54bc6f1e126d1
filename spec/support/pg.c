#include "support/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS = 16, PATH = 192 };

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "spec/support/pg: ");
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\n");
    va_end(ap);
    exit(2);
}

/* ---- programs ------------------------------------------------------------------------------- */

static bool newest_bin(char *out, size_t size)
{
    glob_t found;
    long best = 0;
    if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        long version = strtol(found.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);
        if (version > best) {
            best = version;
            snprintf(out, size, "/usr/lib/postgresql/%ld/bin", version);
        }
    }
    globfree(&found);
    return best > 0;
}

bool spec_pg_available(void)
{
    char bin[96];
    return newest_bin(bin, sizeof bin);
}

/* In the child: another user, output to the folder's log, death with the parent. */
static void become(const spec_pg *pg, pid_t parent)
{
    char log[PATH];
    snprintf(log, sizeof log, "%s/log", pg->folder);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(pg->gid) != 0 || setuid(pg->uid) != 0))
        _exit(126);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(pg->folder) != 0)
        _exit(126);
    if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || getppid() != parent)
        _exit(126);
}

static pid_t spawn(const spec_pg *pg, const char *const *argv)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid == 0) {
        become(pg, parent);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static int run(const spec_pg *pg, const char *const *argv)
{
    int status = 0;
    if (waitpid(spawn(pg, argv), &status, 0) < 0)
        die("%s: %s", argv[0], strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void end(pid_t *pid, int signum)
{
    if (*pid <= 0)
        return;
    kill(*pid, signum);
    waitpid(*pid, NULL, 0);
    *pid = 0;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void write_file(const spec_pg *pg, const char *name, const char *text)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", pg->folder, name);
    FILE *f = fopen(path, "a");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        die("%s: %s", path, strerror(errno));
    if (geteuid() == 0 && chown(path, pg->uid, pg->gid) != 0)
        die("%s: %s", path, strerror(errno));
}

static void pick_user(spec_pg *pg)
{
    pg->uid = geteuid();
    pg->gid = getegid();
    if (pg->uid != 0)
        return;
    const struct passwd *user = getpwnam("postgres");
    if (!user)
        user = getpwnam("nobody");
    if (!user)
        die("neither a user postgres nor nobody");
    pg->uid = user->pw_uid;
    pg->gid = user->pw_gid;
}

/* ---- the server ----------------------------------------------------------------------------- */

void spec_pg_launch(spec_pg *pg)
{
    char program[PATH], data[PATH];
    snprintf(program, sizeof program, "%s/postgres", pg->bin);
    snprintf(data, sizeof data, "%s/data", pg->folder);
    const char *const argv[] = {program, "-D", data, NULL};
    pg->server = spawn(pg, argv);
}

static bool answers(const spec_pg *pg, const char *port)
{
    char program[PATH];
    snprintf(program, sizeof program, "%s/pg_isready", pg->bin);
    const char *const argv[] = {program, "-q", "-h", pg->folder, "-p", port, NULL};
    return run(pg, argv) == 0;
}

void spec_pg_start(spec_pg *pg)
{
    spec_pg_launch(pg);
    for (int i = 0; i < 600; i++) {
        if (answers(pg, "5432"))
            return;
        /* After kill -9 the old backends may still hold the shared memory: the new one gives up. */
        if (waitpid(pg->server, NULL, WNOHANG) == pg->server)
            spec_pg_launch(pg);
        usleep(50 * 1000);
    }
    die("PostgreSQL does not start, see %s/log", pg->folder);
}

void spec_pg_stop(spec_pg *pg)
{
    end(&pg->server, SIGINT);
}

void spec_pg_kill(spec_pg *pg)
{
    end(&pg->server, SIGKILL);
}

static void init(spec_pg *pg)
{
    char program[PATH], data[PATH];
    snprintf(program, sizeof program, "%s/initdb", pg->bin);
    snprintf(data, sizeof data, "%s/data", pg->folder);
    const char *const argv[] = {program, "-D", data,   "-U", "moonsift",   "-A",
                                "trust", "-E", "UTF8", "-N", "--locale=C", NULL};
    if (run(pg, argv) != 0)
        die("initdb failed, see %s/log", pg->folder);
    char settings[512];
    snprintf(settings, sizeof settings,
             "listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n"
             "shared_buffers = 16MB\nmax_connections = 30\nwal_level = minimal\n"
             "max_wal_senders = 0\nautovacuum = off\njit = off\n",
             pg->folder);
    write_file(pg, "data/postgresql.conf", settings);
}

void spec_pg_new(spec_pg *pg)
{
    *pg = (spec_pg){0};
    if (!newest_bin(pg->bin, sizeof pg->bin))
        die("no PostgreSQL under /usr/lib/postgresql: install the package postgresql");
    pick_user(pg);
    snprintf(pg->folder, sizeof pg->folder, "/tmp/moonsift-spec-XXXXXX");
    if (!mkdtemp(pg->folder))
        die("%s: %s", pg->folder, strerror(errno));
    if (geteuid() == 0 && chown(pg->folder, pg->uid, pg->gid) != 0)
        die("%s: %s", pg->folder, strerror(errno));
    snprintf(pg->dsn, sizeof pg->dsn, "host=%s port=5432 user=moonsift dbname=postgres",
             pg->folder);
    init(pg);
    spec_pg_start(pg);
}

void spec_pg_free(spec_pg *pg)
{
    end(&pg->bouncer, SIGQUIT);
    spec_pg_stop(pg);
    const char *const argv[] = {"/bin/rm", "-rf", pg->folder, NULL};
    spec_pg self = *pg;
    self.uid = geteuid();
    self.gid = getegid();
    run(&self, argv);
}

/* ---- Chatwoot's tables ---------------------------------------------------------------------- */

static bool has_vector(const spec_pg *pg)
{
    char path[PATH];
    long version = strtol(pg->bin + strlen("/usr/lib/postgresql/"), NULL, 10);
    snprintf(path, sizeof path, "/usr/share/postgresql/%ld/extension/vector.control", version);
    return access(path, R_OK) == 0;
}

/* One statement or column a line is how the file is written; comments are no harm. */
static bool needs_vector(const char *line)
{
    static const char *const marks[] = {"EXTENSION IF NOT EXISTS vector;", " vector(",
                                        "USING ivfflat"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strstr(line, marks[i]))
            return true;
    return false;
}

/* The servers' user may not be able to read the checkout: psql reads a copy in the folder. */
static void copy_schema(const spec_pg *pg, const char *name)
{
    char line[512];
    bool all = has_vector(pg);
    FILE *f = fopen(SPEC_DIR "/fixtures/chatwoot/schema.sql", "r");
    if (!f)
        die("spec/fixtures/chatwoot/schema.sql: %s", strerror(errno));
    while (fgets(line, sizeof line, f))
        if (all || !needs_vector(line))
            write_file(pg, name, line);
    if (ferror(f) || fclose(f) != 0)
        die("spec/fixtures/chatwoot/schema.sql: %s", strerror(errno));
}

void spec_pg_chatwoot(spec_pg *pg, const char *name)
{
    char program[PATH], file[PATH], create[PATH];
    snprintf(file, sizeof file, "%s.sql", name);
    snprintf(create, sizeof create, "CREATE DATABASE %s", name);
    copy_schema(pg, file);
    snprintf(program, sizeof program, "%s/psql", pg->bin);
    const char *const make[] = {program, "-qX",      "-h", pg->folder, "-U", "moonsift",
                                "-d",    "postgres", "-c", create,     NULL};
    const char *const load[] = {program, "-qX",      "-1", "-v",       "ON_ERROR_STOP=1",
                                "-h",    pg->folder, "-U", "moonsift", "-d",
                                name,    "-f",       file, NULL};
    if (run(pg, make) != 0 || run(pg, load) != 0)
        die("Chatwoot's tables could not be made, see %s/log", pg->folder);
}

/* ---- PgBouncer ------------------------------------------------------------------------------ */

bool spec_pg_bouncer(spec_pg *pg)
{
    static const char program[] = "/usr/sbin/pgbouncer";
    if (access(program, X_OK) != 0)
        return false;
    char ini[PATH], settings[768];
    snprintf(ini, sizeof ini, "%s/pgbouncer.ini", pg->folder);
    snprintf(settings, sizeof settings,
             "[databases]\n* = host=%s port=5432 user=moonsift\n"
             "[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = %s\n"
             "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
             "max_client_conn = 50\nlogfile = %s/pgbouncer.log\npidfile =\n",
             pg->folder, pg->folder, pg->folder);
    write_file(pg, "pgbouncer.ini", settings);
    const char *const argv[] = {program, "-q", ini, NULL};
    pg->bouncer = spawn(pg, argv);
    snprintf(pg->bouncer_dsn, sizeof pg->bouncer_dsn,
             "host=%s port=6432 user=moonsift dbname=postgres", pg->folder);
    for (int i = 0; i < 200; i++) {
        if (answers(pg, "6432"))
            return true;
        if (waitpid(pg->bouncer, NULL, WNOHANG) == pg->bouncer)
            die("PgBouncer does not start, see %s", pg->folder);
        usleep(50 * 1000);
    }
    die("PgBouncer does not answer, see %s", pg->folder);
}

/*
 * The embedded database: one server however many ask, gone when nobody is left, back when it is
 * killed, and never an orphan. Everything happens in private folders; as root the server runs as
 * the system user moonsift, so those folders must let others pass.
 */
#include "base/clock.h"
#include "host/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char base[40];
static char folder[200];
static ms_embedded_at at = {.folder = folder};

static void path_in(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", folder, name);
}

static bool exists(const char *name)
{
    char path[256];
    path_in(path, sizeof path, name);
    return access(path, F_OK) == 0;
}

static void write_text(const char *name, const char *text)
{
    char path[256];
    path_in(path, sizeof path, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int count_in_log(const char *text)
{
    char path[256], line[1024];
    int n = 0;
    path_in(path, sizeof path, "log");
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        n += strstr(line, text) != NULL;
    if (f)
        fclose(f);
    return n;
}

/* Processes whose working folder is the database's or below: keeper, postmaster, backends. */
static int processes(void)
{
    int n = 0;
    char path[300], cwd[256];
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    assert_non_null(proc);
    while ((entry = readdir(proc))) {
        snprintf(path, sizeof path, "/proc/%s/cwd", entry->d_name);
        ssize_t got = readlink(path, cwd, sizeof cwd - 1);
        cwd[got > 0 ? got : 0] = '\0';
        n += strncmp(cwd, folder, strlen(folder)) == 0 && cwd[0];
    }
    closedir(proc);
    return n;
}

static bool wait_for(bool (*is_so)(void), int seconds)
{
    for (int i = 0; i < seconds * 50; i++) {
        if (is_so())
            return true;
        usleep(20000);
    }
    return false;
}

static bool all_gone(void)
{
    return processes() == 0;
}

static ms_embedded_status look(void)
{
    ms_embedded_status status;
    ms_error err = {0};
    assert_int_equal(ms_embedded_look(&at, &status, &err), MS_OK);
    return status;
}

static bool is_running(void)
{
    return look().running;
}

static ms_embedded_db *open_db(void)
{
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    if (ms_embedded_open(&at, false, &db, &err))
        fail_msg("%s (%s)", err.text, err.hint);
    return db;
}

/* A child that does not outlive a spec that failed. */
static pid_t fork_tied(void)
{
    pid_t pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static int keeper_pid(void)
{
    char path[256];
    int pid = 0;
    path_in(path, sizeof path, "keeper.lock");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &pid), 1);
    fclose(f);
    return pid;
}

/* A killed process keeps its locks until the kernel is done with it. */
static bool keeper_gone(void)
{
    char path[256];
    path_in(path, sizeof path, "keeper.lock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return gone;
}

/* Asks the server itself; the password-less socket is all there is. */
static bool query(const char *dsn, const char *sql, const char *expected)
{
    char command[1024], line[256] = "";
    snprintf(command, sizeof command, "psql -X -A -t -c \"%s\" \"%s\" 2>&1", sql, dsn);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    if (!fgets(line, sizeof line, p))
        line[0] = '\0';
    pclose(p);
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, expected) != 0)
        print_message("%s: %s\n", sql, line);
    return strcmp(line, expected) == 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/ms-embedded-XXXXXX");
    if (!mkdtemp(base) || chmod(base, 0711) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/db", base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ms_embedded_stop(&at, NULL);
    int left = wait_for(all_gone, 10) ? 0 : -1;
    nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return left;
}

/* ---- specs ---------------------------------------------------------------------------------- */

static void the_folder_is_where_the_user_expects_it(void **state)
{
    (void)state;
    char out[256], small[16];
    ms_error err = {0};
    const ms_embedded_at slashes = {.folder = "/srv/db//"}, here = {.folder = "db"};
    assert_int_equal(ms_embedded_folder(&slashes, out, sizeof out, &err), MS_OK);
    assert_string_equal(out, "/srv/db");
    assert_int_equal(ms_embedded_folder(&here, out, sizeof out, &err), MS_OK);
    assert_int_equal(out[0], '/');
    assert_string_equal(strrchr(out, '/'), "/db");
    assert_int_equal(ms_embedded_folder(&slashes, small, 5, &err), MS_INVALID);
    assert_non_null(strstr(err.text, "embedded.dir"));
    assert_int_equal(ms_embedded_folder(NULL, out, sizeof out, &err), MS_OK);
    if (geteuid() == 0)
        assert_string_equal(out, "/var/lib/moonsift");
}

static void looking_makes_nothing(void **state)
{
    (void)state;
    ms_embedded_status status = look();
    assert_false(status.initialised || status.running || status.pinned);
    assert_int_equal(status.users, 0);
    assert_int_equal(ms_embedded_stop(&at, NULL), MS_OK);
    assert_int_not_equal(access(folder, F_OK), 0);
}

static void it_starts_answers_and_stops_with_the_last_user(void **state)
{
    (void)state;
    ms_embedded_db *db = open_db(), *other = open_db();
    ms_embedded_status status = look();
    struct stat st;
    char run[256];
    assert_true(status.running && status.initialised && !status.pinned);
    assert_int_equal(status.users, 2);
    assert_string_equal(status.dsn, ms_embedded_dsn(db));
    assert_non_null(strchr(status.version, '.'));
    assert_true(query(status.dsn, "select current_user || current_database()", "moonsiftmoonsift"));
    assert_true(query(status.dsn, "show fsync", "on"));
    assert_true(query(status.dsn, "show listen_addresses", ""));
    assert_true(query(status.dsn, "show max_connections", "60"));
    path_in(run, sizeof run, "run");
    assert_int_equal(stat(run, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    ms_embedded_close(other);
    sleep(2); /* longer than the grace period: one user is left */
    assert_true(is_running());
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
    assert_false(exists("data/postmaster.pid"));
    assert_false(exists("run/.s.PGSQL.5432"));
    assert_false(is_running());
}

static void many_at_once_get_one_server(void **state)
{
    (void)state;
    enum { N = 6 };
    pid_t pids[N];
    int before = count_in_log("started PostgreSQL"), status;
    for (int i = 0; i < N; i++)
        if ((pids[i] = fork_tied()) == 0) {
            ms_embedded_db *db = NULL;
            bool ok = ms_embedded_open(&at, false, &db, NULL) == MS_OK &&
                      query(ms_embedded_dsn(db), "select 7", "7");
            _exit(!ok);
        }
    for (int i = 0; i < N; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(count_in_log("started PostgreSQL"), before + 1);
    assert_true(wait_for(all_gone, 15));
}

/* Opening while the last one's server stops must wait for the new one, every time. */
static void coming_while_it_goes_is_no_error(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        ms_embedded_close(open_db());
        usleep(900000 + 120000 * (useconds_t)i); /* around the end of the grace period */
        ms_embedded_db *db = open_db();
        assert_true(query(ms_embedded_dsn(db), "select 1", "1"));
        ms_embedded_close(db);
    }
    assert_true(wait_for(all_gone, 15));
}

static int first_pid;
static bool is_another_server(void)
{
    ms_embedded_status status = look();
    return status.running && status.pid != first_pid;
}

static void a_killed_server_comes_back_with_what_was_committed(void **state)
{
    (void)state;
    ms_embedded_db *db = open_db();
    assert_true(
        query(ms_embedded_dsn(db), "create table if not exists kept (n int)", "CREATE TABLE"));
    assert_true(query(ms_embedded_dsn(db), "insert into kept values (1)", "INSERT 0 1"));
    for (int i = 0; i < 3; i++) {
        first_pid = look().pid;
        assert_int_equal(kill(first_pid, SIGKILL), 0);
        assert_true(wait_for(is_another_server, 20));
        assert_true(query(ms_embedded_dsn(db), "select count(*) from kept", "1"));
    }
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
}

static void a_killed_keeper_takes_its_server_along(void **state)
{
    (void)state;
    ms_embedded_db *db = open_db();
    ms_error err = {0};
    assert_int_equal(ms_embedded_tend(db, &err), MS_OK);
    int first = keeper_pid();
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_true(wait_for(all_gone, 10));
    assert_int_equal(ms_embedded_tend(db, &err), MS_OK); /* a host that stays up mends it */
    assert_true(wait_for(is_running, 20));
    assert_int_not_equal(keeper_pid(), first);
    assert_int_equal(kill(keeper_pid(), SIGKILL), 0);
    assert_true(wait_for(keeper_gone, 10));
    ms_embedded_db *next = open_db(); /* at once: the old server may still be on its way out */
    assert_true(query(ms_embedded_dsn(next), "select 1", "1"));
    ms_embedded_close(next);
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
}

static void a_killed_user_is_no_user(void **state)
{
    (void)state;
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork_tied();
    if (pid == 0) {
        ms_embedded_db *db = open_db();
        _exit(!db || write(ready[1], "x", 1) != 1 || pause());
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    assert_int_equal(look().users, 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_true(wait_for(all_gone, 15));
}

static void a_starter_that_is_killed_leaves_nothing(void **state)
{
    (void)state;
    for (useconds_t ms = 1; ms < 300; ms *= 3) {
        pid_t pid = fork_tied();
        if (pid == 0) {
            ms_embedded_open(&at, false, &(ms_embedded_db *){NULL}, NULL);
            pause();
        }
        usleep(ms * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_true(wait_for(all_gone, 20));
    }
    ms_embedded_db *db = open_db();
    assert_true(query(ms_embedded_dsn(db), "select 1", "1"));
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
}

static void a_pin_keeps_it_until_it_is_stopped(void **state)
{
    (void)state;
    ms_error err = {0};
    assert_int_equal(ms_embedded_pin(&at, false, &err), MS_OK);
    sleep(2);
    ms_embedded_status status = look();
    assert_true(status.running && status.pinned);
    assert_int_equal(status.users, 0);
    ms_embedded_db *db = open_db();
    assert_int_equal(ms_embedded_stop(&at, &err), MS_OK); /* with a user left */
    assert_int_equal(processes(), 0);
    assert_false(look().pinned);
    assert_int_equal(ms_embedded_tend(db, &err), MS_OK);
    usleep(500000);
    assert_int_equal(processes(), 0); /* stopped on purpose stays stopped */
    ms_embedded_close(db);
    assert_int_equal(ms_embedded_stop(&at, &err), MS_OK); /* twice is fine */
}

static void a_pin_of_another_boot_is_void(void **state)
{
    (void)state;
    write_text("pin", "00000000-0000-0000-0000-000000000000\n");
    ms_embedded_close(open_db());
    assert_true(wait_for(all_gone, 15));
    assert_false(exists("pin"));
}

static void left_overs_of_a_crash_do_not_stop_it(void **state)
{
    (void)state;
    char text[600], path[256];
    /* The pid of a process that lives, but is no PostgreSQL: as after a reboot of a container. */
    snprintf(text, sizeof text, "%d\n%s/data\n0\n5432\n%s/run\n\n0 0\nready   \n", (int)getppid(),
             folder, folder);
    write_text("data/postmaster.pid", text);
    path_in(path, sizeof path, "data.new.1");
    mkdir(path, 0700);
    write_text("data.new.1/half", "x");
    snprintf(text, sizeof text, "chown -R --reference=%s %s", folder, path);
    assert_int_equal(system(text), 0);
    assert_false(is_running());
    ms_embedded_db *db = open_db();
    assert_true(query(ms_embedded_dsn(db), "select 1", "1"));
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
    assert_false(exists("data.new.1"));
}

static void data_of_another_version_is_named(void **state)
{
    (void)state;
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    char from[256], to[256];
    path_in(from, sizeof from, "data/PG_VERSION");
    path_in(to, sizeof to, "data/PG_VERSION.kept");
    assert_int_equal(rename(from, to), 0);
    write_text("data/PG_VERSION", "9\n");
    chmod(from, 0644);
    assert_int_equal(ms_embedded_open(&at, false, &db, &err), MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, "made by PostgreSQL 9"));
    assert_non_null(strstr(err.hint, "postgresql-9"));
    assert_null(db);
    assert_int_equal(rename(to, from), 0);
}

static void no_programs_is_said_with_what_to_install(void **state)
{
    (void)state;
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    const ms_embedded_at empty = {.folder = folder, .bin = base};
    assert_int_equal(ms_embedded_open(&empty, false, &db, &err), MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, base));
    assert_true(err.hint[0]);
    assert_true(wait_for(all_gone, 5));
}

/* A server that cannot come up is reported with its own reason, not after two minutes. */
static void a_server_that_does_not_start_says_why(void **state)
{
    (void)state;
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    char conf[256], kept[256];
    path_in(conf, sizeof conf, "data/moonsift.conf");
    path_in(kept, sizeof kept, "data/moonsift.kept");
    assert_int_equal(rename(conf, kept), 0);
    write_text("data/moonsift.conf", "shared_buffers = 'lots'\n");
    chmod(conf, 0644);
    assert_int_equal(ms_embedded_open(&at, false, &db, &err), MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, "does not start"));
    assert_non_null(strstr(err.text, "errors"));
    assert_non_null(strstr(err.hint, "/log"));
    assert_true(wait_for(all_gone, 5));
    assert_int_equal(rename(kept, conf), 0);
}

static void somebody_elses_folder_is_refused(void **state)
{
    (void)state;
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    const ms_embedded_at roots = {.folder = geteuid() ? "/proc" : base};
    write_text("../users.lock", ""); /* in use, so not to be taken over */
    assert_int_equal(ms_embedded_open(&roots, false, &db, &err), MS_DENIED);
    assert_non_null(strstr(err.text, roots.folder));
    assert_true(err.hint[0]);
    char path[256];
    path_in(path, sizeof path, "../users.lock");
    unlink(path);
}

static void without_the_system_user_root_is_told_how_to_make_it(void **state)
{
    (void)state;
    ms_embedded_db *db = NULL;
    ms_error err = {0};
    char other[128];
    snprintf(other, sizeof other, "%s/other", base);
    const ms_embedded_at nobody = {.folder = other, .user = "ms-no-such-user"};
    if (geteuid() != 0)
        skip();
    assert_int_equal(ms_embedded_open(&nobody, false, &db, &err), MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, "ms-no-such-user"));
    assert_non_null(strstr(err.hint, "useradd"));
    assert_int_not_equal(access(other, F_OK), 0);
}

/* A socket's path ends at 107 bytes; the database may live deeper than that. */
static void a_deep_folder_gets_a_short_socket(void **state)
{
    (void)state;
    char kept[sizeof folder], socket_dir[128];
    snprintf(kept, sizeof kept, "%s", folder);
    snprintf(folder, sizeof folder, "%s/%090d", base, 7);
    ms_embedded_db *db = open_db();
    assert_true(query(ms_embedded_dsn(db), "select 1", "1"));
    assert_int_equal(sscanf(ms_embedded_dsn(db), "host=%127s", socket_dir), 1);
    assert_true(strncmp(socket_dir, folder, strlen(base)) != 0);
    ms_embedded_close(db);
    assert_true(wait_for(all_gone, 15));
    assert_int_not_equal(access(socket_dir, F_OK), 0);
    snprintf(folder, sizeof folder, "%s", kept);
}

int main(int argc, char **argv)
{
    int keeper = ms_embedded_main(argc, argv);
    if (keeper >= 0)
        return keeper;
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(the_folder_is_where_the_user_expects_it),
        cmocka_unit_test(looking_makes_nothing),
        cmocka_unit_test(without_the_system_user_root_is_told_how_to_make_it),
        cmocka_unit_test(a_starter_that_is_killed_leaves_nothing),
        cmocka_unit_test(it_starts_answers_and_stops_with_the_last_user),
        cmocka_unit_test(many_at_once_get_one_server),
        cmocka_unit_test(coming_while_it_goes_is_no_error),
        cmocka_unit_test(a_killed_server_comes_back_with_what_was_committed),
        cmocka_unit_test(a_killed_keeper_takes_its_server_along),
        cmocka_unit_test(a_killed_user_is_no_user),
        cmocka_unit_test(a_pin_keeps_it_until_it_is_stopped),
        cmocka_unit_test(a_pin_of_another_boot_is_void),
        cmocka_unit_test(left_overs_of_a_crash_do_not_stop_it),
        cmocka_unit_test(data_of_another_version_is_named),
        cmocka_unit_test(no_programs_is_said_with_what_to_install),
        cmocka_unit_test(a_server_that_does_not_start_says_why),
        cmocka_unit_test(somebody_elses_folder_is_refused),
        cmocka_unit_test(a_deep_folder_gets_a_short_socket),
    };
    return cmocka_run_group_tests(specs, set_up, tear_down);
}

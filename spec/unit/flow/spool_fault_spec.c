/*
 * The spool when things go wrong: kill -9, torn files (fault matrix row 10), a disk that is full or
 * fails (row 9 and 24). `./dev test`.
 *
 * This program's own fsync, fdatasync and pwrite stand before libc's, so that a fault can be put at
 * the n-th call.
 */
#include "spool_support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- faults --------------------------------------------------------------------------------- */

static _Atomic int syncs, fail_sync_at, writes, fail_write_at, fail_write_with;

static int sync_or_fail(int fd, long number)
{
    if (++syncs == fail_sync_at) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(number, fd);
}

EXPORT int fsync(int fd)
{
    return sync_or_fail(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd)
{
    return sync_or_fail(fd, SYS_fdatasync);
}

/* From the n-th call on, until the fault is taken back: a disk stays full. */
static ssize_t write_or_fail(int fd, const void *p, size_t n, off_t at)
{
    if (++writes >= fail_write_at && fail_write_at > 0) {
        errno = fail_write_with;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, p, n, at);
}

/* Puts this program's write before the library's, by the library's own means. */
static void interpose_writes(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)write_or_fail);
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)write_or_fail);
}

/* ---- kill -9 -------------------------------------------------------------------------------- */

typedef struct ticket {
    int number, fd;
} ticket;

static void acknowledge(void *arg, ms_status status, const ms_error *err)
{
    ticket *t = arg;
    (void)err;
    if (status != MS_OK || write(t->fd, &t->number, sizeof t->number) != sizeof t->number)
        _exit(1);
    free(t);
}

/* Appends from `from` on, a few at a time, and writes each number down once it is acknowledged. */
static void append_for_ever(int from, int fd)
{
    ms_arena *arena = ms_arena_new(0);
    open_spool(1LL << 30);
    for (int i = from;;) {
        for (int burst = 1 + i % 7; burst > 0; burst--, i++) {
            ticket *t = malloc(sizeof *t);
            if (!t)
                _exit(1);
            *t = (ticket){i, fd};
            ms_spool_append(spool, numbered(arena, i), acknowledge, t);
        }
        ms_arena_reset(arena);
        ms_loop_step(loop);
    }
}

static void loses_nothing_acknowledged_to_kill_9(void **state)
{
    (void)state;
    enum { ROUNDS = 30, MAX = 200000 };
    int *numbers = malloc(MAX * sizeof *numbers), next = 0, acknowledged = 0;
    unsigned seed = 7;
    assert_non_null(numbers);
    for (int round = 0; round < ROUNDS; round++) {
        int out[2], number, last = -1, status;
        assert_int_equal(pipe(out), 0);
        pid_t child = fork();
        if (child == 0) {
            close(out[0]);
            append_for_ever(next, out[1]);
        }
        close(out[1]);
        assert_int_equal(read(out[0], &last, sizeof last), sizeof last); /* it has begun */
        usleep((useconds_t)(rand_r(&seed) % 15000));
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        acknowledged++;
        while (read(out[0], &number, sizeof number) == sizeof number) {
            assert_int_equal(number, last + 1); /* acknowledged in order */
            last = number;
            acknowledged++;
        }
        close(out[0]);
        open_spool(1LL << 30);
        size_t n = read_numbers(numbers, MAX);
        assert_true(n > 0 && numbers[n - 1] >= last); /* all that was acknowledged is there */
        for (size_t i = 0; i < n; i++)
            assert_int_equal(numbers[i], (int)i); /* in order, none missing, none twice */
        next = (int)n;
        close_spool();
    }
    print_message("%d kills, %d records acknowledged, %d kept\n", ROUNDS, acknowledged, next);
    free(numbers);
}

/* ---- torn files ----------------------------------------------------------------------------- */

enum { RECORDS = 8 };

typedef struct torn {
    char *db, *wal;
    size_t db_n, wal_n;
} torn;

static char *slurp(const char *end, size_t *n)
{
    char name[128];
    struct stat st;
    snprintf(name, sizeof name, "%s%s", path, end);
    int fd = open(name, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *p = malloc((size_t)st.st_size + 1);
    assert_non_null(p);
    *n = (size_t)st.st_size;
    assert_int_equal(read(fd, p, *n), *n);
    close(fd);
    return p;
}

static void spill(const char *end, const char *p, size_t n)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, end);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
}

/* A child appends RECORDS and dies; `ends[i]` is the log's size when record i was acknowledged. */
static torn torn_image(off_t ends[RECORDS])
{
    int out[2], status;
    torn image;
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        char name[128];
        snprintf(name, sizeof name, "%s-wal", path);
        open_spool(1 << 20);
        for (int i = 0; i < RECORDS; i++) {
            struct stat st;
            if (append_number(i) != MS_OK || stat(name, &st) != 0 ||
                write(out[1], &st.st_size, sizeof st.st_size) != sizeof st.st_size)
                _exit(1);
        }
        kill(getpid(), SIGKILL);
    }
    for (int i = 0; i < RECORDS; i++)
        assert_int_equal(read(out[0], &ends[i], sizeof *ends), sizeof *ends);
    waitpid(child, &status, 0);
    close(out[0]);
    close(out[1]);
    image.db = slurp("", &image.db_n);
    image.wal = slurp("-wal", &image.wal_n);
    return image;
}

/* What survives is the first records, whole and in order, at least those that ended before `at`;
 * and the spool takes new ones. */
static void expect_prefix(const off_t ends[RECORDS], size_t at)
{
    int numbers[RECORDS + 1];
    size_t before = 0;
    while (before < RECORDS && (size_t)ends[before] <= at)
        before++;
    open_spool(1 << 20);
    size_t n = read_numbers(numbers, RECORDS + 1);
    assert_in_range(n, before, RECORDS);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(numbers[i], (int)i);
    if (at % 5 == 0)
        assert_int_equal(append_number(99), MS_OK);
    close_spool();
}

/* Every byte around a frame's border, samples between them. */
static size_t next_offset(size_t at)
{
    size_t in_frame = (at + 4120 - 32) % 4120; /* a log has a head of 32 bytes, frames of 24+4096 */
    return at + (in_frame < 40 || in_frame > 4080 ? 1 : 89);
}

static void a_cut_log_loses_only_its_tail(void **state)
{
    (void)state;
    off_t ends[RECORDS];
    torn image = torn_image(ends);
    for (size_t at = (size_t)ends[RECORDS - 4]; at <= image.wal_n; at = next_offset(at)) {
        forget_files();
        spill("", image.db, image.db_n);
        spill("-wal", image.wal, at);
        expect_prefix(ends, at);
    }
    free(image.db);
    free(image.wal);
}

static void a_flipped_byte_loses_only_the_tail(void **state)
{
    (void)state;
    off_t ends[RECORDS];
    torn image = torn_image(ends);
    for (size_t at = (size_t)ends[RECORDS - 4]; at < image.wal_n; at = next_offset(at)) {
        forget_files();
        spill("", image.db, image.db_n);
        image.wal[at] ^= 0x20;
        spill("-wal", image.wal, image.wal_n);
        image.wal[at] ^= 0x20;
        expect_prefix(ends, at);
    }
    free(image.db);
    free(image.wal);
}

/* ---- the disk fails ------------------------------------------------------------------------- */

/* ENOSPC and EIO from the n-th write on, for every n: an error, nothing torn, then it goes on. */
static void goes_on_when_there_is_room_again(void **state)
{
    (void)state;
    static const int errors[] = {ENOSPC, EIO, EDQUOT};
    int numbers[200], kept[200];
    int n = 0;
    open_spool(1 << 24);
    for (int e = 0; e < 3; e++)
        for (int at = 1; at <= 12; at++) {
            kept[n] = n * 10;
            assert_int_equal(append_number(kept[n]), MS_OK);
            n++;
            writes = 0;
            fail_write_with = errors[e];
            fail_write_at = at;
            ms_arena *arena = ms_arena_new(0);
            answer a = append(numbered(arena, n * 10));
            ms_arena_free(arena);
            fail_write_at = 0;
            if (a.status == MS_OK) {
                kept[n] = n * 10;
                n++;
            } else {
                assert_int_equal(a.status, MS_INTERNAL);
                assert_non_null(strstr(a.text, path));
            }
            if (at == 1)
                assert_int_equal(a.status, MS_INTERNAL);
            assert_int_equal(read_numbers(numbers, 200), n);
        }
    close_spool();
    open_spool(1 << 24);
    assert_int_equal(read_numbers(numbers, 200), n);
    for (int i = 0; i < n; i++)
        assert_int_equal(numbers[i], kept[i]);
}

static void a_failed_fsync_is_never_taken_back(void **state)
{
    (void)state;
    int numbers[20];
    ms_error err;
    open_spool(1 << 20);
    assert_int_equal(append_number(0), MS_OK);
    assert_int_equal(append_number(1), MS_OK);
    syncs = 0;
    fail_sync_at = 1;
    answer a = append(MS_STR("lost"));
    assert_int_equal(a.status, MS_INTERNAL);
    assert_non_null(strstr(a.text, "fsync"));
    for (int i = 0; i < 3; i++) { /* the next fsync would succeed; it is not asked */
        int before = syncs;
        assert_int_equal(append_number(2), MS_INTERNAL);
        assert_int_equal(syncs, before);
    }
    assert_int_equal(ms_spool_drop(spool, 1, &err), MS_INTERNAL);
    assert_int_equal(ms_spool_count(spool), 2);
    close_spool();
    open_spool(1 << 20);
    assert_int_equal(append_number(2), MS_OK);
    assert_int_equal(read_numbers(numbers, 20), 3);
}

static void survives_a_full_file_system(void **state)
{
    (void)state;
    static char body[20000];
    int accepted = 0, refused = 0;
    if (geteuid() != 0 || mount("none", dir, "tmpfs", 0, "size=1m") != 0)
        skip();
    ms_arena *arena = ms_arena_new(0);
    ms_error err;
    memset(body, 'b', sizeof body);
    open_spool(1 << 30);
    for (int round = 0; round < 5; round++) {
        while (append((ms_str){body, sizeof body}).status == MS_OK)
            accepted++;
        refused++;
        assert_int_equal(ms_spool_count(spool), accepted);
        ms_spooled *records;
        size_t n;
        assert_int_equal(ms_spool_peek(spool, arena, 1000, &records, &n, &err), MS_OK);
        assert_int_equal(n, accepted);
        for (size_t i = 0; i < n; i++)
            assert_true(ms_str_eq(records[i].body, (ms_str){body, sizeof body}));
        ms_arena_reset(arena);
        close_spool(); /* moves the log into the file, where it fits */
        open_spool(1 << 30);
        assert_int_equal(ms_spool_count(spool), accepted);
    }
    print_message("%d records fitted, %d refusals\n", accepted, refused);
    assert_true(accepted > 10);
    close_spool();
    ms_arena_free(arena);
    forget_files();
    assert_int_equal(umount(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loses_nothing_acknowledged_to_kill_9), TEST(a_cut_log_loses_only_its_tail),
        TEST(a_flipped_byte_loses_only_the_tail),   TEST(goes_on_when_there_is_room_again),
        TEST(a_failed_fsync_is_never_taken_back),   TEST(survives_a_full_file_system),
    };
    interpose_writes();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

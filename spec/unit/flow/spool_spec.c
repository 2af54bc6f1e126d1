/* The spool on ordinary days: order, bounds, one owner. Its faults: spool_fault_spec.c. */
#include "spool_support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* This program's fdatasync stands before libc's: a commit waits while the gate is held. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int syncs;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    syncs++;
    return (int)syscall(SYS_fdatasync, fd);
}

/* ---- ordinary days -------------------------------------------------------------------------- */

static void gives_back_in_order_and_forgets(void **state)
{
    (void)state;
    int numbers[100];
    ms_error err;
    ms_arena *arena = ms_arena_new(0);
    ms_spooled *records;
    size_t n;
    open_spool(1 << 20);
    assert_int_equal(ms_spool_count(spool), 0);
    assert_int_equal(read_numbers(numbers, 10), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(append_number(i), MS_OK);
    assert_int_equal(read_numbers(numbers, 100), 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(numbers[i], i);
    assert_int_equal(ms_spool_peek(spool, arena, 4, &records, &n, &err), MS_OK);
    assert_int_equal(n, 4);
    int64_t last = records[3].id;
    assert_int_equal(ms_spool_drop(spool, last, &err), MS_OK);
    assert_int_equal(ms_spool_drop(spool, last, &err), MS_OK); /* again: nothing left to drop */
    assert_int_equal(ms_spool_count(spool), 6);
    close_spool();
    open_spool(1 << 20); /* and over a restart */
    assert_int_equal(read_numbers(numbers, 100), 6);
    assert_int_equal(numbers[0], 4);
    assert_int_equal(ms_spool_drop(spool, INT64_MAX, &err), MS_OK);
    assert_int_equal(ms_spool_count(spool), 0);
    assert_int_equal(append_number(50), MS_OK); /* an emptied spool never gives an id twice */
    assert_int_equal(ms_spool_peek(spool, arena, 4, &records, &n, &err), MS_OK);
    assert_true(records[0].id > last + 6);
    ms_arena_free(arena);
}

static void keeps_any_bytes(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_spooled *records;
    ms_error err;
    size_t n;
    open_spool(1 << 20);
    assert_int_equal(append(MS_STR("")).status, MS_OK);
    assert_int_equal(append(MS_NONE).status, MS_OK);
    assert_int_equal(append((ms_str){"\0\xff';--\0", 7}).status, MS_OK);
    assert_int_equal(ms_spool_peek(spool, arena, 10, &records, &n, &err), MS_OK);
    assert_int_equal(n, 3);
    assert_int_equal(records[0].body.n, 0);
    assert_int_equal(records[2].body.n, 7);
    assert_memory_equal(records[2].body.p, "\0\xff';--\0", 7);
    ms_arena_free(arena);
}

static void answers_on_the_loop_after_one_commit_for_many(void **state)
{
    (void)state;
    enum { N = 500 };
    static answer answers[N];
    ms_arena *arena = ms_arena_new(0);
    memset(answers, 0, sizeof answers);
    open_spool(1 << 24);
    pthread_mutex_lock(&gate); /* the first commit waits for its fsync while the others gather */
    syncs = 0;
    for (int i = 0; i < N; i++)
        ms_spool_append(spool, numbered(arena, i), answered, &answers[i]);
    assert_int_equal(ms_spool_count(spool), N);
    for (int i = 0; i < N; i++)
        assert_int_equal(answers[i].calls, 0); /* nothing is acknowledged before it is on disk */
    pthread_mutex_unlock(&gate);
    while (answers[N - 1].calls == 0)
        ms_loop_step(loop);
    for (int i = 0; i < N; i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].status, MS_OK);
        assert_true(pthread_equal(answers[i].thread, pthread_self()));
    }
    assert_in_range(syncs, 1, 20);
    int numbers[N];
    assert_int_equal(read_numbers(numbers, N), N);
    ms_arena_free(arena);
}

static void is_bounded(void **state)
{
    (void)state;
    ms_error err;
    open_spool(100);
    assert_int_equal(append((ms_str){"0123456789012345678901234567890123456789", 40}).status,
                     MS_OK);
    assert_int_equal(append((ms_str){"0123456789012345678901234567890123456789", 40}).status,
                     MS_OK);
    answer full = append((ms_str){"012345678901234567890", 21});
    assert_int_equal(full.status, MS_TOO_LARGE);
    assert_non_null(strstr(full.text, "full"));
    assert_int_equal(ms_spool_count(spool), 2);
    assert_int_equal(append((ms_str){"01234567890123456789", 20}).status, MS_OK); /* exactly 100 */
    assert_int_equal(append(MS_STR("x")).status, MS_TOO_LARGE);
    close_spool();
    open_spool(100); /* what it holds is counted again */
    assert_int_equal(append(MS_STR("x")).status, MS_TOO_LARGE);
    assert_int_equal(ms_spool_drop(spool, 1, &err), MS_OK);
    assert_int_equal(append(MS_STR("x")).status, MS_OK);
}

static void closing_writes_what_waits(void **state)
{
    (void)state;
    enum { N = 100 };
    static answer answers[N];
    int numbers[N];
    ms_arena *arena = ms_arena_new(0);
    memset(answers, 0, sizeof answers);
    open_spool(1 << 24);
    for (int i = 0; i < N; i++)
        ms_spool_append(spool, numbered(arena, i), answered, &answers[i]);
    close_spool();
    for (int i = 0; i < N; i++)
        assert_true(answers[i].calls == 1 && answers[i].status == MS_OK);
    ms_arena_free(arena);
    open_spool(1 << 24);
    assert_int_equal(read_numbers(numbers, N), N);
}

/* ---- who may open it ------------------------------------------------------------------------ */

static ms_status try_open(ms_error *err)
{
    ms_spool *second = NULL;
    ms_loop *other = ms_loop_new(err);
    ms_status status = ms_spool_open(other, path, 1000, &second, err);
    ms_spool_close(second);
    ms_loop_free(other);
    return status;
}

static void belongs_to_one_process(void **state)
{
    (void)state;
    int ready[2], status;
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t owner = fork();
    if (owner == 0) {
        open_spool(1000);
        _exit(write(ready[1], "x", 1) == 1 && pause() ? 1 : 0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    ms_error err;
    assert_int_equal(try_open(&err), MS_CONFLICT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "another process"));
    assert_true(err.hint[0] != '\0');
    kill(owner, SIGKILL);
    waitpid(owner, &status, 0);
    assert_int_equal(try_open(&err), MS_OK); /* the dead hold nothing */
    open_spool(1000);
    assert_int_equal(try_open(&err), MS_CONFLICT);
    assert_int_equal(append(MS_STR("still mine")).status, MS_OK);
    close(ready[0]);
    close(ready[1]);
}

static void is_readable_by_its_owner_alone(void **state)
{
    (void)state;
    struct stat st;
    char log[128];
    mode_t mask = umask(0);
    open_spool(1000);
    assert_int_equal(append(MS_STR("x")).status, MS_OK);
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(stat(log, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void refuses_what_is_no_spool(void **state)
{
    (void)state;
    ms_error err;
    char text[4096];
    FILE *f = fopen(path, "w");
    memset(text, 'x', sizeof text);
    assert_int_equal(fwrite(text, 1, sizeof text, f), sizeof text);
    fclose(f);
    assert_int_equal(try_open(&err), MS_INTERNAL);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "not a database"));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, sizeof text); /* left as it was */
    unlink(path);
    snprintf(path, sizeof path, "%s/none/a.spool", dir);
    assert_int_equal(try_open(&err), MS_INTERNAL);
    assert_non_null(strstr(err.text, "No such file"));
    snprintf(path, sizeof path, "%s/a.spool", dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_back_in_order_and_forgets),
        TEST(keeps_any_bytes),
        TEST(answers_on_the_loop_after_one_commit_for_many),
        TEST(is_bounded),
        TEST(closing_writes_what_waits),
        TEST(belongs_to_one_process),
        TEST(is_readable_by_its_owner_alone),
        TEST(refuses_what_is_no_spool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

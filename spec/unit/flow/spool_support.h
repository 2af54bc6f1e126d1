/*
 * What the spool's specs share: one spool in a folder of its own, records that can be checked.
 */
#ifndef SPEC_UNIT_FLOW_SPOOL_SUPPORT_H
#define SPEC_UNIT_FLOW_SPOOL_SUPPORT_H

#include "flow/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

static char dir[64], path[96];
static ms_loop *loop;
static ms_spool *spool;

static inline void forget_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static inline void open_spool(int64_t max_bytes)
{
    ms_error err = {0};
    loop = ms_loop_new(&err);
    assert_non_null(loop);
    if (ms_spool_open(loop, path, max_bytes, &spool, &err) != MS_OK)
        fail_msg("%s", err.text);
}

static inline void close_spool(void)
{
    ms_spool_close(spool);
    ms_loop_free(loop);
    spool = NULL;
    loop = NULL;
}

typedef struct answer {
    int calls;
    ms_status status;
    char text[800];
    pthread_t thread;
} answer;

static inline void answered(void *arg, ms_status status, const ms_error *err)
{
    answer *a = arg;
    a->calls++;
    a->status = status;
    a->thread = pthread_self();
    snprintf(a->text, sizeof a->text, "%s %s", status ? err->text : "", status ? err->hint : "");
}

static inline answer append(ms_str body)
{
    answer a = {0};
    ms_spool_append(spool, body, answered, &a);
    assert_int_equal(a.calls, 0);
    while (a.calls == 0)
        ms_loop_step(loop);
    return a;
}

/* The record with number `i`: its length and every byte follow from the number. */
static inline ms_str numbered(ms_arena *arena, int i)
{
    size_t n = 16 + (size_t)(i * 7919 % 3000);
    char *p = ms_alloc(arena, n + 1);
    assert_non_null(p);
    memset(p, 'a' + i % 26, n);
    snprintf(p, 16, "%015d", i);
    p[15] = '|';
    return (ms_str){p, n};
}

/* All records of the spool are whole; their numbers in order into `numbers`. */
static inline size_t read_numbers(int *numbers, size_t max)
{
    ms_arena *arena = ms_arena_new(0);
    ms_spooled *records;
    size_t n;
    ms_error err;
    if (ms_spool_peek(spool, arena, max, &records, &n, &err) != MS_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = atoi(records[i].body.p);
        ms_str want = numbered(arena, numbers[i]);
        assert_true(ms_str_eq(records[i].body, want));
        assert_true(i == 0 || records[i].id > records[i - 1].id);
    }
    assert_int_equal(n, ms_spool_count(spool));
    ms_arena_free(arena);
    return n;
}

static inline ms_status append_number(int i)
{
    ms_arena *arena = ms_arena_new(0);
    ms_status status = append(numbered(arena, i)).status;
    ms_arena_free(arena);
    return status;
}

static inline int new_folder(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/spool_spec.XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/a.spool", dir);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    if (spool)
        close_spool();
    forget_files();
    return rmdir(dir);
}

/* A test that gets a new folder and leaves none behind. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)

#endif

/* Log lines: one line per event whatever is in the values, and JSON that parses. */
#include "base/json.h"
#include "base/log.h"
#include "spec.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int out;
static char text[1 << 20];

static void start(ms_log_format format, ms_log_level level, const char *role)
{
    assert_int_equal(ftruncate(out, 0), 0);
    lseek(out, 0, SEEK_SET);
    ms_log_setup(out, format, level, role);
}

static size_t logged(void)
{
    ssize_t n = pread(out, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    return (size_t)n;
}

static void writes_text(void **state)
{
    (void)state;
    start(MS_LOG_TEXT, MS_LOG_INFO, NULL);
    ms_log *l = ms_log_begin(MS_LOG_INFO, "delivery.stored");
    ms_log_z(l, "source", "cw1");
    ms_log_int(l, "ms", 3);
    ms_log_z(l, "none", NULL);
    ms_log_z(l, "empty", "");
    ms_log_z(l, "path", "/a b");
    ms_log_z(l, "evil", "x\nlevel=error");
    ms_log_end(l);
    logged();
    assert_non_null(strstr(text, "Z info  delivery.stored source=cw1 ms=3 none=null empty=\"\" "
                                 "path=\"/a b\" evil=\"x\\nlevel=error\"\n"));
    assert_int_equal(strcspn(text, " "), 24); /* 2026-01-02T03:04:05.678Z */
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void writes_json_that_parses(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_member member = {MS_STR("n"), ms_int(1)};
    ms_value v, object = ms_object(&member, 1);
    start(MS_LOG_AUTO, MS_LOG_DEBUG, "judge"); /* a file is no terminal */
    ms_log *l = ms_log_begin(MS_LOG_ERROR, "a.b");
    ms_log_str(l, "raw", (ms_str){"\"\\\n\0\xff", 5});
    ms_log_value(l, "v", &object);
    ms_log_value(l, "nil", NULL);
    ms_log_int(l, "min", INT64_MIN);
    ms_log_end(l);
    size_t n = logged();
    assert_int_equal(text[n - 1], '\n');
    char *escape = strstr(text, "\\u0000"); /* trees refuse NUL, logs may tell of it */
    assert_non_null(escape);
    memcpy(escape, "\\u0020", 6);
    assert_int_equal(ms_json_parse(arena, (ms_str){text, n}, &v, NULL), MS_OK);
    static const char *const keys[] = {"ts", "level", "event", "role", "raw", "v", "nil", "min"};
    assert_int_equal(v.count, 8);
    for (uint32_t i = 0; i < 8; i++)
        assert_str(v.as.members[i].key, keys[i]);
    assert_str(ms_as_str(ms_get(&v, "level")), "error");
    assert_str(ms_as_str(ms_get(&v, "role")), "judge");
    assert_true(ms_as_int(ms_get(&v, "min"), 0) == INT64_MIN);
    assert_int_equal(ms_get(&v, "nil")->kind, MS_NULL);
    ms_arena_free(arena);
}

static void is_silent_below_the_level(void **state)
{
    (void)state;
    start(MS_LOG_TEXT, MS_LOG_WARN, NULL);
    ms_log *l = ms_log_begin(MS_LOG_INFO, "quiet");
    assert_null(l);
    ms_log_z(l, "a", "b");
    ms_log_int(l, "a", 1);
    ms_log_value(l, "a", NULL);
    ms_log_end(l);
    ms_log_msg(MS_LOG_DEBUG, "quiet", "%d", 1);
    assert_int_equal(logged(), 0);
    ms_log_msg(MS_LOG_WARN, "loud", "%s %d", "x", 5);
    logged();
    assert_non_null(strstr(text, "warn  loud msg=\"x 5\"\n"));
}

static void writes_errors(void **state)
{
    (void)state;
    ms_error err;
    start(MS_LOG_TEXT, MS_LOG_INFO, NULL);
    ms_fail(&err, MS_UNAVAILABLE, "no server at %s", "x");
    ms_log_error(MS_LOG_ERROR, "db.away", &err);
    ms_hint(&err, "start it");
    ms_log_error(MS_LOG_ERROR, "db.away", &err);
    logged();
    assert_non_null(strstr(text, "error db.away status=UNAVAILABLE msg=\"no server at x\"\n"));
    assert_non_null(strstr(text, "msg=\"no server at x\" hint=\"start it\"\n"));
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *arg)
{
    char word[200];
    memset(word, 'a' + *(int *)arg, sizeof word - 1);
    word[sizeof word - 1] = '\0';
    for (int i = 0; i < LINES; i++) {
        ms_log *l = ms_log_begin(MS_LOG_INFO, "thread");
        ms_log_z(l, "word", word);
        ms_log_end(l);
    }
    return NULL;
}

static void keeps_lines_of_threads_apart(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int ids[THREADS];
    start(MS_LOG_JSON, MS_LOG_INFO, NULL);
    assert_int_equal(fcntl(out, F_SETFL, O_APPEND), 0);
    for (int i = 0; i < THREADS; i++) {
        ids[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &ids[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    size_t n = logged(), lines = 0;
    ms_arena *arena = ms_arena_new(0);
    for (char *p = text, *end; p < text + n; p = end + 1, lines++) {
        ms_value v;
        end = strchr(p, '\n');
        assert_non_null(end);
        assert_int_equal(ms_json_parse(arena, (ms_str){p, (size_t)(end - p)}, &v, NULL), MS_OK);
        assert_int_equal(ms_get(&v, "word")->count, 199);
        ms_arena_reset(arena);
    }
    assert_int_equal(lines, THREADS * LINES);
    ms_arena_free(arena);
}

static void outlives_a_closed_descriptor(void **state)
{
    (void)state;
    ms_log_setup(-1, MS_LOG_AUTO, MS_LOG_INFO, NULL);
    ms_log_msg(MS_LOG_ERROR, "lost", "x");
    start(MS_LOG_TEXT, MS_LOG_INFO, NULL);
    ms_log_msg(MS_LOG_ERROR, "kept", "%s", "");
    logged();
    assert_non_null(strstr(text, "kept msg=\"\"\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_text),
        cmocka_unit_test(writes_json_that_parses),
        cmocka_unit_test(is_silent_below_the_level),
        cmocka_unit_test(writes_errors),
        cmocka_unit_test(keeps_lines_of_threads_apart),
        cmocka_unit_test(outlives_a_closed_descriptor),
    };
    char path[] = "/tmp/log_spec.XXXXXX";
    out = mkstemp(path);
    unlink(path);
    return out < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

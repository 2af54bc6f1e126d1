/* The arena: alignment, chunk borders, reset, copies that borrow from nothing else. */
#include "base/arena.h"
#include "base/json.h"
#include "spec.h"

static void aligns_and_keeps_everything(void **state)
{
    (void)state;
    enum { N = 2000 };
    unsigned char *p[N];
    ms_arena *arena = ms_arena_new(64);
    for (size_t i = 0; i < N; i++) {
        p[i] = ms_alloc(arena, i % 131);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
        memset(p[i], (int)(i & 0xFF), i % 131);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i % 131; j++)
            assert_int_equal(p[i][j], i & 0xFF);
    ms_arena_free(arena);
}

static void gives_distinct_memory_for_nothing(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    char *a = ms_alloc(arena, 0), *b = ms_alloc(arena, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    assert_int_equal(ms_arena_used(arena), 0);
    ms_arena_free(arena);
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    for (size_t less = 0; less < 100; less++)
        assert_null(ms_alloc(arena, SIZE_MAX - less));
    assert_null(ms_alloc_zero(arena, SIZE_MAX / 2 + 1, 2));
    assert_null(ms_alloc_zero(arena, SIZE_MAX / 8 + 1, 16));
    assert_non_null(ms_alloc(arena, 16)); /* a refusal leaves it usable */
    ms_arena_free(arena);
}

static void zeroes_reused_memory(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(256);
    memset(ms_alloc(arena, 200), 0xEE, 200);
    ms_arena_reset(arena);
    unsigned char *p = ms_alloc_zero(arena, 20, 10);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(p[i], 0);
    ms_arena_free(arena);
}

static void keeps_the_first_chunk_over_a_reset(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(128);
    void *first = ms_alloc(arena, 100);
    for (int i = 0; i < 50; i++)
        ms_alloc(arena, i * 10);
    ms_alloc(arena, 100000);
    assert_true(ms_arena_used(arena) > 100000);
    ms_arena_reset(arena);
    assert_int_equal(ms_arena_used(arena), 0);
    assert_ptr_equal(ms_alloc(arena, 100), first);
    assert_int_equal(ms_arena_used(arena), 100);
    ms_arena_free(arena);
    ms_arena_free(NULL);
}

static void serves_large_pieces_without_losing_the_chunk(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(1024);
    char *a = ms_alloc(arena, 16);
    ms_alloc(arena, 1 << 20);
    char *b = ms_alloc(arena, 16);
    assert_ptr_equal(b, a + 16);
    ms_arena_free(arena);
}

static void duplicates_with_a_nul(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_str s = ms_arena_dup(arena, (ms_str){"a\0bXX", 3});
    assert_int_equal(s.n, 3);
    assert_memory_equal(s.p, "a\0b\0", 4);
    assert_null(ms_arena_dup(arena, MS_NONE).p);
    ms_str empty = ms_arena_dup(arena, MS_STR(""));
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    ms_arena_free(arena);
}

static void formats_any_length(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(64);
    ms_str s = ms_arena_format(arena, "%0500d|%s", 7, "x");
    assert_int_equal(s.n, 502);
    assert_string_equal(s.p + 499, "7|x");
    assert_string_equal(ms_arena_format(arena, "%s", "").p, "");
    ms_arena_free(arena);
}

/* The copy survives the source's arena (asan tells when it does not). */
static void copies_values_deeply(void **state)
{
    (void)state;
    static const char json[] =
        "{\"a\":[1,2.50,\"x\\n\",{\"b\":null,\"c\":[],\"d\":{}}],\"e\":true}";
    ms_arena *from = ms_arena_new(0), *to = ms_arena_new(0);
    ms_value v, copy;
    assert_int_equal(ms_json_parse(from, MS_STR(json), &v, NULL), MS_OK);
    assert_true(ms_arena_copy(to, &v, &copy));
    ms_arena_free(from);
    ms_buf out = {0};
    ms_json_write(&out, &copy);
    assert_str(ms_buf_view(&out), json);
    assert_str(copy.text, json);
    const ms_value *inner = &ms_get(&copy, "a")->as.items[3];
    assert_str(inner->text, "{\"b\":null,\"c\":[],\"d\":{}}");
    assert_true(inner->text.p > copy.text.p && inner->text.p < copy.text.p + copy.text.n);
    ms_buf_free(&out);
    ms_arena_free(to);
}

static void copies_rows_and_keeps_null_apart(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_str columns[] = {MS_STR("id"), MS_STR("name")};
    ms_str cells[] = {MS_STR("1"), MS_NONE, MS_STR("2"), MS_STR("")};
    ms_rows rows = {2, 2, columns, cells, MS_STR("SELECT 2")};
    ms_value v = {.kind = MS_ROWS, .as.rows = &rows};
    assert_true(ms_arena_copy(arena, &v, &v)); /* in place */
    cells[0] = cells[2] = MS_STR("?");
    assert_ptr_not_equal(v.as.rows, &rows);
    assert_str(ms_cell(v.as.rows, 0, 0), "1");
    assert_null(ms_cell(v.as.rows, 0, 1).p);
    assert_non_null(ms_cell(v.as.rows, 1, 1).p);
    assert_str(v.as.rows->command, "SELECT 2");
    ms_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_and_keeps_everything),
        cmocka_unit_test(gives_distinct_memory_for_nothing),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(zeroes_reused_memory),
        cmocka_unit_test(keeps_the_first_chunk_over_a_reset),
        cmocka_unit_test(serves_large_pieces_without_losing_the_chunk),
        cmocka_unit_test(duplicates_with_a_nul),
        cmocka_unit_test(formats_any_length),
        cmocka_unit_test(copies_values_deeply),
        cmocka_unit_test(copies_rows_and_keeps_null_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

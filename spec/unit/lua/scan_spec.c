/* The token scan: absurd sources are refused before the compiler sees them, honest ones pass. */
#include "lua_support.h"

#include "lua/scan.h"

static ms_status scan_text(const char *text, size_t n, ms_words *words, ms_error *err,
                           ms_arena *arena)
{
    *err = (ms_error){0};
    return ms_scan(arena, MS_STR("f.lua"), (ms_str){text, n}, words, err);
}

/* `unit` n times between two texts. */
static char *repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t size = strlen(head) + strlen(unit) * n + strlen(tail) + 1;
    char *text = malloc(size), *at = text;
    assert_non_null(text);
    at = stpcpy(at, head);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, unit);
    stpcpy(at, tail);
    return text;
}

static void expect(const char *head, const char *unit, size_t n, const char *tail, ms_status wanted)
{
    ms_arena *arena = ms_arena_new(0);
    ms_words words = {0};
    ms_error err;
    char *text = repeated(head, unit, n, tail);
    ms_status got = scan_text(text, strlen(text), &words, &err, arena);
    if (got != wanted)
        fail_msg("%s(%s x %zu)%s: %s %s", head, unit, n, tail, ms_status_name(got), err.text);
    free(text);
    ms_arena_free(arena);
}

static void test_chains(void **state)
{
    (void)state;
    expect("x = a", ".b", 200, "", MS_OK);
    expect("x = a", ".b", 201, "", MS_INVALID);
    expect("x = a", " . b", 201, "", MS_INVALID);
    expect("x = a", "--[[ ]].b", 201, "", MS_INVALID);
    expect("x = a", "[1]", 201, "", MS_INVALID);
    expect("x = a", "[\"k\"]", 201, "", MS_INVALID);
    expect("x = a", "[f(1)]", 201, "", MS_INVALID);
    expect("x = a", ".b[i].c", 67, "", MS_INVALID);
    expect("x = ((a", ".b", 201, "))", MS_INVALID);
    expect("x = (((a.b.c).d", ".b", 99, ").e).f.g", MS_OK);
    expect("x = (a.b", ".b", 198, ").c.d", MS_INVALID);
    expect("x = a", "\n.b", 30000, " + 1", MS_INVALID);
    /* A call starts anew, and these are no chains at all. */
    expect("x = a", ".b()", 500, "", MS_OK);
    expect("x = a", ":b(1)", 500, "", MS_OK);
    expect("x = a", ".b.c \"s\"", 500, "", MS_OK);
    expect("x = 1", " + a.b", 5000, "", MS_OK);
    expect("x = { ", "a.b, ", 5000, "}", MS_OK);
    expect("x = 1", " .. 'a.b.c'", 300, "", MS_OK);
    expect("x = \"", ".b", 300, "\"", MS_OK);
    expect("x = [==[", ".b]]", 300, "]==]", MS_OK);
    expect("-- a", ".b", 300, "", MS_OK);
    expect("x = 1.5", " + .5", 300, "", MS_OK);
}

static void test_labels_and_brackets(void **state)
{
    (void)state;
    expect("", "::l::\n", 200, "", MS_OK);
    expect("", "::l::\n", 201, "", MS_INVALID);
    expect("x = ", "(", 200, "", MS_OK); /* the compiler has its own word on that */
    expect("x = ", "(", 201, "", MS_INVALID);
    expect("x = ", "{", 201, "", MS_INVALID);
    expect("", ")", 500, "", MS_OK);
}

static void test_sources_that_end_anywhere(void **state)
{
    (void)state;
    static const char all[] =
        "local a, b = \"x\\\"y\", 'z\\\n' --[==[ long ]==] -- short\n"
        "::l:: x = a.b[ [[k]] ]:c { 0x1p-3, 1e+5, ..., a .. b } goto l \0 \x7f";
    ms_arena *arena = ms_arena_new(0);
    for (size_t n = 0; n <= sizeof all; n++) {
        ms_words words = {0};
        ms_error err;
        char *copy = malloc(n ? n : 1); /* so that a sanitizer sees a step too far */
        memcpy(copy, all, n);
        assert_int_equal(scan_text(copy, n, &words, &err, arena), MS_OK);
        free(copy);
    }
    ms_arena_free(arena);
}

static void test_words_keep_their_lines(void **state)
{
    (void)state;
    const char *text = "x = \"one\"\n-- \"two\"\ny = 'two' z = \"a\\n\" --[[\n\n]] \"one\"";
    ms_arena *arena = ms_arena_new(0);
    ms_words words = {0};
    ms_error err;
    assert_int_equal(scan_text(text, strlen(text), &words, &err, arena), MS_OK);
    assert_int_equal(words.n, 3);
    assert_int_equal(ms_word_line(&words, MS_STR("one"), 1), 1);
    assert_int_equal(ms_word_line(&words, MS_STR("one"), 2), 5);
    assert_int_equal(ms_word_line(&words, MS_STR("two"), 1), 3);
    assert_int_equal(ms_word_line(&words, MS_STR("two"), 4), 0);
    ms_arena_free(arena);
}

static void test_many_words(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_words words = {0};
    ms_error err;
    char *text = repeated("x = {", "\"w\",\n", 3000, "\"last\"}");
    assert_int_equal(scan_text(text, strlen(text), &words, &err, arena), MS_OK);
    assert_int_equal(words.n, 3001);
    assert_int_equal(ms_word_line(&words, MS_STR("last"), 1), 3001);
    free(text);
    ms_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_labels_and_brackets),
        cmocka_unit_test(test_sources_that_end_anywhere),
        cmocka_unit_test(test_words_keep_their_lines),
        cmocka_unit_test(test_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Text helpers: UTF-8, suggestions, canonical e-mail and phone, files. */
#include "base/text.h"
#include "spec.h"

#include <sys/stat.h>
#include <unistd.h>

static void trims_ascii_blanks(void **state)
{
    (void)state;
    assert_str(ms_trim(MS_STR(" \t\r\na b\n ")), "a b");
    assert_int_equal(ms_trim(MS_STR(" \n ")).n, 0);
    assert_int_equal(ms_trim(MS_STR("")).n, 0);
    assert_null(ms_trim(MS_NONE).p);
    assert_str(ms_trim(MS_STR("\v\xc2\xa0x")), "\v\xc2\xa0x"); /* other blanks are text */
}

static bool utf8(const char *p, size_t n)
{
    char *copy = tight((ms_str){p, n});
    bool ok = ms_utf8_valid((ms_str){copy, n});
    free(copy);
    return ok;
}

/* All one- to three-byte sequences and the borders of four-byte ones, against the definition. */
static void knows_utf8(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        char one[] = {(char)a};
        assert_int_equal(utf8(one, 1), a < 0x80);
        for (unsigned b = 0; b < 256; b++) {
            char two[] = {(char)a, (char)b};
            bool pair = a >= 0xC2 && a <= 0xDF && (b & 0xC0) == 0x80;
            assert_int_equal(ms_utf8_valid((ms_str){two, 2}), (a < 0x80 && b < 0x80) || pair);
            char three[] = {(char)a, (char)b, (char)0x80};
            unsigned code = (a & 15) << 12 | (b & 63) << 6;
            bool triple = (a & 0xF0) == 0xE0 && (b & 0xC0) == 0x80 && code >= 0x800 &&
                          (code < 0xD800 || code > 0xDFFF);
            bool tail = a < 0x80 && b >= 0xC2 && b <= 0xDF;
            assert_int_equal(ms_utf8_valid((ms_str){three, 3}), triple || tail);
        }
    }
    assert_true(utf8("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8));
    assert_false(utf8("\xf0\x8f\xbf\xbf", 4));
    assert_false(utf8("\xf4\x90\x80\x80", 4));
    assert_true(utf8("1234567\xc3\xa9"
                     "90123456789\xe2\x82\xac",
                     23));
    for (size_t n = 1; n < 4; n++)
        assert_false(utf8("\xf0\x9f\x98\x80", n));
    assert_true(ms_utf8_valid(MS_NONE));
}

static const char *nearest(const char *name)
{
    static const char *const names[] = {"budget_min", "budget_max", "urgency_level", "port", "id",
                                        "",           NULL};
    const char *best = ms_nearest(ms_str_z(name), names);
    return best ? best : "-";
}

static void suggests_what_is_near(void **state)
{
    (void)state;
    assert_string_equal(nearest("budget_mni"), "budget_min"); /* swapped: 1, not 2 */
    assert_string_equal(nearest("budget_mx"), "budget_max");
    assert_string_equal(nearest("urgencylevel"), "urgency_level");
    assert_string_equal(nearest("prot"), "port");
    assert_string_equal(nearest("ports"), "port");
    assert_string_equal(nearest("part"), "port");
    assert_string_equal(nearest("wrong"), "-");
    assert_string_equal(nearest("ix"), "-");
    assert_string_equal(nearest("x"), "-");
    assert_string_equal(nearest(""), "-");
    char longest[200];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_string_equal(nearest(longest), "-");
    longest[64] = '\0';
    assert_string_equal(nearest(longest), "-");
    const char *const same[] = {longest, NULL};
    assert_ptr_equal(ms_nearest(ms_str_z(longest), same), longest);
}

static void expect_email(const char *in, const char *out)
{
    ms_arena *arena = ms_arena_new(0);
    ms_str s = ms_email_normal(arena, ms_str_z(in));
    if (out)
        assert_str(s, out);
    else if (s.p)
        fail_msg("accepted '%s' as %s", in, s.p);
    ms_arena_free(arena);
}

static void normalises_email(void **state)
{
    (void)state;
    expect_email(" Jan.Jansen+x@Example.COM\n", "jan.jansen+x@example.com");
    expect_email("a@b", "a@b");
    expect_email("\xc3\x9c@x.nl", "\xc3\x9c@x.nl"); /* ASCII only */
    static const char *const none[] = {"",     " ",      "a",       "@",     "a@",
                                       "@b",   "a@b@c",  "a b@c.d", "a@b c", "a@.b",
                                       "a@b.", "a@b..c", "a@\xff",  "a\t@b", "a@b\x7f"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect_email(none[i], NULL);
    assert_null(ms_email_normal(NULL, MS_NONE).p);
    char longest[300];
    memset(longest, 'a', 254);
    longest[1] = '@';
    longest[254] = '\0';
    expect_email(longest, longest);
    longest[254] = 'a';
    longest[255] = '\0';
    expect_email(longest, NULL);
}

static void expect_phone(const char *in, const char *out)
{
    ms_arena *arena = ms_arena_new(0);
    ms_str s = ms_phone_normal(arena, ms_str_z(in));
    if (out)
        assert_str(s, out);
    else if (s.p)
        fail_msg("accepted '%s' as %s", in, s.p);
    ms_arena_free(arena);
}

static void normalises_phone(void **state)
{
    (void)state;
    expect_phone("+31612345678", "+31612345678");
    expect_phone(" +31 6 1234-5678 ", "+31612345678");
    expect_phone("0031/6.12345678", "+31612345678");
    expect_phone("+1 (415) 555-2671", "+14155552671");
    expect_phone("+31 (0)6 12345678", "+31612345678");
    expect_phone("+12345678", "+12345678");
    expect_phone("+123456789012345", "+123456789012345");
    static const char *const none[] = {"",
                                       "+",
                                       "00",
                                       "0612345678",
                                       "31612345678",
                                       "+1234567",
                                       "+1234567890123456",
                                       "+0612345678",
                                       "000612345678",
                                       "+31 6 1234 567x",
                                       "++31612345678",
                                       "+31+612345678",
                                       "+31612345678;ext=1",
                                       "tel:+31612345678",
                                       "+(0)31612345678",
                                       "\xd9\xa3\xd9\xa1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect_phone(none[i], NULL);
    assert_null(ms_phone_normal(NULL, MS_NONE).p);
    ms_arena *arena = ms_arena_new(0);
    assert_null(ms_phone_normal(arena, (ms_str){"+316123\0"
                                                "45678",
                                                13})
                    .p);
    ms_arena_free(arena);
}

static void reads_files(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    char path[] = "/tmp/text_spec.XXXXXX";
    ms_error err;
    ms_str s;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ms_read_file(arena, path, 0, &s, &err), MS_OK);
    assert_int_equal(s.n, 0);
    assert_int_equal(write(fd, "a\0bcd", 5), 5);
    close(fd);
    assert_int_equal(ms_read_file(arena, path, 5, &s, &err), MS_OK);
    assert_int_equal(s.n, 5);
    assert_memory_equal(s.p, "a\0bcd\0", 6);
    assert_int_equal(ms_read_file(arena, path, 4, &s, &err), MS_TOO_LARGE);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "4 bytes"));
    unlink(path);
    assert_int_equal(ms_read_file(arena, path, 4, &s, &err), MS_NOT_FOUND);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(ms_read_file(arena, "/tmp", 4, &s, &err), MS_INTERNAL);
    assert_non_null(strstr(err.text, "directory"));
    /* no size of their own: kernel files and endless ones */
    assert_int_equal(ms_read_file(arena, "/proc/self/smaps", 1 << 24, &s, &err), MS_OK);
    assert_true(s.n > 4096);
    assert_int_equal(ms_read_file(arena, "/dev/zero", 100000, &s, &err), MS_TOO_LARGE);
    ms_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trims_ascii_blanks),    cmocka_unit_test(knows_utf8),
        cmocka_unit_test(suggests_what_is_near), cmocka_unit_test(normalises_email),
        cmocka_unit_test(normalises_phone),      cmocka_unit_test(reads_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

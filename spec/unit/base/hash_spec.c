/* SHA-256 over pieces, and the short hash. */
#include "base/hash.h"
#include "spec.h"

static void hashes_the_published_examples(void **state)
{
    (void)state;
    char out[MS_SHA256_HEX + 1];
    ms_str abc = MS_STR("abc");
    assert_true(ms_sha256_hex(&abc, 1, out));
    assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(ms_sha256_hex(NULL, 0, out));
    assert_string_equal(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void pieces_are_one_text(void **state)
{
    (void)state;
    char whole[MS_SHA256_HEX + 1], parts[MS_SHA256_HEX + 1];
    ms_str one = {"a\0b and the rest", 16};
    ms_str many[] = {{"a", 1}, MS_NONE, {"\0", 1}, MS_STR(""), {"b and the rest", 14}};
    assert_true(ms_sha256_hex(&one, 1, whole));
    assert_true(ms_sha256_hex(many, 5, parts));
    assert_string_equal(whole, parts);
}

static void short_hash_depends_on_text_and_seed(void **state)
{
    (void)state;
    assert_true(ms_hash64(MS_STR("a"), 0) == 0xaf63dc4c8601ec8cu); /* as published */
    assert_true(ms_hash64(MS_STR("a"), 0) != ms_hash64(MS_STR("b"), 0));
    assert_true(ms_hash64(MS_STR("a"), 0) != ms_hash64(MS_STR("a"), 1));
    assert_true(ms_hash64(MS_STR(""), 5) != ms_hash64((ms_str){"\0", 1}, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_the_published_examples),
        cmocka_unit_test(pieces_are_one_text),
        cmocka_unit_test(short_hash_depends_on_text_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Ids grow, survive a clock that stands still or goes back, and read back from their text. */
#include "flow/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void grow_within_a_millisecond(void **state)
{
    ms_ids ids;
    (void)state;
    ms_ids_init(&ids);
    int64_t last = 0;
    for (int i = 0; i < 200000; i++) { /* far more than 4,096 in one millisecond */
        int64_t id = ms_ids_next(&ids);
        assert_true(id > last);
        last = id;
    }
}

static void grow_when_the_clock_goes_back(void **state)
{
    ms_ids ids;
    (void)state;
    ms_ids_init(&ids);
    int64_t before = ms_ids_next(&ids);
    ids.last_ms += 3600 * 1000; /* an hour ahead of the clock: as after a step back */
    int64_t after = ms_ids_next(&ids);
    assert_true(after > before);
    assert_true(ms_ids_next(&ids) > after);
}

static void text_reads_back(void **state)
{
    static const int64_t ids[] = {1, 31, 32, 4095, INT64_C(1) << 40, INT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char text[MS_ID_TEXT];
        int64_t back = 0;
        assert_true(ms_id_parse("dlv", ms_id_text("dlv", ids[i], text), &back));
        assert_int_equal(back, ids[i]);
        assert_true(strlen(text) < MS_ID_TEXT);
    }
}

static void text_order_is_id_order(void **state)
{
    char a[MS_ID_TEXT], b[MS_ID_TEXT];
    ms_ids ids;
    (void)state;
    ms_ids_init(&ids);
    for (int i = 0; i < 1000; i++) {
        int64_t x = ms_ids_next(&ids), y = ms_ids_next(&ids);
        assert_true(strcmp(ms_id_text("dlv", x, a), ms_id_text("dlv", y, b)) < 0);
    }
}

static void wrong_texts_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "dlv_",
                                        "dlv_123",
                                        "dlv_00000000000000",
                                        "dlv_0000000000000",
                                        "dlv_000000000000i",
                                        "dec_0000000000001",
                                        "dlv_zzzzzzzzzzzzz",
                                        "-5",
                                        "0",
                                        "12x",
                                        "99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t id = -1;
        if (ms_id_parse("dlv", wrong[i], &id))
            fail_msg("\"%s\" was read as %lld", wrong[i], (long long)id);
    }
}

static void plain_numbers_are_read(void **state)
{
    int64_t id = 0;
    (void)state;
    assert_true(ms_id_parse("dlv", "48213", &id));
    assert_int_equal(id, 48213);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grow_within_a_millisecond),
        cmocka_unit_test(grow_when_the_clock_goes_back),
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(text_order_is_id_order),
        cmocka_unit_test(wrong_texts_are_refused),
        cmocka_unit_test(plain_numbers_are_read),
    };
    return cmocka_run_group_tests_name("flow/ids", tests, NULL, NULL);
}

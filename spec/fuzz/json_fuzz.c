/*
 * libFuzzer target: any bytes as a tree and, as the value of a member, as flat fields. Both accept
 * or both refuse (only \u0000 is refused in trees alone), and what was accepted is the same value
 * after being written and read again. `spec/fuzz/run.sh`; `./dev test --full`.
 */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* Written and read again it is equal, compact or not. */
static void check_round_trip(ms_arena *arena, const ms_value *value)
{
    ms_buf text = {0};
    for (int pretty = 0; pretty < 2; pretty++) {
        ms_value again, copy;
        text.n = 0;
        (pretty ? ms_json_write_pretty : ms_json_write)(&text, value);
        require(ms_json_parse(arena, ms_buf_view(&text), &again, NULL) == MS_OK);
        require(ms_json_equal(value, &again));
        require(ms_arena_copy(arena, &again, &copy) && ms_json_equal(&copy, value));
    }
    ms_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ms_json_reader *reader;
    static ms_fields top, nested;
    ms_arena *arena = ms_arena_new(0);
    ms_buf object = {0};
    ms_str source = {(const char *)data, size};
    ms_value value;
    if (!reader)
        reader = ms_json_reader_new();
    require(reader && arena);

    ms_error err = {0}, flat_err = {0};
    ms_status tree = ms_json_parse(arena, source, &value, &err);
    ms_buf_z(&object, "{\"k\":");
    ms_buf_str(&object, source);
    ms_buf_char(&object, '}');
    char *tight = malloc(object.n); /* not a byte more than it has, for the address sanitizer */
    require(tight != NULL);
    memcpy(tight, object.p, object.n);
    ms_status flat = ms_json_read(reader, (ms_str){tight, object.n}, "k", &top, &nested, &flat_err);

    /* Bytes may also close the object themselves: {"k": 1,"b":2 } is no fault of the reader. */
    bool one_member = flat == MS_OK && top.n == 1 && ms_str_eqz(top.items[0].key, "k");
    if (tree == MS_OK) {
        require(one_member || strstr(flat_err.text, "64 levels")); /* one more than the tree */
        check_round_trip(arena, &value);
    } else if (one_member) {
        require(strstr(err.text, "u0000"));
    }
    free(tight);
    ms_buf_free(&object);
    ms_arena_free(arena);
    return 0;
}

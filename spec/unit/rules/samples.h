/*
 * For the specs of coercion: one value a line, what becomes of it, and that what is changed,
 * written and reported agrees with that.
 */
#ifndef SPEC_SAMPLES_H
#define SPEC_SAMPLES_H

#include "court.h"

#define GONE NULL   /* absent: removed without an error */
#define BAD "error" /* invalid: removed and reported */
#define NOT(why) "error:" why

typedef struct sample {
    const char *in, *out; /* JSON */
} sample;

/* In the order of ms_why. */
static const char *const why_names[] = {"",     "kind",    "form", "ambiguous", "less",
                                        "more", "pattern", "slow", "choice",    "credentials"};

static inline bool same_value(court *c, const char *a, const char *b)
{
    ms_value x, y;
    assert_int_equal(ms_json_parse(c->arena, ms_str_z(a), &x, NULL), MS_OK);
    assert_int_equal(ms_json_parse(c->arena, ms_str_z(b), &y, NULL), MS_OK);
    return ms_json_equal(&x, &y);
}

static inline void expect(court *c, const ms_vertical *v, const char *key, const sample *s)
{
    char in[4096], want[4096], diff[4096] = "{}", writes[4096] = "{}";
    bool valid = s->out && strncmp(s->out, BAD, 5);
    snprintf(in, sizeof in, "{\"before\":1,\"%s\":%s,\"after\":[ 2 ]}", key, s->in);
    if (valid) {
        snprintf(want, sizeof want, "{\"before\":1,\"%s\":%s,\"after\":[ 2 ]}", key, s->out);
        if (!same_value(c, s->in, s->out)) {
            snprintf(diff, sizeof diff, "{\"%s\":%s}", key, s->out);
            snprintf(writes, sizeof writes, "%s", diff);
        }
    } else {
        snprintf(want, sizeof want, "{\"before\":1,\"after\":[ 2 ]}");
        snprintf(diff, sizeof diff, "{\"%s\":null}", key);
    }
    judge(c, v, in);
    print_message("%s %s\n", key, s->in);
    assert_string_equal(attributes_of(c), want);
    assert_string_equal(changed_of(c), diff);
    assert_string_equal(writes_of(c), writes);
    assert_int_equal(c->d.n_errors, s->out && !valid);
    if (c->d.n_errors) {
        snprintf(want, sizeof want, "[\"%s\"]", key);
        assert_string_equal(errors_of(c), want);
        const ms_slot *slot = &c->d.slots->items[c->d.errors[0]];
        assert_int_not_equal(slot->why, MS_WHY_NONE);
        if (s->out[5])
            assert_string_equal(why_names[slot->why], s->out + 6);
    }
    judge_at(c, v, in, 0, false);
    assert_string_equal(writes_of(c), "{}"); /* normalise off: nothing managed, nothing written */
}

/* All samples as values of one attribute, whose regex this compiles. */
static inline void expect_of(ms_attribute a, const sample *samples, uint32_t n)
{
    court *c = court_open();
    char key[64];
    ms_vertical v = {.attributes = &a, .n_attributes = 1};
    snprintf(key, sizeof key, "%.*s", (int)a.name.n, a.name.p);
    seal(c, &v);
    for (uint32_t i = 0; i < n; i++)
        expect(c, &v, key, &samples[i]);
    ms_vertical_unseal(&v);
    court_close(c);
}
#define EXPECT_OF(samples, ...)                                                                    \
    expect_of((ms_attribute){.name = MS_STR("x"), __VA_ARGS__}, samples, COUNT(samples))

/* The number inside for a valid value. */
static inline int64_t number_of(ms_attribute a, const char *json)
{
    ms_arena *arena = ms_arena_new(0);
    ms_taken_value taken;
    assert_non_null(arena);
    assert_int_equal(ms_attribute_take(&a, ms_str_z(json), arena, &taken, NULL), MS_OK);
    if (taken.why)
        fail_msg("%s is not valid: %d", json, (int)taken.why);
    int64_t number = taken.slot.number;
    ms_arena_free(arena);
    return number;
}

#endif

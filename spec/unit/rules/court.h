/*
 * For the specs of core/rules: a vertical put together by hand, and a contact judged from the JSON
 * of its attributes.
 */
#ifndef SPEC_COURT_H
#define SPEC_COURT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "rules/judge.h"

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))
#define CHOICE_OF(list) .choices = (list), .n_choices = COUNT(list)

enum { MAX_INT_VALUE = 100000000 };
#define MAX_CENTS 10000000000

typedef struct court {
    ms_arena *arena; /* of verticals */
    ms_judge *judge;
    ms_json_reader *reader;
    ms_fields top, nested;
    ms_decision d;
    ms_error err;
    ms_buf out;
    char *input; /* exact size, so that a read past its end is noticed */
} court;

static inline court *court_open(void)
{
    court *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->arena = ms_arena_new(0);
    c->judge = ms_judge_new();
    c->reader = ms_json_reader_new();
    assert_non_null(c->arena);
    assert_non_null(c->judge);
    assert_non_null(c->reader);
    return c;
}

static inline void court_close(court *c)
{
    ms_fields_free(&c->top);
    ms_fields_free(&c->nested);
    ms_json_reader_free(c->reader);
    ms_judge_free(c->judge);
    ms_arena_free(c->arena);
    ms_buf_free(&c->out);
    free(c->input);
    free(c);
}

static inline void seal(court *c, ms_vertical *v)
{
    ms_error err = {0};
    if (!v->file.p)
        v->file = MS_STR("vertical.lua");
    if (!v->version.p)
        v->version = MS_STR("v");
    if (!v->name.p)
        v->name = MS_STR("spec");
    ms_status status = ms_vertical_seal(v, c->arena, &err);
    if (status)
        fail_msg("seal: %s", err.text);
}

/* The fields of one object, read for c->top. */
static inline void read_fields(court *c, const char *attributes, size_t n)
{
    free(c->input);
    c->input = malloc(n ? n : 1);
    assert_non_null(c->input);
    memcpy(c->input, attributes, n);
    ms_status status =
        ms_json_read(c->reader, (ms_str){c->input, n}, NULL, &c->top, &c->nested, &c->err);
    if (status)
        fail_msg("%.*s: %s", (int)n, attributes, c->err.text);
}

static inline void judge_at(court *c, const ms_vertical *v, const char *attributes, int64_t today,
                            bool normalise)
{
    read_fields(c, attributes, strlen(attributes));
    ms_status status =
        ms_judge_contact(c->judge, v, &c->top, NULL, today, normalise, &c->d, &c->err);
    if (status)
        fail_msg("%s: %s", attributes, c->err.text);
}

/* On 2025-02-01, with normalise on. */
static inline void judge(court *c, const ms_vertical *v, const char *attributes)
{
    judge_at(c, v, attributes, ms_days(2025, 2, 1), true);
}

static inline const char *text_of(court *c)
{
    ms_buf_char(&c->out, '\0');
    assert_false(c->out.failed);
    return c->out.p;
}

static inline const char *attributes_of(court *c)
{
    c->out.n = 0;
    ms_decision_attributes(&c->d, &c->top, &c->out);
    return text_of(c);
}
static inline const char *changed_of(court *c)
{
    c->out.n = 0;
    ms_decision_changes(c->d.changed, c->d.n_changed, &c->out);
    return text_of(c);
}
static inline const char *writes_of(court *c)
{
    c->out.n = 0;
    ms_decision_changes(c->d.writes, c->d.n_writes, &c->out);
    return text_of(c);
}
static inline const char *errors_of(court *c)
{
    c->out.n = 0;
    ms_decision_errors(&c->d, &c->out);
    return text_of(c);
}
static inline const char *labels_of(court *c)
{
    c->out.n = 0;
    ms_decision_labels(&c->d, &c->out);
    return text_of(c);
}
static inline const char *fired_of(court *c)
{
    c->out.n = 0;
    ms_decision_rules(c->d.slots->vertical, &c->d.fired, &c->out);
    return text_of(c);
}
static inline const char *unknown_of(court *c)
{
    c->out.n = 0;
    ms_decision_rules(c->d.slots->vertical, &c->d.unknown, &c->out);
    return text_of(c);
}

#endif

/* Shared by the specs of core/lua: a vertical from a text, and contacts judged by it. */
#ifndef SPEC_LUA_SUPPORT_H
#define SPEC_LUA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lua/script.h"
#include "rules/judge.h"

#include <stdlib.h>

enum { TODAY = 20120 }; /* 2025-02-01 */

static inline ms_status load_limited(const char *text, size_t n, const ms_script_limits *limits,
                                     ms_script **out, ms_error *err)
{
    ms_source_file file = {MS_STR("vertical.lua"), {text, n}};
    *err = (ms_error){0};
    return ms_script_load(MS_STR("v"), &file, 1, limits, out, err);
}

static inline ms_status load(const char *text, ms_script **out, ms_error *err)
{
    return load_limited(text, strlen(text), NULL, out, err);
}

/* A vertical that must load. */
static inline ms_script *loaded(const char *text)
{
    ms_script *script = NULL;
    ms_error err;
    ms_status status = load(text, &script, &err);
    if (status)
        fail_msg("%s: %s", ms_status_name(status), err.text);
    return script;
}

/* One that must be refused as invalid, with this in its message. */
static inline void refused(const char *text, const char *part)
{
    ms_script *script = NULL;
    ms_error err;
    assert_int_equal(load(text, &script, &err), MS_INVALID);
    assert_null(script);
    if (!strstr(err.text, part))
        fail_msg("wanted: %s\n got: %s\n for: %s", part, err.text, text);
}

/* What stands before the part that a spec is about. */
#define HEAD                                                                                       \
    "vertical { name = \"v\", title = \"V\" } local a = attributes { "                             \
    "{ \"n\", integer }, { \"m\", integer }, { \"c\", choice { \"low\", \"high\" } }, "            \
    "{ \"cs\", choices { \"x\", \"y\", \"z\" } }, { \"b\", boolean }, { \"t\", text }, "           \
    "{ \"d\", date }, { \"e\", date }, { \"w\", money }, { \"any\", as_is } }\n"
#define RULE(when) "rule { id = \"R\", points = 10, because = \"b\", when = " when " }\n"

typedef struct bench {
    ms_script *script;
    ms_judge *judge;
    ms_json_reader *reader;
    ms_fields top, attributes;
    ms_decision decision;
    ms_error err;
} bench;

static inline bench open_bench(const char *text)
{
    bench b = {.script = loaded(text)};
    b.judge = ms_judge_new();
    b.reader = ms_json_reader_new();
    assert_non_null(b.judge);
    assert_non_null(b.reader);
    return b;
}

static inline void close_bench(bench *b)
{
    ms_fields_free(&b->top);
    ms_fields_free(&b->attributes);
    ms_json_reader_free(b->reader);
    ms_judge_free(b->judge);
    ms_script_free(b->script);
}

/* Judges the attributes given as a JSON object. */
static inline ms_status judge(bench *b, const char *attributes)
{
    ms_error err = {0};
    assert_int_equal(
        ms_json_read(b->reader, ms_str_z(attributes), NULL, &b->attributes, &b->top, &err), MS_OK);
    return ms_judge_contact(b->judge, ms_script_vertical(b->script), &b->attributes, NULL, TODAY,
                            true, &b->decision, &b->err);
}

/* Rule 0 for these attributes; a failed judgement fails the spec. */
static inline ms_truth truth(bench *b, const char *attributes)
{
    ms_status status = judge(b, attributes);
    if (status)
        fail_msg("%s: %s", ms_status_name(status), b->err.text);
    return ms_bit(&b->decision.fired, 0)     ? MS_YES
           : ms_bit(&b->decision.unknown, 0) ? MS_UNKNOWN
                                             : MS_NO;
}

/* New JSON text of a managed key, "" when it has none. Valid until the next call. */
static inline const char *managed(const bench *b, const char *key)
{
    static char text[1024];
    text[0] = '\0';
    for (uint32_t i = 0; i < b->decision.n_changed; i++)
        if (ms_str_eqz(b->decision.changed[i].key, key))
            snprintf(text, sizeof text, MS_FMT, MS_ARG(b->decision.changed[i].after));
    return text;
}

#endif

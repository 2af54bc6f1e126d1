#include "rules/evaluate.h"

#include "rules/inside.h"

#include <stdlib.h>

struct ms_evaluator {
    const ms_vertical *vertical;
    int64_t today;
    bool explain;
    ms_json_reader *reader, *facts_reader;
    ms_judge *judge;
    ms_fields top, attributes, facts;
    ms_buf text;
};

ms_evaluator *ms_evaluator_new(const ms_vertical *vertical, int64_t today, bool explain)
{
    ms_evaluator *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    *e = (ms_evaluator){.vertical = vertical, .today = today, .explain = explain};
    e->reader = ms_json_reader_new();
    e->facts_reader = ms_json_reader_new();
    e->judge = ms_judge_new();
    if (!e->reader || !e->facts_reader || !e->judge) {
        ms_evaluator_free(e);
        return NULL;
    }
    return e;
}

void ms_evaluator_free(ms_evaluator *e)
{
    if (!e)
        return;
    ms_json_reader_free(e->reader);
    ms_json_reader_free(e->facts_reader);
    ms_judge_free(e->judge);
    ms_fields_free(&e->top);
    ms_fields_free(&e->attributes);
    ms_fields_free(&e->facts);
    ms_buf_free(&e->text);
    free(e);
}

void ms_evaluate_error(uint64_t number, const char *what, ms_buf *out)
{
    ms_buf_format(out, "{\"line\":%llu,\"error\":", (unsigned long long)number);
    ms_json_string(out, ms_str_z(what));
    ms_buf_z(out, "}\n");
}

static const ms_field *last_of(const ms_fields *fields, ms_str key)
{
    for (size_t i = fields->n; i-- > 0;)
        if (ms_str_eq(fields->items[i].key, key))
            return &fields->items[i];
    return NULL;
}

/* What was looked up for the contact, for a vertical that declares facts. */
static ms_status read_facts(ms_evaluator *e, ms_error *err)
{
    const ms_field *f = e->vertical->n_facts ? last_of(&e->top, MS_STR("facts")) : NULL;
    e->facts.n = 0;
    if (!f || f->kind == MS_NULL)
        return MS_OK;
    if (f->kind != MS_OBJECT)
        return ms_fail(err, MS_INVALID, "facts is no object");
    return ms_json_read(e->facts_reader, f->raw, NULL, &e->facts, NULL, err);
}

static ms_status decide(ms_evaluator *e, ms_str line, ms_decision *d, const ms_fields **attributes,
                        ms_error *err)
{
    static const ms_fields none = {0};
    ms_status status =
        ms_json_read(e->reader, line, "custom_attributes", &e->top, &e->attributes, err);
    if (status)
        return status;
    const char *key = "custom_attributes";
    const ms_field *f = last_of(&e->top, ms_str_z(key));
    if (!f && last_of(&e->top, MS_STR("attributes"))) { /* as contact documents have it */
        key = "attributes";
        status = ms_json_read(e->reader, line, key, &e->top, &e->attributes, err);
        f = status ? NULL : last_of(&e->top, ms_str_z(key));
    }
    if (status)
        return status;
    if (f && f->kind != MS_OBJECT && f->kind != MS_NULL)
        return ms_fail(err, MS_INVALID, "%s is no object", key);
    *attributes = f && f->kind == MS_OBJECT ? &e->attributes : &none;
    status = read_facts(e, err);
    return status ? status
                  : ms_judge_contact(e->judge, e->vertical, *attributes, &e->facts, e->today, true,
                                     d, err);
}

/* Into the open object: "explain" with one element a line. */
static void add_explanation(ms_evaluator *e, const ms_decision *d, ms_buf *out)
{
    e->text.n = 0;
    ms_decision_explain(d, &e->text);
    ms_str rest = ms_buf_view(&e->text);
    out->failed |= e->text.failed;
    ms_buf_z(out, ",\"explain\":[");
    for (const char *between = ""; rest.n; between = ",") {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        ms_buf_z(out, between);
        ms_json_string(out, (ms_str){rest.p, n});
        n += end != NULL;
        rest = (ms_str){rest.p + n, rest.n - n};
    }
    ms_buf_z(out, "]}");
}

/* A contact is one line, so a place in it is a column. */
static void forget_line(char *text)
{
    static const char line[] = "(line 1, ";
    char *at = strstr(text, line);
    if (at)
        memmove(at + 1, at + sizeof line - 1, strlen(at + sizeof line - 1) + 1);
}

bool ms_evaluate_line(ms_evaluator *e, ms_str line, uint64_t number, ms_buf *out)
{
    ms_decision d;
    ms_error err = {0};
    const ms_fields *attributes = NULL;
    if (decide(e, line, &d, &attributes, &err)) {
        forget_line(err.text);
        ms_evaluate_error(number, err.text, out);
        return false;
    }
    const ms_field *id = last_of(&e->top, MS_STR("id"));
    ms_decision_line(&d, id ? id->raw : MS_NONE, attributes, out);
    if (e->explain && !out->failed) {
        out->n--; /* the closing brace comes after the explanation */
        add_explanation(e, &d, out);
    }
    ms_buf_char(out, '\n');
    return true;
}

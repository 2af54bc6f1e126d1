/* Values as PostgreSQL reads them in text format. */
#include "pg.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DEPTH = 64 };

/* ---- text ----------------------------------------------------------------------------------- */

void pg_text_add(pg_text *t, const char *p, size_t n)
{
    if (t->failed || n == 0)
        return;
    if (n > t->capacity - t->n) {
        size_t capacity = t->capacity ? t->capacity : 256;
        while (capacity - t->n < n && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        char *grown = capacity - t->n < n ? NULL : realloc(t->p, capacity);
        if (!grown) {
            t->failed = true;
            return;
        }
        t->p = grown;
        t->capacity = capacity;
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

void pg_text_free(pg_text *t)
{
    free(t->p);
    *t = (pg_text){0};
}

static void add_z(pg_text *t, const char *z)
{
    pg_text_add(t, z, strlen(z));
}

/* ---- scalars -------------------------------------------------------------------------------- */

static void add_integer(pg_text *t, int64_t i)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)i);
    add_z(t, text);
}

/* The digits the number came with, else the fewest that read back as the same double. */
static void add_double(pg_text *t, const ms_value *v)
{
    double d = v->as.number;
    char text[32];
    if (v->text.p && v->text.n > 0) {
        pg_text_add(t, v->text.p, v->text.n);
    } else if (isnan(d)) {
        add_z(t, "NaN");
    } else if (isinf(d)) {
        add_z(t, d > 0 ? "Infinity" : "-Infinity");
    } else {
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, d);
            if (strtod(text, NULL) == d)
                break;
        }
        add_z(t, text);
    }
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void json_string(pg_text *t, const char *p, size_t n)
{
    pg_text_add(t, "\"", 1);
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        char escape[8];
        snprintf(escape, sizeof escape, c < 0x20 ? "\\u%04x" : "\\%c", c);
        pg_text_add(t, p + from, i - from);
        add_z(t, escape);
        from = i + 1;
    }
    pg_text_add(t, p + from, n - from);
    pg_text_add(t, "\"", 1);
}

static const char *json(pg_text *t, const ms_value *v, int depth);

static const char *json_array(pg_text *t, const ms_value *v, int depth)
{
    const char *wrong = NULL;
    pg_text_add(t, "[", 1);
    for (uint32_t i = 0; i < v->count && !wrong; i++) {
        if (i > 0)
            pg_text_add(t, ",", 1);
        wrong = json(t, &v->as.items[i], depth + 1);
    }
    pg_text_add(t, "]", 1);
    return wrong;
}

static const char *json_object(pg_text *t, const ms_value *v, int depth)
{
    const char *wrong = NULL;
    pg_text_add(t, "{", 1);
    bool first = true;
    for (uint32_t i = 0; i < v->count && !wrong; i++) {
        const ms_member *m = &v->as.members[i];
        if (m->value.kind == MS_ABSENT)
            continue;
        if (!first)
            pg_text_add(t, ",", 1);
        first = false;
        json_string(t, m->key.p, m->key.n);
        pg_text_add(t, ":", 1);
        wrong = json(t, &m->value, depth + 1);
    }
    pg_text_add(t, "}", 1);
    return wrong;
}

static const char *json(pg_text *t, const ms_value *v, int depth)
{
    if (depth > MAX_DEPTH)
        return "is nested too deeply";
    switch (v->kind) {
    case MS_ABSENT:
    case MS_NULL: add_z(t, "null"); return NULL;
    case MS_BOOL: add_z(t, v->as.boolean ? "true" : "false"); return NULL;
    case MS_INT: add_integer(t, v->as.integer); return NULL;
    case MS_DOUBLE:
        if (!v->text.p && !isfinite(v->as.number))
            return "holds a number that JSON cannot";
        add_double(t, v);
        return NULL;
    case MS_STRING: json_string(t, v->as.string, v->count); return NULL;
    case MS_ARRAY: return json_array(t, v, depth);
    case MS_OBJECT: return json_object(t, v, depth);
    case MS_ROWS: break;
    }
    return "is a result set, which is no parameter";
}

/* ---- arrays --------------------------------------------------------------------------------- */

/* Quoted always: so that "", "NULL", blanks, braces and delimiters need no rule of their own. */
static void array_string(pg_text *t, const char *p, size_t n)
{
    pg_text_add(t, "\"", 1);
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '"' && p[i] != '\\')
            continue;
        pg_text_add(t, p + from, i - from);
        pg_text_add(t, "\\", 1);
        from = i;
    }
    pg_text_add(t, p + from, n - from);
    pg_text_add(t, "\"", 1);
}

static const char *array_json(pg_text *t, const ms_value *v)
{
    pg_text inner = {0};
    const char *wrong = json(&inner, v, 0);
    if (!wrong)
        array_string(t, inner.p, inner.n);
    t->failed = t->failed || inner.failed;
    pg_text_free(&inner);
    return wrong;
}

static const char *array_item(pg_text *t, const ms_value *v)
{
    switch (v->kind) {
    case MS_ABSENT:
    case MS_NULL: add_z(t, "NULL"); return NULL;
    case MS_BOOL: add_z(t, v->as.boolean ? "true" : "false"); return NULL;
    case MS_INT: add_integer(t, v->as.integer); return NULL;
    case MS_DOUBLE: add_double(t, v); return NULL;
    case MS_STRING: array_string(t, v->as.string, v->count); return NULL;
    default: return array_json(t, v);
    }
}

static const char *array(pg_text *t, const ms_value *v)
{
    const char *wrong = NULL;
    pg_text_add(t, "{", 1);
    for (uint32_t i = 0; i < v->count && !wrong; i++) {
        if (i > 0)
            pg_text_add(t, ",", 1);
        wrong = array_item(t, &v->as.items[i]);
    }
    pg_text_add(t, "}", 1);
    return wrong;
}

/* ---- the parameter -------------------------------------------------------------------------- */

const char *pg_encode(pg_text *t, const ms_value *v)
{
    const char *wrong = NULL;
    size_t from = t->n;
    switch (v->kind) {
    case MS_STRING: pg_text_add(t, v->as.string, v->count); break;
    case MS_ARRAY: wrong = array(t, v); break;
    case MS_BOOL: add_z(t, v->as.boolean ? "true" : "false"); break;
    case MS_INT: add_integer(t, v->as.integer); break;
    case MS_DOUBLE: add_double(t, v); break;
    default: wrong = json(t, v, 0); break;
    }
    /* Text parameters end at a NUL, and PostgreSQL's text type cannot hold one. */
    if (!wrong && !t->failed && t->n > from && memchr(t->p + from, '\0', t->n - from))
        wrong = "holds a NUL byte, which PostgreSQL's text cannot";
    return wrong;
}

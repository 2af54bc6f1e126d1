/* json_read.c: flat fields, the hot path: nothing is allocated once the buffers have grown. */
#include "base/json_token.h"

#include <stdlib.h>

struct ms_json_reader {
    ms_scan *scan;
    char *text; /* unescaped strings of the current document */
    size_t text_n, text_capacity;
};

ms_json_reader *ms_json_reader_new(void)
{
    ms_json_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->scan = ms_scan_new();
    if (!reader->scan) {
        free(reader);
        return NULL;
    }
    return reader;
}

void ms_json_reader_free(ms_json_reader *reader)
{
    if (!reader)
        return;
    ms_scan_free(reader->scan);
    free(reader->text);
    free(reader);
}

void ms_fields_free(ms_fields *fields)
{
    free(fields->items);
    *fields = (ms_fields){0};
}

/* Unescaping never lengthens a text, so the document's own size is room enough for all of them. */
static bool reserve_text(ms_json_reader *reader, size_t n)
{
    reader->text_n = 0;
    if (n <= reader->text_capacity)
        return true;
    char *text = realloc(reader->text, n);
    if (!text)
        return false;
    reader->text = text;
    reader->text_capacity = n;
    return true;
}

static ms_str unescaped(ms_json_reader *reader, ms_str s)
{
    ms_str out = {reader->text + reader->text_n, 0};
    out.n = ms_unescape(s, reader->text + reader->text_n);
    reader->text_n += out.n;
    return out;
}

static bool grow(ms_fields *fields)
{
    size_t capacity = fields->capacity ? fields->capacity * 2 : 32;
    ms_field *items = reallocarray(fields->items, capacity, sizeof *items);
    if (!items)
        return false;
    fields->items = items;
    fields->capacity = capacity;
    return true;
}

/* Everything but the raw text of a container, which is not known yet. */
static ms_field *add_field(ms_json_reader *reader, ms_fields *fields, const ms_token *t)
{
    if (fields->n == fields->capacity && !grow(fields))
        return NULL;
    ms_field *f = &fields->items[fields->n++];
    f->key = t->key_escaped ? unescaped(reader, t->key) : t->key;
    f->raw = t->raw;
    f->kind = t->kind;
    switch (t->kind) {
    case MS_BOOL: f->as.boolean = t->as.boolean; break;
    case MS_INT: f->as.integer = t->as.integer; break;
    case MS_DOUBLE: f->as.number = t->as.number; break;
    case MS_STRING:
        f->as.string = t->escaped ? unescaped(reader, t->as.string) : t->as.string;
        break;
    default: f->as.string = MS_NONE; break;
    }
    return f;
}

typedef struct job {
    ms_json_reader *reader;
    ms_walk walk;
    ms_str nested_key;
    ms_fields *nested;
} job;

static ms_status read_members(job *j, ms_fields *fields, bool top, ms_token *t);

/* The container just opened: gathered when it is the one asked for, else skipped. */
static ms_status read_container(job *j, ms_fields *fields, ms_field *f, bool wanted)
{
    size_t index = (size_t)(f - fields->items);
    ms_token t;
    if (wanted) {
        const char *from = f->raw.p;
        ms_status status = read_members(j, j->nested, false, &t);
        if (status)
            return status;
        fields->items[index].raw = (ms_str){from, (size_t)(t.raw.p + 1 - from)};
        return MS_OK;
    }
    return ms_walk_skip(&j->walk, &f->raw) ? MS_OK : MS_INVALID;
}

/* Members until the end of the object, whose token is left in `t`. MS_INVALID: see the walk. */
static ms_status read_members(job *j, ms_fields *fields, bool top, ms_token *t)
{
    for (;;) {
        ms_walk_next(&j->walk, t);
        if (t->type == MS_TOKEN_CLOSE)
            return MS_OK;
        if (t->type == MS_TOKEN_FAULT)
            return MS_INVALID;
        ms_field *f = add_field(j->reader, fields, t);
        if (!f)
            return MS_NOMEM;
        bool named = top && j->nested_key.p && ms_str_eq(f->key, j->nested_key);
        if (named)
            j->nested->n = 0; /* of repeated keys the last one counts */
        ms_status status = t->type != MS_TOKEN_OPEN
                               ? MS_OK
                               : read_container(j, fields, f, named && t->kind == MS_OBJECT);
        if (status)
            return status;
    }
}

static ms_status read_document(job *j, ms_fields *top)
{
    ms_token t;
    ms_walk_next(&j->walk, &t);
    if (t.type == MS_TOKEN_FAULT)
        return MS_INVALID;
    if (t.type != MS_TOKEN_OPEN || t.kind != MS_OBJECT) {
        ms_walk_fault(&j->walk, t.raw.p, "expected an object");
        return MS_INVALID;
    }
    ms_status status = read_members(j, top, true, &t);
    if (status)
        return status;
    ms_walk_next(&j->walk, &t);
    return t.type == MS_TOKEN_END ? MS_OK : MS_INVALID;
}

ms_status ms_json_read(ms_json_reader *reader, ms_str source, const char *nested_key,
                       ms_fields *top, ms_fields *nested, ms_error *err)
{
    job j = {.reader = reader, .nested_key = ms_str_z(nested_key), .nested = nested};
    top->n = 0;
    if (nested)
        nested->n = 0;
    ms_status status = ms_walk_begin(&j.walk, reader->scan, source, err);
    if (status)
        return status;
    if (j.walk.escapes && !reserve_text(reader, source.n))
        return ms_fail(err, MS_NOMEM, "out of memory");
    status = read_document(&j, top);
    if (status == MS_INVALID)
        return ms_walk_fail(&j.walk, err);
    return status ? ms_fail(err, status, "out of memory") : MS_OK;
}

/* yaml.c: libyaml's events as values in an arena, each with the line it stood on. */
#include "base/yaml.h"

#include "base/text.h"
#include "base/yaml_scalar.h"

#include <limits.h>
#include <stdlib.h>
#include <yaml.h>

enum { MAX_LEVELS = 64 };

typedef struct mark {
    uintptr_t node;
    int line;
} mark;

struct ms_yaml_marks {
    mark *items; /* sorted by node once the document is read */
    size_t n, capacity;
};

/* What a collection gathers while its length is not known yet. */
typedef struct entry {
    struct entry *next;
    ms_str key;
    int key_line, line;
    ms_value value;
} entry;

typedef struct reader {
    yaml_parser_t parser;
    ms_arena *arena;
    const char *file;
    ms_yaml_marks *marks;
    ms_error *err;
} reader;

static ms_status read_node(reader *r, yaml_event_t *event, int level, ms_value *out);

static int line_of(const yaml_mark_t *m)
{
    return m->line < INT_MAX ? (int)m->line + 1 : 0;
}

static ms_status fail_at(reader *r, const yaml_mark_t *m, const char *what)
{
    return ms_fail(r->err, MS_INVALID, "%s:%d:%zu: %s", r->file, line_of(m), m->column + 1, what);
}

static ms_status no_memory(reader *r)
{
    return ms_fail(r->err, MS_NOMEM, "%s: out of memory", r->file);
}

/* ---- marks ---------------------------------------------------------------------------------- */

static bool mark_add(reader *r, const void *node, int line)
{
    ms_yaml_marks *m = r->marks;
    if (m->n == m->capacity) {
        size_t capacity = m->capacity ? m->capacity * 2 : 64;
        mark *items = ms_alloc_zero(r->arena, capacity, sizeof *items);
        if (!items)
            return false;
        if (m->n)
            memcpy(items, m->items, m->n * sizeof *items);
        m->items = items;
        m->capacity = capacity;
    }
    m->items[m->n++] = (mark){(uintptr_t)node, line};
    return true;
}

static int mark_order(const void *a, const void *b)
{
    uintptr_t x = ((const mark *)a)->node, y = ((const mark *)b)->node;
    return (x > y) - (x < y);
}

int ms_yaml_line(const ms_yaml_marks *marks, const void *node)
{
    if (!marks || marks->n == 0)
        return 0;
    mark wanted = {(uintptr_t)node, 0};
    const mark *m = bsearch(&wanted, marks->items, marks->n, sizeof wanted, mark_order);
    return m ? m->line : 0;
}

/* ---- events --------------------------------------------------------------------------------- */

/* The next event; the caller deletes it when this returns MS_OK. */
static ms_status next_event(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return MS_OK;
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return no_memory(r);
    const char *problem = p->problem ? p->problem : "not YAML";
    if (p->error == YAML_READER_ERROR) /* has an offset instead of a mark */
        return ms_fail(r->err, MS_INVALID, "%s: %s (byte %zu)", r->file, problem,
                       p->problem_offset);
    return fail_at(r, &p->problem_mark, problem);
}

static ms_status read_scalar(reader *r, const yaml_event_t *event, ms_value *out)
{
    ms_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if (event->data.scalar.tag)
        return fail_at(r, &event->start_mark, "tags are not used here");
    if (event->data.scalar.anchor)
        return fail_at(r, &event->start_mark, "anchors and aliases are not used here");
    if (text.n && memchr(text.p, '\0', text.n))
        return fail_at(r, &event->start_mark, "a text with a NUL character");
    text = ms_arena_dup(r->arena, text);
    if (!text.p)
        return no_memory(r);
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        *out = ms_string(text);
    else if (!ms_yaml_scalar(text, out))
        return fail_at(r, &event->start_mark, "a number that no 64-bit float can hold");
    return MS_OK;
}

static ms_status check_collection(reader *r, const yaml_event_t *event, int level)
{
    bool map = event->type == YAML_MAPPING_START_EVENT;
    if (map ? event->data.mapping_start.tag : event->data.sequence_start.tag)
        return fail_at(r, &event->start_mark, "tags are not used here");
    if (map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor)
        return fail_at(r, &event->start_mark, "anchors and aliases are not used here");
    if (level > MAX_LEVELS)
        return fail_at(r, &event->start_mark, "more than 64 levels");
    return MS_OK;
}

static ms_status read_key(reader *r, const yaml_event_t *event, const entry *before, entry *e)
{
    ms_value ignored;
    if (event->type != YAML_SCALAR_EVENT)
        return fail_at(r, &event->start_mark, "a key has to be a word");
    ms_status status = read_scalar(r, event, &ignored);
    if (status)
        return status;
    e->key_line = line_of(&event->start_mark);
    e->key = ms_arena_dup(
        r->arena, (ms_str){(const char *)event->data.scalar.value, event->data.scalar.length});
    if (!e->key.p)
        return no_memory(r);
    for (; before; before = before->next)
        if (ms_str_eq(before->key, e->key))
            return ms_fail(r->err, MS_INVALID, "%s:%d:%zu: '" MS_FMT "' again; first in line %d",
                           r->file, e->key_line, event->start_mark.column + 1, MS_ARG(e->key),
                           before->key_line);
    return MS_OK;
}

/* Entries until the collection's end event, in order. */
static ms_status read_entries(reader *r, bool map, int level, entry **first, size_t *n)
{
    entry **end = first;
    for (;;) {
        yaml_event_t event;
        ms_status status = next_event(r, &event);
        if (status)
            return status;
        if (event.type == (map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT)) {
            yaml_event_delete(&event);
            return MS_OK;
        }
        entry *e = ms_alloc_zero(r->arena, 1, sizeof *e);
        status = !e ? no_memory(r) : map ? read_key(r, &event, *first, e) : MS_OK;
        if (map) {
            yaml_event_delete(&event);
            status = status ? status : next_event(r, &event);
            if (status)
                return status;
        }
        if (!status) {
            e->line = line_of(&event.start_mark);
            status = read_node(r, &event, level, &e->value);
        }
        yaml_event_delete(&event);
        if (status)
            return status;
        *end = e;
        end = &e->next;
        ++*n;
    }
}

static ms_status flatten_sequence(reader *r, const entry *e, size_t n, ms_value *out)
{
    ms_value *items = ms_alloc_zero(r->arena, n, sizeof *items);
    if (!items)
        return no_memory(r);
    for (size_t i = 0; e; e = e->next, i++) {
        items[i] = e->value;
        if (!mark_add(r, &items[i], e->line))
            return no_memory(r);
    }
    *out = ms_array(items, n);
    return MS_OK;
}

static ms_status flatten_mapping(reader *r, const entry *e, size_t n, ms_value *out)
{
    ms_member *members = ms_alloc_zero(r->arena, n, sizeof *members);
    if (!members)
        return no_memory(r);
    for (size_t i = 0; e; e = e->next, i++) {
        members[i] = (ms_member){e->key, e->value};
        if (!mark_add(r, &members[i], e->key_line) || !mark_add(r, e->key.p, e->key_line) ||
            !mark_add(r, &members[i].value, e->line))
            return no_memory(r);
    }
    *out = ms_object(members, n);
    return MS_OK;
}

static ms_status read_node(reader *r, yaml_event_t *event, int level, ms_value *out)
{
    entry *first = NULL;
    size_t n = 0;
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(r, event, out);
    if (event->type != YAML_MAPPING_START_EVENT && event->type != YAML_SEQUENCE_START_EVENT)
        return fail_at(r, &event->start_mark, "anchors and aliases are not used here");
    bool map = event->type == YAML_MAPPING_START_EVENT;
    ms_status status = check_collection(r, event, level);
    if (!status)
        status = read_entries(r, map, level + 1, &first, &n);
    if (!status)
        status = map ? flatten_mapping(r, first, n, out) : flatten_sequence(r, first, n, out);
    return status;
}

/* From the start of the stream to its end: no document or one. */
static ms_status read_stream(reader *r, ms_value *out)
{
    for (bool seen = false;;) {
        yaml_event_t event;
        ms_status status = next_event(r, &event);
        if (status)
            return status;
        bool end = event.type == YAML_STREAM_END_EVENT;
        bool node = event.type != YAML_STREAM_START_EVENT && !end &&
                    event.type != YAML_DOCUMENT_START_EVENT &&
                    event.type != YAML_DOCUMENT_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && seen)
            status = fail_at(r, &event.start_mark, "a second document; one file has one");
        seen = seen || node;
        if (node) {
            int line = line_of(&event.start_mark);
            status = read_node(r, &event, 1, out);
            if (!status && !mark_add(r, out, line))
                status = no_memory(r);
        }
        yaml_event_delete(&event);
        if (status || end)
            return status;
    }
}

ms_status ms_yaml_parse(ms_arena *arena, ms_str source, const char *file, ms_value *out,
                        ms_yaml_marks **marks, ms_error *err)
{
    reader r = {.arena = arena, .file = file, .err = err};
    uint32_t line = 0, column = 0;
    *out = ms_null();
    source = ms_skip_bom(source);
    unsigned char byte = ms_utf8_fault(source, &line, &column);
    if (line)
        return ms_fail(err, MS_INVALID, "%s:%u:%u: not UTF-8 (byte 0x%02X); save it as UTF-8", file,
                       line, column, byte);
    r.marks = ms_alloc_zero(arena, 1, sizeof *r.marks);
    if (!r.marks || !yaml_parser_initialize(&r.parser))
        return no_memory(&r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(source.p ? source.p : ""),
                                 source.n);
    ms_value value = ms_null();
    ms_status status = read_stream(&r, &value);
    yaml_parser_delete(&r.parser);
    if (status)
        return status;
    for (size_t i = 0; i < r.marks->n; i++) /* the root moves to where the caller wants it */
        if (r.marks->items[i].node == (uintptr_t)&value)
            r.marks->items[i].node = (uintptr_t)out;
    *out = value;
    if (r.marks->n)
        qsort(r.marks->items, r.marks->n, sizeof *r.marks->items, mark_order);
    if (marks)
        *marks = r.marks;
    return MS_OK;
}

/* json_tree.c: whole documents as values in an arena. */
#include "base/json_token.h"

#include <stdlib.h>

/* Items of all levels that are still open, the innermost last. Arrays leave the key empty. */
typedef struct stack {
    ms_member *items;
    size_t n, capacity;
} stack;

typedef struct level {
    size_t first; /* its first item on the stack */
    ms_str key;   /* its own, in the level around it */
    const char *from;
    ms_kind kind;
} level;

typedef struct builder {
    ms_arena *arena;
    ms_walk walk;
    stack stack;
    level levels[MS_JSON_MAX_DEPTH];
    int depth;
} builder;

static bool push(stack *s, ms_str key, ms_value value)
{
    if (s->n == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 64;
        ms_member *items = reallocarray(s->items, capacity, sizeof *items);
        if (!items)
            return false;
        s->items = items;
        s->capacity = capacity;
    }
    s->items[s->n++] = (ms_member){key, value};
    return true;
}

/* The walk's source is a copy in the arena, so what has no escapes is borrowed from it. */
static bool text_of(builder *b, ms_str s, bool escaped, ms_str *out)
{
    *out = s;
    if (!escaped)
        return true;
    char *p = ms_alloc(b->arena, s.n + 1);
    if (!p)
        return false;
    *out = (ms_str){p, ms_unescape(s, p)};
    p[out->n] = '\0';
    return true;
}

static bool add_scalar(builder *b, const ms_token *t)
{
    ms_value v = {.kind = t->kind};
    ms_str key, string;
    if (!text_of(b, t->key, t->key_escaped, &key))
        return false;
    switch (t->kind) {
    case MS_BOOL: v.as.boolean = t->as.boolean; break;
    case MS_INT:
        v.as.integer = t->as.integer;
        v.text = t->raw;
        break;
    case MS_DOUBLE:
        v.as.number = t->as.number;
        v.text = t->raw;
        break;
    case MS_STRING:
        if (!text_of(b, t->as.string, t->escaped, &string))
            return false;
        v = ms_string(string);
        break;
    default: break;
    }
    return push(&b->stack, key, v);
}

static bool open_level(builder *b, const ms_token *t)
{
    level *l = &b->levels[b->depth++];
    l->first = b->stack.n;
    l->from = t->raw.p;
    l->kind = t->kind;
    return text_of(b, t->key, t->key_escaped, &l->key);
}

/* Moves the level's items from the stack to the arena and puts the container in their place. */
static bool close_level(builder *b, const ms_token *t)
{
    const level *l = &b->levels[--b->depth];
    size_t n = b->stack.n - l->first;
    const ms_member *from = n ? b->stack.items + l->first : NULL;
    ms_value v;
    if (l->kind == MS_OBJECT) {
        ms_member *members = ms_alloc_zero(b->arena, n, sizeof *members);
        if (!members)
            return false;
        if (n)
            memcpy(members, from, n * sizeof *members);
        v = ms_object(members, n);
    } else {
        ms_value *items = ms_alloc_zero(b->arena, n, sizeof *items);
        if (!items)
            return false;
        for (size_t i = 0; i < n; i++)
            items[i] = from[i].value;
        v = ms_array(items, n);
    }
    v.text = (ms_str){l->from, (size_t)(t->raw.p + 1 - l->from)};
    b->stack.n = l->first;
    return push(&b->stack, l->key, v);
}

/* MS_INVALID: see the walk. */
static ms_status build(builder *b)
{
    for (;;) {
        ms_token t;
        bool ok = true;
        ms_walk_next(&b->walk, &t);
        switch (t.type) {
        case MS_TOKEN_FAULT: return MS_INVALID;
        case MS_TOKEN_SCALAR: ok = add_scalar(b, &t); break;
        case MS_TOKEN_OPEN: ok = open_level(b, &t); break;
        case MS_TOKEN_CLOSE: ok = close_level(b, &t); break;
        case MS_TOKEN_END: return MS_OK;
        }
        if (!ok)
            return MS_NOMEM;
    }
}

ms_status ms_json_parse(ms_arena *arena, ms_str source, ms_value *out, ms_error *err)
{
    ms_status status = MS_NOMEM;
    builder b = {.arena = arena};
    ms_scan *scan = ms_scan_new();
    ms_str copy = ms_arena_dup(arena, (ms_str){source.p ? source.p : "", source.n});
    if (!scan || !copy.p) {
        ms_fail(err, MS_NOMEM, "out of memory");
        goto done;
    }
    status = ms_walk_begin(&b.walk, scan, copy, err);
    if (status)
        goto done;
    b.walk.refuse_nul = true; /* PostgreSQL's text and jsonb cannot hold it */
    status = build(&b);
    if (status == MS_INVALID)
        ms_walk_fail(&b.walk, err);
    else if (status)
        ms_fail(err, status, "out of memory");
    else
        *out = b.stack.items[0].value;
done:
    free(b.stack.items);
    ms_scan_free(scan);
    return status;
}

/* One attribute document as a list of keys with their JSON text. */
#include "flow/batch.h"

bool ms_attrs_parse(ms_arena *arena, ms_json_reader *reader, ms_str source, ms_attrs *out)
{
    *out = (ms_attrs){0};
    if (!source.p)
        return true;
    ms_fields fields = {0};
    bool ok = ms_json_read(reader, source, NULL, &fields, NULL, NULL) == MS_OK;
    for (size_t i = 0; ok && i < fields.n; i++) { /* keys and texts move to the arena */
        ms_str key = ms_arena_dup(arena, fields.items[i].key);
        ms_str raw = ms_arena_dup(arena, fields.items[i].raw);
        ok = key.p && raw.p && ms_attrs_set(arena, out, key, raw);
    }
    ms_fields_free(&fields);
    return ok;
}

const ms_attr *ms_attrs_find(const ms_attrs *attrs, ms_str key)
{
    for (size_t i = 0; i < attrs->n; i++)
        if (ms_str_eq(attrs->items[i].key, key))
            return &attrs->items[i];
    return NULL;
}

bool ms_attrs_set(ms_arena *arena, ms_attrs *attrs, ms_str key, ms_str raw)
{
    ms_attr *known = (ms_attr *)ms_attrs_find(attrs, key);
    if (known) {
        known->raw = raw;
        return true;
    }
    if (attrs->n == attrs->capacity) {
        size_t capacity = attrs->capacity ? attrs->capacity * 2 : 16;
        ms_attr *items = ms_alloc_zero(arena, capacity, sizeof *items);
        if (!items)
            return false;
        if (attrs->n)
            memcpy(items, attrs->items, attrs->n * sizeof *items);
        attrs->items = items;
        attrs->capacity = capacity;
    }
    attrs->items[attrs->n++] = (ms_attr){key, raw};
    return true;
}

void ms_attrs_remove(ms_attrs *attrs, ms_str key)
{
    const ms_attr *known = ms_attrs_find(attrs, key);
    if (!known)
        return;
    size_t at = (size_t)(known - attrs->items);
    memmove(&attrs->items[at], &attrs->items[at + 1], (attrs->n - at - 1) * sizeof *attrs->items);
    attrs->n--;
}

ms_str ms_attrs_text(ms_arena *arena, const ms_attrs *attrs)
{
    ms_buf buf = {0};
    ms_buf_char(&buf, '{');
    for (size_t i = 0; i < attrs->n; i++) {
        if (i)
            ms_buf_char(&buf, ',');
        ms_json_string(&buf, attrs->items[i].key);
        ms_buf_char(&buf, ':');
        ms_buf_str(&buf, attrs->items[i].raw);
    }
    ms_buf_char(&buf, '}');
    ms_str text = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text;
}

bool ms_raw_equal(ms_arena *arena, ms_str a, ms_str b)
{
    if (!a.p || !b.p)
        return !a.p && !b.p;
    if (ms_str_eq(a, b))
        return true;
    ms_value left, right;
    return ms_json_parse(arena, a, &left, NULL) == MS_OK &&
           ms_json_parse(arena, b, &right, NULL) == MS_OK && ms_json_equal(&left, &right);
}

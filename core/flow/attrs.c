/* One attribute document as a list of keys with their JSON text. */
#include "flow/batch.h"

#include "base/clock.h"
#include "base/hash.h"

#include <sys/random.h>

enum { SHORT = 16 }; /* keys; a list of no more is searched from its begin */

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

/* ---- one key -------------------------------------------------------------------------------- */

/* Nobody outside can know the seed, so nobody can choose keys that share one place. */
static uint64_t hash_of(ms_str key)
{
    static uint64_t seed;
    if (!seed && getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)ms_mono_us();
    seed |= 1;
    uint64_t h = ms_hash64(key, seed);
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL; /* the low bits of FNV depend on its low bits only */
    return h ^ h >> 33;
}

/* Where the key is in the index, or the free place where it belongs. */
static uint32_t *place_of(const ms_attrs *attrs, ms_str key)
{
    size_t mask = attrs->index_size - 1, at = hash_of(key) & mask;
    while (attrs->index[at] && !ms_str_eq(attrs->items[attrs->index[at] - 1].key, key))
        at = (at + 1) & mask;
    return &attrs->index[at];
}

static ms_attr *find(const ms_attrs *attrs, ms_str key)
{
    if (attrs->index) {
        uint32_t position = *place_of(attrs, key);
        return position && attrs->items[position - 1].raw.p ? &attrs->items[position - 1] : NULL;
    }
    for (size_t i = 0; i < attrs->n; i++)
        if (attrs->items[i].raw.p && ms_str_eq(attrs->items[i].key, key))
            return &attrs->items[i];
    return NULL;
}

const ms_attr *ms_attrs_find(const ms_attrs *attrs, ms_str key)
{
    return find(attrs, key);
}

/* Doubles the room. Later mentions of a key go last, past a hole of the same key, and win. */
static bool grow(ms_arena *arena, ms_attrs *attrs)
{
    size_t capacity = attrs->capacity ? attrs->capacity * 2 : SHORT;
    ms_attr *items = ms_alloc_zero(arena, capacity, sizeof *items);
    if (!items || capacity > UINT32_MAX / 2)
        return false;
    if (attrs->n)
        memcpy(items, attrs->items, attrs->n * sizeof *items);
    attrs->items = items;
    attrs->capacity = capacity;
    if (capacity <= SHORT)
        return true;
    attrs->index_size = capacity * 2;
    attrs->index = ms_alloc_zero(arena, attrs->index_size, sizeof *attrs->index);
    for (size_t i = 0; attrs->index && i < attrs->n; i++)
        *place_of(attrs, items[i].key) = (uint32_t)i + 1;
    return attrs->index != NULL;
}

bool ms_attrs_set(ms_arena *arena, ms_attrs *attrs, ms_str key, ms_str raw)
{
    ms_attr *known = find(attrs, key);
    if (known) {
        known->raw = raw;
        return true;
    }
    if (attrs->n == attrs->capacity && !grow(arena, attrs))
        return false;
    attrs->items[attrs->n++] = (ms_attr){key, raw};
    if (attrs->index)
        *place_of(attrs, key) = (uint32_t)attrs->n;
    return true;
}

void ms_attrs_remove(ms_attrs *attrs, ms_str key)
{
    ms_attr *known = find(attrs, key);
    if (known)
        known->raw = MS_NONE;
}

/* ---- all of them ---------------------------------------------------------------------------- */

ms_str ms_attrs_text(ms_arena *arena, const ms_attrs *attrs)
{
    ms_buf buf = {0};
    ms_buf_char(&buf, '{');
    for (size_t i = 0; i < attrs->n; i++) {
        if (!attrs->items[i].raw.p)
            continue;
        if (buf.n > 1)
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

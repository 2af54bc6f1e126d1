/* arena_copy.c: deep copies of values. */
#include "base/arena.h"

/* The source text around a value and its copy: texts inside share it instead of being copied at
 * every level. */
typedef struct shared {
    ms_str from, to;
} shared;

static bool copy_value(ms_arena *arena, const ms_value *value, shared around, ms_value *out);

static bool copy_str(ms_arena *arena, ms_str s, ms_str *out)
{
    *out = ms_arena_dup(arena, s);
    return out->p || !s.p;
}

static bool copy_text(ms_arena *arena, ms_str text, shared *around, ms_str *out)
{
    uintptr_t p = (uintptr_t)text.p, from = (uintptr_t)around->from.p;
    if (text.p && around->from.p && p >= from && text.n <= around->from.n &&
        p - from <= around->from.n - text.n) {
        *out = (ms_str){around->to.p + (p - from), text.n};
        return true;
    }
    if (!copy_str(arena, text, out))
        return false;
    *around = (shared){text, *out};
    return true;
}

static bool copy_items(ms_arena *arena, const ms_value *value, shared around, ms_value *out)
{
    ms_value *items = ms_alloc_zero(arena, value->count, sizeof *items);
    if (!items)
        return false;
    for (uint32_t i = 0; i < value->count; i++)
        if (!copy_value(arena, &value->as.items[i], around, &items[i]))
            return false;
    out->as.items = items;
    return true;
}

static bool copy_members(ms_arena *arena, const ms_value *value, shared around, ms_value *out)
{
    ms_member *members = ms_alloc_zero(arena, value->count, sizeof *members);
    if (!members)
        return false;
    for (uint32_t i = 0; i < value->count; i++) {
        const ms_member *m = &value->as.members[i];
        if (!copy_str(arena, m->key, &members[i].key) ||
            !copy_value(arena, &m->value, around, &members[i].value))
            return false;
    }
    out->as.members = members;
    return true;
}

static bool copy_rows(ms_arena *arena, const ms_rows *rows, const ms_rows **out)
{
    size_t n = (size_t)rows->n_rows * rows->n_columns;
    ms_rows *copy = ms_alloc_zero(arena, 1, sizeof *copy);
    ms_str *columns = ms_alloc_zero(arena, rows->n_columns, sizeof *columns);
    ms_str *cells = ms_alloc_zero(arena, n, sizeof *cells);
    if (!copy || !columns || !cells || !copy_str(arena, rows->command, &copy->command))
        return false;
    for (uint32_t i = 0; i < rows->n_columns; i++)
        if (!copy_str(arena, rows->columns[i], &columns[i]))
            return false;
    for (size_t i = 0; i < n; i++)
        if (!copy_str(arena, rows->cells[i], &cells[i]))
            return false;
    copy->n_columns = rows->n_columns;
    copy->n_rows = rows->n_rows;
    copy->columns = columns;
    copy->cells = cells;
    *out = copy;
    return true;
}

static bool copy_value(ms_arena *arena, const ms_value *value, shared around, ms_value *out)
{
    ms_value copy = *value;
    if (!copy_text(arena, value->text, &around, &copy.text))
        return false;
    bool ok = true;
    if (value->kind == MS_STRING && value->as.string) {
        ms_str s;
        ok = copy_str(arena, ms_as_str(value), &s);
        copy.as.string = s.p;
    } else if (value->kind == MS_ARRAY) {
        ok = copy_items(arena, value, around, &copy);
    } else if (value->kind == MS_OBJECT) {
        ok = copy_members(arena, value, around, &copy);
    } else if (value->kind == MS_ROWS && value->as.rows) {
        ok = copy_rows(arena, value->as.rows, &copy.as.rows);
    }
    if (ok)
        *out = copy; /* last: `out` may be `value` */
    return ok;
}

bool ms_arena_copy(ms_arena *arena, const ms_value *value, ms_value *out)
{
    return copy_value(arena, value, (shared){MS_NONE, MS_NONE}, out);
}

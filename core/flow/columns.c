#include "flow/columns.h"

#include "base/clock.h"

#include <stdlib.h>

void ms_columns_init(ms_columns *c, ms_arena *arena, uint32_t width)
{
    *c = (ms_columns){.arena = arena, .width = width};
}

static bool grow(ms_columns *c)
{
    size_t capacity = c->capacity ? c->capacity * 2 : 16;
    for (uint32_t i = 0; i < c->width; i++) {
        ms_value *cells = ms_alloc_zero(c->arena, capacity, sizeof *cells);
        if (!cells)
            return false;
        if (c->n)
            memcpy(cells, c->cells[i], c->n * sizeof *cells);
        c->cells[i] = cells;
    }
    c->capacity = capacity;
    return true;
}

void ms_columns_row(ms_columns *c)
{
    if (c->failed || (c->n == c->capacity && !grow(c))) {
        c->failed = true;
        return;
    }
    for (uint32_t i = 0; i < c->width; i++)
        c->cells[i][c->n] = ms_null();
    c->n++;
}

void ms_columns_set(ms_columns *c, uint32_t column, ms_value value)
{
    if (!c->failed && c->n)
        c->cells[column][c->n - 1] = value;
}

bool ms_columns_statement(ms_columns *c, const char *sql, const ms_value *extra, size_t n_extra,
                          ms_statements *out)
{
    ms_value params[MS_MAX_COLUMNS * 2];
    if (c->failed || n_extra > MS_MAX_COLUMNS)
        return false;
    for (uint32_t i = 0; i < c->width; i++)
        params[i] = ms_array(c->cells[i], c->n);
    if (n_extra)
        memcpy(params + c->width, extra, n_extra * sizeof *extra);
    return ms_statements_add(c->arena, out, sql, params, c->width + n_extra);
}

bool ms_statements_add(ms_arena *arena, ms_statements *out, const char *sql, const ms_value *params,
                       size_t n)
{
    if (out->n == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 8;
        ms_statement *items = ms_alloc_zero(arena, capacity, sizeof *items);
        if (!items)
            return false;
        if (out->n)
            memcpy(items, out->items, out->n * sizeof *items);
        out->items = items;
        out->capacity = capacity;
    }
    ms_value *copy = NULL;
    if (n) {
        copy = ms_alloc_zero(arena, n, sizeof *copy);
        if (!copy)
            return false;
        memcpy(copy, params, n * sizeof *copy);
    }
    out->items[out->n++] = (ms_statement){.sql = ms_str_z(sql), .params = copy, .n_params = n};
    return true;
}

ms_value ms_time_value(ms_arena *arena, int64_t us)
{
    char text[MS_TIME_TEXT];
    if (us == 0)
        return ms_null();
    return ms_string_or_null(ms_arena_dup(arena, ms_str_z(ms_time_format(us, text))));
}

int64_t ms_cell_int(ms_str cell, int64_t otherwise)
{
    char digits[24];
    if (!cell.p || cell.n == 0 || cell.n >= sizeof digits)
        return otherwise;
    memcpy(digits, cell.p, cell.n);
    digits[cell.n] = '\0';
    char *end = NULL;
    long long number = strtoll(digits, &end, 10);
    return *end ? otherwise : number;
}

/* Rows as arrays: one statement writes any number of them. */
#include "chatwoot.h"

ms_status ms_chatwoot_columns_new(ms_chatwoot_columns *out, ms_plugin *self, ms_arena *arena,
                                  size_t n_rows, size_t n_columns, ms_error *err)
{
    size_t n = n_rows * n_columns;
    *out = (ms_chatwoot_columns){self->host, arena, n_rows, n_columns, NULL};
    if (n_rows <= UINT32_MAX)
        out->cells = self->host->alloc(arena, n * sizeof *out->cells);
    if (!out->cells)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        out->cells[i] = ms_null();
    return MS_OK;
}

void ms_chatwoot_columns_row(const ms_chatwoot_columns *columns, size_t row, const ms_value *values)
{
    for (size_t i = 0; i < columns->n_columns; i++)
        columns->cells[i * columns->n_rows + row] = values[i];
}

static ms_status grow(const ms_chatwoot_columns *columns, ms_statements *out, ms_error *err)
{
    size_t capacity = out->capacity ? out->capacity * 2 : 16;
    ms_statement *items = columns->host->alloc(columns->arena, capacity * sizeof *items);
    if (!items)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (out->n)
        memcpy(items, out->items, out->n * sizeof *items);
    out->items = items;
    out->capacity = capacity;
    return MS_OK;
}

ms_status ms_chatwoot_columns_append(const ms_chatwoot_columns *columns, const char *sql,
                                     ms_statements *out, ms_error *err)
{
    ms_value *params = columns->host->alloc(columns->arena, columns->n_columns * sizeof *params);
    if (!params)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < columns->n_columns; i++)
        params[i] = ms_array(&columns->cells[i * columns->n_rows], columns->n_rows);
    if (out->n == out->capacity && grow(columns, out, err) != MS_OK)
        return MS_NOMEM;
    out->items[out->n++] = (ms_statement){ms_str_z(sql), params, columns->n_columns};
    return MS_OK;
}

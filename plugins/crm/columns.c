/* Rows as arrays: one statement writes any number of them. */
#include "crm.h"

ms_status ms_crm_columns_new(ms_crm_columns *out, ms_plugin *self, ms_arena *arena, size_t n_rows,
                             size_t n_columns, ms_error *err)
{
    size_t n = n_rows * n_columns;
    *out = (ms_crm_columns){self->host, arena, n_rows, n_columns, NULL};
    if (n_rows <= UINT32_MAX)
        out->cells = self->host->alloc(arena, n * sizeof *out->cells);
    if (!out->cells)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        out->cells[i] = ms_null();
    return MS_OK;
}

static ms_status append(const ms_crm_columns *columns, ms_statement statement, ms_statements *out,
                        ms_error *err)
{
    if (out->n == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 16;
        ms_statement *items = columns->host->alloc(columns->arena, capacity * sizeof *items);
        if (!items)
            return ms_fail(err, MS_NOMEM, "out of memory");
        if (out->n)
            memcpy(items, out->items, out->n * sizeof *items);
        out->items = items;
        out->capacity = capacity;
    }
    out->items[out->n++] = statement;
    return MS_OK;
}

ms_status ms_crm_columns_append(const ms_crm_columns *columns, const char *sql, ms_statements *out,
                                ms_error *err)
{
    ms_value *params = columns->host->alloc(columns->arena, columns->n_columns * sizeof *params);
    if (!params)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < columns->n_columns; i++)
        params[i] = ms_array(ms_crm_columns_at(columns, i, 0), columns->n_rows);
    return append(columns, (ms_statement){ms_str_z(sql), params, columns->n_columns}, out, err);
}

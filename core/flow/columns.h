/*
 * flow/columns.h: rows for `unnest`, collected column by column, and lists of statements.
 *
 * A write of many rows is one statement with one array parameter per column.
 */
#ifndef MS_FLOW_COLUMNS_H
#define MS_FLOW_COLUMNS_H

#include "base/arena.h"
#include <moonsift/provide/crm.h>

enum { MS_MAX_COLUMNS = 20 };

typedef struct ms_columns {
    ms_arena *arena;
    uint32_t width;
    size_t n, capacity;
    ms_value *cells[MS_MAX_COLUMNS];
    bool failed; /* out of memory; adding goes on doing nothing */
} ms_columns;

void ms_columns_init(ms_columns *c, ms_arena *arena, uint32_t width);
/* Adds a row of nulls; fill it with ms_columns_set. */
void ms_columns_row(ms_columns *c);
void ms_columns_set(ms_columns *c, uint32_t column, ms_value value); /* in the newest row */

/* Appends `sql` with the columns as $1..$width, and `extra` behind them. False: out of memory. */
bool ms_columns_statement(ms_columns *c, const char *sql, const ms_value *extra, size_t n_extra,
                          ms_statements *out);

/* Appends one statement; `params` is copied into `arena`. */
bool ms_statements_add(ms_arena *arena, ms_statements *out, const char *sql, const ms_value *params,
                       size_t n);

/* Microseconds as a timestamptz parameter; null for 0. */
ms_value ms_time_value(ms_arena *arena, int64_t us);

/* Cells as numbers; `otherwise` for SQL NULL. */
int64_t ms_cell_int(ms_str cell, int64_t otherwise);
static inline bool ms_cell_bool(ms_str cell)
{
    return cell.n > 0 && cell.p[0] == 't';
}

#endif

/*
 * The crm plugin: contacts, conversations, messages and labels of the stand-alone layout
 * (migrations/crm 0001). It writes SQL and never runs it.
 *
 * Names in SQL carry their schema: a role called moonsift has schema moonsift in front of public.
 */
#ifndef MS_CRM_H
#define MS_CRM_H

#include <moonsift/provide/crm.h>

struct ms_plugin {
    const ms_host *host;
};

/* ---- columns.c: rows as arrays, for unnest -------------------------------------------------- */

/* The parameters of one statement: arrays of equal length, one a column, for $1, $2 ... */
typedef struct ms_crm_columns {
    const ms_host *host;
    ms_arena *arena;
    size_t n_rows, n_columns;
    ms_value *cells; /* column by column */
} ms_crm_columns;

/* All cells NULL, to be filled. */
ms_status ms_crm_columns_new(ms_crm_columns *out, ms_plugin *self, ms_arena *arena, size_t n_rows,
                             size_t n_columns, ms_error *err);
/* Appends `sql` with these parameters. */
ms_status ms_crm_columns_append(const ms_crm_columns *columns, const char *sql, ms_statements *out,
                                ms_error *err);

static inline ms_value *ms_crm_columns_at(const ms_crm_columns *columns, size_t column, size_t row)
{
    return &columns->cells[column * columns->n_rows + row];
}
/* Fills a row from the left. */
static inline void ms_crm_columns_row(const ms_crm_columns *columns, size_t row,
                                      const ms_value *values)
{
    for (size_t i = 0; i < columns->n_columns; i++)
        *ms_crm_columns_at(columns, i, row) = values[i];
}

/* NULL for 0: an unknown id or time. */
static inline ms_value ms_crm_int(int64_t i)
{
    return i ? ms_int(i) : ms_null();
}

/* ---- the table's functions ------------------------------------------------------------------ */

ms_status ms_crm_resolve(ms_plugin *self, ms_arena *arena, const ms_crm_ref *refs, size_t n,
                         ms_statements *out, ms_error *err);
ms_status ms_crm_read(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                      const int64_t *contact_ids, size_t n, bool lock, ms_statements *out,
                      ms_error *err);
ms_status ms_crm_write(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts, size_t n,
                       ms_statements *out, ms_error *err);
ms_status ms_crm_accounts(ms_plugin *self, ms_arena *arena, const int64_t *account_ids, size_t n,
                          ms_statements *out, ms_error *err);
ms_status ms_crm_store(ms_plugin *self, ms_arena *arena, const ms_crm_event *events, size_t n,
                       ms_statements *out, ms_error *err);

#endif

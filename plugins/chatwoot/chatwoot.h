/*
 * The chatwoot plugin: contacts and their labels where Chatwoot's own tables are the system of
 * record. It writes SQL and never runs it.
 *
 * What it relies on, as of Chatwoot 4.15: a contact's labels are rows of `taggings` (taggable_type
 * 'Contact', context 'labels') that point to `tags` by id, and a tag meets its entry in the
 * catalogue `labels` by text only. Tags are found without regard to case, titles are lower case.
 * Times are UTC without zone. Nothing is constrained by the database, so each statement joins
 * contact and account. Contacts, conversations, messages, accounts and the catalogue are never
 * inserted by SQL: Chatwoot's callbacks would not run.
 */
#ifndef MS_CHATWOOT_H
#define MS_CHATWOOT_H

#include <moonsift/provide/crm.h>

struct ms_plugin {
    const ms_host *host;
    bool counts_taggings; /* tags.taggings_count is kept (before 4.13) */
    bool caches_labels;   /* contacts have a column cached_label_list, which Rails believes */
};

/* ---- columns.c: rows as arrays, for unnest -------------------------------------------------- */

/* The parameters of one statement: arrays of equal length, one a column, for $1, $2 ... */
typedef struct ms_chatwoot_columns {
    const ms_host *host;
    ms_arena *arena;
    size_t n_rows, n_columns;
    ms_value *cells; /* column by column */
} ms_chatwoot_columns;

/* All cells NULL, to be filled. */
ms_status ms_chatwoot_columns_new(ms_chatwoot_columns *out, ms_plugin *self, ms_arena *arena,
                                  size_t n_rows, size_t n_columns, ms_error *err);
/* Appends `sql` with these parameters. */
ms_status ms_chatwoot_columns_append(const ms_chatwoot_columns *columns, const char *sql,
                                     ms_statements *out, ms_error *err);
/* Fills a row from the left. */
void ms_chatwoot_columns_row(const ms_chatwoot_columns *columns, size_t row,
                             const ms_value *values);

/* ---- survey.c: which layout and release ----------------------------------------------------- */

extern const char ms_chatwoot_detect[], ms_chatwoot_survey[];
ms_status ms_chatwoot_surveyed(ms_plugin *self, const ms_rows *rows, ms_error *err);

/* ---- contacts.c, write.c: the table's functions --------------------------------------------- */

ms_status ms_chatwoot_resolve(ms_plugin *self, ms_arena *arena, const ms_crm_ref *refs, size_t n,
                              ms_statements *out, ms_error *err);
ms_status ms_chatwoot_lock(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                           const int64_t *contact_ids, size_t n, ms_statements *out, ms_error *err);
ms_status ms_chatwoot_read(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                           const int64_t *contact_ids, size_t n, bool lock, ms_statements *out,
                           ms_error *err);
ms_status ms_chatwoot_write(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                            size_t n, ms_statements *out, ms_error *err);

#endif

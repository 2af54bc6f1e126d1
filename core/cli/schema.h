/*
 * cli/schema.h: what a vertical knows about a contact, as tables, JSON Schema, SQL and Markdown.
 */
#ifndef MS_CLI_SCHEMA_H
#define MS_CLI_SCHEMA_H

#include "base/buf.h"
#include "cli/cases.h"
#include "rules/vertical.h"

/* One key of a contact's attributes. What is only written has an attribute made up for it: the
 * status is a choice of its values, the score a number. */
typedef struct ms_schema_key {
    ms_attribute a;
    bool comes_in; /* declared with attributes { ... } */
    bool written;  /* derived, status or score */
} ms_schema_key;

/* In the order of the vertical: what comes in, then what is written. In `arena`. MS_NOMEM. */
ms_status ms_schema_keys(const ms_vertical *vertical, ms_arena *arena, ms_schema_key **out,
                         size_t *n, ms_error *err);

/* "0 to 100000000", "at most 40 bytes"; nothing when there are no bounds but the type's own. */
void ms_schema_bounds(const ms_attribute *a, ms_buf *out);
/* Whether a number, date or time has bounds worth telling. */
bool ms_schema_bounded(const ms_attribute *a);
/* A value of such a type: 99.5, 2025-01-31, 2025-01-31T10:00:00Z. */
void ms_schema_value(const ms_attribute *a, int64_t value, ms_buf *out);
/* Whether a pattern means the same to JavaScript, which JSON Schema and Chatwoot use. */
bool ms_schema_portable(ms_str pattern);

/* All append to `out`; `failed` tells that there was no memory. */
void ms_schema_show(const ms_vertical *vertical, const ms_schema_key *keys, size_t n, bool plain,
                    ms_buf *out);
void ms_schema_show_json(const ms_vertical *vertical, const ms_schema_key *keys, size_t n,
                         ms_buf *out);
/* JSON Schema, draft 2020-12. */
ms_status ms_schema_json(const ms_vertical *vertical, const ms_schema_key *keys, size_t n,
                         ms_arena *arena, ms_buf *out, ms_error *err);
/* For psql. `account` 0: the variable of that name. */
void ms_schema_sql(const ms_vertical *vertical, const ms_schema_key *keys, size_t n,
                   bool stand_alone, int64_t account, ms_buf *out);
/* `example` may be NULL. MS_NOMEM, or what judging the example came to. */
ms_status ms_schema_docs(const ms_vertical *vertical, const ms_schema_key *keys, size_t n,
                         const ms_case *example, ms_buf *out, ms_error *err);
/* A contact of the cases, judged: the last part of such a page. */
ms_status ms_schema_example(const ms_vertical *vertical, const ms_case *c, ms_buf *out,
                            ms_error *err);

/* Text inside a table: no new line, no bar, nothing that Markdown reads. */
void ms_markdown_cell(ms_buf *out, ms_str text);
/* In backquotes, where they can be. */
void ms_markdown_code(ms_buf *out, ms_str text);

#endif

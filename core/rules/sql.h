/*
 * rules/sql.h: conditions as SQL, for PostgreSQL. Text only: nothing here speaks to a database.
 *
 * A condition becomes an expression of type boolean over one contact's custom attributes, as jsonb,
 * and a day. It is true for yes, false for no and NULL for unknown, for exactly the contacts for
 * which the rules say so: SQL's AND, OR and NOT are Kleene's, and the functions of migration
 * crm/0011 (schema moonsift) read a value as its declared type or give NULL. The contact is the one
 * that is stored: jsonb has no U+0000 and one value for a key.
 *
 * Values that are used several times are read once, in a query inside the expression; then it can
 * stand wherever an expression can but in an index.
 *
 * All that people wrote (names, choices, texts) stands in quoted literals, written by
 * ms_sql_literal alone.
 *
 * Without SQL: functions of the script, look-ups (facts), types with forms that the database does
 * not know (url, handle), and patterns beyond what PostgreSQL and PCRE2 share. A rule
 * that needs one of them can still have a filter.
 */
#ifndef MS_RULES_SQL_H
#define MS_RULES_SQL_H

#include "base/buf.h"
#include "rules/vertical.h"

enum { MS_SQL_WHY = 256, MS_SQL_BYTES = 256 * 1024 };

/* The SQL around it. Both are put in as they are: they come from the program, never from people. */
typedef struct ms_sql_names {
    const char *attributes; /* jsonb, a name: "custom_attributes" when NULL */
    const char *today;      /* integer, days since 1970-01-01: "$1" when NULL */
} ms_sql_names;

/*
 * Appends the expression; put it in brackets where it is used. False when there is none: `why` has
 * the reason as a sentence without its full stop, nothing is appended. Longer than MS_SQL_BYTES
 * counts as none. Out of memory shows in out->failed.
 */
bool ms_condition_sql(const ms_vertical *vertical, uint32_t condition, const ms_sql_names *names,
                      ms_buf *out, char why[MS_SQL_WHY]);

/*
 * The filter: an expression that is true wherever the condition may be yes, so that what it leaves
 * out need not be judged. What has no SQL may be anything in it. False when it would leave nothing
 * out; nothing is appended. Where ms_condition_sql has an expression, it is as sharp as that.
 */
bool ms_condition_sql_filter(const ms_vertical *vertical, uint32_t condition,
                             const ms_sql_names *names, ms_buf *out);

/* Appends a literal that PostgreSQL reads back as `s`, whatever its settings; control characters
 * are escaped. False, with nothing appended, when it has no such text: U+0000, or no UTF-8. */
bool ms_sql_literal(ms_buf *out, ms_str s);

#endif

/*
 * rules/sql_inside.h: what the files that write SQL share.
 */
#ifndef MS_RULES_SQL_INSIDE_H
#define MS_RULES_SQL_INSIDE_H

#include "rules/inside.h"
#include "rules/sql.h"

enum {
    MS_SQL_DEPTH = 200, /* of the expression, asked rules included: PostgreSQL's stack is finite */
    MS_SQL_WORK = 100000, /* nodes looked at: rules that ask rules multiply */
};

/* The values of declared attributes: coerced where they are used, or named there and coerced once.
 */
typedef struct ms_sql_values {
    bool named;
    uint32_t uses;
    bool used[MS_MAX_ATTRIBUTES][2]; /* [1]: with the default */
} ms_sql_values;

typedef struct ms_sql {
    ms_sql_values *values;
    const ms_vertical *v;
    const char *attributes, *today;
    ms_buf *out;
    size_t start; /* where in `out` this expression begins */
    uint32_t depth, work;
    char *why; /* MS_SQL_WHY bytes; the first reason stays */
} ms_sql;

/* All return false after ms_sql_refuse. */
__attribute__((format(printf, 2, 3))) bool ms_sql_refuse(ms_sql *s, const char *fmt, ...);
/* Another node; false when there have been too many, or too much text. */
bool ms_sql_step(ms_sql *s);

/* The exact form of a tree, and of a condition without children (no MS_C_FIRED). */
bool ms_sql_tree(ms_sql *s, const ms_cond *c);
bool ms_sql_leaf(ms_sql *s, const ms_cond *c);

/* The slot's typed value, NULL unless it is valid. */
bool ms_sql_slot(ms_sql *s, uint32_t slot);
/* Behind an expression with named values: where they come from. */
bool ms_sql_from(ms_sql *s);
/* NULL unless the slot is valid; its value may not have changed places in a range yet. */
bool ms_sql_known(ms_sql *s, uint32_t slot);
/* A literal with the pattern for the whole of such an attribute's text, as PostgreSQL spells it. */
bool ms_sql_pattern(ms_sql *s, const ms_attribute *a, ms_str pattern);
/* '["a","b"]'::jsonb or ARRAY['a', 'b'] of the attribute's choices with a bit in mask. */
bool ms_sql_choices_json(ms_sql *s, const ms_attribute *a, uint64_t mask);
bool ms_sql_choices_array(ms_sql *s, const ms_attribute *a, uint64_t mask);
bool ms_sql_text(ms_sql *s, ms_str text); /* ms_sql_literal, or a refusal */
/* '"text"'::jsonb */
bool ms_sql_json_text(ms_sql *s, ms_str text);
/* The attribute as it came in, NULL when absent. */
bool ms_sql_given(ms_sql *s, uint32_t slot);

#endif

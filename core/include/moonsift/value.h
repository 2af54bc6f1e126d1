/*
 * moonsift/value.h: the values that cross between host, plugins and Lua.
 *
 * A value is a small tagged struct that borrows everything it points to: strings, items and members
 * live in an arena or in the buffer they were parsed from, and the function that hands a value out
 * says how long that is. Nothing here is freed one by one.
 *
 * null, an absent key, an empty array and an empty object are four different things and stay so
 * across JSON, Lua and the database. 64-bit integers stay integers.
 *
 * Part of the plugin ABI. All functions are pure and may be called from any thread.
 */
#ifndef MOONSIFT_VALUE_H
#define MOONSIFT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes, not NUL-terminated. p == NULL means "not there" (SQL NULL, absent header). */
typedef struct ms_str {
    const char *p;
    size_t n;
} ms_str;

#define MS_STR(literal) ((ms_str){(literal), sizeof(literal) - 1})
#define MS_NONE ((ms_str){NULL, 0})
#define MS_FMT "%.*s" /* printf format for an ms_str, with MS_ARG */
#define MS_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline ms_str ms_str_z(const char *z)
{
    return (ms_str){z, z ? strlen(z) : 0};
}
static inline bool ms_str_eq(ms_str a, ms_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool ms_str_eqz(ms_str a, const char *z)
{
    return a.p && a.n == strlen(z) && memcmp(a.p, z, a.n) == 0;
}

/* Memory that is freed as a whole. Opaque to plugins; allocated from through ms_host. */
typedef struct ms_arena ms_arena;

typedef enum ms_kind {
    MS_ABSENT = 0, /* no such key; never inside an array */
    MS_NULL,
    MS_BOOL,
    MS_INT,    /* fits a signed 64-bit integer */
    MS_DOUBLE, /* any other number; `text` keeps the digits it was written with, where known */
    MS_STRING, /* UTF-8 */
    MS_ARRAY,
    MS_OBJECT, /* members in source order; of repeated keys the last one counts */
    MS_ROWS    /* bulk: see ms_rows */
} ms_kind;

typedef struct ms_value ms_value;
typedef struct ms_member ms_member;
typedef struct ms_rows ms_rows;

struct ms_value {
    ms_kind kind;
    uint32_t count; /* bytes of a string, items of an array, members of an object */
    union {
        bool boolean;
        int64_t integer;
        double number;
        const char *string;
        const ms_value *items;
        const ms_member *members;
        const ms_rows *rows;
    } as;
    ms_str text; /* source text of a parsed number, array or object; p == NULL when made by hand */
};

struct ms_member {
    ms_str key;
    ms_value value;
};

/* A result set: column names once, cells row by row as text. p == NULL is SQL NULL. */
struct ms_rows {
    uint32_t n_columns;
    uint32_t n_rows;
    const ms_str *columns; /* n_columns */
    const ms_str *cells;   /* n_rows * n_columns, row-major */
    ms_str command;        /* what ran, with its count: "UPDATE 3"; may be empty */
};

static inline ms_str ms_cell(const ms_rows *rows, uint32_t row, uint32_t column)
{
    return rows->cells[(size_t)row * rows->n_columns + column];
}

static inline ms_value ms_null(void)
{
    return (ms_value){.kind = MS_NULL};
}
static inline ms_value ms_bool(bool b)
{
    return (ms_value){.kind = MS_BOOL, .as.boolean = b};
}
static inline ms_value ms_int(int64_t i)
{
    return (ms_value){.kind = MS_INT, .as.integer = i};
}
static inline ms_value ms_double(double d)
{
    return (ms_value){.kind = MS_DOUBLE, .as.number = d};
}
static inline ms_value ms_string(ms_str s)
{
    return (ms_value){.kind = MS_STRING, .count = (uint32_t)s.n, .as.string = s.p};
}
static inline ms_value ms_string_or_null(ms_str s)
{
    return s.p ? ms_string(s) : ms_null();
}
static inline ms_value ms_array(const ms_value *items, size_t n)
{
    return (ms_value){.kind = MS_ARRAY, .count = (uint32_t)n, .as.items = items};
}
static inline ms_value ms_object(const ms_member *members, size_t n)
{
    return (ms_value){.kind = MS_OBJECT, .count = (uint32_t)n, .as.members = members};
}

/* The string of a MS_STRING value, else MS_NONE. */
static inline ms_str ms_as_str(const ms_value *v)
{
    return v && v->kind == MS_STRING ? (ms_str){v->as.string, v->count} : MS_NONE;
}
/* The integer of a MS_INT value, else `otherwise`. */
static inline int64_t ms_as_int(const ms_value *v, int64_t otherwise)
{
    return v && v->kind == MS_INT ? v->as.integer : otherwise;
}
static inline bool ms_as_bool(const ms_value *v, bool otherwise)
{
    return v && v->kind == MS_BOOL ? v->as.boolean : otherwise;
}

/* The member's value, or NULL when `v` is no object or has no such key. The last repeat counts. */
static inline const ms_value *ms_get(const ms_value *v, const char *key)
{
    if (!v || v->kind != MS_OBJECT)
        return NULL;
    size_t n = strlen(key);
    for (uint32_t i = v->count; i-- > 0;) {
        const ms_member *m = &v->as.members[i];
        if (m->key.n == n && memcmp(m->key.p, key, n) == 0)
            return &m->value;
    }
    return NULL;
}

#endif

/*
 * base/json.h: JSON in and out. The only user of the JSON library.
 *
 * Reading is strict RFC 8259: UTF-8, no trailing text, no comments, numbers as written. An integer
 * that fits 64 bits stays one; any other number is a double that keeps its text. A number that no
 * double can hold (1e400) is an error, an integer beyond 64 bits is a double with its text. Of
 * repeated keys the last one counts.
 */
#ifndef MS_BASE_JSON_H
#define MS_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum { MS_JSON_MAX_DEPTH = 64 };

/* ---- trees: configuration, payloads, results ------------------------------------------------ */

/* Parses one document. `out` borrows from `arena` alone. MS_INVALID names what and where. [any] */
ms_status ms_json_parse(ms_arena *arena, ms_str source, ms_value *out, ms_error *err);

/* Appends compact JSON. A parsed number is written with the text it came with. */
void ms_json_write(ms_buf *buf, const ms_value *value);
/* The same, indented by two blanks, for people. */
void ms_json_write_pretty(ms_buf *buf, const ms_value *value);
/* Appends a quoted, escaped string. Bytes that are not UTF-8 become U+FFFD. */
void ms_json_string(ms_buf *buf, ms_str s);
/* The same, or null when p == NULL. */
void ms_json_string_or_null(ms_buf *buf, ms_str s);

/* Equal as JSON: key order, white space and the spelling of numbers (8 = 8.0) do not matter. */
bool ms_json_equal(const ms_value *a, const ms_value *b);

/* ---- flat fields: the hot path -------------------------------------------------------------- */

/* One member of an object, without building a tree. */
typedef struct ms_field {
    ms_str key; /* unescaped */
    ms_str raw; /* the value's source text, trimmed */
    ms_kind kind;
    union {
        bool boolean;
        int64_t integer; /* MS_INT */
        double number;   /* MS_DOUBLE */
        ms_str string;   /* MS_STRING, unescaped */
    } as;
} ms_field;

/* The members of one object in source order, repeated keys included: the last one counts. */
typedef struct ms_fields {
    ms_field *items;
    size_t n, capacity; /* grown by the reader; freed by ms_fields_free */
} ms_fields;

void ms_fields_free(ms_fields *fields);

/* Holds the parser and its buffers. One per thread. */
typedef struct ms_json_reader ms_json_reader;
ms_json_reader *ms_json_reader_new(void); /* NULL when out of memory */
void ms_json_reader_free(ms_json_reader *reader);

/*
 * Reads one object into `top`. If it has a member named `nested_key` (NULL: none asked for) that is
 * an object, that object's members go to `nested` in the same pass; otherwise nested->n is 0.
 * Everything is validated, values that are passed through included. Strings and keys borrow from
 * the reader or from `source`, valid until the next read; `source` must stay. It need not be
 * padded.
 */
ms_status ms_json_read(ms_json_reader *reader, ms_str source, const char *nested_key,
                       ms_fields *top, ms_fields *nested, ms_error *err);

#endif

/*
 * base/json_token.h: JSON's grammar, once, for trees and flat fields. Internal to core/base.
 *
 * A walk goes over the marks of one scanned document and gives its tokens in order. Each token has
 * been validated completely, strings and numbers included, so that what a reader passes through or
 * skips is good JSON too.
 */
#ifndef MS_BASE_JSON_TOKEN_H
#define MS_BASE_JSON_TOKEN_H

#include "base/json.h"
#include "base/json_scan.h"

typedef enum ms_token_type {
    MS_TOKEN_FAULT,  /* see ms_walk_fail */
    MS_TOKEN_SCALAR, /* kind and value are set */
    MS_TOKEN_OPEN,   /* kind is MS_ARRAY or MS_OBJECT; raw.p is its bracket */
    MS_TOKEN_CLOSE,  /* raw.p is the closing bracket */
    MS_TOKEN_END     /* of the document */
} ms_token_type;

/* All slices point into the source. */
typedef struct ms_token {
    ms_token_type type;
    ms_kind kind;
    bool key_escaped, escaped; /* key, string value: contains backslashes */
    ms_str key;                /* as written, without quotes; p == NULL outside objects */
    ms_str raw;                /* a scalar's source text, quotes included */
    union {
        bool boolean;
        int64_t integer;
        double number;
        ms_str string; /* as written, without quotes */
    } as;
} ms_token;

typedef struct ms_walk {
    ms_str source;
    const uint32_t *marks;
    size_t n, at;     /* marks; the next one */
    uint64_t objects; /* bit d-1: level d is an object */
    int depth;
    bool first;      /* nothing has been read at this level yet */
    bool escapes;    /* there is a backslash somewhere */
    bool refuse_nul; /* \u0000 is a fault */
    const char *fault;
    size_t fault_at; /* offset */
} ms_walk;

/* Scans `source` and stands before its first token. */
ms_status ms_walk_begin(ms_walk *w, ms_scan *scan, ms_str source, ms_error *err);
void ms_walk_next(ms_walk *w, ms_token *t);
/* After an MS_TOKEN_OPEN: goes to its end; the container's text in `raw`. False: a fault. */
bool ms_walk_skip(ms_walk *w, ms_str *raw);
/* Fills `err` with the fault, its line and column. */
ms_status ms_walk_fail(const ms_walk *w, ms_error *err);
/* Records a fault at `p` in the source (the first one stays). */
void ms_walk_fault(ms_walk *w, const char *p, const char *what);

/* Writes an escaped string that a walk has validated; `out` has room for s.n bytes. Returns the
 * length. */
size_t ms_unescape(ms_str s, char *out);

#endif

/*
 * lua/scan.h: looks at a script's tokens before it is compiled.
 *
 * The compiler runs without time limit and the linked Lua may be one of those that are slow or
 * unsafe on absurd sources (before 5.4.7 an error message recurses once per link of a.b.c...), so
 * such sources are refused by counting. The scan also keeps where words in quotes and keys stand:
 * table constructors forget their lines, and messages want to name them. And it finds what Lua
 * takes without a word and drops: a key that stands twice in one table, and conditions behind `or`.
 */
#ifndef MS_LUA_SCAN_H
#define MS_LUA_SCAN_H

#include "rules/problems.h"

enum { MS_SCAN_MAX_LINKS = 200, MS_SCAN_MAX_LABELS = 200, MS_SCAN_MAX_DEPTH = 200 };

typedef struct ms_word {
    ms_str text; /* borrows from the source */
    uint32_t line;
} ms_word;

/* A key of a table constructor: name = ... or ["name"] = ... */
typedef struct ms_key {
    ms_str text; /* borrows from the source */
    uint32_t line, column;
    uint32_t previous; /* in the same table: place in the list + 1; 0: none */
} ms_key;

/* Something that Lua drops. Columns count characters from 1. */
typedef struct ms_slip {
    const ms_key *key, *first; /* the key that stands twice; NULL: it is `or` */
    uint32_t line, column;
} ms_slip;

enum { MS_SCAN_MAX_SLIPS = 20 };

typedef struct ms_words {
    ms_word *items; /* in source order */
    size_t n, capacity;
    bool not_lua; /* refused for a character that Lua does not know; else for what is counted */
    ms_key *keys; /* in source order */
    size_t n_keys, keys_capacity;
    ms_slip slips[MS_SCAN_MAX_SLIPS]; /* those behind do not matter: the vertical is refused */
    size_t n_slips;
} ms_words;

/* MS_INVALID, err->text starts with "name:line: " or "name:line:column: "; MS_NOMEM. `words` is
 * filled from `arena`. `source` is UTF-8. */
ms_status ms_scan(ms_arena *arena, ms_str name, ms_str source, ms_words *words, ms_error *err);

/* What is wrong with a character outside of quotes, and the way out, for a message; "what; way
 * out". `p` are the `n` bytes of one character in UTF-8, not of ASCII. */
void ms_scan_character(const char *p, size_t n, char *out, size_t room);
/* The same for one that ends a text begun with an ordinary quote. False: it is none of those. */
bool ms_scan_is_quote(const char *p, size_t n);

/* One item of a table in braces: `key = value` or `value`. */
typedef struct ms_item {
    uint32_t line, column, width; /* of its first token, in characters, columns from 1 */
    ms_str key;                   /* borrows from the source; p == NULL: it has none */
} ms_item;

enum { MS_SCAN_MAX_ITEMS = 512 };

/*
 * The items of the first table in braces behind the name `word` at or after the place, `word {` or
 * `word({`; of the first one there when the word is empty. Tables forget where their items stood,
 * and messages want to say it. Sources that ms_scan refuses are not given. Returns how many of them
 * are in `out`, at most `max`.
 */
size_t ms_scan_items(ms_str source, uint32_t line, uint32_t column, ms_str word, ms_item *out,
                     size_t max);
/* Line of the last `name = ...` that begins a line at or before `line`, or 0. */
uint32_t ms_scan_assignment(ms_str source, uint32_t line, ms_str name);

/* Line of the first such word at or after `line`, or 0. */
uint32_t ms_word_line(const ms_words *words, ms_str text, uint32_t line);

/* What was dropped, as errors of this file. */
void ms_slips_report(const ms_words *words, ms_str file, ms_problems *problems);

/* ---- scan_slips.c, for scan.c --------------------------------------------------------------- */

typedef enum ms_token_kind { MS_TOKEN_NAME, MS_TOKEN_STRING, MS_TOKEN_OTHER } ms_token_kind;

typedef struct ms_token {
    ms_token_kind kind;
    char c;      /* of one that is neither name nor string: the character; 'q' is == */
    ms_str text; /* of a name; of a short string without escapes, else p == NULL */
    uint32_t line, column;
} ms_token;

/* Where a token stands: what is known of each bracket around it. */
typedef struct ms_around {
    char open;
    bool is_condition; /* its end ends a condition */
    bool after_and, told;
    uint32_t last_key; /* as ms_key.previous */
} ms_around;

typedef struct ms_slips {
    ms_arena *arena;
    ms_words *words;
    ms_around around[MS_SCAN_MAX_DEPTH + 1];
    uint32_t depth;
    bool blocks[MS_SCAN_MAX_DEPTH]; /* functions and other blocks that are open */
    uint32_t n_blocks, functions;
    int field;                            /* how much of a key was seen */
    ms_token key;                         /* if it is one */
    bool names_condition, ends_condition; /* the token before did */
    char before;                          /* the token before: its character, or 0 */
} ms_slips;

/* Looks at the next token; false: no memory. */
bool ms_slips_see(ms_slips *slips, const ms_token *token);

#endif

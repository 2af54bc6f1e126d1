/*
 * lua/scan.h: looks at a script's tokens before it is compiled.
 *
 * The compiler runs without time limit and the linked Lua may be one of those that are slow or
 * unsafe on absurd sources (before 5.4.7 an error message recurses once per link of a.b.c...), so
 * such sources are refused by counting. The scan also keeps where words in quotes stand: table
 * constructors forget their lines, and messages want to name them.
 */
#ifndef MS_LUA_SCAN_H
#define MS_LUA_SCAN_H

#include "base/arena.h"

enum { MS_SCAN_MAX_LINKS = 200, MS_SCAN_MAX_LABELS = 200, MS_SCAN_MAX_DEPTH = 200 };

typedef struct ms_word {
    ms_str text; /* borrows from the source */
    uint32_t line;
} ms_word;

typedef struct ms_words {
    ms_word *items; /* in source order */
    size_t n, capacity;
} ms_words;

/* MS_INVALID, err->text starts with "name:line: "; MS_NOMEM. `words` is filled from `arena`. */
ms_status ms_scan(ms_arena *arena, ms_str name, ms_str source, ms_words *words, ms_error *err);

/* Line of the first such word at or after `line`, or 0. */
uint32_t ms_word_line(const ms_words *words, ms_str text, uint32_t line);

#endif

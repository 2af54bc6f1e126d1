/*
 * base/text.h: small helpers on text that several layers share. [any]
 */
#ifndef MS_BASE_TEXT_H
#define MS_BASE_TEXT_H

#include "base/arena.h"

/* Of ASCII; all other bytes are themselves. */
static inline char ms_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}
static inline bool ms_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ASCII only: space, tab, CR, LF. */
ms_str ms_trim(ms_str s);
bool ms_utf8_valid(ms_str s);
/* Bytes of the character that `n` bytes at `p` begin with; 0 when they are not UTF-8. */
size_t ms_utf8_length(const char *p, size_t n);

/* Where a text stops being UTF-8, in lines and characters from 1, and the byte that stands there; 0
 * when it is UTF-8 (line and column are 0 then). */
unsigned char ms_utf8_fault(ms_str s, uint32_t *line, uint32_t *column);
/* Without the byte order mark (EF BB BF) that some editors put before a text. */
ms_str ms_skip_bom(ms_str s);

/* The candidate nearest to `name` by edit distance (transpositions count one), or NULL when none is
 * near enough to be worth suggesting. `candidates` ends with NULL. */
const char *ms_nearest(ms_str name, const char *const *candidates);

enum { MS_EMAIL_BYTES = 254, MS_PHONE_BYTES = 16 };
/* The canonical forms below into a buffer of the caller: their length, 0 when `s` is none. */
size_t ms_email_form(ms_str s, char out[MS_EMAIL_BYTES]);
size_t ms_phone_form(ms_str s, char out[MS_PHONE_BYTES]);
/* Lower-cased, trimmed e-mail; p == NULL when it is none (no '@', blanks inside, empty parts). */
ms_str ms_email_normal(ms_arena *arena, ms_str s);
/* "+31612345678" from "+31 6 1234-5678" or "0031..."; p == NULL when it is no E.164 number. */
ms_str ms_phone_normal(ms_arena *arena, ms_str s);

/* Whole file; MS_NOT_FOUND, MS_TOO_LARGE (over `limit`) or MS_INTERNAL with path and reason. */
ms_status ms_read_file(ms_arena *arena, const char *path, size_t limit, ms_str *out, ms_error *err);

#endif

/*
 * base/json_scan.h: the JSON library behind a C interface. Internal to core/base.
 *
 * simdjson's first stage marks where the tokens of a document are and checks UTF-8; the grammar is
 * json_token.c's. Why not its parsers: docs/json.md. Plain C types, since value.h is no C++.
 */
#ifndef MS_BASE_JSON_SCAN_H
#define MS_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ms_scan ms_scan;

ms_scan *ms_scan_new(void); /* NULL when out of memory */
void ms_scan_free(ms_scan *scan);

typedef enum ms_scan_result {
    MS_SCAN_OK,
    MS_SCAN_FAULT, /* not UTF-8, a control character in a string, a string without end, or empty */
    MS_SCAN_LARGE, /* 4 GiB and more */
    MS_SCAN_NOMEM
} ms_scan_result;

/* `*marks`: offsets of all `{}[]:,` outside strings and of the first byte of every string, number
 * and word, ascending; (*marks)[*n] is `size`. Valid until the next call. `p` needs no padding. */
ms_scan_result ms_scan_run(ms_scan *scan, const char *p, size_t size, const uint32_t **marks,
                           size_t *n);

enum { MS_DOUBLE_TEXT = 32 };
/* Shortest text that reads back as `d`; "null" when it is no number. Returns its length; no NUL. */
size_t ms_double_text(double d, char out[MS_DOUBLE_TEXT]);

/* Reads all of a number in JSON's spelling; false when it is too large for a double. A number too
 * small for one is 0, as everywhere. Independent of the locale. */
bool ms_double_parse(const char *p, size_t n, double *out);

#ifdef __cplusplus
}
#endif

#endif

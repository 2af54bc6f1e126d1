/*
 * loop/http_scan.h: checks a head before the parser sees it. Internal to core/loop; pure.
 *
 * llhttp 8 takes obs-fold, a bare CR in front of a field name, blanks in names and bytes above 0x7f
 * in targets; such spellings are read differently by different servers, which is how requests are
 * smuggled. So every byte passes here first: CR and LF only as a pair, no control bytes, a request
 * line of three parts, fields of the shape `token:`. Both this check and llhttp must agree.
 */
#ifndef MS_LOOP_HTTP_SCAN_H
#define MS_LOOP_HTTP_SCAN_H

#include <moonsift/value.h>

enum {
    MS_HTTP_MAX_FIELDS = 128,
    MS_HTTP_TRAILER_BYTES = 4096,
};

/* What is wrong with a request: a status and a sentence. status 0: nothing. */
typedef struct ms_http_fault {
    int status;
    const char *detail;
} ms_http_fault;

#define MS_HTTP_FINE ((ms_http_fault){0, NULL})

typedef struct ms_http_scan {
    bool trailer;     /* fields only, no request line */
    size_t limit;     /* bytes of the whole section */
    size_t uri_limit; /* bytes of the request line */
    size_t pos;       /* scanned so far */
    size_t line;      /* where the current line starts */
    size_t start;     /* where the section starts: behind one blank line at most */
    unsigned fields;
    bool complete; /* `pos` is one behind the end of the section */
} ms_http_scan;

void ms_http_scan_head(ms_http_scan *scan, size_t limit);
void ms_http_scan_trailer(ms_http_scan *scan);

/* Goes on at scan->pos. `p` is the section from its first byte, `n` what has come of it. */
ms_http_fault ms_http_scan_run(ms_http_scan *scan, const char *p, size_t n);

/* A character of a token (method, field name), RFC 9110 5.6.2. */
bool ms_http_token_char(unsigned char c);

/*
 * Takes a request target apart: origin form, absolute form (then `*authority` is set), or "*".
 * The path is percent-decoded in place. Refused: malformed escapes, control bytes also when
 * escaped, bytes above 0x7f, a fragment.
 */
ms_http_fault ms_http_target(char *p, size_t n, ms_str *path, ms_str *query, ms_str *authority);

#endif

#include "loop/http_scan.h"

#include <strings.h>

static ms_http_fault bad(const char *detail)
{
    return (ms_http_fault){400, detail};
}

bool ms_http_token_char(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

void ms_http_scan_head(ms_http_scan *scan, size_t limit)
{
    *scan = (ms_http_scan){.limit = limit, .uri_limit = limit / 2};
}

void ms_http_scan_trailer(ms_http_scan *scan)
{
    *scan = (ms_http_scan){.trailer = true, .limit = MS_HTTP_TRAILER_BYTES};
}

/* `method SP target SP HTTP/d.d`; which methods and targets exist is for later. */
static ms_http_fault check_request_line(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && ms_http_token_char((unsigned char)p[i]))
        i++;
    if (i == 0 || i == n || p[i] != ' ')
        return bad("The request line does not begin with a method and a blank.");
    size_t target = ++i;
    while (i < n && (unsigned char)p[i] > ' ' && (unsigned char)p[i] < 0x7f)
        i++;
    if (i == target || i == n || p[i] != ' ')
        return bad("The request target is empty, holds a byte that must be percent-encoded, or is "
                   "not followed by one blank and the version.");
    const char *version = p + i + 1;
    size_t left = n - i - 1;
    if (left != 8 || memcmp(version, "HTTP/", 5) != 0 || version[5] < '0' || version[5] > '9' ||
        version[6] != '.' || version[7] < '0' || version[7] > '9')
        return bad("The request line does not end with an HTTP version.");
    if (version[5] != '1' || version[7] > '1')
        return (ms_http_fault){505, "This server speaks HTTP/1.1 and HTTP/1.0."};
    return MS_HTTP_FINE;
}

static ms_http_fault check_field_line(const char *p, size_t n)
{
    if (p[0] == ' ' || p[0] == '\t')
        return bad("A header is folded over two lines.");
    size_t i = 0;
    while (i < n && ms_http_token_char((unsigned char)p[i]))
        i++;
    if (i == 0 || i == n || p[i] != ':')
        return bad("A header line is not a name directly followed by a colon.");
    return MS_HTTP_FINE;
}

/* One line without its CRLF. */
static ms_http_fault check_line(ms_http_scan *scan, const char *p, size_t n)
{
    bool first = !scan->trailer && scan->line == scan->start;
    if (n == 0 && first) {
        /* RFC 9112 2.2: one empty line in front of a request is overlooked. */
        if (scan->start > 0)
            return bad("There are empty lines in front of the request.");
        scan->start = 2;
        return MS_HTTP_FINE;
    }
    if (n == 0) {
        scan->complete = true;
        return MS_HTTP_FINE;
    }
    if (first)
        return check_request_line(p, n);
    if (++scan->fields > MS_HTTP_MAX_FIELDS)
        return (ms_http_fault){431, "There are more than 128 header lines."};
    return check_field_line(p, n);
}

static ms_http_fault check_size(const ms_http_scan *scan)
{
    size_t n = scan->pos - scan->start;
    if (!scan->trailer && scan->line == scan->start && n > scan->uri_limit)
        return (ms_http_fault){414, "The request line is too long."};
    if (n > scan->limit)
        return (ms_http_fault){431, "The headers are too large."};
    return MS_HTTP_FINE;
}

ms_http_fault ms_http_scan_run(ms_http_scan *scan, const char *p, size_t n)
{
    while (scan->pos < n && !scan->complete) {
        unsigned char c = (unsigned char)p[scan->pos];
        bool after_cr = scan->pos > scan->line && p[scan->pos - 1] == '\r';
        if (after_cr != (c == '\n'))
            return bad(after_cr ? "There is a CR without LF." : "There is an LF without CR.");
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return bad("There is a control byte in the head.");
        scan->pos++;
        ms_http_fault fault = check_size(scan);
        if (fault.status == 0 && c == '\n') {
            fault = check_line(scan, p + scan->line, scan->pos - 2 - scan->line);
            scan->line = scan->pos;
        }
        if (fault.status != 0)
            return fault;
    }
    return MS_HTTP_FINE;
}

/* ---- request targets ------------------------------------------------------------------------ */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static ms_http_fault decode(char *p, size_t n, ms_str *out)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)p[i];
        if (c == '%') {
            int high = i + 2 < n ? hex(p[i + 1]) : -1;
            int low = i + 2 < n ? hex(p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return bad("The path holds a '%' that is not followed by two hex digits.");
            c = high * 16 + low;
            i += 2;
        }
        if (c < ' ' || c == 0x7f)
            return bad("The path holds a control byte.");
        p[to++] = (char)c;
    }
    *out = (ms_str){p, to};
    return MS_HTTP_FINE;
}

/* Length of "http://" or "https://" in front, else 0. */
static size_t scheme(const char *p, size_t n)
{
    if (n > 7 && strncasecmp(p, "http://", 7) == 0)
        return 7;
    return n > 8 && strncasecmp(p, "https://", 8) == 0 ? 8 : 0;
}

ms_http_fault ms_http_target(char *p, size_t n, ms_str *path, ms_str *query, ms_str *authority)
{
    *query = MS_NONE;
    *authority = MS_NONE;
    if (n == 1 && p[0] == '*') {
        *path = (ms_str){p, 1};
        return MS_HTTP_FINE;
    }
    if (memchr(p, '#', n))
        return bad("The request target holds a fragment.");
    size_t skip = scheme(p, n);
    if (skip > 0) {
        size_t end = skip;
        while (end < n && p[end] != '/' && p[end] != '?')
            end++;
        *authority = (ms_str){p + skip, end - skip};
        p += end;
        n -= end;
        if (authority->n == 0)
            return bad("The request target names no host.");
    }
    char *mark = memchr(p, '?', n);
    size_t path_n = mark ? (size_t)(mark - p) : n;
    if (mark)
        *query = (ms_str){mark + 1, n - path_n - 1};
    if (path_n == 0 && skip > 0) {
        *path = MS_STR("/");
        return MS_HTTP_FINE;
    }
    if (path_n == 0 || p[0] != '/')
        return bad("The request target does not begin with '/'.");
    return decode(p, path_n, path);
}

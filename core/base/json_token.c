/* json_token.c: from marks to validated tokens. */
#include "base/json_token.h"

#include "base/json_number.h"
#include "base/text.h"

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void ms_walk_fault(ms_walk *w, const char *p, const char *what)
{
    if (w->fault)
        return;
    w->fault = what;
    w->fault_at = (size_t)(p - w->source.p);
}

/* ---- faults --------------------------------------------------------------------------------- */

/* Finds what the scanner objected to, which it does not tell. */
static void explain_scan(ms_walk *w)
{
    const char *p = w->source.p, *end = p + w->source.n, *open = NULL;
    for (size_t n; p < end; p += n) {
        n = ms_utf8_length(p, (size_t)(end - p));
        if (n == 0) {
            ms_walk_fault(w, p, "not UTF-8");
            return;
        }
        if (open && (unsigned char)*p < 0x20) {
            ms_walk_fault(w, p, "a control character in a string has to be escaped");
            return;
        }
        if (open && *p == '\\' && p + 1 < end)
            n = 1 + ms_utf8_length(p + 1, (size_t)(end - p - 1));
        else if (*p == '"')
            open = open ? NULL : p;
    }
    ms_walk_fault(w, open ? open : end, open ? "a string without end" : "nothing there");
}

ms_status ms_walk_fail(const ms_walk *w, ms_error *err)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < w->fault_at; i++) {
        bool starts = ((unsigned char)w->source.p[i] & 0xC0) != 0x80;
        column = w->source.p[i] == '\n' ? 1 : column + starts;
        line += w->source.p[i] == '\n';
    }
    return ms_fail(err, MS_INVALID, "not JSON: %s (line %zu, column %zu)", w->fault, line, column);
}

ms_status ms_walk_begin(ms_walk *w, ms_scan *scan, ms_str source, ms_error *err)
{
    *w = (ms_walk){.source = {source.p ? source.p : "", source.n}, .first = true};
    switch (ms_scan_run(scan, w->source.p, source.n, &w->marks, &w->n)) {
    case MS_SCAN_OK: break;
    case MS_SCAN_FAULT: explain_scan(w); return ms_walk_fail(w, err);
    case MS_SCAN_LARGE: return ms_fail(err, MS_TOO_LARGE, "JSON of 4 GiB or more");
    default: return ms_fail(err, MS_NOMEM, "out of memory");
    }
    w->escapes = memchr(source.p, '\\', source.n) != NULL;
    return MS_OK;
}

/* ---- scalars -------------------------------------------------------------------------------- */

/* The text of the token at mark `i`: up to the next mark, without the blanks before it. */
static inline ms_str token_text(const ms_walk *w, size_t i)
{
    const char *p = w->source.p + w->marks[i], *end = w->source.p + w->marks[i + 1];
    while (end > p + 1 && is_blank(end[-1]))
        end--;
    return (ms_str){p, (size_t)(end - p)};
}

static int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            v = v * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return v;
}

static bool is_high(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* What is wrong with the escape at `p` (NULL: nothing); `*n` is its length. */
static const char *check_escape(const char *p, const char *end, bool refuse_nul, size_t *n)
{
    *n = 2;
    if (end - p < 2 || p[1] == '\0' || !strchr("\"\\/bfnrtu", p[1]))
        return "no such escape";
    if (p[1] != 'u')
        return NULL;
    int unit = end - p >= 6 ? hex4(p + 2) : -1;
    *n = 6;
    if (unit < 0)
        return "\\u needs four hex digits";
    if (unit == 0 && refuse_nul)
        return "\\u0000 cannot be stored";
    if (is_low(unit))
        return "half a surrogate pair";
    if (!is_high(unit))
        return NULL;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u' || !is_low(hex4(p + 8)))
        return "half a surrogate pair";
    *n = 12;
    return NULL;
}

/* A string at mark `i`, without its quotes. The scanner has checked everything but the escapes. */
static bool read_string(ms_walk *w, size_t i, ms_str *inner, bool *escaped)
{
    ms_str raw = token_text(w, i);
    *escaped = false;
    if (raw.n < 2 || raw.p[raw.n - 1] != '"') {
        ms_walk_fault(w, raw.p, "a string without end");
        return false;
    }
    *inner = (ms_str){raw.p + 1, raw.n - 2};
    if (!w->escapes)
        return true;
    const char *end = raw.p + raw.n - 1, *p = memchr(inner->p, '\\', inner->n);
    *escaped = p != NULL;
    for (size_t n; p; p = memchr(p + n, '\\', (size_t)(end - p) - n)) {
        const char *what = check_escape(p, end, w->refuse_nul, &n);
        if (what) {
            ms_walk_fault(w, p, what);
            return false;
        }
    }
    return true;
}

static bool read_number(ms_walk *w, ms_token *t)
{
    int64_t integer = 0;
    double number = 0;
    switch (ms_number_read(t->raw, &integer, &number)) {
    case MS_NUMBER_INT:
        t->kind = MS_INT;
        t->as.integer = integer;
        return true;
    case MS_NUMBER_DOUBLE:
        t->kind = MS_DOUBLE;
        t->as.number = number;
        return true;
    case MS_NUMBER_LARGE:
        ms_walk_fault(w, t->raw.p, "a number that no 64-bit float can hold");
        return false;
    default: ms_walk_fault(w, t->raw.p, "not a number"); return false;
    }
}

static bool read_word(ms_walk *w, ms_token *t)
{
    t->kind = MS_BOOL;
    t->as.boolean = true;
    if (ms_str_eq(t->raw, MS_STR("true")))
        return true;
    t->as.boolean = false;
    if (ms_str_eq(t->raw, MS_STR("false")))
        return true;
    t->kind = MS_NULL;
    if (ms_str_eq(t->raw, MS_STR("null")))
        return true;
    ms_walk_fault(w, t->raw.p, "expected a value");
    return false;
}

static bool read_scalar(ms_walk *w, ms_token *t, char c)
{
    t->type = MS_TOKEN_SCALAR;
    t->raw = token_text(w, w->at);
    bool ok;
    if (c == '"') {
        t->kind = MS_STRING;
        ok = read_string(w, w->at, &t->as.string, &t->escaped);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        ok = read_number(w, t);
    } else {
        ok = read_word(w, t);
    }
    w->at++;
    return ok;
}

/* ---- structure ------------------------------------------------------------------------------ */

/* The first byte of the next token; NUL, which begins none, at the end. */
static inline char peek(const ms_walk *w)
{
    return w->at < w->n ? w->source.p[w->marks[w->at]] : '\0';
}

static bool expected(ms_walk *w, const char *what)
{
    bool end = w->at >= w->n;
    ms_walk_fault(w, w->source.p + (end ? w->source.n : w->marks[w->at]),
                  end ? "it ends too early" : what);
    return false;
}

static bool read_key(ms_walk *w, ms_token *t)
{
    if (peek(w) != '"')
        return expected(w, "expected a key in double quotes");
    if (!read_string(w, w->at, &t->key, &t->key_escaped))
        return false;
    w->at++;
    if (peek(w) != ':')
        return expected(w, "expected ':'");
    w->at++;
    return true;
}

static bool open_container(ms_walk *w, ms_token *t, bool object)
{
    if (w->depth == MS_JSON_MAX_DEPTH)
        return expected(w, "more than 64 levels");
    t->type = MS_TOKEN_OPEN;
    t->kind = object ? MS_OBJECT : MS_ARRAY;
    t->raw = (ms_str){w->source.p + w->marks[w->at++], 1};
    uint64_t bit = (uint64_t)1 << w->depth++;
    w->objects = object ? w->objects | bit : w->objects & ~bit;
    w->first = true;
    return true;
}

/* Comma or closing bracket. Returns false at a fault; `*closed` says that the level has ended. */
static bool separate(ms_walk *w, ms_token *t, bool object, bool *closed)
{
    char c = peek(w);
    *closed = c == (object ? '}' : ']');
    if (*closed) {
        t->type = MS_TOKEN_CLOSE;
        t->raw = (ms_str){w->source.p + w->marks[w->at++], 1};
        w->depth--;
        w->first = false;
    } else if (w->first) {
        w->first = false;
    } else if (c == ',') {
        w->at++;
    } else {
        return expected(w, object ? "expected ',' or '}'" : "expected ',' or ']'");
    }
    return true;
}

static bool next_token(ms_walk *w, ms_token *t)
{
    t->key = MS_NONE;
    t->key_escaped = t->escaped = false;
    if (w->depth > 0) {
        bool object = w->objects >> (w->depth - 1) & 1, closed;
        if (!separate(w, t, object, &closed))
            return false;
        if (closed)
            return true;
        if (object && !read_key(w, t))
            return false;
    } else if (!w->first) {
        t->type = MS_TOKEN_END;
        return w->at == w->n || expected(w, "text behind the end");
    }
    w->first = false;
    char c = peek(w);
    if (c == '{' || c == '[')
        return open_container(w, t, c == '{');
    if (w->at >= w->n)
        return expected(w, "");
    return read_scalar(w, t, c);
}

void ms_walk_next(ms_walk *w, ms_token *t)
{
    if (!next_token(w, t))
        t->type = MS_TOKEN_FAULT;
}

bool ms_walk_skip(ms_walk *w, ms_str *raw)
{
    ms_token t = {.type = MS_TOKEN_OPEN};
    const char *from = w->source.p + w->marks[w->at - 1];
    for (int level = w->depth; w->depth >= level && t.type != MS_TOKEN_FAULT;)
        ms_walk_next(w, &t);
    if (t.type == MS_TOKEN_FAULT)
        return false;
    *raw = (ms_str){from, (size_t)(t.raw.p + 1 - from)};
    return true;
}

/* ---- escapes -------------------------------------------------------------------------------- */

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

size_t ms_unescape(ms_str s, char *out)
{
    static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    const char *p = s.p, *end = s.p + s.n;
    size_t n = 0;
    while (p < end) {
        if (*p != '\\') {
            out[n++] = *p++;
            continue;
        }
        const char *name = strchr(names, p[1]);
        if (p[1] != 'u') {
            out[n++] = name ? bytes[name - names] : p[1];
            p += 2;
            continue;
        }
        uint32_t c = (uint32_t)hex4(p + 2);
        p += 6;
        if (is_high((int)c)) {
            c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)hex4(p + 2) - 0xDC00);
            p += 6;
        }
        n += put_utf8(out + n, c);
    }
    return n;
}

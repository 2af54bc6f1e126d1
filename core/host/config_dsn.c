/*
 * host/config_dsn.c: finds the password in a DSN, in both forms that libpq reads:
 *   postgresql://user:password@host/dbname?password=...
 *   host=... password='it''s' ...
 */
#include "base/buf.h"
#include "host/config.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%40" is "@" in a URI. */
static ms_str percent_decoded(ms_arena *arena, ms_str s)
{
    char *out = ms_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < s.n; i++) {
        bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
        out[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
        i += coded ? 2 : 0;
    }
    if (out)
        out[n] = '\0';
    return out ? (ms_str){out, n} : MS_NONE;
}

static size_t scheme_length(ms_str dsn)
{
    static const char *const schemes[] = {"postgresql://", "postgres://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (dsn.n >= n && memcmp(dsn.p, schemes[i], n) == 0)
            return n;
    }
    return 0;
}

/* Parameters behind the '?': all but the password go to `rest`. */
static void split_query(ms_str query, ms_buf *rest, ms_str *password)
{
    static const char name[] = "password=";
    const size_t name_n = sizeof name - 1;
    char before = '?';
    for (size_t i = 0; i < query.n;) {
        const char *amp = memchr(query.p + i, '&', query.n - i);
        size_t n = amp ? (size_t)(amp - query.p) - i : query.n - i;
        ms_str item = {query.p + i, n};
        if (n >= name_n && memcmp(item.p, name, name_n) == 0) {
            *password = (ms_str){item.p + name_n, n - name_n};
        } else {
            ms_buf_char(rest, before);
            ms_buf_str(rest, item);
            before = '&';
        }
        i += n + 1;
    }
}

static void split_uri(ms_str dsn, size_t start, ms_buf *rest, ms_str *password)
{
    size_t at = start, slash = start;
    while (slash < dsn.n && dsn.p[slash] != '@' && dsn.p[slash] != '/')
        slash++;
    ms_buf_add(rest, dsn.p, start);
    if (slash < dsn.n && dsn.p[slash] == '@') {
        const char *colon = memchr(dsn.p + start, ':', slash - start);
        size_t user = colon ? (size_t)(colon - dsn.p) : slash;
        ms_buf_add(rest, dsn.p + start, user - start);
        if (colon)
            *password = (ms_str){colon + 1, slash - user - 1};
        at = slash;
    }
    const char *mark = memchr(dsn.p + at, '?', dsn.n - at);
    size_t end = mark ? (size_t)(mark - dsn.p) : dsn.n;
    ms_buf_add(rest, dsn.p + at, end - at);
    if (mark)
        split_query((ms_str){mark + 1, dsn.n - end - 1}, rest, password);
}

/* The end of a value that starts at `i`, its quotes included. */
static size_t value_end(ms_str dsn, size_t i)
{
    bool quoted = i < dsn.n && dsn.p[i] == '\'';
    for (i += quoted; i < dsn.n; i++) {
        if (dsn.p[i] == '\\')
            i++;
        else if (quoted ? dsn.p[i] == '\'' : is_blank(dsn.p[i]))
            return i + quoted;
    }
    return dsn.n;
}

/* Without quotes and backslashes. */
static ms_str plain_value(ms_arena *arena, ms_str raw)
{
    bool quoted = raw.n && raw.p[0] == '\'';
    size_t n = 0, end = raw.n - (raw.n > 1 && quoted);
    char *out = ms_alloc(arena, raw.n + 1);
    for (size_t i = quoted; out && i < end; i++) {
        i += raw.p[i] == '\\' && i + 1 < end;
        out[n++] = raw.p[i];
    }
    if (out)
        out[n] = '\0';
    return out ? (ms_str){out, n} : MS_NONE;
}

static void split_pairs(ms_str dsn, ms_buf *rest, ms_str *password)
{
    for (size_t i = 0; i < dsn.n;) {
        size_t from = i, key_end, value;
        while (i < dsn.n && is_blank(dsn.p[i]))
            i++;
        size_t key = i;
        while (i < dsn.n && !is_blank(dsn.p[i]) && dsn.p[i] != '=')
            i++;
        key_end = i;
        while (i < dsn.n && (is_blank(dsn.p[i]) || dsn.p[i] == '='))
            i++;
        value = i;
        i = value_end(dsn, i);
        if (ms_str_eqz((ms_str){dsn.p + key, key_end - key}, "password"))
            *password = (ms_str){dsn.p + value, i - value};
        else
            ms_buf_add(rest, dsn.p + from, i - from);
    }
}

bool ms_dsn_split(ms_arena *arena, ms_str dsn, ms_str *without, ms_str *password)
{
    ms_buf rest = {0};
    ms_str raw = MS_NONE;
    size_t scheme = scheme_length(dsn);
    if (scheme)
        split_uri(dsn, scheme, &rest, &raw);
    else
        split_pairs(dsn, &rest, &raw);
    *password = MS_NONE;
    if (raw.n)
        *password = scheme ? percent_decoded(arena, raw) : plain_value(arena, raw);
    *without = ms_arena_dup(arena, ms_buf_view(&rest));
    bool ok = !rest.failed && without->p && (!raw.n || password->p);
    ms_buf_free(&rest);
    return ok;
}

/* text.c: trimming, suggestions, canonical e-mail and phone, whole files. */
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LIMIT = 64, PHONE_MIN = 8 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

ms_str ms_trim(ms_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = (ms_str){s.p + 1, s.n - 1};
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* ---- UTF-8 ---------------------------------------------------------------------------------- */

static bool is_tail(const unsigned char *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t ms_utf8_length(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    if (n == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return n >= 2 && is_tail(p, 2) ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (n < 3 || !is_tail(p, 3))
            return 0;
        bool overlong = p[0] == 0xE0 && p[1] < 0xA0, surrogate = p[0] == 0xED && p[1] > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (n < 4 || !is_tail(p, 4))
            return 0;
        bool overlong = p[0] == 0xF0 && p[1] < 0x90, beyond = p[0] == 0xF4 && p[1] > 0x8F;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

bool ms_utf8_valid(ms_str s)
{
    for (size_t i = 0; i < s.n;) {
        uint64_t eight;
        if (s.n - i >= 8 && (memcpy(&eight, s.p + i, 8), !(eight & 0x8080808080808080u))) {
            i += 8;
            continue;
        }
        size_t n = ms_utf8_length(s.p + i, s.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

unsigned char ms_utf8_fault(ms_str s, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    for (size_t i = 0, n; i < s.n; i += n) {
        n = ms_utf8_length(s.p + i, s.n - i);
        if (n == 0)
            return (unsigned char)s.p[i];
        *column = s.p[i] == '\n' ? 1 : *column + 1;
        *line += s.p[i] == '\n';
    }
    *line = *column = 0;
    return 0;
}

ms_str ms_skip_bom(ms_str s)
{
    bool has = s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0;
    return has ? (ms_str){s.p + 3, s.n - 3} : s;
}

/* ---- suggestions ---------------------------------------------------------------------------- */

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment: insert, delete, replace and swap of neighbours cost one each. */
static int distance(ms_str a, ms_str b)
{
    int rows[3][NAME_LIMIT + 1];
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a.n; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= b.n; j++) {
            int replace = before[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            now[j] = min3(before[j] + 1, now[j - 1] + 1, replace);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                two_before[j - 2] + 1 < now[j])
                now[j] = two_before[j - 2] + 1;
        }
    }
    return rows[a.n % 3][b.n];
}

const char *ms_nearest(ms_str name, const char *const *candidates)
{
    const char *best = NULL;
    int least = 0;
    if (name.n == 0 || name.n > NAME_LIMIT)
        return NULL;
    for (; *candidates; candidates++) {
        ms_str c = ms_str_z(*candidates);
        if (c.n == 0 || c.n > NAME_LIMIT)
            continue;
        size_t longer = c.n > name.n ? c.n : name.n;
        int worth = longer < 3 ? 0 : longer < 6 ? 1 : longer < 12 ? 2 : 3;
        int d = distance(name, c);
        if (d <= worth && (!best || d < least)) {
            best = *candidates;
            least = d;
        }
    }
    return best;
}

/* ---- canonical forms ------------------------------------------------------------------------ */

static bool email_domain_ok(ms_str d)
{
    for (size_t i = 0; i < d.n; i++) /* no empty part between dots */
        if (d.p[i] == '.' && (i == 0 || i + 1 == d.n || d.p[i + 1] == '.'))
            return false;
    return d.n > 0;
}

size_t ms_email_form(ms_str s, char out[MS_EMAIL_BYTES])
{
    s = ms_trim(s);
    const char *at = s.n && s.n <= MS_EMAIL_BYTES ? memchr(s.p, '@', s.n) : NULL;
    if (!at || at == s.p || !ms_utf8_valid(s))
        return 0;
    ms_str domain = {at + 1, s.n - (size_t)(at + 1 - s.p)};
    if (!email_domain_ok(domain) || memchr(domain.p, '@', domain.n))
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
            return 0;
        out[i] = ms_lower(s.p[i]);
    }
    return s.n;
}

ms_str ms_email_normal(ms_arena *arena, ms_str s)
{
    char out[MS_EMAIL_BYTES];
    size_t n = ms_email_form(s, out);
    return n ? ms_arena_dup(arena, (ms_str){out, n}) : MS_NONE;
}

/* Skips "+" or "00", the international prefix, without which a number is not E.164. */
static bool take_prefix(ms_str *s)
{
    size_t n = s->n >= 1 && s->p[0] == '+'                     ? 1
               : s->n >= 2 && s->p[0] == '0' && s->p[1] == '0' ? 2
                                                               : 0;
    *s = (ms_str){s->p + n, s->n - n};
    return n > 0;
}

size_t ms_phone_form(ms_str s, char out[MS_PHONE_BYTES])
{
    size_t n = 1;
    s = ms_trim(s);
    if (!s.p || !take_prefix(&s))
        return 0;
    out[0] = '+';
    for (size_t i = 0; i < s.n; i++) {
        if (s.n - i >= 3 && memcmp(s.p + i, "(0)", 3) == 0 && n > 1) {
            i += 2; /* "+31 (0)6 ...": the zero is dialled inside the country only */
        } else if (s.p[i] >= '0' && s.p[i] <= '9') {
            if (n == MS_PHONE_BYTES)
                return 0;
            out[n++] = s.p[i];
        } else if (s.p[i] == '\0' || !strchr(" -./()", s.p[i])) {
            return 0;
        }
    }
    return n - 1 < PHONE_MIN || out[1] == '0' ? 0 : n;
}

ms_str ms_phone_normal(ms_arena *arena, ms_str s)
{
    char out[MS_PHONE_BYTES];
    size_t n = ms_phone_form(s, out);
    return n ? ms_arena_dup(arena, (ms_str){out, n}) : MS_NONE;
}

/* ---- files ---------------------------------------------------------------------------------- */

static ms_status fail_file(ms_error *err, const char *path, int error)
{
    ms_status status = error == ENOENT || error == ENOTDIR ? MS_NOT_FOUND : MS_INTERNAL;
    return ms_fail(err, status, "%s: %s", path, strerror(error));
}

/* Reads until the end of file, one byte beyond the limit at most. */
static ms_status read_all(int fd, ms_arena *arena, const char *path, size_t size, size_t limit,
                          ms_str *out, ms_error *err)
{
    size_t capacity = size + 1, n = 0;
    char *p = ms_alloc(arena, capacity);
    while (p) {
        ssize_t got = read(fd, p + n, capacity - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_file(err, path, errno);
        if (got == 0)
            break;
        n += (size_t)got;
        if (n > limit)
            return ms_fail(err, MS_TOO_LARGE, "%s: larger than %zu bytes", path, limit);
        if (n < capacity)
            continue;
        char *more = ms_alloc(arena, capacity * 2); /* grew while it was read, or is no file */
        if (more)
            memcpy(more, p, n);
        p = more;
        capacity *= 2;
    }
    if (!p)
        return ms_fail(err, MS_NOMEM, "%s: out of memory", path);
    p[n] = '\0';
    *out = (ms_str){p, n};
    return MS_OK;
}

ms_status ms_read_file(ms_arena *arena, const char *path, size_t limit, ms_str *out, ms_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_file(err, path, errno);
    ms_status status;
    if (fstat(fd, &st) < 0)
        status = fail_file(err, path, errno);
    else if (S_ISDIR(st.st_mode))
        status = fail_file(err, path, EISDIR);
    else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > limit)
        status = ms_fail(err, MS_TOO_LARGE, "%s: larger than %zu bytes", path, limit);
    else
        status = read_all(fd, arena, path, S_ISREG(st.st_mode) ? (size_t)st.st_size : 4096, limit,
                          out, err);
    close(fd);
    return status;
}

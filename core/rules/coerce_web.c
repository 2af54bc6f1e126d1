/* Addresses on the web, and names on its platforms. */
#include "rules/inside.h"

#include "base/text.h"

enum { LONGEST_URL = 2048, LONGEST_HOST = 253, LONGEST_LABEL = 63, LONGEST_NAME = 64 };

/* Cuts `prefix` (lower case) off, in whatever case it is written. */
static bool take(ms_str *s, const char *prefix)
{
    size_t n = strlen(prefix);
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (ms_lower(s->p[i]) != prefix[i])
            return false;
    *s = (ms_str){s->p + n, s->n - n};
    return true;
}

/* U+0000 is none of the ends. */
static size_t until(ms_str s, const char *ends)
{
    size_t n = 0;
    while (n < s.n && (!s.p[n] || !strchr(ends, s.p[n])))
        n++;
    return n;
}

/* ---- URLs ----------------------------------------------------------------------------------- */

static bool is_label_char(char c)
{
    c = ms_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_name(ms_str host)
{
    size_t label = 0;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] != '.' && !is_label_char(host.p[i]))
            return false;
        label = host.p[i] == '.' ? 0 : label + 1;
        if (label > LONGEST_LABEL || (label == 0 && (i == 0 || host.p[i - 1] == '.')))
            return false;
    }
    return label > 0 && host.n <= LONGEST_HOST;
}

/* "[2001:db8::1]" */
static bool is_numbers(ms_str host)
{
    static const char digits[] = "0123456789abcdefABCDEF:.";
    if (host.n < 4 || host.p[0] != '[' || host.p[host.n - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < host.n; i++)
        if (!memchr(digits, host.p[i], sizeof digits - 1))
            return false;
    return true;
}

/* ":8080", or nothing. */
static bool is_port(ms_str s)
{
    int port = 0;
    if (s.n == 0)
        return true;
    if (s.n < 2 || s.n > 6)
        return false;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        port = port * 10 + (s.p[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

/* Bytes that a URL writes as %xx. */
static bool has_bare_bytes(ms_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("\"<>\\^`{|}", s.p[i]))
            return true;
    return false;
}

/* *n: bytes of scheme and host. */
static ms_why check_url(ms_str s, size_t *n)
{
    ms_str rest = s;
    if (s.n > LONGEST_URL)
        return MS_WHY_MORE;
    if (has_bare_bytes(s) || (!take(&rest, "https://") && !take(&rest, "http://")))
        return MS_WHY_FORM;
    ms_str place = {rest.p, until(rest, "/?#")};
    if (memchr(place.p, '@', place.n))
        return MS_WHY_CREDENTIALS;
    size_t bracket = place.n && place.p[0] == '[' ? until(place, "]") : 0;
    size_t host = bracket + until((ms_str){place.p + bracket, place.n - bracket}, ":");
    *n = s.n - rest.n + host;
    ms_str name = {place.p, host};
    return (bracket ? is_numbers(name) : is_name(name)) &&
                   is_port((ms_str){place.p + host, place.n - host})
               ? MS_WHY_NONE
               : MS_WHY_FORM;
}

ms_why ms_coerce_url(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                     ms_slot *slot, ms_str *json)
{
    char form[LONGEST_URL];
    size_t n = 0;
    (void)a, (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    ms_str s = ms_trim(f->as.string);
    ms_why why = check_url(s, &n);
    if (why)
        return why;
    memcpy(form, s.p, s.n);
    for (size_t i = 0; i < n; i++)
        form[i] = ms_lower(form[i]);
    ms_take_form(j, f, (ms_str){form, s.n}, slot, json);
    return MS_WHY_NONE;
}

/* ---- handles -------------------------------------------------------------------------------- */

static const struct {
    const char *host, *path; /* before the name, an @ apart */
} platforms[] = {
    {"instagram.com", ""}, {"linkedin.com", "in/"}, {"facebook.com", ""}, {"tiktok.com", ""},
    {"x.com", ""},         {"twitter.com", ""},     {"threads.net", ""},  {"threads.com", ""},
    {"youtube.com", "@"},  {"github.com", ""},      {"t.me", ""},         {"pinterest.com", ""},
};

/* `host` itself, or with something before it: www., m., nl. */
static bool is_at(ms_str host, const char *platform)
{
    size_t n = strlen(platform);
    if (host.n < n || (host.n > n && host.p[host.n - n - 1] != '.'))
        return false;
    ms_str end = {host.p + host.n - n, n};
    return take(&end, platform);
}

/* The name in the URL of a profile: the last and only part of its path. */
static bool take_profile(ms_str s, ms_str *name)
{
    if (!take(&s, "https://"))
        take(&s, "http://");
    ms_str host = {s.p, until(s, "/")};
    if (host.n == s.n)
        return false;
    ms_str path = {s.p + host.n + 1, s.n - host.n - 1};
    for (size_t i = 0; i < sizeof platforms / sizeof *platforms; i++) {
        if (!is_at(host, platforms[i].host) || !take(&path, platforms[i].path))
            continue;
        take(&path, "@");
        *name = (ms_str){path.p, until(path, "/?#")};
        size_t end = name->n;
        end += end < path.n && path.p[end] == '/';
        return end == path.n || path.p[end] == '?' || path.p[end] == '#';
    }
    return false;
}

static bool is_handle_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

ms_why ms_coerce_handle(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                        ms_slot *slot, ms_str *json)
{
    char form[LONGEST_NAME + 1] = "@";
    (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    ms_str s = ms_trim(f->as.string), name = s;
    if (s.n && memchr(s.p, '/', s.n)) {
        if (!take_profile(s, &name))
            return MS_WHY_FORM;
    } else {
        take(&name, "@");
    }
    if (name.n < 1 || name.n > LONGEST_NAME)
        return MS_WHY_FORM;
    for (size_t i = 0; i < name.n; i++) {
        form[i + 1] = ms_lower(name.p[i]);
        if (!is_handle_char(form[i + 1]))
            return MS_WHY_FORM;
    }
    ms_str canonical = {form, name.n + 1};
    bool limit = false;
    if (a->regex && !ms_pattern_matches(j, a->regex, canonical, &limit))
        return limit ? MS_WHY_SLOW : MS_WHY_PATTERN;
    ms_take_form(j, f, canonical, slot, json);
    return MS_WHY_NONE;
}

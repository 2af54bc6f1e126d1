/*
 * host/config_convert.c: a value of the file, a flag or a variable becomes what its key expects.
 */
#include "base/clock.h"
#include "base/text.h"
#include "host/config_inner.h"

#include <errno.h>
#include <stdlib.h>

static bool from_file(const ms_cfrom *from)
{
    return from->line >= 0;
}

static bool within(const ms_ckey *key, int64_t n)
{
    if (key->min == 0 && key->max == 0)
        return n >= 0;
    return n >= key->min && n <= key->max;
}

/* Outside the file there are only texts, so "8" is a number there. */
static bool to_integer(const ms_value *node, bool loose, int64_t *out)
{
    *out = ms_as_int(node, 0);
    if (node->kind == MS_INT)
        return true;
    char text[24];
    if (!loose || node->kind != MS_STRING || node->count == 0 || node->count >= sizeof text)
        return false;
    memcpy(text, node->as.string, node->count);
    text[node->count] = '\0';
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !errno && !*end && text[0] != ' ';
}

/* A bare number is no duration: nobody can tell seconds from milliseconds. */
static bool to_duration(const ms_value *node, int64_t *out)
{
    ms_str s = ms_as_str(node);
    return s.n && (s.p[s.n - 1] < '0' || s.p[s.n - 1] > '9') && ms_duration_parse(s, out);
}

static bool to_number(const ms_ckey *key, const ms_value *node, bool loose, ms_value *out)
{
    int64_t n = 0;
    bool ok = false;
    if (key->kind == MS_C_DURATION)
        ok = to_duration(node, &n);
    else if (key->kind == MS_C_SIZE && node->kind == MS_STRING)
        ok = ms_size_parse(ms_as_str(node), &n);
    else
        ok = to_integer(node, loose, &n);
    *out = ms_int(n);
    return ok && within(key, n);
}

static bool to_boolean(const ms_value *node, bool loose, ms_value *out)
{
    *out = ms_bool(ms_as_bool(node, false));
    if (node->kind == MS_BOOL)
        return true;
    ms_str s = loose ? ms_as_str(node) : MS_NONE;
    out->as.boolean = ms_str_eqz(s, "true") || ms_str_eqz(s, "1");
    return out->as.boolean || ms_str_eqz(s, "false") || ms_str_eqz(s, "0");
}

static bool is_choice(const char *choices, ms_str s)
{
    for (const char *p = choices; s.n && *p;) {
        size_t n = strcspn(p, "|");
        if (ms_str_eq((ms_str){p, n}, s))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

/* HOST:PORT, [::1]:PORT, :PORT or unix:/path. Whether the host exists shows when it is bound. */
static bool is_address(ms_str s)
{
    if (s.n > 6 && memcmp(s.p, "unix:/", 6) == 0)
        return true;
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    if (!colon)
        return false;
    size_t host = (size_t)(colon - s.p), digits = s.n - host - 1;
    bool bracketed = host > 2 && s.p[0] == '[' && s.p[host - 1] == ']';
    if (!bracketed && memchr(s.p, ':', host))
        return false;
    int port = 0;
    for (size_t i = 0; i < digits && i < 6; i++) {
        char c = colon[1 + i];
        if (c < '0' || c > '9')
            return false;
        port = port * 10 + (c - '0');
    }
    return digits > 0 && digits < 6 && port <= 65535;
}

/* A relative path in the file is meant from the file's folder, one in a flag from here. */
static ms_str path_from(ms_cload *load, ms_str path, bool in_file)
{
    const char *file = load->config->file;
    const char *slash = file && in_file ? strrchr(file, '/') : NULL;
    if (path.p[0] == '/' || !slash)
        return ms_arena_dup(load->arena, path);
    return ms_arena_format(load->arena, MS_FMT "/" MS_FMT,
                           MS_ARG(((ms_str){file, (size_t)(slash - file)})), MS_ARG(path));
}

static bool keep_string(ms_cload *load, ms_str s, ms_value *out)
{
    ms_str copy = ms_arena_dup(load->arena, s);
    load->no_memory |= !copy.p;
    *out = ms_string(copy);
    return copy.p != NULL;
}

/* "a,b" outside the file, [a, b] in it. */
static bool to_list(ms_cload *load, const ms_value *node, bool loose, ms_value *out)
{
    ms_str s = loose ? ms_as_str(node) : MS_NONE;
    size_t n = node->kind == MS_ARRAY ? node->count : 1, i = 0;
    for (size_t c = 0; c < s.n; c++)
        n += s.p[c] == ',';
    ms_value *items = ms_alloc_zero(load->arena, n + 1, sizeof *items);
    load->no_memory |= !items;
    if (!items || (!s.p && node->kind != MS_ARRAY))
        return false;
    for (; node->kind == MS_ARRAY && i < n; i++)
        if (node->as.items[i].kind != MS_STRING || !node->as.items[i].count ||
            !keep_string(load, ms_as_str(&node->as.items[i]), &items[i]))
            return false;
    while (s.p && i < n) {
        const char *comma = memchr(s.p, ',', s.n);
        size_t len = comma ? (size_t)(comma - s.p) : s.n;
        if (!keep_string(load, ms_trim((ms_str){s.p, len}), &items[i++]))
            return false;
        s = comma ? (ms_str){comma + 1, s.n - len - 1} : MS_NONE;
    }
    *out = ms_array(items, n);
    return true;
}

/* One file, or for a secret a list of them: the new one and the old one during rotation. */
static bool to_file(ms_cload *load, const ms_ckey *key, const ms_value *node, bool in_file,
                    ms_value *out)
{
    bool is_list = node->kind == MS_ARRAY && key->secret && node->count;
    if (is_list ? !to_list(load, node, false, out) : node->kind != MS_STRING || !node->count)
        return false;
    ms_value *items = is_list ? (ms_value *)out->as.items : out;
    for (size_t i = 0; i < (is_list ? out->count : 1); i++) {
        ms_str path = path_from(load, ms_as_str(is_list ? &items[i] : node), in_file);
        load->no_memory |= !path.p;
        items[i] = ms_string(path);
    }
    return !load->no_memory;
}

static bool convert(ms_cload *load, const ms_ckey *key, const ms_value *node, const ms_cfrom *from,
                    ms_value *out)
{
    bool loose = !from_file(from);
    ms_str s = ms_as_str(node);
    switch (key->kind) {
    case MS_C_INTEGER:
    case MS_C_DURATION:
    case MS_C_SIZE: return to_number(key, node, loose, out);
    case MS_C_COUNT:
        if (ms_str_eqz(s, "auto"))
            return keep_string(load, s, out);
        return to_number(key, node, loose, out);
    case MS_C_BOOLEAN: return to_boolean(node, loose, out);
    case MS_C_LIST: return to_list(load, node, loose, out);
    case MS_C_FILE: return to_file(load, key, node, !loose, out);
    case MS_C_CHOICE: return is_choice(key->choices, s) && keep_string(load, s, out);
    case MS_C_ADDRESS: return is_address(s) && keep_string(load, s, out);
    case MS_C_STRING:
    case MS_C_DSN: return s.n && !memchr(s.p, '\0', s.n) && keep_string(load, s, out);
    }
    return false;
}

/* "16777216" says little where "16MiB" was meant. */
static ms_str bound(ms_cload *load, const ms_ckey *key, int64_t n)
{
    static const struct {
        int64_t unit;
        const char *name;
    } sizes[] = {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}},
      times[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    for (size_t i = 0; key->kind == MS_C_SIZE && n && i < 3; i++)
        if (n % sizes[i].unit == 0)
            return ms_arena_format(load->arena, "%lld%s", (long long)(n / sizes[i].unit),
                                   sizes[i].name);
    for (size_t i = 0; key->kind == MS_C_DURATION && n && i < 5; i++)
        if (n % times[i].unit == 0)
            return ms_arena_format(load->arena, "%lld%s", (long long)(n / times[i].unit),
                                   times[i].name);
    return ms_arena_format(load->arena, "%lld", (long long)n);
}

static ms_str with_range(ms_cload *load, const ms_ckey *key, const char *what)
{
    if (key->max == INT64_MAX)
        return ms_arena_format(load->arena, "%s from %lld", what, (long long)key->min);
    if (key->max == 0)
        return ms_str_z(what);
    ms_str low = bound(load, key, key->min), high = bound(load, key, key->max);
    return ms_arena_format(load->arena, "%s from " MS_FMT " to " MS_FMT, what, MS_ARG(low),
                           MS_ARG(high));
}

const char *ms_ckind_expects(ms_cload *load, const ms_ckey *key)
{
    ms_str s = MS_NONE;
    switch (key->kind) {
    case MS_C_INTEGER: s = with_range(load, key, "a whole number"); break;
    case MS_C_COUNT: s = with_range(load, key, "\"auto\" or a whole number"); break;
    case MS_C_DURATION:
        s = with_range(load, key, "a duration with its unit (250ms, 5s, 8d)");
        break;
    case MS_C_SIZE: s = with_range(load, key, "a size (4096, 64KiB, 1MiB)"); break;
    case MS_C_BOOLEAN: return "true or false";
    case MS_C_LIST: return "a list of texts: [one, two]";
    case MS_C_FILE: return key->secret ? "a path or a list of paths" : "a path";
    case MS_C_CHOICE: s = ms_arena_format(load->arena, "one of %s", key->choices); break;
    case MS_C_ADDRESS: return "HOST:PORT, :PORT or unix:/path";
    case MS_C_STRING: return "a text (quote it if it looks like a number)";
    case MS_C_DSN: return "a DSN such as \"host=db.example dbname=crm\"";
    }
    return s.p ? s.p : "another value";
}

/* As the file has it, cut short; trees only by their kind. */
static ms_str shown(ms_cload *load, const ms_value *node)
{
    switch (node->kind) {
    case MS_NULL: return MS_STR("nothing");
    case MS_BOOL: return node->as.boolean ? MS_STR("true") : MS_STR("false");
    case MS_INT: return ms_arena_format(load->arena, "%lld", (long long)node->as.integer);
    case MS_DOUBLE: return node->text.p ? node->text : MS_STR("a fraction");
    case MS_STRING:
        return ms_arena_format(load->arena, "\"%.*s\"", node->count > 60 ? 60 : (int)node->count,
                               node->as.string);
    case MS_ARRAY: return MS_STR("a list");
    default: return MS_STR("a group of keys");
    }
}

bool ms_cload_convert(ms_cload *load, const ms_ckey *key, ms_str path, const ms_value *node,
                      const ms_cfrom *from, ms_value *out)
{
    if (convert(load, key, node, from, out))
        return true;
    ms_str is = shown(load, node);
    const char *wanted = ms_ckind_expects(load, key);
    if (from_file(from)) {
        ms_cload_problem(load, from->line, NULL, MS_FMT " must be %s, not " MS_FMT, MS_ARG(path),
                         wanted, MS_ARG(is));
    } else {
        const char *name = from->env ? from->env : from->flag ? from->flag : "default";
        ms_cload_problem(load, 0, NULL, "%s%s must be %s, not " MS_FMT, from->flag ? "--" : "",
                         name, wanted, MS_ARG(is));
    }
    *out = ms_null();
    return false;
}

/* yaml_scalar.c: the YAML 1.2 core schema for plain scalars. */
#include "base/yaml_scalar.h"

#include "base/json_number.h"

static bool is_one_of(ms_str s, const char *const *words)
{
    for (; *words; words++)
        if (ms_str_eqz(s, *words))
            return true;
    return false;
}

static size_t digits(ms_str s, size_t from)
{
    size_t i = from;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i - from;
}

/* 0o17 and 0x1f; no sign. */
static bool is_prefixed(ms_str s, int *base)
{
    if (s.n < 3 || s.p[0] != '0' || (s.p[1] != 'x' && s.p[1] != 'o'))
        return false;
    *base = s.p[1] == 'x' ? 16 : 8;
    for (size_t i = 2; i < s.n; i++) {
        char c = s.p[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (*base == 16 ? !hex : c < '0' || c > '7')
            return false;
    }
    return true;
}

static bool read_prefixed(ms_str s, int base, ms_value *out)
{
    int64_t v = 0;
    for (size_t i = 2; i < s.n; i++) {
        int digit = s.p[i] <= '9' ? s.p[i] - '0' : (s.p[i] | 0x20) - 'a' + 10;
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *out = ms_int(v);
    return true;
}

/* [-+]? ( \.[0-9]+ | [0-9]+(\.[0-9]*)? ) ([eE][-+]?[0-9]+)? */
static bool is_number(ms_str s)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t whole = digits(s, i);
    i += whole;
    if (i < s.n && s.p[i] == '.') {
        size_t part = digits(s, i + 1);
        if (whole + part == 0)
            return false;
        i += 1 + part;
    } else if (whole == 0) {
        return false;
    }
    if (i < s.n && (s.p[i] | 0x20) == 'e') {
        i += 1 + (i + 1 < s.n && (s.p[i + 1] == '-' || s.p[i + 1] == '+'));
        size_t exponent = digits(s, i);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    return i == s.n;
}

static bool is_unreal(ms_str s)
{
    static const char *const words[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
                                        "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
                                        ".NaN",  ".NAN",  NULL};
    return is_one_of(s, words);
}

bool ms_yaml_scalar(ms_str text, ms_value *out)
{
    static const char *const null[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    int base;
    if (is_one_of(text, null))
        *out = ms_null();
    else if (is_one_of(text, yes))
        *out = ms_bool(true);
    else if (is_one_of(text, no))
        *out = ms_bool(false);
    else if (is_prefixed(text, &base))
        return read_prefixed(text, base, out);
    else if (is_unreal(text))
        return false;
    else if (is_number(text))
        return ms_number_loose(text, out);
    else
        *out = ms_string(text);
    return true;
}

/* json_number.c: numbers as JSON and YAML spell them. */
#include "base/json_number.h"

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* Behind fraction and exponent, or NULL when they are malformed. */
static const char *skip_rest(const char *p, const char *end)
{
    if (p < end && *p == '.') {
        const char *from = ++p;
        p = skip_digits(p, end);
        if (p == from)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        const char *from = p;
        p = skip_digits(p, end);
        if (p == from)
            return NULL;
    }
    return p;
}

ms_number ms_number_read(ms_str s, int64_t *integer, double *number)
{
    const char *p = s.p, *end = s.p + s.n;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    uint64_t v = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (uint64_t)(*p - '0'); /* wraps beyond 19 digits, which are not used */
    size_t digits = (size_t)(p - first);
    if (digits == 0 || (digits > 1 && *first == '0'))
        return MS_NUMBER_FAULT;
    if (p == end && digits <= 19 && v <= (uint64_t)INT64_MAX + negative) {
        *integer = (int64_t)(negative ? 0 - v : v);
        return MS_NUMBER_INT;
    }
    if (skip_rest(p, end) != end)
        return MS_NUMBER_FAULT;
    return ms_double_parse(s.p, s.n, number) ? MS_NUMBER_DOUBLE : MS_NUMBER_LARGE;
}

bool ms_number_loose(ms_str s, ms_value *out)
{
    int64_t integer;
    double number;
    ms_number kind = ms_number_read(s, &integer, &number);
    bool json = kind != MS_NUMBER_FAULT;
    if (!json) { /* what JSON lacks: a plus, leading zeros, no digit beside the point */
        bool plus = *s.p == '+', whole = true;
        size_t sign = *s.p == '-' || plus, zeros = sign;
        for (size_t i = sign; i < s.n; i++)
            whole = whole && s.p[i] >= '0' && s.p[i] <= '9';
        while (whole && zeros + 1 < s.n && s.p[zeros] == '0')
            zeros++;
        char stripped[24];
        size_t n = s.n - zeros;
        if (whole && n + 1 < sizeof stripped) {
            stripped[0] = '-';
            memcpy(stripped + 1, s.p + zeros, n);
            bool minus = *s.p == '-';
            kind = ms_number_read((ms_str){stripped + !minus, n + minus}, &integer, &number);
        }
        if (kind == MS_NUMBER_FAULT)
            kind = ms_double_parse(s.p + plus, s.n - plus, &number) ? MS_NUMBER_DOUBLE
                                                                    : MS_NUMBER_LARGE;
    }
    if (kind == MS_NUMBER_LARGE)
        return false;
    *out = kind == MS_NUMBER_INT ? ms_int(integer) : ms_double(number);
    if (json)
        out->text = s;
    return true;
}

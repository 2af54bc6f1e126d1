/* buf.c: the slow half of the growing buffer, and numbers as text. */
#include "base/buf.h"

#include "base/json_scan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

void ms_buf_free(ms_buf *buf)
{
    free(buf->p);
    *buf = (ms_buf){0};
}

bool ms_buf_grow(ms_buf *buf, size_t more)
{
    size_t need, capacity = buf->capacity ? buf->capacity : SMALLEST / 2;
    if (buf->failed)
        return false;
    if (__builtin_add_overflow(buf->n, more, &need))
        goto failed;
    if (__builtin_mul_overflow(capacity, 2, &capacity) || capacity < need)
        capacity = need;
    char *p = realloc(buf->p, capacity);
    if (!p)
        goto failed;
    buf->p = p;
    buf->capacity = capacity;
    return true;
failed:
    buf->failed = true;
    buf->capacity = buf->n; /* no later add, however small, finds room */
    return false;
}

void ms_buf_z(ms_buf *buf, const char *z)
{
    ms_buf_str(buf, ms_str_z(z));
}

void ms_buf_int(ms_buf *buf, int64_t i)
{
    char text[24], *p = text + sizeof text;
    uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do
        *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (i < 0)
        *--p = '-';
    ms_buf_add(buf, p, (size_t)(text + sizeof text - p));
}

void ms_buf_double(ms_buf *buf, double d)
{
    if (fabs(d) < 9007199254740992.0 && d == (double)(int64_t)d && !(d == 0 && signbit(d))) {
        ms_buf_int(buf, (int64_t)d); /* 100000, where the shortest text would be 1e+05 */
        return;
    }
    char text[MS_DOUBLE_TEXT];
    ms_buf_add(buf, text, ms_double_text(d, text));
}

void ms_buf_format(ms_buf *buf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        buf->failed = true;
        buf->capacity = buf->n;
        return;
    }
    if (!ms_buf_reserve(buf, (size_t)n + 1))
        return;
    va_start(ap, fmt);
    vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    buf->n += (size_t)n;
}

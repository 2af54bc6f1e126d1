/*
 * base/buf.h: a growing byte buffer.
 *
 * Adding never fails visibly: the first allocation failure sets `failed`, after which adds do
 * nothing. Check once, at the end.
 */
#ifndef MS_BASE_BUF_H
#define MS_BASE_BUF_H

#include <moonsift/value.h>

typedef struct ms_buf {
    char *p;
    size_t n, capacity;
    bool failed;
} ms_buf;

void ms_buf_free(ms_buf *buf);              /* leaves it empty and usable */
bool ms_buf_grow(ms_buf *buf, size_t more); /* ms_buf_reserve's slow path */
void ms_buf_z(ms_buf *buf, const char *z);
void ms_buf_int(ms_buf *buf, int64_t i);
void ms_buf_double(ms_buf *buf, double d); /* shortest text that reads back as the same double */
__attribute__((format(printf, 2, 3))) void ms_buf_format(ms_buf *buf, const char *fmt, ...);

/* Room for `more` bytes behind n; false when there is no memory. */
static inline bool ms_buf_reserve(ms_buf *buf, size_t more)
{
    return buf->capacity - buf->n >= more || ms_buf_grow(buf, more);
}
static inline void ms_buf_add(ms_buf *buf, const char *p, size_t n)
{
    if (n && ms_buf_reserve(buf, n)) {
        memcpy(buf->p + buf->n, p, n);
        buf->n += n;
    }
}
static inline void ms_buf_str(ms_buf *buf, ms_str s)
{
    ms_buf_add(buf, s.p, s.n);
}
static inline void ms_buf_char(ms_buf *buf, char c)
{
    if (ms_buf_reserve(buf, 1))
        buf->p[buf->n++] = c;
}
static inline ms_str ms_buf_view(const ms_buf *buf)
{
    return (ms_str){buf->p ? buf->p : "", buf->n};
}

#endif

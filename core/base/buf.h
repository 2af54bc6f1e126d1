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

void ms_buf_free(ms_buf *buf);                 /* leaves it empty and usable */
bool ms_buf_reserve(ms_buf *buf, size_t more); /* room for `more` bytes behind n */
void ms_buf_add(ms_buf *buf, const char *p, size_t n);
void ms_buf_str(ms_buf *buf, ms_str s);
void ms_buf_z(ms_buf *buf, const char *z);
void ms_buf_char(ms_buf *buf, char c);
void ms_buf_int(ms_buf *buf, int64_t i);
void ms_buf_double(ms_buf *buf, double d); /* shortest text that reads back as the same double */
__attribute__((format(printf, 2, 3))) void ms_buf_format(ms_buf *buf, const char *fmt, ...);

static inline ms_str ms_buf_view(const ms_buf *buf)
{
    return (ms_str){buf->p ? buf->p : "", buf->n};
}

#endif

/*
 * One server on TCP per spec, and short words for what a spec says about it.
 */
#ifndef SPEC_HTTP_ONE_SERVER_H
#define SPEC_HTTP_ONE_SERVER_H

#include "http_fixture.h"

#define H "Host: a\r\n"

static server s;

static inline void begin(const ms_http_limits *limits)
{
    start(&s, "127.0.0.1:0", limits);
}

static inline int teardown(void **state)
{
    (void)state;
    stop(&s);
    return 0;
}

static inline void expect(int fd, heard *h, const char *what)
{
    char got[256];
    outcome_of(&s, fd, h, false, what, got);
    assert_string_equal(got, what);
}

static inline void hang_up(int fd, heard *h)
{
    forget(h);
    close(fd);
    pump(&s, 3);
}

/* The outcome of one conversation. */
static inline void outcome(const char *bytes, const char *what)
{
    char got[256];
    converse(&s, bytes, strlen(bytes), what, got);
    assert_string_equal(got, what);
}

static inline bool has(const heard *h, const char *text)
{
    return h->bytes.n > 0 && memmem(h->bytes.p, h->bytes.n, text, strlen(text)) != NULL;
}

#endif

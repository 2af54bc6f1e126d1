/*
 * moonsift/status.h: what a call came to, and the sentence that goes with it.
 *
 * One list, four products: the enum, its name (what Lua callers and JSON see), the HTTP status the
 * host answers with, and the exit code a verb ends with.
 *
 * Part of the plugin ABI. Header-only: a plugin needs no symbol of the host.
 */
#ifndef MOONSIFT_STATUS_H
#define MOONSIFT_STATUS_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*  X(name, http, exit, meaning) */
#define MS_STATUS_MAP(X)                                                                           \
    X(OK, 200, 0, "done")                                                                          \
    X(INVALID, 400, 2, "the input or the configuration is wrong")                                  \
    X(UNAUTHORIZED, 401, 7, "the signature, token or password does not match")                     \
    X(DENIED, 403, 7, "not allowed, or not configured to be allowed")                              \
    X(NOT_FOUND, 404, 2, "there is no such thing")                                                 \
    X(CONFLICT, 409, 7, "something else changed or holds it")                                      \
    X(TOO_LARGE, 413, 2, "larger than the configured limit")                                       \
    X(RATE, 429, 6, "too many at once; try again later")                                           \
    X(CHECK, 422, 3, "a check or a test found errors")                                             \
    X(SCRIPT, 500, 1, "a vertical's script raised an error")                                       \
    X(LIMIT_CPU, 500, 1, "a script used up its time")                                              \
    X(LIMIT_MEM, 500, 1, "a script used up its memory")                                            \
    X(NOMEM, 500, 1, "out of memory")                                                              \
    X(INTERNAL, 500, 1, "unexpected failure")                                                      \
    X(TIMEOUT, 504, 6, "no answer in time")                                                        \
    X(UNAVAILABLE, 503, 6, "something this depends on is not there")                               \
    X(CANCELLED, 503, 130, "stopped before it was done")

typedef enum ms_status {
#define X(name, http, exit, meaning) MS_##name,
    MS_STATUS_MAP(X)
#undef X
        MS_STATUS_COUNT
} ms_status;

/* The status's name without prefix, e.g. "UNAVAILABLE". Never NULL. Any thread. */
static inline const char *ms_status_name(ms_status s)
{
    static const char *const names[] = {
#define X(name, http, exit, meaning) #name,
        MS_STATUS_MAP(X)
#undef X
    };
    return (unsigned)s < MS_STATUS_COUNT ? names[s] : "?";
}

/* What an HTTP answer and a verb's exit say about it. */
static inline int ms_status_http(ms_status s)
{
    static const int codes[] = {
#define X(name, http, exit, meaning) http,
        MS_STATUS_MAP(X)
#undef X
    };
    return (unsigned)s < MS_STATUS_COUNT ? codes[s] : 500;
}
static inline int ms_status_exit(ms_status s)
{
    static const int codes[] = {
#define X(name, http, exit, meaning) exit,
        MS_STATUS_MAP(X)
#undef X
    };
    return (unsigned)s < MS_STATUS_COUNT ? codes[s] : 1;
}

/*
 * An error a person will read. `text` says what is wrong and where, `hint` the way out (may be
 * empty). The caller owns the struct; a callee fills it only when it returns something other than
 * MS_OK. Texts are cut, never overflown.
 */
typedef struct ms_error {
    ms_status status;
    char text[512];
    char hint[256];
} ms_error;

/* Fills `err` (may be NULL) and returns `status`, so that `return ms_fail(err, ...)` reads well. */
__attribute__((format(printf, 3, 4))) static inline ms_status
ms_fail(ms_error *err, ms_status status, const char *format, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, format);
        vsnprintf(err->text, sizeof err->text, format, ap);
        va_end(ap);
        err->status = status;
        err->hint[0] = '\0';
    }
    return status;
}

/* Adds the way out to an error already filled; returns its status. */
__attribute__((format(printf, 2, 3))) static inline ms_status ms_hint(ms_error *err,
                                                                      const char *format, ...)
{
    if (!err)
        return MS_INTERNAL;
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->hint, sizeof err->hint, format, ap);
    va_end(ap);
    return err->status;
}

#endif

/* What the specs of core/base share. */
#ifndef SPEC_UNIT_BASE_SPEC_H
#define SPEC_UNIT_BASE_SPEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <moonsift/value.h>

/* `s` is exactly the C string `z`. */
#define assert_str(s, z) assert_str_at((s), (z), __FILE__, __LINE__)

static inline void assert_str_at(ms_str s, const char *z, const char *file, int line)
{
    if (ms_str_eqz(s, z))
        return;
    print_error("'" MS_FMT "' != '%s'\n", MS_ARG(s), z);
    _fail(file, line);
}

/* A heap copy of exactly s.n bytes, so that asan sees any read beyond. Free it. */
static inline char *tight(ms_str s)
{
    char *p = malloc(s.n ? s.n : 1);
    assert_non_null(p);
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

/* A small generator with a fixed seed: the same inputs in every run. */
static inline uint64_t spec_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

#endif

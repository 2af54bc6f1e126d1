/*
 * base/hash.h: digests and short hashes.
 */
#ifndef MS_BASE_HASH_H
#define MS_BASE_HASH_H

#include <moonsift/value.h>

enum { MS_SHA256_HEX = 64 };

/* Lower-case hex of SHA-256 over the pieces one after the other, NUL-terminated. False: no memory.
 */
bool ms_sha256_hex(const ms_str *pieces, size_t n, char out[MS_SHA256_HEX + 1]);

/* FNV-1a, 64 bits: for shards and tables, never against an adversary. */
static inline uint64_t ms_hash64(ms_str s, uint64_t seed)
{
    uint64_t h = 14695981039346656037u ^ seed;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

#endif

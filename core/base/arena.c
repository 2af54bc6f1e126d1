/* arena.c: chunks of memory that are handed out from front to back and freed together. */
#include "base/arena.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
/* With AddressSanitizer what has not been handed out is poisoned: overruns show inside a chunk. */
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = _Alignof(max_align_t), DEFAULT_CHUNK = 8192 };

typedef struct chunk {
    struct chunk *next; /* older */
    size_t size;        /* bytes behind the header */
} chunk;

enum { HEADER = (sizeof(chunk) + ALIGN - 1) / ALIGN * ALIGN };

struct ms_arena {
    chunk *first; /* the one that reset keeps */
    chunk *newest;
    char *at, *end; /* free part of the chunk that is being filled */
    size_t chunk, used;
};

static char *chunk_bytes(chunk *c)
{
    return (char *)c + HEADER;
}

static chunk *chunk_new(ms_arena *arena, size_t size)
{
    chunk *c = size <= PTRDIFF_MAX - HEADER ? malloc(HEADER + size) : NULL;
    if (!c)
        return NULL;
    c->size = size;
    c->next = arena->newest;
    arena->newest = c;
    ASAN_POISON_MEMORY_REGION(chunk_bytes(c), size);
    return c;
}

static void fill_from(ms_arena *arena, chunk *c)
{
    arena->at = chunk_bytes(c);
    arena->end = arena->at + c->size;
}

ms_arena *ms_arena_new(size_t size)
{
    ms_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->chunk = size ? size : DEFAULT_CHUNK;
    arena->first = chunk_new(arena, arena->chunk);
    if (!arena->first) {
        free(arena);
        return NULL;
    }
    fill_from(arena, arena->first);
    return arena;
}

static void free_down_to(ms_arena *arena, const chunk *keep)
{
    while (arena->newest != keep) {
        chunk *c = arena->newest;
        arena->newest = c->next;
        ASAN_UNPOISON_MEMORY_REGION(chunk_bytes(c), c->size);
        free(c);
    }
}

void ms_arena_free(ms_arena *arena)
{
    if (!arena)
        return;
    free_down_to(arena, NULL);
    free(arena);
}

void ms_arena_reset(ms_arena *arena)
{
    free_down_to(arena, arena->first);
    ASAN_POISON_MEMORY_REGION(chunk_bytes(arena->first), arena->first->size);
    fill_from(arena, arena->first);
    arena->used = 0;
}

size_t ms_arena_used(const ms_arena *arena)
{
    return arena->used;
}

static void *alloc_slow(ms_arena *arena, size_t padded)
{
    /* Something large gets a chunk to itself, so that the rest of the current one is not lost. */
    bool alone = padded > arena->chunk / 2;
    chunk *c = chunk_new(arena, alone ? padded : arena->chunk);
    if (!c)
        return NULL;
    if (alone)
        return chunk_bytes(c);
    fill_from(arena, c);
    void *p = arena->at;
    arena->at += padded;
    return p;
}

void *ms_alloc(ms_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGN - HEADER)
        return NULL;
    size_t padded = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    void *p = arena->at;
    if (padded <= (size_t)(arena->end - arena->at))
        arena->at += padded;
    else if (!(p = alloc_slow(arena, padded)))
        return NULL;
    arena->used += size;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *ms_alloc_zero(ms_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *p = ms_alloc(arena, bytes);
    if (p && bytes)
        memset(p, 0, bytes);
    return p;
}

ms_str ms_arena_dup(ms_arena *arena, ms_str s)
{
    if (!s.p || s.n == SIZE_MAX)
        return MS_NONE;
    char *p = ms_alloc(arena, s.n + 1);
    if (!p)
        return MS_NONE;
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (ms_str){p, s.n};
}

ms_str ms_arena_format(ms_arena *arena, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : ms_alloc(arena, (size_t)n + 1);
    if (!p)
        return MS_NONE;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (ms_str){p, (size_t)n};
}

/*
 * base/arena.h: memory that is freed as a whole.
 *
 * One arena serves one job (an event, a batch, a file). Not thread-safe; one owner at a time.
 */
#ifndef MS_BASE_ARENA_H
#define MS_BASE_ARENA_H

#include <moonsift/status.h>
#include <moonsift/value.h>

/* A new arena that grows in chunks of at least `chunk` bytes (0: 8 KiB). NULL when out of memory.
 */
ms_arena *ms_arena_new(size_t chunk);
void ms_arena_free(ms_arena *arena); /* NULL is allowed */

/* Forgets everything handed out; keeps the first chunk for reuse. */
void ms_arena_reset(ms_arena *arena);

/* Bytes handed out since new or reset. */
size_t ms_arena_used(const ms_arena *arena);

/* `size` bytes aligned for any type, not zeroed; NULL when out of memory. */
void *ms_alloc(ms_arena *arena, size_t size);
void *ms_alloc_zero(ms_arena *arena, size_t count, size_t size); /* checks for overflow */

/* Copies, with a NUL behind them. p == NULL when out of memory (or s.p was NULL). */
ms_str ms_arena_dup(ms_arena *arena, ms_str s);
__attribute__((format(printf, 2, 3))) ms_str ms_arena_format(ms_arena *arena, const char *fmt, ...);

/* A deep copy of `value` that borrows from `arena` alone; false when out of memory. */
bool ms_arena_copy(ms_arena *arena, const ms_value *value, ms_value *out);

#endif

/*
 * Capability "moonsift.json/1": the host's JSON, so that every plugin reads numbers the same way.
 *
 * Functions: [any].
 */
#ifndef MOONSIFT_CAP_JSON_H
#define MOONSIFT_CAP_JSON_H

#include <moonsift/plugin.h>

#define MS_CAP_JSON "moonsift.json/1"

typedef struct ms_cap_json {
    uint32_t size;

    /* One JSON document, strictly RFC 8259, at most 64 levels deep, UTF-8, no U+0000 in keys or
     * strings. The value borrows from `arena`; `source` may go away. */
    ms_status (*parse)(const ms_host *host, ms_arena *arena, ms_str source, ms_value *out,
                       ms_error *err);

    /* Compact JSON of `value` in `arena`; p == NULL when out of memory. */
    ms_str (*write)(const ms_host *host, ms_arena *arena, const ms_value *value);
} ms_cap_json;

#endif

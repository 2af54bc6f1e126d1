/* What the specs of the webhook plugin share: a host for one plugin, and the payloads. */
#ifndef SPEC_WEBHOOK_SUPPORT_H
#define SPEC_WEBHOOK_SUPPORT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include <moonsift/cap/json.h>
#include <moonsift/provide/config.h>
#include <moonsift/provide/sources.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

const ms_plugin_entry *moonsift_plugin_webhook(void);

/* ---- a host for one plugin ------------------------------------------------------------------ */

static int allocs_left = -1; /* -1: as many as wanted */
static char last_log[64];

static inline ms_status cap_parse(const ms_host *host, ms_arena *arena, ms_str source,
                                  ms_value *out, ms_error *err)
{
    (void)host;
    return ms_json_parse(arena, source, out, err);
}

static inline ms_str cap_write(const ms_host *host, ms_arena *arena, const ms_value *value)
{
    (void)host, (void)arena, (void)value;
    return MS_NONE;
}

static const ms_cap_json json = {sizeof json, cap_parse, cap_write};

static inline const void *capability(const ms_host *host, const char *id)
{
    (void)host;
    return strcmp(id, MS_CAP_JSON) == 0 ? &json : NULL;
}

static inline void *host_alloc(ms_arena *arena, size_t size)
{
    if (allocs_left == 0)
        return NULL;
    if (allocs_left > 0)
        allocs_left--;
    return ms_alloc(arena, size);
}

static inline void host_log(const ms_host *host, ms_log_level level, const char *event,
                            const ms_value *fields)
{
    (void)host, (void)level, (void)fields;
    snprintf(last_log, sizeof last_log, "%s", event);
}

static const ms_host host = {.size = sizeof host,
                             .abi_major = MS_ABI_MAJOR,
                             .abi_minor = MS_ABI_MINOR,
                             .capability = capability,
                             .alloc = host_alloc,
                             .log = host_log};

static const ms_plugin_entry *entry;
static ms_plugin *self;
static const ms_source_kind *kind;
static ms_arena *arena;

static inline int setup(void **state)
{
    (void)state;
    ms_error err;
    entry = moonsift_plugin_webhook();
    arena = ms_arena_new(0);
    allocs_left = -1;
    const ms_sources *sources = entry->table(MS_TABLE_SOURCES);
    kind = &sources->items[0];
    return !arena || entry->activate(&host, NULL, &self, &err) != MS_OK;
}

static inline int teardown(void **state)
{
    (void)state;
    entry->deactivate(self);
    ms_arena_free(arena);
    return 0;
}

/* ---- helpers -------------------------------------------------------------------------------- */

static inline ms_value parsed(const char *text)
{
    ms_value v = {0};
    ms_error err;
    assert_int_equal(ms_json_parse(arena, ms_str_z(text), &v, &err), MS_OK);
    return v;
}

static inline ms_source *opened(const char *config)
{
    ms_source *source = NULL;
    ms_error err = {0};
    ms_value v = parsed(config);
    if (kind->open(self, "cw", &v, &source, &err) != MS_OK)
        fail_msg("open %s: %s", config, err.text);
    return source;
}

#define assert_str(s, z)                                                                           \
    do {                                                                                           \
        ms_str s_ = (s);                                                                           \
        if (!ms_str_eqz(s_, z))                                                                    \
            fail_msg("%s is \"" MS_FMT "\", not \"%s\"", #s, MS_ARG(s_), z);                       \
    } while (0)

#define assert_none(s) assert_null((s).p)

static inline ms_str file(const char *folder, const char *name)
{
    char path[512];
    ms_str text;
    ms_error err = {0};
    snprintf(path, sizeof path, "%s/fixtures/%s/%s", SPEC_DIR, folder, name);
    if (ms_read_file(arena, path, 1 << 20, &text, &err) != MS_OK)
        fail_msg("%s", err.text);
    return text;
}

#endif

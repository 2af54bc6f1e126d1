/*
 * The plugin ABI as it was promised: schemas/plugin-abi-0.1.txt. Anything else than a struct that
 * grows at its end needs another version, because plugins that are already built read the old
 * layout. After such a change raise MS_ABI_MINOR and let this spec write the new file:
 *
 *     MOONSIFT_WRITE_ABI=1 build/debug/spec/plug_abi_spec
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"

#include <moonsift/cap/json.h>
#include <moonsift/cap/loop.h>
#include <moonsift/provide/config.h>
#include <moonsift/provide/functions.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE(type) ms_buf_format(&out, #type " %zu\n", sizeof(type))
#define FIELD(type, field)                                                                         \
    ms_buf_format(&out, "  " #field " at %zu, %zu\n", offsetof(type, field),                       \
                  sizeof(((type *)0)->field))
#define VALUE(name) ms_buf_format(&out, #name " = %lld\n", (long long)(name))

static ms_buf out;

static void constants(void)
{
    VALUE(MS_PLUGIN_MAGIC);
    VALUE(MS_NULL);
    VALUE(MS_BOOL);
    VALUE(MS_INT);
    VALUE(MS_DOUBLE);
    VALUE(MS_STRING);
    VALUE(MS_ARRAY);
    VALUE(MS_OBJECT);
    VALUE(MS_ROWS);
    VALUE(MS_LOG_ERROR);
    VALUE(MS_READABLE);
    VALUE(MS_WRITABLE);
    for (int s = 0; s < MS_STATUS_COUNT; s++)
        ms_buf_format(&out, "status %d = %s\n", s, ms_status_name((ms_status)s));
    ms_buf_z(&out, MS_TABLE_FUNCTIONS "\n" MS_TABLE_CONFIG "\n" MS_CAP_LOOP "\n" MS_CAP_JSON "\n");
}

static void values(void)
{
    SIZE(ms_value);
    FIELD(ms_value, kind);
    FIELD(ms_value, count);
    FIELD(ms_value, as);
    FIELD(ms_value, text);
    SIZE(ms_member);
    FIELD(ms_member, value);
    SIZE(ms_rows);
    FIELD(ms_rows, n_rows);
    FIELD(ms_rows, cells);
    FIELD(ms_rows, command);
    SIZE(ms_error);
    FIELD(ms_error, text);
    FIELD(ms_error, hint);
}

static void plugin(void)
{
    SIZE(ms_host);
    FIELD(ms_host, capability);
    FIELD(ms_host, alloc);
    FIELD(ms_host, log);
    SIZE(ms_plugin_info);
    FIELD(ms_plugin_info, id);
    FIELD(ms_plugin_info, version);
    FIELD(ms_plugin_info, summary);
    FIELD(ms_plugin_info, needs);
    SIZE(ms_plugin_entry);
    FIELD(ms_plugin_entry, magic);
    FIELD(ms_plugin_entry, size);
    FIELD(ms_plugin_entry, abi_major);
    FIELD(ms_plugin_entry, abi_minor);
    FIELD(ms_plugin_entry, info);
    FIELD(ms_plugin_entry, activate);
    FIELD(ms_plugin_entry, deactivate);
    FIELD(ms_plugin_entry, table);
}

static void tables(void)
{
    SIZE(ms_call);
    FIELD(ms_call, complete);
    SIZE(ms_parameter);
    SIZE(ms_function);
    FIELD(ms_function, parameters);
    FIELD(ms_function, result);
    FIELD(ms_function, waits);
    FIELD(ms_function, call);
    SIZE(ms_functions);
    SIZE(ms_config_key);
    FIELD(ms_config_key, preset);
    FIELD(ms_config_key, secret);
    SIZE(ms_cap_loop);
    FIELD(ms_cap_loop, watch_events);
    FIELD(ms_cap_loop, timer);
    FIELD(ms_cap_loop, untimer);
    FIELD(ms_cap_loop, now_ms);
    SIZE(ms_cap_json);
    FIELD(ms_cap_json, write);
}

static void the_abi_is_what_was_promised(void **state)
{
    (void)state;
    char path[512], promised[8192];
    snprintf(path, sizeof path, "%s/schemas/plugin-abi-%d.%d.txt", SOURCE_DIR, MS_ABI_MAJOR,
             MS_ABI_MINOR);
    constants();
    values();
    plugin();
    tables();
    ms_buf_char(&out, '\0');
    assert_false(out.failed);
    if (getenv("MOONSIFT_WRITE_ABI")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(out.p, f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s is not there", path);
    promised[fread(promised, 1, sizeof promised - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(out.p, promised);
    ms_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_abi_is_what_was_promised)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

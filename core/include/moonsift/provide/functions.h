/*
 * Table "moonsift.functions/1": functions that scripts and operators call by name, PLUGIN.NAME.
 *
 * Arguments and results are values. A function either completes before it returns or keeps the
 * ms_call and completes it later, from the loop; exactly once in both cases. `moonsift plugins
 * describe` prints this table, `moonsift plugins call` calls it.
 */
#ifndef MOONSIFT_PROVIDE_FUNCTIONS_H
#define MOONSIFT_PROVIDE_FUNCTIONS_H

#include <moonsift/plugin.h>

#define MS_TABLE_FUNCTIONS "moonsift.functions/1"

typedef struct ms_parameter {
    const char *name;
    const char *type; /* as in the editor stubs: "string", "integer", "any[]", "table", "string?" */
    const char *summary;
} ms_parameter;

/* One call under way. Owned by the host, valid until completed. */
typedef struct ms_call {
    ms_arena *arena; /* for the result and for what must outlive the first return */

    /* Ends the call. MS_OK: `result` is copied before this returns (NULL means null). Otherwise
     * `err` holds the sentence. A second completion is refused and logged. */
    void (*complete)(struct ms_call *call, ms_status status, const ms_value *result,
                     const ms_error *err);
} ms_call;

typedef struct ms_function {
    const char *name;
    const char *summary;
    const ms_parameter *parameters; /* ended by one with name == NULL */
    const char *result;             /* type, as above */
    bool waits; /* true: may complete after it returned; false: failing to is an error */

    /* `args` has `n` values (fewer than declared when optional ones are left off), valid until the
     * call completes. Their number and kinds fit `parameters`: the host has checked string,
     * integer, number, boolean, table, T[] and a trailing '?'; other words are not checked. [loop]
     */
    void (*call)(ms_plugin *self, ms_call *call, const ms_value *args, size_t n);
} ms_function;

typedef struct ms_functions {
    uint32_t size;
    const ms_function *items; /* ended by one with name == NULL */
} ms_functions;

#endif

/*
 * Calls of plugin functions: exactly one completion each.
 *
 * A completed call is not freed but goes to a ring, from which the oldest is taken for a new call.
 * So a plugin that completes a call twice touches memory that is still ours, and is told off
 * instead of crashing the process.
 */
#include "base/log.h"
#include "base/text.h"
#include "plug/loaded.h"

#include <stdlib.h>

enum { ARENA_CHUNK = 4096, MAX_NAMES = 64 };

struct ms_call_state {
    ms_call call; /* first: what the plugin holds */
    ms_plugins *plugins;
    const ms_loaded *loaded;
    const ms_function *function;
    ms_call_done done;
    void *arg;
    uint64_t serial; /* tells a call from a later one in the same memory */
    bool completed;
    ms_call_state *next, *prev;
};

/* ---- completion ----------------------------------------------------------------------------- */

static void unlink_call(ms_call_state *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        c->plugins->calls = c->next;
    if (c->next)
        c->next->prev = c->prev;
    c->next = c->prev = NULL;
}

static void retire(ms_call_state *c)
{
    ms_plugins *plugins = c->plugins;
    ms_arena_reset(c->call.arena);
    plugins->retired[plugins->next_retired] = c;
    plugins->next_retired = (plugins->next_retired + 1) % MS_CALLS_RETIRED;
}

static void refuse_second(const ms_call_state *c)
{
    ms_log *l = ms_log_begin(MS_LOG_ERROR, "plugin.completed_twice");
    ms_log_z(l, "plugin", c->loaded->entry->info->id);
    ms_log_z(l, "function", c->function->name);
    ms_log_end(l);
}

static void complete(ms_call *call, ms_status status, const ms_value *result, const ms_error *err)
{
    ms_call_state *c = (ms_call_state *)call;
    if (c->completed) {
        refuse_second(c);
        return;
    }
    c->completed = true;
    unlink_call(c);
    if (status == MS_OK) {
        const ms_value null = ms_null();
        c->done(c->arg, MS_OK, result ? result : &null, NULL);
    } else {
        ms_error why;
        const char *text = err && err->text[0] ? err->text : "failed and did not say why";
        ms_fail(&why, (unsigned)status < MS_STATUS_COUNT ? status : MS_INTERNAL, "%s.%s: %s",
                c->loaded->entry->info->id, c->function->name, text);
        if (err && err->hint[0])
            ms_hint(&why, "%s", err->hint);
        c->done(c->arg, why.status, NULL, &why);
    }
    retire(c);
}

void ms_calls_cancel(ms_plugins *plugins, const ms_loaded *loaded)
{
    for (ms_call_state *c = plugins->calls; c;) {
        if (c->loaded != loaded) {
            c = c->next;
            continue;
        }
        ms_error err;
        ms_fail(&err, MS_CANCELLED, "the plugin ended before it answered");
        complete(&c->call, MS_CANCELLED, NULL, &err);
        c = plugins->calls; /* `done` may have changed the list */
    }
}

void ms_calls_free(ms_plugins *plugins)
{
    for (size_t i = 0; i < MS_CALLS_RETIRED; i++) {
        if (plugins->retired[i])
            ms_arena_free(plugins->retired[i]->call.arena);
        free(plugins->retired[i]);
    }
}

/* ---- begin ---------------------------------------------------------------------------------- */

/* The oldest of the ring once it is full, else a new one. */
static ms_call_state *take_call(ms_plugins *plugins)
{
    ms_call_state *c = plugins->retired[plugins->next_retired];
    if (c) {
        plugins->retired[plugins->next_retired] = NULL;
    } else {
        c = calloc(1, sizeof *c);
        if (c && !(c->call.arena = ms_arena_new(ARENA_CHUNK))) {
            free(c);
            c = NULL;
        }
    }
    return c;
}

static ms_call_state *begin(const ms_loaded *loaded, const ms_function *function, ms_call_done done,
                            void *arg)
{
    ms_plugins *plugins = loaded->plugins;
    ms_call_state *c = take_call(plugins);
    if (!c)
        return NULL;
    *c = (ms_call_state){
        .call = {.arena = c->call.arena, .complete = complete},
        .plugins = plugins,
        .loaded = loaded,
        .function = function,
        .done = done,
        .arg = arg,
        .serial = ++plugins->serial,
        .next = plugins->calls,
    };
    if (c->next)
        c->next->prev = c;
    plugins->calls = c;
    return c;
}

/* ---- arguments ------------------------------------------------------------------------------ */

static bool optional(const char *type)
{
    size_t n = strlen(type);
    return n > 0 && type[n - 1] == '?';
}

/* Types are words of the editor stubs; those the host does not know are the plugin's to check. */
static bool fits(const char *type, const ms_value *v)
{
    size_t n = strlen(type);
    if (optional(type)) {
        if (v->kind == MS_NULL || v->kind == MS_ABSENT)
            return true;
        n--;
    }
    ms_str t = {type, n};
    if (n > 2 && memcmp(type + n - 2, "[]", 2) == 0)
        return v->kind == MS_ARRAY;
    if (ms_str_eqz(t, "string"))
        return v->kind == MS_STRING;
    if (ms_str_eqz(t, "integer"))
        return v->kind == MS_INT;
    if (ms_str_eqz(t, "number"))
        return v->kind == MS_INT || v->kind == MS_DOUBLE;
    if (ms_str_eqz(t, "boolean"))
        return v->kind == MS_BOOL;
    if (ms_str_eqz(t, "table"))
        return v->kind == MS_OBJECT || v->kind == MS_ARRAY;
    return true;
}

static ms_status check_args(const char *name, const ms_function *function, const ms_value *args,
                            size_t n, ms_error *err)
{
    size_t i = 0;
    for (const ms_parameter *p = function->parameters; p->name; p++, i++) {
        if (i >= n && !optional(p->type))
            return ms_fail(err, MS_INVALID, "%.96s: argument %zu (%s, %s) is missing", name, i + 1,
                           p->name, p->type);
        if (i < n && !fits(p->type, &args[i]))
            return ms_fail(err, MS_INVALID, "%.96s: argument %zu (%s) must be of type %s", name,
                           i + 1, p->name, p->type);
    }
    if (n > i)
        return ms_fail(err, MS_INVALID, "%.96s: takes %zu arguments, got %zu", name, i, n);
    return MS_OK;
}

/* ---- look-up -------------------------------------------------------------------------------- */

static void hint_nearest(const ms_functions *table, const char *id, const char *name, ms_error *err)
{
    const char *names[MAX_NAMES + 1] = {NULL};
    size_t n = 0;
    for (const ms_function *f = table->items; f->name && n < MAX_NAMES; f++)
        names[n++] = f->name;
    const char *nearest = ms_nearest(ms_str_z(name), names);
    if (nearest)
        ms_hint(err, "did you mean %s.%s?", id, nearest);
    else
        ms_hint(err, "`moonsift plugins describe %s` lists what there is", id);
}

static ms_status find_function(ms_plugins *plugins, const char *name, ms_loaded **loaded,
                               const ms_function **function, ms_error *err)
{
    const char *dot = strchr(name, '.');
    if (!dot || dot == name || !dot[1] || dot - name > MS_PLUGIN_ID_MAX)
        return ms_fail(err, MS_INVALID, "\"%.96s\" is no function: PLUGIN.NAME is wanted", name);
    char id[MS_PLUGIN_ID_MAX + 1];
    snprintf(id, sizeof id, "%.*s", (int)(dot - name), name);
    *loaded = ms_plugins_find(plugins, id);
    if (!*loaded) {
        ms_fail(err, MS_NOT_FOUND, "%.96s: there is no plugin %s", name, id);
        return ms_hint(err, "`moonsift plugins list` shows what is loaded");
    }
    const ms_functions *table = ms_loaded_table(*loaded, MS_TABLE_FUNCTIONS);
    if (!table)
        return ms_fail(err, MS_NOT_FOUND, "%.96s: plugin %s provides no functions", name, id);
    for (const ms_function *f = table->items; f->name; f++) {
        if (strcmp(f->name, dot + 1) != 0)
            continue;
        if (!(*loaded)->activated)
            return ms_fail(err, MS_UNAVAILABLE, "%.96s: plugin %s is not active", name, id);
        *function = f;
        return MS_OK;
    }
    ms_fail(err, MS_NOT_FOUND, "plugin %s has no function %.64s", id, dot + 1);
    hint_nearest(table, id, dot + 1, err);
    return err->status;
}

/* ---- call ----------------------------------------------------------------------------------- */

/* A function that waits gets copies of its arguments: the caller's are gone by then. */
static ms_status keep_args(ms_call_state *c, const ms_value **args, size_t n)
{
    if (!c->function->waits || n == 0)
        return MS_OK;
    ms_value *copies = ms_alloc_zero(c->call.arena, n, sizeof *copies);
    for (size_t i = 0; copies && i < n; i++)
        if (!ms_arena_copy(c->call.arena, &(*args)[i], &copies[i]))
            copies = NULL;
    *args = copies;
    return copies ? MS_OK : MS_NOMEM;
}

static void run(ms_call_state *c, const ms_value *args, size_t n)
{
    uint64_t serial = c->serial;
    const ms_function *function = c->function;
    ms_error err;
    if (keep_args(c, &args, n) != MS_OK) {
        ms_fail(&err, MS_NOMEM, "out of memory");
        complete(&c->call, MS_NOMEM, NULL, &err);
        return;
    }
    function->call(c->loaded->self, &c->call, args, n);
    if (function->waits || c->serial != serial || c->completed)
        return;
    ms_fail(&err, MS_INTERNAL, "returned without an answer, and does not say that it waits");
    complete(&c->call, MS_INTERNAL, NULL, &err);
}

void ms_plugins_call(ms_plugins *plugins, const char *name, const ms_value *args, size_t n,
                     ms_call_done done, void *arg)
{
    ms_loaded *loaded = NULL;
    const ms_function *function = NULL;
    ms_call_state *c = NULL;
    ms_error err = {0};
    ms_status s = find_function(plugins, name, &loaded, &function, &err);
    if (s == MS_OK)
        s = check_args(name, function, args, n, &err);
    if (s == MS_OK && !(c = begin(loaded, function, done, arg)))
        s = ms_fail(&err, MS_NOMEM, "%.96s: out of memory", name);
    if (s == MS_OK)
        run(c, args, n);
    else
        done(arg, s, NULL, &err);
}

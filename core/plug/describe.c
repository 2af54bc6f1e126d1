/* The surface of a plugin as one value; read from its static tables, nothing of it runs. */
#include "plug/loaded.h"

#include <moonsift/provide/config.h>
#include <moonsift/provide/crm.h>
#include <moonsift/provide/database.h>
#include <moonsift/provide/sources.h>

enum { MAX_MEMBERS = 12 };

/* An object under construction. The first failure sticks: later calls do nothing. */
typedef struct object {
    ms_arena *arena;
    ms_member *members;
    size_t n;
} object;

static object open_object(ms_arena *arena)
{
    return (object){arena, ms_alloc_zero(arena, MAX_MEMBERS, sizeof(ms_member)), 0};
}

static void put(object *o, const char *key, ms_value v)
{
    if (o->members && o->n < MAX_MEMBERS)
        o->members[o->n++] = (ms_member){ms_str_z(key), v};
}

static void put_z(object *o, const char *key, const char *z)
{
    put(o, key, ms_string_or_null(ms_str_z(z)));
}

static bool close_object(const object *o, ms_value *out)
{
    *out = ms_object(o->members, o->n);
    return o->members != NULL;
}

/* One entry of a table's list; `item` is its place in the list. */
typedef bool (*describe_item)(ms_arena *arena, const void *list, size_t i, ms_value *out);

static bool put_list(object *o, const char *key, const void *list, size_t n, describe_item item)
{
    ms_value *items = ms_alloc_zero(o->arena, n ? n : 1, sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!item(o->arena, list, i, &items[i]))
            return false;
    put(o, key, ms_array(items, n));
    return true;
}

static bool text_item(ms_arena *arena, const void *list, size_t i, ms_value *out)
{
    (void)arena;
    *out = ms_string(ms_str_z(((const char *const *)list)[i]));
    return true;
}

/* ---- functions ------------------------------------------------------------------------------ */

static bool parameter_item(ms_arena *arena, const void *list, size_t i, ms_value *out)
{
    const ms_parameter *p = (const ms_parameter *)list + i;
    object o = open_object(arena);
    put_z(&o, "name", p->name);
    put_z(&o, "type", p->type);
    put_z(&o, "summary", p->summary);
    return close_object(&o, out);
}

static bool function_item(ms_arena *arena, const void *list, size_t i, ms_value *out)
{
    const ms_function *f = (const ms_function *)list + i;
    size_t n = 0;
    while (f->parameters[n].name)
        n++;
    object o = open_object(arena);
    put_z(&o, "name", f->name);
    put_z(&o, "summary", f->summary);
    bool ok = put_list(&o, "parameters", f->parameters, n, parameter_item);
    put_z(&o, "result", f->result);
    put(&o, "waits", ms_bool(f->waits));
    return close_object(&o, out) && ok;
}

static bool put_functions(object *o, const ms_functions *table)
{
    size_t n = 0;
    while (table && table->items[n].name)
        n++;
    return put_list(o, "functions", table ? table->items : NULL, n, function_item);
}

/* ---- config keys, source kinds -------------------------------------------------------------- */

static bool key_item(ms_arena *arena, const void *list, size_t i, ms_value *out)
{
    const ms_config_key *k = (const ms_config_key *)list + i;
    object o = open_object(arena);
    put_z(&o, "section", k->section);
    put_z(&o, "name", k->name);
    put_z(&o, "type", k->type);
    put_z(&o, "default", k->preset);
    put_z(&o, "summary", k->summary);
    put(&o, "secret", ms_bool(k->secret));
    return close_object(&o, out);
}

static bool put_config(object *o, const ms_config_keys *table)
{
    size_t n = 0;
    while (table && table->items[n].name)
        n++;
    return put_list(o, "config", table ? table->items : NULL, n, key_item);
}

static bool source_item(ms_arena *arena, const void *list, size_t i, ms_value *out)
{
    const ms_source_kind *kind = (const ms_source_kind *)list + i;
    object o = open_object(arena);
    put_z(&o, "kind", kind->kind);
    put_z(&o, "summary", kind->summary);
    put(&o, "retries", ms_bool(kind->retries));
    return close_object(&o, out);
}

static bool put_sources(object *o, const ms_sources *table)
{
    size_t n = 0;
    while (table && table->items[n].kind)
        n++;
    return put_list(o, "sources", table ? table->items : NULL, n, source_item);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool put_tables(object *o, const ms_loaded *loaded)
{
    static const char *const known[] = {MS_TABLE_FUNCTIONS, MS_TABLE_CONFIG, MS_TABLE_SOURCES,
                                        MS_TABLE_DATABASE, MS_TABLE_CRM};
    const char *provided[sizeof known / sizeof *known];
    size_t n = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (ms_loaded_table(loaded, known[i]))
            provided[n++] = known[i];
    return put_list(o, "tables", provided, n, text_item);
}

static bool put_crm(object *o, const ms_crm *crm)
{
    if (!crm)
        return true;
    ms_value v;
    object c = open_object(o->arena);
    put_z(&c, "layout", crm->layout);
    put_z(&c, "summary", crm->summary);
    bool ok = close_object(&c, &v);
    put(o, "crm", v);
    return ok;
}

bool ms_loaded_describe(const ms_loaded *loaded, ms_arena *arena, ms_value *out)
{
    const ms_plugin_info *info = loaded->entry->info;
    ms_str abi =
        ms_arena_format(arena, "%u.%u", loaded->entry->abi_major, loaded->entry->abi_minor);
    size_t needs = 0;
    while (info->needs && info->needs[needs])
        needs++;
    object o = open_object(arena);
    put_z(&o, "id", info->id);
    put_z(&o, "version", info->version);
    put(&o, "abi", ms_string(abi));
    put_z(&o, "summary", info->summary);
    bool ok = put_list(&o, "needs", info->needs, needs, text_item) && put_tables(&o, loaded) &&
              put_functions(&o, ms_loaded_table(loaded, MS_TABLE_FUNCTIONS)) &&
              put_config(&o, ms_loaded_table(loaded, MS_TABLE_CONFIG)) &&
              put_sources(&o, ms_loaded_table(loaded, MS_TABLE_SOURCES)) &&
              put_crm(&o, ms_loaded_table(loaded, MS_TABLE_CRM));
    put(&o, "database", ms_bool(ms_loaded_table(loaded, MS_TABLE_DATABASE) != NULL));
    return close_object(&o, out) && ok && abi.p;
}

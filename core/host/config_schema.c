/*
 * host/config_schema.c: the table of keys as JSON Schema, for editors and for `config schema`.
 */
#include "base/json.h"
#include "host/config_inner.h"

static void add_text(ms_buf *b, const char *key, const char *text)
{
    ms_buf_format(b, "\"%s\":", key);
    ms_json_string(b, ms_str_z(text));
}

static void add_range(ms_buf *b, const ms_ckey *key)
{
    ms_buf_format(b, "\"type\":\"integer\",\"minimum\":%lld", (long long)key->min);
    if (key->max && key->max != INT64_MAX)
        ms_buf_format(b, ",\"maximum\":%lld", (long long)key->max);
}

static void add_choices(ms_buf *b, const char *choices)
{
    ms_buf_z(b, "\"enum\":[");
    for (const char *p = choices; *p;) {
        size_t n = strcspn(p, "|");
        ms_json_string(b, (ms_str){p, n});
        p += n + (p[n] == '|');
        if (*p)
            ms_buf_char(b, ',');
    }
    ms_buf_char(b, ']');
}

#define PATH_SCHEMA "\"type\":\"string\",\"minLength\":1"

static void add_type(ms_buf *b, const ms_ckey *key)
{
    switch (key->kind) {
    case MS_C_INTEGER: add_range(b, key); break;
    case MS_C_COUNT:
        ms_buf_z(b, "\"oneOf\":[{\"const\":\"auto\"},{");
        add_range(b, key);
        ms_buf_z(b, "}]");
        break;
    case MS_C_BOOLEAN: ms_buf_z(b, "\"type\":\"boolean\""); break;
    case MS_C_DURATION:
        ms_buf_z(b, "\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|h|d)$\"");
        break;
    case MS_C_SIZE:
        ms_buf_z(b, "\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},"
                    "{\"type\":\"string\",\"pattern\":\"^[0-9]+(B|KiB|MiB|GiB)?$\"}]");
        break;
    case MS_C_LIST: ms_buf_z(b, "\"type\":\"array\",\"items\":{" PATH_SCHEMA "}"); break;
    case MS_C_FILE:
        if (key->secret)
            ms_buf_z(b, "\"oneOf\":[{" PATH_SCHEMA "},{\"type\":\"array\",\"minItems\":1,"
                        "\"items\":{" PATH_SCHEMA "}}]");
        else
            ms_buf_z(b, PATH_SCHEMA);
        break;
    case MS_C_CHOICE: add_choices(b, key->choices); break;
    case MS_C_ADDRESS:
    case MS_C_STRING:
    case MS_C_DSN: ms_buf_z(b, PATH_SCHEMA); break;
    }
}

static void add_key(ms_buf *b, const ms_ckey *key, const char *name)
{
    bool bare = key->kind == MS_C_INTEGER || key->kind == MS_C_BOOLEAN;
    ms_json_string(b, ms_str_z(name));
    ms_buf_z(b, ":{");
    if (key->summary) {
        add_text(b, "description", key->summary);
        ms_buf_char(b, ',');
    }
    add_type(b, key);
    if (key->preset && bare)
        ms_buf_format(b, ",\"default\":%s", key->preset);
    else if (key->preset && key->kind != MS_C_LIST) {
        ms_buf_char(b, ',');
        add_text(b, "default", key->preset);
    }
    ms_buf_char(b, '}');
}

/* Secrets that only the environment may give have no place in the file. */
static bool in_file(const ms_ckey *key)
{
    return !key->secret || key->kind == MS_C_FILE;
}

static void add_keys(ms_buf *b, const ms_ckey *keys, const char *skip)
{
    for (const ms_ckey *k = keys; k->path; k++) {
        if (!in_file(k) || (skip && strcmp(skip, k->path) == 0))
            continue;
        if (b->n && b->p[b->n - 1] != '{')
            ms_buf_char(b, ',');
        add_key(b, k, k->path);
    }
}

#define GROUP "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"

/* The table, with "queue.batch" inside "queue". Keys of a group stand together in it. */
static void add_table(ms_buf *b)
{
    ms_str open = MS_NONE;
    for (const ms_ckey *k = ms_config_keys_table; k->path; k++) {
        const char *dot = strchr(k->path, '.');
        ms_str group = dot ? (ms_str){k->path, (size_t)(dot - k->path)} : MS_NONE;
        bool same = group.p && ms_str_eq(group, open);
        if (open.p && !same)
            ms_buf_z(b, "}}");
        if (k != ms_config_keys_table)
            ms_buf_char(b, ',');
        if (group.p && !same) {
            ms_json_string(b, group);
            ms_buf_z(b, ":" GROUP);
        }
        add_key(b, k, dot ? dot + 1 : k->path);
        open = group;
    }
    if (open.p)
        ms_buf_z(b, "}}");
}

static const char accounts[] =
    "\"accounts\":{\"description\":\"Accounts whose deliveries are taken, and the vertical that "
    "judges their contacts.\",\"type\":\"object\",\"additionalProperties\":false,"
    "\"patternProperties\":{\"^[1-9][0-9]{0,17}$\":" GROUP
    "\"vertical\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,62}$\"},"
    "\"inboxes\":{\"type\":\"object\",\"additionalProperties\":false,\"patternProperties\":{"
    "\"^[1-9][0-9]{0,17}$\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,62}$\"}}}}}}}";

static bool add_sources(ms_buf *b, ms_arena *arena, const ms_plugins *plugins)
{
    const char **kinds = ms_config_kinds(arena, plugins);
    ms_buf_z(b, "\"sources\":{\"description\":\"Senders of webhooks; the name stands in the URL: "
                "/hooks/NAME.\",\"type\":\"object\",\"additionalProperties\":false,"
                "\"patternProperties\":{\"^[a-z][a-z0-9_-]{0,62}$\":{\"oneOf\":[");
    for (size_t i = 0; kinds && kinds[i]; i++) {
        ms_str section = ms_arena_format(arena, "sources:%s", kinds[i]);
        ms_ckey *keys = section.p ? ms_config_section_keys(arena, plugins, section.p) : NULL;
        if (!keys)
            return false;
        ms_buf_z(b, i ? "," GROUP : GROUP);
        ms_buf_z(b, "\"kind\":{\"const\":");
        ms_json_string(b, ms_str_z(kinds[i]));
        ms_buf_char(b, '}');
        add_keys(b, ms_config_source_keys, "kind");
        add_keys(b, keys, NULL);
        ms_buf_z(b, "},\"required\":[\"kind\"]}");
    }
    ms_buf_z(b, "]}}}");
    return kinds != NULL;
}

static bool add_plugins(ms_buf *b, ms_arena *arena, const ms_plugins *plugins)
{
    ms_buf_z(b, "\"plugins\":{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; plugins && i < ms_plugins_count(plugins); i++) {
        const char *id = ms_loaded_info(ms_plugins_at(plugins, i))->id;
        ms_str section = ms_arena_format(arena, "plugins.%s", id);
        ms_ckey *keys = section.p ? ms_config_section_keys(arena, plugins, section.p) : NULL;
        if (!keys)
            return false;
        if (i)
            ms_buf_char(b, ',');
        ms_json_string(b, ms_str_z(id));
        ms_buf_z(b, ":" GROUP);
        add_keys(b, ms_config_plugin_keys, NULL);
        add_keys(b, keys, NULL);
        ms_buf_z(b, "}}");
    }
    ms_buf_z(b, "},\"additionalProperties\":{\"type\":\"object\",\"required\":[\"file\"],"
                "\"properties\":{");
    add_keys(b, ms_config_plugin_keys, NULL);
    ms_buf_z(b, "}}}");
    return true;
}

bool ms_config_schema(const ms_plugins *plugins, ms_arena *arena, ms_value *out)
{
    ms_buf b = {0};
    ms_buf_z(&b, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                 "\"title\":\"moonsift.yaml\",\"type\":\"object\",\"additionalProperties\":false,"
                 "\"properties\":{");
    add_table(&b);
    ms_buf_char(&b, ',');
    ms_buf_z(&b, accounts);
    ms_buf_char(&b, ',');
    bool ok = add_sources(&b, arena, plugins);
    ms_buf_char(&b, ',');
    ok = ok && add_plugins(&b, arena, plugins);
    ms_buf_z(&b, "}}");
    ok = ok && !b.failed && ms_json_parse(arena, ms_buf_view(&b), out, NULL) == MS_OK;
    ms_buf_free(&b);
    return ok;
}

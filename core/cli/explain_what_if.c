/* KEY=VALUE: a contact's attributes with some of them changed. */
#include "base/text.h"
#include "cli/explain.h"

typedef struct change {
    ms_str key, json; /* json.p == NULL: removed */
} change;

static bool is_known(const ms_vertical *v, ms_str key)
{
    return ms_vertical_slot(v, key) >= 0 || ms_vertical_manages(v, key);
}

static ms_status unknown_key(const ms_vertical *v, ms_str key, ms_error *err)
{
    const char *names[MS_MAX_ATTRIBUTES + 1] = {NULL};
    for (uint32_t i = ms_vertical_slots(v) - v->n_facts; i < ms_vertical_slots(v); i++)
        if (ms_str_eq(v->attributes[i].name, key)) {
            ms_fail(err, MS_INVALID, "--what-if: " MS_FMT " is a fact, no attribute", MS_ARG(key));
            return ms_hint(err, "change it under \"facts\" in a FILE.json"), MS_INVALID;
        }
    for (uint32_t i = 0; i < v->n_attributes; i++)
        names[i] = v->attributes[i].name.p; /* ends with a NUL: it was copied out of Lua */
    const char *near = ms_nearest(key, names);
    ms_fail(err, MS_INVALID, "--what-if: " MS_FMT " has no attribute \"" MS_FMT "\"%s%s%s",
            MS_ARG(v->name), MS_ARG(key), near ? "; did you mean \"" : "", near ? near : "",
            near ? "\"?" : "");
    return MS_INVALID;
}

/* Whether JSON of this kind can be meant for the attribute; otherwise VALUE is a text. */
static bool fits(const ms_attribute *a, ms_kind kind)
{
    if (kind == MS_NULL || kind == MS_STRING || !a || a->type == MS_T_AS_IS)
        return true;
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_MONEY:
    case MS_T_NUMBER:
    case MS_T_TIME: return kind == MS_INT || kind == MS_DOUBLE;
    case MS_T_BOOLEAN: return kind == MS_BOOL;
    case MS_T_CHOICES: return kind == MS_ARRAY;
    default: return false;
    }
}

static ms_str quoted(ms_cli *cli, ms_str text)
{
    ms_buf buf = {0};
    ms_json_string(&buf, text);
    ms_str json = buf.failed ? MS_NONE : ms_arena_dup(cli->arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return json;
}

static ms_status read_change(ms_cli *cli, const ms_vertical *v, const char *text, change *out,
                             ms_error *err)
{
    const char *is = strchr(text, '=');
    ms_value value;
    if (!is || is == text) {
        ms_fail(err, MS_INVALID, "--what-if \"%s\" is no KEY=VALUE", text);
        return ms_hint(err, "--what-if urgency_level=low, or urgency_level= for none"), MS_INVALID;
    }
    if (!ms_utf8_valid(ms_str_z(text)))
        return ms_fail(err, MS_INVALID, "--what-if: the value is not UTF-8");
    *out = (change){.key = {text, (size_t)(is - text)}};
    if (!is_known(v, out->key))
        return unknown_key(v, out->key, err);
    if (!is[1])
        return MS_OK;
    int slot = ms_vertical_slot(v, out->key);
    ms_str given = ms_str_z(is + 1);
    bool json = ms_json_parse(cli->arena, given, &value, NULL) == MS_OK &&
                fits(slot < 0 ? NULL : &v->attributes[slot], value.kind);
    out->json = json ? given : quoted(cli, given);
    return out->json.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

static void add_member(ms_buf *buf, ms_str key, ms_str json)
{
    if (buf->n > 1)
        ms_buf_char(buf, ',');
    ms_json_string(buf, key);
    ms_buf_char(buf, ':');
    ms_buf_str(buf, json);
}

static ms_status apply(ms_cli *cli, ms_json_reader *reader, const change *c, ms_str *attributes,
                       ms_error *err)
{
    ms_fields fields = {0};
    ms_buf buf = {0};
    ms_status status = ms_json_read(reader, *attributes, NULL, &fields, NULL, err);
    ms_buf_char(&buf, '{');
    for (size_t i = 0; i < fields.n && !status; i++)
        if (!ms_str_eq(fields.items[i].key, c->key))
            add_member(&buf, fields.items[i].key, fields.items[i].raw);
    if (c->json.p)
        add_member(&buf, c->key, c->json);
    ms_buf_char(&buf, '}');
    *attributes = buf.failed ? MS_NONE : ms_arena_dup(cli->arena, ms_buf_view(&buf));
    if (!status && !attributes->p)
        status = ms_fail(err, MS_NOMEM, "out of memory");
    ms_fields_free(&fields);
    ms_buf_free(&buf);
    return status;
}

ms_status ms_what_if(ms_cli *cli, const ms_vertical *v, ms_str attributes,
                     const char *const *changes, size_t n, ms_str *out, ms_error *err)
{
    ms_json_reader *reader = ms_json_reader_new();
    ms_status status = reader ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    *out = attributes;
    for (size_t i = 0; i < n && !status; i++) {
        change c;
        status = read_change(cli, v, changes[i], &c, err);
        if (!status)
            status = apply(cli, reader, &c, out, err);
    }
    ms_json_reader_free(reader);
    return status;
}

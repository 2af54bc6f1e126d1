/*
 * A vertical's attributes as JSON: JSON Schema 2020-12 of what is stored after a decision, and the
 * plain list of `schema show --json`.
 */
#include "base/json.h"
#include "cli/schema.h"

static void add_member(ms_buf *out, const char *name, ms_str text)
{
    if (!text.n)
        return;
    ms_buf_format(out, ",\"%s\":", name);
    ms_json_string(out, text);
}

static void add_texts(ms_buf *out, const ms_str *texts, uint32_t n)
{
    ms_buf_char(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        ms_buf_z(out, i ? "," : "");
        ms_json_string(out, texts[i]);
    }
    ms_buf_char(out, ']');
}

static void add_limit(ms_buf *out, const char *name, const ms_attribute *a, int64_t value)
{
    const char *quote = a->type == MS_T_DATE || a->type == MS_T_TIME ? "\"" : "";
    ms_buf_format(out, ",\"%s\":%s", name, quote);
    ms_schema_value(a, value, out);
    ms_buf_z(out, quote);
}

/* ---- JSON Schema ---------------------------------------------------------------------------- */

static void add_number(const ms_attribute *a, ms_buf *out)
{
    ms_buf_z(out, a->type == MS_T_INTEGER ? ",\"type\":[\"integer\",\"null\"]"
                                          : ",\"type\":[\"number\",\"null\"]");
    if (ms_schema_bounded(a)) {
        add_limit(out, "minimum", a, a->min);
        add_limit(out, "maximum", a, a->max);
    }
}

/* The length is counted in bytes here and in characters there, of at most four bytes each. */
static void add_text(const ms_attribute *a, ms_buf *out)
{
    ms_buf_z(out, ",\"type\":[\"string\",\"null\"]");
    if (a->type == MS_T_TEXT && a->min > 0)
        ms_buf_format(out, ",\"minLength\":%lld", (long long)(a->min + 3) / 4);
    if (a->type == MS_T_TEXT && a->max > 0)
        ms_buf_format(out, ",\"maxLength\":%lld", (long long)a->max);
    if (a->pattern.n && ms_schema_portable(a->pattern)) {
        ms_buf_z(out, ",\"pattern\":");
        ms_buf whole = {0};
        ms_buf_format(&whole, "^(?:" MS_FMT ")$", MS_ARG(a->pattern));
        out->failed |= whole.failed;
        ms_json_string(out, ms_buf_view(&whole));
        ms_buf_free(&whole);
    }
}

static void add_choices(const ms_attribute *a, ms_buf *out)
{
    if (a->type == MS_T_CHOICES)
        ms_buf_z(out, ",\"type\":[\"array\",\"null\"],\"uniqueItems\":true,\"items\":{");
    else
        ms_buf_char(out, ',');
    ms_buf_z(out, "\"enum\":");
    add_texts(out, a->choices, a->n_choices);
    if (a->type == MS_T_CHOICES)
        ms_buf_char(out, '}');
    else if (!out->failed) { /* nothing is a value, too */
        out->n--;
        ms_buf_z(out, ",null]");
    }
}

static void add_form(ms_buf *out, const char *pattern, const char *format)
{
    ms_buf_z(out, ",\"type\":[\"string\",\"null\"],\"pattern\":");
    ms_json_string(out, ms_str_z(pattern));
    if (format)
        ms_buf_format(out, ",\"format\":\"%s\"", format);
}

static void add_type(const ms_attribute *a, ms_buf *out)
{
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_MONEY:
    case MS_T_NUMBER: add_number(a, out); break;
    case MS_T_CHOICE:
    case MS_T_CHOICES: add_choices(a, out); break;
    case MS_T_BOOLEAN: ms_buf_z(out, ",\"type\":[\"boolean\",\"null\"]"); break;
    case MS_T_DATE:
        add_form(out, "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", NULL);
        break;
    case MS_T_TIME: ms_buf_z(out, ",\"type\":[\"string\",\"number\",\"null\"]"); break;
    case MS_T_URL: add_form(out, "^https?://", "uri"); break;
    case MS_T_EMAIL: add_form(out, "^[^@\\s]{1,64}@[^@\\s.]+(\\.[^@\\s.]+)+$", NULL); break;
    case MS_T_PHONE: add_form(out, "^\\+[1-9][0-9]{7,14}$", NULL); break;
    case MS_T_HANDLE:
        if (!a->pattern.n || !ms_schema_portable(a->pattern))
            add_form(out, "^@[a-z0-9._-]{1,64}$", NULL);
        else
            add_text(a, out);
        break;
    case MS_T_TEXT: add_text(a, out); break;
    case MS_T_AS_IS: break;
    }
}

/* What the standard has no word for stands in members that begin with "x-". */
static void add_property(const ms_schema_key *key, ms_buf *out)
{
    const ms_attribute *a = &key->a;
    ms_json_string(out, a->name);
    ms_buf_format(out, ":{\"x-type\":\"%s\"", ms_type_name(a->type));
    add_type(a, out);
    add_member(out, "description", a->says);
    if (a->otherwise.n)
        ms_buf_format(out, ",\"default\":" MS_FMT, MS_ARG(a->otherwise));
    if (a->deprecated.n)
        ms_buf_z(out, ",\"deprecated\":true");
    if (key->written)
        ms_buf_z(out, ",\"readOnly\":true");
    add_member(out, "x-unit", a->unit);
    add_member(out, "x-instead", a->deprecated);
    if (a->pattern.n && !ms_schema_portable(a->pattern))
        add_member(out, "x-pcre", a->pattern);
    if (a->personal)
        ms_buf_z(out, ",\"x-personal\":true");
    if (a->n_columns) {
        ms_buf_z(out, ",\"x-columns\":");
        add_texts(out, a->columns, a->n_columns);
    }
    ms_buf_char(out, '}');
}

static void add_schema(const ms_vertical *v, const ms_schema_key *keys, size_t n, ms_buf *out)
{
    ms_buf_z(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":");
    ms_json_string(out, v->title);
    ms_buf_z(out, ",\"description\":");
    ms_buf says = {0};
    ms_buf_format(&says,
                  "The custom attributes of a contact that vertical " MS_FMT
                  " has judged and found no error in. readOnly: written by the vertical. Other "
                  "keys belong to people. Null says that nothing is known, as an empty text does.",
                  MS_ARG(v->name));
    out->failed |= says.failed;
    ms_json_string(out, ms_buf_view(&says));
    ms_buf_free(&says);
    ms_buf_z(out, ",\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(out, i ? "," : "");
        add_property(&keys[i], out);
    }
    ms_buf_z(out, "}}");
}

ms_status ms_schema_json(const ms_vertical *v, const ms_schema_key *keys, size_t n, ms_arena *arena,
                         ms_buf *out, ms_error *err)
{
    ms_buf text = {0};
    ms_value document = ms_null();
    add_schema(v, keys, n, &text);
    ms_status status = text.failed ? ms_fail(err, MS_NOMEM, "out of memory")
                                   : ms_json_parse(arena, ms_buf_view(&text), &document, err);
    if (!status) {
        ms_json_write_pretty(out, &document);
        ms_buf_char(out, '\n');
    }
    ms_buf_free(&text);
    return status;
}

/* ---- schema show --json --------------------------------------------------------------------- */

static void add_key(const ms_schema_key *key, ms_buf *out)
{
    const ms_attribute *a = &key->a;
    ms_buf_z(out, "{\"name\":");
    ms_json_string(out, a->name);
    ms_buf_format(out, ",\"type\":\"%s\",\"comes_in\":%s,\"written\":%s", ms_type_name(a->type),
                  key->comes_in ? "true" : "false", key->written ? "true" : "false");
    add_member(out, "says", a->says);
    add_member(out, "unit", a->unit);
    if (a->n_choices) {
        ms_buf_z(out, ",\"values\":");
        add_texts(out, a->choices, a->n_choices);
    }
    if (ms_schema_bounded(a) || (a->type == MS_T_TEXT && a->max)) {
        add_limit(out, "min", a, a->min);
        add_limit(out, "max", a, a->max);
    }
    add_member(out, "pattern", a->pattern);
    add_member(out, "country", a->country);
    if (a->otherwise.n)
        ms_buf_format(out, ",\"otherwise\":" MS_FMT, MS_ARG(a->otherwise));
    add_member(out, "deprecated", a->deprecated);
    ms_buf_format(out, ",\"personal\":%s,\"columns\":", a->personal ? "true" : "false");
    add_texts(out, a->columns, a->n_columns);
    ms_buf_char(out, '}');
}

void ms_schema_show_json(const ms_vertical *v, const ms_schema_key *keys, size_t n, ms_buf *out)
{
    ms_buf_z(out, "{\"schema\":\"moonsift.schema/1\",\"vertical\":");
    ms_json_string(out, v->name);
    add_member(out, "title", v->title);
    add_member(out, "says", v->says);
    add_member(out, "version", v->version);
    ms_buf_z(out, ",\"attributes\":[");
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(out, i ? "," : "");
        add_key(&keys[i], out);
    }
    ms_buf_z(out, "]}\n");
}

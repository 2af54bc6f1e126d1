/*
 * What a vertical needs in a Chatwoot account: definitions of its custom attributes and its labels,
 * as SQL for psql that may run again and again. What people have there stays: a definition or label
 * that exists keeps its name, description, type and colour; a list gets the values it lacks.
 */
#include "cli/schema.h"

/* custom_attribute_definitions.attribute_display_type */
enum { CW_TEXT = 0, CW_NUMBER = 1, CW_LINK = 4, CW_DATE = 5, CW_LIST = 6, CW_CHECKBOX = 7 };

static int display_type(ms_type type)
{
    switch (type) {
    case MS_T_INTEGER:
    case MS_T_MONEY:
    case MS_T_NUMBER: return CW_NUMBER;
    case MS_T_CHOICE: return CW_LIST;
    case MS_T_BOOLEAN: return CW_CHECKBOX;
    case MS_T_DATE:
    case MS_T_TIME: return CW_DATE;
    case MS_T_URL: return CW_LINK;
    default: return CW_TEXT; /* a list holds one value, so choices are a text */
    }
}

/* Chatwoot's own fields of a contact, and how its keys are spelt. */
static bool is_key(ms_str name)
{
    static const char *const standard[] = {
        "name",    "email",       "phone_number",     "identifier",
        "city",    "created_at",  "last_activity_at", "referer",
        "blocked", "country_code"};
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (ms_str_eqz(name, standard[i]))
            return false;
    for (size_t i = 0; i < name.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", name.p[i]))
            return false;
    return name.n > 0;
}

/* Two or more letters, digits, "_" and "-", in lower case, no sign in front. Beyond ASCII every
 * byte is taken for a letter. */
static bool is_label(ms_str title)
{
    for (size_t i = 0; i < title.n; i++) {
        unsigned char c = (unsigned char)title.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (!word && (i == 0 || (c != '_' && c != '-')))
            return false;
    }
    return title.n > 1;
}

/* In quotes for psql as well: a colon in a quoted text is left alone by it. */
static void add_text(ms_buf *out, ms_str text)
{
    bool escapes = text.n && memchr(text.p, '\\', text.n);
    ms_buf_z(out, escapes ? "E'" : "'");
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\'' || (c == '\\' && escapes))
            ms_buf_char(out, c);
        ms_buf_char(out, c);
    }
    ms_buf_char(out, '\'');
}

static void add_text_or_null(ms_buf *out, ms_str text)
{
    if (text.n)
        add_text(out, text);
    else
        ms_buf_z(out, "NULL");
}

/* One line of a comment. */
static void add_comment(ms_buf *out, const char *before, ms_str text, const char *after)
{
    ms_buf_format(out, "-- %s", before);
    for (size_t i = 0; i < text.n; i++)
        ms_buf_char(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
    ms_buf_format(out, "%s\n", after);
}

static void add_values(ms_buf *out, const ms_attribute *a)
{
    ms_buf_z(out, "to_jsonb(ARRAY[");
    for (uint32_t i = 0; a->type == MS_T_CHOICE && i < a->n_choices; i++) {
        ms_buf_z(out, i ? ", " : "");
        add_text(out, a->choices[i]);
    }
    ms_buf_z(out, "]::text[])");
}

/* "Budget min" for "budget_min". */
static void add_display_name(ms_buf *out, ms_str name)
{
    ms_buf words = {0};
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i] == '_' ? ' ' : name.p[i];
        ms_buf_char(&words, i == 0 && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
    out->failed |= words.failed;
    add_text(out, ms_buf_view(&words));
    ms_buf_free(&words);
}

static void add_pattern(ms_buf *out, const ms_attribute *a)
{
    if (!a->pattern.n || a->type != MS_T_TEXT || !ms_schema_portable(a->pattern)) {
        ms_buf_z(out, "NULL, NULL");
        return;
    }
    ms_buf whole = {0};
    ms_buf_format(&whole, "^(?:" MS_FMT ")$", MS_ARG(a->pattern));
    out->failed |= whole.failed;
    add_text(out, ms_buf_view(&whole));
    ms_buf_free(&whole);
    ms_buf_z(out, ", ");
    add_text_or_null(out, a->says);
}

/* Returns how many there are: without any there is no statement. */
static size_t add_rows(const ms_schema_key *keys, size_t n, ms_buf *out)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        const ms_attribute *a = &keys[i].a;
        if (!is_key(a->name))
            continue;
        ms_buf_z(out, rows++ ? ",\n    (" : "    (");
        add_text(out, a->name);
        ms_buf_z(out, ", ");
        add_display_name(out, a->name);
        ms_buf_format(out, ", %d, ", display_type(a->type));
        add_text_or_null(out, a->says);
        ms_buf_z(out, ", ");
        add_values(out, a);
        ms_buf_z(out, ", ");
        add_pattern(out, a);
        ms_buf_char(out, ')');
    }
    return rows;
}

static void add_definitions(const ms_schema_key *keys, size_t n, ms_buf *out)
{
    ms_buf rows = {0};
    for (size_t i = 0; i < n; i++)
        if (!is_key(keys[i].a.name))
            add_comment(out, "left out: attribute ", keys[i].a.name,
                        ": Chatwoot has a field of that name, or does not take it");
    size_t count = add_rows(keys, n, &rows);
    if (count) {
        ms_buf_z(out,
                 "INSERT INTO public.custom_attribute_definitions AS d\n"
                 "    (account_id, attribute_model, attribute_key, attribute_display_name,\n"
                 "     attribute_display_type, attribute_description, attribute_values,\n"
                 "     regex_pattern, regex_cue, created_at, updated_at)\n"
                 "SELECT :account, 1, v.*, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc'\n"
                 "FROM (VALUES\n");
        ms_buf_str(out, ms_buf_view(&rows));
        ms_buf_z(out,
                 "\n) AS v\n"
                 "ON CONFLICT (attribute_key, attribute_model, account_id) DO UPDATE\n"
                 "SET attribute_values = coalesce(d.attribute_values, '[]') || (\n"
                 "        SELECT jsonb_agg(value ORDER BY place)\n"
                 "        FROM jsonb_array_elements(EXCLUDED.attribute_values)\n"
                 "             WITH ORDINALITY AS e (value, place)\n"
                 "        WHERE NOT coalesce(d.attribute_values, '[]') @> value),\n"
                 "    updated_at = EXCLUDED.updated_at\n"
                 "WHERE d.attribute_display_type = 6\n"
                 "  AND NOT coalesce(d.attribute_values, '[]') @> EXCLUDED.attribute_values;\n\n");
    }
    out->failed |= rows.failed;
    ms_buf_free(&rows);
}

static void add_labels(const ms_vertical *v, bool stand_alone, ms_buf *out)
{
    ms_buf rows = {0};
    size_t count = 0;
    for (uint32_t i = 0; i < v->n_labels; i++) {
        const ms_label *l = &v->labels[i];
        if (!stand_alone && !is_label(l->title)) {
            add_comment(out, "left out: label ", l->title,
                        ": Chatwoot takes lower-case letters, digits, _ and -");
            continue;
        }
        ms_buf_z(&rows, count++ ? ",\n    (" : "    (");
        add_text(&rows, l->title);
        ms_buf_z(&rows, ", ");
        add_text(&rows, l->description);
        ms_buf_z(&rows, ", ");
        add_text(&rows, l->colour);
        ms_buf_format(&rows, ", %s)", l->sidebar ? "true" : "false");
    }
    if (count) {
        const char *now = stand_alone ? "now()" : "now() AT TIME ZONE 'utc'";
        ms_buf_format(out,
                      "INSERT INTO public.labels\n    (account_id, title, description, color, "
                      "show_on_sidebar, created_at, updated_at)\n"
                      "SELECT :account, v.*, %s, %s\nFROM (VALUES\n",
                      now, now);
        ms_buf_str(out, ms_buf_view(&rows));
        ms_buf_z(out, "\n) AS v\nON CONFLICT (title, account_id) DO NOTHING;\n\n");
    }
    out->failed |= rows.failed;
    ms_buf_free(&rows);
}

static void add_head(const ms_vertical *v, bool stand_alone, int64_t account, ms_buf *out)
{
    add_comment(
        out, stand_alone ? "Labels of vertical " : "Custom attributes and labels of vertical ",
        v->name, stand_alone ? ", for moonsift's own tables:" : ", for a Chatwoot database:");
    ms_buf_format(out, "--   moonsift schema sql " MS_FMT "%s | psql -v account=1 \"$DSN\"\n",
                  MS_ARG(v->name), stand_alone ? " --layout stand-alone" : "");
    ms_buf_z(out, "-- It may run again. What is there keeps its name, text, type and colour");
    ms_buf_z(out, stand_alone ? ".\n" : "; a list gets the\n-- values that it lacks.\n");
    ms_buf_z(out, "\\set ON_ERROR_STOP on\n");
    if (account)
        ms_buf_format(out, "\\set account %lld\n", (long long)account);
    ms_buf_z(out,
             "\\if :{?account}\n\\else\n"
             "DO $$BEGIN RAISE EXCEPTION 'say which account: psql -v account=1'; END$$;\n"
             "\\endif\n"
             "BEGIN;\n"
             "SELECT count(*) = 1 AS account_is_there FROM public.accounts WHERE id = :account "
             "\\gset\n"
             "\\if :account_is_there\n\\else\n"
             "DO $$BEGIN RAISE EXCEPTION 'there is no such account'; END$$;\n"
             "\\endif\n\n");
}

void ms_schema_sql(const ms_vertical *v, const ms_schema_key *keys, size_t n, bool stand_alone,
                   int64_t account, ms_buf *out)
{
    add_head(v, stand_alone, account, out);
    if (!stand_alone)
        add_definitions(keys, n, out);
    add_labels(v, stand_alone, out);
    ms_buf_z(out, "COMMIT;\n");
}

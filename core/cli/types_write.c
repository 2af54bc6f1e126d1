#include "cli/types_write.h"

#include "base/buf.h"
#include "base/resource.h"

#define LIBRARY "scripts/moonsift/meta/"

static const char luarc[] =
    "{\n"
    "  \"runtime.version\": \"Lua 5.4\",\n"
    "  \"runtime.builtin\": {\n"
    "    \"basic\": \"disable\",\n"
    "    \"coroutine\": \"disable\",\n"
    "    \"debug\": \"disable\",\n"
    "    \"io\": \"disable\",\n"
    "    \"math\": \"disable\",\n"
    "    \"os\": \"disable\",\n"
    "    \"package\": \"disable\",\n"
    "    \"string\": \"disable\",\n"
    "    \"table\": \"disable\",\n"
    "    \"utf8\": \"disable\"\n"
    "  },\n"
    "  \"workspace.library\": [\".moonsift/library\", \".moonsift/types\"],\n"
    "  \"workspace.checkThirdParty\": false\n"
    "}\n";

ms_new_file ms_types_luarc(void)
{
    return (ms_new_file){".luarc.json", ms_str_z(luarc)};
}

ms_str ms_types_prefix(ms_arena *arena, ms_str vertical)
{
    bool digit = vertical.n && vertical.p[0] >= '0' && vertical.p[0] <= '9';
    ms_str prefix = ms_arena_format(arena, "%s" MS_FMT, digit ? "v" : "", MS_ARG(vertical));
    for (size_t i = 0; prefix.p && i < prefix.n; i++)
        if (prefix.p[i] == '-')
            ((char *)prefix.p)[i] = '_';
    return prefix;
}

/* ---- the library ---------------------------------------------------------------------------- */

/* Classes that are made for each attribute, with its own values. */
static const ms_resource *template_of(const char *type)
{
    for (const ms_resource *r = ms_resource_stubs; r->path; r++) {
        size_t n = strlen(LIBRARY);
        if (strncmp(r->path, LIBRARY, n) == 0 && strncmp(r->path + n, type, strlen(type)) == 0 &&
            strcmp(r->path + n + strlen(type), ".lua") == 0)
            return r;
    }
    return NULL;
}

static bool is_template(const ms_resource *r)
{
    return r == template_of("choice") || r == template_of("choices");
}

ms_status ms_types_library(ms_arena *arena, ms_new_file *out, size_t *n, ms_error *err)
{
    *n = 0;
    out[(*n)++] = (ms_new_file){".moonsift/.gitignore", MS_STR("*\n")};
    for (const ms_resource *r = ms_resource_stubs; r->path && *n < MS_STUBS_MOST; r++) {
        if (is_template(r))
            continue;
        ms_str path = ms_arena_format(arena, ".moonsift/library/%s", r->path + strlen(LIBRARY));
        if (!path.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        out[(*n)++] = (ms_new_file){path.p, {r->bytes, r->size}};
    }
    return MS_OK;
}

/* ---- one vertical --------------------------------------------------------------------------- */

static bool has_values(const ms_attribute *a)
{
    return a->type == MS_T_CHOICE || a->type == MS_T_CHOICES;
}

/* A comment is one line, and must not read as an annotation. */
static void add_comment(ms_buf *out, ms_str text)
{
    if (!text.n)
        return;
    ms_buf_z(out, text.p[0] == '@' || text.p[0] == '-' ? "--- · " : "--- ");
    for (size_t i = 0; i < text.n; i++)
        ms_buf_char(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
    ms_buf_char(out, '\n');
}

static void add_field(ms_buf *out, ms_str prefix, const ms_attribute *a)
{
    ms_buf_z(out, "---\n");
    add_comment(out, a->says);
    add_comment(out, a->unit);
    ms_buf_format(out, "---@field " MS_FMT " ", MS_ARG(a->name));
    if (has_values(a))
        ms_buf_format(out, MS_FMT "." MS_FMT "\n", MS_ARG(prefix), MS_ARG(a->name));
    else
        ms_buf_format(out, "moonsift.%s\n", ms_type_name(a->type));
}

/* "low"|"high"; values that cannot be written so make it any text. */
static void add_values(ms_buf *out, ms_str prefix, const ms_attribute *a)
{
    ms_buf_format(out, "\n---@alias " MS_FMT "." MS_FMT ".value ", MS_ARG(prefix), MS_ARG(a->name));
    bool plain = a->n_choices > 0;
    for (uint32_t i = 0; i < a->n_choices; i++)
        for (size_t k = 0; k < a->choices[i].n; k++) {
            unsigned char c = (unsigned char)a->choices[i].p[k];
            plain = plain && c >= ' ' && c != '"' && c != '\\';
        }
    for (uint32_t i = 0; plain && i < a->n_choices; i++)
        ms_buf_format(out, "%s\"" MS_FMT "\"", i ? "|" : "", MS_ARG(a->choices[i]));
    ms_buf_z(out, plain ? "\n\n" : "string\n\n");
}

/* Classes in scripts/moonsift/meta are called like types. That of this one with VERTICAL and NAME
 * filled in. */
static void add_class(ms_buf *out, ms_str prefix, const ms_attribute *a)
{
    const ms_resource *r = template_of(ms_type_name(a->type));
    const char *at = r ? r->bytes : "", *end = at + (r ? r->size : 0);
    while (at < end) {
        if (end - at >= 8 && memcmp(at, "VERTICAL", 8) == 0) {
            ms_buf_str(out, prefix);
            at += 8;
        } else if (end - at >= 4 && memcmp(at, "NAME", 4) == 0) {
            ms_buf_str(out, a->name);
            at += 4;
        } else {
            ms_buf_char(out, *at++);
        }
    }
}

/* One list of the vertical as a class: `a` or `f` in its rules. */
static void add_list(ms_buf *out, ms_str prefix, const char *list, const ms_attribute *first,
                     uint32_t n)
{
    ms_buf_format(out, "\n---@class (exact) " MS_FMT ".%s\n", MS_ARG(prefix), list);
    for (uint32_t i = 0; i < n; i++)
        add_field(out, prefix, &first[i]);
    for (uint32_t i = 0; i < n; i++) {
        if (!has_values(&first[i]))
            continue;
        add_values(out, prefix, &first[i]);
        add_class(out, prefix, &first[i]);
    }
}

ms_status ms_types_vertical(const ms_vertical *v, ms_arena *arena, ms_new_file *out, ms_error *err)
{
    ms_buf text = {0};
    ms_str prefix = ms_types_prefix(arena, v->name);
    ms_str path = ms_arena_format(arena, ".moonsift/types/" MS_FMT ".lua", MS_ARG(v->name));
    ms_buf_format(&text,
                  "---@meta\n-- What " MS_FMT " knows about a contact, made by `moonsift types`, "
                  "which writes this file anew.\n",
                  MS_ARG(v->name));
    add_list(&text, prefix, "attributes", v->attributes, v->n_attributes);
    if (v->n_facts)
        add_list(&text, prefix, "facts", v->attributes + v->n_attributes + v->n_computed,
                 v->n_facts);
    ms_str copy = text.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&text));
    ms_buf_free(&text);
    if (!copy.p || !path.p || !prefix.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    *out = (ms_new_file){path.p, copy};
    return MS_OK;
}

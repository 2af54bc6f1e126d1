/*
 * cli/plugins_print.c: a plugin's surface for people.
 */
#include "cli/plugins_print.h"

#include <moonsift/cap/json.h>
#include <moonsift/cap/loop.h>
#include <moonsift/provide/config.h>
#include <moonsift/provide/crm.h>
#include <moonsift/provide/database.h>
#include <moonsift/provide/functions.h>
#include <moonsift/provide/sources.h>

#include <stdio.h>

enum { WIDTH = 100, INDENT = 6 };

static ms_str text(const ms_value *object, const char *key)
{
    return ms_as_str(ms_get(object, key));
}

/* Summaries run over several lines, broken between words. */
static void paragraph(ms_str s)
{
    size_t column = 0;
    for (size_t i = 0; i < s.n;) {
        size_t n = 0;
        while (i + n < s.n && s.p[i + n] != ' ')
            n++;
        if (column == 0 || column + 1 + n > WIDTH - INDENT) {
            printf("%s%*s", column ? "\n" : "", INDENT, "");
            column = 0;
        } else {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)n, s.p + i);
        column += n;
        for (i += n; i < s.n && s.p[i] == ' ';)
            i++;
    }
    putchar('\n');
}

/* What stands behind an id of the interface. */
static const char *meaning(ms_str id)
{
    static const char *const known[][2] = {
        {MS_CAP_JSON, "reads and writes JSON with the host's reader"},
        {MS_CAP_LOOP, "waits for connections and time on the host's event loop"},
        {MS_TABLE_CONFIG, "keys of moonsift.yaml"},
        {MS_TABLE_CRM, "a layout of contacts, conversations and labels"},
        {MS_TABLE_DATABASE, "SQL for the host and for other plugins"},
        {MS_TABLE_FUNCTIONS, "functions to call: moonsift plugins call"},
        {MS_TABLE_SOURCES, "kinds of senders of webhooks"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (ms_str_eqz(id, known[i][0]))
            return known[i][1];
    return "unknown to this host";
}

static void words(const char *title, const ms_value *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        ms_str id = ms_as_str(&list->as.items[i]);
        printf("%-10s%-22.*s %s\n", i ? "" : title, MS_ARG(id), meaning(id));
    }
}

/* "sources:chatwoot" is the section of every source of that kind, whatever its name. */
static void key_name(ms_str section, ms_str name, const char **of_kind, int *n_kind)
{
    static const char prefix[] = "sources:";
    size_t n = sizeof prefix - 1;
    *of_kind = NULL;
    if (section.n > n && memcmp(section.p, prefix, n) == 0) {
        *of_kind = section.p + n;
        *n_kind = (int)(section.n - n);
        printf("  sources.NAME." MS_FMT, MS_ARG(name));
    } else {
        printf("  " MS_FMT "." MS_FMT, MS_ARG(section), MS_ARG(name));
    }
}

static void functions(ms_str id, const ms_value *list)
{
    if (list->count > 0)
        puts("\nfunctions");
    for (uint32_t i = 0; i < list->count; i++) {
        const ms_value *f = &list->as.items[i];
        const ms_value *parameters = ms_get(f, "parameters");
        printf("  " MS_FMT "." MS_FMT "(", MS_ARG(id), MS_ARG(text(f, "name")));
        for (uint32_t k = 0; k < parameters->count; k++)
            printf("%s" MS_FMT ": " MS_FMT, k ? ", " : "",
                   MS_ARG(text(&parameters->as.items[k], "name")),
                   MS_ARG(text(&parameters->as.items[k], "type")));
        printf(") -> " MS_FMT "%s\n", MS_ARG(text(f, "result")),
               ms_as_bool(ms_get(f, "waits"), false) ? ", answers later" : "");
        paragraph(text(f, "summary"));
        for (uint32_t k = 0; k < parameters->count; k++)
            printf("%*s" MS_FMT ": " MS_FMT "\n", INDENT, "",
                   MS_ARG(text(&parameters->as.items[k], "name")),
                   MS_ARG(text(&parameters->as.items[k], "summary")));
    }
}

static void keys(const ms_value *list)
{
    if (list->count > 0)
        puts("\nconfiguration");
    for (uint32_t i = 0; i < list->count; i++) {
        const ms_value *key = &list->as.items[i];
        ms_str preset = text(key, "default");
        const char *kind = NULL;
        int n_kind = 0;
        key_name(text(key, "section"), text(key, "name"), &kind, &n_kind);
        printf("  (%s%.*s%s" MS_FMT "%s%s" MS_FMT ")\n", kind ? "of kind " : "", n_kind,
               kind ? kind : "", kind ? ", " : "", MS_ARG(text(key, "type")),
               ms_as_bool(ms_get(key, "secret"), false) ? ", secret" : "",
               preset.p ? ", default " : "", MS_ARG(preset));
        paragraph(text(key, "summary"));
    }
}

static void sources(const ms_value *list)
{
    if (list->count > 0)
        puts("\nsources");
    for (uint32_t i = 0; i < list->count; i++) {
        const ms_value *kind = &list->as.items[i];
        printf("  kind: " MS_FMT "  (%s)\n", MS_ARG(text(kind, "kind")),
               ms_as_bool(ms_get(kind, "retries"), false)
                   ? "the sender tries again after a failure"
                   : "the sender tries once: what is not taken in is lost");
        paragraph(text(kind, "summary"));
    }
}

void ms_plugins_print(const ms_value *surface, const char *origin)
{
    ms_str id = text(surface, "id");
    printf(MS_FMT " " MS_FMT "  (%s, plugin interface " MS_FMT ")\n", MS_ARG(id),
           MS_ARG(text(surface, "version")), origin, MS_ARG(text(surface, "abi")));
    paragraph(text(surface, "summary"));
    words("needs", ms_get(surface, "needs"));
    words("provides", ms_get(surface, "tables"));
    functions(id, ms_get(surface, "functions"));
    keys(ms_get(surface, "config"));
    sources(ms_get(surface, "sources"));
    const ms_value *crm = ms_get(surface, "crm");
    if (crm) {
        printf("\nlayout of contacts: " MS_FMT "\n", MS_ARG(text(crm, "layout")));
        paragraph(text(crm, "summary"));
    }
}

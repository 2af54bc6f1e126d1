/*
 * cli/plugins_print.c: a plugin's surface for people.
 */
#include "cli/plugins_print.h"

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

static void words(const char *title, const ms_value *list)
{
    if (list->count == 0)
        return;
    printf("%-10s", title);
    for (uint32_t i = 0; i < list->count; i++)
        printf("%s" MS_FMT, i ? ", " : "", MS_ARG(ms_as_str(&list->as.items[i])));
    putchar('\n');
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
               ms_as_bool(ms_get(f, "waits"), false) ? ", waits" : "");
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
        printf("  " MS_FMT "." MS_FMT "  (" MS_FMT "%s%s" MS_FMT ")\n",
               MS_ARG(text(key, "section")), MS_ARG(text(key, "name")), MS_ARG(text(key, "type")),
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
               ms_as_bool(ms_get(kind, "retries"), false) ? "sends again after a failure"
                                                          : "never sends again");
        paragraph(text(kind, "summary"));
    }
}

void ms_plugins_print(const ms_value *surface, const char *origin)
{
    ms_str id = text(surface, "id");
    printf(MS_FMT " " MS_FMT "  (%s, ABI " MS_FMT ")\n", MS_ARG(id),
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

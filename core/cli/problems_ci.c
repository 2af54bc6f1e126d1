/* Problems for build servers: SARIF 2.1.0 and the workflow commands of GitHub. */
#include "base/json.h"
#include "cli/problems.h"

#include <stdlib.h>
#include <unistd.h>

/* "scripts/shop/vertical.lua": as the checkout names it when the file lies below the working
 * directory, else the whole path. */
static void add_path(const ms_cli_vertical *at, ms_str file, ms_buf *out)
{
    char here[4096];
    const char *dir = at->dir;
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    if (n > 1 && strncmp(dir, here, n) == 0 && (dir[n] == '/' || !dir[n]))
        dir += dir[n] ? n + 1 : n;
    while (dir[0] == '.' && dir[1] == '/')
        dir += 2;
    ms_buf_z(out, dir);
    if (*dir && dir[strlen(dir) - 1] != '/')
        ms_buf_char(out, '/');
    ms_buf_format(out, "%s/" MS_FMT, at->name, MS_ARG(file));
}

/* Percent-encodes what may not stand in a reference as it is. */
static void add_uri(ms_str path, ms_buf *out)
{
    static const char plain[] = "/-._~";
    if (path.n && path.p[0] == '/')
        ms_buf_z(out, "file://");
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (c && strchr(plain, c)))
            ms_buf_char(out, (char)c);
        else
            ms_buf_format(out, "%%%02X", c);
    }
}

/* ---- SARIF ---------------------------------------------------------------------------------- */

enum { MOST_CODES = 256 };

/* The codes that occur, in the order of the table; a result names its rule by place, too. */
typedef struct used {
    const ms_code *items[MOST_CODES];
    size_t n;
} used;

static bool occurs(const ms_cli_found *found, size_t n, const ms_code *code)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < found[i].problems->n; k++)
            if (found[i].problems->items[k].code == code)
                return true;
    return false;
}

static void collect(const ms_cli_found *found, size_t n, used *u)
{
    const ms_code *code = NULL;
    for (size_t i = 0; (code = ms_code_at(i)) && u->n < MOST_CODES; i++)
        if (occurs(found, n, code))
            u->items[u->n++] = code;
}

static const char *level(const ms_code *code)
{
    return ms_code_is_error(code) ? "error" : "warning";
}

static void add_rule(const ms_code *code, ms_buf *out)
{
    ms_buf_format(out, "{\"id\":\"%s\",\"shortDescription\":{\"text\":", code->code);
    ms_json_string(out, ms_str_z(code->title));
    ms_buf_z(out, "},\"fullDescription\":{\"text\":");
    ms_json_string(out, ms_str_z(code->text));
    ms_buf_format(out, "},\"help\":{\"text\":\"moonsift help %s\"}", code->code);
    ms_buf_format(out, ",\"defaultConfiguration\":{\"level\":\"%s\"}}", level(code));
}

static bool add_result(const ms_cli_vertical *at, const ms_problem *p, const used *u, ms_buf *out)
{
    ms_buf path = {0}, uri = {0};
    size_t rule = 0;
    while (rule < u->n && u->items[rule] != p->code)
        rule++;
    add_path(at, p->file, &path);
    add_uri(ms_buf_view(&path), &uri);
    ms_buf_format(out, "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\",", p->code->code,
                  rule, level(p->code));
    ms_buf_z(out, "\"message\":{\"text\":");
    ms_json_string(out, p->text);
    ms_buf_z(out, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
    ms_json_string(out, ms_buf_view(&uri));
    ms_buf_format(out, "},\"region\":{\"startLine\":%u", p->line ? p->line : 1);
    if (p->column)
        ms_buf_format(out, ",\"startColumn\":%u,\"endColumn\":%u", p->column, p->column + p->width);
    ms_buf_z(out, "}}}]}");
    bool ok = !path.failed && !uri.failed;
    ms_buf_free(&path);
    ms_buf_free(&uri);
    return ok;
}

bool ms_cli_problems_sarif(const ms_cli_found *found, size_t n, ms_buf *out)
{
    used u = {.n = 0};
    bool ok = true;
    const char *between = "";
    collect(found, n, &u);
    ms_buf_z(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
                  "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"moonsift\","
                  "\"version\":\"" MOONSIFT_VERSION "\",\"rules\":[");
    for (size_t i = 0; i < u.n; i++) {
        ms_buf_z(out, i ? "," : "");
        add_rule(u.items[i], out);
    }
    ms_buf_z(out, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < found[i].problems->n; k++) {
            ms_buf_z(out, between);
            ok = add_result(found[i].at, &found[i].problems->items[k], &u, out) && ok;
            between = ",";
        }
    ms_buf_z(out, "]}]}\n");
    return ok && !out->failed;
}

/* ---- GitHub --------------------------------------------------------------------------------- */

/* The runner reads commands line by line, and properties between commas and colons. */
static void add_escaped(ms_str s, bool property, ms_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            ms_buf_format(out, "%%%02X", c);
        else
            ms_buf_char(out, (char)c);
    }
}

static bool add_command(const ms_cli_vertical *at, const ms_problem *p, ms_buf *out)
{
    ms_buf path = {0};
    add_path(at, p->file, &path);
    ms_buf_format(out, "::%s file=", level(p->code));
    add_escaped(ms_buf_view(&path), true, out);
    ms_buf_format(out, ",line=%u", p->line ? p->line : 1);
    if (p->column)
        ms_buf_format(out, ",col=%u,endColumn=%u", p->column, p->column + p->width);
    ms_buf_format(out, ",title=%s ", p->code->code);
    add_escaped(ms_str_z(p->code->title), true, out);
    ms_buf_z(out, "::");
    add_escaped(p->text, false, out);
    ms_buf_char(out, '\n');
    bool ok = !path.failed;
    ms_buf_free(&path);
    return ok;
}

bool ms_cli_problems_github(const ms_cli_found *found, size_t n, ms_buf *out)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < found[i].problems->n; k++)
            ok = add_command(found[i].at, &found[i].problems->items[k], out) && ok;
    return ok && !out->failed;
}

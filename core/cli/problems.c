/* Problems of a vertical: as lines for people, tab-separated, as JSON. */
#include "cli/problems.h"

#include "base/json.h"

#include <unistd.h>

enum { MOST_SHOWN = 160 }; /* bytes of a source line on a terminal */

void ms_cli_problems_locate(const ms_cli_vertical *at, ms_problems *problems)
{
    for (size_t i = 0; i < at->n_files; i++)
        ms_problems_locate(problems, at->files[i].name, at->files[i].text);
    ms_problems_sort(problems);
}

static const char *severity(const ms_problem *p)
{
    return ms_code_is_error(p->code) ? "error" : "warning";
}

/* ---- for people ----------------------------------------------------------------------------- */

static uint32_t leading_tabs(ms_str line)
{
    uint32_t n = 0;
    while (n < line.n && line.p[n] == '\t')
        n++;
    return n;
}

/* The line itself, and below it what is meant. Only where it fits: a line that the terminal wraps
 * would have its mark anywhere. */
static void print_source(FILE *to, const ms_cli *cli, const ms_cli_vertical *at,
                         const ms_problem *p)
{
    char file[64];
    snprintf(file, sizeof file, MS_FMT, MS_ARG(p->file));
    ms_str line = ms_text_line(ms_cli_vertical_file(at, file), p->line);
    if (!line.p || !line.n || line.n > MOST_SHOWN || !p->column)
        return;
    const char *on = cli->no_color ? "" : "\033[36m", *off = cli->no_color ? "" : "\033[0m";
    uint32_t tabs = leading_tabs(line);
    fprintf(to, "%6u | ", p->line);
    ms_cli_show(to, line);
    fputs("\n       | ", to);
    for (uint32_t i = 1; i < p->column; i++)
        fputc(i <= tabs ? '\t' : ' ', to);
    fputs(on, to);
    for (uint32_t i = 0; i < p->width; i++)
        fputc('^', to);
    fprintf(to, "%s\n", off);
}

static void print_place(FILE *to, const ms_problem *p, const char *before)
{
    fprintf(to, "%s%s" MS_FMT ":%u", before ? before : "", before ? "/" : "", MS_ARG(p->file),
            p->line);
    if (p->column)
        fprintf(to, ":%u", p->column);
}

static void print_plain(FILE *to, const ms_cli_vertical *at, const ms_problem *p)
{
    fprintf(to, "%s/" MS_FMT "\t%u\t%u\t%s\t%s\t", at->name, MS_ARG(p->file), p->line, p->column,
            severity(p), p->code->code);
    ms_cli_show(to, p->text);
    fputc('\n', to);
}

static void print_all(FILE *to, const ms_cli *cli, const ms_cli_vertical *at, bool several,
                      const ms_problems *problems)
{
    bool excerpt = isatty(fileno(to)) && !cli->quiet;
    for (size_t i = 0; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        bool error = ms_code_is_error(p->code);
        const char *colour = cli->no_color ? "" : error ? "\033[31m" : "\033[33m";
        if (cli->plain) {
            print_plain(to, at, p);
            continue;
        }
        print_place(to, p, several ? at->name : NULL);
        fprintf(to, " %s%s%s %s ", colour, error ? "error" : "warn ",
                cli->no_color ? "" : "\033[0m", p->code->code);
        ms_cli_show(to, p->text);
        fputc('\n', to);
        if (excerpt)
            print_source(to, cli, at, p);
    }
}

void ms_cli_problems(const ms_cli *cli, const ms_cli_vertical *at, bool several,
                     const ms_problems *problems)
{
    print_all(stdout, cli, at, several, problems);
}

ms_status ms_cli_script(ms_cli *cli, const ms_cli_vertical *at, ms_script **out, ms_error *err)
{
    ms_problems problems = {.arena = cli->arena};
    ms_status status =
        ms_script_check(ms_str_z(at->name), at->files, at->n_files, NULL, &problems, out, err);
    if (status || *out)
        return status;
    ms_cli_problems_locate(at, &problems);
    if (problems.failed)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_cli there = *cli;
    there.no_color |= !isatty(STDERR_FILENO);
    print_all(stderr, &there, at, false, &problems);
    size_t n = ms_problems_errors(&problems);
    ms_fail(err, MS_CHECK, "vertical %s has %zu error%s", at->name, n, n == 1 ? "" : "s");
    return ms_hint(err, "moonsift check %s; moonsift help CODE", at->name);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

void ms_cli_problems_json(const char *vertical, const ms_problems *problems, ms_buf *out)
{
    for (size_t i = 0; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        ms_buf_z(out, i ? ",{\"vertical\":" : "{\"vertical\":");
        ms_json_string(out, ms_str_z(vertical));
        ms_buf_z(out, ",\"file\":");
        ms_json_string(out, p->file);
        ms_buf_format(out, ",\"line\":%u,\"column\":%u,\"width\":%u,\"severity\":\"%s\",", p->line,
                      p->column, p->width, severity(p));
        ms_buf_format(out, "\"code\":\"%s\",\"text\":", p->code->code);
        ms_json_string(out, p->text);
        ms_buf_char(out, '}');
    }
}

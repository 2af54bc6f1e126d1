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
static void print_source(const ms_cli *cli, const ms_cli_vertical *at, const ms_problem *p)
{
    char file[64];
    snprintf(file, sizeof file, MS_FMT, MS_ARG(p->file));
    ms_str line = ms_text_line(ms_cli_vertical_file(at, file), p->line);
    if (!line.p || !line.n || line.n > MOST_SHOWN || !p->column)
        return;
    const char *on = cli->no_color ? "" : "\033[36m", *off = cli->no_color ? "" : "\033[0m";
    uint32_t tabs = leading_tabs(line);
    printf("%6u | ", p->line);
    ms_cli_show(stdout, line);
    fputs("\n       | ", stdout);
    for (uint32_t i = 1; i < p->column; i++)
        putchar(i <= tabs ? '\t' : ' ');
    fputs(on, stdout);
    for (uint32_t i = 0; i < p->width; i++)
        putchar('^');
    printf("%s\n", off);
}

static void print_place(const ms_problem *p, const char *before)
{
    printf("%s%s" MS_FMT ":%u", before ? before : "", before ? "/" : "", MS_ARG(p->file), p->line);
    if (p->column)
        printf(":%u", p->column);
}

static void print_plain(const ms_cli_vertical *at, const ms_problem *p)
{
    printf("%s/" MS_FMT "\t%u\t%u\t%s\t%s\t", at->name, MS_ARG(p->file), p->line, p->column,
           severity(p), p->code->code);
    ms_cli_show(stdout, p->text);
    putchar('\n');
}

void ms_cli_problems(const ms_cli *cli, const ms_cli_vertical *at, bool several,
                     const ms_problems *problems)
{
    bool excerpt = isatty(STDOUT_FILENO) && !cli->quiet;
    for (size_t i = 0; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        bool error = ms_code_is_error(p->code);
        const char *colour = cli->no_color ? "" : error ? "\033[31m" : "\033[33m";
        if (cli->plain) {
            print_plain(at, p);
            continue;
        }
        print_place(p, several ? at->name : NULL);
        printf(" %s%s%s %s ", colour, error ? "error" : "warn ", cli->no_color ? "" : "\033[0m",
               p->code->code);
        ms_cli_show(stdout, p->text);
        putchar('\n');
        if (excerpt)
            print_source(cli, at, p);
    }
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

/* Problems of a vertical, as lines and as JSON. */
#include "base/json.h"
#include "cli/verticals.h"

void ms_cli_problems(const ms_cli *cli, const char *vertical, const ms_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        bool error = ms_code_is_error(p->code);
        const char *colour = cli->no_color ? "" : error ? "\033[31m" : "\033[33m";
        printf("%s%s" MS_FMT ":%u %s%s%s %s " MS_FMT "\n", vertical ? vertical : "",
               vertical ? "/" : "", MS_ARG(p->file), p->line, colour, error ? "error" : "warn ",
               cli->no_color ? "" : "\033[0m", p->code->code, MS_ARG(p->text));
    }
}

void ms_cli_problems_json(const char *vertical, const ms_problems *problems, ms_buf *out)
{
    for (size_t i = 0; i < problems->n; i++) {
        const ms_problem *p = &problems->items[i];
        ms_buf_z(out, i ? ",{\"vertical\":" : "{\"vertical\":");
        ms_json_string(out, ms_str_z(vertical));
        ms_buf_z(out, ",\"file\":");
        ms_json_string(out, p->file);
        ms_buf_format(out, ",\"line\":%u,\"severity\":\"%s\",\"code\":\"%s\",\"text\":", p->line,
                      ms_code_is_error(p->code) ? "error" : "warning", p->code->code);
        ms_json_string(out, p->text);
        ms_buf_char(out, '}');
    }
}

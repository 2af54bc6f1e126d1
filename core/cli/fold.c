#include "cli/fold.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROWEST = 40 };

/* Columns of the terminal; 0: nothing is folded. */
static size_t columns_of(const ms_cli *cli)
{
    struct winsize size = {0};
    const char *told = getenv("COLUMNS");
    long n = told ? strtol(told, NULL, 10) : 0;
    if (cli->plain || !isatty(STDOUT_FILENO))
        return 0;
    if (n <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        n = size.ws_col;
    return n >= NARROWEST ? (size_t)n : 0;
}

/* How much of a line fits, ended before a blank; all of it when it does, or when it has no blank.
 * A character is a column: bytes that go on with one are not counted. */
static size_t fitting(ms_str line, size_t columns)
{
    size_t at = 0, used = 0, blank = 0;
    bool text = false; /* blanks that the line begins with are no place to break */
    for (; at < line.n; at++) {
        if (((unsigned char)line.p[at] & 0xc0) == 0x80)
            continue;
        if (used == columns)
            break;
        used++;
        text |= line.p[at] != ' ';
        if (text && line.p[at] == ' ')
            blank = at;
    }
    if (at == line.n)
        return line.n;
    if (line.p[at] == ' ')
        return at;
    if (blank)
        return blank;
    while (at < line.n && line.p[at] != ' ') /* one long word stays whole */
        at++;
    return at;
}

static void put(ms_str line)
{
    while (line.n && line.p[line.n - 1] == ' ')
        line.n--;
    ms_cli_show(stdout, line);
    putchar('\n');
}

static void fold_line(ms_str line, size_t columns, unsigned indent)
{
    for (size_t room = columns;; room = columns - indent) {
        size_t n = fitting(line, room);
        put((ms_str){line.p, n});
        while (n < line.n && line.p[n] == ' ')
            n++;
        line = (ms_str){line.p + n, line.n - n};
        if (!line.n)
            return;
        printf("%*s", (int)indent, "");
    }
}

void ms_cli_fold(const ms_cli *cli, ms_str text, unsigned indent)
{
    size_t columns = columns_of(cli);
    if (!columns || columns <= indent) {
        ms_cli_show(stdout, text);
        return;
    }
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        fold_line((ms_str){text.p, n}, columns, indent);
        n += end != NULL;
        text = (ms_str){text.p + n, text.n - n};
    }
}

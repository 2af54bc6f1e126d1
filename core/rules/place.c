/*
 * Where on its line a problem stands. Messages name what they are about: a text in quotes, else a
 * name; the last of them is the one that is wrong ("rule "R" has no field "lable""), and what
 * follows a semicolon is advice.
 */
#include "rules/problems.h"

#include "base/text.h"

typedef struct span {
    size_t at, n; /* bytes of the line; n == 0: none */
} span;

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

ms_str ms_text_line(ms_str text, uint32_t line)
{
    const char *p = text.p, *end = text.p ? text.p + text.n : NULL;
    for (uint32_t i = 1; p && i < line; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p || !line || (p == end && line > 1))
        return MS_NONE;
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    size_t n = (size_t)((stop ? stop : end) - p);
    return (ms_str){p, n && p[n - 1] == '\r' ? n - 1 : n};
}

/* ---- a word on the line --------------------------------------------------------------------- */

static bool stands_alone(ms_str line, size_t at, ms_str word)
{
    size_t end = at + word.n;
    if (is_word(word.p[0]) && at > 0 && is_word(line.p[at - 1]))
        return false;
    return !(is_word(word.p[word.n - 1]) && end < line.n && is_word(line.p[end]));
}

static span find_word(ms_str line, ms_str word, size_t from)
{
    for (size_t at = from; word.n && at + word.n <= line.n; at++)
        if (memcmp(line.p + at, word.p, word.n) == 0 && stands_alone(line, at, word))
            return (span){at, word.n};
    return (span){0, 0};
}

/* "hihg" with its quotes when it has some. */
static span find_quoted(ms_str line, ms_str word, size_t from)
{
    span s = find_word(line, word, from);
    if (!s.n || s.at == 0 || s.at + s.n >= line.n)
        return s;
    char before = line.p[s.at - 1], behind = line.p[s.at + s.n];
    return (before == '"' || before == '\'') && before == behind ? (span){s.at - 1, s.n + 2} : s;
}

/* Outside of the texts on the line: messages are made of words, too. */
static span find_name(ms_str line, ms_str word, size_t from)
{
    char quote = 0;
    for (size_t at = 0; at < line.n; at++) {
        char c = line.p[at];
        if (quote && c == '\\')
            at++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (at >= from && at + word.n <= line.n && memcmp(line.p + at, word.p, word.n) == 0 &&
                 stands_alone(line, at, word))
            return (span){at, word.n};
    }
    return (span){0, 0};
}

/* ---- what a message is about ---------------------------------------------------------------- */

/* Without the advice: behind a semicolon outside of quotes; of a warning also behind a colon, where
 * it tells what it found. */
static ms_str subject(const ms_problem *p)
{
    bool quoted = false;
    for (size_t i = 0; i < p->text.n; i++) {
        char c = p->text.p[i];
        quoted ^= c == '"';
        if (!quoted && (c == ';' || (c == ':' && !ms_code_is_error(p->code))))
            return (ms_str){p->text.p, i};
    }
    return p->text;
}

/* The last text between two of `quote` that is on the line, at `from` or behind. */
static span last_quoted(ms_str line, ms_str text, char quote, size_t from)
{
    span found = {0, 0};
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != quote || (quote == '\'' && i > 0 && is_word(text.p[i - 1])))
            continue;
        const char *begin = text.p + i + 1;
        const char *end = memchr(begin, quote, text.n - i - 1);
        if (!end)
            break;
        span s = find_quoted(line, (ms_str){begin, (size_t)(end - begin)}, from);
        found = s.n ? s : found;
        i = (size_t)(end - text.p);
    }
    return found;
}

/* A single letter is a name only at the beginning: "n is an integer", but not "a rule". */
static span first_name(ms_str line, ms_str text, size_t from)
{
    span found = {0, 0};
    for (size_t i = 0; i < text.n && !found.n;) {
        size_t n = 0;
        while (i + n < text.n && is_word(text.p[i + n]))
            n++;
        if (n > 1 || (n == 1 && i == 0))
            found = find_name(line, (ms_str){text.p + i, n}, from);
        i += n ? n : 1;
    }
    return found;
}

/* What a problem is about, at `from` or behind; n == 0: it is not there. */
static span locate(const ms_problem *p, ms_str line, size_t from)
{
    ms_str text = subject(p);
    span s = last_quoted(line, text, '"', from);
    if (!s.n)
        s = last_quoted(line, text, '\'', from);
    if (!s.n && ms_code_is_error(p->code))
        s = first_name(line, text, from);
    return s;
}

static span first_word(ms_str line)
{
    span s = {0, 0};
    while (s.at < line.n && (line.p[s.at] == ' ' || line.p[s.at] == '\t'))
        s.at++;
    while (s.at + s.n < line.n && is_word(line.p[s.at + s.n]))
        s.n++;
    return s;
}

static uint32_t characters(const char *p, size_t n)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; count++) {
        size_t size = ms_utf8_length(p + i, n - i);
        i += size ? size : 1;
    }
    return count;
}

static bool same_line(const ms_problem *a, const ms_problem *b)
{
    return a->line == b->line && a->code == b->code && ms_str_eq(a->file, b->file);
}

/* Behind the same words said before of this line. */
static size_t behind_equals(const ms_problems *list, size_t i, ms_str line, span *found)
{
    const ms_problem *p = &list->items[i];
    size_t from = 0, times = 0;
    *found = locate(p, line, 0);
    for (size_t k = 0; k < i; k++)
        if (same_line(&list->items[k], p) && ms_str_eq(list->items[k].text, p->text)) {
            from = found->at + found->n;
            *found = locate(p, line, from);
            times++;
        }
    return times;
}

/* False: it was said already, and the line has no other place for it: a loop came by again. */
static bool place(const ms_problems *list, size_t i, ms_str source)
{
    ms_problem *p = &list->items[i];
    ms_str line = ms_text_line(source, p->line);
    span s = {0, 0};
    size_t before = behind_equals(list, i, line.p ? line : MS_STR(""), &s);
    if (!s.n && before && ms_code_is_error(p->code))
        return false;
    if (!s.n && line.p)
        s = first_word(line);
    p->column = 1 + (line.p ? characters(line.p, s.at) : 0);
    p->width = s.n ? characters(line.p + s.at, s.n) : 1;
    return true;
}

void ms_problems_locate(ms_problems *list, ms_str file, ms_str source)
{
    size_t kept = 0, n = list->n;
    for (size_t i = 0; i < n; i++) {
        list->items[kept] = list->items[i];
        const ms_problem *p = &list->items[kept];
        kept += p->column || !ms_str_eq(p->file, file) || place(list, kept, source);
    }
    list->n = kept;
}

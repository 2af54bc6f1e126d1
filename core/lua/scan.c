#include "lua/scan.h"

#include "base/text.h"

#include <ctype.h>

typedef enum token {
    T_END,
    T_NAME,   /* names and keywords */
    T_STRING, /* quoted or long */
    T_NUMBER,
    T_LABEL, /* :: */
    T_OTHER  /* one character in `c`; ".." and "..." are one T_OTHER with c = 'o' */
} token;

/* What an open bracket belongs to. */
typedef struct level {
    char open;
    bool call; /* a call's arguments: what follows them starts a new chain */
    uint32_t links;
} level;

typedef struct scan {
    ms_str name, source;
    size_t at;
    uint32_t line;
    size_t line_at;              /* where that line begins */
    size_t token, token_line_at; /* the last token and where its line begins */
    uint32_t token_line;
    size_t odd; /* 1 + where a text that does not end seems to: a curly quote; 0 */
    char c;
    ms_str word; /* of a short string without escapes */
    uint32_t links, labels;
    level levels[MS_SCAN_MAX_DEPTH];
    uint32_t depth;
    ms_arena *arena;
    ms_words *words;
    ms_slips slips;
    ms_error *err;
} scan;

static ms_status bad(const scan *s, const char *what, int limit)
{
    return ms_fail(s->err, MS_INVALID, MS_FMT ":%u: more than %d %s", MS_ARG(s->name), s->line,
                   limit, what);
}

static int peek(const scan *s, size_t ahead)
{
    return s->at + ahead < s->source.n ? (unsigned char)s->source.p[s->at + ahead] : -1;
}

static void step(scan *s)
{
    if (s->source.p[s->at++] != '\n')
        return;
    s->line++;
    s->line_at = s->at;
}

static uint32_t column_of(const scan *s, size_t from, size_t at)
{
    uint32_t column = 1;
    for (size_t i = from; i < at; column++) {
        size_t n = ms_utf8_length(s->source.p + i, at - i);
        i += n ? n : 1;
    }
    return column;
}

/* At a character that cannot stand outside of quotes. */
static ms_status odd_character(scan *s, size_t from, size_t at)
{
    char what[256];
    size_t n = ms_utf8_length(s->source.p + at, s->source.n - at);
    ms_scan_character(s->source.p + at, n ? n : 1, what, sizeof what);
    s->words->not_lua = true;
    return ms_fail(s->err, MS_INVALID, MS_FMT ":%u:%u: %s", MS_ARG(s->name), s->token_line,
                   column_of(s, from, at), what);
}

/* At "[": the number of "=" if a long bracket starts here, else -1. */
static int long_level(const scan *s)
{
    size_t i = 1;
    while (peek(s, i) == '=')
        i++;
    return peek(s, i) == '[' ? (int)i - 1 : -1;
}

static void skip_long(scan *s, int equals)
{
    s->at += (size_t)equals + 2;
    while (s->at < s->source.n) {
        if (peek(s, 0) == ']') {
            size_t i = 1;
            while (peek(s, i) == '=')
                i++;
            if ((int)i - 1 == equals && peek(s, i) == ']') {
                s->at += i + 1;
                return;
            }
        }
        step(s);
    }
}

static void skip_comment(scan *s)
{
    s->at += 2;
    int equals = peek(s, 0) == '[' ? long_level(s) : -1;
    if (equals >= 0)
        skip_long(s, equals);
    else
        while (s->at < s->source.n && peek(s, 0) != '\n')
            s->at++;
}

static void skip_string(scan *s)
{
    char quote = s->source.p[s->at++];
    size_t from = s->at;
    bool escaped = false;
    while (s->at < s->source.n && peek(s, 0) != quote && peek(s, 0) != '\n') {
        if (peek(s, 0) == '\\') {
            escaped = true;
            step(s);
            if (s->at >= s->source.n)
                return;
        }
        step(s);
    }
    if (!escaped)
        s->word = (ms_str){s->source.p + from, s->at - from};
    if (peek(s, 0) != quote) /* a line ends inside: the first curly quote was meant to */
        for (size_t i = from; i < s->at && !s->odd; i++)
            if (ms_scan_is_quote(s->source.p + i, s->at - i))
                s->odd = i + 1;
    if (s->at < s->source.n)
        step(s);
}

static void skip_number(scan *s)
{
    while (isalnum(peek(s, 0)) || peek(s, 0) == '.' ||
           ((peek(s, 0) == '+' || peek(s, 0) == '-') && strchr("eEpP", s->source.p[s->at - 1])))
        s->at++;
}

static token read_symbol(scan *s)
{
    s->c = s->source.p[s->at];
    if (s->c == ':' && peek(s, 1) == ':') {
        s->at += 2;
        return T_LABEL;
    }
    s->at++;
    if (s->c == '.' && peek(s, 0) == '.') {
        s->c = 'o';
        while (peek(s, 0) == '.')
            s->at++;
    }
    return T_OTHER;
}

static token next_token(scan *s)
{
    for (;;) {
        int c = peek(s, 0);
        if (c < 0)
            return T_END;
        if (isspace(c))
            step(s);
        else if (c == '-' && peek(s, 1) == '-')
            skip_comment(s);
        else
            break;
    }
    int c = peek(s, 0);
    s->word = MS_NONE;
    s->token = s->at;
    s->token_line = s->line;
    s->token_line_at = s->line_at;
    if (isalpha(c) || c == '_') {
        while (isalnum(peek(s, 0)) || peek(s, 0) == '_')
            s->at++;
        return T_NAME;
    }
    if (c == '"' || c == '\'') {
        skip_string(s);
        return T_STRING;
    }
    if (c == '[' && long_level(s) >= 0) {
        skip_long(s, long_level(s));
        return T_STRING;
    }
    if (isdigit(c) || (c == '.' && isdigit(peek(s, 1)))) {
        s->at++;
        skip_number(s);
        return T_NUMBER;
    }
    return read_symbol(s);
}

static ms_status keep_word(scan *s)
{
    ms_words *w = s->words;
    if (!s->word.p)
        return MS_OK;
    if (w->n == w->capacity) {
        size_t capacity = w->capacity ? w->capacity * 2 : 256;
        ms_word *items = ms_alloc_zero(s->arena, capacity, sizeof *items);
        if (!items)
            return ms_fail(s->err, MS_NOMEM, "out of memory");
        if (w->n)
            memcpy(items, w->items, w->n * sizeof *items);
        w->items = items;
        w->capacity = capacity;
    }
    w->items[w->n++] = (ms_word){s->word, s->line};
    return MS_OK;
}

static ms_status open_bracket(scan *s, bool after_value)
{
    if (s->depth == MS_SCAN_MAX_DEPTH)
        return bad(s, "brackets inside each other", MS_SCAN_MAX_DEPTH);
    s->levels[s->depth++] = (level){s->c, s->c != '[' && after_value, s->links};
    s->links = 0;
    return MS_OK;
}

/* (a.b).c goes on with the chain inside; t[x].y with the one before; f(x).y starts anew. */
static void close_bracket(scan *s)
{
    level l = s->depth ? s->levels[--s->depth] : (level){0};
    if (l.open == '[')
        s->links = l.links + 1;
    else if (l.open != '(' || l.call)
        s->links = 0;
}

static ms_status see_symbol(scan *s, bool after_value)
{
    if ((unsigned char)s->c >= 0x80)
        return odd_character(s, s->token_line_at, s->token);
    switch (s->c) {
    case '(':
    case '{':
    case '[': return open_bracket(s, after_value);
    case ')':
    case '}':
    case ']': close_bracket(s); break;
    case '.': s->links++; break;
    default: s->links = 0;
    }
    return s->links > MS_SCAN_MAX_LINKS ? bad(s, "fields in one chain", MS_SCAN_MAX_LINKS) : MS_OK;
}

static uint32_t token_column(const scan *s)
{
    uint32_t column = 1;
    for (size_t i = s->token_line_at; i < s->token; i++)
        column += ((unsigned char)s->source.p[i] & 0xc0) != 0x80;
    return column;
}

static ms_status look_for_slips(scan *s, token t)
{
    ms_token k = {.kind = t == T_NAME     ? MS_TOKEN_NAME
                          : t == T_STRING ? MS_TOKEN_STRING
                                          : MS_TOKEN_OTHER,
                  .line = s->token_line,
                  .column = token_column(s)};
    if (t == T_NAME)
        k.text = (ms_str){s->source.p + s->token, s->at - s->token};
    else if (t == T_STRING)
        k.text = s->word;
    else if (t == T_OTHER)
        k.c = s->c == '=' && peek(s, 0) == '=' ? 'q' : s->c;
    return ms_slips_see(&s->slips, &k) ? MS_OK : ms_fail(s->err, MS_NOMEM, "out of memory");
}

ms_status ms_scan(ms_arena *arena, ms_str name, ms_str source, ms_words *words, ms_error *err)
{
    scan *s = ms_alloc_zero(arena, 1, sizeof *s);
    if (!s)
        return ms_fail(err, MS_NOMEM, "out of memory");
    *s = (scan){
        .name = name, .source = source, .line = 1, .arena = arena, .words = words, .err = err};
    s->slips.arena = arena;
    s->slips.words = words;
    bool after_value = false, after_dot = false;
    ms_status status = MS_OK;
    for (token t; !status && (t = next_token(s)) != T_END;) {
        if (t == T_OTHER)
            status = see_symbol(s, after_value);
        else if (t == T_LABEL && ++s->labels > 2 * MS_SCAN_MAX_LABELS)
            status = bad(s, "labels", MS_SCAN_MAX_LABELS);
        else if (!after_dot)
            s->links = 0;
        if (t == T_STRING && s->odd && !status)
            status = odd_character(s, s->token_line_at, s->odd - 1);
        if (t == T_STRING && !status)
            status = keep_word(s);
        if (!status)
            status = look_for_slips(s, t);
        after_dot = t == T_OTHER && s->c == '.';
        after_value = t == T_NAME || t == T_STRING || (t == T_OTHER && strchr(")]}", s->c));
    }
    return status;
}

uint32_t ms_word_line(const ms_words *words, ms_str text, uint32_t line)
{
    for (size_t i = 0; i < words->n; i++)
        if (words->items[i].line >= line && ms_str_eq(words->items[i].text, text))
            return words->items[i].line;
    return 0;
}

/* ---- items of a table ----------------------------------------------------------------------- */

static bool is_symbol(const scan *s, token t, char c)
{
    return t == T_OTHER && s->c == c;
}

static ms_str token_text(const scan *s)
{
    return (ms_str){s->source.p + s->token, s->at - s->token};
}

static bool reached(const scan *s, uint32_t line, uint32_t column)
{
    return s->token_line > line ||
           (s->token_line == line && column_of(s, s->token_line_at, s->token) >= column);
}

/* Behind the "{" that is looked for. */
static bool find_table(scan *s, uint32_t line, uint32_t column, ms_str word)
{
    bool found = false; /* the word stands right before, but for one parenthesis */
    for (token t; (t = next_token(s)) != T_END;) {
        bool here = s->token_line >= line && reached(s, line, column);
        if (is_symbol(s, t, '{') && here && (found || !word.n))
            return true;
        found = here && ((t == T_NAME && ms_str_eq(token_text(s), word)) ||
                         (found && is_symbol(s, t, '(')));
    }
    return false;
}

static int nesting(const scan *s, token t)
{
    ms_str text = token_text(s);
    if (t == T_NAME) /* what a function in a table holds is not the table's */
        return ms_str_eqz(text, "function") || ms_str_eqz(text, "if") || ms_str_eqz(text, "do")
                   ? 1
                   : -ms_str_eqz(text, "end");
    if (t != T_OTHER || !strchr("([{)]}", s->c))
        return 0;
    return strchr("([{", s->c) ? 1 : -1;
}

static ms_item item_here(const scan *s)
{
    const char *end = memchr(s->source.p + s->token, '\n', s->at - s->token);
    size_t stop = end ? (size_t)(end - s->source.p) : s->at;
    return (ms_item){.line = s->token_line,
                     .column = column_of(s, s->token_line_at, s->token),
                     .width = column_of(s, s->token, stop) - 1};
}

size_t ms_scan_items(ms_str source, uint32_t line, uint32_t column, ms_str word, ms_item *out,
                     size_t max)
{
    scan s = {.source = source, .line = 1};
    size_t n = 0;
    bool begins = true;    /* the next token is the first of an item */
    ms_str name = MS_NONE; /* the only token of the item so far */
    if (!find_table(&s, line, column, word))
        return 0;
    int depth = 1;
    for (token t; depth > 0 && (t = next_token(&s)) != T_END;) {
        bool ends = depth == 1 && (is_symbol(&s, t, ',') || is_symbol(&s, t, ';'));
        if (begins && !is_symbol(&s, t, '}') && n == max)
            return n;
        if (begins && !ends && !is_symbol(&s, t, '}'))
            out[n++] = item_here(&s);
        if (name.p && is_symbol(&s, t, '=') && peek(&s, 0) != '=')
            out[n - 1].key = name;
        name = begins && t == T_NAME ? token_text(&s) : MS_NONE;
        begins = ends;
        depth += nesting(&s, t);
    }
    return n;
}

uint32_t ms_scan_assignment(ms_str source, uint32_t line, ms_str name)
{
    scan s = {.source = source, .line = 1};
    uint32_t found = 0, begun = 0; /* line of the name that begins the last line with one */
    uint32_t before = 0;
    for (token t; (t = next_token(&s)) != T_END && s.token_line <= line;) {
        if (begun && is_symbol(&s, t, '=') && peek(&s, 0) != '=')
            found = begun;
        bool first = s.token_line != before;
        before = s.token_line;
        begun = first && t == T_NAME && ms_str_eq(token_text(&s), name) ? s.token_line : 0;
    }
    return found;
}

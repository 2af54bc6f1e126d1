/*
 * Patterns for PostgreSQL. PCRE2's language is larger than regular languages and searches by trial,
 * up to a limit; PostgreSQL's regular expressions do neither. So only those patterns are carried
 * over that mean the same in both, and for which no text exhausts PCRE2's limits: literals,
 * classes, groups, alternatives, and repeats with bounds. Everything else is refused.
 */
#include "rules/sql_inside.h"

enum {
    MOST_REPEATS = 255, /* PostgreSQL's */
    MOST_PARTS = 500,   /* of the pattern written out: PCRE2 may go that deep */
    MOST_STEPS = 30000, /* a fraction of PCRE2's limit */
    MOST_GROUPS = 20,   /* inside each other */
};

/* How much there is to try at most: each part is entered once for each way through those before. */
typedef struct effort {
    double parts, steps, ways;
} effort;

typedef struct reader {
    const char *p, *end;
    ms_buf *out;
    double longest; /* bytes of a text; for repeats without an end */
    int depth;
} reader;

static const char in_class[] = "\\[]^-", outside[] = "\\.[](){}*+?|^$";

static bool read_alternatives(reader *r, effort *e);

static bool at(const reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Printable ASCII that is neither letter nor digit: an escaped one means itself in both. */
static bool is_mark(char c)
{
    return c > ' ' && c < 0x7f && !is_letter(c);
}

/* `special` are the characters that would mean something there. */
static void put_literal(reader *r, char c, const char *special)
{
    if (strchr(special, c))
        ms_buf_char(r->out, '\\');
    ms_buf_char(r->out, c);
}

/* ---- classes -------------------------------------------------------------------------------- */

/* One character of a class, or \d as a whole: *c is 0 then. */
static bool read_class_char(reader *r, char *c)
{
    *c = *r->p++;
    if (*c == '\\') {
        if (r->p == r->end)
            return false;
        *c = *r->p++;
        if (*c == 'd') {
            ms_buf_z(r->out, "0-9");
            *c = '\0';
            return true;
        }
        return is_mark(*c);
    }
    return (is_letter(*c) || is_mark(*c) || *c == ' ') && *c != '[' && *c != '^' && *c != '-';
}

/* Behind "a-": the end of the range, of the same kind as its beginning. */
static bool read_range_end(reader *r, char from)
{
    char to = r->p < r->end ? *r->p++ : '\0';
    bool digits = from >= '0' && from <= '9' && to <= '9';
    bool lower = from >= 'a' && from <= 'z' && to <= 'z';
    bool upper = from >= 'A' && from <= 'Z' && to <= 'Z';
    ms_buf_char(r->out, '-');
    ms_buf_char(r->out, to);
    return to >= from && (digits || lower || upper);
}

/* A character beyond ASCII: two to four bytes, known to be UTF-8. */
static void copy_wide(reader *r)
{
    do {
        ms_buf_char(r->out, *r->p++);
    } while (r->p < r->end && ((unsigned char)*r->p & 0xc0) == 0x80);
}

/* "-]": it means itself. */
static bool is_last_dash(const reader *r)
{
    return r->end - r->p > 1 && r->p[0] == '-' && r->p[1] == ']';
}

static bool read_class(reader *r)
{
    ms_buf_char(r->out, '[');
    r->p++;
    if (at(r, '^')) {
        ms_buf_char(r->out, '^');
        r->p++;
    }
    for (bool first = true; r->p < r->end; first = false) {
        char c = *r->p;
        if (c == ']' && !first) {
            r->p++;
            ms_buf_char(r->out, ']');
            return true;
        }
        if (!first && is_last_dash(r)) {
            ms_buf_z(r->out, "\\-");
            r->p++;
            continue;
        }
        if ((unsigned char)c >= 0x80) {
            copy_wide(r);
            if (at(r, '-') && !is_last_dash(r))
                return false;
            continue;
        }
        if (c == ']' || !read_class_char(r, &c))
            return false;
        if (c)
            put_literal(r, c, in_class);
        if (!at(r, '-') || is_last_dash(r))
            continue;
        r->p++;
        if (!is_letter(c) || !read_range_end(r, c))
            return false;
    }
    return false;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static bool read_group(reader *r, effort *e)
{
    r->p++;
    if (at(r, '?')) {
        if (r->end - r->p < 2 || r->p[1] != ':')
            return false;
        r->p += 2;
    }
    ms_buf_z(r->out, "(?:");
    if (++r->depth > MOST_GROUPS || !read_alternatives(r, e) || !at(r, ')'))
        return false;
    r->depth--;
    r->p++;
    ms_buf_char(r->out, ')');
    return true;
}

static bool read_escape(reader *r)
{
    char c = ++r->p < r->end ? *r->p++ : '\0';
    if (c == 'd')
        ms_buf_z(r->out, "[0-9]");
    else if (is_mark(c))
        put_literal(r, c, outside);
    else
        return false;
    return true;
}

/* *single: one character, whatever it is. */
static bool read_atom(reader *r, effort *e, bool *single)
{
    *e = (effort){1, 1, 1};
    *single = *r->p != '(';
    switch (*r->p) {
    case '(': return read_group(r, e);
    case '[': return read_class(r);
    case '\\': return read_escape(r);
    case '.':
        ms_buf_z(r->out, "[^\n]");
        r->p++;
        return true;
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
    case ']':
    case '^':
    case '$': return false;
    default: break;
    }
    if ((unsigned char)*r->p >= 0x80) {
        copy_wide(r);
        return true;
    }
    bool ok = is_letter(*r->p) || is_mark(*r->p) || *r->p == ' ';
    put_literal(r, *r->p++, outside);
    return ok;
}

static bool read_count(reader *r, int *n)
{
    const char *from = r->p;
    for (*n = 0; r->p < r->end && *r->p >= '0' && *r->p <= '9' && *n <= MOST_REPEATS; r->p++)
        *n = *n * 10 + (*r->p - '0');
    return r->p > from && *n <= MOST_REPEATS;
}

/* "{2}", "{2,}" or "{2,4}"; *most below 0: no end. */
static bool read_braces(reader *r, int *least, int *most)
{
    r->p++;
    if (!read_count(r, least))
        return false;
    *most = *least;
    if (at(r, ',')) {
        r->p++;
        *most = -1;
        if (!at(r, '}') && (!read_count(r, most) || *most < *least))
            return false;
    }
    if (!at(r, '}'))
        return false;
    r->p++;
    return true;
}

static effort repeated(effort e, int least, int most)
{
    effort all = {.parts = e.parts * most, .ways = least == 0};
    double each = 1; /* ways through so many repeats */
    for (int n = 1; n <= most; n++) {
        all.steps += each * e.steps;
        each *= e.ways;
        all.ways += n >= least ? each : 0;
    }
    return all;
}

/* Repeats of what is worth `e`; lazy and possessive ones are refused. */
static bool read_repeats(reader *r, effort *e, bool single)
{
    int least = 1, most = 1;
    const char *from = r->p;
    char c = r->p < r->end ? *r->p : '\0';
    if (c != '?' && c != '*' && c != '+' && c != '{')
        return true;
    if (c == '{') {
        if (!read_braces(r, &least, &most))
            return false;
    } else {
        r->p++;
        least = c == '+';
        most = c == '?' ? 1 : -1;
    }
    if (at(r, '?') || at(r, '+') || at(r, '*') || at(r, '{') || (most < 0 && !single))
        return false;
    ms_buf_add(r->out, from, (size_t)(r->p - from));
    *e = most < 0 ? (effort){least + 1, r->longest, r->longest} : repeated(*e, least, most);
    return e->steps <= MOST_STEPS;
}

static bool read_sequence(reader *r, effort *e)
{
    *e = (effort){0, 1, 1};
    while (r->p < r->end && *r->p != '|' && *r->p != ')') {
        effort part;
        bool single;
        if (!read_atom(r, &part, &single) || !read_repeats(r, &part, single))
            return false;
        e->parts += part.parts;
        e->steps += e->ways * part.steps;
        e->ways *= part.ways;
        if (e->parts > MOST_PARTS || e->steps > MOST_STEPS)
            return false;
    }
    return true;
}

static bool read_alternatives(reader *r, effort *e)
{
    *e = (effort){0};
    for (;;) {
        effort one;
        if (!read_sequence(r, &one))
            return false;
        e->parts += one.parts;
        e->steps += one.steps;
        e->ways += one.ways;
        if (!at(r, '|'))
            return e->parts <= MOST_PARTS && e->steps <= MOST_STEPS;
        ms_buf_char(r->out, *r->p++);
    }
}

bool ms_sql_pattern(ms_sql *s, const ms_attribute *a, ms_str pattern)
{
    ms_buf out = {0};
    effort e = {0};
    reader r = {.p = pattern.p, .end = pattern.p + pattern.n, .out = &out};
    r.longest = a->type == MS_T_TEXT && a->max > 0 ? (double)a->max : 1e9;
    if (at(&r, '^'))
        r.p++;
    if (r.end > r.p && r.end[-1] == '$' && (r.end - r.p < 2 || r.end[-2] != '\\'))
        r.end--; /* the whole text has to match as it is */
    ms_buf_z(&out, "^(?:");
    bool ok = read_alternatives(&r, &e) && r.p == r.end;
    ms_buf_z(&out, ")$");
    s->out->failed |= out.failed;
    ok = ok ? ms_sql_text(s, ms_buf_view(&out))
            : ms_sql_refuse(s,
                            "the pattern of " MS_FMT " is one that PostgreSQL does not have "
                            "(it has literals, classes, groups, alternatives, bounded repeats)",
                            MS_ARG(a->name));
    ms_buf_free(&out);
    return ok;
}

/* What a vertical knows about a contact, as a table. */
#include "cli/schema.h"

#include "base/text.h"

enum { NAME, TYPE, UNIT, VALUES, MARKS, SAYS, FILES, COLUMNS };
enum { WIDEST = 44, LINE = 100 };

typedef struct row {
    ms_buf cell[COLUMNS]; /* FILES: what the attribute is called in people's files */
} row;

static void add_list(ms_buf *out, const ms_str *texts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        ms_buf_format(out, "%s" MS_FMT, i ? ", " : "", MS_ARG(texts[i]));
}

static void add_mark(ms_buf *out, bool is, const char *mark)
{
    if (is)
        ms_buf_format(out, "%s%s", out->n ? ", " : "", mark);
}

static void fill(row *r, const ms_schema_key *key)
{
    const ms_attribute *a = &key->a;
    ms_buf_str(&r->cell[NAME], a->name);
    ms_buf_z(&r->cell[TYPE], ms_type_name(a->type));
    ms_buf_str(&r->cell[UNIT], a->unit);
    ms_schema_bounds(a, &r->cell[VALUES]);
    add_list(&r->cell[VALUES], a->choices, a->n_choices);
    add_mark(&r->cell[MARKS], a->personal, "personal");
    add_mark(&r->cell[MARKS], a->deprecated.n > 0, "deprecated");
    add_mark(&r->cell[MARKS], key->written, "written");
    ms_buf_str(&r->cell[SAYS], a->says);
    if (a->otherwise.n)
        ms_buf_format(&r->cell[SAYS], "%sotherwise " MS_FMT, a->says.n ? "; " : "",
                      MS_ARG(a->otherwise));
    add_list(&r->cell[FILES], a->columns, a->n_columns);
}

/* Characters, not bytes. */
static size_t width(const ms_buf *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->n; i++)
        n += ((unsigned char)cell->p[i] & 0xc0) != 0x80;
    return n;
}

static void add_blanks(ms_buf *out, size_t n)
{
    while (n--)
        ms_buf_char(out, ' ');
}

static void add_plain(const row *r, ms_buf *out)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        ms_buf_z(out, c ? "\t" : "");
        ms_buf_str(out, ms_buf_view(&r->cell[c]));
    }
    ms_buf_char(out, '\n');
}

/* Values that are too wide stand on a line of their own below. */
static void add_row(const row *r, const size_t *widths, ms_buf *out)
{
    size_t last = SAYS, at_values = 0;
    bool below = width(&r->cell[VALUES]) > widths[VALUES];
    while (last > NAME && (!r->cell[last].n || (last == VALUES && below)))
        last--;
    for (size_t c = NAME; c <= last; c++) {
        size_t used = c == VALUES && below ? 0 : width(&r->cell[c]);
        if (used)
            ms_buf_str(out, ms_buf_view(&r->cell[c]));
        if (c < last && widths[c])
            add_blanks(out, 2 + (widths[c] > used ? widths[c] - used : 0));
    }
    ms_buf_char(out, '\n');
    for (size_t c = NAME; c < VALUES; c++)
        at_values += widths[c] ? widths[c] + 2 : 0;
    if (below) {
        add_blanks(out, at_values);
        ms_buf_str(out, ms_buf_view(&r->cell[VALUES]));
        ms_buf_char(out, '\n');
    }
}

static void add_rows(const row *rows, size_t n, size_t *widths, ms_buf *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < COLUMNS; c++) {
            size_t w = width(&rows[i].cell[c]);
            widths[c] = w > widths[c] && w <= WIDEST ? w : widths[c];
        }
    for (size_t i = 0; i < n; i++)
        add_row(&rows[i], widths, out);
}

/* A list in lines of at most LINE characters, behind `indent` of them. */
static void add_wrapped(const ms_buf *list, size_t indent, ms_buf *out)
{
    size_t column = indent;
    for (size_t i = 0; i < list->n;) {
        ms_str rest = {list->p + i, list->n - i};
        const char *comma = memchr(rest.p, ',', rest.n);
        ms_buf item = {.p = (char *)rest.p, .n = comma ? (size_t)(comma - rest.p) + 1 : rest.n};
        if (column > indent && column + width(&item) > LINE) {
            ms_buf_char(out, '\n');
            add_blanks(out, column = indent);
        }
        ms_str text = column > indent ? ms_buf_view(&item) : ms_trim(ms_buf_view(&item));
        ms_buf_str(out, text);
        column += width(&item);
        i += item.n;
    }
    ms_buf_char(out, '\n');
}

static void add_files(const row *rows, size_t n, size_t name_width, ms_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].cell[FILES].n)
            continue;
        ms_buf_z(out, any ? "" : "\nalso called, in people's files\n");
        any = true;
        ms_buf_str(out, ms_buf_view(&rows[i].cell[NAME]));
        size_t used = width(&rows[i].cell[NAME]);
        add_blanks(out, 2 + (name_width > used ? name_width - used : 0));
        add_wrapped(&rows[i].cell[FILES], name_width + 2, out);
    }
}

void ms_schema_show(const ms_vertical *v, const ms_schema_key *keys, size_t n, bool plain,
                    ms_buf *out)
{
    enum { MOST = MS_MAX_ATTRIBUTES * 2 + 2 };
    row rows[MOST];
    size_t widths[COLUMNS] = {0};
    memset(rows, 0, sizeof rows);
    n = n < MOST ? n : MOST;
    for (size_t i = 0; i < n; i++)
        fill(&rows[i], &keys[i]);
    if (!plain) {
        ms_buf_format(out, MS_FMT " · " MS_FMT "\n", MS_ARG(v->name), MS_ARG(v->title));
        add_rows(rows, n, widths, out);
        add_files(rows, n, widths[NAME], out);
    }
    for (size_t i = 0; i < n; i++) {
        if (plain)
            add_plain(&rows[i], out);
        for (size_t c = 0; c < COLUMNS; c++) {
            out->failed |= rows[i].cell[c].failed;
            ms_buf_free(&rows[i].cell[c]);
        }
    }
}

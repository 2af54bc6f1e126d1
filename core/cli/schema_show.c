/* What a vertical knows about a contact, as a table. */
#include "cli/schema.h"

#include "base/text.h"

enum { COLUMNS = 6, WIDEST = 44 };

typedef struct row {
    ms_buf cell[COLUMNS]; /* name, type, unit, values or bounds, marks, says */
} row;

static void add_list(ms_buf *out, const char *before, const ms_str *texts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        ms_buf_format(out, "%s" MS_FMT, i ? ", " : before, MS_ARG(texts[i]));
}

static void add_mark(ms_buf *out, bool is, const char *mark)
{
    if (is)
        ms_buf_format(out, "%s%s", out->n ? ", " : "", mark);
}

static void fill(row *r, const ms_schema_key *key)
{
    const ms_attribute *a = &key->a;
    ms_buf_str(&r->cell[0], a->name);
    ms_buf_z(&r->cell[1], ms_schema_type(a->type));
    ms_buf_str(&r->cell[2], a->unit);
    ms_schema_bounds(a, &r->cell[3]);
    add_list(&r->cell[3], "", a->choices, a->n_choices);
    add_mark(&r->cell[4], a->personal, "personal");
    add_mark(&r->cell[4], a->deprecated.n > 0, "deprecated");
    add_mark(&r->cell[4], key->written, "written");
    ms_buf_str(&r->cell[5], a->says);
    if (a->otherwise.n)
        ms_buf_format(&r->cell[5], "%sotherwise " MS_FMT, a->says.n ? "; " : "",
                      MS_ARG(a->otherwise));
    add_list(&r->cell[5], r->cell[5].n ? "; in files: " : "in files: ", a->columns, a->n_columns);
}

/* Characters, not bytes. */
static size_t width(const ms_buf *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->n; i++)
        n += ((unsigned char)cell->p[i] & 0xc0) != 0x80;
    return n;
}

static void add_row(const row *r, const size_t *widths, bool plain, ms_buf *out)
{
    size_t last = COLUMNS;
    while (!plain && last > 1 && !r->cell[last - 1].n)
        last--;
    for (size_t c = 0; c < last; c++) {
        if (!plain && !widths[c])
            continue;
        ms_buf_str(out, ms_buf_view(&r->cell[c]));
        if (c + 1 == last)
            break;
        size_t gap = width(&r->cell[c]) < widths[c] ? widths[c] - width(&r->cell[c]) : 0;
        if (plain)
            ms_buf_char(out, '\t');
        else
            for (size_t i = 0; i < gap + 2; i++)
                ms_buf_char(out, ' ');
    }
    ms_buf_char(out, '\n');
}

static void add_rows(const row *rows, size_t n, bool plain, ms_buf *out)
{
    size_t widths[COLUMNS] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < COLUMNS; c++) {
            size_t w = width(&rows[i].cell[c]);
            widths[c] = w > widths[c] && w <= WIDEST ? w : widths[c];
            out->failed |= rows[i].cell[c].failed;
        }
    for (size_t i = 0; i < n; i++)
        add_row(&rows[i], widths, plain, out);
}

void ms_schema_show(const ms_vertical *v, const ms_schema_key *keys, size_t n, bool plain,
                    ms_buf *out)
{
    enum { MOST = MS_MAX_ATTRIBUTES * 2 + 2 };
    row rows[MOST];
    memset(rows, 0, sizeof rows);
    n = n < MOST ? n : MOST;
    for (size_t i = 0; i < n; i++)
        fill(&rows[i], &keys[i]);
    if (!plain)
        ms_buf_format(out, MS_FMT " · " MS_FMT "\n", MS_ARG(v->name), MS_ARG(v->title));
    add_rows(rows, n, plain, out);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < COLUMNS; c++)
            ms_buf_free(&rows[i].cell[c]);
}

/* json_write.c: values as JSON text. */
#include "base/json.h"
#include "base/text.h"

/* Whether a byte may stand in a string as it is: no control, quote, backslash, or UTF-8 beyond
 * ASCII, which has to be checked. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x80;
}

/* Length of the plain run at `p`, eight bytes at a time. */
static size_t plain_run(const char *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t v;
        memcpy(&v, p + i, 8);
        uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
        uint64_t special = (v - ones * 0x20) | (quote - ones) | (slash - ones) | v;
        if (special & tops)
            break;
    }
    while (i < n && is_plain((unsigned char)p[i]))
        i++;
    return i;
}

static void add_escape(ms_buf *buf, unsigned char c)
{
    static const char names[] = "\"\\bfnrt", bytes[] = "\"\\\b\f\n\r\t";
    const char *known = c ? strchr(bytes, c) : NULL;
    if (known) {
        ms_buf_char(buf, '\\');
        ms_buf_char(buf, names[known - bytes]);
    } else {
        const char *hex = "0123456789abcdef";
        char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        ms_buf_add(buf, text, sizeof text);
    }
}

void ms_json_string(ms_buf *buf, ms_str s)
{
    size_t i = 0;
    ms_buf_reserve(buf, s.n + 2);
    ms_buf_char(buf, '"');
    while (i < s.n) {
        size_t run = plain_run(s.p + i, s.n - i);
        ms_buf_add(buf, s.p + i, run);
        i += run;
        if (i == s.n)
            break;
        if ((unsigned char)s.p[i] < 0x80) {
            add_escape(buf, (unsigned char)s.p[i++]);
            continue;
        }
        size_t n = ms_utf8_length(s.p + i, s.n - i);
        ms_buf_str(buf, n ? (ms_str){s.p + i, n} : MS_STR("\xEF\xBF\xBD"));
        i += n ? n : 1;
    }
    ms_buf_char(buf, '"');
}

void ms_json_string_or_null(ms_buf *buf, ms_str s)
{
    if (s.p)
        ms_json_string(buf, s);
    else
        ms_buf_z(buf, "null");
}

/* ---- values --------------------------------------------------------------------------------- */

/* `indent` < 0: compact. */
static void write_value(ms_buf *buf, const ms_value *v, int indent);

static void new_line(ms_buf *buf, int indent)
{
    if (indent < 0)
        return;
    ms_buf_char(buf, '\n');
    for (int i = 0; i < indent; i++)
        ms_buf_add(buf, "  ", 2);
}

static int deeper(int indent)
{
    return indent < 0 ? indent : indent + 1;
}

static void write_key(ms_buf *buf, ms_str key, bool *first, int indent)
{
    if (!*first)
        ms_buf_char(buf, ',');
    *first = false;
    new_line(buf, indent);
    ms_json_string(buf, key);
    ms_buf_add(buf, ": ", indent < 0 ? 1 : 2);
}

static void write_array(ms_buf *buf, const ms_value *v, int indent)
{
    ms_buf_char(buf, '[');
    for (uint32_t i = 0; i < v->count; i++) {
        if (i)
            ms_buf_char(buf, ',');
        new_line(buf, deeper(indent));
        write_value(buf, &v->as.items[i], deeper(indent));
    }
    if (v->count)
        new_line(buf, indent);
    ms_buf_char(buf, ']');
}

static void write_object(ms_buf *buf, const ms_value *v, int indent)
{
    bool first = true;
    ms_buf_char(buf, '{');
    for (uint32_t i = 0; i < v->count; i++) {
        const ms_member *m = &v->as.members[i];
        if (m->value.kind == MS_ABSENT)
            continue;
        write_key(buf, m->key, &first, deeper(indent));
        write_value(buf, &m->value, deeper(indent));
    }
    if (!first)
        new_line(buf, indent);
    ms_buf_char(buf, '}');
}

static void write_row(ms_buf *buf, const ms_rows *rows, uint32_t row, int indent)
{
    bool first = true;
    ms_buf_char(buf, '{');
    for (uint32_t c = 0; c < rows->n_columns; c++) {
        ms_value cell = ms_string_or_null(ms_cell(rows, row, c));
        write_key(buf, rows->columns[c], &first, deeper(indent));
        write_value(buf, &cell, deeper(indent));
    }
    if (!first)
        new_line(buf, indent);
    ms_buf_char(buf, '}');
}

/* A result set is a list of objects. */
static void write_rows(ms_buf *buf, const ms_rows *rows, int indent)
{
    uint32_t n = rows ? rows->n_rows : 0;
    ms_buf_char(buf, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            ms_buf_char(buf, ',');
        new_line(buf, deeper(indent));
        write_row(buf, rows, i, deeper(indent));
    }
    if (n)
        new_line(buf, indent);
    ms_buf_char(buf, ']');
}

static void write_value(ms_buf *buf, const ms_value *v, int indent)
{
    switch (v->kind) {
    case MS_ABSENT:
    case MS_NULL: ms_buf_add(buf, "null", 4); break;
    case MS_BOOL: ms_buf_z(buf, v->as.boolean ? "true" : "false"); break;
    case MS_INT:
        if (v->text.p)
            ms_buf_str(buf, v->text);
        else
            ms_buf_int(buf, v->as.integer);
        break;
    case MS_DOUBLE:
        if (v->text.p)
            ms_buf_str(buf, v->text);
        else
            ms_buf_double(buf, v->as.number);
        break;
    case MS_STRING: ms_json_string(buf, ms_as_str(v)); break;
    case MS_ARRAY: write_array(buf, v, indent); break;
    case MS_OBJECT: write_object(buf, v, indent); break;
    case MS_ROWS: write_rows(buf, v->as.rows, indent); break;
    }
}

void ms_json_write(ms_buf *buf, const ms_value *value)
{
    write_value(buf, value, -1);
}

void ms_json_write_pretty(ms_buf *buf, const ms_value *value)
{
    write_value(buf, value, 0);
}

/* One contact of the cases with what becomes of it, and how texts stand in Markdown. */
#include "cli/schema.h"

#include "base/clock.h"
#include "base/json.h"
#include "rules/judge.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

void ms_markdown_cell(ms_buf *out, ms_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool inside =
            c == '_' && i && is_word(text.p[i - 1]) && i + 1 < text.n && is_word(text.p[i + 1]);
        if (c && strchr("|*_`<[\\", c) && !inside)
            ms_buf_char(out, '\\');
        ms_buf_char(out, (unsigned char)c < ' ' ? ' ' : c);
    }
}

void ms_markdown_code(ms_buf *out, ms_str text)
{
    bool plain = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && text.p[i] != '`' && text.p[i] != '|' && (unsigned char)text.p[i] >= ' ';
    if (!plain) {
        ms_markdown_cell(out, text);
        return;
    }
    ms_buf_char(out, '`');
    ms_buf_str(out, text);
    ms_buf_char(out, '`');
}

/* ---- an example ----------------------------------------------------------------------------- */

static void add_decision(const ms_vertical *v, const ms_decision *d, ms_buf *out)
{
    int32_t counted[MS_MAX_RULES];
    ms_buf_format(out, "scores %.1f", (double)d->points / 10);
    if (d->status.n) {
        ms_buf_z(out, ", gets the status ");
        ms_markdown_code(out, d->status);
    }
    const char *between = " and the labels ";
    for (uint32_t i = 0; i < v->n_labels; i++) {
        if (!(d->labels >> i & 1))
            continue;
        ms_buf_z(out, between);
        ms_markdown_code(out, v->labels[i].title);
        between = ", ";
    }
    ms_buf_z(out, ":\n\n");
    ms_decision_counted(d, counted);
    for (uint32_t i = 0; i < v->n_rules; i++) {
        if (!ms_bit(&d->fired, i))
            continue;
        ms_buf_z(out, "- ");
        ms_markdown_cell(out, v->rules[i].id);
        if (!v->rules[i].outcome)
            ms_buf_format(out, " %+d", counted[i]);
        ms_buf_z(out, ": ");
        ms_markdown_cell(out, v->rules[i].because);
        ms_buf_char(out, '\n');
    }
}

/* One of the two documents of a case, with the memory that its fields borrow from. */
typedef struct document {
    ms_json_reader *reader;
    ms_buf text;
    ms_fields fields;
} document;

static ms_status read_document(document *doc, const ms_value *object, ms_error *err)
{
    doc->reader = ms_json_reader_new();
    ms_json_write(&doc->text, object);
    return !doc->reader || doc->text.failed
               ? ms_fail(err, MS_NOMEM, "out of memory")
               : ms_json_read(doc->reader, ms_buf_view(&doc->text), NULL, &doc->fields, NULL, err);
}

static void free_document(document *doc)
{
    ms_fields_free(&doc->fields);
    ms_buf_free(&doc->text);
    ms_json_reader_free(doc->reader);
}

static ms_status judge(const ms_vertical *v, const ms_case *c, ms_buf *out, ms_error *err)
{
    document contact = {0}, facts = {0};
    ms_decision d;
    ms_judge *j = ms_judge_new();
    ms_status status =
        j ? read_document(&contact, c->contact, err) : ms_fail(err, MS_NOMEM, "out of memory");
    if (!status && c->facts)
        status = read_document(&facts, c->facts, err);
    if (!status)
        status = ms_judge_contact(j, v, &contact.fields, &facts.fields, c->today, true, &d, err);
    if (!status)
        add_decision(v, &d, out);
    free_document(&contact);
    free_document(&facts);
    ms_judge_free(j);
    return status;
}

ms_status ms_schema_example(const ms_vertical *v, const ms_case *c, ms_buf *out, ms_error *err)
{
    int64_t year;
    int month, day;
    ms_civil(c->today, &year, &month, &day);
    ms_buf_format(out, "## An example\n\nOn %lld-%02d-%02d a contact with\n\n```json\n",
                  (long long)year, month, day);
    ms_json_write_pretty(out, c->contact);
    ms_buf_z(out, "\n```\n\n");
    if (c->facts) {
        ms_buf_z(out, "and these facts\n\n```json\n");
        ms_json_write_pretty(out, c->facts);
        ms_buf_z(out, "\n```\n\n");
    }
    return judge(v, c, out, err);
}

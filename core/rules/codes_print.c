/* The codes in words: for a terminal, for docs/codes.md, for editors. */
#include "base/json.h"
#include "rules/problems.h"

enum { WIDTH = 80 };

static const struct {
    const char *prefix, *title;
} groups[] = {
    {"E1", "E1xx: names and types"},
    {"E2", "E2xx: loading and the sandbox"},
    {"E3", "E3xx: labels"},
    {"E4", "E4xx: cases"},
    {"W2", "W2xx: probably not meant"},
    {"W3", "W3xx: style"},
};

/* ---- text ----------------------------------------------------------------------------------- */

static void add_wrapped(const char *text, ms_buf *out)
{
    size_t column = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        bool fits = column && column + 1 + n <= WIDTH;
        if (column)
            ms_buf_char(out, fits ? ' ' : '\n');
        column = fits ? column + 1 + n : n;
        ms_buf_add(out, text, n);
        text += n + (text[n] == ' ');
    }
    ms_buf_char(out, '\n');
}

/* Each line behind `indent`; a condition behind what it is the value of. */
static void add_snippet(const char *text, ms_code_frame frame, const char *indent, ms_buf *out)
{
    if (!text) {
        ms_buf_format(out, "%s(no such file)\n", indent);
        return;
    }
    ms_buf_format(out, "%s%s", indent, frame == MS_FRAME_CONDITION ? "when = " : "");
    for (; *text; text++) {
        ms_buf_char(out, *text);
        if (*text == '\n' && text[1])
            ms_buf_z(out, indent);
    }
    if (text[-1] != '\n')
        ms_buf_char(out, '\n');
}

/* "wrong", or with the file when the example is one. */
static void add_title(const char *word, ms_code_frame frame, ms_buf *out)
{
    bool whole = frame == MS_FRAME_FILE || frame == MS_FRAME_CASES;
    const char *where = whole                         ? ms_frame_name(frame)
                        : frame == MS_FRAME_ATTRIBUTE ? "in attributes { ... }"
                        : frame == MS_FRAME_LABEL     ? "in labels { ... }"
                                                      : NULL;
    ms_buf_format(out, "\n%s%s%s:\n", word, where ? ", " : "", where ? where : "");
}

bool ms_code_explain(const ms_code *code, ms_buf *out)
{
    const ms_code_example *e = ms_code_example_of(code);
    ms_buf_format(out, "%s (%s): %s\n\n", code->code, ms_code_is_error(code) ? "error" : "warning",
                  code->title);
    add_wrapped(code->text, out);
    if (e) {
        add_title("Wrong", e->frame, out);
        add_snippet(e->wrong, e->frame, "    ", out);
        add_title("Right", e->frame, out);
        add_snippet(e->right, e->frame, "    ", out);
    }
    return !out->failed;
}

/* ---- Markdown ------------------------------------------------------------------------------- */

static const char introduction[] =
    "# Codes of `moonsift check`\n\n"
    "E is an error: the vertical is not loaded. W is a warning: it is. `moonsift help E101` prints "
    "one of\nthem, `moonsift help codes --json` all of them for programs.\n\n"
    "The examples belong to this vertical: a condition is that of one more rule, what begins with "
    "a brace\nis in `attributes` or is all of `labels`, other declarations stand between the rule "
    "and "
    "the labels.\n\n```lua\n" MS_EXAMPLE_HEAD MS_EXAMPLE_RULE "labels {\n"
    "  { \"vip\", colour = \"#10b981\", says = \"Important\" },\n}\n```\n";

static void add_entry(const ms_code *code, ms_buf *out)
{
    const ms_code_example *e = ms_code_example_of(code);
    ms_buf_format(out, "\n### %s %s\n\n%s\n", code->code, code->title, code->text);
    if (!e)
        return;
    const char *comment = e->frame == MS_FRAME_CASES ? "#" : "--";
    ms_buf_format(out, "\n```%s\n%s wrong\n", e->frame == MS_FRAME_CASES ? "yaml" : "lua", comment);
    add_snippet(e->wrong, e->frame, "", out);
    ms_buf_format(out, "%s right\n", comment);
    add_snippet(e->right, e->frame, "", out);
    ms_buf_z(out, "```\n");
}

bool ms_codes_markdown(ms_buf *out)
{
    const ms_code *code = NULL;
    ms_buf_z(out, introduction);
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        ms_buf_format(out, "\n## %s\n", groups[g].title);
        for (size_t i = 0; (code = ms_code_at(i)); i++)
            if (strncmp(code->code, groups[g].prefix, 2) == 0)
                add_entry(code, out);
    }
    return !out->failed;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void add_text(const char *key, const char *text, ms_buf *out)
{
    ms_buf_format(out, ",\"%s\":", key);
    ms_json_string_or_null(out, text ? ms_str_z(text) : MS_NONE);
}

bool ms_codes_json(ms_buf *out)
{
    const ms_code *code = NULL;
    ms_buf_z(out, "{\"schema\":\"moonsift.codes/1\",\"head\":");
    ms_json_string(out, MS_STR(MS_EXAMPLE_HEAD));
    add_text("rule", MS_EXAMPLE_RULE, out);
    ms_buf_z(out, ",\"codes\":[");
    for (size_t i = 0; (code = ms_code_at(i)); i++) {
        const ms_code_example *e = ms_code_example_of(code);
        ms_buf_format(out, "%s{\"code\":\"%s\",\"severity\":\"%s\"", i ? "," : "", code->code,
                      ms_code_is_error(code) ? "error" : "warning");
        add_text("title", code->title, out);
        add_text("text", code->text, out);
        add_text("place", e ? ms_frame_name(e->frame) : NULL, out);
        add_text("wrong", e ? e->wrong : NULL, out);
        add_text("right", e ? e->right : NULL, out);
        ms_buf_char(out, '}');
    }
    ms_buf_z(out, "]}\n");
    return !out->failed;
}

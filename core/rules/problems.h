/*
 * rules/problems.h: what can be wrong with a vertical, each kind with a stable code.
 *
 * One table holds all codes with what they mean and the way out; `moonsift help CODE` prints an
 * entry and docs/codes.md all of them. The first letter says how grave it is: E an error, the
 * vertical is not loaded; W a warning, it is.
 */
#ifndef MS_RULES_PROBLEMS_H
#define MS_RULES_PROBLEMS_H

#include "base/buf.h"
#include "rules/vertical.h"

typedef struct ms_code {
    const char *code;  /* "E101" */
    const char *title; /* a few words */
    const char *text;  /* what it means and what to do: one or two sentences */
} ms_code;

/* Where an example's text stands in the small vertical that docs/codes.md shows. */
typedef enum ms_code_frame {
    MS_FRAME_CONDITION,   /* when = ... of a rule */
    MS_FRAME_DECLARATION, /* among the rules */
    MS_FRAME_ATTRIBUTE,   /* in attributes { ... } */
    MS_FRAME_LABEL,       /* all of labels { ... } */
    MS_FRAME_FILE,        /* the whole vertical.lua */
    MS_FRAME_CASES,       /* the whole cases.yaml */
} ms_code_frame;
const char *ms_frame_name(ms_code_frame frame);

#define MS_EXAMPLE_HEAD                                                                            \
    "vertical { name = \"example\", title = \"Example\" }\n"                                       \
    "local a = attributes {\n"                                                                     \
    "  { \"budget_min\", integer { max = 1000000 }, says = \"Lowest budget\" },\n"                 \
    "  { \"budget_max\", integer { max = 1000000 }, says = \"Highest budget\" },\n"                \
    "  { \"urgency\", choice { \"low\", \"medium\", \"high\" }, says = \"How soon\" },\n"          \
    "  { \"last_contact\", date, says = \"Day of the last message\" },\n"                          \
    "  { \"orders\", integer { max = 1000 }, says = \"Orders so far\" },\n"                        \
    "  { \"spent\", money, says = \"Spent so far\" },\n"                                           \
    "  { \"note\", text, says = \"What we noted\" },\n"                                            \
    "  { \"vip\", boolean, says = \"Known to the management\" },\n"                                \
    "}\n"
#define MS_EXAMPLE_RULE                                                                            \
    "rule { id = \"R0\", name = \"vip\", points = 5, when = a.vip:is_true(),\n"                    \
    "  because = \"Known to the management\", label = \"vip\" }\n"

typedef struct ms_code_example {
    const char *code;
    ms_code_frame frame;
    const char *wrong; /* gives the code; NULL: there is no such file */
    const char *right; /* gives no problem at all */
} ms_code_example;
const ms_code_example *ms_code_example_of(const ms_code *code); /* NULL: none */

const ms_code *ms_code_at(size_t i);           /* in order; NULL behind the last */
const ms_code *ms_code_find(const char *code); /* either case of the letter; NULL: no such code */
/* Cause, way out and example of one code as plain text. False: no memory. */
bool ms_code_explain(const ms_code *code, ms_buf *out);
/* All of them as Markdown, a heading a group and a code; as one JSON document. */
bool ms_codes_markdown(ms_buf *out);
bool ms_codes_json(ms_buf *out);

static inline bool ms_code_is_error(const ms_code *code)
{
    return code->code[0] == 'E';
}

typedef struct ms_problem {
    const ms_code *code;
    ms_str file; /* "vertical.lua" */
    uint32_t line;
    uint32_t column, width; /* in characters, the first column is 1; 0: not located */
    ms_str text;            /* without place and code */
} ms_problem;

/* A growing list. Texts are copied into `arena`, which the caller sets and which must outlive it.
 * `failed`: there was no memory for one. */
typedef struct ms_problems {
    ms_arena *arena;
    ms_problem *items;
    size_t n, capacity;
    bool failed;
} ms_problems;

/* A code that is not in the table counts as E209. */
void ms_problem_add(ms_problems *list, const char *code, ms_str file, uint32_t line, ms_str text);
__attribute__((format(printf, 5, 6))) void ms_problem_say(ms_problems *list, const char *code,
                                                          ms_str file, uint32_t line,
                                                          const char *format, ...);
/*
 * Finds the columns of the problems of one file in its source. Lua and YAML know lines only, so
 * the name or value that the message is about is looked for on its line; the line's first
 * word stands in when it is not there. The same error of the same line stands for the next place
 * of that name or value, and is taken out of the list when there is none: a loop came by again.
 */
void ms_problems_locate(ms_problems *list, ms_str file, ms_str source);
/* A line of a text, from 1, without its end; p == NULL: there is none. */
ms_str ms_text_line(ms_str text, uint32_t line);

size_t ms_problems_errors(const ms_problems *list); /* how many are errors */
void ms_problems_sort(ms_problems *list);           /* by file, line, column; else as they came */

/*
 * Looks at a sealed vertical for what is probably not meant: rules that count twice or leave a gap,
 * rules that can never be yes, status values that no contact reaches, labels that nothing sets.
 * Adds warnings (W2xx, W3xx) only. What it says of a rule is always so; it does not find everything
 * (functions are not looked into, and large conditions are given up).
 */
void ms_lint(const ms_vertical *vertical, ms_problems *list);

/* The same for what could be understood of a vertical with errors, which are in the list: only what
 * stays so whatever the rest comes to mean (W201, W203), and of no rule that reads an attribute
 * with an error in its declaration. */
void ms_lint_partly(const ms_vertical *vertical, ms_problems *list);

#endif

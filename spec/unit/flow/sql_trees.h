/* Random contacts and random conditions over them, for the proof that SQL judges as the rules do.
 * Constants of conditions and values of contacts come from the same short lists, so that they
 * meet. */
#ifndef SPEC_SQL_TREES_H
#define SPEC_SQL_TREES_H

#include "sql_values.h"

/* ---- the vertical -----------------------------------------------------------------------------
 */

static const char declarations[] =
    "vertical { name = \"v\", title = \"V\" } local a = attributes {\n"
    "{ \"n\", integer }, { \"lo\", integer }, { \"hi\", integer, otherwise = 50000 },\n"
    "{ \"top\", integer }, { \"q\", integer { max = 50 }, otherwise = 5 },\n"
    "{ \"x\", number }, { \"y\", number { min = -1.5, max = 400 } },\n"
    "{ \"m\", time }, { \"k\", time { min = \"2024-01-01\", max = \"2025-02-01\" } },\n"
    "{ \"big\", integer { min = math.mininteger, max = math.maxinteger } },\n"
    "{ \"w\", money }, { \"debt\", money { min = -1000, max = 1000 } },\n"
    "{ \"c\", choice { \"low\", \"high\", \"it's\", \"x\\\\y\", \"café\" },\n"
    "  otherwise = \"high\" },\n"
    "{ \"cs\", choices { \"x\", \"y\", \"z\", \"a b\" } },\n"
    "{ \"b\", boolean }, { \"b2\", boolean },\n"
    "{ \"t\", text }, { \"short\", text { min = 2, max = 5 } },\n"
    "{ \"formed\", text { pattern = \"€?[0-9]{1,6}-[0-9]{1,6}k?\" } },\n"
    "{ \"d\", date }, { \"e\", date }, { \"f\", date }, { \"any\", as_is }, { \"raw\", as_is } }\n"
    "range { a.lo, a.hi } range { a.hi, a.top } range { a.e, a.f } range { a.w, a.debt }\n"
    "local tail, upper = a.t:last_number(), a.formed:last_number()\n"
    "local function odd() return custom { reads = { a.n }, says = \"n is odd\",\n"
    "  fn = function(v) return v.n % 2 == 1 end } end\n"
    "group { \"best\", says = \"s\", counts = \"highest\", max = 30 }\n"
    "group { \"some\", says = \"s\", counts = \"sum\", min = -10, max = 25 }\n"
    "score_range { min = -20, max = 80 }\n";

/* Two of one list compare with each other. */
static const char *const whole_numbers[] = {"a.n",
                                            "a.lo",
                                            "a.hi",
                                            "a.top",
                                            "a.n:whole(10)",
                                            "a.lo:per(a.n)",
                                            "a.w:whole()",
                                            "tail",
                                            "a.big",
                                            "a.hi:whole(7)",
                                            "a.debt:whole(3)",
                                            "a.w:per(a.n):whole(100)",
                                            "a.big:whole(1000000)",
                                            "a.big:per(a.n)",
                                            "upper",
                                            "a.q",
                                            "a.x:whole()",
                                            "a.y:whole(3)"};
static const char *const amounts[] = {"a.w", "a.debt", "a.w:per(a.n)", "a.debt:per(a.lo)"};
static const char *const decimals[] = {"a.x", "a.y", "a.x:per(a.n)", "a.y:per(a.q)"};
static const char *const dates[] = {"a.d", "a.e", "a.f"};
static const char *const times[] = {"a.m", "a.k"};

/* ---- contacts ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    shape values;
} keys[] = {{"n", NUMBER}, {"lo", NUMBER},   {"hi", NUMBER},    {"top", NUMBER},    {"big", NUMBER},
            {"q", NUMBER}, {"x", DECIMAL},   {"y", DECIMAL},    {"m", MOMENT},      {"k", MOMENT},
            {"w", NUMBER}, {"debt", NUMBER}, {"c", WORD},       {"cs", LIST},       {"b", TRUTH},
            {"b2", TRUTH}, {"t", TEXT},      {"short", TEXT},   {"formed", FORMED}, {"d", DAY},
            {"e", DAY},    {"f", DAY},       {"any", ANYTHING}, {"raw", ANYTHING}};

/* A contact's attributes; now and then a key comes twice. */
static void put_contact(ms_buf *json)
{
    const char *between = "{";
    uint32_t missing = 2 + below(8);
    for (size_t i = 0; i < COUNT(keys); i++)
        for (uint32_t n = one_in(missing) ? 0 : one_in(20) ? 2 : 1; n > 0; n--) {
            ms_buf_format(json, "%s\"%s\": ", between, keys[i].name);
            put_value(json, keys[i].values);
            between = ", ";
        }
    ms_buf_z(json, *between == '{' ? "{}" : "}");
}

/* ---- conditions --------------------------------------------------------------------------------
 */

typedef struct ordered {
    const char *const *subjects;
    uint32_t n_subjects;
    const char *const *literals;
    uint32_t n_literals;
} ordered;
#define ORDERED(subjects, literals)                                                                \
    {                                                                                              \
        subjects, COUNT(subjects), literals, COUNT(literals)                                       \
    }

static void put_ordered(ms_buf *lua)
{
    static const char *const methods[] = {"at_least",  "at_most", "more_than",
                                          "less_than", "equals",  "is_not"};
    static const char *const cents[] = {"0",   "0.01", "1",    "5.5",     "20.35", "1.01", "399.99",
                                        "400", "0.29", "2.68", "-999.99", "-0.01", "1000"};
    static const char *const whole_or_less[] = {"0",
                                                "1",
                                                "2",
                                                "5",
                                                "7",
                                                "10",
                                                "20",
                                                "100",
                                                "1000",
                                                "50000",
                                                "80000",
                                                "-1",
                                                "9007199254740992",
                                                "9007199254740993",
                                                "math.maxinteger",
                                                "math.mininteger",
                                                "100000000"};
    static const char *const exact[] = {"0",    "0.000001",      "3.5",    "-3.5",
                                        "1.5",  "0.5",           "2.675",  "1.005",
                                        "-0.5", "1000000000000", "12.345", "20.35"};
    static const ordered kinds[] = {ORDERED(whole_numbers, whole_or_less), ORDERED(amounts, cents),
                                    ORDERED(decimals, exact)};
    const ordered *o = &PICK(kinds);
    ms_buf_format(lua, "%s:", o->subjects[below(o->n_subjects)]);
    if (one_in(6)) {
        uint32_t from = below(50);
        ms_buf_format(lua, "between(%u, %u)", from, from + below(100000));
        return;
    }
    ms_buf_format(lua, "%s(%s)", PICK(methods),
                  one_in(4) ? o->subjects[below(o->n_subjects)]
                            : o->literals[below(o->n_literals)]);
}

static void put_dated(ms_buf *lua)
{
    static const char *const methods[] = {"on_or_after", "before", "after", "on_or_before"};
    static const char *const literals[] = {"1970-01-01", "2024-11-03", "2025-01-15", "2024-03-02",
                                           "0001-01-01", "9999-12-31", "1969-12-31"};
    bool time = one_in(3);
    ms_buf_format(lua, "%s:", time ? PICK(times) : PICK(dates));
    if (one_in(2))
        ms_buf_format(lua, "%s(%u)", one_in(2) ? "within_days" : "older_than_days",
                      one_in(3) ? 90 : below(1000));
    else if (one_in(2))
        ms_buf_format(lua, "%s(%s)", PICK(methods), time ? PICK(times) : PICK(dates));
    else
        ms_buf_format(lua, "%s \"%s%s\"", PICK(methods), PICK(literals),
                      time && one_in(2) ? "T10:00:00Z" : "");
}

static void put_quoted(ms_buf *lua, const char *const *list, uint32_t n)
{
    ms_buf_format(lua, "\"%s\"", list[below(n)]);
}

static void put_textual(ms_buf *lua)
{
    static const char *const subjects[] = {"a.t", "a.short", "a.any", "a.raw"};
    static const char *const methods[] = {"is",       "is_not",       "one_of",      "not_one_of",
                                          "contains", "contains_any", "starts_with", "ends_with"};
    static const char *const plain[] = {"x y",
                                        "job_search",
                                        "20",
                                        "\\\\",
                                        "'",
                                        "$1",
                                        "7",
                                        "true",
                                        "\xc3\xa9\xc3\xa9",
                                        "ab",
                                        "abcde",
                                        "",
                                        " ",
                                        "\\u{1}",
                                        "\\\"",
                                        "'; DROP TABLE contacts; --",
                                        "E'\\\\x'",
                                        "5",
                                        "low",
                                        "x"};
    static const char *const parts[] = {"x",        "\xc3\xa9", "job",         "CH",   "5",
                                        " ",        "\\\\",     "'",           "drop", ".",
                                        "\xc3\x89", "x y",      "\xe2\x82\xac"};
    static const char *const patterns[] = {
        "[a-z]{2}", "\\d{1,3}|job_.{6}", "[^0-9]{1,20}",  "(a|b|\xc3\xa9){2,5}",
        "",         "\\$[0-9]",          "[\\\\']|.. .?", "(x|xx){3}y?"};
    if (one_in(4)) {
        ms_buf_format(lua, "%s:matches [==[%s]==]", PICK(subjects), PICK(patterns));
        return;
    }
    uint32_t method = below(COUNT(methods)), n = method == 4 ? 1 : 1 + below(3);
    ms_buf_format(lua, "%s:%s%s", PICK(subjects), methods[method], method == 4 ? "(" : " { ");
    for (uint32_t i = 0; i < n; i++) {
        ms_buf_z(lua, i ? ", " : "");
        if (method < 4)
            put_quoted(lua, plain, COUNT(plain));
        else
            put_quoted(lua, parts, COUNT(parts));
    }
    ms_buf_z(lua, method == 4 ? ")" : " }");
}

static void put_chosen(ms_buf *lua)
{
    static const char *const choices[] = {"low", "high", "it's", "x\\\\y", "caf\xc3\xa9"};
    static const char *const methods[] = {"is", "is_not", "one_of", "not_one_of"};
    static const char *const listed[] = {"x", "y", "z", "a b"};
    if (one_in(3)) {
        ms_buf_format(lua, "a.cs:count_at_%s(%u)", one_in(2) ? "least" : "most", below(5));
        return;
    }
    bool list = one_in(2);
    ms_buf_format(lua, "a.%s:%s {", list ? "cs" : "c",
                  !list       ? PICK(methods)
                  : one_in(2) ? "contains"
                              : "contains_any");
    for (uint32_t i = 0, n = 1 + below(3); i < n; i++) {
        ms_buf_z(lua, i ? ", " : "");
        put_quoted(lua, list ? listed : choices, list ? COUNT(listed) : COUNT(choices));
    }
    ms_buf_z(lua, "}");
}

static void put_leaf(ms_buf *lua, uint32_t rule, bool outcome)
{
    if (one_in(50)) {
        ms_buf_z(lua, "odd()");
        return;
    }
    switch (below(outcome ? 10 : 8)) {
    case 0:
    case 1: put_ordered(lua); break;
    case 2: put_dated(lua); break;
    case 3: put_textual(lua); break;
    case 4: put_chosen(lua); break;
    case 5:
        ms_buf_format(lua, "a.b%s:%s()", one_in(2) ? "2" : "", one_in(2) ? "is_true" : "is_false");
        break;
    case 6:
        ms_buf_format(lua, "a.%s:%s()", keys[below(COUNT(keys))].name,
                      one_in(2) ? "present" : "missing");
        break;
    case 7:
        if (rule)
            ms_buf_format(lua, "fired \"R%u\"", below(rule));
        else
            ms_buf_format(lua, "tail:%s()", one_in(2) ? "present" : "missing");
        break;
    case 8:
        ms_buf_format(lua, "score:%s(%u)", one_in(2) ? "at_least" : "less_than", below(100));
        break;
    default: ms_buf_format(lua, "errors:%s()", one_in(2) ? "any" : "none"); break;
    }
}

/* At most `depth` groups deep; `rule` rules stand before it. */
static void put_condition(ms_buf *lua, uint32_t depth, uint32_t rule, bool outcome)
{
    static const char *const groups[] = {"all", "any", "none"};
    if (!depth || one_in(4)) {
        put_leaf(lua, rule, outcome);
        return;
    }
    uint32_t n = 1 + below(3), needed = one_in(3) ? 1 + below(n) : 0;
    if (needed)
        ms_buf_format(lua, "at_least(%u, { ", needed);
    else
        ms_buf_format(lua, "%s { ", PICK(groups));
    for (uint32_t i = 0; i < n; i++) {
        ms_buf_z(lua, i ? ", " : "");
        put_condition(lua, depth - 1, rule, outcome);
    }
    ms_buf_z(lua, needed ? " })" : " }");
}

/* A whole vertical with `n` rules, a sixth of them outcomes. */
static void put_vertical(ms_buf *lua, uint32_t n)
{
    static const char *const groups_of[] = {"", "group = \"best\", ", "group = \"some\", "};
    ms_buf_z(lua, declarations);
    uint32_t scoring = n - n / 6;
    for (uint32_t i = 0; i < n; i++) {
        bool simple = one_in(4); /* the score is written out wherever it is asked for */
        if (i < scoring)
            ms_buf_format(lua, "rule { id = \"R%u\", points = %d, %swhen = ", i,
                          simple ? (int)below(60) - 15 : 0, PICK(groups_of));
        else
            ms_buf_format(lua, "outcome { id = \"R%u\", when = ", i);
        put_condition(lua, simple ? below(2) : below(7), simple ? 0 : i, i >= scoring);
        ms_buf_z(lua, ", because = \"b\" }\n");
    }
}

#endif

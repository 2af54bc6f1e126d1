/* Random contacts and random conditions over them, for the proof that SQL judges as the rules do.
 * Constants of conditions and values of contacts come from the same short lists, so that they meet:
 * at borders, beyond them, and in all the ways in which a value can be nearly right. */
#ifndef SPEC_SQL_RANDOM_H
#define SPEC_SQL_RANDOM_H

#include "base/buf.h"

#include <stdlib.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define PICK(list) ((list)[below(COUNT(list))])

static uint64_t random_state;
static uint32_t below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}
static bool one_in(uint32_t n)
{
    return below(n) == 0;
}

/* ---- the vertical -----------------------------------------------------------------------------
 */

static const char declarations[] =
    "vertical { name = \"v\", title = \"V\" } local a = attributes {\n"
    "{ \"n\", integer }, { \"lo\", integer }, { \"hi\", integer }, { \"top\", integer },\n"
    "{ \"big\", integer { min = math.mininteger, max = math.maxinteger } },\n"
    "{ \"w\", money }, { \"debt\", money { min = -1000, max = 1000 } },\n"
    "{ \"c\", choice { \"low\", \"high\", \"it's\", \"x\\\\y\", \"café\" } },\n"
    "{ \"cs\", choices { \"x\", \"y\", \"z\", \"a b\" } },\n"
    "{ \"b\", boolean }, { \"b2\", boolean },\n"
    "{ \"t\", text }, { \"short\", text { min = 2, max = 5 } },\n"
    "{ \"d\", date }, { \"e\", date }, { \"f\", date }, { \"any\", as_is }, { \"raw\", as_is } }\n"
    "range { a.lo, a.hi } range { a.hi, a.top } range { a.e, a.f } range { a.w, a.debt }\n"
    "local tail = a.t:last_number()\n";

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
                                            "a.big:per(a.n)"};
static const char *const amounts[] = {"a.w", "a.debt", "a.w:per(a.n)", "a.debt:per(a.lo)"};
static const char *const dates[] = {"a.d", "a.e", "a.f"};

/* ---- values of contacts -----------------------------------------------------------------------
 */

static const char *const blanks[] = {"", "", "", " ", "\\t", "\\r\\n", "  ", "\xc2\xa0", "\\u000b"};
static const char *const whole[] = {
    "0",         "1",          "2",         "3",         "5",     "7",        "9",
    "10",        "11",         "20",        "99",        "100",   "999",      "1000",
    "49999",     "50000",      "70000",     "79999",     "80000", "99999999", "100000000",
    "100000001", "2147483648", "999999999", "1234567890"};
static const char *const odd_numbers[] = {"-0",
                                          "-1",
                                          "-7",
                                          "-0.5",
                                          "0.5",
                                          "4.999999",
                                          "5.0",
                                          "5.00",
                                          "1e2",
                                          "7e4",
                                          "1E+5",
                                          "1e-400",
                                          "-1e-400",
                                          "1e-320",
                                          "-1e-320",
                                          "0.1",
                                          "2.675",
                                          "1.005",
                                          "0.285",
                                          "-0.005",
                                          "0.005",
                                          "-0.0051",
                                          "399.995",
                                          "1e8",
                                          "99999999.99999999999999999999",
                                          "100000000.004",
                                          "100000000.005",
                                          "100000000.5",
                                          "4.99999999999999999999999",
                                          "0.00499999999999999999999",
                                          "0.49999999999999994",
                                          "9007199254740993",
                                          "9007199254740993.0",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "9223372036854775808",
                                          "9223372036854775807.5",
                                          "8999999999999999999.5",
                                          "8999999999999999000.5",
                                          "12345678901234567890",
                                          "1e19",
                                          "-1e19",
                                          "1e300",
                                          "-1e300",
                                          "1.7976931348623157e308",
                                          "20.35",
                                          "-999.995",
                                          "-1000.01"};
static const char *const strange[] = {"null",
                                      "\"\"",
                                      "\" \"",
                                      "\"\\t\"",
                                      "true",
                                      "false",
                                      "[]",
                                      "{}",
                                      "[1]",
                                      "[\"x\"]",
                                      "{\"a\":1}",
                                      "\"x\"",
                                      "\"\xe2\x84\xaa\"",
                                      "\"\xd9\xa3\"",
                                      "\"true\"",
                                      "\"null\"",
                                      "[[]]",
                                      "[null]",
                                      "\"5\"",
                                      "7",
                                      "\"[\\\"x\\\"]\"",
                                      "\"\\\"\"",
                                      "\"'\"",
                                      "\"\\\\\"",
                                      "[\"\"]"};
static const char *const days[] = {"0000-01-01",
                                   "0000-02-31",
                                   "0001-01-01",
                                   "1582-10-10",
                                   "1899-12-31",
                                   "1969-12-31",
                                   "1970-01-01",
                                   "2000-02-29",
                                   "2024-02-31",
                                   "2024-02-29",
                                   "2024-03-02",
                                   "2024-11-03",
                                   "2024-11-02",
                                   "2025-01-15",
                                   "2025-01-31",
                                   "2025-02-01",
                                   "2025-02-02",
                                   "2026-01-01",
                                   "9999-12-31",
                                   "2025-00-10",
                                   "2025-13-01",
                                   "2025-01-00",
                                   "2025-01-32",
                                   "2025-1-1",
                                   "2025/01/01",
                                   " 2025-01-01",
                                   "20250101",
                                   "\xef\xbc\x92"
                                   "025-01-01",
                                   "2025-01-1",
                                   "202a-01-01",
                                   "-2025-01-01",
                                   "2025-02-30"};
static const char *const choice_words[] = {
    "low",  "high",   "it's",        "x\\\\y",      "caf\xc3\xa9", "LOW",   "High",
    "IT'S", "X\\\\Y", "CAF\xc3\x89", "caf\xc3\x89", "lo",          "highh", "\xc4\xb0t's"};
static const char *const elements[] = {"\"x\"", "\"y\"",     "\"z\"",   "\"a b\"", "\"x\"",
                                       "\"y\"", "\" X\\t\"", "\"A B\"", "\"Z\""};
static const char *const wrong_elements[] = {"null",    "\"\"", "1",         "\"w\"",
                                             "[\"x\"]", "true", "{\"x\":1}", "\"x,y\""};
static const char *const texts[] = {"x y",
                                    "'; DROP TABLE contacts; --",
                                    "job_search",
                                    "20",
                                    "\xe2\x82\xac"
                                    "15-20k",
                                    "v1.5",
                                    "\\\\",
                                    "\\u0027",
                                    "$1",
                                    "%s",
                                    "\xc3\xa9\xc3\xa9",
                                    "\xc3\xa9\xc3\xa9\xc3\xa9",
                                    "ab",
                                    "abcde",
                                    "abcdef",
                                    "000000000000020",
                                    "0000000000000020",
                                    "999999999999999",
                                    "1000000000000000",
                                    "no number",
                                    "A",
                                    "12 and 7.",
                                    "\xd9\xa3 5 \xd9\xa3",
                                    "\\u0001",
                                    "true",
                                    "7",
                                    "\\\"",
                                    "E'\\\\x'",
                                    "\\n5\\n",
                                    "Caf\xc3\x89 X"};

static void put_amount(ms_buf *json)
{
    static const char *const ends[] = {"", "", "", "", "k", "K", " k", "k ", ".5", "kk", "x", "."};
    static const char *const separators[] = {".", ",", " ", ".", ",", "'", "\xc2\xa0"};
    const char *separator = PICK(separators);
    ms_buf_char(json, '"');
    ms_buf_z(json, PICK(blanks));
    ms_buf_z(json, below(4) ? "" : "\xe2\x82\xac");
    ms_buf_z(json, PICK(blanks));
    if (one_in(2)) {
        ms_buf_z(json, PICK(whole));
    } else {
        ms_buf_format(json, one_in(9) ? "%03u" : "%u", below(one_in(9) ? 3000 : 1000));
        for (uint32_t n = below(4); n > 0; n--) {
            ms_buf_z(json, one_in(12) ? PICK(separators) : separator);
            ms_buf_format(json, one_in(12) ? "%u" : "%03u", below(1000));
        }
    }
    ms_buf_z(json, PICK(ends));
    ms_buf_z(json, PICK(blanks));
    ms_buf_char(json, '"');
}

static void put_number(ms_buf *json)
{
    if (one_in(3))
        ms_buf_z(json, PICK(odd_numbers));
    else if (one_in(3))
        put_amount(json);
    else if (one_in(3))
        ms_buf_format(json, "%u.%u", below(2000), below(100000));
    else
        ms_buf_z(json, PICK(whole));
}

static void put_words(ms_buf *json, const char *word)
{
    ms_buf_format(json, "\"%s%s%s\"", one_in(4) ? PICK(blanks) : "", word,
                  one_in(4) ? PICK(blanks) : "");
}

static void put_list(ms_buf *json)
{
    ms_buf_char(json, '[');
    for (uint32_t i = 0, n = below(6); i < n; i++)
        ms_buf_format(json, "%s%s", i ? ", " : "",
                      one_in(12) ? PICK(wrong_elements) : PICK(elements));
    ms_buf_char(json, ']');
}

static void put_date(ms_buf *json)
{
    static const char *const ends[] = {"", "", "T10:00:00Z", " ", "x", "\\n"};
    ms_buf_char(json, '"');
    if (one_in(3))
        ms_buf_format(json, "%04u-%02u-%02u", below(one_in(3) ? 10000 : 3) + 2023, below(14),
                      below(34));
    else
        ms_buf_z(json, PICK(days));
    ms_buf_format(json, "%s\"", PICK(ends));
}

typedef enum shape { NUMBER, WORD, LIST, TRUTH, TEXT, DAY, ANYTHING } shape;
static const struct {
    const char *name;
    shape values;
} keys[] = {{"n", NUMBER}, {"lo", NUMBER},    {"hi", NUMBER},   {"top", NUMBER}, {"big", NUMBER},
            {"w", NUMBER}, {"debt", NUMBER},  {"c", WORD},      {"cs", LIST},    {"b", TRUTH},
            {"b2", TRUTH}, {"t", TEXT},       {"short", TEXT},  {"d", DAY},      {"e", DAY},
            {"f", DAY},    {"any", ANYTHING}, {"raw", ANYTHING}};

static void put_value(ms_buf *json, shape wanted)
{
    if (one_in(10)) {
        ms_buf_z(json, PICK(strange));
        return;
    }
    switch (wanted) {
    case NUMBER: put_number(json); break;
    case WORD: put_words(json, PICK(choice_words)); break;
    case LIST: put_list(json); break;
    case TRUTH: ms_buf_z(json, one_in(2) ? "true" : "false"); break;
    case TEXT: put_words(json, PICK(texts)); break;
    case DAY: put_date(json); break;
    case ANYTHING: put_value(json, (shape)below(ANYTHING)); break;
    }
}

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

static void put_ordered(ms_buf *lua)
{
    static const char *const methods[] = {"at_least", "at_most", "more_than", "less_than",
                                          "equals"};
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
    bool money = one_in(3);
    const char *left = money ? PICK(amounts) : PICK(whole_numbers);
    ms_buf_format(lua, "%s:", left);
    if (one_in(6)) {
        uint32_t from = below(50);
        ms_buf_format(lua, "between(%u, %u)", from, from + below(100000));
        return;
    }
    const char *right = one_in(4) ? money ? PICK(amounts) : PICK(whole_numbers)
                        : money ? PICK(cents)
                                  : PICK(whole_or_less);
    ms_buf_format(lua, "%s(%s)", PICK(methods), right);
}

static void put_dated(ms_buf *lua)
{
    static const char *const methods[] = {"on_or_after", "before"};
    static const char *const literals[] = {"1970-01-01", "2024-11-03", "2025-01-15", "2024-03-02",
                                           "0001-01-01", "9999-12-31", "1969-12-31"};
    ms_buf_format(lua, "%s:", PICK(dates));
    if (one_in(2))
        ms_buf_format(lua, "%s(%u)", one_in(2) ? "within_days" : "older_than_days",
                      one_in(3) ? 90 : below(1000));
    else if (one_in(2))
        ms_buf_format(lua, "%s(%s)", PICK(methods), PICK(dates));
    else
        ms_buf_format(lua, "%s \"%s\"", PICK(methods), PICK(literals));
}

static void put_quoted(ms_buf *lua, const char *const *list, uint32_t n)
{
    ms_buf_format(lua, "\"%s\"", list[below(n)]);
}

static void put_textual(ms_buf *lua)
{
    static const char *const subjects[] = {"a.t", "a.short", "a.any", "a.raw"};
    static const char *const methods[] = {"is", "is_not", "one_of"};
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
    ms_buf_format(lua, "%s:%s { ", PICK(subjects), PICK(methods));
    for (uint32_t i = 0, n = 1 + below(3); i < n; i++) {
        ms_buf_z(lua, i ? ", " : "");
        put_quoted(lua, plain, COUNT(plain));
    }
    ms_buf_z(lua, " }");
}

static void put_chosen(ms_buf *lua)
{
    static const char *const choices[] = {"low", "high", "it's", "x\\\\y", "caf\xc3\xa9"};
    static const char *const methods[] = {"is", "is_not", "one_of"};
    static const char *const listed[] = {"x", "y", "z", "a b"};
    if (one_in(3)) {
        ms_buf_format(lua, "a.cs:count_at_least(%u)", below(5));
        return;
    }
    bool list = one_in(2);
    ms_buf_format(lua, "a.%s:%s {", list ? "cs" : "c", list ? "contains" : PICK(methods));
    put_quoted(lua, list ? listed : choices, list ? COUNT(listed) : COUNT(choices));
    if (one_in(2)) {
        ms_buf_z(lua, ", ");
        put_quoted(lua, list ? listed : choices, list ? COUNT(listed) : COUNT(choices));
    }
    ms_buf_z(lua, "}");
}

static void put_leaf(ms_buf *lua, uint32_t rule, bool outcome)
{
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
    ms_buf_z(lua, declarations);
    uint32_t scoring = n - n / 6;
    for (uint32_t i = 0; i < n; i++) {
        bool simple = one_in(4); /* the score is written out wherever it is asked for */
        if (i < scoring)
            ms_buf_format(lua, "rule { id = \"R%u\", points = %d, when = ", i,
                          simple ? (int)below(60) - 15 : 0);
        else
            ms_buf_format(lua, "outcome { id = \"R%u\", when = ", i);
        put_condition(lua, simple ? below(2) : below(7), simple ? 0 : i, i >= scoring);
        ms_buf_z(lua, ", because = \"b\" }\n");
    }
}

#endif

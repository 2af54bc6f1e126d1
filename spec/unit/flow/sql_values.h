/* Random values as they may stand in a contact: at borders, beyond them, and in all the ways in
 * which a value can be nearly right. */
#ifndef SPEC_SQL_VALUES_H
#define SPEC_SQL_VALUES_H

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

static void put_decimal(ms_buf *json)
{
    static const char *const written[] = {"3.5",
                                          "3,5",
                                          "-3,5",
                                          "1.500",
                                          "12,345",
                                          "0.500",
                                          "1.5000",
                                          "1234.567",
                                          "007",
                                          "00.5",
                                          "-0",
                                          "5.",
                                          ".5",
                                          "1,2,3",
                                          "1.000.000",
                                          "1000000000000",
                                          "1000000000000.0000001",
                                          "999999999999.9999995",
                                          "999999999999.9999994",
                                          "0.0000005",
                                          "0.00000049999999999999999999",
                                          "-0.0000005",
                                          "123456789012345678901234567890",
                                          "1e5",
                                          "+5",
                                          "--5",
                                          "5-",
                                          "\xd9\xa3",
                                          "000000000000000000000000000000000000000007"};
    if (one_in(3)) {
        put_words(json, PICK(written));
    } else if (one_in(3)) {
        put_number(json);
    } else {
        bool text = one_in(3);
        uint32_t places = below(9);
        ms_buf_format(json, text ? "\"%s%u" : "%s%u", one_in(4) ? "-" : "", below(2000));
        ms_buf_z(json, places ? text && one_in(2) ? "," : "." : "");
        while (places--)
            ms_buf_char(json, (char)('0' + below(10)));
        ms_buf_z(json, text ? "\"" : "");
    }
}

/* Texts like budgets and timelines, nearly right. */
static void put_formed(ms_buf *json)
{
    static const char *const signs[] = {"\xe2\x82\xac", "", "", "$", "\xe2\x82\xac "};
    static const char *const dashes[] = {"-", "-", "-", "\xe2\x80\x93", "--", " - "};
    static const char *const ends[] = {"k", "", "", "K", "kk", " months", "months", " month"};
    ms_buf_format(json, "\"%s%s%u%s%u%s%s\"", PICK(blanks), PICK(signs), below(2000000),
                  PICK(dashes), below(one_in(4) ? 20000000 : 40), PICK(ends), PICK(blanks));
}

static void put_moment(ms_buf *json)
{
    static const char *const zones[] = {"",  "Z",     "+01:00", "-23:59", "+24:00",
                                        "z", "+0100", "+01:60", " "};
    static const char *const seconds[] = {"",    ":00",  ":59.999999999",  ":60",
                                          ":61", ":05.", ":05.1234567890", ":5"};
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "1738368000",
                                          "1738368000.999",
                                          "-0.5",
                                          "253402300799",
                                          "253402300799.5",
                                          "253402300800",
                                          "-62167219200",
                                          "-62167219201",
                                          "-62167219200.5",
                                          "1e10",
                                          "1e300",
                                          "-1e300",
                                          "1e-400"};
    if (one_in(4)) {
        ms_buf_z(json, PICK(numbers));
        return;
    }
    ms_buf_format(json, "\"%s%s", one_in(6) ? PICK(blanks) : "", PICK(days));
    if (!one_in(4))
        ms_buf_format(json, "%s%02u:%02u%s%s",
                      one_in(3)   ? " "
                      : one_in(9) ? "t"
                                  : "T",
                      below(25), below(61), PICK(seconds), PICK(zones));
    ms_buf_format(json, "%s\"", one_in(6) ? PICK(blanks) : "");
}

/* Thrown together from parts, most of them fit. */
static void put_email(ms_buf *json)
{
    static const char *const parts[] = {
        "noor", "Noor.X",   "a",        "a..b",    ".a",        "a-b",    "-a",
        "b-",   "\xc3\xa9", "a b",      "x_y",     "\\\"q\\\"", "a,b",    "a+b",
        "A1",   "",         "mail.de",  "Mail.DE", "x.y.z",     "x.-y.z", "x_y.de",
        "1.2",  "\xc2\xa0", "a\\u007f", "a`b",     "a{b.c}",    "co.uk",  "x/y"};
    static const char *const ats[] = {"@", "@", "@", "@", "", "@@", " @"};
    ms_buf_format(json, "\"%s%s", PICK(blanks), PICK(parts));
    for (uint32_t n = one_in(12) ? 61 : 0; n > 0; n--)
        ms_buf_z(json, one_in(70) ? "\xc3\xa9" : "x");
    ms_buf_format(json, "%s%s", PICK(ats), PICK(parts));
    for (uint32_t n = one_in(12) ? 80 : 0; n > 0; n--)
        ms_buf_z(json, ".ab");
    ms_buf_format(json, "%s%s\"", one_in(3) ? ".com" : "", PICK(blanks));
}

static void put_phone(ms_buf *json)
{
    static const char *const starts[] = {"+31",    "0031", "+",    "00",        "06",    "(06)",
                                         "(0",     "0",    "+0",   "31",        "(+31)", "+31 (0)",
                                         "+(0)31", "000",  "0(0)", "+31(0)(0)", ""};
    static const char *const between[] = {"",  "",  "",  " ",   "-", ".",
                                          "/", "(", ")", "(0)", "x", "\\t"};
    ms_buf_format(json, "\"%s%s", PICK(blanks), PICK(starts));
    for (uint32_t n = below(one_in(9) ? 40 : 15); n > 0; n--)
        ms_buf_format(json, "%s%u", one_in(4) ? PICK(between) : "", below(10));
    ms_buf_format(json, "%s\"", PICK(blanks));
}

typedef enum shape {
    NUMBER,
    DECIMAL,
    WORD,
    LIST,
    TRUTH,
    TEXT,
    FORMED,
    DAY,
    MOMENT,
    EMAIL,
    PHONE,
    ANYTHING
} shape;
static void put_value(ms_buf *json, shape wanted)
{
    if (one_in(10)) {
        ms_buf_z(json, PICK(strange));
        return;
    }
    switch (wanted) {
    case NUMBER: put_number(json); break;
    case DECIMAL: put_decimal(json); break;
    case WORD: put_words(json, PICK(choice_words)); break;
    case LIST: put_list(json); break;
    case TRUTH: ms_buf_z(json, one_in(2) ? "true" : "false"); break;
    case TEXT: put_words(json, PICK(texts)); break;
    case FORMED: put_formed(json); break;
    case DAY: put_date(json); break;
    case MOMENT: put_moment(json); break;
    case EMAIL: put_email(json); break;
    case PHONE: put_phone(json); break;
    case ANYTHING: put_value(json, (shape)below(ANYTHING)); break;
    }
}

#endif

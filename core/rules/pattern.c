/*
 * Patterns: PCRE2 over the whole text, with limits that no text of a stranger can exceed. Letters
 * and digits are ASCII (no UCP), a dot is one character (UTF).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules/inside.h"

#include <stdlib.h>

enum {
    MATCH_LIMIT = 100000,  /* steps of backtracking: some milliseconds */
    SCAN_LIMIT = 50000000, /* steps times bytes of the text, where a step may read all of it */
    DEPTH_LIMIT = 1000,
    HEAP_LIMIT_KIB = 1024,
    PATTERN_LIMIT = 4096,
};

typedef struct pattern {
    pcre2_code *code;
    bool scans; /* one step may read much of the text: the longer, the fewer steps */
} pattern;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "(?:", "(?i)" and the like. With x a possessive repeat may be written "+ +". */
static bool is_plain_group(ms_str s, size_t at)
{
    size_t i = at + 2;
    while (i < s.n && ((s.p[i] >= 'a' && s.p[i] < 'x') || s.p[i] == '-'))
        i++;
    return i < s.n && (s.p[i] == ':' || s.p[i] == ')');
}

/* Whether byte `at` begins something that reads on and on and counts as one step: what is not
 * tried again (atomic groups, possessive repeats), looking ahead or back, what was captured, and
 * verbs. Rather once too often: the limit is only lower. */
static bool may_scan(ms_str s, size_t at)
{
    char c = s.p[at], next = at + 1 < s.n ? s.p[at + 1] : '\0';
    if (c == '(')
        return next == '*' || (next == '?' && !is_plain_group(s, at));
    if (c == '*' || c == '+' || c == '?' || c == '}')
        return next == '+';
    return c == '\\' && (is_digit(next) || next == 'g' || next == 'k' || next == 'X');
}

/* The number behind the brace at `at`: so many repeats are never given back. */
static size_t least_repeats(ms_str s, size_t at)
{
    size_t n = 0;
    for (at++; at < s.n && s.p[at] == ' ';)
        at++;
    for (; at < s.n && is_digit(s.p[at]) && n <= PATTERN_LIMIT; at++)
        n = n * 10 + (size_t)(s.p[at] - '0');
    return n;
}

/* Whether one step may read much of a long text. */
static bool has_long_steps(ms_str s)
{
    size_t length = s.n, times = 1; /* with all repeats written out, at most */
    for (size_t i = 0; i < s.n; i++) {
        size_t n = s.p[i] == '{' ? least_repeats(s, i) : 0;
        if (may_scan(s, i))
            return true;
        if (n && i && s.p[i - 1] == ')')
            times *= n;
        else
            length += n;
        if (length > PATTERN_LIMIT / times)
            return true;
    }
    return false;
}

static pattern *keep(pcre2_code *code, ms_str text)
{
    pattern *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->code = code;
    p->scans = has_long_steps(text);
    return p;
}

ms_status ms_pattern_compile(ms_str text, void **out, ms_error *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                             PCRE2_NO_AUTO_POSSESS; /* each byte gone back is a step */
    if (text.n > PATTERN_LIMIT)
        return ms_fail(err, MS_INVALID, "a pattern of %zu bytes; at most %d", text.n,
                       PATTERN_LIMIT);
    pcre2_code *regex = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &code, &at, NULL);
    if (!regex) {
        PCRE2_UCHAR why[160] = "";
        pcre2_get_error_message(code, why, sizeof why);
        return ms_fail(err, MS_INVALID, "pattern \"" MS_FMT "\": %s at byte %zu", MS_ARG(text),
                       (const char *)why, (size_t)at + 1);
    }
    if (!(*out = keep(regex, text))) {
        pcre2_code_free(regex);
        return ms_fail(err, MS_NOMEM, "out of memory");
    }
    return MS_OK;
}

void ms_pattern_free(void *regex)
{
    pattern *p = regex;
    pcre2_code_free(p->code);
    free(p);
}

bool ms_pattern_ready(ms_judge *judge)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    judge->limits = limits;
    judge->match = pcre2_match_data_create(1, NULL);
    if (!limits || !judge->match)
        return false;
    pcre2_set_depth_limit(limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
    return true;
}

void ms_pattern_done(ms_judge *judge)
{
    pcre2_match_data_free(judge->match);
    pcre2_match_context_free(judge->limits);
}

bool ms_pattern_matches(ms_judge *judge, const void *regex, ms_str text, bool *limit)
{
    const pattern *p = regex;
    size_t steps = p->scans ? SCAN_LIMIT / (text.n + 1) : MATCH_LIMIT;
    pcre2_set_match_limit(judge->limits, (uint32_t)(steps < MATCH_LIMIT ? steps : MATCH_LIMIT));
    int n = pcre2_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0, 0, judge->match,
                        judge->limits);
    *limit = n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT ||
             n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_NOMEMORY;
    return n >= 0;
}

void ms_pattern_release(char *out, size_t size)
{
    char text[64] = ""; /* "10.42 2022-12-11" */
    if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) < (int)sizeof text)
        pcre2_config(PCRE2_CONFIG_VERSION, text);
    snprintf(out, size, "%.*s", (int)strcspn(text, " "), text);
}

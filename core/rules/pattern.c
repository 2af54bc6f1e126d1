/*
 * Patterns: PCRE2 over the whole text, with limits that no text of a stranger can exceed. Letters
 * and digits are ASCII (no UCP), a dot is one character (UTF).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules/inside.h"

enum {
    MATCH_LIMIT = 100000, /* steps of backtracking: some milliseconds */
    DEPTH_LIMIT = 1000,
    HEAP_LIMIT_KIB = 1024,
    PATTERN_LIMIT = 4096,
};

ms_status ms_pattern_compile(ms_str pattern, void **out, ms_error *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
    if (pattern.n > PATTERN_LIMIT)
        return ms_fail(err, MS_INVALID, "a pattern of %zu bytes; at most %d", pattern.n,
                       PATTERN_LIMIT);
    pcre2_code *regex = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &code, &at, NULL);
    if (!regex) {
        PCRE2_UCHAR why[160] = "";
        pcre2_get_error_message(code, why, sizeof why);
        return ms_fail(err, MS_INVALID, "pattern \"" MS_FMT "\": %s at byte %zu", MS_ARG(pattern),
                       (const char *)why, (size_t)at + 1);
    }
    *out = regex;
    return MS_OK;
}

void ms_pattern_free(void *regex)
{
    pcre2_code_free(regex);
}

bool ms_pattern_ready(ms_judge *judge)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    judge->limits = limits;
    judge->match = pcre2_match_data_create(1, NULL);
    if (!limits || !judge->match)
        return false;
    pcre2_set_match_limit(limits, MATCH_LIMIT);
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
    int n = pcre2_match(regex, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0, 0, judge->match,
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

/*
 * Texts inside others: A-Z and a-z are the same letter, all other bytes are themselves. What is
 * looked for is short and in lower case; what is searched may be as long as strangers like, so it
 * goes through a window, and the time is linear.
 */
#include "rules/inside.h"

#include "base/text.h"

enum { WINDOW = 4096 };

static bool same_letters(const char *p, ms_str wanted)
{
    for (size_t i = 0; i < wanted.n; i++)
        if (ms_lower(p[i]) != wanted.p[i])
            return false;
    return true;
}

static bool contains(ms_str s, ms_str wanted)
{
    char window[WINDOW];
    for (size_t at = 0; at + wanted.n <= s.n; at += WINDOW - wanted.n + 1) {
        size_t n = s.n - at < WINDOW ? s.n - at : WINDOW;
        for (size_t i = 0; i < n; i++)
            window[i] = ms_lower(s.p[at + i]);
        if (memmem(window, n, wanted.p, wanted.n))
            return true;
    }
    return false;
}

bool ms_text_has(const ms_slot *slot, const ms_cond *c)
{
    ms_str s = slot->text;
    for (uint32_t i = 0; s.p && i < c->n_texts; i++) {
        ms_str wanted = c->texts[i];
        if (wanted.n > s.n)
            continue;
        if (c->op == MS_C_TEXT_CONTAINS ? contains(s, wanted)
            : c->op == MS_C_STARTS_WITH ? same_letters(s.p, wanted)
                                        : same_letters(s.p + s.n - wanted.n, wanted))
            return true;
    }
    return false;
}

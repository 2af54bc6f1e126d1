/*
 * rules/words.h: conditions, values and rules in words. What does not depend on the contact is put
 * together once, when a vertical is sealed; explaining a decision then copies text and fills in
 * values. Inside core/rules only.
 */
#ifndef MS_RULES_WORDS_H
#define MS_RULES_WORDS_H

#include "rules/inside.h"

/* Of one condition that looks at a value: "budget_max = ", the value, and " ≥ 80000" or what else
 * makes it true or not. Conditions of other kinds use what fits them (because.c). */
typedef struct ms_said_cond {
    ms_str subject;
    ms_str rest[2]; /* by MS_NO and MS_YES; n == 0: nothing follows */
} ms_said_cond;

typedef struct ms_said_rule {
    ms_str points[3]; /* by truth: " +25 ", "then ", "   ? "; the first when all of them count */
    ms_str name;      /* "R01 budget-80k" filled up to the widest, and two blanks */
    ms_str end[2];    /* "  vertical.lua:36\n"; when it is yes with its sentence and its label */
} ms_said_rule;

typedef struct ms_said {
    ms_said_cond *conditions; /* one a node; empty for groups */
    ms_said_rule *rules;
} ms_said;

ms_status ms_seal_words(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err);

/* A valid slot's value as people write it: 80000, "high", 2025-01-20; long texts are cut, and what
 * tells who somebody is stays away. */
void ms_words_value(const ms_slots *slots, uint32_t slot, ms_buf *buf);
/* What a slot of this type is compared with. */
void ms_words_literal(const ms_attribute *a, int64_t value, ms_buf *buf);
/* In quotes, cut when it is long. `s` is UTF-8. */
void ms_words_text(ms_str s, ms_buf *buf);
/* JSON text on one line; one of more than `most` bytes is not shown. */
void ms_words_raw(ms_str raw, size_t most, ms_buf *buf);
/* "high", "a or b"; `last` stands before the last one. Long lists are cut. */
void ms_words_choices(const ms_attribute *a, uint64_t mask, const char *last, ms_buf *buf);
void ms_words_texts(const ms_cond *c, ms_buf *buf);
void ms_words_days(int64_t days, const char *after, ms_buf *buf); /* "1 day ago", "2 days ahead" */
static inline bool ms_words_looks_at(const ms_cond *c)            /* at one slot, or two */
{
    return c->op > MS_C_AT_LEAST && c->op != MS_C_SCORE && c->op != MS_C_ERRORS &&
           c->op != MS_C_FIRED && c->op != MS_C_CUSTOM;
}
static inline bool ms_words_finds(uint8_t op) /* looks for a text inside another */
{
    return op == MS_C_TEXT_CONTAINS || op == MS_C_STARTS_WITH || op == MS_C_ENDS_WITH;
}
const char *ms_words_symbol(ms_cmp cmp);
ms_cmp ms_words_opposite(ms_cmp cmp);

/* What made rule `rule` what it is, with the values: "budget_max = 80000 ≥ 80000". (because.c) */
void ms_because(ms_run *run, uint32_t rule, ms_truth truth, ms_buf *buf);

/* Characters of UTF-8, not bytes. */
static inline size_t ms_words_width(ms_str s)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0, inner = 0; /* bytes inside of characters: 10xxxxxx */
    for (; i + 8 <= s.n; i += 8) {
        uint64_t x = ms_load64(s.p + i);
        inner += (size_t)((x >> 7 & ~(x >> 6) & ones) * ones >> 56);
    }
    for (; i < s.n; i++)
        inner += ((unsigned char)s.p[i] & 0xc0) == 0x80;
    return s.n - inner;
}

static inline void ms_words_blanks(ms_buf *buf, size_t n)
{
    if (ms_buf_reserve(buf, n)) {
        memset(buf->p + buf->n, ' ', n);
        buf->n += n;
    }
}

#endif

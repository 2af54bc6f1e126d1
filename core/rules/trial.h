/*
 * rules/trial.h: what the files behind counterfactual.h share. Inside core/rules only.
 */
#ifndef MS_RULES_TRIAL_H
#define MS_RULES_TRIAL_H

#include "rules/counterfactual.h"
#include "rules/words.h"

enum {
    MS_MOST_BORDERS = 256,  /* of one attribute */
    MS_MOST_TRIALS = 20000, /* contacts that are judged */
};

/* How an attribute gets to the conditions. */
typedef enum ms_via {
    MS_VIA_NONE,
    MS_VIA_UP,    /* the number grows with it */
    MS_VIA_DOWN,  /* the number shrinks while it grows, from 1 up */
    MS_VIA_OTHER, /* nobody knows: only what is judged is said */
} ms_via;

typedef struct ms_attempt {
    const ms_vertical *v;
    const ms_decision *decision; /* as it is */
    const ms_fields *facts;
    int64_t today;
    ms_judge *judge;
    ms_arena *arena;
    ms_buf text;
    uint32_t tried;
    uint32_t n_judged, failures; /* of the script */
    bool cut, failed;            /* more than is tried; no memory */
    bool sampled;                /* of numbers that a function looks at some were tried */

    /* The attribute that is changed. */
    uint16_t slot;
    uint64_t family[MS_MAX_SLOTS / 64]; /* itself and those it may change places with */
    bool last_number;                   /* a text of which only the last number is looked at */
    bool alike;                         /* what holds at borders holds between them */
    ms_fields fields;                   /* without it; room for it at the end */
    int64_t min, max;                   /* valid numbers */
    int64_t borders[MS_MOST_BORDERS];
    uint32_t n_borders;

    /* What became of it, for each attribute. */
    ms_trial *trials;
    uint32_t first, n_trials, room; /* first: of the attribute that is changed */
} ms_attempt;

static inline bool ms_in_family(const ms_attempt *t, uint32_t slot)
{
    return t->family[slot / 64] >> (slot % 64) & 1;
}

/* Calls `look` for each condition that a rule or the status asks. */
typedef void (*ms_look)(ms_attempt *t, const ms_cond *c);
void ms_each_condition(ms_attempt *t, ms_look look);

/* Judges the contact with `json` for the attribute (p == NULL: without it). Whether that can be
 * said anything about: it is valid, or absent, and judging did not fail. */
bool ms_try(ms_attempt *t, ms_str json, ms_decision *out);
/* The same, and keeps what came of it. */
bool ms_try_keep(ms_attempt *t, ms_trial_kind kind, int64_t low, int64_t high, ms_str json);

/* The numbers that the attribute may be; of a text those in it. (borders.c) */
void ms_trial_bounds(const ms_attribute *a, int64_t *min, int64_t *max);
/* How the attribute gets to a slot. (borders.c) */
ms_via ms_via_of(const ms_attempt *t, uint32_t slot);
/* t->borders, sorted, each once, and t->alike for a number. (borders.c) */
void ms_find_borders(ms_attempt *t);
/* A number as JSON that the attribute takes; p == NULL: no memory. */
ms_str ms_trial_number(ms_attempt *t, int64_t number);

void ms_try_numbers(ms_attempt *t); /* (try_number.c) */
void ms_try_values(ms_attempt *t);  /* the others (try_value.c) */

/* The words of one way; `all` is everything that was tried with its attribute. (trial_words.c) */
void ms_way_words(const ms_vertical *v, const ms_way *way, const ms_trial *all, uint32_t n_all,
                  ms_buf *out);

#endif

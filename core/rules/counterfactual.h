/*
 * rules/counterfactual.h: what one changed attribute would gain or lose.
 *
 * One attribute at a time takes every choice, both booleans, no value, the texts that the vertical
 * names, and numbers, dates and times around everything that a condition compares them with; each
 * contact that comes of it is judged. Values between two such borders are judged alike by all
 * conditions, so answers hold for whole ranges; where a function of the script or a pattern looks
 * on, they are only given for the values that were judged. The work is bounded, and the order is
 * that of the declarations.
 */
#ifndef MS_RULES_COUNTERFACTUAL_H
#define MS_RULES_COUNTERFACTUAL_H

#include "rules/judge.h"

typedef enum ms_trial_kind {
    MS_TRY_MISSING, /* without the attribute */
    MS_TRY_NUMBER,  /* a number, date or time, or the last number in a text */
    MS_TRY_CHOICE,  /* choice `low`, or false and true as 0 and 1 */
    MS_TRY_ADD,     /* a list with choice `low` */
    MS_TRY_DROP,    /* a list without it */
    MS_TRY_LIST,    /* another list altogether */
    MS_TRY_TEXT,    /* a text that the vertical names */
    MS_TRY_OTHER,   /* a text in which no condition finds anything that it looks for */
} ms_trial_kind;

typedef struct ms_trial {
    ms_trial_kind kind;
    int64_t low, high; /* number: all from low to high are judged like this one, as its slot counts
                          (cents, days ...) */
    bool sample;       /* a number whose neighbours may be judged otherwise: a function looks on */
    ms_str json;       /* the value that was judged; p == NULL: none */
    uint64_t labels;   /* what came of it */
    ms_str status;
} ms_trial;

/* What one attribute does about one effect. */
typedef struct ms_way {
    uint16_t slot;
    ms_str words; /* "budget_max < 50000 or missing" */
    const ms_trial *const *trials;
    uint32_t n_trials;
} ms_way;

typedef enum ms_effect_kind { MS_LOSES, MS_GAINS, MS_BECOMES } ms_effect_kind;
typedef struct ms_effect {
    ms_effect_kind kind;
    int16_t label; /* -1: the status becomes `name` */
    ms_str name;
    const ms_way *ways; /* at least one */
    uint32_t n_ways;
} ms_effect;

typedef struct ms_effects {
    const ms_effect *items; /* labels that are lost, that are gained, then the status */
    uint32_t n;
    uint32_t tried; /* contacts that were judged */
    bool cut;       /* there was more to try than is tried; what is said holds all the same */
    bool sampled;   /* of numbers that a function looks at only some were: "among others" */
} ms_effects;

/*
 * `decision` came of `attributes` and `facts` and stays as it is; the answer lives in `arena` and
 * borrows from the vertical. MS_NOMEM, or what judging fails with. [the script's thread]
 */
ms_status ms_effects_find(const ms_decision *decision, const ms_fields *attributes,
                          const ms_fields *facts, ms_arena *arena, ms_effects *out, ms_error *err);

/* "loses hot-lead if: urgency_level = low or medium or missing, ...", a line for each effect. */
void ms_effects_text(const ms_effects *effects, const ms_vertical *vertical, ms_buf *out);
/* The same as members of a JSON object: "tried", "complete", "loses", "gains", "becomes". A way has
 * "attribute", "words", "values" that were judged (null: without it) and "ranges" of numbers whose
 * ends are judged alike. */
void ms_effects_json(const ms_effects *effects, const ms_vertical *vertical, ms_buf *out);

#endif

/*
 * rules/judge.h: judges one contact: attributes in, decision out. Pure: no I/O, no clock.
 *
 * The same vertical, attributes and `now` give the same decision, for ever. One ms_judge per
 * thread; it holds the scratch memory, and what a decision points to lives until the next call.
 */
#ifndef MS_RULES_JUDGE_H
#define MS_RULES_JUDGE_H

#include "base/json.h"
#include "rules/vertical.h"

typedef enum ms_slot_state { MS_SLOT_ABSENT, MS_SLOT_VALID, MS_SLOT_INVALID } ms_slot_state;

/* Why a value is not valid for its attribute. */
typedef enum ms_why {
    MS_WHY_NONE,       /* it is valid */
    MS_WHY_KIND,       /* another kind of JSON value than the type takes */
    MS_WHY_FORM,       /* a text that does not read as the type */
    MS_WHY_AMBIGUOUS,  /* number: "1.500" may be 1500 */
    MS_WHY_LESS,       /* below min; a text shorter than it may be */
    MS_WHY_MORE,       /* above max; a text longer than it may be */
    MS_WHY_PATTERN,    /* does not match the pattern */
    MS_WHY_SLOW,       /* matching the pattern took too long */
    MS_WHY_CHOICE,     /* none of the choices */
    MS_WHY_CREDENTIALS /* url: with a user name */
} ms_why;

/* One declared attribute after coercion, a computed number, or a fact. */
typedef struct ms_slot {
    uint8_t state;  /* ms_slot_state */
    uint8_t why;    /* ms_why of an invalid one */
    bool changed;   /* the canonical form differs from what came in */
    bool defaulted; /* valid, but absent from the contact: this is `otherwise` */
    bool swapped;   /* changed places with the other end of its range, which said less or more */
    int64_t number; /* integer, cents, millionths, days, seconds, 0/1, choice index */
    uint64_t mask;  /* choices: bit per element */
    ms_str text;    /* text-like types: canonical; as-is (content of a string, else p == NULL); date
                       and time as written; choices as a JSON array in the order written */
    const ms_field *field; /* where it came from, NULL: no such key (null and "" have one); of a
                              defaulted slot the default's */
} ms_slot;

/* One value as an attribute takes it, apart from any contact. */
typedef struct ms_taken_value {
    ms_why why; /* MS_WHY_NONE: it is valid, and the rest is filled in */
    ms_slot slot;
    ms_str json; /* canonical */
} ms_taken_value;

/* For literals and defaults: `json` is one JSON value; what `out` points to is in `arena`. `a` may
 * stand alone, with its regex compiled if it has a pattern. MS_INVALID: no JSON; MS_NOMEM. */
ms_status ms_attribute_take(const ms_attribute *a, ms_str json, ms_arena *arena,
                            ms_taken_value *out, ms_error *err);
/* Why a value is not valid ("not a whole number"), what is allowed ("a whole number, 0 to
 * 100000000"; nothing for as-is), and both ("not a whole number, 0 to 100000000"), in words. */
void ms_why_words(const ms_attribute *a, ms_why why, ms_buf *buf);
void ms_allowed_words(const ms_attribute *a, ms_buf *buf);
void ms_refusal_words(const ms_attribute *a, ms_why why, ms_buf *buf);

typedef struct ms_slots {
    const ms_vertical *vertical;
    ms_slot *items; /* declared, then computed, then facts */
    int64_t today;  /* days */
} ms_slots;

typedef struct ms_bits {
    uint64_t word[MS_MAX_RULES / 64];
} ms_bits;
static inline bool ms_bit(const ms_bits *b, uint32_t i)
{
    return b->word[i / 64] >> (i % 64) & 1;
}

/* A key that differs between before and after. */
typedef struct ms_change {
    ms_str key;
    ms_str before; /* JSON text; p == NULL: was not there */
    ms_str after;  /* JSON text; p == NULL: is removed */
    ms_str member; /* the key as JSON with its colon; p == NULL: not prepared */
    bool managed;  /* derived, status or score */
} ms_change;

typedef struct ms_judge ms_judge;

/* Why the status is what it is. */
typedef enum ms_status_why {
    MS_STATUS_NONE,      /* the vertical has none */
    MS_STATUS_KEPT,      /* what stood there is one to keep */
    MS_STATUS_AHEAD,     /* what stood there is a later stage than the rules chose */
    MS_STATUS_CASE,      /* case `status_case` */
    MS_STATUS_OTHERWISE, /* no case was yes */
} ms_status_why;

typedef struct ms_decision {
    const ms_slots *slots;
    int32_t points;         /* between score_min and score_max */
    int32_t sum;            /* before that: what all rules counted */
    ms_bits fired, unknown; /* by rule index */
    uint64_t labels;        /* bit per label */
    const uint16_t *errors; /* slots with invalid input, in attribute order */
    uint32_t n_errors;
    ms_str status; /* plain text, e.g. "qualified" */
    ms_status_why status_why;
    uint32_t status_case; /* MS_STATUS_CASE; MS_STATUS_AHEAD: the one that would have been chosen,
                             n_cases for `otherwise` */

    /* The document a peer of SPEC.md would store against the input: invalid values removed. */
    const ms_change *changed;
    uint32_t n_changed;
    /* What moonsift stores (DESIGN 4.14): managed keys, and canonical forms of valid inputs when
     * `normalise` is on; invalid and undeclared values stay as they are. */
    const ms_change *writes;
    uint32_t n_writes;

    /* Derived attributes in their order, then status, then score: new values as JSON text; p ==
     * NULL: no value. */
    const ms_str *managed;
    ms_judge *judge; /* whose scratch memory all this lives in */
} ms_decision;

static inline ms_truth ms_rule_truth(const ms_decision *d, uint32_t rule)
{
    return ms_bit(&d->fired, rule) ? MS_YES : ms_bit(&d->unknown, rule) ? MS_UNKNOWN : MS_NO;
}

ms_judge *ms_judge_new(void);
void ms_judge_free(ms_judge *judge);

/* What each rule added to the sum: its points when it fired, or as much of them as its group let
 * count. In a group that adds up the last rules lose first what is beyond the limit. They add up to
 * d->sum. */
void ms_decision_counted(const ms_decision *d, int32_t counted[MS_MAX_RULES]);
/* The same for one rule. */
int32_t ms_rule_counted(const ms_decision *d, uint32_t rule);

/*
 * Judges. `attributes` are the contact's custom attributes, `facts` what was looked up for it
 * (NULL: nothing; keys that are no facts do not matter). Of repeated keys the last one counts. Both
 * must stay until the decision is no longer used. MS_SCRIPT, MS_LIMIT_*: a custom function failed;
 * the decision is not to be used, err names rule and place.
 */
ms_status ms_judge_contact(ms_judge *judge, const ms_vertical *vertical,
                           const ms_fields *attributes, const ms_fields *facts, int64_t today,
                           bool normalise, ms_decision *out, ms_error *err);

/* Hash over the version and everything the rules read, canonical after coercion (0 never comes
 * out), so that an update that changes nothing the rules read can be told without judging. The same
 * on every host. It ends what an earlier decision of this judge points to. */
uint64_t ms_judge_input_hash(ms_judge *judge, const ms_vertical *vertical,
                             const ms_fields *attributes, const ms_fields *facts);

/* The parts of the `evaluate` contract, as JSON text appended to `buf`. */
void ms_decision_attributes(const ms_decision *d, const ms_fields *attributes, ms_buf *buf);
void ms_decision_changes(const ms_change *changes, uint32_t n, ms_buf *buf); /* {key: after|null} */
void ms_decision_labels(const ms_decision *d, ms_buf *buf);
void ms_decision_rules(const ms_vertical *vertical, const ms_bits *rules, ms_buf *buf);
void ms_decision_errors(const ms_decision *d, ms_buf *buf);
/* {"budget_min":{"value":"1.5k","why":"not a whole number"}}, in the order of errors. A value is
 * text: of a string what it says, of others their JSON; cut at MS_SHOWN_BYTES. */
enum { MS_SHOWN_BYTES = 80 };
void ms_decision_invalid(const ms_decision *d, ms_buf *buf);
/* The whole line of `moonsift evaluate`, without newline. `id` is JSON text (p == NULL: null). */
void ms_decision_line(const ms_decision *d, ms_str id, const ms_fields *attributes, ms_buf *buf);

/* For people: each rule with its points, its condition in words with the values that made it so
 * ("budget_max = 80000 >= 80000"), its place and its sentence; then the outcome. */
void ms_decision_explain(const ms_decision *d, ms_buf *buf);
/* The same as members of a JSON object: "outcome", "rules" (id, name, outcome, truth, points,
 * counted, condition, reason, values, place, because, label) and "errors". */
void ms_decision_explain_json(const ms_decision *d, ms_buf *buf);
/* A line for each attribute: what came in, and what it was read as when that is written another
 * way: reads budget_max: "€ 85.000" → 85000. */
void ms_decision_reads(const ms_decision *d, ms_buf *buf);
/* One rule of it: "no: follower_count = 900 < 10000", "unknown: scraped_date missing"; of a rule
 * that fired only what made it so. */
void ms_decision_reason(const ms_decision *d, uint32_t rule, ms_buf *buf);
/* One condition in words, without values: "budget_max is at least 80000". */
void ms_condition_words(const ms_vertical *vertical, uint32_t condition, ms_buf *buf);

/* Version of the PCRE2 that is linked, "10.42". */
void ms_pattern_release(char *out, size_t size);

#endif

/*
 * rules/vertical.h: the compiled form of a vertical: what core/lua builds and core/rules runs.
 *
 * Plain data without pointers into Lua: attribute types, conditions as one flat program, rules,
 * labels, derived attributes, status. Built once when a version loads, read-only afterwards; it may
 * be read from any thread, except that custom functions belong to the thread of their script.
 *
 * Words: a *slot* is the typed value of one attribute (index = its place in `attributes`): declared
 * ones come in with the contact, computed ones behind them are worked out from earlier slots, facts
 * behind those are looked up by the host. *Points* are integers in tenths of the stored score.
 */
#ifndef MS_RULES_VERTICAL_H
#define MS_RULES_VERTICAL_H

#include "base/arena.h"

enum {
    MS_MAX_ATTRIBUTES = 128,
    MS_MAX_COMPUTED = 64,
    MS_MAX_FACTS = 32,
    MS_MAX_SLOTS = MS_MAX_ATTRIBUTES + MS_MAX_COMPUTED + MS_MAX_FACTS,
    MS_MAX_CHOICES = 64,
    MS_MAX_COLUMN_NAMES = 32, /* of one attribute */
    MS_MAX_FIND_BYTES = 200,  /* of a text that conditions look for inside others */
    MS_MAX_RULES = 256,
    MS_MAX_GROUPS = 32,
    MS_MAX_LABELS = 64,
    MS_MAX_CONDITIONS = 4096,
};

typedef enum ms_type {
    MS_T_INTEGER, /* whole number; text with separators, euro sign and k is understood */
    MS_T_MONEY,   /* cents inside, a number with two places outside */
    MS_T_CHOICE,  /* one of `choices`, lower case */
    MS_T_CHOICES, /* array of them without repeats */
    MS_T_BOOLEAN,
    MS_T_TEXT,  /* trimmed; may have a pattern */
    MS_T_DATE,  /* days since 1970-01-01; keeps its text */
    MS_T_AS_IS, /* compared as it stands; never coerced, removed or rewritten */
    /* A decimal: millionths inside, exact from the number's text (never through binary fractions),
     * rounded half away from zero to six places; a text like "3.5" or "3,5" when it can mean one
     * number only ("1.500" cannot be told from 1500). */
    MS_T_NUMBER,
    /* A moment: seconds since 1970-01-01T00:00Z, rounded down. ISO 8601 with Z or an offset, a bare
     * date or time (UTC), or a JSON number of seconds; keeps its text. */
    MS_T_TIME,
    /* Texts with a canonical form, which is what is compared and stored: */
    MS_T_URL,    /* http or https; scheme and host in lower case; host, no credentials */
    MS_T_EMAIL,  /* lower case, one @, at most 254 bytes */
    MS_T_PHONE,  /* "+31612345678" */
    MS_T_HANDLE, /* "@name", from "name", "@Name" or the URL of a profile */
} ms_type;
enum { MS_TYPES = MS_T_HANDLE + 1 };

enum { MS_MILLION = 1000000 }; /* what 1 is inside an MS_T_NUMBER */
#define MS_MAX_NUMBER (INT64_C(1000000000000) * MS_MILLION)

typedef struct ms_attribute {
    ms_str name;
    ms_type type;
    ms_str says, unit; /* for people; p == NULL none */
    const ms_str *choices;
    uint32_t n_choices;
    /* integer: as is; money: cents; number: millionths; date: days; time: seconds (for the last two
     * both 0: no bounds); text: length in bytes */
    int64_t min, max;
    ms_str pattern; /* text, handle: PCRE2, the whole must match; p == NULL none */
    void *regex;    /* compiled pattern, owned by the vertical */
    ms_str country; /* phone: calling code ("31") of numbers that begin with one 0; or p == NULL */
    bool personal;  /* tells who somebody is, or how to reach them: to be masked and scrubbed */
    ms_str otherwise;  /* JSON: what rules see while it is absent; p == NULL: then it is missing */
    ms_str deprecated; /* what to use instead, one sentence; p == NULL: in use */
    /* What the column is called in people's files ("Budget max", "Bovengrens"). No two attributes
     * of a vertical have the same: case, blanks and "_-." do not count. */
    const ms_str *columns;
    uint32_t n_columns;
    uint32_t line; /* in vertical.lua */
} ms_attribute;

/* "integer", as a vertical writes it; "?": no type. */
const char *ms_type_name(ms_type type);
/* False: no type has this name. */
bool ms_type_named(ms_str name, ms_type *out);

static inline bool ms_is_text_type(ms_type type) /* slots that hold one text */
{
    return type == MS_T_TEXT || type == MS_T_AS_IS || type >= MS_T_URL;
}

/* What 1 is inside a type that counts: integer 1, money 100, number MS_MILLION; others 0. */
static inline int64_t ms_scale(ms_type type)
{
    return type == MS_T_INTEGER  ? 1
           : type == MS_T_MONEY  ? 100
           : type == MS_T_NUMBER ? MS_MILLION
                                 : 0;
}
/* Whether two names of columns are the same. */
bool ms_same_column(ms_str a, ms_str b);

/* A number worked out from earlier slots; without a value when one of them has none. Conditions see
 * it like a declared attribute. It comes in under no key, and is written only when it is derived.
 */
typedef enum ms_formula {
    MS_F_PER,         /* slot / slot2, rounded half up; no value unless slot2 is above 0 */
    MS_F_WHOLE,       /* how many whole `by` (cents, millionths) are in slot, rounded down */
    MS_F_LAST_NUMBER, /* the last digits in a text; no value without, or with more than 15 */
} ms_formula;
typedef struct ms_computed {
    ms_formula formula;
    uint16_t slot, slot2; /* earlier than its own, or a fact */
    int64_t by;
} ms_computed;

/* Kleene's three values. */
typedef enum ms_truth { MS_NO = 0, MS_YES = 1, MS_UNKNOWN = 2 } ms_truth;

typedef enum ms_cond_op {
    MS_C_ALL,           /* children: all{no, ?} = no */
    MS_C_ANY,           /* children: any{yes, ?} = yes */
    MS_C_NONE,          /* children: not any */
    MS_C_AT_LEAST,      /* children, a = how many */
    MS_C_COMPARE,       /* slot cmp a (integer, cents, millionths, days, seconds, boolean 0/1) */
    MS_C_COMPARE_SLOTS, /* slot cmp slot2, both of one type */
    MS_C_ONE_OF,        /* choice slot: bit in mask */
    MS_C_CONTAINS,      /* choices slot: all bits of mask set */
    MS_C_CONTAINS_ANY,  /* choices slot: some bit of mask set */
    MS_C_COUNT,         /* choices slot: number of elements cmp a */
    MS_C_TEXT_IS,       /* text-like slot equals one of texts[0 .. n_texts) exactly */
    MS_C_TEXT_CONTAINS, /* text-like slot has one of texts inside; A-Z and a-z are the same, and */
    MS_C_STARTS_WITH,   /* texts are in lower case, 1 to MS_MAX_FIND_BYTES bytes; an as-is value */
    MS_C_ENDS_WITH,     /* that is no string: no */
    MS_C_MATCHES,       /* text-like slot matches regex (bounded) */
    MS_C_PRESENT,       /* never unknown; an invalid value is not present */
    MS_C_MISSING,       /* never unknown; absent or invalid */
    MS_C_WITHIN_DAYS,   /* date or time slot: today - its day (UTC) <= a; the future counts */
    MS_C_OLDER_DAYS,    /* date or time slot: today - its day (UTC) > a */
    MS_C_SCORE,         /* score in points cmp a; outcome rules only */
    MS_C_ERRORS,        /* a = 1: some input is invalid, a = 0: none is; outcome rules only */
    MS_C_FIRED,         /* a = index of an earlier rule: its truth */
    MS_C_CUSTOM,        /* a = index into customs */
} ms_cond_op;

typedef enum ms_cmp { MS_LT, MS_LE, MS_EQ, MS_NE, MS_GE, MS_GT } ms_cmp;

/* One node; the program is a forest in preorder, a subtree is `size` nodes long. */
typedef struct ms_cond {
    uint8_t op;  /* ms_cond_op */
    uint8_t cmp; /* ms_cmp */
    uint16_t slot, slot2;
    uint16_t n_children;
    uint16_t size; /* nodes of this subtree, itself included */
    int64_t a;
    uint64_t mask;
    const ms_str *texts;
    uint32_t n_texts;
    void *regex;
} ms_cond;

typedef struct ms_rule {
    ms_str id;      /* stable: "R01" */
    ms_str name;    /* for people: "budget-80k"; p == NULL none */
    ms_str because; /* one sentence */
    int32_t points;
    uint16_t condition; /* index of its root in conditions */
    int16_t label;      /* index into labels, -1 none */
    bool outcome;       /* judged after the score is known */
    uint32_t line;
    int16_t group; /* index into groups, -1 none; not looked at in a vertical without groups */
} ms_rule;

/* Scoring rules whose points count together, once. What the fired ones come to is brought between
 * min and max; without a fired rule a group counts 0, so min <= 0 <= max. */
enum { MS_NO_MIN = INT32_MIN, MS_NO_MAX = INT32_MAX };
typedef struct ms_group {
    ms_str name, says;
    bool highest;     /* only the fired rule with the most points counts (of equals the first);
                         else the points of all that fired add up */
    int32_t min, max; /* points; MS_NO_MIN, MS_NO_MAX: none */
    uint32_t line;
} ms_group;

typedef struct ms_label {
    ms_str title, description, colour; /* "#10b981" */
    bool sidebar;
    bool owned; /* some rule sets it: after a decision a contact carries it exactly if one fired */
    uint32_t line;
} ms_label;

/* One piece of a template: text, or an attribute put into words. */
typedef enum ms_form { MS_FORM_PLAIN, MS_FORM_THOUSANDS /* floor(v / 1000) */ } ms_form;
typedef struct ms_piece {
    ms_str text;  /* used when slot < 0 */
    int32_t slot; /* -1: text */
    ms_form form;
} ms_piece;
typedef struct ms_template {
    const ms_piece *pieces;
    uint32_t n;
} ms_template;

typedef enum ms_derive_kind {
    MS_D_TEMPLATE, /* the first template whose attributes are all valid; none: no value */
    MS_D_RULE,     /* boolean: rule `rule` fired */
    MS_D_NUMBER,   /* the value of a computed slot */
    MS_D_CUSTOM    /* a function of the script */
} ms_derive_kind;
typedef struct ms_derived {
    ms_str name;
    ms_derive_kind kind;
    const ms_template *templates;
    uint32_t n_templates;
    uint32_t rule;
    uint32_t slot;   /* computed */
    uint32_t custom; /* index into customs */
    ms_str says;
    uint32_t line;
} ms_derived;

/* lead_status: a kept value stays, else the first case that is yes decides, else `otherwise`. */
#define MS_NO_RULE UINT32_MAX
typedef struct ms_status_case {
    uint32_t rule; /* yes when it fired; MS_NO_RULE: when `condition` is yes */
    ms_str value;
    uint32_t line;
    uint16_t condition; /* index of its root; it may ask all that an outcome may, and any rule */
} ms_status_case;
typedef struct ms_status_plan {
    ms_str attribute; /* "lead_status" */
    const ms_str *keep;
    uint32_t n_keep;
    const ms_status_case *cases;
    uint32_t n_cases;
    ms_str otherwise;
    const ms_str *stages; /* all values there are, in order; none declared: n_stages is 0 */
    uint32_t n_stages;
    bool only_forward; /* a stored stage behind the one that was chosen stays */
} ms_status_plan;

/*
 * A fact: a slow look-up that the vertical declares. Its slot has a type like any attribute, but
 * comes from a facts document of its own, never from the contact's attributes, and is never stored
 * among them. Its name is the name of no declared attribute. Nothing here fetches it: a fact that
 * is not given is absent, and what cannot be read as its type is invalid; both are unknown, and
 * neither counts as an error of what was entered.
 */
typedef enum ms_fact_from { MS_FROM_KNOWLEDGE } ms_fact_from;
typedef enum ms_fact_take {                     /* follows from the fact's type */
                            MS_TAKE_SIMILARITY, /* number: of the best match, 0 to 1 */
                            MS_TAKE_COUNT,      /* integer: how many matches there are */
                            MS_TAKE_FOUND,      /* boolean: whether there is one */
                            MS_TAKE_TITLE,      /* text, choice: of the best match */
                            MS_TAKE_TITLES,     /* choices: of all matches */
} ms_fact_take;
typedef struct ms_fact {
    ms_fact_from from;
    ms_fact_take take;
    const ms_template *query; /* what is searched for: the first whose attributes are all valid;
                                 without one there is nothing to look up */
    uint32_t n_query;
    ms_str category;   /* p == NULL: all */
    int32_t threshold; /* least similarity in thousandths; -1: the knowledge base's own */
} ms_fact;

/* A function of the script: reads some slots, answers yes, no or unknown, or a value. */
typedef struct ms_custom {
    ms_str says;
    const uint16_t *reads; /* slots; if one is missing the condition is unknown, fn is not called */
    uint32_t n_reads;
    uint32_t line;
} ms_custom;

struct ms_slots; /* judge.h */

/* How core/rules reaches the script. core/lua fills it in; NULL functions when there are none. */
typedef struct ms_script_calls {
    void *script;
    ms_status (*condition)(void *script, uint32_t custom, const struct ms_slots *slots,
                           ms_truth *out, ms_error *err);
    /* out: JSON text in arena; p == NULL: no value */
    ms_status (*derive)(void *script, uint32_t custom, const struct ms_slots *slots,
                        ms_arena *arena, ms_str *out, ms_error *err);
    /* A decision begins: its calls share one time limit; may be NULL. */
    void (*begin)(void *script);
} ms_script_calls;

typedef struct ms_pair {
    uint16_t low, high; /* slots: swapped when both are valid and low > high */
} ms_pair;

typedef struct ms_vertical {
    ms_str name;    /* "recruitment" */
    ms_str title;   /* for people */
    ms_str says;    /* what it judges, one sentence; p == NULL none */
    ms_str version; /* hash of files + language revision, 64 hex */
    ms_str file;    /* for places in explanations: "vertical.lua" */

    /* n_attributes declared; n_computed: name, type, line; n_facts, with bounds, choices, says */
    const ms_attribute *attributes;
    uint32_t n_attributes;
    const ms_computed *computed;
    uint32_t n_computed;
    const ms_fact *facts;
    uint32_t n_facts;
    const ms_pair *ranges;
    uint32_t n_ranges;
    const ms_cond *conditions;
    uint32_t n_conditions;
    const ms_rule *rules; /* scoring rules first, then outcome rules, each in order */
    uint32_t n_rules;
    const ms_group *groups;
    uint32_t n_groups;
    const ms_label *labels; /* order of output */
    uint32_t n_labels;
    const ms_derived *derived;
    uint32_t n_derived;
    const ms_custom *customs;
    uint32_t n_customs;
    ms_status_plan status;
    ms_str score_attribute;       /* "qualification_score"; stored = points / 10 */
    int32_t score_min, score_max; /* clamp of the whole score, in points */

    ms_script_calls calls;
    void *index; /* name -> slot, built by ms_vertical_seal */
} ms_vertical;

/* Checks the whole (indexes in range, trees well formed, limits, names unique) and builds what
 * judging needs (name index, regexes). After it the vertical is read-only. */
ms_status ms_vertical_seal(ms_vertical *vertical, ms_arena *arena, ms_error *err);
void ms_vertical_unseal(ms_vertical *vertical); /* frees regexes and the index; NULL allowed */

static inline uint32_t ms_vertical_slots(const ms_vertical *vertical)
{
    return vertical->n_attributes + vertical->n_computed + vertical->n_facts;
}
/* The fact whose slot this is, or NULL. */
static inline const ms_fact *ms_vertical_fact(const ms_vertical *vertical, uint32_t slot)
{
    uint32_t first = vertical->n_attributes + vertical->n_computed;
    return slot >= first && slot - first < vertical->n_facts ? &vertical->facts[slot - first]
                                                             : NULL;
}
/* Slot of a declared attribute, or -1. */
int ms_vertical_slot(const ms_vertical *vertical, ms_str name);

/* True when the vertical's rules, ranges, derived attributes or status read this key. */
bool ms_vertical_reads(const ms_vertical *vertical, ms_str key);
/* Marks the slots on which the answer to one condition (index of its root) depends: also what asked
 * rules, the score, computed numbers, functions and facts read, and both ends of a range. */
void ms_condition_reads(const ms_vertical *vertical, uint32_t condition, bool reads[MS_MAX_SLOTS]);
/* True when the vertical writes it: derived, status or score. */
bool ms_vertical_manages(const ms_vertical *vertical, ms_str key);

#endif

/*
 * rules/inside.h: what the files of core/rules share and nobody above sees.
 *
 * ms_sealed is what sealing makes of a vertical, read-only and shared by all threads; ms_judge is
 * one thread's scratch memory. Texts that end up in JSON are quoted once, when sealing, so that
 * judging and printing only copy.
 */
#ifndef MS_RULES_INSIDE_H
#define MS_RULES_INSIDE_H

#include "rules/judge.h"

enum {
    MS_MAX_DERIVED = 128,
    MS_MAX_MANAGED = MS_MAX_DERIVED + 2, /* derived attributes, status, score */
    MS_MAX_NAMES = MS_MAX_ATTRIBUTES + MS_MAX_MANAGED,
    MS_MAX_CHOICE_BYTES = 64,
    MS_MAX_COND_DEPTH = 32,
    MS_MAX_SCORES = 1024, /* possible scores whose text is kept ready */
    MS_MAX_STEPS = 4096,  /* of the program; a condition that has no room is walked */
};

/* A key that the vertical knows: declared, managed, or both (an as-is attribute that reads what
 * stood in a managed place, as `lead_status` may). */
typedef struct ms_name {
    ms_str key;
    ms_str json; /* "key": */
    uint64_t hash;
    int16_t slot;    /* declared attribute or -1 */
    int16_t managed; /* derived 0 .. n_derived - 1, then status, then score; -1 none */
    bool read;       /* rules, ranges, derived attributes or status look at it */
} ms_name;

typedef struct ms_step ms_step;
typedef struct ms_verdict ms_verdict;
typedef struct ms_tally ms_tally;
typedef struct ms_program {
    ms_step *steps;
    uint16_t *children;   /* steps of the groups' children */
    ms_verdict *verdicts; /* one a rule */
    ms_tally *tallies;    /* one a group of rules */
    uint32_t n_tallies;
    uint32_t n_steps, scoring_steps;
    uint32_t n_scoring; /* rules before the first outcome rule */
} ms_program;

typedef struct ms_sealed {
    uint64_t seed;   /* of the hash: keys come from strangers */
    uint32_t mask;   /* size of `table` - 1 */
    uint16_t *table; /* open addressing: index into names + 1, 0 empty */
    ms_name *names;
    uint32_t n_names;
    uint16_t *slot_name;    /* slot -> name */
    bool *slot_read;        /* by slot: something asks for it */
    uint16_t *managed_name; /* managed -> name; MS_NO_NAME when the vertical has no such thing */
    uint32_t n_managed;     /* n_derived + 2 */
    ms_str **choice_json;   /* [slot][choice], quoted; NULL for other types; facts, too */
    ms_str *label_json, *rule_json;
    ms_str *keep_json, *case_json, otherwise_json; /* status values, quoted */
    ms_str *stage_json;
    ms_str *score_json;      /* score_min .. score_max, unless too many */
    const ms_slot *defaults; /* by slot, `defaulted` if any; NULL: none */
    ms_program program;
    ms_str head;          /* ,"vertical":"..","version":"..","attributes": */
    struct ms_said *said; /* what explanations say, put together (words.h) */
} ms_sealed;

enum { MS_NO_NAME = UINT16_MAX };

/* Which names a key of the input means, one per field of the input. */
typedef uint16_t ms_role; /* index into names, or one of: */
enum { MS_ROLE_OTHER = UINT16_MAX, MS_ROLE_REPEATED = UINT16_MAX - 1 };

typedef struct ms_seen { /* of undeclared keys, to find repeats */
    uint32_t round;
    uint32_t field;
} ms_seen;

struct ms_judge {
    ms_arena *arena;
    bool no_memory; /* some allocation of this call failed */
    ms_buf scratch;
    ms_buf page, gaps; /* of explanations */
    void *match;       /* pcre2_match_data, for the whole match only */
    void *limits;      /* pcre2_match_context */

    ms_slots slots;
    ms_slot items[MS_MAX_SLOTS];
    ms_str json[MS_MAX_ATTRIBUTES];         /* canonical form of valid slots */
    const ms_field *incoming[MS_MAX_NAMES]; /* by name: the last field of that key */
    ms_str managed[MS_MAX_MANAGED];         /* new values as JSON; p == NULL: no value */
    bool managed_same[MS_MAX_MANAGED];      /* equal to what came in */
    uint16_t errors[MS_MAX_ATTRIBUTES];
    uint8_t truth[MS_MAX_STEPS]; /* ms_truth of each step of the program */
    ms_change changed[MS_MAX_NAMES], writes[MS_MAX_NAMES];

    ms_role *roles; /* one per field */
    size_t n_roles, roles_capacity;
    ms_seen *seen; /* open addressing over undeclared keys, a power of two */
    size_t seen_capacity;
    uint32_t round; /* entries of earlier calls do not count */
};

static inline const ms_sealed *ms_sealed_of(const ms_vertical *v)
{
    return v->index;
}

static inline bool ms_is_computed(const ms_vertical *v, uint32_t slot)
{
    return slot >= v->n_attributes && !ms_vertical_fact(v, slot);
}

/* ---- names ---------------------------------------------------------------------------------- */

static inline uint64_t ms_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}
static inline uint32_t ms_load32(const char *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}
/* Equal bytes. The texts here are short: a call would cost more than the comparison. */
static inline bool ms_same(ms_str a, ms_str b)
{
    if (a.n != b.n)
        return false;
    if (a.n >= 8) {
        for (size_t i = 0; i + 8 < a.n; i += 8)
            if (ms_load64(a.p + i) != ms_load64(b.p + i))
                return false;
        return ms_load64(a.p + a.n - 8) == ms_load64(b.p + a.n - 8);
    }
    if (a.n >= 4)
        return ms_load32(a.p) == ms_load32(b.p) &&
               ms_load32(a.p + a.n - 4) == ms_load32(b.p + a.n - 4);
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] != b.p[i])
            return false;
    return true;
}
static inline uint64_t ms_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 x = (unsigned __int128)a * b;
    return (uint64_t)x ^ (uint64_t)(x >> 64);
}
/* For the table of known names: length, beginning and end. Strangers may collide with it, which
 * costs them a comparison: the table does not grow. */
static inline uint64_t ms_name_hash(ms_str key)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t head = 0, tail = key.n;
    if (key.n >= 8) {
        head = ms_load64(key.p);
        tail += ms_load64(key.p + key.n - 8);
    } else if (key.n >= 4) {
        head = ms_load32(key.p);
        tail += (uint64_t)ms_load32(key.p + key.n - 4) << 32;
    } else {
        for (size_t i = 0; i < key.n; i++)
            head = head << 8 | (unsigned char)key.p[i];
    }
    return ms_fold(head ^ odd, tail ^ ~odd);
}
/* Of all bytes, keyed: for tables that grow with what strangers send. */
static inline uint64_t ms_key_hash(ms_str key, uint64_t seed)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t h = seed ^ (key.n * odd), rest = 0;
    size_t i = 0;
    for (; i + 8 <= key.n; i += 8)
        h = ms_fold(h ^ ms_load64(key.p + i), odd);
    for (; i < key.n; i++)
        rest = rest << 8 | (unsigned char)key.p[i];
    return ms_fold(h ^ rest, odd);
}

/* Index into names, or MS_NO_NAME. */
static inline uint16_t ms_find_name(const ms_sealed *s, ms_str key)
{
    uint64_t hash = ms_name_hash(key);
    for (uint32_t at = (uint32_t)hash & s->mask; s->table[at]; at = (at + 1) & s->mask) {
        const ms_name *name = &s->names[s->table[at] - 1];
        if (name->hash == hash && ms_same(name->key, key))
            return (uint16_t)(s->table[at] - 1);
    }
    return MS_NO_NAME;
}

ms_status ms_seal_index(const ms_vertical *v, ms_arena *arena, ms_sealed **out, ms_error *err);
/* The texts as JSON, in the arena; NULL: no memory. */
ms_str *ms_quoted_list(ms_arena *arena, const ms_str *texts, uint32_t n);
ms_status ms_seal_texts(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err);
ms_status ms_seal_attributes(const ms_vertical *v, ms_error *err);
ms_status ms_seal_ranges(const ms_vertical *v, ms_error *err);
ms_status ms_seal_conditions(const ms_vertical *v, ms_error *err);
ms_status ms_seal_computed(const ms_vertical *v, ms_error *err);
ms_status ms_seal_groups(const ms_vertical *v, ms_error *err);
ms_status ms_seal_status(const ms_vertical *v, ms_error *err);
ms_status ms_seal_facts(const ms_vertical *v, ms_error *err);
/* A name or text that is 1 to 255 bytes of UTF-8. */
bool ms_seal_usable(ms_str s);
/* "vertical.lua:34: ..." as MS_INVALID; line 0: none. */
__attribute__((format(printf, 4, 5))) ms_status
ms_seal_fail(const ms_vertical *v, uint32_t line, ms_error *err, const char *format, ...);
ms_status ms_seal_template(const ms_vertical *v, ms_str name, uint32_t line, const ms_template *t,
                           ms_error *err);
ms_status ms_seal_defaults(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err);
void ms_seal_reads(const ms_vertical *v, ms_sealed *s);
/* Mark the slots that a tree looks at itself, that templates do, and those that marked computed
 * ones are made of. */
void ms_read_tree(const ms_vertical *v, uint32_t root, bool *used);
void ms_read_templates(const ms_template *templates, uint32_t n, bool *used);
void ms_read_computed(const ms_vertical *v, bool *used);

/* ---- patterns ------------------------------------------------------------------------------- */

ms_status ms_pattern_compile(ms_str pattern, void **out, ms_error *err);
void ms_pattern_free(void *regex);
/* Memory for matching, made once per judge; false: no memory. */
bool ms_pattern_ready(ms_judge *judge);
void ms_pattern_done(ms_judge *judge);
/* Whether the whole text matches; *limit is set when the search was given up. */
bool ms_pattern_matches(ms_judge *judge, const void *regex, ms_str text, bool *limit);

/* ---- coercion: fills slot (state apart) and canonical JSON when the value is valid ------------
 */

/* `quoted`: the choices as JSON, of choice and choices. */
typedef ms_why ms_coercer(ms_judge *j, const ms_attribute *a, const ms_str *quoted,
                          const ms_field *f, ms_slot *slot, ms_str *json);
ms_coercer ms_coerce_integer, ms_coerce_money, ms_coerce_number, ms_coerce_choice,
    ms_coerce_choices, ms_coerce_text, ms_coerce_date, ms_coerce_time, ms_coerce_url,
    ms_coerce_email, ms_coerce_phone, ms_coerce_handle;
/* By the attribute's type. */
ms_coercer ms_coerce;
/* One JSON value as the reader of contacts would hand it over, without a key. It borrows from
 * `json` and `arena`. MS_INVALID: no JSON; MS_NOMEM. (seal_defaults.c) */
ms_status ms_field_of(ms_str json, ms_arena *arena, ms_field *out, ms_error *err);
static inline ms_why ms_within(const ms_attribute *a, int64_t n)
{
    return n < a->min ? MS_WHY_LESS : n > a->max ? MS_WHY_MORE : MS_WHY_NONE;
}
/* The text of `f` in this form. */
void ms_take_form(ms_judge *j, const ms_field *f, ms_str form, ms_slot *slot, ms_str *json);
/* All slots, ranges and the list of errors; returns their number. */
uint32_t ms_coerce_all(ms_judge *judge, const ms_vertical *v);
/* One slot from its field (NULL: none), with its state. */
void ms_coerce_slot(ms_judge *judge, const ms_vertical *v, uint32_t slot, const ms_field *f,
                    ms_str *json);
/* The slots of the facts, before what is computed. */
void ms_facts_all(ms_judge *judge, const ms_vertical *v, const ms_fields *facts);
/* The computed slots, after coercion. */
void ms_compute_all(ms_judge *judge, const ms_vertical *v);

/* Everything before coercion: forgets the last call, takes the fields. MS_OK or MS_NOMEM. */
ms_status ms_judge_prepare(ms_judge *judge, const ms_vertical *v, const ms_fields *attributes,
                           int64_t today);
/* Finds out what each key means and which field of a repeated key counts; false: no memory. */
bool ms_judge_take(ms_judge *judge, const ms_vertical *v, const ms_fields *attributes);

/* ---- after the slots ------------------------------------------------------------------------ */

/* What a condition may look at. */
typedef struct ms_run {
    ms_judge *judge;
    const ms_vertical *vertical;
    const ms_decision *decision; /* points and errors */
    ms_truth (*truth_of_rule)(const struct ms_run *run, uint32_t rule);
    ms_error *err;
    ms_status status; /* not MS_OK: a custom function failed */
} ms_run;
ms_truth ms_condition_truth(ms_run *run, const ms_cond *c);
bool ms_text_is(const ms_slot *slot, const ms_cond *c);
/* Contains, begins or ends with one of the texts. (find.c) */
bool ms_text_has(const ms_slot *slot, const ms_cond *c);
static inline bool ms_compare(int64_t x, uint8_t cmp, int64_t y)
{
    switch ((ms_cmp)cmp) {
    case MS_LT: return x < y;
    case MS_LE: return x <= y;
    case MS_EQ: return x == y;
    case MS_NE: return x != y;
    case MS_GE: return x >= y;
    case MS_GT: return x > y;
    }
    return false;
}

/* Compiles the rules; false: no memory. */
bool ms_program_make(const ms_vertical *v, ms_arena *arena, ms_program *program);
/* Judges all rules: points, fired, unknown and labels of `d`. When a function of the script fails,
 * *failed is the rule that asked it. */
ms_status ms_program_run(ms_judge *judge, const ms_vertical *v, ms_decision *d, uint32_t *failed,
                         ms_error *err);

/* The truth of a rule as it was decided. */
ms_truth ms_rule_decided(const ms_run *run, uint32_t rule);

/* d->status and why; *json is its text in JSON. `before` is what stood there. */
ms_status ms_status_choose(ms_judge *judge, const ms_vertical *v, const ms_field *before,
                           ms_decision *d, ms_str *json, ms_error *err);
bool ms_field_is_text(const ms_field *f, ms_str text);
/* Place of a stored text among the stages, -1: it is none. */
int ms_status_stage(const ms_status_plan *plan, const ms_field *f);

/* Truths of the nodes of a rule's condition in the last run, backwards: that of node i in preorder
 * is [-i]. NULL when the program knows the rule as a whole only. */
const uint8_t *ms_program_truths(const ms_judge *judge, const ms_vertical *v, uint32_t rule);

/* Values of derived attributes, status and score into judge->managed. */
ms_status ms_derive_all(ms_judge *judge, const ms_vertical *v, ms_decision *d, ms_error *err);
/* d->changed and d->writes. */
void ms_changes_all(ms_judge *judge, const ms_vertical *v, bool normalise, ms_decision *d);

/* Equal as JSON; `text` is JSON. */
bool ms_same_json(ms_judge *judge, const ms_field *f, ms_str text);

/* ---- text ----------------------------------------------------------------------------------- */

/* Copies into the judge's arena; on failure sets no_memory and returns an empty text. */
ms_str ms_judge_text(ms_judge *judge, const char *p, size_t n);
ms_str ms_judge_quoted(ms_judge *judge, ms_str s);
ms_str ms_judge_integer(ms_judge *judge, int64_t i);

enum { MS_DECIMAL_TEXT = 32 };
/* `units` / 10^places without trailing zeros: (35, 1) is "3.5". Returns its length. */
size_t ms_decimal(char out[MS_DECIMAL_TEXT], int64_t units, int places);

/* Decimals of a type that counts (ms_scale). */
static inline int ms_places(ms_type type)
{
    return type == MS_T_MONEY ? 2 : type == MS_T_NUMBER ? 6 : 0;
}

static inline int64_t ms_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* 0000-01-01T00:00Z and 9999-12-31T23:59:59Z: as far as moments go. */
#define MS_FIRST_SECOND INT64_C(-62167219200)
#define MS_LAST_SECOND INT64_C(253402300799)
/* The day of a moment. */
static inline int64_t ms_day_of(int64_t seconds)
{
    return ms_floor_div(seconds, 86400);
}

/* A quoted string; the usual case, nothing to escape, is one pass and one copy. `s` is UTF-8. */
bool ms_needs_escape(ms_str s);
void ms_put_quoted(ms_buf *buf, ms_str s);

#endif

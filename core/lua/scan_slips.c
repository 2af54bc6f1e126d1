/*
 * What Lua takes without a word and drops: of a key that stands twice in a table constructor the
 * first value, and behind `or` a condition that is never made, because the one before it is a
 * value. Conditions that are made and dropped are found when loading ends (condition.lua).
 */
#include "lua/scan.h"

enum { NOWHERE, START, NAME, BRACKET, TEXT, CLOSED }; /* how much of a key was seen */
enum { MAX_BACK = 512 };                              /* keys of a table that are compared */

static bool is_one_of(ms_str text, const char *const *names)
{
    for (; *names; names++)
        if (ms_str_eqz(text, *names))
            return true;
    return false;
}

static bool is_name(const ms_token *t, const char *name)
{
    return t->kind == MS_TOKEN_NAME && ms_str_eqz(t->text, name);
}

static void add_slip(ms_words *w, ms_slip slip)
{
    if (w->n_slips < MS_SCAN_MAX_SLIPS)
        w->slips[w->n_slips++] = slip;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static bool grow_keys(ms_arena *arena, ms_words *w)
{
    size_t capacity = w->keys_capacity ? 2 * w->keys_capacity : 256;
    ms_key *keys = ms_alloc_zero(arena, capacity, sizeof *keys);
    if (!keys)
        return false;
    if (w->n_keys)
        memcpy(keys, w->keys, w->n_keys * sizeof *keys);
    w->keys = keys; /* the old ones stay: slips point to them */
    w->keys_capacity = capacity;
    return true;
}

static bool add_key(ms_slips *s)
{
    ms_words *w = s->words;
    ms_around *table = &s->around[s->depth];
    if (w->n_keys == w->keys_capacity && !grow_keys(s->arena, w))
        return false;
    ms_key *key = &w->keys[w->n_keys++];
    *key = (ms_key){s->key.text, s->key.line, s->key.column, table->last_key};
    table->last_key = (uint32_t)w->n_keys;
    const ms_key *other = key;
    for (int i = 0; i < MAX_BACK && other->previous; i++) {
        other = &w->keys[other->previous - 1];
        if (ms_str_eq(other->text, key->text)) {
            add_slip(w, (ms_slip){key, other, key->line, key->column});
            break;
        }
    }
    return true;
}

/* name = ... or ["name"] = ... behind the brace or a separator of a table constructor. */
static bool see_key(ms_slips *s, const ms_token *t)
{
    int was = s->field;
    s->field = NOWHERE;
    if ((was == START && t->kind == MS_TOKEN_NAME) ||
        (was == BRACKET && t->kind == MS_TOKEN_STRING && t->text.p)) {
        s->key = *t;
        s->field = was == START ? NAME : TEXT;
    } else if (was == START && t->c == '[') {
        s->field = BRACKET;
    } else if (was == TEXT && t->c == ']') {
        s->field = CLOSED;
    } else if ((was == NAME || was == CLOSED) && t->c == '=') {
        return add_key(s);
    }
    return true;
}

/* ---- conditions ----------------------------------------------------------------------------- */

/* The block that ends next is a function, or is not. Absurd depths count as functions. */
static void open_block(ms_slips *s, bool function)
{
    if (s->n_blocks < MS_SCAN_MAX_DEPTH)
        s->blocks[s->n_blocks] = function;
    s->n_blocks++;
    s->functions += function;
}

static void close_block(ms_slips *s)
{
    if (!s->n_blocks)
        return;
    s->n_blocks--;
    s->functions -= s->n_blocks < MS_SCAN_MAX_DEPTH && s->blocks[s->n_blocks];
}

static void see_block(ms_slips *s, const ms_token *t)
{
    static const char *const openers[] = {"if", "do", "repeat", NULL};
    static const char *const closers[] = {"end", "until", NULL};
    if (is_name(t, "function"))
        open_block(s, true);
    else if (is_one_of(t->text, openers))
        open_block(s, false);
    else if (is_one_of(t->text, closers))
        close_block(s);
}

/* Whether what is called by this name gives a condition. Texts have `contains`, too, and only
 * functions have texts. */
static bool makes_condition(const ms_slips *s, const ms_token *t)
{
    static const char *const methods[] = {"at_least",
                                          "at_most",
                                          "more_than",
                                          "less_than",
                                          "equals",
                                          "is_not",
                                          "between",
                                          "is",
                                          "one_of",
                                          "not_one_of",
                                          "is_true",
                                          "is_false",
                                          "contains_any",
                                          "count_at_least",
                                          "count_at_most",
                                          "before",
                                          "after",
                                          "on_or_after",
                                          "on_or_before",
                                          "within_days",
                                          "matches",
                                          "older_than_days",
                                          "starts_with",
                                          "ends_with",
                                          "present",
                                          "missing",
                                          "none",
                                          "any",
                                          NULL};
    static const char *const functions[] = {"all",   "any",    "none", "at_least",
                                            "fired", "custom", NULL};
    if (s->before == ':')
        return is_one_of(t->text, methods) || (ms_str_eqz(t->text, "contains") && !s->functions);
    return s->before != '.' && is_one_of(t->text, functions);
}

/* flag and A or B is a choice between two conditions; A or B alone is not. */
static void see_name(ms_slips *s, const ms_token *t)
{
    static const char *const anew[] = {"local", "return", "then",   "do",       "else",
                                       "if",    "end",    "elseif", "function", NULL};
    ms_around *around = &s->around[s->depth];
    see_block(s, t);
    if (ms_str_eqz(t->text, "and")) {
        around->after_and = true;
    } else if (ms_str_eqz(t->text, "or")) {
        if (s->ends_condition && !around->after_and && !around->told) {
            add_slip(s->words, (ms_slip){.line = t->line, .column = t->column});
            around->told = true;
        }
        around->after_and = false;
    } else if (is_one_of(t->text, anew)) {
        around->after_and = around->told = false;
    }
}

/* ---- brackets ------------------------------------------------------------------------------- */

static void open_bracket(ms_slips *s, char c, bool is_condition)
{
    if (s->depth < MS_SCAN_MAX_DEPTH)
        s->depth++;
    s->around[s->depth] = (ms_around){.open = c, .is_condition = is_condition};
    s->field = c == '{' ? START : s->field;
}

/* Whether a condition ends here. */
static bool see_symbol(ms_slips *s, char c, bool names_condition)
{
    ms_around *around = &s->around[s->depth];
    bool ends = false;
    switch (c) {
    case '{':
    case '(':
    case '[': open_bracket(s, c, names_condition); break;
    case '}':
    case ')':
    case ']':
        ends = around->is_condition;
        s->depth -= s->depth > 0;
        break;
    case ',':
    case ';': s->field = around->open == '{' ? START : NOWHERE; __attribute__((fallthrough));
    case '=': around->after_and = around->told = false; break;
    default: break;
    }
    return ends;
}

bool ms_slips_see(ms_slips *s, const ms_token *t)
{
    bool names = s->names_condition, ok = see_key(s, t);
    s->names_condition = t->kind == MS_TOKEN_NAME && makes_condition(s, t);
    if (t->kind == MS_TOKEN_NAME) {
        see_name(s, t);
        s->ends_condition = false;
    } else if (t->kind == MS_TOKEN_STRING) {
        s->ends_condition = names;
    } else {
        s->ends_condition = see_symbol(s, t->c, names);
    }
    s->before = t->kind == MS_TOKEN_OTHER ? t->c : 0;
    return ok;
}

/* ---- what is told --------------------------------------------------------------------------- */

void ms_slips_report(const ms_words *words, ms_str file, ms_problems *problems)
{
    for (size_t i = 0; i < words->n_slips; i++) {
        const ms_slip *slip = &words->slips[i];
        size_t before = problems->n;
        if (slip->key)
            ms_problem_say(problems, "E123", file, slip->line,
                           "\"" MS_FMT "\" stands twice in one pair of braces, first at " MS_FMT
                           ":%u:%u; the first value would be dropped",
                           MS_ARG(slip->key->text), MS_ARG(file), slip->first->line,
                           slip->first->column);
        else
            ms_problem_say(problems, "E121", file, slip->line,
                           "Lua's or keeps the condition before it and drops the one behind; "
                           "write any { ..., ... }");
        if (problems->n == before)
            continue;
        problems->items[before].column = slip->column;
        problems->items[before].width = slip->key ? (uint32_t)slip->key->text.n : 2;
    }
}

/*
 * What one change would gain or lose, against brute force: every change that is said is judged
 * again, and every change of a choice, a boolean, a number or a date that has an effect must have
 * been said. All three verticals, contacts by chance.
 */
#include "lua_support.h"

#include "base/clock.h"
#include "base/text.h"
#include "rules/counterfactual.h"

enum { SLOTS = 16, TEXT = 256 };

/* More of them with `./dev test --full`. */
static int n_contacts(void)
{
    const char *full = getenv("MOONSIFT_FULL");
    return full && *full ? 400 : 60;
}

/* One contact: the JSON of each attribute's value; p == NULL: not there. */
typedef struct contact {
    char values[SLOTS][TEXT];
    bool there[SLOTS];
} contact;

typedef struct proof {
    const ms_vertical *v;
    ms_script *script;
    ms_arena *arena, *per_contact;
    ms_judge *judge, *again;
    ms_json_reader *reader, *reader2;
    ms_fields fields, changed, none;
    ms_buf text, text2;
    uint64_t random;
    contact c;
    ms_decision before;
    ms_effects effects;
    uint32_t said, judged;
} proof;

static uint32_t chance(proof *p, uint32_t below)
{
    p->random = p->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->random >> 33) % below;
}

static void open_proof(proof *p, const char *folder, const char *name)
{
    ms_source_file *files = NULL;
    size_t n = 0;
    ms_error err = {0};
    *p = (proof){.random = 20250201};
    p->arena = ms_arena_new(0);
    p->per_contact = ms_arena_new(0);
    assert_int_equal(ms_script_files(p->arena, folder, name, &files, &n, &err), MS_OK);
    if (ms_script_load(ms_str_z(name), files, n, NULL, &p->script, &err))
        fail_msg("%s", err.text);
    p->v = ms_script_vertical(p->script);
    assert_true(p->v->n_attributes <= SLOTS);
    p->judge = ms_judge_new();
    p->again = ms_judge_new();
    p->reader = ms_json_reader_new();
    p->reader2 = ms_json_reader_new();
}

static void close_proof(proof *p)
{
    ms_fields_free(&p->fields);
    ms_fields_free(&p->changed);
    ms_fields_free(&p->none);
    ms_buf_free(&p->text);
    ms_buf_free(&p->text2);
    ms_json_reader_free(p->reader);
    ms_json_reader_free(p->reader2);
    ms_judge_free(p->judge);
    ms_judge_free(p->again);
    ms_script_free(p->script);
    ms_arena_free(p->per_contact);
    ms_arena_free(p->arena);
}

/* ---- values --------------------------------------------------------------------------------- */

static void put(char out[TEXT], ms_str json)
{
    assert_true(json.n < TEXT);
    memcpy(out, json.p, json.n);
    out[json.n] = '\0';
}

static void put_number(const ms_attribute *a, int64_t x, char out[TEXT])
{
    char text[MS_TIME_TEXT];
    int64_t year;
    int month, day;
    if (a->type == MS_T_DATE) {
        ms_civil(x, &year, &month, &day);
        snprintf(out, TEXT, "\"%04d-%02d-%02d\"", (int)year, month, day);
    } else if (a->type == MS_T_TIME) {
        ms_time_format(x * 1000000, text);
        snprintf(out, TEXT, "\"%.19sZ\"", text);
    } else if (a->type == MS_T_MONEY) {
        snprintf(out, TEXT, "%lld.%02lld", (long long)x / 100, (long long)x % 100);
    } else if (a->type == MS_T_NUMBER) {
        snprintf(out, TEXT, "%s%lld.%06lld", x < 0 ? "-" : "", llabs(x) / MS_MILLION,
                 llabs(x) % MS_MILLION);
    } else {
        snprintf(out, TEXT, "%lld", (long long)x);
    }
}

static bool is_number(const ms_attribute *a)
{
    return a->type == MS_T_INTEGER || a->type == MS_T_MONEY || a->type == MS_T_DATE ||
           a->type == MS_T_NUMBER || a->type == MS_T_TIME;
}

/* A number near something that a condition names, so that borders are met. */
static int64_t near(proof *p, const ms_attribute *a)
{
    const ms_cond *c = &p->v->conditions[chance(p, p->v->n_conditions)];
    int64_t off = (int64_t)chance(p, 3) - 1, x;
    if (a->type == MS_T_DATE) {
        int64_t ages[] = {0, 90, 365, chance(p, 800)};
        return TODAY - ages[chance(p, 4)] + off;
    }
    if (a->type == MS_T_TIME)
        return (TODAY - (int64_t)chance(p, 30)) * 86400 + off;
    if (a->type == MS_T_NUMBER)
        return ((int64_t)chance(p, 2000) - 1000) * (chance(p, 2) ? MS_MILLION : 1000) + off;
    x = (c->op == MS_C_COMPARE ? c->a : (int64_t)chance(p, chance(p, 2) ? 60 : 200000)) + off;
    return x < 0 ? 0 : x;
}

static void random_value(proof *p, uint32_t i)
{
    static const char *const texts[] = {"\"€15-20k\"",   "\"9-10k\"",      "\"2-3 months\"",
                                        "\"12 months\"", "\"job_search\"", "\"other\"",
                                        "\"€100-200\"",  "\"x\""};
    const ms_attribute *a = &p->v->attributes[i];
    char *out = p->c.values[i];
    p->c.there[i] = chance(p, 5) > 0;
    if (chance(p, 12) == 0) {
        snprintf(out, TEXT, "\"no such value\"");
    } else if (is_number(a)) {
        put_number(a, near(p, a), out);
    } else if (a->type == MS_T_BOOLEAN) {
        snprintf(out, TEXT, "%s", chance(p, 2) ? "true" : "false");
    } else if (a->type == MS_T_CHOICE) {
        ms_str choice = a->choices[chance(p, a->n_choices)];
        snprintf(out, TEXT, "\"" MS_FMT "\"", MS_ARG(choice));
    } else if (a->type == MS_T_CHOICES) {
        uint32_t k = chance(p, a->n_choices), n = chance(p, 3);
        int at = snprintf(out, TEXT, "[");
        for (uint32_t j = 0; j < n; j++, k = (k + 1) % a->n_choices)
            at += snprintf(out + at, TEXT - (size_t)at, "%s\"" MS_FMT "\"", j ? "," : "",
                           MS_ARG(a->choices[k]));
        snprintf(out + at, TEXT - (size_t)at, "]");
    } else {
        snprintf(out, TEXT, "%s", texts[chance(p, sizeof texts / sizeof *texts)]);
    }
}

static void write_contact(const proof *p, const contact *c, ms_buf *out)
{
    out->n = 0;
    ms_buf_char(out, '{');
    for (uint32_t i = 0; i < p->v->n_attributes; i++)
        if (c->there[i])
            ms_buf_format(out, "%s\"" MS_FMT "\":%s", out->n > 1 ? "," : "",
                          MS_ARG(p->v->attributes[i].name), c->values[i]);
    ms_buf_char(out, '}');
}

/* ---- judging -------------------------------------------------------------------------------- */

static void judge_contact(proof *p)
{
    ms_error err = {0};
    write_contact(p, &p->c, &p->text);
    ms_arena_reset(p->per_contact);
    assert_int_equal(ms_json_read(p->reader, ms_buf_view(&p->text), NULL, &p->fields, NULL, &err),
                     MS_OK);
    assert_int_equal(
        ms_judge_contact(p->judge, p->v, &p->fields, NULL, TODAY, true, &p->before, &err), MS_OK);
    assert_int_equal(
        ms_effects_find(&p->before, &p->fields, NULL, p->per_contact, &p->effects, &err), MS_OK);
    assert_false(p->effects.cut);
}

/* The contact with another value (NULL: none) for one attribute. False: it is not valid. */
static bool judge_changed(proof *p, uint32_t slot, const char *value, ms_decision *out)
{
    contact c = p->c;
    ms_error err = {0};
    c.there[slot] = value != NULL;
    snprintf(c.values[slot], TEXT, "%s", value ? value : "");
    write_contact(p, &c, &p->text2);
    assert_int_equal(
        ms_json_read(p->reader2, ms_buf_view(&p->text2), NULL, &p->changed, NULL, &err), MS_OK);
    assert_int_equal(ms_judge_contact(p->again, p->v, &p->changed, NULL, TODAY, true, out, &err),
                     MS_OK);
    p->judged++;
    return !value || out->slots->items[slot].state == MS_SLOT_VALID;
}

static bool comes_true(const proof *p, const ms_effect *e, const ms_decision *d)
{
    uint64_t bit = e->label < 0 ? 0 : (uint64_t)1 << e->label;
    switch (e->kind) {
    case MS_LOSES: return (p->before.labels & bit) && !(d->labels & bit);
    case MS_GAINS: return !(p->before.labels & bit) && (d->labels & bit);
    default: return ms_str_eq(d->status, e->name) && !ms_str_eq(p->before.status, e->name);
    }
}

/* ---- what is said is so --------------------------------------------------------------------- */

static void expect(proof *p, const ms_effect *e, const ms_way *w, const char *value)
{
    ms_decision d;
    bool valid = judge_changed(p, w->slot, value, &d);
    if (valid && !comes_true(p, e, &d))
        fail_msg("%.*s\nsaid of " MS_FMT ": " MS_FMT "\nnot so with %s", (int)p->text.n, p->text.p,
                 MS_ARG(e->name), MS_ARG(w->words), value ? value : "nothing");
    p->said++;
}

static void expect_trial(proof *p, const ms_effect *e, const ms_way *w, const ms_trial *trial)
{
    char value[TEXT];
    const ms_attribute *a = &p->v->attributes[w->slot];
    if (!trial->json.p) {
        expect(p, e, w, NULL);
        return;
    }
    put(value, trial->json);
    expect(p, e, w, value);
    if (trial->kind != MS_TRY_NUMBER || !is_number(a))
        return;
    int64_t span = trial->high - trial->low;
    for (int i = 0; i < 5; i++) {
        int64_t x = i == 0   ? trial->low
                    : i == 1 ? trial->high
                             : trial->low + (int64_t)(p->random % ((uint64_t)span + 1));
        chance(p, 2);
        put_number(a, x, value);
        expect(p, e, w, value);
    }
}

static void all_is_so(proof *p)
{
    for (uint32_t i = 0; i < p->effects.n; i++) {
        const ms_effect *e = &p->effects.items[i];
        assert_true(e->n_ways > 0);
        for (uint32_t k = 0; k < e->n_ways; k++) {
            assert_true(e->ways[k].n_trials > 0 && e->ways[k].words.n > 0);
            for (uint32_t t = 0; t < e->ways[k].n_trials; t++)
                expect_trial(p, e, &e->ways[k], e->ways[k].trials[t]);
        }
    }
}

/* ---- nothing is left out -------------------------------------------------------------------- */

static bool is_said(const proof *p, ms_effect_kind kind, int label, ms_str status, uint32_t slot,
                    bool missing, int64_t number)
{
    for (uint32_t i = 0; i < p->effects.n; i++) {
        const ms_effect *e = &p->effects.items[i];
        if (e->kind != kind || e->label != label ||
            (kind == MS_BECOMES && !ms_str_eq(e->name, status)))
            continue;
        for (uint32_t k = 0; k < e->n_ways; k++)
            for (uint32_t t = 0; e->ways[k].slot == slot && t < e->ways[k].n_trials; t++) {
                const ms_trial *trial = e->ways[k].trials[t];
                if (missing ? trial->kind == MS_TRY_MISSING
                            : trial->json.p && number >= trial->low && number <= trial->high)
                    return true;
            }
    }
    return false;
}

static void must_be_said(proof *p, uint32_t slot, const char *value, int64_t number)
{
    ms_decision d;
    if (!judge_changed(p, slot, value, &d))
        return;
    uint64_t other = d.labels ^ p->before.labels;
    for (uint32_t i = 0; i < p->v->n_labels; i++) {
        bool had = p->before.labels >> i & 1;
        if ((other >> i & 1) &&
            !is_said(p, had ? MS_LOSES : MS_GAINS, (int)i, MS_NONE, slot, !value, number))
            fail_msg("%.*s\nnot said: %s " MS_FMT " if " MS_FMT " = %s", (int)p->text.n, p->text.p,
                     had ? "loses" : "gains", MS_ARG(p->v->labels[i].title),
                     MS_ARG(p->v->attributes[slot].name), value ? value : "nothing");
    }
    if (!ms_str_eq(d.status, p->before.status) &&
        !is_said(p, MS_BECOMES, -1, d.status, slot, !value, number))
        fail_msg("%.*s\nnot said: " MS_FMT " if " MS_FMT " = %s", (int)p->text.n, p->text.p,
                 MS_ARG(d.status), MS_ARG(p->v->attributes[slot].name), value ? value : "nothing");
}

static void numbers_around(proof *p, uint32_t slot)
{
    char value[TEXT];
    const ms_attribute *a = &p->v->attributes[slot];
    int64_t x;
    for (uint32_t i = 0; i < p->v->n_conditions; i++) {
        const ms_cond *c = &p->v->conditions[i];
        for (int64_t off = -1; off <= 1; off++) {
            if (a->type == MS_T_TIME) {
                x = (c->op == MS_C_WITHIN_DAYS ? TODAY - c->a : TODAY - 17) * 86400 + off;
            } else if (a->type == MS_T_NUMBER) {
                x = chance(p, 2) ? near(p, a) : off;
            } else if (a->type == MS_T_DATE) {
                x = (c->op == MS_C_WITHIN_DAYS || c->op == MS_C_OLDER_DAYS ? TODAY - c->a : TODAY);
                x += off;
            } else {
                x = c->op == MS_C_COMPARE ? c->a + off : near(p, a);
            }
            if (x < 0 && a->type != MS_T_NUMBER)
                continue;
            put_number(a, x, value);
            must_be_said(p, slot, value, x);
        }
    }
    for (x = 0; x < 60 && a->type == MS_T_INTEGER; x++) {
        put_number(a, x, value);
        must_be_said(p, slot, value, x);
    }
    for (uint32_t i = 0; i < p->v->n_attributes; i++) /* the other end of a range, and the like */
        for (int64_t off = -1; off <= 1; off++) {
            const ms_slot *s = &p->before.slots->items[i];
            if (s->state != MS_SLOT_VALID || p->v->attributes[i].type != a->type ||
                (s->number + off < 0 && a->type != MS_T_NUMBER))
                continue;
            put_number(a, s->number + off, value);
            must_be_said(p, slot, value, s->number + off);
        }
}

/* Of those only what was judged is said. */
static bool is_read_by_function(const proof *p, uint32_t slot)
{
    for (uint32_t i = 0; i < p->v->n_customs; i++)
        for (uint32_t k = 0; k < p->v->customs[i].n_reads; k++)
            if (p->v->customs[i].reads[k] == slot)
                return true;
    return false;
}

static void nothing_is_left_out(proof *p)
{
    char value[TEXT];
    for (uint32_t i = 0; i < p->v->n_attributes; i++) {
        const ms_attribute *a = &p->v->attributes[i];
        must_be_said(p, i, NULL, 0);
        if (is_read_by_function(p, i))
            continue;
        if (a->type == MS_T_BOOLEAN) {
            must_be_said(p, i, "false", 0);
            must_be_said(p, i, "true", 1);
        }
        for (uint32_t k = 0; a->type == MS_T_CHOICE && k < a->n_choices; k++) {
            snprintf(value, sizeof value, "\"%.*s\"", MS_ARG(a->choices[k]));
            must_be_said(p, i, value, k);
        }
        if (is_number(a))
            numbers_around(p, i);
    }
}

static void prove(const char *folder, const char *name)
{
    proof p;
    open_proof(&p, folder, name);
    for (int i = 0, n = n_contacts(); i < n; i++) {
        for (uint32_t k = 0; k < p.v->n_attributes; k++)
            random_value(&p, k);
        judge_contact(&p);
        all_is_so(&p);
        nothing_is_left_out(&p);
        if (getenv("SHOW") && i < 6) {
            p.text2.n = 0;
            ms_buf_str(&p.text2, ms_buf_view(&p.text));
            ms_buf_char(&p.text2, '\n');
            ms_effects_text(&p.effects, p.v, &p.text2);
            printf("%.*s\n(tried %u)\n", (int)p.text2.n, p.text2.p, p.effects.tried);
        }
    }
    assert_true(p.said > (uint32_t)n_contacts() && p.judged > p.said);
    close_proof(&p);
}

static void recruitment(void **state)
{
    (void)state;
    prove(SOURCE_DIR "/scripts", "recruitment");
}
static void ecommerce(void **state)
{
    (void)state;
    prove(SOURCE_DIR "/scripts", "ecommerce");
}
static void business_setup(void **state)
{
    (void)state;
    prove(SOURCE_DIR "/scripts", "business_setup");
}

static void hard(void **state)
{
    (void)state;
    prove(SPEC_DIR "/fixtures/verticals", "hard");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recruitment),
        cmocka_unit_test(ecommerce),
        cmocka_unit_test(business_setup),
        cmocka_unit_test(hard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

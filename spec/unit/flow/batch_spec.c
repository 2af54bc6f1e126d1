/* What deliveries change about contacts, and what comes of it: the pipeline without a database. */
#include "flow/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- a source that says what the spec wants: {"id","attrs","message"} ------------------------ */

typedef struct fixture {
    ms_arena *arena, *batch_arena;
    ms_judge *judge;
    ms_json_reader *reader;
    ms_versions *versions;
    ms_ids ids;
    ms_routes routes;
    ms_batch b;
} fixture;

static ms_status say(ms_plugin *self, ms_arena *arena, ms_str type, ms_str body, ms_event *out,
                     ms_error *err)
{
    ms_value v;
    (void)self;
    if (ms_json_parse(arena, body, &v, err) != MS_OK)
        return MS_INVALID;
    ms_event_contact *c = ms_alloc_zero(arena, 1, sizeof *c);
    ms_event_conversation *talk = ms_alloc_zero(arena, 1, sizeof *talk);
    const ms_value *attrs = ms_get(&v, "attrs");
    c->external_id = ms_as_str(ms_get(&v, "id"));
    c->name = ms_as_str(ms_get(&v, "name"));
    c->email = ms_as_str(ms_get(&v, "email"));
    c->attributes = attrs ? attrs->text : MS_NONE;
    talk->external_id = MS_STR("1");
    *out = (ms_event){.type = type, .contacts = c, .n_contacts = 1, .conversations = talk};
    out->inbox_id = ms_as_int(ms_get(&v, "inbox"), 0);
    out->n_conversations = ms_as_bool(ms_get(&v, "message"), false);
    return MS_OK;
}

static const ms_source_kind kind = {.kind = "said", .normalise = say};
static const ms_route_inbox inboxes[] = {{4, {"none", 4}}};
static const ms_route_source sources[] = {{{"cw1", 3}, &kind, NULL, {NULL, 0}}};
static const ms_route_account accounts[] = {{1, {"recruitment", 11}, inboxes, 1},
                                            {2, {NULL, 0}, NULL, 0}};

static int set_up(void **state)
{
    static fixture f;
    ms_source_file *files = NULL;
    size_t n = 0;
    ms_error err = {0};
    f = (fixture){.routes = {sources, 1, accounts, 2}};
    f.arena = ms_arena_new(0);
    f.batch_arena = ms_arena_new(0);
    f.judge = ms_judge_new();
    f.reader = ms_json_reader_new();
    ms_ids_init(&f.ids);
    if (ms_script_files(f.arena, SOURCE_DIR "/scripts", "recruitment", &files, &n, &err) != MS_OK)
        fail_msg("%s", err.text);
    ms_buf json = {0};
    ms_buf_char(&json, '[');
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(&json, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(&json, files[i].name);
        ms_buf_z(&json, ",\"text\":");
        ms_json_string(&json, files[i].text);
        ms_buf_char(&json, '}');
    }
    ms_buf_char(&json, ']');
    const ms_str cells[] = {MS_STR("recruitment"), MS_STR("7"), ms_buf_view(&json)};
    const ms_rows rows = {.n_columns = 3, .n_rows = 1, .cells = cells};
    f.versions = ms_versions_load(&rows, NULL);
    ms_buf_free(&json);
    *state = &f;
    return f.versions && ms_versions_find(f.versions, MS_STR("recruitment"))->script ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ms_versions_free(f->versions);
    ms_json_reader_free(f->reader);
    ms_judge_free(f->judge);
    ms_arena_free(f->batch_arena);
    ms_arena_free(f->arena);
    return 0;
}

/* ---- one batch ------------------------------------------------------------------------------ */

/* What is stored about contact 50 before the batch; NULL: nothing. */
typedef struct stored {
    const char *attributes, *labels, *seen;       /* row of contacts, of contact_ref */
    const char *vertical, *version, *hash, *last; /* row of contact_state */
} stored;

static ms_card *run(fixture *f, const char *const *bodies, size_t n, const char *account,
                    const stored *s)
{
    ms_str *cells = ms_alloc_zero(f->arena, n * 9, sizeof *cells);
    for (size_t i = 0; i < n; i++) {
        ms_str *c = cells + i * 9;
        c[0] = ms_str_z(account);
        c[1] = ms_arena_format(f->arena, "%zu", 1000 + i);
        c[2] = MS_STR("3");
        c[3] = MS_STR("cw1");
        c[4] = MS_STR("contact_updated");
        c[5] = MS_STR("1738368000000000"); /* 2025-02-01 */
        c[6] = ms_str_z(bodies[i]);
        c[7] = MS_STR("f");
        c[8] = MS_STR("0");
    }
    const ms_rows claimed = {.n_columns = 9, .n_rows = (uint32_t)n, .cells = cells};
    f->b = (ms_batch){.arena = f->batch_arena,
                      .routes = &f->routes,
                      .versions = f->versions,
                      .judge = f->judge,
                      .reader = f->reader,
                      .ids = &f->ids,
                      .normalise = true};
    assert_true(ms_batch_gather(&f->b, &claimed));
    const ms_str id[] = {MS_STR("50"), s ? MS_STR("f") : MS_STR("t")};
    const ms_str ref[] = {MS_STR("0"), MS_STR("50"), ms_str_z(s && s->seen ? s->seen : "{}")};
    const ms_rows resolved = {.n_columns = 2, .n_rows = 1, .cells = id};
    const ms_rows refs = {.n_columns = 3, .n_rows = s && s->seen ? 1 : 0, .cells = ref};
    assert_true(ms_batch_resolved(&f->b, &resolved, &refs));
    const ms_str contact[] = {ms_str_z(account),
                              MS_STR("50"),
                              MS_STR("Zoë"),
                              MS_NONE,
                              MS_NONE,
                              MS_NONE,
                              ms_str_z(s ? s->attributes : "{}"),
                              ms_str_z(s && s->labels ? s->labels : "[]")};
    const ms_str state[] = {ms_str_z(account),
                            MS_STR("50"),
                            ms_str_z(s ? s->vertical : NULL),
                            ms_str_z(s ? s->version : NULL),
                            ms_str_z(s ? s->hash : NULL),
                            ms_str_z(s ? s->last : NULL)};
    const ms_rows contacts = {.n_columns = 8, .n_rows = s ? 1 : 0, .cells = contact};
    const ms_rows states = {.n_columns = 6, .n_rows = s && s->vertical ? 1 : 0, .cells = state};
    assert_true(ms_batch_loaded(&f->b, &contacts, &refs, &states));
    assert_true(ms_batch_merge(&f->b));
    assert_true(ms_batch_decide(&f->b));
    assert_int_equal(f->b.n_cards, 1);
    return f->b.cards[0];
}

static ms_card *run_one(fixture *f, const char *body, const stored *s)
{
    return run(f, &body, 1, "1", s);
}

static void assert_attribute(fixture *f, const ms_card *card, const char *key, const char *raw)
{
    const ms_attr *attr = ms_attrs_find(&card->attributes, ms_str_z(key));
    if (!raw) {
        assert_null(attr);
        return;
    }
    if (!attr || !ms_raw_equal(f->arena, attr->raw, ms_str_z(raw)))
        fail_msg("%s is " MS_FMT ", not %s", key, MS_ARG(attr ? attr->raw : MS_STR("absent")), raw);
}

static const char *joined(fixture *f, const ms_str *items, size_t n)
{
    ms_str text = MS_STR("");
    for (size_t i = 0; i < n; i++)
        text = ms_arena_format(f->arena, MS_FMT "%s" MS_FMT, MS_ARG(text), i ? " " : "",
                               MS_ARG(items[i]));
    return text.p;
}

#define RICH                                                                                       \
    "{\"lead_status\":\"qualified\",\"lead_source\":\"whatsapp\",\"budget_min\":70000,"            \
    "\"budget_max\":90000,\"budget_range\":\"€70-90k\",\"job_type_preference\":\"interim\","     \
    "\"qualification_score\":8.5}"

/* The hash of RICH, as the pipeline would have stored it. */
static const char *rich_hash(fixture *f)
{
    ms_card *card = run_one(f, "{\"id\":\"x\",\"attrs\":" RICH "}", NULL);
    return ms_arena_format(f->arena, "%lld", (long long)card->input_hash).p;
}

/* ---- the specs ------------------------------------------------------------------------------ */

static void a_new_contact_without_attributes_is_judged(void **state)
{
    fixture *f = *state;
    ms_card *card = run_one(f, "{\"id\":\"4211\",\"name\":\"Zoë\",\"attrs\":{}}", NULL);
    assert_int_equal(card->end, MS_END_DONE);
    assert_string_equal(joined(f, card->fired, card->n_fired), "O2 O5");
    assert_string_equal(joined(f, card->add, card->n_add), "unqualified-lead ai-handled");
    assert_attribute(f, card, "qualification_score", "0");
    assert_attribute(f, card, "lead_status", "\"unqualified\"");
    assert_false(card->exists);
}

static void the_first_judgement_replaces_managed_values(void **state)
{
    fixture *f = *state;
    ms_card *card = run_one(f, "{\"id\":\"4211\",\"attrs\":" RICH "}", NULL);
    assert_string_equal(joined(f, card->fired, card->n_fired), "R01 R05 O4");
    assert_int_equal(card->points, 35);
    assert_attribute(f, card, "qualification_score", "3.5");
    assert_attribute(f, card, "lead_status", "\"new\"");
    assert_attribute(f, card, "lead_source", "\"whatsapp\""); /* invalid: kept, reported */
    assert_string_equal(joined(f, card->errors, card->n_errors), "lead_source");
    assert_string_equal(card->conflicts.p, "{}");
}

static void what_the_sender_repeats_is_no_news(void **state)
{
    fixture *f = *state;
    const stored s = {.attributes = "{\"lead_status\":\"new\",\"lead_source\":\"whatsapp\","
                                    "\"budget_min\":70000,\"budget_max\":90000,"
                                    "\"budget_range\":\"€70-90k\",\"job_type_preference\":"
                                    "\"interim\",\"qualification_score\":3.5}",
                      .labels = "[\"interim-job-seeker\",\"needs-human\"]",
                      .seen = "{\"name\":\"Zoë\",\"custom_attributes\":" RICH "}",
                      .vertical = "recruitment",
                      .version = "7",
                      .hash = rich_hash(f),
                      .last = "{\"lead_status\":\"new\",\"qualification_score\":3.5,"
                              "\"budget_range\":\"€70-90k\"}"};
    ms_card *card = run_one(f, "{\"id\":\"4211\",\"name\":\"Zoë\",\"attrs\":" RICH "}", &s);
    assert_int_equal(card->end, MS_END_SKIPPED);
    assert_false(card->touched || card->state_changed);
    assert_false(f->b.people[0]->seen_changed);
    assert_attribute(f, card, "qualification_score", "3.5");
}

static void what_a_person_changed_is_kept_and_reported(void **state)
{
    fixture *f = *state;
    const stored s = {.attributes = "{\"lead_status\":\"unqualified\",\"qualification_score\":0}",
                      .labels = "[\"ai-handled\",\"unqualified-lead\",\"job-fair\"]",
                      .seen = "{\"custom_attributes\":{}}",
                      .vertical = "recruitment",
                      .version = "7",
                      .hash = "1",
                      .last = "{\"lead_status\":\"unqualified\",\"qualification_score\":0,"
                              "\"budget_range\":null}"};
    ms_card *card = run_one(f, "{\"id\":\"4211\",\"attrs\":" RICH "}", &s);
    assert_attribute(f, card, "qualification_score", "8.5");
    assert_attribute(f, card, "lead_status", "\"qualified\"");
    assert_non_null(strstr(card->conflicts.p, "\"qualification_score\":[8.5,3.5]"));
    assert_non_null(strstr(card->conflicts.p, "\"lead_status\":[\"qualified\",\"new\"]"));
    assert_string_equal(joined(f, card->add, card->n_add), "interim-job-seeker needs-human");
    assert_string_equal(joined(f, card->remove, card->n_remove), "unqualified-lead ai-handled");
}

static void an_edit_in_the_database_outlives_a_repetition(void **state)
{
    fixture *f = *state;
    const stored s = {.attributes = "{\"budget_max\":30000}",
                      .seen = "{\"custom_attributes\":{\"budget_max\":90000}}"};
    ms_card *card = run_one(f, "{\"id\":\"1\",\"attrs\":{\"budget_max\":90000}}", &s);
    assert_attribute(f, card, "budget_max", "30000");
}

static void what_the_sender_removed_goes_unless_it_changed_here(void **state)
{
    fixture *f = *state;
    const stored s = {.attributes = "{\"niche\":\"it\",\"budget_max\":30000,\"own\":1}",
                      .seen = "{\"custom_attributes\":{\"niche\":\"it\",\"budget_max\":90000}}"};
    ms_card *card = run_one(f, "{\"id\":\"1\",\"attrs\":{}}", &s);
    assert_attribute(f, card, "niche", NULL);
    assert_attribute(f, card, "budget_max", "30000");
    assert_attribute(f, card, "own", "1");
}

static void a_message_judges_only_what_changed(void **state)
{
    fixture *f = *state;
    ms_card *card = run_one(f, "{\"id\":\"1\",\"message\":true,\"attrs\":{}}", NULL);
    assert_int_equal(card->end, MS_END_SKIPPED);
    assert_false(card->judged || card->state_changed);
    card = run_one(f, "{\"id\":\"1\",\"message\":true,\"attrs\":{\"company\":\"x\"}}", NULL);
    assert_int_equal(card->end, MS_END_SKIPPED);
    card = run_one(f, "{\"id\":\"1\",\"message\":true,\"attrs\":{\"budget_max\":90000}}", NULL);
    assert_int_equal(card->end, MS_END_DONE);
}

static void an_inbox_without_vertical_is_remembered(void **state)
{
    fixture *f = *state;
    ms_card *card = run_one(
        f, "{\"id\":\"1\",\"message\":true,\"inbox\":4,\"attrs\":{\"budget_max\":1}}", NULL);
    assert_int_equal(card->end, MS_END_SKIPPED);
    assert_true(card->state_changed);
    assert_true(ms_str_eqz(card->vertical, "none"));
    const stored s = {
        .attributes = "{}", .vertical = "none", .version = "0", .hash = "0", .last = "{}"};
    card = run_one(f, "{\"id\":\"1\",\"attrs\":{\"budget_max\":90000}}", &s);
    assert_int_equal(card->end, MS_END_SKIPPED);
    assert_attribute(f, card, "qualification_score", NULL);
}

static void an_account_without_vertical_stores(void **state)
{
    fixture *f = *state;
    const char *body = "{\"id\":\"1\",\"attrs\":{\"budget_max\":90000}}";
    ms_card *card = run(f, &body, 1, "2", NULL);
    assert_int_equal(card->end, MS_END_SKIPPED);
    assert_attribute(f, card, "budget_max", "90000");
    assert_false(card->state_changed);
}

static void deliveries_of_one_contact_share_a_decision(void **state)
{
    fixture *f = *state;
    const char *const bodies[] = {"{\"id\":\"1\",\"attrs\":{\"budget_max\":40000}}",
                                  "{\"id\":\"1\",\"attrs\":{\"budget_max\":90000}}",
                                  "{\"id\":\"1\",\"attrs\":{\"budget_max\":60000}}"};
    ms_card *card = run(f, bodies, 3, "1", NULL);
    assert_attribute(f, card, "budget_max", "60000"); /* the last one counts */
    assert_string_equal(joined(f, card->fired, card->n_fired), "R02 O2 O5");
    assert_int_equal(card->cause, 1002);
    for (int i = 0; i < 3; i++)
        assert_int_equal(f->b.items[i].end, MS_END_DONE);
}

static void a_body_that_is_no_payload_fails_alone(void **state)
{
    fixture *f = *state;
    const char *const bodies[] = {"{\"id\":\"1\",\"attrs\":{}}", "nonsense"};
    run(f, bodies, 2, "1", NULL);
    assert_int_equal(f->b.items[0].end, MS_END_DONE);
    assert_int_equal(f->b.items[1].end, MS_END_FAILED);
    assert_true(f->b.items[1].reason.n > 0);
}

static void an_empty_name_does_not_blank_a_known_one(void **state)
{
    fixture *f = *state;
    const stored s = {.attributes = "{}", .seen = "{\"name\":\"Zoë\"}"};
    ms_card *card = run_one(f, "{\"id\":\"1\",\"name\":\"\",\"attrs\":{}}", &s);
    assert_true(ms_str_eqz(card->name, "Zoë"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_contact_without_attributes_is_judged),
        cmocka_unit_test(the_first_judgement_replaces_managed_values),
        cmocka_unit_test(what_the_sender_repeats_is_no_news),
        cmocka_unit_test(what_a_person_changed_is_kept_and_reported),
        cmocka_unit_test(an_edit_in_the_database_outlives_a_repetition),
        cmocka_unit_test(what_the_sender_removed_goes_unless_it_changed_here),
        cmocka_unit_test(a_message_judges_only_what_changed),
        cmocka_unit_test(an_inbox_without_vertical_is_remembered),
        cmocka_unit_test(an_account_without_vertical_stores),
        cmocka_unit_test(deliveries_of_one_contact_share_a_decision),
        cmocka_unit_test(a_body_that_is_no_payload_fails_alone),
        cmocka_unit_test(an_empty_name_does_not_blank_a_known_one),
    };
    return cmocka_run_group_tests_name("flow/batch", tests, set_up, tear_down);
}

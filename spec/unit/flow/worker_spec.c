/* Two judges on one queue, on a real PostgreSQL: every delivery ends once, whatever happens. */
#include "base/hash.h"
#include "flow/intake_rows.h"
#include "flow/versions.h"
#include "flow/worker.h"

#include "crm_support.h"

const ms_plugin_entry *moonsift_plugin_webhook(void);

enum { CONTACTS = 50, DELIVERIES = 800 };

/* ---- a database that fails as told ---------------------------------------------------------- */

/* Before the n-th call, or behind it: the answer of one that did succeed gets lost. */
static struct {
    const ms_database *real;
    unsigned calls, every;
    ms_status before, behind;
    const char *only; /* this SQL alone */
} faults;

typedef struct veiled {
    ms_db_done done;
    void *arg;
    ms_status status;
} veiled;

static void unveil(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                   size_t n, ms_session *session)
{
    veiled v = *(veiled *)arg;
    const ms_error lost = {.status = v.status, .text = "made to fail"};
    free(arg);
    if (v.status == MS_OK || status != MS_OK) {
        v.done(v.arg, status, err, results, n, session);
        return;
    }
    faults.real->rollback(session);
    v.done(v.arg, v.status, &lost, NULL, 0, NULL);
}

static void faulty_exec(ms_db *db, ms_session *session, const ms_statement *statements, size_t n,
                        unsigned flags, ms_db_done done, void *arg)
{
    bool meant = !faults.only || ms_str_eqz(statements[0].sql, faults.only);
    bool hit = faults.every && meant && ++faults.calls % faults.every == 0;
    veiled *v = malloc(sizeof *v);
    assert_non_null(v);
    *v = (veiled){done, arg, hit ? faults.behind : MS_OK};
    if (hit && faults.before) {
        v->status = faults.before;
        faults.real->exec(db, session, statements, 0, flags & ~(unsigned)MS_DB_COMMIT, unveil, v);
    } else {
        faults.real->exec(db, session, statements, n, flags, unveil, v);
    }
}

/* ---- a world with accounts, versions and judges --------------------------------------------- */

static ms_database faulty;
static ms_route_source source;
static const ms_route_account accounts[] = {{1, {"recruitment", 11}, NULL, 0}};
static ms_routes routes = {&source, 1, accounts, 1};

typedef struct judge {
    ms_db_client client;
    ms_worker *worker;
    char owner[16];
} judge;

static judge *judge_new(const char *owner, unsigned batch)
{
    judge *j = calloc(1, sizeof *j);
    ms_error err = {0};
    assert_non_null(j);
    snprintf(j->owner, sizeof j->owner, "%s", owner);
    if (ms_db_open(&j->client, database.loop, database.plugins, ms_str_z(database.dsn), owner,
                   &err) != MS_OK)
        fail_msg("%s", err.text);
    const ms_worker_setup setup = {.loop = database.loop,
                                   .api = &faulty,
                                   .db = j->client.db,
                                   .crm = crm,
                                   .crm_self = crm_self,
                                   .routes = &routes,
                                   .owner = j->owner,
                                   .batch = batch,
                                   .normalise = true};
    j->worker = ms_worker_new(&setup, &err);
    assert_non_null(j->worker);
    return j;
}

/* As a judge that is killed: whatever it has under way. */
static void judge_kill(judge *j)
{
    ms_worker_free(j->worker);
    ms_db_close(&j->client);
    free(j);
}

static void note(void *arg)
{
    *(bool *)arg = true;
}

static void judge_drain(judge *j)
{
    bool drained = false;
    ms_worker_drain(j->worker, note, &drained);
    while (!drained)
        ms_loop_step(database.loop);
    judge_kill(j);
}

static void activate(const char *more)
{
    ms_draft draft = {.name = S("recruitment")};
    ms_error err = {0};
    int changed = 0;
    if (ms_script_files(arena, SOURCE_DIR "/scripts", "recruitment", &draft.files, &draft.n,
                        &err) != MS_OK)
        fail_msg("%s", err.text);
    draft.files[0].text =
        ms_arena_format(arena, MS_FMT "\n-- %s\n", MS_ARG(draft.files[0].text), more);
    if (ms_versions_activate(&database.client, arena, &draft, 1, "spec", false, &changed, &err) !=
        MS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(changed, 1);
}

static int64_t count(const char *sql)
{
    return strtoll(asked(sql), NULL, 10);
}

/* Until `sql` gives `wanted`, for at most `seconds`. */
static void wait_for_count(const char *sql, int64_t wanted, unsigned seconds)
{
    uint64_t until = ms_loop_now(database.loop) + seconds * 1000;
    while (count(sql) != wanted)
        if (ms_loop_now(database.loop) > until)
            fail_msg("%s gives %s, not %lld", sql, asked(sql), (long long)wanted);
}

/* ---- deliveries ----------------------------------------------------------------------------- */

static ms_ids ids;

static ms_str body_of(int contact, int round)
{
    static const char *const jobs[] = {"interim", "Fest", "freelance", ""};
    return ms_arena_format(
        arena,
        "{\"event\":\"contact_updated\",\"id\":%d,\"name\":\"Contact %d\",\"email\":"
        "\"c%d@example.com\",\"account\":{\"id\":1},\"custom_attributes\":{\"budget_min\":%d,"
        "\"budget_max\":%d,\"job_type_preference\":\"%s\",\"lead_source\":\"%s\",\"round\":%d}}",
        contact, contact, contact, 20000 + round * 1500 % 70000, 30000 + round * 1500 % 70000,
        jobs[(contact + round) % 4], round % 3 ? "whatsapp" : "website", round);
}

static void store_rows(ms_intake_row *rows, size_t n)
{
    ms_intake_row **list = ms_alloc_zero(arena, n, sizeof *list);
    ms_statements statements = {0};
    for (size_t i = 0; i < n; i++)
        list[i] = &rows[i];
    assert_true(ms_intake_statements(arena, list, n, &statements));
    run(&statements);
}

/* Deliveries from..to of all: contact after contact, and round after round. */
static void deliver(int from, int to)
{
    ms_intake_row *rows = ms_alloc_zero(arena, (size_t)(to - from), sizeof *rows);
    for (int i = from; i < to; i++) {
        const ms_accepted d = {.account_id = 1,
                               .source = S("cw1"),
                               .type = S("contact_updated"),
                               .key = ms_arena_format(arena, "key-%d", i),
                               .order_key = ms_arena_format(arena, "%d", 4000 + i % CONTACTS),
                               .received_at = 1738368000000000 + i,
                               .body = body_of(4000 + i % CONTACTS, i / CONTACTS)};
        assert_true(ms_intake_row_copy(arena, &d, &rows[i - from]));
        rows[i - from].event_id = ms_ids_next(&ids);
    }
    store_rows(rows, (size_t)(to - from));
}

static const char outcomes[] = "SELECT count(*) FROM moonsift.outcome";
static const char queued[] = "SELECT count(*) FROM moonsift.queue";

/* What is stored about the contacts, by the sender's ids and without our own. */
static ms_str end_state(void)
{
    const char *text = asked(
        "SELECT r.external_id, c.name, c.email, c.custom_attributes::text, r.seen::text,"
        " s.version, s.last_written::text, (SELECT string_agg(l.title, '+' ORDER BY l.title)"
        "  FROM public.contact_labels x JOIN public.labels l ON l.id = x.label_id"
        "  WHERE x.contact_id = c.id) FROM moonsift.contact_ref r"
        " JOIN public.contacts c ON c.id = r.contact_id"
        " JOIN moonsift.contact_state s ON s.contact_id = c.id ORDER BY r.external_id::bigint");
    return ms_str_z(text);
}

static void assert_each_ended_once(int64_t n)
{
    assert_int_equal(count(queued), 0);
    assert_int_equal(count(outcomes), n);
    assert_int_equal(count("SELECT count(*) FROM moonsift.event"), n);
    assert_asked("SELECT count(*) FROM moonsift.outcome WHERE status NOT IN ('done', 'skipped')",
                 "0");
    assert_asked("SELECT count(*) FROM moonsift.decision d WHERE NOT EXISTS (SELECT FROM"
                 " moonsift.outcome o WHERE o.decision_id = d.id)",
                 "0");
    assert_asked("SELECT count(*) FROM moonsift.outcome WHERE status = 'done' AND"
                 " decision_id IS NULL",
                 "0");
}

/* What one judge makes of the first `n` deliveries, one after the other, on a database of its own.
 */
static ms_str serial_replay(int n, bool second_version)
{
    int half = n / 2;
    script("TRUNCATE public.contacts, moonsift.contact_ref, moonsift.contact_state, moonsift.event,"
           " moonsift.delivery_key, moonsift.outcome, moonsift.decision RESTART IDENTITY CASCADE;"
           "UPDATE moonsift.lease SET owner = '', until = '-infinity';"
           "DELETE FROM moonsift.judge");
    judge *one = judge_new("serial", 1);
    deliver(0, half);
    wait_for_count(outcomes, half, 120);
    if (second_version)
        activate("replayed");
    deliver(half, n);
    wait_for_count(outcomes, n, 120);
    judge_drain(one);
    return end_state();
}

static int begin(void **state)
{
    static int number;
    empty(state);
    script("TRUNCATE moonsift.contact_state, moonsift.event, moonsift.delivery_key, moonsift.queue,"
           " moonsift.outcome, moonsift.decision, moonsift.active_version, moonsift.version,"
           " moonsift.judge, moonsift.held, moonsift.parked; UPDATE moonsift.lease SET owner = '',"
           " until = '-infinity', epoch = 1, loaded = 0, suspect = false");
    memset(&faults, 0, sizeof faults);
    faults.real = database.client.api;
    faulty = *faults.real;
    faulty.exec = faulty_exec;
    activate(number++ ? "again" : "first");
    return 0;
}

static int open_judges(void **state)
{
    open_world(state);
    ms_loaded *webhook = spec_plugin(database.plugins, moonsift_plugin_webhook());
    const ms_sources *table = ms_loaded_table(webhook, MS_TABLE_SOURCES);
    source = (ms_route_source){S("cw1"), table->items, ms_loaded_self(webhook), MS_NONE};
    ms_ids_init(&ids);
    return 0;
}

/* ---- the specs ------------------------------------------------------------------------------ */

static void two_judges_share_and_agree_with_a_serial_replay(void **state)
{
    (void)state;
    judge *a = judge_new("a", 32), *b = judge_new("b", 32);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'a'", 32, 10);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'b'", 32, 10);
    deliver(0, DELIVERIES / 2);
    wait_for_count(outcomes, DELIVERIES / 2, 120);
    activate("second");
    const char *then = asked("SELECT clock_timestamp()");
    deliver(DELIVERIES / 2, DELIVERIES);
    wait_for_count(outcomes, DELIVERIES, 120);
    assert_each_ended_once(DELIVERIES);
    assert_int_equal(count("SELECT count(*) FROM public.contacts"), CONTACTS);
    /* both have the new version, and none judged by the old one afterwards */
    assert_asked("SELECT count(*) FROM moonsift.lease WHERE loaded <> epoch", "0");
    assert_asked("SELECT count(DISTINCT version) FROM moonsift.decision", "2");
    const char *late = ms_arena_format(arena,
                                       "SELECT count(*) FROM moonsift.decision WHERE version = 1"
                                       " AND decided_at > '%s'",
                                       then)
                           .p;
    assert_asked(late, "0");
    judge_drain(a);
    judge_drain(b);
    assert_asked("SELECT count(*) FROM moonsift.judge", "0");
    assert_asked("SELECT count(*) FROM moonsift.lease WHERE owner <> ''", "0");
    ms_str shared = end_state();
    script("DELETE FROM moonsift.active_version; DELETE FROM moonsift.version");
    activate("first of the replay");
    ms_str serial = serial_replay(DELIVERIES, true);
    assert_true(shared.n > 1000);
    assert_string_equal(shared.p, serial.p);
}

static void a_judge_that_comes_later_gets_its_share(void **state)
{
    (void)state;
    judge *a = judge_new("a", 32);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'a'", 64, 10);
    judge *b = judge_new("b", 32), *c = judge_new("c", 32);
    wait_for_count("SELECT count(DISTINCT owner) FROM moonsift.lease WHERE until > now()", 3, 10);
    wait_for_count("SELECT max(n) FROM (SELECT count(*) AS n FROM moonsift.lease GROUP BY owner) o",
                   22, 10);
    judge_drain(b);
    judge_drain(c);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'a'", 64, 10);
    judge_drain(a);
}

static void what_a_dead_judge_held_is_taken_over(void **state)
{
    (void)state;
    judge *a = judge_new("a", 8), *b = judge_new("b", 8);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'b'", 32, 10);
    deliver(0, 300);
    while (count(outcomes) < 40)
        ;
    judge_kill(b); /* in the middle of whatever it does */
    assert_asked("SELECT count(*) FROM moonsift.lease WHERE owner = 'b' AND until > now()", "32");
    wait_for_count(outcomes, 300, 60);
    assert_each_ended_once(300);
    assert_asked("SELECT count(*) FROM moonsift.lease WHERE owner = 'a'", "64");
    judge_drain(a);
    ms_str shared = end_state();
    assert_string_equal(shared.p, serial_replay(300, false).p);
}

/* A judge that was paused for longer than its leases must not write what it had begun. */
static void a_judge_whose_leases_are_gone_writes_nothing(void **state)
{
    (void)state;
    judge *a = judge_new("a", 8);
    wait_for_count("SELECT count(*) FROM moonsift.lease WHERE owner = 'a'", 64, 10);
    script("UPDATE moonsift.lease SET owner = 'thief', until = now() + interval '1 hour'");
    deliver(0, 50);
    for (int i = 0; i < 20; i++)
        ms_loop_step(database.loop);
    assert_int_equal(count(outcomes), 0);
    script("UPDATE moonsift.lease SET until = now()");
    wait_for_count(outcomes, 50, 20);
    judge_drain(a);
}

static void nothing_is_lost_or_doubled_when_calls_fail(void **state)
{
    static const ms_status before[] = {MS_UNAVAILABLE, MS_CONFLICT, MS_OK, MS_TIMEOUT};
    (void)state;
    judge *a = judge_new("a", 16), *b = judge_new("b", 16);
    for (int i = 0; i < 4; i++) {
        faults.before = before[i];
        faults.behind = MS_UNAVAILABLE; /* a commit among them: its outcome is unknown */
        faults.every = 7;
        deliver(i * 50, i * 50 + 50);
        wait_for_count(outcomes, i * 50 + 50, 60);
    }
    faults.every = 0;
    assert_each_ended_once(200);
    judge_drain(a);
    judge_drain(b);
    ms_str shared = end_state();
    assert_string_equal(shared.p, serial_replay(200, false).p);
}

/* Whatever the claim's answer is, no delivery of the batch before is to blame. */
static void a_claim_that_fails_ends_no_delivery(void **state)
{
    static const ms_status answers[] = {MS_INVALID, MS_CONFLICT, MS_INTERNAL, MS_DENIED};
    (void)state;
    judge *a = judge_new("a", 1);
    deliver(0, 20);
    faults.only = ms_batch_claim_sql;
    faults.every = 1;
    for (int i = 0; i < 4; i++) {
        faults.before = answers[i];
        unsigned calls = faults.calls;
        while (faults.calls < calls + 3)
            ms_loop_step(database.loop);
    }
    assert_int_equal(count(outcomes), 0);
    faults.every = 0;
    wait_for_count(outcomes, 20, 20);
    assert_each_ended_once(20);
    judge_drain(a);
}

/* The sender does not say anything new; but here its contact is gone. */
static void a_deleted_contact_comes_back_once_and_whole(void **state)
{
    (void)state;
    judge *a = judge_new("a", 8);
    deliver(0, 1);
    wait_for_count(outcomes, 1, 10);
    script("DELETE FROM public.contacts");
    for (int i = 0; i < 3; i++) {
        ms_intake_row row;
        const ms_accepted d = {.account_id = 1,
                               .source = S("cw1"),
                               .type = S("contact_updated"),
                               .key = ms_arena_format(arena, "again-%d", i),
                               .order_key = S("4000"),
                               .received_at = 1738368000000000,
                               .body = body_of(4000, 0)};
        assert_true(ms_intake_row_copy(arena, &d, &row));
        row.event_id = ms_ids_next(&ids);
        store_rows(&row, 1);
        wait_for_count(outcomes, 2 + i, 10);
    }
    assert_asked("SELECT count(*), min(name), min(custom_attributes ->> 'budget_min')"
                 " FROM public.contacts",
                 "1,Contact 4000,20000");
    assert_asked("SELECT count(*) FROM moonsift.contact_ref r JOIN public.contacts c"
                 " ON c.id = r.contact_id",
                 "1");
    judge_drain(a);
}

/* One that no rule can read ends alone; the others of its batch do not suffer. */
static void one_faulty_delivery_fails_alone(void **state)
{
    (void)state;
    deliver(0, 30);
    script("UPDATE moonsift.event SET body = '{\"event\":\"contact_updated\",\"id\":4007,"
           "\"account\":{\"id\":1},\"custom_attributes\":{\"budget_min\":1e200000}}'"
           " WHERE id = (SELECT id FROM moonsift.event ORDER BY id OFFSET 7 LIMIT 1)");
    judge *a = judge_new("a", 16);
    wait_for_count(outcomes, 30, 30);
    assert_asked("SELECT count(*) FROM moonsift.outcome WHERE status = 'failed' AND reason <> ''",
                 "1");
    judge_drain(a);
}

static void a_database_that_closes_first_is_no_trouble(void **state)
{
    (void)state;
    for (int steps = 1; steps < 12; steps++) {
        judge *a = judge_new("a", 4);
        deliver(steps * 10, steps * 10 + 10);
        for (int i = 0; i < steps; i++)
            ms_loop_step(database.loop);
        ms_db_close(&a->client);
        for (int i = 0; i < 3; i++)
            count(queued);
        ms_worker_free(a->worker);
        free(a);
        script("UPDATE moonsift.lease SET owner = '', until = '-infinity'");
    }
}

int main(void)
{
#define JUDGED(f) cmocka_unit_test_setup_teardown(f, begin, forget)
    const struct CMUnitTest tests[] = {
        JUDGED(two_judges_share_and_agree_with_a_serial_replay),
        JUDGED(a_judge_that_comes_later_gets_its_share),
        JUDGED(what_a_dead_judge_held_is_taken_over),
        JUDGED(a_judge_whose_leases_are_gone_writes_nothing),
        JUDGED(nothing_is_lost_or_doubled_when_calls_fail),
        JUDGED(a_claim_that_fails_ends_no_delivery),
        JUDGED(a_deleted_contact_comes_back_once_and_whole),
        JUDGED(one_faulty_delivery_fails_alone),
        JUDGED(a_database_that_closes_first_is_no_trouble),
    };
    return spec_pg_available() ? cmocka_run_group_tests(tests, open_judges, close_world) : 0;
}

/* Accepted deliveries on their way into a real PostgreSQL, which goes away in the worst moments. */
#include "flow/intake.h"
#include "flow/intake_rows.h"

#include "crm_support.h"

/* ---- a database that can be held up --------------------------------------------------------- */

typedef enum hold { PASS, UNSENT, SENT } hold;

/* SENT: the server does it, and the answer does not come. */
static struct {
    hold mode;
    bool down;
    ms_db_done done;
    void *arg;
    unsigned calls, conflicts;
} wire;
static ms_database veil;

static void swallow(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                    size_t n, ms_session *session)
{
    (void)err, (void)results, (void)n, (void)session;
    assert_int_equal(status, MS_OK);
    *(bool *)arg = true;
}

static bool swallowed;

static void veiled_exec(ms_db *db, ms_session *session, const ms_statement *statements, size_t n,
                        unsigned flags, ms_db_done done, void *arg)
{
    const ms_error err = {.status = MS_CONFLICT, .text = "made to fail"};
    wire.calls++;
    if (wire.conflicts) {
        wire.conflicts--;
        done(arg, MS_CONFLICT, &err, NULL, 0, NULL);
    } else if (wire.mode == PASS) {
        database.client.api->exec(db, session, statements, n, flags, done, arg);
    } else {
        assert_null(wire.done); /* one at a time */
        wire.done = done;
        wire.arg = arg;
        swallowed = wire.mode == UNSENT;
        if (wire.mode == SENT)
            database.client.api->exec(db, session, statements, n, flags, swallow, &swallowed);
    }
}

static bool veiled_is_down(const ms_db *db)
{
    return wire.down || database.client.api->is_down(db);
}

/* What was held up ends with a failure. */
static void let_go(ms_status status)
{
    const ms_error err = {.status = status, .text = "the connection was lost"};
    while (wire.done && !swallowed)
        ms_loop_step(database.loop);
    ms_db_done done = wire.done;
    wire.done = NULL;
    wire.mode = PASS;
    if (done)
        done(wire.arg, status, &err, NULL, 0, NULL);
}

/* ---- a receiver without HTTP ---------------------------------------------------------------- */

static char dir[64], path[96];
static ms_spool *spool;
static ms_intake *intake;

typedef struct answer {
    int calls;
    ms_status status;
    int64_t id;
    ms_taken taken;
} answer;
static answer answers[400];

static void taken(void *arg, ms_status status, int64_t id, ms_taken how)
{
    answer *a = arg;
    *a = (answer){a->calls + 1, status, id, how};
}

static void open_intake(void)
{
    ms_error err = {0};
    if (ms_spool_open(database.loop, path, 1 << 30, &spool, &err) != MS_OK)
        fail_msg("%s", err.text);
    const ms_intake_setup setup = {
        .loop = database.loop, .api = &veil, .db = database.client.db, .spool = spool};
    intake = ms_intake_new(&setup, &err);
    assert_non_null(intake);
}

static void close_intake(void)
{
    ms_intake_free(intake);
    ms_spool_close(spool);
    intake = NULL;
    spool = NULL;
}

static void add_with(int i, const char *key, bool spoolable)
{
    const ms_accepted d = {.account_id = 1,
                           .source = S("cw1"),
                           .type = S("contact_updated"),
                           .key = ms_str_z(key),
                           .order_key = S("4000"),
                           .received_at = 1738368000000000 + i,
                           .spool = spoolable,
                           .body = S("{}")};
    ms_intake_add(intake, &d, taken, &answers[i]);
}

static void add(int i)
{
    add_with(i, ms_arena_format(arena, "key-%d", i).p, true);
}

static void wait_answers(int from, int to, ms_status status)
{
    uint64_t until = ms_loop_now(database.loop) + 20000;
    for (int i = from; i < to; i++) {
        while (!answers[i].calls && ms_loop_now(database.loop) < until)
            ms_loop_step(database.loop);
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].status, status);
    }
}

static void wait_drained(void)
{
    uint64_t until = ms_loop_now(database.loop) + 20000;
    while (ms_spool_count(spool) && ms_loop_now(database.loop) < until)
        ms_loop_step(database.loop);
    assert_int_equal(ms_spool_count(spool), 0);
}

static const char stored[] = "SELECT count(*) FROM moonsift.event e"
                             " JOIN moonsift.delivery_key k ON k.event_id = e.id"
                             " JOIN moonsift.queue q ON q.event_id = e.id";

/* The order of ids is the order of judging. */
static void assert_in_order(const char *n)
{
    assert_asked(stored, n);
    assert_asked("SELECT count(*) FROM (SELECT received_at < lag(received_at) OVER (ORDER BY id)"
                 " AS wrong FROM moonsift.event) e WHERE wrong",
                 "0");
}

static int begin(void **state)
{
    empty(state);
    script("TRUNCATE moonsift.event, moonsift.delivery_key, moonsift.queue, moonsift.outcome");
    memset(&wire, 0, sizeof wire);
    memset(answers, 0, sizeof answers);
    veil = *database.client.api;
    veil.exec = veiled_exec;
    veil.is_down = veiled_is_down;
    strcpy(dir, "/tmp/ms-intake-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s", dir);
    open_intake();
    return 0;
}

static int end(void **state)
{
    char command[128];
    if (intake)
        close_intake();
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    return forget(state);
}

/* ---- the specs ------------------------------------------------------------------------------ */

static void a_crowd_shares_commits_and_duplicates_are_told(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        add_with(i, ms_arena_format(arena, "key-%d", i % 50).p, true);
    wait_answers(0, 100, MS_OK);
    assert_true(wire.calls <= 3);
    for (int i = 50; i < 100; i++) {
        assert_int_equal(answers[i].taken, MS_TAKEN_DUPLICATE);
        assert_int_equal(answers[i].id, answers[i - 50].id);
    }
    assert_in_order("50");
}

/* Text that PostgreSQL does not take: its neighbours must not pay for it. */
static void a_delivery_that_the_database_refuses_is_refused_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        add_with(i, i == 17 ? "bad-\xff" : ms_arena_format(arena, "key-%d", i).p, true);
    wait_answers(17, 18, MS_INVALID);
    wait_answers(0, 17, MS_OK);
    wait_answers(18, 40, MS_OK);
    assert_in_order("39");
}

static void in_the_spool_it_is_set_aside(void **state)
{
    (void)state;
    char *key = ms_alloc_zero(arena, 9001, 1); /* no index takes it */
    for (size_t i = 0; i < 9000; i++)
        key[i] = (char)('!' + random() % 90);
    wire.down = true;
    wire.mode = UNSENT;
    for (int i = 0; i < 40; i++)
        add_with(i, i == 17 ? key : ms_arena_format(arena, "key-%d", i).p, true);
    wait_answers(0, 40, MS_OK);
    wire.down = false;
    let_go(MS_UNAVAILABLE);
    wait_drained();
    assert_in_order("39");
    ms_error err = {0};
    ms_spooled *records = NULL;
    size_t n = 0;
    assert_int_equal(ms_spool_peek(spool, arena, 10, &records, &n, &err), MS_OK);
    assert_int_equal(n, 0);
}

static void another_maker_of_the_same_ids_is_got_over(void **state)
{
    (void)state;
    wire.conflicts = 3;
    for (int i = 0; i < 10; i++)
        add(i);
    wait_answers(0, 10, MS_OK);
    assert_in_order("10");
}

/* The id was told to the sender, and is taken all the same. */
static void a_spooled_id_that_is_taken_does_not_block_the_spool(void **state)
{
    (void)state;
    wire.mode = UNSENT;
    wire.down = true;
    for (int i = 0; i < 3; i++)
        add(i);
    wait_answers(0, 3, MS_OK);
    script(ms_arena_format(arena,
                           "INSERT INTO moonsift.event (account_id, id, source, type, order_key,"
                           " received_at, body_sha256) VALUES (1, %lld, 'x', 'x', '', now(), '')",
                           (long long)answers[1].id)
               .p);
    wire.down = false;
    let_go(MS_UNAVAILABLE);
    wait_drained();
    assert_asked(stored, "3");
}

/* A1 is under way when the database dies, A2 waits behind it, A3 comes afterwards. */
static void nothing_overtakes_when_the_database_dies(void **state)
{
    (void)state;
    for (hold mode = UNSENT; mode <= SENT; mode++) {
        int from = mode == UNSENT ? 0 : 60;
        wire.mode = mode;
        add(from);
        for (int i = from + 1; i < from + 20; i++)
            add(i);
        wire.down = true;
        for (int i = from + 20; i < from + 40; i++)
            add(i);
        let_go(MS_UNAVAILABLE);
        for (int i = from + 40; i < from + 60; i++)
            add(i);
        wait_answers(from, from + 60, MS_OK);
        wire.down = false;
        wait_drained();
        assert_in_order(mode == UNSENT ? "60" : "120");
    }
}

/* The server took it, the answer got lost, the spool brings it again. */
static void a_commit_with_unknown_outcome_is_stored_once(void **state)
{
    (void)state;
    wire.mode = SENT;
    add(0);
    let_go(MS_UNAVAILABLE);
    wait_answers(0, 1, MS_OK);
    wait_drained();
    assert_in_order("1");
    assert_int_equal(strtoll(asked("SELECT id FROM moonsift.event"), NULL, 10), answers[0].id);
}

/* The sender's patience is shorter than the database's time-out. */
static void a_database_that_does_not_answer_keeps_nobody_waiting(void **state)
{
    (void)state;
    wire.mode = SENT;
    for (int i = 0; i < 5; i++)
        add(i);
    uint64_t began = ms_loop_now(database.loop);
    wait_answers(0, 5, MS_OK);
    assert_true(ms_loop_now(database.loop) - began < 5000);
    assert_non_null(wire.done); /* still held up */
    let_go(MS_UNAVAILABLE);
    wait_drained();
    assert_in_order("5");
}

/* Senders that come again are told to, even while others' deliveries wait in the spool. */
static void who_sends_again_is_not_kept_waiting_either(void **state)
{
    (void)state;
    wire.mode = UNSENT;
    wire.down = true;
    add(0);
    wait_answers(0, 1, MS_OK);
    add_with(1, "later", false);
    wait_answers(1, 2, MS_UNAVAILABLE);
    let_go(MS_UNAVAILABLE);
    wire.down = false;
    wait_drained();
    assert_asked(stored, "1");
}

static void freed_with_a_batch_under_way(void **state)
{
    (void)state;
    wire.mode = SENT;
    for (int i = 0; i < 5; i++)
        add(i);
    add_with(5, "later", false);
    close_intake();
    wait_answers(0, 5, MS_OK); /* on disk */
    wait_answers(5, 6, MS_UNAVAILABLE);
    let_go(MS_CANCELLED); /* as when the database is closed: nothing is touched any more */
    open_intake();
    wait_drained();
    assert_in_order("5");
}

static void too_much_to_hold_in_memory_goes_to_disk(void **state)
{
    (void)state;
    size_t n = 1 << 20;
    char *big = ms_alloc_zero(arena, n + 1, 1);
    memset(big, 'x', n);
    const ms_str body = {big, n};
    wire.mode = UNSENT;
    for (int i = 0; i < 80; i++) {
        const ms_accepted d = {.account_id = 1,
                               .source = S("cw1"),
                               .type = S("contact_updated"),
                               .key = ms_arena_format(arena, "key-%d", i),
                               .order_key = S("4000"),
                               .received_at = 1738368000000000 + i,
                               .spool = true,
                               .body = body};
        ms_intake_add(intake, &d, taken, &answers[i]);
    }
    assert_true(ms_spool_count(spool) >= 60); /* before any round of the loop */
    let_go(MS_UNAVAILABLE);
    wait_answers(0, 80, MS_OK);
    wait_drained();
    assert_in_order("80");
}

int main(void)
{
#define TAKEN(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TAKEN(a_crowd_shares_commits_and_duplicates_are_told),
        TAKEN(a_delivery_that_the_database_refuses_is_refused_alone),
        TAKEN(in_the_spool_it_is_set_aside),
        TAKEN(another_maker_of_the_same_ids_is_got_over),
        TAKEN(a_spooled_id_that_is_taken_does_not_block_the_spool),
        TAKEN(nothing_overtakes_when_the_database_dies),
        TAKEN(a_commit_with_unknown_outcome_is_stored_once),
        TAKEN(a_database_that_does_not_answer_keeps_nobody_waiting),
        TAKEN(who_sends_again_is_not_kept_waiting_either),
        TAKEN(freed_with_a_batch_under_way),
        TAKEN(too_much_to_hold_in_memory_goes_to_disk),
    };
    return spec_pg_available() ? cmocka_run_group_tests(tests, open_world, close_world) : 0;
}

/* What the migrations of the stand-alone CRM hold: labels, casts, view, indexes, samples. */
#include "support/database.h"

#include "host/migrate.h"

static spec_database database;
static ms_arena *arena;

static int open_server(void **state)
{
    (void)state;
    spec_pg_new(&database.pg);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    spec_pg_free(&database.pg);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    arena = ms_arena_new(0);
    spec_database_fresh(&database);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    spec_database_disconnect(&database);
    ms_arena_free(arena);
    return 0;
}

static void up(int to)
{
    ms_error err = {0};
    if (ms_migrate_up(&database.client, "crm", to, NULL, NULL, &err) != MS_OK)
        fail_msg("%s", err.text);
}

static void down(int to)
{
    ms_error err = {0};
    if (ms_migrate_down(&database.client, "crm", to, NULL, NULL, &err) != MS_OK)
        fail_msg("%s", err.text);
}

static void script(const char *sql)
{
    spec_script(&database, sql);
}

static void assert_asked(const char *sql, const char *expected)
{
    const char *got = spec_asked(&database, arena, sql);
    if (strcmp(got, expected) != 0)
        fail_msg("%s\n  gives    %s\n  expected %s", sql, got, expected);
}

static void the_tables_stand_in_public_with_account_1(void **state)
{
    (void)state;
    up(0);
    assert_asked("SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables"
                 " WHERE schemaname = 'public'",
                 "accounts channel_api channel_whatsapp contact_labels contacts conversations"
                 " inboxes labels messages teams users");
    assert_asked("SELECT id FROM public.accounts", "1");
    assert_asked("INSERT INTO public.accounts (name) VALUES ('second') RETURNING id", "2");
}

static void updated_at_follows_changes_alone(void **state)
{
    (void)state;
    up(1);
    script("INSERT INTO public.contacts (id, account_id, name) VALUES (1, 1, 'a'), (2, 1, 'b'),"
           " (3, 1, 'c');");
    script("UPDATE public.contacts SET name = 'a' WHERE id = 1;"
           "UPDATE public.contacts SET name = 'x' WHERE id = 2;"
           "UPDATE public.contacts SET name = 'y', updated_at = '2001-02-03Z' WHERE id = 3");
    assert_asked("SELECT updated_at = created_at, updated_at > created_at,"
                 " updated_at = '2001-02-03Z' FROM public.contacts ORDER BY id",
                 "t,f,f f,t,f f,f,t");
    assert_asked("SELECT count(*) FROM pg_tables t WHERE schemaname = 'public' AND NOT EXISTS"
                 " (SELECT FROM pg_trigger g WHERE tgname = 'touch_updated_at'"
                 "  AND tgrelid = ('public.' || tablename)::regclass)",
                 "0");
}

static void every_account_has_the_14_labels(void **state)
{
    (void)state;
    up(1);
    script("INSERT INTO public.accounts (name) VALUES ('before');"
           "INSERT INTO public.labels (account_id, title, color)"
           " VALUES (1, 'hot-lead', '#000000')");
    up(2);
    script("INSERT INTO public.accounts (name) VALUES ('after')");
    assert_asked("SELECT account_id, count(*), count(DISTINCT title) FROM public.labels"
                 " GROUP BY account_id ORDER BY account_id",
                 "1,14,14 2,14,14 3,14,14");
    assert_asked("SELECT color FROM public.labels WHERE title = 'hot-lead' ORDER BY account_id",
                 "#000000 #f59e0b #f59e0b");
}

static void labels_in_use_survive_the_way_back(void **state)
{
    (void)state;
    up(2);
    script("INSERT INTO public.contacts (id, account_id) VALUES (1, 1);"
           "INSERT INTO public.contact_labels (contact_id, label_id)"
           " SELECT 1, id FROM public.labels WHERE title = 'responded';");
    script("UPDATE public.labels SET description = 'ours' WHERE title = 'cold-lead'");
    down(1);
    assert_asked("SELECT title FROM public.labels ORDER BY title", "cold-lead responded");
    up(2);
    assert_asked("SELECT count(*), count(*) FILTER (WHERE description = 'ours')"
                 " FROM public.labels",
                 "14,1");
}

static void casts_give_null_and_never_raise(void **state)
{
    (void)state;
    up(0);
    assert_asked(
        "SELECT string_agg(coalesce(moonsift.int_or_null(v)::text, '-') || '/'"
        " || coalesce(moonsift.float_or_null(v)::text, '-'), ' ' ORDER BY n)"
        " FROM unnest(ARRAY['15000', '15000.0', '15000.7', '-0.5', '+3', ' 7 ', '.5', '5.', '1e5',"
        " '2147483648', '1e-400', '1e400', '15k', 'high', '', '.', '1e', '0x10', 'NaN',"
        " 'Infinity', '1_000', '--1', '1 2', NULL, repeat('9', 100000), '9e999', '-9e999'])"
        " WITH ORDINALITY u(v, n)",
        "15000/15000 15000/15000 15000/15000.7 -1/-0.5 3/3 7/7 0/0.5 5/5 100000/100000"
        " -/2147483648 0/0 -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/- -/-");
}

/* Each of these made the specification's own view or index fail. */
static void bad_values_can_be_stored_and_read(void **state)
{
    (void)state;
    up(0);
    script("INSERT INTO public.contacts (id, account_id, custom_attributes) VALUES"
           " (10, 1, '{\"qualification_score\": \"high\", \"follower_count\": \"15k\"}'),"
           " (11, 1, '{\"qualification_score\": 9.5, \"follower_count\": 15000.0}'),"
           " (12, 1, '{\"qualification_score\": null, \"follower_count\": [1]}'),"
           " (13, 1, NULL), (14, 1, '[]')");
    assert_asked("SELECT qualification_score, follower_count FROM public.contact_attributes_view"
                 " WHERE contact_id >= 10 ORDER BY contact_id",
                 "-,- 9.5,15000 -,- -,- -,-");
    assert_asked("SELECT string_agg(column_name, ' ' ORDER BY ordinal_position)"
                 " FROM information_schema.columns WHERE table_name = 'contact_attributes_view'",
                 "contact_id name email phone_number lead_status lead_source urgency_level job_type"
                 " budget_range qualification_score ai_summary instagram_handle follower_count"
                 " last_contact_date all_attributes created_at updated_at account_id");
}

static void the_score_is_found_by_its_index(void **state)
{
    (void)state;
    up(0);
    script("INSERT INTO public.contacts (account_id, custom_attributes) SELECT 1,"
           " jsonb_build_object('qualification_score', (i % 1000) / 100.0, 'lead_status',"
           " CASE WHEN i % 500 = 0 THEN 'qualified' ELSE 'new' END)"
           " FROM generate_series(1, 20000) i; ANALYZE public.contacts");
    const char *plan = spec_asked(&database, arena,
                                  "EXPLAIN SELECT * FROM public.contact_attributes_view"
                                  " WHERE qualification_score > 9.98");
    assert_non_null(strstr(plan, "idx_contacts_qualification_score"));
    plan = spec_asked(&database, arena,
                      "EXPLAIN SELECT * FROM public.contacts"
                      " WHERE custom_attributes->>'lead_status' = 'qualified'");
    assert_non_null(strstr(plan, "idx_contacts_lead_status"));
}

static void an_address_is_one_person_whatever_its_case(void **state)
{
    (void)state;
    up(1);
    ms_error err = {0};
    script("INSERT INTO public.contacts (account_id, email) VALUES (1, 'A@b.c')");
    assert_int_equal(ms_db_script(&database.client,
                                  MS_STR("INSERT INTO public.contacts (account_id, email)"
                                         " VALUES (1, ' a@B.c')"),
                                  true, &err),
                     MS_CONFLICT);
    script("INSERT INTO public.accounts (name) VALUES ('2');"
           "INSERT INTO public.contacts (account_id, email) VALUES (2, 'a@b.c'), (2, NULL),"
           " (2, NULL)");
}

static void samples_come_only_where_nobody_is(void **state)
{
    (void)state;
    up(6);
    assert_asked("SELECT name FROM public.contacts ORDER BY id",
                 "John Tech Sarah Designer Mike Customer");
    down(5);
    assert_asked("SELECT count(*) FROM public.contacts", "0");
    script("INSERT INTO public.contacts (account_id, name) VALUES (1, 'real')");
    up(6);
    assert_asked("SELECT name FROM public.contacts", "real");
}

static void samples_that_were_worked_with_stay(void **state)
{
    (void)state;
    up(6);
    script("UPDATE public.contacts SET custom_attributes = custom_attributes || '{\"x\": 1}'"
           " WHERE name = 'John Tech';"
           "INSERT INTO public.contact_labels (contact_id, label_id)"
           " SELECT c.id, min(l.id) FROM public.contacts c, public.labels l"
           " WHERE c.name = 'Mike Customer' GROUP BY c.id");
    down(5);
    assert_asked("SELECT name FROM public.contacts ORDER BY id", "John Tech Mike Customer");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_tables_stand_in_public_with_account_1), T(updated_at_follows_changes_alone),
        T(every_account_has_the_14_labels),           T(labels_in_use_survive_the_way_back),
        T(casts_give_null_and_never_raise),           T(bad_values_can_be_stored_and_read),
        T(the_score_is_found_by_its_index),           T(an_address_is_one_person_whatever_its_case),
        T(samples_come_only_where_nobody_is),         T(samples_that_were_worked_with_stay),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}

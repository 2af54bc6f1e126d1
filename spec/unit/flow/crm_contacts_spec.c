/* The crm plugin's contacts on a real PostgreSQL: who is meant, what is read, what is written. */
#include "crm_support.h"

/* ---- resolve -------------------------------------------------------------------------------- */

static ms_crm_ref ref(const char *external, const char *identifier, const char *email,
                      const char *phone)
{
    return (ms_crm_ref){.account_id = 1,
                        .source = S("cw1"),
                        .external_id = S(external),
                        .identifier = ms_str_z(identifier),
                        .email = ms_str_z(email),
                        .phone_number = ms_str_z(phone)};
}

static int64_t resolve_one(ms_crm_ref r)
{
    int64_t id = 0;
    resolve(&r, 1, &id);
    return id;
}

static void nobody_known_gets_a_reserved_id(void **state)
{
    (void)state;
    ms_crm_ref refs[] = {ref("1", NULL, NULL, NULL), ref("2", NULL, NULL, NULL)};
    int64_t ids[2], again[2];
    resolve(refs, 2, ids);
    resolve(refs, 2, again);
    assert_true(ids[0] < 0 && ids[1] < 0 && ids[0] != ids[1]);
    assert_true(again[0] != ids[0] && again[0] != ids[1]);
    resolve(refs, 0, ids);
}

static void a_person_is_found_by_ref_identifier_email_phone_in_this_order(void **state)
{
    (void)state;
    script("INSERT INTO public.contacts (id, account_id, email, phone_number, identifier) VALUES"
           " (11, 1, NULL, NULL, NULL), (12, 1, NULL, NULL, 'ig:x'),"
           " (13, 1, ' Ann@Example.COM ', NULL, NULL), (14, 1, NULL, '+3161', NULL);"
           "INSERT INTO moonsift.contact_ref VALUES (1, 'cw1', '7', 11)");
    assert_int_equal(resolve_one(ref("7", "ig:x", "ann@example.com", "+3161")), 11);
    assert_int_equal(resolve_one(ref("8", "ig:x", "ann@example.com", "+3161")), 12);
    assert_int_equal(resolve_one(ref("8", NULL, "ann@example.com", "+3161")), 13);
    assert_int_equal(resolve_one(ref("8", "ig:y", "bob@example.com", "+3161")), 14);
    assert_true(resolve_one(ref("8", "", "", "")) < 0);
}

static void accounts_and_sources_are_kept_apart(void **state)
{
    (void)state;
    script("INSERT INTO public.accounts (id, name) VALUES (2, 'two');"
           "INSERT INTO public.contacts (id, account_id, email, phone_number, identifier)"
           " VALUES (21, 2, 'a@b.c', '+1', 'i');"
           "INSERT INTO moonsift.contact_ref VALUES (2, 'cw1', '7', 21), (1, 'cw1', '9', 21)");
    assert_true(resolve_one(ref("7", "i", "a@b.c", "+1")) < 0);
    assert_true(resolve_one(ref("9", NULL, NULL, NULL)) < 0);
    ms_crm_ref other = ref("7", NULL, NULL, NULL);
    other.account_id = 2;
    assert_int_equal(resolve_one(other), 21);
    other.source = S("cw2");
    assert_true(resolve_one(other) < 0);
}

static void a_deleted_contact_is_nobody(void **state)
{
    (void)state;
    script("INSERT INTO moonsift.contact_ref VALUES (1, 'cw1', '7', 99)");
    assert_true(resolve_one(ref("7", NULL, NULL, NULL)) < 0);
}

static void one_new_person_in_a_batch_gets_one_id(void **state)
{
    (void)state;
    ms_crm_ref refs[] = {
        ref("1", NULL, "a@b.c", NULL), ref("2", NULL, NULL, "+1"), ref("1", NULL, NULL, NULL),
        ref("3", NULL, "a@b.c", "+1"), ref("4", "i", NULL, NULL),  ref("5", "i", "d@e.f", NULL),
        ref("6", NULL, "d@e.f", "+2"), ref("7", NULL, NULL, NULL), ref("8", NULL, NULL, NULL),
    };
    int64_t ids[9];
    resolve(refs, 9, ids);
    assert_true(ids[2] == ids[0] && ids[3] == ids[0] && ids[0] != ids[1]);
    assert_true(ids[5] == ids[4] && ids[6] == ids[4] && ids[4] != ids[0]);
    assert_true(ids[7] != ids[8]);
    for (int i = 0; i < 9; i++)
        assert_true(ids[i] < 0);
}

/* Creates or completes the contact that a reference resolved to, the way the host does. */
static void remember(const ms_crm_ref *r, int64_t found)
{
    int64_t id = llabs(found);
    ms_rows known = read_contacts(&id, 1, 1, false);
    ms_str email = known.n_rows ? ms_cell(&known, 0, 3) : MS_NONE;
    ms_str phone = known.n_rows ? ms_cell(&known, 0, 4) : MS_NONE;
    ms_str identifier = known.n_rows ? ms_cell(&known, 0, 5) : MS_NONE;
    ms_crm_contact c = {.account_id = 1,
                        .contact_id = id,
                        .create = found<0, .update = found> 0,
                        .email = email.p ? email : r->email,
                        .phone_number = phone.p ? phone : r->phone_number,
                        .identifier = identifier.p ? identifier : r->identifier};
    ms_value params[] = {ms_string(r->external_id), ms_int(id)};
    ms_error err = {0};
    write_contacts(&c, 1);
    assert_int_equal(ms_db_query(&database.client, arena,
                                 "INSERT INTO moonsift.contact_ref (account_id, source,"
                                 " external_id, contact_id) VALUES (1, 'cw1', $1::text, $2::bigint)"
                                 " ON CONFLICT DO NOTHING",
                                 params, 2, NULL, &err),
                     MS_OK);
}

static ms_str sometimes(const char *prefix, int person)
{
    return rand() % 2 ? ms_arena_format(arena, "%s%d", prefix, person) : MS_NONE;
}

/* Five people under up to three sender's ids each, who do not always say all about themselves.
 * How deliveries fall into batches must not decide who is who. */
static void a_batch_is_resolved_as_if_it_came_one_by_one(void **state)
{
    (void)state;
    enum { N = 30 };
    for (unsigned seed = 1; seed <= 20; seed++) {
        ms_crm_ref refs[N];
        int64_t batch[N], serial[N];
        srand(seed);
        script("DELETE FROM public.contacts; DELETE FROM moonsift.contact_ref");
        for (int i = 0; i < N; i++) {
            int person = rand() % 5;
            refs[i] = ref("", NULL, NULL, NULL);
            refs[i].external_id = ms_arena_format(arena, "%d", person * 3 + rand() % 3);
            refs[i].identifier = sometimes("i", person);
            refs[i].email = sometimes("e", person);
            refs[i].phone_number = sometimes("p", person);
        }
        resolve(refs, N, batch);
        for (int i = 0; i < N; i++) {
            resolve(&refs[i], 1, &serial[i]);
            remember(&refs[i], serial[i]);
            serial[i] = llabs(serial[i]);
        }
        for (int i = 0; i < N; i++)
            for (int k = 0; k < i; k++)
                if ((batch[i] == batch[k]) != (serial[i] == serial[k]))
                    fail_msg("seed %u: %d and %d", seed, k, i);
    }
}

static void five_hundred_references_keep_their_order(void **state)
{
    (void)state;
    enum { N = 500 };
    static ms_crm_ref refs[N];
    static int64_t ids[N];
    script("INSERT INTO public.contacts (id, account_id, email)"
           " SELECT i + 1000, 1, 'p' || i || '@example.com' FROM generate_series(0, 499, 2) i");
    for (int i = 0; i < N; i++) {
        refs[i] = ref("", NULL, NULL, NULL);
        refs[i].external_id = ms_arena_format(arena, "%d", i);
        refs[i].email = ms_arena_format(arena, "p%d@example.com", i);
    }
    resolve(refs, N, ids);
    for (int i = 0; i < N; i++)
        if (i % 2 ? ids[i] >= 0 : ids[i] != i + 1000)
            fail_msg("%d is %lld", i, (long long)ids[i]);
}

/* ---- read ----------------------------------------------------------------------------------- */

static void contacts_come_in_id_order_with_sorted_labels(void **state)
{
    (void)state;
    script("INSERT INTO public.contacts (id, account_id, name, custom_attributes) VALUES"
           " (5, 1, 'five', '{\"b\": 1, \"a\": \"x\"}'), (3, 1, NULL, NULL), (4, 1, '', '[1]');"
           "INSERT INTO public.contact_labels (contact_id, label_id)"
           " SELECT 5, id FROM public.labels WHERE title IN ('responded', 'ai-handled')");
    const char *all = "1,3,-,-,-,-,{},[] 1,4,,-,-,-,{},[]"
                      " 1,5,five,-,-,-,{\"a\": \"x\", \"b\": 1},[\"ai-handled\", \"responded\"]";
    const int64_t ids[] = {5, 3, 77, 4, 5};
    for (int lock = 0; lock < 2; lock++) {
        ms_rows rows = read_contacts(ids, 5, 1, lock);
        assert_string_equal(told(&rows), all);
        rows = read_contacts(ids, 5, 2, lock);
        assert_int_equal(rows.n_rows, 0);
        rows = read_contacts(ids, 0, 1, lock);
        assert_int_equal(rows.n_rows, 0);
    }
}

/* Somebody holds the contact, changes its labels and commits while we wait for the lock. */
static void labels_are_those_behind_the_lock(void **state)
{
    (void)state;
    const int64_t id = 5;
    script("INSERT INTO public.contacts (id, account_id, name) VALUES (5, 1, 'before')");
    ms_str command = ms_arena_format(
        arena,
        "psql -qX -d \"%s\" -c \"BEGIN; UPDATE contacts SET name = 'after' WHERE id = 5;"
        " INSERT INTO contact_labels (contact_id, label_id) SELECT 5, min(id) FROM labels;"
        " SELECT pg_sleep(1); COMMIT\" >/dev/null",
        database.dsn);
    FILE *other = popen(command.p, "r");
    assert_non_null(other);
    for (int i = 0; i < 200; i++) {
        if (strcmp(asked("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"),
                   "1") == 0)
            break;
        usleep(10000);
    }
    ms_rows rows = read_contacts(&id, 1, 1, true);
    assert_int_equal(pclose(other), 0);
    assert_string_equal(told(&rows), "1,5,after,-,-,-,{},[\"qualified-lead\"]");
}

/* ---- write ---------------------------------------------------------------------------------- */

static ms_crm_contact contact(int64_t id, const char *name, const char *email, const char *phone)
{
    return (ms_crm_contact){.account_id = 1,
                            .contact_id = id,
                            .update = true,
                            .name = ms_str_z(name),
                            .email = ms_str_z(email),
                            .phone_number = ms_str_z(phone),
                            .attributes = S("{}")};
}

static ms_crm_contact created(int64_t id, const char *name, const char *email, const char *phone)
{
    ms_crm_contact c = contact(id, name, email, phone);
    c.create = true;
    return c;
}

#define PEOPLE "SELECT id, name, email, phone_number FROM public.contacts ORDER BY id"

static void contacts_are_created_and_updated(void **state)
{
    (void)state;
    ms_crm_contact c[] = {created(5, "Ann", "ann@b.c", "+1"), created(6, NULL, NULL, NULL)};
    c[0].attributes = S("{\"note\": \"na\xc3\xafve \xf0\x9f\x91\x8b\", \"n\": 12345678901234567}");
    c[0].identifier = S("ig:ann");
    write_contacts(c, 2);
    assert_asked(PEOPLE, "5,Ann,ann@b.c,+1 6,-,-,-");
    assert_asked("SELECT identifier, custom_attributes->>'note', custom_attributes->>'n'"
                 " FROM public.contacts WHERE id = 5",
                 "ig:ann,na\xc3\xafve \xf0\x9f\x91\x8b,12345678901234567");

    c[0] = contact(5, "Ann B", NULL, "+2");
    c[1] = contact(6, "Six", "six@b.c", NULL);
    c[1].update = false;
    write_contacts(c, 2);
    assert_asked(PEOPLE, "5,Ann B,-,+2 6,-,-,-");
    write_contacts(c, 0);
}

static void what_changes_nothing_touches_nothing(void **state)
{
    (void)state;
    ms_crm_contact c = created(5, "Ann", "ann@b.c", "+1");
    write_contacts(&c, 1);
    const char *before = asked("SELECT xmin, updated_at FROM public.contacts");
    c.create = false;
    write_contacts(&c, 1);
    assert_asked("SELECT xmin, updated_at FROM public.contacts", before);
    c.name = S("Anne");
    write_contacts(&c, 1);
    assert_asked("SELECT updated_at > created_at FROM public.contacts", "t");
}

static void another_accounts_contact_is_out_of_reach(void **state)
{
    (void)state;
    script("INSERT INTO public.accounts (id, name) VALUES (2, 'two');"
           "INSERT INTO public.contacts (id, account_id, name) VALUES (5, 2, 'theirs')");
    const ms_str label = S("responded");
    ms_crm_contact c = contact(5, "mine", NULL, NULL);
    c.add_labels = &label;
    c.n_add = 1;
    write_contacts(&c, 1);
    assert_asked("SELECT name FROM public.contacts", "theirs");
    assert_asked("SELECT count(*) FROM public.contact_labels", "0");
}

static void an_address_that_somebody_else_has_is_left_out(void **state)
{
    (void)state;
    ms_crm_contact first[] = {created(5, "Ann", "ann@b.c", "+1"),
                              created(6, "Bob", "bob@b.c", "+2")};
    write_contacts(first, 2);
    script("INSERT INTO public.contacts (id, account_id, email) VALUES (4, 1, 'Mixed@B.C')");

    ms_crm_contact create[] = {created(7, "Cee", "ann@b.c", "+3"),
                               created(8, "Dee", "dee@b.c", "+2"),
                               created(9, "Eff", "mixed@b.c", NULL)};
    write_contacts(create, 3);
    assert_asked(PEOPLE, "4,-,Mixed@B.C,- 5,Ann,ann@b.c,+1 6,Bob,bob@b.c,+2 7,Cee,-,+3"
                         " 8,Dee,dee@b.c,- 9,Eff,-,-");

    ms_crm_contact update = contact(6, "Bob", "ann@b.c", "+2");
    update.identifier = S("ig:bob");
    write_contacts(&update, 1);
    assert_asked("SELECT email, phone_number FROM public.contacts WHERE id = 6", "-,+2");
    update = contact(5, "Ann", "ann@b.c", "+1");
    update.identifier = S("ig:bob");
    write_contacts(&update, 1);
    assert_asked("SELECT email, identifier FROM public.contacts WHERE id = 5", "ann@b.c,-");
}

static void a_batch_may_trade_addresses_without_failing(void **state)
{
    (void)state;
    ms_crm_contact first[] = {created(5, "a", "a@b.c", "+1"), created(6, "b", "b@b.c", "+2")};
    write_contacts(first, 2);
    ms_crm_contact trade[] = {contact(5, "a", "b@b.c", "+2"), contact(6, "b", "a@b.c", "+1")};
    write_contacts(trade, 2);
    write_contacts(trade, 2);
    assert_asked("SELECT count(*) FROM public.contacts", "2");

    ms_crm_contact same[] = {created(7, "c", "new@b.c", "+7"), created(8, "d", "new@b.c", "+7"),
                             created(9, "e", "NEW@b.c", NULL)};
    write_contacts(same, 3);
    assert_asked("SELECT id, email, phone_number FROM public.contacts WHERE id > 6 ORDER BY id",
                 "7,new@b.c,+7 8,-,- 9,-,-");

    ms_crm_contact passed_on[] = {created(10, "f", "new@b.c", NULL), contact(7, "c", NULL, "+7")};
    write_contacts(passed_on, 2);
    assert_asked("SELECT email FROM public.contacts WHERE id IN (7, 10) ORDER BY id", "- new@b.c");
}

static void texts_too_long_for_their_column_do_not_stop_the_batch(void **state)
{
    (void)state;
    char name[700], address[300];
    memset(name, 0, sizeof name);
    for (int i = 0; i < 300; i++)
        strcpy(name + 2 * i, "\xc3\xa9");
    memset(address, 'a', sizeof address - 1);
    address[sizeof address - 1] = '\0';
    ms_crm_contact c = created(5, name, address, address);
    c.identifier = S(address);
    write_contacts(&c, 1);
    assert_asked("SELECT length(name), email, phone_number, identifier FROM public.contacts",
                 "255,-,-,-");
}

static void labels_are_added_made_and_removed(void **state)
{
    (void)state;
    const ms_str add[] = {S("hot-lead"), S("brand-new"), S("hot-lead"), S("it's \"quoted\"")};
    const ms_str remove[] = {S("hot-lead"), S("no such label"), S("cold-lead")};
    ms_crm_contact c[] = {created(5, "a", NULL, NULL), created(6, "b", NULL, NULL)};
    c[0].add_labels = add;
    c[0].n_add = 4;
    c[1].add_labels = add;
    c[1].n_add = 1;
    write_contacts(c, 2);
    const char *labels = "SELECT labels FROM moonsift.labels_of('{5, 6}') ORDER BY contact_id";
    assert_asked(labels, "[\"brand-new\", \"hot-lead\", \"it's \\\"quoted\\\"\"] [\"hot-lead\"]");
    assert_asked("SELECT count(*) FROM public.labels", "16");

    c[0].create = c[1].create = c[0].update = c[1].update = false;
    const char *sequences = "SELECT last_value, (SELECT last_value FROM contact_labels_id_seq)"
                            " FROM labels_id_seq";
    const char *before = asked(sequences);
    write_contacts(c, 2);
    assert_asked(sequences, before);

    c[0].n_add = c[1].n_add = 0;
    c[0].remove_labels = remove;
    c[0].n_remove = 3;
    write_contacts(c, 2);
    write_contacts(c, 2);
    assert_asked(labels, "[\"brand-new\", \"it's \\\"quoted\\\"\"] [\"hot-lead\"]");
}

static void five_hundred_contacts_are_written_at_once(void **state)
{
    (void)state;
    enum { N = 500 };
    static ms_crm_contact c[N];
    const ms_str labels[] = {S("ai-handled"), S("responded"), S("interim-job-seeker")};
    for (int i = 0; i < N; i++) {
        c[i] = created(1000 + i, "n", NULL, NULL);
        c[i].email = ms_arena_format(arena, "p%d@example.com", i % 250);
        c[i].add_labels = labels;
        c[i].n_add = 3;
    }
    write_contacts(c, N);
    write_contacts(c, 0);
    assert_asked("SELECT count(*), count(email) FROM public.contacts", "500,250");
    assert_asked("SELECT count(*) FROM public.contact_labels", "1500");
}

/* ---- accounts and layout -------------------------------------------------------------------- */

static void accounts_come_with_labels_and_their_ids_are_not_given_again(void **state)
{
    (void)state;
    const int64_t ids[] = {1, 2, 9, 9, -4, 0, 99999999999};
    for (int round = 0; round < 2; round++) {
        ms_statements list = {0};
        ms_error err = {0};
        assert_int_equal(crm->accounts(crm_self, arena, ids, 7, &list, &err), MS_OK);
        run(&list);
    }
    assert_asked("SELECT a.id, count(l.id) FROM public.accounts a LEFT JOIN public.labels l"
                 " ON l.account_id = a.id GROUP BY a.id ORDER BY a.id",
                 "1,14 2,14 9,14");
    assert_asked("INSERT INTO public.accounts (name) VALUES ('next') RETURNING id", "10");
}

static void the_layout_is_told_from_the_tables(void **state)
{
    (void)state;
    assert_asked(crm->detect, "t");
    script("CREATE TABLE public.taggings (id int)");
    assert_asked(crm->detect, "f");
    script("DROP TABLE public.taggings; ALTER TABLE public.contacts RENAME TO people");
    assert_asked(crm->detect, "-");
    script("ALTER TABLE public.people RENAME TO contacts;"
           "ALTER TABLE public.contact_labels RENAME TO x");
    assert_asked(crm->detect, "f");
    script("ALTER TABLE public.x RENAME TO contact_labels");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, empty, forget)
    const struct CMUnitTest tests[] = {
        T(nobody_known_gets_a_reserved_id),
        T(a_person_is_found_by_ref_identifier_email_phone_in_this_order),
        T(accounts_and_sources_are_kept_apart),
        T(a_deleted_contact_is_nobody),
        T(one_new_person_in_a_batch_gets_one_id),
        T(a_batch_is_resolved_as_if_it_came_one_by_one),
        T(five_hundred_references_keep_their_order),
        T(contacts_come_in_id_order_with_sorted_labels),
        T(labels_are_those_behind_the_lock),
        T(contacts_are_created_and_updated),
        T(what_changes_nothing_touches_nothing),
        T(another_accounts_contact_is_out_of_reach),
        T(an_address_that_somebody_else_has_is_left_out),
        T(a_batch_may_trade_addresses_without_failing),
        T(texts_too_long_for_their_column_do_not_stop_the_batch),
        T(labels_are_added_made_and_removed),
        T(five_hundred_contacts_are_written_at_once),
        T(accounts_come_with_labels_and_their_ids_are_not_given_again),
        T(the_layout_is_told_from_the_tables),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}

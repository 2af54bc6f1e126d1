/* What the chatwoot plugin writes by SQL, on Chatwoot's own tables: attributes and contact labels.
 */
#include "chatwoot_support.h"

enum { MANY = 500 };

/* ---- attributes ----------------------------------------------------------------------------- */

static ms_crm_contact patched(int64_t id, const char *patch, const char *drop)
{
    return (ms_crm_contact){.account_id = 1,
                            .contact_id = id,
                            .update = true,
                            .name = MS_STR("not written"),
                            .attributes = MS_STR("{\"whole\": true}"),
                            .patch = ms_str_z(patch),
                            .drop = ms_str_z(drop)};
}

#define ATTRIBUTES                                                                                 \
    "SELECT coalesce(custom_attributes::text, 'NULL'), updated_at > '2026-05-01'"                  \
    " FROM contacts ORDER BY id"

static void keys_are_merged_and_removed(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{\"a\": 1, \"b\": 2, \"c\": {\"x\": 1}, \"people's\": \"own\"}");
    ms_crm_contact c = patched(11, "{\"b\": 3, \"c\": {\"y\": 2}, \"d\": null}", "[\"a\", \"z\"]");
    write_contacts(&c, 1);
    assert_asked(ATTRIBUTES, "{\"b\": 3, \"c\": {\"y\": 2}, \"d\": null, \"people's\": \"own\"},t");
    assert_asked("SELECT name FROM contacts", "N11");
}

static void without_a_patch_the_whole_is_merged(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{\"a\": 1}");
    ms_crm_contact c = patched(11, NULL, NULL);
    write_contacts(&c, 1);
    assert_asked(ATTRIBUTES, "{\"a\": 1, \"whole\": true},t");
}

static void what_changes_nothing_touches_nothing(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{\"a\": 1.0}");
    contact(12, 1, NULL, NULL, "{}");
    contact(13, 1, NULL, NULL, "{\"a\": 1}");
    ms_crm_contact c[] = {patched(11, "{\"a\": 1.0}", "[\"z\"]"), patched(12, "{}", "[]"),
                          patched(13, "{\"a\": 2}", NULL)};
    c[2].update = false;
    write_contacts(c, 3);
    assert_asked(ATTRIBUTES, "{\"a\": 1.0},f {},f {\"a\": 1},f");
    write_contacts(c, 0);
}

static void nothing_becomes_an_object_and_what_is_none_stays(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    contact(12, 1, NULL, NULL, "null");
    contact(13, 1, NULL, NULL, "[1]");
    contact(14, 1, NULL, NULL, "\"{}\"");
    ms_crm_contact c[4];
    for (int i = 0; i < 4; i++)
        c[i] = patched(11 + i, "{\"a\": 1}", "[\"b\"]");
    write_contacts(c, 4);
    assert_asked(ATTRIBUTES, "{\"a\": 1},t {\"a\": 1},t [1],f \"{}\",f");
}

/* The database's time zone is 13 hours off, Chatwoot's times are UTC without zone. */
static void times_are_utc_whatever_the_session_has(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    const ms_str title = MS_STR("hot-lead");
    ms_crm_contact c = patched(11, "{\"a\": 1}", NULL);
    c.add_labels = &title;
    c.n_add = 1;
    spec_database_disconnect(&database);
    spec_database_connect(&database, "chatwoot");
    crm_self = ms_loaded_self(spec_plugin(database.plugins, moonsift_plugin_chatwoot()));
    assert_asked("SHOW timezone", "Pacific/Auckland");
    write_contacts(&c, 1);
    assert_asked("SELECT abs(extract(epoch FROM updated_at - clock_timestamp() AT TIME ZONE 'utc'))"
                 " < 60 FROM contacts",
                 "t");
    assert_asked("SELECT abs(extract(epoch FROM created_at - clock_timestamp() AT TIME ZONE 'utc'))"
                 " < 60 FROM taggings",
                 "t");
}

/* ---- labels --------------------------------------------------------------------------------- */

static ms_crm_contact labelled(int64_t id, const ms_str *add, size_t n_add, const ms_str *remove,
                               size_t n_remove)
{
    return (ms_crm_contact){.account_id = 1,
                            .contact_id = id,
                            .add_labels = add,
                            .n_add = n_add,
                            .remove_labels = remove,
                            .n_remove = n_remove};
}

#define TAGGINGS                                                                                   \
    "SELECT g.taggable_type, g.taggable_id, g.context, t.name, g.tagger_id"                        \
    " FROM taggings g JOIN tags t ON t.id = g.tag_id ORDER BY g.taggable_id, t.name COLLATE \"C\"" \
    ", g.id"

static void labels_are_added_once_and_removed(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    contact(12, 1, NULL, NULL, NULL);
    const ms_str titles[] = {MS_STR("b"), MS_STR("a"), MS_STR("b")};
    ms_crm_contact c[] = {labelled(11, titles, 3, NULL, 0), labelled(12, titles, 1, titles + 1, 1)};
    for (int round = 0; round < 3; round++)
        write_contacts(c, 2);
    assert_asked(TAGGINGS, "Contact,11,labels,a,- Contact,11,labels,b,- Contact,12,labels,b,-");
    assert_asked("SELECT count(*), max(taggings_count) FROM tags", "2,0");
    ms_crm_contact gone = labelled(11, NULL, 0, titles, 1);
    write_contacts(&gone, 1);
    assert_asked(TAGGINGS, "Contact,11,labels,a,- Contact,12,labels,b,-");
    assert_asked("SELECT bool_or(updated_at > '2026-05-01') FROM contacts", "f");
}

static void the_same_tag_in_other_cases_is_the_same_label(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    contact(12, 1, NULL, NULL, NULL);
    tagged("Hot-Lead", "Contact", 11, "labels");
    const ms_str title = MS_STR("hot-lead");
    ms_crm_contact c[] = {labelled(11, &title, 1, NULL, 0), labelled(12, &title, 1, NULL, 0)};
    write_contacts(c, 2);
    assert_asked(TAGGINGS, "Contact,11,labels,Hot-Lead,- Contact,12,labels,Hot-Lead,-");
    script("INSERT INTO tags (name) VALUES ('hot-lead'); DELETE FROM taggings");
    write_contacts(c, 1);
    assert_asked(TAGGINGS, "Contact,11,labels,hot-lead,-"); /* what meets the catalogue */
    tagged("HOT-LEAD", "Contact", 11, "labels");
    tagged("hot-lead", "Contact", 11, "labels");
    ms_crm_contact gone = labelled(11, NULL, 0, &title, 1);
    write_contacts(&gone, 1);
    assert_asked(TAGGINGS, "");
}

static void titles_are_written_as_the_catalogue_has_them(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    char large[257];
    memset(large, 'x', 256);
    large[256] = '\0';
    const ms_str titles[] = {MS_STR("VIP"), MS_STR(""), ms_str_z(large), MS_STR("a'b\"\\,{}")};
    ms_crm_contact c = labelled(11, titles, 4, NULL, 0);
    write_contacts(&c, 1);
    assert_asked("SELECT name FROM tags ORDER BY name COLLATE \"C\"", "a'b\"\\,{} vip");
    assert_asked("SELECT count(*) FROM labels", "0");
}

static void what_is_not_a_contacts_label_is_left_alone(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    tagged("a", "Conversation", 11, "labels");
    tagged("a", "Contact", 11, "skills");
    tagged("a", "Contact", 12, "labels");
    tagged("people's", "Contact", 11, "labels");
    const ms_str title = MS_STR("a");
    ms_crm_contact gone = labelled(11, NULL, 0, &title, 1);
    write_contacts(&gone, 1);
    assert_asked("SELECT count(*) FROM taggings", "4");
    ms_crm_contact add = labelled(11, &title, 1, NULL, 0);
    write_contacts(&add, 1);
    assert_asked("SELECT count(*) FROM taggings WHERE context = 'labels' AND taggable_id = 11"
                 " AND taggable_type = 'Contact'",
                 "2");
}

static void another_accounts_contact_is_out_of_reach(void **state)
{
    (void)state;
    contact(11, 2, NULL, NULL, "{}");
    tagged("a", "Contact", 11, "labels");
    const ms_str titles[] = {MS_STR("a"), MS_STR("b")};
    ms_crm_contact c[] = {labelled(11, titles + 1, 1, titles, 1), labelled(99, titles, 2, NULL, 0)};
    c[0].update = true;
    c[0].patch = MS_STR("{\"a\": 1}");
    write_contacts(c, 2);
    assert_asked(ATTRIBUTES, "{},f");
    assert_asked(TAGGINGS, "Contact,11,labels,a,-");
    assert_asked("SELECT count(*) FROM tags", "1");
}

static void contacts_are_not_made(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    ms_statements list = {0};
    ms_error err = {0};
    ms_crm_contact c[] = {patched(11, "{\"a\": 1}", NULL), patched(12, "{}", NULL)};
    c[1].create = true;
    assert_int_equal(crm->write(crm_self, arena, c, 2, &list, &err), MS_DENIED);
    assert_int_equal(list.n, 0);
    assert_non_null(strstr(err.text, "contact 12 of account 1"));
    assert_true(err.hint[0] != '\0');
}

/* ---- what older releases keep --------------------------------------------------------------- */

static void taggings_are_counted_where_chatwoot_counts_them(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    contact(12, 1, NULL, NULL, NULL);
    tagged("a", "Contact", 13, "labels");
    script("UPDATE tags SET taggings_count = 1; ALTER TABLE channel_api RENAME secret TO x");
    survey();
    const ms_str titles[] = {MS_STR("a"), MS_STR("b")};
    ms_crm_contact c[] = {labelled(11, titles, 2, NULL, 0), labelled(12, titles, 1, NULL, 0)};
    write_contacts(c, 2);
    write_contacts(c, 2);
    assert_asked("SELECT name, taggings_count FROM tags ORDER BY 1", "a,3 b,1");
    ms_crm_contact gone[] = {labelled(11, NULL, 0, titles, 2), labelled(12, NULL, 0, titles, 2)};
    write_contacts(gone, 2);
    write_contacts(gone, 2);
    assert_asked("SELECT name, taggings_count FROM tags ORDER BY 1", "a,1 b,0");
    script("ALTER TABLE channel_api RENAME x TO secret");
}

static void a_cache_of_labels_is_kept_where_there_is_one(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    tagged("z", "Contact", 11, "labels");
    script("ALTER TABLE contacts ADD cached_label_list text;"
           "UPDATE contacts SET cached_label_list = 'z'");
    survey();
    const ms_str titles[] = {MS_STR("b"), MS_STR("a"), MS_STR("z")};
    ms_crm_contact c = labelled(11, titles, 1, NULL, 0);
    write_contacts(&c, 1);
    assert_asked("SELECT cached_label_list FROM contacts", "z, b");
    ms_crm_contact gone = labelled(11, NULL, 0, titles, 3);
    write_contacts(&gone, 1);
    assert_asked("SELECT coalesce(cached_label_list, '<null>') FROM contacts", "<null>");
    script("ALTER TABLE contacts DROP cached_label_list");
}

/* ---- many, at the same time, with few rights ------------------------------------------------ */

static void hundreds_are_written_by_five_statements(void **state)
{
    (void)state;
    script("INSERT INTO contacts (account_id, created_at, updated_at) SELECT 1, '2026-05-01',"
           " '2026-05-01' FROM generate_series(1, 500)");
    const ms_str titles[] = {MS_STR("a"), MS_STR("b")};
    static ms_crm_contact c[MANY];
    for (int i = 0; i < MANY; i++) {
        c[i] = patched(i + 1, i % 2 ? "{\"odd\": true}" : "{\"odd\": false}", NULL);
        c[i].add_labels = titles + i % 2;
        c[i].n_add = 1;
        c[i].remove_labels = titles + 1 - i % 2;
        c[i].n_remove = 1;
    }
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->write(crm_self, arena, c, MANY, &list, &err), MS_OK);
    assert_int_equal(list.n, 5);
    run(&list);
    assert_asked("SELECT c.custom_attributes->>'odd', t.name, count(*) FROM contacts c"
                 " JOIN taggings g ON g.taggable_id = c.id JOIN tags t ON t.id = g.tag_id"
                 " GROUP BY 1, 2 ORDER BY 1",
                 "false,a,250 true,b,250");
}

/* Nothing but row locks keeps taggings single: several writers of the same, all at once. */
static void writers_at_the_same_time_leave_one_tagging(void **state)
{
    (void)state;
    enum { WRITERS = 4, ROUNDS = 15 };
    contact(11, 1, NULL, NULL, "{}");
    contact(12, 1, NULL, NULL, "{}");
    const ms_str titles[] = {MS_STR("c"), MS_STR("b"), MS_STR("a")};
    pid_t children[WRITERS];
    spec_database_disconnect(&database);
    for (int i = 0; i < WRITERS; i++) {
        fflush(NULL);
        children[i] = fork();
        if (children[i])
            continue;
        spec_database_connect(&database, "chatwoot");
        crm_self = ms_loaded_self(spec_plugin(database.plugins, moonsift_plugin_chatwoot()));
        for (int round = 0; round < ROUNDS; round++) {
            ms_crm_contact c[] = {labelled(i % 2 ? 11 : 12, titles, 3, NULL, 0),
                                  labelled(i % 2 ? 12 : 11, titles, 3, NULL, 0)};
            write_contacts(c, 2);
        }
        _exit(0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    spec_database_connect(&database, "chatwoot");
    crm_self = ms_loaded_self(spec_plugin(database.plugins, moonsift_plugin_chatwoot()));
    assert_asked("SELECT count(*), count(DISTINCT tag_id), count(DISTINCT taggable_id)"
                 " FROM taggings",
                 "6,3,2");
}

/* Somebody saves other keys, and the same label, while we wait for the row. */
static void what_others_save_meanwhile_is_merged_with(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{\"ours\": 0, \"theirs\": 0}");
    tagged("b", "Contact", 12, "labels");
    pid_t child = hold("UPDATE contacts SET custom_attributes = '{\"ours\": 0, \"theirs\": 1}',"
                       " updated_at = now() WHERE id = 11",
                       "INSERT INTO taggings (tag_id, taggable_type, taggable_id, context)"
                       " SELECT id, 'Contact', 11, 'labels' FROM tags");
    const ms_str title = MS_STR("b");
    ms_crm_contact c = patched(11, "{\"ours\": 1}", NULL);
    c.add_labels = &title;
    c.n_add = 1;
    write_contacts(&c, 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_asked("SELECT custom_attributes FROM contacts", "{\"ours\": 1, \"theirs\": 1}");
    assert_asked("SELECT count(*) FROM taggings WHERE taggable_id = 11", "1");
}

/* The lock of the labels themselves: no attribute changes, and the tag is there already. */
static void a_label_that_somebody_adds_meanwhile_is_there_once(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    tagged("b", "Contact", 12, "labels");
    pid_t child = hold("UPDATE contacts SET updated_at = now() WHERE id = 11",
                       "INSERT INTO taggings (tag_id, taggable_type, taggable_id, context)"
                       " SELECT id, 'Contact', 11, 'labels' FROM tags");
    const ms_str title = MS_STR("b");
    ms_crm_contact c = labelled(11, &title, 1, NULL, 0);
    write_contacts(&c, 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_asked("SELECT count(*) FROM taggings WHERE taggable_id = 11", "1");
}

/* The rights that the survey asks for are enough, and it misses none of them. */
static void the_rights_that_the_survey_wants_are_enough(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    tagged("a", "Contact", 11, "labels");
    script("CREATE ROLE writer; GRANT SELECT ON contacts, tags, taggings TO writer;"
           "GRANT UPDATE (custom_attributes, updated_at) ON contacts TO writer;"
           "GRANT INSERT ON tags, taggings TO writer; GRANT DELETE ON taggings TO writer;"
           "GRANT USAGE ON tags_id_seq, taggings_id_seq TO writer");
    const ms_str titles[] = {MS_STR("a"), MS_STR("b")};
    ms_crm_contact c = patched(11, "{\"a\": 1}", "[\"z\"]");
    c.add_labels = titles + 1;
    c.remove_labels = titles;
    c.n_add = c.n_remove = 1;
    const int64_t account = 1, id = 11;
    ms_error err = {0};
    ms_statements list = {ms_alloc(arena, 32 * sizeof(ms_statement)), 2, 32};
    list.items[0] = (ms_statement){MS_STR("SET LOCAL ROLE writer"), NULL, 0};
    list.items[1] = (ms_statement){ms_str_z(crm->survey), NULL, 0};
    assert_int_equal(crm->lock(crm_self, arena, &account, &id, 1, &list, &err), MS_OK);
    assert_int_equal(crm->read(crm_self, arena, &account, &id, 1, true, &list, &err), MS_OK);
    assert_int_equal(crm->write(crm_self, arena, &c, 1, &list, &err), MS_OK);
    ms_rows *rows = run(&list);
    assert_string_equal(ms_arena_dup(arena, ms_cell(&rows[1], 6, 1)).p, "");
    assert_asked(ATTRIBUTES, "{\"a\": 1},t");
    assert_asked(TAGGINGS, "Contact,11,labels,b,-");
    script("DROP OWNED BY writer; DROP ROLE writer");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, nobody, forget)
    const struct CMUnitTest tests[] = {
        T(keys_are_merged_and_removed),
        T(without_a_patch_the_whole_is_merged),
        T(what_changes_nothing_touches_nothing),
        T(nothing_becomes_an_object_and_what_is_none_stays),
        T(times_are_utc_whatever_the_session_has),
        T(labels_are_added_once_and_removed),
        T(the_same_tag_in_other_cases_is_the_same_label),
        T(titles_are_written_as_the_catalogue_has_them),
        T(what_is_not_a_contacts_label_is_left_alone),
        T(another_accounts_contact_is_out_of_reach),
        T(contacts_are_not_made),
        T(taggings_are_counted_where_chatwoot_counts_them),
        T(a_cache_of_labels_is_kept_where_there_is_one),
        T(hundreds_are_written_by_five_statements),
        T(writers_at_the_same_time_leave_one_tagging),
        T(what_others_save_meanwhile_is_merged_with),
        T(a_label_that_somebody_adds_meanwhile_is_there_once),
        T(the_rights_that_the_survey_wants_are_enough),
    };
    return cmocka_run_group_tests(tests, open_chatwoot, close_world);
}

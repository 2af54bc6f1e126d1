/* The chatwoot plugin on Chatwoot's own tables: which database it is, who is meant, what is read.
 */
#include "chatwoot_support.h"

/* ---- which database it is ------------------------------------------------------------------- */

static const char *told_by_survey(const char *key)
{
    ms_str sql =
        ms_arena_format(arena, "SELECT value FROM (%s) s WHERE key = '%s'", crm->survey, key);
    return asked(sql.p);
}

static void assert_survey(const char *key, const char *expected)
{
    assert_string_equal(told_by_survey(key), expected);
}

static void chatwoot_is_told_from_its_tables(void **state)
{
    (void)state;
    assert_asked(crm->detect, "t");
    assert_asked(stand_alone->detect, "f");
    assert_survey("layout", "chatwoot");
    assert_survey("release", "Chatwoot 4.13.0 or newer");
    assert_survey("signs_webhooks", "true");
    assert_survey("counts_taggings", "false");
    assert_survey("caches_labels", "false");
    assert_survey("contact_id_type", "integer");
    assert_survey("missing_rights", "");
}

static void columns_tell_the_release(void **state)
{
    (void)state;
    script("ALTER TABLE channel_api RENAME secret TO x");
    assert_survey("release", "Chatwoot 4.11.2 or newer, before 4.13.0");
    assert_survey("counts_taggings", "true");
    script("ALTER TABLE webhooks RENAME secret TO x");
    assert_survey("release", "Chatwoot before 4.11.2");
    assert_survey("signs_webhooks", "false");
    script("ALTER TABLE webhooks RENAME x TO secret; ALTER TABLE channel_api RENAME x TO secret");
}

static void a_column_that_was_dropped_tells_nothing(void **state)
{
    (void)state;
    script("ALTER TABLE contacts ADD cached_label_list text");
    assert_survey("caches_labels", "true");
    script("ALTER TABLE contacts DROP cached_label_list");
    assert_survey("caches_labels", "false");
}

static void half_a_chatwoot_is_none(void **state)
{
    (void)state;
    script("ALTER TABLE tags RENAME TO x");
    assert_asked(crm->detect, "f");
    assert_survey("layout", "unknown");
    assert_survey("release", "-");
    script("ALTER TABLE x RENAME TO tags; ALTER TABLE messages RENAME message_type TO x");
    assert_asked(crm->detect, "f");
    script("ALTER TABLE messages RENAME x TO message_type; ALTER TABLE contacts RENAME TO people");
    assert_asked(crm->detect, "-");
    assert_survey("layout", "none");
    script("ALTER TABLE people RENAME TO contacts");
}

/* In a database of its own: only what both functions look at. */
static void the_stand_alone_layout_is_not_chatwoot(void **state)
{
    (void)state;
    script("CREATE SCHEMA kept; ALTER TABLE taggings SET SCHEMA kept;"
           "CREATE TABLE public.contact_labels (id int);"
           "ALTER TABLE messages RENAME message_type TO x;"
           "ALTER TABLE messages ADD message_type varchar");
    assert_asked(crm->detect, "f");
    assert_asked(stand_alone->detect, "t");
    assert_survey("layout", "stand-alone");
    script("ALTER TABLE kept.taggings SET SCHEMA public; DROP SCHEMA kept;"
           "DROP TABLE public.contact_labels; ALTER TABLE messages DROP message_type;"
           "ALTER TABLE messages RENAME x TO message_type");
    assert_asked(crm->detect, "t");
}

/* The rights of the role and not those of the tables' owner decide; the layout is told without. */
static void missing_rights_are_named(void **state)
{
    (void)state;
    ms_error err = {0};
    ms_rows *results = NULL;
    script("CREATE ROLE reader; GRANT SELECT ON contacts, tags TO reader;"
           "GRANT UPDATE (custom_attributes) ON contacts TO reader;"
           "GRANT INSERT ON taggings TO reader");
    const ms_statement list[] = {{MS_STR("SET LOCAL ROLE reader"), NULL, 0},
                                 {ms_str_z(crm->survey), NULL, 0},
                                 {ms_str_z(crm->detect), NULL, 0}};
    if (ms_db_run(&database.client, arena, list, 3, 0, &results, &err) != MS_OK)
        fail_msg("%s", err.text);
    const char *text = told(&results[1]);
    assert_non_null(strstr(text, "missing_rights,SELECT on taggings, UPDATE (updated_at) on"
                                 " contacts, INSERT on tags, USAGE on tags_id_seq, DELETE on"
                                 " taggings, USAGE on taggings_id_seq"));
    assert_non_null(strstr(text, "layout,chatwoot"));
    assert_non_null(strstr(text, "release,Chatwoot 4.13.0 or newer"));
    assert_string_equal(told(&results[2]), "t");
    script("DROP OWNED BY reader; DROP ROLE reader");
}

/* ---- resolve -------------------------------------------------------------------------------- */

static const char *resolved(const ms_crm_ref *refs, size_t n)
{
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->resolve(crm_self, arena, refs, n, &list, &err), MS_OK);
    assert_int_equal(list.n, 1);
    return told(run(&list));
}

static ms_crm_ref native(const char *id)
{
    return (ms_crm_ref){
        .account_id = 1, .source = S("cw1"), .external_id = ms_str_z(id), .native = true};
}

static ms_crm_ref other(const char *id, const char *identifier, const char *email,
                        const char *phone)
{
    return (ms_crm_ref){.account_id = 1,
                        .source = S("shop"),
                        .external_id = ms_str_z(id),
                        .identifier = ms_str_z(identifier),
                        .email = ms_str_z(email),
                        .phone_number = ms_str_z(phone)};
}

static void an_event_of_chatwoot_names_the_contact_by_its_id(void **state)
{
    (void)state;
    contact(11, 1, "a@b.c", NULL, "{}");
    contact(12, 2, NULL, NULL, "{}");
    ms_crm_ref refs[] = {native("11"), native("12"), native("13"), native("11")};
    assert_string_equal(resolved(refs, 4), "11,f -,f -,f 11,f");
    refs[1].account_id = 2;
    assert_string_equal(resolved(refs, 2), "11,f 12,f");
    assert_string_equal(resolved(refs, 0), "");
}

static void nothing_else_of_such_an_event_finds_anybody(void **state)
{
    (void)state;
    contact(11, 1, "a@b.c", "+31", "{}");
    script("INSERT INTO moonsift.contact_ref VALUES (1, 'cw1', '9', 11)");
    ms_crm_ref r = native("9");
    r.email = S("a@b.c");
    r.phone_number = S("+31");
    assert_string_equal(resolved(&r, 1), "-,f");
}

static void what_is_no_id_finds_nobody(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    static const char *const ids[] = {
        "",
        "011",
        "+11",
        "-11",
        " 11",
        "11 ",
        "11x",
        "1e1",
        "0",
        "4294967307",
        "9223372036854775807",
        "99999999999999999999999",
        "11; DROP TABLE contacts",
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        ms_crm_ref r = native(ids[i]);
        assert_string_equal(resolved(&r, 1), "-,f");
    }
    ms_crm_ref none = native(NULL);
    assert_string_equal(resolved(&none, 1), "-,f");
}

/* The id of another system is not ours, even where the number is one of our contacts'. */
static void others_are_found_by_what_they_said_before_then_by_addresses(void **state)
{
    (void)state;
    contact(11, 1, "Ann@Example.com", "+3161", "{}");
    contact(12, 1, "bob@example.com", "+3162", "{}");
    contact(13, 1, "", "", "{}");
    script("UPDATE contacts SET identifier = 'crm-12' WHERE id = 12;"
           "INSERT INTO moonsift.contact_ref VALUES (1, 'shop', '7', 12), (1, 'shop', '8', 99),"
           " (1, 'else', '9', 11)");
    const ms_crm_ref refs[] = {
        other("11", NULL, NULL, NULL),
        other("7", NULL, "ann@example.com", NULL),
        other("8", NULL, "ann@example.com", NULL),
        other("9", NULL, NULL, "+3162"),
        other("1", "crm-12", "ann@example.com", "+3161"),
        other("1", "", "", ""),
        other("1", NULL, "Bob@Example.com", "+3161"),
    };
    assert_string_equal(resolved(refs, 7), "-,f 12,f 11,f 12,f 12,f -,f 12,f");
}

/* ---- read ----------------------------------------------------------------------------------- */

static void a_contact_comes_with_attributes_and_labels(void **state)
{
    (void)state;
    contact(11, 1, "a@b.c", "+31", "{\"budget_min\": 70000, \"x\": null}");
    tagged("vip", "Contact", 11, "labels");
    tagged("hot-lead", "Contact", 11, "labels");
    assert_string_equal(read_one(1, 11), "1,11,N11,a@b.c,+31,-,{\"x\": null, \"budget_min\": 70000}"
                                         ",[\"hot-lead\", \"vip\"]");
}

static void what_rails_could_not_have_stored_reads_as_nothing(void **state)
{
    (void)state;
    contact(11, 1, "", "", NULL);
    contact(12, 1, NULL, NULL, "null");
    contact(13, 1, NULL, NULL, "[1]");
    contact(14, 1, NULL, NULL, "\"{\\\"budget_min\\\": 1}\"");
    script("UPDATE contacts SET identifier = '', name = NULL WHERE id = 11");
    const int64_t ids[] = {14, 11, 13, 12};
    assert_string_equal(read_told(ids, 4, 1, false),
                        "1,11,-,-,-,-,{},[] 1,12,N12,-,-,-,{},[] 1,13,N13,-,-,-,{},[]"
                        " 1,14,N14,-,-,-,{},[]");
}

static void labels_are_of_this_contact_and_told_once(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    tagged("hot-lead", "Contact", 11, "labels");
    tagged("hot-lead", "Contact", 11, "labels");
    tagged("Hot-Lead", "Contact", 11, "labels");
    tagged("conversation", "Conversation", 11, "labels");
    tagged("skill", "Contact", 11, "skills");
    tagged("neighbour", "Contact", 12, "labels");
    tagged("", "Contact", 11, "labels");
    script("INSERT INTO taggings (tag_id, taggable_type, taggable_id, context)"
           " VALUES (999, 'Contact', 11, 'labels'), (NULL, 'Contact', 11, 'labels')");
    assert_string_equal(read_one(1, 11), "1,11,N11,-,-,-,{},[\"hot-lead\"]");
}

static void titles_are_sorted_by_their_bytes_and_escaped(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, NULL);
    tagged("b", "Contact", 11, "labels");
    tagged("\xc3\xa9t\xc3\xa9", "Contact", 11, "labels");
    tagged("a_c", "Contact", 11, "labels");
    tagged("a\"\\", "Contact", 11, "labels");
    assert_string_equal(read_one(1, 11), "1,11,N11,-,-,-,{},[\"a\\\"\\\\\", \"a_c\", \"b\","
                                         " \"\xc3\xa9t\xc3\xa9\"]");
}

static void another_accounts_contact_is_not_read(void **state)
{
    (void)state;
    contact(11, 2, NULL, NULL, NULL);
    assert_string_equal(read_one(1, 11), "");
    assert_string_equal(read_one(2, 11), "2,11,N11,-,-,-,{},[]");
    const int64_t id = 11;
    assert_string_equal(read_told(&id, 1, 1, true), "");
    assert_string_equal(read_told(&id, 1, 2, true), "2,11,N11,-,-,-,{},[]");
    assert_string_equal(read_told(&id, 0, 2, false), "");
}

/* Somebody holds the row, sets a label and commits while we wait in `lock`: `read` sees it. */
static void what_is_read_behind_the_lock_is_as_new_as_the_row(void **state)
{
    (void)state;
    contact(11, 1, NULL, NULL, "{}");
    pid_t child =
        hold("UPDATE contacts SET custom_attributes = '{\"k\": 1}' WHERE id = 11",
             "INSERT INTO tags (id, name) VALUES (7, 'new'); INSERT INTO taggings (tag_id,"
             " taggable_type, taggable_id, context) VALUES (7, 'Contact', 11, 'labels')");
    const int64_t account = 1, id = 11;
    ms_statements list = {0};
    ms_error err = {0};
    assert_int_equal(crm->lock(crm_self, arena, &account, &id, 1, &list, &err), MS_OK);
    assert_int_equal(crm->read(crm_self, arena, &account, &id, 1, true, &list, &err), MS_OK);
    ms_rows *rows = run(&list);
    assert_string_equal(told(&rows[list.n - 1]), "1,11,N11,-,-,-,{\"k\": 1},[\"new\"]");
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, nobody, forget)
    const struct CMUnitTest tests[] = {
        T(chatwoot_is_told_from_its_tables),
        T(columns_tell_the_release),
        T(a_column_that_was_dropped_tells_nothing),
        T(half_a_chatwoot_is_none),
        T(the_stand_alone_layout_is_not_chatwoot),
        T(missing_rights_are_named),
        T(an_event_of_chatwoot_names_the_contact_by_its_id),
        T(nothing_else_of_such_an_event_finds_anybody),
        T(what_is_no_id_finds_nobody),
        T(others_are_found_by_what_they_said_before_then_by_addresses),
        T(a_contact_comes_with_attributes_and_labels),
        T(what_rails_could_not_have_stored_reads_as_nothing),
        T(labels_are_of_this_contact_and_told_once),
        T(titles_are_sorted_by_their_bytes_and_escaped),
        T(another_accounts_contact_is_not_read),
        T(what_is_read_behind_the_lock_is_as_new_as_the_row),
    };
    return cmocka_run_group_tests(tests, open_chatwoot, close_world);
}

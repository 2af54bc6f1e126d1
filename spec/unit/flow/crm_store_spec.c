/* The crm plugin's inboxes, conversations and messages on a real PostgreSQL. */
#include "crm_support.h"

/* 2026-06-17 10:00:00 UTC, the hour of all these events, in microseconds. */
#define HOUR 1781690400000000LL
#define SECOND 1000000LL

#define CONVERSATIONS                                                                              \
    "SELECT r.source, r.external_id, c.account_id, i.name, c.contact_id, c.status,"                \
    " to_char(c.updated_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') FROM public.conversations c"       \
    " JOIN moonsift.conversation_ref r ON r.conversation_id = c.id"                                \
    " JOIN public.inboxes i ON i.id = c.inbox_id ORDER BY 1, 3, r.external_id"
#define MESSAGES                                                                                   \
    "SELECT r.external_id, m.content, m.message_type, m.status FROM public.messages m"             \
    " JOIN moonsift.message_ref r ON r.message_id = m.id ORDER BY 1"

static ms_event_conversation conversation(const char *external, int64_t inbox, const char *status,
                                          int64_t updated)
{
    return (ms_event_conversation){.external_id = S(external),
                                   .contact = -1,
                                   .inbox_id = inbox,
                                   .channel = S("Channel::Whatsapp"),
                                   .status = ms_str_z(status),
                                   .created_at = HOUR,
                                   .last_activity_at = updated,
                                   .updated_at = updated};
}

static ms_event_message message(const char *external, const char *content, const char *status,
                                int64_t updated)
{
    return (ms_event_message){.external_id = S(external),
                              .content = ms_str_z(content),
                              .message_type = S("outgoing"),
                              .status = ms_str_z(status),
                              .sender_contact = -1,
                              .created_at = HOUR,
                              .updated_at = updated};
}

/* An event of account 1 and source cw1 in the arena. */
static ms_crm_event event(const ms_event_conversation *conversations, uint32_t n,
                          const ms_event_message *messages, uint32_t n_messages)
{
    ms_event *e = ms_alloc_zero(arena, 1, sizeof *e);
    e->account_id = 1;
    e->conversations = conversations;
    e->n_conversations = n;
    e->messages = messages;
    e->n_messages = n_messages;
    return (ms_crm_event){.source = S("cw1"), .event = e};
}

static void store_one(ms_event_conversation c)
{
    ms_crm_event e = event(&c, 1, NULL, 0);
    store(&e, 1);
}

static void store_message(ms_event_message m)
{
    ms_event_conversation c = conversation("805", 3, "open", HOUR);
    ms_crm_event e = event(&c, 1, &m, 1);
    store(&e, 1);
}

/* ---- conversations -------------------------------------------------------------------------- */

static void a_conversation_comes_with_a_bare_inbox(void **state)
{
    (void)state;
    script("INSERT INTO public.contacts (id, account_id) VALUES (77, 1)");
    const int64_t contact_ids[] = {0, 77};
    ms_event_conversation c = conversation("805", 3, "open", HOUR + SECOND / 2);
    ms_crm_event e = event(&c, 1, NULL, 0);
    c.contact = 1;
    e.contact_ids = contact_ids;
    store(&e, 1);
    assert_asked(CONVERSATIONS, "cw1,805,1,Inbox 3,77,open,10:00:00.500000");
    assert_asked("SELECT id, channel_type FROM public.inboxes", "3,Channel::Whatsapp");
    assert_asked("INSERT INTO public.inboxes (account_id, name, channel_type)"
                 " VALUES (1, 'next', 'x') RETURNING id",
                 "4");

    c.contact = 0;
    c.inbox_name = S("WhatsApp NL \xf0\x9f\x87\xb3\xf0\x9f\x87\xb1");
    c.updated_at += SECOND;
    store(&e, 1);
    assert_asked(CONVERSATIONS, "cw1,805,1,WhatsApp NL \xf0\x9f\x87\xb3\xf0\x9f\x87\xb1,77,open,"
                                "10:00:01.500000");
    c.inbox_name = S("renamed by the sender");
    store(&e, 1);
    assert_asked("SELECT name FROM public.inboxes WHERE id = 3",
                 "WhatsApp NL \xf0\x9f\x87\xb3\xf0\x9f\x87\xb1");
}

static void the_same_again_changes_no_row(void **state)
{
    (void)state;
    const char *rows = "SELECT (SELECT string_agg(xmin::text, ' ') FROM public.conversations),"
                       " (SELECT string_agg(xmin::text, ' ') FROM public.messages),"
                       " (SELECT string_agg(xmin::text, ' ') FROM public.inboxes),"
                       " (SELECT string_agg(xmin::text, ' ') FROM moonsift.message_ref)";
    ms_event_message m = message("1", "x", "sent", HOUR);
    store_message(m);
    const char *before = asked(rows);
    store_message(m);
    store_message(m);
    assert_asked(rows, before);
}

static void the_newest_state_wins_whatever_comes_last(void **state)
{
    (void)state;
    store_one(conversation("805", 3, "open", HOUR + 10 * SECOND));
    store_one(conversation("805", 3, "resolved", HOUR + 20 * SECOND));
    store_one(conversation("805", 3, "pending", HOUR + 15 * SECOND));
    assert_asked(CONVERSATIONS, "cw1,805,1,Inbox 3,-,resolved,10:00:20.000000");
    store_one(conversation("805", 3, NULL, HOUR + 30 * SECOND));
    assert_asked(CONVERSATIONS, "cw1,805,1,Inbox 3,-,resolved,10:00:30.000000");

    ms_event_conversation batch[] = {conversation("805", 3, "open", HOUR + 50 * SECOND),
                                     conversation("805", 3, "snoozed", HOUR + 50 * SECOND),
                                     conversation("806", 3, "open", HOUR + 2 * SECOND),
                                     conversation("806", 3, "resolved", HOUR + 1 * SECOND)};
    ms_crm_event e[] = {event(&batch[0], 1, NULL, 0), event(&batch[1], 3, NULL, 0)};
    store(e, 2);
    assert_asked(CONVERSATIONS, "cw1,805,1,Inbox 3,-,snoozed,10:00:50.000000"
                                " cw1,806,1,Inbox 3,-,open,10:00:02.000000");
}

static void accounts_that_use_the_same_inbox_id_stay_apart(void **state)
{
    (void)state;
    script("INSERT INTO public.accounts (id, name) VALUES (2, 'two'), (3, 'three')");
    ms_event_conversation c[] = {conversation("1", 3, "open", HOUR),
                                 conversation("1", 3, "open", HOUR),
                                 conversation("1", 4, "open", HOUR)};
    ms_crm_event e[] = {event(&c[0], 1, NULL, 0), event(&c[1], 1, NULL, 0),
                        event(&c[2], 1, NULL, 0)};
    ((ms_event *)e[1].event)->account_id = 2;
    ((ms_event *)e[2].event)->account_id = 3;
    c[1].inbox_name = S("theirs");
    for (int round = 0; round < 2; round++) {
        store(e, 3);
        assert_asked(CONVERSATIONS, "cw1,1,1,Inbox 3,-,open,10:00:00.000000"
                                    " cw1,1,2,Inbox 3,-,open,10:00:00.000000"
                                    " cw1,1,3,Inbox 4,-,open,10:00:00.000000");
        assert_asked(
            "SELECT count(*) FROM public.conversations c"
            " JOIN public.inboxes i ON i.id = c.inbox_id WHERE i.account_id <> c.account_id",
            "0");
        assert_asked("SELECT id, account_id FROM public.inboxes ORDER BY id", "3,1 4,3 5,2");
    }
}

static void an_unknown_inbox_loses_nothing(void **state)
{
    (void)state;
    ms_event_conversation c[] = {conversation("1", 0, "open", HOUR),
                                 conversation("2", 99999999999, "open", HOUR),
                                 conversation("3", 2147483647, "open", HOUR)};
    ms_crm_event e = event(c, 3, NULL, 0);
    store(&e, 1);
    store(&e, 1);
    assert_asked("SELECT r.external_id, i.name, i.id < 10 FROM public.conversations c"
                 " JOIN moonsift.conversation_ref r ON r.conversation_id = c.id"
                 " JOIN public.inboxes i ON i.id = c.inbox_id ORDER BY 1",
                 "1,Inbox 0,t 2,Inbox 99999999999,t 3,Inbox 2147483647,t");
}

static void two_sources_have_their_own_numbers(void **state)
{
    (void)state;
    ms_event_conversation c = conversation("1", 3, "open", HOUR);
    ms_crm_event e[] = {event(&c, 1, NULL, 0), event(&c, 1, NULL, 0)};
    e[1].source = S("cw2");
    store(e, 2);
    assert_asked(CONVERSATIONS, "cw1,1,1,Inbox 3,-,open,10:00:00.000000"
                                " cw2,1,1,Inbox 3,-,open,10:00:00.000000");
}

static void a_deleted_conversation_that_goes_on_is_made_anew(void **state)
{
    (void)state;
    store_message(message("1", "first", "sent", HOUR));
    script("DELETE FROM public.conversations");
    store_message(message("2", "second", "sent", HOUR + SECOND));
    assert_asked("SELECT count(*) FROM public.conversations", "1");
    assert_asked(MESSAGES, "2,second,outgoing,sent");
}

static void a_conversation_without_any_time_is_of_now(void **state)
{
    (void)state;
    ms_event_conversation c = conversation("1", 3, NULL, 0);
    c.created_at = 0;
    store_one(c);
    assert_asked("SELECT status, updated_at = created_at, updated_at > now() - interval '1 minute'"
                 " FROM public.conversations",
                 "open,t,t");
}

/* ---- messages ------------------------------------------------------------------------------- */

static void a_message_is_stored_whole(void **state)
{
    (void)state;
    enum { SIZE = 30000 };
    char *text = ms_alloc(arena, SIZE + 8);
    for (int i = 0; i < SIZE; i += 4)
        strcpy(text + i, "\xf0\x9f\x91\x8b");
    const int64_t contact_ids[] = {77};
    script("INSERT INTO public.contacts (id, account_id) VALUES (77, 1)");
    ms_event_conversation c = conversation("805", 3, "open", HOUR);
    ms_event_message m = {.external_id = S("90055"),
                          .content = S(text),
                          .message_type = S("incoming"),
                          .content_type = S("text"),
                          .content_attributes = S("{\"a\":[1,null]}"),
                          .sender_type = S("Contact"),
                          .sender_contact = 0,
                          .source_id = S("wamid.x="),
                          .created_at = HOUR + 700000,
                          .updated_at = HOUR + 800000};
    ms_crm_event e = event(&c, 1, &m, 1);
    e.contact_ids = contact_ids;
    store(&e, 1);
    assert_asked("SELECT md5(content) = md5(repeat('\xf0\x9f\x91\x8b', 7500)), message_type,"
                 " content_type, content_attributes, sender_type, sender_id, status, source_id,"
                 " extract(epoch FROM created_at), extract(epoch FROM updated_at)"
                 " FROM public.messages",
                 "t,incoming,text,{\"a\": [1, null]},Contact,77,sent,wamid.x=,"
                 "1781690400.700000,1781690400.800000");
}

static void a_status_never_goes_back(void **state)
{
    (void)state;
    const struct {
        const char *status, *then;
        int at;
    } steps[] = {{"sent", "sent", 1},      {"read", "read", 3},   {"delivered", "read", 2},
                 {"delivered", "read", 9}, {NULL, "read", 10},    {"failed", "failed", 4},
                 {"read", "failed", 20},   {"sent", "failed", 21}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        store_message(message("1", "x", steps[i].status, HOUR + steps[i].at * SECOND));
        assert_asked("SELECT status FROM public.messages", steps[i].then);
    }
}

static void the_newest_text_wins_and_a_missing_one_blanks_nothing(void **state)
{
    (void)state;
    store_message(message("1", "second", "sent", HOUR + 20 * SECOND));
    store_message(message("1", "first", "delivered", HOUR + 10 * SECOND));
    assert_asked(MESSAGES, "1,second,outgoing,delivered");
    store_message(message("1", NULL, NULL, HOUR + 30 * SECOND));
    assert_asked(MESSAGES, "1,second,outgoing,delivered");
    store_message(message("1", "", NULL, HOUR + 40 * SECOND));
    assert_asked(MESSAGES, "1,,outgoing,delivered");
}

static void mentions_of_one_message_in_a_batch_become_one_row(void **state)
{
    (void)state;
    ms_event_conversation c = conversation("805", 3, "open", HOUR);
    ms_event_message m[] = {message("1", "new", "sent", HOUR + 9 * SECOND),
                            message("1", "old", "read", HOUR + 5 * SECOND),
                            message("2", NULL, NULL, HOUR)};
    ms_crm_event e[] = {event(&c, 1, m, 2), event(&c, 1, m + 1, 2), event(&c, 1, NULL, 0)};
    store(e, 3);
    store(e, 3);
    assert_asked(MESSAGES, "1,new,outgoing,read 2,-,outgoing,sent");
}

static void a_deleted_message_stays_away(void **state)
{
    (void)state;
    store_message(message("1", "x", "sent", HOUR));
    script("DELETE FROM public.messages");
    store_message(message("1", "x", "read", HOUR + SECOND));
    assert_asked("SELECT count(*) FROM public.messages", "0");
}

static void long_ids_and_odd_types_do_not_stop_the_batch(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ms_event_conversation c = conversation("805", 3, "open", HOUR);
    ms_event_message m = message("1", "x", "sent", HOUR);
    c.inbox_name = c.channel = m.source_id = m.content_type = S(text);
    ms_crm_event e = event(&c, 1, &m, 1);
    store(&e, 1);
    assert_asked("SELECT length(source_id), length(content_type) FROM public.messages", "255,50");
    assert_asked("SELECT length(name), length(channel_type) FROM public.inboxes", "255,50");
}

static void five_hundred_events_are_stored_at_once(void **state)
{
    (void)state;
    enum { N = 500 };
    static ms_event_conversation c[N];
    static ms_event_message m[N];
    static ms_crm_event e[N];
    for (int i = 0; i < N; i++) {
        c[i] = conversation("", i % 5, "open", HOUR + i);
        c[i].external_id = ms_arena_format(arena, "%d", i / 2);
        m[i] = message("", "text", "sent", HOUR + i);
        m[i].external_id = ms_arena_format(arena, "m%d", i - i % 10);
        e[i] = event(&c[i], 1, &m[i], 1);
    }
    for (int round = 0; round < 2; round++) {
        store(e, N);
        assert_asked("SELECT count(*), (SELECT count(*) FROM public.messages),"
                     " (SELECT count(*) FROM public.inboxes) FROM public.conversations",
                     "250,50,5");
    }
}

static void events_without_conversations_ask_nothing(void **state)
{
    (void)state;
    ms_statements list = {0};
    ms_error err = {0};
    ms_crm_event e = event(NULL, 0, NULL, 0);
    assert_int_equal(crm->store(crm_self, arena, &e, 1, &list, &err), MS_OK);
    assert_int_equal(crm->store(crm_self, arena, NULL, 0, &list, &err), MS_OK);
    assert_int_equal(crm->write(crm_self, arena, NULL, 0, &list, &err), MS_OK);
    assert_int_equal(crm->accounts(crm_self, arena, NULL, 0, &list, &err), MS_OK);
    assert_int_equal(list.n, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, empty, forget)
    const struct CMUnitTest tests[] = {
        T(a_conversation_comes_with_a_bare_inbox),
        T(the_same_again_changes_no_row),
        T(the_newest_state_wins_whatever_comes_last),
        T(accounts_that_use_the_same_inbox_id_stay_apart),
        T(an_unknown_inbox_loses_nothing),
        T(two_sources_have_their_own_numbers),
        T(a_deleted_conversation_that_goes_on_is_made_anew),
        T(a_conversation_without_any_time_is_of_now),
        T(a_message_is_stored_whole),
        T(a_status_never_goes_back),
        T(the_newest_text_wins_and_a_missing_one_blanks_nothing),
        T(mentions_of_one_message_in_a_batch_become_one_row),
        T(a_deleted_message_stays_away),
        T(long_ids_and_odd_types_do_not_stop_the_batch),
        T(five_hundred_events_are_stored_at_once),
        T(events_without_conversations_ask_nothing),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}

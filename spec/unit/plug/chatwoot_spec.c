/*
 * Chatwoot's payloads in the judge: what fixtures/webhooks/NN_*.expect.txt says of each body, and
 * the same bodies damaged in every place.
 */
#include "webhook_support.h"

/* ---- normalise ------------------------------------------------------------------------------ */

static ms_event normal_text(const char *type, ms_str body)
{
    ms_error err = {0};
    ms_event event;
    if (kind->normalise(self, arena, ms_str_z(type), body, &event, &err) != MS_OK)
        fail_msg("%s: %s", type, err.text);
    return event;
}

/* The type is in the file's name: NN_TYPE__what.json */
static ms_event normal(const char *name)
{
    char type[64];
    const char *end = strstr(name, "__");
    snprintf(type, sizeof type, "%.*s", (int)(end - name - 3), name + 3);
    return normal_text(type, file("webhooks", ms_arena_format(arena, "%s.json", name).p));
}

static void a_contact_event_is_its_contact(void **state)
{
    (void)state;
    ms_event e = normal("01_contact_created__whatsapp");
    assert_str(e.type, "contact_created");
    assert_int_equal(e.account_id, 1);
    assert_int_equal(e.n_contacts, 1);
    assert_int_equal(e.n_conversations + e.n_messages, 0);
    assert_str(e.contacts[0].external_id, "4211");
    assert_str(e.contacts[0].name, "Zo\xc3\xab van der Berg");
    assert_str(e.contacts[0].phone_number, "+31612345678");
    assert_none(e.contacts[0].email);
    assert_none(e.contacts[0].identifier);
    assert_str(e.contacts[0].attributes, "{}");

    e = normal("02_contact_updated__custom_attributes");
    ms_value attributes = parsed(ms_arena_dup(arena, e.contacts[0].attributes).p);
    assert_int_equal(attributes.count, 7);
    assert_str(ms_get(&attributes, "qualification_score")->text, "8.5");
    assert_int_equal(e.source_time, 1781690495803000);
}

static void a_conversation_event_brings_contact_and_last_message(void **state)
{
    (void)state;
    ms_event e = normal("05_conversation_created__website");
    assert_int_equal(e.n_contacts, 1);
    assert_str(e.contacts[0].external_id, "4300");
    assert_str(e.contacts[0].name, "nameless-river-118");
    assert_int_equal(e.n_conversations, 1);
    const ms_event_conversation *c = &e.conversations[0];
    assert_str(c->external_id, "812");
    assert_str(c->status, "open");
    assert_str(c->channel, "Channel::WebWidget");
    assert_int_equal(c->contact, 0);
    assert_int_equal(c->inbox_id, 2);
    assert_int_equal(e.inbox_id, 2);
    assert_int_equal(c->created_at, 1781690581000000);
    assert_int_equal(e.n_messages, 1);
    assert_str(e.messages[0].external_id, "90110");
    assert_str(e.messages[0].message_type, "incoming");
    assert_str(e.messages[0].sender_type, "Contact");
    assert_int_equal(e.messages[0].sender_contact, 0);
    assert_int_equal(e.messages[0].created_at, 1781690581000000);
    assert_int_equal(e.messages[0].updated_at, 1781690581087000);

    e = normal("07_conversation_status_changed__resolved_api");
    assert_str(e.conversations[0].status, "resolved");
    assert_str(e.contacts[0].external_id, "4150");
    assert_str(e.contacts[0].identifier, "ig:techleader");
    assert_str(e.messages[0].external_id, "88800");
}

static void a_user_never_becomes_a_contact(void **state)
{
    (void)state;
    ms_event e = normal("06_conversation_updated__labels_email");
    assert_int_equal(e.n_contacts, 1);
    assert_str(e.contacts[0].external_id, "3977");
    assert_str(e.contacts[0].email, "hj.mueller@mueller-soehne.example");
    assert_str(e.conversations[0].external_id, "790");
    assert_str(e.messages[0].external_id, "89001");
    assert_str(e.messages[0].message_type, "outgoing");
    assert_str(e.messages[0].sender_type, "User");
    assert_int_equal(e.messages[0].sender_contact, -1);

    e = normal("10_message_created__outgoing_email_long");
    assert_int_equal(e.n_contacts, 1);
    assert_str(e.contacts[0].external_id, "3977");
    assert_int_equal(e.n_messages, 1);
    assert_str(e.messages[0].sender_type, "User");
    assert_int_equal(e.messages[0].sender_contact, -1);
    ms_value root = parsed(file("webhooks", "10_message_created__outgoing_email_long.json").p);
    assert_true(ms_str_eq(e.messages[0].content, ms_as_str(ms_get(&root, "content"))));
    assert_true(e.messages[0].content.n > 8000);
}

static void a_message_that_is_in_the_body_twice_counts_once(void **state)
{
    (void)state;
    ms_event e = normal("08_message_created__incoming_whatsapp");
    assert_int_equal(e.n_messages, 1);
    const ms_event_message *m = &e.messages[0];
    assert_str(m->external_id, "90055");
    assert_true(m->content.n > 20 && memcmp(m->content.p, "Hoi! \xf0\x9f\x91\x8b", 9) == 0);
    assert_str(m->message_type, "incoming");
    assert_str(m->status, "sent");
    assert_str(m->source_id, "wamid.HBgLMzE2MTIzNDU2NzgVAgASGBQzQTk=");
    assert_int_equal(m->created_at, 1781690700087000);
    assert_int_equal(m->updated_at, 1781690700087000);
    assert_int_equal(m->sender_contact, 0);
    assert_int_equal(e.n_contacts, 1);
    assert_str(e.conversations[0].external_id, "805");
    assert_str(e.conversations[0].inbox_name, "WhatsApp NL \xf0\x9f\x87\xb3\xf0\x9f\x87\xb1");
    assert_int_equal(e.conversations[0].last_activity_at, 1781690700000000);

    e = normal("11_message_updated__delivered_whatsapp");
    assert_int_equal(e.n_messages, 1);
    assert_str(e.messages[0].external_id, "90101");
    assert_str(e.messages[0].status, "delivered");
    assert_str(e.messages[0].sender_type, "User");
    assert_int_equal(e.n_contacts, 1);
    assert_str(e.contacts[0].external_id, "4211");
}

static void empty_and_null_stay_apart(void **state)
{
    (void)state;
    ms_event e = normal("09_message_created__incoming_instagram_empty_name");
    assert_str(e.contacts[0].external_id, "4402");
    assert_str(e.contacts[0].name, "");
    assert_none(e.contacts[0].email);
    assert_none(e.contacts[0].phone_number);
    assert_str(e.contacts[0].attributes, "{}");
    assert_none(e.messages[0].content);
    assert_str(e.conversations[0].external_id, "820");
    assert_non_null(strstr(ms_arena_dup(arena, e.messages[0].content_attributes).p, "story_id"));
}

static void events_of_no_use_are_not_normalised(void **state)
{
    (void)state;
    const char *const types[] = {"webwidget_triggered", "inbox_updated", "conversation_typing_on",
                                 "", "contact_created "};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ms_error err = {0};
        ms_event event;
        assert_int_equal(kind->normalise(self, arena, ms_str_z(types[i]),
                                         MS_STR("{\"id\":1,\"event\":\"x\"}"), &event, &err),
                         MS_INVALID);
    }
}

#define CONVERSATION(rest) "\"conversation\":{\"id\":5,\"inbox_id\":2" rest "}"

static void senders_come_in_many_kinds(void **state)
{
    (void)state;
    const struct {
        const char *sender, *type;
        uint32_t contacts;
    } all[] = {
        {"null", NULL, 0},
        {"{\"id\":7,\"name\":\"n\",\"type\":\"user\"}", "User", 0},
        {"{\"id\":7,\"name\":\"n\",\"type\":\"user\",\"custom_attributes\":{}}", "User", 0},
        {"{\"id\":7,\"name\":\"n\",\"type\":\"agent_bot\"}", "AgentBot", 0},
        {"{\"id\":7,\"name\":\"n\",\"type\":\"captain_assistant\"}", NULL, 0},
        {"{\"id\":7,\"name\":\"n\"}", NULL, 0},
        {"{\"id\":7,\"name\":\"n\",\"custom_attributes\":{}}", "Contact", 1},
        {"{\"id\":7,\"name\":\"n\",\"type\":\"contact\"}", "Contact", 1},
        {"{\"id\":-7,\"type\":\"contact\"}", NULL, 0},
        {"[7]", NULL, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ms_str body = ms_arena_format(
            arena, "{\"id\":9,\"message_type\":\"incoming\",\"sender\":%s," CONVERSATION("") "}",
            all[i].sender);
        ms_event e = normal_text("message_created", body);
        assert_int_equal(e.n_messages, 1);
        assert_int_equal(e.n_contacts, all[i].contacts);
        assert_int_equal(e.conversations[0].contact, all[i].contacts ? 0 : -1);
        assert_int_equal(e.messages[0].sender_contact, all[i].contacts ? 0 : -1);
        if (all[i].type)
            assert_str(e.messages[0].sender_type, all[i].type);
        else
            assert_none(e.messages[0].sender_type);
    }
}

static void another_message_of_the_conversation_is_kept_too(void **state)
{
    (void)state;
    ms_event e = normal_text(
        "message_updated",
        MS_STR("{\"id\":9,\"message_type\":\"outgoing\",\"content\":\"x\"," CONVERSATION(
            ",\"messages\":[{\"id\":10,\"message_type\":0,\"status\":\"read\"},"
            "{\"id\":9,\"message_type\":1,\"status\":\"read\"},{\"id\":9,\"message_type\":1},"
            "{\"id\":11,\"message_type\":7},{\"message_type\":1},4,null]") "}"));
    assert_int_equal(e.n_messages, 2);
    assert_str(e.messages[0].external_id, "9");
    assert_str(e.messages[0].content, "x");
    assert_str(e.messages[0].status, "read");
    assert_str(e.messages[1].external_id, "10");
    assert_str(e.messages[1].message_type, "incoming");
}

static void a_private_note_is_marked(void **state)
{
    (void)state;
    const struct {
        const char *given, *kept;
    } all[] = {{"null", "{\"private\":true}"},
               {"{}", "{\"private\":true}"},
               {"{ \\n }", "{\"private\":true \n }"},
               {"{\"a\":[1]}", "{\"private\":true,\"a\":[1]}"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char given[32];
        const char *p = strcmp(all[i].given, "{ \\n }") ? all[i].given : "{ \n }";
        snprintf(given, sizeof given, "%s", p);
        ms_str body = ms_arena_format(arena,
                                      "{\"id\":9,\"message_type\":\"outgoing\",\"private\":true,"
                                      "\"content_attributes\":%s," CONVERSATION("") "}",
                                      given);
        ms_event e = normal_text("message_created", body);
        ms_value a = parsed(ms_arena_dup(arena, e.messages[0].content_attributes).p);
        ms_value b = parsed(all[i].kept);
        assert_true(ms_json_equal(&a, &b));
    }
}

static void times_come_in_three_forms(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t time;
    } all[] = {
        {"1781690581", 1781690581000000},
        {"1781690581.482913", 1781690581482913},
        {"0", 0},
        {"-5", 0},
        {"253402300800", 0},
        {"1e30", 0},
        {"null", 0},
        {"true", 0},
        {"\"2026-06-17T10:03:01Z\"", 1781690581000000},
        {"\"2026-06-17T10:03:01.5Z\"", 1781690581500000},
        {"\"2026-06-17T10:03:01.087654321Z\"", 1781690581087654},
        {"\"2026-06-17T12:03:01+02:00\"", 1781690581000000},
        {"\"2026-06-17T05:03:01.000-0500\"", 1781690581000000},
        {"\"2026-06-17 10:03:01Z\"", 1781690581000000},
        {"\"2026-06-17T10:03:01\"", 0},
        {"\"2026-06-17T10:03:01.Z\"", 0},
        {"\"2026-06-17T10:03:01+2:00\"", 0},
        {"\"2026-06-17T10:03:01+02-00\"", 0},
        {"\"2026-13-17T10:03:01Z\"", 0},
        {"\"2026-06-17T24:03:01Z\"", 0},
        {"\"1969-06-17T10:03:01Z\"", 0},
        {"\"9999-12-31T23:59:59Z\"", 253402300799000000},
        {"\"9999-12-31T23:59:59-01:00\"", 0},
        {"\"2024-02-29T00:00:00Z\"", 1709164800000000},
        {"\"yesterday\"", 0},
        {"\"\"", 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ms_str body = ms_arena_format(arena, "{\"id\":5,\"created_at\":%s}", all[i].text);
        ms_event e = normal_text("conversation_created", body);
        if (e.conversations[0].created_at != all[i].time)
            fail_msg("%s is %lld, not %lld", all[i].text, (long long)e.conversations[0].created_at,
                     (long long)all[i].time);
    }
}

/* ---- damage --------------------------------------------------------------------------------- */

/* Writes a document with its node number `*target` replaced by `with` (NULL: left out). */
static void write_damaged(ms_buf *buf, const ms_value *v, int *target, const char *with)
{
    bool first = true;
    if ((*target)-- == 0) {
        ms_buf_z(buf, with ? with : "null");
        return;
    }
    if (v->kind != MS_OBJECT && v->kind != MS_ARRAY) {
        ms_json_write(buf, v);
        return;
    }
    ms_buf_char(buf, v->kind == MS_OBJECT ? '{' : '[');
    for (uint32_t i = 0; i < v->count; i++) {
        const ms_value *item = v->kind == MS_OBJECT ? &v->as.members[i].value : &v->as.items[i];
        if (*target == 0 && !with) {
            (*target)--;
            continue;
        }
        if (!first)
            ms_buf_char(buf, ',');
        first = false;
        if (v->kind == MS_OBJECT) {
            ms_json_string(buf, v->as.members[i].key);
            ms_buf_char(buf, ':');
        }
        write_damaged(buf, item, target, with);
    }
    ms_buf_char(buf, v->kind == MS_OBJECT ? '}' : ']');
}

static void assert_sound(const ms_event *e)
{
    for (uint32_t i = 0; i < e->n_contacts; i++) {
        assert_true(e->contacts[i].external_id.n > 0);
        assert_true(!e->contacts[i].attributes.p || e->contacts[i].attributes.p[0] == '{');
    }
    for (uint32_t i = 0; i < e->n_conversations; i++) {
        assert_true(e->conversations[i].external_id.n > 0);
        assert_true(e->conversations[i].contact < (int32_t)e->n_contacts);
    }
    for (uint32_t i = 0; i < e->n_messages; i++) {
        const ms_event_message *m = &e->messages[i];
        assert_true(m->external_id.n > 0 && m->message_type.n > 0);
        assert_true(m->conversation >= 0 && (uint32_t)m->conversation < e->n_conversations);
        assert_true(m->sender_contact < (int32_t)e->n_contacts);
        for (uint32_t k = 0; k < i; k++)
            assert_false(ms_str_eq(m->external_id, e->messages[k].external_id));
    }
}

static const char *const payloads[] = {
    "01_contact_created__whatsapp",
    "02_contact_updated__custom_attributes",
    "05_conversation_created__website",
    "06_conversation_updated__labels_email",
    "07_conversation_status_changed__resolved_api",
    "08_message_created__incoming_whatsapp",
    "09_message_created__incoming_instagram_empty_name",
    "11_message_updated__delivered_whatsapp",
    "13_inbox_updated__whatsapp_secret_bearing",
};

static void damaged_once(ms_source *source, ms_str body, ms_str type)
{
    ms_error err = {0};
    ms_event event;
    ms_receipt receipt;
    ms_request request = {.body = body};
    ms_status status = kind->receive(source, arena, &request, &receipt, &err);
    assert_true(status == MS_OK || status == MS_INVALID);
    if (status == MS_OK)
        assert_true(receipt.key.n > 0 && receipt.event.n > 0 && receipt.order_key.p);
    status = kind->normalise(self, arena, type, body, &event, &err);
    assert_true(status == MS_OK || status == MS_INVALID);
    if (status == MS_INVALID)
        assert_true(err.text[0] && !event.n_contacts && !event.n_messages);
    assert_sound(&event);
}

static void no_damage_to_a_payload_breaks_the_reader(void **state)
{
    (void)state;
    static const char *const with[] = {NULL, "null",  "true", "-1",
                                       "0",  "1e300", "\"\"", "\"9\"",
                                       "[]", "[{}]",  "{}",   "18446744073709551616"};
    ms_source *source = opened("{\"secret\":\"k\"}");
    ms_arena *keep = arena;
    int damages = 0;
    for (size_t p = 0; p < sizeof payloads / sizeof *payloads; p++) {
        ms_value root =
            parsed(file("webhooks", ms_arena_format(arena, "%s.json", payloads[p]).p).p);
        ms_str type = ms_as_str(ms_get(&root, "event"));
        arena = ms_arena_new(0);
        for (int node = 0, left = -1; left < 0; node++) {
            for (size_t w = 0; w < sizeof with / sizeof *with; w++) {
                ms_buf buf = {0};
                left = node;
                write_damaged(&buf, &root, &left, with[w]);
                assert_false(buf.failed);
                damaged_once(source, ms_buf_view(&buf), type);
                damages++;
                ms_buf_free(&buf);
                ms_arena_reset(arena);
            }
        }
        ms_arena_free(arena);
        arena = keep;
    }
    kind->close(source);
    print_message("%d damaged payloads\n", damages);
    assert_true(damages > 5000);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    ms_source *source = opened("{\"secret\":\"k\"}");
    ms_str body = file("webhooks", "08_message_created__incoming_whatsapp.json");
    ms_request request = {.body = body};
    for (int call = 0; call < 2; call++) {
        ms_status status = MS_NOMEM;
        for (int n = 0; status != MS_OK; n++) {
            ms_error err = {0};
            ms_event event;
            ms_receipt receipt;
            allocs_left = n;
            status =
                call ? kind->receive(source, arena, &request, &receipt, &err)
                     : kind->normalise(self, arena, MS_STR("message_created"), body, &event, &err);
            allocs_left = -1;
            assert_true(status == MS_OK || status == MS_NOMEM);
            assert_true(n < 100);
        }
    }
    kind->close(source);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_contact_event_is_its_contact),
        T(a_conversation_event_brings_contact_and_last_message),
        T(a_user_never_becomes_a_contact),
        T(a_message_that_is_in_the_body_twice_counts_once),
        T(empty_and_null_stay_apart),
        T(events_of_no_use_are_not_normalised),
        T(senders_come_in_many_kinds),
        T(another_message_of_the_conversation_is_kept_too),
        T(a_private_note_is_marked),
        T(times_come_in_three_forms),
        T(no_damage_to_a_payload_breaks_the_reader),
        T(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

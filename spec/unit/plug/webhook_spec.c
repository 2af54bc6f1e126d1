/*
 * The webhook plugin in the receiver: signatures and tokens against the published vectors, and what
 * it finds in a delivery before it is stored.
 */
#include "webhook_support.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

static ms_str hex_signature(const char *secret, const char *timestamp, ms_str body)
{
    unsigned char digest[32];
    ms_str text = ms_arena_format(arena, "%s." MS_FMT, timestamp, MS_ARG(body));
    char *out = ms_alloc(arena, 7 + 64 + 1);
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text.p, text.n, digest,
         NULL);
    strcpy(out, "sha256=");
    for (int i = 0; i < 32; i++)
        snprintf(out + 7 + 2 * i, 3, "%02x", digest[i]);
    return ms_str_z(out);
}

/* Verifies a body with up to two signature headers; the reason, or "ok". */
static const char *verdict(ms_source *source, const char *signature, const char *second,
                           const char *timestamp, const char *token, ms_str body, int64_t now)
{
    static ms_error err;
    ms_header headers[3];
    size_t n = 0;
    if (signature)
        headers[n++] = (ms_header){MS_STR("x-chatwoot-signature"), ms_str_z(signature)};
    if (second)
        headers[n++] = (ms_header){MS_STR("x-chatwoot-signature"), ms_str_z(second)};
    if (timestamp)
        headers[n++] = (ms_header){MS_STR("x-chatwoot-timestamp"), ms_str_z(timestamp)};
    ms_request request = {
        .token = ms_str_z(token), .headers = headers, .n_headers = n, .body = body, .now = now};
    ms_status status = kind->verify(source, &request, &err);
    assert_true(status == MS_OK || status == MS_UNAUTHORIZED);
    return status == MS_OK ? "ok" : err.text;
}

static void assert_refused(const char *config, const char *word)
{
    ms_source *source = NULL;
    ms_error err = {0};
    ms_value v = parsed(config);
    assert_int_equal(kind->open(self, "cw", &v, &source, &err), MS_INVALID);
    assert_null(source);
    if (!strstr(err.text, word))
        fail_msg("%s: \"%s\" does not name %s", config, err.text, word);
}

/* ---- signatures and tokens ------------------------------------------------------------------ */

static ms_str from_base64(ms_str text)
{
    unsigned char *out = ms_alloc(arena, text.n + 1);
    int n = EVP_DecodeBlock(out, (const unsigned char *)text.p, (int)text.n);
    while (text.n && text.p[text.n - 1] == '=')
        text.n--, n--;
    return (ms_str){(char *)out, (size_t)n};
}

static ms_source *source_of_vector(const ms_value *config)
{
    ms_source *source = NULL;
    ms_error err = {0};
    ms_member members[] = {
        {MS_STR("secret"), *ms_get(config, "secrets")},
        {MS_STR("tolerance"), ms_int(ms_as_int(ms_get(config, "tolerance_s"), 300) * 1000)},
    };
    ms_value v = ms_object(members, 2);
    assert_int_equal(kind->open(self, "cw", &v, &source, &err), MS_OK);
    return source;
}

static void one_vector(const ms_value *vector)
{
    ms_error err = {0};
    const ms_value *given = ms_get(vector, "headers");
    ms_header *headers = ms_alloc_zero(arena, given->count, sizeof *headers);
    ms_source *source = source_of_vector(ms_get(vector, "config"));
    for (uint32_t i = 0; i < given->count; i++) {
        ms_str name = ms_arena_dup(arena, given->as.members[i].key);
        for (size_t k = 0; k < name.n; k++)
            if (name.p[k] >= 'A' && name.p[k] <= 'Z')
                ((char *)name.p)[k] += 'a' - 'A';
        headers[i] = (ms_header){name, ms_as_str(&given->as.members[i].value)};
    }
    ms_request request = {.headers = headers,
                          .n_headers = given->count,
                          .body = from_base64(ms_as_str(ms_get(vector, "body_b64"))),
                          .now = ms_as_int(ms_get(vector, "now"), 0)};
    ms_status status = kind->verify(source, &request, &err);
    bool accept = ms_str_eqz(ms_as_str(ms_get(vector, "expect")), "accept");
    ms_str reason = ms_as_str(ms_get(vector, "reason"));
    if (status != (accept ? MS_OK : MS_UNAUTHORIZED) || (!accept && !ms_str_eqz(reason, err.text)))
        fail_msg(MS_FMT ": got %s %s", MS_ARG(ms_as_str(ms_get(vector, "id"))),
                 ms_status_name(status), err.text);
    kind->close(source);
}

static void the_published_vectors_are_judged_as_they_say(void **state)
{
    (void)state;
    ms_value root = parsed(file("security", "vectors.json").p);
    const ms_value *vectors = ms_get(&root, "vectors");
    int n = 0;
    for (uint32_t i = 0; i < vectors->count; i++) {
        const ms_value *vector = &vectors->as.items[i];
        if (ms_str_eqz(ms_as_str(ms_get(vector, "scheme")), "chatwoot")) {
            one_vector(vector);
            n++;
        }
    }
    assert_int_equal(n, 8);
}

static void a_signature_covers_timestamp_and_body(void **state)
{
    (void)state;
    ms_source *s = opened("{\"secret\":[\"old-secret\",\"moonsift-test-secret\",\"third\"]}");
    ms_str body = MS_STR("{\"event\":\"contact_created\",\"id\":4211,\"name\":\"Zo\xc3\xab\"}");
    const char *good = "sha256=85ecad3d389780901dedfd16e647cee17700818dedbfb197f6335b097bfed356";
    const char *at = "1781690400";
    int64_t now = 1781690400;

    assert_string_equal(hex_signature("moonsift-test-secret", at, body).p, good);
    assert_string_equal(verdict(s, good, NULL, at, NULL, body, now), "ok");
    assert_string_equal(verdict(s, hex_signature("third", at, body).p, NULL, at, NULL, body, now),
                        "ok");
    assert_string_equal(verdict(s, hex_signature("fourth", at, body).p, NULL, at, NULL, body, now),
                        "bad_signature");
    body.n--;
    assert_string_equal(verdict(s, good, NULL, at, NULL, body, now), "bad_signature");
    kind->close(s);
}

static void hex_digits_may_be_upper_case_and_nothing_else_may_differ(void **state)
{
    (void)state;
    ms_source *s = opened("{\"secret\":\"k\"}");
    ms_str body = MS_STR("{}");
    ms_str good = hex_signature("k", "1000", body);
    char text[128];

    snprintf(text, sizeof text, "%s", good.p);
    for (size_t i = 7; text[i]; i++)
        if (text[i] >= 'a')
            text[i] -= 'a' - 'A';
    assert_string_equal(verdict(s, text, NULL, "1000", NULL, body, 1000), "ok");

    const char *const wrong[] = {"",           "sha256=", "SHA256=%s", "sha1=%s",
                                 "sha256=%s0", "%s",      " sha256=%s"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, wrong[i], good.p + 7);
        assert_string_equal(verdict(s, text, NULL, "1000", NULL, body, 1000), "malformed");
    }
    snprintf(text, sizeof text, "%s", good.p);
    text[20] = 'g';
    assert_string_equal(verdict(s, text, NULL, "1000", NULL, body, 1000), "malformed");
    text[20] = '\0';
    assert_string_equal(verdict(s, text, NULL, "1000", NULL, body, 1000), "malformed");
    kind->close(s);
}

static void a_timestamp_is_digits_within_the_tolerance(void **state)
{
    (void)state;
    ms_source *s = opened("{\"secret\":\"k\",\"tolerance\":120000}");
    ms_str body = MS_STR("{}");
    const char *const malformed[] = {"",      "-1",    "+1000", "1000.5",       "1e3",
                                     " 1000", "1000 ", "0x3e8", "1000000000000"};
    const struct {
        const char *at;
        int64_t now;
        const char *verdict;
    } windows[] = {{"1000", 1120, "ok"},    {"1000", 1121, "stale"},
                   {"1000", 880, "ok"},     {"1000", 879, "future"},
                   {"0", 1000, "stale"},    {"999999999999", 1000, "future"},
                   {"00001000", 1000, "ok"}};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        const char *sig = hex_signature("k", malformed[i], body).p;
        assert_string_equal(verdict(s, sig, NULL, malformed[i], NULL, body, 1000), "malformed");
    }
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        const char *sig = hex_signature("k", windows[i].at, body).p;
        assert_string_equal(verdict(s, sig, NULL, windows[i].at, NULL, body, windows[i].now),
                            windows[i].verdict);
    }
    kind->close(s);
}

static void missing_and_repeated_headers_are_refused(void **state)
{
    (void)state;
    ms_source *s = opened("{\"secret\":\"k\"}");
    ms_str body = MS_STR("{}");
    const char *sig = hex_signature("k", "1000", body).p;
    assert_string_equal(verdict(s, NULL, NULL, "1000", NULL, body, 1000), "missing_header");
    assert_string_equal(verdict(s, sig, NULL, NULL, NULL, body, 1000), "missing_header");
    assert_string_equal(verdict(s, sig, sig, "1000", NULL, body, 1000), "malformed");
    assert_string_equal(verdict(s, sig, NULL, "1000", "any-token-at-all", body, 1000), "ok");
    kind->close(s);
}

static void a_token_must_match_whole(void **state)
{
    (void)state;
    ms_source *s = opened("{\"token\":[\"0123456789abcdef\",\"fedcba9876543210\"]}");
    ms_str body = MS_STR("{}");
    assert_string_equal(last_log, "source.unsigned");
    assert_string_equal(verdict(s, NULL, NULL, NULL, "0123456789abcdef", body, 0), "ok");
    assert_string_equal(verdict(s, NULL, NULL, NULL, "fedcba9876543210", body, 0), "ok");
    assert_string_equal(verdict(s, NULL, NULL, NULL, "0123456789abcde", body, 0), "bad_token");
    assert_string_equal(verdict(s, NULL, NULL, NULL, "0123456789abcdef0", body, 0), "bad_token");
    assert_string_equal(verdict(s, NULL, NULL, NULL, "", body, 0), "bad_token");
    assert_string_equal(verdict(s, NULL, NULL, NULL, NULL, body, 0), "bad_token");
    kind->close(s);
}

static void with_token_and_secret_both_must_match(void **state)
{
    (void)state;
    ms_source *s = opened("{\"token\":\"0123456789abcdef\",\"secret\":\"k\"}");
    ms_str body = MS_STR("{}");
    const char *sig = hex_signature("k", "1000", body).p;
    const char *token = "0123456789abcdef";
    assert_string_equal(verdict(s, sig, NULL, "1000", token, body, 1000), "ok");
    assert_string_equal(verdict(s, sig, NULL, "1000", NULL, body, 1000), "bad_token");
    assert_string_equal(verdict(s, NULL, NULL, "1000", token, body, 1000), "missing_header");
    kind->close(s);
}

static void a_source_that_lets_everybody_in_does_not_open(void **state)
{
    (void)state;
    assert_refused("{}", "neither");
    assert_refused("{\"secret\":null,\"token\":null}", "neither");
    assert_refused("{\"secret\":[]}", "neither");
    assert_refused("{\"secret\":\"\"}", "secret");
    assert_refused("{\"secret\":[\"a\",\"\"]}", "secret");
    assert_refused("{\"secret\":[\"a\",1]}", "secret");
    assert_refused("{\"secret\":{\"a\":1}}", "secret");
    assert_refused("{\"secret\":\"a\",\"token\":\"\"}", "token");
    assert_refused("{\"token\":\"short\"}", "token");
    assert_refused("{\"secret\":\"a\",\"tolerance\":\"soon\"}", "tolerance");
    assert_refused("{\"secret\":\"a\",\"tolerance\":999}", "tolerance");
    assert_refused("{\"secret\":\"a\",\"tolerance\":90000000}", "tolerance");
    assert_refused("{\"secret\":\"a\",\"tolerance\":0}", "tolerance");
    assert_refused("{\"secret\":\"a\",\"tolerance\":true}", "tolerance");
    assert_refused("{\"secret\":\"a\",\"events\":[]}", "events");
    assert_refused("{\"secret\":\"a\",\"events\":\"contact_created\"}", "events");
    assert_refused("{\"secret\":\"a\",\"events\":[\"contact_creatd\"]}", "contact_creatd");
    assert_refused("{\"secret\":\"a\",\"events\":[\"inbox_updated\"]}", "inbox_updated");
}

static void the_plugin_says_what_it_needs(void **state)
{
    (void)state;
    const ms_config_keys *keys = entry->table(MS_TABLE_CONFIG);
    assert_string_equal(entry->info->id, "webhook");
    assert_string_equal(entry->info->needs[0], MS_CAP_JSON);
    assert_null(entry->table("moonsift.effects/1"));
    for (const ms_config_key *k = keys->items; k->name; k++)
        assert_int_equal(k->secret, strstr(k->name, "_file") != NULL);
}

/* ---- receive -------------------------------------------------------------------------------- */

static ms_receipt received(ms_source *source, ms_str body, const char *delivery)
{
    ms_error err = {0};
    ms_receipt receipt;
    ms_header headers[] = {{MS_STR("x-chatwoot-timestamp"), MS_STR("1781690500")},
                           {MS_STR("x-chatwoot-delivery"), ms_str_z(delivery)}};
    ms_request request = {.headers = headers, .n_headers = delivery ? 2 : 1, .body = body};
    if (kind->receive(source, arena, &request, &receipt, &err) != MS_OK)
        fail_msg("receive: %s", err.text);
    return receipt;
}

static void each_payload_is_received_with_account_order_and_time(void **state)
{
    (void)state;
    const struct {
        const char *name, *event, *order;
        bool ignore;
        int64_t time;
    } all[] = {
        {"01_contact_created__whatsapp", "contact_created", "4211", false, 1781690500000000},
        {"02_contact_updated__custom_attributes", "contact_updated", "4211", false,
         1781690495803000},
        {"03_contact_updated__last_activity_noise", "contact_updated", "4211", false,
         1781690700120000},
        {"04_contact_updated__labels", "contact_updated", "4211", false, 1781690820005000},
        {"05_conversation_created__website", "conversation_created", "4300", false,
         1781690581482913},
        {"06_conversation_updated__labels_email", "conversation_updated", "3977", false,
         1781686800482913},
        {"07_conversation_status_changed__resolved_api", "conversation_status_changed", "4150",
         false, 1781689900482913},
        {"08_message_created__incoming_whatsapp", "message_created", "4211", false,
         1781690700482913},
        {"09_message_created__incoming_instagram_empty_name", "message_created", "4402", false,
         1781691001482913},
        {"10_message_created__outgoing_email_long", "message_created", "3977", false,
         1781691300482913},
        {"11_message_updated__delivered_whatsapp", "message_updated", "4211", false,
         1781690900482913},
        {"12_webwidget_triggered", "webwidget_triggered", "", true, 1781690500000000},
        {"13_inbox_updated__whatsapp_secret_bearing", "inbox_updated", "", true, 1781690500000000},
        {"14_conversation_typing_on", "conversation_typing_on", "", true, 1781690500000000},
    };
    ms_source *source = opened("{\"secret\":\"k\"}");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ms_str name = ms_arena_format(arena, "%s.json", all[i].name);
        ms_receipt r = received(source, file("webhooks", name.p), NULL);
        assert_str(r.event, all[i].event);
        assert_str(r.order_key, all[i].order);
        assert_int_equal(r.ignore, all[i].ignore);
        assert_int_equal(r.source_time, all[i].time);
        assert_int_equal(r.account_id, 1);
    }
    kind->close(source);
}

static void a_delivery_has_one_key_however_often_it_comes(void **state)
{
    (void)state;
    ms_source *source = opened("{\"secret\":\"k\"}");
    ms_str one = MS_STR("{\"event\":\"contact_updated\",\"id\":7,\"name\":\"a\"}");
    ms_str two = MS_STR("{\"event\":\"contact_updated\",\"id\":7,\"name\":\"b\"}");
    char large[200];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';

    assert_str(received(source, one, "7b0f3b5e-9f5c").key, "7b0f3b5e-9f5c");
    assert_str(received(source, two, "7b0f3b5e-9f5c").key, "7b0f3b5e-9f5c");
    ms_str key = received(source, one, NULL).key;
    assert_true(key.n > 64 && memcmp(key.p, "contact_updated:7:", 18) == 0);
    assert_true(ms_str_eq(key, received(source, one, NULL).key));
    assert_false(ms_str_eq(key, received(source, two, NULL).key));
    assert_true(ms_str_eq(key, received(source, one, "").key));
    assert_true(ms_str_eq(key, received(source, one, large).key));
    assert_true(ms_str_eq(key, received(source, one, "a b").key));
    kind->close(source);
}

static void only_wanted_events_are_worked_on(void **state)
{
    (void)state;
    ms_source *source = opened("{\"secret\":\"k\",\"events\":[\"contact_created\"]}");
    assert_false(received(source, MS_STR("{\"event\":\"contact_created\",\"id\":7}"), NULL).ignore);
    assert_true(received(source, MS_STR("{\"event\":\"contact_updated\",\"id\":7}"), NULL).ignore);
    assert_true(received(source, MS_STR("{\"event\":\"no_such_thing\"}"), NULL).ignore);
    kind->close(source);
}

static void a_body_without_an_event_is_none_of_ours(void **state)
{
    (void)state;
    ms_source *source = opened("{\"token\":\"0123456789abcdef\"}");
    char longer[160] = "{\"event\":\"";
    memset(longer + 10, 'e', 110);
    strcpy(longer + 120, "\"}");
    const char *const bodies[] = {"",     "{",
                                  "[]",   "\"event\"",
                                  "null", "{\"event\":1}",
                                  "{}",   "{\"event\":\"\"}",
                                  longer, "{\"event\":\"contact_created\"} x"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        ms_error err = {0};
        ms_receipt receipt;
        ms_request request = {.body = ms_str_z(bodies[i])};
        if (kind->receive(source, arena, &request, &receipt, &err) != MS_INVALID || !err.text[0])
            fail_msg("%s was taken", bodies[i]);
    }
    kind->close(source);
}

static void an_unsigned_time_of_sending_is_not_believed(void **state)
{
    (void)state;
    ms_source *source = opened("{\"token\":\"0123456789abcdef\"}");
    ms_str body = MS_STR("{\"event\":\"contact_created\",\"id\":7}");
    assert_int_equal(received(source, body, NULL).source_time, 0);
    kind->close(source);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_published_vectors_are_judged_as_they_say),
        T(a_signature_covers_timestamp_and_body),
        T(hex_digits_may_be_upper_case_and_nothing_else_may_differ),
        T(a_timestamp_is_digits_within_the_tolerance),
        T(missing_and_repeated_headers_are_refused),
        T(a_token_must_match_whole),
        T(with_token_and_secret_both_must_match),
        T(a_source_that_lets_everybody_in_does_not_open),
        T(the_plugin_says_what_it_needs),
        T(each_payload_is_received_with_account_order_and_time),
        T(a_delivery_has_one_key_however_often_it_comes),
        T(only_wanted_events_are_worked_on),
        T(a_body_without_an_event_is_none_of_ours),
        T(an_unsigned_time_of_sending_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Requests and answers, refusals, limits. */
#include "http_one_server.h"

/* ---- requests ------------------------------------------------------------------------------- */

static void a_request_is_seen_as_it_was_sent(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd,
          "POST /s%65e?a=%20&b HTTP/1.1\r\nHOST: a\r\nX-One:  1 \r\nx-one:\t2\r\nEmpty:\r\n"
          "Content-Length: 4\r\n\r\nb\r\nc");
    expect(fd, &h, "200");
    assert_true(has(&h, "\r\n\r\nmethod=POST\npath=/see\nquery=a=%20&b\nremote=127.0.0.1\n"
                        "[host]=[a]\n[x-one]=[1]\n[x-one]=[2]\n[empty]=[]\n[content-length]=[4]\n"
                        "body=b\r\nc\n"));
    assert_true(has(&h, "\r\nContent-Type: text/plain\r\n"));
    assert_true(has(&h, "\r\nX-Extra: yes\r\n"));
    assert_true(has(&h, " GMT\r\n"));
    assert_false(has(&h, "Server:"));
    assert_false(has(&h, "Connection:"));
    hang_up(fd, &h);
}

static void a_chunked_body_is_put_together(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd,
          "PUT /see HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
          "4\r\nabcd\r\n6\r\nefghij\r\n0\r\nX-Late: 1\r\n\r\n");
    expect(fd, &h, "200");
    assert_true(has(&h, "body=abcdefghij\n"));
    assert_false(has(&h, "x-late"));
    assert_false(has(&h, "X-Late"));
    hang_up(fd, &h);
}

static void a_large_body_arrives_whole(void **state)
{
    (void)state;
    heard h = {0};
    size_t n = 1000000;
    char head[128];
    begin(NULL);
    char *body = malloc(n);
    assert_non_null(body);
    for (size_t i = 0; i < n; i++)
        body[i] = (char)(i * 31 >> 3);
    int fd = dial(&s);
    snprintf(head, sizeof head, "POST / HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n", n);
    say_z(&s, fd, head);
    say(&s, fd, body, n);
    expect(fd, &h, "200");
    assert_memory_equal(h.bytes.p + h.bytes.n - n, body, n);
    free(body);
    hang_up(fd, &h);
}

static void answers_go_out_in_order(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd,
          "GET /hold HTTP/1.1\r\n" H "\r\n"
          "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nfirst"
          "GET /hold HTTP/1.1\r\n" H "\r\n"
          "POST / HTTP/1.1\r\n" H "Content-Length: 6\r\n\r\nsecond");
    hear(&s, fd, &h, 3);
    assert_int_equal(h.bytes.n, 0);
    assert_int_equal(s.n_held, 1); /* the next is not even begun */
    assert_int_equal(s.requests, 1);
    release_held(&s, "one");
    assert_int_equal(s.requests, 1); /* nor from within the reply */
    expect(fd, &h, "200 200");
    assert_int_equal(s.n_held, 1);
    release_held(&s, "two");
    expect(fd, &h, "200 200 200 200");
    const char *p = h.bytes.p, *end = p + h.bytes.n;
    for (int i = 0; i < 4; i++) {
        static const char *const words[] = {"\r\n\r\none", "\r\n\r\nfirst", "\r\n\r\ntwo",
                                            "\r\n\r\nsecond"};
        p = memmem(p, (size_t)(end - p), words[i], strlen(words[i]));
        assert_non_null(p);
    }
    hang_up(fd, &h);
}

static void a_thousand_requests_in_one_write(void **state)
{
    (void)state;
    heard h = {0};
    ms_buf b = {0};
    size_t found = 0;
    begin(NULL);
    for (int i = 0; i < 1000; i++)
        ms_buf_format(&b, "POST / HTTP/1.1\r\n" H "Content-Length: 7\r\n\r\n<%05d>", i);
    int fd = dial(&s);
    say(&s, fd, b.p, b.n);
    hear_until(&s, fd, &h, "<00999>", 5000);
    const char *p = h.bytes.p, *end = p + h.bytes.n;
    for (int i = 0; i < 1000 && p; i++) {
        char word[16];
        snprintf(word, sizeof word, "<%05d>", i);
        p = memmem(p, (size_t)(end - p), word, 7);
        found += p != NULL;
    }
    assert_int_equal(found, 1000);
    ms_buf_free(&b);
    hang_up(fd, &h);
}

static void what_a_peer_sends_ahead_is_bounded(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "GET /hold HTTP/1.1\r\n" H "\r\n");
    char junk[65536];
    memset(junk, 'x', sizeof junk);
    size_t total = 0;
    for (int idle = 0; idle < 50 && total < 64u << 20; idle++) {
        ssize_t n = send(fd, junk, sizeof junk, MSG_NOSIGNAL);
        total += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle;
        pump(&s, 1);
    }
    assert_true(total < 64u << 20); /* it waits in the kernel's buffers */
    release_held(&s, "done");
    hear_until(&s, fd, &h, "400 Bad Request", 2000);
    assert_true(has(&h, "done"));
    assert_true(has(&h, "414 URI Too Long") || has(&h, "400 Bad Request"));
    hang_up(fd, &h);
}

static void head_and_no_content_have_no_body(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "HEAD /big HTTP/1.1\r\n" H "\r\n");
    assert_true(hear_until(&s, fd, &h, "\r\n\r\n", 2000));
    assert_true(has(&h, "\r\nContent-Length: 8388608\r\n"));
    assert_memory_equal(h.bytes.p + h.bytes.n - 4, "\r\n\r\n", 4);
    forget(&h);
    say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(fd, &h, "204");
    assert_false(has(&h, "Content-Length"));
    hang_up(fd, &h);
}

static void a_problem_is_json(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "GET /problem HTTP/1.1\r\n" H "\r\n");
    expect(fd, &h, "422");
    assert_true(has(&h, "\r\nContent-Type: application/problem+json\r\n"));
    assert_true(has(&h, "\r\n\r\n{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
                        "\"status\":422,\"detail\":\"The \\\"budget\\\" is\\nno number.\"}"));
    hang_up(fd, &h);
}

static void a_large_answer_waits_for_its_reader(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "GET /big HTTP/1.1\r\n" H "\r\nGET /none HTTP/1.1\r\n" H "\r\n");
    pump(&s, 5);
    assert_int_equal(s.requests, 1); /* no second answer is made while the first waits */
    hear_until(&s, fd, &h, "204 No Content", 10000);
    expect(fd, &h, "200 204");
    hang_up(fd, &h);
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void a_refused_head_keeps_the_connection_when_it_can(void **state)
{
    (void)state;
    begin(NULL);
    outcome("GET /refused HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n", "401 200");
    outcome("POST /refused HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", "401 close");
    outcome("POST /refused HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            "401 close");
    assert_int_equal(s.requests, 1);
}

/* A sender that writes all of its 8 MiB before it reads must still find the answer. */
static void a_sender_of_too_much_reads_its_answer(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "POST / HTTP/1.1\r\n" H "Content-Length: 8388608\r\n\r\n");
    assert_true(say(&s, fd, s.big, BIG));
    expect(fd, &h, "413 close");
    assert_false(h.reset);
    assert_int_equal(s.requests, 0);
    hang_up(fd, &h);
    await_open(&s, 0);
}

static void lingering_has_an_end(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "BAD\r\n\r\n");
    expect(fd, &h, "400 close");
    pump(&s, 10);
    assert_int_equal(ms_http_open(s.http), 1);
    pump_ms(&s, 2200); /* we do not close our side */
    await_open(&s, 0);
    hang_up(fd, &h);
    fd = dial(&s);
    say_z(&s, fd, "BAD\r\n\r\n");
    for (int i = 0; i < 3; i++) /* 24 MiB of what nobody wants to know */
        if (!say(&s, fd, s.big, BIG))
            break;
    pump(&s, 5);
    await_open(&s, 0);
    close(fd);
}

/* ---- limits --------------------------------------------------------------------------------- */

static void further_connections_wait(void **state)
{
    (void)state;
    heard h = {0};
    int fds[6];
    begin(&(ms_http_limits){.connections = 4});
    for (int i = 0; i < 6; i++)
        fds[i] = dial(&s);
    pump(&s, 5);
    await_open(&s, 4);
    say_z(&s, fds[5], "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(fds[5], &h, "");
    for (int i = 0; i < 2; i++)
        close(fds[i]);
    pump(&s, 5);
    await_open(&s, 4);
    expect(fds[5], &h, "204");
    for (int i = 2; i < 6; i++)
        close(fds[i]);
    pump(&s, 5);
    await_open(&s, 0);
    forget(&h);
}

static void one_address_has_so_many_connections(void **state)
{
    (void)state;
    heard h = {0};
    int fds[3];
    begin(&(ms_http_limits){.connections_per_ip = 2});
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++)
            fds[i] = dial(&s);
        expect(fds[2], &h, "503 close");
        forget(&h);
        await_open(&s, 2);
        say_z(&s, fds[1], "GET /none HTTP/1.1\r\n" H "\r\n");
        expect(fds[1], &h, "204");
        forget(&h);
        for (int i = 0; i < 3; i++)
            close(fds[i]);
        pump(&s, 5);
        await_open(&s, 0);
    }
}

static void one_address_has_so_many_requests(void **state)
{
    (void)state;
    heard h = {0};
    begin(&(ms_http_limits){.requests_per_s = 20, .burst = 3});
    int fd = dial(&s);
    for (int i = 0; i < 5; i++)
        say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "\r\n");
    assert_true(hear_until(&s, fd, &h, "429 Too Many Requests", 2000));
    assert_true(has(&h, "\r\nRetry-After: 1\r\n"));
    assert_true(s.requests >= 3 && s.requests < 5);
    forget(&h);
    pump_ms(&s, 200); /* the connection was kept, and tokens grow again */
    say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(fd, &h, "204");
    hang_up(fd, &h);
    /* A new connection does not bring new tokens. */
    for (int i = 0; i < 20; i++) {
        fd = dial(&s);
        say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "\r\n");
        hear(&s, fd, &h, 2);
        close(fd);
    }
    assert_true(has(&h, "429 Too Many Requests"));
    forget(&h);
}

int main(void)
{
#define SPEC(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest specs[] = {
        SPEC(a_request_is_seen_as_it_was_sent),
        SPEC(a_chunked_body_is_put_together),
        SPEC(a_large_body_arrives_whole),
        SPEC(answers_go_out_in_order),
        SPEC(a_thousand_requests_in_one_write),
        SPEC(what_a_peer_sends_ahead_is_bounded),
        SPEC(head_and_no_content_have_no_body),
        SPEC(a_problem_is_json),
        SPEC(a_large_answer_waits_for_its_reader),
        SPEC(a_refused_head_keeps_the_connection_when_it_can),
        SPEC(a_sender_of_too_much_reads_its_answer),
        SPEC(lingering_has_an_end),
        SPEC(further_connections_wait),
        SPEC(one_address_has_so_many_connections),
        SPEC(one_address_has_so_many_requests),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

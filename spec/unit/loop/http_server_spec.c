/* Connections over time: order, limits, deadlines, peers that misbehave, and the end. */
#include "http_fixture.h"

#define H "Host: a\r\n"

static server s;

static void begin(const ms_http_limits *limits)
{
    start(&s, "127.0.0.1:0", limits);
}

static int teardown(void **state)
{
    (void)state;
    stop(&s);
    return 0;
}

static void expect(int fd, heard *h, const char *what)
{
    char got[256];
    outcome_of(&s, fd, h, false, what, got);
    assert_string_equal(got, what);
}

static void hang_up(int fd, heard *h)
{
    forget(h);
    close(fd);
    pump(&s, 3);
}

/* The outcome of one conversation. */
static void outcome(const char *bytes, const char *what)
{
    char got[256];
    converse(&s, bytes, strlen(bytes), what, got);
    assert_string_equal(got, what);
}

static bool has(const heard *h, const char *text)
{
    return h->bytes.n > 0 && memmem(h->bytes.p, h->bytes.n, text, strlen(text)) != NULL;
}

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

/* ---- deadlines ------------------------------------------------------------------------------ */

static const ms_http_limits hasty = {
    .head_ms = 150, .body_ms = 150, .idle_ms = 150, .write_ms = 150};

static void silence_is_closed_without_a_word(void **state)
{
    (void)state;
    heard h = {0};
    begin(&hasty);
    int fresh = dial(&s), used = dial(&s);
    say_z(&s, used, "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(used, &h, "204");
    pump_ms(&s, 400);
    expect(used, &h, "204 close");
    forget(&h);
    expect(fresh, &h, "close");
    close(used);
    hang_up(fresh, &h);
    await_open(&s, 0);
}

/* One byte now and then does not extend a deadline. */
static void trickle(const char *bytes, const char *what)
{
    heard h = {0};
    int64_t begun = ms_mono_us();
    int fd = dial(&s);
    for (const char *p = bytes; *p && !h.eof; p++) {
        say(&s, fd, p, 1);
        pump_ms(&s, 20);
        hear(&s, fd, &h, 1);
    }
    int64_t took = (ms_mono_us() - begun) / 1000;
    assert_true(h.eof);
    assert_true(took >= 140);
    expect(fd, &h, what);
    hang_up(fd, &h);
}

static void trickling_is_answered_408(void **state)
{
    (void)state;
    char body[1200];
    begin(&hasty);
    trickle("GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "408 close");
    trickle("\r\nGET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "408 close");
    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    static const char head[] = "POST / HTTP/1.1\r\n" H "Content-Length: 2000\r\n\r\n";
    heard h = {0};
    int fd = dial(&s);
    say_z(&s, fd, head);
    for (int i = 0; i < 100 && !h.eof; i++) {
        say(&s, fd, body, 1);
        pump_ms(&s, 20);
        hear(&s, fd, &h, 1);
    }
    expect(fd, &h, "408 close");
    hang_up(fd, &h);
    assert_int_equal(s.requests, 0);
}

static void a_request_with_the_host_has_no_deadline(void **state)
{
    (void)state;
    heard h = {0};
    begin(&hasty);
    int fd = dial(&s);
    say_z(&s, fd, "POST /hold HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx");
    pump_ms(&s, 500);
    assert_int_equal(s.n_held, 1);
    release_held(&s, "late");
    expect(fd, &h, "200");
    hang_up(fd, &h);
}

static void a_peer_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    begin(&hasty);
    int fd = dial(&s);
    say_z(&s, fd, "GET /big HTTP/1.1\r\n" H "\r\n");
    pump_ms(&s, 100);
    assert_int_equal(ms_http_open(s.http), 1);
    pump_ms(&s, 400);
    await_open(&s, 0);
    close(fd);
}

static void a_slow_but_steady_reader_is_served(void **state)
{
    (void)state;
    static char piece[256 * 1024];
    begin(&hasty);
    int fd = dial(&s);
    say_z(&s, fd, "GET /big HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    size_t total = 0;
    for (int i = 0; i < 500; i++) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n == 0)
            break;
        total += n > 0 ? (size_t)n : 0;
        pump_ms(&s, 20); /* 8 MiB in 256 KiB steps: many deadlines long */
    }
    assert_true(total > BIG);
    close(fd);
    pump(&s, 3);
}

/* ---- peers that leave ----------------------------------------------------------------------- */

static void half_close_is_answered(void **state)
{
    (void)state;
    heard h = {0};
    begin(NULL);
    int fd = dial(&s);
    assert_int_equal(send(fd, "GET /hold HTTP/1.1\r\n" H "\r\nGET /none HTTP/1.1\r\n" H "\r\n", 62,
                          MSG_NOSIGNAL),
                     62);
    shutdown(fd, SHUT_WR);
    pump(&s, 5);
    assert_int_equal(s.n_held, 1);
    release_held(&s, "still here");
    expect(fd, &h, "200 204 close");
    hang_up(fd, &h);
    fd = dial(&s);
    say_z(&s, fd, "GET / HT");
    shutdown(fd, SHUT_WR);
    expect(fd, &h, "close");
    hang_up(fd, &h);
    await_open(&s, 0);
}

static void reset(int fd)
{
    struct linger hard = {1, 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    close(fd);
    pump(&s, 3);
}

static void a_reset_is_survived_in_every_phase(void **state)
{
    (void)state;
    static const char *const said[] = {
        "",
        "GET / H",
        "POST / HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\nX",
        "GET /hold HTTP/1.1\r\n" H "\r\n",
        "GET /big HTTP/1.1\r\n" H "\r\n",
        "BAD\r\n\r\n",
        "GET /big HTTP/1.1\r\n" H "Connection: close\r\n\r\n",
    };
    begin(NULL);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        int fd = dial(&s);
        say_z(&s, fd, said[i]);
        pump(&s, 3);
        reset(fd);
        pump(&s, 5);
        await_open(&s, 0);
        release_held(&s, "dropped");
    }
}

static void many_peers_leave_at_random(void **state)
{
    (void)state;
    static const char request[] = "POST / HTTP/1.1\r\n" H "Content-Length: 20\r\n\r\n"
                                  "01234567890123456789";
    begin(NULL);
    srand(7);
    for (int i = 0; i < 3000; i++) {
        int fd = dial_address(s.address);
        size_t n = (size_t)rand() % sizeof request;
        assert_true(send(fd, request, n, MSG_NOSIGNAL) >= 0);
        pump(&s, rand() % 3);
        if (rand() % 2)
            reset(fd);
        else
            close(fd);
    }
    pump(&s, 20);
    await_open(&s, 0);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void draining_finishes_what_is_under_way(void **state)
{
    (void)state;
    heard h[4] = {0};
    int fds[4];
    begin(NULL);
    for (int i = 0; i < 4; i++)
        fds[i] = dial(&s);
    say_z(&s, fds[0], "GET /hold HTTP/1.1\r\n" H "\r\n");
    say_z(&s, fds[1], "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nab");
    assert_true(send(fds[2], "GET /none HTTP/1.1\r\n" H "\r\n", 31, MSG_NOSIGNAL) == 31);
    ms_http_drain(s.http);
    ms_http_drain(s.http);
    int late = dial_address(s.address); /* the backlog takes it, for another process */
    expect(fds[3], &h[3], "close");     /* idle */
    expect(fds[2], &h[2], "204 close"); /* had arrived when the drain began */
    say_z(&s, fds[1], "cd");
    expect(fds[1], &h[1], "200 close");
    assert_true(ms_http_open(s.http) >= 1);
    release_held(&s, "last");
    expect(fds[0], &h[0], "200 close");
    for (int i = 0; i < 4; i++)
        hang_up(fds[i], &h[i]);
    await_open(&s, 0);
    assert_int_equal(s.requests, 3);
    close(late);
}

static void closing_leaves_no_exchange_behind(void **state)
{
    (void)state;
    begin(NULL);
    int a = dial(&s), b = dial(&s), c = dial(&s);
    say_z(&s, a, "GET /hold HTTP/1.1\r\n" H "\r\n");
    say_z(&s, b, "POST /hold HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nab");
    say_z(&s, c, "GET /big HTTP/1.1\r\n" H "\r\n");
    ms_http_close(s.http);
    s.http = NULL;
    pump(&s, 3); /* its memory is gone, the held exchange is not */
    assert_int_equal(s.n_held, 1);
    ms_http_problem(s.held[0], 503, NULL);
    s.n_held = 0;
    pump(&s, 3);
    close(a);
    close(b);
    close(c);
}

static void a_callback_may_close_the_server(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        begin(NULL);
        s.close_on_head = i < 2;
        s.close_on_request = i >= 2;
        int fd = dial(&s);
        say_z(&s, fd,
              i % 2 ? "GET /hold HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n"
                    : "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nxGET / HTTP/1.1\r\n" H
                      "\r\n");
        pump(&s, 3);
        assert_null(s.http);
        close(fd);
        if (i < 3)
            stop(&s);
    }
}

static void the_loop_frees_a_forgotten_server(void **state)
{
    (void)state;
    begin(NULL);
    int fd = dial(&s);
    say_z(&s, fd, "GET /hold HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(s.n_held, 1);
    s.http = NULL; /* nobody calls ms_http_close; stop() replies after ms_loop_free too */
    close(fd);
    ms_loop_free(s.loop);
    s.loop = ms_loop_new(&s.err);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void refuses(const char *address, ms_status status)
{
    ms_error err = {0};
    int fd = 0;
    if (ms_http_bind(address, &fd, &err) != status)
        fail_msg("%s: %s", address, err.text);
    assert_int_equal(fd, -1);
    assert_true(err.text[0] != '\0');
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const char *const nonsense[] = {
        "",
        "8080",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "1.2.3:80",
        "::1:80",
        "[::1]",
        "[]:80",
        "127.1.1.1:65536",
        "a.example:80",
        "[127.0.0.1]:80x",
        "unix:",
        "127.0.0.1:-1",
        "[::1:80",
    };
    begin(NULL);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        refuses(nonsense[i], MS_INVALID);
    refuses(s.address, MS_CONFLICT);
    refuses("192.0.2.1:0", MS_INVALID); /* of documentation, so of no machine */
    refuses("unix:/nowhere/at/all", MS_INTERNAL);
    char lengthy[300] = "unix:/";
    memset(lengthy + 6, 'x', 200);
    refuses(lengthy, MS_INVALID);
}

static void addresses_are_told(void **state)
{
    (void)state;
    char text[128], tiny[6];
    ms_error err = {0};
    int fd = -1;
    begin(NULL);
    static const char *const given[][2] = {
        {"127.0.0.1:0", "127.0.0.1:"}, {"localhost:0", "127.0.0.1:"}, {"[::1]:0", "[::1]:"}};
    for (size_t i = 0; i < 3; i++) {
        ms_status status = ms_http_bind(given[i][0], &fd, &err);
        if (status != MS_OK && i == 2)
            continue; /* a machine without IPv6 */
        assert_int_equal(status, MS_OK);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        ms_str told = ms_http_address(fd, text, sizeof text);
        assert_int_equal(strncmp(text, given[i][1], strlen(given[i][1])), 0);
        assert_int_equal(told.n, strlen(text));
        assert_true(atoi(strrchr(text, ':') + 1) > 0);
        assert_int_equal(ms_http_address(fd, tiny, sizeof tiny).n, 5);
        close(fd);
    }
    assert_int_equal(ms_http_bind(":0", &fd, &err), MS_OK);
    close(fd);
}

static void a_stale_socket_file_is_replaced(void **state)
{
    (void)state;
    ms_error err = {0};
    int fd = -1;
    start(&s, NULL, NULL);
    refuses(s.address, MS_CONFLICT); /* somebody listens */
    char stale[160];
    snprintf(stale, sizeof stale, "%s2", s.address);
    assert_int_equal(ms_http_bind(stale, &fd, &err), MS_OK);
    close(fd); /* the file stays */
    assert_int_equal(ms_http_bind(stale, &fd, &err), MS_OK);
    close(fd);
    unlink(stale + 5);
    int plain = open(stale + 5, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(plain >= 0);
    refuses(stale, MS_CONFLICT); /* a file of somebody's is not removed */
    assert_int_equal(access(stale + 5, F_OK), 0);
    close(plain);
    unlink(stale + 5);
}

static void only_listening_sockets_are_served(void **state)
{
    (void)state;
    ms_error err = {0};
    ms_http_server *http = (ms_http_server *)&err;
    int pair[2];
    begin(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(ms_http_serve(s.loop, pair[0], NULL, NULL, handle, &s, &http, &err),
                     MS_INVALID);
    assert_null(http);
    assert_int_equal(ms_http_serve(s.loop, -1, NULL, NULL, handle, &s, &http, &err), MS_INVALID);
    assert_int_equal(ms_http_serve(s.loop, s.fd, NULL, NULL, handle, &s, &http, &err), MS_CONFLICT);
    close(pair[0]);
    close(pair[1]);
}

/* ---- several processes, few descriptors ----------------------------------------------------- */

static int serve_until_told(int control)
{
    server child = {0};
    memcpy(child.address, s.address, sizeof child.address);
    child.fd = s.fd;
    child.loop = ms_loop_new(NULL);
    if (!child.loop || socketpair(AF_UNIX, SOCK_STREAM, 0, child.busy) != 0 ||
        ms_loop_watch(child.loop, child.busy[0], MS_WRITABLE, ready, NULL, &child.never_block,
                      NULL) != MS_OK ||
        ms_http_serve(child.loop, s.fd, NULL, NULL, handle, &child, &child.http, NULL) != MS_OK)
        return 255;
    char c;
    while (recv(control, &c, 1, MSG_DONTWAIT) != 0)
        pump_ms(&child, 1);
    ms_http_drain(child.http);
    for (int i = 0; i < 2000 && ms_http_open(child.http) > 0; i++)
        pump_ms(&child, 1);
    ms_http_close(child.http);
    ms_loop_free(child.loop);
    return child.requests > 0 ? 1 : 0;
}

/* Two processes accept from one socket; one of them drains while requests come. Nothing is lost. */
static void several_processes_share_a_socket(void **state)
{
    (void)state;
    int control[2];
    begin(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, control), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(control[0]);
        _exit(serve_until_told(control[1]));
    }
    close(control[1]);
    size_t answered = 0;
    for (int i = 0; i < 400; i++) {
        heard h = {0};
        int fd = dial_address(s.address);
        if (i == 200)
            close(control[0]);
        assert_true(say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "Connection: close\r\n\r\n"));
        hear_until(&s, fd, &h, "204", 5000);
        answered += has(&h, "204 No Content");
        forget(&h);
        close(fd);
    }
    assert_int_equal(answered, 400);
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    pump(&s, 5);
    await_open(&s, 0);
    print_message("this process answered %zu of 400\n", s.requests);
}

static void no_descriptors_left_is_survived(void **state)
{
    (void)state;
    struct rlimit old, tight;
    heard h = {0};
    int fds[20];
    begin(NULL);
    for (int i = 0; i < 20; i++)
        fds[i] = dial_address(s.address);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)fds[19] + 6; /* room for a few, not for all */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    pump_ms(&s, 50);
    assert_true(ms_http_open(s.http) < 20);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    pump_ms(&s, 300);
    await_open(&s, 20);
    say_z(&s, fds[19], "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(fds[19], &h, "204");
    forget(&h);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
    pump(&s, 5);
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
        SPEC(silence_is_closed_without_a_word),
        SPEC(trickling_is_answered_408),
        SPEC(a_request_with_the_host_has_no_deadline),
        SPEC(a_peer_that_does_not_read_is_dropped),
        SPEC(a_slow_but_steady_reader_is_served),
        SPEC(half_close_is_answered),
        SPEC(a_reset_is_survived_in_every_phase),
        SPEC(many_peers_leave_at_random),
        SPEC(draining_finishes_what_is_under_way),
        SPEC(closing_leaves_no_exchange_behind),
        SPEC(a_callback_may_close_the_server),
        SPEC(the_loop_frees_a_forgotten_server),
        SPEC(addresses_are_checked),
        SPEC(addresses_are_told),
        SPEC(a_stale_socket_file_is_replaced),
        SPEC(only_listening_sockets_are_served),
        SPEC(several_processes_share_a_socket),
        SPEC(no_descriptors_left_is_survived),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

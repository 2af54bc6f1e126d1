/* Deadlines, and peers that leave when they like. */
#include "http_one_server.h"

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

int main(void)
{
#define SPEC(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest specs[] = {
        SPEC(silence_is_closed_without_a_word),        SPEC(trickling_is_answered_408),
        SPEC(a_request_with_the_host_has_no_deadline), SPEC(a_peer_that_does_not_read_is_dropped),
        SPEC(a_slow_but_steady_reader_is_served),      SPEC(half_close_is_answered),
        SPEC(a_reset_is_survived_in_every_phase),      SPEC(many_peers_leave_at_random),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

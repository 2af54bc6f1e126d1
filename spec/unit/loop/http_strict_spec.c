/*
 * What the server takes and what it refuses, case by case. Each case is sent whole, byte by byte,
 * and cut at random places; the outcome must be the same.
 */
#include "http_fixture.h"

typedef struct strict_case {
    const char *what;
    const char *bytes;
    size_t n; /* 0: up to the NUL */
    const char *expect;
} strict_case;

#define H "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
#define WITH_NUL(bytes) bytes, sizeof(bytes) - 1

static const strict_case cases[] = {
    /* well-formed */
    {"get", "GET / HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"two in a row", "GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, "200 200"},
    {"post", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", 0, "200"},
    {"post and get",
     "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n" H "\r\n", 0,
     "200 200"},
    {"post without a body", "POST / HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"chunked", CHUNKED "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 0, "200"},
    {"chunked, then get", CHUNKED "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, "200 200"},
    {"chunked in capitals", "POST / HTTP/1.1\r\n" H "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n",
     0, "200"},
    {"trailer", CHUNKED "1\r\na\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n", 0, "200"},
    {"trailer, then get", CHUNKED "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 0,
     "200 200"},
    {"close", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 0, "200 close"},
    {"nothing after close",
     "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, "200 close"},
    {"1.0", "GET / HTTP/1.0\r\n\r\n", 0, "200 close"},
    {"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", 0,
     "200 200 close"},
    {"1.0 with a body", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", 0, "200 close"},
    {"blank line in front", "\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"absolute form", "GET http://a/x?y HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"absolute form without path", "GET http://a HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"head", "HEAD / HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"empty value", "GET / HTTP/1.1\r\n" H "X:\r\nY: \t \r\n\r\n", 0, "200"},
    {"value of high bytes", "GET / HTTP/1.1\r\n" H "X: \xc3\xa9\xff\r\n\r\n", 0, "200"},
    {"upgrade is passed over",
     "GET / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET / HTTP/1.1\r\n" H
     "\r\n",
     0, "200 200"},
    {"upgrade with a body",
     "POST / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab",
     0, "200"},
    {"continue", "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", 0,
     "100 200"},
    {"continue without a body", "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n", 0, "200"},
    {"1.0 expects in vain", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
     0, "200 close"},
    {"host of IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0, "200"},
    {"escapes", "GET /%41%2f%C3%A9?%00 HTTP/1.1\r\n" H "\r\n", 0, "200"},
    {"unfinished head", "GET / HTTP/1.1\r\n" H, 0, ""},
    {"unfinished body", "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nabc", 0, ""},
    {"unfinished chunk", CHUNKED "4\r\nabc", 0, ""},
    {"unfinished trailer", CHUNKED "0\r\nX: 1\r\n", 0, ""},

    /* request line */
    {"no version", "GET /\r\n\r\n", 0, "400 close"},
    {"lower-case version", "GET / http/1.1\r\n" H "\r\n", 0, "400 close"},
    {"version 2.0", "GET / HTTP/2.0\r\n" H "\r\n", 0, "505 close"},
    {"version 1.2", "GET / HTTP/1.2\r\n" H "\r\n", 0, "505 close"},
    {"version 0.9", "GET / HTTP/0.9\r\n" H "\r\n", 0, "505 close"},
    {"version 1.10", "GET / HTTP/1.10\r\n" H "\r\n", 0, "400 close"},
    {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "505 close"},
    {"TLS", WITH_NUL("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), "400 close"},
    {"two blanks", "GET  / HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"tab for a blank", "GET\t/ HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"blank behind the version", "GET / HTTP/1.1 \r\n" H "\r\n", 0, "400 close"},
    {"blank in front", " GET / HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"two blank lines in front", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"CRLF, CR, X", "\r\n\rX / HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"method of no token", "G(T / HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"unknown method", "FROBNICATE / HTTP/1.1\r\n" H "\r\n", 0, "501 close"},
    {"lower-case method", "get / HTTP/1.1\r\n" H "\r\n", 0, "501 close"},
    {"method of another protocol", "DESCRIBE / HTTP/1.1\r\n" H "\r\n", 0, "501 close"},
    {"connect", "CONNECT a:80 HTTP/1.1\r\n" H "\r\n", 0, "501 close"},
    {"target without slash", "GET x HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"target of high bytes", "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"escaped NUL", "GET /a%00 HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"escaped CR", "GET /a%0d HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"half an escape", "GET /a%4 HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"no escape", "GET /a%zz HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"authority without host", "GET http:///x HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"authority of another host", "GET http://b/x HTTP/1.1\r\n" H "\r\n", 0, "400 close"},
    {"user in the authority", "GET http://u@a/x HTTP/1.1\r\nHost: u@a\r\n\r\n", 0, "400 close"},

    /* line ends and control bytes */
    {"LF only", "GET / HTTP/1.1\nHost: a\n\n", 0, "400 close"},
    {"LF behind a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 0, "400 close"},
    {"LF as the last line", "GET / HTTP/1.1\r\n" H "\n", 0, "400 close"},
    {"CR in a value", "GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", 0, "400 close"},
    {"CR before a name", "GET / HTTP/1.1\r\n" H "X:\rTransfer-Encoding: chunked\r\n\r\n", 0,
     "400 close"},
    {"CR CR LF", "GET / HTTP/1.1\r\n" H "\r\r\n", 0, "400 close"},
    {"NUL in a value", WITH_NUL("GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"), "400 close"},
    {"NUL in the target", WITH_NUL("GET /\0 HTTP/1.1\r\n" H "\r\n"), "400 close"},
    {"DEL in a value", "GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n", 0, "400 close"},
    {"vertical tab", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\x0b chunked\r\n\r\n0\r\n\r\n", 0,
     "400 close"},

    /* headers */
    {"folded value", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 0, "400 close"},
    {"folded by a tab", "GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n", 0, "400 close"},
    {"folded first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 0, "400 close"},
    {"blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 0, "400 close"},
    {"blank in a name", "GET / HTTP/1.1\r\n" H "X Y: a\r\n\r\n", 0, "400 close"},
    {"no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", 0, "400 close"},
    {"no name", "GET / HTTP/1.1\r\n" H ": a\r\n\r\n", 0, "400 close"},
    {"name of no token", "GET / HTTP/1.1\r\n" H "X@: a\r\n\r\n", 0, "400 close"},
    {"no host", "GET / HTTP/1.1\r\n\r\n", 0, "400 close"},
    {"two hosts", "GET / HTTP/1.1\r\n" H H "\r\n", 0, "400 close"},
    {"two hosts in 1.0", "GET / HTTP/1.0\r\n" H "host: b\r\n\r\n", 0, "400 close"},
    {"host of two words", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 0, "400 close"},
    {"host of a list", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 0, "400 close"},
    {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, "400 close"},
    {"unknown expectation", "POST / HTTP/1.1\r\n" H "Expect: tea\r\nContent-Length: 1\r\n\r\na", 0,
     "417 close"},
    {"two expectations",
     "POST / HTTP/1.1\r\n" H
     "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
     0, "417 close"},

    /* framing */
    {"length and chunked",
     "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
     "400 close"},
    {"chunked and length",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 0,
     "400 close"},
    {"two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 0,
     "400 close"},
    {"two equal lengths",
     "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, "400 close"},
    {"list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc", 0, "400 close"},
    {"signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc", 0, "400 close"},
    {"negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -3\r\n\r\nabc", 0, "400 close"},
    {"hexadecimal length", "POST / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc", 0,
     "400 close"},
    {"length of two words", "POST / HTTP/1.1\r\n" H "Content-Length: 1 2\r\n\r\na", 0, "400 close"},
    {"empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 0, "400 close"},
    {"length over 64 bits", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na",
     0, "400 close"},
    {"length over the limit", "POST / HTTP/1.1\r\n" H "Content-Length: 4096000\r\n\r\n", 0,
     "413 close"},
    {"length over the path's limit", "POST /tiny HTTP/1.1\r\n" H "Content-Length: 11\r\n\r\n", 0,
     "413 close"},
    {"length at the path's limit",
     "POST /tiny HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\n0123456789", 0, "200"},
    {"chunks over the path's limit",
     "POST /tiny HTTP/1.1\r\n" H
     "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n3\r\nabc\r\n0\r\n\r\n",
     0, "413 close"},
    {"no length in 1.0", "POST / HTTP/1.0\r\n\r\n", 0, "411 close"},
    {"chunked in 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
     "400 close"},
    {"identity, chunked",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 0,
     "400 close"},
    {"gzip", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", 0, "501 close"},
    {"gzip, chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     0, "400 close"},
    {"chunked twice",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 0,
     "400 close"},
    {"two encodings",
     "POST / HTTP/1.1\r\n" H
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0, "400 close"},
    {"xchunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0,
     "501 close"},
    {"empty encoding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 0,
     "501 close"},

    /* chunks */
    {"chunk size of letters", CHUNKED "x\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"signed chunk size", CHUNKED "+3\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"prefixed chunk size", CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"empty chunk size", CHUNKED "\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"blank behind a chunk size", CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"chunk size over 64 bits", CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"chunk size of 16 digits", CHUNKED "0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n", 0,
     "200"},
    {"chunk size of 17 digits", CHUNKED "00000000000000003\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"second chunk size of 17 digits", CHUNKED "3\r\nabc\r\n00000000000000003\r\nabc\r\n0\r\n\r\n",
     0, "400 close"},
    {"last chunk of 17 digits", CHUNKED "3\r\nabc\r\n00000000000000000\r\n\r\n", 0, "400 close"},
    {"chunk extension", CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"nameless chunk extension", CHUNKED "3;\r\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"LF behind a chunk size", CHUNKED "3\nabc\r\n0\r\n\r\n", 0, "400 close"},
    {"CR in a chunk size", CHUNKED "3\rabc\r\n0\r\n\r\n", 0, "400 close"},
    {"LF behind a chunk", CHUNKED "3\r\nabc\n0\r\n\r\n", 0, "400 close"},
    {"chunk longer than its size", CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 0, "400 close"},
    {"LF ends the chunks", CHUNKED "3\r\nabc\r\n0\n\n", 0, "400 close"},
    {"LF ends the trailer", CHUNKED "0\r\n\n", 0, "400 close"},
    {"folded trailer", CHUNKED "0\r\nX: a\r\n b\r\n\r\n", 0, "400 close"},
    {"CR in a trailer", CHUNKED "0\r\nX: a\rb\r\n\r\n", 0, "400 close"},
    {"trailer without a colon", CHUNKED "0\r\nGET / HTTP/1.1\r\n\r\n", 0, "400 close"},

    /* a good one, then a bad one */
    {"good, bad", "GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n\r\n", 0, "200 400 close"},
    {"good, garbage", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\na\0", 0, "200"},
    {"good, more body than said", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nab\r\n\r\n", 0,
     "200 400 close"},
};

enum { N_CASES = sizeof cases / sizeof *cases };

static size_t length(const strict_case *c)
{
    return c->n ? c->n : strlen(c->bytes);
}

static int failures; /* so that one run names all cases that differ */

static void check(server *s, int fd, const strict_case *c, const char *how, heard *h)
{
    char got[256];
    outcome_of(s, fd, h, strncmp(c->bytes, "HEAD ", 5) == 0, c->expect, got);
    if (strcmp(got, c->expect) == 0)
        return;
    failures++;
    print_error("%s, %s: expected \"%s\", got \"%s\"\n" MS_FMT "\n", c->what, how, c->expect, got,
                MS_ARG(ms_buf_view(&h->bytes)));
}

/* Sends pieces of at most `most` bytes: 0 for one piece, else 1 + a random number below it. */
static void run_case(server *s, const strict_case *c, unsigned most, const char *how)
{
    heard h = {0};
    int fd = dial(s);
    const char *p = c->bytes;
    size_t left = length(c);
    while (left > 0) {
        size_t n = most == 0 ? left : 1 + (size_t)(rand() % (int)most);
        n = n < left ? n : left;
        if (!say(s, fd, p, n))
            break; /* answered and closed before the end: fine */
        p += n;
        left -= n;
    }
    check(s, fd, c, how, &h);
    forget(&h);
    close(fd);
    await_open(s, 0);
}

static int setup(void **state)
{
    static server s;
    start(&s, *state, NULL);
    *state = &s;
    srand(20250201);
    failures = 0;
    return 0;
}

static int teardown(void **state)
{
    stop(*state);
    return 0;
}

static void sent_whole(void **state)
{
    for (size_t i = 0; i < N_CASES; i++)
        run_case(*state, &cases[i], 0, "whole");
    assert_int_equal(failures, 0);
    print_message("%d cases\n", N_CASES);
}

static void sent_byte_by_byte(void **state)
{
    for (size_t i = 0; i < N_CASES; i++)
        run_case(*state, &cases[i], 1, "byte by byte");
    assert_int_equal(failures, 0);
}

static void sent_in_random_pieces(void **state)
{
    for (int round = 0; round < 10; round++)
        for (size_t i = 0; i < N_CASES; i++)
            run_case(*state, &cases[i], 40, "in pieces");
    assert_int_equal(failures, 0);
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static void expect_for(server *s, const char *front, char fill, size_t n, const char *back,
                       const char *expect)
{
    char got[256];
    ms_buf b = {0};
    ms_buf_z(&b, front);
    for (size_t i = 0; i < n; i++)
        ms_buf_char(&b, fill);
    ms_buf_z(&b, back);
    assert_false(b.failed);
    converse(s, b.p, b.n, expect, got);
    ms_buf_free(&b);
    if (strcmp(got, expect) != 0)
        fail_msg("%s... x %zu: expected \"%s\", got \"%s\"", front, n, expect, got);
}

static void sizes_are_bounded(void **state)
{
    server *s = *state;
    /* "GET /" + n + " HTTP/1.1\r\n" is 16 + n bytes; half of 16 KiB is allowed. */
    expect_for(s, "GET /", 'a', 8192 - 16, " HTTP/1.1\r\n" H "\r\n", "200");
    expect_for(s, "GET /", 'a', 8192 - 15, " HTTP/1.1\r\n" H "\r\n", "414 close");
    expect_for(s, "GET /", 'a', 100000, "", "414 close");
    expect_for(s, "", 'G', 8193, "", "414 close");
    /* "GET / HTTP/1.1\r\nHost: a\r\nX: " + n + "\r\n\r\n" is 32 + n bytes. */
    expect_for(s, "GET / HTTP/1.1\r\n" H "X: ", 'a', 16384 - 32, "\r\n\r\n", "200");
    expect_for(s, "GET / HTTP/1.1\r\n" H "X: ", 'a', 16384 - 31, "\r\n\r\n", "431 close");
    expect_for(s, "GET / HTTP/1.1\r\n" H "X: ", 'a', 1000000, "", "431 close");
    expect_for(s, CHUNKED "0\r\nX: ", 'a', 4096 - 7, "\r\n\r\n", "200");
    expect_for(s, CHUNKED "0\r\nX: ", 'a', 4096 - 6, "\r\n\r\n", "431 close");
    expect_for(s, CHUNKED, '0', 100000, "", "400 close");
    expect_for(s, CHUNKED "1;", 'a', 100000, "", "400 close");
    expect_for(s, "POST / HTTP/1.1\r\n" H "Content-Length: 1048576\r\n\r\n", 'a', 1048576, "",
               "200");
    expect_for(s, "POST / HTTP/1.1\r\n" H "Content-Length: 1048577\r\n\r\n", 'a', 1048577, "",
               "413 close");
    expect_for(s, "POST /large HTTP/1.1\r\n" H "Content-Length: 3000000\r\n\r\n", 'a', 3000000, "",
               "200");
    expect_for(s, CHUNKED "100001\r\n", 'a', 1048577, "\r\n0\r\n\r\n", "413 close");
}

static void headers_are_counted(void **state)
{
    server *s = *state;
    for (int extra = 0; extra < 2; extra++) {
        char got[256];
        ms_buf b = {0};
        ms_buf_z(&b, "GET / HTTP/1.1\r\n" H);
        for (int i = 0; i < 127 + extra; i++)
            ms_buf_z(&b, "a:b\r\n");
        ms_buf_z(&b, "\r\n");
        const char *expect = extra ? "431 close" : "200";
        converse(s, b.p, b.n, expect, got);
        ms_buf_free(&b);
        assert_string_equal(got, expect);
    }
}

int main(void)
{
#define ON(name, address)                                                                          \
    {                                                                                              \
#name " " #address, name, setup, teardown, (void *)(uintptr_t)(address)                    \
    }
    const struct CMUnitTest specs[] = {
        ON(sent_whole, NULL),          ON(sent_byte_by_byte, NULL), ON(sent_in_random_pieces, NULL),
        ON(sent_whole, "127.0.0.1:0"), ON(sizes_are_bounded, NULL), ON(headers_are_counted, NULL),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

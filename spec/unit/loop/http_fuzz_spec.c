/*
 * Random damage: 20,000 inputs made from good requests with a fixed seed. Never a crash, each
 * answer well-formed, the same outcome however the bytes are cut, and no 2xx for what is surely
 * malformed.
 */
#include "http_fixture.h"

#define H "Host: a\r\n"

enum { INPUTS = 20000, MAX_INPUT = 4096 };

static const char *const corpus[] = {
    "GET / HTTP/1.1\r\n" H "\r\n",
    "GET /a/b?c=d HTTP/1.1\r\n" H "X-One: 1\r\nX-Two: 2\r\n\r\nGET /none HTTP/1.1\r\n" H "\r\n",
    "POST /see HTTP/1.1\r\n" H "Content-Length: 11\r\nContent-Type: text/plain\r\n\r\nhello world",
    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1f\r\n"
    "0123456789012345678901234567890\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
    "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
    "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab"
    "GET / HTTP/1.0\r\n\r\n",
    "GET http://a/x HTTP/1.1\r\n" H "Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    "POST /tiny HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\n0123456789GET / HTTP/1.1\r\n" H "\r\n",
};
enum { N_CORPUS = sizeof corpus / sizeof *corpus };

static const char *const words[] = {
    "\r\n",
    "\r",
    "\n",
    "\r\n\r\n",
    "\r\n ",
    ":",
    " ",
    "\t",
    "%00",
    "%",
    "\x80",
    "\xff",
    "0",
    "ffffffffffffffff",
    "HTTP/1.1",
    "HTTP/9.9",
    "Host: b\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: \x0b"
    "chunked\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: x\r\n",
    "0\r\n\r\n",
    ";a=b",
    "18446744073709551616",
    "-1",
    "chunked",
    ",",
};
enum { N_WORDS = sizeof words / sizeof *words };

typedef struct input {
    char p[MAX_INPUT];
    size_t n;
} input;

/* xorshift: the same inputs on every machine and C library. */
static uint64_t seed;

static size_t below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed >> 11) % n;
}

static void insert(input *in, size_t at, const char *p, size_t n)
{
    if (in->n + n > MAX_INPUT)
        return;
    memmove(in->p + at + n, in->p + at, in->n - at);
    memcpy(in->p + at, p, n);
    in->n += n;
}

/* A piece of the input once more, somewhere else. */
static void repeat(input *in, size_t at, size_t from, size_t n)
{
    char piece[MAX_INPUT];
    memcpy(piece, in->p + from, n);
    insert(in, at, piece, n);
}

static void take_out(input *in, size_t at, size_t n)
{
    n = n < in->n - at ? n : in->n - at;
    memmove(in->p + at, in->p + at + n, in->n - at - n);
    in->n -= n;
}

static void load(input *in)
{
    const char *base = corpus[below(N_CORPUS)];
    in->n = strlen(base);
    memcpy(in->p, base, in->n);
}

static void damage(input *in)
{
    size_t at = in->n ? below(in->n) : 0, other = in->n ? below(in->n) : 0;
    char c = (char)below(256);
    const char *word = words[below(N_WORDS)];
    switch (below(7)) {
    case 0: insert(in, at, &c, 1); break;
    case 1: insert(in, at, word, strlen(word)); break;
    case 2: take_out(in, at, 1 + below(4)); break;
    case 3: take_out(in, at, below(in->n + 1)); break;
    case 4: repeat(in, at, other, below(in->n - other + 1)); break;
    case 5:
        if (in->n)
            in->p[at] = (char)(in->p[at] ^ 1 << below(8));
        break;
    default:
        if (in->n)
            in->p[at] = c;
        break;
    }
}

/* ---- what comes of it ----------------------------------------------------------------------- */

static void outcome(server *s, const input *in, size_t most, char got[256])
{
    heard h = {0};
    int fd = dial(s);
    for (size_t at = 0, n; at < in->n; at += n) {
        n = most ? 1 + below(most) : in->n;
        n = n < in->n - at ? n : in->n - at;
        if (!say(s, fd, in->p + at, n))
            break;
    }
    hear(s, fd, &h, 2);
    bool bodyless = in->n > 4 && memcmp(in->p, "HEAD", 4) == 0;
    summary(&h, bodyless, got);
    forget(&h);
    close(fd);
    pump(s, 1);
}

static void show(const input *in)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->p[i] >= ' ' && in->p[i] < 0x7f)
            print_error("%c", in->p[i]);
        else
            print_error("\\x%02x%s", (unsigned char)in->p[i], in->p[i] == '\n' ? "\n" : "");
    print_error("\n");
}

/* A later HEAD has an answer without its body, which the summary cannot know. */
static bool has_late_head(const input *in)
{
    return in->n > 4 && memmem(in->p + 1, in->n - 1, "HEAD", 4);
}

static void damaged_requests(void **state)
{
    server *s = *state;
    input in;
    char whole[256], pieces[256];
    size_t fine = 0, refused = 0, waiting = 0;
    for (int i = 0; i < INPUTS; i++) {
        load(&in);
        for (size_t k = 1 + below(6); k > 0; k--)
            damage(&in);
        outcome(s, &in, 0, whole);
        outcome(s, &in, 1 + below(30), pieces);
        if ((strchr(whole, '?') && !has_late_head(&in)) || strstr(whole, "unclosed") ||
            strcmp(whole, pieces) != 0) {
            show(&in);
            fail_msg("input %d: whole \"%s\", in pieces \"%s\"", i, whole, pieces);
        }
        fine += whole[0] == '2';
        refused += whole[0] == '4' || whole[0] == '5';
        waiting += whole[0] == '\0' || whole[0] == 'c';
    }
    print_message("%d inputs: %zu answered, %zu refused, %zu waited for more\n", INPUTS, fine,
                  refused, waiting);
    assert_true(fine > 0 && refused > INPUTS / 4 && waiting > 0);
}

/* ---- damage that is surely malformed -------------------------------------------------------- */

static size_t head_length(const input *in)
{
    const char *end = memmem(in->p, in->n, "\r\n\r\n", 4);
    return (size_t)(end - in->p);
}

/* Puts something into the first head that no reading of HTTP allows. */
static void poison(input *in)
{
    size_t head = head_length(in), line = (size_t)((char *)memchr(in->p, '\n', in->n) - in->p) + 1;
    size_t at = below(head + 1);
    static const char *const headers[] = {"Host: a\r\n",
                                          "Host : b\r\n",
                                          "Content-Length: x\r\n",
                                          " folded\r\n",
                                          ": b\r\n",
                                          "nothing\r\n",
                                          "Content-Length: 1\r\nContent-Length: 2\r\n",
                                          "Transfer-Encoding: gzip\r\n"};
    switch (below(5)) {
    case 0: insert(in, at, "\0", 1); break;
    case 1: insert(in, at, "\x7f", 1); break;
    case 2: insert(in, at, "\r", 1); break;
    case 3: insert(in, at, "\n", 1); break;
    default: {
        const char *header = headers[below(sizeof headers / sizeof *headers)];
        bool old = memmem(in->p, line, "HTTP/1.0", 8) != NULL;
        if (old && strncmp(header, "Host: ", 6) == 0)
            header = "Host: a\r\nHost: a\r\n";
        insert(in, line, header, strlen(header));
    }
    }
}

static void surely_malformed_requests(void **state)
{
    server *s = *state;
    input in;
    char got[256];
    for (int i = 0; i < INPUTS; i++) {
        load(&in);
        poison(&in);
        size_t before = s->requests;
        outcome(s, &in, below(2) * 20, got);
        if ((got[0] != '4' && got[0] != '5') || !strstr(got, "close") || s->requests != before) {
            show(&in);
            fail_msg("input %d: \"%s\"", i, got);
        }
    }
}

static void noise(void **state)
{
    server *s = *state;
    input in;
    char got[256];
    for (int i = 0; i < INPUTS / 4; i++) {
        in.n = 1 + below(400);
        for (size_t k = 0; k < in.n; k++)
            in.p[k] = (char)below(256);
        outcome(s, &in, 0, got);
        assert_true(got[0] != '2' && !strchr(got, '?') && !strstr(got, "unclosed"));
    }
}

static int setup(void **state)
{
    static server s;
    start(&s, NULL, NULL);
    seed = 88172645463325252u;
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    server *s = *state;
    await_open(s, 0);
    stop(s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test_setup_teardown(damaged_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(surely_malformed_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(noise, setup, teardown),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

/* Drains and closes, addresses, several processes, few descriptors. */
#include "http_one_server.h"

/* ---- the end -------------------------------------------------------------------------------- */

static void draining_finishes_what_is_under_way(void **state)
{
    (void)state;
    heard h[5] = {0};
    int fds[5];
    begin(NULL);
    for (int i = 0; i < 5; i++)
        fds[i] = dial(&s);
    say_z(&s, fds[0], "GET /hold HTTP/1.1\r\n" H "\r\n");
    say_z(&s, fds[1], "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nab");
    assert_true(send(fds[2], "GET /none HTTP/1.1\r\n" H "\r\n", 31, MSG_NOSIGNAL) == 31);
    ms_http_drain(s.http);
    ms_http_drain(s.http);
    int late = dial_address(s.address); /* the backlog takes it, for another process */
    pump(&s, 3);
    say_z(&s, fds[4], "GET /none HTTP/1.1\r\n" H "\r\n");
    expect(fds[4], &h[4], "204 close"); /* connected before, and was about to ask */
    expect(fds[3], &h[3], "close");     /* idle */
    expect(fds[2], &h[2], "204 close"); /* had arrived when the drain began */
    say_z(&s, fds[1], "cd");
    expect(fds[1], &h[1], "200 close");
    assert_true(ms_http_open(s.http) >= 1);
    release_held(&s, "last");
    expect(fds[0], &h[0], "200 close");
    for (int i = 0; i < 5; i++)
        hang_up(fds[i], &h[i]);
    await_open(&s, 0);
    assert_int_equal(s.requests, 4);
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

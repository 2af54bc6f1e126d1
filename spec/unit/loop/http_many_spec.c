/* Ten thousand connections that do nothing, and one that does something. */
#include "http_fixture.h"

#include <signal.h>
#include <sys/prctl.h>

#define H "Host: a\r\n"

enum { WANTED = 10000, SPARE = 100, BYTES_EACH = 4096 };

static size_t resident_bytes(void)
{
    unsigned long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &size, &resident), 2);
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static int open_descriptors(int most)
{
    int n = 0;
    for (int fd = 0; fd < most; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* As many as the system lets one process have. */
static int raise_limit(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_cur > WANTED + SPARE)
        limit.rlim_cur = WANTED + SPARE;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int n = (int)limit.rlim_cur - SPARE;
    if (n < WANTED)
        print_message("only %d connections: RLIMIT_NOFILE allows no more\n", n);
    return n;
}

/* One request and its answer on a blocking socket: the connection is idle, not new. */
static bool used_once(int fd)
{
    char answer[1024];
    static const char request[] = "POST / HTTP/1.1\r\n" H "Content-Length: 20\r\n\r\n"
                                  "01234567890123456789";
    return fcntl(fd, F_SETFL, 0) == 0 &&
           send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 &&
           recv(fd, answer, sizeof answer, 0) > 0;
}

/* The child holds the client ends until its end of `control` is closed. */
static void be_the_crowd(const char *address, int n, int control)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char done = 'y';
    for (int i = 0; i < n; i++)
        if (!used_once(dial_address(address)))
            done = 'n';
    if (write(control, &done, 1) == 1 && read(control, &done, 1) < 0)
        _exit(1);
    _exit(0);
}

static void idle_connections_are_cheap(void **state)
{
    (void)state;
    server s;
    heard h = {0};
    int control[2], n = raise_limit();
    char done = 0;
    start(&s, "127.0.0.1:0", &(ms_http_limits){.connections = WANTED + 10});
    close(dial(&s)); /* libuv keeps a descriptor in reserve from the first connection on */
    await_open(&s, 0);
    int before = open_descriptors(WANTED + SPARE);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(control[0]);
        be_the_crowd(s.address, n, control[1]);
    }
    close(control[1]);
    size_t memory = resident_bytes();
    int64_t begun = ms_mono_us();
    while (recv(control[0], &done, 1, MSG_DONTWAIT) != 1 && ms_mono_us() - begun < 120000000)
        pump(&s, 1);
    assert_int_equal(done, 'y');
    assert_int_equal(ms_http_open(s.http), n);
    assert_int_equal(s.requests, n);
    size_t grown = resident_bytes() - memory;
    print_message("%d idle connections: %zu KiB more, %zu bytes each\n", n, grown / 1024,
                  grown / (size_t)n);
#ifndef __SANITIZE_ADDRESS__
    assert_true(grown < (size_t)n * BYTES_EACH);
#endif
    int fd = dial(&s);
    say_z(&s, fd, "GET /none HTTP/1.1\r\n" H "\r\n");
    assert_true(hear_until(&s, fd, &h, "204 No Content", 5000));
    forget(&h);
    close(fd);
    close(control[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    await_open(&s, 0);
    pump(&s, 5);
    assert_int_equal(open_descriptors(WANTED + SPARE), before);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(idle_connections_are_cheap),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}

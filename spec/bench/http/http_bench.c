/*
 * An echo server on core/loop's HTTP, for a load generator:
 *
 *     http_bench 127.0.0.1:8089 & wrk -t1 -c64 -d10 -s post.lua http://127.0.0.1:8089/
 *
 * Ends on SIGINT or SIGTERM and prints how many requests it answered and the CPU time of each.
 */
#include "loop/http.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct bench {
    ms_loop *loop;
    ms_http_server *server;
    uint64_t requests;
} bench;

static void echo(void *arg, ms_http_exchange *exchange, const ms_request *request)
{
    bench *b = arg;
    b->requests++;
    ms_http_reply(exchange, 200, "application/octet-stream", NULL, request->body);
}

static void stop(void *arg, int signum)
{
    (void)signum;
    ms_loop_stop(((bench *)arg)->loop);
}

static void report(const bench *b)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) != 0)
        return;
    double us = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
                (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    printf("%llu requests, %.1f us CPU each (%.1f user), %ld KiB resident at most\n",
           (unsigned long long)b->requests, b->requests ? us / (double)b->requests : 0.0,
           b->requests ? ((double)used.ru_utime.tv_sec * 1e6 + (double)used.ru_utime.tv_usec) /
                             (double)b->requests
                       : 0.0,
           used.ru_maxrss);
}

int main(int argc, char **argv)
{
    bench b = {0};
    ms_error err = {0};
    ms_signal *signals[2] = {NULL, NULL};
    char address[128];
    int fd = -1, rc = 1;

    b.loop = ms_loop_new(&err);
    if (!b.loop || ms_http_bind(argc > 1 ? argv[1] : "127.0.0.1:0", &fd, &err) != MS_OK ||
        ms_http_serve(b.loop, fd, NULL, NULL, echo, &b, &b.server, &err) != MS_OK ||
        ms_loop_signal(b.loop, SIGINT, stop, &b, &signals[0], &err) != MS_OK ||
        ms_loop_signal(b.loop, SIGTERM, stop, &b, &signals[1], &err) != MS_OK) {
        fprintf(stderr, "%s\n", err.text);
        goto done;
    }
    ms_str bound = ms_http_address(fd, address, sizeof address);
    printf("listening on " MS_FMT "\n", MS_ARG(bound));
    fflush(stdout);
    ms_loop_run(b.loop);
    report(&b);
    rc = 0;
done:
    ms_loop_free(b.loop);
    if (fd >= 0)
        close(fd);
    return rc;
}

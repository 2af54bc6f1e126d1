#include "loop/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; /* the kernel cuts it to net.core.somaxconn */

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
} any_address;

static ms_status bad_address(ms_error *err, const char *address)
{
    ms_fail(err, MS_INVALID, "\"%s\" is no address to listen on", address);
    return ms_hint(err, "write 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path");
}

/* "host:port" -> host and port; brackets around the host are taken off. */
static bool split(const char *address, char *host, size_t size, uint16_t *port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return false;
    char *end = NULL;
    unsigned long number = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || number > 65535)
        return false;
    size_t n = (size_t)(colon - address);
    if (n >= 2 && address[0] == '[' && colon[-1] == ']') {
        address++;
        n -= 2;
    }
    if (n >= size)
        return false;
    memcpy(host, address, n);
    host[n] = '\0';
    *port = (uint16_t)number;
    return true;
}

static bool parse_inet(const char *text, any_address *out, socklen_t *n)
{
    char host[INET6_ADDRSTRLEN + 1];
    uint16_t port = 0;
    if (!split(text, host, sizeof host, &port))
        return false;
    const char *literal = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, literal, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *n = sizeof out->v4;
        return true;
    }
    /* Without a host: every address; the IPv6 socket takes IPv4 too. */
    bool bracketed = text[0] == '[';
    if (host[0] != '\0' && (!bracketed || inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1))
        return false;
    if (host[0] == '\0' && bracketed)
        return false;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    *n = sizeof out->v6;
    return true;
}

static bool parse_local(const char *path, any_address *out, socklen_t *n)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof out->local.sun_path)
        return false;
    out->local.sun_family = AF_UNIX;
    memcpy(out->local.sun_path, path, length + 1);
    *n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return true;
}

/* Removes a socket file that nobody listens on any more. Anything else stays where it is. */
static void remove_stale(const any_address *address, socklen_t n)
{
    struct stat st;
    if (lstat(address->local.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->any, n) != 0 && errno == ECONNREFUSED)
        unlink(address->local.sun_path);
    close(fd);
}

static ms_status bind_failed(ms_error *err, const char *address)
{
    switch (errno) {
    case EADDRINUSE:
        ms_fail(err, MS_CONFLICT, "%s is taken: another program listens there", address);
        return ms_hint(err, "stop that program (ss -lptn shows it) or choose another address");
    case EACCES:
    case EPERM:
        ms_fail(err, MS_DENIED, "not allowed to listen on %s", address);
        return ms_hint(err, "ports below 1024 and folders of others need root or a capability");
    case EADDRNOTAVAIL:
        ms_fail(err, MS_INVALID, "%s is no address of this machine", address);
        return ms_hint(err, "ip addr lists them; 127.0.0.1 and :PORT always exist");
    default: return ms_fail(err, MS_INTERNAL, "listening on %s: %s", address, strerror(errno));
    }
}

/* ":8080" on a machine without IPv6. */
static void fall_back_to_v4(any_address *address, socklen_t *n)
{
    in_port_t port = address->v6.sin6_port;
    *address = (any_address){.v4 = {.sin_family = AF_INET, .sin_port = port}};
    *n = sizeof address->v4;
}

static int open_socket(any_address *address, socklen_t *n, bool every)
{
    int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(address->any.sa_family, type, 0);
    if (fd < 0 && every && errno == EAFNOSUPPORT) {
        fall_back_to_v4(address, n);
        fd = socket(AF_INET, type, 0);
    }
    return fd;
}

/* 0, or -1 with errno. What is set on a listening socket, its connections inherit. */
static int set_up(int fd, const any_address *address, socklen_t n, bool every)
{
    int on = 1, off = 0, family = address->any.sa_family;
    if (family != AF_UNIX && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                              setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0))
        return -1;
    if (family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, every ? &off : &on, sizeof on) != 0)
        return -1;
    return bind(fd, &address->any, n) == 0 && listen(fd, BACKLOG) == 0 ? 0 : -1;
}

ms_status ms_http_bind(const char *address, int *fd, ms_error *err)
{
    any_address a = {0};
    socklen_t n = 0;
    bool local = strncmp(address, "unix:", 5) == 0;
    bool every = address[0] == ':';
    *fd = -1;
    if (local ? !parse_local(address + 5, &a, &n) : !parse_inet(address, &a, &n))
        return bad_address(err, address);
    if (local)
        remove_stale(&a, n);
    int s = open_socket(&a, &n, every);
    if (s < 0)
        return bind_failed(err, address);
    if (set_up(s, &a, n, every) != 0) {
        ms_status status = bind_failed(err, address);
        close(s);
        return status;
    }
    *fd = s;
    return MS_OK;
}

ms_str ms_http_address(int fd, char *out, size_t size)
{
    any_address a = {0};
    socklen_t n = sizeof a;
    char host[INET6_ADDRSTRLEN] = "";
    int length = -1;
    if (getsockname(fd, &a.any, &n) != 0)
        length = snprintf(out, size, "?");
    else if (a.any.sa_family == AF_UNIX)
        length = snprintf(out, size, "unix:%.*s", (int)sizeof a.local.sun_path, a.local.sun_path);
    else if (a.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof host))
        length = snprintf(out, size, "[%s]:%d", host, ntohs(a.v6.sin6_port));
    else if (inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof host))
        length = snprintf(out, size, "%s:%d", host, ntohs(a.v4.sin_port));
    if (length < 0 || size == 0)
        return MS_STR("");
    return (ms_str){out, (size_t)length < size ? (size_t)length : size - 1};
}

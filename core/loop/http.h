/*
 * loop/http.h: an HTTP/1.1 server for requests from strangers: llhttp on the loop.
 *
 * Strict on purpose (see spec/unit/loop): one Host, no obs-fold, no bare CR or LF, no second
 * Content-Length, never Content-Length with Transfer-Encoding, chunked only and without extensions,
 * at most 128 headers, a request line of at most half of head_bytes. What breaks a rule is answered
 * 400 (408, 411, 413, 414, 417, 429, 431, 501, 503, 505 where they fit) with a problem as body, and
 * the connection is closed once the sender had the chance to read it. An offer to upgrade is passed
 * over, trailers are checked and dropped, "Expect: 100-continue" is met after on_head.
 * Keep-alive and pipelining: answers go out in order. No TLS: it belongs to the proxy in front.
 *
 * All calls and callbacks: [loop].
 */
#ifndef MS_LOOP_HTTP_H
#define MS_LOOP_HTTP_H

#include "base/buf.h"
#include "loop/loop.h"
#include <moonsift/provide/sources.h>

#define MS_HTTP_PROBLEM "application/problem+json"

typedef struct ms_http_limits {
    size_t head_bytes;           /* request line and headers; 0: 16 KiB */
    size_t body_bytes;           /* unless on_head says otherwise; 0: 1 MiB */
    unsigned head_ms;            /* from the first byte of a head to its end; 0: 10 s */
    unsigned body_ms;            /* from the head to the end of the body; 0: 15 s */
    unsigned idle_ms;            /* between requests; 0: 60 s */
    unsigned write_ms;           /* to read 64 KiB of an answer, or all of it; 0: 15 s */
    unsigned connections;        /* open at once; further ones wait in the backlog; 0: 10,000 */
    unsigned connections_per_ip; /* 0: no limit of its own */
    unsigned requests_per_s;     /* per address (IPv6: /64), answered 429 above; 0: no limit */
    unsigned burst;              /* tokens an address can save up; 0: 2 * requests_per_s */
} ms_http_limits;

typedef struct ms_http_server ms_http_server;
typedef struct ms_http_exchange ms_http_exchange;

/* Asked when a head is complete, before the body is read. Returns 0 to go on (and may lower or
 * raise *body_limit) or a status to refuse with. request->body is empty here. */
typedef int (*ms_http_head_fn)(void *arg, const ms_request *request, size_t *body_limit);

/* A whole request. Answer with ms_http_reply, now or later; until then the exchange and the
 * request are valid. If the peer goes away first, the reply is dropped silently. */
typedef void (*ms_http_request_fn)(void *arg, ms_http_exchange *exchange,
                                   const ms_request *request);

/* Binds "127.0.0.1:8080", "[::1]:8080", "unix:/path" or ":8080"; port 0 picks one. The descriptor
 * is non-blocking and close-on-exec. MS_CONFLICT: the port is taken. */
ms_status ms_http_bind(const char *address, int *fd, ms_error *err);
/* "127.0.0.1:43210", where a bound descriptor really listens. */
ms_str ms_http_address(int fd, char *out, size_t size);

/* Serves `fd` (kept open by the caller). Several processes may serve the same descriptor. on_head
 * may be NULL; `limits` NULL takes the defaults. From then on the process ignores SIGPIPE.
 * MS_INVALID: `fd` does not listen. */
ms_status ms_http_serve(ms_loop *loop, int fd, const ms_http_limits *limits,
                        ms_http_head_fn on_head, ms_http_request_fn on_request, void *arg,
                        ms_http_server **out, ms_error *err);

/* Answers. `type` may be NULL (no body header), `extra` is NULL or complete header lines each ended
 * by CRLF ("Retry-After: 30\r\n"). Bytes are copied. Once per exchange. */
void ms_http_reply(ms_http_exchange *exchange, int status, const char *type, const char *extra,
                   ms_str body);

/* Answers with a problem (RFC 9457): {"type","title","status","detail"}. `detail` is one sentence
 * for the sender; NULL takes the usual one of the status. */
void ms_http_problem(ms_http_exchange *exchange, int status, const char *detail);
/* Appends that body alone, for an answer that needs headers of its own. */
void ms_http_problem_body(ms_buf *out, int status, const char *detail);

/* Drain: accept no more, answer what is under way with Connection: close, close idle connections.
 */
void ms_http_drain(ms_http_server *server);
size_t ms_http_open(const ms_http_server *server); /* connections */
/* At once, and frees the server. Exchanges that are with the host must still be answered. NULL is
 * allowed. */
void ms_http_close(ms_http_server *server);

const char *ms_http_reason(int status); /* "Not Found" */

#endif

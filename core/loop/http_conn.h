/*
 * loop/http_conn.h: a server and its connections from inside. Internal to core/loop.
 *
 * http_server.c accepts and counts, http_conn.c moves bytes and keeps deadlines, http_parse.c turns
 * bytes into requests, http_reply.c requests into answers.
 *
 * A connection is in one phase at a time:
 *
 *     IDLE -> HEAD -> (BODY -> (TRAILER ->)) WAIT -> (WRITE ->) IDLE | LINGER -> GONE
 *
 * A refused request goes from where it is to WRITE and LINGER. While a request waits for its answer
 * at most one read's worth of what follows is kept; the rest waits in the kernel and in the peer.
 */
#ifndef MS_LOOP_HTTP_CONN_H
#define MS_LOOP_HTTP_CONN_H

#include "base/buf.h"
#include "loop/http.h"
#include "loop/http_peers.h"
#include "loop/http_scan.h"
#include "loop/owner.h"

#include <llhttp.h>
#include <netinet/in.h>

enum {
    MS_HTTP_READ_BYTES = 64 * 1024, /* one buffer per server: connections that wait hold none */
    MS_HTTP_AHEAD_BYTES = 4 * 1024, /* read while a request waits for its answer */
    /* CRLF, 16 hex digits, CRLF. llhttp takes any number of leading zeros. */
    MS_HTTP_CHUNK_FRAME = 20,
    MS_HTTP_LINGER_MS = 2000,
    MS_HTTP_FRESH_MS = 1000, /* in a drain, for the first request of a new connection */
    MS_HTTP_LINGER_BYTES = 16 * 1024 * 1024,
    MS_HTTP_MIN_WRITE = 64 * 1024, /* a reader must take so much, or all, per write_ms */
};

typedef struct ms_http_conn ms_http_conn;

typedef enum ms_http_phase {
    MS_HTTP_IDLE,    /* between requests */
    MS_HTTP_HEAD,    /* part of a head has come */
    MS_HTTP_BODY,    /* the head is accepted */
    MS_HTTP_TRAILER, /* behind the last chunk */
    MS_HTTP_WAIT,    /* the request is with the host */
    MS_HTTP_WRITE,   /* the answer does not fit the socket yet */
    MS_HTTP_LINGER,  /* answered for good; what still comes is thrown away */
    MS_HTTP_GONE     /* closed; memory stays until the handles and the exchange are done */
} ms_http_phase;

struct ms_http_exchange {
    ms_http_conn *conn;
    ms_request request;  /* borrows from conn->head and conn->body */
    ms_header headers[]; /* request.n_headers */
};

struct ms_http_conn {
    ms_owner owner;
    ms_http_server *server; /* NULL in GONE */
    ms_http_conn *prev, *next;
    ms_peer *peer; /* NULL: addresses are not counted */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_timer_t timer;
    uv_write_t write;
    uint8_t handles; /* not yet closed: stream and timer */
    uint8_t phase;   /* ms_http_phase */
    bool reading, eof;
    bool served;  /* at least one request was answered */
    bool feeding; /* on the stack: an answer must not go on to the next request itself */

    /* Deadline. The timer may be set earlier than it; then it is set again when it fires. */
    uint64_t deadline, armed; /* 0: none */
    size_t written_mark;      /* bytes left to write when the deadline was set */
    size_t lingered;

    /* The request under way. */
    ms_http_scan scan;
    llhttp_t parser;
    ms_http_exchange *exchange; /* from the head's end to the reply */
    bool with_host;             /* it was given away and comes back by ms_http_reply */
    ms_http_fault fault;        /* why a parser callback gave up */
    size_t body_limit;
    size_t framing;                      /* bytes of a chunked body since the last one of data */
    const char *piece;                   /* where, in what is being parsed, that count goes on */
    bool complete, keep, head_only, old; /* old: HTTP/1.0 */
    bool last_chunk;

    ms_buf head, body, trailer; /* section by section */
    ms_buf rest;                /* came behind the current request, from rest_used on */
    size_t rest_used;
    ms_buf out; /* what the socket did not take yet */
    char remote[INET6_ADDRSTRLEN];
};

struct ms_http_server {
    ms_owner owner;
    ms_loop *loop;
    uv_poll_t listener;
    uv_timer_t pause; /* no descriptors left: try again a little later */
    uint8_t handles;
    int fd;
    bool local; /* a unix socket: no addresses */
    bool accepting, draining, closing;
    ms_http_limits limits;
    ms_http_head_fn on_head;
    ms_http_request_fn on_request;
    void *arg;
    ms_peers *peers; /* NULL: addresses are not counted */
    ms_http_conn *conns;
    size_t n_conns;
    uint64_t complained; /* when the log last heard of a failing accept */

    char date[32]; /* the Date header's value, for `date_s` */
    int64_t date_s;
    ms_buf answer, problem; /* reused for each answer */

    /* Filled while one head is parsed. */
    ms_str url;
    ms_header fields[MS_HTTP_MAX_FIELDS];
    size_t n_fields;
    bool in_value;

    char read[MS_HTTP_READ_BYTES];
};

/* ---- http_server.c -------------------------------------------------------------------------- */

/* A connection left: its place is free. */
void ms_http_left(ms_http_server *server, ms_http_conn *conn);

/* ---- http_conn.c ---------------------------------------------------------------------------- */

/* Takes over an accepted descriptor; closes it when it fails. */
void ms_http_conn_open(ms_http_server *server, int fd, const struct sockaddr *address,
                       ms_peer *peer);
void ms_http_conn_close(ms_http_conn *conn);
/* Frees what the close callbacks could not, because the exchange was still with the host. */
void ms_http_conn_release(ms_http_conn *conn);
void ms_http_conn_deadline(ms_http_conn *conn, uint64_t ms); /* 0: none */
/* Writes an answer, which ends the current request. False: the connection is gone. */
void ms_http_conn_answer(ms_http_conn *conn, ms_str head, ms_str body);
/* Writes a few bytes in between (100 Continue). */
bool ms_http_conn_note(ms_http_conn *conn, ms_str bytes);
/* In a drain: closes at once what is idle and has not just been written to. A connection that has
 * not sent anything yet gets a moment: its sender may not be one that tries again. */
void ms_http_conn_drain(ms_http_conn *conn);

/* ---- http_parse.c --------------------------------------------------------------------------- */

/* Takes bytes of the current request and returns how many; less than `n` when it is complete. May
 * change the phase, answer, or close. */
size_t ms_http_parse(ms_http_conn *conn, const char *p, size_t n);

/* ---- http_reply.c --------------------------------------------------------------------------- */

/* Answers the current request with a problem and closes behind it. */
void ms_http_refuse(ms_http_conn *conn, ms_http_fault fault);
/* The same, but the connection may be kept (the request was read to its end). */
void ms_http_decline(ms_http_conn *conn, ms_http_fault fault);
/* What ms_http_problem says when nothing better is known. */
const char *ms_http_detail(int status);

#endif

#include "base/clock.h"
#include "loop/http_conn.h"
#include "loop/http_facts.h"

#include <stdlib.h>

static ms_http_fault bad(const char *detail)
{
    return (ms_http_fault){400, detail};
}

/* ---- what llhttp finds in a head ------------------------------------------------------------ */

/* A parser callback gives up with a status of its own; llhttp's code would not tell it. */
static int give_up(ms_http_conn *conn, ms_http_fault fault)
{
    conn->fault = fault;
    return -1;
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
    ms_http_server *server = ((ms_http_conn *)parser->data)->server;
    if (!server->url.p)
        server->url.p = at;
    server->url.n += n; /* a head is parsed in one piece, so pieces lie side by side */
    return 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t n)
{
    ms_http_conn *conn = parser->data;
    ms_http_server *server = conn->server;
    if (conn->last_chunk)
        return 0; /* trailers are checked and dropped */
    if (!server->in_value && server->n_fields > 0) {
        server->fields[server->n_fields - 1].name.n += n;
        return 0;
    }
    if (server->n_fields == MS_HTTP_MAX_FIELDS)
        return give_up(conn, (ms_http_fault){431, NULL});
    server->fields[server->n_fields++] = (ms_header){{at, n}, {at + n, 0}};
    server->in_value = false;
    return 0;
}

static int on_field_end(llhttp_t *parser)
{
    ms_http_conn *conn = parser->data;
    conn->server->in_value = true; /* also when the value is empty and never reported */
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t n)
{
    ms_http_conn *conn = parser->data;
    if (conn->last_chunk || n == 0)
        return 0;
    ms_str *value = &conn->server->fields[conn->server->n_fields - 1].value;
    if (value->n == 0)
        value->p = at;
    value->n += n;
    return 0;
}

/* ---- a head becomes an exchange ------------------------------------------------------------- */

static ms_http_fault make_exchange(ms_http_conn *conn, const ms_http_facts *facts)
{
    ms_http_server *server = conn->server;
    ms_str path, query, authority;
    ms_http_fault fault =
        ms_http_target((char *)(uintptr_t)server->url.p, server->url.n, &path, &query, &authority);
    if (fault.status == 0)
        fault = ms_http_check_host(facts, authority);
    if (fault.status != 0)
        return fault;
    size_t n = server->n_fields;
    ms_http_exchange *exchange = malloc(sizeof *exchange + n * sizeof(ms_header));
    if (!exchange)
        return (ms_http_fault){503, NULL};
    if (n > 0)
        memcpy(exchange->headers, server->fields, n * sizeof(ms_header));
    exchange->conn = conn;
    exchange->request = (ms_request){
        .method = ms_str_z(llhttp_method_name((llhttp_method_t)conn->parser.method)),
        .path = path,
        .query = query.p ? query : MS_STR(""),
        .token = MS_NONE,
        .remote = ms_str_z(conn->remote),
        .headers = exchange->headers,
        .n_headers = n,
        .body = MS_STR(""),
        .now = ms_wall_us() / 1000000,
    };
    conn->exchange = exchange;
    conn->with_host = false;
    return MS_HTTP_FINE;
}

/* The server's limits and the host's opinion, once the head itself is beyond reproach. */
static ms_http_fault admit(ms_http_conn *conn)
{
    ms_http_server *server = conn->server;
    if (conn->peer && !ms_peer_take(server->peers, conn->peer, ms_loop_now(server->loop)))
        return (ms_http_fault){429, NULL};
    conn->body_limit = server->limits.body_bytes;
    int status = server->on_head
                     ? server->on_head(server->arg, &conn->exchange->request, &conn->body_limit)
                     : 0;
    if (status != 0)
        return (ms_http_fault){status, NULL};
    if (conn->parser.content_length > conn->body_limit)
        return (ms_http_fault){413, NULL};
    return MS_HTTP_FINE;
}

static int on_head(llhttp_t *parser)
{
    ms_http_conn *conn = parser->data;
    ms_http_facts facts;
    parser->upgrade = 0; /* an offer, which may be passed over: RFC 9110 7.8 */
    conn->old = parser->http_minor == 0;
    conn->head_only = parser->method == HTTP_HEAD;
    ms_http_collect(conn->server->fields, conn->server->n_fields, conn->old, &facts);
    ms_http_fault fault =
        ms_http_check_framing(&facts, parser->method == HTTP_POST || parser->method == HTTP_PUT);
    if (parser->method == HTTP_CONNECT)
        fault = (ms_http_fault){501, "CONNECT is for proxies."};
    if (fault.status == 0)
        fault = make_exchange(conn, &facts);
    if (fault.status != 0)
        return give_up(conn, fault);
    fault = admit(conn);
    if (conn->phase == MS_HTTP_GONE)
        return -1;
    bool body = facts.encodings > 0 || parser->content_length > 0;
    if (fault.status != 0 && body)
        return give_up(conn, fault);
    conn->fault = fault; /* declined, but read to its end, so that the connection can be kept */
    if (body && facts.expects > 0 && !conn->old &&
        !ms_http_conn_note(conn, MS_STR("HTTP/1.1 100 Continue\r\n\r\n")))
        return -1;
    return 0;
}

/* ---- what llhttp finds in a body ------------------------------------------------------------ */

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    ms_http_conn *conn = parser->data;
    size_t framing = conn->framing + (size_t)(at - conn->piece);
    conn->framing = 0;
    conn->piece = at + n;
    if (framing > MS_HTTP_CHUNK_FRAME)
        return give_up(conn, bad("A chunk size is malformed."));
    if (n > conn->body_limit - conn->body.n)
        return give_up(conn, (ms_http_fault){413, NULL});
    ms_buf_add(&conn->body, at, n);
    return conn->body.failed ? give_up(conn, (ms_http_fault){503, NULL}) : 0;
}

static int on_chunk(llhttp_t *parser)
{
    ms_http_conn *conn = parser->data;
    if (parser->content_length > 0)
        return 0;
    /* What follows has the shape of a head, and llhttp is as lenient there: check it first. */
    conn->last_chunk = true;
    return HPE_PAUSED;
}

static int on_extension(llhttp_t *parser, const char *at, size_t n)
{
    (void)at;
    (void)n;
    return give_up(parser->data, bad("Chunk extensions are not taken here."));
}

static int on_complete(llhttp_t *parser)
{
    ms_http_conn *conn = parser->data;
    conn->complete = true;
    conn->keep = llhttp_should_keep_alive(parser) != 0;
    return HPE_PAUSED; /* the next request gets a parser of its own */
}

static const llhttp_settings_t *settings(void)
{
    static llhttp_settings_t s;
    if (!s.on_url) {
        llhttp_settings_init(&s);
        s.on_url = on_url;
        s.on_header_field = on_field;
        s.on_header_field_complete = on_field_end;
        s.on_header_value = on_value;
        s.on_headers_complete = on_head;
        s.on_body = on_body;
        s.on_chunk_header = on_chunk;
        s.on_chunk_extension_name = on_extension;
        s.on_message_complete = on_complete;
    }
    return &s;
}

/* ---- section by section --------------------------------------------------------------------- */

static ms_http_fault fault_of(const ms_http_conn *conn, llhttp_errno_t code)
{
    if (conn->fault.status != 0)
        return conn->fault;
    switch (code) {
    case HPE_INVALID_METHOD:
    case HPE_INVALID_CONSTANT: /* a method of RTSP or ICE */
        return (ms_http_fault){501, "This method is not known here."};
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE: return (ms_http_fault){505, NULL};
    case HPE_INVALID_CHUNK_SIZE: return bad("A chunk size is malformed.");
    case HPE_INVALID_CONTENT_LENGTH: return bad("Content-Length is no number of bytes.");
    case HPE_UNEXPECTED_CONTENT_LENGTH: return bad("Content-Length contradicts another header.");
    case HPE_INVALID_TRANSFER_ENCODING: return bad("Transfer-Encoding contradicts another header.");
    default: return bad(NULL);
    }
}

static void dispatch(ms_http_conn *conn)
{
    ms_http_server *server = conn->server;
    if (conn->fault.status != 0) {
        ms_http_decline(conn, conn->fault);
        return;
    }
    ms_http_exchange *exchange = conn->exchange;
    exchange->request.body = ms_buf_view(&conn->body);
    conn->phase = MS_HTTP_WAIT;
    conn->with_host = true;
    ms_http_conn_deadline(conn, 0); /* how long an answer takes is the host's affair */
    server->on_request(server->arg, exchange, &exchange->request);
}

/* Hands bytes to llhttp and acts on what it says. Returns how many it took. */
static size_t run_parser(ms_http_conn *conn, const char *p, size_t n)
{
    llhttp_errno_t code = llhttp_execute(&conn->parser, p, n);
    if (conn->phase == MS_HTTP_GONE)
        return n;
    if (code == HPE_OK)
        return n;
    if (code != HPE_PAUSED) {
        ms_http_refuse(conn, fault_of(conn, code));
        return n;
    }
    return (size_t)(llhttp_get_error_pos(&conn->parser) - p);
}

static void begin_head(ms_http_conn *conn)
{
    ms_http_scan_head(&conn->scan, conn->server->limits.head_bytes);
    conn->complete = conn->keep = conn->head_only = conn->old = conn->last_chunk = false;
    conn->framing = 2; /* no CRLF stands in front of the first chunk */
    conn->fault = MS_HTTP_FINE;
    conn->phase = MS_HTTP_HEAD;
    ms_http_conn_deadline(conn, conn->server->limits.head_ms);
}

static void parse_head(ms_http_conn *conn)
{
    ms_http_server *server = conn->server;
    server->url = MS_NONE;
    server->n_fields = 0;
    server->in_value = false;
    llhttp_init(&conn->parser, HTTP_REQUEST, settings());
    conn->parser.data = conn;
    run_parser(conn, conn->head.p + conn->scan.start, conn->head.n - conn->scan.start);
    if (conn->phase != MS_HTTP_HEAD)
        return;
    if (conn->complete) {
        dispatch(conn);
        return;
    }
    conn->phase = MS_HTTP_BODY;
    ms_http_conn_deadline(conn, server->limits.body_ms);
}

/* Adds bytes to a section until the scan finds its end. Returns how many were taken. */
static size_t scan_section(ms_http_conn *conn, ms_buf *section, const char *p, size_t n)
{
    size_t had = section->n;
    size_t room = conn->scan.limit + 4 - had; /* a blank line in front, and one byte too many */
    size_t take = n < room ? n : room;
    const char *end = had == 0 ? memmem(p, take, "\r\n\r\n", 4) : NULL;
    if (end)
        take = (size_t)(end - p) + 4; /* does not copy what belongs to pipelined requests */
    ms_buf_add(section, p, take);
    if (section->failed) {
        ms_http_refuse(conn, (ms_http_fault){503, NULL});
        return n;
    }
    ms_http_fault fault = ms_http_scan_run(&conn->scan, section->p, section->n);
    if (fault.status != 0) {
        ms_http_refuse(conn, fault);
        return n;
    }
    if (conn->scan.complete)
        section->n = conn->scan.pos;
    return section->n - had;
}

static size_t feed_head(ms_http_conn *conn, const char *p, size_t n)
{
    size_t taken = scan_section(conn, &conn->head, p, n);
    if (conn->phase == MS_HTTP_HEAD && conn->scan.complete)
        parse_head(conn);
    return taken;
}

static size_t feed_body(ms_http_conn *conn, const char *p, size_t n)
{
    conn->piece = p;
    size_t taken = run_parser(conn, p, n);
    if (conn->phase != MS_HTTP_BODY)
        return n;
    conn->framing += (size_t)(p + taken - conn->piece);
    if (conn->framing > MS_HTTP_CHUNK_FRAME) {
        ms_http_refuse(conn, bad("A chunk size is malformed."));
        return n;
    }
    if (conn->complete) {
        dispatch(conn);
    } else if (conn->last_chunk) {
        ms_http_scan_trailer(&conn->scan);
        conn->trailer.n = 0;
        conn->phase = MS_HTTP_TRAILER;
    }
    return taken;
}

static size_t feed_trailer(ms_http_conn *conn, const char *p, size_t n)
{
    size_t taken = scan_section(conn, &conn->trailer, p, n);
    if (conn->phase != MS_HTTP_TRAILER || !conn->scan.complete)
        return taken;
    llhttp_resume(&conn->parser);
    run_parser(conn, conn->trailer.p, conn->trailer.n);
    if (conn->phase != MS_HTTP_TRAILER)
        return n;
    if (conn->complete)
        dispatch(conn);
    else
        ms_http_refuse(conn, bad("The trailer is malformed."));
    return taken;
}

size_t ms_http_parse(ms_http_conn *conn, const char *p, size_t n)
{
    switch ((ms_http_phase)conn->phase) {
    case MS_HTTP_IDLE: begin_head(conn); return feed_head(conn, p, n);
    case MS_HTTP_HEAD: return feed_head(conn, p, n);
    case MS_HTTP_BODY: return feed_body(conn, p, n);
    case MS_HTTP_TRAILER: return feed_trailer(conn, p, n);
    default: return 0;
    }
}

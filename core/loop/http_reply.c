#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "loop/http_conn.h"

#include <stdlib.h>
#include <time.h>

/*  X(status, reason, what to say when nothing better is known) */
#define STATUS_MAP(X)                                                                              \
    X(200, "OK", "")                                                                               \
    X(201, "Created", "")                                                                          \
    X(202, "Accepted", "")                                                                         \
    X(204, "No Content", "")                                                                       \
    X(206, "Partial Content", "")                                                                  \
    X(301, "Moved Permanently", "")                                                                \
    X(302, "Found", "")                                                                            \
    X(303, "See Other", "")                                                                        \
    X(304, "Not Modified", "")                                                                     \
    X(307, "Temporary Redirect", "")                                                               \
    X(308, "Permanent Redirect", "")                                                               \
    X(400, "Bad Request", "The request is malformed.")                                             \
    X(401, "Unauthorized", "The request carries no valid proof of who sent it.")                   \
    X(403, "Forbidden", "The request is not allowed.")                                             \
    X(404, "Not Found", "There is nothing at this path.")                                          \
    X(405, "Method Not Allowed", "This path does not take this method.")                           \
    X(406, "Not Acceptable", "There is no answer in an accepted form.")                            \
    X(408, "Request Timeout", "The request did not arrive in time.")                               \
    X(409, "Conflict", "Something else changed or holds it.")                                      \
    X(410, "Gone", "It existed, but no longer does.")                                              \
    X(411, "Length Required", "Send Content-Length.")                                              \
    X(412, "Precondition Failed", "A condition of the request is not met.")                        \
    X(413, "Content Too Large", "The body is larger than limits.body or the source's max_body.")   \
    X(414, "URI Too Long", "The request line is too long.")                                        \
    X(415, "Unsupported Media Type", "Send the body as Content-Type: application/json.")           \
    X(417, "Expectation Failed", "The only expectation met here is 100-continue.")                 \
    X(421, "Misdirected Request", "This server does not answer for that host.")                    \
    X(422, "Unprocessable Content", "The body is well-formed, but wrong.")                         \
    X(426, "Upgrade Required", "This needs another protocol.")                                     \
    X(428, "Precondition Required", "The request must be conditional.")                            \
    X(429, "Too Many Requests", "This address sends more requests than allowed; try again later.") \
    X(431, "Request Header Fields Too Large", "The headers are too large.")                        \
    X(500, "Internal Server Error", "An unexpected failure; the log says more.")                   \
    X(501, "Not Implemented", "The request uses something this server does not implement.")        \
    X(502, "Bad Gateway", "Something this depends on answered nonsense.")                          \
    X(503, "Service Unavailable", "The server cannot take this now; try again later.")             \
    X(504, "Gateway Timeout", "Something this depends on did not answer in time.")                 \
    X(505, "HTTP Version Not Supported", "This server speaks HTTP/1.1 and HTTP/1.0.")              \
    X(507, "Insufficient Storage", "There is no room to store this.")

const char *ms_http_reason(int status)
{
    switch (status) {
#define X(number, reason, detail)                                                                  \
    case number: return reason;
        STATUS_MAP(X)
#undef X
    default: return "Status";
    }
}

const char *ms_http_detail(int status)
{
    switch (status) {
#define X(number, reason, detail)                                                                  \
    case number: return detail;
        STATUS_MAP(X)
#undef X
    default: return "";
    }
}

/* ---- answers -------------------------------------------------------------------------------- */

/* IMF-fixdate, remade once a second. By hand, because strftime speaks the process's locale. */
static const char *date_now(ms_http_server *server)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t now = ms_wall_us() / 1000000;
    time_t seconds = (time_t)now;
    struct tm tm;
    if (now == server->date_s || !gmtime_r(&seconds, &tm))
        return server->date;
    snprintf(server->date, sizeof server->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, (tm.tm_year + 1900) % 10000,
             tm.tm_hour, tm.tm_min, tm.tm_sec);
    server->date_s = now;
    return server->date;
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void write_head(ms_buf *out, ms_http_conn *conn, int status, const char *type,
                       const char *extra, size_t body)
{
    ms_buf_z(out, "HTTP/1.1 ");
    ms_buf_int(out, status);
    ms_buf_char(out, ' ');
    ms_buf_z(out, ms_http_reason(status));
    ms_buf_z(out, "\r\nDate: ");
    ms_buf_z(out, date_now(conn->server));
    if (has_body(status)) {
        ms_buf_z(out, "\r\nContent-Length: ");
        ms_buf_int(out, (int64_t)body);
    }
    if (type) {
        ms_buf_z(out, "\r\nContent-Type: ");
        ms_buf_z(out, type);
    }
    ms_buf_z(out, "\r\nX-Content-Type-Options: nosniff\r\n");
    if (!conn->keep)
        ms_buf_z(out, "Connection: close\r\n");
    else if (conn->old)
        ms_buf_z(out, "Connection: keep-alive\r\n");
    if (extra)
        ms_buf_z(out, extra);
    ms_buf_z(out, "\r\n");
}

static void answer(ms_http_conn *conn, int status, const char *type, const char *extra, ms_str body)
{
    ms_buf *out = &conn->server->answer;
    if (conn->server->draining)
        conn->keep = false;
    out->n = 0;
    write_head(out, conn, status, type, extra, body.n);
    if (out->failed) {
        ms_buf_free(out);
        ms_http_conn_close(conn);
        return;
    }
    bool silent = conn->head_only || !has_body(status);
    ms_http_conn_answer(conn, ms_buf_view(out), silent ? MS_STR("") : body);
}

void ms_http_reply(ms_http_exchange *exchange, int status, const char *type, const char *extra,
                   ms_str body)
{
    ms_http_conn *conn = exchange->conn;
    conn->exchange = NULL;
    if (conn->phase == MS_HTTP_GONE)
        ms_http_conn_release(conn);
    else
        answer(conn, status, type, extra, body);
    free(exchange);
}

/* ---- problems ------------------------------------------------------------------------------- */

void ms_http_problem_body(ms_buf *out, int status, const char *detail)
{
    ms_buf_z(out, "{\"type\":\"about:blank\",\"title\":");
    ms_json_string(out, ms_str_z(ms_http_reason(status)));
    ms_buf_z(out, ",\"status\":");
    ms_buf_int(out, status);
    ms_buf_z(out, ",\"detail\":");
    ms_json_string(out, ms_str_z(detail ? detail : ms_http_detail(status)));
    ms_buf_char(out, '}');
}

/* In the server's buffer, until the next one. Empty when out of memory: the status says enough. */
static ms_str problem(ms_http_server *server, int status, const char *detail)
{
    ms_buf *body = &server->problem;
    body->n = 0;
    ms_http_problem_body(body, status, detail);
    if (body->failed)
        ms_buf_free(body);
    return ms_buf_view(body);
}

void ms_http_problem(ms_http_exchange *exchange, int status, const char *detail)
{
    ms_http_conn *conn = exchange->conn;
    if (conn->phase == MS_HTTP_GONE) {
        ms_http_reply(exchange, status, NULL, NULL, MS_STR(""));
        return;
    }
    ms_str body = problem(conn->server, status, detail);
    ms_http_reply(exchange, status, MS_HTTP_PROBLEM, NULL, body);
}

/* ---- refusals by the server itself ---------------------------------------------------------- */

static void log_refusal(const ms_http_conn *conn, ms_http_fault fault)
{
    ms_log *l = ms_log_begin(MS_LOG_DEBUG, "http.refused");
    ms_log_int(l, "status", fault.status);
    ms_log_z(l, "detail", fault.detail ? fault.detail : ms_http_detail(fault.status));
    ms_log_z(l, "remote", conn->remote);
    ms_log_end(l);
}

void ms_http_decline(ms_http_conn *conn, ms_http_fault fault)
{
    const char *extra = fault.status == 429 || fault.status == 503 ? "Retry-After: 1\r\n" : NULL;
    log_refusal(conn, fault);
    free(conn->exchange); /* not with the host yet: only a whole request is given away */
    conn->exchange = NULL;
    answer(conn, fault.status, MS_HTTP_PROBLEM, extra,
           problem(conn->server, fault.status, fault.detail));
}

void ms_http_refuse(ms_http_conn *conn, ms_http_fault fault)
{
    conn->keep = false;
    ms_http_decline(conn, fault);
}

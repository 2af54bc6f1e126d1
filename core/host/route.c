/* The receiver's few routes. */
#include "host/receive.h"

static const open_source *find_source(const receiver *r, ms_str name)
{
    for (size_t i = 0; i < r->n_sources; i++)
        if (ms_str_eq(r->sources[i].name, name))
            return &r->sources[i];
    return NULL;
}

/* "/hooks/cw1/secret" -> source cw1, token "secret" (p == NULL: none). */
static const open_source *hook_of(const receiver *r, ms_str path, ms_str *token)
{
    static const char prefix[] = "/hooks/";
    size_t n = sizeof prefix - 1;
    *token = MS_NONE;
    if (path.n <= n || memcmp(path.p, prefix, n) != 0)
        return NULL;
    ms_str name = {path.p + n, path.n - n};
    const char *slash = memchr(name.p, '/', name.n);
    if (slash) {
        *token = (ms_str){slash + 1, (size_t)(name.p + name.n - slash - 1)};
        name.n = (size_t)(slash - name.p);
    }
    return find_source(r, name);
}

static bool is_health(ms_str path)
{
    return ms_str_eqz(path, "/healthz") || ms_str_eqz(path, "/readyz");
}

static ms_str header(const ms_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (ms_str_eqz(request->headers[i].name, name))
            return request->headers[i].value;
    return MS_NONE;
}

static bool is_json(ms_str type)
{
    static const char json[] = "application/json";
    size_t n = sizeof json - 1;
    return type.n >= n && strncasecmp(type.p, json, n) == 0 &&
           (type.n == n || type.p[n] == ';' || type.p[n] == ' ');
}

int ms_route_head(void *arg, const ms_request *request, size_t *body_limit)
{
    const receiver *r = arg;
    ms_str token;
    if (is_health(request->path)) {
        *body_limit = 0;
        return ms_str_eqz(request->method, "GET") || ms_str_eqz(request->method, "HEAD") ? 0 : 405;
    }
    const open_source *source = hook_of(r, request->path, &token);
    if (!source)
        return 404;
    if (!ms_str_eqz(request->method, "POST"))
        return 405;
    if (!is_json(header(request, "content-type")))
        return 415;
    if (source->max_body)
        *body_limit = source->max_body;
    return 0;
}

void ms_route_request(void *arg, ms_http_exchange *exchange, const ms_request *request)
{
    receiver *r = arg;
    ms_request with_token = *request;
    if (ms_str_eqz(request->path, "/healthz")) {
        ms_http_reply(exchange, 200, "text/plain", NULL, MS_STR("ok\n"));
        return;
    }
    if (ms_str_eqz(request->path, "/readyz")) {
        ms_ready(r, exchange);
        return;
    }
    const open_source *source = hook_of(r, request->path, &with_token.token);
    if (source)
        ms_receive_hook(r, source, exchange, &with_token);
    else
        ms_http_problem(exchange, 404, "there is no such source");
}

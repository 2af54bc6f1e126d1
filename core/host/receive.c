/* The receive role: verifies, stores, answers. It holds the signing secrets and runs no script. */
#include "host/receive.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    DRAIN_POLL_MS = 50,
    DRAIN_LATE_MS = 10000, /* then senders that are still at it are cut off */
    MAPPED_BYTES = 128 * 1024,
    REFUSED_A_MINUTE = 300 /* log lines; strangers must not fill the disk */
};

/* ---- answers -------------------------------------------------------------------------------- */

/* A request between its arrival and the commit that makes it durable. */
typedef struct waiting {
    receiver *r;
    ms_http_exchange *exchange;
    int64_t started;
    ms_str source; /* of the configuration: outlives the request */
} waiting;

static const char *taken_name(ms_taken taken)
{
    switch (taken) {
    case MS_TAKEN_DUPLICATE: return "duplicate";
    case MS_TAKEN_IGNORED: return "ignored";
    case MS_TAKEN_STORED: break;
    }
    return "stored";
}

static void log_stored(const waiting *w, const char *id, ms_taken taken)
{
    ms_log *l = ms_log_begin(MS_LOG_DEBUG, taken == MS_TAKEN_DUPLICATE ? "delivery.duplicate"
                                           : taken == MS_TAKEN_IGNORED ? "delivery.ignored"
                                                                       : "delivery.stored");
    ms_log_z(l, "delivery", id);
    ms_log_str(l, "source", w->source);
    ms_log_int(l, "dur_us", ms_mono_us() - w->started);
    ms_log_end(l);
}

static void stored(void *arg, ms_status status, int64_t event_id, ms_taken taken)
{
    waiting *w = arg;
    char id[MS_ID_TEXT], body[96];
    if (status == MS_OK) {
        ms_id_text("dlv", event_id, id);
        int n = snprintf(body, sizeof body, "{\"delivery\":\"%s\",\"result\":\"%s\"}\n", id,
                         taken_name(taken));
        ms_http_reply(w->exchange, 200, "application/json", NULL, (ms_str){body, (size_t)n});
        log_stored(w, id, taken);
    } else if (status == MS_INVALID) {
        ms_http_problem(w->exchange, 422, "the database refuses what the delivery holds");
    } else {
        ms_str problem = MS_STR("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\","
                                "\"status\":503,\"detail\":\"the delivery could not be stored;"
                                " send it again\"}");
        ms_http_reply(w->exchange, 503, MS_HTTP_PROBLEM, "Retry-After: 30\r\n", problem);
    }
    free(w);
}

static void refused(receiver *r, const open_source *source, const ms_request *request, int status,
                    const char *reason)
{
    int64_t left_out = ms_hush_ask(&r->refused, REFUSED_A_MINUTE);
    if (left_out < 0)
        return;
    ms_log *l = ms_log_begin(MS_LOG_WARN, "delivery.refused");
    if (left_out)
        ms_log_int(l, "left_out", left_out);
    ms_log_str(l, "source", source->name);
    ms_log_str(l, "remote", request->remote);
    ms_log_int(l, "status", status);
    ms_log_z(l, "reason", reason);
    ms_log_end(l);
}

/* ---- one delivery --------------------------------------------------------------------------- */

static bool account_known(const receiver *r, int64_t account)
{
    const ms_config_account *accounts = NULL;
    size_t n = ms_config_accounts(r->role.process->config, &accounts);
    for (size_t i = 0; i < n; i++)
        if (accounts[i].id == account)
            return true;
    return false;
}

static void take(receiver *r, const open_source *source, ms_http_exchange *exchange,
                 const ms_request *request, const ms_receipt *receipt)
{
    waiting *w = malloc(sizeof *w);
    if (!w) {
        ms_http_problem(exchange, 503, "out of memory");
        return;
    }
    *w = (waiting){r, exchange, ms_mono_us(), source->name};
    const ms_accepted delivery = {
        .account_id = receipt->account_id ? receipt->account_id : source->account,
        .source = source->name,
        .type = receipt->event,
        .key = receipt->key,
        .order_key = receipt->order_key,
        .source_time = receipt->source_time,
        .received_at = ms_wall_us(),
        .ignore = receipt->ignore,
        .spool = !source->kind->retries,
        .body = request->body,
    };
    ms_intake_add(r->intake, &delivery, stored, w);
}

void ms_receive_hook(receiver *r, const open_source *source, ms_http_exchange *exchange,
                     const ms_request *request)
{
    ms_error err = {0};
    ms_receipt receipt = {0};
    ms_arena_reset(r->scratch);
    ms_status status = source->kind->verify(source->source, request, &err);
    if (status != MS_OK) {
        refused(r, source, request, 401, err.text);
        ms_http_problem(exchange, 401, "the signature or token does not match");
        return;
    }
    status = source->kind->receive(source->source, r->scratch, request, &receipt, &err);
    if (status != MS_OK) {
        refused(r, source, request, ms_status_http(status), err.text);
        ms_http_problem(exchange, ms_status_http(status), err.text);
        return;
    }
    int64_t account = receipt.account_id ? receipt.account_id : source->account;
    if (!account_known(r, account)) {
        char detail[128];
        snprintf(detail, sizeof detail, "account %lld is not configured here", (long long)account);
        refused(r, source, request, 403, detail);
        ms_http_problem(exchange, 403, detail);
        return;
    }
    take(r, source, exchange, request, &receipt);
}

/* ---- start and end -------------------------------------------------------------------------- */

static void wake_judges(void *arg)
{
    const receiver *r = arg;
    for (int i = 0; i < r->role.process->n_wake_out; i++)
        if (write(r->role.process->wake_out[i], "!", 1) < 0 && errno != EAGAIN)
            ms_log_msg(MS_LOG_DEBUG, "wake.failed", "judge %d", i);
}

static ms_status open_sources(receiver *r, ms_error *err)
{
    const ms_config_source *sources = NULL;
    size_t n = ms_config_sources(r->role.process->config, &sources);
    r->sources = ms_alloc_zero(r->arena, n + 1, sizeof *r->sources);
    if (!r->sources)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        open_source *s = &r->sources[i];
        ms_plugin *self = NULL;
        const char *name = ms_arena_dup(r->arena, sources[i].name).p;
        s->name = sources[i].name;
        s->account = sources[i].account;
        s->max_body = (size_t)sources[i].max_body;
        s->kind = ms_role_source_kind(r->role.plugins, sources[i].kind, &self);
        if (!s->kind || !name)
            return ms_fail(err, MS_INVALID,
                           "source " MS_FMT ": no plugin knows kind \"" MS_FMT "\"",
                           MS_ARG(sources[i].name), MS_ARG(sources[i].kind));
        ms_status status = s->kind->open(self, name, sources[i].settings, &s->source, err);
        if (status != MS_OK)
            return status;
        r->n_sources++;
    }
    return MS_OK;
}

static ms_status open_spool(receiver *r, ms_error *err)
{
    const ms_config *config = r->role.process->config;
    ms_str path = ms_arena_format(r->arena, "%s/receive-%d.spool", r->role.process->spool_dir,
                                  r->role.process->index);
    if (!path.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    return ms_spool_open(r->role.loop, path.p, ms_config_int(config, "spool.max"), &r->spool, err);
}

static ms_http_limits limits_of(const ms_config *config)
{
    return (ms_http_limits){
        .head_bytes = (size_t)ms_config_int(config, "limits.head"),
        .body_bytes = (size_t)ms_config_int(config, "limits.body"),
        .idle_ms = (unsigned)ms_config_int(config, "limits.idle"),
        .connections = (unsigned)ms_config_int(config, "limits.connections"),
        .connections_per_ip = (unsigned)ms_config_int(config, "limits.connections_per_ip"),
        .requests_per_s = (unsigned)ms_config_int(config, "limits.requests_per_s"),
        .burst = (unsigned)ms_config_int(config, "limits.burst"),
    };
}

static ms_status start(receiver *r, ms_error *err)
{
    const ms_http_limits limits = limits_of(r->role.process->config);
    ms_status status = open_sources(r, err);
    if (status == MS_OK)
        status = open_spool(r, err);
    if (status != MS_OK)
        return status;
    const ms_intake_setup intake = {.loop = r->role.loop,
                                    .api = r->role.db.api,
                                    .db = r->role.db.db,
                                    .spool = r->spool,
                                    .stored = wake_judges,
                                    .arg = r};
    r->intake = ms_intake_new(&intake, err);
    if (!r->intake)
        return MS_NOMEM;
    return ms_http_serve(r->role.loop, r->role.process->listen_fd, &limits, ms_route_head,
                         ms_route_request, r, &r->http, err);
}

static void when_empty(void *arg)
{
    receiver *r = arg;
    bool late = ms_loop_now(r->role.loop) - r->drain_since > DRAIN_LATE_MS;
    if (ms_intake_waiting(r->intake) == 0 && (late || ms_http_open(r->http) == 0))
        ms_loop_stop(r->role.loop);
}

static void drain(void *arg)
{
    receiver *r = arg;
    ms_error err;
    if (!r->http) {
        ms_loop_stop(r->role.loop);
        return;
    }
    r->drain_since = ms_loop_now(r->role.loop);
    ms_http_drain(r->http);
    if (ms_loop_timer(r->role.loop, 0, DRAIN_POLL_MS, when_empty, r, &r->drain_poll, &err) != MS_OK)
        ms_loop_stop(r->role.loop);
}

static void finish(receiver *r)
{
    ms_loop_untimer(r->drain_poll);
    if (r->http)
        ms_http_close(r->http);
    ms_intake_free(r->intake);
    ms_spool_close(r->spool);
    for (size_t i = 0; i < r->n_sources; i++)
        r->sources[i].kind->close(r->sources[i].source);
    if (r->role.loop)
        ms_role_close(&r->role);
    ms_arena_free(r->scratch);
    ms_arena_free(r->arena);
}

int ms_receive_main(const ms_process *process)
{
    receiver r = {0};
    ms_error err = {.text = "out of memory"};
    /* Bodies go back to the system: without a fixed threshold a crowd of large ones stays. */
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    r.arena = ms_arena_new(0);
    r.scratch = ms_arena_new(64 * 1024);
    ms_status status = r.arena && r.scratch ? MS_OK : MS_NOMEM;
    if (status == MS_OK)
        status = ms_role_open(&r.role, process, drain, &r, &err);
    if (status == MS_OK)
        status = start(&r, &err);
    if (status == MS_OK)
        ms_loop_run(r.role.loop);
    else
        ms_log_error(MS_LOG_ERROR, "receive.failed", &err);
    finish(&r);
    return status == MS_OK ? 0 : 1;
}

/*
 * host/receive.h: the receive role's own parts: routes, hooks, health.
 */
#ifndef MS_HOST_RECEIVE_H
#define MS_HOST_RECEIVE_H

#include "base/log.h"
#include "flow/intake.h"
#include "host/role.h"
#include "loop/http.h"

/* A configured source with its secrets, open. */
typedef struct open_source {
    ms_str name;
    const ms_source_kind *kind;
    ms_source *source;
    int64_t account;
    size_t max_body;
} open_source;

typedef struct receiver {
    ms_role role;
    ms_arena *arena;   /* for the process's life */
    ms_arena *scratch; /* for one request */
    open_source *sources;
    size_t n_sources;
    ms_spool *spool;
    ms_intake *intake;
    ms_http_server *http;
    ms_timer *drain_poll;
    uint64_t drain_since;
    ms_hush refused;
    struct ready_waiter *asking; /* for the answer to /readyz that is under way */
    ms_hush not_ready;
} receiver;

/* POST /hooks/NAME[/TOKEN], GET /healthz, GET /readyz; everything else 404 or 405. */
int ms_route_head(void *receiver, const ms_request *request, size_t *body_limit);
void ms_route_request(void *receiver, ms_http_exchange *exchange, const ms_request *request);

/* One verified, stored, answered delivery. */
void ms_receive_hook(receiver *r, const open_source *source, ms_http_exchange *exchange,
                     const ms_request *request);

/* Is the store writable, are migrations and versions current, does somebody judge? */
void ms_ready(receiver *r, ms_http_exchange *exchange);

#endif

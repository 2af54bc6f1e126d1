/* The judge role: no listening socket, no secret but its database role. */
#include "host/role.h"

#include "base/log.h"
#include "flow/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { PURGE_MS = 10000, PURGE_ROWS = 1000 };

typedef struct judge {
    ms_role role;
    ms_arena *arena;
    ms_routes routes;
    ms_worker *worker;
    ms_watch *wake;
    ms_timer *purge;
    bool purging;
    ms_hush purge_failed;
    char owner[128];
} judge;

/* ---- forgetting old keys --------------------------------------------------------------------- */

/* In portions, so that no lock is held for long; rows another judge deletes are left to it. */
static const char purge_sql[] =
    "DELETE FROM moonsift.delivery_key k USING (SELECT account_id, source, key"
    " FROM moonsift.delivery_key WHERE created_at < now() - $1::bigint * interval '1 ms'"
    " ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED) old"
    " WHERE k.account_id = old.account_id AND k.source = old.source AND k.key = old.key"
    " RETURNING 1";

static void purge_some(judge *j);

/* As many portions as there are: keys go as fast as they come. */
static void purged(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                   size_t n, ms_session *session)
{
    judge *j = arg;
    (void)session;
    j->purging = false;
    if (status == MS_OK && n == 1 && results[0].n_rows >= PURGE_ROWS && !j->role.draining)
        purge_some(j);
    else if (status != MS_OK && status != MS_CANCELLED)
        ms_log_hushed(&j->purge_failed, MS_LOG_WARN, "purge.failed", err);
}

static void purge_some(judge *j)
{
    const ms_value keep = ms_int(ms_config_int(j->role.process->config, "queue.keep"));
    const ms_statement statement = {ms_str_z(purge_sql), &keep, 1};
    j->purging = true;
    j->role.db.api->exec(j->role.db.db, NULL, &statement, 1, 0, purged, j);
}

static void purge(void *arg)
{
    judge *j = arg;
    if (!j->purging)
        purge_some(j);
}

/* ---- start and end --------------------------------------------------------------------------- */

static void stop(void *arg)
{
    ms_loop_stop(((judge *)arg)->role.loop);
}

static void drain(void *arg)
{
    judge *j = arg;
    if (j->worker)
        ms_worker_drain(j->worker, stop, j);
    else
        stop(j);
}

static void woken(void *arg, int events, int error)
{
    judge *j = arg;
    char bytes[256];
    (void)events, (void)error;
    while (read(j->role.process->wake_in, bytes, sizeof bytes) == sizeof bytes)
        ;
    ms_worker_wake(j->worker);
}

static ms_status start(judge *j, ms_error *err)
{
    const ms_config *config = j->role.process->config;
    char host[64] = "host";
    ms_status status = ms_role_crm(&j->role, err);
    if (status != MS_OK)
        return status;
    gethostname(host, sizeof host - 1);
    /* Containers share names and process numbers; two judges of one name would share leases. */
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return ms_fail(err, MS_INTERNAL, "no random number for the judge's name");
    snprintf(j->owner, sizeof j->owner, "%s/%d/%d/%016llx", host, (int)getpid(),
             j->role.process->index, (unsigned long long)random);
    const ms_worker_setup setup = {
        .loop = j->role.loop,
        .api = j->role.db.api,
        .db = j->role.db.db,
        .crm = j->role.crm,
        .crm_self = j->role.crm_self,
        .routes = &j->routes,
        .limits = {.cpu_ms = (unsigned)ms_config_int(config, "rules.cpu_ms"),
                   .memory_bytes = (size_t)ms_config_int(config, "rules.memory")},
        .park = {.after = (unsigned)ms_config_int(config, "rules.park_after"),
                 .window_ms = ms_config_int(config, "rules.park_window")},
        .owner = j->owner,
        .batch = (unsigned)ms_config_int(config, "queue.batch"),
        .normalise = true,
    };
    j->worker = ms_worker_new(&setup, err);
    if (!j->worker)
        return MS_NOMEM;
    status = ms_loop_timer(j->role.loop, PURGE_MS, PURGE_MS, purge, j, &j->purge, err);
    if (status != MS_OK)
        return status;
    return ms_loop_watch(j->role.loop, j->role.process->wake_in, MS_READABLE, woken, j, &j->wake,
                         err);
}

int ms_judge_main(const ms_process *process)
{
    judge j = {0};
    ms_error err = {0};
    j.arena = ms_arena_new(0);
    ms_status status = j.arena ? ms_role_open(&j.role, process, drain, &j, &err) : MS_NOMEM;
    if (status == MS_OK)
        status = ms_role_routes(j.arena, process->config, j.role.plugins, &j.routes, &err);
    if (status == MS_OK)
        status = start(&j, &err);
    if (status == MS_OK)
        ms_loop_run(j.role.loop);
    else
        ms_log_error(MS_LOG_ERROR, "judge.failed", &err);
    ms_loop_unwatch(j.wake);
    ms_loop_untimer(j.purge);
    ms_worker_free(j.worker);
    if (j.role.loop)
        ms_role_close(&j.role);
    ms_arena_free(j.arena);
    return status == MS_OK ? 0 : 1;
}

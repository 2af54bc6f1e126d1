/*
 * SIGHUP: configuration and verticals are loaded and checked first, by a setup process of its own;
 * whatever is wrong, what runs goes on as it was. The master watches on meanwhile.
 */
#include "base/log.h"
#include "host/master.h"

#include <signal.h>

/* What a master holds on to: it is bound, forked or opened at the start, or needs root. */
static const char *const fixed_texts[] = {
    "listen", "user", "embedded.dir", "embedded.bin", "spool.dir", "rules.dir", NULL};
static const char *const fixed_numbers[] = {"processes.receive", "processes.judge", NULL};

static void free_plan(ms_plan *plan)
{
    ms_config_free(plan->config);
    ms_arena_free(plan->arena);
    explicit_bzero(plan->dsn, sizeof plan->dsn);
    *plan = (ms_plan){0};
}

static void say_restart(const char *key)
{
    ms_log_msg(MS_LOG_WARN, "reload.restart_needed",
               "%s has changed; it counts from the next start", key);
}

/* An unset text is none, whichever way. */
static bool same(ms_str a, ms_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

static void compare(const ms_config *before, const ms_config *after)
{
    for (const char *const *key = fixed_texts; *key; key++)
        if (!same(ms_config_str(before, *key), ms_config_str(after, *key)))
            say_restart(*key);
    for (const char *const *key = fixed_numbers; *key; key++)
        if (ms_config_int(before, *key) != ms_config_int(after, *key))
            say_restart(*key);
}

/* A new DSN counts at once; to and from the embedded database only with a new start. */
static ms_status plan_database(const ms_master *m, ms_plan *next, ms_error *err)
{
    ms_str dsn = ms_config_dsn(next->config, "crm");
    if ((m->embedded != NULL) == (dsn.p != NULL))
        say_restart("crm.dsn");
    if (m->embedded || !dsn.p)
        dsn = ms_str_z(m->now.dsn);
    if (dsn.n >= sizeof next->dsn)
        return ms_fail(err, MS_INVALID, "the crm DSN is longer than %zu bytes", sizeof next->dsn);
    memcpy(next->dsn, dsn.p, dsn.n);
    return MS_OK;
}

void ms_reload_begin(ms_master *m)
{
    ms_plan next = {.arena = ms_arena_new(0)}, now = m->now;
    ms_error err = {.status = MS_NOMEM, .text = "out of memory"};
    if (m->setup_pid) { /* one at a time; what came meanwhile is one more */
        m->reload_again = true;
        ms_arena_free(next.arena);
        return;
    }
    if (!next.arena || m->serve->load(m->serve->arg, &next.config, &err) != MS_OK ||
        ms_drafts_read(next.arena, next.config, m->serve->scripts, &next.drafts, &next.n_drafts,
                       &err) != MS_OK ||
        plan_database(m, &next, &err) != MS_OK) {
        ms_log_error(MS_LOG_ERROR, "reload.refused", &err);
        free_plan(&next);
        return;
    }
    compare(now.config, next.config);
    m->now = next; /* what the child starts with; it forgets the other */
    m->next = now;
    m->setup_pid = ms_master_fork(m, NULL);
    m->now = now;
    m->next = next;
    explicit_bzero(now.dsn, sizeof now.dsn);
    explicit_bzero(next.dsn, sizeof next.dsn);
    if (m->setup_pid > 0)
        return;
    m->setup_pid = 0;
    ms_log_msg(MS_LOG_ERROR, "reload.refused", "cannot fork");
    free_plan(&m->next);
}

void ms_reload_end(ms_master *m, bool accepted)
{
    ms_plan before = m->now;
    if (accepted) {
        m->now = m->next;
        m->next = (ms_plan){0};
        free_plan(&before);
        ms_log_end(ms_log_begin(MS_LOG_INFO, "reload.ok"));
    } else { /* it has said why */
        free_plan(&m->next);
    }
}

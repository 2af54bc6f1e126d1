#include "flow/conduct.h"

enum {
    SLOW_US = 5000, /* of CPU time for one contact; a declared vertical takes some microseconds */
    SLOW_FOR_MS = 10000,
};

static unsigned limits_lately(const ms_conduct_count *n, int64_t window_ms, int64_t now_ms)
{
    unsigned have = n->n_limits < MS_PARK_MOST ? n->n_limits : MS_PARK_MOST, lately = 0;
    for (unsigned i = 0; i < have; i++)
        lately += now_ms - n->limits[i] <= window_ms;
    return lately;
}

unsigned ms_conduct_failures(const ms_conduct *c, const ms_park_rule *rule, int64_t now_ms)
{
    unsigned lately = limits_lately(&c->now, rule->window_ms, now_ms);
    return c->now.in_row > lately ? c->now.in_row : lately;
}

bool ms_conduct_judged(ms_conduct *c, const ms_park_rule *rule, ms_status status, int64_t cpu_us,
                       int64_t now_ms)
{
    ms_conduct_count *n = &c->now;
    if (cpu_us >= SLOW_US) {
        n->slow = true;
        n->slow_ms = now_ms;
    }
    if (status == MS_LIMIT_CPU || status == MS_LIMIT_MEM)
        n->limits[n->n_limits++ % MS_PARK_MOST] = now_ms;
    n->in_row = status == MS_OK ? 0 : n->in_row + 1;
    return status != MS_OK && rule->after && ms_conduct_failures(c, rule, now_ms) >= rule->after;
}

bool ms_conduct_slow(const ms_conduct *c, int64_t now_ms)
{
    return c->now.slow && now_ms - c->now.slow_ms <= SLOW_FOR_MS;
}

void ms_conduct_keep(ms_conduct *c)
{
    c->kept = c->now;
}

/* How long something took is true whatever became of its batch. */
void ms_conduct_undo(ms_conduct *c)
{
    ms_conduct_count was = c->now;
    c->now = c->kept;
    c->now.slow = c->kept.slow = was.slow;
    c->now.slow_ms = c->kept.slow_ms = was.slow_ms;
}

#include "flow/conduct.h"

enum {
    SLOW_US = 5000, /* of CPU time for one contact; a declared vertical takes some microseconds */
    SLOW_FOR_MS = 10000,
    SUSPECT_FOR_MS = 60000,
    AMENDS = 10,
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
    if (status == MS_LIMIT_CPU || status == MS_LIMIT_MEM) {
        n->limits[n->n_limits++ % MS_PARK_MOST] = n->suspect_ms = now_ms;
        n->suspect = true;
        n->amends = AMENDS;
    } else if (cpu_us < SLOW_US && n->amends) {
        n->amends--;
    }
    n->in_row = status == MS_OK ? 0 : n->in_row + 1;
    return status != MS_OK && rule->after && ms_conduct_failures(c, rule, now_ms) >= rule->after;
}

ms_pace ms_conduct_pace(const ms_conduct *c, int64_t now_ms)
{
    if (c->now.amends && now_ms - c->now.suspect_ms <= SUSPECT_FOR_MS)
        return MS_PACE_SUSPECT;
    if (c->now.slow && now_ms - c->now.slow_ms <= SLOW_FOR_MS)
        return MS_PACE_SLOW;
    return MS_PACE_QUICK;
}

bool ms_conduct_knows(const ms_conduct *c, ms_pace pace)
{
    return pace == MS_PACE_SUSPECT ? c->kept.suspect : pace == MS_PACE_SLOW && c->kept.slow;
}

void ms_conduct_keep(ms_conduct *c)
{
    c->kept = c->now;
}

/* How long something took, and that it was ended, is true whatever became of its batch. */
void ms_conduct_undo(ms_conduct *c)
{
    ms_conduct_count was = c->now;
    c->now = c->kept;
    c->now.slow = c->kept.slow = was.slow;
    c->now.slow_ms = c->kept.slow_ms = was.slow_ms;
    c->now.suspect = c->kept.suspect = was.suspect;
    c->now.suspect_ms = c->kept.suspect_ms = was.suspect_ms;
    c->now.amends = c->kept.amends = was.amends;
}

/*
 * flow/conduct.h: how a vertical has behaved lately, in one judge.
 *
 * Two questions: has it failed so often that it is to be parked, and does it take so long that its
 * contacts are judged in batches of their own? What a batch adds counts once the batch is
 * committed. [the judge's thread]
 */
#ifndef MS_FLOW_CONDUCT_H
#define MS_FLOW_CONDUCT_H

#include <moonsift/status.h>

#include <stdbool.h>
#include <stdint.h>

enum { MS_PARK_MOST = 64 };

typedef struct ms_park_rule {
    unsigned after;    /* failures, at most MS_PARK_MOST; 0: never */
    int64_t window_ms; /* for those that cost time or memory */
} ms_park_rule;

typedef struct ms_conduct_count {
    unsigned in_row;              /* failures since the last contact that could be judged */
    unsigned n_limits;            /* times and memories that were used up, all in all */
    int64_t limits[MS_PARK_MOST]; /* when the last ones were, milliseconds; a ring */
    int64_t slow_ms;              /* when a contact last took long */
    bool slow;                    /* slow_ms counts */
} ms_conduct_count;

typedef struct ms_conduct {
    ms_conduct_count now, kept;
} ms_conduct;

/* A contact was judged, or failed with MS_SCRIPT, MS_LIMIT_CPU or MS_LIMIT_MEM; it took `cpu_us`.
 * True: the vertical is to be parked. */
bool ms_conduct_judged(ms_conduct *c, const ms_park_rule *rule, ms_status status, int64_t cpu_us,
                       int64_t now_ms);
/* It took long within the last ten seconds. */
bool ms_conduct_slow(const ms_conduct *c, int64_t now_ms);
/* How many failures a vertical that is to be parked has. */
unsigned ms_conduct_failures(const ms_conduct *c, const ms_park_rule *rule, int64_t now_ms);

void ms_conduct_keep(ms_conduct *c); /* the batch is committed */
void ms_conduct_undo(ms_conduct *c); /* it is not */

#endif

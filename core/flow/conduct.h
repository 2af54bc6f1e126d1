/*
 * flow/conduct.h: how a vertical has behaved lately, in one judge.
 *
 * Two questions: has it failed so often that it is to be parked, and at which pace are its contacts
 * judged, so that those of others do not wait for them? What a batch adds counts once the batch is
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

/* The lesser one first. */
typedef enum ms_pace {
    MS_PACE_QUICK,
    MS_PACE_SLOW,    /* a contact took long lately */
    MS_PACE_SUSPECT, /* it used up its time or memory, and has not made up for it */
    MS_PACES
} ms_pace;

typedef struct ms_conduct_count {
    unsigned in_row;              /* failures since the last contact that could be judged */
    unsigned n_limits;            /* times and memories that were used up, all in all */
    int64_t limits[MS_PARK_MOST]; /* when the last ones were, milliseconds; a ring */
    int64_t slow_ms;              /* when a contact last took long */
    bool slow;                    /* slow_ms counts */
    int64_t suspect_ms;           /* when it last used up time or memory */
    unsigned amends;              /* quick contacts that it owes since; 0: not suspect */
    bool suspect;                 /* suspect_ms counts */
} ms_conduct_count;

typedef struct ms_conduct {
    ms_conduct_count now, kept;
} ms_conduct;

/* A contact was judged, or failed with MS_SCRIPT, MS_LIMIT_CPU or MS_LIMIT_MEM; it took `cpu_us`.
 * True: the vertical is to be parked. */
bool ms_conduct_judged(ms_conduct *c, const ms_park_rule *rule, ms_status status, int64_t cpu_us,
                       int64_t now_ms);
/* Slow: it took long within the last ten seconds. Suspect: it used up time or memory within the
 * last minute, and not ten of its contacts were quick since. */
ms_pace ms_conduct_pace(const ms_conduct *c, int64_t now_ms);
/* It was at this pace once. */
bool ms_conduct_knows(const ms_conduct *c, ms_pace pace);
/* How many failures a vertical that is to be parked has. */
unsigned ms_conduct_failures(const ms_conduct *c, const ms_park_rule *rule, int64_t now_ms);

void ms_conduct_keep(ms_conduct *c); /* the batch is committed */
void ms_conduct_undo(ms_conduct *c); /* it is not */

#endif

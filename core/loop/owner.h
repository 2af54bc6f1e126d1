/*
 * loop/owner.h: how the loop finds the owner of a libuv handle. Internal to core/loop.
 *
 * `data` of every handle on our loop points to a struct that begins with an ms_owner. That is all
 * ms_loop_free needs in order to release what nobody released.
 */
#ifndef MS_LOOP_OWNER_H
#define MS_LOOP_OWNER_H

#include "loop/loop.h"
#include <uv.h>

typedef struct ms_owner {
    const char *kind;                     /* for the log line: "timer" */
    void (*release)(struct ms_owner *me); /* closes all its handles; memory goes when they are */
} ms_owner;

struct ms_loop {
    uv_loop_t uv;
};

/* Fills `err` from a libuv code; the status fits the code. */
ms_status ms_uv_fail(ms_error *err, int code, const char *what);

#endif

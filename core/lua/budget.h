/*
 * lua/budget.h: the time limit of a script, free while the script behaves.
 *
 * Each script has a timer of its own that ticks every 5 ms on the script's thread while calls are
 * made. A tick compares a counter: the second tick within one call (or round of calls) takes the
 * CPU clock, and once the call has used its time a tick sets the hook that ends it. There is no
 * standing hook (it would cost 40-65 % in the interpreter), no system call per script call while
 * the timer runs, and an idle timer stops itself at its next tick.
 *
 * A call is ended after its limit and at most two ticks more of CPU time; time in which the thread
 * was not running does not count. C functions cannot be interrupted: the rules environment has
 * none that run long.
 */
#ifndef MS_LUA_BUDGET_H
#define MS_LUA_BUDGET_H

#include <moonsift/status.h>

#include <stdbool.h>

struct lua_State;
typedef struct ms_budget ms_budget;

/* For scripts on `L` that run on the calling thread. Not inherited by fork: make it afterwards. */
ms_budget *ms_budget_new(struct lua_State *L, ms_error *err);
void ms_budget_free(ms_budget *budget); /* any thread, when no call is running; NULL is allowed */

/* A round begins: from now on the calls of a round share one time limit, instead of having one
 * each. [the script's thread] */
void ms_budget_round(ms_budget *budget);

/* Around one protected call; `ms` of CPU time. [the script's thread] */
void ms_budget_begin(ms_budget *budget, unsigned ms);
/* True: the call was ended because its time was used up. */
bool ms_budget_end(ms_budget *budget);

#endif

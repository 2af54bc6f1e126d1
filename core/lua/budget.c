#include "lua/budget.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { TICK_NS = 5000000 };
/* glibc keeps the first real-time signals for itself; nothing else here uses one. */
#define TICK_SIGNAL (SIGRTMIN + 3)

struct ms_budget {
    lua_State *L;
    timer_t timer;
    int64_t limit_ns;
    int64_t from_ns;                      /* CPU clock at the first tick of the running round */
    volatile unsigned rounds, seen;       /* begun; begun at the last tick */
    bool shared;                          /* a round is more than a call */
    volatile sig_atomic_t running, armed; /* armed: the timer ticks */
    volatile sig_atomic_t tripped;
    ms_budget *next; /* free list */
};

/* A tick may be pending when its timer is deleted, so what it points to is never freed, only used
 * again: a stray tick finds a budget that is not armed, or counts one tick too many. */
static ms_budget *free_list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void set_timer(ms_budget *b, long ns)
{
    struct itimerspec every = {{0, ns}, {0, ns}};
    timer_settime(b->timer, 0, &every, NULL);
}

/* No pcall stands between a script and its host, so the error cannot be caught; the hook stays set
 * for every line, call and instruction until the host has taken it away. */
static void end_call(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    luaL_error(L, "used up its time");
}

/* Everything here may be called from a signal handler; lua_sethook is made for it. */
static void on_tick(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    ms_budget *b = info->si_value.sival_ptr;
    int saved = errno;
    if (info->si_code != SI_TIMER || !b || !b->armed)
        return;
    if (b->seen != b->rounds) {
        b->seen = b->rounds;
        b->from_ns = cpu_ns();
    } else if (!b->running) {
        b->armed = 0;
        set_timer(b, 0);
    } else if (b->tripped || cpu_ns() - b->from_ns >= b->limit_ns) {
        /* It walks all that is on the stack, which may take longer than a tick: once, and, should
         * that not do, ever more rarely. */
        b->tripped = b->tripped + 1;
        if ((b->tripped & (b->tripped - 1)) == 0)
            lua_sethook(b->L, end_call, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT,
                        1);
    }
    errno = saved;
}

static bool listen_to_ticks(void)
{
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t only;
    sigemptyset(&action.sa_mask);
    sigemptyset(&only);
    sigaddset(&only, TICK_SIGNAL);
    return sigaction(TICK_SIGNAL, &action, NULL) == 0 &&
           pthread_sigmask(SIG_UNBLOCK, &only, NULL) == 0;
}

static ms_budget *take(void)
{
    pthread_mutex_lock(&lock);
    ms_budget *b = free_list;
    if (b)
        free_list = b->next;
    pthread_mutex_unlock(&lock);
    return b ? b : calloc(1, sizeof *b);
}

static void give_back(ms_budget *b)
{
    pthread_mutex_lock(&lock);
    b->next = free_list;
    free_list = b;
    pthread_mutex_unlock(&lock);
}

ms_budget *ms_budget_new(lua_State *L, ms_error *err)
{
    ms_budget *b = take();
    if (!b) {
        ms_fail(err, MS_NOMEM, "out of memory for a script's timer");
        return NULL;
    }
    b->L = L;
    b->running = b->armed = b->tripped = 0;
    b->shared = false;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK_SIGNAL};
    event.sigev_value.sival_ptr = b;
    event.sigev_notify_thread_id = gettid();
    if (!listen_to_ticks() || timer_create(CLOCK_MONOTONIC, &event, &b->timer) != 0) {
        ms_fail(err, MS_INTERNAL, "no timer for a script's time limit: %s", strerror(errno));
        ms_hint(err, "raise the limit of pending signals (ulimit -i)");
        give_back(b);
        return NULL;
    }
    return b;
}

void ms_budget_free(ms_budget *b)
{
    if (!b)
        return;
    b->armed = 0;
    timer_delete(b->timer);
    give_back(b);
}

void ms_budget_round(ms_budget *b)
{
    b->shared = true;
    b->rounds = b->rounds + 1;
}

void ms_budget_begin(ms_budget *b, unsigned ms)
{
    b->limit_ns = (int64_t)ms * 1000000;
    b->tripped = 0;
    if (!b->shared)
        b->rounds = b->rounds + 1;
    b->running = 1;
    atomic_signal_fence(memory_order_seq_cst);
    if (!b->armed) {
        b->armed = 1;
        set_timer(b, TICK_NS);
    }
}

bool ms_budget_end(ms_budget *b)
{
    b->running = 0;
    atomic_signal_fence(memory_order_seq_cst);
    if (b->tripped)
        lua_sethook(b->L, NULL, 0, 0);
    return b->tripped;
}

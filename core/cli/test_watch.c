/*
 * Looks at names, sizes and times a few times a second. Editors write in as many ways as there are
 * editors (in place, beside and renamed, on shared folders), and this sees all of them.
 */
#include "cli/test_watch.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

enum { EVERY_MS = 250 };

typedef struct watch {
    ms_cli *cli;
    const ms_cli_env *env;
    const char *vertical;
    ms_test_fn test;
    void *arg;
    uint64_t seen;     /* state of the files that was tested */
    char changed[256]; /* the file with the latest change */
    bool interrupted, failed;
} watch;

/* ---- the state of the files ----------------------------------------------------------------- */

typedef struct state {
    uint64_t hash;
    struct timespec latest;
    char file[256];
} state;

static bool is_watched(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 4 &&
           (strcmp(name + n - 4, ".lua") == 0 || (n > 5 && strcmp(name + n - 5, ".yaml") == 0));
}

/* Adding up does not depend on the order in which a folder lists its files. */
static void add_file(state *s, const char *folder, const char *name)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stat(path, &st) != 0)
        return;
    uint64_t h = 14695981039346656037u;
    for (const char *p = path; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    h = (h ^ (uint64_t)st.st_mtim.tv_sec) * 1099511628211u;
    h = (h ^ (uint64_t)st.st_mtim.tv_nsec) * 1099511628211u;
    h = (h ^ (uint64_t)st.st_size ^ (uint64_t)st.st_ino << 20) * 1099511628211u;
    s->hash += h;
    if (st.st_mtim.tv_sec > s->latest.tv_sec ||
        (st.st_mtim.tv_sec == s->latest.tv_sec && st.st_mtim.tv_nsec >= s->latest.tv_nsec)) {
        s->latest = st.st_mtim;
        snprintf(s->file, sizeof s->file, "%.255s", name);
    }
}

static void add_folder(state *s, const char *folder)
{
    DIR *handle = opendir(folder);
    for (struct dirent *e; handle && (e = readdir(handle));)
        if (is_watched(e->d_name))
            add_file(s, folder, e->d_name);
    if (handle)
        closedir(handle);
}

/* Of one vertical, or of all folders beside each other. */
static state look(const watch *w)
{
    char folder[2048];
    state s = {0};
    const char *dir = w->env->scripts.path;
    if (w->vertical) {
        snprintf(folder, sizeof folder, "%s/%s", dir, w->vertical);
        add_folder(&s, folder);
        return s;
    }
    DIR *handle = opendir(dir);
    for (struct dirent *e; handle && (e = readdir(handle));) {
        snprintf(folder, sizeof folder, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.')
            add_folder(&s, folder);
    }
    if (handle)
        closedir(handle);
    return s;
}

/* ---- testing -------------------------------------------------------------------------------- */

static void announce(const watch *w)
{
    char clock[32] = "";
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local))
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    printf("%s%s %s%s\n", w->changed[0] ? "\n" : "", clock,
           w->changed[0] ? w->changed : "watching; Ctrl-C ends", w->changed[0] ? " changed" : "");
}

static void test_again(watch *w)
{
    ms_cli once = *w->cli;
    once.arena = ms_arena_new(0);
    if (!once.arena) {
        w->failed = true;
        return;
    }
    announce(w);
    w->test(&once, w->env, w->arg);
    fflush(stdout);
    ms_arena_free(once.arena);
}

static void tick(void *arg)
{
    watch *w = arg;
    state now = look(w);
    if (now.hash == w->seen)
        return;
    w->seen = now.hash;
    snprintf(w->changed, sizeof w->changed, "%s", now.file[0] ? now.file : "a file");
    test_again(w);
    if (w->failed)
        ms_loop_stop(w->env->loop);
}

static void interrupt(void *arg, int signum)
{
    watch *w = arg;
    (void)signum;
    w->interrupted = true;
    ms_loop_stop(w->env->loop);
}

int ms_test_watch(ms_cli *cli, const ms_cli_env *env, const char *vertical, ms_test_fn test,
                  void *arg)
{
    watch w = {.cli = cli, .env = env, .vertical = vertical, .test = test, .arg = arg};
    ms_timer *timer = NULL;
    ms_signal *ctrl_c = NULL;
    ms_error err = {0};
    ms_status status = ms_loop_signal(env->loop, SIGINT, interrupt, &w, &ctrl_c, &err);
    if (!status)
        status = ms_loop_timer(env->loop, EVERY_MS, EVERY_MS, tick, &w, &timer, &err);
    if (!status) {
        w.seen = look(&w).hash; /* before the test: what changes during it is tested again */
        test_again(&w);
        if (!w.failed)
            ms_loop_run(env->loop);
    }
    if (timer)
        ms_loop_untimer(timer);
    if (ctrl_c)
        ms_loop_unsignal(ctrl_c);
    if (status)
        return ms_cli_fail(&ms_verb_test, &err);
    return w.interrupted ? MS_EXIT_INTERRUPTED : 1;
}

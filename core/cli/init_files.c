#include "cli/init_files.h"

#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_MADE = 64, MOST_NAMED = 3 };

/* What was made so far, in order: taken back in reverse. */
typedef struct making {
    ms_arena *arena;
    const char *made[MOST_MADE];
    size_t n;
} making;

static ms_status failed(const char *path, ms_error *err)
{
    int why = errno;
    ms_fail(err, MS_INTERNAL, "%s: %s", path, strerror(why));
    if (why == EACCES || why == EPERM || why == EROFS)
        ms_hint(err, "choose a folder that you may write to");
    return MS_INTERNAL;
}

static void remember(making *m, const char *path)
{
    if (m && m->n < MOST_MADE)
        m->made[m->n++] = path;
}

/* A path goes only if it is what was made: files first, then folders that are empty again. */
static void take_back(const making *m)
{
    for (size_t i = m->n; i-- > 0;)
        if (unlink(m->made[i]) != 0)
            (void)rmdir(m->made[i]);
}

/* The folders of `path` up to its last '/'. `m` may be NULL. */
static ms_status make_folders(making *m, ms_arena *arena, const char *path, ms_error *err)
{
    for (const char *slash = strchr(path + (*path == '/'), '/'); slash;
         slash = strchr(slash + 1, '/')) {
        ms_str folder = ms_arena_dup(arena, (ms_str){path, (size_t)(slash - path)});
        struct stat st;
        if (!folder.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        if (mkdir(folder.p, 0777) == 0)
            remember(m, folder.p);
        else if (errno != EEXIST || stat(folder.p, &st) != 0)
            return failed(folder.p, err);
        else if (!S_ISDIR(st.st_mode))
            return ms_fail(err, MS_CONFLICT, "%s is no folder", folder.p);
    }
    return MS_OK;
}

static ms_status write_all(int fd, const char *path, ms_str text, ms_error *err)
{
    for (size_t at = 0; at < text.n;) {
        ssize_t n = write(fd, text.p + at, text.n - at);
        if (n < 0 && errno != EINTR)
            return failed(path, err);
        at += n > 0 ? (size_t)n : 0;
    }
    return MS_OK;
}

/* ---- several, all or none ------------------------------------------------------------------- */

static ms_status create(making *m, const char *path, ms_str text, ms_error *err)
{
    ms_status status = make_folders(m, m->arena, path, err);
    if (status)
        return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(path, err);
    remember(m, path);
    status = write_all(fd, path, text, err);
    if (close(fd) != 0 && !status)
        status = failed(path, err);
    return status;
}

static ms_status refuse_existing(const char *const *paths, size_t n, ms_error *err)
{
    ms_buf names = {0};
    size_t there = 0;
    struct stat st;
    for (size_t i = 0; i < n; i++) {
        if (lstat(paths[i], &st) != 0)
            continue;
        if (there++ < MOST_NAMED)
            ms_buf_format(&names, "%s%s", there > 1 ? ", " : "", paths[i]);
    }
    if (there > MOST_NAMED)
        ms_buf_format(&names, " and %zu more", there - MOST_NAMED);
    if (there)
        ms_fail(err, MS_CONFLICT, MS_FMT " %s there already; nothing was written",
                MS_ARG(ms_buf_view(&names)), there == 1 ? "is" : "are");
    ms_buf_free(&names);
    return there ? MS_CONFLICT : MS_OK;
}

ms_status ms_files_create(ms_arena *arena, const char *dir, const ms_new_file *files, size_t n,
                          ms_error *err)
{
    making m = {.arena = arena};
    ms_status status = MS_OK;
    const char **paths = ms_alloc_zero(arena, n, sizeof *paths);
    bool here = strcmp(dir, ".") == 0;
    for (size_t i = 0; paths && i < n; i++)
        if (!(paths[i] =
                  here ? files[i].path : ms_arena_format(arena, "%s/%s", dir, files[i].path).p))
            return ms_fail(err, MS_NOMEM, "out of memory");
    if (!paths)
        return ms_fail(err, MS_NOMEM, "out of memory");
    status = refuse_existing(paths, n, err);
    for (size_t i = 0; i < n && !status; i++)
        status = create(&m, paths[i], files[i].text, err);
    if (status)
        take_back(&m);
    return status;
}

/* ---- one that is made anew ------------------------------------------------------------------ */

static bool has_text(ms_arena *arena, const char *path, ms_str text)
{
    ms_str there = MS_NONE;
    ms_error ignored = {0};
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == text.n &&
           ms_read_file(arena, path, text.n + 1, &there, &ignored) == MS_OK &&
           ms_str_eq(there, text);
}

static ms_status replace(const char *path, char *beside, ms_str text, ms_error *err)
{
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return failed(beside, err);
    ms_status status = write_all(fd, beside, text, err);
    if (!status && fchmod(fd, 0666 & ~mask) != 0)
        status = failed(beside, err);
    if (close(fd) != 0 && !status)
        status = failed(beside, err);
    if (!status && rename(beside, path) != 0)
        status = failed(path, err);
    if (status)
        unlink(beside);
    return status;
}

ms_status ms_file_put(ms_arena *arena, const char *path, ms_str text, bool *changed, ms_error *err)
{
    if (changed)
        *changed = false;
    if (has_text(arena, path, text))
        return MS_OK;
    ms_status status = make_folders(NULL, arena, path, err);
    ms_str beside = ms_arena_format(arena, "%s.XXXXXX", path);
    if (!beside.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (!status)
        status = replace(path, (char *)beside.p, text, err);
    if (changed)
        *changed = !status;
    return status;
}

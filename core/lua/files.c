/* The files of a vertical on disk: its Lua files and its cases. */
#include "lua/script.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_FILES = 32, MAX_CASES_BYTES = 4 << 20 };

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n > k && strcmp(name + n - k, end) == 0;
}

/* Specs are for busted, and no part of what judges. */
static bool is_ours(const char *name)
{
    return name[0] != '.' && ((ends_with(name, ".lua") && !ends_with(name, "_spec.lua")) ||
                              strcmp(name, "cases.yaml") == 0);
}

static int by_name(const void *a, const void *b)
{
    const ms_source_file *x = a, *y = b;
    return strcmp(x->name.p, y->name.p); /* ms_arena_dup puts a NUL behind */
}

bool ms_script_is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return n > 0 && n <= 64 && name[n] == '\0';
}

static ms_status read_one(ms_arena *arena, ms_str folder, const char *name, ms_source_file *out,
                          ms_error *err)
{
    struct stat st;
    ms_str path = ms_arena_format(arena, MS_FMT "/%s", MS_ARG(folder), name);
    out->name = ms_arena_dup(arena, ms_str_z(name));
    if (!path.p || !out->name.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (stat(path.p, &st) == 0 && !S_ISREG(st.st_mode)) /* a pipe would be waited for, for ever */
        return ms_fail(err, MS_INVALID, "%s: is no regular file", path.p);
    ms_status status = ms_read_file(arena, path.p, MAX_CASES_BYTES, &out->text, err);
    out->text = ms_skip_bom(out->text);
    return status;
}

static ms_status no_folder(ms_str folder, const char *name, ms_error *err)
{
    ms_status status = errno == ENOENT ? MS_NOT_FOUND : MS_INTERNAL;
    ms_fail(err, status, "vertical %s: cannot open " MS_FMT ": %s", name, MS_ARG(folder),
            strerror(errno));
    return ms_hint(err, "rules.dir names the folder that holds the verticals"), status;
}

ms_status ms_script_files(ms_arena *arena, const char *dir, const char *name,
                          ms_source_file **files, size_t *n, ms_error *err)
{
    DIR *handle = NULL;
    ms_status status = MS_OK;
    bool main_file = false;
    *n = 0;
    if (!ms_script_is_name(name))
        return ms_fail(err, MS_INVALID, "\"%.80s\" is no name of a vertical", name);
    ms_str folder = ms_arena_format(arena, "%s/%s", dir, name);
    *files = ms_alloc_zero(arena, MAX_FILES, sizeof **files);
    if (!folder.p || !*files)
        return ms_fail(err, MS_NOMEM, "out of memory");
    handle = opendir(folder.p);
    if (!handle)
        return no_folder(folder, name, err);
    for (struct dirent *entry; !status && (entry = readdir(handle));) {
        if (!is_ours(entry->d_name))
            continue;
        if (*n == MAX_FILES)
            status = ms_fail(err, MS_TOO_LARGE, MS_FMT ": more than %d files", MS_ARG(folder),
                             MAX_FILES);
        else
            status = read_one(arena, folder, entry->d_name, &(*files)[(*n)++], err);
        main_file |= strcmp(entry->d_name, "vertical.lua") == 0;
    }
    closedir(handle);
    if (status)
        return status;
    qsort(*files, *n, sizeof **files, by_name);
    return main_file
               ? MS_OK
               : ms_fail(err, MS_NOT_FOUND, MS_FMT "/vertical.lua is not there", MS_ARG(folder));
}

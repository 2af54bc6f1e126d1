#include "cli/verticals.h"

#include "base/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_VERTICALS = 256 };

ms_str ms_cli_vertical_file(const ms_cli_vertical *vertical, const char *name)
{
    for (size_t i = 0; i < vertical->n_files; i++)
        if (ms_str_eqz(vertical->files[i].name, name))
            return vertical->files[i].text;
    return MS_NONE;
}

/* rules.dir, else ./scripts, else the installed verticals. */
static const char *folder_of_all(const ms_cli_env *env)
{
    ms_str dir = ms_config_str(env->config, "rules.dir");
    if (dir.p)
        return dir.p;
    return access("scripts", R_OK | X_OK) == 0 ? "scripts" : MOONSIFT_SCRIPTS_DIR;
}

const char *ms_cli_folder(const ms_cli_env *env, const char *vertical)
{
    return vertical ? ms_cli_scripts(env, vertical) : folder_of_all(env);
}

static bool has_vertical(ms_cli *cli, const char *dir, const char *name)
{
    ms_str path = ms_arena_format(cli->arena, "%s/%s/vertical.lua", dir, name);
    return name[0] != '.' && path.p && access(path.p, F_OK) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const ms_cli_vertical *)a)->name, ((const ms_cli_vertical *)b)->name);
}

static ms_status list_all(ms_cli *cli, const char *dir, ms_cli_vertical *list, size_t *n,
                          ms_error *err)
{
    DIR *handle = opendir(dir);
    if (!handle) {
        ms_fail(err, MS_NOT_FOUND, "cannot open the folder of verticals, %s", dir);
        return ms_hint(err, "rules.dir names the folder that holds the verticals");
    }
    for (struct dirent *entry; (entry = readdir(handle)) && *n < MOST_VERTICALS;) {
        ms_str name = ms_arena_dup(cli->arena, ms_str_z(entry->d_name));
        if (name.p && has_vertical(cli, dir, name.p))
            list[(*n)++] = (ms_cli_vertical){.name = name.p, .dir = dir};
    }
    closedir(handle);
    qsort(list, *n, sizeof *list, by_name);
    if (*n)
        return MS_OK;
    ms_fail(err, MS_NOT_FOUND, "there is no vertical in %s", dir);
    return ms_hint(err, "a vertical is a folder with a vertical.lua");
}

/* The folder is there, and this is not in it: told with what is. */
static ms_status not_there(ms_cli *cli, const ms_cli_env *env, const char *given, ms_error *err)
{
    ms_error ignored = {0};
    size_t n = 0;
    const char *dir = folder_of_all(env);
    ms_cli_vertical *list = ms_alloc_zero(cli->arena, MOST_VERTICALS, sizeof *list);
    const char **names = ms_alloc_zero(cli->arena, MOST_VERTICALS + 1, sizeof *names);
    if (!list || !names || list_all(cli, dir, list, &n, &ignored))
        return err->status;
    for (size_t i = 0; i < n; i++)
        names[i] = list[i].name;
    const char *near = ms_nearest(ms_str_z(given), names);
    ms_fail(err, MS_NOT_FOUND, "there is no vertical \"%.80s\"%s%s%s", given,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return ms_hint(err, "verticals are in %.300s (rules.dir)", dir), MS_NOT_FOUND;
}

ms_status ms_cli_vertical_files(ms_cli *cli, const ms_cli_env *env, ms_cli_vertical *v,
                                ms_error *err)
{
    ms_status status = ms_script_files(cli->arena, v->dir, v->name, &v->files, &v->n_files, err);
    return status == MS_NOT_FOUND ? not_there(cli, env, v->name, err) : status;
}

ms_status ms_cli_verticals(ms_cli *cli, const ms_cli_env *env, const char *given,
                           ms_cli_vertical **out, size_t *n, ms_error *err)
{
    ms_cli_vertical *list = ms_alloc_zero(cli->arena, MOST_VERTICALS, sizeof *list);
    ms_status status = MS_OK;
    *out = list;
    *n = 0;
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (given)
        list[(*n)++] = (ms_cli_vertical){.name = given, .dir = ms_cli_scripts(env, given)};
    else
        status = list_all(cli, folder_of_all(env), list, n, err);
    for (size_t i = 0; i < *n && !status; i++)
        status = ms_cli_vertical_files(cli, env, &list[i], err);
    return status;
}

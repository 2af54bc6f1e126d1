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

/* Rules that nobody of this project has written must not be taken for its own. */
static void tell_shipped(const ms_cli *cli, const ms_cli_env *env)
{
    if (env->scripts.is == MS_FOLDER_SHIPPED && !cli->quiet)
        fprintf(stderr, "shipped verticals of %s: no moonsift.yaml here or above, no ./scripts\n",
                env->scripts.path);
}

static bool has_vertical(ms_cli *cli, const char *dir, const char *name)
{
    ms_str path = ms_arena_format(cli->arena, "%s/%s/vertical.lua", dir, name);
    if (name[0] == '.' || !path.p || access(path.p, F_OK) != 0)
        return false;
    if (ms_script_is_name(name))
        return true;
    fprintf(stderr,
            "warning: %s/%s is left out: the name of a vertical has only a to z, 0 to 9, _ and -\n",
            dir, name);
    return false;
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

/* What was typed as people write it: "scripts/Dental/" is dental. */
static const char *plain_name(ms_cli *cli, const char *given)
{
    ms_str name = ms_str_z(given);
    static const char file[] = "/vertical.lua";
    if (name.n > sizeof file - 1 && strcmp(given + name.n - (sizeof file - 1), file) == 0)
        name.n -= sizeof file - 1;
    while (name.n && name.p[name.n - 1] == '/')
        name.n--;
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/') {
            name = (ms_str){name.p + i, name.n - i};
            break;
        }
    char *out = ms_alloc(cli->arena, name.n + 1);
    for (size_t i = 0; out && i < name.n; i++)
        out[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] - 'A' + 'a') : name.p[i];
    if (out)
        out[name.n] = '\0';
    return out;
}

static bool is_folder(ms_cli *cli, const char *dir, const char *name)
{
    ms_str path = ms_arena_format(cli->arena, "%s/%s", dir, name);
    return ms_script_is_name(name) && path.p && access(path.p, F_OK) == 0;
}

static const char *nearest(ms_cli *cli, const ms_cli_vertical *list, size_t n, const char *given)
{
    const char **names = ms_alloc_zero(cli->arena, MOST_VERTICALS + 1, sizeof *names);
    const char *plain = plain_name(cli, given);
    for (size_t i = 0; names && plain && i < n; i++) {
        names[i] = list[i].name;
        if (strcmp(plain, names[i]) == 0)
            return names[i];
    }
    return names ? ms_nearest(ms_str_z(given), names) : NULL;
}

/* Told with what there is. */
static ms_status not_there(ms_cli *cli, const ms_cli_env *env, const char *given, ms_error *err)
{
    ms_error ignored = {0};
    size_t n = 0;
    const char *dir = env->scripts.path;
    if (is_folder(cli, dir, given)) /* then its vertical.lua is what is missing */
        return ms_hint(err, "a vertical is a folder with a vertical.lua");
    ms_cli_vertical *list = ms_alloc_zero(cli->arena, MOST_VERTICALS, sizeof *list);
    if (!list)
        return err->status;
    if (list_all(cli, dir, list, &n, &ignored) && access(dir, F_OK) != 0)
        return err->status;
    const char *near = nearest(cli, list, n, given);
    ms_fail(err, MS_NOT_FOUND, "there is no vertical \"%.80s\"%s%s%s", given,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    if (!near && !ms_script_is_name(given))
        return ms_hint(err, "the name of a vertical has only a to z, 0 to 9, _ and -"),
               MS_NOT_FOUND;
    return ms_hint(err, "verticals are in %.300s (rules.dir)", dir), MS_NOT_FOUND;
}

ms_status ms_cli_vertical_files(ms_cli *cli, const ms_cli_env *env, ms_cli_vertical *v,
                                ms_error *err)
{
    if (!ms_script_is_name(v->name)) {
        ms_fail(err, MS_NOT_FOUND, "\"%.80s\" is no name of a vertical", v->name);
        return not_there(cli, env, v->name, err);
    }
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
    tell_shipped(cli, env);
    if (given)
        list[(*n)++] = (ms_cli_vertical){.name = given, .dir = env->scripts.path};
    else
        status = list_all(cli, env->scripts.path, list, n, err);
    for (size_t i = 0; i < *n && !status; i++)
        status = ms_cli_vertical_files(cli, env, &list[i], err);
    return status;
}

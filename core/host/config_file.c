/*
 * host/config_file.c: finds moonsift.yaml, reads it, and says in one error what is wrong with it.
 */
#include "base/log.h"
#include "base/text.h"
#include "host/config_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, MOST_LEVELS = 64 };

static const char file_name[] = "moonsift.yaml";

/* Whoever may write to a folder above (/tmp) must not choose which plugins others load. */
static ms_status trust(ms_str path, const struct stat *file, ms_error *err)
{
    if (file->st_uid == geteuid() || file->st_uid == 0)
        return MS_OK;
    ms_fail(err, MS_INVALID, MS_FMT ": belongs to another user", MS_ARG(path));
    return ms_hint(err, "name it, if it is the one: --config " MS_FMT, MS_ARG(path)), MS_INVALID;
}

/* The nearest in the folders above; `out` stays as it is when there is none. */
static ms_status find_above(ms_arena *arena, ms_str *out, ms_error *err)
{
    struct stat here, above, file;
    ms_str folder = MS_STR("..");
    if (stat(".", &here))
        return MS_OK;
    for (int i = 0; i < MOST_LEVELS && folder.p && stat(folder.p, &above) == 0; i++) {
        if (above.st_dev == here.st_dev && above.st_ino == here.st_ino) /* the root */
            return MS_OK;
        ms_str path = ms_arena_format(arena, MS_FMT "/%s", MS_ARG(folder), file_name);
        if (path.p && stat(path.p, &file) == 0) {
            *out = path;
            return trust(path, &file, err);
        }
        here = above;
        folder = ms_arena_format(arena, MS_FMT "/..", MS_ARG(folder));
    }
    return folder.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

/* The first that exists; one that exists but cannot be read is an error, not a reason to take the
 * next. `out`->p == NULL: there is none. */
static ms_status find_file(ms_arena *arena, const char *file, ms_str *out, ms_error *err)
{
    const char *env = getenv("MOONSIFT_CONFIG"), *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    ms_str user = MS_NONE;
    if (!file && env && *env)
        file = env;
    if (file) {
        *out = ms_str_z(file);
        return MS_OK;
    }
    if (xdg && xdg[0] == '/')
        user = ms_arena_format(arena, "%s/moonsift/moonsift.yaml", xdg);
    else if (home && home[0] == '/')
        user = ms_arena_format(arena, "%s/.config/moonsift/moonsift.yaml", home);
    const char *places[] = {file_name, user.p, "/etc/moonsift/moonsift.yaml"};
    *out = MS_NONE;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        ms_status status = MS_OK;
        if (places[i] && access(places[i], F_OK) == 0) {
            *out = ms_str_z(places[i]);
            return MS_OK;
        }
        if (i == 0 && errno != ENOENT && errno != ENOTDIR)
            return ms_fail(err, MS_INVALID, "%s: %s", places[i], strerror(errno));
        if (i == 0)
            status = find_above(arena, out, err);
        if (status || out->p)
            return status;
    }
    return MS_OK;
}

/* MS_NULL when there is no file. `name`: as it is called in messages. */
static ms_status read_tree(ms_arena *arena, const char *file, ms_str *name, ms_value *root,
                           ms_yaml_marks **marks, ms_error *err)
{
    ms_str text = MS_NONE;
    *root = ms_null();
    *marks = NULL;
    ms_status status = find_file(arena, file, name, err);
    if (status || !name->p)
        return status;
    status = ms_read_file(arena, name->p, FILE_MAX, &text, err);
    if (status == MS_NOT_FOUND)
        ms_hint(err, "an annotated one is examples/moonsift.yaml");
    if (status)
        return status == MS_INTERNAL ? (err->status = MS_INVALID) : status;
    return ms_yaml_parse(arena, text, name->p, root, marks, err);
}

static ms_status finish(ms_cload *load, ms_error *err)
{
    if (load->no_memory)
        return ms_fail(err, MS_NOMEM, "out of memory while reading the configuration");
    if (!load->problems)
        return MS_OK;
    if (err)
        *err = load->first;
    if (err && load->problems > 1) {
        size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, " (and %zu more)", load->problems - 1);
    }
    if (err && !err->hint[0] && load->problems > 1)
        ms_hint(err, "moonsift config check shows every problem");
    return MS_INVALID;
}

ms_status ms_config_check(const char *file, const ms_config_flag *flags, size_t n_flags,
                          const ms_plugins *plugins, ms_config_report report, void *arg,
                          ms_config **out, ms_error *err)
{
    ms_status status;
    ms_config *config = calloc(1, sizeof *config);
    ms_str name = MS_NONE;
    ms_value root = ms_null();
    ms_error local = {0};
    ms_cload load = {.config = config, .plugins = plugins, .report = report, .arg = arg};
    err = err ? err : &local;
    *out = NULL;
    if (!config || !(config->arena = load.arena = ms_arena_new(0))) {
        free(config);
        return ms_fail(err, MS_NOMEM, "out of memory while reading the configuration");
    }
    status = read_tree(load.arena, file, &name, &root, &load.marks, err);
    if (status && report)
        report(arg, false, err->text, err->hint);
    if (!status) {
        config->file = ms_arena_dup(load.arena, name).p;
        ms_cload_keys(&load, &root, &(ms_cflags){flags, n_flags});
        status = finish(&load, err);
    }
    if (status)
        ms_config_free(config);
    else
        *out = config;
    return status;
}

static void to_log(void *arg, bool warning, const char *text, const char *hint)
{
    ms_log *l = ms_log_begin(warning ? MS_LOG_WARN : MS_LOG_ERROR,
                             warning ? "config.warning" : "config.problem");
    (void)arg;
    ms_log_z(l, "msg", text);
    if (hint[0])
        ms_log_z(l, "hint", hint);
    ms_log_end(l);
}

ms_status ms_config_load(const char *file, const ms_config_flag *flags, size_t n_flags,
                         const ms_plugins *plugins, ms_config **out, ms_error *err)
{
    return ms_config_check(file, flags, n_flags, plugins, to_log, NULL, out, err);
}

ms_status ms_config_plugin_files(const char *file, ms_arena *arena, ms_value *out, ms_error *err)
{
    ms_str name = MS_NONE;
    ms_value root = ms_null();
    ms_yaml_marks *marks = NULL;
    ms_status status = read_tree(arena, file, &name, &root, &marks, err);
    if (status)
        return status;
    const ms_value *plugins = ms_get(&root, "plugins");
    size_t n = plugins && plugins->kind == MS_OBJECT ? plugins->count : 0, kept = 0;
    ms_member *members = ms_alloc_zero(arena, n + 1, sizeof *members);
    const char *slash = name.p ? strrchr(name.p, '/') : NULL;
    if (!members)
        return ms_fail(err, MS_NOMEM, "out of memory while reading the configuration");
    for (size_t i = 0; i < n; i++) {
        const ms_member *m = &plugins->as.members[i];
        ms_str path = ms_as_str(ms_get(&m->value, "file"));
        if (path.p && path.n && path.p[0] != '/' && slash)
            path = ms_arena_format(arena, MS_FMT "/" MS_FMT, (int)(slash - name.p), name.p,
                                   MS_ARG(path));
        if (path.n)
            members[kept++] = (ms_member){m->key, ms_string(ms_arena_dup(arena, path))};
    }
    *out = ms_object(members, kept);
    return MS_OK;
}

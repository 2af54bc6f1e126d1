/* Finds busted and the specs, gives them the module they judge with, and reads what came out. */
#include "cli/specs.h"

#include "base/resource.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FILES = 32, MOST_OUTPUT = 4 << 20 };

/* What they need from us: the module they judge with, and the way in which busted reports. */
static const char *const modules[] = {"judging.lua", "spec_output.lua"};
enum { N_MODULES = sizeof modules / sizeof modules[0] };

/* ---- the files ------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_spec(const char *name)
{
    static const char end[] = "_spec.lua";
    size_t n = strlen(name), k = sizeof end - 1;
    return name[0] != '.' && n > k && strcmp(name + n - k, end) == 0;
}

static ms_status find_files(const ms_cli *cli, const ms_cli_vertical *at, ms_specs *out,
                            ms_error *err)
{
    ms_str folder = ms_arena_format(cli->arena, "%s/%s", at->dir, at->name);
    out->files = ms_alloc_zero(cli->arena, MOST_FILES + 1, sizeof *out->files);
    if (!folder.p || !out->files)
        return ms_fail(err, MS_NOMEM, "out of memory");
    DIR *handle = opendir(folder.p);
    if (!handle)
        return ms_fail(err, MS_INTERNAL, "%s: %s", folder.p, strerror(errno));
    ms_status status = MS_OK;
    for (struct dirent *e; !status && (e = readdir(handle));) {
        if (!is_spec(e->d_name))
            continue;
        ms_str name = ms_arena_dup(cli->arena, ms_str_z(e->d_name));
        if (out->n_files == MOST_FILES)
            status = ms_fail(err, MS_TOO_LARGE, "%s: more than %d files with specs", folder.p,
                             MOST_FILES);
        else if (!name.p)
            status = ms_fail(err, MS_NOMEM, "out of memory");
        else
            out->files[out->n_files++] = name.p;
    }
    closedir(handle);
    qsort(out->files, out->n_files, sizeof *out->files, by_name);
    return status;
}

/* ---- busted --------------------------------------------------------------------------------- */

static const char *find_program(ms_arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
        size_t n = strcspn(p, ":");
        ms_str full = ms_arena_format(arena, "%.*s/%s", (int)n, p, name);
        if (n && full.p && access(full.p, X_OK) == 0)
            return full.p;
        p += n + (p[n] == ':');
    }
    return NULL;
}

/* busted is a Lua script whose first line may name an older Lua; a wrapper of another kind runs as
 * it is. */
static bool is_lua_script(const char *path)
{
    char line[128] = "";
    FILE *file = fopen(path, "re");
    bool lua = file && fgets(line, sizeof line, file) && strncmp(line, "#!", 2) == 0 &&
               strstr(line, "lua");
    if (file)
        fclose(file);
    return lua;
}

/* ---- the folder that `require "moonsift.judging"` finds its file in ------------------------- */

typedef struct place {
    char root[128], folder[144], files[N_MODULES][176];
} place;

static void remove_place(const place *p)
{
    for (size_t i = 0; i < N_MODULES; i++)
        unlink(p->files[i]);
    rmdir(p->folder);
    rmdir(p->root);
}

static const ms_resource *find_resource(const char *name)
{
    static const char folder[] = "scripts/moonsift/";
    const size_t n = sizeof folder - 1;
    for (const ms_resource *r = ms_resource_lua; r->path; r++)
        if (strncmp(r->path, folder, n) == 0 && strcmp(r->path + n, name) == 0)
            return r;
    return NULL;
}

static bool write_module(const char *name, const char *path)
{
    const ms_resource *r = find_resource(name);
    FILE *file = r ? fopen(path, "wbxe") : NULL;
    bool written = file && fwrite(r->bytes, 1, r->size, file) == r->size;
    return file && fclose(file) == 0 && written;
}

static ms_status make_place(place *p, ms_error *err)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(p->root, sizeof p->root, "%.100s/moonsift-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(p->root))
        return ms_fail(err, MS_INTERNAL, "%s: %s", p->root, strerror(errno));
    snprintf(p->folder, sizeof p->folder, "%s/moonsift", p->root);
    bool ok = mkdir(p->folder, 0700) == 0;
    for (size_t i = 0; i < N_MODULES; i++) {
        snprintf(p->files[i], sizeof p->files[i], "%s/%s", p->folder, modules[i]);
        ok = ok && write_module(modules[i], p->files[i]);
    }
    if (ok)
        return MS_OK;
    ms_fail(err, MS_INTERNAL, "%s: %s", p->folder, strerror(errno));
    remove_place(p);
    return MS_INTERNAL;
}

/* ---- running -------------------------------------------------------------------------------- */

typedef struct plan {
    const char *argv[MOST_FILES + 8];
    char program[4096], dir[4096];
    const char *vertical, *config;
} plan;

static ms_status make_plan(const ms_cli *cli, const ms_cli_vertical *at, const ms_specs *specs,
                           const char *busted, const place *p, plan *out, ms_error *err)
{
    size_t n = 0;
    const char *lua = is_lua_script(busted) ? find_program(cli->arena, "lua5.4") : NULL;
    ssize_t length = readlink("/proc/self/exe", out->program, sizeof out->program - 1);
    ms_str lpath = ms_arena_format(cli->arena, "--lpath=%s/?.lua", p->root);
    ms_str output = ms_arena_format(cli->arena, "--output=%s/spec_output.lua", p->folder);
    if (length <= 0 || !realpath(at->dir, out->dir))
        return ms_fail(err, MS_INTERNAL, "%s: %s", at->dir, strerror(errno));
    out->program[length] = '\0';
    out->vertical = at->name;
    out->config = cli->config;
    if (lua)
        out->argv[n++] = lua;
    out->argv[n++] = busted;
    out->argv[n++] = output.p;
    out->argv[n++] = lpath.p;
    for (size_t i = 0; i < specs->n_files; i++) {
        ms_str path = ms_arena_format(cli->arena, "%s/%s/%s", out->dir, at->name, specs->files[i]);
        if (!path.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        out->argv[n++] = path.p;
    }
    return lpath.p && output.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

/* In the child. */
static void become(const plan *p, int output)
{
    bool ok = dup2(output, STDOUT_FILENO) >= 0 &&
              setenv("MOONSIFT_TEST_PROGRAM", p->program, 1) == 0 &&
              setenv("MOONSIFT_TEST_VERTICAL", p->vertical, 1) == 0 &&
              setenv("MOONSIFT_RULES_DIR", p->dir, 1) == 0 &&
              (!p->config || setenv("MOONSIFT_CONFIG", p->config, 1) == 0);
    if (ok)
        execv(p->argv[0], (char *const *)(uintptr_t)p->argv);
    _exit(127);
}

static ms_status read_all(int fd, ms_buf *out, ms_error *err)
{
    for (;;) {
        if (!ms_buf_reserve(out, 65536))
            return ms_fail(err, MS_NOMEM, "out of memory");
        ssize_t n = read(fd, out->p + out->n, 65536);
        if (n == 0)
            return MS_OK;
        if (n < 0 && errno != EINTR)
            return ms_fail(err, MS_INTERNAL, "output of busted: %s", strerror(errno));
        out->n += n > 0 ? (size_t)n : 0;
        if (out->n > MOST_OUTPUT)
            return ms_fail(err, MS_TOO_LARGE, "the specs print more than %d MiB",
                           MOST_OUTPUT >> 20);
    }
}

static ms_status run_busted(const plan *p, ms_buf *out, ms_error *err)
{
    int ends[2] = {-1, -1}, ended = 0;
    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ms_fail(err, MS_INTERNAL, "busted: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        become(p, ends[1]);
    close(ends[1]);
    ms_status status = pid < 0 ? ms_fail(err, MS_INTERNAL, "busted: %s", strerror(errno))
                               : read_all(ends[0], out, err);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        ;
    return status;
}

ms_status ms_specs_run(const ms_cli *cli, const ms_cli_vertical *at, ms_specs *out, ms_error *err)
{
    ms_buf text = {0};
    place p = {0};
    plan *how = NULL;
    *out = (ms_specs){0};
    ms_status status = find_files(cli, at, out, err);
    if (status || !out->n_files)
        return status;
    const char *busted = find_program(cli->arena, "busted");
    if (!busted) {
        out->not_run = "busted is not installed";
        return MS_OK;
    }
    if (!(how = ms_alloc_zero(cli->arena, 1, sizeof *how)))
        return ms_fail(err, MS_NOMEM, "out of memory");
    if ((status = make_place(&p, err)))
        return status;
    status = make_plan(cli, at, out, busted, &p, how, err);
    if (!status)
        status = run_busted(how, &text, err);
    if (!status)
        status = ms_specs_read(cli->arena, ms_buf_view(&text), out, err);
    remove_place(&p);
    ms_buf_free(&text);
    return status;
}

/*
 * moonsift types: writes what editors know about verticals, once or whenever their files change.
 */
#include "base/json.h"
#include "cli/problems.h"
#include "cli/types_write.h"
#include "cli/verb.h"

#include <signal.h>
#include <unistd.h>

static const ms_verb *const self = &ms_verb_types;

enum { LOOK_EVERY_MS = 300 };

/* One vertical. */
typedef struct typed {
    const char *name, *file;
    uint32_t attributes;
    bool changed, loaded;
} typed;

/* A vertical that says `---@type NAME.attributes` above its list is one in which editors look. */
static bool is_annotated(const ms_cli_vertical *at, ms_str prefix, ms_arena *arena)
{
    ms_str wanted = ms_arena_format(arena, "---@type " MS_FMT ".attributes", MS_ARG(prefix));
    for (size_t i = 0; i < at->n_files; i++) {
        ms_str text = at->files[i].text;
        if (text.n && memmem(text.p, text.n, wanted.p ? wanted.p : "", wanted.n))
            return true;
    }
    return false;
}

static void say_how(const ms_cli *cli, const ms_cli_vertical *at, ms_arena *arena)
{
    ms_str prefix = ms_types_prefix(arena, ms_str_z(at->name));
    if (cli->quiet || is_annotated(at, prefix, arena))
        return;
    fprintf(stderr,
            "%s: for checks while you type write above the list of attributes\n"
            "  ---@type " MS_FMT ".attributes\n"
            "  local a = attributes {\n",
            at->name, MS_ARG(prefix));
}

static ms_status write_one(ms_cli *cli, const ms_cli_vertical *at, ms_arena *arena, bool several,
                           typed *out, ms_error *err)
{
    ms_problems problems = {.arena = arena};
    ms_script *script = NULL;
    ms_new_file file = {0};
    ms_str name = ms_str_z(at->name);
    out->name = at->name;
    ms_status status = ms_script_check(name, at->files, at->n_files, NULL, &problems, &script, err);
    if (!status && script) {
        out->loaded = true;
        out->attributes = ms_script_vertical(script)->n_attributes;
        status = ms_types_vertical(ms_script_vertical(script), arena, &file, err);
    }
    if (!status && script) {
        out->file = file.path;
        status = ms_file_put(arena, file.path, file.text, &out->changed, err);
    }
    if (!status && script)
        say_how(cli, at, arena);
    if (!status && !script && !cli->json) {
        ms_cli_problems_locate(at, &problems);
        ms_cli_problems(cli, at, several, &problems);
    }
    ms_script_free(script);
    return status;
}

static ms_status write_library(ms_arena *arena, ms_error *err)
{
    ms_new_file files[MS_STUBS_MOST];
    size_t n = 0;
    ms_status status = ms_types_library(arena, files, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        status = ms_file_put(arena, files[i].path, files[i].text, NULL, err);
    return status;
}

/* ---- what is told --------------------------------------------------------------------------- */

static bool print_json(const typed *list, size_t n)
{
    ms_buf out = {0};
    ms_buf_z(&out, "{\"schema\":\"moonsift.types/1\",\"verticals\":[");
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(&out, i ? ",{\"name\":" : "{\"name\":");
        ms_json_string(&out, ms_str_z(list[i].name));
        ms_buf_format(&out, ",\"loaded\":%s", list[i].loaded ? "true" : "false");
        if (list[i].loaded) {
            ms_buf_z(&out, ",\"file\":");
            ms_json_string(&out, ms_str_z(list[i].file));
            ms_buf_format(&out, ",\"attributes\":%u,\"changed\":%s", list[i].attributes,
                          list[i].changed ? "true" : "false");
        }
        ms_buf_char(&out, '}');
    }
    ms_buf_z(&out, "]}\n");
    bool ok = !out.failed;
    if (ok)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    return ok;
}

static void print_one(const typed *t)
{
    if (t->loaded)
        printf("%s: %u attribute%s in %s%s\n", t->name, t->attributes,
               t->attributes == 1 ? "" : "s", t->file, t->changed ? "" : " (as it was)");
    else
        printf("%s: has errors, its stubs stay as they were\n", t->name);
}

/* ---- once ----------------------------------------------------------------------------------- */

/* What the verb was asked to do, for the rounds of --watch, too. */
typedef struct work {
    ms_cli *cli;
    const ms_cli_env *env;
    char **names; /* none: all */
    size_t n_names;
    ms_loop *loop;
    char (*seen)[65]; /* versions of the last round */
    size_t n_seen;
    int code;
} work;

enum { MOST = 256 };

/* The named verticals, or all. */
static ms_status find(work *w, ms_cli_vertical **out, size_t *n, ms_error *err)
{
    if (!w->n_names)
        return ms_cli_verticals(w->cli, w->env, NULL, out, n, err);
    *n = 0;
    *out = ms_alloc_zero(w->cli->arena, w->n_names, sizeof **out);
    ms_status status = *out ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < w->n_names && !status; i++) {
        ms_cli_vertical *one = NULL;
        size_t k = 0;
        status = ms_cli_verticals(w->cli, w->env, w->names[i], &one, &k, err);
        if (!status)
            (*out)[(*n)++] = one[0];
    }
    return status;
}

static ms_status write_all(work *w, const ms_cli_vertical *list, size_t n, ms_error *err)
{
    typed *done = ms_alloc_zero(w->cli->arena, n, sizeof *done);
    ms_status status =
        done ? write_library(w->cli->arena, err) : ms_fail(err, MS_NOMEM, "out of memory");
    w->code = 0;
    for (size_t i = 0; i < n && !status; i++) {
        status = write_one(w->cli, &list[i], w->cli->arena, n > 1, &done[i], err);
        if (!status && !done[i].loaded)
            w->code = MS_EXIT_CHECK;
        if (!status && !w->cli->json)
            print_one(&done[i]);
    }
    if (!status && w->cli->json && !print_json(done, n))
        status = ms_fail(err, MS_NOMEM, "out of memory");
    return status;
}

static ms_status write_now(work *w, ms_error *err)
{
    ms_cli_vertical *list = NULL;
    size_t n = 0;
    ms_status status = find(w, &list, &n, err);
    return status ? status : write_all(w, list, n, err);
}

/* ---- --watch -------------------------------------------------------------------------------- */

/* Remembers the versions of the files; true when one is another than before. */
static bool is_new(work *w, const ms_cli_vertical *list, size_t n)
{
    bool differs = n != w->n_seen;
    for (size_t i = 0; i < n && i < MOST; i++) {
        char version[65] = {0};
        ms_script_version(list[i].files, list[i].n_files, version);
        differs |= memcmp(version, w->seen[i], sizeof version) != 0;
        memcpy(w->seen[i], version, sizeof version);
    }
    w->n_seen = n;
    return differs;
}

/* A file that is being saved may be missing or half there: that round is left out. */
static void look(void *arg)
{
    work *w = arg;
    ms_cli_vertical *list = NULL;
    size_t n = 0;
    ms_error err = {0};
    ms_arena *whole = w->cli->arena, *round = ms_arena_new(0);
    if (!round)
        return;
    w->cli->arena = round;
    if (find(w, &list, &n, &err) == MS_OK && is_new(w, list, n)) {
        if (write_all(w, list, n, &err))
            ms_cli_fail(self, &err);
        fflush(stdout);
    }
    w->cli->arena = whole;
    ms_arena_free(round);
}

static void stop(void *arg, int signum)
{
    (void)signum;
    ms_loop_stop(((work *)arg)->loop);
}

static ms_status watch(work *w, ms_error *err)
{
    ms_timer *timer = NULL;
    ms_signal *interrupt = NULL, *term = NULL;
    ms_cli_vertical *list = NULL;
    size_t n = 0;
    ms_status status = find(w, &list, &n, err); /* a wrong name is told now, not watched for */
    if (status)
        return status;
    w->loop = w->env->loop;
    w->seen = ms_alloc_zero(w->cli->arena, MOST, sizeof *w->seen);
    if (!w->seen)
        return ms_fail(err, MS_NOMEM, "out of memory");
    status = ms_loop_signal(w->loop, SIGINT, stop, w, &interrupt, err);
    if (!status)
        status = ms_loop_signal(w->loop, SIGTERM, stop, w, &term, err);
    if (!status)
        status = ms_loop_timer(w->loop, 0, LOOK_EVERY_MS, look, w, &timer, err);
    if (!status) {
        if (!w->cli->quiet)
            fputs("watching the verticals; Ctrl-C ends it\n", stderr);
        ms_loop_run(w->loop);
        w->code = MS_EXIT_INTERRUPTED;
    }
    if (timer)
        ms_loop_untimer(timer);
    if (term)
        ms_loop_unsignal(term);
    if (interrupt)
        ms_loop_unsignal(interrupt);
    return status;
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run(ms_cli *cli, int argc, char **argv)
{
    bool watching = false;
    const ms_cli_option options[] = {{.name = "watch", .given = &watching}, {0}};
    ms_cli_env env = {0};
    ms_error err = {0};
    int code = ms_cli_options(self, &argc, argv, options);
    if (code)
        return code;
    cli->json |= cli->jsonl;
    if (argc - 1 > MOST)
        return ms_cli_usage(self, "at most %d verticals", MOST);
    work w = {.cli = cli, .env = &env, .names = argv + 1, .n_names = (size_t)argc - 1};
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (!status)
        status = watching ? watch(&w, &err) : write_now(&w, &err);
    if (!status && !watching && !cli->quiet && access(".luarc.json", F_OK) != 0)
        fputs("there is no .luarc.json here: editors find the stubs through it, and\n"
              "`moonsift init` writes one\n",
              stderr);
    code = status ? ms_cli_fail(self, &err) : w.code;
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_types = {
    .name = "types",
    .summary = "write what editors know about a vertical: names, conditions, values",
    .usage = "types [VERTICAL...] [--watch]",
    .help =
        "Writes .moonsift/types/VERTICAL.lua in this folder: stubs for LuaLS (the Lua extension\n"
        "of VS Code, Neovim and others), made from the vertical as it stands. With\n"
        "`---@type VERTICAL.attributes` above its list of attributes an editor marks a wrong\n"
        "name, condition or value while you type. .moonsift/library has the same for what\n"
        "every vertical can use. Without VERTICAL all are done. Exit code 3: one has errors;\n"
        "its stubs stay as they were.\n"
        "\n"
        "      --watch   do it again whenever a file changes, until Ctrl-C\n"
        "\n"
        "Examples:\n"
        "  moonsift types recruitment\n"
        "  moonsift types --watch\n",
    .run = run,
};

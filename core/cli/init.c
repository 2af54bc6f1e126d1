/*
 * moonsift init: a folder to begin in: configuration, a vertical that works, what editors need.
 */
#include "base/json.h"
#include "base/resource.h"
#include "base/text.h"
#include "cli/cases.h"
#include "cli/types_write.h"
#include "cli/verb.h"
#include "cli/verticals.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static const ms_verb *const self = &ms_verb_init;

enum { MOST_FILES = MS_STUBS_MOST + 16, MOST_SAMPLES = 16 };

static const char config_text[] =
    "# moonsift.yaml: what differs from the defaults. `moonsift config show` lists all keys,\n"
    "# `moonsift config check` finds mistakes. Relative paths start at this file's folder.\n"
    "\n"
    "rules:\n"
    "  dir: scripts # each folder in it is a vertical\n"
    "\n"
    "# Accounts whose webhooks are taken, and the vertical that judges their contacts.\n"
    "accounts:\n"
    "  1: { vertical: %s }\n"
    "\n"
    "# Who sends. The secret that Chatwoot shows stands in a file of its own, never here.\n"
    "# sources:\n"
    "#   chatwoot: { kind: chatwoot, secret_file: chatwoot.secret }\n"
    "\n"
    "# Without this moonsift runs a PostgreSQL of its own.\n"
    "# crm:\n"
    "#   dsn_file: crm.dsn\n";

/* ---- the samples in the program ------------------------------------------------------------- */

/* "recruitment" of "scripts/recruitment/vertical.lua"; n == 0: another file. */
static ms_str sample_name(const ms_resource *r)
{
    const char *at = strncmp(r->path, "scripts/", 8) == 0 ? r->path + 8 : "";
    const char *slash = strchr(at, '/');
    if (!slash || strcmp(slash, "/vertical.lua") != 0)
        return MS_NONE;
    return (ms_str){at, (size_t)(slash - at)};
}

static ms_status sample_names(ms_arena *arena, const char **names, size_t *n, ms_error *err)
{
    *n = 0;
    for (const ms_resource *r = ms_resource_samples; r->path && *n < MOST_SAMPLES; r++) {
        ms_str name = sample_name(r);
        if (!name.n)
            continue;
        name = ms_arena_dup(arena, name);
        if (!name.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        names[(*n)++] = name.p;
    }
    names[*n] = NULL;
    return MS_OK;
}

static ms_status no_such_sample(const char *name, const char *const *names, ms_error *err)
{
    const char *near = ms_nearest(ms_str_z(name), names);
    char list[256];
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; names[i] && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    ms_fail(err, MS_NOT_FOUND, "there is no sample vertical \"%.80s\"%s%s%s", name,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    ms_hint(err, "there are: %s", list);
    return MS_NOT_FOUND;
}

/* ---- what is written ------------------------------------------------------------------------ */

typedef struct beginning {
    ms_cli *cli;
    const char *dir, *vertical;
    ms_source_file sources[8];
    size_t n_sources;
    ms_new_file files[MOST_FILES];
    size_t n_files;
    uint32_t rules;
    size_t cases;
} beginning;

static void add(beginning *b, const char *path, ms_str text)
{
    b->files[b->n_files++] = (ms_new_file){path, text};
}

static void add_sample(beginning *b)
{
    size_t n = strlen(b->vertical);
    for (const ms_resource *r = ms_resource_samples; r->path; r++) {
        const char *at = r->path + 8; /* behind "scripts/" */
        if (strncmp(at, b->vertical, n) != 0 || at[n] != '/' || b->n_sources == 8)
            continue;
        const ms_str text = {r->bytes, r->size};
        add(b, r->path, text);
        b->sources[b->n_sources++] = (ms_source_file){ms_str_z(at + n + 1), text};
    }
}

/* The contact of the first case, to be explained: what a newcomer changes and tries again. */
static ms_status add_contact(beginning *b, const ms_case *first, ms_error *err)
{
    const ms_member members[] = {{MS_STR("vertical"), ms_string(ms_str_z(b->vertical))},
                                 {MS_STR("attributes"), *first->contact}};
    const ms_value contact = ms_object(members, sizeof members / sizeof *members);
    ms_buf text = {0};
    ms_json_write_pretty(&text, &contact);
    ms_buf_char(&text, '\n');
    ms_str copy = text.failed ? MS_NONE : ms_arena_dup(b->cli->arena, ms_buf_view(&text));
    ms_buf_free(&text);
    if (!copy.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    add(b, "contact.json", copy);
    return MS_OK;
}

/* The stubs of the sample, and how much there is in it. */
static ms_status add_stubs(beginning *b, ms_error *err)
{
    ms_script *script = NULL;
    ms_arena *arena = b->cli->arena;
    ms_problems problems = {.arena = arena};
    ms_case *cases = NULL;
    size_t n = 0;
    ms_status status =
        ms_script_load(ms_str_z(b->vertical), b->sources, b->n_sources, NULL, &script, err);
    if (status)
        return status;
    b->rules = ms_script_vertical(script)->n_rules;
    status = ms_types_vertical(ms_script_vertical(script), arena, &b->files[b->n_files], err);
    b->n_files += !status;
    if (!status)
        status = ms_types_library(arena, &b->files[b->n_files], &n, err);
    b->n_files += n;
    for (size_t i = 0; i < b->n_sources && !status; i++)
        if (ms_str_eqz(b->sources[i].name, "cases.yaml"))
            status = ms_cases_read(b->sources[i].text, &problems, &cases, &b->cases, err);
    if (!status && b->cases)
        status = add_contact(b, &cases[0], err);
    ms_script_free(script);
    return status;
}

static ms_status gather(beginning *b, ms_error *err)
{
    ms_str config = ms_arena_format(b->cli->arena, config_text, b->vertical);
    if (!config.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    add(b, "moonsift.yaml", config);
    add_sample(b);
    b->files[b->n_files++] = ms_types_luarc();
    return add_stubs(b, err);
}

/* ---- what is told --------------------------------------------------------------------------- */

/* A word as a shell reads it. */
static void print_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./+,:@%=~";
    if (*word && word[0] != '~' && word[strspn(word, plain)] == '\0') {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, stdout);
    putchar('\'');
}

/* "moonsift" when that is what a shell finds, else the whole path. */
static const char *program(ms_arena *arena)
{
    char own[PATH_MAX], found[PATH_MAX];
    const char *path = getenv("PATH");
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    if (n <= 0)
        return "moonsift";
    own[n] = '\0';
    for (const char *at = path ? path : ""; *at; at += strspn(at, ":")) {
        size_t length = strcspn(at, ":");
        ms_str file = ms_arena_format(arena, "%.*s/moonsift", (int)length, at);
        at += length;
        if (file.p && access(file.p, X_OK) == 0)
            return realpath(file.p, found) && strcmp(found, own) == 0
                       ? "moonsift"
                       : ms_arena_dup(arena, ms_str_z(own)).p;
    }
    return ms_arena_dup(arena, ms_str_z(own)).p;
}

static void print_command(const char *moonsift, const char *arguments)
{
    fputs("  ", stdout);
    print_word(moonsift);
    printf(" %s\n", arguments);
}

static int tell_json(const beginning *b)
{
    ms_value *files = ms_alloc_zero(b->cli->arena, b->n_files, sizeof *files);
    for (size_t i = 0; files && i < b->n_files; i++)
        files[i] = ms_string(ms_str_z(b->files[i].path));
    const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.init/1"))},
                                 {MS_STR("folder"), ms_string(ms_str_z(b->dir))},
                                 {MS_STR("vertical"), ms_string(ms_str_z(b->vertical))},
                                 {MS_STR("rules"), ms_int(b->rules)},
                                 {MS_STR("cases"), ms_int((int64_t)b->cases)},
                                 {MS_STR("files"), ms_array(files, b->n_files)}};
    const ms_value document = ms_object(members, sizeof members / sizeof *members);
    return files && ms_cli_json(&document) ? 0 : 1;
}

static int tell(const beginning *b)
{
    if (b->cli->json)
        return tell_json(b);
    ms_arena *arena = b->cli->arena;
    const char *moonsift = program(arena);
    ms_str commands[] = {ms_arena_format(arena, "check %s", b->vertical),
                         ms_arena_format(arena, "test %s", b->vertical),
                         MS_STR("explain contact.json")};
    bool here = strcmp(b->dir, ".") == 0;
    if (!moonsift)
        return 1;
    if (b->cli->quiet)
        return 0;
    for (size_t i = 0; i < b->n_files; i++)
        if (strncmp(b->files[i].path, ".moonsift/", 10) != 0)
            printf("%s%s%s\n", here ? "" : b->dir, here ? "" : "/", b->files[i].path);
    printf("\n%s has %u rules and %zu cases. Next:\n", b->vertical, b->rules, b->cases);
    if (!here) {
        fputs("  cd ", stdout);
        print_word(b->dir);
        putchar('\n');
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].p)
            print_command(moonsift, commands[i].p);
    if (getenv("MOONSIFT_CONFIG"))
        fputs("MOONSIFT_CONFIG is set: it is read instead of the new moonsift.yaml\n", stderr);
    return 0;
}

/* ---- the verb ------------------------------------------------------------------------------- */

/* Without the '/' behind it that a shell's completion leaves. */
static const char *folder(ms_arena *arena, const char *given)
{
    size_t n = strlen(given);
    while (n > 1 && given[n - 1] == '/')
        n--;
    return ms_arena_dup(arena, (ms_str){given, n}).p;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    const char *vertical = "recruitment", *names[MOST_SAMPLES + 1] = {NULL};
    const ms_cli_option options[] = {{.name = "vertical", .value = &vertical}, {0}};
    ms_error err = {0};
    size_t n = 0, i = 0;
    int code = ms_cli_options(self, &argc, argv, options);
    if (code)
        return code;
    if (argc > 2)
        return ms_cli_usage(self, "one folder, not \"%s\" as well", argv[2]);
    if (argc == 2 && !argv[1][0])
        return ms_cli_usage(self, "\"\" is no folder");
    cli->json |= cli->jsonl;
    beginning *b = ms_alloc_zero(cli->arena, 1, sizeof *b);
    const char *dir = argc == 2 ? folder(cli->arena, argv[1]) : ".";
    if (!b || !dir)
        return 1;
    ms_status status = sample_names(cli->arena, names, &n, &err);
    while (names[i] && strcmp(names[i], vertical) != 0)
        i++;
    if (!status && !names[i])
        status = no_such_sample(vertical, names, &err);
    *b = (beginning){.cli = cli, .dir = dir, .vertical = names[i]};
    if (!status)
        status = gather(b, &err);
    if (!status)
        status = ms_files_create(cli->arena, dir, b->files, b->n_files, &err);
    if (status == MS_CONFLICT && !err.hint[0])
        ms_hint(&err, "begin in a new folder: moonsift init FOLDER --vertical %s", vertical);
    return status ? ms_cli_fail(self, &err) : tell(b);
}

const ms_verb ms_verb_init = {
    .name = "init",
    .summary = "begin: a folder with a configuration and a vertical that works",
    .usage = "init [DIR] [--vertical recruitment|ecommerce|business_setup]",
    .help = "Writes into DIR (default: this folder, made when it is not there): moonsift.yaml,\n"
            "scripts/VERTICAL with rules and cases to change, contact.json to try them on,\n"
            ".luarc.json and .moonsift for the editor. Nothing that is there is overwritten: if\n"
            "one of the files is, none is written. Ends with the commands to type next.\n"
            "\n"
            "      --vertical NAME   the sample to begin with: recruitment (default), ecommerce\n"
            "                        or business_setup\n"
            "\n"
            "Examples:\n"
            "  moonsift init leads\n"
            "  moonsift init shop --vertical ecommerce\n",
    .run = run,
};

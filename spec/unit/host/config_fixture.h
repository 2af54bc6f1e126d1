/*
 * What the specs of the configuration share: a plugin with known keys, and loading a text.
 */
#ifndef SPEC_CONFIG_FIXTURE_H
#define SPEC_CONFIG_FIXTURE_H

#include "host/config.h"
#include <moonsift/provide/config.h>
#include <moonsift/provide/sources.h>

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a plugin whose keys can be relied on --------------------------------------------------- */

static ms_status activate(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err)
{
    (void)host, (void)config, (void)out;
    return ms_fail(err, MS_INTERNAL, "only its tables are used");
}
static void deactivate(ms_plugin *self)
{
    (void)self;
}

static const ms_config_key declared[] = {
    {"sources:parrot", "secret_file", "file", NULL, "Its secret.", true},
    {"sources:parrot", "window", "duration", "5m", "How long.", false},
    {"sources:parrot", "events", "list", NULL, "Which ones.", false},
    {"plugins.parrot", "cage", "size", "4KiB", "How large.", false},
    {"plugins.parrot", "seed", "string", NULL, "Only from the environment.", true},
    {0}};
static const ms_config_keys keys = {sizeof keys, declared};
static const ms_source_kind kinds[] = {{.kind = "parrot", .summary = "repeats"}, {0}};
static const ms_sources sources = {sizeof sources, kinds};

static const void *table(const char *id)
{
    return strcmp(id, MS_TABLE_CONFIG) == 0    ? (const void *)&keys
           : strcmp(id, MS_TABLE_SOURCES) == 0 ? (const void *)&sources
                                               : NULL;
}

static const ms_plugin_info info = {sizeof info, "parrot", "1.0.0", "A plugin of the specs.", NULL};
static const ms_plugin_entry entry = {MS_PLUGIN_MAGIC, sizeof entry, MS_ABI_MAJOR, MS_ABI_MINOR,
                                      &info,           activate,     deactivate,   table};

/* ---- loading a text -------------------------------------------------------------------------- */

static char dir[40];
static char file[80];
static ms_plugins *plugins;
static char told[4096]; /* problems and warnings, one a line, hints in brackets */

static void tell(void *arg, bool warning, const char *text, const char *hint)
{
    (void)arg;
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s%s [%s]\n", warning ? "warning " : "", text, hint);
}

static void put(const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, mode);
}

static ms_status try_with(const char *text, const ms_config_flag *flags, size_t n,
                          ms_config **config, ms_error *err)
{
    put("moonsift.yaml", text, 0600);
    told[0] = '\0';
    return ms_config_check(file, flags, n, plugins, tell, NULL, config, err);
}

static ms_config *good(const char *text)
{
    ms_config *config = NULL;
    ms_error err = {0};
    if (try_with(text, NULL, 0, &config, &err) != MS_OK)
        fail_msg("%s [%s]", err.text, err.hint);
    return config;
}

/* Refused, with these words among the problems. Returns how many there were. */
static int bad(const char *text, const char *words)
{
    ms_config *config = NULL;
    ms_error err = {0};
    int n = 0;
    assert_int_not_equal(try_with(text, NULL, 0, &config, &err), MS_OK);
    assert_null(config);
    if (!strstr(told, words))
        fail_msg("\"%s\" is not in:\n%s", words, told);
    for (const char *p = told; (p = strchr(p, '\n')); p++)
        n++;
    return n;
}

static int set_up(void **state)
{
    (void)state;
    ms_error err = {0};
    snprintf(dir, sizeof dir, "/tmp/ms-config-XXXXXX");
    if (!mkdtemp(dir) || !(plugins = ms_plugins_new(NULL, &err)))
        return -1;
    snprintf(file, sizeof file, "%s/moonsift.yaml", dir);
    return ms_plugins_add(plugins, &entry, "bundled", NULL, &err) == MS_OK ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    ms_plugins_free(plugins);
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void assert_str(ms_str s, const char *expected)
{
    if (!ms_str_eqz(s, expected))
        fail_msg("\"" MS_FMT "\" is not \"%s\"", MS_ARG(s), expected);
}

#endif

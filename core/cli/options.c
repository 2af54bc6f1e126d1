/*
 * cli/options.c: a verb's own flags, and the words with which a verb fails.
 */
#include "base/json.h"
#include "base/text.h"
#include "cli/verb.h"

#include <errno.h>
#include <stdlib.h>

int ms_cli_fail(const ms_verb *verb, const ms_error *err)
{
    static const int codes[] = {
#define X(name, http, exit, meaning) exit,
        MS_STATUS_MAP(X)
#undef X
    };
    fflush(stdout);
    fprintf(stderr, "moonsift %s: ", verb->name);
    ms_cli_show(stderr, ms_str_z(err->text));
    fputc('\n', stderr);
    if (err->hint[0])
        fprintf(stderr, "  hint: %s\n", err->hint);
    if (err->status == MS_OK || (unsigned)err->status >= MS_STATUS_COUNT)
        return 1;
    return codes[err->status];
}

int ms_cli_usage(const ms_verb *verb, const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fprintf(stderr, "moonsift %s: ", verb->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n  hint: moonsift %s -h\n", verb->name);
    return 2;
}

static const ms_cli_option *find(const ms_cli_option *options, const char *arg, const char **text)
{
    *text = NULL;
    bool is_long = arg[1] == '-';
    size_t n = strcspn(arg + 2, "=");
    for (const ms_cli_option *o = options; o->name; o++) {
        if (!is_long && o->letter && arg[1] == o->letter) {
            *text = arg[2] ? arg + 2 : NULL;
            return o;
        }
        if (is_long && strlen(o->name) == n && memcmp(o->name, arg + 2, n) == 0) {
            *text = arg[2 + n] ? arg + 3 + n : NULL;
            return o;
        }
    }
    return NULL;
}

static int unknown_flag(const ms_verb *verb, const ms_cli_option *options, const char *arg)
{
    enum { MOST = 48 };
    const char *names[MOST + 1] = {NULL};
    size_t n = 0;
    for (; options[n].name && n < MOST; n++)
        names[n] = options[n].name;
    ms_cli_global_names(names + n, MOST - n);
    const char *name = arg + strspn(arg, "-");
    const char *near = ms_nearest((ms_str){name, strcspn(name, "=")}, names);
    if (near)
        return ms_cli_usage(verb, "there is no flag \"%s\"; did you mean \"--%s\"?", arg, near);
    return ms_cli_usage(verb, "there is no flag \"%s\"", arg);
}

int ms_cli_options(const ms_verb *verb, int *argc, char **argv, const ms_cli_option *options)
{
    int kept = 1, i = 1;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        const char *arg = argv[i], *text = NULL;
        if (arg[0] != '-' || !arg[1]) {
            argv[kept++] = argv[i];
            continue;
        }
        const ms_cli_option *o = find(options, arg, &text);
        if (!o)
            return unknown_flag(verb, options, arg);
        if (o->given && text)
            return ms_cli_usage(verb, "--%s takes no value", o->name);
        if (o->given) {
            *o->given = true;
            continue;
        }
        if (!text && ++i >= *argc)
            return ms_cli_usage(verb, "--%s needs a value", o->name);
        *o->value = text ? text : argv[i];
    }
    for (i++; i < *argc; i++) /* behind the "--" */
        argv[kept++] = argv[i];
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

int ms_cli_unknown(const ms_verb *verb, const char *noun, const char *const *nouns)
{
    const char *near = ms_nearest(ms_str_z(noun), nouns);
    if (near)
        return ms_cli_usage(verb, "there is no \"%s %s\"; did you mean \"%s %s\"?", verb->name,
                            noun, verb->name, near);
    return ms_cli_usage(verb, "there is no \"%s %s\"", verb->name, noun);
}

int ms_cli_number(const ms_verb *verb, const char *flag, const char *value, int64_t min,
                  int64_t max, int64_t *out)
{
    if (!value)
        return 0;
    char *end = NULL;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (errno || end == value || *end || n < min || n > max)
        return ms_cli_usage(verb, "%s \"%s\" is no whole number from %lld to %lld", flag, value,
                            (long long)min, (long long)max);
    *out = n;
    return 0;
}

bool ms_cli_json(const ms_value *document)
{
    ms_buf buf = {0};
    ms_json_write(&buf, document);
    ms_buf_char(&buf, '\n');
    bool ok = !buf.failed;
    if (ok)
        fwrite(buf.p, 1, buf.n, stdout);
    ms_buf_free(&buf);
    return ok;
}

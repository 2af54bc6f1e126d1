/*
 * host/config_secret.c: secrets are read into buffers of their own, outside any arena, so that
 * every copy is known and can be overwritten.
 */
#include "host/config_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 64 * 1024 };

static ms_csecret *add(ms_cload *load, char *bytes, size_t n, const char *env, ms_cscope scope)
{
    ms_csecret *secret = calloc(1, sizeof *secret);
    if (!secret) {
        explicit_bzero(bytes, n);
        free(bytes);
        load->no_memory = true;
        return NULL;
    }
    *secret = (ms_csecret){
        .bytes = bytes, .n = n, .env = env, .scope = scope, .next = load->config->secrets};
    load->config->secrets = secret;
    return secret;
}

void ms_config_wipe(ms_csecret *secret)
{
    if (secret->bytes)
        explicit_bzero(secret->bytes, secret->n);
    free(secret->bytes);
    secret->bytes = NULL;
    secret->n = 0;
    if (secret->holder)
        *secret->holder = ms_null();
}

ms_csecret *ms_cload_secret_env(ms_cload *load, const char *env, const char *value, ms_cscope scope)
{
    size_t n = strlen(value);
    char *bytes = malloc(n + 1);
    load->no_memory |= !bytes;
    if (!bytes)
        return NULL;
    memcpy(bytes, value, n + 1);
    return add(load, bytes, n, env, scope);
}

/* Reads up to SECRET_MAX bytes; -1 with errno, EFBIG when there is more. */
static ssize_t read_all(int fd, char *bytes)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, bytes + n, SECRET_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (ssize_t)n;
        n += (size_t)got;
        if (n > SECRET_MAX) {
            errno = EFBIG;
            return -1;
        }
    }
}

static size_t without_newline(const char *bytes, size_t n)
{
    while (n && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    return n;
}

static int line_of(const ms_cfrom *from)
{
    return from->line > 0 ? from->line : 0;
}

/* Opens it and looks at its rights. -1 after noting the problem. */
static int open_secret(ms_cload *load, ms_str path, ms_str file, const ms_cfrom *from)
{
    int fd = open(file.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        const char *hint = errno == ENOENT ? "write the secret into it, and chmod 600 it"
                           : errno == EACCES
                               ? "let the user read it that moonsift runs as (key user)"
                               : NULL;
        ms_cload_problem(load, line_of(from), hint, MS_FMT ": " MS_FMT ": %s", MS_ARG(path),
                         MS_ARG(file), strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (st.st_mode & S_IROTH) {
        ms_str hint = ms_arena_format(load->arena, "chmod o-r " MS_FMT, MS_ARG(file));
        ms_cload_warn(load, line_of(from), hint.p,
                      MS_FMT ": everybody on this machine can read " MS_FMT, MS_ARG(path),
                      MS_ARG(file));
    }
    return fd;
}

ms_csecret *ms_cload_secret_file(ms_cload *load, ms_str path, ms_str file, const ms_cfrom *from,
                                 ms_cscope scope)
{
    char *bytes = NULL;
    ssize_t got = -1;
    size_t n = 0;
    const char *wrong = NULL;
    int fd = open_secret(load, path, file, from);
    if (fd < 0)
        return NULL;
    bytes = malloc(SECRET_MAX + 1);
    if (!bytes) {
        load->no_memory = true;
        goto done;
    }
    got = read_all(fd, bytes);
    n = got > 0 ? without_newline(bytes, (size_t)got) : 0;
    if (got < 0)
        wrong = errno == EFBIG ? "is larger than any secret (64 KiB)" : strerror(errno);
    else if (n == 0)
        wrong = "is empty";
    else if (memchr(bytes, '\0', n) || memchr(bytes, '\n', n))
        wrong = "has more than one line; it must hold the secret alone";
    if (wrong)
        ms_cload_problem(load, line_of(from), "write the secret into it, on one line",
                         MS_FMT ": " MS_FMT " %s", MS_ARG(path), MS_ARG(file), wrong);
done:
    close(fd);
    if (!bytes || wrong) {
        if (bytes)
            explicit_bzero(bytes, SECRET_MAX + 1);
        free(bytes);
        return NULL;
    }
    explicit_bzero(bytes + n, SECRET_MAX + 1 - n); /* the newline, and a NUL behind the secret */
    return add(load, bytes, n, NULL, scope);
}

/* The value in the environment block itself, where /proc/PID/environ would still show it. */
static void wipe_variable(const char *env)
{
    char *value = getenv(env);
    if (value)
        explicit_bzero(value, strlen(value));
}

void ms_config_keep(ms_config *config, const char *role)
{
    bool receive = strcmp(role, "receive") == 0;
    bool database = receive || strcmp(role, "judge") == 0;
    for (ms_csecret *s = config->secrets; s; s = s->next) {
        if ((s->scope == MS_FOR_DATABASE && database) || (s->scope == MS_FOR_SOURCE && receive))
            continue;
        if (s->env)
            wipe_variable(s->env);
        ms_config_wipe(s);
    }
}

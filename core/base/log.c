/* log.c: structured lines, built in memory and written whole. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct ms_log {
    ms_buf line;
    bool json;
};

/* Set once at start, before there are threads. */
static struct {
    int fd;
    bool json;
    ms_log_level level;
    char role[32];
} setup = {.fd = STDERR_FILENO, .json = true, .level = MS_LOG_INFO};

void ms_log_setup(int fd, ms_log_format format, ms_log_level level, const char *role)
{
    setup.fd = fd;
    setup.json = format == MS_LOG_JSON || (format == MS_LOG_AUTO && !isatty(fd));
    setup.level = level;
    snprintf(setup.role, sizeof setup.role, "%s", role ? role : "");
}

static const char *level_name(ms_log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return (unsigned)level < 4 ? names[level] : "error";
}

/* Values that would be hard to tell apart in a line of words are quoted. */
static bool is_plain(ms_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return s.n > 0;
}

static void add_key(ms_log *l, const char *key)
{
    if (l->json) {
        ms_buf_char(&l->line, ',');
        ms_json_string(&l->line, ms_str_z(key));
        ms_buf_char(&l->line, ':');
    } else {
        ms_buf_char(&l->line, ' ');
        ms_buf_z(&l->line, key);
        ms_buf_char(&l->line, '=');
    }
}

ms_log *ms_log_begin(ms_log_level level, const char *event)
{
    char now[MS_TIME_TEXT];
    if (level < setup.level)
        return NULL;
    ms_log *l = calloc(1, sizeof *l);
    if (!l)
        return NULL; /* without memory the line is lost, the work is not */
    l->json = setup.json;
    ms_time_format(ms_wall_us(), now);
    if (l->json) {
        ms_buf_format(&l->line, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":", now,
                      level_name(level));
        ms_json_string(&l->line, ms_str_z(event));
    } else {
        ms_buf_format(&l->line, "%s %-5s %s", now, level_name(level), event);
    }
    if (setup.role[0])
        ms_log_z(l, "role", setup.role);
    return l;
}

void ms_log_str(ms_log *l, const char *key, ms_str value)
{
    if (!l)
        return;
    add_key(l, key);
    if (!value.p)
        ms_buf_z(&l->line, "null");
    else if (l->json || !is_plain(value))
        ms_json_string(&l->line, value);
    else
        ms_buf_str(&l->line, value);
}

void ms_log_z(ms_log *l, const char *key, const char *value)
{
    ms_log_str(l, key, ms_str_z(value));
}

void ms_log_int(ms_log *l, const char *key, int64_t value)
{
    if (!l)
        return;
    add_key(l, key);
    ms_buf_int(&l->line, value);
}

void ms_log_value(ms_log *l, const char *key, const ms_value *value)
{
    if (!l)
        return;
    if (value && value->kind == MS_STRING) {
        ms_log_str(l, key, ms_as_str(value));
        return;
    }
    ms_value null = ms_null();
    add_key(l, key);
    ms_json_write(&l->line, value ? value : &null);
}

static void write_whole(int fd, ms_str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nowhere to report that the log cannot be written */
        s = (ms_str){s.p + n, s.n - (size_t)n};
    }
}

void ms_log_end(ms_log *l)
{
    if (!l)
        return;
    ms_buf_z(&l->line, l->json ? "}\n" : "\n");
    if (!l->line.failed)
        write_whole(setup.fd, ms_buf_view(&l->line));
    ms_buf_free(&l->line);
    free(l);
}

static void add_error(ms_log *l, const ms_error *err)
{
    ms_log_z(l, "status", ms_status_name(err->status));
    ms_log_z(l, "msg", err->text);
    if (err->hint[0])
        ms_log_z(l, "hint", err->hint);
}

void ms_log_error(ms_log_level level, const char *event, const ms_error *err)
{
    ms_log *l = ms_log_begin(level, event);
    add_error(l, err);
    ms_log_end(l);
}

int64_t ms_hush_ask(ms_hush *h, unsigned per_minute)
{
    int64_t now = ms_mono_us();
    if (h->said == 0 || now - h->since >= 60000000) {
        h->since = now;
        h->said = 0;
    }
    if (h->said >= per_minute) {
        h->left_out++;
        return -1;
    }
    int64_t left_out = h->left_out;
    h->said++;
    h->left_out = 0;
    return left_out;
}

void ms_log_hushed(ms_hush *hush, ms_log_level level, const char *event, const ms_error *err)
{
    int64_t left_out = ms_hush_ask(hush, 1);
    if (left_out < 0)
        return;
    ms_log *l = ms_log_begin(level, event);
    add_error(l, err);
    if (left_out)
        ms_log_int(l, "left_out", left_out);
    ms_log_end(l);
}

void ms_log_msg(ms_log_level level, const char *event, const char *fmt, ...)
{
    ms_log *l = ms_log_begin(level, event);
    if (!l)
        return;
    ms_buf text = {0};
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0 && ms_buf_reserve(&text, (size_t)n + 1)) {
        vsnprintf(text.p, (size_t)n + 1, fmt, again);
        text.n = (size_t)n;
    }
    va_end(again);
    va_end(ap);
    ms_log_str(l, "msg", ms_buf_view(&text));
    ms_log_end(l);
    ms_buf_free(&text);
}

/*
 * base/log.h: one structured line per event, on one descriptor.
 *
 *     ms_log *l = ms_log_begin(MS_LOG_INFO, "delivery.stored");
 *     ms_log_str(l, "source", source);
 *     ms_log_int(l, "ms", ms);
 *     ms_log_end(l);
 *
 * ms_log_begin returns NULL below the level; all others accept NULL. Lines are written whole with
 * one write(2); one line per thread at a time. Never pass attribute values, message text or
 * secrets.
 */
#ifndef MS_BASE_LOG_H
#define MS_BASE_LOG_H

#include <moonsift/plugin.h>

typedef enum ms_log_format { MS_LOG_AUTO, MS_LOG_TEXT, MS_LOG_JSON } ms_log_format;
typedef struct ms_log ms_log;

/* AUTO: text on a terminal, JSON otherwise. `role` is on every line ("judge"), NULL for none. */
void ms_log_setup(int fd, ms_log_format format, ms_log_level level, const char *role);

ms_log *ms_log_begin(ms_log_level level, const char *event);
void ms_log_str(ms_log *l, const char *key, ms_str value);
void ms_log_z(ms_log *l, const char *key, const char *value);
void ms_log_int(ms_log *l, const char *key, int64_t value);
void ms_log_value(ms_log *l, const char *key, const ms_value *value);
void ms_log_end(ms_log *l);

/* Shorthands for a line with an error, or with one sentence ("msg"). */
void ms_log_error(ms_log_level level, const char *event, const ms_error *err);
__attribute__((format(printf, 3, 4))) void ms_log_msg(ms_log_level level, const char *event,
                                                      const char *fmt, ...);

/* Keeps one kind of line from filling the disk. Zeroed at start. */
typedef struct ms_hush {
    int64_t since; /* of the minute that counts, microseconds */
    unsigned said; /* in it */
    int64_t left_out;
} ms_hush;

/* Asks before a line is written: -1 when there were `per_minute` of them already, else how many
 * were left out before this one (0: none), to be said in it. */
int64_t ms_hush_ask(ms_hush *hush, unsigned per_minute);
/* ms_log_error, once a minute. */
void ms_log_hushed(ms_hush *hush, ms_log_level level, const char *event, const ms_error *err);

#endif

/*
 * base/clock.h: time of day, monotonic time, and dates as text.
 *
 * Times are microseconds since 1970-01-01 UTC; dates are days since then. [any]
 */
#ifndef MS_BASE_CLOCK_H
#define MS_BASE_CLOCK_H

#include <moonsift/value.h>

int64_t ms_wall_us(void);
int64_t ms_mono_us(void);

/* Days of a proleptic Gregorian date; month and day are taken as they are (2025-02-31 is 3 March).
 */
int64_t ms_days(int64_t year, int month, int day);
void ms_civil(int64_t days, int64_t *year, int *month, int *day);

/* "2025-02-01" or "2025-02-01T14:20[:05[.123456]][Z|+01:00]"; nothing may follow. */
bool ms_time_parse(ms_str s, int64_t *us);

enum { MS_TIME_TEXT = 32 };
/* "2025-02-01T14:20:05.123Z"; returns `out`. */
const char *ms_time_format(int64_t us, char out[MS_TIME_TEXT]);

/* "5s", "2m", "250ms", "1h", "6d" -> milliseconds; "1MiB", "64KiB", "4096" -> bytes. */
bool ms_duration_parse(ms_str s, int64_t *ms);
bool ms_size_parse(ms_str s, int64_t *bytes);

#endif

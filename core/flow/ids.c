#include "flow/ids.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i l o u */
static const int64_t EPOCH_MS = 1735689600000;                     /* 2025-01-01 */
enum { DIGITS = 13 };

void ms_ids_init(ms_ids *ids)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint32_t)ms_mono_us() * 2654435761u ^ (uint32_t)getpid();
    ids->node = random & 0x3ff;
    ids->counter = 0;
    ids->last_ms = 0;
}

int64_t ms_ids_next(ms_ids *ids)
{
    int64_t now = ms_wall_us() / 1000 - EPOCH_MS;
    if (now > ids->last_ms) {
        ids->last_ms = now;
        ids->counter = 0;
    } else if (++ids->counter > 0xfff) { /* a busy millisecond, or a clock that went back */
        ids->last_ms++;
        ids->counter = 0;
    }
    return (ids->last_ms & 0x1ffffffffff) << 22 | (int64_t)ids->node << 12 | ids->counter;
}

const char *ms_id_text(const char *prefix, int64_t id, char out[MS_ID_TEXT])
{
    char digits[DIGITS + 1];
    uint64_t rest = (uint64_t)id;
    for (int i = DIGITS; i-- > 0; rest >>= 5)
        digits[i] = alphabet[rest & 31];
    digits[DIGITS] = '\0';
    snprintf(out, MS_ID_TEXT, "%s_%s", prefix, digits);
    return out;
}

bool ms_id_parse(const char *prefix, const char *text, int64_t *id)
{
    size_t n = strlen(prefix);
    bool prefixed = strncmp(text, prefix, n) == 0 && text[n] == '_';
    if (!prefixed) { /* a plain number, as psql shows it */
        char *end = NULL;
        errno = 0;
        long long number = strtoll(text, &end, 10);
        if (errno || end == text || *end || number <= 0)
            return false;
        *id = number;
        return true;
    }
    text += n + 1;
    if (strlen(text) != DIGITS)
        return false;
    uint64_t value = 0;
    for (; *text; text++) {
        const char *digit = strchr(alphabet, *text);
        if (!digit)
            return false;
        value = value << 5 | (uint64_t)(digit - alphabet);
    }
    if (value == 0 || value > INT64_MAX)
        return false;
    *id = (int64_t)value;
    return true;
}

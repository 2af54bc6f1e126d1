/* What a host finds or makes around itself: its log, its folders. */
#include "base/log.h"
#include "host/embedded.h"
#include "host/serve.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void ms_host_log(const ms_config *config, const char *role)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    ms_str format = ms_config_str(config, "log.format"), level = ms_config_str(config, "log.level");
    ms_log_level at = MS_LOG_INFO;
    for (unsigned i = 0; i < 4; i++)
        if (ms_str_eqz(level, levels[i]))
            at = (ms_log_level)i;
    ms_log_setup(STDERR_FILENO,
                 ms_str_eqz(format, "json")   ? MS_LOG_JSON
                 : ms_str_eqz(format, "text") ? MS_LOG_TEXT
                                              : MS_LOG_AUTO,
                 at, role);
}

ms_embedded_at ms_host_embedded(const ms_config *config)
{
    return (ms_embedded_at){.folder = ms_config_str(config, "embedded.dir").p,
                            .bin = ms_config_str(config, "embedded.bin").p,
                            .user = ms_config_str(config, "user").p};
}

static ms_status give_to(const char *path, const char *user, ms_error *err)
{
    const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;
    if (entry && chown(path, entry->pw_uid, entry->pw_gid) != 0)
        return ms_fail(err, MS_INTERNAL, "%s: cannot be given to user %s: %s", path, user,
                       strerror(errno));
    return MS_OK;
}

ms_status ms_spool_folder(const ms_config *config, const char *user, char *out, size_t size,
                          ms_error *err)
{
    char folder[512];
    ms_str dir = ms_config_str(config, "spool.dir");
    int n;
    if (dir.n) {
        n = snprintf(out, size, MS_FMT, MS_ARG(dir));
    } else {
        const ms_embedded_at at = ms_host_embedded(config);
        ms_status status = ms_embedded_folder(&at, folder, sizeof folder, err);
        if (status != MS_OK)
            return status;
        n = snprintf(out, size, "%s/spool", folder);
    }
    if (n < 0 || (size_t)n >= size)
        return ms_fail(err, MS_INVALID, "the path of the spool's folder is too long");
    for (char *slash = strchr(out + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(out, 0755) != 0 && errno != EEXIST) /* the parents; an error shows below */
            errno = 0;
        *slash = '/';
    }
    if (mkdir(out, 0700) == 0)
        return give_to(out, user, err);
    if (errno != EEXIST)
        return ms_fail(err, MS_INTERNAL, "%s: cannot be made: %s", out, strerror(errno));
    return MS_OK;
}

#include "host/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

ms_status ms_drop_root(const char *user, ms_error *err)
{
    if (geteuid() != 0)
        return MS_OK;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (!entry) {
        ms_fail(err, MS_NOT_FOUND, "started as root, but there is no system user \"%s\"", user);
        ms_hint(err, "useradd --system --home-dir /var/lib/%s --create-home %s", user, user);
        return MS_NOT_FOUND;
    }
    if (entry->pw_uid == 0)
        return ms_fail(err, MS_INVALID, "user \"%s\" is root itself: choose another one", user);
    if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0)
        return ms_fail(err, MS_INTERNAL, "cannot become user \"%s\": %s", user, strerror(errno));
    if (setuid(0) == 0)
        return ms_fail(err, MS_INTERNAL, "root could be regained; not going on");
    return MS_OK;
}

void ms_keep_private(void)
{
#ifndef __SANITIZE_ADDRESS__ /* the leak check at exit looks in from outside */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

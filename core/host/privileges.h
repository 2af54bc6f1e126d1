/*
 * host/privileges.h: from root to the system user, for good.
 */
#ifndef MS_HOST_PRIVILEGES_H
#define MS_HOST_PRIVILEGES_H

#include <moonsift/status.h>

/* When running as root: become `user` with its groups; checks that there is no way back. Not root:
 * does nothing. MS_NOT_FOUND names the command that creates the user. */
ms_status ms_drop_root(const char *user, ms_error *err);

/* Other programs of the same user may not look into this process and those it forks (ptrace,
 * /proc/PID/mem), nor does it leave a core: memory holds secrets. */
void ms_keep_private(void);

#endif

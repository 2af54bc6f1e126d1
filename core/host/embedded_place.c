/*
 * host/embedded_place.c: the folder of the embedded database, and what can be seen in it without
 * asking the server.
 */
#include "host/embedded_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which folder --------------------------------------------------------------------------- */

static ms_status absolute(const char *folder, char *out, size_t size, ms_error *err)
{
    char cwd[256] = "";
    if (folder[0] != '/' && !getcwd(cwd, sizeof cwd))
        return ms_fail(err, MS_INTERNAL, "working folder: %s", strerror(errno));
    int n = snprintf(out, size, "%s%s%s", cwd, cwd[0] ? "/" : "", folder);
    if (n < 0 || (size_t)n >= size) {
        ms_fail(err, MS_INVALID, "embedded.dir: the path is longer than %zu bytes", size - 1);
        return ms_hint(err, "choose a shorter one");
    }
    while (n > 1 && out[n - 1] == '/')
        out[--n] = '\0';
    return MS_OK;
}

ms_status ms_embedded_folder(const ms_embedded_at *at, char *out, size_t size, ms_error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char path[512];
    if (at && at->folder)
        return absolute(at->folder, out, size, err);
    if (geteuid() == 0)
        return absolute("/var/lib/moonsift", out, size, err);
    if (state && state[0] == '/') {
        snprintf(path, sizeof path, "%s/moonsift", state);
    } else {
        const struct passwd *pw = home && home[0] == '/' ? NULL : getpwuid(geteuid());
        home = pw ? pw->pw_dir : home;
        if (!home || home[0] != '/') {
            ms_fail(err, MS_INVALID, "no home folder for the embedded database");
            return ms_hint(err, "set embedded.dir, or HOME");
        }
        snprintf(path, sizeof path, "%s/.local/state/moonsift", home);
    }
    return absolute(path, out, size, err);
}

/* ---- making and opening it ------------------------------------------------------------------ */

/* Whose a new folder is: ours, or for root the system user's. */
static ms_status owner_for_new(const ms_embedded_at *at, uid_t *uid, gid_t *gid, ms_error *err)
{
    const char *name = at && at->user ? at->user : "moonsift";
    *uid = geteuid();
    *gid = getegid();
    if (*uid != 0)
        return MS_OK;
    errno = 0;
    const struct passwd *pw = getpwnam(name);
    if (!pw || pw->pw_uid == 0) {
        ms_fail(err, MS_UNAVAILABLE,
                pw ? "PostgreSQL does not run as %s" : "there is no system user \"%s\"", name);
        return ms_hint(err, "useradd --system --home-dir /var/lib/moonsift --create-home moonsift");
    }
    *uid = pw->pw_uid;
    *gid = pw->pw_gid;
    return MS_OK;
}

static ms_status make_parents(const char *folder, ms_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s", folder);
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return ms_fail(err, MS_UNAVAILABLE, "%s: %s", path, strerror(errno));
        *p = '/';
    }
    return MS_OK;
}

static bool is_empty(int dir)
{
    struct stat st;
    return fstatat(dir, "data", &st, AT_SYMLINK_NOFOLLOW) != 0 &&
           fstatat(dir, "users.lock", &st, AT_SYMLINK_NOFOLLOW) != 0;
}

/* Checks whose the folder is; a new or unused one of root's is handed to the system user. */
static ms_status own(ms_place *place, const ms_embedded_at *at, bool create, ms_error *err)
{
    struct stat st;
    if (fstat(place->dir, &st) != 0)
        return ms_fail(err, MS_INTERNAL, "%s: %s", place->folder, strerror(errno));
    place->uid = st.st_uid;
    place->gid = st.st_gid;
    if (geteuid() == 0 && st.st_uid == 0 && create && is_empty(place->dir)) {
        ms_status status = owner_for_new(at, &place->uid, &place->gid, err);
        if (status)
            return status;
        if (fchown(place->dir, place->uid, place->gid) != 0 || fchmod(place->dir, 0700) != 0)
            return ms_fail(err, MS_INTERNAL, "%s: %s", place->folder, strerror(errno));
    }
    if (geteuid() == 0 ? place->uid != 0 : place->uid == geteuid())
        return MS_OK;
    ms_fail(err, MS_DENIED, "%s belongs to %s", place->folder,
            place->uid ? "another user" : "root, as whom PostgreSQL does not run");
    return ms_hint(err, "chown -R moonsift %s, or set embedded.dir", place->folder);
}

ms_status ms_place_open(const ms_embedded_at *at, bool create, ms_place *out, ms_error *err)
{
    *out = (ms_place){.dir = -1};
    ms_status status = ms_embedded_folder(at, out->folder, sizeof out->folder, err);
    if (status)
        return status;
    if (create && access(out->folder, F_OK) != 0) {
        uid_t uid;
        gid_t gid;
        /* Before anything is made: without the user there is nobody to make it for. */
        if ((status = owner_for_new(at, &uid, &gid, err)))
            return status;
        if ((status = make_parents(out->folder, err)))
            return status;
        if (mkdir(out->folder, 0700) != 0 && errno != EEXIST)
            return ms_fail(err, MS_UNAVAILABLE, "%s: %s", out->folder, strerror(errno));
    }
    out->dir = open(out->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir < 0) {
        if (errno == ENOENT)
            return ms_fail(err, MS_NOT_FOUND, "%s: there is no such folder", out->folder);
        ms_fail(err, MS_DENIED, "%s: %s", out->folder, strerror(errno));
        return ms_hint(err, "run as its owner, or set embedded.dir");
    }
    status = own(out, at, create, err);
    if (status)
        ms_place_close(out);
    return status;
}

void ms_place_close(ms_place *place)
{
    if (place->dir >= 0)
        close(place->dir);
    place->dir = -1;
}

int ms_place_file(const ms_place *place, const char *name, int flags, ms_error *err)
{
    int fd = openat(place->dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    if (fd >= 0 && geteuid() == 0 && fstat(fd, &st) == 0 && st.st_uid == 0 &&
        fchown(fd, place->uid, place->gid) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        ms_fail(err, MS_INTERNAL, "%s/%s: %s", place->folder, name, strerror(errno));
    return fd;
}

bool ms_place_kept(const ms_place *place)
{
    int fd = openat(place->dir, "keeper.lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool kept = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return kept;
}

int ms_place_boot_id(char out[64])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, 63) : 0;
    if (fd >= 0)
        close(fd);
    n = n > 0 ? n : 0;
    out[n] = '\0';
    return (int)n;
}

/* ---- the postmaster, from outside ----------------------------------------------------------- */

/* A pid in a left-over file may by now be anybody's: it counts only if that process stands in our
 * data folder and is no zombie. */
static bool is_ours(int pid, const char *data)
{
    char path[64], cwd[512], stat_line[512];
    snprintf(path, sizeof path, "/proc/%d/cwd", pid);
    ssize_t n = readlink(path, cwd, sizeof cwd - 1);
    if (n <= 0)
        return false;
    cwd[n] = '\0';
    char *real = realpath(data, NULL);
    bool same = real && strcmp(real, cwd) == 0;
    free(real);
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, stat_line, sizeof stat_line - 1) : 0;
    if (fd >= 0)
        close(fd);
    stat_line[n > 0 ? n : 0] = '\0';
    const char *state = strrchr(stat_line, ')');
    return same && state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

void ms_postmaster_look(const ms_place *place, ms_postmaster *out)
{
    char text[1024], data[300];
    *out = (ms_postmaster){0};
    int fd = openat(place->dir, "data/postmaster.pid", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    text[n] = '\0';
    char *rest = text, *line;
    for (int i = 1; (line = strsep(&rest, "\n")); i++) {
        if (i == 1)
            out->pid = atoi(line);
        else if (i == 5)
            snprintf(out->socket_dir, sizeof out->socket_dir, "%s", line);
        else if (i == 8)
            out->ready = strncmp(line, "ready", 5) == 0;
    }
    snprintf(data, sizeof data, "%s/data", place->folder);
    if (out->pid <= 0 || !is_ours(out->pid, data))
        *out = (ms_postmaster){0};
}

void ms_postmaster_dsn(const ms_postmaster *pm, char *out, size_t size)
{
    char quoted[2 * sizeof pm->socket_dir];
    size_t n = 0;
    for (const char *p = pm->socket_dir; *p; p++) {
        if (*p == '\'' || *p == '\\')
            quoted[n++] = '\\';
        quoted[n++] = *p;
    }
    quoted[n] = '\0';
    bool plain = strcspn(quoted, " \t'\\") == n;
    snprintf(out, size, "host=%s%s%s port=%d dbname=moonsift user=moonsift", plain ? "" : "'",
             quoted, plain ? "" : "'", MS_SOCKET_PORT);
}

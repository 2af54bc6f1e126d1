#include "host/migrate_files.h"

#include "base/hash.h"
#include <stdlib.h>

typedef struct file {
    int number;
    ms_str name;
    bool up;
} file;

/* "migrations/crm/0001_standalone_schema.up.sql"; false: not of this set, *bad: of it, but its
 * name is wrong. */
static bool read_path(const char *path, const char *set, file *out, bool *bad)
{
    static const char up[] = ".up.sql", down[] = ".down.sql";
    char folder[64];
    int n = snprintf(folder, sizeof folder, "migrations/%s/", set);
    if (n < 0 || (size_t)n >= sizeof folder || strncmp(path, folder, (size_t)n) != 0)
        return false;
    ms_str rest = ms_str_z(path + n);
    *out = (file){0};
    for (size_t i = 0; i < 4 && i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9'; i++)
        out->number = out->number * 10 + (rest.p[i] - '0');
    out->up = rest.n > sizeof up && strcmp(rest.p + rest.n - (sizeof up - 1), up) == 0;
    size_t tail = out->up ? sizeof up - 1 : sizeof down - 1;
    *bad = rest.n <= 5 + tail || rest.p[4] != '_' || !out->number ||
           (!out->up && strcmp(rest.p + rest.n - tail, down) != 0);
    if (!*bad)
        out->name = (ms_str){rest.p + 5, rest.n - 5 - tail};
    return true;
}

/* Lines `-- moonsift: WORDS`. False: one that nobody knows. */
static bool read_directives(ms_migration *m)
{
    static const char mark[] = "-- moonsift: ";
    m->transaction = true;
    for (const char *line = m->up.p; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, mark, sizeof mark - 1) != 0)
            continue;
        ms_str words = {line + sizeof mark - 1, strcspn(line + sizeof mark - 1, "\r\n")};
        if (ms_str_eqz(words, "no-transaction"))
            m->transaction = false;
        else if (ms_str_eqz(words, "layout stand-alone"))
            m->stand_alone = true;
        else
            return false;
    }
    return true;
}

static ms_migration *find_or_add(ms_migration *list, size_t *n, const file *f)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i].number == f->number)
            return &list[i];
    list[*n] = (ms_migration){.number = f->number, .name = f->name};
    return &list[(*n)++];
}

static int by_number(const void *a, const void *b)
{
    return ((const ms_migration *)a)->number - ((const ms_migration *)b)->number;
}

static ms_status check(ms_migration *m, const char *set, ms_error *err)
{
    if (!m->up.p || !m->down.p)
        return ms_fail(err, MS_INVALID, "migration %s %04d has no .%s.sql", set, m->number,
                       m->up.p ? "down" : "up");
    if (!read_directives(m))
        return ms_fail(err, MS_INVALID,
                       "migration %s %04d: a line \"-- moonsift: ...\" is neither no-transaction "
                       "nor layout stand-alone",
                       set, m->number);
    if (!ms_sha256_hex(&m->up, 1, m->sha256))
        return ms_fail(err, MS_NOMEM, "out of memory");
    return MS_OK;
}

ms_status ms_migrate_load(ms_arena *arena, const ms_resource *files, const char *set,
                          ms_migration **out, size_t *n, ms_error *err)
{
    size_t count = 0;
    file f;
    bool bad;
    while (files[count].path)
        count++;
    *n = 0;
    *out = ms_alloc_zero(arena, count + 1, sizeof **out);
    if (!*out)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        if (!read_path(files[i].path, set, &f, &bad))
            continue;
        if (bad)
            return ms_fail(err, MS_INVALID, "%s is not named NNNN_name.up.sql or .down.sql",
                           files[i].path);
        ms_migration *m = find_or_add(*out, n, &f);
        ms_str *text = f.up ? &m->up : &m->down;
        if (text->p || !ms_str_eq(m->name, f.name))
            return ms_fail(err, MS_INVALID, "%s: number %04d is taken by " MS_FMT, files[i].path,
                           f.number, MS_ARG(m->name));
        *text = (ms_str){files[i].bytes, files[i].size};
    }
    qsort(*out, *n, sizeof **out, by_number);
    for (size_t i = 0; i < *n; i++) {
        ms_status status = check(&(*out)[i], set, err);
        if (status != MS_OK)
            return status;
    }
    if (!*n)
        return ms_fail(err, MS_NOT_FOUND, "there are no migrations of \"%s\" in this program", set);
    return MS_OK;
}

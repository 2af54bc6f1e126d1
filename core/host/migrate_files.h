/* host/migrate_files.h: the files of a set of migrations, read and checked. Private to migrate. */
#ifndef MS_HOST_MIGRATE_FILES_H
#define MS_HOST_MIGRATE_FILES_H

#include "host/migrate.h"

/* In order of their numbers. MS_INVALID: a name, a pair or a directive is wrong. Texts borrow from
 * the table. */
ms_status ms_migrate_load(ms_arena *arena, const ms_resource *files, const char *set,
                          ms_migration **out, size_t *n, ms_error *err);

#endif

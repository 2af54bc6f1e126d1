/*
 * flow/versions.h: versions of verticals in the database, and the ones a judge has loaded.
 *
 * The files on disk are the draft. Storing them makes an immutable version; activating it moves the
 * epoch of every lease, so that a judge that still works with the old one judges again.
 */
#ifndef MS_FLOW_VERSIONS_H
#define MS_FLOW_VERSIONS_H

#include "flow/conduct.h"
#include "flow/db.h"
#include "lua/script.h"

/* A vertical's files as read from disk. */
typedef struct ms_draft {
    ms_str name;
    ms_source_file *files;
    size_t n;
} ms_draft;

/* Stores each draft (if its hash is new) and makes it the active version (if it is not), all in one
 * transaction; the epoch moves once if anything changed. With `only_new` a draft that was stored
 * before stays as it is: somebody rolled it back. The drafts must have been loaded without error
 * before. `changed` (may be NULL): how many became active. Waits. */
ms_status ms_versions_activate(ms_db_client *db, ms_arena *arena, const ms_draft *drafts, size_t n,
                               const char *message, bool only_new, int *changed, ms_error *err);

/* Makes a stored version the active one again and moves the epoch. MS_NOT_FOUND: no such version.
 */
ms_status ms_versions_return(ms_db_client *db, ms_arena *arena, ms_str vertical, int number,
                             ms_error *err);

/* The SQL whose rows ms_versions_load takes: vertical, number, files, and why it is parked (may be
 * missing; NULL: it is not). */
extern const char ms_versions_sql[];

/* The scripts of one judge. */
typedef struct ms_versions ms_versions;
typedef struct ms_active {
    ms_str vertical;
    int number;
    ms_script *script; /* NULL when it did not load; `error` says why */
    ms_error error;
    ms_str parked;       /* why it judges nothing for now; p == NULL: it judges; else not loaded */
    ms_conduct *conduct; /* the one that changes */
} ms_active;

/* Loads the rows' scripts. A version that does not load stays in the list with its error, so that
 * its contacts' decisions are held rather than lost. NULL when out of memory. */
ms_versions *ms_versions_load(const ms_rows *rows, const ms_script_limits *limits);
/* The same one at a time, for a judge that must not be silent for long: begin copies the rows, each
 * step loads one version, or takes its script over from `old` (may be NULL; only to be freed then).
 * Step: false when all are loaded. */
ms_versions *ms_versions_begin(const ms_rows *rows);
bool ms_versions_step(ms_versions *versions, const ms_script_limits *limits, ms_versions *old);
/* What the batch has shown about the verticals counts, or does not. */
void ms_versions_settle(ms_versions *versions, bool committed);
void ms_versions_free(ms_versions *versions); /* NULL is allowed */
const ms_active *ms_versions_find(const ms_versions *versions, ms_str vertical);
size_t ms_versions_list(const ms_versions *versions, const ms_active **out);

/* Compiles `draft` and throws the result away: the check before it is stored. */
ms_status ms_draft_check(const ms_draft *draft, const ms_script_limits *limits, ms_error *err);

#endif

/*
 * cli/init_files.h: files that verbs make for people: never over one that is there, never half of
 * one.
 */
#ifndef MS_CLI_INIT_FILES_H
#define MS_CLI_INIT_FILES_H

#include "base/arena.h"

typedef struct ms_new_file {
    const char *path; /* below the folder: "scripts/shop/vertical.lua" */
    ms_str text;
} ms_new_file;

/* Makes `dir`, what leads to it, and all files in it, or none of them. MS_CONFLICT: some are there
 * already (symbolic links count), err->text names them. Otherwise MS_INTERNAL with path and reason;
 * what had been made is removed again. */
ms_status ms_files_create(ms_arena *arena, const char *dir, const ms_new_file *files, size_t n,
                          ms_error *err);

/* Writes a file that is made anew each time, and the folders that lead to it. One that has this
 * text already is left alone; another is replaced as a whole. `changed` may be NULL. */
ms_status ms_file_put(ms_arena *arena, const char *path, ms_str text, bool *changed, ms_error *err);

#endif

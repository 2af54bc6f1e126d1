/*
 * base/resource.h: files of the project that are carried inside the program (see ms_embed).
 */
#ifndef MS_BASE_RESOURCE_H
#define MS_BASE_RESOURCE_H

#include <stddef.h>

typedef struct ms_resource {
    const char *path;  /* relative to the project's root; NULL ends the table */
    const char *bytes; /* NUL behind the last byte */
    size_t size;
} ms_resource;

extern const ms_resource ms_resource_lua[];        /* scripts/moonsift */
extern const ms_resource ms_resource_migrations[]; /* migrations */
extern const ms_resource ms_resource_samples[];    /* the shipped verticals, for init */
extern const ms_resource ms_resource_stubs[];      /* scripts/moonsift/meta */

#endif

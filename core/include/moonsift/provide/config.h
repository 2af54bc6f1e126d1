/*
 * Table "moonsift.config/1": the keys a plugin reads from moonsift.yaml.
 *
 * The host checks them (an unknown key is an error with the nearest name), shows their origin and
 * writes them into the reference. A plugin's own section is `plugins.ID`; a source's is
 * `sources.NAME` with `kind: KIND`.
 */
#ifndef MOONSIFT_PROVIDE_CONFIG_H
#define MOONSIFT_PROVIDE_CONFIG_H

#include <moonsift/plugin.h>

#define MS_TABLE_CONFIG "moonsift.config/1"

typedef struct ms_config_key {
    const char *section; /* "plugins.postgres" or "sources:chatwoot" */
    const char *name;    /* "secret_file" */
    const char *type;    /* string | integer | boolean | duration | size | file | list */
    const char *preset;  /* default as text, NULL none */
    const char *summary;
    bool secret; /* the content of the file is a secret: never shown, never logged */
} ms_config_key;

typedef struct ms_config_keys {
    uint32_t size;
    const ms_config_key *items; /* ended by one with name == NULL */
} ms_config_keys;

#endif

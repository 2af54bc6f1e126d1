/*
 * host/config_settings.h: one source's or plugin's group of keys. Private to config_*.c.
 */
#ifndef MS_HOST_CONFIG_SETTINGS_H
#define MS_HOST_CONFIG_SETTINGS_H

#include "host/config_inner.h"

/* Notes every member of `group` that is neither in `common` nor in `keys`, and secrets that stand
 * in the file themselves. `prefix`: "sources.cw1.". */
void ms_csettings_names(ms_cload *load, ms_str prefix, const ms_value *group, const ms_ckey *common,
                        const ms_ckey *keys);

/* The object a plugin is handed: the values of `keys` in their types, secrets under their own
 * name. Members that are not set are left out. */
ms_value ms_csettings_read(ms_cload *load, ms_str prefix, const ms_value *group,
                           const ms_ckey *keys, ms_cscope scope);

#endif

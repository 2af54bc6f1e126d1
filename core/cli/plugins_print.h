/*
 * cli/plugins_print.h: a plugin's surface for people.
 */
#ifndef MS_CLI_PLUGINS_PRINT_H
#define MS_CLI_PLUGINS_PRINT_H

#include "plug/plug.h"

/* `surface` is what ms_loaded_describe writes. Prints on stdout. */
void ms_plugins_print(const ms_value *surface, const char *origin);

#endif

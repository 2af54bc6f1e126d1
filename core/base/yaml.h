/*
 * base/yaml.h: YAML in, through libyaml, as values with line numbers.
 *
 * Plain scalars follow the YAML 1.2 core schema (null, true, false, integers, floats); quoted ones
 * are strings. Aliases, tags, repeated keys and more than 64 levels are refused.
 */
#ifndef MS_BASE_YAML_H
#define MS_BASE_YAML_H

#include "base/arena.h"

typedef struct ms_yaml_marks ms_yaml_marks; /* where each node stood; lives in the arena */

/* One document (an empty one is MS_NULL). `file` is named in errors. */
ms_status ms_yaml_parse(ms_arena *arena, ms_str source, const char *file, ms_value *out,
                        ms_yaml_marks **marks, ms_error *err);

/* Line of a node that ms_yaml_parse made (pointer identity), or of a member's key; 0 unknown. */
int ms_yaml_line(const ms_yaml_marks *marks, const void *node);

#endif

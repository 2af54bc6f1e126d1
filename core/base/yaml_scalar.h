/*
 * base/yaml_scalar.h: what an unquoted YAML word means. Internal to core/base.
 */
#ifndef MS_BASE_YAML_SCALAR_H
#define MS_BASE_YAML_SCALAR_H

#include <moonsift/value.h>

/* `text` by the YAML 1.2 core schema; borrowed by `out`, NUL-terminated. A number's text is kept
 * when JSON would spell it the same way. False: .inf, .nan, or a number too large for a double. */
bool ms_yaml_scalar(ms_str text, ms_value *out);

#endif

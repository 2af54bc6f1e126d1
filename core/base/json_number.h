/*
 * base/json_number.h: numbers as text. Internal to core/base.
 */
#ifndef MS_BASE_JSON_NUMBER_H
#define MS_BASE_JSON_NUMBER_H

#include "base/json_scan.h"

#include <moonsift/value.h>

typedef enum ms_number {
    MS_NUMBER_FAULT, /* not a number as JSON spells them */
    MS_NUMBER_LARGE, /* no double can hold it */
    MS_NUMBER_INT,
    MS_NUMBER_DOUBLE
} ms_number;

/* Reads all of `s`; sets the one of the two that the result names. */
ms_number ms_number_read(ms_str s, int64_t *integer, double *number);

/* A number as YAML spells it ("+5", ".5", "5.", "007"); the grammar is the caller's to check. The
 * text is kept if JSON allows it. False: too large for a double. */
bool ms_number_loose(ms_str s, ms_value *out);

#endif

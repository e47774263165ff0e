/* C values and their JSON texts: strings by cJSON, numbers by the C library. */
#ifndef HISESSION_BASE_JSON_VALUES_H
#define HISESSION_BASE_JSON_VALUES_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/text.h"

/*
 * The JSON text of a C value, for hs_memory_free_text(). OK, NO_MEMORY, INVALID
 * for a string that is not UTF-8 and for a number that is not finite.
 */
HS_MUST_USE int hs_json_from_string(const char *value, char **out);
HS_MUST_USE int hs_json_from_double(double value, char **out);
HS_MUST_USE int hs_json_from_int(int64_t value, char **out);

/*
 * The text of a valid JSON string, given with its quotes, for
 * hs_memory_free_text(). OK, NO_MEMORY.
 */
HS_MUST_USE int hs_json_to_string(hs_slice json, char **out);

enum { HS_JSON_DOUBLE_LENGTH = 63 };

/* The value of a valid JSON number. OK, TYPE if it has too many digits, NO_MEMORY. */
HS_MUST_USE int hs_json_to_double(hs_slice json, double *out);

#endif

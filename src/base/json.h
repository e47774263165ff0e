/*
 * Strict JSON, read in place: it finds where values start and end and refuses
 * everything that two parsers could read in two ways (repeated names, \u0000,
 * lone surrogates, invalid UTF-8, trailing bytes, numbers beyond a double).
 * Nothing is copied, so that what is not changed stays as it was, to the byte.
 */
#ifndef HISESSION_BASE_JSON_H
#define HISESSION_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/text.h"

enum {
    HS_JSON_DEPTH = 32,    /* levels, the outermost object counted */
    HS_JSON_MEMBERS = 1024 /* in one object, the metadata not counted */
};

/*
 * Called for each member of the outermost object, in order: the name as it
 * stands between its quotes, and the text of the value. Anything but OK ends
 * the scan with that result.
 */
typedef int hs_json_on_member(void *user, hs_slice name, hs_slice value);

/* OK, INVALID if this is not one strict JSON object, NO_MEMORY, or on_member's. */
HS_MUST_USE int hs_json_scan_object(hs_slice text, hs_json_on_member *on_member,
                                    void *user);

/* The same for a member's value of any type, one level down. OK, INVALID, NO_MEMORY. */
HS_MUST_USE int hs_json_check_value(hs_slice text);

/* Whether a name, as it stands in valid JSON between its quotes, spells `text`. */
bool hs_json_name_is(hs_slice name, const char *text);

/* The length of what such a name spells, in bytes of UTF-8. */
size_t hs_json_name_length(hs_slice name);

/* Whether two such names are the same once their escapes are read. */
bool hs_json_names_equal(hs_slice a, hs_slice b);

/* The number, if a valid JSON value is a whole one without point or exponent. */
HS_MUST_USE bool hs_json_to_int(hs_slice number, int64_t *out);

#endif

/*
 * A session's fields, in order. Those that were read point into the record's
 * bytes and stay as they are; those that were set own their text.
 */
#ifndef HISESSION_RECORD_FIELDS_H
#define HISESSION_RECORD_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/json.h"

typedef struct {
    hs_slice name;   /* as it stands in JSON, between its quotes */
    hs_slice value;  /* JSON */
    char *own_name;  /* what `name` points to, if it was set here */
    char *own_value; /* the same for `value`, NUL-terminated */
    char *decoded;   /* the string that was handed out for `value` */
    bool changed;    /* since the record was read; a removed field counts */
    bool removed;
} hs_field;

typedef struct {
    hs_field *items;
    size_t count; /* removed ones included */
    size_t removed;
    size_t capacity;
} hs_fields;

void hs_fields_free(hs_fields *fields);

/*
 * Adds a field that stands in someone's bytes, under any name. OK, NO_MEMORY,
 * INVALID if there are as many as a record can hold, removed ones not counted.
 */
HS_MUST_USE int hs_fields_append(hs_fields *fields, hs_slice name, hs_slice value);

/* Whether a caller may set a field of this name, as it stands in JSON. */
bool hs_fields_may_be_set(hs_slice name);

/* NULL if there is no such field. */
hs_field *hs_fields_find(const hs_fields *fields, const char *name);

/*
 * Sets a field to a JSON value. On OK the fields own `json`, else the caller
 * still does. OK, INVALID, NO_MEMORY.
 */
HS_MUST_USE int hs_fields_set(hs_fields *fields, const char *name, char *json);

/* The same, but not as a change: a merge does not write it over others'. */
HS_MUST_USE int hs_fields_supply(hs_fields *fields, const char *name, char *json);

void hs_fields_remove(hs_fields *fields, hs_field *field);

/* Whether anything was set or removed since the record was read. */
bool hs_fields_changed(const hs_fields *fields);

/* Writes what was set or removed in `from` over `into`. OK, INVALID, NO_MEMORY. */
HS_MUST_USE int hs_fields_merge(hs_fields *into, const hs_fields *from);

/* Appends the members, comma-separated, without braces; `comma` before the first. */
void hs_fields_append_json(const hs_fields *fields, hs_buffer *out, bool comma);

/* ---- Values (fields_values.c) ---- */

/* The C value of a field. OK, TYPE, NO_MEMORY. Strings live with the field. */
HS_MUST_USE int hs_fields_to_string(hs_field *field, const char **out);
HS_MUST_USE int hs_fields_to_json(hs_field *field, const char **out);
HS_MUST_USE int hs_fields_to_double(const hs_field *field, double *out);
HS_MUST_USE int hs_fields_to_int(const hs_field *field, int64_t *out);
HS_MUST_USE int hs_fields_to_bool(const hs_field *field, int *out);

#endif

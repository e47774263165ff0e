#include "record/fields.h"

#include <string.h>

#include "base/invariant.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "hisession/session.h"

enum { FIRST_CAPACITY = 16, LONGEST_NAME = 255 };

/* A field that was set owns what its slices point to; a removed one owns no value. */
static bool is_consistent(const hs_field *field)
{
    if (field->own_name != NULL && field->name.start != field->own_name + 1)
        return false;
    if (field->removed)
        return field->changed && field->value.start == NULL && field->own_value == NULL &&
               field->decoded == NULL;
    return field->own_value != NULL ? field->value.start == field->own_value
                                    : !field->changed;
}

static void field_free(hs_field *field)
{
    HS_INVARIANT(is_consistent(field));
    hs_memory_free_text(field->own_name);
    hs_memory_free_text(field->own_value);
    hs_memory_free_text(field->decoded);
}

void hs_fields_free(hs_fields *fields)
{
    HS_INVARIANT(fields->count <= fields->capacity);
    HS_INVARIANT(fields->capacity == 0 || fields->items != NULL);
    for (size_t i = 0; i < fields->count; i++)
        field_free(&fields->items[i]);
    hs_memory_free(fields->items, fields->count * sizeof *fields->items);
    *fields = (hs_fields){0};
}

static int grow(hs_fields *fields)
{
    size_t capacity = fields->capacity == 0 ? FIRST_CAPACITY : fields->capacity * 2;
    hs_field *items = hs_memory_grow(fields->items, fields->count * sizeof *items,
                                     capacity * sizeof *items);
    if (items == NULL)
        return SESSION_NO_MEMORY;
    fields->items = items;
    fields->capacity = capacity;
    return SESSION_OK;
}

static bool is_full(const hs_fields *fields)
{
    return fields->count - fields->removed == HS_JSON_MEMBERS;
}

int hs_fields_append(hs_fields *fields, hs_slice name, hs_slice value)
{
    if (is_full(fields))
        return SESSION_INVALID;
    if (fields->count == fields->capacity && grow(fields) != SESSION_OK)
        return SESSION_NO_MEMORY;
    fields->items[fields->count++] = (hs_field){.name = name, .value = value};
    HS_INVARIANT(fields->count <= fields->capacity);
    return SESSION_OK;
}

/* Removed fields too: they may be set again, and their place is still theirs. */
static hs_field *find_any(const hs_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (hs_json_name_is(fields->items[i].name, name))
            return &fields->items[i];
    return NULL;
}

hs_field *hs_fields_find(const hs_fields *fields, const char *name)
{
    hs_field *field = find_any(fields, name);
    return field == NULL || field->removed ? NULL : field;
}

/* Gives a field another value, which it then owns. OK, INVALID if that is one too many.
 */
static int replace_value(hs_fields *fields, hs_field *field, char *json)
{
    if (field->removed && is_full(fields))
        return SESSION_INVALID;
    if (field->removed)
        fields->removed--;
    hs_memory_free_text(field->own_value);
    hs_memory_free_text(field->decoded);
    field->own_value = json;
    field->decoded = NULL;
    field->value = (hs_slice){json, strlen(json)};
    field->changed = true;
    field->removed = false;
    HS_INVARIANT(is_consistent(field));
    return SESSION_OK;
}

/* Adds a field whose name, in JSON with its quotes, is `quoted` and becomes its own. */
static int append_own(hs_fields *fields, char *quoted, char *json)
{
    hs_slice name = {quoted + 1, strlen(quoted) - 2};
    int rc = hs_fields_append(fields, name, (hs_slice){0});
    if (rc != SESSION_OK)
        return rc;
    hs_field *field = &fields->items[fields->count - 1];
    field->own_name = quoted;
    return replace_value(fields, field, json);
}

static bool is_valid_name(const char *name)
{
    size_t length = strnlen(name, LONGEST_NAME + 1);
    return length > 0 && length <= LONGEST_NAME && strcmp(name, "_") != 0;
}

bool hs_fields_may_be_set(hs_slice name)
{
    size_t length = hs_json_name_length(name);
    return length > 0 && length <= LONGEST_NAME && !hs_json_name_is(name, "_");
}

int hs_fields_set(hs_fields *fields, const char *name, char *json)
{
    char *quoted = NULL;
    if (!is_valid_name(name))
        return SESSION_INVALID;
    hs_field *field = find_any(fields, name);
    if (field != NULL)
        return replace_value(fields, field, json);
    int rc = hs_json_from_string(name, &quoted);
    if (rc == SESSION_OK)
        rc = append_own(fields, quoted, json);
    if (rc != SESSION_OK)
        hs_memory_free_text(quoted);
    return rc;
}

int hs_fields_supply(hs_fields *fields, const char *name, char *json)
{
    const hs_field *before = find_any(fields, name);
    bool changed = before != NULL && before->changed;
    int rc = hs_fields_set(fields, name, json);
    if (rc == SESSION_OK)
        find_any(fields, name)->changed = changed;
    return rc;
}

void hs_fields_remove(hs_fields *fields, hs_field *field)
{
    if (!field->removed)
        fields->removed++;
    hs_memory_free_text(field->own_value);
    hs_memory_free_text(field->decoded);
    field->own_value = NULL;
    field->decoded = NULL;
    field->value = (hs_slice){0};
    field->changed = true;
    field->removed = true;
    HS_INVARIANT(is_consistent(field));
}

bool hs_fields_changed(const hs_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->items[i].changed)
            return true;
    return false;
}

static hs_field *find_same(const hs_fields *fields, hs_slice name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (hs_json_names_equal(fields->items[i].name, name))
            return &fields->items[i];
    return NULL;
}

static int merge_value(hs_fields *into, hs_field *theirs, const hs_field *ours)
{
    char *quoted = NULL;
    int rc = SESSION_NO_MEMORY;
    char *json = hs_memory_copy_text(ours->value.start, ours->value.length);
    if (json == NULL)
        goto out;
    if (theirs != NULL) {
        rc = replace_value(into, theirs, json);
        goto out;
    }
    /* The name stands between its quotes wherever it stands. */
    quoted = hs_memory_copy_text(ours->name.start - 1, ours->name.length + 2);
    if (quoted == NULL)
        goto out;
    rc = append_own(into, quoted, json);
out:
    if (rc != SESSION_OK) {
        hs_memory_free_text(json);
        hs_memory_free_text(quoted);
    }
    return rc;
}

int hs_fields_merge(hs_fields *into, const hs_fields *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const hs_field *ours = &from->items[i];
        if (!ours->changed)
            continue;
        hs_field *theirs = find_same(into, ours->name);
        if (ours->removed && theirs != NULL)
            hs_fields_remove(into, theirs);
        int rc = ours->removed ? SESSION_OK : merge_value(into, theirs, ours);
        if (rc != SESSION_OK)
            return rc;
    }
    return SESSION_OK;
}

void hs_fields_append_json(const hs_fields *fields, hs_buffer *out, bool comma)
{
    for (size_t i = 0; i < fields->count; i++) {
        const hs_field *field = &fields->items[i];
        if (field->removed)
            continue;
        hs_buffer_append_text(out, comma ? ",\"" : "\"");
        hs_buffer_append(out, field->name.start, field->name.length);
        hs_buffer_append_text(out, "\":");
        hs_buffer_append(out, field->value.start, field->value.length);
        comma = true;
    }
}

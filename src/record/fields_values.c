/* A field's JSON text as a C value. */
#include "base/json_values.h"
#include "base/memory.h"
#include "hisession/session.h"
#include "record/fields.h"

static char first_byte(const hs_field *field)
{
    return field->value.start[0];
}

static bool is_number(const hs_field *field)
{
    return first_byte(field) == '-' ||
           (first_byte(field) >= '0' && first_byte(field) <= '9');
}

int hs_fields_to_string(hs_field *field, const char **out)
{
    if (first_byte(field) != '"')
        return SESSION_TYPE;
    int rc = SESSION_OK;
    if (field->decoded == NULL)
        rc = hs_json_to_string(field->value, &field->decoded);
    if (rc == SESSION_OK)
        *out = field->decoded;
    return rc;
}

int hs_fields_to_json(hs_field *field, const char **out)
{
    if (field->own_value == NULL) {
        char *copy = hs_memory_copy_text(field->value.start, field->value.length);
        if (copy == NULL)
            return SESSION_NO_MEMORY;
        field->own_value = copy;
        field->value.start = copy;
    }
    *out = field->own_value;
    return SESSION_OK;
}

int hs_fields_to_double(const hs_field *field, double *out)
{
    return is_number(field) ? hs_json_to_double(field->value, out) : SESSION_TYPE;
}

int hs_fields_to_int(const hs_field *field, int64_t *out)
{
    return hs_json_to_int(field->value, out) ? SESSION_OK : SESSION_TYPE;
}

int hs_fields_to_bool(const hs_field *field, int *out)
{
    bool is_true = first_byte(field) == 't';
    if (!is_true && first_byte(field) != 'f')
        return SESSION_TYPE;
    *out = is_true ? 1 : 0;
    return SESSION_OK;
}

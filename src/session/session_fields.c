/* A session's fields, by type. */
#include <string.h>

#include "base/json_values.h"
#include "base/memory.h"
#include "record/express.h"
#include "session/session_object.h"
#include "store/store.h"

/* ---- Setting ---- */

/* Sets a field to a JSON text made for it, if making it went well. */
static int set(session *s, const char *field, int rc, char *json)
{
    if (rc == SESSION_OK && hs_store_is_shared(s->store) && hs_express_reserves(field))
        rc = SESSION_INVALID;
    if (rc == SESSION_OK)
        rc = hs_fields_set(&s->record.fields, field, json);
    if (rc == SESSION_OK)
        hs_session_changed(s);
    else
        hs_memory_free_text(json);
    return rc;
}

int session_set_string(session *s, const char *field, const char *value)
{
    char *json = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL || value == NULL)
        return SESSION_INVALID;
    int rc = hs_json_from_string(value, &json);
    return set(s, field, rc, json);
}

int session_set_string_n(session *s, const char *field, const char *value, size_t length)
{
    char *text = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL || value == NULL)
        return SESSION_INVALID;
    int rc = hs_memory_take_text(value, length, &text);
    if (rc == SESSION_OK)
        rc = session_set_string(s, field, text);
    hs_memory_free_text(text);
    return rc;
}

int session_set_int(session *s, const char *field, int64_t value)
{
    char *json = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL)
        return SESSION_INVALID;
    int rc = hs_json_from_int(value, &json);
    return set(s, field, rc, json);
}

int session_set_double(session *s, const char *field, double value)
{
    char *json = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL)
        return SESSION_INVALID;
    int rc = hs_json_from_double(value, &json);
    return set(s, field, rc, json);
}

int session_set_bool(session *s, const char *field, int value)
{
    return session_set_json(s, field, value != 0 ? "true" : "false");
}

int session_set_json(session *s, const char *field, const char *json)
{
    static const char space[] = " \t\n\r";
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL || json == NULL)
        return SESSION_INVALID;
    hs_slice text = {json + strspn(json, space), 0};
    text.length = strlen(text.start);
    while (text.length > 0 && strchr(space, text.start[text.length - 1]) != NULL)
        text.length--;
    int rc = hs_json_check_value(text);
    if (rc != SESSION_OK)
        return rc;
    char *copy = hs_memory_copy_text(text.start, text.length);
    return set(s, field, copy != NULL ? SESSION_OK : SESSION_NO_MEMORY, copy);
}

int session_set_json_n(session *s, const char *field, const char *json, size_t length)
{
    char *text = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL || json == NULL)
        return SESSION_INVALID;
    int rc = hs_memory_take_text(json, length, &text);
    if (rc == SESSION_OK)
        rc = session_set_json(s, field, text);
    hs_memory_free_text(text);
    return rc;
}

int session_remove(session *s, const char *field)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL)
        return SESSION_INVALID;
    hs_field *found = hs_fields_find(&s->record.fields, field);
    if (found == NULL)
        return SESSION_NO_FIELD;
    hs_fields_remove(&s->record.fields, found);
    hs_session_changed(s);
    return SESSION_OK;
}

/* ---- Reading ---- */

static int find(const session *s, const char *field, const void *out, hs_field **found)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || field == NULL || out == NULL)
        return SESSION_INVALID;
    *found = hs_fields_find(&s->record.fields, field);
    return *found != NULL ? SESSION_OK : SESSION_NO_FIELD;
}

int session_get_string(session *s, const char *field, const char **out)
{
    hs_field *found = NULL;
    int rc = find(s, field, out, &found);
    return rc == SESSION_OK ? hs_fields_to_string(found, out) : rc;
}

int session_get_string_n(session *s, const char *field, const char **out, size_t *length)
{
    const char *text = NULL;
    if (out == NULL || length == NULL)
        return SESSION_INVALID;
    int rc = session_get_string(s, field, &text);
    if (rc != SESSION_OK)
        return rc;
    *out = text;
    *length = strlen(text);
    return SESSION_OK;
}

int session_get_int(session *s, const char *field, int64_t *out)
{
    hs_field *found = NULL;
    int rc = find(s, field, out, &found);
    return rc == SESSION_OK ? hs_fields_to_int(found, out) : rc;
}

int session_get_double(session *s, const char *field, double *out)
{
    hs_field *found = NULL;
    int rc = find(s, field, out, &found);
    return rc == SESSION_OK ? hs_fields_to_double(found, out) : rc;
}

int session_get_bool(session *s, const char *field, int *out)
{
    hs_field *found = NULL;
    int rc = find(s, field, out, &found);
    return rc == SESSION_OK ? hs_fields_to_bool(found, out) : rc;
}

int session_get_json(session *s, const char *field, const char **out)
{
    hs_field *found = NULL;
    int rc = find(s, field, out, &found);
    return rc == SESSION_OK ? hs_fields_to_json(found, out) : rc;
}

int session_has(const session *s, const char *field)
{
    hs_field *found = NULL;
    return find(s, field, s, &found) == SESSION_OK ? 1 : 0;
}

#include "events/event_text.h"

#include <string.h>

#include "base/json_values.h"
#include "base/memory.h"
#include "record/record.h"

/* ---- Names of kinds ---- */

static const struct {
    int kind;
    const char *name; /* in the API */
    const char *word; /* in the text; NULL for what is never sent */
} kinds[] = {
    {SESSION_EVENT_CREATED, "CREATED", "created"},
    {SESSION_EVENT_DESTROYED, "DESTROYED", "destroyed"},
    {SESSION_EVENT_REGENERATED, "REGENERATED", "regenerated"},
    {SESSION_EVENT_USER_REVOKED, "USER_REVOKED", "user_revoked"},
    {SESSION_EVENT_EXPIRED, "EXPIRED", NULL},
    {SESSION_EVENT_GAP, "GAP", NULL},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *session_event_name(int kind)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "UNRECOGNIZED";
}

int session_event_kind(const char *name)
{
    for (size_t i = 0; name != NULL && i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return 0;
}

static const char *word_of(int kind)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind && kinds[i].word != NULL)
            return kinds[i].word;
    return "";
}

static int kind_of(const char *word)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].word != NULL && strcmp(kinds[i].word, word) == 0)
            return kinds[i].kind;
    return 0;
}

/* ---- Writing ---- */

/* Appends a member whose value needs no escapes; nothing for an empty one. */
static void append_plain(hs_buffer *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    hs_buffer_append_text(out, name);
    hs_buffer_append_text(out, value);
    hs_buffer_append_text(out, "\"");
}

static void append_user(hs_buffer *out, const char *user)
{
    char *json = NULL;
    if (user[0] == '\0')
        return;
    if (hs_json_from_string(user, &json) != SESSION_OK) {
        out->failed = true;
        return;
    }
    hs_buffer_append_text(out, ",\"user\":");
    hs_buffer_append_text(out, json);
    hs_memory_free_text(json);
}

void hs_event_write(const hs_event *event, hs_buffer *out)
{
    append_plain(out, "{\"event\":\"", word_of(event->kind));
    append_plain(out, ",\"handle\":\"", event->handle);
    append_plain(out, ",\"next\":\"", event->next_handle);
    append_user(out, event->user);
    hs_buffer_append_text(out, "}");
}

/* ---- Reading ---- */

/* Copies a member that is a string; a missing one is empty. OK, INVALID, NO_MEMORY. */
static int copy_member(const hs_fields *fields, const char *name, char *out, size_t size)
{
    const char *text;
    hs_field *field = hs_fields_find(fields, name);
    out[0] = '\0';
    if (field == NULL)
        return SESSION_OK;
    int rc = hs_fields_to_string(field, &text);
    if (rc != SESSION_OK)
        return rc == SESSION_TYPE ? SESSION_INVALID : rc;
    if (strlen(text) >= size)
        return SESSION_INVALID;
    memcpy(out, text, strlen(text) + 1);
    return SESSION_OK;
}

/* Whether an event has what its kind calls for. */
static bool makes_sense(const hs_event *event)
{
    bool of_many = event->kind == SESSION_EVENT_USER_REVOKED;
    bool renewed = event->kind == SESSION_EVENT_REGENERATED;
    if (event->kind == 0 || (of_many && event->user[0] == '\0'))
        return false;
    if (!hs_id_is_handle(event->handle) && !(of_many && event->handle[0] == '\0'))
        return false;
    return renewed ? hs_id_is_handle(event->next_handle) : event->next_handle[0] == '\0';
}

int hs_event_read(const char *text, size_t length, hs_event *event)
{
    char word[16];
    hs_fields fields;
    *event = (hs_event){0};
    if (strlen(text) != length)
        return SESSION_INVALID;
    int rc = hs_record_read_fields(text, &fields);
    if (rc != SESSION_OK)
        return rc;
    rc = copy_member(&fields, "event", word, sizeof word);
    if (rc == SESSION_OK)
        rc = copy_member(&fields, "handle", event->handle, sizeof event->handle);
    if (rc == SESSION_OK)
        rc = copy_member(&fields, "next", event->next_handle, sizeof event->next_handle);
    if (rc == SESSION_OK)
        rc = copy_member(&fields, "user", event->user, sizeof event->user);
    hs_fields_free(&fields);
    if (rc != SESSION_OK)
        return rc;
    event->kind = kind_of(word);
    return makes_sense(event) ? SESSION_OK : SESSION_INVALID;
}

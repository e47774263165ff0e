/* Whose a session is, and from where it is used. */
#include <string.h>

#include "base/attributes.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "record/fields.h"
#include "session/session_object.h"
#include "users/user.h"

enum { LONGEST_LABEL = 512, LONGEST_ADDRESS = 64 };

/* ---- The user ---- */

static void take_user(session *s, char *user, char *json)
{
    hs_memory_free_text(s->user);
    hs_memory_free_text(s->user_json);
    s->user = user;
    s->user_json = json;
    s->user_changed = true;
}

int session_set_user(session *s, const char *user)
{
    char *copy = NULL, *json = NULL;
    if (s == NULL || (user != NULL && user[0] != '\0' && !hs_user_is_valid(user)))
        return SESSION_INVALID;
    if (user == NULL || user[0] == '\0') {
        take_user(s, NULL, NULL);
        return SESSION_OK;
    }
    int rc = hs_json_from_string(user, &json);
    if (rc != SESSION_OK)
        return rc;
    copy = hs_memory_copy_text(user, strlen(user));
    if (copy == NULL) {
        hs_memory_free_text(json);
        return SESSION_NO_MEMORY;
    }
    take_user(s, copy, json);
    return SESSION_OK;
}

const char *session_user(session *s)
{
    if (s == NULL)
        return NULL;
    if (s->user == NULL && !s->user_changed)
        hs_ignore(hs_record_copy_user(&s->record, &s->user));
    return s->user;
}

/* ---- The device ---- */

static bool is_one_line(const char *text, size_t longest)
{
    size_t length = strnlen(text, longest + 1);
    if (length > longest)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* {"label":...,"address":...} */
static int make_note(const char *label, const char *address, char **out)
{
    char *label_json = NULL, *address_json = NULL;
    hs_buffer text = {0};
    int rc = hs_json_from_string(label, &label_json);
    if (rc == SESSION_OK)
        rc = hs_json_from_string(address, &address_json);
    if (rc != SESSION_OK)
        goto out;
    hs_buffer_append_text(&text, "{\"label\":");
    hs_buffer_append_text(&text, label_json);
    hs_buffer_append_text(&text, ",\"address\":");
    hs_buffer_append_text(&text, address_json);
    hs_buffer_append_text(&text, "}");
    if (!text.failed)
        *out = hs_memory_copy_text(text.data, text.length);
    rc = *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
out:
    hs_buffer_free(&text);
    hs_memory_free_text(label_json);
    hs_memory_free_text(address_json);
    return rc;
}

int session_set_device(session *s, const char *label, const char *address)
{
    char *note = NULL;
    label = label != NULL ? label : "";
    address = address != NULL ? address : "";
    if (s == NULL || !is_one_line(label, LONGEST_LABEL) ||
        !is_one_line(address, LONGEST_ADDRESS))
        return SESSION_INVALID;
    int rc = make_note(label, address, &note);
    if (rc != SESSION_OK)
        return rc;
    hs_memory_free_text(s->device);
    s->device = note;
    return SESSION_OK;
}

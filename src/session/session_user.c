/* Whose a session is, and from where it is used. */
#include <string.h>

#include "base/attributes.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "base/text.h"
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
    s->is_as_lost = false;
}

int session_set_user(session *s, const char *user)
{
    char *copy = NULL, *json = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) ||
        (user != NULL && user[0] != '\0' && !hs_user_is_valid(user)))
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

int session_set_user_n(session *s, const char *user, size_t length)
{
    char *text = NULL;
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || (user == NULL && length > 0))
        return SESSION_INVALID;
    if (length == 0)
        return session_set_user(s, NULL);
    int rc = hs_memory_take_text(user, length, &text);
    if (rc == SESSION_OK)
        rc = session_set_user(s, text);
    hs_memory_free_text(text);
    return rc;
}

const char *session_user(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return NULL;
    if (s->user == NULL && !s->user_changed)
        hs_ignore(hs_record_copy_user(&s->record, &s->user));
    return s->user;
}

/* ---- The device ---- */

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
    char label_line[LONGEST_LABEL + 1], address_line[LONGEST_ADDRESS + 1];
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return SESSION_INVALID;
    hs_text_copy_line(label != NULL ? label : "", label_line, sizeof label_line);
    hs_text_copy_line(address != NULL ? address : "", address_line, sizeof address_line);
    int rc = make_note(label_line, address_line, &note);
    if (rc != SESSION_OK)
        return rc;
    hs_memory_free_text(s->device);
    s->device = note;
    s->is_as_lost = false;
    return SESSION_OK;
}

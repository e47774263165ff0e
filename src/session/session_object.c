#include "session/session_object.h"

#include "base/memory.h"
#include "store/store.h"

bool hs_session_is_stored(const session *s)
{
    return s->address.id[0] != '\0';
}

void hs_session_drop_json(session *s)
{
    hs_buffer_free(&s->json);
}

void hs_session_changed(session *s)
{
    hs_session_drop_json(s);
    s->is_as_lost = false;
}

void hs_session_close_move(session *s)
{
    hs_record_free(&s->move.written);
    hs_memory_wipe(&s->move, sizeof s->move);
}

void hs_session_adopt(session *s, hs_record *record, int64_t expires_at)
{
    hs_session_drop_json(s);
    if (!s->user_changed) {
        hs_memory_free_text(s->user);
        s->user = NULL;
    }
    hs_record_free(&s->record);
    s->record = *record;
    s->expires_at = expires_at;
    s->lost = (hs_nonces){0};
    s->handle[0] = '\0'; /* the id may be a new one */
    *record = (hs_record){0};
}

void hs_session_forget_user(session *s)
{
    hs_memory_free_text(s->user);
    hs_memory_free_text(s->user_json);
    hs_memory_free_text(s->device);
    s->user = NULL;
    s->user_json = NULL;
    s->device = NULL;
    s->user_changed = false;
}

int session_new(session_store *store, session **out)
{
    if (!hs_magic_is(store, HS_MAGIC_STORE) || out == NULL)
        return SESSION_INVALID;
    session *s = hs_memory_new(sizeof *s);
    if (s == NULL)
        return SESSION_NO_MEMORY;
    s->magic = HS_MAGIC_SESSION;
    s->store = hs_store_retain(store);
    *out = s;
    return SESSION_OK;
}

void session_free(session *s)
{
    if (s == NULL)
        return;
    hs_magic_end(&s->magic, HS_MAGIC_SESSION);
    hs_session_drop_json(s);
    hs_session_forget_user(s);
    hs_session_close_move(s);
    hs_record_free(&s->record);
    hs_store_release(s->store);
    hs_memory_free(s, sizeof *s);
}

const char *session_id(const session *s)
{
    return hs_magic_is(s, HS_MAGIC_SESSION) && hs_session_is_stored(s) ? s->address.id
                                                                       : NULL;
}

const char *session_handle(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || !hs_session_is_stored(s))
        return NULL;
    if (s->handle[0] == '\0')
        hs_address_handle(&s->address, s->handle);
    return s->handle;
}

const char *session_json(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return NULL;
    if (s->json.length == 0) {
        hs_buffer_append_text(&s->json, "{");
        hs_fields_append_json(&s->record.fields, &s->json, false);
        hs_buffer_append(&s->json, "}", sizeof "}");
    }
    if (s->json.failed) {
        hs_buffer_free(&s->json);
        return NULL;
    }
    return s->json.data;
}

int64_t session_created_at(const session *s)
{
    return hs_magic_is(s, HS_MAGIC_SESSION) ? s->record.created : 0;
}

int64_t session_expires_at(const session *s)
{
    return hs_magic_is(s, HS_MAGIC_SESSION) ? s->expires_at : 0;
}

size_t session_id_length(void)
{
    return SESSION_ID_LENGTH;
}

size_t session_handle_length(void)
{
    return SESSION_HANDLE_LENGTH;
}

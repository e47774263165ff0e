#include "session/session_object.h"

#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "store/store.h"
#include "users/login.h"

bool hs_session_is_stored(const session *s)
{
    return s->id[0] != '\0';
}

void hs_session_changed(session *s)
{
    hs_buffer_free(&s->json);
}

void hs_session_adopt(session *s, hs_record *record, int64_t expires_at)
{
    hs_session_changed(s);
    if (!s->user_changed) {
        hs_memory_free_text(s->user);
        s->user = NULL;
    }
    hs_record_free(&s->record);
    s->record = *record;
    s->expires_at = expires_at;
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

/* When a key that has `life` left ends; 0 for never. */
static int64_t end_of(const hs_record *record, int64_t life, int64_t now)
{
    if (life < 0)
        return 0;
    if (record->has_metadata && now + life > record->absolute_expires_at)
        return record->absolute_expires_at;
    return now + life;
}

/* The life to extend a session to, 0 if no extension is due. */
static int64_t due_extension(const session_store *store, const hs_record *record,
                             int64_t life, int64_t now)
{
    int64_t interval = store->settings.touch_interval;
    int64_t longest = hs_store_life(store, record, now);
    if (hs_record_is_retired(record) || longest <= 0)
        return 0;
    if (life < 0) /* someone took the key's expiry away */
        return longest;
    return longest - life >= (interval > 0 ? interval : 1) ? longest : 0;
}

/* ---- New sessions ---- */

int session_new(session_store *store, session **out)
{
    if (store == NULL || out == NULL)
        return SESSION_INVALID;
    session *s = hs_memory_new(sizeof *s);
    if (s == NULL)
        return SESSION_NO_MEMORY;
    s->store = store;
    *out = s;
    return SESSION_OK;
}

/* ---- Reading ---- */

/* Sends an extension to `life`; the user's list knows of it before. */
static int extend(session_store *store, const char *id, const hs_record *record,
                  int64_t life, bool endless, hs_trying trying, hs_deadline deadline)
{
    int rc = hs_login_see(store, id, record, life, deadline);
    return rc == SESSION_OK ? hs_store_extend(store, id, record->keyed_by, life, endless,
                                              trying, deadline)
                            : rc;
}

/* Reads a session, as activity if that is wanted. */
static int load(session_store *store, const char *id, hs_record *record,
                int64_t *expires_at)
{
    int64_t life;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = hs_store_read(store, id, deadline, record, &life);
    if (rc != SESSION_OK)
        return rc;
    int64_t now = hs_clock_unix_ms();
    int64_t longer =
        store->settings.touch_on_get != 0 ? due_extension(store, record, life, now) : 0;
    /* A server that takes no writes still serves reads: failing is no matter. */
    if (longer > 0 &&
        extend(store, id, record, longer, life < 0, HS_TRY_ONCE, deadline) == SESSION_OK)
        life = longer;
    *expires_at = end_of(record, life, now);
    return SESSION_OK;
}

int session_get(session_store *store, const char *id, session **out)
{
    session *s = NULL;
    hs_record record;
    int64_t expires_at;
    if (store == NULL || id == NULL || out == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    int rc = load(store, id, &record, &expires_at);
    if (rc != SESSION_OK)
        return rc;
    rc = session_new(store, &s);
    if (rc != SESSION_OK) {
        hs_record_free(&record);
        return rc;
    }
    memcpy(s->id, id, strlen(id) + 1);
    hs_session_adopt(s, &record, expires_at);
    *out = s;
    return SESSION_OK;
}

int session_reload(session *s)
{
    hs_record record;
    int64_t expires_at;
    if (s == NULL)
        return SESSION_INVALID;
    if (!hs_session_is_stored(s))
        return SESSION_NOT_FOUND;
    int rc = load(s->store, s->id, &record, &expires_at);
    if (rc == SESSION_OK) {
        hs_session_forget_user(s);
        hs_session_adopt(s, &record, expires_at);
    }
    return rc;
}

/* ---- Touch and destroy ---- */

/* Extends what was read, if it is due. NOT_FOUND if that changed nothing. */
static int extend_if_due(session_store *store, const char *id, const hs_record *record,
                         int64_t life, hs_deadline deadline)
{
    int64_t longer = due_extension(store, record, life, hs_clock_unix_ms());
    if (longer == 0)
        return SESSION_OK;
    return extend(store, id, record, longer, life < 0, HS_TRY_AGAIN, deadline);
}

int session_touch(session_store *store, const char *id)
{
    hs_record record, again;
    int64_t life;
    if (store == NULL || id == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = hs_store_read(store, id, deadline, &record, &life);
    if (rc != SESSION_OK)
        return rc;
    rc = extend_if_due(store, id, &record, life, deadline);
    if (rc == SESSION_NOT_FOUND) {
        /* It ended, or someone else extended it meanwhile. */
        rc = hs_store_read(store, id, deadline, &again, &life);
        if (rc == SESSION_OK)
            hs_record_free(&again);
        else if (rc == SESSION_NOT_FOUND)
            hs_login_forget(store, id, &record, deadline);
    }
    hs_record_free(&record);
    return rc;
}

static int destroy_under_key(session_store *store, const char *id, size_t key,
                             hs_deadline deadline)
{
    hs_record was;
    int rc = hs_events_destroy(store, id, key, deadline, &was);
    if (rc == SESSION_OK)
        hs_login_forget(store, id, &was, deadline);
    hs_record_free(&was);
    return rc;
}

/*
 * Which key of the ring the session's key was made with is not known: it ends
 * under all of them. A part of that is neither all nor nothing.
 */
static int destroy_under_all_keys(session_store *store, const char *id,
                                  hs_deadline deadline)
{
    int rc = SESSION_OK;
    bool any = false;
    for (size_t key = 0; key < hs_store_key_count(store); key++) {
        int one = destroy_under_key(store, id, key, deadline);
        any |= one == SESSION_OK;
        if (one != SESSION_OK && rc != SESSION_UNKNOWN)
            rc = one;
    }
    return hs_outcome_of_several(rc, any);
}

int session_destroy(session_store *store, const char *id)
{
    if (store == NULL || id == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    return destroy_under_all_keys(store, id, hs_store_deadline(store));
}

/* ---- A session ---- */

void session_free(session *s)
{
    if (s == NULL)
        return;
    hs_session_changed(s);
    hs_session_forget_user(s);
    hs_record_free(&s->record);
    hs_memory_free(s, sizeof *s);
}

const char *session_id(const session *s)
{
    return s != NULL && hs_session_is_stored(s) ? s->id : NULL;
}

const char *session_handle(session *s)
{
    if (s == NULL || !hs_session_is_stored(s))
        return NULL;
    if (s->handle[0] == '\0')
        hs_store_handle(s->store, s->id, s->record.keyed_by, s->handle);
    return s->handle;
}

const char *session_json(session *s)
{
    if (s == NULL)
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
    return s != NULL ? s->record.created : 0;
}

int64_t session_expires_at(const session *s)
{
    return s != NULL ? s->expires_at : 0;
}

size_t session_id_length(void)
{
    return SESSION_ID_LENGTH;
}

size_t session_handle_length(void)
{
    return SESSION_HANDLE_LENGTH;
}

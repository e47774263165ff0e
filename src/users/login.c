#include "users/login.h"

#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

int hs_login_begin(hs_login *login, const session *s, hs_deadline deadline)
{
    *login = (hs_login){.store = s->store, .deadline = deadline};
    login->note = s->device != NULL ? s->device : "";
    if (hs_session_is_stored(s))
        hs_store_storage_id(s->store, s->id, s->record.keyed_by, login->previous);
    int rc = hs_record_copy_user(&s->record, &login->former);
    if (rc != SESSION_OK)
        return rc;
    const char *user = s->user_changed ? s->user : login->former;
    if (user == NULL)
        return SESSION_OK;
    login->is_same = login->former != NULL && strcmp(user, login->former) == 0;
    login->user = hs_memory_copy_text(user, strlen(user));
    if (login->user == NULL)
        return SESSION_NO_MEMORY;
    hs_user_index_open(&login->index, s->store, user, 0, deadline);
    return SESSION_OK;
}

void hs_login_end(hs_login *login)
{
    hs_memory_free_text(login->user);
    hs_memory_free_text(login->former);
    hs_memory_wipe(login, sizeof *login);
}

bool hs_login_is_due(const session *s, int64_t now)
{
    bool listed = s->record.user.length > 0 && !s->user_changed;
    return !listed || s->device != NULL ||
           now - s->record.seen >= s->store->settings.touch_interval;
}

/* The previous id if the user's list has it and is to have another one instead. */
static const char *replaced(const hs_login *login)
{
    bool moves = login->is_same && strcmp(login->id, login->previous) != 0;
    return moves ? login->previous : "";
}

/* Whether the list has this very id already. */
static bool is_listed(const hs_login *login)
{
    return login->is_same && strcmp(login->id, login->previous) == 0;
}

int hs_login_before(hs_login *login, const char *id, const hs_record *record)
{
    hs_store_storage_id(login->store, id, record->keyed_by, login->id);
    if (login->user == NULL)
        return SESSION_OK;
    login->life = hs_store_life(login->store, record, hs_clock_unix_ms());
    if (is_listed(login))
        return hs_user_index_see(&login->index, login->id, login->life, login->note,
                                 record->created);
    int rc = hs_user_index_reserve(&login->index, login->id, login->life, login->note,
                                   replaced(login));
    login->reserved = rc == SESSION_OK;
    return rc;
}

/*
 * Takes a session off its user's lists, of which there is one for each key that
 * the user's name was hashed with, from this one on. What fails is no matter.
 */
static void leave(session_store *store, const char *user, size_t first_key,
                  const char *storage_id, hs_deadline deadline)
{
    for (size_t key = first_key; key < hs_store_key_count(store); key++) {
        hs_user_index index;
        hs_user_index_open(&index, store, user, key, deadline);
        (void)hs_user_index_remove(&index, storage_id);
    }
}

int hs_login_after(hs_login *login)
{
    int rc = SESSION_OK;
    if (login->reserved)
        rc =
            hs_user_index_confirm(&login->index, login->id, login->life, replaced(login));
    if (rc != SESSION_OK || login->former == NULL)
        return rc;
    if (!login->is_same)
        leave(login->store, login->former, 0, login->previous, login->deadline);
    else if (!is_listed(login)) /* the current list knows */
        leave(login->store, login->former, 1, login->previous, login->deadline);
    return rc;
}

void hs_login_undo(hs_login *login, int reason)
{
    bool is_gone = login->user != NULL && reason == SESSION_NOT_FOUND;
    if (login->reserved || is_gone)
        (void)hs_user_index_remove(&login->index, login->id);
    login->reserved = false;
}

/* ---- Without a write of the record ---- */

int hs_login_see(session_store *store, const char *id, const hs_record *record,
                 int64_t life, hs_deadline deadline)
{
    char *user = NULL;
    hs_user_index index;
    char storage_id[HS_ID_SIZE];
    int rc = hs_record_copy_user(record, &user);
    if (user == NULL)
        return rc;
    hs_user_index_open(&index, store, user, 0, deadline);
    hs_store_storage_id(store, id, record->keyed_by, storage_id);
    rc = hs_user_index_see(&index, storage_id, life, "", record->created);
    hs_memory_free_text(user);
    return rc;
}

void hs_login_forget(session_store *store, const char *id, const hs_record *record,
                     hs_deadline deadline)
{
    char *user = NULL;
    char storage_id[HS_ID_SIZE];
    if (hs_record_copy_user(record, &user) != SESSION_OK || user == NULL)
        return;
    hs_store_storage_id(store, id, record->keyed_by, storage_id);
    leave(store, user, 0, storage_id, deadline);
    hs_memory_free_text(user);
}

/* Ending the sessions of a user. */
#include <string.h>

#include "events/event_publish.h"
#include "hisession/events.h"
#include "users/user_index.h"

/* ---- One session, by its handle ---- */

typedef struct {
    const char *handle;
    bool ended;
} handle_search;

static int end_if_named(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    handle_search *search = context;
    char handle[HS_HANDLE_SIZE];
    bool ended;
    hs_id_handle(entry->id, handle);
    if (strcmp(handle, search->handle) != 0)
        return SESSION_OK;
    int rc = hs_user_index_end(index, entry->id, &ended);
    search->ended |= ended;
    return rc;
}

int session_destroy_handle(session_store *store, const char *user, const char *handle)
{
    handle_search search = {handle, false};
    if (!hs_magic_is(store, HS_MAGIC_STORE) || user == NULL || handle == NULL ||
        !hs_user_is_valid(user))
        return SESSION_INVALID;
    int rc = hs_user_index_each_key(store, user, hs_store_deadline(store), end_if_named,
                                    &search);
    return rc == SESSION_OK && !search.ended ? SESSION_NOT_FOUND : rc;
}

/* ---- All sessions, or all but one ---- */

typedef struct {
    const char *spared; /* an id, or NULL */
    int64_t began;
    int64_t ended;
    size_t found; /* in one pass */
} sweep;

/* Whether an entry is that of the id, whichever key of the ring hashed it. */
static bool is_of_id(const session_store *store, const hs_user_entry *entry,
                     const char *id)
{
    hs_address address;
    bool is = false;
    for (size_t i = 0; !is && i < hs_store_key_count(store); i++) {
        hs_store_address(store, id, i, &address);
        is = strcmp(entry->id, hs_address_storage_id(&address)) == 0;
    }
    hs_address_wipe(&address);
    return is;
}

static int end_if_older(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    sweep *s = context;
    bool ended;
    if (s->began == 0)
        s->began = entry->read_at;
    if (entry->created > s->began)
        return SESSION_OK;
    if (s->spared != NULL && is_of_id(index->store, entry, s->spared))
        return SESSION_OK;
    if (!entry->doomed)
        s->found++;
    int rc = hs_user_index_end(index, entry->id, &ended);
    s->ended += ended ? 1 : 0;
    return rc;
}

/*
 * Ends the sessions that were there when it began. A concurrent regenerate may add
 * its entry, with the time when its session was created, after the list was read;
 * so the list is read again until a pass finds nothing.
 */
static int end_all(session_store *store, const char *user, hs_deadline deadline, sweep *s)
{
    int rc;
    do {
        s->found = 0;
        rc = hs_user_index_each_key(store, user, deadline, end_if_older, s);
    } while (rc == SESSION_OK && s->found > 0);
    return rc;
}

int session_destroy_user(session_store *store, const char *user, const char *except_id,
                         int64_t *destroyed)
{
    sweep s = {.spared = except_id};
    if (!hs_magic_is(store, HS_MAGIC_STORE) || user == NULL || !hs_user_is_valid(user))
        return SESSION_INVALID;
    if (except_id != NULL && !hs_store_takes_id(store, except_id))
        return SESSION_BAD_ID;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = end_all(store, user, deadline, &s);
    if (rc != SESSION_OK)
        return rc;
    hs_events_publish(store, SESSION_EVENT_USER_REVOKED, NULL, NULL, user, deadline);
    if (destroyed != NULL)
        *destroyed = s.ended;
    return SESSION_OK;
}

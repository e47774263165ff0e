/* Ending the sessions of a user. */
#include <string.h>

#include "base/memory.h"
#include "events/event_publish.h"
#include "hisession/events.h"
#include "users/chain.h"
#include "users/members.h"

/* ---- Which ones ---- */

/* Chains that are to be ended, of which there is room for one for each member. */
typedef struct {
    hs_chain *items;
    size_t count;
    size_t capacity;
} targets;

static int make_room(targets *all, size_t count)
{
    all->capacity = count + 1;
    all->items = hs_memory_new(all->capacity * sizeof *all->items);
    return all->items != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}

static void targets_free(targets *all)
{
    hs_memory_free(all->items, all->capacity * sizeof *all->items);
}

/* Whether what the session became is among the members, and ends with them. */
static bool is_led_on(const hs_members *members, const hs_member *member)
{
    const hs_member *next = hs_members_find(members, member->next);
    return next != NULL && !next->is_guest && next->fate == HS_FATE_LIVES;
}

/* Has a member ended with all that it became, unless there is nothing to end. */
static void add_target(targets *all, const hs_members *members, const hs_member *member)
{
    if (member->is_guest || member->fate == HS_FATE_GONE)
        return;
    if (member->fate == HS_FATE_LIVES && !member->is_users)
        return;
    if (member->fate == HS_FATE_MOVED && is_led_on(members, member))
        return;
    hs_chain_begin(&all->items[all->count++], member->id);
}

static int64_t count_ended(const targets *all)
{
    int64_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->items[i].has_ended ? 1 : 0;
    return count;
}

/* ---- One session, by its handle ---- */

static const hs_member *find_handle(const hs_members *members, const char *handle)
{
    char own[HS_HANDLE_SIZE];
    for (size_t i = 0; i < members->count; i++) {
        hs_id_handle(members->items[i].id, own);
        if (!members->items[i].is_guest && strcmp(own, handle) == 0)
            return &members->items[i];
    }
    return NULL;
}

static int end_member(const hs_members *members, const hs_member *member)
{
    hs_chain chain;
    if (member == NULL || (member->fate == HS_FATE_LIVES && !member->is_users))
        return SESSION_NOT_FOUND;
    hs_chain_begin(&chain, member->id);
    int rc = hs_chain_end(members->store, members->user, &chain, 1, members->deadline);
    return rc == SESSION_OK && !chain.has_ended ? SESSION_NOT_FOUND : rc;
}

int session_destroy_handle(session_store *store, const char *user, const char *handle)
{
    hs_members members;
    if (!hs_magic_is(store, HS_MAGIC_STORE) || user == NULL || handle == NULL ||
        !hs_user_is_valid(user))
        return SESSION_INVALID;
    hs_members_begin(&members, store, user, hs_store_deadline(store));
    int rc = hs_members_load(&members, HS_MEMBERS_ALL, false);
    if (rc == SESSION_OK)
        rc = end_member(&members, find_handle(&members, handle));
    hs_members_free(&members);
    return rc;
}

/* ---- All sessions, or all but one ---- */

/* Storage ids that are spared: one under each key, and all that they became. */
typedef struct {
    char (*ids)[HS_ID_SIZE];
    size_t count;
    size_t capacity;
} spared;

static bool is_spared(const spared *those, const char *id)
{
    for (size_t i = 0; i < those->count; i++)
        if (strcmp(those->ids[i], id) == 0)
            return true;
    return false;
}

static void spare(spared *those, const char *id)
{
    if (id[0] == '\0' || is_spared(those, id) || those->count == those->capacity)
        return;
    memcpy(those->ids[those->count++], id, strlen(id) + 1);
}

/* Spares what spared ones became and were, and what was made of them; false if there was
 * none. */
static bool spare_next(spared *those, const hs_members *members)
{
    size_t before = those->count;
    for (size_t i = 0; i < members->count; i++) {
        const hs_member *member = &members->items[i];
        bool has_moved = member->fate == HS_FATE_MOVED;
        if (has_moved && is_spared(those, member->id))
            spare(those, member->next);
        if (has_moved && is_spared(those, member->next))
            spare(those, member->id);
        if (member->from[0] != '\0' && is_spared(those, member->from))
            spare(those, member->id);
    }
    return those->count > before;
}

/* Spares a chain of which the list may know nothing. An id that is not there any more
 * spares nothing. */
static int spare_chain(spared *those, session_store *store, const char *id,
                       hs_deadline deadline)
{
    char next[HS_ID_SIZE];
    hs_fate fate = HS_FATE_MOVED;
    int rc = SESSION_OK;
    memcpy(next, id, strlen(id) + 1);
    while (rc == SESSION_OK && fate == HS_FATE_MOVED && !is_spared(those, next)) {
        char current[HS_ID_SIZE];
        memcpy(current, next, sizeof current);
        rc = hs_store_look(store, current, deadline, &fate, next);
        if (rc == SESSION_OK && fate != HS_FATE_GONE)
            spare(those, current);
    }
    return rc;
}

/* Spares the session with this id, whichever key of the ring hashed it. */
static int spare_session(spared *those, const hs_members *members, const char *id)
{
    hs_address address;
    int rc = SESSION_OK;
    for (size_t i = 0; rc == SESSION_OK && i < hs_store_key_count(members->store); i++) {
        hs_store_address(members->store, id, i, &address);
        rc = spare_chain(those, members->store, hs_address_storage_id(&address),
                         members->deadline);
    }
    hs_address_wipe(&address);
    while (rc == SESSION_OK && spare_next(those, members))
        ;
    return rc;
}

/*
 * Ends the sessions that were there when the list was read. What they become
 * meanwhile is found by following them, so that one reading is enough.
 */
static int end_all(const hs_members *members, const spared *those, int64_t *ended)
{
    targets all = {0};
    int rc = make_room(&all, members->count);
    if (rc != SESSION_OK)
        return rc;
    for (size_t i = 0; i < members->count; i++)
        if (!is_spared(those, members->items[i].id))
            add_target(&all, members, &members->items[i]);
    rc = hs_chain_end(members->store, members->user, all.items, all.count,
                      members->deadline);
    *ended = count_ended(&all);
    targets_free(&all);
    return hs_outcome_of_several(rc, *ended > 0);
}

static int end_others(const hs_members *members, const char *except_id, int64_t *ended)
{
    enum { LONGEST = 1000 };
    spared those = {.capacity = members->count + HS_RING_SIZE + LONGEST};
    int rc = SESSION_OK;
    if (except_id == NULL)
        return end_all(members, &those, ended);
    those.ids = hs_memory_new(those.capacity * sizeof *those.ids);
    if (those.ids == NULL)
        return SESSION_NO_MEMORY;
    rc = spare_session(&those, members, except_id);
    if (rc == SESSION_OK)
        rc = end_all(members, &those, ended);
    hs_memory_free(those.ids, those.capacity * sizeof *those.ids);
    return rc;
}

int session_destroy_user(session_store *store, const char *user, const char *except_id,
                         int64_t *destroyed)
{
    hs_members members;
    int64_t ended = 0;
    if (!hs_magic_is(store, HS_MAGIC_STORE) || user == NULL || !hs_user_is_valid(user))
        return SESSION_INVALID;
    if (except_id != NULL && !hs_store_takes_id(store, except_id))
        return SESSION_BAD_ID;
    hs_deadline deadline = hs_store_deadline(store);
    hs_members_begin(&members, store, user, deadline);
    int rc = hs_members_load(&members, HS_MEMBERS_ALL, false);
    if (rc == SESSION_OK)
        rc = end_others(&members, except_id, &ended);
    hs_members_free(&members);
    if (rc != SESSION_OK)
        return rc;
    hs_events_publish(store, SESSION_EVENT_USER_REVOKED, NULL, NULL, user, deadline);
    if (destroyed != NULL)
        *destroyed = ended;
    return SESSION_OK;
}

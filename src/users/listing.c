#include "users/listing.h"

#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/memory.h"

int hs_listing_begin(hs_listing *listing, session_store *store,
                     const hs_listing_change *change, hs_deadline deadline)
{
    *listing = (hs_listing){.store = store, .deadline = deadline};
    listing->note = change->note != NULL ? change->note : "";
    listing->previous = change->previous;
    if (change->previous != NULL)
        listing->address = *change->previous;
    int rc = hs_record_copy_user(change->record, &listing->former);
    if (rc != SESSION_OK)
        return rc;
    const char *user = change->user_changed ? change->user : listing->former;
    if (user == NULL)
        return SESSION_OK;
    listing->is_same = listing->former != NULL && strcmp(user, listing->former) == 0;
    listing->user = hs_memory_copy_text(user, strlen(user));
    if (listing->user == NULL)
        return SESSION_NO_MEMORY;
    hs_user_index_open(&listing->index, store, listing->user, 0, deadline);
    return SESSION_OK;
}

void hs_listing_end(hs_listing *listing)
{
    hs_memory_free_text(listing->user);
    hs_memory_free_text(listing->former);
    hs_memory_wipe(listing, sizeof *listing);
}

static const char *storage_id(const hs_listing *listing)
{
    return hs_address_storage_id(&listing->address);
}

/* Whether the session is written where it was read. */
static bool stays(const hs_listing *listing)
{
    return listing->previous != NULL &&
           strcmp(storage_id(listing), hs_address_storage_id(listing->previous)) == 0;
}

/* Whether the list has this very storage id already. */
static bool is_listed(const hs_listing *listing)
{
    return listing->is_same && stays(listing);
}

/* The storage id that this write replaces on the user's list, "" for none. */
static const char *replaced(const hs_listing *listing)
{
    bool moves = listing->is_same && listing->previous != NULL && !stays(listing);
    return moves ? hs_address_storage_id(listing->previous) : "";
}

int hs_listing_before_write(hs_listing *listing, const hs_address *address,
                            const hs_record *record)
{
    listing->address = *address;
    if (listing->user == NULL)
        return SESSION_OK;
    listing->ttl_ms = hs_store_ttl_ms(listing->store, record, hs_clock_unix_ms());
    if (is_listed(listing))
        return hs_user_index_see(&listing->index, storage_id(listing), listing->ttl_ms,
                                 listing->note, record->created);
    int rc = hs_user_index_reserve(&listing->index, storage_id(listing), listing->ttl_ms,
                                   listing->note, replaced(listing));
    listing->reserved = rc == SESSION_OK;
    return rc;
}

/*
 * Takes a session off its user's lists, of which there is one for each key that
 * the user's name was hashed with, from this one on. Errors are ignored, because
 * an entry without its session goes when the list is read.
 */
static void leave(session_store *store, const char *user, size_t key_index,
                  const hs_address *address, hs_deadline deadline)
{
    for (size_t i = key_index; i < hs_store_key_count(store); i++) {
        hs_user_index index;
        hs_user_index_open(&index, store, user, i, deadline);
        hs_ignore(hs_user_index_remove(&index, hs_address_storage_id(address)));
    }
}

int hs_listing_after_write(hs_listing *listing)
{
    int rc = SESSION_OK;
    if (listing->reserved)
        rc = hs_user_index_confirm(&listing->index, storage_id(listing), listing->ttl_ms,
                                   replaced(listing));
    if (rc != SESSION_OK || listing->former == NULL || is_listed(listing))
        return rc;
    /* Of the same user's lists, the one of the first key was told by confirm. */
    leave(listing->store, listing->former, listing->is_same ? 1 : 0, listing->previous,
          listing->deadline);
    return rc;
}

void hs_listing_undo(hs_listing *listing, int reason)
{
    bool is_gone = listing->user != NULL && reason == SESSION_NOT_FOUND;
    if (listing->reserved || is_gone)
        hs_ignore(hs_user_index_remove(&listing->index, storage_id(listing)));
    listing->reserved = false;
}

/* ---- Without a write of the record ---- */

int hs_listing_extend(session_store *store, const hs_address *address,
                      const hs_record *record, int64_t ttl_ms, hs_deadline deadline)
{
    char *user = NULL;
    hs_user_index index;
    int rc = hs_record_copy_user(record, &user);
    if (user == NULL)
        return rc;
    hs_user_index_open(&index, store, user, 0, deadline);
    rc = hs_user_index_see(&index, hs_address_storage_id(address), ttl_ms, "",
                           record->created);
    hs_memory_free_text(user);
    return rc;
}

void hs_listing_remove(session_store *store, const hs_address *address,
                       const hs_record *record, hs_deadline deadline)
{
    char *user = NULL;
    if (hs_record_copy_user(record, &user) != SESSION_OK || user == NULL)
        return;
    leave(store, user, 0, address, deadline);
    hs_memory_free_text(user);
}

/* Ending a session. */
#include "events/event_publish.h"
#include "store/store.h"
#include "users/listing.h"

/* Deletes the session under one key of the ring, and its entry on its user's list. */
static int destroy_under_key(session_store *store, const char *id, size_t key_index,
                             hs_deadline deadline)
{
    hs_address address;
    hs_record was;
    hs_store_address(store, id, key_index, &address);
    int rc = hs_events_destroy(store, &address, deadline, &was);
    if (rc == SESSION_OK)
        hs_listing_remove(store, &address, &was, deadline);
    hs_record_free(&was);
    hs_address_wipe(&address);
    return rc;
}

/*
 * Deletes the session under every key of the ring, because nobody knows which of
 * them hashed its id. If one delete is confirmed and another fails with server
 * trouble, the result is UNKNOWN.
 */
static int destroy_under_all_keys(session_store *store, const char *id,
                                  hs_deadline deadline)
{
    int rc = SESSION_OK;
    bool any = false;
    for (size_t i = 0; i < hs_store_key_count(store); i++) {
        int one = destroy_under_key(store, id, i, deadline);
        any |= one == SESSION_OK;
        if (one != SESSION_OK && rc != SESSION_UNKNOWN)
            rc = one;
    }
    return hs_outcome_of_several(rc, any);
}

int session_destroy(session_store *store, const char *id)
{
    if (!hs_magic_is(store, HS_MAGIC_STORE) || id == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    return destroy_under_all_keys(store, id, hs_store_deadline(store));
}

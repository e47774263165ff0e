/* Ending a session. */
#include "base/memory.h"
#include "store/store.h"
#include "users/chain.h"

/*
 * Ends the session under every key of the ring, because nobody knows which of them
 * hashed its id. If one is confirmed and another fails with server trouble, the result
 * is UNKNOWN.
 */
static int destroy(session_store *store, const char *id, hs_deadline deadline)
{
    hs_chain chains[HS_RING_SIZE];
    hs_address address;
    size_t count = hs_store_key_count(store);
    bool has_ended = false;
    for (size_t i = 0; i < count; i++) {
        hs_store_address(store, id, i, &address);
        hs_chain_begin(&chains[i], hs_address_storage_id(&address));
    }
    int rc = hs_chain_end(store, NULL, chains, count, deadline);
    for (size_t i = 0; i < count; i++)
        has_ended |= chains[i].has_ended;
    hs_address_wipe(&address);
    hs_memory_wipe(chains, sizeof chains);
    if (rc != SESSION_OK)
        return hs_outcome_of_several(rc, has_ended);
    return has_ended ? SESSION_OK : SESSION_NOT_FOUND;
}

int session_destroy(session_store *store, const char *id)
{
    if (!hs_magic_is(store, HS_MAGIC_STORE) || id == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    return destroy(store, id, hs_store_deadline(store));
}

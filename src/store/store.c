#include "store/store.h"

#include "base/clock.h"

bool hs_store_is_shared(const session_store *store)
{
    return store->settings.compat == HS_COMPAT_EXPRESS;
}

bool hs_store_takes_id(const session_store *store, const char *id)
{
    return hs_store_is_shared(store) ? hs_id_is_express(id) : hs_id_is_valid(id);
}

hs_deadline hs_store_deadline(const session_store *store)
{
    return hs_deadline_after(store->settings.deadline);
}

size_t hs_store_key_count(const session_store *store)
{
    return store->ring != NULL ? hs_ring_count(store->ring) : 1;
}

void hs_store_address(const session_store *store, const char *id, size_t key_index,
                      hs_address *address)
{
    hs_address_make(address, store->ring, store->settings.prefix, id, key_index);
}

int64_t hs_store_ttl_ms(const session_store *store, const hs_record *record, int64_t now)
{
    int64_t left = record->absolute_expires_at - now;
    if (!record->has_metadata || left > store->settings.ttl)
        return store->settings.ttl;
    return left;
}

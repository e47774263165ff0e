#include "crypto/address.h"

#include <stdio.h>
#include <string.h>

#include "base/invariant.h"
#include "base/memory.h"

void hs_key_make(hs_key *key, const char *prefix, const char *name)
{
    size_t prefix_length = strlen(prefix), name_length = strlen(name);
    HS_INVARIANT(prefix_length <= HS_PREFIX_LENGTH && name_length < HS_ID_SIZE);
    memcpy(key->text, prefix, prefix_length);
    memcpy(key->text + prefix_length, name, name_length + 1);
    key->length = prefix_length + name_length;
}

void hs_key_make_mark(hs_key *mark, const hs_key *key)
{
    /* The braces put both keys into one slot of a Cluster. */
    int length = snprintf(mark->text, sizeof mark->text, "{%.*s}:mark",
                          HS_PREFIX_LENGTH + HS_ID_SIZE, key->text);
    mark->length = (size_t)length;
}

void hs_address_make(hs_address *address, const hs_ring *ring, const char *prefix,
                     const char *id, size_t key_index)
{
    char storage_id[HS_ID_SIZE];
    HS_INVARIANT(strlen(id) < HS_ID_SIZE);
    HS_INVARIANT(key_index < (ring != NULL ? hs_ring_count(ring) : 1));
    address->ring = ring;
    address->prefix = prefix;
    address->key_index = key_index;
    memcpy(address->id, id, strlen(id) + 1);
    if (ring == NULL) {
        hs_key_make(&address->key, prefix, id);
        return;
    }
    hs_ring_storage_id(ring, key_index, prefix, id, storage_id);
    hs_key_make(&address->key, prefix, storage_id);
}

const char *hs_address_storage_id(const hs_address *address)
{
    return address->key.text + strlen(address->prefix);
}

void hs_address_handle(const hs_address *address, char handle[HS_HANDLE_SIZE])
{
    hs_id_handle(hs_address_storage_id(address), handle);
}

void hs_address_wipe(hs_address *address)
{
    hs_memory_wipe(address, sizeof *address);
}

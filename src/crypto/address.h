/* Where Redis keeps a session: its id, and the key that is made of it. */
#ifndef HISESSION_CRYPTO_ADDRESS_H
#define HISESSION_CRYPTO_ADDRESS_H

#include <stddef.h>

#include "crypto/id.h"
#include "crypto/keyring.h"

enum { HS_PREFIX_LENGTH = 64 };

/* A Redis key, or the name of a channel. */
typedef struct {
    char text[HS_PREFIX_LENGTH + HS_ID_SIZE + sizeof "{}:mark"];
    size_t length;
} hs_key;

typedef struct {
    const hs_ring *ring; /* of the store; NULL if nothing is sealed */
    const char *prefix;  /* of the store */
    size_t key_index;    /* which key of the ring the id was hashed with */
    char id[HS_ID_SIZE];
    hs_key key;
} hs_address;

void hs_key_make(hs_key *key, const char *prefix, const char *name);

/* The key of the mark that says what became of the session under this key. */
void hs_key_make_mark(hs_key *mark, const hs_key *key);

/* `ring` and `prefix` must stay as long as the address. */
void hs_address_make(hs_address *address, const hs_ring *ring, const char *prefix,
                     const char *id, size_t key_index);

/* What follows the prefix in the key: the id, or if sealed a hash of it. */
const char *hs_address_storage_id(const hs_address *address);

void hs_address_handle(const hs_address *address, char handle[HS_HANDLE_SIZE]);

/* An id gives access, so no address stays in memory longer than it is used. */
void hs_address_wipe(hs_address *address);

#endif

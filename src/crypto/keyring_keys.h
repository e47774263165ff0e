/* What a ring holds of each key; for src/crypto*.c only. */
#ifndef HISESSION_CRYPTO_KEYRING_KEYS_H
#define HISESSION_CRYPTO_KEYRING_KEYS_H

#include <sodium.h>

#include "crypto/keyring.h"

enum { HS_KEY_BYTES = 32 };

typedef struct {
    char name[HS_KEY_NAME_SIZE];
    unsigned char storage[HS_KEY_BYTES]; /* names sessions */
    unsigned char user[HS_KEY_BYTES];    /* names users' lists */
    unsigned char session[HS_KEY_BYTES]; /* seals sessions, with the id */
    unsigned char note[HS_KEY_BYTES];    /* seals notes */
} hs_key_set;

struct hs_ring {
    size_t count;
    bool is_locked;
    hs_key_set keys[HS_RING_SIZE];
};

#endif

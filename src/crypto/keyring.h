/*
 * The keys of sealed sessions. A ring holds the current key and older ones, in
 * memory that is locked, kept out of core dumps and read-only; of each only what
 * is derived from it, one key a purpose.
 */
#ifndef HISESSION_CRYPTO_KEYRING_H
#define HISESSION_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/json.h"
#include "crypto/id.h"

enum {
    HS_RING_OLD = 4,                /* most old keys */
    HS_RING_SIZE = HS_RING_OLD + 1, /* most keys; the first one is the current */
    HS_KEY_NAME_SIZE = 9,
    HS_SEAL_NONCE = 24,
    HS_SEAL_BUCKET = 256 /* a sealed text's length is a multiple of this */
};

typedef struct hs_ring hs_ring;

/* ---- Rings ---- */

/*
 * Reads up to `most` keys, comma-separated, 64 hex digits each. OK, INVALID with
 * the reason, CRYPTO, NO_MEMORY; on OK the ring is the caller's to free.
 */
HS_MUST_USE int hs_ring_read(const char *text, size_t most, hs_ring **out,
                             const char **reason);

/* A ring of all keys of two, of which `second` may be NULL. As hs_ring_read(). */
HS_MUST_USE int hs_ring_join(const hs_ring *first, const hs_ring *second, hs_ring **out,
                             const char **reason);

/* Wipes and frees a ring; NULL is fine. */
void hs_ring_free(hs_ring *ring);

size_t hs_ring_count(const hs_ring *ring);

/* False if the system would not lock the memory: it may be swapped out. */
bool hs_ring_is_locked(const hs_ring *ring);

/* What a sealed text says of the key it needs; not a secret. */
const char *hs_ring_name(const hs_ring *ring, size_t key);

/* The key with this name, of HS_KEY_NAME_SIZE - 1 characters; the count if there is none.
 */
size_t hs_ring_find(const hs_ring *ring, const char *name);

/* ---- Names ---- */

/* What follows the prefix in the Redis key of a session. */
void hs_ring_storage_id(const hs_ring *ring, size_t key, const char *prefix,
                        const char *id, char storage_id[HS_ID_SIZE]);

/* The same for a user's list. */
void hs_ring_user(const hs_ring *ring, size_t key, const char *prefix, const char *user,
                  char name[HS_HANDLE_SIZE]);

/* ---- Sealing (crypto_seal.c) ---- */

/*
 * Seals a text with the current key for those who know the id. `sealed` is
 * appended to. `associated` is what has to be there when it is opened.
 * Memory that runs out shows in sealed->failed.
 */
void hs_ring_seal(const hs_ring *ring, const char *id, hs_slice associated, hs_slice text,
                  unsigned char nonce[HS_SEAL_NONCE], hs_buffer *sealed);

/*
 * Opens in place what that sealed with this key. OK, CORRUPT; on OK `length` is
 * that of the text.
 */
HS_MUST_USE int hs_ring_open(const hs_ring *ring, size_t key, const char *id,
                             hs_slice associated,
                             const unsigned char nonce[HS_SEAL_NONCE], char *sealed,
                             size_t *length);

/*
 * Seals a short text for those who have the key, as base64url. `out` is the
 * caller's to free as a text. OK, NO_MEMORY.
 */
HS_MUST_USE int hs_ring_seal_note(const hs_ring *ring, const char *text,
                                  const char *associated, char **out);

/* Opens it, with whichever key it names. OK, CORRUPT, NO_MEMORY. */
HS_MUST_USE int hs_ring_open_note(const hs_ring *ring, hs_slice note,
                                  const char *associated, char **out);

#endif

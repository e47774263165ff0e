/* Sealing and opening: XChaCha20-Poly1305 with random nonces over padded texts. */
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "crypto/base64.h"
#include "crypto/keyring_keys.h"

enum {
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    NOTE_BUCKET = 64,
    STACK = 2048 /* about what the ciphers below use of it */
};

/* Pads, encrypts in place: `room` has the text, and space for a bucket and the tag. */
static size_t seal_bytes(const unsigned char key[HS_KEY_BYTES], hs_slice associated,
                         size_t bucket, unsigned char nonce[HS_SEAL_NONCE],
                         unsigned char *room, size_t length)
{
    size_t padded;
    unsigned long long size;
    hs_random_bytes(nonce, HS_SEAL_NONCE);
    sodium_pad(&padded, room, length, bucket, length + bucket);
    crypto_aead_xchacha20poly1305_ietf_encrypt(room, &size, room, padded,
                                               (const unsigned char *)associated.start,
                                               associated.length, NULL, nonce, key);
    sodium_stackzero(STACK);
    return (size_t)size;
}

/* Decrypts in place, takes the padding off. */
static int open_bytes(const unsigned char key[HS_KEY_BYTES], hs_slice associated,
                      size_t bucket, const unsigned char nonce[HS_SEAL_NONCE],
                      unsigned char *room, size_t *length)
{
    unsigned long long padded = 0;
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        room, &padded, NULL, room, *length, (const unsigned char *)associated.start,
        associated.length, nonce, key);
    if (failed == 0)
        failed = sodium_unpad(length, room, (size_t)padded, bucket);
    sodium_stackzero(STACK);
    return failed == 0 ? SESSION_OK : SESSION_CORRUPT;
}

/* ---- Sessions ---- */

/* Nobody can make this key without the id, which Redis does not have. */
static void derive_session_key(const hs_key_set *set, const char *id,
                               unsigned char key[HS_KEY_BYTES])
{
    crypto_generichash(key, HS_KEY_BYTES, (const unsigned char *)id, strlen(id),
                       set->session, HS_KEY_BYTES);
}

void hs_ring_seal(const hs_ring *ring, const char *id, hs_slice associated, hs_slice text,
                  unsigned char nonce[HS_SEAL_NONCE], hs_buffer *sealed)
{
    unsigned char key[HS_KEY_BYTES];
    size_t before = sealed->length;
    hs_buffer_reserve(sealed, text.length + HS_SEAL_BUCKET + TAG);
    hs_buffer_append(sealed, text.start, text.length);
    if (sealed->failed)
        return;
    derive_session_key(&ring->keys[0], id, key);
    sealed->length =
        before + seal_bytes(key, associated, HS_SEAL_BUCKET, nonce,
                            (unsigned char *)sealed->data + before, text.length);
    sodium_memzero(key, sizeof key);
}

int hs_ring_open(const hs_ring *ring, size_t key, const char *id, hs_slice associated,
                 const unsigned char nonce[HS_SEAL_NONCE], char *sealed, size_t *length)
{
    unsigned char session_key[HS_KEY_BYTES];
    derive_session_key(&ring->keys[key], id, session_key);
    int rc = open_bytes(session_key, associated, HS_SEAL_BUCKET, nonce,
                        (unsigned char *)sealed, length);
    sodium_memzero(session_key, sizeof session_key);
    return rc;
}

/* ---- Notes: the key's name, and in base64url the nonce and what was sealed ---- */

int hs_ring_seal_note(const hs_ring *ring, const char *text, const char *associated,
                      char **out)
{
    hs_buffer note = {0};
    int rc = SESSION_NO_MEMORY;
    size_t length = strlen(text);
    size_t room = HS_SEAL_NONCE + length + NOTE_BUCKET + TAG;
    unsigned char *bytes = hs_memory_new(room);
    if (bytes == NULL)
        goto out;
    memcpy(bytes + HS_SEAL_NONCE, text, length);
    size_t size =
        seal_bytes(ring->keys[0].note, (hs_slice){associated, strlen(associated)},
                   NOTE_BUCKET, bytes, bytes + HS_SEAL_NONCE, length);
    hs_buffer_append(&note, ring->keys[0].name, HS_KEY_NAME_SIZE - 1);
    hs_base64_append(&note, bytes, HS_SEAL_NONCE + size);
    if (note.failed)
        goto out;
    *out = hs_memory_copy_text(note.data, note.length);
    rc = *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
out:
    hs_buffer_free(&note);
    hs_memory_free(bytes, room);
    return rc;
}

static int open_note(const hs_ring *ring, size_t key, hs_slice sealed,
                     const char *associated, unsigned char *bytes, char **out)
{
    size_t length;
    if (!hs_base64_read(sealed, bytes, sealed.length, &length) || length < HS_SEAL_NONCE)
        return SESSION_CORRUPT;
    length -= HS_SEAL_NONCE;
    int rc = open_bytes(ring->keys[key].note, (hs_slice){associated, strlen(associated)},
                        NOTE_BUCKET, bytes, bytes + HS_SEAL_NONCE, &length);
    if (rc != SESSION_OK)
        return rc;
    *out = hs_memory_copy_text((char *)bytes + HS_SEAL_NONCE, length);
    return *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}

int hs_ring_open_note(const hs_ring *ring, hs_slice note, const char *associated,
                      char **out)
{
    const size_t name = HS_KEY_NAME_SIZE - 1;
    if (note.length <= name || hs_ring_find(ring, note.start) == hs_ring_count(ring))
        return SESSION_CORRUPT;
    const hs_slice sealed = {note.start + name, note.length - name};
    unsigned char *bytes = hs_memory_new(sealed.length);
    if (bytes == NULL)
        return SESSION_NO_MEMORY;
    int rc =
        open_note(ring, hs_ring_find(ring, note.start), sealed, associated, bytes, out);
    hs_memory_free(bytes, sealed.length);
    return rc;
}

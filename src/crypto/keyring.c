#include "crypto/keyring.h"

#include <string.h>

#include "base/random.h"
#include "crypto/base64.h"
#include "crypto/keyring_keys.h"

enum { HEX_DIGITS = 2 * HS_KEY_BYTES, LEAST_VARIETY = 8 };

/* ---- A key's text ---- */

/* Random bytes are never like this; what someone made up or left out is. */
static const char *find_weakness(const unsigned char key[HS_KEY_BYTES])
{
    bool seen[256] = {false};
    int variety = 0, printable = 0;
    for (size_t i = 0; i < HS_KEY_BYTES; i++) {
        variety += !seen[key[i]];
        seen[key[i]] = true;
        printable += key[i] >= ' ' && key[i] <= '~';
    }
    sodium_memzero(seen, sizeof seen);
    if (variety < LEAST_VARIETY)
        return "takes random keys: this one repeats itself";
    if (printable == HS_KEY_BYTES)
        return "takes random keys: this one is a text in hex";
    return NULL;
}

/* Reads the key at the start of a text. */
static const char *read_key(const char *text, unsigned char key[HS_KEY_BYTES])
{
    size_t length = 0;
    if (sodium_hex2bin(key, HS_KEY_BYTES, text, strcspn(text, ","), NULL, &length,
                       NULL) != 0 ||
        length != HS_KEY_BYTES)
        return "takes keys of 64 hex digits";
    return find_weakness(key);
}

/* ---- Key sets ---- */

/* Each purpose has a key of its own: what one gives away says nothing of the others. */
static void derive(const unsigned char key[HS_KEY_BYTES], hs_key_set *set)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "hisessn1";
    unsigned char name[crypto_kdf_BYTES_MIN];
    hs_buffer text;
    crypto_kdf_derive_from_key(name, sizeof name, 1, context, key);
    crypto_kdf_derive_from_key(set->storage, HS_KEY_BYTES, 2, context, key);
    crypto_kdf_derive_from_key(set->user, HS_KEY_BYTES, 3, context, key);
    crypto_kdf_derive_from_key(set->session, HS_KEY_BYTES, 4, context, key);
    crypto_kdf_derive_from_key(set->note, HS_KEY_BYTES, 5, context, key);
    hs_buffer_borrow(&text, set->name, sizeof set->name);
    hs_base64_append(&text, name, (HS_KEY_NAME_SIZE - 1) * 3 / 4);
}

static bool has_name(const hs_ring *ring, const char *name)
{
    return hs_ring_find(ring, name) < ring->count;
}

static hs_ring *ring_new(void)
{
    hs_ring *ring = sodium_malloc(sizeof *ring);
    if (ring == NULL)
        return NULL;
    sodium_memzero(ring, sizeof *ring);
    /* sodium_malloc() has tried this too, but does not tell. */
    ring->is_locked = sodium_mlock(ring, sizeof *ring) == 0;
    return ring;
}

/* ---- Rings ---- */

/* Adds a text's keys; the reason why not, or NULL. */
static const char *read_keys(const char *text, size_t most, hs_ring *ring)
{
    const char *at = text;
    for (;;) {
        unsigned char key[HS_KEY_BYTES];
        if (ring->count == most)
            return "has too many keys";
        const char *reason = read_key(at, key);
        hs_key_set *set = &ring->keys[ring->count];
        if (reason == NULL)
            derive(key, set);
        sodium_memzero(key, sizeof key);
        if (reason != NULL)
            return reason;
        if (has_name(ring, set->name))
            return "has the same key twice";
        ring->count++;
        at += HEX_DIGITS;
        if (*at++ == '\0')
            return NULL;
    }
}

int hs_ring_read(const char *text, size_t most, hs_ring **out, const char **reason)
{
    *reason = NULL;
    int rc = hs_random_init();
    if (rc != SESSION_OK)
        return rc;
    hs_ring *ring = ring_new();
    if (ring == NULL)
        return SESSION_NO_MEMORY;
    *reason = read_keys(text, most, ring);
    sodium_stackzero(1024);
    if (*reason != NULL) {
        hs_ring_free(ring);
        return SESSION_INVALID;
    }
    sodium_mprotect_readonly(ring);
    *out = ring;
    return SESSION_OK;
}

int hs_ring_join(const hs_ring *first, const hs_ring *second, hs_ring **out,
                 const char **reason)
{
    *reason = NULL;
    hs_ring *ring = ring_new();
    if (ring == NULL)
        return SESSION_NO_MEMORY;
    ring->count = first->count;
    memcpy(ring->keys, first->keys, first->count * sizeof *ring->keys);
    for (size_t i = 0; second != NULL && i < second->count; i++) {
        if (has_name(ring, second->keys[i].name)) {
            hs_ring_free(ring);
            *reason = "key is in old_keys, too";
            return SESSION_INVALID;
        }
        ring->keys[ring->count++] = second->keys[i];
    }
    sodium_mprotect_readonly(ring);
    *out = ring;
    return SESSION_OK;
}

void hs_ring_free(hs_ring *ring)
{
    sodium_free(ring);
}

size_t hs_ring_count(const hs_ring *ring)
{
    return ring->count;
}

bool hs_ring_is_locked(const hs_ring *ring)
{
    return ring->is_locked;
}

const char *hs_ring_name(const hs_ring *ring, size_t key)
{
    return ring->keys[key].name;
}

size_t hs_ring_find(const hs_ring *ring, const char *name)
{
    size_t key = 0;
    while (key < ring->count &&
           memcmp(ring->keys[key].name, name, HS_KEY_NAME_SIZE - 1) != 0)
        key++;
    return key;
}

/* ---- Names ---- */

/* A keyed hash of a text; no text under one prefix is one under another. */
static void hash_text(const unsigned char key[HS_KEY_BYTES], const char *prefix,
                      const char *text, unsigned char *hash, size_t size)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, HS_KEY_BYTES, size);
    crypto_generichash_update(&state, (const unsigned char *)prefix, strlen(prefix) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&state, hash, size);
    sodium_memzero(&state, sizeof state);
}

static void write_name(const unsigned char *hash, size_t size, char *name, size_t room)
{
    sodium_bin2base64(name, room, hash, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void hs_ring_storage_id(const hs_ring *ring, size_t key, const char *prefix,
                        const char *id, char storage_id[HS_ID_SIZE])
{
    unsigned char hash[32];
    hash_text(ring->keys[key].storage, prefix, id, hash, sizeof hash);
    write_name(hash, sizeof hash, storage_id, HS_ID_SIZE);
}

void hs_ring_user(const hs_ring *ring, size_t key, const char *prefix, const char *user,
                  char name[HS_HANDLE_SIZE])
{
    unsigned char hash[16];
    hash_text(ring->keys[key].user, prefix, user, hash, sizeof hash);
    write_name(hash, sizeof hash, name, HS_HANDLE_SIZE);
}

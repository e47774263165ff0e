#include "crypto/mac.h"

#include <sodium.h>
#include <string.h>

void hs_mac_sign(const char *secret, const char *text, char signature[HS_SIGNATURE_SIZE])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(signature, HS_SIGNATURE_SIZE, mac, sizeof mac,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_memzero(mac, sizeof mac);
    sodium_memzero(&state, sizeof state);
}

void hs_mac_hash(const unsigned char key[HS_MAC_BYTES], const char *text,
                 unsigned char hash[HS_MAC_BYTES])
{
    crypto_generichash(hash, HS_MAC_BYTES, (const unsigned char *)text, strlen(text), key,
                       HS_MAC_BYTES);
}

bool hs_mac_equals(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

/* What proves that a text comes from someone who knows a secret. */
#ifndef HISESSION_CRYPTO_MAC_H
#define HISESSION_CRYPTO_MAC_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HS_MAC_BYTES = 32,
    HS_SIGNATURE_LENGTH = 43,
    HS_SIGNATURE_SIZE = HS_SIGNATURE_LENGTH + 1
};

/* HMAC-SHA256 with a secret of any length, in base64 as JavaScript's, without "=". */
void hs_mac_sign(const char *secret, const char *text, char signature[HS_SIGNATURE_SIZE]);

/* BLAKE2b with a key. */
void hs_mac_hash(const unsigned char key[HS_MAC_BYTES], const char *text,
                 unsigned char hash[HS_MAC_BYTES]);

/* In a time that depends on the size only. */
bool hs_mac_equals(const void *a, const void *b, size_t size);

#endif

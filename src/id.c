#include "id.h"

#include <sodium.h>
#include <string.h>

enum {
    ID_BYTES = 32,
    NONCE_BYTES = 12,
    CHECK_BYTES = crypto_shorthash_BYTES,
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING
};

static const unsigned char check_key[crypto_shorthash_KEYBYTES] = "hisession/check";

int hs_id_init(void)
{
    return sodium_init() < 0 ? SESSION_CRYPTO : SESSION_OK;
}

void hs_id_generate(char id[HS_ID_SIZE])
{
    unsigned char bytes[ID_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(id, HS_ID_SIZE, bytes, sizeof bytes, VARIANT);
    sodium_memzero(bytes, sizeof bytes);
}

bool hs_id_is_valid(const char *id)
{
    unsigned char bytes[ID_BYTES];
    size_t length = 0;
    if (strnlen(id, HS_ID_SIZE) != SESSION_ID_LENGTH)
        return false;
    /* Without an end pointer the decoder refuses padding, blanks and stray bits. */
    int rc = sodium_base642bin(bytes, sizeof bytes, id, SESSION_ID_LENGTH, NULL, &length,
                               NULL, VARIANT);
    sodium_memzero(bytes, sizeof bytes);
    return rc == 0 && length == ID_BYTES;
}

void hs_id_nonce(char nonce[HS_NONCE_LENGTH])
{
    unsigned char bytes[NONCE_BYTES];
    char text[HS_NONCE_LENGTH + 1];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, VARIANT);
    memcpy(nonce, text, HS_NONCE_LENGTH);
}

void hs_id_check(const char *id, char check[HS_CHECK_LENGTH])
{
    unsigned char hash[CHECK_BYTES];
    char text[HS_CHECK_LENGTH + 1];
    crypto_shorthash(hash, (const unsigned char *)id, strlen(id), check_key);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, VARIANT);
    memcpy(check, text, HS_CHECK_LENGTH);
}

uint32_t hs_id_random(uint32_t bound)
{
    return randombytes_uniform(bound);
}

#include "crypto/id.h"

#include <sodium.h>
#include <string.h>

#include "base/random.h"

enum {
    ID_BYTES = 32,
    NONCE_BYTES = 6,
    CHECK_BYTES = crypto_shorthash_BYTES,
    HANDLE_BYTES = 16,
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING
};

static const unsigned char check_key[crypto_shorthash_KEYBYTES] = "hisession/check";

void hs_id_generate(char id[HS_ID_SIZE])
{
    unsigned char bytes[ID_BYTES];
    hs_random_bytes(bytes, sizeof bytes);
    sodium_bin2base64(id, HS_ID_SIZE, bytes, sizeof bytes, VARIANT);
    sodium_memzero(bytes, sizeof bytes);
}

/* The value of a base64url digit, or -1. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

bool hs_id_is_valid(const char *id)
{
    const int unused_bits = 3; /* 43 digits hold 258 bits, 2 more than 32 bytes */
    for (size_t i = 0; i < SESSION_ID_LENGTH; i++)
        if (digit_value(id[i]) < 0)
            return false;
    return id[SESSION_ID_LENGTH] == '\0' &&
           (digit_value(id[SESSION_ID_LENGTH - 1]) & unused_bits) == 0;
}

bool hs_id_is_any(hs_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (digit_value(text.start[i]) < 0)
            return false;
    return text.length >= HS_ID_SHORTEST && text.length <= HS_ID_LONGEST;
}

bool hs_id_is_express(const char *id)
{
    return hs_id_is_any((hs_slice){id, strnlen(id, HS_ID_LONGEST + 1)});
}

void hs_id_nonce(char nonce[HS_NONCE_LENGTH])
{
    unsigned char bytes[NONCE_BYTES];
    char text[HS_NONCE_LENGTH + 1];
    hs_random_bytes(bytes, sizeof bytes);
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

void hs_id_handle(const char *storage_id, char handle[HS_HANDLE_SIZE])
{
    unsigned char hash[HANDLE_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)storage_id,
                       strlen(storage_id), NULL, 0);
    sodium_bin2base64(handle, HS_HANDLE_SIZE, hash, sizeof hash, VARIANT);
}

bool hs_id_is_handle(const char *text)
{
    const int unused_bits = 15; /* 22 digits hold 132 bits, 4 more than 16 bytes */
    for (size_t i = 0; i < SESSION_HANDLE_LENGTH; i++)
        if (digit_value(text[i]) < 0)
            return false;
    return text[SESSION_HANDLE_LENGTH] == '\0' &&
           (digit_value(text[SESSION_HANDLE_LENGTH - 1]) & unused_bits) == 0;
}

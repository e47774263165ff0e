/*
 * CSRF tokens. Each is made of one value, a hash of the session's id; a token
 * is random bytes followed by the value xor them, so that no two look alike.
 */
#include <string.h>

#include "base/magic.h"
#include "base/memory.h"
#include "base/random.h"
#include "crypto/base64.h"
#include "crypto/mac.h"
#include "hisession/cookie.h"

enum { MASKED_BYTES = 2 * HS_MAC_BYTES };

/* Sets the value apart from all else that is made of ids; it is no secret. */
static const unsigned char purpose[HS_MAC_BYTES] = "hisession/csrf";

/* Its own reverse. */
static void mask(unsigned char masked[MASKED_BYTES])
{
    for (size_t i = 0; i < HS_MAC_BYTES; i++)
        masked[HS_MAC_BYTES + i] ^= masked[i];
}

int session_csrf_token(const session *s, char *buffer, size_t size)
{
    unsigned char masked[MASKED_BYTES];
    hs_buffer text;
    if (buffer != NULL && size > 0)
        buffer[0] = '\0';
    if (!hs_magic_is(s, HS_MAGIC_SESSION) || buffer == NULL)
        return SESSION_INVALID;
    const char *id = session_id(s);
    if (id == NULL)
        return SESSION_NOT_FOUND;
    if (size <= SESSION_CSRF_LENGTH)
        return SESSION_BUFFER;
    hs_random_bytes(masked, HS_MAC_BYTES);
    hs_mac_hash(purpose, id, masked + HS_MAC_BYTES);
    mask(masked);
    hs_buffer_borrow(&text, buffer, size);
    hs_base64_append(&text, masked, sizeof masked);
    hs_memory_wipe(masked, sizeof masked);
    return SESSION_OK;
}

int session_csrf_check(const session *s, const char *token)
{
    unsigned char masked[MASKED_BYTES], right[HS_MAC_BYTES];
    size_t length = 0;
    const char *id = session_id(s);
    if (id == NULL || token == NULL)
        return SESSION_INVALID;
    hs_slice text = {token, strnlen(token, SESSION_CSRF_LENGTH + 1)};
    if (!hs_base64_read(text, masked, sizeof masked, &length) || length != sizeof masked)
        return SESSION_INVALID;
    mask(masked);
    hs_mac_hash(purpose, id, right);
    bool equal = hs_mac_equals(masked + HS_MAC_BYTES, right, sizeof right);
    hs_memory_wipe(masked, sizeof masked);
    hs_memory_wipe(right, sizeof right);
    return equal ? SESSION_OK : SESSION_INVALID;
}

size_t session_csrf_length(void)
{
    return SESSION_CSRF_LENGTH;
}

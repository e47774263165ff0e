#include "record/nonces.h"

#include <string.h>

void hs_nonces_add(hs_nonces *nonces, const char nonce[HS_NONCE_LENGTH])
{
    memmove(nonces->values[1], nonces->values[0],
            (HS_NONCES - 1) * sizeof nonces->values[0]);
    memcpy(nonces->values[0], nonce, HS_NONCE_LENGTH);
    if (nonces->count < HS_NONCES)
        nonces->count++;
}

bool hs_nonces_have(const hs_nonces *nonces, const char nonce[HS_NONCE_LENGTH])
{
    for (size_t i = 0; i < nonces->count; i++)
        if (memcmp(nonces->values[i], nonce, HS_NONCE_LENGTH) == 0)
            return true;
    return false;
}

bool hs_nonces_meet(const hs_nonces *a, const hs_nonces *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (hs_nonces_have(b, a->values[i]))
            return true;
    return false;
}

bool hs_nonces_read(hs_slice text, hs_nonces *out)
{
    size_t count = text.length / HS_NONCE_LENGTH;
    if (count == 0 || count > HS_NONCES || text.length % HS_NONCE_LENGTH != 0 ||
        memchr(text.start, '\\', text.length) != NULL)
        return false;
    memcpy(out->values, text.start, text.length);
    out->count = count;
    return true;
}

void hs_nonces_append(const hs_nonces *nonces, hs_buffer *out)
{
    hs_buffer_append(out, nonces->values[0], nonces->count * HS_NONCE_LENGTH);
}

#include "crypto/base64.h"

#include <sodium.h>

enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

size_t hs_base64_length(size_t size)
{
    return sodium_base64_encoded_len(size, VARIANT) - 1;
}

void hs_base64_append(hs_buffer *out, const void *bytes, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, VARIANT); /* with a NUL */
    hs_buffer_reserve(out, room);
    if (out->failed)
        return;
    sodium_bin2base64(out->data + out->length, room, bytes, size, VARIANT);
    out->length += room - 1;
}

/* sodium_base642bin() takes some bytes beyond ASCII for digits. */
static bool is_ascii(hs_slice text)
{
    unsigned char seen = 0;
    for (size_t i = 0; i < text.length; i++)
        seen |= (unsigned char)text.start[i];
    return seen < 128;
}

bool hs_base64_read(hs_slice text, void *bytes, size_t size, size_t *length)
{
    const char *end;
    return is_ascii(text) &&
           sodium_base642bin(bytes, size, text.start, text.length, NULL, length, &end,
                             VARIANT) == 0 &&
           end == text.start + text.length;
}

/* Bytes as unpadded base64url, and back. */
#ifndef HISESSION_CRYPTO_BASE64_H
#define HISESSION_CRYPTO_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/text.h"

/* How many characters stand for `size` bytes. */
size_t hs_base64_length(size_t size);

void hs_base64_append(hs_buffer *out, const void *bytes, size_t size);

/*
 * Reads a text of `size` bytes at most, and how many they are. False for
 * anything that hs_base64_append() does not write.
 */
HS_MUST_USE bool hs_base64_read(hs_slice text, void *bytes, size_t size, size_t *length);

#endif

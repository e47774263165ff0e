/*
 * The stored form of a sealed session: text and its parts, without any key.
 *
 *   {"_":{"v":2,"key":"..","deadline":MS,"nonce":"..","box":".."}}
 *
 * There is one way to write an envelope, and no other is read.
 */
#ifndef HISESSION_RECORD_ENVELOPE_H
#define HISESSION_RECORD_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "crypto/keyring.h"

typedef struct {
    char key[HS_KEY_NAME_SIZE];
    int64_t absolute_expires_at;
    unsigned char nonce[HS_SEAL_NONCE];
    hs_slice head; /* up to and with the deadline */
    hs_slice box;  /* what was sealed, as base64url */
} hs_envelope;

/* False for anything but an envelope. The slices point into the text. */
HS_MUST_USE bool hs_envelope_read(hs_slice text, hs_envelope *envelope);

/* Writes the envelope in two parts: the head, which is authenticated as associated data;
 * then the nonce and the sealed text. */
void hs_envelope_append_head(hs_buffer *out, const char *key,
                             int64_t absolute_expires_at);
void hs_envelope_append_rest(hs_buffer *out, const unsigned char nonce[HS_SEAL_NONCE],
                             hs_slice sealed);

#endif

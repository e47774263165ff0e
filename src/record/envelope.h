/*
 * The stored form of a sealed session: text and its parts, without any key.
 *
 *   {"_":{"v":3,"key":"..","created":MS,"deadline":MS,"user":"..","login":US,
 *         "from":"..","next":"..","nonce":"..","box":".."}}
 *
 * What users' lists need to know stands outside the box, because they hold no ids,
 * without which no box opens; `user` is the name of the user's list. Version 2 has
 * only the key, the deadline, the nonce and the box.
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
    bool is_former; /* version 2 */
    int64_t created;
    int64_t absolute_expires_at;
    char user[HS_HANDLE_SIZE]; /* empty for none, as are the ids */
    int64_t login;
    char from[HS_ID_SIZE];
    char next[HS_ID_SIZE];
    unsigned char nonce[HS_SEAL_NONCE];
    hs_slice list; /* `user`, in the text */
    hs_slice head; /* the text up to the nonce */
    hs_slice box;  /* what was sealed, as base64url */
} hs_envelope;

/* False for anything but an envelope. The slices point into the text. */
HS_MUST_USE bool hs_envelope_read(hs_slice text, hs_envelope *envelope);

/* Writes an envelope in two parts: its head, which is authenticated as associated data;
 * then the nonce and the sealed text. */
void hs_envelope_append_head(hs_buffer *out, const hs_envelope *envelope);
void hs_envelope_append_rest(hs_buffer *out, const unsigned char nonce[HS_SEAL_NONCE],
                             hs_slice sealed);

#endif

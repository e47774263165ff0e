/*
 * What tells one write of a session from every other: each has a nonce, and a record
 * keeps its own and those of the three writes before it. A writer whose answer was
 * lost looks for its nonce in what is stored now.
 */
#ifndef HISESSION_RECORD_NONCES_H
#define HISESSION_RECORD_NONCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/text.h"
#include "crypto/id.h"

enum { HS_NONCES = 4 };

typedef struct {
    char values[HS_NONCES][HS_NONCE_LENGTH]; /* the latest first */
    size_t count;
} hs_nonces;

/* Puts one before the others; the fifth is forgotten. */
void hs_nonces_add(hs_nonces *nonces, const char nonce[HS_NONCE_LENGTH]);

bool hs_nonces_have(const hs_nonces *nonces, const char nonce[HS_NONCE_LENGTH]);

/* Whether both have one in common. */
bool hs_nonces_meet(const hs_nonces *a, const hs_nonces *b);

/* Reads a text of one to four nonces with nothing between them; false for any other. */
HS_MUST_USE bool hs_nonces_read(hs_slice text, hs_nonces *out);

void hs_nonces_append(const hs_nonces *nonces, hs_buffer *out);

#endif

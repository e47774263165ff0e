/* Session ids: 32 random bytes as unpadded base64url; other programs' may differ. */
#ifndef HISESSION_CRYPTO_ID_H
#define HISESSION_CRYPTO_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "hisession/session.h"

enum {
    HS_ID_SHORTEST = 16, /* of those that other programs make */
    HS_ID_LONGEST = 128,
    HS_ID_SIZE = HS_ID_LONGEST + 1, /* with the NUL */
    HS_NONCE_LENGTH = 8,
    HS_CHECK_LENGTH = 11,
    HS_HANDLE_SIZE = SESSION_HANDLE_LENGTH + 1
};

void hs_id_generate(char id[HS_ID_SIZE]);

/* Exactly the texts that hs_id_generate() can make. */
bool hs_id_is_valid(const char *id);

/* Those and what express applications make: 16 to 128 digits of base64url. */
bool hs_id_is_express(const char *id);

/* Whether this part of a text is one of those. */
bool hs_id_is_any(hs_slice text);

/* A random text that tells one write from every other; without a NUL at its end. */
void hs_id_nonce(char nonce[HS_NONCE_LENGTH]);

/*
 * What a record says of the id it belongs to, so that a reply meant for
 * another session is noticed. Not a secret; without a NUL at its end.
 */
void hs_id_check(const char *id, char check[HS_CHECK_LENGTH]);

/*
 * The name of a session for those who must not be able to use it: a hash of
 * what its key holds, from which nobody gets back to the id.
 */
void hs_id_handle(const char *storage_id, char handle[HS_HANDLE_SIZE]);

/* Exactly the texts that hs_id_handle() can make. */
bool hs_id_is_handle(const char *text);

#endif

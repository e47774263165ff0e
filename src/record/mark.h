/*
 * What became of an id whose session is not there any more: the text of its mark.
 *
 *   m NEXT NONCES LIST    it goes on under another id; the nonces are its last ones
 *   e NONCE               it was ended, by the call with this nonce
 *
 * NEXT is a storage id. LIST is the name of the list of the user who has the session
 * under NEXT, or "-" if nobody has. The mark holds LIST because a call that ends a user's
 * sessions would give the session time to move again if it had to read its record first.
 */
#ifndef HISESSION_RECORD_MARK_H
#define HISESSION_RECORD_MARK_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/text.h"
#include "crypto/id.h"
#include "record/nonces.h"

typedef enum { HS_MARK_NONE, HS_MARK_MOVED, HS_MARK_ENDED } hs_mark_kind;

typedef struct {
    hs_mark_kind kind;
    char next[HS_ID_SIZE];
    hs_nonces nonces;
    char list[HS_HANDLE_SIZE]; /* empty if it is not said */
} hs_mark;

/* Reads a mark. OK; CORRUPT for any other text, and `out->kind` is HS_MARK_NONE then. */
HS_MUST_USE int hs_mark_read(hs_slice text, hs_mark *out);

/* Appends the mark of a session that moved; `list` is NULL for nobody's. */
void hs_mark_append_moved(hs_buffer *out, const char *next, const hs_nonces *nonces,
                          const char *list);

#endif

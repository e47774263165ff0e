/* Records as envelopes: how a sealed store writes and reads them. */
#ifndef HISESSION_RECORD_SEALED_H
#define HISESSION_RECORD_SEALED_H

#include "crypto/keyring.h"
#include "record/record.h"

/* What a record is bound to, besides the keys. */
typedef struct {
    const hs_ring *ring;
    const char *prefix;
    const char *id;
    size_t keyed_by; /* the key that its Redis key was made with */
} hs_seal_place;

/*
 * Gives a record that was just written, and is not stored yet, sealed bytes to
 * be stored. OK, TOO_BIG, NO_MEMORY.
 */
int hs_sealed_close(const hs_seal_place *place, size_t max_size, hs_record *record);

/*
 * Reads stored bytes. On OK the record owns `stored`; on CORRUPT or NO_MEMORY
 * nothing changes hands. CORRUPT is all that was not sealed for this place.
 */
int hs_sealed_open(const hs_seal_place *place, char *stored, size_t length,
                   hs_record *record);

#endif

/* Records as envelopes: how a sealed store writes and reads them. */
#ifndef HISESSION_RECORD_SEALED_H
#define HISESSION_RECORD_SEALED_H

#include "base/attributes.h"
#include "crypto/address.h"
#include "record/record.h"

/*
 * Gives a record that was just written, and is not stored yet, sealed bytes to
 * be stored. OK, TOO_BIG, NO_MEMORY.
 */
HS_MUST_USE int hs_sealed_close(const hs_address *address, size_t max_size,
                                hs_record *record);

/*
 * Reads stored bytes. On OK the record owns `stored`; on CORRUPT or NO_MEMORY
 * nothing changes hands. CORRUPT is all that was not sealed for this address.
 */
HS_MUST_USE int hs_sealed_open(const hs_address *address, char *stored, size_t length,
                               hs_record *record);

/*
 * Reads what stands outside the box, which anybody who writes to Redis can have made:
 * when it was created, the deadline, the login, where it moved from and to, and as its
 * user the name of the user's list. Of a former one only the deadline is known. On OK
 * the record owns nothing and points into the text. OK, CORRUPT.
 */
HS_MUST_USE int hs_sealed_read_outline(hs_slice stored, hs_record *record);

#endif

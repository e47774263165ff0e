/*
 * What express-session asks of a record that it shares with us: an object
 * `cookie`, and no fields with the names of its own.
 */
#ifndef HISESSION_RECORD_EXPRESS_H
#define HISESSION_RECORD_EXPRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "record/fields.h"

/* Whether express would drop, or take for its own, a field of this name. */
bool hs_express_reserves(const char *name);

/* Whether any of the fields has such a name. */
bool hs_express_reserves_any(const hs_fields *fields);

/*
 * Before a write: gives the fields a `cookie` if they have none that express
 * can read, and moves its `expires` to the end of the key's life if it has
 * passed; else it stays as it is, to the byte. Times in milliseconds, `now` as
 * Unix time. OK, INVALID, NO_MEMORY.
 */
HS_MUST_USE int hs_express_mend_cookie(hs_fields *fields, int64_t ttl, int64_t life,
                                       int64_t now);

#endif

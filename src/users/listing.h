/*
 * What a write of a session means for the list of its user: what has to be done
 * before the write, after it, and if it did not happen. Nothing for a session of
 * nobody.
 */
#ifndef HISESSION_USERS_LISTING_H
#define HISESSION_USERS_LISTING_H

#include "base/attributes.h"
#include "base/clock.h"
#include "users/user_index.h"

/* What is to be written. All of it is borrowed until hs_listing_end(). */
typedef struct {
    const hs_record *record;    /* as it was read */
    const hs_address *previous; /* where; NULL for a new session */
    bool user_changed;          /* since it was read */
    const char *user;           /* the new one if it changed; NULL for nobody */
    const char *note;           /* what is known of the device; NULL for nothing new */
} hs_listing_change;

typedef struct {
    session_store *store;
    hs_deadline deadline;
    char *user;          /* whose the session is to be; NULL for nobody's; owned */
    char *former;        /* whose it was when it was read; owned */
    bool is_same;        /* both are the same user */
    const char *note;    /* "" for nothing new */
    hs_user_index index; /* the user's list */
    const hs_address *previous;
    hs_address
        address; /* where it is written: where it was read, unless told otherwise */
    int64_t ttl_ms;
    bool reserved;
} hs_listing;

/* OK, NO_MEMORY; hs_listing_end() is due whatever the code. */
HS_MUST_USE int hs_listing_begin(hs_listing *listing, session_store *store,
                                 const hs_listing_change *change, hs_deadline deadline);
void hs_listing_end(hs_listing *listing);

/*
 * Before `record` is written at an address. OK, LIMIT, NOT_FOUND if the user's
 * sessions are being ended, and the codes of a failed write.
 */
HS_MUST_USE int hs_listing_before_write(hs_listing *listing, const hs_address *address,
                                        const hs_record *record);

/*
 * After it was written, and its previous id was retired. NOT_FOUND: it was ended
 * meanwhile and must not stay. OK and the codes of a failed write.
 */
HS_MUST_USE int hs_listing_after_write(hs_listing *listing);

/* After it was certainly not written, for this reason. */
void hs_listing_undo(hs_listing *listing, int reason);

/* ---- Without a write of the record ---- */

/* Before what was read is extended, as hs_user_index_see(). */
HS_MUST_USE int hs_listing_extend(session_store *store, const hs_address *address,
                                  const hs_record *record, int64_t ttl_ms,
                                  hs_deadline deadline);

/* After a session, of which `record` was read, is gone. Errors are ignored. */
void hs_listing_remove(session_store *store, const hs_address *address,
                       const hs_record *record, hs_deadline deadline);

#endif

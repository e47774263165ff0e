/* What saving and regenerating share: the record that is written, and conflicts. */
#ifndef HISESSION_SESSION_SESSION_WRITE_H
#define HISESSION_SESSION_SESSION_WRITE_H

#include "base/attributes.h"
#include "base/clock.h"
#include "session/session_object.h"
#include "store/store.h"
#include "users/listing.h"

/* ---- The record that is written ---- */

/* Whether the session's next write has to tell the user's list of it. */
bool hs_session_listing_is_due(const session *s, int64_t now);

/* Begins what the next write means for the user's list, as hs_listing_begin(). */
HS_MUST_USE int hs_session_begin_listing(const session *s, hs_listing *listing,
                                         hs_deadline deadline);

/* The session's record as it is to be written; it still belongs to the session. */
hs_record hs_session_next_record(const session *s);

/* Gives the session the fields that express needs, where it shares the session. */
HS_MUST_USE int hs_session_add_shared_fields(session *s);

/* Makes `written`, which Redis has now, what the session holds. */
void hs_session_commit(session *s, hs_record *written);

/* ---- Under a new id ---- */

/* Writes the session under a new id, which `address` then is. */
HS_MUST_USE int hs_session_write_new(session *s, hs_listing *listing,
                                     hs_deadline deadline, hs_address *address,
                                     hs_record *written);

/* Takes back what was written under an id that nobody has yet. */
void hs_session_take_back(session *s, hs_listing *listing, const hs_address *address,
                          hs_deadline deadline);

/* ---- Conflicts ---- */

/* One attempt to write; CONFLICT leaves what Redis holds in `held`. */
typedef int hs_session_write_once(session *s, hs_deadline deadline, hs_record *held);

/* Writes again on top of what others wrote meanwhile, until one attempt ends it. */
HS_MUST_USE int hs_session_write_through(session *s, hs_session_write_once *once,
                                         hs_deadline deadline);

#endif

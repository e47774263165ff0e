/* What saving and moving share: the record that is written, new ids, and conflicts. */
#ifndef HISESSION_SESSION_SESSION_WRITE_H
#define HISESSION_SESSION_SESSION_WRITE_H

#include "base/attributes.h"
#include "base/clock.h"
#include "session/session_object.h"
#include "store/store.h"
#include "users/listing.h"

/* ---- The record that is written ---- */

/* Whether the session's user is set to another one than its record, or this one, has. */
bool hs_session_user_differs(const session *s);
bool hs_session_user_differs_from(const session *s, const hs_record *record);

/* Begins what the next write means for the user's list, as hs_listing_begin(). */
HS_MUST_USE int hs_session_begin_listing(const session *s, hs_listing *listing,
                                         hs_deadline deadline);

/* The session's record as it is to be written; it still belongs to the session. */
hs_record hs_session_next_record(const session *s);

/* Gives the session the fields that express needs, where it shares the session. */
HS_MUST_USE int hs_session_add_shared_fields(session *s);

/* How many bytes the session's next write may take. */
size_t hs_session_max_size(const session *s);

/* Makes `written`, which Redis has now, what the session holds. */
void hs_session_commit(session *s, hs_record *written);

/*
 * Writes the session under a new id, which `address` then is; `commits` as in
 * hs_listing_create(). LIMIT and the codes of a failed write.
 */
HS_MUST_USE int hs_session_write_new(session *s, hs_listing *listing, bool commits,
                                     hs_address *address, hs_record *written);

/* ---- Conflicts ---- */

/* Remembers a write whose answer was lost. */
void hs_session_remember_lost(session *s, const hs_record *next);

/* Whether the last lost write is among these, and nothing was changed since. */
bool hs_session_has_arrived(const session *s, const hs_nonces *nonces);

/*
 * Another record is there instead of the one that was read. OK: the session builds on
 * it now and the write may be tried again, or, if `is_done`, its own write had arrived
 * and that is what the session holds. CONFLICT, UNKNOWN if nobody can tell any more
 * whether a write arrived, TOO_BIG, NO_MEMORY.
 */
HS_MUST_USE int hs_session_resolve_conflict(session *s, hs_record *held, int attempt,
                                            hs_deadline deadline, bool *is_done);

/* ---- Moving (session_move.c) ---- */

/* Moves the session to a new id, with what was changed. */
HS_MUST_USE int hs_session_move(session *s, hs_deadline deadline);

/*
 * Finds out what became of a move whose answer was lost, if there is one, and finishes
 * it, unless somebody saved meanwhile: then it is given up, because it did not take
 * place. OK, NOT_FOUND, MOVED, and the codes of a failed write.
 */
HS_MUST_USE int hs_session_finish_move(session *s, hs_deadline deadline, bool *has_moved);

#endif

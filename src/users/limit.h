/* The option user_limit: how many sessions a user may have. */
#ifndef HISESSION_USERS_LIMIT_H
#define HISESSION_USERS_LIMIT_H

#include "base/attributes.h"
#include "users/place.h"

/*
 * With user_limit_policy=refuse, before a session is written: takes its place, or says
 * LIMIT. OK and the codes of a failed write.
 */
HS_MUST_USE int hs_limit_reserve(session_store *store, const char *user,
                                 const hs_place *place, hs_deadline deadline);

/*
 * With evict_oldest, once a session of this storage id was written and has its place:
 * ends those who got in first, as long as there are too many. LIMIT if this one itself
 * got in first of all, and has ended; else OK, also in trouble, because the session is
 * there then.
 */
HS_MUST_USE int hs_limit_evict(session_store *store, const char *user, const char *id,
                               hs_deadline deadline);

#endif

/* Tells listeners what a store's verbs did, if its option `events` is on. */
#ifndef HISESSION_EVENTS_EVENT_PUBLISH_H
#define HISESSION_EVENTS_EVENT_PUBLISH_H

#include "base/clock.h"
#include "store/store.h"

/*
 * Tells of one event, of kind SESSION_EVENT_..., after it happened. Each may be
 * NULL: the id of the session as keys hold it, its next one, and the user. It
 * is one attempt within the deadline; one that fails is logged and no matter.
 */
void hs_events_publish(session_store *store, int kind, const char *storage_id,
                       const char *next_storage_id, const char *user,
                       hs_deadline deadline);

/*
 * The same, where a session with this new id, of this user or NULL, came from
 * `from`, whose key was made with the ring's key `keyed_by`, or from none: NULL.
 */
void hs_events_publish_new(session_store *store, const char *from, size_t keyed_by,
                           const char *id, const char *user, hs_deadline deadline);

/* Ends a session, and tells of it in the same write. As hs_store_take(). */
int hs_events_destroy(session_store *store, const char *id, size_t keyed_by,
                      hs_deadline deadline, hs_record *was);

#endif

/* Tells listeners what a store's verbs did, if its option `events` is on. */
#ifndef HISESSION_EVENTS_EVENT_PUBLISH_H
#define HISESSION_EVENTS_EVENT_PUBLISH_H

#include "base/attributes.h"
#include "base/clock.h"
#include "store/store.h"

/*
 * Tells of one event, of kind SESSION_EVENT_..., after it happened. Each may be
 * NULL: the session's storage id, its next one, and the user. It is one attempt
 * within the deadline, whose failure is only logged.
 */
void hs_events_publish(session_store *store, int kind, const char *storage_id,
                       const char *next_storage_id, const char *user,
                       hs_deadline deadline);

/*
 * Publishes REGENERATED for a session, of this user or NULL, that moved `from` one
 * address to another; CREATED if `from` is NULL.
 */
void hs_events_publish_new(session_store *store, const hs_address *from,
                           const hs_address *address, const char *user,
                           hs_deadline deadline);

/* The message of DESTROYED, for hs_buffer_free(): empty if the option is off. */
hs_buffer hs_events_of_end(const session_store *store, const char *storage_id,
                           const char *user);

#endif

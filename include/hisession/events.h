/*
 * hisession: what happens to sessions, told to every program that shares the
 * Redis, so that one that holds a WebSocket can drop it the moment its session
 * ends.
 *
 *     session_events *events;
 *     int kind;
 *     session_events_open(store, &events);
 *     struct pollfd ready = {session_events_fd(events), POLLIN, 0};
 *     while (poll(&ready, 1, -1) > 0)
 *         while (session_events_next(events, &kind) == SESSION_OK)
 *             if (kind == SESSION_EVENT_DESTROYED)
 *                 drop_connections_of(session_events_handle(events));
 *
 * A store opened with the option events=on tells what its own calls did, on
 * the Redis channel "<prefix>events". Any store can listen, whatever its own
 * option, and hears all stores with the same prefix, itself included. Sessions
 * go by their handles (session_handle()), which give no access to them.
 *
 * An event is a message, not a record: it reaches who listens at that moment,
 * in the order in which Redis got it, and a connection that breaks loses what
 * was on the way. SESSION_EVENT_GAP says when that may have happened; then
 * session_get() tells of each session that matters whether it lives. An event
 * may also come twice, after a call that had to be repeated.
 *
 * Anybody with the right to publish in that Redis can make events up, but for
 * sealed stores, which seal what they tell and hear nothing else; EXPIRED, from
 * Redis itself, excepted. What is no event is left out and logged.
 *
 * Threads. An events object belongs to one thread at a time; it may outlive the
 * session_store_close() of its store. A lost connection is made again by a short-lived
 * thread of the library's, which runs none of the program's code.
 *
 * Fork. The subscription stays the parent's. The child may close its copy,
 * which the parent does not notice; it opens one of its own if it needs one.
 *
 * What hisession/session.h says of results, ownership and strings holds here.
 */
#ifndef HISESSION_EVENTS_H
#define HISESSION_EVENTS_H

#include "hisession/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct session_events session_events;

/*
 * What can happen.
 *
 * DESTROYED goes out together with the end of the session itself, and not for one
 * that was gone already. An id from before a regenerate gets no event of its own when
 * its session is destroyed: who tells sessions by their handles follows REGENERATED.
 *
 * EXPIRED comes from Redis, not from a store, and only if the server is set to
 * say so: notify-keyspace-events must hold "Ex", which the library does not
 * set. Redis says it when it removes the key, which may be a while after the
 * session ended. The old handle of a regenerated session, too, expires at the
 * end of its grace.
 */
enum session_event {
    SESSION_EVENT_CREATED = 1,
    SESSION_EVENT_DESTROYED = 2,
    SESSION_EVENT_REGENERATED = 3,  /* it has a new id, and so a new handle */
    SESSION_EVENT_USER_REVOKED = 4, /* all sessions of a user were ended */
    SESSION_EVENT_EXPIRED = 5,
    SESSION_EVENT_GAP = 6 /* listening again: events may have been missed */
};

/* The name of a kind, such as "GAP"; "UNRECOGNIZED" for others. Static. */
SESSION_API const char *session_event_name(int kind);

/* The kind with this name, as above; 0, which is none, for others or NULL. */
SESSION_API int session_event_kind(const char *name);

/*
 * Starts to listen, on a connection of its own; what happens after it returned
 * is heard. Returns within the store's deadline.
 * Returns: OK, INVALID (NULL), UNAVAILABLE, CONFIG, AUTH (also if the user
 * lacks the right to subscribe), PROTOCOL, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_events_open(session_store *store, session_events **out);

/* Stops listening and frees the object. Does not block. NULL is fine. */
SESSION_API void session_events_close(session_events *events);

/*
 * A descriptor for poll(), select() or an event loop, the same one until close:
 * when it is readable, call session_events_next() until that has nothing more.
 * It is not to be read, written or closed. -1 for NULL.
 */
SESSION_API int session_events_fd(const session_events *events);

/*
 * Takes the next event; `kind` gets its SESSION_EVENT_... It never blocks. It
 * also looks after the connection: one that was silent for 10 s is asked for a
 * sign of life, and one that broke, or gave none for 5 s more, is made again,
 * with growing pauses of up to 5 s. So call it whenever the descriptor is
 * readable, and soon.
 *
 * AUTH, CONFIG, NO_MEMORY and SYSTEM say, once for each attempt, why the
 * connection could not be made again; it is tried again by itself, after AUTH
 * and CONFIG at half a minute's pace. An unreachable server is no error here.
 * Returns: OK, INVALID (NULL, or in a child of the process that opened it),
 * NOT_FOUND (nothing more for now), CONFIG, AUTH, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_events_next(session_events *events, int *kind);

/*
 * Of the event that session_events_next() gave last: the session it happened
 * to, "" for GAP and USER_REVOKED.
 * Valid, as the two below, until the next call of it or close. NULL only for
 * NULL.
 */
SESSION_API const char *session_events_handle(const session_events *events);

/* The session's new handle for REGENERATED, else "". */
SESSION_API const char *session_events_next_handle(const session_events *events);

/* The user, for USER_REVOKED; "" where it is not known. */
SESSION_API const char *session_events_user(const session_events *events);

#ifdef __cplusplus
}
#endif

#endif

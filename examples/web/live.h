/*
 * Wakes open pages as soon as something happened to their session, on this server
 * or another: one thread listens to hisession's events.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include <hisession/session.h>
#include <stdbool.h>

/* Room for an address as text, with the NUL. */
enum { ADDRESS_SIZE = 64 };

struct live;

/* One open page. `live` holds a pointer to it from live_add() to live_remove(). */
struct watcher {
    char handle[SESSION_HANDLE_LENGTH + 1];
    char address[ADDRESS_SIZE];
    const char *user; /* stays the caller's */
    bool woken, replaced;
    struct watcher *next;
};

/* Starts the thread. It waits for Redis if that is not there. NULL on failure. */
struct live *live_start(session_store *store);

/* Ends the thread; from now on every live_wait() returns at once. */
void live_stop(struct live *live);

/* Stops if need be, and frees. NULL is fine. */
void live_free(struct live *live);

/*
 * False if there are too many watchers, in all or at this address: each of them
 * costs a connection and a thread. If there are too many of this session, the
 * oldest of those is replaced, because it most likely is a page that was left.
 */
bool live_add(struct live *live, struct watcher *watcher);
void live_remove(struct live *live, struct watcher *watcher);

/*
 * Waits until something may have happened to the watcher's session, it is replaced,
 * live_stop() was called, or for so many seconds.
 */
enum live_news { LIVE_LOOK, LIVE_REPLACED, LIVE_STOPPED };
enum live_news live_wait(struct live *live, struct watcher *watcher, int seconds);

#endif

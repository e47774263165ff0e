/*
 * Wakes the pages that are open the moment something happened to their session,
 * whichever server it happened on: one thread listens to hisession's events.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include <hisession/session.h>
#include <stdbool.h>

struct live;

/* One open page. It is in a list of `live` from add to remove. */
struct watcher {
    char handle[SESSION_HANDLE_LENGTH + 1];
    const char *user; /* stays the caller's */
    bool woken;
    struct watcher *next;
};

/* Starts the thread. It waits for Redis if that is not there. NULL on failure. */
struct live *live_start(session_store *store);

/* Ends the thread and lets every wait return, now and from now on. */
void live_stop(struct live *live);
void live_free(struct live *live);

void live_add(struct live *live, struct watcher *watcher);
void live_remove(struct live *live, struct watcher *watcher);

/*
 * Waits until something may have happened to the watcher's session, at most so
 * many seconds. Returns false once live_stop() was called.
 */
bool live_wait(struct live *live, struct watcher *watcher, int seconds);

#endif

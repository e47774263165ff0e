#include "live.h"

#include <errno.h>
#include <hisession/events.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct live {
    session_store *store;
    pthread_t thread;
    int stop; /* readable when the thread is to end */
    pthread_mutex_t lock;
    pthread_cond_t woken;
    struct watcher *watchers;
    bool running, stopping;
};

/* The most watchers of all, of one session, and at one address. */
enum { MOST = 128, OF_SESSION = 4, OF_ADDRESS = 32 };

/* ---- The thread that listens ---- */

static bool concerns(const session_events *events, int kind, const struct watcher *w)
{
    switch (kind) {
    case SESSION_EVENT_GAP:
        return true;
    case SESSION_EVENT_USER_REVOKED:
        return strcmp(session_events_user(events), w->user) == 0;
    case SESSION_EVENT_CREATED:
        return false;
    default:
        return strcmp(session_events_handle(events), w->handle) == 0;
    }
}

static void wake(struct live *live, const session_events *events, int kind)
{
    pthread_mutex_lock(&live->lock);
    for (struct watcher *w = live->watchers; w != NULL; w = w->next)
        if (concerns(events, kind, w))
            w->woken = true;
    pthread_cond_broadcast(&live->woken);
    pthread_mutex_unlock(&live->lock);
}

/* Waits for the descriptor, or for the time. Returns false when it is time to stop. */
static bool wait_for(const struct live *live, int fd, int milliseconds)
{
    struct pollfd ready[] = {{live->stop, POLLIN, 0}, {fd, POLLIN, 0}};
    poll(ready, 2, milliseconds);
    return ready[0].revents == 0;
}

static void *listen_on(void *cls)
{
    struct live *live = cls;
    session_events *events = NULL;
    int kind;
    while (session_events_open(live->store, &events) != SESSION_OK)
        if (!wait_for(live, -1, 1000))
            return NULL;
    while (wait_for(live, session_events_fd(events), -1))
        while (session_events_next(events, &kind) == SESSION_OK)
            wake(live, events, kind);
    session_events_close(events);
    return NULL;
}

/* ---- Start and stop ---- */

static void make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct live *live_start(session_store *store)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        return NULL;
    live->store = store;
    pthread_mutex_init(&live->lock, NULL);
    make_condition(&live->woken);
    live->stop = eventfd(0, EFD_CLOEXEC);
    live->running =
        live->stop >= 0 && pthread_create(&live->thread, NULL, listen_on, live) == 0;
    if (live->running)
        return live;
    live_free(live);
    return NULL;
}

void live_stop(struct live *live)
{
    if (!live->running)
        return;
    live->running = false;
    pthread_mutex_lock(&live->lock);
    live->stopping = true;
    pthread_cond_broadcast(&live->woken);
    pthread_mutex_unlock(&live->lock);
    eventfd_write(live->stop, 1);
    pthread_join(live->thread, NULL);
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    live_stop(live);
    if (live->stop >= 0)
        close(live->stop);
    pthread_cond_destroy(&live->woken);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

/* ---- Watchers ---- */

static bool has_room(const struct live *live, const struct watcher *new)
{
    int all = 0, of_address = 0;
    for (const struct watcher *w = live->watchers; w != NULL; w = w->next) {
        all++;
        of_address += strcmp(w->address, new->address) == 0;
    }
    return all < MOST && of_address < OF_ADDRESS;
}

/* The list begins with the watcher that came last. */
static void replace_oldest(struct live *live, const struct watcher *new)
{
    struct watcher *oldest = NULL;
    int of_session = 0;
    for (struct watcher *w = live->watchers; w != NULL; w = w->next) {
        if (w->replaced || strcmp(w->handle, new->handle) != 0)
            continue;
        of_session++;
        oldest = w;
    }
    if (of_session < OF_SESSION)
        return;
    oldest->replaced = true;
    pthread_cond_broadcast(&live->woken);
}

bool live_add(struct live *live, struct watcher *watcher)
{
    pthread_mutex_lock(&live->lock);
    bool added = has_room(live, watcher);
    if (added) {
        replace_oldest(live, watcher);
        watcher->next = live->watchers;
        live->watchers = watcher;
    }
    pthread_mutex_unlock(&live->lock);
    return added;
}

void live_remove(struct live *live, struct watcher *watcher)
{
    pthread_mutex_lock(&live->lock);
    struct watcher **link = &live->watchers;
    while (*link != watcher)
        link = &(*link)->next;
    *link = watcher->next;
    pthread_mutex_unlock(&live->lock);
}

static enum live_news news_of(const struct live *live, const struct watcher *watcher)
{
    if (live->stopping)
        return LIVE_STOPPED;
    return watcher->replaced ? LIVE_REPLACED : LIVE_LOOK;
}

enum live_news live_wait(struct live *live, struct watcher *watcher, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&live->lock);
    int rc = 0;
    while (!watcher->woken && news_of(live, watcher) == LIVE_LOOK && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&live->woken, &live->lock, &until);
    watcher->woken = false;
    enum live_news news = news_of(live, watcher);
    pthread_mutex_unlock(&live->lock);
    return news;
}

#include "deadlines.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* One open connection. libmicrohttpd keeps the pointer to it for us. */
struct entry {
    int fd;
    time_t end; /* 0 for none */
    struct entry *previous, *next;
};

struct deadlines {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    struct entry *entries;
    int seconds;
    bool stopping;
};

static struct timespec now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

/* ---- The thread that looks ---- */

/*
 * Only shuts the socket down, so that the connection's own thread notices and
 * closes it. Under the lock the number cannot belong to a newer socket, because
 * libmicrohttpd tells us of the end of a connection before it closes the socket.
 */
static void end_overdue(const struct deadlines *deadlines, time_t time)
{
    for (struct entry *e = deadlines->entries; e != NULL; e = e->next)
        if (e->end != 0 && e->end <= time)
            shutdown(e->fd, SHUT_RDWR);
}

static void *look(void *cls)
{
    struct deadlines *deadlines = cls;
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->stopping) {
        struct timespec next = now();
        end_overdue(deadlines, next.tv_sec);
        next.tv_sec++;
        pthread_cond_timedwait(&deadlines->stop, &deadlines->lock, &next);
    }
    pthread_mutex_unlock(&deadlines->lock);
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

static void free_all(struct deadlines *deadlines)
{
    pthread_cond_destroy(&deadlines->stop);
    pthread_mutex_destroy(&deadlines->lock);
    free(deadlines);
}

struct deadlines *deadlines_start(int seconds)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (deadlines == NULL)
        return NULL;
    deadlines->seconds = seconds;
    pthread_mutex_init(&deadlines->lock, NULL);
    make_condition(&deadlines->stop);
    if (pthread_create(&deadlines->thread, NULL, look, deadlines) != 0) {
        free_all(deadlines);
        return NULL;
    }
    return deadlines;
}

void deadlines_stop(struct deadlines *deadlines)
{
    if (deadlines == NULL)
        return;
    pthread_mutex_lock(&deadlines->lock);
    deadlines->stopping = true;
    pthread_cond_signal(&deadlines->stop);
    pthread_mutex_unlock(&deadlines->lock);
    pthread_join(deadlines->thread, NULL);
    free_all(deadlines);
}

/* ---- Connections ---- */

/* A second more, because the current one has partly passed. */
static time_t end_from_now(const struct deadlines *deadlines)
{
    return now().tv_sec + deadlines->seconds + 1;
}

static struct entry *add(struct deadlines *deadlines, struct MHD_Connection *connection)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                    ->connect_fd;
    entry->end = end_from_now(deadlines);
    entry->next = deadlines->entries;
    if (entry->next != NULL)
        entry->next->previous = entry;
    deadlines->entries = entry;
    return entry;
}

static void drop(struct deadlines *deadlines, struct entry *entry)
{
    if (entry == NULL)
        return;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        deadlines->entries = entry->next;
    free(entry);
}

void deadlines_on_connection(void *cls, struct MHD_Connection *connection,
                             void **socket_context,
                             enum MHD_ConnectionNotificationCode what)
{
    struct deadlines *deadlines = cls;
    pthread_mutex_lock(&deadlines->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = add(deadlines, connection);
    else
        drop(deadlines, *socket_context);
    pthread_mutex_unlock(&deadlines->lock);
}

static void set_end(struct deadlines *deadlines, struct MHD_Connection *connection,
                    time_t end)
{
    struct entry *entry =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
            ->socket_context;
    if (entry == NULL)
        return;
    pthread_mutex_lock(&deadlines->lock);
    entry->end = end;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadlines_restart(struct deadlines *deadlines, struct MHD_Connection *connection)
{
    set_end(deadlines, connection, end_from_now(deadlines));
}

void deadlines_lift(struct deadlines *deadlines, struct MHD_Connection *connection)
{
    set_end(deadlines, connection, 0);
}

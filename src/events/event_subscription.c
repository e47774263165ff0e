#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "events/event_text.h"
#include "redis/subscriber.h"
#include "store/store.h"

struct session_events {
    uint32_t magic;
    session_store *store;
    hs_subscriber subscriber;
    unsigned long process; /* that opened it */
    bool has_logged;       /* since it last began to listen */
    hs_event event;        /* the last one */
};

/* ---- What a message says ---- */

enum { PUBLISHED, EXPIRED }; /* the channels */

static bool is_on(const session_events *events, int channel, const hs_message *message)
{
    return strcmp(message->parts[1].text, events->subscriber.channels[channel]) == 0;
}

/* The key of a session that expired; others expire too. */
static bool read_expired(session_events *events, const hs_reply *key)
{
    const session_store *store = events->store;
    size_t prefix_length = strlen(store->settings.prefix);
    if (strlen(key->text) != key->length ||
        strncmp(key->text, store->settings.prefix, prefix_length) != 0)
        return false;
    const char *storage_id = key->text + prefix_length;
    if (!hs_store_takes_id(store, storage_id))
        return false;
    events->event = (hs_event){.kind = SESSION_EVENT_EXPIRED};
    hs_id_handle(storage_id, events->event.handle);
    return true;
}

/* One line until the next connection, because there may be many such messages. */
static void log_bad_message(session_events *events)
{
    if (!events->has_logged)
        hs_log_write(&events->subscriber.condition.log, SESSION_LOG_WARNING,
                     "events: someone publishes messages that are no events");
    events->has_logged = true;
}

/* Reads what a store published, sealed if this one seals. OK, INVALID, NO_MEMORY. */
static int read_published(session_events *events, const hs_reply *text)
{
    char *opened = NULL;
    const session_store *store = events->store;
    const char *channel = events->subscriber.channels[PUBLISHED];
    if (store->ring == NULL)
        return hs_event_read(text->text, text->length, &events->event);
    int rc = hs_ring_open_note(store->ring, (hs_slice){text->text, text->length}, channel,
                               &opened);
    if (rc == SESSION_OK)
        rc = hs_event_read(opened, strlen(opened), &events->event);
    hs_memory_free_text(opened);
    return rc == SESSION_CORRUPT ? SESSION_INVALID : rc;
}

/* OK if it is an event, NOT_FOUND if not, NO_MEMORY. */
static int read_message(session_events *events, const hs_message *message)
{
    if (message == NULL) {
        events->has_logged = false;
        events->event = (hs_event){.kind = SESSION_EVENT_GAP};
        return SESSION_OK;
    }
    const hs_reply *text = &message->parts[2];
    if (is_on(events, EXPIRED, message))
        return read_expired(events, text) ? SESSION_OK : SESSION_NOT_FOUND;
    if (text->length == 0) /* session_store_check() sends one, to try the right to */
        return SESSION_NOT_FOUND;
    int rc = is_on(events, PUBLISHED, message) ? read_published(events, text)
                                               : SESSION_INVALID;
    if (rc == SESSION_INVALID)
        log_bad_message(events);
    return rc == SESSION_INVALID ? SESSION_NOT_FOUND : rc;
}

int session_events_next(session_events *events, int *kind)
{
    int reads = HS_SUBSCRIBER_READS;
    if (!hs_magic_is(events, HS_MAGIC_EVENTS) || kind == NULL ||
        events->process != hs_process_number())
        return SESSION_INVALID;
    for (;;) {
        const hs_message *message;
        events->event = (hs_event){0};
        int rc = hs_subscriber_next(&events->subscriber, &reads, &message);
        if (rc != SESSION_OK)
            return rc;
        rc = read_message(events, message);
        if (rc == SESSION_OK)
            *kind = events->event.kind;
        if (rc != SESSION_NOT_FOUND)
            return rc;
    }
}

/* ---- Life ---- */

static void name_channels(session_events *events)
{
    const session_store *store = events->store;
    char(*channels)[HS_CHANNEL_SIZE] = events->subscriber.channels;
    snprintf(channels[PUBLISHED], HS_CHANNEL_SIZE, "%s" HS_EVENTS_CHANNEL,
             store->settings.prefix);
    snprintf(channels[EXPIRED], HS_CHANNEL_SIZE, "__keyevent@%d__:expired",
             (int)store->client.pool.endpoint.database);
}

int session_events_open(session_store *store, session_events **out)
{
    if (!hs_magic_is(store, HS_MAGIC_STORE) || out == NULL)
        return SESSION_INVALID;
    session_events *events = hs_memory_new(sizeof *events);
    if (events == NULL)
        return SESSION_NO_MEMORY;
    const hs_pool *pool = &store->client.pool;
    events->magic = HS_MAGIC_EVENTS;
    events->store = hs_store_retain(store);
    events->process = hs_process_number();
    int rc = hs_subscriber_init(&events->subscriber, &pool->endpoint,
                                pool->connect_timeout, pool->condition.log);
    if (rc != SESSION_OK) {
        hs_memory_free(events, sizeof *events);
        return rc;
    }
    name_channels(events);
    rc = hs_subscriber_open(&events->subscriber, hs_store_deadline(store));
    if (rc == SESSION_OK)
        *out = events;
    else
        session_events_close(events);
    return rc;
}

void session_events_close(session_events *events)
{
    if (events == NULL)
        return;
    hs_magic_end(&events->magic, HS_MAGIC_EVENTS);
    hs_subscriber_close(&events->subscriber, events->process != hs_process_number());
    hs_store_release(events->store);
    hs_memory_free(events, sizeof *events);
}

/* ---- Asking ---- */

int session_events_fd(const session_events *events)
{
    return hs_magic_is(events, HS_MAGIC_EVENTS) ? events->subscriber.watch : -1;
}

const char *session_events_handle(const session_events *events)
{
    return hs_magic_is(events, HS_MAGIC_EVENTS) ? events->event.handle : NULL;
}

const char *session_events_next_handle(const session_events *events)
{
    return hs_magic_is(events, HS_MAGIC_EVENTS) ? events->event.next_handle : NULL;
}

const char *session_events_user(const session_events *events)
{
    return hs_magic_is(events, HS_MAGIC_EVENTS) ? events->event.user : NULL;
}

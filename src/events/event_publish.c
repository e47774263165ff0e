#include "events/event_publish.h"

#include <string.h>

#include "base/memory.h"
#include "events/event_text.h"

static void complain(const session_store *store)
{
    hs_log_write(&store->client.pool.log, SESSION_LOG_WARNING,
                 "events: Redis did not take a message; listeners missed it");
}

/* Puts a sealed text in the place of the message, if the store seals. */
static void seal(const session_store *store, hs_buffer *message)
{
    hs_key channel;
    char *sealed = NULL;
    if (store->ring == NULL || message->failed)
        return;
    hs_buffer_append(message, "", 1);
    hs_key_make(&channel, store->settings.prefix, HS_EVENTS_CHANNEL);
    if (!message->failed)
        (void)hs_ring_seal_note(store->ring, message->data, channel.text, &sealed);
    hs_buffer_free(message);
    message->failed = sealed == NULL;
    if (sealed != NULL)
        hs_buffer_append_text(message, sealed);
    hs_memory_free_text(sealed);
}

/* The message that goes out, for hs_buffer_free(). */
static hs_buffer make_message(const session_store *store, int kind,
                              const char *storage_id, const char *next_storage_id,
                              const char *user)
{
    hs_event event = {.kind = kind};
    hs_buffer message = {0};
    if (storage_id != NULL)
        hs_id_handle(storage_id, event.handle);
    if (next_storage_id != NULL)
        hs_id_handle(next_storage_id, event.next_handle);
    if (user != NULL && strlen(user) < sizeof event.user)
        memcpy(event.user, user, strlen(user) + 1);
    hs_event_write(&event, &message);
    seal(store, &message);
    return message;
}

void hs_events_publish(session_store *store, int kind, const char *storage_id,
                       const char *next_storage_id, const char *user,
                       hs_deadline deadline)
{
    if (store->settings.events == 0)
        return;
    hs_buffer message = make_message(store, kind, storage_id, next_storage_id, user);
    if (message.failed || !hs_store_publish(store, &message, deadline))
        complain(store);
    hs_buffer_free(&message);
}

void hs_events_publish_new(session_store *store, const char *from, size_t keyed_by,
                           const char *id, const char *user, hs_deadline deadline)
{
    char before[HS_ID_SIZE], now[HS_ID_SIZE];
    if (store->settings.events == 0)
        return;
    hs_store_storage_id(store, id, 0, now);
    if (from != NULL)
        hs_store_storage_id(store, from, keyed_by, before);
    if (from != NULL)
        hs_events_publish(store, SESSION_EVENT_REGENERATED, before, now, user, deadline);
    else
        hs_events_publish(store, SESSION_EVENT_CREATED, now, NULL, user, deadline);
    hs_memory_wipe(now, sizeof now);
    hs_memory_wipe(before, sizeof before);
}

int hs_events_destroy(session_store *store, const char *id, size_t keyed_by,
                      hs_deadline deadline, hs_record *was)
{
    char storage_id[HS_ID_SIZE];
    bool told = false;
    if (store->settings.events == 0)
        return hs_store_take(store, id, keyed_by, NULL, deadline, was, &told);
    hs_store_storage_id(store, id, keyed_by, storage_id);
    hs_buffer message =
        make_message(store, SESSION_EVENT_DESTROYED, storage_id, NULL, NULL);
    hs_memory_wipe(storage_id, sizeof storage_id);
    int rc = hs_store_take(store, id, keyed_by, message.failed ? NULL : &message,
                           deadline, was, &told);
    if (rc == SESSION_OK && !told)
        complain(store);
    hs_buffer_free(&message);
    return rc;
}

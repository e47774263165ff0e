#include "events/event_publish.h"

#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "events/event_text.h"

static void log_missed(const session_store *store)
{
    hs_log_write(&store->client.pool.condition.log, SESSION_LOG_WARNING,
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
        hs_ignore(hs_ring_seal_note(store->ring, message->data, channel.text, &sealed));
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
        log_missed(store);
    hs_buffer_free(&message);
}

void hs_events_publish_new(session_store *store, const hs_address *from,
                           const hs_address *address, const char *user,
                           hs_deadline deadline)
{
    const char *storage_id = hs_address_storage_id(address);
    if (from != NULL)
        hs_events_publish(store, SESSION_EVENT_REGENERATED, hs_address_storage_id(from),
                          storage_id, user, deadline);
    else
        hs_events_publish(store, SESSION_EVENT_CREATED, storage_id, NULL, user, deadline);
}

hs_buffer hs_events_of_end(const session_store *store, const char *storage_id,
                           const char *user)
{
    if (store->settings.events == 0)
        return (hs_buffer){0};
    return make_message(store, SESSION_EVENT_DESTROYED, storage_id, NULL, user);
}

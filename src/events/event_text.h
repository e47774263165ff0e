/*
 * What happened to a session, as the text that tells every listener:
 *
 *   {"event":"regenerated","handle":"..","next":"..","user":".."}
 *
 * The handle is missing if no single session is meant; the next one is there
 * for a new id, the user if it is known. Sealed stores seal it for its channel.
 */
#ifndef HISESSION_EVENTS_EVENT_TEXT_H
#define HISESSION_EVENTS_EVENT_TEXT_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "crypto/id.h"
#include "hisession/events.h"

enum { HS_EVENT_USER_SIZE = 256 };

/* Texts are empty where an event has none. */
typedef struct {
    int kind;
    char handle[HS_HANDLE_SIZE];
    char next_handle[HS_HANDLE_SIZE];
    char user[HS_EVENT_USER_SIZE];
} hs_event;

/* Appends the text; out->failed says if memory ran out. */
void hs_event_write(const hs_event *event, hs_buffer *out);

/*
 * Reads a text with a NUL at its end, which anybody may have sent. OK, INVALID, in
 * which case `event` is not to be used, NO_MEMORY.
 */
HS_MUST_USE int hs_event_read(const char *text, size_t length, hs_event *event);

#endif

/* Messages from a channel: as Redis sends them, and as text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "events/event_text.h"
#include "redis/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood is written and understood again. */
static void read_text(const char *text, size_t length)
{
    hs_event event, again;
    hs_buffer out = {0};
    if (hs_event_read(text, length, &event) != SESSION_OK)
        return;
    hs_event_write(&event, &out);
    hs_buffer_append(&out, "", 1);
    if (!out.failed && (hs_event_read(out.data, out.length - 1, &again) != SESSION_OK ||
                        memcmp(&event, &again, sizeof event) != 0))
        abort();
    hs_buffer_free(&out);
}

static void read_messages(const char *bytes, size_t length)
{
    hs_reader reader;
    hs_message message = {0};
    if (hs_reader_init_messages(&reader) != SESSION_OK)
        return;
    if (hs_reader_feed(&reader, bytes, length) == SESSION_OK)
        while (hs_reader_next_message(&reader, &message) == SESSION_OK &&
               message.complete)
            hs_message_free(&message);
    hs_message_free(&message);
    hs_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hs_memory_copy_text((const char *)data, size);
    if (text == NULL)
        return 0;
    read_text(text, size);
    read_messages(text, size);
    hs_memory_free(text, size);
    return 0;
}

/* Bytes from a server, in two parts, the first byte saying where they part. */
#include <stdint.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "redis/outcome.h"
#include "redis/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads replies until bytes are missing; false once the reader gave up. */
static bool drain(hs_reader *reader)
{
    for (;;) {
        hs_advice advice;
        hs_reply reply = {.kind = HS_REPLY_NONE};
        int rc = hs_reader_next(reader, &reply);
        bool more = rc == SESSION_OK && reply.kind != HS_REPLY_NONE;
        if (reply.kind == HS_REPLY_ERROR)
            hs_ignore(hs_outcome_of_error(&reply, &advice));
        hs_reply_free(&reply);
        if (!more)
            return rc == SESSION_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hs_reader reader;
    if (size == 0 || hs_reader_init(&reader) != SESSION_OK)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t part = data[0] % size;
    if (hs_reader_feed(&reader, bytes, part) == SESSION_OK && drain(&reader) &&
        hs_reader_feed(&reader, bytes + part, size - 1 - part) == SESSION_OK)
        drain(&reader);
    hs_reader_free(&reader);
    return 0;
}

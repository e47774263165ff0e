/*
 * A sealed session from Redis: there is one way to write what is read, what stands
 * outside the box is what was read, and no key opens it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/base64.h"
#include "record/envelope.h"
#include "record/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] =
    "9b6f0a51c2d8e47713fa60b9258cde04716a93f5b80c2ed94d37a1685ef0cb2b";
static const char id[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static void check_one_way(const hs_envelope *envelope, const char *text, size_t size)
{
    hs_buffer again = {0};
    size_t length;
    char *box = hs_memory_new(envelope->box.length + 1);
    if (hs_base64_read(envelope->box, box, envelope->box.length, &length)) {
        hs_envelope_append_head(&again, envelope);
        hs_envelope_append_rest(&again, envelope->nonce, (hs_slice){box, length});
        if (again.length != size || memcmp(again.data, text, size) != 0)
            abort();
    }
    hs_buffer_free(&again);
    hs_memory_free(box, envelope->box.length + 1);
}

static void check_outline(const hs_envelope *envelope, const char *text, size_t size)
{
    hs_record outline;
    if (hs_sealed_read_outline((hs_slice){text, size}, &outline) != SESSION_OK)
        abort();
    if (outline.created != envelope->created || outline.login != envelope->login ||
        outline.absolute_expires_at != envelope->absolute_expires_at ||
        strcmp(outline.from, envelope->from) != 0 ||
        strcmp(outline.next, envelope->next) != 0 ||
        !hs_slice_equals(outline.user, envelope->user))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hs_ring *ring;
    const char *reason;
    hs_envelope envelope;
    hs_record record;
    if (ring == NULL && hs_ring_read(key, 1, &ring, &reason) != SESSION_OK)
        abort();
    char *text = hs_memory_copy_text((const char *)data, size);
    if (hs_envelope_read((hs_slice){text, size}, &envelope)) {
        if (!envelope.is_former) /* none is written any more */
            check_one_way(&envelope, text, size);
        check_outline(&envelope, text, size);
    } else if (hs_sealed_read_outline((hs_slice){text, size}, &record) == SESSION_OK) {
        abort();
    }
    hs_address address;
    hs_address_make(&address, ring, "sess:", id, 0);
    if (hs_sealed_open(&address, text, size, &record) == SESSION_OK)
        abort();
    hs_memory_free(text, size);
    return 0;
}

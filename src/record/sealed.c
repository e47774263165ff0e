#include "record/sealed.h"

#include <string.h>

#include "base/base64.h"
#include "base/memory.h"
#include "record/envelope.h"

/* What has to be the same when a record is opened: the envelope's head, and its place. */
static void append_associated(hs_buffer *out, const hs_seal_place *place, hs_slice head)
{
    char storage_id[HS_ID_SIZE];
    hs_ring_storage_id(place->ring, place->keyed_by, place->prefix, place->id,
                       storage_id);
    hs_buffer_append(out, head.start, head.length);
    hs_buffer_append_text(out, "\n");
    hs_buffer_append_text(out, storage_id);
    hs_buffer_append_text(out, "\n");
    hs_buffer_append_text(out, place->prefix);
}

/* ---- Writing ---- */

static void append_envelope(hs_buffer *out, const hs_seal_place *place,
                            const hs_record *record)
{
    char room[256];
    unsigned char nonce[HS_SEAL_NONCE];
    hs_buffer associated, sealed = {0};
    const hs_slice text = {record->text, record->text_length};
    hs_envelope_append_head(out, hs_ring_name(place->ring, 0),
                            record->absolute_expires_at);
    hs_buffer_borrow(&associated, room, sizeof room);
    append_associated(&associated, place, (hs_slice){out->data, out->length});
    hs_ring_seal(place->ring, place->id, (hs_slice){associated.data, associated.length},
                 text, nonce, &sealed);
    hs_envelope_append_rest(out, nonce, (hs_slice){sealed.data, sealed.length});
    out->failed |= associated.failed || sealed.failed;
    hs_buffer_free(&associated);
    hs_buffer_free(&sealed);
}

int hs_sealed_close(const hs_seal_place *place, size_t max_size, hs_record *record)
{
    hs_buffer envelope = {0};
    /* Base64 makes four of three, and a bucket, the tag and the rest come to it. */
    hs_buffer_reserve(&envelope, record->text_length / 3 * 4 + 2 * HS_SEAL_BUCKET);
    if (!envelope.failed)
        append_envelope(&envelope, place, record);
    int rc = envelope.failed ? SESSION_NO_MEMORY : SESSION_OK;
    if (rc == SESSION_OK && envelope.length > max_size)
        rc = SESSION_TOO_BIG;
    if (rc != SESSION_OK) {
        hs_buffer_free(&envelope);
        return rc;
    }
    record->raw = envelope.data;
    record->raw_length = envelope.length;
    return SESSION_OK;
}

/* ---- Reading ---- */

/* Puts what the envelope holds into `text`, which has room for it. */
static int decrypt(const hs_seal_place *place, const hs_envelope *envelope, char *text,
                   size_t *length)
{
    char room[256];
    hs_buffer associated;
    size_t key = hs_ring_find(place->ring, envelope->key);
    if (key == hs_ring_count(place->ring) ||
        !hs_base64_read(envelope->box, text, envelope->box.length, length))
        return SESSION_CORRUPT;
    hs_buffer_borrow(&associated, room, sizeof room);
    append_associated(&associated, place, envelope->head);
    int rc = hs_ring_open(place->ring, key, place->id,
                          (hs_slice){associated.data, associated.length}, envelope->nonce,
                          text, length);
    if (associated.failed)
        rc = SESSION_NO_MEMORY;
    hs_buffer_free(&associated);
    return rc;
}

/* Reads the sealed text; a record without a place or another deadline is not one of ours.
 */
static int decode(const hs_seal_place *place, const hs_envelope *envelope, char *text,
                  size_t length, hs_record *record)
{
    int rc = hs_record_decode(text, length, record);
    if (rc != SESSION_OK)
        return rc;
    if (record->has_metadata &&
        record->absolute_expires_at == envelope->absolute_expires_at &&
        hs_record_belongs_to(record, place->id))
        return SESSION_OK;
    record->text = NULL; /* still the caller's */
    record->raw = NULL;
    hs_record_free(record);
    return SESSION_CORRUPT;
}

int hs_sealed_open(const hs_seal_place *place, char *stored, size_t length,
                   hs_record *record)
{
    hs_envelope envelope;
    size_t text_length;
    *record = (hs_record){0};
    if (!hs_envelope_read((hs_slice){stored, length}, &envelope))
        return SESSION_CORRUPT;
    char *text = hs_memory_new(envelope.box.length);
    if (text == NULL)
        return SESSION_NO_MEMORY;
    int rc = decrypt(place, &envelope, text, &text_length);
    if (rc == SESSION_OK)
        rc = decode(place, &envelope, text, text_length, record);
    if (rc != SESSION_OK) {
        hs_memory_free(text, envelope.box.length);
        return rc;
    }
    record->raw = stored;
    record->raw_length = length;
    record->keyed_by = place->keyed_by;
    return SESSION_OK;
}

#include "record/sealed.h"

#include <string.h>

#include "base/memory.h"
#include "crypto/base64.h"
#include "record/envelope.h"

/* What must be the same when a record is opened: the envelope's head, and its address. */
static void append_associated(hs_buffer *out, const hs_address *address, hs_slice head)
{
    hs_buffer_append(out, head.start, head.length);
    hs_buffer_append_text(out, "\n");
    hs_buffer_append_text(out, hs_address_storage_id(address));
    hs_buffer_append_text(out, "\n");
    hs_buffer_append_text(out, address->prefix);
}

/* ---- Writing ---- */

/* What is known of the record without opening it. */
static int describe(const hs_address *address, const hs_record *record,
                    hs_envelope *envelope)
{
    char *user = NULL;
    *envelope = (hs_envelope){
        .created = record->created,
        .absolute_expires_at = record->absolute_expires_at,
        .login = record->login,
    };
    int rc = hs_record_copy_user(record, &user);
    if (rc != SESSION_OK)
        return rc;
    memcpy(envelope->key, hs_ring_name(address->ring, 0), sizeof envelope->key);
    memcpy(envelope->from, record->from, sizeof envelope->from);
    memcpy(envelope->next, record->next, sizeof envelope->next);
    if (user != NULL)
        hs_ring_user(address->ring, 0, address->prefix, user, envelope->user);
    hs_memory_free_text(user);
    return SESSION_OK;
}

static int append_envelope(hs_buffer *out, const hs_address *address,
                           const hs_record *record)
{
    char room[768];
    unsigned char nonce[HS_SEAL_NONCE];
    hs_envelope envelope;
    hs_buffer associated, sealed = {0};
    const hs_slice text = {record->text, record->text_length};
    int rc = describe(address, record, &envelope);
    if (rc != SESSION_OK)
        return rc;
    hs_envelope_append_head(out, &envelope);
    hs_buffer_borrow(&associated, room, sizeof room);
    append_associated(&associated, address, (hs_slice){out->data, out->length});
    hs_ring_seal(address->ring, address->id,
                 (hs_slice){associated.data, associated.length}, text, nonce, &sealed);
    hs_envelope_append_rest(out, nonce, (hs_slice){sealed.data, sealed.length});
    out->failed |= associated.failed || sealed.failed;
    hs_buffer_free(&associated);
    hs_buffer_free(&sealed);
    return out->failed ? SESSION_NO_MEMORY : SESSION_OK;
}

int hs_sealed_close(const hs_address *address, size_t max_size, hs_record *record)
{
    hs_buffer envelope = {0};
    /* Base64 makes four of three, and a bucket, the tag and the rest come to it. */
    hs_buffer_reserve(&envelope, record->text_length / 3 * 4 + 4 * HS_SEAL_BUCKET);
    int rc =
        envelope.failed ? SESSION_NO_MEMORY : append_envelope(&envelope, address, record);
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
static int decrypt(const hs_address *address, const hs_envelope *envelope, char *text,
                   size_t *length)
{
    char room[768];
    hs_buffer associated;
    size_t key = hs_ring_find(address->ring, envelope->key);
    if (key == hs_ring_count(address->ring) ||
        !hs_base64_read(envelope->box, text, envelope->box.length, length))
        return SESSION_CORRUPT;
    hs_buffer_borrow(&associated, room, sizeof room);
    append_associated(&associated, address, envelope->head);
    int rc = hs_ring_open(address->ring, key, address->id,
                          (hs_slice){associated.data, associated.length}, envelope->nonce,
                          text, length);
    if (associated.failed)
        rc = SESSION_NO_MEMORY;
    hs_buffer_free(&associated);
    return rc;
}

/* Whether the sealed text says the same as the envelope does. */
static bool agrees(const hs_envelope *envelope, const hs_record *record)
{
    if (!record->has_metadata ||
        record->absolute_expires_at != envelope->absolute_expires_at)
        return false;
    return envelope->is_former ||
           (record->created == envelope->created && record->login == envelope->login &&
            strcmp(record->from, envelope->from) == 0 &&
            strcmp(record->next, envelope->next) == 0);
}

/* Version 1 has the next id where the storage id stands today. */
static void take_former_next(const hs_address *address, size_t key, hs_record *record)
{
    char id[HS_ID_SIZE];
    if (!record->is_former || record->next[0] == '\0')
        return;
    memcpy(id, record->next, sizeof id);
    hs_ring_storage_id(address->ring, key, address->prefix, id, record->next);
    hs_memory_wipe(id, sizeof id);
}

/* Reads the sealed text. One that does not repeat what the envelope says, and the id,
 * is CORRUPT, because this library writes no such record. */
static int decode(const hs_address *address, const hs_envelope *envelope, char *text,
                  size_t length, hs_record *record)
{
    int rc = hs_record_decode(text, length, record);
    if (rc != SESSION_OK)
        return rc;
    if (agrees(envelope, record) && hs_record_belongs_to(record, address->id)) {
        take_former_next(address, hs_ring_find(address->ring, envelope->key), record);
        return SESSION_OK;
    }
    record->text = NULL; /* still the caller's */
    record->raw = NULL;
    hs_record_free(record);
    return SESSION_CORRUPT;
}

int hs_sealed_open(const hs_address *address, char *stored, size_t length,
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
    int rc = decrypt(address, &envelope, text, &text_length);
    if (rc == SESSION_OK)
        rc = decode(address, &envelope, text, text_length, record);
    if (rc != SESSION_OK) {
        hs_memory_free(text, envelope.box.length);
        return rc;
    }
    record->raw = stored;
    record->raw_length = length;
    return SESSION_OK;
}

/* ---- Without the id ---- */

int hs_sealed_read_outline(hs_slice stored, hs_record *record)
{
    hs_envelope envelope;
    *record = (hs_record){0};
    if (!hs_envelope_read(stored, &envelope))
        return SESSION_CORRUPT;
    record->has_metadata = true;
    record->is_former = envelope.is_former;
    record->created = envelope.created;
    record->absolute_expires_at = envelope.absolute_expires_at;
    record->login = envelope.login;
    memcpy(record->from, envelope.from, sizeof record->from);
    memcpy(record->next, envelope.next, sizeof record->next);
    record->user = envelope.list;
    return SESSION_OK;
}

/* Bytes from Redis: what is read can be written, and reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char id[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static bool say_the_same(const hs_record *a, const hs_record *b)
{
    return a->created == b->created && a->absolute_expires_at == b->absolute_expires_at &&
           (a->login == b->login || a->user.length == 0) &&
           a->user.length == b->user.length &&
           memcmp(a->from, b->from, sizeof a->from) == 0 &&
           memcmp(a->next, b->next, sizeof a->next) == 0;
}

static void check_rewrite(const hs_record *record)
{
    hs_record next = *record, again;
    hs_nonces_add(&next.nonces, "nonce--1"); /* as each write does */
    if (hs_record_rewrite(&next, id, SIZE_MAX, &again) != SESSION_OK)
        abort();
    if (again.fields.count != record->fields.count || !hs_record_belongs_to(&again, id))
        abort();
    if (again.is_former || !say_the_same(record, &again) ||
        !hs_nonces_have(&again.nonces, "nonce--1") ||
        (record->has_metadata && !hs_nonces_meet(&again.nonces, &record->nonces)))
        abort();
    hs_record_free(&again);
}

/* The metadata alone are those of the whole. */
static void check_metadata(const hs_record *record, const char *text, size_t size)
{
    hs_record outline;
    if (hs_record_decode_metadata((hs_slice){text, size}, &outline) != SESSION_OK)
        abort();
    if (outline.has_metadata != record->has_metadata || outline.login != record->login ||
        outline.user.start != record->user.start || !say_the_same(record, &outline))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hs_record record;
    char *raw = hs_memory_copy_text((const char *)data, size);
    if (hs_record_decode(raw, size, &record) == SESSION_OK) {
        check_metadata(&record, raw, size);
        check_rewrite(&record);
        for (size_t i = 0; i < record.fields.count; i++) {
            const char *text;
            hs_ignore(hs_fields_to_string(&record.fields.items[i], &text));
        }
        hs_record_free(&record);
    } else {
        hs_memory_free(raw, size);
    }
    return 0;
}

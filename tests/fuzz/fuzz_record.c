/* Bytes from Redis: what is read can be written, and reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char id[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static void check_rewrite(const hs_record *record)
{
    hs_record again;
    if (hs_record_rewrite(record, id, SIZE_MAX, &again) != SESSION_OK)
        abort();
    if (again.fields.count != record->fields.count || !hs_record_belongs_to(&again, id))
        abort();
    hs_record_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hs_record record;
    char *raw = hs_memory_copy_text((const char *)data, size);
    if (hs_record_decode(raw, size, &record) == SESSION_OK) {
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

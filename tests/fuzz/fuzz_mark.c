/* The mark of an id: what says that it moved is written again as it was read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hs_mark mark;
    hs_buffer again = {0};
    char *text = hs_memory_copy_text((const char *)data, size);
    int rc = hs_mark_read((hs_slice){text, size}, &mark);
    if ((rc == SESSION_OK) == (mark.kind == HS_MARK_NONE) ||
        (mark.kind == HS_MARK_NONE) != (mark.nonces.count == 0))
        abort();
    if (mark.kind == HS_MARK_MOVED) {
        hs_mark_append_moved(&again, mark.next, &mark.nonces, mark.list);
        if (again.length != size || memcmp(again.data, text, size) != 0)
            abort();
    }
    hs_buffer_free(&again);
    hs_memory_free(text, size);
    return 0;
}

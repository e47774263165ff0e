/* An id from outside: whatever is taken has a length that ids can have. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    if (hs_id_is_valid(text) && strlen(text) != SESSION_ID_LENGTH)
        abort();
    if (hs_id_is_valid(text) && !hs_id_is_express(text))
        abort();
    if (hs_id_is_express(text) && (size < HS_ID_SHORTEST || strlen(text) >= HS_ID_SIZE))
        abort();
    free(text);
    return 0;
}

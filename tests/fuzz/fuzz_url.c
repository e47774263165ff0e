/* A URL from a configuration file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hisession/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[64];
    session_store *store = NULL;
    char *url = malloc(size + 1);
    memcpy(url, data, size);
    url[size] = '\0';
    int rc = session_store_open(url, NULL, &store, reason, sizeof reason);
    if ((rc == SESSION_OK) != (store != NULL))
        abort();
    session_store_close(store);
    free(url);
    return 0;
}

#include "sealed.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/keyring.h"

int stores_are_sealed(void)
{
    const char *protection = getenv("HISESSION_TEST_PROTECTION");
    return protection != NULL && strcmp(protection, "sealed") == 0;
}

const char *storage_id_of(const char *key, const char *id)
{
    static _Thread_local char storage_id[HS_ID_SIZE];
    hs_ring *ring = NULL;
    const char *reason;
    if (hs_ring_read(key, 1, &ring, &reason) != SESSION_OK)
        abort();
    hs_ring_storage_id(ring, 0, "sess:", id, storage_id);
    hs_ring_free(ring);
    return storage_id;
}

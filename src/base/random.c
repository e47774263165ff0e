#include "base/random.h"

#include <sodium.h>

#include "hisession/session.h"

int hs_random_init(void)
{
    return sodium_init() < 0 ? SESSION_CRYPTO : SESSION_OK;
}

void hs_random_bytes(void *bytes, size_t size)
{
    randombytes_buf(bytes, size);
}

uint32_t hs_random_below(uint32_t bound)
{
    return randombytes_uniform(bound);
}

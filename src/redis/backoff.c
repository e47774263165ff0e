#include "redis/backoff.h"

#include "base/random.h"

uint32_t hs_backoff_ms(int attempt, uint32_t first, uint32_t most)
{
    uint32_t bound = first;
    for (int i = 0; i < attempt && bound < most; i++)
        bound *= 2;
    return hs_random_below(bound < most ? bound : most);
}

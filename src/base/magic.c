#include "base/magic.h"

#include <stdlib.h>

void hs_magic_end(uint32_t *magic, uint32_t type)
{
    if (*magic != type)
        abort();
    *magic = 0;
}

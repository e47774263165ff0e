/* Random numbers that nobody can guess, from libsodium. */
#ifndef HISESSION_BASE_RANDOM_H
#define HISESSION_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Makes the random source ready: OK or CRYPTO. May be called many times. */
HS_MUST_USE int hs_random_init(void);

void hs_random_bytes(void *bytes, size_t size);

/* A number from 0 up to, and without, `bound`. */
uint32_t hs_random_below(uint32_t bound);

#endif

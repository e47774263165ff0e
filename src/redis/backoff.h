/* Pauses between attempts: random, so that clients do not come back all at once. */
#ifndef HISESSION_REDIS_BACKOFF_H
#define HISESSION_REDIS_BACKOFF_H

#include <stdint.h>

/*
 * How many milliseconds to pause after this attempt, counted from 0: a random
 * number below `first`, doubled with each attempt up to `most`.
 */
uint32_t hs_backoff_ms(int attempt, uint32_t first, uint32_t most);

#endif

/* Time: monotonic for deadlines, the wall clock for what is stored. */
#ifndef HISESSION_BASE_CLOCK_H
#define HISESSION_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since an arbitrary start; never goes back. */
int64_t hs_clock_monotonic_ms(void);

/* Unix milliseconds. */
int64_t hs_clock_unix_ms(void);

#endif

/* Time: monotonic for deadlines, the wall clock for what is stored. */
#ifndef HISESSION_BASE_CLOCK_H
#define HISESSION_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since an arbitrary start; never goes back. */
int64_t hs_clock_monotonic_ms(void);

/* The same in nanoseconds, to measure with. */
int64_t hs_clock_monotonic_ns(void);

/* A moment of the monotonic clock; a type, so that no Unix time is taken for one. */
typedef struct {
    int64_t monotonic_ms;
} hs_deadline;

/* The moment so many milliseconds from now. */
hs_deadline hs_deadline_after(int64_t ms);

/* The earlier one of two. */
hs_deadline hs_deadline_earlier(hs_deadline a, hs_deadline b);

/* How many milliseconds are left; 0 once it has passed. */
int64_t hs_deadline_left(hs_deadline deadline);

/* The same for poll(). */
int hs_deadline_poll_timeout(hs_deadline deadline);

/* The same for pthread_cond_timedwait() on the monotonic clock. */
struct timespec hs_deadline_timespec(hs_deadline deadline);

bool hs_deadline_has_passed(hs_deadline deadline);

/* Unix milliseconds; the same in microseconds. */
int64_t hs_clock_unix_ms(void);
int64_t hs_clock_unix_us(void);

#endif

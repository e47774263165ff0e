#include "base/clock.h"

#include <limits.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t hs_clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t hs_clock_monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t hs_clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t hs_clock_unix_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- Deadlines ---- */

hs_deadline hs_deadline_after(int64_t ms)
{
    return (hs_deadline){hs_clock_monotonic_ms() + ms};
}

hs_deadline hs_deadline_earlier(hs_deadline a, hs_deadline b)
{
    return a.monotonic_ms < b.monotonic_ms ? a : b;
}

int64_t hs_deadline_left(hs_deadline deadline)
{
    int64_t left = deadline.monotonic_ms - hs_clock_monotonic_ms();
    return left > 0 ? left : 0;
}

int hs_deadline_poll_timeout(hs_deadline deadline)
{
    int64_t left = hs_deadline_left(deadline);
    return left < INT_MAX ? (int)left : INT_MAX;
}

struct timespec hs_deadline_timespec(hs_deadline deadline)
{
    return (struct timespec){.tv_sec = (time_t)(deadline.monotonic_ms / 1000),
                             .tv_nsec = (long)(deadline.monotonic_ms % 1000) * 1000000};
}

bool hs_deadline_has_passed(hs_deadline deadline)
{
    return hs_deadline_left(deadline) == 0;
}

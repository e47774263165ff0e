#include "base/yield.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/clock.h"

/* One that takes longer gave a time slice to another process: none for a while then. */
static const int64_t slow_ns = 1500 * 1000, pause_ns = 20 * 1000000;

static atomic_llong paused_until; /* for all threads, because they share processors */

bool hs_yield(void)
{
    int64_t start = hs_clock_monotonic_ns();
    if (start < atomic_load_explicit(&paused_until, memory_order_relaxed))
        return false;
    sched_yield();
    int64_t end = hs_clock_monotonic_ns();
    if (end - start > slow_ns)
        atomic_store_explicit(&paused_until, end + pause_ns, memory_order_relaxed);
    return true;
}

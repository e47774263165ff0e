#include "moved_clock.h"

int64_t clock_ahead;

int64_t __real_hs_clock_unix_ms(void);
int64_t __wrap_hs_clock_unix_ms(void);

int64_t __wrap_hs_clock_unix_ms(void)
{
    return __real_hs_clock_unix_ms() + clock_ahead;
}

void set_clock_right(void)
{
    clock_ahead = 0;
}

void set_clock(int64_t unix_ms)
{
    clock_ahead = unix_ms - __real_hs_clock_unix_ms();
}

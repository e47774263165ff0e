/*
 * The library's wall clock, moved by a test. Its program is linked with
 * --wrap=hs_clock_unix_ms, which hisession_moves_clock() of CMake does.
 */
#ifndef TEST_MOVED_CLOCK_H
#define TEST_MOVED_CLOCK_H

#include <stdint.h>

extern int64_t clock_ahead; /* by how many milliseconds */

void set_clock_right(void);

/* Moves it to this Unix time in milliseconds. */
void set_clock(int64_t unix_ms);

#endif

/* Threads for what would block and knows no deadline. */
#ifndef HISESSION_BASE_THREAD_H
#define HISESSION_BASE_THREAD_H

#include "base/attributes.h"

/*
 * Starts a detached thread in which none of the program's signal handlers run.
 * OK, SYSTEM.
 */
HS_MUST_USE int hs_thread_start(void *(*run)(void *argument), void *argument);

/*
 * Puts off a cancellation of this thread, until the state that this returns is restored:
 * a thread that ended in the middle would leave others waiting for what it holds.
 */
HS_MUST_USE int hs_thread_hold_cancel(void);
void hs_thread_restore_cancel(int state);

#endif

/* Threads for what would block and knows no deadline. */
#ifndef HISESSION_BASE_THREAD_H
#define HISESSION_BASE_THREAD_H

#include "base/attributes.h"

/*
 * Starts a detached thread in which none of the program's signal handlers run.
 * OK, SYSTEM.
 */
HS_MUST_USE int hs_thread_start(void *(*run)(void *argument), void *argument);

#endif

/* Threads for what would block and knows no deadline. */
#ifndef HISESSION_BASE_THREAD_H
#define HISESSION_BASE_THREAD_H

/*
 * Starts a detached thread in which none of the program's signal handlers run.
 * OK, SYSTEM.
 */
int hs_thread_start(void *(*run)(void *argument), void *argument);

#endif

/* Which process this is. */
#ifndef HISESSION_BASE_PROCESS_H
#define HISESSION_BASE_PROCESS_H

/*
 * A number above 0, the same for all threads of a process until it ends, and another
 * one in each of its children. Unlike a pid it is not shared by processes of different
 * pid namespaces.
 */
unsigned long hs_process_number(void);

#endif

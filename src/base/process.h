/* Which process this is. */
#ifndef HISESSION_BASE_PROCESS_H
#define HISESSION_BASE_PROCESS_H

#include <stdatomic.h>

/*
 * A number above 0, the same for all threads of a process until it ends, and another
 * one in each of its children. Unlike a pid it is not shared by processes of different
 * pid namespaces.
 */
unsigned long hs_process_number(void);

/* Whose something is that a child has to make its own before it uses it. */
typedef struct {
    atomic_ulong owner; /* the number of the process whose it is, 0 for none, */
    atomic_ulong heir;  /* and of the one that makes it its own */
} hs_ownership;

/* It is this process's, which made it. */
void hs_process_begin(hs_ownership *ownership);

/*
 * Returns once it is this process's: `forget`, which makes it what it is without the
 * threads of the parent, ran in one thread, to its end.
 */
void hs_process_take_over(hs_ownership *ownership, void (*forget)(void *context),
                          void *context);

#endif

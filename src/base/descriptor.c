#include "base/descriptor.h"

#include <unistd.h>

void hs_descriptor_close(int *descriptor)
{
    /* volatile, so that the order stays: to the compiler a fork is out of sight. */
    volatile int *place = descriptor;
    int open = *place;
    *place = -1;
    if (open >= 0)
        close(open);
}

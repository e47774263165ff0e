/* Stepping aside for other threads, as long as that is cheap. */
#ifndef HISESSION_BASE_YIELD_H
#define HISESSION_BASE_YIELD_H

#include <stdbool.h>

#include "base/attributes.h"

/*
 * Lets another thread run, if one wants to. False, without doing so, while other
 * processes keep the processors busy: they would take a whole time slice for what
 * was to be a moment, so that the caller better sleeps until it is woken.
 */
HS_MUST_USE bool hs_yield(void);

#endif

/*
 * Rules that always hold inside the library. A broken one is a fault of the library
 * and not of its caller, so that it is no error code: builds for tests, which define
 * HISESSION_INVARIANTS, name the rule and abort; all others check nothing.
 */
#ifndef HISESSION_BASE_INVARIANT_H
#define HISESSION_BASE_INVARIANT_H

#ifdef HISESSION_INVARIANTS

#include <stdio.h>
#include <stdlib.h>

_Noreturn static inline void hs_invariant_broken(const char *file, int line,
                                                 const char *rule)
{
    fprintf(stderr, "%s:%d: this always holds, but does not: %s\n", file, line, rule);
    abort();
}

#define HS_INVARIANT(rule)                                                               \
    ((rule) ? (void)0 : hs_invariant_broken(__FILE__, __LINE__, #rule))

#else

/* The rule is compiled, so that it stays correct C, but never evaluated. */
#define HS_INVARIANT(rule) ((void)(0 && (rule)))

#endif

#endif

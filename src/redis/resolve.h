/* Host names to addresses, within a deadline. */
#ifndef HISESSION_REDIS_RESOLVE_H
#define HISESSION_REDIS_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/reason.h"

/*
 * The addresses of a host for TCP, for freeaddrinfo(). An address is read at
 * once; a name is looked up by a thread of its own, because getaddrinfo() knows
 * no deadline, and is left to it once the deadline is over.
 * OK, UNAVAILABLE, NO_MEMORY, SYSTEM; unless OK, `why` says what failed.
 */
HS_MUST_USE int hs_resolve(const char *host, int port, hs_deadline deadline,
                           const hs_reason *why, struct addrinfo **out);

#endif

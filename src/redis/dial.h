/* Sockets that are connected within a deadline. */
#ifndef HISESSION_REDIS_DIAL_H
#define HISESSION_REDIS_DIAL_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/reason.h"
#include "config/endpoint.h"

/* Room for one line that says why a server cannot be used. */
enum { HS_CAUSE_SIZE = HS_PLACE_SIZE + 224 };

/*
 * A connected, non-blocking socket that is closed on exec, for the caller to
 * close. OK, UNAVAILABLE, NO_MEMORY, SYSTEM; unless OK, `why` says what failed.
 */
HS_MUST_USE int hs_dial(const hs_endpoint *endpoint, hs_deadline deadline,
                        const hs_reason *why, int *out);

#endif

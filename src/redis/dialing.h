/* A connection that a thread of its own opens, for those who must not wait. */
#ifndef HISESSION_REDIS_DIALING_H
#define HISESSION_REDIS_DIALING_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/reason.h"
#include "config/endpoint.h"

typedef struct hs_dialing hs_dialing;

/* Starts to open a socket, as hs_connection_open_socket(). OK, NO_MEMORY, SYSTEM. */
HS_MUST_USE int hs_dialing_start(const hs_endpoint *endpoint, hs_deadline deadline,
                                 hs_dialing **out);

/* A descriptor that is readable once it came to an end. */
int hs_dialing_fd(const hs_dialing *dialing);

/*
 * The socket, to close: OK; NOT_FOUND while it is not there yet; and the codes
 * of hs_connection_open_socket(), with `why` from there.
 */
HS_MUST_USE int hs_dialing_take(hs_dialing *dialing, const hs_reason *why, int *out);

/* Frees it, without waiting for the thread. */
void hs_dialing_free(hs_dialing *dialing);

/* The same in a child of the process, in which there is no such thread. */
void hs_dialing_free_inherited(hs_dialing *dialing);

#endif

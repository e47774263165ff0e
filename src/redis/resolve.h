/* Host names to addresses, within a deadline. */
#ifndef HISESSION_REDIS_RESOLVE_H
#define HISESSION_REDIS_RESOLVE_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/reason.h"

/* HS_ADDRESSES: of one name, as many as can be tried within a connect_timeout. */
enum { HS_ADDRESSES = 8 };

typedef struct {
    struct sockaddr_storage address;
    socklen_t length;
} hs_address_of_host;

/* In the order in which they are to be tried: the families take turns. */
typedef struct {
    hs_address_of_host list[HS_ADDRESSES];
    size_t count;
} hs_addresses;

/*
 * The addresses of a host for TCP. An address is read at once. A name is looked up by
 * a thread of its own, because getaddrinfo() knows no deadline: by one for all of the
 * process that wait for this name, so that a resolver that hangs holds up no more.
 * OK, UNAVAILABLE, NO_MEMORY, SYSTEM; unless OK, `why` says what failed.
 */
HS_MUST_USE int hs_resolve(const char *host, int port, hs_deadline deadline,
                           const hs_reason *why, hs_addresses *out);

#endif

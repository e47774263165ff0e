#include "redis/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "hisession/session.h"
#include "redis/resolve.h"

static void set_option(int fd, int level, int name, int value)
{
    /* A system that lacks an option still connects. */
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/*
 * Keepalive notices a peer that vanished while idle; the user timeout one that
 * vanished with our bytes on the way, which keepalive does not.
 */
static void tune_tcp(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 13);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 13);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
#endif
#ifdef TCP_USER_TIMEOUT
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 3000);
#endif
}

static int wait_connected(int fd, hs_deadline deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    struct pollfd ready = {fd, POLLOUT, 0};
    int n;
    do {
        n = poll(&ready, 1, hs_deadline_poll_timeout(deadline));
    } while (n < 0 && errno == EINTR);
    if (n <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return SESSION_UNAVAILABLE;
    return SESSION_OK;
}

static int connect_to(const struct sockaddr *address, socklen_t length,
                      hs_deadline deadline, int *out)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno == EAFNOSUPPORT ? SESSION_UNAVAILABLE : SESSION_SYSTEM;
    int rc = SESSION_OK;
    if (address->sa_family != AF_UNIX)
        tune_tcp(fd);
    if (connect(fd, address, length) != 0)
        rc = errno == EINPROGRESS || errno == EINTR ? wait_connected(fd, deadline)
                                                    : SESSION_UNAVAILABLE;
    if (rc == SESSION_OK)
        *out = fd;
    else
        close(fd);
    return rc;
}

static int dial_unix(const hs_endpoint *endpoint, hs_deadline deadline, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path) + 1);
    return connect_to((const struct sockaddr *)(const void *)&address, sizeof address,
                      deadline, out);
}

static int dial_tcp(const hs_endpoint *endpoint, hs_deadline deadline, int *out)
{
    struct addrinfo *found = NULL;
    int rc = hs_resolve(endpoint->host, endpoint->port, deadline, &found);
    if (rc != SESSION_OK)
        return rc;
    rc = SESSION_UNAVAILABLE;
    for (const struct addrinfo *a = found; a != NULL && rc == SESSION_UNAVAILABLE;
         a = a->ai_next)
        rc = connect_to(a->ai_addr, a->ai_addrlen, deadline, out);
    freeaddrinfo(found);
    return rc;
}

int hs_dial(const hs_endpoint *endpoint, hs_deadline deadline, int *out)
{
    return endpoint->path[0] != '\0' ? dial_unix(endpoint, deadline, out)
                                     : dial_tcp(endpoint, deadline, out);
}

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
#include "base/text.h"
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

/* 0, or the errno of what failed. */
static int wait_connected(int fd, hs_deadline deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    struct pollfd ready = {fd, POLLOUT, 0};
    int n;
    do {
        n = poll(&ready, 1, hs_deadline_poll_timeout(deadline));
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return ETIMEDOUT;
    if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

/* A socket to connect. OK, UNAVAILABLE, SYSTEM. */
static int open_socket(sa_family_t family, const hs_reason *why, int *out)
{
    *out = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*out >= 0)
        return SESSION_OK;
    int code = errno == EAFNOSUPPORT ? SESSION_UNAVAILABLE : SESSION_SYSTEM;
    return hs_refuse(why, code, "open a socket: %s", hs_text_of_errno(errno));
}

/* `place` is the address for people. */
static int connect_to(const struct sockaddr *address, socklen_t length, const char *place,
                      hs_deadline deadline, const hs_reason *why, int *out)
{
    int fd, error = 0;
    int rc = open_socket(address->sa_family, why, &fd);
    if (rc != SESSION_OK)
        return rc;
    if (address->sa_family != AF_UNIX)
        tune_tcp(fd);
    if (connect(fd, address, length) != 0)
        error =
            errno == EINPROGRESS || errno == EINTR ? wait_connected(fd, deadline) : errno;
    if (error == 0) {
        *out = fd;
        return SESSION_OK;
    }
    close(fd);
    return hs_refuse(why, SESSION_UNAVAILABLE, "connect %s: %s", place,
                     hs_text_of_errno(error));
}

static int dial_unix(const hs_endpoint *endpoint, const char *place, hs_deadline deadline,
                     const hs_reason *why, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path) + 1);
    return connect_to((const struct sockaddr *)(const void *)&address, sizeof address,
                      place, deadline, why, out);
}

static int dial_tcp(const hs_endpoint *endpoint, const char *place, hs_deadline deadline,
                    const hs_reason *why, int *out)
{
    hs_addresses found;
    int rc = hs_resolve(endpoint->host, endpoint->port, deadline, why, &found);
    if (rc != SESSION_OK)
        return rc;
    rc = SESSION_UNAVAILABLE;
    for (size_t i = 0; i < found.count && rc == SESSION_UNAVAILABLE; i++)
        rc = connect_to((const struct sockaddr *)(const void *)&found.list[i].address,
                        found.list[i].length, place, deadline, why, out);
    return rc;
}

int hs_dial(const hs_endpoint *endpoint, hs_deadline deadline, const hs_reason *why,
            int *out)
{
    char place[HS_PLACE_SIZE];
    hs_endpoint_place(endpoint, place);
    return endpoint->path[0] != '\0' ? dial_unix(endpoint, place, deadline, why, out)
                                     : dial_tcp(endpoint, place, deadline, why, out);
}

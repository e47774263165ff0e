#include "redis/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
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

/* ---- All addresses of one server ---- */

/* An address that leads nowhere holds up the next one for so long. */
enum { STAGGER_MS = 100 };

/* The attempts that are under way; the first to connect wins. */
typedef struct {
    const hs_addresses *addresses;
    size_t next; /* address to be tried, once this has passed: */
    hs_deadline next_at;
    struct pollfd attempts[HS_ADDRESSES];
    nfds_t count;
    int code; /* what the last attempt that failed came to, and its errno */
    int error;
    bool has_socket; /* it failed later */
} race;

static void fail(race *r, int error, bool has_socket)
{
    /* Without a descriptor the other addresses fail likewise. */
    bool is_fatal = !has_socket && error != EAFNOSUPPORT;
    r->code = is_fatal ? SESSION_SYSTEM : SESSION_UNAVAILABLE;
    r->error = error;
    r->has_socket = has_socket;
    r->next_at = hs_deadline_after(0);
    if (is_fatal)
        r->next = r->addresses->count;
}

static void start_next(race *r)
{
    const hs_address_of_host *to = &r->addresses->list[r->next++];
    const struct sockaddr *address = (const struct sockaddr *)(const void *)&to->address;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        fail(r, errno, false);
        return;
    }
    if (address->sa_family != AF_UNIX)
        tune_tcp(fd);
    if (connect(fd, address, to->length) != 0 && errno != EINPROGRESS && errno != EINTR) {
        fail(r, errno, true);
        close(fd);
        return;
    }
    r->attempts[r->count++] = (struct pollfd){fd, POLLOUT, 0};
    r->next_at = hs_deadline_after(STAGGER_MS);
}

/* Takes an attempt off that came to its end; its socket if it is connected, or -1. */
static int take_ended(race *r, nfds_t number)
{
    int error = 0, fd = r->attempts[number].fd;
    socklen_t size = sizeof error;
    r->attempts[number] = r->attempts[--r->count];
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error == 0)
        return fd;
    close(fd);
    fail(r, error, true);
    return -1;
}

/* Waits for an attempt to end; the socket that won, or -1. */
static int await(race *r, hs_deadline until)
{
    int winner = -1;
    if (r->count == 0)
        return -1;
    if (poll(r->attempts, r->count, hs_deadline_poll_timeout(until)) <= 0)
        return -1;
    for (nfds_t i = r->count; i-- > 0 && winner < 0;)
        if (r->attempts[i].revents != 0)
            winner = take_ended(r, i);
    return winner;
}

/* One round; the socket that won, or -1. */
static int run_on(race *r, hs_deadline deadline)
{
    if (r->next < r->addresses->count && hs_deadline_has_passed(r->next_at))
        start_next(r);
    bool is_more = r->next < r->addresses->count;
    return await(r, is_more ? hs_deadline_earlier(r->next_at, deadline) : deadline);
}

static int refuse(const race *r, const char *place, const hs_reason *why)
{
    const char *text = hs_text_of_errno(r->error);
    return r->has_socket ? hs_refuse(why, r->code, "connect %s: %s", place, text)
                         : hs_refuse(why, r->code, "open a socket: %s", text);
}

/*
 * RFC 8305: the addresses are tried side by side, within one deadline. `place` is the
 * server for people.
 */
static int dial_first(const hs_addresses *addresses, const char *place,
                      hs_deadline deadline, const hs_reason *why, int *out)
{
    race r = {.addresses = addresses};
    int winner = -1;
    while (winner < 0 && (r.count > 0 || r.next < addresses->count)) {
        if (r.next > 0 && hs_deadline_has_passed(deadline)) {
            fail(&r, ETIMEDOUT, true);
            break;
        }
        winner = run_on(&r, deadline);
    }
    while (r.count > 0)
        close(r.attempts[--r.count].fd);
    if (winner < 0)
        return refuse(&r, place, why);
    *out = winner;
    return SESSION_OK;
}

static int dial_unix(const hs_endpoint *endpoint, const char *place, hs_deadline deadline,
                     const hs_reason *why, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    hs_addresses one = {.count = 1, .list[0].length = sizeof address};
    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path) + 1);
    memcpy(&one.list[0].address, &address, sizeof address);
    return dial_first(&one, place, deadline, why, out);
}

static int dial_tcp(const hs_endpoint *endpoint, const char *place, hs_deadline deadline,
                    const hs_reason *why, int *out)
{
    hs_addresses all;
    int rc = hs_resolve(endpoint->host, endpoint->port, deadline, why, &all);
    return rc == SESSION_OK ? dial_first(&all, place, deadline, why, out) : rc;
}

int hs_dial(const hs_endpoint *endpoint, hs_deadline deadline, const hs_reason *why,
            int *out)
{
    char place[HS_PLACE_SIZE];
    hs_endpoint_place(endpoint, place);
    return endpoint->path[0] != '\0' ? dial_unix(endpoint, place, deadline, why, out)
                                     : dial_tcp(endpoint, place, deadline, why, out);
}

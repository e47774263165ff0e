/* Sockets to a server, over a path or an address. */
#include "redis/dial.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "peer.h"

enum { LONG_MS = 20000 };

/* A socket on a free port of 127.0.0.1, which listens or refuses. */
static int hold_port(bool listens, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&address, &size), 0);
    if (listens)
        assert_int_equal(listen(fd, 1), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static char reason[512];
static const hs_reason why = {reason, sizeof reason};

static int dial(const hs_endpoint *endpoint)
{
    int fd = -1;
    reason[0] = '\0';
    int rc = hs_dial(endpoint, hs_deadline_after(LONG_MS), &why, &fd);
    assert_int_equal(reason[0] == '\0', rc == SESSION_OK);
    assert_int_equal(fd >= 0, rc == SESSION_OK);
    if (rc == SESSION_OK) {
        assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
        close(fd);
    }
    return rc;
}

static void test_path__is_dialled_where_someone_listens(void **state)
{
    (void)state;
    peer server;
    hs_endpoint endpoint = {.path = "/nowhere/at-all"};
    expect_code(dial(&endpoint), SESSION_UNAVAILABLE);
    assert_string_equal(reason, "connect /nowhere/at-all: No such file or directory");
    peer_start(&server);
    snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
    expect_ok(dial(&endpoint));
    peer_stop(&server);
    expect_code(dial(&endpoint), SESSION_UNAVAILABLE);
}

static void test_address__is_dialled_or_refused_at_once(void **state)
{
    (void)state;
    hs_endpoint endpoint = {.host = "127.0.0.1"};
    int listener = hold_port(true, &endpoint.port);
    expect_ok(dial(&endpoint));
    close(listener);
    int holder = hold_port(false, &endpoint.port);
    expect_code(dial(&endpoint), SESSION_UNAVAILABLE);
    char expected[64];
    snprintf(expected, sizeof expected, "connect 127.0.0.1:%d: Connection refused",
             endpoint.port);
    assert_string_equal(reason, expected);
    close(holder);
}

/* A socket that listens on this address and a free port. */
static int listen_at(const struct sockaddr *address, socklen_t size, int *port)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    int fd = socket(address->sa_family, SOCK_STREAM, 0);
    if (bind(fd, address, size) != 0 || listen(fd, 1) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&bound, &length), 0);
    *port = ntohs(((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    return fd;
}

static void test_name__is_tried_at_all_its_addresses(void **state)
{
    (void)state;
    hs_endpoint endpoint = {.host = "localhost"};
    struct addrinfo *all = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int tried = 0;
    assert_int_equal(getaddrinfo("localhost", NULL, &hints, &all), 0);
    for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
        int listener = listen_at(a->ai_addr, a->ai_addrlen, &endpoint.port);
        if (listener < 0)
            continue; /* a system without IPv6 still has a name for it */
        expect_ok(dial(&endpoint));
        close(listener);
        tried++;
    }
    freeaddrinfo(all);
    assert_true(tried > 0);
}

/* ---- A name with two addresses ---- */

static struct sockaddr_in two_addresses[2];
static struct addrinfo two_nodes[2];

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
void __real_freeaddrinfo(struct addrinfo *found);
void __wrap_freeaddrinfo(struct addrinfo *found);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found)
{
    if (host == NULL || strcmp(host, "two.invalid") != 0)
        return __real_getaddrinfo(host, port, hints, found);
    for (int i = 0; i < 2; i++)
        two_nodes[i] = (struct addrinfo){
            .ai_family = AF_INET,
            .ai_addr = (struct sockaddr *)(void *)&two_addresses[i],
            .ai_addrlen = sizeof two_addresses[i],
            .ai_next = i == 0 ? &two_nodes[1] : NULL,
        };
    *found = two_nodes;
    return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *found)
{
    if (found != two_nodes)
        __real_freeaddrinfo(found);
}

enum { MOST = 16 };

/* Connections to a listener until it is full: it then answers no more. */
static int fill(const hs_endpoint *endpoint, int waiting[MOST])
{
    int fd = -1, count = 0, rc = SESSION_OK;
    while (rc == SESSION_OK && count < MOST) {
        rc = hs_dial(endpoint, hs_deadline_after(100), &why, &fd);
        if (rc == SESSION_OK)
            waiting[count++] = fd;
    }
    expect_code(rc, SESSION_UNAVAILABLE);
    assert_non_null(strstr(reason, ": Connection timed out"));
    return count;
}

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void test_address__that_answers_nothing_does_not_hold_up_the_next(void **state)
{
    (void)state;
    int waiting[MOST], good_port, refusing_port;
    hs_endpoint full = {.host = "127.0.0.1"};
    const hs_endpoint both = {.host = "two.invalid", .port = 1};
    int full_listener = hold_port(true, &full.port);
    int count = fill(&full, waiting);
    int good = hold_port(true, &good_port);
    int refusing = hold_port(false, &refusing_port);
    two_addresses[0] = address_of(full.port);
    two_addresses[1] = address_of(good_port);
    expect_ok(dial(&both));
    two_addresses[0] = address_of(refusing_port);
    expect_ok(dial(&both));
    two_addresses[1] = address_of(refusing_port);
    expect_code(dial(&both), SESSION_UNAVAILABLE);
    assert_string_equal(reason, "connect two.invalid:1: Connection refused");
    while (count > 0)
        close(waiting[--count]);
    close(full_listener);
    close(good);
    close(refusing);
}

/* A listener that is full lets nobody in: a new connection then waits. */
static void test_deadline__ends_a_connect_that_nobody_answers(void **state)
{
    (void)state;
    int waiting[MOST];
    hs_endpoint endpoint = {.host = "127.0.0.1"};
    int listener = hold_port(true, &endpoint.port);
    int count = fill(&endpoint, waiting);
    while (count > 0)
        close(waiting[--count]);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__is_dialled_where_someone_listens),
        cmocka_unit_test(test_address__is_dialled_or_refused_at_once),
        cmocka_unit_test(test_name__is_tried_at_all_its_addresses),
        cmocka_unit_test(test_address__that_answers_nothing_does_not_hold_up_the_next),
        cmocka_unit_test(test_deadline__ends_a_connect_that_nobody_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

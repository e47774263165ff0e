/* Addresses of hosts. */
#include "redis/resolve.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "expect.h"

enum { LONG_MS = 20000 };

static char reason[512];
static const hs_reason why = {reason, sizeof reason};

static int resolve(const char *host, struct addrinfo **found)
{
    *found = NULL;
    return hs_resolve(host, 6379, hs_deadline_after(LONG_MS), &why, found);
}

static void test_address__is_read_even_when_no_time_is_left(void **state)
{
    (void)state;
    struct addrinfo *found = NULL;
    expect_ok(hs_resolve("127.0.0.1", 6379, hs_deadline_after(0), &why, &found));
    assert_int_equal(found->ai_family, AF_INET);
    assert_int_equal(found->ai_socktype, SOCK_STREAM);
    const struct sockaddr_in *v4 = (const void *)found->ai_addr;
    assert_int_equal(ntohs(v4->sin_port), 6379);
    assert_int_equal(ntohl(v4->sin_addr.s_addr), INADDR_LOOPBACK);
    freeaddrinfo(found);
    expect_ok(hs_resolve("::1", 1, hs_deadline_after(0), &why, &found));
    assert_int_equal(found->ai_family, AF_INET6);
    freeaddrinfo(found);
}

static void test_name__is_looked_up(void **state)
{
    (void)state;
    struct addrinfo *found;
    expect_ok(resolve("localhost", &found));
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        assert_int_equal(a->ai_socktype, SOCK_STREAM);
    freeaddrinfo(found);
}

static void test_name__that_does_not_exist_is_unavailable(void **state)
{
    (void)state;
    static const char *const bad[] = {"no-such-host.invalid", "a..b",
                                      "256.0.0.1.invalid"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct addrinfo *found;
        char start[64];
        expect_code(resolve(bad[i], &found), SESSION_UNAVAILABLE);
        snprintf(start, sizeof start, "look up %s: ", bad[i]);
        assert_ptr_equal(strstr(reason, start), reason);
        assert_true(strlen(reason) > strlen(start)); /* what the resolver says */
        assert_null(found);
    }
}

static void test_lookup__is_left_alone_at_the_deadline(void **state)
{
    (void)state;
    struct addrinfo *found = NULL;
    for (int i = 0; i < 20; i++) { /* the thread may be as fast, but leaks nothing */
        int rc = hs_resolve("localhost", 1, hs_deadline_after(0), &why, &found);
        assert_true(rc == SESSION_OK || rc == SESSION_UNAVAILABLE);
        if (rc == SESSION_OK)
            freeaddrinfo(found);
        else
            assert_string_equal(reason, "look up localhost: no answer in time");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address__is_read_even_when_no_time_is_left),
        cmocka_unit_test(test_name__is_looked_up),
        cmocka_unit_test(test_name__that_does_not_exist_is_unavailable),
        cmocka_unit_test(test_lookup__is_left_alone_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

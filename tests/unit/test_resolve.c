/* Addresses of hosts. */
#include "redis/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "expect.h"
#include "threads.h"

enum { LONG_MS = 20000 };

/* ---- The resolver, which answers when it is told to ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool hangs;
static int lookups; /* of the slow name */

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found)
{
    bool is_slow = strcmp(host, "slow.invalid") == 0;
    if ((hints->ai_flags & AI_NUMERICHOST) != 0)
        return __real_getaddrinfo(host, port, hints, found);
    pthread_mutex_lock(&mutex);
    lookups += is_slow;
    pthread_cond_broadcast(&changed);
    while (is_slow && hangs)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return __real_getaddrinfo(is_slow ? "127.0.0.1" : host, port, hints, found);
}

static void hang(bool does)
{
    pthread_mutex_lock(&mutex);
    hangs = does;
    lookups = does ? 0 : lookups;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void wait_for_lookup(void)
{
    pthread_mutex_lock(&mutex);
    while (lookups == 0)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static int count_lookups(void)
{
    pthread_mutex_lock(&mutex);
    int count = lookups;
    pthread_mutex_unlock(&mutex);
    return count;
}

/* ---- Tests ---- */

static char reason[512];
static const hs_reason why = {reason, sizeof reason};

static int resolve(const char *host, hs_addresses *found)
{
    found->count = 0;
    return hs_resolve(host, 6379, hs_deadline_after(LONG_MS), &why, found);
}

static void test_address__is_read_even_when_no_time_is_left(void **state)
{
    (void)state;
    hs_addresses found;
    expect_ok(hs_resolve("127.0.0.1", 6379, hs_deadline_after(0), &why, &found));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.list[0].address.ss_family, AF_INET);
    const struct sockaddr_in *v4 = (const void *)&found.list[0].address;
    assert_int_equal(found.list[0].length, sizeof *v4);
    assert_int_equal(ntohs(v4->sin_port), 6379);
    assert_int_equal(ntohl(v4->sin_addr.s_addr), INADDR_LOOPBACK);
    expect_ok(hs_resolve("::1", 1, hs_deadline_after(0), &why, &found));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.list[0].address.ss_family, AF_INET6);
}

static void test_name__is_looked_up(void **state)
{
    (void)state;
    hs_addresses found;
    expect_ok(resolve("localhost", &found));
    assert_true(found.count > 0);
}

static void test_name__that_does_not_exist_is_unavailable(void **state)
{
    (void)state;
    static const char *const bad[] = {"no-such-host.invalid", "a..b",
                                      "256.0.0.1.invalid"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hs_addresses found;
        char start[64];
        expect_code(resolve(bad[i], &found), SESSION_UNAVAILABLE);
        snprintf(start, sizeof start, "look up %s: ", bad[i]);
        assert_ptr_equal(strstr(reason, start), reason);
        assert_true(strlen(reason) > strlen(start)); /* what the resolver says */
    }
}

static void test_lookup__is_left_alone_at_the_deadline(void **state)
{
    (void)state;
    hs_addresses found;
    for (int i = 0; i < 20; i++) { /* the thread may be as fast, but leaks nothing */
        int rc = hs_resolve("localhost", 1, hs_deadline_after(0), &why, &found);
        assert_true(rc == SESSION_OK || rc == SESSION_UNAVAILABLE);
        if (rc != SESSION_OK)
            assert_string_equal(reason, "look up localhost: no answer in time");
    }
}

/* ---- A resolver that hangs ---- */

enum { THREADS = 20 };

static void resolve_slow(worker *self)
{
    hs_addresses found;
    const hs_reason none = {0};
    const hs_deadline late = hs_deadline_after(LONG_MS);
    check_ok(self, hs_resolve("slow.invalid", 1, late, &none, &found));
    check_true(self, found.count == 1);
}

static void test_lookup__that_hangs_is_the_only_one_of_its_name(void **state)
{
    (void)state;
    hs_addresses found;
    hang(true);
    for (int i = 0; i < 50; i++) {
        const hs_deadline soon = hs_deadline_after(1);
        expect_code(hs_resolve("slow.invalid", 1, soon, &why, &found),
                    SESSION_UNAVAILABLE);
        assert_string_equal(reason, "look up slow.invalid: no answer in time");
    }
    wait_for_lookup();
    assert_int_equal(count_lookups(), 1);
    team *waiting = start_threads(THREADS, resolve_slow, NULL);
    expect_ok(resolve("localhost", &found)); /* other names are not held up */
    hang(false);
    finish(waiting);
}

static void resolve_in_child(worker *self)
{
    hangs = false; /* its resolver works */
    resolve_slow(self);
}

static void test_child__does_not_wait_for_a_lookup_of_its_parent(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* it lets no child of many threads start one */
#endif
    hang(true);
    team *waiting = start_threads(1, resolve_slow, NULL);
    wait_for_lookup();
    run_processes(1, resolve_in_child, NULL);
    hang(false);
    finish(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address__is_read_even_when_no_time_is_left),
        cmocka_unit_test(test_name__is_looked_up),
        cmocka_unit_test(test_name__that_does_not_exist_is_unavailable),
        cmocka_unit_test(test_lookup__is_left_alone_at_the_deadline),
        cmocka_unit_test(test_lookup__that_hangs_is_the_only_one_of_its_name),
        cmocka_unit_test(test_child__does_not_wait_for_a_lookup_of_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the system refuses: random numbers, descriptors, threads, locales. */
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "expect.h"
#include "hisession/cookie.h"
#include "server.h"

static bool refusing;

int __real_sodium_init(void);
int __wrap_sodium_init(void);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int __wrap_sodium_init(void)
{
    return refusing ? -1 : __real_sodium_init();
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument)
{
    return refusing ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

locale_t __real_newlocale(int, const char *, locale_t);
locale_t __wrap_newlocale(int, const char *, locale_t);

locale_t __wrap_newlocale(int mask, const char *name, locale_t base)
{
    return refusing ? NULL : __real_newlocale(mask, name, base);
}

static int stop_refusing(void **state)
{
    (void)state;
    refusing = false;
    return 0;
}

static void test_store__does_not_open_without_random_numbers(void **state)
{
    (void)state;
    session_store *store = NULL;
    char reason[100];
    refusing = true;
    expect_code(session_store_open("redis://h", NULL, &store, reason, sizeof reason),
                SESSION_CRYPTO);
    assert_null(store);
    assert_string_equal(reason, session_error_text(SESSION_CRYPTO));
}

static void test_cookie__does_not_open_without_random_numbers(void **state)
{
    (void)state;
    session_cookie *cookie = NULL;
    char reason[100];
    refusing = true;
    expect_code(session_cookie_open(NULL, &cookie, reason, sizeof reason),
                SESSION_CRYPTO);
    assert_null(cookie);
    assert_string_equal(reason, session_error_text(SESSION_CRYPTO));
}

static void test_call__without_a_descriptor_is_system_and_works_later(void **state)
{
    (void)state;
    server redis;
    struct rlimit before, none;
    session *s = NULL;
    server_start(&redis, NULL);
    session_store *store = open_store(redis.url, "");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = session_create(store, NULL, &s);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    expect_code(rc, SESSION_SYSTEM);
    expect_ok(session_create(store, NULL, &s));
    session_free(s);
    session_store_close(store);
    server_stop(&redis);
}

static void test_lookup__without_a_thread_is_system(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *store = open_store("redis://localhost:1", "");
    refusing = true;
    expect_code(session_create(store, NULL, &s), SESSION_SYSTEM);
    refusing = false;
    session_store_close(store);
}

static void test_name__that_does_not_exist_is_unavailable(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *store = open_store("redis://no-such-host.invalid", "deadline=200ms");
    expect_code(session_create(store, NULL, &s), SESSION_UNAVAILABLE);
    session_store_close(store);
}

static void test_doubles__without_a_locale_are_no_memory(void **state)
{
    (void)state;
    double value = 0;
    session *s = NULL;
    session_store *store = open_store("unix:///nowhere", "");
    expect_ok(session_new(store, &s));
    expect_ok(session_set_double(s, "f", 1.5));
    refusing = true;
    expect_code(session_set_double(s, "f", 2.5), SESSION_NO_MEMORY);
    expect_code(session_get_double(s, "f", &value), SESSION_NO_MEMORY);
    refusing = false;
    expect_ok(session_get_double(s, "f", &value));
    assert_true(value == 1.5);
    session_free(s);
    session_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_store__does_not_open_without_random_numbers,
                                  stop_refusing),
        cmocka_unit_test_teardown(test_cookie__does_not_open_without_random_numbers,
                                  stop_refusing),
        cmocka_unit_test(test_call__without_a_descriptor_is_system_and_works_later),
        cmocka_unit_test_teardown(test_lookup__without_a_thread_is_system, stop_refusing),
        cmocka_unit_test_teardown(test_doubles__without_a_locale_are_no_memory,
                                  stop_refusing),
        cmocka_unit_test(test_name__that_does_not_exist_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

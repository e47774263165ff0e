/*
 * What tests of a store start with. Each of them finds, as globals,
 *
 *   redis   a server that is empty
 *   store   a store on it, with the group's options
 *
 * and a program of such tests ends with
 *
 *   int main(void)
 *   {
 *       const struct CMUnitTest tests[] = {
 *           TEST(test_save__merges_with_what_someone_else_saved),
 *       };
 *       return RUN_TESTS(tests, .options = "deadline=20s");
 *   }
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <stdbool.h>

#include "expect.h"
#include "server.h"

extern server redis;
extern session_store *store;

/* What a group of tests asks for. */
typedef struct {
    const char *options;          /* of the store, as in a URL's query; "" for none */
    const char *const *arguments; /* of the server, up to a NULL; NULL for none */
    bool own_servers;             /* a server for each test, because tests spoil it */
    void (*before)(void);         /* runs before each test, when there is a store */
    void (*after)(void);          /* runs after each test, while there is one */
} fixture;

#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#define RUN_TESTS(tests, ...)                                                            \
    (fixture_is((fixture){__VA_ARGS__}),                                                 \
     cmocka_run_group_tests(tests, fixture_start, fixture_stop))

/* How many sessions and users' lists `redis` holds: marks of what is over do not count.
 */
int stored_keys(void);

/* Nothing can be made of a session that is over, though somebody still holds it. */
void expect_over(session *s);

/* Opens `store` once more with other options, for this test. */
void reopen_store(const char *options);

/* One more store on `redis`, which logs in there as "user:password". */
session_store *open_store_as(const char *login, const char *options);

/* Starts `redis` once more with these arguments, which must stay; for own_servers. */
void restart_redis(const char *const *arguments);

/* For a test with a set-up of its own, which calls these. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* For RUN_TESTS alone. */
void fixture_is(fixture wanted);
int fixture_start(void **state);
int fixture_stop(void **state);

#endif

/* A store lives until it is closed and its last session and events are freed. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "hisession/events.h"
#include "server.h"

static server redis;

static int set_up(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    server_stop(&redis);
    return 0;
}

static void test_session__works_on_after_its_store_was_closed(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "");
    session *s = NULL, *other = NULL;
    int64_t value = 0;
    expect_ok(session_new(store, &s));
    expect_ok(session_new(store, &other));
    session_store_close(store);
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    expect_ok(session_regenerate(s));
    expect_ok(session_set_int(s, "n", 2));
    session_free(other);
    expect_ok(session_reload(s));
    expect_ok(session_get_int(s, "n", &value));
    assert_int_equal(value, 1);
    assert_string_equal(session_user(s), "ada");
    assert_non_null(session_handle(s));
    session_free(s);
}

static void test_list__works_on_after_its_store_was_closed(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "");
    session *s = NULL;
    session_list *list = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "bob"));
    expect_ok(session_save(s));
    expect_ok(session_list_user(store, "bob", &list));
    session_store_close(store);
    assert_int_equal(session_list_count(list), 1);
    assert_string_equal(session_list_handle(list, 0), session_handle(s));
    session_free(s);
    assert_true(session_list_created_at(list, 0) > 0);
    session_list_free(list);
}

static int next_event(session_events *events)
{
    struct pollfd ready = {session_events_fd(events), POLLIN, 0};
    int kind = 0, rc = SESSION_NOT_FOUND;
    while (rc == SESSION_NOT_FOUND) {
        assert_int_equal(poll(&ready, 1, 10000), 1);
        rc = session_events_next(events, &kind);
    }
    expect_ok(rc);
    return kind;
}

static void test_events__work_on_after_their_store_was_closed(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "");
    session_store *telling = open_store(redis.url, "events=on");
    session_events *events = NULL;
    expect_ok(session_events_open(store, &events));
    session_store_close(store);
    char *id = create_id(telling, NULL);
    assert_int_equal(next_event(events), SESSION_EVENT_CREATED);
    free(SERVER_RUN(&redis, "client", "kill", "type", "pubsub"));
    assert_int_equal(next_event(events), SESSION_EVENT_GAP);
    expect_ok(session_destroy(telling, id));
    assert_int_equal(next_event(events), SESSION_EVENT_DESTROYED);
    session_events_close(events);
    session_store_close(telling);
    free(id);
}

/* Its own connection, which asks, not counted. */
static int connections(void)
{
    char *clients = SERVER_RUN(&redis, "client", "list");
    int count = -1;
    for (const char *at = clients; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    free(clients);
    return count;
}

static void test_connections__stay_as_long_as_a_session_and_no_longer(void **state)
{
    (void)state;
    while (connections() > 0)
        ; /* of the tests before */
    session_store *store = open_store(redis.url, "");
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    session_store_close(store);
    assert_true(connections() > 0);
    session_free(s);
    while (connections() > 0)
        ;
}

/* ---- Threads ---- */

enum { THREADS = 8, ROUNDS = 50 };

static atomic_int failures;

/* Saves and frees a session of a store that another thread closes meanwhile. */
static void *use_and_free(void *context)
{
    session *s = context;
    if (session_set_int(s, "n", 1) != SESSION_OK || session_save(s) != SESSION_OK)
        atomic_fetch_add(&failures, 1);
    session_free(s);
    return NULL;
}

static void test_store__can_be_closed_while_other_threads_free_its_sessions(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        session_store *store = open_store(redis.url, "deadline=20s");
        for (int i = 0; i < THREADS; i++) {
            session *s = NULL;
            expect_ok(session_new(store, &s));
            assert_int_equal(pthread_create(&threads[i], NULL, use_and_free, s), 0);
        }
        session_store_close(store);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&failures), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__works_on_after_its_store_was_closed),
        cmocka_unit_test(test_list__works_on_after_its_store_was_closed),
        cmocka_unit_test(test_events__work_on_after_their_store_was_closed),
        cmocka_unit_test(test_connections__stay_as_long_as_a_session_and_no_longer),
        cmocka_unit_test(test_store__can_be_closed_while_other_threads_free_its_sessions),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* How many sessions a user may have; and that lists and sessions may lie apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "users.h"

/* ---- The limit ---- */

static void test_limit__evicts_the_session_created_first(void **state)
{
    (void)state;
    session_store *limited = open_store(redis.url, "user_limit=2");
    session *first = log_in(limited, "ada");
    next_millisecond();
    session *second = log_in(limited, "ada");
    next_millisecond();
    session *third = log_in(limited, "ada");
    expect_gone(store, session_id(first));
    expect_alive(store, session_id(second));
    expect_alive(store, session_id(third));
    assert_int_equal(count_of(store, "ada"), 2);
    session_free(first);
    session_free(second);
    session_free(third);
    session_store_close(limited);
}

static void test_limit__refuses_if_told_so_and_stores_nothing(void **state)
{
    (void)state;
    session_store *limited =
        open_store(redis.url, "user_limit=1&user_limit_policy=refuse");
    session *first = log_in(limited, "ada"), *second = NULL;
    long long keys = SERVER_INT(&redis, "DBSIZE");
    expect_ok(session_new(limited, &second));
    expect_ok(session_set_user(second, "ada"));
    expect_code(session_save(second), SESSION_LIMIT);
    assert_null(session_id(second));
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
    expect_ok(session_destroy(limited, session_id(first)));
    expect_ok(session_save(second));
    session_free(first);
    session_free(second);
    session_store_close(limited);
}

static void test_limit__does_not_count_what_is_gone(void **state)
{
    (void)state;
    session_store *limited =
        open_store(redis.url, "user_limit=2&user_limit_policy=refuse");
    char *gone = log_in_id(store, "ada");
    session *first = log_in(limited, "ada");
    free(SERVER_RUN(&redis, "DEL", key_of(gone)));
    session *second = log_in(limited, "ada");
    expect_alive(store, session_id(first));
    session_free(first);
    session_free(second);
    session_store_close(limited);
    free(gone);
}

static void test_limit__counts_a_regenerated_session_once(void **state)
{
    (void)state;
    session_store *limited =
        open_store(redis.url, "user_limit=1&user_limit_policy=refuse");
    session *s = log_in(limited, "ada");
    expect_ok(session_regenerate(s));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    assert_int_equal(count_of(store, "ada"), 1);
    session_free(s);
    session_store_close(limited);
}

static void test_limit__that_was_lowered_ends_all_that_are_over_it(void **state)
{
    (void)state;
    session_store *limited = open_store(redis.url, "user_limit=3&deadline=20s");
    for (int i = 0; i < 250; i++)
        session_free(log_in(store, "ada"));
    session_free(log_in(limited, "ada"));
    assert_int_equal(count_of(store, "ada"), 3);
    session_store_close(limited);
}

/* ---- A Cluster ---- */

/* One node refuses a script with keys of two slots, as a Cluster of many does. */
static void test_lists__and_sessions_need_not_be_in_one_slot_of_a_cluster(void **state)
{
    (void)state;
    server node;
    server_start_node(&node, NULL);
    session_store *limited =
        open_store(node.url, "user_limit=2&touch_interval=0ms&deadline=10s");
    session *first = log_in(limited, "ada"), *second = log_in(limited, "ada");
    session *third = log_in(limited, "ada");
    session_list *list = NULL;
    expect_ok(session_regenerate(third));
    next_millisecond();
    expect_ok(session_touch(limited, session_id(third)));
    expect_ok(session_list_user(limited, "ada", &list));
    assert_int_equal(session_list_count(list), 2);
    expect_ok(session_destroy_handle(limited, "ada", session_handle(third)));
    expect_ok(session_destroy_user(limited, "ada", NULL, NULL));
    expect_code(session_destroy(limited, session_id(first)), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&node, "EXISTS", key_of(session_id(second))), 0);
    session_list_free(list);
    session_free(first);
    session_free(second);
    session_free(third);
    session_store_close(limited);
    server_stop(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_limit__evicts_the_session_created_first),
        TEST(test_limit__refuses_if_told_so_and_stores_nothing),
        TEST(test_limit__does_not_count_what_is_gone),
        TEST(test_limit__counts_a_regenerated_session_once),
        TEST(test_limit__that_was_lowered_ends_all_that_are_over_it),
        TEST(test_lists__and_sessions_need_not_be_in_one_slot_of_a_cluster),
    };
    return RUN_TESTS(tests, .options = "");
}

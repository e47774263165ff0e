/* Whose sessions they are: lists, limits, and ending them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"
#include "server.h"

static server redis;
static session_store *store;

static int set_up(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    store = open_store(redis.url, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_store_close(store);
    server_stop(&redis);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    free(SERVER_RUN(&redis, "FLUSHALL"));
    return 0;
}

/* ---- Shorthands ---- */

static session *log_in(session_store *to, const char *user)
{
    session *s = NULL;
    expect_ok(session_new(to, &s));
    expect_ok(session_set_user(s, user));
    expect_ok(session_save(s));
    return s;
}

/* Logs in, and only the id is left, for free(). */
static char *log_in_id(const char *user)
{
    session *s = log_in(store, user);
    char *id = strdup(session_id(s));
    session_free(s);
    return id;
}

static session_list *list_of(const char *user)
{
    session_list *list = NULL;
    expect_ok(session_list_user(store, user, &list));
    return list;
}

static size_t count_of(const char *user)
{
    session_list *list = list_of(user);
    size_t count = session_list_count(list);
    session_list_free(list);
    return count;
}

static void expect_gone(const char *id)
{
    session *s = NULL;
    expect_code(session_get(store, id, &s), SESSION_NOT_FOUND);
}

static void expect_alive(const char *id)
{
    session *s = NULL;
    expect_ok(session_get(store, id, &s));
    session_free(s);
}

/* The user's keys are those that are no session's. */
static char *list_keys(void)
{
    return SERVER_RUN(&redis, "KEYS", "sess:user:*");
}

/* So that what comes now is later than what was, for clocks of milliseconds. */
static void next_millisecond(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void wait_until_gone(const char *key)
{
    while (SERVER_INT(&redis, "EXISTS", key) != 0)
        next_millisecond();
}

/* ---- The user of a session ---- */

static void test_user__is_kept_with_the_session(void **state)
{
    (void)state;
    session *s = log_in(store, "ada \"the\" L\u00f6we"), *again = NULL;
    expect_ok(session_get(store, session_id(s), &again));
    assert_string_equal(session_user(again), "ada \"the\" L\u00f6we");
    expect_ok(session_set_int(again, "n", 1));
    expect_ok(session_save(again));
    expect_ok(session_reload(s));
    assert_string_equal(session_user(s), "ada \"the\" L\u00f6we");
    session_free(again);
    session_free(s);
}

static void test_user__that_is_none_is_invalid(void **state)
{
    (void)state;
    char longest[257];
    session *s = NULL;
    session_list *list = NULL;
    memset(longest, 'u', sizeof longest);
    longest[256] = '\0';
    expect_ok(session_new(store, &s));
    expect_code(session_set_user(s, longest), SESSION_INVALID);
    expect_code(session_set_user(s, "\xff"), SESSION_INVALID);
    expect_code(session_set_user(NULL, "ada"), SESSION_INVALID);
    assert_null(session_user(s));
    expect_code(session_list_user(store, "", &list), SESSION_INVALID);
    expect_code(session_list_user(store, longest, &list), SESSION_INVALID);
    expect_code(session_destroy_user(store, "", NULL, NULL), SESSION_INVALID);
    expect_code(session_destroy_user(store, "ada", "no id", NULL), SESSION_BAD_ID);
    longest[255] = '\0';
    expect_ok(session_set_user(s, longest));
    session_free(s);
}

static void test_user__that_is_taken_away_leaves_the_list(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    expect_ok(session_set_user(s, NULL));
    assert_null(session_user(s));
    expect_ok(session_save(s));
    assert_null(session_user(s));
    assert_int_equal(count_of("ada"), 0);
    expect_alive(session_id(s));
    session_free(s);
}

static void test_user__that_changes_moves_the_session(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    expect_ok(session_set_user(s, "bob"));
    expect_ok(session_save(s));
    assert_int_equal(count_of("ada"), 0);
    assert_int_equal(count_of("bob"), 1);
    expect_ok(session_set_user(s, "eve"));
    expect_ok(session_regenerate(s));
    assert_int_equal(count_of("bob"), 0);
    assert_int_equal(count_of("eve"), 1);
    session_free(s);
}

static void test_user__survives_a_merge_with_another_save(void **state)
{
    (void)state;
    session *s = NULL, *other = NULL;
    char *id = create_id(store, NULL);
    expect_ok(session_get(store, id, &s));
    expect_ok(session_get(store, id, &other));
    expect_ok(session_set_int(other, "n", 1));
    expect_ok(session_save(other));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_save(s));
    assert_string_equal(session_user(s), "ada");
    assert_true(session_has(s, "n"));
    assert_int_equal(count_of("ada"), 1);
    session_free(other);
    session_free(s);
    free(id);
}

/* ---- The list ---- */

static void test_list__tells_of_each_session_the_last_created_first(void **state)
{
    (void)state;
    session *first = log_in(store, "ada"), *second = NULL;
    expect_ok(session_new(store, &second));
    expect_ok(session_set_user(second, "ada"));
    expect_ok(session_set_device(second, "Firefox \"on\" a phone", "192.0.2.7"));
    next_millisecond();
    expect_ok(session_save(second));
    session_list *list = list_of("ada");
    assert_int_equal(session_list_count(list), 2);
    assert_string_equal(session_list_handle(list, 0), session_handle(second));
    assert_string_equal(session_list_handle(list, 1), session_handle(first));
    assert_string_equal(session_list_label(list, 0), "Firefox \"on\" a phone");
    assert_string_equal(session_list_address(list, 0), "192.0.2.7");
    assert_string_equal(session_list_label(list, 1), "");
    assert_string_equal(session_list_address(list, 1), "");
    assert_true(session_list_created_at(list, 0) > session_list_created_at(list, 1));
    assert_in_range(session_list_expires_at(list, 0), session_expires_at(second) - 1000,
                    session_expires_at(second) + 1000);
    assert_null(session_list_handle(list, 2));
    assert_null(session_list_label(list, 2));
    assert_null(session_list_address(list, 2));
    assert_int_equal(session_list_created_at(list, 2), 0);
    assert_int_equal(session_list_seen_at(list, 2), 0);
    assert_int_equal(session_list_expires_at(list, 2), 0);
    session_list_free(list);
    session_free(first);
    session_free(second);
}

static void test_list__of_an_unknown_user_is_empty(void **state)
{
    (void)state;
    assert_int_equal(count_of("nobody"), 0);
    assert_int_equal(session_list_count(NULL), 0);
    session_list_free(NULL);
}

static void test_list__has_no_session_that_is_gone(void **state)
{
    (void)state;
    session_store *brief = open_store(redis.url, "ttl=50ms");
    session *expired = log_in(brief, "ada");
    char *destroyed = log_in_id("ada");
    char *removed = log_in_id("ada");
    char *alive = log_in_id("ada");
    expect_ok(session_destroy(store, destroyed));
    free(SERVER_RUN(&redis, "DEL", key_of(removed)));
    wait_until_gone(key_of(session_id(expired)));
    assert_int_equal(count_of("ada"), 1);
    expect_alive(alive);
    session_free(expired);
    session_store_close(brief);
    free(destroyed);
    free(removed);
    free(alive);
}

static void test_list__goes_with_its_last_session(void **state)
{
    (void)state;
    char *first = log_in_id("ada"), *second = log_in_id("ada");
    expect_ok(session_destroy(store, first));
    char *keys = list_keys();
    assert_string_not_equal(keys, "");
    free(keys);
    expect_ok(session_destroy(store, second));
    keys = list_keys();
    assert_string_equal(keys, "");
    free(keys);
    free(first);
    free(second);
}

static void test_list__outlives_the_sessions_though_nobody_destroys_them(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    char *keys = list_keys();
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest)) {
        long long life = SERVER_INT(&redis, "PTTL", key);
        assert_true(life > SERVER_INT(&redis, "PTTL", key_of(session_id(s))));
        assert_true(life < 25LL * 3600 * 1000);
    }
    free(keys);
    session_free(s);
}

static void test_list__has_a_regenerated_session_once(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_set_device(s, "a phone", NULL));
    expect_ok(session_save(s));
    session_list *before = list_of("ada");
    expect_ok(session_regenerate(s));
    session_list *after = list_of("ada");
    assert_int_equal(session_list_count(after), 1);
    assert_string_equal(session_list_handle(after, 0), session_handle(s));
    assert_string_not_equal(session_list_handle(after, 0),
                            session_list_handle(before, 0));
    assert_string_equal(session_list_label(after, 0), "a phone");
    assert_int_equal(session_list_created_at(after, 0),
                     session_list_created_at(before, 0));
    session_list_free(before);
    session_list_free(after);
    session_free(s);
}

static void test_list__of_many_sessions_is_complete(void **state)
{
    (void)state;
    enum { MANY = 100 };
    for (int i = 0; i < MANY; i++)
        session_free(log_in(store, "ada"));
    session_list *list = list_of("ada");
    assert_int_equal(session_list_count(list), MANY);
    for (size_t i = 1; i < MANY; i++)
        assert_true(session_list_created_at(list, i - 1) >=
                    session_list_created_at(list, i));
    session_list_free(list);
}

static void test_list__that_was_lost_grows_back_with_activity(void **state)
{
    (void)state;
    session_store *eager = open_store(redis.url, "touch_interval=0ms");
    char *id = log_in_id("ada");
    char *keys = list_keys();
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        free(SERVER_RUN(&redis, "DEL", key));
    assert_int_equal(count_of("ada"), 0);
    next_millisecond();
    expect_ok(session_touch(eager, id));
    assert_int_equal(count_of("ada"), 1);
    session_store_close(eager);
    free(keys);
    free(id);
}

static void test_list__follows_a_session_that_saves_keep_alive(void **state)
{
    (void)state;
    session_store *brief = open_store(redis.url, "ttl=200ms&touch_interval=20ms");
    session *s = log_in(brief, "ada");
    int64_t created = session_created_at(s);
    for (int64_t i = 0; session_expires_at(s) < created + 500; i++) {
        expect_ok(session_set_int(s, "i", i));
        expect_ok(session_save(s));
        assert_int_equal(count_of("ada"), 1);
    }
    session_free(s);
    session_store_close(brief);
}

static void test_save__of_a_users_session_is_one_command_within_the_interval(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    long calls = server_calls(&redis, "evalsha");
    for (int i = 0; i < 10; i++) {
        expect_ok(session_set_int(s, "i", i));
        expect_ok(session_save(s));
    }
    assert_int_equal(server_calls(&redis, "evalsha"), calls + 10);
    session_free(s);
}

static void test_device__that_is_none_is_invalid(void **state)
{
    (void)state;
    char label[514], address[66];
    session *s = NULL;
    memset(label, 'l', sizeof label);
    memset(address, 'a', sizeof address);
    label[513] = address[65] = '\0';
    expect_ok(session_new(store, &s));
    expect_code(session_set_device(s, label, NULL), SESSION_INVALID);
    expect_code(session_set_device(s, NULL, address), SESSION_INVALID);
    expect_code(session_set_device(s, "two\nlines", NULL), SESSION_INVALID);
    expect_code(session_set_device(s, "\xff", NULL), SESSION_INVALID);
    expect_code(session_set_device(NULL, "a", NULL), SESSION_INVALID);
    label[512] = address[64] = '\0';
    expect_ok(session_set_device(s, label, address));
    session_free(s);
}

/* ---- Ending ---- */

static void test_destroy_handle__ends_that_session_only(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    char *other = log_in_id("ada");
    expect_code(session_destroy_handle(store, "bob", session_handle(s)),
                SESSION_NOT_FOUND);
    expect_code(session_destroy_handle(store, "ada", "nothing"), SESSION_NOT_FOUND);
    expect_code(session_destroy_handle(store, "ada", session_id(s)), SESSION_NOT_FOUND);
    expect_ok(session_destroy_handle(store, "ada", session_handle(s)));
    expect_gone(session_id(s));
    expect_alive(other);
    assert_int_equal(count_of("ada"), 1);
    expect_code(session_destroy_handle(store, "ada", session_handle(s)),
                SESSION_NOT_FOUND);
    session_free(s);
    free(other);
}

static void test_destroy_user__ends_all_sessions_of_that_user(void **state)
{
    (void)state;
    char *first = log_in_id("ada"), *second = log_in_id("ada"), *bobs = log_in_id("bob");
    int64_t destroyed = -1;
    expect_ok(session_destroy_user(store, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, 2);
    expect_gone(first);
    expect_gone(second);
    expect_alive(bobs);
    assert_int_equal(count_of("ada"), 0);
    expect_ok(session_destroy_user(store, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, 0);
    free(first);
    free(second);
    free(bobs);
}

static void test_destroy_user__spares_one_if_told_so(void **state)
{
    (void)state;
    char *spared = log_in_id("ada"), *other = log_in_id("ada");
    int64_t destroyed = -1;
    expect_ok(session_destroy_user(store, "ada", spared, &destroyed));
    assert_int_equal(destroyed, 1);
    expect_alive(spared);
    expect_gone(other);
    assert_int_equal(count_of("ada"), 1);
    free(spared);
    free(other);
}

static void test_destroy_user__ends_a_session_that_was_just_regenerated(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    char *old = strdup(session_id(s));
    expect_ok(session_regenerate(s));
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_gone(session_id(s));
    expect_gone(old);
    free(old);
    session_free(s);
}

static void test_save__cannot_revive_a_session_that_destroy_user_ended(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_code(session_save(s), SESSION_NOT_FOUND);
    expect_code(session_regenerate(s), SESSION_NOT_FOUND);
    expect_gone(session_id(s));
    assert_int_equal(count_of("ada"), 0);
    session_free(s);
}

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
    expect_gone(session_id(first));
    expect_alive(session_id(second));
    expect_alive(session_id(third));
    assert_int_equal(count_of("ada"), 2);
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
    char *gone = log_in_id("ada");
    session *first = log_in(limited, "ada");
    free(SERVER_RUN(&redis, "DEL", key_of(gone)));
    session *second = log_in(limited, "ada");
    expect_alive(session_id(first));
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
    assert_int_equal(count_of("ada"), 1);
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
    assert_int_equal(count_of("ada"), 3);
    session_store_close(limited);
}

/* ---- A Cluster ---- */

static bool cluster_is_up(const server *node)
{
    char *info = SERVER_RUN(node, "CLUSTER", "INFO");
    bool up = strstr(info, "cluster_state:ok") != NULL;
    free(info);
    return up;
}

/* One node with all slots refuses what keys of two slots are in, as several do. */
static void start_cluster_node(server *node, const char *const *arguments)
{
    server_start(node, arguments);
    free(SERVER_RUN(node, "CLUSTER", "ADDSLOTSRANGE", "0", "16383"));
    while (!cluster_is_up(node))
        next_millisecond();
}

static void test_lists__and_sessions_need_not_be_in_one_slot_of_a_cluster(void **state)
{
    (void)state;
    server node;
    char port[8];
    snprintf(port, sizeof port, "%d", 20000 + (int)getpid() % 20000);
    const char *const arguments[] = {
        "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", port, NULL};
    start_cluster_node(&node, arguments);
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
    expect_ok(session_destroy(limited, session_id(first)));
    assert_int_equal(SERVER_INT(&node, "EXISTS", key_of(session_id(second))), 0);
    session_list_free(list);
    session_free(first);
    session_free(second);
    session_free(third);
    session_store_close(limited);
    server_stop(&node);
}

/* ---- Trouble ---- */

static void test_full_server__still_keeps_a_users_session_alive(void **state)
{
    (void)state;
    session_store *eager = open_store(redis.url, "touch_interval=0ms");
    char *id = log_in_id("ada");
    free(SERVER_RUN(&redis, "PEXPIRE", key_of(id), "60000"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    expect_ok(session_touch(eager, id));
    assert_true(SERVER_INT(&redis, "PTTL", key_of(id)) > 60000);
    assert_int_equal(count_of("ada"), 1);
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "0"));
    expect_gone(id);
    session_store_close(eager);
    free(id);
}

static void test_list__that_someone_else_spoilt_can_still_be_ended(void **state)
{
    (void)state;
    char *id = log_in_id("ada");
    char *keys = list_keys();
    char *rest = NULL;
    for (char *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        if (strstr(key, ":note") != NULL)
            free(SERVER_RUN(&redis, "HSET", key, key_of(id) + strlen("sess:"),
                            "l 1 1 \n nonsense"));
    assert_int_equal(count_of("ada"), 1);
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_gone(id);
    assert_int_equal(count_of("ada"), 0);
    free(keys);
    free(id);
}

#define user_test(test) cmocka_unit_test_setup(test, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        user_test(test_user__is_kept_with_the_session),
        user_test(test_user__that_is_none_is_invalid),
        user_test(test_user__that_is_taken_away_leaves_the_list),
        user_test(test_user__that_changes_moves_the_session),
        user_test(test_user__survives_a_merge_with_another_save),
        user_test(test_list__tells_of_each_session_the_last_created_first),
        user_test(test_list__of_an_unknown_user_is_empty),
        user_test(test_list__has_no_session_that_is_gone),
        user_test(test_list__goes_with_its_last_session),
        user_test(test_list__outlives_the_sessions_though_nobody_destroys_them),
        user_test(test_list__has_a_regenerated_session_once),
        user_test(test_list__of_many_sessions_is_complete),
        user_test(test_list__that_was_lost_grows_back_with_activity),
        user_test(test_list__follows_a_session_that_saves_keep_alive),
        user_test(test_save__of_a_users_session_is_one_command_within_the_interval),
        user_test(test_device__that_is_none_is_invalid),
        user_test(test_destroy_handle__ends_that_session_only),
        user_test(test_destroy_user__ends_all_sessions_of_that_user),
        user_test(test_destroy_user__spares_one_if_told_so),
        user_test(test_destroy_user__ends_a_session_that_was_just_regenerated),
        user_test(test_save__cannot_revive_a_session_that_destroy_user_ended),
        user_test(test_limit__evicts_the_session_created_first),
        user_test(test_limit__refuses_if_told_so_and_stores_nothing),
        user_test(test_limit__does_not_count_what_is_gone),
        user_test(test_limit__counts_a_regenerated_session_once),
        user_test(test_limit__that_was_lowered_ends_all_that_are_over_it),
        user_test(test_lists__and_sessions_need_not_be_in_one_slot_of_a_cluster),
        user_test(test_full_server__still_keeps_a_users_session_alive),
        user_test(test_list__that_someone_else_spoilt_can_still_be_ended),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

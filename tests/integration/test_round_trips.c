/* How often each verb waits for the server, and how much it sends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disturb.h"
#include "fixture.h"
#include "users.h"

enum { DEVICES = 100, LIMIT = 5, MANY = 2000, MOVES = 200 };

static session_store *far; /* through the relay */

static session *read_far(const char *id)
{
    session *s = NULL;
    expect_ok(session_get(far, id, &s));
    return s;
}

/* ---- The verbs ---- */

static session *current;
static char *current_id;
static session_list *current_list;

static void no_session(void)
{
    expect_ok(session_new(far, &current));
}

static void a_new_login(void)
{
    no_session();
    expect_ok(session_set_user(current, "ada"));
}

static void a_visitors(void)
{
    current_id = create_id(store, "{\"n\":0}");
    current = read_far(current_id);
    expect_ok(session_set_int(current, "n", 1));
}

static void a_users(void)
{
    current_id = log_in_id(store, "ada");
    current = read_far(current_id);
    expect_ok(session_set_int(current, "n", 1));
}

static void so_many_devices(int count)
{
    for (int i = 0; i < count; i++)
        session_free(log_in(store, "ada"));
}

static void a_hundred_devices(void)
{
    so_many_devices(DEVICES);
    no_session();
}

static void a_login_at_the_limit(void)
{
    so_many_devices(LIMIT);
    next_millisecond();
    a_new_login();
}

static int create(void)
{
    session_free(current);
    return session_create(far, NULL, &current);
}

static int save(void)
{
    return session_save(current);
}

static int get(void)
{
    session_free(current);
    return session_get(far, current_id, &current);
}

static int regenerate(void)
{
    return session_regenerate(current);
}

static int destroy(void)
{
    return session_destroy(far, current_id);
}

static int list(void)
{
    return session_list_user(far, "ada", &current_list);
}

static int destroy_user(void)
{
    return session_destroy_user(far, "ada", NULL, NULL);
}

/* How many round trips each may take. */
static const struct {
    const char *name, *options;
    void (*begin)(void);
    int (*call)(void);
    long most;
} table[] = {
    {"create", "", no_session, create, 1},
    {"login", "", a_new_login, save, 1},
    {"login at a limit of 5", "user_limit=5", a_login_at_the_limit, save, 5},
    {"get", "touch_on_get=off", a_users, get, 1},
    {"get with a due extension", "touch_interval=0ms", a_users, get, 2},
    {"save", "", a_users, save, 1},
    {"save of a visitor's", "", a_visitors, save, 1},
    {"regenerate", "", a_users, regenerate, 2},
    {"regenerate of a visitor's", "", a_visitors, regenerate, 2},
    {"destroy", "", a_users, destroy, 2},
    {"list of 100", "", a_hundred_devices, list, 3},
    {"destroy_user of 100", "", a_hundred_devices, destroy_user, 5},
};

/* ---- Counting ---- */

/* Runs a verb, whose round trips are counted in `trips`; what it was, if it failed. */
static long count_trips(size_t i)
{
    free(SERVER_RUN(&redis, "FLUSHALL"));
    far = open_store(wire.url, table[i].options);
    table[i].begin();
    next_millisecond();
    free(create_id(far, NULL)); /* so that there is a connection */
    relay_reset_counts(&wire);
    expect_ok(table[i].call());
    long trips = relay_trips(&wire);
    session_free(current);
    session_list_free(current_list);
    free(current_id);
    current = NULL;
    current_list = NULL;
    current_id = NULL;
    session_store_close(far);
    return trips;
}

static void test_round_trips__are_no_more_than_the_table_says(void **state)
{
    (void)state;
    char over[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        count_trips(i); /* the server knows the scripts then */
        long trips = count_trips(i);
        if (trips > table[i].most)
            length += (size_t)snprintf(over + length, sizeof over - length,
                                       "%s: %ld, not %ld\n", table[i].name, trips,
                                       table[i].most);
    }
    if (length > 0)
        fail_msg("round trips\n%s", over);
}

/* ---- Many sessions, far away ---- */

static void test_2000_sessions__are_listed_and_ended_far_away(void **state)
{
    (void)state;
    enum { MOST_TRIPS = 80 };
    int64_t destroyed = 0;
    so_many_devices(MANY);
    far = open_store(wire.url, "deadline=5s");
    relay_set_delay(&wire, 5);
    session_list *all = list_of(far, "ada");
    assert_int_equal(session_list_count(all), MANY);
    expect_ok(session_destroy_user(far, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, MANY);
    assert_in_range(relay_trips(&wire), 1, MOST_TRIPS);
    session_list_free(all);
    session_store_close(far);
}

static void test_login__of_a_user_with_2000_sessions_takes_few_round_trips(void **state)
{
    (void)state;
    enum { MOST_TRIPS = 24 };
    so_many_devices(MANY);
    far = open_store(wire.url, "deadline=5s&user_limit=5");
    relay_set_delay(&wire, 5);
    session *s = log_in(far, "ada");
    assert_in_range(relay_trips(&wire), 1, MOST_TRIPS);
    expect_alive(store, session_id(s));
    session_free(s);
    session_store_close(far);
}

/* What moved is followed once, however many ids of it are on the list. */
static void test_destroy_user__of_what_moved_often_sends_in_proportion(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    for (int i = 0; i < MOVES; i++)
        expect_ok(session_regenerate(s));
    far = open_store(wire.url, "");
    expect_ok(session_destroy_user(far, "ada", NULL, NULL));
    expect_gone(store, session_id(s));
    assert_in_range(relay_commands(&wire), 1, 10 * MOVES);
    session_free(s);
    session_store_close(far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trips__are_no_more_than_the_table_says),
        TEST(test_2000_sessions__are_listed_and_ended_far_away),
        TEST(test_login__of_a_user_with_2000_sessions_takes_few_round_trips),
        TEST(test_destroy_user__of_what_moved_often_sends_in_proportion),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}

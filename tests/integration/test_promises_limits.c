/* Logins at a limit: beside each other, beside logouts, and ones that fail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "overlap.h"
#include "users.h"

enum { LIMIT = 3, MANY = 4000 };

/* ---- What the requests do ---- */

static int log_in_new(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], "ada");
    return session_save(o->sessions[self]);
}

static int regenerate(overlap *o, int self)
{
    return session_regenerate(o->sessions[self]);
}

static int save(overlap *o, int self)
{
    (void)session_set_int(o->sessions[self], "mine", 1);
    return session_save(o->sessions[self]);
}

static int destroy(overlap *o, int self)
{
    return session_destroy(o->stores[self], o->id);
}

/* ---- What they begin with ---- */

static void become_new(overlap *o, int self)
{
    session_free(o->sessions[self]);
    o->sessions[self] = NULL;
    expect_ok(session_new(o->stores[self], &o->sessions[self]));
}

/* Each request is that of a device that is not logged in yet. */
static void two_new(overlap *o)
{
    become_new(o, 0);
    become_new(o, 1);
}

static void two_new_beside_devices(overlap *o)
{
    overlap_log_in_devices(o);
    two_new(o);
}

/* The first request is a new device's; the second is of the one that got in first. */
static void one_new_beside_the_oldest(overlap *o)
{
    overlap_read_twice(o, "ada");
    next_millisecond();
    overlap_log_in_devices(o);
    become_new(o, 0);
}

static void one_new_beside_the_only_one(overlap *o)
{
    overlap_read_twice(o, "ada");
    next_millisecond();
    become_new(o, 0);
}

/* ---- What must hold ---- */

static bool is_in(overlap *o, int self)
{
    const char *id = session_id(o->sessions[self]);
    return o->codes[self] == SESSION_OK && lives(id) &&
           listed_as("ada", session_handle(o->sessions[self])) == 1;
}

/* Nothing lives of a login that was refused. */
static bool is_out(overlap *o, int self)
{
    const char *id = session_id(o->sessions[self]);
    return o->codes[self] == SESSION_LIMIT && (id == NULL || !lives(id));
}

static const char *both_are_in(overlap *o)
{
    if (!is_in(o, 0) || !is_in(o, 1))
        return "one of the last logins is not in";
    return listed("ada") <= LIMIT ? NULL : "the limit does not hold";
}

static const char *one_is_in(overlap *o)
{
    if (!is_in(o, 0) && !is_in(o, 1))
        return "none of the two is in";
    return listed("ada") == 1 ? NULL : "the limit does not hold";
}

static const char *one_is_refused(overlap *o)
{
    if (!devices_live(o))
        return "another device was logged out";
    if ((!is_in(o, 0) || !is_out(o, 1)) && (!is_in(o, 1) || !is_out(o, 0)))
        return "not just one of the two is in";
    return listed("ada") == (size_t)o->device_count + 1 ? NULL
                                                        : "the limit does not hold";
}

static const char *login_ended_the_oldest(overlap *o)
{
    if (!is_in(o, 0))
        return "the login is not in";
    if (lives(o->id) || lives(session_id(o->sessions[1])))
        return "the oldest one lives on";
    if (!devices_live(o))
        return "another device was logged out";
    if (o->codes[1] != SESSION_OK && o->codes[1] != SESSION_NOT_FOUND)
        return "the other has a wrong code";
    return listed("ada") == (size_t)o->device_count + 1 ? NULL : "the list is not right";
}

/* Whoever was first, there is a place for one. */
static const char *logout_makes_room(overlap *o)
{
    if (o->codes[1] != SESSION_OK || lives(o->id))
        return "the logout failed";
    if (!is_in(o, 0) && !is_out(o, 0))
        return "the login is neither in nor refused";
    if (o->codes[0] == SESSION_LIMIT && log_in_new(o, 0) != SESSION_OK)
        return "there is no place after a logout";
    return devices_live(o) && listed("ada") == LIMIT ? NULL : "the list is not right";
}

/* ---- Beside each other ---- */

static void test_logins__at_once_hold_the_limit(void **state)
{
    (void)state;
    const scenario several = {
        two_new_beside_devices, {log_in_new, log_in_new}, both_are_in, 100};
    const scenario alone = {two_new, {log_in_new, log_in_new}, one_is_in, 100};
    overlap_in_every_way(&several, "user_limit=3");
    overlap_in_every_way(&alone, "user_limit=1");
}

static void test_logins__at_once_for_one_place_are_one(void **state)
{
    (void)state;
    const scenario several = {
        two_new_beside_devices, {log_in_new, log_in_new}, one_is_refused, 100};
    const scenario alone = {two_new, {log_in_new, log_in_new}, one_is_refused, 100};
    overlap_in_every_way(&several, "user_limit=3&user_limit_policy=refuse");
    overlap_in_every_way(&alone, "user_limit=1&user_limit_policy=refuse");
}

static void test_login__ends_the_oldest_one_though_that_moves(void **state)
{
    (void)state;
    const scenario several = {
        one_new_beside_the_oldest, {log_in_new, regenerate}, login_ended_the_oldest, 100};
    const scenario alone = {one_new_beside_the_only_one,
                            {log_in_new, regenerate},
                            login_ended_the_oldest,
                            100};
    overlap_in_every_way(&several, "user_limit=3");
    overlap_in_every_way(&several, "user_limit=3&regenerate_grace=0s");
    overlap_in_every_way(&alone, "user_limit=1");
}

static void test_login__ends_the_oldest_one_though_that_is_saved(void **state)
{
    (void)state;
    const scenario several = {
        one_new_beside_the_oldest, {log_in_new, save}, login_ended_the_oldest, 0};
    overlap_in_every_way(&several, "user_limit=3&touch_interval=0ms");
}

static void test_login__beside_a_logout_gets_its_place(void **state)
{
    (void)state;
    const scenario room = {
        one_new_beside_the_oldest, {log_in_new, destroy}, logout_makes_room, 0};
    overlap_in_every_way(&room, "user_limit=3&user_limit_policy=refuse");
}

/* ---- Logins that fail ---- */

static const char *const failing[] = {"user_limit=2",
                                      "user_limit=2&user_limit_policy=refuse"};

/* ada's two devices, of which one would have to go, or that leave no place. */
typedef struct {
    char *first, *second;
} devices;

static devices two_devices(void)
{
    devices d = {.first = log_in_id(store, "ada")};
    next_millisecond();
    d.second = log_in_id(store, "ada");
    return d;
}

static void expect_both_alive(devices d)
{
    expect_alive(store, d.first);
    expect_alive(store, d.second);
    assert_int_equal(count_of(store, "ada"), 2);
    free(d.first);
    free(d.second);
}

static void set_big_field(session *s)
{
    char *big = calloc(1, 80 * 1024 + 1);
    memset(big, 'b', 80 * 1024);
    expect_ok(session_set_string(s, "big", big));
    free(big);
}

static void expect_too_big(bool is_stored, int (*verb)(session *))
{
    session *s = NULL;
    devices d = two_devices();
    expect_ok(is_stored ? session_create(store, NULL, &s) : session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    set_big_field(s);
    expect_code(verb(s), SESSION_TOO_BIG);
    expect_both_alive(d);
    session_free(s);
    free(SERVER_RUN(&redis, "FLUSHALL"));
}

static void test_login__that_is_too_big_ends_nobody(void **state)
{
    (void)state;
    reopen_store(failing[0]);
    expect_too_big(false, session_save);
    expect_too_big(true, session_save);
    expect_too_big(true, session_regenerate);
}

static void expect_full(int (*verb)(session *))
{
    session *s = NULL;
    devices d = two_devices();
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_user(s, "ada"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    int rc = verb(s);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "0"));
    expect_code(rc, SESSION_FULL);
    assert_string_equal(session_user(s), "ada");
    expect_both_alive(d);
    expect_ok(verb(s));
    expect_alive(store, session_id(s));
    session_free(s);
    free(SERVER_RUN(&redis, "FLUSHALL"));
}

static void test_login__that_finds_no_memory_ends_nobody(void **state)
{
    (void)state;
    reopen_store(failing[0]);
    expect_full(session_save);
    expect_full(session_regenerate);
}

static void expect_ended(int (*verb)(session *))
{
    session *s = NULL;
    devices d = two_devices();
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_destroy(store, session_id(s)));
    expect_code(verb(s), SESSION_NOT_FOUND);
    expect_both_alive(d);
    session_free(s);
    free(SERVER_RUN(&redis, "FLUSHALL"));
}

static void test_login__of_a_session_that_is_over_ends_nobody(void **state)
{
    (void)state;
    reopen_store(failing[0]);
    expect_ended(session_save);
    expect_ended(session_regenerate);
}

/* A place that was taken for a login that failed is free again. */
static void test_login__that_failed_takes_no_place(void **state)
{
    (void)state;
    reopen_store(failing[1]);
    char *first = log_in_id(store, "ada");
    for (int i = 0; i < 5; i++) {
        session *s = NULL;
        expect_ok(session_create(store, NULL, &s));
        expect_ok(session_set_user(s, "ada"));
        expect_ok(session_destroy(store, session_id(s)));
        expect_code(i % 2 == 0 ? session_save(s) : session_regenerate(s),
                    SESSION_NOT_FOUND);
        session_free(s);
    }
    char *second = log_in_id(store, "ada");
    expect_both_alive((devices){first, second});
}

static void test_login__by_save_of_a_visitor_at_a_limit_is_refused(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store(failing[1]);
    devices d = two_devices();
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_code(session_save(s), SESSION_LIMIT);
    expect_code(session_regenerate(s), SESSION_LIMIT);
    expect_alive(store, session_id(s));
    expect_both_alive(d);
    session_free(s);
}

/* ---- Places of what is over ---- */

static int log_in_code(void)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    int rc = session_save(s);
    session_free(s);
    return rc;
}

/* As many as the limit get in, and then one more does not. */
static void expect_full_after(int logins)
{
    for (int i = 0; i < logins; i++)
        expect_ok(log_in_code());
    for (int i = 0; i < 3; i++)
        expect_code(log_in_code(), SESSION_LIMIT);
    assert_int_equal(listed("ada"), LIMIT);
    free(SERVER_RUN(&redis, "FLUSHALL"));
}

static session *moved_often(void)
{
    session *s = log_in(store, "ada");
    for (int i = 0; i < 4; i++)
        expect_ok(session_regenerate(s));
    return s;
}

static void test_place__of_what_moved_is_one(void **state)
{
    (void)state;
    reopen_store("user_limit=3&user_limit_policy=refuse");
    session_free(moved_often());
    expect_full_after(LIMIT - 1);
}

static void test_place__of_what_moved_and_ended_is_free_once(void **state)
{
    (void)state;
    reopen_store("user_limit=3&user_limit_policy=refuse");
    session *s = moved_often();
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
    expect_full_after(LIMIT);
    s = moved_often();
    free(SERVER_RUN(&redis, "DEL", key_of(session_id(s))));
    session_free(s);
    expect_full_after(LIMIT);
}

static void test_place__of_what_became_somebody_elses_is_free_once(void **state)
{
    (void)state;
    static const char *const users[] = {"bob", NULL};
    reopen_store("user_limit=3&user_limit_policy=refuse");
    for (int i = 0; i < 2; i++) {
        session *s = moved_often();
        expect_ok(session_set_user(s, users[i]));
        expect_ok(session_regenerate(s));
        session_free(s);
        expect_full_after(LIMIT);
    }
}

/* ---- A limit that is new to a user with many sessions ---- */

/* The commands that the server has run, those of scripts included. */
static long commands_run(void)
{
    long sum = 0;
    char *text = SERVER_RUN(&redis, "INFO", "commandstats");
    for (const char *at = strstr(text, "calls="); at != NULL; at = strstr(at, "calls=")) {
        at += strlen("calls=");
        sum += strtol(at, NULL, 10);
    }
    free(text);
    return sum;
}

static void test_limit__that_is_new_is_reached_in_steps_that_block_nobody(void **state)
{
    (void)state;
    session_store *limited = open_store(redis.url, "user_limit=3");
    for (int i = 0; i < MANY; i++)
        session_free(log_in(store, "ada"));
    for (int i = 0; i < MANY && count_of(store, "ada") > LIMIT; i++) {
        long before = commands_run();
        session *s = log_in(limited, "ada");
        /* That is less than one command for each session. */
        assert_in_range(commands_run() - before, 1, MANY - 1);
        expect_alive(store, session_id(s));
        session_free(s);
    }
    assert_int_equal(count_of(store, "ada"), LIMIT);
    session_store_close(limited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_logins__at_once_hold_the_limit),
        TEST(test_logins__at_once_for_one_place_are_one),
        TEST(test_login__ends_the_oldest_one_though_that_moves),
        TEST(test_login__ends_the_oldest_one_though_that_is_saved),
        TEST(test_login__beside_a_logout_gets_its_place),
        TEST(test_login__that_is_too_big_ends_nobody),
        TEST(test_login__that_finds_no_memory_ends_nobody),
        TEST(test_login__of_a_session_that_is_over_ends_nobody),
        TEST(test_login__that_failed_takes_no_place),
        TEST(test_login__by_save_of_a_visitor_at_a_limit_is_refused),
        TEST(test_place__of_what_moved_is_one),
        TEST(test_place__of_what_moved_and_ended_is_free_once),
        TEST(test_place__of_what_became_somebody_elses_is_free_once),
        TEST(test_limit__that_is_new_is_reached_in_steps_that_block_nobody),
    };
    return RUN_TESTS(tests, .options = "");
}

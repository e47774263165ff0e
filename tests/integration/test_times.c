/* Idle and absolute timeouts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture.h"
#include "moved_clock.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static long long life_of(const char *id)
{
    return SERVER_INT(&redis, "PTTL", key_of(id));
}

static void wait_until_gone(const char *id)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    for (int i = 0; i < 2000 && SERVER_INT(&redis, "EXISTS", key_of(id)) == 1; i++)
        nanosleep(&pause, NULL);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(id)), 0);
}

static void test_create__lives_for_ttl(void **state)
{
    (void)state;
    reopen_store("ttl=90s");
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    long long life = life_of(session_id(s));
    assert_in_range(life, 80000, 90000);
    assert_in_range(session_expires_at(s), session_created_at(s) + 89000,
                    session_created_at(s) + 91000);
    session_free(s);
}

static void test_session__ends_when_idle_and_touch_does_not_revive_it(void **state)
{
    (void)state;
    reopen_store("ttl=50ms");
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    wait_until_gone(session_id(s));
    expect_over(s);
    assert_int_equal(stored_keys(), 0);
    session_free(s);
}

static void test_peek__reads_and_is_no_activity(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store("ttl=1h&touch_interval=0ms");
    char *id = create_id(store, "{\"n\":1}");
    SERVER_INT(&redis, "PEXPIRE", key_of(id), "60000");
    expect_ok(session_peek(store, id, &s));
    assert_string_equal(session_json(s), "{\"n\":1}");
    assert_in_range(session_expires_at(s), session_created_at(s),
                    session_created_at(s) + 61000);
    assert_in_range(life_of(id), 1, 60000);
    session_free(s);
    expect_code(session_peek(store, "no id", &s), SESSION_BAD_ID);
    expect_code(session_peek(store, UNKNOWN_ID, &s), SESSION_NOT_FOUND);
    expect_code(session_peek(store, id, NULL), SESSION_INVALID);
    free(id);
}

static void test_touch__extends_once_per_interval(void **state)
{
    (void)state;
    reopen_store("ttl=1h&touch_interval=1m");
    char *id = create_id(store, NULL);
    long before = server_calls(&redis, "pexpire");
    for (int i = 0; i < 100; i++)
        expect_ok(session_touch(store, id));
    assert_int_equal(server_calls(&redis, "pexpire"), before);
    SERVER_INT(&redis, "PEXPIRE", key_of(id), "60000");
    for (int i = 0; i < 100; i++)
        expect_ok(session_touch(store, id));
    assert_int_equal(server_calls(&redis, "pexpire"), before + 2);
    assert_true(life_of(id) > 3500000);
    free(id);
}

static void test_get__is_activity_only_with_touch_on_get(void **state)
{
    (void)state;
    session_store *on = open_store(redis.url, "ttl=1h");
    session_store *off = open_store(redis.url, "ttl=1h&touch_on_get=off");
    session *s = NULL;
    char *id = create_id(on, NULL);
    SERVER_INT(&redis, "PEXPIRE", key_of(id), "60000");
    expect_ok(session_get(off, id, &s));
    session_free(s);
    assert_true(life_of(id) <= 60000);
    expect_ok(session_get(on, id, &s));
    assert_true(life_of(id) > 3500000);
    assert_true(session_expires_at(s) - session_created_at(s) > 3500000);
    session_free(s);
    free(id);
    session_store_close(on);
    session_store_close(off);
}

/* ---- Whatever is activity ---- */

static int touch(session *s)
{
    return session_touch(store, session_id(s));
}

static int get(session *s)
{
    return get_code(store, session_id(s));
}

static int save(session *s)
{
    expect_ok(session_set_int(s, "saved", 1));
    return session_save(s);
}

static int (*const activities[])(session *) = {touch, get, session_reload, save,
                                               session_regenerate};

enum { ACTIVITIES = sizeof activities / sizeof activities[0] };

/* Does each when the key has only this life left, and expects this one after it. */
static void expect_life_after_each(session *s, const char *before, int64_t after)
{
    for (size_t i = 0; i < ACTIVITIES; i++) {
        SERVER_INT(&redis, "PEXPIRE", key_of(session_id(s)), before);
        expect_ok(activities[i](s));
        assert_in_range(life_of(session_id(s)), after - MINUTE, after);
    }
}

static void test_activity__gives_the_session_its_ttl_again(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store("ttl=1h");
    expect_ok(session_create(store, NULL, &s));
    expect_life_after_each(s, "60000", HOUR);
    session_free(s);
}

static void test_activity__gives_an_endless_key_its_expiry_back(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store("ttl=1h");
    expect_ok(session_create(store, NULL, &s));
    for (size_t i = 0; i < ACTIVITIES; i++) {
        assert_int_equal(SERVER_INT(&redis, "PERSIST", key_of(session_id(s))), 1);
        expect_ok(activities[i](s));
        assert_in_range(life_of(session_id(s)), HOUR - MINUTE, HOUR);
    }
    session_free(s);
}

static void test_lifetime__is_never_passed_by_get_touch_save_or_regenerate(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store("ttl=2h&lifetime=2h&touch_interval=0ms");
    expect_ok(session_create(store, NULL, &s));
    int64_t end = session_created_at(s) + 2 * HOUR;
    set_clock(end - HOUR);
    expect_life_after_each(s, "60000", HOUR);
    expect_ok(session_reload(s));
    assert_in_range(session_expires_at(s), end - MINUTE, end);
    session_free(s);
}

static void test_lifetime__holds_though_someone_took_the_expiry_away(void **state)
{
    (void)state;
    reopen_store("ttl=1h&lifetime=1h&touch_on_get=off");
    char *id = create_id(store, NULL);
    assert_int_equal(SERVER_INT(&redis, "PERSIST", key_of(id)), 1);
    expect_ok(get_code(store, id));
    clock_ahead = HOUR;
    expect_code(get_code(store, id), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(id)), 1);
    free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create__lives_for_ttl),
        TEST(test_session__ends_when_idle_and_touch_does_not_revive_it),
        TEST(test_peek__reads_and_is_no_activity),
        TEST(test_touch__extends_once_per_interval),
        TEST(test_get__is_activity_only_with_touch_on_get),
        TEST(test_lifetime__is_never_passed_by_get_touch_save_or_regenerate),
        TEST(test_lifetime__holds_though_someone_took_the_expiry_away),
        TEST(test_activity__gives_the_session_its_ttl_again),
        TEST(test_activity__gives_an_endless_key_its_expiry_back),
    };
    return RUN_TESTS(tests, .options = "", .after = set_clock_right);
}

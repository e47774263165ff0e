/* Sessions when the machine's wall clock is moved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "moved_clock.h"

enum { HOUR = 3600000, DAY = 24 * HOUR };

static int get_touch_or_save(session *s)
{
    session *found = NULL;
    int rc = session_get(store, session_id(s), &found);
    session_free(found);
    expect_code(session_touch(store, session_id(s)), rc);
    expect_ok(session_set_int(s, "a", 1));
    expect_code(session_save(s), rc);
    return rc;
}

static void test_deadline__is_the_end_to_the_millisecond(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    int64_t end = session_created_at(s) + HOUR;
    free(SERVER_RUN(&redis, "PERSIST", key_of(session_id(s))));
    set_clock(end - 10000);
    expect_ok(get_touch_or_save(s));
    assert_int_equal(session_expires_at(s), end);
    clock_ahead += 10000;
    expect_code(get_touch_or_save(s), SESSION_NOT_FOUND);
    session_free(s);
}

static void test_clock__a_day_ahead_ends_sessions_and_prolongs_none(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    long long keys = SERVER_INT(&redis, "DBSIZE");
    clock_ahead = DAY;
    expect_code(get_touch_or_save(s), SESSION_NOT_FOUND);
    expect_code(session_regenerate(s), SESSION_NOT_FOUND);
    assert_true(SERVER_INT(&redis, "PTTL", key_of(session_id(s))) <= HOUR);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
    session_free(s);
}

static void test_clock__a_day_behind_prolongs_by_no_more_than_ttl(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    clock_ahead = -DAY;
    expect_ok(get_touch_or_save(s));
    assert_true(SERVER_INT(&redis, "PTTL", key_of(session_id(s))) <= HOUR);
    session_free(s);
}

static void
test_expiry__that_an_admin_moved_away_does_not_outlive_the_deadline(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    assert_int_equal(SERVER_INT(&redis, "PEXPIRE", key_of(session_id(s)), "315360000000"),
                     1);
    clock_ahead = HOUR;
    expect_code(get_touch_or_save(s), SESSION_NOT_FOUND);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_deadline__is_the_end_to_the_millisecond),
        TEST(test_clock__a_day_ahead_ends_sessions_and_prolongs_none),
        TEST(test_clock__a_day_behind_prolongs_by_no_more_than_ttl),
        TEST(test_expiry__that_an_admin_moved_away_does_not_outlive_the_deadline),
    };
    return RUN_TESTS(tests, .options = "ttl=1h&lifetime=1h&touch_interval=0ms",
                     .after = set_clock_right);
}

/* Users' lists when clocks are moved, or differ from one server to the next. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "moved_clock.h"
#include "overlap.h"
#include "threads.h"
#include "users.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, ROUNDS = 100 };

static const int64_t shifts[] = {5 * SECOND, 2 * MINUTE, -5 * SECOND, -2 * MINUTE};
enum { SHIFTS = sizeof shifts / sizeof shifts[0] };

static void lose_lists(void)
{
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:user:*");
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        free(SERVER_RUN(&redis, "DEL", key));
    free(keys);
}

/* ---- One clock that was wrong ---- */

static void test_login__under_a_wrong_clock_is_listed_and_ended(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        clock_ahead = shifts[i];
        session *s = log_in(store, "ada");
        set_clock_right();
        expect_ended_by_name(s);
    }
}

static void test_use__under_a_wrong_clock_leaves_the_session_listed(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        session *s = log_in(store, "ada");
        clock_ahead = shifts[i];
        expect_ok(session_touch(store, session_id(s)));
        expect_ok(session_set_int(s, "n", i));
        expect_ok(session_save(s));
        assert_int_equal(listed("ada"), 1);
        expect_ok(session_regenerate(s));
        assert_int_equal(listed("ada"), 1);
        set_clock_right();
        next_millisecond();
        expect_ok(session_touch(store, session_id(s)));
        expect_ended_by_name(s);
    }
}

static void test_list__that_grew_back_under_a_wrong_clock_hides_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        session *s = log_in(store, "ada");
        lose_lists();
        clock_ahead = shifts[i];
        next_millisecond();
        expect_ok(session_touch(store, session_id(s)));
        set_clock_right();
        expect_ended_by_name(s);
    }
}

/* The list takes it in again under a right clock, to which it began in the future. */
static void test_list__that_grew_back_hides_nobody_who_began_ahead(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        clock_ahead = shifts[i];
        session *s = log_in(store, "ada");
        set_clock_right();
        lose_lists();
        next_millisecond();
        expect_ok(session_touch(store, session_id(s)));
        expect_ended_by_name(s);
    }
}

static void test_destroy_user__under_a_wrong_clock_ends_all(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        session *s = log_in(store, "ada");
        clock_ahead = shifts[i];
        expect_ended_by_name(s);
        set_clock_right();
    }
}

/* Whoever's clock is behind may be refused, and logs nobody else out for nothing. */
static void test_limit__holds_under_a_wrong_clock(void **state)
{
    (void)state;
    for (int i = 0; i < SHIFTS; i++) {
        session_store *limited = open_store(redis.url, "user_limit=2");
        session_free(log_in(limited, "ada"));
        session_free(log_in(limited, "ada"));
        clock_ahead = shifts[i];
        session *s = NULL;
        expect_ok(session_new(limited, &s));
        expect_ok(session_set_user(s, "ada"));
        int rc = session_save(s);
        set_clock_right();
        assert_true(rc == SESSION_OK || (rc == SESSION_LIMIT && shifts[i] < 0));
        assert_int_equal(rc == SESSION_OK, session_id(s) != NULL && lives(session_id(s)));
        assert_int_equal(listed("ada"), 2);
        session_free(s);
        session_store_close(limited);
        free(SERVER_RUN(&redis, "FLUSHALL"));
    }
}

/* ---- A key that is being changed, server by server ---- */

#define OLD_KEY "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"
#define NEW_KEY "a1b2c3d4e5f60718293a4b5c6d7e8f900897a6b5c4d3e2f1123456789fedcba0"

static session_store *servers[2];
static session *moving;

static void move_back_and_forth(worker *self)
{
    atomic_bool *over = self->context;
    for (int i = 0; !atomic_load(over); i++) {
        session *found = NULL;
        if (session_get(servers[i % 2], session_id(moving), &found) != SESSION_OK)
            break;
        session_free(moving);
        moving = found;
        if (session_regenerate(moving) != SESSION_OK)
            break;
    }
}

static void end_while_it_moves(session_store *by)
{
    atomic_bool over = false;
    free(SERVER_RUN(&redis, "FLUSHALL"));
    moving = log_in(servers[0], "ada");
    team *mover = start_threads(1, move_back_and_forth, &over);
    next_millisecond();
    int rc = session_destroy_user(by, "ada", NULL, NULL);
    atomic_store(&over, true);
    finish(mover);
    expect_ok(rc);
    expect_gone(by, session_id(moving));
    session_free(moving);
}

static void test_destroy_user__finds_what_moves_from_key_to_key(void **state)
{
    (void)state;
    if (stores_are_sealed())
        skip();
    servers[0] =
        open_store(redis.url, "protection=sealed&key=" NEW_KEY "&old_keys=" OLD_KEY);
    servers[1] =
        open_store(redis.url, "protection=sealed&key=" OLD_KEY "&old_keys=" NEW_KEY);
    for (int i = 0; i < ROUNDS; i++)
        end_while_it_moves(servers[i % 2]);
    session_store_close(servers[0]);
    session_store_close(servers[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_login__under_a_wrong_clock_is_listed_and_ended),
        TEST(test_use__under_a_wrong_clock_leaves_the_session_listed),
        TEST(test_list__that_grew_back_under_a_wrong_clock_hides_nobody),
        TEST(test_list__that_grew_back_hides_nobody_who_began_ahead),
        TEST(test_destroy_user__under_a_wrong_clock_ends_all),
        TEST(test_limit__holds_under_a_wrong_clock),
        TEST(test_destroy_user__finds_what_moves_from_key_to_key),
    };
    return RUN_TESTS(tests, .options = "touch_interval=0ms", .after = set_clock_right);
}

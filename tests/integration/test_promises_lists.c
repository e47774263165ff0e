/*
 * Users' lists that Redis lost, whole or in part: no session ends by that, and use mends
 * it. And lists that are long, or that another program keeps waiting.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disturb.h"
#include "fixture.h"
#include "overlap.h"
#include "threads.h"
#include "users.h"

enum { MANY = 2000, DAY = 24 * 3600 * 1000 };

/* ---- What is lost ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Deletes the lists' keys whose names end so, as an eviction does. */
static void lose(const char *end)
{
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:user:*");
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        if (ends_with(key, end))
            free(SERVER_RUN(&redis, "DEL", key));
    free(keys);
}

static const char *const losses[] = {"}", ":note", ""};
enum { LOSSES = sizeof losses / sizeof losses[0], NOTES = 1 };

static session *log_in_on_phone(void)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_set_device(s, "a phone", NULL));
    expect_ok(session_save(s));
    return s;
}

/* ---- Lists that were lost ---- */

static void test_lost_notes__hide_no_session(void **state)
{
    (void)state;
    session *s = log_in_on_phone();
    lose(losses[NOTES]);
    expect_ended_by_name(s);
    s = log_in_on_phone();
    lose(losses[NOTES]);
    expect_ok(session_destroy_handle(store, "ada", session_handle(s)));
    expect_gone(store, session_id(s));
    session_free(s);
}

static void test_lost_notes__lift_no_limit(void **state)
{
    (void)state;
    reopen_store("user_limit=2");
    char *first = log_in_id(store, "ada");
    next_millisecond();
    session_free(log_in_on_phone());
    lose(losses[NOTES]);
    next_millisecond();
    session_free(log_in_on_phone());
    expect_gone(store, first);
    assert_int_equal(listed("ada"), 2);
    free(first);
}

static void test_lost_list__ends_no_session_and_blocks_no_login(void **state)
{
    (void)state;
    reopen_store("user_limit=2&user_limit_policy=refuse");
    for (int i = 0; i < LOSSES; i++) {
        char *before = log_in_id(store, "ada");
        lose(losses[i]);
        session *s = log_in_on_phone();
        expect_alive(store, before);
        assert_int_equal(listed_as("ada", session_handle(s)), 1);
        session_free(s);
        free(before);
        free(SERVER_RUN(&redis, "FLUSHALL"));
    }
}

static void test_lost_list__does_not_keep_a_session_from_being_ended_by_id(void **state)
{
    (void)state;
    for (int i = 0; i < LOSSES; i++) {
        session *s = log_in_on_phone();
        char *old_id = strdup(session_id(s));
        expect_ok(session_regenerate(s));
        lose(losses[i]);
        expect_ok(session_destroy(store, i % 2 == 0 ? old_id : session_id(s)));
        expect_gone(store, session_id(s));
        assert_int_equal(listed("ada"), 0);
        session_free(s);
        free(old_id);
    }
}

static void test_lost_list__spares_the_exception_and_ends_who_came_back(void **state)
{
    (void)state;
    for (int i = 0; i < LOSSES; i++) {
        session *own = log_in_on_phone();
        lose(losses[i]);
        char *other = log_in_id(store, "ada");
        expect_ok(session_destroy_user(store, "ada", session_id(own), NULL));
        expect_alive(store, session_id(own));
        expect_gone(store, other);
        expect_ok(session_destroy(store, session_id(own)));
        session_free(own);
        free(other);
    }
}

/* ---- What mends them ---- */

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
    (void)session_set_int(s, "n", 1);
    return session_save(s);
}

static void test_lost_list__is_mended_by_any_use(void **state)
{
    (void)state;
    int (*const uses[])(session *) = {touch, get, save, session_regenerate};
    reopen_store("touch_interval=0ms");
    for (int loss = 0; loss < LOSSES; loss++)
        for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
            session *s = log_in_on_phone();
            lose(losses[loss]);
            next_millisecond();
            expect_ok(uses[i](s));
            if (uses[i] == save) /* which does not write to the list */
                expect_ok(touch(s));
            expect_ended_by_name(s);
        }
}

/* ---- Lost between two commands ---- */

typedef struct {
    session *s;
    int (*verb)(session *);
    int code;
    atomic_bool over;
} under_way;

static void run_verb(worker *self)
{
    under_way *call = self->context;
    call->code = call->verb(call->s);
    atomic_store(&call->over, true);
}

/* Loses it before this command of the verb; whether there is such a command. */
static bool lose_before(int command, const char *end, under_way *call)
{
    relay_set_fault(&wire, (relay_fault){.act = RELAY_HOLD, .skip = command});
    team *far = start_threads(1, run_verb, call);
    while (relay_held(&wire) == 0 && !atomic_load(&call->over))
        next_millisecond();
    lose(end);
    relay_release(&wire, true);
    finish(far);
    return relay_faults(&wire) > 0;
}

static session *new_session(session_store *far, const char *user, bool is_stored)
{
    session *s = NULL;
    expect_ok(session_new(far, &s));
    expect_ok(session_set_user(s, user));
    if (is_stored)
        expect_ok(session_save(s));
    expect_ok(session_set_user(s, "ada"));
    return s;
}

/* The verb is OK wherever the list is lost, and the session can be found when used. */
static void lose_everywhere(session_store *far, const char *user, bool is_stored,
                            int (*run)(session *))
{
    bool was_held = true;
    for (int loss = 0; loss < LOSSES; loss++, was_held = true)
        for (int command = 0; was_held; command++) {
            free(SERVER_RUN(&redis, "FLUSHALL"));
            under_way call = {.s = new_session(far, user, is_stored), .verb = run};
            was_held = lose_before(command, losses[loss], &call);
            expect_ok(call.code);
            expect_alive(store, session_id(call.s));
            next_millisecond();
            expect_ok(touch(call.s));
            expect_ended_by_name(call.s);
        }
}

static void test_lost_list__ends_no_login_that_is_under_way(void **state)
{
    (void)state;
    static const char *const options[] = {"touch_interval=0ms",
                                          "touch_interval=0ms&user_limit=1"};
    for (int i = 0; i < 2; i++) {
        reopen_store(options[i]);
        session_store *far = open_store(wire.url, options[i]);
        lose_everywhere(far, NULL, false, session_save);
        lose_everywhere(far, NULL, true, session_save);
        lose_everywhere(far, NULL, true, session_regenerate);
        lose_everywhere(far, "bob", true, session_regenerate);
        lose_everywhere(far, "ada", true, session_regenerate);
        session_store_close(far);
    }
}

/* ---- Long lists ---- */

static void test_list__of_2000_sessions_is_whole_and_can_be_ended(void **state)
{
    (void)state;
    int64_t destroyed = 0;
    char *own = log_in_id(store, "ada");
    for (int i = 1; i < MANY; i++)
        session_free(log_in(store, "ada"));
    assert_int_equal(listed("ada"), MANY);
    expect_ok(session_destroy_user(store, "ada", own, &destroyed));
    assert_int_equal(destroyed, MANY - 1);
    expect_alive(store, own);
    assert_int_equal(listed("ada"), 1);
    free(own);
}

/* ---- Sessions that another program keeps alive ---- */

/* The time at which the list looks again comes, though nobody here used the session. */
static void let_scores_pass(void)
{
    free(SERVER_RUN(&redis, "EVAL",
                    "for _, key in ipairs(redis.call('KEYS', 'sess:user:*}')) do "
                    "for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do "
                    "redis.call('ZADD', key, 1, id) end end",
                    "0"));
}

static void expect_kept_alive(session *s)
{
    free(SERVER_RUN(&redis, "PEXPIRE", key_of(session_id(s)), "86400000"));
    let_scores_pass();
    session_free(log_in(store, "bob"));
    char *other = log_in_id(store, "ada"); /* looks at what has passed */
    assert_int_equal(listed_as("ada", session_handle(s)), 1);
    expect_ok(session_destroy_user(store, "ada", other, NULL));
    expect_gone(store, session_id(s));
    free(other);
}

static void test_list__keeps_what_another_program_keeps_alive(void **state)
{
    (void)state;
    if (stores_are_sealed())
        skip();
    static const char *const options[] = {"", "compat=express&prefix=sess:"};
    for (int i = 0; i < 2; i++) {
        reopen_store(options[i]);
        session *s = log_in_on_phone();
        expect_kept_alive(s);
        session_free(s);
        free(SERVER_RUN(&redis, "FLUSHALL"));
    }
}

/* Nobody here has to use them: the list lasts as long as they can. */
static void test_list__outlives_what_another_program_can_keep_alive(void **state)
{
    (void)state;
    reopen_store("ttl=1h&lifetime=30d");
    session *s = log_in_on_phone();
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:user:*}");
    keys[strcspn(keys, "\n")] = '\0';
    assert_true(SERVER_INT(&redis, "PTTL", keys) >= 30LL * DAY);
    free(keys);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lost_notes__hide_no_session),
        TEST(test_lost_notes__lift_no_limit),
        TEST(test_lost_list__ends_no_session_and_blocks_no_login),
        TEST(test_lost_list__does_not_keep_a_session_from_being_ended_by_id),
        TEST(test_lost_list__spares_the_exception_and_ends_who_came_back),
        TEST(test_lost_list__is_mended_by_any_use),
        TEST(test_lost_list__ends_no_login_that_is_under_way),
        TEST(test_list__of_2000_sessions_is_whole_and_can_be_ended),
        TEST(test_list__keeps_what_another_program_keeps_alive),
        TEST(test_list__outlives_what_another_program_can_keep_alive),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}

/*
 * Two requests that move a session at the same time, by a save, a regenerate or a
 * login: afterwards it lives, under one id that one of them got, and is listed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "overlap.h"
#include "users.h"

/* ---- What the requests do ---- */

static int save(overlap *o, int self)
{
    (void)session_set_int(o->sessions[self], self == 0 ? "first" : "second", 1);
    return session_save(o->sessions[self]);
}

static int regenerate(overlap *o, int self)
{
    (void)session_set_int(o->sessions[self], self == 0 ? "first" : "second", 1);
    return session_regenerate(o->sessions[self]);
}

static int log_in_by_save(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], "ada");
    return save(o, self);
}

static int log_in_by_regenerate(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], "ada");
    return regenerate(o, self);
}

static int log_out_by_save(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], NULL);
    return save(o, self);
}

/* A click on "Log in" is a whole request. */
static int click(overlap *o, int self)
{
    session_free(o->sessions[self]);
    o->sessions[self] = NULL;
    int rc = session_get(o->stores[self], o->id, &o->sessions[self]);
    return rc == SESSION_OK ? log_in_by_regenerate(o, self) : rc;
}

static int touch(overlap *o, int self)
{
    return session_touch(o->stores[self], o->id);
}

static int list(overlap *o, int self)
{
    return session_list_user(o->stores[self], "ada", &o->list);
}

/* ---- What they begin with ---- */

static void one_session(overlap *o)
{
    overlap_read_twice(o, "ada");
}

static void several_devices(overlap *o)
{
    overlap_log_in_devices(o);
    overlap_read_twice(o, "ada");
}

static void a_visitor(overlap *o)
{
    overlap_read_twice(o, NULL);
}

static void a_visitor_who_has_devices(overlap *o)
{
    overlap_log_in_devices(o);
    overlap_read_twice(o, NULL);
}

/* ---- What must hold ---- */

static bool has(const session *s, const char *field)
{
    session *now = NULL;
    bool found =
        session_get(store, session_id(s), &now) == SESSION_OK && session_has(now, field);
    session_free(now);
    return found;
}

/* The session lives as the id of this request, and nothing else of the user's died. */
static const char *lives_as(overlap *o, session *s, const char *user)
{
    if (!lives(session_id(s)))
        return "the session is lost";
    if (!devices_live(o))
        return "another device was logged out";
    if (user != NULL && listed_as(user, session_handle(s)) != 1)
        return "the session is not listed";
    if (user != NULL && listed(user) != (size_t)o->device_count + 1)
        return "the list has too many";
    return has(s, "before") ? NULL : "fields are lost";
}

/* Of two that move the session, one does. */
static const char *one_moved_it(overlap *o)
{
    int winner = o->codes[0] == SESSION_OK ? 0 : 1;
    session *s = o->sessions[winner];
    if (!lives(session_id(s)) && !lives(session_id(o->sessions[1 - winner])))
        return "the session is lost under both ids";
    if (o->codes[0] == SESSION_OK && o->codes[1] == SESSION_OK)
        return "both got an id of their own";
    if (o->codes[winner] != SESSION_OK)
        return "none of the two moved it";
    const char *wrong = lives_as(o, s, "ada");
    if (wrong != NULL)
        return wrong;
    if (has(s, winner == 0 ? "second" : "first"))
        return "a request that failed changed a field";
    return o->codes[1 - winner] == SESSION_MOVED ? NULL : "the other was not told MOVED";
}

/* The first saves under the id that the second one moves. */
static const char *second_moved_it_for(overlap *o, const char *user)
{
    session *s = o->sessions[1];
    const char *wrong = lives_as(o, s, user);
    if (wrong != NULL)
        return wrong;
    if (o->codes[1] != SESSION_OK)
        return "the move failed";
    if (o->codes[0] != SESSION_OK && o->codes[0] != SESSION_MOVED)
        return "the save was told something else than OK or MOVED";
    if (has(s, "first") != (o->codes[0] == SESSION_OK))
        return "the save is lost, or applied though it failed";
    return NULL;
}

static const char *second_moved_it(overlap *o)
{
    return second_moved_it_for(o, "ada");
}

static const char *second_took_it_from_ada(overlap *o)
{
    const char *wrong = second_moved_it_for(o, NULL);
    if (wrong == NULL && listed("ada") > 0)
        wrong = "it is still on the list of the user before";
    return wrong;
}

static const char *second_moved_what_the_first_touched(overlap *o)
{
    const char *wrong = lives_as(o, o->sessions[1], "ada");
    if (wrong != NULL)
        return wrong;
    if (o->codes[1] != SESSION_OK)
        return "the move failed";
    return o->codes[0] == SESSION_OK ? NULL : "the touch failed";
}

/* Without a grace, the id that is touched is over once the session has moved. */
static const char *second_moved_before_the_first_touched(overlap *o)
{
    if (o->codes[0] == SESSION_NOT_FOUND)
        o->codes[0] = SESSION_OK;
    return second_moved_what_the_first_touched(o);
}

static const char *second_moved_what_the_first_lists(overlap *o)
{
    const char *wrong = second_moved_what_the_first_touched(o);
    if (wrong == NULL && session_list_count(o->list) != (size_t)o->device_count + 1)
        wrong = "the list shows the session twice, or not at all";
    return wrong;
}

/* ---- Saves and regenerates ---- */

static void test_save_and_regenerate__at_once_keep_the_session(void **state)
{
    (void)state;
    const scenario alone = {one_session, {save, regenerate}, second_moved_it, 100};
    overlap_in_every_way(&alone, "touch_interval=0ms");
}

static void test_save_and_regenerate__at_once_keep_the_session_at_a_limit(void **state)
{
    (void)state;
    const scenario alone = {one_session, {save, regenerate}, second_moved_it, 0};
    const scenario third = {several_devices, {save, regenerate}, second_moved_it, 0};
    overlap_in_every_way(&alone, "touch_interval=0ms&user_limit=1");
    overlap_in_every_way(&third, "touch_interval=0ms&user_limit=3");
    overlap_in_every_way(&third, "user_limit=3&user_limit_policy=refuse");
}

static void test_save_and_regenerate__at_once_keep_what_was_saved(void **state)
{
    (void)state;
    const scenario visitor = {
        a_visitor, {save, log_in_by_regenerate}, second_moved_it, 0};
    overlap_in_every_way(&visitor, "");
}

static void test_regenerate__by_two_at_once_gives_one_a_new_id(void **state)
{
    (void)state;
    const scenario alone = {one_session, {regenerate, regenerate}, one_moved_it, 0};
    const scenario third = {several_devices, {regenerate, regenerate}, one_moved_it, 0};
    overlap_in_every_way(&alone, "");
    overlap_in_every_way(&alone, "user_limit=1");
    overlap_in_every_way(&third, "user_limit=3");
    overlap_in_every_way(&third, "user_limit=3&user_limit_policy=refuse");
}

static void test_regenerate__without_grace_gives_one_a_new_id(void **state)
{
    (void)state;
    const scenario moves = {one_session, {regenerate, regenerate}, one_moved_it, 0};
    const scenario saves = {one_session, {save, regenerate}, second_moved_it, 0};
    overlap_in_every_way(&moves, "regenerate_grace=0s");
    overlap_in_every_way(&saves, "regenerate_grace=0s");
}

/* ---- One field that two change ---- */

static int set_number(session *s, int64_t n)
{
    expect_ok(session_set_int(s, "before", n));
    return session_save(s);
}

static int64_t number_of(const session *s)
{
    int64_t n = -1;
    session *now = NULL;
    expect_ok(session_get(store, session_id(s), &now));
    expect_ok(session_get_int(now, "before", &n));
    session_free(now);
    return n;
}

/* Counters want on_conflict=fail. */
static void test_merge__of_one_field_that_two_change_keeps_the_last(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        int code;
        int64_t kept;
    } cases[] = {{"", SESSION_OK, 8}, {"on_conflict=fail", SESSION_CONFLICT, 7}};
    for (int i = 0; i < 2; i++) {
        reopen_store(cases[i].options);
        overlap o = {.stores = {store, store}};
        overlap_read_twice(&o, "ada");
        expect_ok(set_number(o.sessions[0], 7));
        expect_code(set_number(o.sessions[1], 8), cases[i].code);
        assert_int_equal(number_of(o.sessions[0]), cases[i].kept);
        session_free(o.sessions[0]);
        session_free(o.sessions[1]);
    }
}

/* ---- Logins ---- */

static void test_login__by_two_saves_at_once_gives_one_the_session(void **state)
{
    (void)state;
    const scenario logins = {
        a_visitor, {log_in_by_save, log_in_by_save}, one_moved_it, 0};
    overlap_in_every_way(&logins, "");
    overlap_in_every_way(&logins, "on_conflict=fail");
    overlap_in_every_way(&logins, "regenerate_grace=0s");
}

static void test_login__by_two_saves_at_once_holds_the_limit(void **state)
{
    (void)state;
    const scenario logins = {
        a_visitor, {log_in_by_save, log_in_by_save}, one_moved_it, 0};
    const scenario third = {
        a_visitor_who_has_devices, {log_in_by_save, log_in_by_save}, one_moved_it, 0};
    overlap_in_every_way(&logins, "user_limit=1");
    overlap_in_every_way(&third, "user_limit=3");
}

static void test_login__by_a_double_click_leaves_one_logged_in(void **state)
{
    (void)state;
    const scenario clicks = {a_visitor, {click, click}, one_moved_it, 0};
    overlap_in_every_way(&clicks, "");
    overlap_in_every_way(&clicks, "user_limit=1");
}

static void test_login__beside_a_save_keeps_what_was_saved(void **state)
{
    (void)state;
    const scenario login = {a_visitor, {save, log_in_by_save}, second_moved_it, 0};
    overlap_in_every_way(&login, "");
}

/* The old id of a visitor reads on as the visitor's; that of a user ends at once. */
static void expect_old_id(const char *id, const char *user)
{
    session *old = NULL;
    if (user != NULL) {
        expect_gone(store, id);
        return;
    }
    expect_ok(session_get(store, id, &old));
    assert_null(session_user(old));
    session_free(old);
}

/* An id that was planted before a login is worth nothing after it. */
static void test_user__that_changes_moves_the_session_to_a_new_id(void **state)
{
    (void)state;
    static const char *const users[] = {NULL, "ada", "bob", NULL, "ada"};
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    for (size_t i = 1; i < sizeof users / sizeof users[0]; i++) {
        session *old = NULL;
        char *id = strdup(session_id(s));
        expect_ok(session_get(store, id, &old));
        expect_ok(session_set_user(s, users[i]));
        expect_ok(session_save(s));
        assert_string_not_equal(session_id(s), id);
        expect_old_id(id, users[i - 1]);
        expect_code(session_regenerate(old), SESSION_MOVED);
        session_free(old);
        free(id);
    }
    session_free(s);
}

static void test_user__that_is_taken_away_beside_a_save_leaves_the_list(void **state)
{
    (void)state;
    const scenario leaving = {
        one_session, {save, log_out_by_save}, second_took_it_from_ada, 0};
    overlap_in_every_way(&leaving, "touch_interval=0ms");
}

/* ---- Activity ---- */

static void test_touch__that_comes_late_adds_no_device(void **state)
{
    (void)state;
    const scenario late = {
        one_session, {touch, regenerate}, second_moved_what_the_first_touched, 0};
    const scenario no_grace = {
        one_session, {touch, regenerate}, second_moved_before_the_first_touched, 0};
    overlap_in_every_way(&late, "touch_interval=0ms");
    overlap_in_every_way(&no_grace, "touch_interval=0ms&regenerate_grace=0s");
}

static void test_list__shows_a_session_that_moves_once(void **state)
{
    (void)state;
    const scenario reading = {
        several_devices, {list, regenerate}, second_moved_what_the_first_lists, 0};
    overlap_in_every_way(&reading, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_save_and_regenerate__at_once_keep_the_session),
        TEST(test_save_and_regenerate__at_once_keep_the_session_at_a_limit),
        TEST(test_save_and_regenerate__at_once_keep_what_was_saved),
        TEST(test_regenerate__by_two_at_once_gives_one_a_new_id),
        TEST(test_regenerate__without_grace_gives_one_a_new_id),
        TEST(test_merge__of_one_field_that_two_change_keeps_the_last),
        TEST(test_login__by_two_saves_at_once_gives_one_the_session),
        TEST(test_login__by_two_saves_at_once_holds_the_limit),
        TEST(test_login__by_a_double_click_leaves_one_logged_in),
        TEST(test_login__beside_a_save_keeps_what_was_saved),
        TEST(test_user__that_changes_moves_the_session_to_a_new_id),
        TEST(test_user__that_is_taken_away_beside_a_save_leaves_the_list),
        TEST(test_touch__that_comes_late_adds_no_device),
        TEST(test_list__shows_a_session_that_moves_once),
    };
    return RUN_TESTS(tests, .options = "");
}

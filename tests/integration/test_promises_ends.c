/*
 * Sessions that are ended while somebody else moves, saves or touches them: what an OK
 * says is over is over, under every id that anybody got.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "overlap.h"
#include "users.h"

/* ---- What the requests do ---- */

static int destroy(overlap *o, int self)
{
    return session_destroy(o->stores[self], o->id);
}

static int destroy_handle(overlap *o, int self)
{
    return session_destroy_handle(o->stores[self], "ada", o->handle);
}

static int destroy_user(overlap *o, int self)
{
    return session_destroy_user(o->stores[self], "ada", NULL, NULL);
}

static int destroy_others(overlap *o, int self)
{
    return session_destroy_user(o->stores[self], "ada", o->id, NULL);
}

static int touch(overlap *o, int self)
{
    return session_touch(o->stores[self], o->id);
}

static int save(overlap *o, int self)
{
    (void)session_set_int(o->sessions[self], "mine", 1);
    return session_save(o->sessions[self]);
}

static int regenerate(overlap *o, int self)
{
    return session_regenerate(o->sessions[self]);
}

static int log_in_by_save(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], "ada");
    return session_save(o->sessions[self]);
}

static int log_in_by_regenerate(overlap *o, int self)
{
    (void)session_set_user(o->sessions[self], "ada");
    return session_regenerate(o->sessions[self]);
}

/* ---- What they begin with ---- */

static void several_devices(overlap *o)
{
    overlap_log_in_devices(o);
    overlap_read_twice(o, "ada");
}

static void a_visitor(overlap *o)
{
    overlap_read_twice(o, NULL);
}

/* The calls are about the id from before a regenerate. */
static void an_old_id(overlap *o)
{
    overlap_log_in_devices(o);
    overlap_read_twice(o, "ada");
    expect_ok(session_regenerate(o->sessions[1]));
}

/* The second request is that of a device that is not logged in yet. */
static void a_new_device(overlap *o)
{
    several_devices(o);
    session_free(o->sessions[1]);
    expect_ok(session_new(o->stores[1], &o->sessions[1]));
}

/* ---- What must hold ---- */

/* It went on until it ended, or was over before it could. */
static bool moved_or_ended(int code)
{
    return code == SESSION_OK || code == SESSION_NOT_FOUND;
}

static const char *session_is_over(overlap *o)
{
    if (lives(o->id) || lives(session_id(o->sessions[1])))
        return "the session lives on";
    if (o->codes[0] != SESSION_OK)
        return "the call that ends it failed";
    return moved_or_ended(o->codes[1]) ? NULL : "the other has a wrong code";
}

static const char *only_the_session_is_over(overlap *o)
{
    const char *wrong = session_is_over(o);
    if (wrong == NULL && !devices_live(o))
        wrong = "another device was logged out";
    if (wrong == NULL && listed("ada") != (size_t)o->device_count)
        wrong = "the list is not right";
    return wrong;
}

static const char *all_is_over(overlap *o)
{
    const char *wrong = session_is_over(o);
    for (int i = 0; wrong == NULL && i < o->device_count; i++)
        if (lives(o->devices[i]))
            wrong = "another device lives on";
    return wrong == NULL && listed("ada") > 0 ? "the list is not empty" : wrong;
}

static const char *only_the_session_lives(overlap *o)
{
    if (!lives(session_id(o->sessions[1])))
        return "the session to be spared is over";
    for (int i = 0; i < o->device_count; i++)
        if (lives(o->devices[i]))
            return "another device lives on";
    if (o->codes[0] != SESSION_OK || o->codes[1] != SESSION_OK)
        return "a call failed";
    return listed("ada") == 1 ? NULL : "the list is not right";
}

/* One ended it, and the other found it ended. */
static const char *one_ended_it(overlap *o)
{
    int other = o->codes[0] == SESSION_OK ? 1 : 0;
    if (lives(o->id) || lives(session_id(o->sessions[1])))
        return "the session lives on";
    if (o->codes[1 - other] != SESSION_OK)
        return "none of the two ended it";
    return o->codes[other] == SESSION_NOT_FOUND ? NULL : "the other was told a lie";
}

/* The login counts as earlier or as later; those before it are over. */
static const char *login_is_over_or_listed(overlap *o)
{
    session *s = o->sessions[1];
    bool is_logged_in = o->codes[1] == SESSION_OK && lives(session_id(s));
    if (lives(o->id) || lives(o->devices[0]) || lives(o->devices[1]))
        return "a session from before lives on";
    if (o->codes[0] != SESSION_OK || !moved_or_ended(o->codes[1]))
        return "a code is wrong";
    if (is_logged_in && listed_as("ada", session_handle(s)) != 1)
        return "the login is not listed";
    return listed("ada") == (is_logged_in ? 1 : 0) ? NULL : "the list is not right";
}

/* ---- Logouts ---- */

static void test_destroy__that_says_ok_leaves_nothing_of_a_regenerate(void **state)
{
    (void)state;
    const scenario users = {
        several_devices, {destroy, regenerate}, only_the_session_is_over, 0};
    const scenario visitors = {a_visitor, {destroy, regenerate}, session_is_over, 0};
    overlap_in_every_way(&users, "");
    overlap_in_every_way(&users, "regenerate_grace=0s");
    overlap_in_every_way(&visitors, "");
    overlap_in_every_way(&visitors, "regenerate_grace=0s");
}

static void test_destroy__that_says_ok_leaves_nothing_of_a_login(void **state)
{
    (void)state;
    const scenario saves = {a_visitor, {destroy, log_in_by_save}, all_is_over, 0};
    const scenario moves = {a_visitor, {destroy, log_in_by_regenerate}, all_is_over, 0};
    overlap_in_every_way(&saves, "");
    overlap_in_every_way(&moves, "");
    overlap_in_every_way(&moves, "user_limit=1");
}

static void test_destroy__is_undone_by_no_save_or_touch(void **state)
{
    (void)state;
    const scenario saves = {
        several_devices, {destroy, save}, only_the_session_is_over, 0};
    const scenario touches = {
        several_devices, {destroy, touch}, only_the_session_is_over, 0};
    overlap_in_every_way(&saves, "touch_interval=0ms");
    overlap_in_every_way(&touches, "touch_interval=0ms");
}

static void test_destroy__by_two_at_once_is_ok_for_one(void **state)
{
    (void)state;
    const scenario ids = {several_devices, {destroy, destroy}, one_ended_it, 0};
    const scenario handles = {
        several_devices, {destroy_handle, destroy_handle}, one_ended_it, 0};
    const scenario both = {several_devices, {destroy, destroy_handle}, one_ended_it, 0};
    overlap_in_every_way(&ids, "");
    overlap_in_every_way(&handles, "");
    overlap_in_every_way(&both, "");
}

static void test_destroy__of_an_old_id_follows_what_moves_on(void **state)
{
    (void)state;
    const scenario old = {an_old_id, {destroy, regenerate}, only_the_session_is_over, 0};
    const scenario old_handle = {
        an_old_id, {destroy_handle, regenerate}, only_the_session_is_over, 0};
    overlap_in_every_way(&old, "");
    overlap_in_every_way(&old_handle, "");
    overlap_in_every_way(&old, "regenerate_grace=0s");
}

/* ---- Ending what is on a list ---- */

static void test_destroy_handle__that_says_ok_leaves_nothing_of_a_regenerate(void **state)
{
    (void)state;
    const scenario moves = {
        several_devices, {destroy_handle, regenerate}, only_the_session_is_over, 0};
    overlap_in_every_way(&moves, "");
    overlap_in_every_way(&moves, "regenerate_grace=0s");
}

static void test_destroy_user__that_says_ok_leaves_nothing_of_a_regenerate(void **state)
{
    (void)state;
    const scenario moves = {several_devices, {destroy_user, regenerate}, all_is_over, 0};
    const scenario old = {an_old_id, {destroy_user, regenerate}, all_is_over, 0};
    overlap_in_every_way(&moves, "");
    overlap_in_every_way(&moves, "user_limit=3");
    overlap_in_every_way(&moves, "regenerate_grace=0s");
    overlap_in_every_way(&old, "");
}

static void test_destroy_user__is_undone_by_no_save_or_touch(void **state)
{
    (void)state;
    const scenario saves = {several_devices, {destroy_user, save}, all_is_over, 0};
    const scenario touches = {several_devices, {destroy_user, touch}, all_is_over, 0};
    overlap_in_every_way(&saves, "touch_interval=0ms");
    overlap_in_every_way(&touches, "touch_interval=0ms");
}

static void test_destroy_user__spares_what_its_exception_becomes(void **state)
{
    (void)state;
    const scenario moves = {
        several_devices, {destroy_others, regenerate}, only_the_session_lives, 0};
    const scenario old = {
        an_old_id, {destroy_others, regenerate}, only_the_session_lives, 0};
    overlap_in_every_way(&moves, "");
    overlap_in_every_way(&moves, "regenerate_grace=0s");
    overlap_in_every_way(&old, "");
}

static void test_destroy_user__beside_a_login_leaves_none_that_is_not_listed(void **state)
{
    (void)state;
    const scenario login = {
        a_new_device, {destroy_user, log_in_by_save}, login_is_over_or_listed, 0};
    overlap_in_every_way(&login, "");
    overlap_in_every_way(&login, "user_limit=3");
    overlap_in_every_way(&login, "user_limit=4&user_limit_policy=refuse");
}

/* ---- An id from before a regenerate, with nobody else under way ---- */

/* ada's session, whose old id and handle are kept; it was moved so many times. */
static session *moved_session(int times, char **old_id, char **old_handle)
{
    session *s = log_in(store, "ada");
    *old_id = strdup(session_id(s));
    *old_handle = strdup(session_handle(s));
    for (int i = 0; i < times; i++)
        expect_ok(session_regenerate(s));
    return s;
}

static void test_old_id__logs_out_what_it_became(void **state)
{
    (void)state;
    for (int times = 1; times < 5; times++) {
        char *old_id, *old_handle, *other = log_in_id(store, "ada");
        session *s = moved_session(times, &old_id, &old_handle);
        expect_ok(session_destroy(store, old_id));
        expect_gone(store, session_id(s));
        expect_gone(store, old_id);
        expect_alive(store, other);
        expect_code(session_destroy(store, old_id), SESSION_NOT_FOUND);
        expect_code(session_destroy(store, session_id(s)), SESSION_NOT_FOUND);
        session_free(s);
        free(old_id);
        free(old_handle);
        free(other);
    }
}

static void test_old_handle__logs_out_what_it_became(void **state)
{
    (void)state;
    for (int times = 1; times < 5; times++) {
        char *old_id, *old_handle, *other = log_in_id(store, "ada");
        session *s = moved_session(times, &old_id, &old_handle);
        expect_ok(session_destroy_handle(store, "ada", old_handle));
        expect_gone(store, session_id(s));
        expect_alive(store, other);
        session_free(s);
        free(old_id);
        free(old_handle);
        free(other);
    }
}

static void test_old_id__as_an_exception_spares_what_it_became(void **state)
{
    (void)state;
    for (int times = 1; times < 5; times++) {
        int64_t destroyed = -1;
        char *old_id, *old_handle, *other = log_in_id(store, "ada");
        session *s = moved_session(times, &old_id, &old_handle);
        expect_ok(session_destroy_user(store, "ada", old_id, &destroyed));
        assert_int_equal(destroyed, 1);
        expect_alive(store, session_id(s));
        expect_gone(store, other);
        expect_ok(session_destroy(store, session_id(s)));
        session_free(s);
        free(old_id);
        free(old_handle);
        free(other);
    }
}

/* The mark of an id that moved outlives its grace. */
static void test_old_id__logs_out_what_it_became_after_its_grace(void **state)
{
    (void)state;
    reopen_store("regenerate_grace=0s");
    char *old_id, *old_handle;
    session *s = moved_session(2, &old_id, &old_handle);
    expect_gone(store, old_id);
    expect_ok(session_destroy(store, old_id));
    expect_gone(store, session_id(s));
    session_free(s);
    free(old_id);
    free(old_handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_destroy__that_says_ok_leaves_nothing_of_a_regenerate),
        TEST(test_destroy__that_says_ok_leaves_nothing_of_a_login),
        TEST(test_destroy__is_undone_by_no_save_or_touch),
        TEST(test_destroy__by_two_at_once_is_ok_for_one),
        TEST(test_destroy__of_an_old_id_follows_what_moves_on),
        TEST(test_destroy_handle__that_says_ok_leaves_nothing_of_a_regenerate),
        TEST(test_destroy_user__that_says_ok_leaves_nothing_of_a_regenerate),
        TEST(test_destroy_user__is_undone_by_no_save_or_touch),
        TEST(test_destroy_user__spares_what_its_exception_becomes),
        TEST(test_destroy_user__beside_a_login_leaves_none_that_is_not_listed),
        TEST(test_old_id__logs_out_what_it_became),
        TEST(test_old_handle__logs_out_what_it_became),
        TEST(test_old_id__as_an_exception_spares_what_it_became),
        TEST(test_old_id__logs_out_what_it_became_after_its_grace),
    };
    return RUN_TESTS(tests, .options = "");
}

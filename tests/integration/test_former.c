/* What servers of the last version stored goes on to work: an update logs nobody out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fixture.h"
#include "users.h"

/* ---- As the last version stored it ---- */

/* An id, and what a record says of it. */
typedef struct {
    const char *id;
    const char *check;
} known_id;

static const known_id first = {"8sPE-LcBOJVEZNriXU-Ivrw35cetbXjdFdxIE5GHb-o",
                               "GXTN8hUfTh8"};
static const known_id second = {"h1PFKidUVfjxIzu-_Sn6t-p_5hxr5GUxYdJaokx8lY0",
                                "sytl-BZmdxQ"};
static const known_id third = {"lKPprYGJxpoUd4U44oX0VKiu5ZUZ13wBerg7IZUbHCY",
                               "gr9YDIxsIwk"};

static const int64_t minute = 60000, hour = 3600000, day = 86400000;

#define LIST "sess:user:{xu9DxH-MI2J-5bn49ctAbA}" /* ada's */
#define NOTES LIST ":note"
#define DEVICE "{\"label\":\"Firefox \\\"on\\\" Linux\",\"address\":\"192.0.2.1\"}"
#define FIELDS "\"pages\":1.10,\"s\":\"x\\u0061\""

static int64_t hours_ago(int hours)
{
    return hs_clock_unix_ms() - hours * hour;
}

/* A record: nobody's if `user` is NULL; of one that moved if there is a `next` id. */
static void plant(known_id at, const char *user, int64_t created, const char *next)
{
    char text[512], whose[64] = "", where[64] = "";
    int64_t end = next != NULL ? hs_clock_unix_ms() + 10 * minute : created + 30 * day;
    if (user != NULL)
        snprintf(whose, sizeof whose, "\"user\":\"%s\",\"seen\":%" PRId64 ",", user,
                 created);
    if (next != NULL)
        snprintf(where, sizeof where, ",\"next\":\"%s\"", next);
    snprintf(text, sizeof text,
             "{\"_\":{\"v\":1,\"created\":%" PRId64 ",\"deadline\":%" PRId64
             ",%s\"nonce\":\"isOB1JIwUoS4dI1m\",\"check\":\"%s\"%s}," FIELDS "}",
             created, end, whose, at.check, where);
    free(SERVER_RUN(&redis, "SET", key_of(at.id), text, "PX",
                    next != NULL ? "600000" : "86400000"));
}

/* What ada's list says of a session; in `state` l was written, p is to be. */
static void enter(known_id at, const char *state, int64_t created, const char *device)
{
    char text[256], until[24];
    snprintf(text, sizeof text, "%s %" PRId64 " %" PRId64 " %s", state, created, created,
             device);
    snprintf(until, sizeof until, "%" PRId64, hs_clock_unix_ms() + day + 2 * minute);
    SERVER_INT(&redis, "ZADD", LIST, "GT", until, at.id);
    SERVER_INT(&redis, "HSET", NOTES, at.id, text);
    SERVER_INT(&redis, "PEXPIREAT", LIST, until);
    SERVER_INT(&redis, "PEXPIREAT", NOTES, until);
}

/* A session of ada's, which was created so many hours ago. */
static void plant_adas(known_id at, int hours)
{
    int64_t created = hours_ago(hours);
    plant(at, "ada", created, NULL);
    enter(at, "l", created, DEVICE);
}

/* One that moved from `first` to `second`. */
static void plant_moved(void)
{
    int64_t created = hours_ago(1);
    plant(second, "ada", created, NULL);
    enter(second, "l", created, DEVICE);
    plant(first, "ada", created, second.id);
}

static session *get(known_id at)
{
    session *s = NULL;
    expect_ok(session_get(store, at.id, &s));
    return s;
}

/* ---- A session ---- */

static void test_former__reads_as_it_was_stored(void **state)
{
    (void)state;
    int64_t created = hours_ago(1);
    plant(first, "ada", created, NULL);
    session *s = get(first);
    assert_string_equal(session_json(s), "{" FIELDS "}");
    assert_string_equal(session_user(s), "ada");
    assert_int_equal(session_created_at(s), created);
    assert_in_range(session_expires_at(s), hs_clock_unix_ms() + day - minute,
                    hs_clock_unix_ms() + day);
    session_free(s);
    plant(second, NULL, created, NULL);
    s = get(second);
    assert_null(session_user(s));
    session_free(s);
}

/* Between them stands the nonce of the write. */
static void expect_stored(known_id at, const char *start, const char *end)
{
    char *value = SERVER_RUN(&redis, "GET", key_of(at.id));
    assert_int_equal(strlen(value), strlen(start) + 8 + strlen(end));
    assert_memory_equal(value, start, strlen(start));
    assert_string_equal(value + strlen(start) + 8, end);
    free(value);
}

static void test_former__is_version_2_after_a_save(void **state)
{
    (void)state;
    char start[256];
    int64_t created = hours_ago(1);
    plant(first, "ada", created, NULL);
    session *s = get(first);
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    snprintf(start, sizeof start,
             "{\"_\":{\"v\":2,\"created\":%" PRId64 ",\"deadline\":%" PRId64
             ",\"user\":\"ada\",\"login\":%" PRId64 "000,\"nonces\":\"",
             created, created + 30 * day, created);
    expect_stored(first, start,
                  "isOB1JIw\",\"check\":\"GXTN8hUfTh8\"}," FIELDS ",\"n\":1}");
    session_free(s);
}

static void test_former__is_merged_with_a_save_of_the_last_version(void **state)
{
    (void)state;
    plant(first, NULL, hours_ago(2), NULL);
    session *s = get(first);
    plant(first, NULL, hours_ago(1), NULL);
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    assert_string_equal(session_json(s), "{" FIELDS ",\"n\":1}");
    session_free(s);
}

static void test_former__lives_longer_when_it_is_touched(void **state)
{
    (void)state;
    plant_adas(first, 1);
    SERVER_INT(&redis, "PEXPIRE", key_of(first.id), "3600000");
    expect_ok(session_touch(store, first.id));
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(first.id)), day - minute, day);
    expect_alive(store, first.id);
    assert_int_equal(count_of(store, "ada"), 1);
}

static void test_former__moves_to_a_new_id(void **state)
{
    (void)state;
    plant_adas(first, 1);
    session *s = get(first);
    int64_t created = session_created_at(s);
    expect_ok(session_regenerate(s));
    assert_string_not_equal(session_id(s), first.id);
    assert_string_equal(session_json(s), "{" FIELDS "}");
    assert_int_equal(session_created_at(s), created);
    expect_alive(store, first.id); /* for the grace */
    session_list *list = list_of(store, "ada");
    assert_int_equal(session_list_count(list), 1);
    assert_string_equal(session_list_handle(list, 0), session_handle(s));
    assert_string_equal(session_list_label(list, 0), "Firefox \"on\" Linux");
    expect_ok(session_destroy(store, first.id));
    expect_gone(store, session_id(s));
    session_list_free(list);
    session_free(s);
}

static void test_former__of_nobody_becomes_a_users_by_a_login(void **state)
{
    (void)state;
    plant(first, NULL, hours_ago(1), NULL);
    session *s = get(first);
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_save(s));
    assert_string_not_equal(session_id(s), first.id);
    assert_string_equal(session_json(s), "{" FIELDS "}");
    assert_int_equal(count_of(store, "ada"), 1);
    session_free(s);
}

static void test_former__leaves_its_user_by_a_logout_that_keeps_it(void **state)
{
    (void)state;
    plant_adas(first, 1);
    session *s = get(first);
    expect_ok(session_set_user(s, NULL));
    expect_ok(session_save(s));
    assert_int_equal(count_of(store, "ada"), 0);
    expect_gone(store, first.id);
    expect_alive(store, session_id(s));
    session_free(s);
}

static void test_former__that_was_destroyed_is_over(void **state)
{
    (void)state;
    plant_adas(first, 1);
    session *s = get(first);
    expect_ok(session_destroy(store, first.id));
    expect_over(s);
    expect_code(session_destroy(store, first.id), SESSION_NOT_FOUND);
    assert_int_equal(stored_keys(), 0);
    session_free(s);
}

/* ---- One that moved ---- */

static void test_former__id_reads_on_for_the_grace(void **state)
{
    (void)state;
    plant_moved();
    session *s = get(first);
    assert_string_equal(session_json(s), "{" FIELDS "}");
    expect_ok(session_touch(store, first.id));
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(first.id)), 0, 10 * minute);
    expect_ok(session_set_int(s, "n", 1));
    expect_code(session_save(s), SESSION_MOVED);
    expect_code(session_regenerate(s), SESSION_MOVED);
    session_free(s);
}

static void test_former__id_ends_what_it_became(void **state)
{
    (void)state;
    plant_moved();
    expect_ok(session_destroy(store, first.id));
    expect_gone(store, first.id);
    expect_gone(store, second.id);
    assert_int_equal(count_of(store, "ada"), 0);
}

static void test_former__id_ends_with_what_it_became(void **state)
{
    (void)state;
    plant_moved();
    expect_ok(session_destroy(store, second.id));
    expect_gone(store, first.id);
    expect_gone(store, second.id);
}

static void test_former__id_spares_what_it_became(void **state)
{
    (void)state;
    int64_t ended;
    plant_moved();
    plant_adas(third, 2);
    expect_ok(session_destroy_user(store, "ada", first.id, &ended));
    assert_int_equal(ended, 1);
    expect_alive(store, first.id);
    expect_alive(store, second.id);
    expect_gone(store, third.id);
}

/* ---- A user's list ---- */

static void test_list__has_those_of_the_last_version(void **state)
{
    (void)state;
    int64_t created = hours_ago(1);
    plant_adas(first, 2);
    plant(second, "ada", created, NULL);
    enter(second, "l", created, "");
    session *s = get(second);
    session_list *list = list_of(store, "ada");
    assert_int_equal(session_list_count(list), 2);
    assert_string_equal(session_list_handle(list, 0), session_handle(s));
    assert_string_equal(session_list_label(list, 0), "");
    assert_int_equal(session_list_created_at(list, 0), created);
    assert_string_equal(session_list_label(list, 1), "Firefox \"on\" Linux");
    assert_string_equal(session_list_address(list, 1), "192.0.2.1");
    assert_in_range(session_list_seen_at(list, 1), hours_ago(1), hs_clock_unix_ms());
    session_list_free(list);
    session_free(s);
}

static void test_list__keeps_them_when_they_are_saved(void **state)
{
    (void)state;
    plant_adas(first, 1);
    session *s = get(first);
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    session_list *list = list_of(store, "ada");
    assert_int_equal(session_list_count(list), 1);
    assert_string_equal(session_list_label(list, 0), "Firefox \"on\" Linux");
    session_list_free(list);
    session_free(s);
}

static void test_list__that_was_lost_grows_back(void **state)
{
    (void)state;
    plant_adas(first, 1);
    SERVER_INT(&redis, "DEL", LIST, NOTES);
    SERVER_INT(&redis, "PEXPIRE", key_of(first.id), "3600000");
    expect_ok(session_touch(store, first.id));
    assert_int_equal(count_of(store, "ada"), 1);
}

static void test_list__loses_those_that_are_gone(void **state)
{
    (void)state;
    plant_adas(first, 1);
    enter(second, "l", hours_ago(1), DEVICE);
    assert_int_equal(count_of(store, "ada"), 1);
    assert_int_equal(SERVER_INT(&redis, "ZCARD", LIST), 1);
    assert_int_equal(SERVER_INT(&redis, "HLEN", NOTES), 1);
    assert_int_equal(SERVER_INT(&redis, "HEXISTS", NOTES, first.id), 1);
}

static void test_login__mends_the_list(void **state)
{
    (void)state;
    plant_adas(first, 1);
    enter(second, "l", hours_ago(1), DEVICE);
    SERVER_INT(&redis, "ZADD", LIST, "1", first.id);
    SERVER_INT(&redis, "ZADD", LIST, "1", second.id);
    char *id = log_in_id(store, "ada");
    assert_int_equal(SERVER_INT(&redis, "ZCARD", LIST), 2);
    assert_int_equal(SERVER_INT(&redis, "ZCOUNT", LIST, "-inf", "1"), 0);
    assert_int_equal(count_of(store, "ada"), 2);
    free(id);
}

static void test_destroy_user__ends_them(void **state)
{
    (void)state;
    int64_t ended;
    plant_adas(first, 2);
    plant_adas(second, 1);
    char *id = log_in_id(store, "ada");
    expect_ok(session_destroy_user(store, "ada", NULL, &ended));
    assert_int_equal(ended, 3);
    expect_gone(store, first.id);
    expect_gone(store, second.id);
    expect_gone(store, id);
    assert_int_equal(stored_keys(), 0);
    free(id);
}

static void test_destroy_user__spares_one(void **state)
{
    (void)state;
    int64_t ended;
    plant_adas(first, 2);
    plant_adas(second, 1);
    expect_ok(session_destroy_user(store, "ada", second.id, &ended));
    assert_int_equal(ended, 1);
    expect_gone(store, first.id);
    expect_alive(store, second.id);
    assert_int_equal(count_of(store, "ada"), 1);
}

static void test_destroy_handle__ends_one(void **state)
{
    (void)state;
    plant_adas(first, 2);
    plant_adas(second, 1);
    session *s = get(first);
    expect_ok(session_destroy_handle(store, "ada", session_handle(s)));
    expect_over(s);
    expect_alive(store, second.id);
    assert_int_equal(count_of(store, "ada"), 1);
    session_free(s);
}

/* ---- The limit ---- */

static void test_limit__evicts_the_first_of_them(void **state)
{
    (void)state;
    plant_adas(first, 1);
    plant_adas(second, 3);
    plant_adas(third, 2);
    reopen_store("user_limit=2");
    char *id = log_in_id(store, "ada");
    expect_alive(store, first.id);
    expect_gone(store, second.id);
    expect_gone(store, third.id);
    expect_alive(store, id);
    assert_int_equal(count_of(store, "ada"), 2);
    free(id);
}

static int log_in_code(void)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    int rc = session_save(s);
    session_free(s);
    return rc;
}

static void test_limit__counts_them(void **state)
{
    (void)state;
    plant_adas(first, 2);
    plant_adas(second, 1);
    reopen_store("user_limit=2&user_limit_policy=refuse");
    expect_code(log_in_code(), SESSION_LIMIT);
    expect_ok(session_destroy(store, first.id));
    expect_ok(log_in_code());
    expect_code(log_in_code(), SESSION_LIMIT);
    expect_alive(store, second.id);
}

/* ---- What writes that broke off left on the list ---- */

static void test_reserved__counts_for_nobody(void **state)
{
    (void)state;
    int64_t ended;
    plant_adas(first, 1);
    enter(second, "p", hours_ago(1), "");
    reopen_store("user_limit=2&user_limit_policy=refuse");
    expect_ok(log_in_code());
    expect_code(log_in_code(), SESSION_LIMIT);
    assert_int_equal(count_of(store, "ada"), 2);
    expect_ok(session_destroy_user(store, "ada", NULL, &ended));
    assert_int_equal(ended, 2);
    expect_gone(store, first.id);
}

static void test_reserved__evicts_nobody(void **state)
{
    (void)state;
    plant_adas(first, 1);
    enter(second, "p", hours_ago(1), "");
    enter(third, "P", hours_ago(1), "");
    reopen_store("user_limit=2");
    expect_ok(log_in_code());
    expect_alive(store, first.id);
    assert_int_equal(count_of(store, "ada"), 2);
}

/* A server that died may have left a session with a place that says that it is to be
 * written, or to be ended. */
static void test_reserved__or_doomed_ends_if_it_is_there(void **state)
{
    (void)state;
    static const char *const states[] = {"p", "P", "L"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        int64_t created = hours_ago(1), ended;
        plant(first, "ada", created, NULL);
        enter(first, states[i], created, DEVICE);
        assert_int_equal(count_of(store, "ada"), 1);
        expect_ok(session_destroy_user(store, "ada", NULL, &ended));
        assert_int_equal(ended, 1);
        expect_gone(store, first.id);
        free(SERVER_RUN(&redis, "FLUSHALL"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_former__reads_as_it_was_stored),
        TEST(test_former__is_version_2_after_a_save),
        TEST(test_former__is_merged_with_a_save_of_the_last_version),
        TEST(test_former__lives_longer_when_it_is_touched),
        TEST(test_former__moves_to_a_new_id),
        TEST(test_former__of_nobody_becomes_a_users_by_a_login),
        TEST(test_former__leaves_its_user_by_a_logout_that_keeps_it),
        TEST(test_former__that_was_destroyed_is_over),
        TEST(test_former__id_reads_on_for_the_grace),
        TEST(test_former__id_ends_what_it_became),
        TEST(test_former__id_ends_with_what_it_became),
        TEST(test_former__id_spares_what_it_became),
        TEST(test_list__has_those_of_the_last_version),
        TEST(test_list__keeps_them_when_they_are_saved),
        TEST(test_list__that_was_lost_grows_back),
        TEST(test_list__loses_those_that_are_gone),
        TEST(test_login__mends_the_list),
        TEST(test_destroy_user__ends_them),
        TEST(test_destroy_user__spares_one),
        TEST(test_destroy_handle__ends_one),
        TEST(test_limit__evicts_the_first_of_them),
        TEST(test_limit__counts_them),
        TEST(test_reserved__counts_for_nobody),
        TEST(test_reserved__evicts_nobody),
        TEST(test_reserved__or_doomed_ends_if_it_is_there),
    };
    return RUN_TESTS(tests, .options = "");
}

/* Whose sessions they are: their lists, and ending them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "users.h"

/* ---- Shorthands ---- */

/* The user's keys are those that are no session's. */
static char *list_keys(void)
{
    return SERVER_RUN(&redis, "KEYS", "sess:user:*");
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
    assert_int_equal(count_of(store, "ada"), 0);
    expect_alive(store, session_id(s));
    session_free(s);
}

static void test_user__that_changes_moves_the_session(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    expect_ok(session_set_user(s, "bob"));
    expect_ok(session_save(s));
    assert_int_equal(count_of(store, "ada"), 0);
    assert_int_equal(count_of(store, "bob"), 1);
    expect_ok(session_set_user(s, "eve"));
    expect_ok(session_regenerate(s));
    assert_int_equal(count_of(store, "bob"), 0);
    assert_int_equal(count_of(store, "eve"), 1);
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
    assert_int_equal(count_of(store, "ada"), 1);
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
    session_list *list = list_of(store, "ada");
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
    assert_int_equal(count_of(store, "nobody"), 0);
    assert_int_equal(session_list_count(NULL), 0);
    session_list_free(NULL);
}

static void test_list__has_no_session_that_is_gone(void **state)
{
    (void)state;
    session_store *brief = open_store(redis.url, "ttl=50ms");
    session *expired = log_in(brief, "ada");
    char *destroyed = log_in_id(store, "ada");
    char *removed = log_in_id(store, "ada");
    char *alive = log_in_id(store, "ada");
    expect_ok(session_destroy(store, destroyed));
    free(SERVER_RUN(&redis, "DEL", key_of(removed)));
    wait_until_gone(key_of(session_id(expired)));
    assert_int_equal(count_of(store, "ada"), 1);
    expect_alive(store, alive);
    session_free(expired);
    session_store_close(brief);
    free(destroyed);
    free(removed);
    free(alive);
}

static void test_list__goes_with_its_last_session(void **state)
{
    (void)state;
    char *first = log_in_id(store, "ada"), *second = log_in_id(store, "ada");
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
        assert_true(life < 32 * 24LL * 3600 * 1000);
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
    session_list *before = list_of(store, "ada");
    expect_ok(session_regenerate(s));
    session_list *after = list_of(store, "ada");
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

static void test_old_ids__are_not_read_as_a_user_who_left(void **state)
{
    (void)state;
    static const char *const next_users[] = {NULL, "bob"};
    for (size_t i = 0; i < 2; i++) {
        session *s = log_in(store, "ada");
        char *first = strdup(session_id(s));
        expect_ok(session_regenerate(s));
        char *second = strdup(session_id(s));
        expect_alive(store, first);
        expect_ok(session_set_user(s, next_users[i]));
        expect_ok(session_save(s));
        expect_gone(store, first);
        expect_gone(store, second);
        expect_alive(store, session_id(s));
        session_free(s);
        free(first);
        free(second);
    }
}

/* More than a socket takes at once, so that the first answer comes before all is sent. */
static void test_session__of_a_user_may_be_as_big_as_any(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    reopen_store("max_size=16m");
    char *text = calloc(1, SIZE + 1);
    memset(text, 'x', SIZE);
    session *s = log_in(store, "ada");
    expect_ok(session_set_string(s, "text", text));
    expect_ok(session_save(s));
    expect_ok(session_regenerate(s));
    expect_alive(store, session_id(s));
    session_free(s);
    free(text);
}

static void test_mark__that_is_none_is_in_nobodys_way(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    char mark[200];
    snprintf(mark, sizeof mark, "{%s}:mark", key_of(session_id(s)));
    for (int i = 0; i < 2; i++) {
        SERVER_INT(&redis, "DEL", mark);
        SERVER_INT(&redis, "LPUSH", mark, "x");
        expect_ok(session_set_int(s, "n", i));
        expect_ok(session_save(s));
        assert_int_equal(count_of(store, "ada"), 1);
    }
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_gone(store, session_id(s));
    session_free(s);
}

static void test_list__of_many_sessions_is_complete(void **state)
{
    (void)state;
    enum { MANY = 100 };
    for (int i = 0; i < MANY; i++)
        session_free(log_in(store, "ada"));
    session_list *list = list_of(store, "ada");
    assert_int_equal(session_list_count(list), MANY);
    for (size_t i = 1; i < MANY; i++)
        assert_true(session_list_created_at(list, i - 1) >=
                    session_list_created_at(list, i));
    session_list_free(list);
}

/* Deletes the list's keys whose names end so. */
static int delete_list_keys(const char *end)
{
    int deleted = 0;
    char *keys = list_keys();
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        if (strcmp(key + strlen(key) - strlen(end), end) == 0)
            deleted += (int)SERVER_INT(&redis, "DEL", key);
    free(keys);
    return deleted;
}

/* A list is a set and a hash, which Redis may evict together or one alone. */
static void test_list__that_was_lost_grows_back_with_activity(void **state)
{
    (void)state;
    static const struct {
        const char *end;
        int keys;
    } losses[] = {{"", 2}, {"}", 1}, {":note", 1}};
    reopen_store("touch_interval=0ms");
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        session *s = log_in(store, "ada");
        char *id = strdup(session_id(s));
        expect_ok(session_set_device(s, "a phone", NULL));
        expect_ok(session_save(s));
        session_free(s);
        assert_int_equal(delete_list_keys(losses[i].end), losses[i].keys);
        next_millisecond();
        expect_ok(session_touch(store, id));
        assert_int_equal(count_of(store, "ada"), 1);
        expect_ok(session_destroy_user(store, "ada", NULL, NULL));
        expect_gone(store, id);
        free(id);
    }
}

static void test_list__that_never_expires_gets_its_expiry_back(void **state)
{
    (void)state;
    reopen_store("touch_interval=0ms");
    char *id = log_in_id(store, "ada"), *keys = list_keys();
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest)) {
        assert_int_equal(SERVER_INT(&redis, "PERSIST", key), 1);
        next_millisecond();
        expect_ok(session_touch(store, id));
        assert_true(SERVER_INT(&redis, "PTTL", key) > 0);
    }
    free(keys);
    free(id);
}

static void test_list__follows_a_session_that_saves_keep_alive(void **state)
{
    (void)state;
    reopen_store("touch_interval=0ms");
    session *s = log_in(store, "ada");
    char *keys = list_keys();
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest)) {
        SERVER_INT(&redis, "PEXPIRE", key, "60000");
        expect_ok(session_set_string(s, "page", key));
        next_millisecond();
        expect_ok(session_save(s));
        assert_true(SERVER_INT(&redis, "PTTL", key) >
                    SERVER_INT(&redis, "PTTL", key_of(session_id(s))));
    }
    assert_int_equal(count_of(store, "ada"), 1);
    free(keys);
    session_free(s);
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

/* Logs a user in on a device, and checks what the list then says of it. */
static void expect_device(const char *label, const char *address,
                          const char *listed_label, const char *listed_address)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "lin"));
    expect_ok(session_set_device(s, label, address));
    expect_ok(session_save(s));
    session_list *list = list_of(store, "lin");
    assert_int_equal(session_list_count(list), 1);
    assert_string_equal(session_list_label(list, 0), listed_label);
    assert_string_equal(session_list_address(list, 0), listed_address);
    session_list_free(list);
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
}

static void test_device__that_is_too_long_is_cut(void **state)
{
    (void)state;
    char label[601], address[101], cut_label[513], cut_address[65];
    memset(label, 'l', sizeof label);
    memset(address, 'a', sizeof address);
    label[600] = address[100] = '\0';
    snprintf(cut_label, sizeof cut_label, "%.512s", label);
    snprintf(cut_address, sizeof cut_address, "%.64s", address);
    expect_device(label, address, cut_label, cut_address);
    expect_device(cut_label, cut_address, cut_label, cut_address);
}

static void test_device__is_not_cut_within_a_character(void **state)
{
    (void)state;
    char label[601], cut[513];
    memset(label, 'l', sizeof label);
    label[600] = '\0';
    for (size_t before = 509; before <= 512; before++) {
        memcpy(label + before, "\xf0\x9f\x98\x80", 4);
        snprintf(cut, sizeof cut, "%.*s", (int)before, label);
        expect_device(label, NULL, cut, "");
        memset(label + before, 'l', 4);
    }
    memcpy(label + 508, "\xf0\x9f\x98\x80", 4);
    snprintf(cut, sizeof cut, "%.512s", label);
    expect_device(label, NULL, cut, "");
}

static void test_device__is_cleaned_of_what_is_no_text(void **state)
{
    (void)state;
    expect_device("two\r\nlines\tand\x7f", "\x1b[31m", "two  lines and ", " [31m");
    expect_device("\xff\xc3(\xed\xa0\x80", "\xe2\x82", "  (   ", "  ");
    expect_device("\xc2\x85next\xc2\x9b", NULL, " next ", "");
    expect_device("\xc2\xa0\xc3\xa4\xf0\x9f\x98\x80", NULL,
                  "\xc2\xa0\xc3\xa4\xf0\x9f\x98\x80", "");
}

/* ---- Ending ---- */

static void test_destroy_handle__ends_that_session_only(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    char *other = log_in_id(store, "ada");
    expect_code(session_destroy_handle(store, "bob", session_handle(s)),
                SESSION_NOT_FOUND);
    expect_code(session_destroy_handle(store, "ada", "nothing"), SESSION_NOT_FOUND);
    expect_code(session_destroy_handle(store, "ada", session_id(s)), SESSION_NOT_FOUND);
    expect_ok(session_destroy_handle(store, "ada", session_handle(s)));
    expect_gone(store, session_id(s));
    expect_alive(store, other);
    assert_int_equal(count_of(store, "ada"), 1);
    expect_code(session_destroy_handle(store, "ada", session_handle(s)),
                SESSION_NOT_FOUND);
    session_free(s);
    free(other);
}

static void test_destroy_user__ends_all_sessions_of_that_user(void **state)
{
    (void)state;
    char *first = log_in_id(store, "ada"), *second = log_in_id(store, "ada"),
         *bobs = log_in_id(store, "bob");
    int64_t destroyed = -1;
    expect_ok(session_destroy_user(store, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, 2);
    expect_gone(store, first);
    expect_gone(store, second);
    expect_alive(store, bobs);
    assert_int_equal(count_of(store, "ada"), 0);
    expect_ok(session_destroy_user(store, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, 0);
    free(first);
    free(second);
    free(bobs);
}

static void test_destroy_user__spares_one_if_told_so(void **state)
{
    (void)state;
    char *spared = log_in_id(store, "ada"), *other = log_in_id(store, "ada");
    int64_t destroyed = -1;
    expect_ok(session_destroy_user(store, "ada", spared, &destroyed));
    assert_int_equal(destroyed, 1);
    expect_alive(store, spared);
    expect_gone(store, other);
    assert_int_equal(count_of(store, "ada"), 1);
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
    expect_gone(store, session_id(s));
    expect_gone(store, old);
    free(old);
    session_free(s);
}

static void test_save__cannot_revive_a_session_that_destroy_user_ended(void **state)
{
    (void)state;
    session *s = log_in(store, "ada");
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_over(s);
    assert_int_equal(count_of(store, "ada"), 0);
    session_free(s);
}

/* ---- Trouble ---- */

static void test_full_server__still_keeps_a_users_session_alive(void **state)
{
    (void)state;
    session_store *eager = open_store(redis.url, "touch_interval=0ms");
    char *id = log_in_id(store, "ada");
    free(SERVER_RUN(&redis, "PEXPIRE", key_of(id), "60000"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    expect_ok(session_touch(eager, id));
    assert_true(SERVER_INT(&redis, "PTTL", key_of(id)) > 60000);
    assert_int_equal(count_of(store, "ada"), 1);
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "0"));
    expect_gone(store, id);
    session_store_close(eager);
    free(id);
}

static void test_list__that_someone_else_spoilt_can_still_be_ended(void **state)
{
    (void)state;
    char *id = log_in_id(store, "ada");
    char *keys = list_keys();
    char *rest = NULL;
    for (char *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        if (strstr(key, ":note") != NULL)
            free(SERVER_RUN(&redis, "HSET", key, key_of(id) + strlen("sess:"),
                            "l 1 1 \n nonsense"));
    assert_int_equal(count_of(store, "ada"), 1);
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    expect_gone(store, id);
    assert_int_equal(count_of(store, "ada"), 0);
    free(keys);
    free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_user__is_kept_with_the_session),
        TEST(test_user__that_is_none_is_invalid),
        TEST(test_user__that_is_taken_away_leaves_the_list),
        TEST(test_user__that_changes_moves_the_session),
        TEST(test_user__survives_a_merge_with_another_save),
        TEST(test_list__tells_of_each_session_the_last_created_first),
        TEST(test_list__of_an_unknown_user_is_empty),
        TEST(test_list__has_no_session_that_is_gone),
        TEST(test_list__goes_with_its_last_session),
        TEST(test_list__outlives_the_sessions_though_nobody_destroys_them),
        TEST(test_list__has_a_regenerated_session_once),
        TEST(test_old_ids__are_not_read_as_a_user_who_left),
        TEST(test_session__of_a_user_may_be_as_big_as_any),
        TEST(test_mark__that_is_none_is_in_nobodys_way),
        TEST(test_list__of_many_sessions_is_complete),
        TEST(test_list__that_was_lost_grows_back_with_activity),
        TEST(test_list__follows_a_session_that_saves_keep_alive),
        TEST(test_save__of_a_users_session_is_one_command_within_the_interval),
        TEST(test_device__that_is_too_long_is_cut),
        TEST(test_device__is_not_cut_within_a_character),
        TEST(test_device__is_cleaned_of_what_is_no_text),
        TEST(test_destroy_handle__ends_that_session_only),
        TEST(test_destroy_user__ends_all_sessions_of_that_user),
        TEST(test_destroy_user__spares_one_if_told_so),
        TEST(test_destroy_user__ends_a_session_that_was_just_regenerated),
        TEST(test_save__cannot_revive_a_session_that_destroy_user_ended),
        TEST(test_full_server__still_keeps_a_users_session_alive),
        TEST(test_list__that_someone_else_spoilt_can_still_be_ended),
        TEST(test_list__that_never_expires_gets_its_expiry_back),
    };
    return RUN_TESTS(tests, .options = "");
}

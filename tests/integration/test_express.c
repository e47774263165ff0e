/* Sessions shared with express-session, without a Node at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture.h"
#include "moved_clock.h"

#define ID "abcdefghijklmnopqrstuvwxyz-_0123" /* as express makes them */

/* An id of this many characters, valid until the next call. */
static const char *id_of(size_t length)
{
    static char id[150];
    memset(id, 'x', length);
    id[length] = '\0';
    return id;
}

/* Another program's session, under an id of which no mark says anything. */
static void plant(const char *id, const char *value)
{
    char mark[200];
    snprintf(mark, sizeof mark, "{%s}:mark", key_of(id));
    SERVER_INT(&redis, "DEL", mark);
    free(SERVER_RUN(&redis, "SET", key_of(id), value, "PX", "100000"));
}

/* ---- Ids ---- */

static void test_ids__of_16_to_128_characters_name_sessions(void **state)
{
    (void)state;
    static const size_t lengths[] = {16, 32, 36, 42, 43, 44, 127, 128};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        session *s = NULL;
        const char *id = id_of(lengths[i]);
        plant(id, "{\"cookie\":{},\"n\":1}");
        expect_ok(session_get(store, id, &s));
        assert_string_equal(session_id(s), id);
        expect_ok(session_set_int(s, "n", 2));
        expect_ok(session_save(s));
        expect_ok(session_reload(s));
        expect_ok(session_touch(store, id));
        expect_ok(session_regenerate(s));
        assert_int_equal(strlen(session_id(s)), SESSION_ID_LENGTH);
        expect_code(session_touch(store, id), SESSION_NOT_FOUND);
        expect_ok(session_destroy(store, id));
        expect_code(session_destroy(store, session_id(s)), SESSION_NOT_FOUND);
        session_free(s);
    }
}

static void test_ids__of_other_lengths_or_alphabets_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "sixteenletters!!",
                                      "a b c d e f g h i j k",
                                      "abcdefghijklmno\n",
                                      "abcdefghijklmnop=",
                                      "abcdefghijklmno*",
                                      "\xc3\xa4zzzzzzzzzzzzzzzzzz"};
    session *s = NULL;
    long get = server_calls(&redis, "get");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_code(session_get(store, bad[i], &s), SESSION_BAD_ID);
    expect_code(session_get(store, id_of(15), &s), SESSION_BAD_ID);
    expect_code(session_get(store, id_of(129), &s), SESSION_BAD_ID);
    expect_code(session_touch(store, id_of(129)), SESSION_BAD_ID);
    expect_code(session_destroy(store, id_of(129)), SESSION_BAD_ID);
    assert_int_equal(server_calls(&redis, "get"), get);
}

static void test_ids__are_43_characters_without_the_option(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *plain = open_store(redis.url, "");
    expect_code(session_get(plain, id_of(42), &s), SESSION_BAD_ID);
    expect_code(session_get(plain, id_of(44), &s), SESSION_BAD_ID);
    expect_code(session_get(plain, id_of(43), &s), SESSION_BAD_ID); /* stray bits */
    session_store_close(plain);
}

/* ---- Names ---- */

static const char *const reserved[] = {"cookie",
                                       "req",
                                       "id",
                                       "touch",
                                       "resetMaxAge",
                                       "save",
                                       "reload",
                                       "destroy",
                                       "regenerate",
                                       "constructor",
                                       "toString",
                                       "toLocaleString",
                                       "valueOf",
                                       "hasOwnProperty",
                                       "isPrototypeOf",
                                       "propertyIsEnumerable",
                                       "__proto__",
                                       "__defineGetter__",
                                       "__defineSetter__",
                                       "__lookupGetter__",
                                       "__lookupSetter__"};

enum { RESERVED_COUNT = sizeof reserved / sizeof reserved[0] };

static void test_names__of_express_are_refused(void **state)
{
    (void)state;
    char json[100];
    session *s = NULL, *created = NULL;
    expect_ok(session_create(store, NULL, &s));
    for (size_t i = 0; i < RESERVED_COUNT; i++) {
        const char *name = reserved[i];
        expect_code(session_set_string(s, name, "x"), SESSION_INVALID);
        expect_code(session_set_int(s, name, 1), SESSION_INVALID);
        expect_code(session_set_double(s, name, 1), SESSION_INVALID);
        expect_code(session_set_bool(s, name, 1), SESSION_INVALID);
        expect_code(session_set_json(s, name, "{}"), SESSION_INVALID);
        snprintf(json, sizeof json, "{\"a\":1,\"%s\":{}}", name);
        expect_code(session_create(store, json, &created), SESSION_INVALID);
    }
    expect_code(session_create(store, "{\"\\u0063ookie\":{}}", &created),
                SESSION_INVALID);
    assert_null(created);
    expect_ok(session_set_json(s, "Cookie", "{\"cookie\":1,\"id\":2}"));
    session_free(s);
}

static void test_names__of_express_are_like_any_other_without_the_option(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *plain = open_store(redis.url, "");
    expect_ok(session_create(plain, "{\"cookie\":1}", &s));
    for (size_t i = 0; i < RESERVED_COUNT; i++)
        expect_ok(session_set_int(s, reserved[i], 1));
    expect_ok(session_save(s));
    session_free(s);
    session_store_close(plain);
}

static void test_names__that_others_used_are_read_and_kept(void **state)
{
    (void)state;
    session *s = NULL;
    int64_t number = 0;
    plant(ID, "{\"cookie\":{},\"id\":7,\"toString\":[ 1.10 ]}");
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_get_int(s, "id", &number));
    assert_int_equal(number, 7);
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    assert_string_equal(session_json(s),
                        "{\"cookie\":{},\"id\":7,\"toString\":[ 1.10 ],\"n\":1}");
    session_free(s);
}

/* ---- The cookie ---- */

/* Reads the Unix milliseconds of "YYYY-MM-DDTHH:MM:SS.mmmZ". */
static int64_t time_of(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    assert_non_null(rest);
    assert_int_equal(rest[4], 'Z');
    return timegm(&parts) * INT64_C(1000) + strtol(rest + 1, NULL, 10);
}

/* Fails unless this is a cookie made here, for a session of one day. */
static void expect_new_cookie(session *s)
{
    static const char head[] = "{\"originalMaxAge\":86400000,\"expires\":\"";
    const char *cookie = NULL;
    expect_ok(session_get_json(s, "cookie", &cookie));
    assert_memory_equal(cookie, head, strlen(head));
    assert_string_equal(cookie + strlen(head) + strlen("2026-01-01T00:00:00.000Z"),
                        "\",\"httpOnly\":true,\"path\":\"/\"}");
    assert_in_range(time_of(cookie + strlen(head)), session_expires_at(s) - 10000,
                    session_expires_at(s));
}

static void expect_cookie(session *s, const char *expected)
{
    const char *cookie = NULL;
    expect_ok(session_get_json(s, "cookie", &cookie));
    assert_string_equal(cookie, expected);
}

static void test_cookie__is_in_every_session_made_here(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, "{\"user\":\"ada\"}", &s));
    expect_new_cookie(s);
    session_free(s);

    expect_ok(session_new(store, &s));
    expect_ok(session_save(s));
    expect_ok(session_reload(s));
    expect_new_cookie(s);
    session_free(s);
}

static void test_cookie__of_others_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const cookies[] = {
        "{}",
        "{\"originalMaxAge\":null,\"expires\":null,\"httpOnly\":true,\"path\":\"/\"}",
        "{ \"path\":\"/\" , \"expires\" : \"2999-01-01T00:00:00.000Z\",\"x\":[1.10]}",
        "{\"expires\":\"soon\"}",
        "{\"expires\":1000,\"originalMaxAge\":5e3}",
    };
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        session *s = NULL;
        char record[200];
        snprintf(record, sizeof record, "{\"cookie\":%s,\"n\":1}", cookies[i]);
        plant(ID, record);
        expect_ok(session_get(store, ID, &s));
        expect_ok(session_set_int(s, "n", 2));
        expect_ok(session_save(s));
        expect_ok(session_reload(s));
        expect_cookie(s, cookies[i]);
        expect_ok(session_regenerate(s));
        expect_ok(session_reload(s));
        expect_cookie(s, cookies[i]);
        session_free(s);
    }
}

static void test_cookie__that_express_cannot_read_is_replaced_by_a_save(void **state)
{
    (void)state;
    static const char *const records[] = {"{}", "{\"cookie\":null}", "{\"cookie\":\"x\"}",
                                          "{\"cookie\":[]}", "{\"\\u0063ookie\":1}"};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        session *s = NULL;
        plant(ID, records[i]);
        expect_ok(session_get(store, ID, &s));
        expect_ok(session_set_int(s, "n", 2));
        expect_ok(session_save(s));
        expect_ok(session_reload(s));
        expect_new_cookie(s);
        session_free(s);
    }
}

static void test_cookie__removed_is_made_anew(void **state)
{
    (void)state;
    session *s = NULL;
    plant(ID, "{\"cookie\":{\"path\":\"/shop\"}}");
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_remove(s, "cookie"));
    expect_ok(session_save(s));
    expect_ok(session_reload(s));
    expect_new_cookie(s);
    session_free(s);
}

static void
test_cookie__whose_time_has_passed_ends_with_the_key_after_a_save(void **state)
{
    (void)state;
    static const char head[] = "{\"path\":\"/shop\", \"expires\":\"";
    static const char tail[] = "\",\"originalMaxAge\":60000}";
    const size_t length = strlen(head) + strlen("2026-01-01T00:00:00.000Z");
    session *s = NULL;
    const char *cookie = NULL;
    plant(ID, "{\"cookie\":{\"path\":\"/shop\", \"expires\":\"2001-02-03T04:05:06.789Z\","
              "\"originalMaxAge\":60000}}");
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    expect_ok(session_get_json(s, "cookie", &cookie));
    assert_memory_equal(cookie, head, strlen(head));
    assert_string_equal(cookie + length, tail);
    assert_in_range(time_of(cookie + strlen(head)), session_expires_at(s) - 10000,
                    session_expires_at(s));
    session_free(s);
}

static void test_cookie__that_others_wrote_meanwhile_is_kept_in_a_merge(void **state)
{
    (void)state;
    session *s = NULL;
    plant(ID, "{\"n\":1}");
    expect_ok(session_get(store, ID, &s));
    plant(ID, "{\"cookie\":{\"path\":\"/theirs\"},\"n\":1,\"theirs\":true}");
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(session_save(s));
    expect_ok(session_reload(s));
    assert_string_equal(session_json(s),
                        "{\"cookie\":{\"path\":\"/theirs\"},\"n\":2,\"theirs\":true}");
    session_free(s);
}

static void test_cookie__that_no_longer_fits_is_too_big(void **state)
{
    (void)state;
    char record[16000] = "{\"f0\":0";
    session *s = NULL;
    for (int i = 1; i < 1024; i++) {
        size_t length = strlen(record);
        snprintf(record + length, sizeof record - length, ",\"f%d\":0", i);
    }
    strcat(record, "}");
    plant(ID, record);
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_set_int(s, "f0", 1));
    expect_code(session_save(s), SESSION_TOO_BIG);
    session_free(s);
}

/* ---- Times ---- */

static void test_life__is_the_keys_whatever_the_cookie_says(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *quiet = open_store(redis.url, "compat=express&touch_on_get=off");
    plant(ID,
          "{\"cookie\":{\"originalMaxAge\":1,\"expires\":\"2001-01-01T00:00:00.000Z\"}}");
    int64_t now = (int64_t)time(NULL) * 1000;
    expect_ok(session_get(quiet, ID, &s));
    assert_in_range(session_expires_at(s), now + 60000, now + 102000);
    assert_int_equal(session_created_at(s), 0);
    session_free(s);
    session_store_close(quiet);
}

static void test_life__starts_anew_with_a_touch_and_a_save(void **state)
{
    (void)state;
    session *s = NULL;
    plant(ID, "{\"cookie\":{\"originalMaxAge\":100000}}");
    expect_ok(session_touch(store, ID));
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(ID)), 86300000, 86400000);
    SERVER_INT(&redis, "EXPIRE", key_of(ID), "100"); /* as express touches it */
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(ID)), 86300000, 86400000);
    session_free(s);
}

static void
test_life__ends_at_the_absolute_timeout_though_others_prolonged_it(void **state)
{
    (void)state;
    reopen_store("compat=express&ttl=1h&lifetime=1h");
    char *id = create_id(store, NULL);
    SERVER_INT(&redis, "EXPIRE", key_of(id), "7200");
    clock_ahead = 3590000;
    expect_ok(session_touch(store, id));
    clock_ahead = 3600000;
    expect_code(session_touch(store, id), SESSION_NOT_FOUND);
    expect_code(get_code(store, id), SESSION_NOT_FOUND);
    free(id);
}

/* ---- Other programs' ways ---- */

static void test_regenerate__ends_the_old_id_at_once(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, "{\"n\":1}", &s));
    char *old = strdup(session_id(s));
    expect_ok(session_regenerate(s));
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(old)), 0);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(session_id(s))), 1);
    free(old);
    session_free(s);
}

static void test_open__refuses_a_grace_that_express_would_not_keep(void **state)
{
    (void)state;
    char url[200], reason[200];
    session_store *none = NULL;
    snprintf(url, sizeof url, "%s?compat=express&regenerate_grace=1s", redis.url);
    expect_code(session_store_open(url, NULL, &none, reason, sizeof reason),
                SESSION_CONFIG);
    assert_non_null(strstr(reason, "regenerate_grace"));
    assert_null(none);
    session_store_close(open_store(redis.url, "compat=express&regenerate_grace=0s"));
}

static void test_metadata__that_was_copied_to_another_id_counts_for_nothing(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = create_id(store, "{\"n\":1}");
    char *record = SERVER_RUN(&redis, "GET", key_of(id));
    plant(ID, record);
    expect_ok(session_get(store, ID, &s));
    assert_int_equal(session_created_at(s), 0);
    plant(ID, record); /* meanwhile, with another life */
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(session_save(s));
    assert_true(session_created_at(s) > 0);
    session_free(s);

    long reads = server_calls(&redis, "get");
    expect_ok(session_touch(store, ID));
    assert_int_equal(server_calls(&redis, "get"), reads + 1);
    free(record);
    free(id);
}

static void test_save__merges_with_a_copy_written_meanwhile(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = create_id(store, "{\"n\":1,\"theirs\":1}");
    char *record = SERVER_RUN(&redis, "GET", key_of(id));
    plant(ID, "{\"cookie\":{},\"n\":1}");
    expect_ok(session_get(store, ID, &s));
    plant(ID, record);
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(session_save(s));
    assert_true(session_has(s, "theirs"));
    expect_ok(session_touch(store, ID));
    session_free(s);
    free(record);
    free(id);
}

static void
test_get__of_half_characters_and_nul_is_corrupt_and_can_be_destroyed(void **state)
{
    (void)state;
    session *s = NULL;
    static const char *const records[] = {"{\"cookie\":{},\"a\":\"\\ud800\"}",
                                          "{\"cookie\":{},\"a\":\"\\u0000\"}"};
    for (size_t i = 0; i < 2; i++) {
        plant(ID, records[i]);
        expect_code(session_get(store, ID, &s), SESSION_CORRUPT);
        expect_ok(session_destroy(store, ID));
        expect_code(session_get(store, ID, &s), SESSION_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ids__of_16_to_128_characters_name_sessions),
        TEST(test_ids__of_other_lengths_or_alphabets_are_refused),
        TEST(test_ids__are_43_characters_without_the_option),
        TEST(test_names__of_express_are_refused),
        TEST(test_names__of_express_are_like_any_other_without_the_option),
        TEST(test_names__that_others_used_are_read_and_kept),
        TEST(test_cookie__is_in_every_session_made_here),
        TEST(test_cookie__of_others_stays_as_it_is),
        TEST(test_cookie__that_express_cannot_read_is_replaced_by_a_save),
        TEST(test_cookie__removed_is_made_anew),
        TEST(test_cookie__whose_time_has_passed_ends_with_the_key_after_a_save),
        TEST(test_cookie__that_others_wrote_meanwhile_is_kept_in_a_merge),
        TEST(test_cookie__that_no_longer_fits_is_too_big),
        TEST(test_life__is_the_keys_whatever_the_cookie_says),
        TEST(test_life__starts_anew_with_a_touch_and_a_save),
        TEST(test_life__ends_at_the_absolute_timeout_though_others_prolonged_it),
        TEST(test_regenerate__ends_the_old_id_at_once),
        TEST(test_open__refuses_a_grace_that_express_would_not_keep),
        TEST(test_metadata__that_was_copied_to_another_id_counts_for_nothing),
        TEST(test_save__merges_with_a_copy_written_meanwhile),
        TEST(test_get__of_half_characters_and_nul_is_corrupt_and_can_be_destroyed),
    };
    return RUN_TESTS(tests, .options = "compat=express", .after = set_clock_right);
}

/* What the verbs do to a session, seen through the API and in Redis. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static void test_create__stores_a_record_that_get_reads_back(void **state)
{
    (void)state;
    session *s = NULL;
    if (stores_are_sealed())
        skip();
    char *id = create_id(store, "{\"user\":\"ada\", \"n\": 1.10}");
    assert_int_equal(strlen(id), SESSION_ID_LENGTH);
    expect_ok(session_get(store, id, &s));
    assert_string_equal(session_json(s), "{\"user\":\"ada\",\"n\":1.10}");
    assert_true(session_created_at(s) > 0);
    session_free(s);
    char *raw = SERVER_RUN(&redis, "GET", key_of(id));
    assert_memory_equal(raw, "{\"_\":{\"v\":2,\"created\":", 22);
    assert_non_null(strstr(raw, "\"user\":\"ada\",\"n\":1.10}"));
    free(raw);
    free(id);
}

static void test_create__is_one_command_and_get_two(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = create_id(store, NULL);
    long set = server_calls(&redis, "set"), get = server_calls(&redis, "get");
    long pttl = server_calls(&redis, "pttl"), expire = server_calls(&redis, "pexpire");
    free(create_id(store, NULL));
    expect_ok(session_get(store, id, &s));
    assert_int_equal(server_calls(&redis, "set"), set + 1);
    assert_int_equal(server_calls(&redis, "get"), get + 1);
    assert_int_equal(server_calls(&redis, "pttl"), pttl + 1);
    assert_int_equal(server_calls(&redis, "pexpire"), expire);
    session_free(s);
    free(id);
}

static void test_get__of_an_unknown_id_is_not_found_and_makes_no_key(void **state)
{
    (void)state;
    session *s = NULL;
    const char *id = UNKNOWN_ID;
    long long keys = SERVER_INT(&redis, "DBSIZE");
    expect_code(session_get(store, id, &s), SESSION_NOT_FOUND);
    expect_code(session_touch(store, id), SESSION_NOT_FOUND);
    expect_code(session_destroy(store, id), SESSION_NOT_FOUND);
    assert_null(s);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
}

static void test_ids__that_are_none_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "short",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", /* stray bits */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/A",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nAA",
        "*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{tag}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "../../etc/passwdAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "%s%s%n%b%%AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,x",
        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%00",
        " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\t",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nDEL sess:x",
        "sess:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "\xc3\xa4zAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    session *s = NULL;
    long get = server_calls(&redis, "get"), gone = server_calls(&redis, "unlink");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect_code(session_get(store, bad[i], &s), SESSION_BAD_ID);
        expect_code(session_touch(store, bad[i]), SESSION_BAD_ID);
        expect_code(session_destroy(store, bad[i]), SESSION_BAD_ID);
    }
    assert_int_equal(server_calls(&redis, "get"), get);
    assert_int_equal(server_calls(&redis, "unlink"), gone);
}

static void test_ids__take_no_byte_outside_their_alphabet_anywhere(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_";
    session *s = NULL;
    char id[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < SESSION_ID_LENGTH; at++) {
            if (byte != 0 && strchr(alphabet, byte) != NULL)
                continue;
            id[at] = (char)byte;
            expect_code(session_get(store, id, &s), SESSION_BAD_ID);
            id[at] = 'A';
        }
    char *endless = malloc(1024 * 1024 + 1);
    memset(endless, 'A', 1024 * 1024);
    endless[1024 * 1024] = '\0';
    expect_code(session_get(store, endless, &s), SESSION_BAD_ID);
    free(endless);
}

static void test_ids__are_case_sensitive_and_one_prefixs_alone(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *tenant = open_store(redis.url, "prefix=other:");
    char *id = create_id(store, NULL);
    expect_code(session_get(tenant, id, &s), SESSION_NOT_FOUND);
    expect_code(session_touch(tenant, id), SESSION_NOT_FOUND);
    for (char *c = id; *c != '\0'; c++)
        *c = (char)(*c ^
                    (*c >= 'A' && (*c & 0x5f) >= 'A' && (*c & 0x5f) <= 'Z' ? 0x20 : 0));
    int rc = session_get(store, id, &s);
    assert_true(rc == SESSION_NOT_FOUND || rc == SESSION_BAD_ID);
    free(id);
    session_store_close(tenant);
}

static void test_destroy__ends_the_session_and_repeats_harmlessly(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_destroy(store, session_id(s)));
    expect_over(s);
    assert_int_equal(stored_keys(), 0);
    expect_code(session_destroy(store, session_id(s)), SESSION_NOT_FOUND);
    expect_over(s);
    session_free(s);
}

static void test_new__stores_nothing_until_it_is_saved(void **state)
{
    (void)state;
    session *s = NULL, *t = NULL;
    long long keys = SERVER_INT(&redis, "DBSIZE");
    expect_ok(session_new(store, &s));
    expect_ok(session_set_string(s, "cart", "empty"));
    assert_null(session_id(s));
    expect_code(session_reload(s), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
    expect_ok(session_save(s));
    expect_ok(session_get(store, session_id(s), &t));
    assert_string_equal(session_json(t), "{\"cart\":\"empty\"}");
    session_free(s);
    session_free(t);
}

static void test_handle__names_a_session_by_its_id_alone(void **state)
{
    (void)state;
    session *s = NULL, *same = NULL;
    char handle[SESSION_HANDLE_LENGTH + 1];
    expect_ok(session_new(store, &s));
    assert_null(session_handle(s));
    assert_null(session_handle(NULL));
    expect_ok(session_save(s));
    expect_ok(session_get(store, session_id(s), &same));
    strcpy(handle, session_handle(s));
    assert_string_equal(session_handle(same), handle);
    session_free(same);
    expect_ok(session_set_int(s, "a", 1));
    expect_ok(session_save(s));
    assert_string_equal(session_handle(s), handle);
    expect_ok(session_regenerate(s));
    assert_string_not_equal(session_handle(s), handle);
    session_free(s);
}

static void test_create__refuses_fields_that_are_not_a_strict_object(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "null",
                                      "[]",
                                      "5",
                                      "{\"a\":1}x",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"_\":{}}",
                                      "{\"a\":01}",
                                      "{\"a\":1e999}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"\\u0061\":1,\"a\":2}",
                                      "{\"a\":{\"b\":1,\"b\":2}}",
                                      "{'a':1}",
                                      "{\"a\":1,}"};
    session *s = NULL;
    long long keys = SERVER_INT(&redis, "DBSIZE");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_code(session_create(store, bad[i], &s), SESSION_INVALID);
    assert_null(s);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
}

static void test_create__over_max_size_is_too_big_and_stores_nothing(void **state)
{
    (void)state;
    session_store *small = open_store(redis.url, "max_size=1k");
    session *s = NULL;
    char big[3000];
    long long keys = SERVER_INT(&redis, "DBSIZE");
    snprintf(big, sizeof big, "{\"a\":\"%01100d\"}", 0);
    expect_code(session_create(small, big, &s), SESSION_TOO_BIG);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys);
    /* What was saved may be bigger than what may be created, by its metadata. */
    snprintf(big, sizeof big, "{\"a\":\"%02900d\"}", 0);
    char *id = create_id(store, big);
    expect_code(session_get(small, id, &s), SESSION_TOO_BIG);
    free(id);
    session_store_close(small);
}

/* ---- Regenerate ---- */

/* No key is a session that can be read, whatever its id. */
static void expect_gone_everywhere(void)
{
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:*");
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        expect_code(get_code(store, key + strlen("sess:")), SESSION_NOT_FOUND);
    free(keys);
}

static void test_regenerate__moves_all_fields_to_a_new_id(void **state)
{
    (void)state;
    session *s = NULL, *t = NULL;
    expect_ok(session_create(store, "{\"a\":1}", &s));
    char *old = strdup(session_id(s));
    int64_t created = session_created_at(s);
    expect_ok(session_set_string(s, "user", "ada"));
    expect_ok(session_regenerate(s));
    assert_string_not_equal(session_id(s), old);
    assert_int_equal(session_created_at(s), created);
    expect_ok(session_get(store, session_id(s), &t));
    assert_string_equal(session_json(t), "{\"a\":1,\"user\":\"ada\"}");
    session_free(t);
    session_free(s);
    free(old);
}

static void test_regenerate__lets_the_old_id_read_what_was_but_not_change_it(void **state)
{
    (void)state;
    session *s = NULL, *old = NULL;
    reopen_store("touch_interval=0ms");
    char *id = create_id(store, "{\"a\":1}");
    expect_ok(session_get(store, id, &s));
    expect_ok(session_set_string(s, "user", "ada"));
    expect_ok(session_regenerate(s));
    expect_ok(session_get(store, id, &old));
    assert_string_equal(session_json(old), "{\"a\":1}");
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(id)), 1, 10000);
    SERVER_INT(&redis, "PEXPIRE", key_of(id), "5000");
    expect_ok(session_touch(store, id));
    expect_ok(get_code(store, id));
    assert_in_range(SERVER_INT(&redis, "PTTL", key_of(id)), 1, 5000);
    expect_ok(session_set_int(old, "b", 2));
    expect_code(session_save(old), SESSION_MOVED);
    expect_code(session_regenerate(old), SESSION_MOVED);
    session_free(old);
    session_free(s);
    free(id);
}

static void test_destroy__of_the_new_id_ends_the_old_one_too(void **state)
{
    (void)state;
    session *s = NULL, *old = NULL;
    char *first = create_id(store, NULL);
    expect_ok(session_get(store, first, &s));
    expect_ok(session_regenerate(s));
    char *second = strdup(session_id(s));
    expect_ok(session_regenerate(s));
    expect_ok(session_get(store, first, &old));
    session_free(old);
    expect_ok(session_destroy(store, session_id(s)));
    expect_code(session_get(store, second, &old), SESSION_NOT_FOUND);
    expect_code(session_get(store, first, &old), SESSION_NOT_FOUND);
    session_free(s);
    free(first);
    free(second);
}

static void test_regenerate__without_grace_ends_the_old_id_at_once(void **state)
{
    (void)state;
    session_store *strict = open_store(redis.url, "regenerate_grace=0s");
    session *s = NULL;
    char *id = create_id(strict, NULL);
    expect_ok(session_get(strict, id, &s));
    expect_ok(session_regenerate(s));
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(id)), 0);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(session_id(s))), 1);
    session_free(s);
    free(id);
    session_store_close(strict);
}

static void test_regenerate__keeps_what_someone_else_saved_meanwhile(void **state)
{
    (void)state;
    session *s = NULL, *other = NULL;
    char *id = create_id(store, "{\"a\":1}");
    expect_ok(session_get(store, id, &s));
    expect_ok(session_get(store, id, &other));
    expect_ok(session_set_int(other, "b", 2));
    expect_ok(session_save(other));
    expect_ok(session_set_int(s, "c", 3));
    expect_ok(session_regenerate(s));
    assert_string_equal(session_json(s), "{\"a\":1,\"b\":2,\"c\":3}");
    expect_ok(session_set_int(other, "d", 4));
    expect_code(session_save(other), SESSION_MOVED);
    session_free(s);
    session_free(other);
    free(id);
}

static void test_regenerate__twice_from_one_id_leaves_one_live_id(void **state)
{
    (void)state;
    session *s = NULL, *t = NULL;
    char *id = create_id(store, NULL);
    expect_ok(session_get(store, id, &s));
    expect_ok(session_get(store, id, &t));
    expect_ok(session_regenerate(s));
    expect_code(session_regenerate(t), SESSION_MOVED);
    expect_ok(get_code(store, session_id(s)));
    /* What the second one wrote is no session. */
    expect_ok(session_destroy(store, session_id(s)));
    expect_gone_everywhere();
    session_free(s);
    session_free(t);
    free(id);
}

static void test_regenerate__of_a_new_session_saves_it(void **state)
{
    (void)state;
    session *s = NULL, *t = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_string(s, "cart", "full"));
    expect_ok(session_set_user(s, "grace"));
    long long keys = SERVER_INT(&redis, "DBSIZE");
    expect_ok(session_regenerate(s));
    assert_non_null(session_id(s));
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), keys + 2); /* and the user's list */
    expect_ok(session_get(store, session_id(s), &t));
    assert_string_equal(session_json(t), "{\"cart\":\"full\"}");
    assert_string_equal(session_user(t), "grace");
    session_free(s);
    session_free(t);
}

static void test_regenerate__of_a_destroyed_session_revives_nothing(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = create_id(store, NULL);
    expect_ok(session_get(store, id, &s));
    expect_ok(session_destroy(store, id));
    expect_code(session_regenerate(s), SESSION_NOT_FOUND);
    expect_gone_everywhere();
    session_free(s);
    free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create__stores_a_record_that_get_reads_back),
        TEST(test_create__is_one_command_and_get_two),
        TEST(test_get__of_an_unknown_id_is_not_found_and_makes_no_key),
        TEST(test_ids__that_are_none_are_refused_before_anything_is_sent),
        TEST(test_ids__take_no_byte_outside_their_alphabet_anywhere),
        TEST(test_ids__are_case_sensitive_and_one_prefixs_alone),
        TEST(test_destroy__ends_the_session_and_repeats_harmlessly),
        TEST(test_new__stores_nothing_until_it_is_saved),
        TEST(test_handle__names_a_session_by_its_id_alone),
        TEST(test_create__refuses_fields_that_are_not_a_strict_object),
        TEST(test_create__over_max_size_is_too_big_and_stores_nothing),
        TEST(test_regenerate__moves_all_fields_to_a_new_id),
        TEST(test_regenerate__lets_the_old_id_read_what_was_but_not_change_it),
        TEST(test_destroy__of_the_new_id_ends_the_old_one_too),
        TEST(test_regenerate__without_grace_ends_the_old_id_at_once),
        TEST(test_regenerate__keeps_what_someone_else_saved_meanwhile),
        TEST(test_regenerate__twice_from_one_id_leaves_one_live_id),
        TEST(test_regenerate__of_a_new_session_saves_it),
        TEST(test_regenerate__of_a_destroyed_session_revives_nothing),
    };
    return RUN_TESTS(tests, .options = "");
}

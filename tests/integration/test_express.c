/* Sessions shared with express-session, without a Node at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "server.h"

static server redis;
static session_store *store; /* with compat=express */

static int set_up(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    store = open_store(redis.url, "compat=express");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_store_close(store);
    server_stop(&redis);
    return 0;
}

/* An id of this many characters, valid until the next call. */
static const char *id_of(size_t length)
{
    static char id[150];
    memset(id, 'x', length);
    id[length] = '\0';
    return id;
}

static void plant(const char *id, const char *value)
{
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
        expect_ok(session_touch(store, id));
        expect_ok(session_destroy(store, id));
        expect_code(session_touch(store, id), SESSION_NOT_FOUND);
        expect_ok(session_destroy(store, session_id(s)));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids__of_16_to_128_characters_name_sessions),
        cmocka_unit_test(test_ids__of_other_lengths_or_alphabets_are_refused),
        cmocka_unit_test(test_ids__are_43_characters_without_the_option),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Records that someone planted in Redis by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "server.h"

#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static server redis;
static session_store *store;

static int set_up(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    store = open_store(redis.url, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_store_close(store);
    server_stop(&redis);
    return 0;
}

static void plant(const char *value)
{
    free(SERVER_RUN(&redis, "SET", "sess:" ID, value, "PX", "100000"));
}

static int read_planted(const char *value)
{
    session *s = NULL;
    plant(value);
    int rc = session_get(store, ID, &s);
    session_free(s);
    return rc;
}

static void test_get__refuses_what_is_not_a_strict_record(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "  ", "null", "5", "\"x\"", "[]", "true", "{", "{}{}", "{\"a\":1}garbage",
        "{\"uid\":\"admin\\u0000x\"}", "{\"role\":\"user\",\"role\":\"admin\"}",
        "{\"r\":1,\"\\u0072\":2}", "{\"a\":1e999}", "{\"a\":-1e999}", "{\"a\":NaN}",
        "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":0x10}",
        "{\"a\":1e}", "{\"a\":\"\xff\xfe\"}", "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\uZZZZ\"}",
        "\xef\xbb\xbf{}", "{/**/}", "{'a':1}", "{\"a\":1,}", "{\"a\":\"\x01\"}",
        "{\"a\":\"\n\"}",
        /* the metadata */
        "{\"_\":5}", "{\"_\":{}}", "{\"_\":{\"v\":1}}",
        "{\"_\":{\"v\":2,\"created\":1,\"deadline\":2,\"nonce\":\"0123456789abcdef\","
        "\"check\":\"0123456789a\"}}",
        "{\"_\":{\"v\":1,\"created\":1,\"deadline\":\"never\",\"nonce\":"
        "\"0123456789abcdef\",\"check\":\"0123456789a\"}}",
        "{\"_\":{\"v\":1,\"created\":1e18,\"deadline\":2,\"nonce\":\"0123456789abcdef\","
        "\"check\":\"0123456789a\"}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (read_planted(bad[i]) != SESSION_CORRUPT)
            fail_msg("%s is %s", bad[i], session_error_name(read_planted(bad[i])));
}

static void test_get__limits_depth(void **state)
{
    (void)state;
    char deep[200] = "{\"a\":";
    const size_t start = strlen(deep);
    for (int levels = 31; levels <= 32; levels++) {
        memset(deep + start, '[', (size_t)levels);
        memset(deep + start + levels, ']', (size_t)levels);
        strcpy(deep + start + 2 * levels, "}");
        expect_code(read_planted(deep), levels == 31 ? SESSION_OK : SESSION_CORRUPT);
    }
}

static void test_get__reads_what_another_program_wrote(void **state)
{
    (void)state;
    session *s = NULL;
    const char *role = NULL;
    plant(" { \"ROLE\" : \"admin\" , \"role\" : \"user\" } ");
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_get_string(s, "role", &role));
    assert_string_equal(role, "user");
    assert_string_equal(session_json(s), "{\"ROLE\":\"admin\",\"role\":\"user\"}");
    assert_int_equal(session_created_at(s), 0);
    session_free(s);
}

static void test_get__of_a_record_copied_from_another_session_is_corrupt(void **state)
{
    (void)state;
    char *id = create_id(store, "{\"user\":\"ada\"}");
    char *raw = SERVER_RUN(&redis, "GET", key_of(id));
    expect_code(read_planted(raw), SESSION_CORRUPT);
    free(raw);
    free(id);
}

static void test_key__of_another_type_is_corrupt_and_stays_as_it_is(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    free(SERVER_RUN(&redis, "DEL", key_of(session_id(s))));
    SERVER_INT(&redis, "RPUSH", key_of(session_id(s)), "x");
    session *found = NULL;
    expect_code(session_get(store, session_id(s), &found), SESSION_CORRUPT);
    expect_ok(session_set_int(s, "a", 1));
    expect_code(session_save(s), SESSION_CORRUPT);
    assert_int_equal(SERVER_INT(&redis, "LLEN", key_of(session_id(s))), 1);
    session_free(s);
}

static void test_get__of_a_huge_value_is_too_big(void **state)
{
    (void)state;
    char *huge = malloc(9000001);
    memset(huge, 'x', 9000000);
    huge[9000000] = '\0';
    expect_code(read_planted(huge), SESSION_TOO_BIG);
    expect_code(read_planted("{}"), SESSION_OK);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get__refuses_what_is_not_a_strict_record),
        cmocka_unit_test(test_get__limits_depth),
        cmocka_unit_test(test_get__reads_what_another_program_wrote),
        cmocka_unit_test(test_get__of_a_record_copied_from_another_session_is_corrupt),
        cmocka_unit_test(test_key__of_another_type_is_corrupt_and_stays_as_it_is),
        cmocka_unit_test(test_get__of_a_huge_value_is_too_big),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

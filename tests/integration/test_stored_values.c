/* Records that someone planted in Redis by hand. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "threads.h"

#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

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
        "",
        "  ",
        "null",
        "5",
        "\"x\"",
        "[]",
        "true",
        "{",
        "{}{}",
        "{\"a\":1}garbage",
        "{\"uid\":\"admin\\u0000x\"}",
        "{\"role\":\"user\",\"role\":\"admin\"}",
        "{\"role\":\"admin\",\"role\":\"user\"}",
        "{\"role\\u0000x\":\"admin\"}",
        "{\"1\":1,",
        "{\"a\":Infinity}",
        "{\"a\":1}//",
        "{\"r\":1,\"\\u0072\":2}",
        "{\"a\":1e999}",
        "{\"a\":-1e999}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":0x10}",
        "{\"a\":1e}",
        "{\"a\":\"\xff\xfe\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\uZZZZ\"}",
        "\xef\xbb\xbf{}",
        "{/**/}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\n\"}",
        /* the metadata */
        "{\"_\":{\"v\":1,\"created\":1,\"deadline\":-1,\"nonce\":\"0123456789abcdef\","
        "\"check\":\"0123456789a\"}}",
        "{\"_\":5}",
        "{\"_\":{}}",
        "{\"_\":{\"v\":1}}",
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

/* `start` once, `text` many times. */
static char *repeat(const char *start, const char *text, size_t times)
{
    size_t first = strlen(start), length = strlen(text);
    char *all = malloc(first + times * length + 1);
    memcpy(all, start, first);
    for (size_t i = 0; i < times; i++)
        memcpy(all + first + i * length, text, length);
    all[first + times * length] = '\0';
    return all;
}

/* The JSON of one field whose name is so many times this text, for free(). */
static char *field_named(const char *text, size_t times)
{
    char *name = repeat("{\"", text, times);
    char *json = repeat(name, "\":1}", 1);
    free(name);
    return json;
}

static void test_create__takes_the_names_that_set_takes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t times;
        int code;
    } names[] = {
        {"n", 1, SESSION_OK},
        {"n", 255, SESSION_OK},
        {"n", 256, SESSION_INVALID},
        {"n", 300, SESSION_INVALID},
        {"", 1, SESSION_INVALID},
        {"_", 1, SESSION_INVALID},
        {"\\u005f", 1, SESSION_INVALID},
        {"\\u006e", 255, SESSION_OK},
        {"\\u006e", 256, SESSION_INVALID},
        {"\\u00e4", 127, SESSION_OK},
        {"\\u00e4", 128, SESSION_INVALID},
        {"__", 1, SESSION_OK},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        session *s = NULL;
        char *json = field_named(names[i].text, names[i].times);
        int rc = session_create(store, json, &s);
        if (rc != names[i].code)
            fail_msg("%s is %s", json, session_error_name(rc));
        session_free(s);
        free(json);
    }
}

static void test_get__reads_names_that_cannot_be_set(void **state)
{
    (void)state;
    session *s = NULL;
    int64_t value = 0;
    char *json = field_named("n", 300), *name = repeat("", "n", 300);
    plant(json);
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_get_int(s, name, &value));
    assert_int_equal(value, 1);
    expect_code(session_set_int(s, name, 2), SESSION_INVALID);
    assert_string_equal(session_json(s), json);
    expect_ok(session_remove(s, name));
    expect_ok(session_save(s));
    assert_string_equal(session_json(s), "{}");
    session_free(s);
    plant("{\"\":7}");
    expect_ok(session_get(store, ID, &s));
    expect_ok(session_get_int(s, "", &value));
    assert_int_equal(value, 7);
    expect_code(session_set_int(s, "", 2), SESSION_INVALID);
    expect_ok(session_remove(s, ""));
    session_free(s);
    free(json);
    free(name);
}

static void test_get__refuses_a_nul_byte(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "redis.call('SET', KEYS[1], '{\"a\":\"x\\0y\"}', 'PX', 100000)",
        "redis.call('SET', KEYS[1], '{\"a\":1}\\0{\"b\":2}', 'PX', 100000)",
        "redis.call('SET', KEYS[1], '{\"a\":1}\\0', 'PX', 100000)",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        session *s = NULL;
        free(SERVER_RUN(&redis, "EVAL", scripts[i], "1", "sess:" ID));
        expect_code(session_get(store, ID, &s), SESSION_CORRUPT);
    }
}

static void read_bottomless(worker *self)
{
    static const char *const levels[] = {"[", "{\"a\":"};
    static const size_t depths[] = {17, 33, 1000, 1001, 1000000};
    session *s = NULL;
    check_ok(self, session_new(store, &s));
    for (size_t l = 0; l < 2; l++)
        for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
            char *deep = repeat("{\"a\":", levels[l], depths[d]);
            const char *const set[] = {"SET", "sess:" ID, deep, NULL};
            char *reply = server_try(&redis, set);
            check_true(self, reply != NULL && strcmp(reply, "OK") == 0);
            check_code(self, get_code(store, ID), SESSION_CORRUPT);
            check_code(self, session_set_json(s, "a", deep), SESSION_INVALID);
            free(reply);
            free(deep);
        }
    session_free(s);
}

static void test_depth__without_end_fits_a_small_stack(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    const size_t stack = 512 * 1024; /* its frames are larger */
#else
    const size_t stack = 64 * 1024;
#endif
    pthread_attr_t before, small;
    reopen_store("max_size=16m&deadline=20s");
    pthread_getattr_default_np(&before);
    pthread_attr_init(&small);
    assert_int_equal(pthread_attr_setstacksize(&small, stack), 0);
    assert_int_equal(pthread_setattr_default_np(&small), 0);
    team *reader = start_threads(1, read_bottomless, NULL);
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&before);
    pthread_attr_destroy(&small);
    finish(reader);
}

static void test_get__refuses_too_many_members_and_endless_digits(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *roomy = open_store(redis.url, "max_size=16m");
    const size_t members = 100000;
    char *many = malloc(members * 16 + 2);
    size_t length = 0;
    for (size_t i = 0; i < members; i++)
        length += (size_t)sprintf(many + length, "%c\"m%zu\":1", i == 0 ? '{' : ',', i);
    strcpy(many + length, "}");
    plant(many);
    expect_code(session_get(roomy, ID, &s), SESSION_CORRUPT);
    free(many);
    many = repeat("{\"a\":", "9", 1000000);
    plant(many);
    expect_code(session_get(roomy, ID, &s), SESSION_CORRUPT);
    free(many);
    session_store_close(roomy);
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

static void test_get__of_any_other_type_is_corrupt(void **state)
{
    (void)state;
    static const char *const makers[][5] = {{"HSET", "sess:" ID, "a", "1"},
                                            {"SADD", "sess:" ID, "a"},
                                            {"ZADD", "sess:" ID, "1", "a"},
                                            {"XADD", "sess:" ID, "1-1", "a", "1"}};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        session *s = NULL;
        const char *words[6] = {NULL};
        memcpy(words, makers[i], sizeof makers[i]);
        free(SERVER_RUN(&redis, "DEL", "sess:" ID));
        free(server_run(&redis, words));
        expect_code(session_get(store, ID, &s), SESSION_CORRUPT);
    }
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
        TEST(test_get__refuses_what_is_not_a_strict_record),
        TEST(test_create__takes_the_names_that_set_takes),
        TEST(test_get__reads_names_that_cannot_be_set),
        TEST(test_get__refuses_a_nul_byte),
        TEST(test_depth__without_end_fits_a_small_stack),
        TEST(test_get__refuses_too_many_members_and_endless_digits),
        TEST(test_get__of_any_other_type_is_corrupt),
        TEST(test_get__limits_depth),
        TEST(test_get__reads_what_another_program_wrote),
        TEST(test_get__of_a_record_copied_from_another_session_is_corrupt),
        TEST(test_key__of_another_type_is_corrupt_and_stays_as_it_is),
        TEST(test_get__of_a_huge_value_is_too_big),
    };
    return RUN_TESTS(tests, .options = "");
}

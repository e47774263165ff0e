/* What servers of the last version sealed goes on to work: an update logs nobody out. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "moved_clock.h"
#include "users.h"

static const int64_t minute = 60000, day = 86400000;

#define FIELDS "\"pages\":1.10,\"s\":\"x\\u0061\""

#define SEALED "protection=sealed&key=" TEST_KEY

/* One session of ada's, under its first id and the next one, as it was stored once. */
#define SEALED_ID "LsR3hZPikqf7v4OTfhoNnwu74Lx6GP3yyUUHgexkpEU"
#define SEALED_KEY "sess:n9c2Lpr7242rR41iQdiv9yqe_nSEP9abSRQ13MpPSIU"
#define SEALED_LIST "sess:user:{cOVD5CjqaMBcjj-5eYx1dA}"
#define NEXT_ID "9RgA6vTKAMDUZ6tpyOiFsknyLigEAfjLxeS8Ki7tHzQ"
#define NEXT_KEY "sess:CYTIKsWZ9lLPK1pZzcRIDDXeCpkTAqNpmXUutPbh5nw"
static const int64_t sealed_at = 1795615306102;

/* As it was created, as it went on, and what stayed of it under its first id. */
static const char sealed[] =
    "{\"_\":{\"v\":2,\"key\":\"nFAVfg8q\",\"deadline\":1798207306102,\"nonce\":"
    "\"Tw43B8yCPavfGzufjsS04T0qKDaVOu_h\",\"box\":\"hUvsrPZjhtU7vJQgY0CimtOeYKMux2lK1dBJ"
    "qkXlKb3n0s7-SIbBCiGdC1Ok1lDMxpgXeJwLNBfnfo8JL27f-BFCFYVlG39Ubk-e21GHvyv_KwNH6dB058C"
    "vVZKxA60JBabi8Y4erN_9hF_rPtk1C-kDokB3aIldcDR6rFHooLvehpaPAvZgetJj4_W1O8N6YjJBEU0HabY"
    "lGzdbjiJ4rXOrn8N62mG9AvRctDIXcAtZt-THcdp6ad6QYGaMcXFtlUky05ARDUrvp8dKV08mzUu2uJ1-tq5"
    "z-hNm2tFoznAcyN0XSBvqkht5xNbjheyVkGageLrTVT5ecPeTQJ6Zkn475aLZyJ2qwGiCNKxIfJ8\"}}";
static const char sealed_next[] =
    "{\"_\":{\"v\":2,\"key\":\"nFAVfg8q\",\"deadline\":1798207306102,\"nonce\":"
    "\"4b7-y4ewwMVLyt-vzvOM4MSNMEw3d_Rt\",\"box\":\"oKBIk1BZSG4fRoZ8Ufn50xO5uVsnH8O73gYL"
    "mSxrxGCgzxk-iExHMUHO1zHk29LjhvXBsoUr7E5nO38z5LKzdzjU6lXynkJVZu-616dQvV9y3Z2EpK4XUWL"
    "1EWmg_Re802gRS7RyLLPiq01NdDd1Gb-FSKAQl6W6zisIzlBDaL72isWNRmyzYxptY9sS07c0_cve4b2nxsl"
    "SEh5bBgzRdt2eGv20biya0KRPGFmzYkW07XKona7KZsRX3qeCXXAvyz8cAeeKSOgpjeLdnWEtxkw2N8C8IIL"
    "FcDOW9I691ORjlSe8nt8_rJeXDoLL4DCUqDARPjsWRckogrv95ZFqkpjU3sdcMI6VSYw4-rapWRI\"}}";
static const char sealed_moved[] =
    "{\"_\":{\"v\":2,\"key\":\"nFAVfg8q\",\"deadline\":1795615316322,\"nonce\":"
    "\"jCXRlf8ba2GgccEkyGMh_1e1kBrxk8DO\",\"box\":\"i1bAeqfaNtDzoKcU4_W5H7Upw9-MNsbbzdFp"
    "luUw14krbghOSr1BF-8z7-x4Jxt1_d1r5U9w-OjsWtILrCGPWfXmrX5IzFUKO2pRg57tj2AuASlyrClo6zs"
    "Z3-vjdXgqh7pYNH489YjItYKs6A7fTi9w3hi9wZ0kXcVOvs-i6MjSCP8xaAe1xoSj3vJnfoUEcd3yPAHdCR"
    "HCVi8a0v3IzfiC1BWZ6u5hvor2sv1cYEhtAyfiChSxhDZxl3FVBUlwkaCfARF9Zrx011hPZLcB87ccu50xC"
    "5Tvg3nrC8v-hKQDaP7uCFjqSPYhvyOfvuTecqIH4-0WTUayZXglxY7-Phvc4fW1Qfszqx7W9tCrG-I\"}}";
static const char sealed_note[] =
    "l 1795615306115 1795615306116 "
    "nFAVfg8qcq3gT2jRbrU81qr9JDM3BwNpe6_hCibEuC4tS4pXwPMevAkwtKz3TkuWWRMi5lfYM-rFs5TAQM2"
    "CA8LuYyCYc9yFLFUOH2IIvEhY_Icp4LrHKQWXxilyGMYw_Po-hFH7HlGVzOwtjmo";

/* Stores it, and moves the clock to where it is valid. */
static void plant_sealed(void)
{
    const char *member = &SEALED_KEY[strlen("sess:")];
    set_clock(sealed_at + minute);
    free(SERVER_RUN(&redis, "SET", SEALED_KEY, sealed, "PX", "86400000"));
    SERVER_INT(&redis, "ZADD", SEALED_LIST, "GT", "1795701826116", member);
    SERVER_INT(&redis, "HSET", SEALED_LIST ":note", member, sealed_note);
    SERVER_INT(&redis, "PEXPIRE", SEALED_LIST, "86520000");
    SERVER_INT(&redis, "PEXPIRE", SEALED_LIST ":note", "86520000");
}

static session *get_sealed(void)
{
    session *s = NULL;
    expect_ok(session_get(store, SEALED_ID, &s));
    return s;
}

static void test_former__reads_as_it_was_stored(void **state)
{
    (void)state;
    plant_sealed();
    session *s = get_sealed();
    assert_string_equal(session_json(s), "{" FIELDS "}");
    assert_string_equal(session_user(s), "ada");
    assert_int_equal(session_created_at(s), sealed_at);
    session_free(s);
}

static void test_former__is_version_3_after_a_save(void **state)
{
    (void)state;
    static const char start[] =
        "{\"_\":{\"v\":3,\"key\":\"nFAVfg8q\",\"created\":1795615306102,"
        "\"deadline\":1798207306102,\"user\":\"cOVD5CjqaMBcjj-5eYx1dA\","
        "\"login\":1795615306102000,\"nonce\":\"";
    plant_sealed();
    session *s = get_sealed();
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    char *value = SERVER_RUN(&redis, "GET", SEALED_KEY);
    assert_memory_equal(value, start, strlen(start));
    expect_ok(session_reload(s));
    assert_string_equal(session_json(s), "{" FIELDS ",\"n\":1}");
    assert_int_equal(count_of(store, "ada"), 1);
    free(value);
    session_free(s);
}

static void test_former__lives_longer_when_it_is_touched(void **state)
{
    (void)state;
    plant_sealed();
    SERVER_INT(&redis, "PEXPIRE", SEALED_KEY, "3600000");
    expect_ok(session_touch(store, SEALED_ID));
    assert_in_range(SERVER_INT(&redis, "PTTL", SEALED_KEY), day - minute, day);
    expect_alive(store, SEALED_ID);
}

static void test_former__moves_to_a_new_id(void **state)
{
    (void)state;
    plant_sealed();
    session *s = get_sealed();
    expect_ok(session_regenerate(s));
    assert_string_equal(session_json(s), "{" FIELDS "}");
    assert_int_equal(count_of(store, "ada"), 1);
    expect_ok(session_destroy(store, SEALED_ID));
    expect_gone(store, session_id(s));
    session_free(s);
}

static void test_former__that_was_destroyed_is_over(void **state)
{
    (void)state;
    plant_sealed();
    session *s = get_sealed();
    expect_ok(session_destroy(store, SEALED_ID));
    expect_gone(store, SEALED_ID);
    expect_ok(session_set_int(s, "n", 1));
    expect_code(session_save(s), SESSION_NOT_FOUND);
    assert_int_equal(count_of(store, "ada"), 0);
    assert_int_equal(stored_keys(), 0);
    session_free(s);
}

static void test_former__id_reads_on_for_the_grace(void **state)
{
    (void)state;
    plant_sealed();
    free(SERVER_RUN(&redis, "SET", SEALED_KEY, sealed_moved, "PX", "600000"));
    set_clock(sealed_at);          /* the grace is short */
    expect_gone(store, SEALED_ID); /* what it became is not there */
    free(SERVER_RUN(&redis, "SET", NEXT_KEY, sealed_next, "PX", "86400000"));
    set_clock(sealed_at);
    session *s = get_sealed();
    assert_string_equal(session_json(s), "{" FIELDS "}");
    expect_ok(session_set_int(s, "n", 1));
    expect_code(session_save(s), SESSION_MOVED);
    expect_ok(session_destroy(store, NEXT_ID));
    expect_gone(store, SEALED_ID);
    session_free(s);
}

static void test_list__has_it(void **state)
{
    (void)state;
    plant_sealed();
    session *s = get_sealed();
    for (int i = 0; i < 2; i++) {
        session_list *list = list_of(store, "ada");
        assert_int_equal(session_list_count(list), 1);
        assert_string_equal(session_list_handle(list, 0), session_handle(s));
        assert_string_equal(session_list_label(list, 0), "Firefox \"on\" Linux");
        session_list_free(list);
    }
    session_free(s);
}

static void test_destroy_user__ends_it(void **state)
{
    (void)state;
    int64_t ended;
    plant_sealed();
    expect_ok(session_destroy_user(store, "ada", SEALED_ID, &ended));
    assert_int_equal(ended, 0);
    expect_alive(store, SEALED_ID);
    expect_ok(session_destroy_user(store, "ada", NULL, &ended));
    assert_int_equal(ended, 1);
    expect_gone(store, SEALED_ID);
}

static void test_destroy_handle__ends_it(void **state)
{
    (void)state;
    plant_sealed();
    session *s = get_sealed();
    expect_ok(session_destroy_handle(store, "ada", session_handle(s)));
    expect_gone(store, SEALED_ID);
    session_free(s);
}

static void test_limit__counts_it(void **state)
{
    (void)state;
    session *s = NULL;
    reopen_store(SEALED "&user_limit=1&user_limit_policy=refuse");
    plant_sealed();
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_code(session_save(s), SESSION_LIMIT);
    reopen_store(SEALED "&user_limit=1");
    char *id = log_in_id(store, "ada");
    expect_gone(store, SEALED_ID);
    expect_alive(store, id);
    free(id);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_former__reads_as_it_was_stored),
        TEST(test_former__is_version_3_after_a_save),
        TEST(test_former__lives_longer_when_it_is_touched),
        TEST(test_former__moves_to_a_new_id),
        TEST(test_former__that_was_destroyed_is_over),
        TEST(test_former__id_reads_on_for_the_grace),
        TEST(test_list__has_it),
        TEST(test_destroy_user__ends_it),
        TEST(test_destroy_handle__ends_it),
        TEST(test_limit__counts_it),
    };
    return RUN_TESTS(tests, .options = SEALED, .after = set_clock_right);
}

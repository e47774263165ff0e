/* What tests/REQUIREMENTS.md asks for, where no other test shows it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "fixture.h"
#include "hisession/cookie.h"
#include "moved_clock.h"
#include "users.h"

enum { ID_BYTES = 32, MINUTE = 60000, HOUR = 60 * MINUTE };
#define DAY (INT64_C(24) * HOUR)

/* ---- ASVS 7.2.3: what ids are made of ---- */

#define FIRST_ID "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" /* the bytes 0 to 31 */
#define NEXT_ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"  /* 1 to 32 */

static int drawn;

/* libsodium's generator, of which two draws of an id's size come out the same. */
static void draw(void *const buffer, const size_t size)
{
    unsigned char *bytes = buffer;
    randombytes_sysrandom_implementation.buf(buffer, size);
    if (size != ID_BYTES)
        return;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i + (drawn < 2 ? 0 : 1));
    drawn++;
}

static int watch_generator(void **state)
{
    static randombytes_implementation watched;
    watched = randombytes_sysrandom_implementation;
    watched.buf = draw;
    drawn = 0;
    fixture_set_up(state);
    return randombytes_set_implementation(&watched);
}

static int leave_generator(void **state)
{
    randombytes_set_implementation(&randombytes_sysrandom_implementation);
    return fixture_tear_down(state);
}

static void test_asvs_7_2_3__an_id_is_256_bits_of_libsodiums_generator(void **state)
{
    (void)state;
    char *id = create_id(store, NULL);
    assert_string_equal(id, FIRST_ID);
    assert_int_equal(drawn, 1);
    free(id);
}

static void test_asvs_7_2_3__an_id_that_is_taken_is_not_given_out_again(void **state)
{
    (void)state;
    session *s = NULL;
    char *first = create_id(store, "{\"owner\":\"ada\"}");
    char *second = create_id(store, "{\"owner\":\"bob\"}");
    assert_string_equal(first, FIRST_ID);
    assert_string_equal(second, NEXT_ID);
    expect_ok(session_get(store, first, &s));
    assert_string_equal(session_json(s), "{\"owner\":\"ada\"}");
    session_free(s);
    free(first);
    free(second);
}

/* ---- ASVS 7.2.4: a new id at login ---- */

static void test_asvs_7_2_4__a_planted_id_is_never_the_users(void **state)
{
    (void)state;
    session_store *brief = open_store(redis.url, "regenerate_grace=50ms");
    session *s = NULL, *planted = NULL;
    char *id = create_id(brief, NULL);
    expect_ok(session_get(brief, id, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_set_string(s, "role", "admin"));
    expect_ok(session_regenerate(s));
    for (int rc = SESSION_OK; rc != SESSION_NOT_FOUND;) {
        rc = session_get(brief, id, &planted);
        if (rc == SESSION_OK) {
            assert_null(session_user(planted));
            assert_string_equal(session_json(planted), "{}");
            session_free(planted);
        }
        assert_true(rc == SESSION_OK || rc == SESSION_NOT_FOUND);
    }
    assert_string_equal(session_user(s), "ada");
    expect_ok(session_reload(s));
    session_free(s);
    free(id);
    session_store_close(brief);
}

/* ---- ASVS 7.4.5: an administrator ends everybody's sessions ---- */

static void test_asvs_7_4_5__sessions_that_were_flushed_stay_ended(void **state)
{
    (void)state;
    session *adas = log_in(store, "ada"), *bobs = log_in(store, "bob");
    free(SERVER_RUN(&redis, "FLUSHDB"));
    expect_over(bobs);
    expect_over(adas);
    assert_int_equal(count_of(store, "ada"), 0);
    session_free(adas);
    adas = log_in(store, "ada");
    assert_int_equal(count_of(store, "ada"), 1);
    session_free(adas);
    session_free(bobs);
}

/* ---- ASVS 7.5.1 and 7.5.3: a step-up is a field of the application's ---- */

static void test_asvs_7_5_1__a_step_up_is_not_passed_to_the_former_id(void **state)
{
    (void)state;
    session *s = log_in(store, "ada"), *former = NULL;
    char *id = strdup(session_id(s));
    int64_t at = 0;
    expect_ok(session_set_int(s, "auth_time", 1795510328));
    expect_ok(session_regenerate(s));
    expect_ok(session_get(store, id, &former));
    assert_string_equal(session_user(former), "ada");
    expect_code(session_get_int(former, "auth_time", &at), SESSION_NO_FIELD);
    expect_ok(session_reload(s));
    expect_ok(session_get_int(s, "auth_time", &at));
    assert_int_equal(at, 1795510328);
    session_free(former);
    session_free(s);
    free(id);
}

static void test_asvs_7_5_1__a_step_up_taken_back_is_not_saved_back(void **state)
{
    (void)state;
    session *s = log_in(store, "ada"), *under_way = NULL;
    expect_ok(session_set_int(s, "auth_time", 1795510328));
    expect_ok(session_save(s));
    expect_ok(session_get(store, session_id(s), &under_way));
    expect_ok(session_remove(s, "auth_time"));
    expect_ok(session_save(s));
    expect_ok(session_set_int(under_way, "page", 7));
    expect_ok(session_save(under_way));
    assert_string_equal(session_json(under_way), "{\"page\":7}");
    session_free(under_way);
    session_free(s);
}

/* ---- NIST SP 800-63B-4, 2.1.3, 2.2.3, 2.3.3 and 5.2: timeouts ---- */

static void expect_timeouts(const char *query, int64_t idle, int64_t lifetime)
{
    session_store *limited = open_store(redis.url, query);
    session *s = NULL;
    expect_ok(session_create(limited, NULL, &s));
    long long life = SERVER_INT(&redis, "PTTL", key_of(session_id(s)));
    assert_in_range(life, idle - MINUTE, idle);
    int64_t end = session_created_at(s) + lifetime;
    set_clock(end - MINUTE);
    expect_ok(session_touch(limited, session_id(s)));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    assert_true(session_expires_at(s) <= end);
    clock_ahead += MINUTE;
    expect_code(get_code(limited, session_id(s)), SESSION_NOT_FOUND);
    expect_code(session_touch(limited, session_id(s)), SESSION_NOT_FOUND);
    session_free(s);
    session_store_close(limited);
    set_clock_right();
}

static void test_nist_2_3_3__timeouts_of_every_level_hold(void **state)
{
    (void)state;
    expect_timeouts("", DAY, 30 * DAY); /* AAL1: the defaults */
    expect_timeouts("ttl=1h&lifetime=24h", HOUR, DAY);
    expect_timeouts("ttl=15m&lifetime=12h", 15 * MINUTE, DAY / 2);
}

static void test_nist_5_2__a_reauthentication_as_a_new_session_resets_both(void **state)
{
    (void)state;
    session_store *limited = open_store(redis.url, "ttl=1h&lifetime=12h");
    session *s = log_in(limited, "ada"), *fresh = NULL;
    expect_ok(session_set_string(s, "cart", "full"));
    expect_ok(session_save(s));
    clock_ahead = DAY / 2 - MINUTE;
    expect_ok(session_reload(s));

    expect_ok(session_create(limited, session_json(s), &fresh));
    expect_ok(session_set_user(fresh, session_user(s)));
    expect_ok(session_save(fresh));
    expect_ok(session_destroy(limited, session_id(s)));

    expect_code(get_code(limited, session_id(s)), SESSION_NOT_FOUND);
    assert_int_equal(count_of(store, "ada"), 1);
    assert_in_range(session_expires_at(fresh) - session_created_at(fresh), HOUR - MINUTE,
                    HOUR + MINUTE);
    clock_ahead += DAY / 2 - MINUTE;
    expect_ok(session_reload(fresh));
    assert_string_equal(session_json(fresh), "{\"cart\":\"full\"}");
    clock_ahead += 2 * MINUTE;
    expect_code(get_code(limited, session_id(fresh)), SESSION_NOT_FOUND);
    session_free(fresh);
    session_free(s);
    session_store_close(limited);
}

/* ---- NIST SP 800-63B-4, 5.1.1: cookies ---- */

static void test_nist_5_1_1__a_cookies_max_age_prolongs_nothing(void **state)
{
    (void)state;
    session_store *brief = open_store(redis.url, "ttl=50ms");
    session_cookie *cookie = NULL;
    char header[512], found[SESSION_COOKIE_ID_SIZE];
    char *id = create_id(brief, NULL);
    expect_ok(session_cookie_open("max_age=400d", &cookie, NULL, 0));
    expect_ok(session_cookie_format(cookie, id, header, sizeof header));
    assert_non_null(strstr(header, "; Max-Age=34560000;"));
    *strchr(header, ';') = '\0'; /* what the browser sends, for 400 days */
    expect_ok(session_cookie_find(cookie, header, found, sizeof found));
    while (SERVER_INT(&redis, "EXISTS", key_of(id)) != 0)
        ;
    expect_code(get_code(brief, found), SESSION_NOT_FOUND);
    session_cookie_close(cookie);
    free(id);
    session_store_close(brief);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_asvs_7_2_3__an_id_is_256_bits_of_libsodiums_generator, watch_generator,
            leave_generator),
        cmocka_unit_test_setup_teardown(
            test_asvs_7_2_3__an_id_that_is_taken_is_not_given_out_again, watch_generator,
            leave_generator),
        TEST(test_asvs_7_2_4__a_planted_id_is_never_the_users),
        TEST(test_asvs_7_4_5__sessions_that_were_flushed_stay_ended),
        TEST(test_asvs_7_5_1__a_step_up_is_not_passed_to_the_former_id),
        TEST(test_asvs_7_5_1__a_step_up_taken_back_is_not_saved_back),
        TEST(test_nist_2_3_3__timeouts_of_every_level_hold),
        TEST(test_nist_5_2__a_reauthentication_as_a_new_session_resets_both),
        TEST(test_nist_5_1_1__a_cookies_max_age_prolongs_nothing),
    };
    return RUN_TESTS(tests, .options = "", .after = set_clock_right);
}

/* Sealed sessions, from the side of someone who has Redis in their hands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "moved_clock.h"
#include "users.h"

#define OTHER_KEY "c47d10e96ab3825f0b9ee6318f54d27a36b0219c8d7f45e21a60c398bb571d04"
#define THIRD_KEY "52b8e30f7cd6914a8e21fb05937ad46c19e8403db65fa27208cd7391e6af0b58"
#define SEALED "protection=sealed&key=" TEST_KEY

/* "sess:<storage id>" under a key; valid until the next call. */
static const char *key_under(const char *key, const char *id)
{
    static char text[160];
    snprintf(text, sizeof text, "sess:%s", storage_id_of(key, id));
    return text;
}

static char *stored(const char *id)
{
    return SERVER_RUN(&redis, "GET", key_under(TEST_KEY, id));
}

static void plant(const char *id, const char *value)
{
    free(SERVER_RUN(&redis, "SET", key_under(TEST_KEY, id), value, "PX", "100000"));
}

/* ---- What Redis holds ---- */

static void test_redis__holds_neither_id_nor_values_nor_names(void **state)
{
    (void)state;
    char *id = create_id(store, "{\"user\":\"ada lovelace\"}");
    char *value = stored(id);
    char *keys = SERVER_RUN(&redis, "KEYS", "*");
    assert_memory_equal(value, "{\"_\":{\"v\":3,\"key\":\"", 19);
    assert_null(strstr(value, "ada"));
    assert_null(strstr(value, "user"));
    assert_null(strstr(value, id));
    assert_null(strstr(keys, id));
    assert_int_equal(strlen(storage_id_of(TEST_KEY, id)), 43);
    free(keys);
    free(value);
    free(id);
}

static void test_storage_id__as_an_id_is_just_another_id(void **state)
{
    (void)state;
    char *id = create_id(store, NULL);
    char *leaked = strdup(storage_id_of(TEST_KEY, id));
    expect_code(get_code(store, leaked), SESSION_NOT_FOUND);
    expect_code(session_touch(store, leaked), SESSION_NOT_FOUND);
    expect_code(session_destroy(store, leaked), SESSION_NOT_FOUND);
    expect_ok(get_code(store, id));
    free(leaked);
    free(id);
}

static void test_length__does_not_tell_a_short_value_from_a_longer_one(void **state)
{
    (void)state;
    char *a = create_id(store, "{\"role\":\"user\"}");
    char *b = create_id(store, "{\"role\":\"admin\"}");
    char *x = stored(a), *y = stored(b);
    assert_int_equal(strlen(x), strlen(y));
    free(x);
    free(y);
    free(a);
    free(b);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_nonces__of_2000_saves_are_distinct(void **state)
{
    (void)state;
    enum { SAVES = 2000, LENGTH = 32 };
    static char nonces[SAVES][LENGTH + 1];
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    for (int i = 0; i < SAVES; i++) {
        expect_ok(session_set_int(s, "n", i));
        expect_ok(session_save(s));
        char *value = stored(session_id(s));
        const char *nonce = strstr(value, "\"nonce\":\"");
        assert_non_null(nonce);
        memcpy(nonces[i], nonce + 9, LENGTH);
        free(value);
    }
    qsort(nonces, SAVES, sizeof nonces[0], compare_texts);
    for (int i = 1; i < SAVES; i++)
        assert_string_not_equal(nonces[i - 1], nonces[i]);
    session_free(s);
}

static void test_max_size__counts_what_is_stored(void **state)
{
    (void)state;
    session_store *small = open_store(redis.url, SEALED "&max_size=1k");
    session *s = NULL;
    char fields[500];
    snprintf(fields, sizeof fields, "{\"a\":\"%0250d\"}", 0);
    char *id = create_id(small, fields);
    char *value = stored(id);
    assert_in_range(strlen(value), 512, 1024);
    free(value);
    snprintf(fields, sizeof fields, "{\"a\":\"%0490d\"}", 0);
    expect_code(session_create(small, fields, &s), SESSION_TOO_BIG);
    free(id);
    session_store_close(small);
}

static void
test_regenerate__of_the_largest_session_leaves_the_old_id_readable(void **state)
{
    (void)state;
    session_store *small = open_store(redis.url, SEALED "&max_size=1k");
    session *s = NULL;
    char fields[700];
    for (int length = 200; length < 400; length += 10) {
        snprintf(fields, sizeof fields, "{\"a\":\"%0*d\"}", length, 0);
        if (session_create(small, fields, &s) != SESSION_OK)
            break;
        char *id = strdup(session_id(s));
        expect_ok(session_regenerate(s));
        expect_ok(get_code(small, id));
        session_free(s);
        s = NULL;
        free(id);
    }
    session_store_close(small);
}

/* ---- What is changed in Redis ---- */

static void test_get__of_a_value_with_any_bit_flipped_is_corrupt(void **state)
{
    (void)state;
    char *id = create_id(store, "{\"user\":\"ada\"}");
    char *value = stored(id);
    for (size_t i = 0; value[i] != '\0'; i++)
        for (int bit = 0; bit < 8; bit++) {
            value[i] = (char)(value[i] ^ 1 << bit);
            plant(id, value);
            if (get_code(store, id) != SESSION_CORRUPT)
                fail_msg("bit %d of byte %zu", bit, i);
            value[i] = (char)(value[i] ^ 1 << bit);
        }
    plant(id, value);
    expect_ok(get_code(store, id));
    free(value);
    free(id);
}

static void test_get__of_a_value_cut_or_lengthened_anywhere_is_corrupt(void **state)
{
    (void)state;
    char longer[2000];
    char *id = create_id(store, NULL);
    char *value = stored(id);
    for (size_t length = strlen(value); length-- > 0;) {
        char *cut = strdup(value);
        cut[length] = '\0';
        plant(id, cut);
        expect_code(get_code(store, id), SESSION_CORRUPT);
        free(cut);
    }
    snprintf(longer, sizeof longer, "%s ", value);
    plant(id, longer);
    expect_code(get_code(store, id), SESSION_CORRUPT);
    free(value);
    free(id);
}

static void test_get__of_another_sessions_value_is_corrupt(void **state)
{
    (void)state;
    session *s = NULL;
    char *ada = create_id(store, "{\"user\":\"ada\"}");
    char *eve = create_id(store, "{\"user\":\"eve\"}");
    char *value = stored(ada);
    expect_ok(session_get(store, eve, &s));
    plant(eve, value);
    expect_code(get_code(store, eve), SESSION_CORRUPT);
    expect_code(session_touch(store, eve), SESSION_CORRUPT);
    expect_code(session_reload(s), SESSION_CORRUPT);
    expect_ok(session_set_int(s, "n", 1));
    expect_code(session_save(s), SESSION_CORRUPT);
    expect_code(session_regenerate(s), SESSION_CORRUPT);
    expect_ok(session_destroy(store, eve));
    session_free(s);
    free(value);
    free(ada);
    free(eve);
}

static void test_get__of_another_prefixs_value_is_corrupt(void **state)
{
    (void)state;
    session_store *tenant = open_store(redis.url, SEALED "&prefix=b:");
    char *id = create_id(store, NULL);
    char *value = stored(id);
    expect_code(get_code(tenant, id), SESSION_NOT_FOUND);
    /* The storage id differs; so put it where the tenant looks, too. */
    char *mine = create_id(tenant, NULL);
    char *names = SERVER_RUN(&redis, "KEYS", "b:*");
    names[strcspn(names, "\n")] = '\0';
    free(SERVER_RUN(&redis, "SET", names, value, "PX", "100000"));
    expect_code(get_code(tenant, mine), SESSION_CORRUPT);
    free(names);
    free(mine);
    free(value);
    free(id);
    session_store_close(tenant);
}

static void test_plain_and_sealed__do_not_read_each_others_records(void **state)
{
    (void)state;
    session_store *plain = open_store(redis.url, "");
    char *id = create_id(plain, "{\"user\":\"ada\"}");
    char name[64];
    snprintf(name, sizeof name, "sess:%s", id);
    char *record = SERVER_RUN(&redis, "GET", name);
    expect_code(get_code(store, id), SESSION_NOT_FOUND);
    plant(id, record);
    expect_code(get_code(store, id), SESSION_CORRUPT);
    plant(id, "{\"user\":\"ada\"}");
    expect_code(get_code(store, id), SESSION_CORRUPT);

    char *own = create_id(store, NULL);
    char *value = stored(own);
    free(SERVER_RUN(&redis, "SET", name, value, "PX", "100000"));
    expect_code(get_code(plain, id), SESSION_CORRUPT);
    free(value);
    free(own);
    free(record);
    free(id);
    session_store_close(plain);
}

/* Nobody can tell it from the newest; the README says so. */
static void test_get__of_an_earlier_value_of_the_session_reads_it(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, "{\"n\":1}", &s));
    char *before = stored(session_id(s));
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(session_save(s));
    plant(session_id(s), before);
    expect_ok(session_reload(s));
    assert_string_equal(session_json(s), "{\"n\":1}");
    free(before);
    session_free(s);
}

static void test_deadline__holds_whatever_happens_to_the_expiry(void **state)
{
    (void)state;
    reopen_store(SEALED "&ttl=1h&lifetime=1h&touch_on_get=off");
    char *forever = create_id(store, NULL), *longer = create_id(store, NULL);
    assert_int_equal(SERVER_INT(&redis, "PERSIST", key_under(TEST_KEY, forever)), 1);
    SERVER_INT(&redis, "EXPIRE", key_under(TEST_KEY, longer), "315360000");
    expect_ok(get_code(store, forever));
    expect_ok(get_code(store, longer));
    clock_ahead = 3600000;
    expect_code(get_code(store, forever), SESSION_NOT_FOUND);
    expect_code(get_code(store, longer), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_under(TEST_KEY, forever)), 1);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_under(TEST_KEY, longer)), 1);
    free(forever);
    free(longer);
}

static void test_deadline__in_the_envelope_cannot_be_changed(void **state)
{
    (void)state;
    char *id = create_id(store, NULL);
    char *value = stored(id);
    char *digit = strstr(value, "\"deadline\":") + strlen("\"deadline\":");
    *digit = *digit == '9' ? '8' : (char)(*digit + 1);
    plant(id, value);
    expect_code(get_code(store, id), SESSION_CORRUPT);
    free(value);
    free(id);
}

/* ---- Keys that change ---- */

static session_store *open_with_keys(const char *key, const char *old_keys)
{
    char query[400];
    snprintf(query, sizeof query, "protection=sealed&key=%s%s%s", key,
             old_keys != NULL ? "&old_keys=" : "", old_keys != NULL ? old_keys : "");
    return open_store(redis.url, query);
}

/* What a session's value says of the key that sealed it. */
static void read_key_name(const char *id, char name[9])
{
    char *value = stored(id);
    memcpy(name, strstr(value, "\"key\":\"") + 7, 8);
    name[8] = '\0';
    free(value);
}

static void test_rotation__reads_old_sessions_and_seals_them_anew(void **state)
{
    (void)state;
    char before[9], after[9];
    session *s = NULL;
    session_store *both = open_with_keys(OTHER_KEY, TEST_KEY);
    session_store *next = open_with_keys(OTHER_KEY, NULL);
    char *id = create_id(store, "{\"n\":1}");
    read_key_name(id, before);
    expect_ok(session_get(both, id, &s));
    assert_string_equal(session_json(s), "{\"n\":1}");
    expect_ok(session_touch(both, id));
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(session_save(s));
    read_key_name(id, after);
    assert_string_not_equal(before, after);
    expect_ok(session_reload(s));
    assert_string_equal(session_json(s), "{\"n\":2}");
    /* Its Redis key is still of the old key, so either alone does not do. */
    expect_code(get_code(next, id), SESSION_NOT_FOUND);
    expect_code(get_code(store, id), SESSION_CORRUPT);
    session_free(s);
    free(id);
    session_store_close(both);
    session_store_close(next);
}

static void test_rotation__gives_new_ids_to_the_new_key_alone(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *both = open_with_keys(OTHER_KEY, TEST_KEY);
    session_store *next = open_with_keys(OTHER_KEY, NULL);
    char *id = create_id(store, "{\"n\":1}");
    expect_ok(session_get(both, id, &s));
    expect_ok(session_regenerate(s));
    expect_ok(get_code(next, session_id(s)));
    expect_ok(get_code(both, id)); /* for the grace */
    session_free(s);
    char *fresh = create_id(both, NULL);
    expect_ok(get_code(next, fresh));
    free(fresh);
    free(id);
    session_store_close(both);
    session_store_close(next);
}

static void test_rotation__lets_servers_be_changed_one_by_one(void **state)
{
    (void)state;
    session_store *first = open_with_keys(TEST_KEY, OTHER_KEY);
    session_store *second = open_with_keys(OTHER_KEY, TEST_KEY);
    char *a = create_id(first, NULL), *b = create_id(second, NULL);
    session *s = NULL;
    expect_ok(get_code(second, a));
    expect_ok(get_code(first, b));
    expect_ok(session_get(second, a, &s));
    expect_ok(session_set_int(s, "n", 1));
    expect_ok(session_save(s));
    session_free(s);
    expect_ok(get_code(first, a));
    free(a);
    free(b);
    session_store_close(first);
    session_store_close(second);
}

static void test_handle__is_the_same_before_and_after_a_rotation(void **state)
{
    (void)state;
    session *before = NULL, *after = NULL;
    session_store *both = open_with_keys(OTHER_KEY, TEST_KEY);
    char *id = create_id(store, NULL);
    expect_ok(session_get(store, id, &before));
    expect_ok(session_get(both, id, &after));
    assert_string_equal(session_handle(before), session_handle(after));
    session_free(before);
    session_free(after);
    free(id);
    session_store_close(both);
}

static void test_limit__counts_sessions_of_every_key(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = log_in_id(store, "ada");
    session_store *both =
        open_store(redis.url, "protection=sealed&key=" OTHER_KEY "&old_keys=" TEST_KEY
                              "&user_limit=1&user_limit_policy=refuse");
    expect_ok(session_new(both, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_code(session_save(s), SESSION_LIMIT);
    expect_ok(session_destroy(both, id));
    expect_ok(session_save(s));
    session_free(s);
    session_store_close(both);
    free(id);
}

static void test_destroy__ends_a_session_whatever_key_it_is_of(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *all = open_with_keys(THIRD_KEY, OTHER_KEY "," TEST_KEY);
    char *id = create_id(store, NULL);
    expect_ok(session_get(all, id, &s));
    expect_ok(session_destroy(all, id));
    expect_code(get_code(store, id), SESSION_NOT_FOUND);
    expect_ok(session_set_int(s, "n", 1));
    expect_code(session_save(s), SESSION_NOT_FOUND);
    session_free(s);
    free(id);
    session_store_close(all);
}

/* A user who may not end keys of the old key's sessions. */
static void test_destroy__is_ok_only_if_all_keys_confirm_it(void **state)
{
    (void)state;
    char rule[200], url[256], query[400];
    session_store *limited = NULL;
    char *id = create_id(store, NULL);
    snprintf(rule, sizeof rule, "~%s", key_under(OTHER_KEY, id));
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "half", "on", ">pw", "+@all", rule));
    snprintf(url, sizeof url, "unix://half:pw@%s", redis.socket);
    snprintf(query, sizeof query, "protection=sealed&key=%s&old_keys=%s", OTHER_KEY,
             TEST_KEY);
    limited = open_store(url, query);
    expect_code(session_destroy(limited, id), SESSION_AUTH);
    session_store_close(limited);
    expect_ok(get_code(store, id));
    free(id);
}

static void test_unknown_key__is_corrupt_or_not_found(void **state)
{
    (void)state;
    session_store *stranger = open_with_keys(OTHER_KEY, THIRD_KEY);
    char *id = create_id(store, NULL);
    expect_code(get_code(stranger, id), SESSION_NOT_FOUND);
    char *value = stored(id);
    free(SERVER_RUN(&redis, "SET", key_under(OTHER_KEY, id), value, "PX", "100000"));
    expect_code(get_code(stranger, id), SESSION_CORRUPT);
    free(value);
    free(id);
    session_store_close(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_redis__holds_neither_id_nor_values_nor_names),
        TEST(test_storage_id__as_an_id_is_just_another_id),
        TEST(test_length__does_not_tell_a_short_value_from_a_longer_one),
        TEST(test_nonces__of_2000_saves_are_distinct),
        TEST(test_max_size__counts_what_is_stored),
        TEST(test_regenerate__of_the_largest_session_leaves_the_old_id_readable),
        TEST(test_get__of_a_value_with_any_bit_flipped_is_corrupt),
        TEST(test_get__of_a_value_cut_or_lengthened_anywhere_is_corrupt),
        TEST(test_get__of_another_sessions_value_is_corrupt),
        TEST(test_get__of_another_prefixs_value_is_corrupt),
        TEST(test_plain_and_sealed__do_not_read_each_others_records),
        TEST(test_get__of_an_earlier_value_of_the_session_reads_it),
        TEST(test_deadline__holds_whatever_happens_to_the_expiry),
        TEST(test_deadline__in_the_envelope_cannot_be_changed),
        TEST(test_rotation__reads_old_sessions_and_seals_them_anew),
        TEST(test_rotation__gives_new_ids_to_the_new_key_alone),
        TEST(test_rotation__lets_servers_be_changed_one_by_one),
        TEST(test_handle__is_the_same_before_and_after_a_rotation),
        TEST(test_limit__counts_sessions_of_every_key),
        TEST(test_destroy__ends_a_session_whatever_key_it_is_of),
        TEST(test_destroy__is_ok_only_if_all_keys_confirm_it),
        TEST(test_unknown_key__is_corrupt_or_not_found),
    };
    return RUN_TESTS(tests, .options = SEALED, .after = set_clock_right);
}

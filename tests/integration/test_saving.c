/* Saves against other saves, logouts and other programs. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "threads.h"

static void test_save__with_nothing_changed_sends_nothing(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    long calls = server_calls(&redis, "evalsha");
    expect_ok(session_save(s));
    assert_int_equal(server_calls(&redis, "evalsha"), calls);
    session_free(s);
}

static void test_save__cannot_revive_a_destroyed_session(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_int(s, "a", 1));
    expect_ok(session_destroy(store, session_id(s)));
    expect_code(session_save(s), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(session_id(s))), 0);
    session_free(s);
}

static void test_save__merges_with_what_someone_else_saved(void **state)
{
    (void)state;
    session *s = NULL, *other = NULL;
    char *id = create_id(store, "{\"kept\":1,\"dropped\":2,\"both\":3}");
    expect_ok(session_get(store, id, &s));
    expect_ok(session_get(store, id, &other));
    expect_ok(session_set_int(other, "theirs", 4));
    expect_ok(session_set_int(other, "both", 5));
    expect_ok(session_save(other));
    expect_ok(session_remove(s, "dropped"));
    expect_ok(session_set_int(s, "both", 6));
    expect_ok(session_save(s));
    expect_ok(session_reload(other));
    assert_string_equal(session_json(other), "{\"kept\":1,\"both\":6,\"theirs\":4}");
    session_free(s);
    session_free(other);
    free(id);
}

static void
test_save__with_fail_reports_the_conflict_and_reload_takes_theirs(void **state)
{
    (void)state;
    session_store *careful = open_store(redis.url, "on_conflict=fail");
    session *s = NULL, *other = NULL;
    char *id = create_id(store, "{\"n\":1}");
    expect_ok(session_get(careful, id, &s));
    expect_ok(session_get(careful, id, &other));
    expect_ok(session_set_int(other, "n", 2));
    expect_ok(session_save(other));
    expect_ok(session_set_int(s, "n", 3));
    expect_code(session_save(s), SESSION_CONFLICT);
    expect_ok(session_reload(s));
    assert_string_equal(session_json(s), "{\"n\":2}");
    expect_ok(session_set_int(s, "n", 3));
    expect_ok(session_save(s));
    session_free(s);
    session_free(other);
    session_store_close(careful);
    free(id);
}

/* Sets so many fields, whose names begin with a letter of their own. */
static void set_fields(session *s, char letter, int count)
{
    char name[16];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%c%d", letter, i);
        expect_ok(session_set_int(s, name, i));
    }
}

/* ---- Strict saves ---- */

static void test_save_strict__is_a_conflict_if_anybody_saved(void **state)
{
    (void)state;
    session *s = NULL, *other = NULL;
    char *id = create_id(store, "{\"n\":1}");
    expect_ok(session_get(store, id, &s));
    expect_ok(session_get(store, id, &other));
    expect_ok(session_set_int(other, "theirs", 2));
    expect_ok(session_save_strict(other));
    expect_ok(session_set_int(s, "n", 3));
    expect_code(session_save_strict(s), SESSION_CONFLICT);
    expect_ok(session_set_user(s, "ada"));
    expect_code(session_save_strict(s), SESSION_CONFLICT);
    assert_string_equal(session_id(s), id);
    expect_ok(session_save(s)); /* of the same store, whose saves merge */
    assert_string_equal(session_json(s), "{\"n\":3,\"theirs\":2}");
    expect_code(session_save_strict(NULL), SESSION_INVALID);
    session_free(s);
    session_free(other);
    free(id);
}

enum { TOKENS = 200 };
static pthread_barrier_t token_gate;

/* Its context says how many have taken each token; the ids of their sessions. */
typedef struct {
    char *ids[TOKENS];
    atomic_int taken[TOKENS];
} tokens;

static void take_each(worker *self)
{
    tokens *all = self->context;
    for (int i = 0; i < TOKENS; i++) {
        session *s = NULL;
        check_ok(self, session_get(store, all->ids[i], &s));
        check_ok(self, session_remove(s, "token"));
        pthread_barrier_wait(&token_gate);
        int rc = session_save_strict(s);
        check_true(self, rc == SESSION_OK || rc == SESSION_CONFLICT);
        atomic_fetch_add(&all->taken[i], rc == SESSION_OK);
        pthread_barrier_wait(&token_gate);
        session_free(s);
    }
}

static void test_save_strict__lets_one_take_a_token_that_two_ask_for(void **state)
{
    (void)state;
    tokens *all = calloc(1, sizeof *all);
    pthread_barrier_init(&token_gate, NULL, 2);
    for (int i = 0; i < TOKENS; i++)
        all->ids[i] = create_id(store, "{\"token\":true}");
    run_threads(2, take_each, all);
    for (int i = 0; i < TOKENS; i++) {
        assert_int_equal(atomic_load(&all->taken[i]), 1);
        free(all->ids[i]);
    }
    pthread_barrier_destroy(&token_gate);
    free(all);
}

static void test_save__merges_as_many_fields_as_a_session_can_hold(void **state)
{
    (void)state;
    session *mine = NULL, *theirs = NULL;
    expect_ok(session_create(store, NULL, &mine));
    set_fields(mine, 'f', 1023);
    expect_ok(session_save(mine));
    expect_ok(session_get(store, session_id(mine), &theirs));
    expect_ok(session_set_int(theirs, "theirs", 1));
    expect_ok(session_save(theirs));
    expect_ok(session_remove(mine, "f7"));
    expect_ok(session_set_int(mine, "mine", 1));
    expect_ok(session_save(mine));
    expect_ok(session_reload(theirs));
    assert_string_equal(session_json(mine), session_json(theirs));
    assert_int_equal(session_has(mine, "theirs"), 1);
    assert_int_equal(session_has(mine, "mine"), 1);
    assert_int_equal(session_has(mine, "f7"), 0);

    /* What each adds fits, but not what both add. */
    expect_ok(session_remove(mine, "f8"));
    expect_ok(session_save(mine));
    expect_ok(session_reload(theirs));
    expect_ok(session_set_int(theirs, "theirs too", 1));
    expect_ok(session_save(theirs));
    expect_ok(session_set_int(mine, "mine too", 1));
    expect_code(session_save(mine), SESSION_TOO_BIG);
    session_free(mine);
    session_free(theirs);
}

static void test_save__keeps_what_another_program_wrote(void **state)
{
    (void)state;
    session *s = NULL;
    int64_t big = 0;
    if (stores_are_sealed())
        skip();
    expect_ok(session_create(store, NULL, &s));
    free(SERVER_RUN(
        &redis, "SET", key_of(session_id(s)),
        "{\"price\":1.10,\"id\":9007199254740993,\"e\":1e2,\"s\":\"\\u00e4\\/\"}", "PX",
        "100000"));
    expect_ok(session_set_bool(s, "mine", 1));
    expect_ok(session_save(s));
    char *raw = SERVER_RUN(&redis, "GET", key_of(session_id(s)));
    assert_memory_equal(raw, "{\"_\":{\"v\":2,", 12);
    assert_non_null(strstr(raw, ",\"price\":1.10,\"id\":9007199254740993,\"e\":1e2,"
                                "\"s\":\"\\u00e4\\/\",\"mine\":true}"));
    expect_ok(session_get_int(s, "id", &big));
    assert_int_equal(big, 9007199254740993);
    free(raw);
    session_free(s);
}

static void test_save__survives_a_flush_of_the_script_cache(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    for (int i = 0; i < 3; i++) {
        free(SERVER_RUN(&redis, "SCRIPT", "FLUSH"));
        expect_ok(session_set_int(s, "i", i));
        expect_ok(session_save(s));
    }
    session_free(s);
}

/* ---- Many writers ---- */

enum { WRITERS = 16, WRITES = 20 };

/* Its context is the session's id. */
static void write_own_field(worker *self)
{
    session *s = NULL;
    char field[32];
    snprintf(field, sizeof field, "writer%d", self->number);
    check_ok(self, session_get(store, self->context, &s));
    for (int i = 1; i <= WRITES; i++) {
        check_ok(self, session_set_int(s, field, i));
        check_ok(self, session_save(s));
    }
    session_free(s);
}

static void expect_all_written(const char *id)
{
    session *s = NULL;
    expect_ok(session_get(store, id, &s));
    for (int i = 0; i < WRITERS; i++) {
        char field[32];
        int64_t last = 0;
        snprintf(field, sizeof field, "writer%d", i);
        expect_ok(session_get_int(s, field, &last));
        assert_int_equal(last, WRITES);
    }
    session_free(s);
}

static void test_save__by_many_threads_loses_no_field(void **state)
{
    (void)state;
    char *id = create_id(store, NULL);
    run_threads(WRITERS, write_own_field, id);
    expect_all_written(id);
    free(id);
}

static void test_save__by_forked_processes_on_one_store_loses_no_field(void **state)
{
    (void)state;
    char *id = create_id(store, NULL);
    run_processes(WRITERS, write_own_field, id);
    expect_all_written(id);
    free(id);
}

/* ---- A save in flight during a logout ---- */

enum { RACES = 10000 };

static pthread_barrier_t gate;
static const char *racing_id;

static void destroy_each(worker *self)
{
    for (int i = 0; i < RACES; i++) {
        pthread_barrier_wait(&gate);
        check_ok(self, session_destroy(store, racing_id));
        pthread_barrier_wait(&gate);
    }
}

static void save_each(worker *self)
{
    for (int i = 0; i < RACES; i++) {
        session *s = NULL;
        check_ok(self, session_create(store, NULL, &s));
        check_ok(self, session_set_int(s, "i", i));
        racing_id = session_id(s);
        pthread_barrier_wait(&gate);
        int rc = session_save(s);
        pthread_barrier_wait(&gate);
        check_true(self, rc == SESSION_OK || rc == SESSION_NOT_FOUND);
        check_code(self, get_code(store, session_id(s)), SESSION_NOT_FOUND);
        session_free(s);
    }
}

static void save_or_destroy_each(worker *self)
{
    if (self->number == 0)
        save_each(self);
    else
        destroy_each(self);
}

static void test_save__in_flight_during_a_destroy_never_revives_it(void **state)
{
    (void)state;
    pthread_barrier_init(&gate, NULL, 2);
    run_threads(2, save_or_destroy_each, NULL);
    pthread_barrier_destroy(&gate);
    assert_int_equal(stored_keys(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_save__with_nothing_changed_sends_nothing),
        TEST(test_save__cannot_revive_a_destroyed_session),
        TEST(test_save__merges_with_what_someone_else_saved),
        TEST(test_save__with_fail_reports_the_conflict_and_reload_takes_theirs),
        TEST(test_save_strict__is_a_conflict_if_anybody_saved),
        TEST(test_save_strict__lets_one_take_a_token_that_two_ask_for),
        TEST(test_save__merges_as_many_fields_as_a_session_can_hold),
        TEST(test_save__keeps_what_another_program_wrote),
        TEST(test_save__survives_a_flush_of_the_script_cache),
        TEST(test_save__by_many_threads_loses_no_field),
        TEST(test_save__by_forked_processes_on_one_store_loses_no_field),
        TEST(test_save__in_flight_during_a_destroy_never_revives_it),
    };
    return RUN_TESTS(tests, .options = "deadline=20s");
}

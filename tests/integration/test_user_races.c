/*
 * Many processes that log users in and out at once, and what must hold
 * whatever their order: no live session is missing from its user's list, no
 * more live than the limit allows, none that was there before it was revoked.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "threads.h"

enum { PROCESSES = 64, ROUNDS = 12, LIMIT = 3 };

static const char user[] = "ada";

/* ---- What must hold ---- */

static bool is_listed(const char *id)
{
    session *s = NULL;
    session_list *list = NULL;
    bool found = false;
    if (session_get(store, id, &s) != SESSION_OK)
        return true; /* it needs not be: it does not live */
    const char *handle = session_handle(s);
    if (session_list_user(store, user, &list) == SESSION_OK)
        for (size_t i = 0; i < session_list_count(list); i++)
            found |= strcmp(session_list_handle(list, i), handle) == 0;
    /* It may have been ended since it was found to live. */
    session *again = NULL;
    if (!found && session_get(store, id, &again) == SESSION_NOT_FOUND)
        found = true;
    session_free(again);
    session_free(s);
    session_list_free(list);
    return found;
}

/* All ids that have a record, but for retired ones; one a line, for free(). */
static char *session_keys(void)
{
    return SERVER_RUN(&redis, "EVAL",
                      "local found = {} "
                      "for _, key in ipairs(redis.call('KEYS', 'sess:*')) do "
                      "if redis.call('TYPE', key).ok == 'string' "
                      "and not string.find(redis.call('GET', key), '\"next\"') then "
                      "found[#found + 1] = string.sub(key, 6) end end "
                      "return found",
                      "0");
}

static void expect_all_listed(void)
{
    char *ids = session_keys(), *rest = NULL;
    for (char *id = strtok_r(ids, "\n", &rest); id != NULL;
         id = strtok_r(NULL, "\n", &rest))
        assert_true(is_listed(id));
    free(ids);
}

static void expect_none_alive(void)
{
    char *ids = session_keys(), *rest = NULL;
    for (char *id = strtok_r(ids, "\n", &rest); id != NULL;
         id = strtok_r(NULL, "\n", &rest)) {
        session *s = NULL;
        expect_code(session_get(store, id, &s), SESSION_NOT_FOUND);
    }
    free(ids);
}

static size_t alive(void)
{
    session_list *list = NULL;
    expect_ok(session_list_user(store, user, &list));
    size_t count = session_list_count(list);
    session_list_free(list);
    return count;
}

/* Gives a session even if the login fails. */
static int log_in(session_store *to, session **s)
{
    *s = NULL;
    int rc = session_new(to, s);
    if (rc == SESSION_OK)
        rc = session_set_user(*s, user);
    return rc == SESSION_OK ? session_save(*s) : rc;
}

/* ---- Any interleaving ---- */

/* One step of a random life. */
static int live_on(session *s, unsigned *seed)
{
    switch (rand_r(seed) % 6) {
    case 0:
        return session_regenerate(s);
    case 1:
        return session_touch(store, session_id(s));
    case 2:
        return session_destroy(store, session_id(s));
    case 3:
        return session_destroy_user(store, user, NULL, NULL);
    case 4:
        return session_destroy_handle(store, user, session_handle(s));
    default:
        (void)session_set_int(s, "n", rand_r(seed));
        return session_save(s);
    }
}

static void live_any_life(worker *self)
{
    unsigned seed = (unsigned)self->number;
    for (int i = 0; i < ROUNDS; i++) {
        session *s;
        int rc = log_in(store, &s);
        check_true(self, rc == SESSION_OK || rc == SESSION_NOT_FOUND);
        for (int step = 0; rc == SESSION_OK && step < 3; step++) {
            int step_rc = live_on(s, &seed);
            check_true(self, step_rc == SESSION_OK || step_rc == SESSION_NOT_FOUND);
            check_true(self, is_listed(session_id(s)));
        }
        session_free(s);
    }
}

static void test_list__misses_no_live_session_whatever_the_interleaving(void **state)
{
    (void)state;
    run_processes(16, live_any_life, NULL);
    expect_all_listed();
    expect_ok(session_destroy_user(store, user, NULL, NULL));
    assert_int_equal(alive(), 0);
    expect_none_alive();
}

/* ---- The limit ---- */

/* Another login may have ended the session before. */
static void log_out(worker *self, const session *s)
{
    int rc = session_destroy(self->context, session_id(s));
    check_true(self, rc == SESSION_OK || rc == SESSION_NOT_FOUND);
}

/* Its context is a store with the limit. */
static void log_in_and_out(worker *self)
{
    for (int i = 0; i < ROUNDS; i++) {
        session *s;
        int rc = log_in(self->context, &s);
        /* So many may have got in meanwhile that this one is the first to go. */
        check_true(self, rc == SESSION_OK || rc == SESSION_LIMIT);
        if (rc == SESSION_OK && (self->number + i) % 4 == 0)
            log_out(self, s);
        session_free(s);
    }
}

/* Revokes one after another, until its context says that it is over. */
static void revoke_often(worker *self)
{
    const atomic_bool *over = self->context;
    while (!atomic_load(over)) {
        session_list *list = NULL;
        check_ok(self, session_list_user(store, user, &list));
        if (session_list_count(list) > 0)
            (void)session_destroy_handle(store, user, session_list_handle(list, 0));
        session_list_free(list);
    }
}

static void test_limit__holds_while_many_log_in_and_out_and_another_revokes(void **state)
{
    (void)state;
    session_store *limited = open_store(redis.url, "deadline=30s&user_limit=3");
    atomic_bool *over = shared_memory(sizeof *over);
    team *revoker = start_processes(1, revoke_often, over);
    run_processes(PROCESSES, log_in_and_out, limited);
    atomic_store(over, true);
    finish(revoker);
    expect_all_listed();
    assert_true(alive() <= LIMIT);
    run_processes(1, log_in_and_out, limited); /* the last three stay */
    assert_int_equal(alive(), LIMIT);
    session_store_close(limited);
}

/* ---- Revoking ---- */

enum { REVOKED = 8 };

typedef char ids[REVOKED][SESSION_ID_LENGTH + 1];

/* Its context is the ids of the sessions; the first one revokes. */
static void regenerate_until_ended(worker *self)
{
    const char *id = (*(ids *)self->context)[self->number];
    session *s = NULL;
    if (self->number == 0) {
        usleep(2000);
        check_ok(self, session_destroy_user(store, user, NULL, NULL));
        return;
    }
    int rc = session_get(store, id, &s);
    for (int i = 0; i < 1000 && rc == SESSION_OK; i++)
        rc = session_regenerate(s);
    session_free(s);
    check_code(self, rc, SESSION_NOT_FOUND);
}

static void test_destroy_user__catches_sessions_that_regenerate_all_the_time(void **state)
{
    (void)state;
    ids sessions;
    for (int i = 0; i < REVOKED; i++) {
        session *s;
        expect_ok(log_in(store, &s));
        strcpy(sessions[i], session_id(s));
        session_free(s);
    }
    run_processes(REVOKED, regenerate_until_ended, sessions);
    assert_int_equal(alive(), 0);
    expect_none_alive();
}

/* ---- Revoking a device that regenerates ---- */

enum { RACES = 2000 };

static pthread_barrier_t gate;
static char revoked_handle[32];
static int revoked_code;

static void revoke_each(worker *self)
{
    (void)self;
    for (int i = 0; i < RACES; i++) {
        pthread_barrier_wait(&gate);
        revoked_code = session_destroy_handle(store, user, revoked_handle);
        pthread_barrier_wait(&gate);
    }
}

static void test_destroy_handle__that_says_ok_is_not_outrun_by_a_regenerate(void **state)
{
    (void)state;
    int outrun = 0, ended = 0;
    pthread_barrier_init(&gate, NULL, 2);
    team *revoker = start_threads(1, revoke_each, NULL);
    for (int i = 0; i < RACES; i++) {
        session *s, *found = NULL;
        expect_ok(log_in(store, &s));
        snprintf(revoked_handle, sizeof revoked_handle, "%s", session_handle(s));
        pthread_barrier_wait(&gate);
        (void)session_regenerate(s);
        pthread_barrier_wait(&gate);
        bool lives = session_get(store, session_id(s), &found) == SESSION_OK;
        ended += revoked_code == SESSION_OK;
        outrun += revoked_code == SESSION_OK && lives;
        session_free(found);
        expect_code(session_destroy(store, session_id(s)),
                    lives ? SESSION_OK : SESSION_NOT_FOUND);
        session_free(s);
    }
    finish(revoker);
    pthread_barrier_destroy(&gate);
    assert_true(ended > 0);
    assert_int_equal(outrun, 0);
    assert_int_equal(alive(), 0);
}

/* ---- Processes that die ---- */

/* Says when it is at it. */
static void log_in_until_killed(int pipe_end)
{
    for (;;) {
        session *s;
        (void)log_in(store, &s);
        session_free(s);
        (void)!write(pipe_end, "", 1);
    }
}

static void kill_one_that_logs_in(int round)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t process = fork();
    if (process == 0)
        log_in_until_killed(ends[1]);
    assert_true(process > 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    usleep((useconds_t)(round * 13));
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

static void test_list__misses_no_session_of_a_process_that_was_killed(void **state)
{
    (void)state;
    int64_t destroyed = 0;
    for (int round = 0; round < 40; round++)
        kill_one_that_logs_in(round);
    expect_ok(session_destroy_user(store, user, NULL, &destroyed));
    assert_true(destroyed >= 40);
    expect_none_alive();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list__misses_no_live_session_whatever_the_interleaving),
        TEST(test_limit__holds_while_many_log_in_and_out_and_another_revokes),
        TEST(test_destroy_user__catches_sessions_that_regenerate_all_the_time),
        TEST(test_destroy_handle__that_says_ok_is_not_outrun_by_a_regenerate),
        TEST(test_list__misses_no_session_of_a_process_that_was_killed),
    };
    return RUN_TESTS(tests, .options = "deadline=30s");
}

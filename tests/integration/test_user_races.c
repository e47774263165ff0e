/*
 * Many processes that log users in and out at once, and what must hold
 * whatever their order: no live session is missing from its user's list, no
 * more live than the limit allows, none that was there before it was revoked.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

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

/* ---- Processes ---- */

/* Runs `work` in so many processes; each gets its number and returns its failures. */
static void in_processes(int count, int (*work)(int))
{
    for (int i = 0; i < count; i++)
        if (fork() == 0)
            _exit(work(i) == 0 ? 0 : 1);
    for (int i = 0, status = 0; i < count; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

static session *log_in(session_store *to)
{
    session *s = NULL;
    if (session_new(to, &s) != SESSION_OK || session_set_user(s, user) != SESSION_OK ||
        session_save(s) != SESSION_OK) {
        session_free(s);
        return NULL;
    }
    return s;
}

/* ---- Any interleaving ---- */

/* One step of a random life; what others did to the session is no failure. */
static int live_on(session *s, unsigned *seed)
{
    int rc = SESSION_OK;
    switch (rand_r(seed) % 6) {
    case 0:
        rc = session_regenerate(s);
        break;
    case 1:
        rc = session_touch(store, session_id(s));
        break;
    case 2:
        rc = session_destroy(store, session_id(s));
        break;
    case 3:
        rc = session_destroy_user(store, user, NULL, NULL);
        break;
    case 4:
        rc = session_destroy_handle(store, user, session_handle(s));
        break;
    default:
        rc = session_set_int(s, "n", rand_r(seed));
        if (rc == SESSION_OK)
            rc = session_save(s);
    }
    return rc != SESSION_OK && rc != SESSION_NOT_FOUND;
}

static int live_any_life(int number)
{
    unsigned seed = (unsigned)number;
    int failures = 0;
    for (int i = 0; i < ROUNDS; i++) {
        session *s = log_in(store);
        for (int step = 0; s != NULL && step < 3; step++) {
            failures += live_on(s, &seed);
            failures += !is_listed(session_id(s));
        }
        session_free(s);
    }
    return failures;
}

static void test_list__misses_no_live_session_whatever_the_interleaving(void **state)
{
    (void)state;
    in_processes(16, live_any_life);
    expect_all_listed();
    expect_ok(session_destroy_user(store, user, NULL, NULL));
    assert_int_equal(alive(), 0);
    expect_none_alive();
}

/* ---- The limit ---- */

static int log_in_and_out(int number)
{
    int failures = 0;
    session_store *limited = open_store(redis.url, "deadline=30s&user_limit=3");
    for (int i = 0; i < ROUNDS; i++) {
        session *s = log_in(limited);
        failures += s == NULL;
        if (s != NULL && (number + i) % 4 == 0)
            failures += session_destroy(limited, session_id(s)) != SESSION_OK;
        session_free(s);
    }
    session_store_close(limited);
    return failures;
}

/* Revokes, and looks how many there are, until it is told to stop. */
static pid_t start_watcher(void)
{
    pid_t watcher = fork();
    if (watcher != 0)
        return watcher;
    for (;;) {
        session_list *list = NULL;
        if (session_list_user(store, user, &list) != SESSION_OK ||
            session_list_count(list) > LIMIT)
            _exit(1);
        if (session_list_count(list) > 0)
            (void)session_destroy_handle(store, user, session_list_handle(list, 0));
        session_list_free(list);
    }
}

static void test_limit__holds_while_many_log_in_and_out_and_another_revokes(void **state)
{
    (void)state;
    int status = 0;
    pid_t watcher = start_watcher();
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            _exit(log_in_and_out(i) == 0 ? 0 : 1);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t ended = wait(&status);
        assert_int_not_equal(ended, watcher); /* it saw more than the limit */
        assert_int_equal(status, 0);
    }
    kill(watcher, SIGKILL);
    waitpid(watcher, &status, 0);
    expect_all_listed();
    assert_true(alive() <= LIMIT);
    assert_int_equal(log_in_and_out(0), 0); /* the last three stay */
    assert_int_equal(alive(), LIMIT);
    expect_ok(session_destroy_user(store, user, NULL, NULL));
}

/* ---- Revoking ---- */

static char (*old_ids)[64]; /* shared with the processes */

static int regenerate_until_ended(int number)
{
    session *s = NULL;
    int rc = session_get(store, old_ids[number], &s);
    for (int i = 0; i < 1000 && rc == SESSION_OK; i++)
        rc = session_regenerate(s);
    session_free(s);
    return rc != SESSION_NOT_FOUND;
}

static int revoke_soon(int number)
{
    int64_t destroyed;
    if (number > 0)
        return regenerate_until_ended(number);
    usleep(2000);
    return session_destroy_user(store, user, NULL, &destroyed) != SESSION_OK;
}

static void test_destroy_user__catches_sessions_that_regenerate_all_the_time(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        session *s = log_in(store);
        assert_non_null(s);
        snprintf(old_ids[i], sizeof old_ids[i], "%s", session_id(s));
        session_free(s);
    }
    in_processes(8, revoke_soon);
    assert_int_equal(alive(), 0);
    expect_none_alive();
}

/* ---- Revoking a device that regenerates ---- */

enum { RACES = 2000 };

static pthread_barrier_t gate;
static char revoked_handle[32];
static int revoked_code;

static void *revoke_each(void *unused)
{
    for (int i = 0; i < RACES; i++) {
        pthread_barrier_wait(&gate);
        revoked_code = session_destroy_handle(store, user, revoked_handle);
        pthread_barrier_wait(&gate);
    }
    return unused;
}

static void test_destroy_handle__that_says_ok_is_not_outrun_by_a_regenerate(void **state)
{
    (void)state;
    pthread_t thread;
    int outrun = 0, ended = 0;
    pthread_barrier_init(&gate, NULL, 2);
    pthread_create(&thread, NULL, revoke_each, NULL);
    for (int i = 0; i < RACES; i++) {
        session *s = log_in(store), *found = NULL;
        assert_non_null(s);
        snprintf(revoked_handle, sizeof revoked_handle, "%s", session_handle(s));
        pthread_barrier_wait(&gate);
        (void)session_regenerate(s);
        pthread_barrier_wait(&gate);
        bool lives = session_get(store, session_id(s), &found) == SESSION_OK;
        ended += revoked_code == SESSION_OK;
        outrun += revoked_code == SESSION_OK && lives;
        session_free(found);
        expect_ok(session_destroy(store, session_id(s)));
        session_free(s);
    }
    pthread_join(thread, NULL);
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
        session_free(log_in(store));
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
    old_ids = mmap(NULL, 8 * sizeof *old_ids, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct CMUnitTest tests[] = {
        TEST(test_list__misses_no_live_session_whatever_the_interleaving),
        TEST(test_limit__holds_while_many_log_in_and_out_and_another_revokes),
        TEST(test_destroy_user__catches_sessions_that_regenerate_all_the_time),
        TEST(test_destroy_handle__that_says_ok_is_not_outrun_by_a_regenerate),
        TEST(test_list__misses_no_session_of_a_process_that_was_killed),
    };
    return RUN_TESTS(tests, .options = "deadline=30s");
}

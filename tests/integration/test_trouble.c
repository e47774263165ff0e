/* Servers that die, hang, fill up, refuse or lose their replicas. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "threads.h"

/* ---- Restarts ---- */

enum { CALLERS = 50, CALLS = 20 };

static pthread_barrier_t gate;

static void create_many(worker *self)
{
    pthread_barrier_wait(&gate);
    for (int i = 0; i < CALLS; i++) {
        session *s = NULL;
        check_ok(self, session_create(store, NULL, &s));
        session_free(s);
    }
}

/* Its context is the place for the code, to be looked at when all threads are done. */
static void find_nothing(worker *self)
{
    *(int *)self->context = get_code(store, UNKNOWN_ID);
}

static void find_nobody_there(worker *self)
{
    check_code(self, get_code(store, UNKNOWN_ID), SESSION_UNAVAILABLE);
}

/* The test's own sockets: what it has open to servers. Their names are read, because to
 * ask a descriptor that another thread is using counts as a race. */
static int open_sockets(void)
{
    static const char socket[] = "socket:";
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char path[32], target[sizeof socket] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof socket - 1);
        count += length > 0 && strcmp(target, socket) == 0;
    }
    return count;
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
}

/* Waits until there are more sockets than that; not for ever, because a call may join
 * another one's batch. */
static void wait_for_socket(int count)
{
    for (int i = 0; i < 2000 && open_sockets() == count; i++)
        pause_briefly();
}

/* Calls that a stopped server does not answer open a connection each. */
static void open_connections(void)
{
    enum { MOST = 2 * CALLERS };
    static team *calls[MOST];
    static int codes[MOST];
    int started = 0, before = open_sockets();
    server_pause(&redis);
    for (; started < MOST && open_sockets() < before + CALLERS; started++) {
        int sockets = open_sockets();
        calls[started] = start_threads(1, find_nothing, &codes[started]);
        wait_for_socket(sockets);
    }
    server_resume(&redis);
    for (int i = 0; i < started; i++)
        finish(calls[i]);
    for (int i = 0; i < started; i++)
        expect_code(codes[i], SESSION_NOT_FOUND);
    assert_int_equal(open_sockets(), before + CALLERS);
}

static void test_restart__under_50_idle_connections_costs_no_call(void **state)
{
    (void)state;
    pthread_barrier_init(&gate, NULL, CALLERS);
    for (int i = 0; i < 3; i++) {
        reopen_store("pool_size=50&deadline=100s");
        open_connections();
        server_restart(&redis);
        run_threads(CALLERS, create_many, NULL);
    }
    pthread_barrier_destroy(&gate);
}

static void test_idle_connections__that_redis_closed_are_replaced(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = create_id(store, NULL);
    for (int i = 0; i < 20; i++) {
        free(SERVER_RUN(&redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        expect_ok(session_get(store, id, &s));
        session_free(s);
        s = NULL;
    }
    free(id);
}

static void test_idle_timeout__closes_connections_that_nobody_uses(void **state)
{
    (void)state;
    static int codes[2];
    reopen_store("deadline=100s&idle_timeout=50ms");
    int before = open_sockets();
    server_pause(&redis);
    team *calls[2];
    for (int i = 0; i < 2; i++)
        calls[i] = start_threads(1, find_nothing, &codes[i]);
    while (open_sockets() < before + 2)
        pause_briefly();
    server_resume(&redis);
    for (int i = 0; i < 2; i++)
        finish(calls[i]);
    while (open_sockets() > before + 1)
        expect_code(get_code(store, UNKNOWN_ID), SESSION_NOT_FOUND);
}

static void test_dead_server__is_unavailable_and_never_not_found(void **state)
{
    (void)state;
    session *s = NULL, *found = NULL;
    reopen_store("deadline=300ms");
    expect_ok(create_in_time(store, NULL, &s));
    server_kill(&redis);
    expect_code(session_get(store, session_id(s), &found), SESSION_UNAVAILABLE);
    expect_code(session_touch(store, session_id(s)), SESSION_UNAVAILABLE);
    expect_code(session_destroy(store, session_id(s)), SESSION_UNAVAILABLE);
    expect_ok(session_set_int(s, "a", 1));
    expect_code(session_save(s), SESSION_UNAVAILABLE);
    expect_code(session_regenerate(s), SESSION_UNAVAILABLE);
    expect_code(session_create(store, NULL, &found), SESSION_UNAVAILABLE);
    assert_null(found);
    session_free(s);
}

/* ---- A server that hangs ---- */

static void test_hanging_server__leaves_writes_unknown_and_reads_unavailable(void **state)
{
    (void)state;
    session *s = NULL, *found = NULL;
    reopen_store("deadline=1s");
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_string(s, "user", "ada"));
    server_pause(&redis);
    expect_code(session_get(store, session_id(s), &found), SESSION_UNAVAILABLE);
    expect_code(session_touch(store, session_id(s)), SESSION_UNAVAILABLE);
    expect_code(session_create(store, NULL, &found), SESSION_UNKNOWN);
    expect_code(session_save(s), SESSION_UNKNOWN);
    server_resume(&redis);
    /* Answers that come too late reach nobody. */
    char *other = create_id(store, "{\"user\":\"bob\"}");
    expect_ok(session_get(store, other, &found));
    assert_string_equal(session_json(found), "{\"user\":\"bob\"}");
    session_free(found);
    free(other);
    /* The save that nobody waited for may have landed: it is recognised. */
    expect_ok(session_save(s));
    expect_ok(session_get(store, session_id(s), &found));
    assert_string_equal(session_json(found), "{\"user\":\"ada\"}");
    session_free(found);
    server_pause(&redis);
    expect_code(session_destroy(store, session_id(s)), SESSION_UNKNOWN);
    server_resume(&redis);
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
}

static void test_hanging_server__lets_every_waiting_thread_go(void **state)
{
    (void)state;
    reopen_store("deadline=1s&pool_size=2");
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    server_pause(&redis);
    run_threads(32, find_nobody_there, NULL);
    server_resume(&redis);
    expect_ok(session_touch(store, session_id(s)));
    session_free(s);
}

/* ---- Servers that refuse ---- */

static void test_full_server__refuses_writes_of_data_only(void **state)
{
    (void)state;
    session *s = NULL, *found = NULL;
    reopen_store("touch_interval=0ms");
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_set_int(s, "a", 1));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    expect_code(session_create(store, NULL, &found), SESSION_FULL);
    expect_code(session_save(s), SESSION_FULL);
    expect_code(session_regenerate(s), SESSION_FULL);
    expect_ok(session_get(store, session_id(s), &found));
    expect_ok(session_touch(store, session_id(s)));
    expect_ok(session_destroy(store, session_id(s)));
    session_free(found);
    session_free(s);
}

static void test_server_without_replicas__still_serves_reads(void **state)
{
    (void)state;
    session *s = NULL, *found = NULL;
    reopen_store("deadline=1s&touch_interval=0ms");
    expect_ok(session_create(store, NULL, &s));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "min-replicas-to-write", "1"));
    expect_ok(session_get(store, session_id(s), &found));
    expect_code(destroy_code(store, session_id(s)), SESSION_DEGRADED);
    session_free(found);
    expect_code(create_code(store), SESSION_DEGRADED);
    session_free(s);
}

static void test_read_only_replica__is_degraded(void **state)
{
    (void)state;
    reopen_store("deadline=200ms");
    free(SERVER_RUN(&redis, "REPLICAOF", "127.0.0.1", "1"));
    expect_code(create_code(store), SESSION_DEGRADED);
}

static void test_wrong_password__is_auth_and_nothing_is_sent_after_it(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--requirepass", "right", NULL};
    session *s = NULL;
    restart_redis(arguments);
    session_store *wrong = open_store_as(":wrong", "");
    expect_code(session_create(wrong, NULL, &s), SESSION_AUTH);
    expect_code(session_create(store, NULL, &s), SESSION_AUTH);
    session_store *right = open_store_as(":%72ight", "database=3");
    char *id = create_id(right, NULL);
    expect_ok(session_destroy(right, id));
    free(id);
    session_store_close(wrong);
    session_store_close(right);
}

static void test_least_privilege__is_enough_for_the_whole_life(void **state)
{
    (void)state;
    session *s = NULL;
    session_list *list = NULL;
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "hisession", "on", ">secret", "resetkeys",
                    "~sess:*", "~{sess:*", "resetchannels", "-@all", "+get", "+set",
                    "+pttl", "+pexpire", "+unlink", "+eval", "+evalsha", "+zadd", "+zrem",
                    "+zrangebyscore", "+zscore", "+zcard", "+zcount", "+hget", "+hset",
                    "+hdel"));
    session_store *own = open_store_as("hisession:secret", "touch_interval=0ms");
    expect_ok(session_create(own, "{\"a\":1}", &s));
    expect_ok(session_set_int(s, "a", 2));
    expect_ok(session_save(s));
    expect_ok(session_regenerate(s));
    expect_ok(session_reload(s));
    expect_ok(session_touch(own, session_id(s)));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_save(s));
    expect_ok(session_regenerate(s));
    expect_ok(session_list_user(own, "ada", &list));
    expect_ok(session_destroy_handle(own, "ada", session_list_handle(list, 0)));
    expect_ok(session_destroy_user(own, "ada", NULL, NULL));
    expect_code(session_destroy(own, session_id(s)), SESSION_NOT_FOUND);
    session_list_free(list);
    session_free(s);
    session_store_close(own);
    own = open_store_as("hisession:secret", "prefix=other:");
    expect_code(session_create(own, NULL, &s), SESSION_AUTH);
    session_store_close(own);
}

/* ---- What is logged ---- */

static char logged[8192];

static void keep_log(int level, const char *text, void *user)
{
    (void)user;
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%d %s\n", level, text);
}

static void test_log__tells_of_trouble_without_ids_values_or_passwords(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--requirepass", "canary-password", NULL};
    session_options *options = NULL;
    session_store *logging = NULL;
    session *s = NULL, *found = NULL;
    char url[256];
    restart_redis(arguments);
    snprintf(url, sizeof url, "unix://:canary-password@%s?deadline=1s", redis.socket);
    expect_ok(session_options_new(&options));
    expect_ok(session_options_set_logger(options, keep_log, NULL));
    expect_ok(session_store_open(url, options, &logging, NULL, 0));
    session_options_free(options);
    expect_ok(session_create(logging, "{\"a\":\"canary-value\"}", &s));
    server_pause(&redis);
    expect_code(session_get(logging, session_id(s), &found), SESSION_UNAVAILABLE);
    server_resume(&redis);
    assert_non_null(strstr(logged, "lost"));
    assert_null(strstr(logged, "canary"));
    assert_null(strstr(logged, session_id(s)));
    session_free(s);
    session_store_close(logging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_restart__under_50_idle_connections_costs_no_call),
        TEST(test_idle_connections__that_redis_closed_are_replaced),
        TEST(test_idle_timeout__closes_connections_that_nobody_uses),
        TEST(test_dead_server__is_unavailable_and_never_not_found),
        TEST(test_hanging_server__leaves_writes_unknown_and_reads_unavailable),
        TEST(test_hanging_server__lets_every_waiting_thread_go),
        TEST(test_full_server__refuses_writes_of_data_only),
        TEST(test_server_without_replicas__still_serves_reads),
        TEST(test_read_only_replica__is_degraded),
        TEST(test_wrong_password__is_auth_and_nothing_is_sent_after_it),
        TEST(test_least_privilege__is_enough_for_the_whole_life),
        TEST(test_log__tells_of_trouble_without_ids_values_or_passwords),
    };
    return RUN_TESTS(tests, .options = "", .own_servers = true);
}

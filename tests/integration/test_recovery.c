/* Servers that are busy, loading, crowded or set up anew, until they are not. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "threads.h"

static session_store *impatient; /* unlike `store`, which waits 20 s */

static void open_impatient(void)
{
    impatient = open_store(redis.url, "deadline=200ms");
}

static void close_impatient(void)
{
    session_store_close(impatient);
}

/* Waits until a command's reply has this text in it. */
static void wait_for(const char *const *words, const char *text)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (bool found = false; !found; nanosleep(&pause, NULL)) {
        char *reply = server_run(&redis, words);
        found = strstr(reply, text) != NULL;
        free(reply);
    }
}
#define WAIT_FOR(text, ...) wait_for((const char *const[]){__VA_ARGS__, NULL}, text)

/* Its context is the words of a command. */
static void run_words(worker *self)
{
    char *reply = server_try(&redis, self->context);
    check_true(self, reply != NULL);
    free(reply);
}

static void test_busy_script__is_unavailable_or_waited_for(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--busy-reply-threshold", "20", NULL};
    static const char *const endless[] = {"EVAL", "while true do end", "0", NULL};
    restart_redis(arguments);
    char *id = create_id(store, NULL);
    team *busy = start_threads(1, run_words, (void *)(uintptr_t)endless);
    WAIT_FOR("-BUSY", "PING");
    expect_code(get_code(impatient, id), SESSION_UNAVAILABLE);
    expect_code(session_touch(impatient, id), SESSION_UNAVAILABLE);
    expect_code(destroy_code(impatient, id), SESSION_UNAVAILABLE);
    free(SERVER_RUN(&redis, "SCRIPT", "KILL"));
    expect_ok(get_code(store, id));
    expect_ok(session_destroy(store, id));
    finish(busy);
    free(id);
}

static void test_loading_server__is_unavailable_or_waited_for(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--enable-debug-command",
                                            "yes",
                                            "--loading-process-events-interval-bytes",
                                            "1024",
                                            "--rdbcompression",
                                            "no",
                                            NULL};
    static const char *const reload[] = {"DEBUG", "RELOAD", NULL};
    restart_redis(arguments);
    char *id = create_id(store, NULL);
    free(SERVER_RUN(&redis, "DEBUG", "POPULATE", "1500", "filler", "1024"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "key-load-delay", "10000"));
    team *loading = start_threads(1, run_words, (void *)(uintptr_t)reload);
    WAIT_FOR("loading:1", "INFO", "persistence");
    expect_code(get_code(impatient, id), SESSION_UNAVAILABLE);
    expect_code(destroy_code(impatient, id), SESSION_UNAVAILABLE);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "key-load-delay", "0"));
    expect_ok(get_code(store, id));
    finish(loading);
    free(id);
}

static void test_server_that_cannot_save_to_disk__still_serves_reads(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--dbfilename", "broken", NULL};
    session *s = NULL, *found = NULL;
    char dump[128];
    restart_redis(arguments);
    expect_ok(session_create(store, NULL, &s));
    snprintf(dump, sizeof dump, "%s/broken", redis.folder);
    assert_int_equal(mkdir(dump, 0700), 0); /* no file can take its place */
    free(SERVER_RUN(&redis, "CONFIG", "SET", "save", "1 1"));
    free(SERVER_RUN(&redis, "BGSAVE"));
    WAIT_FOR("rdb_last_bgsave_status:err", "INFO", "persistence");
    expect_ok(session_get(store, session_id(s), &found));
    session_free(found);
    found = NULL;
    expect_code(session_create(store, NULL, &found), SESSION_DEGRADED);
    expect_ok(session_set_int(s, "a", 1));
    expect_code(session_save(s), SESSION_DEGRADED);
    expect_code(session_regenerate(s), SESSION_DEGRADED);
    expect_code(session_destroy(store, session_id(s)), SESSION_DEGRADED);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "stop-writes-on-bgsave-error", "no"));
    expect_ok(session_save(s));
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
}

/* A connection that the server counts, because it answered on it. */
static int connect_idly(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", redis.socket);
    for (;;) {
        char first = '\0';
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(
            connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
            0);
        (void)send(fd, "PING\r\n", 6, MSG_NOSIGNAL);
        if (read(fd, &first, 1) == 1 && first == '+')
            return fd;
        close(fd); /* one that closed before is still counted */
    }
}

static void test_crowded_server__is_unavailable_or_waited_for(void **state)
{
    (void)state;
    enum { MOST = 8 };
    static const char *const arguments[] = {"--maxclients", "8", NULL};
    int idle[MOST];
    restart_redis(arguments);
    for (int i = 0; i < MOST; i++)
        idle[i] = connect_idly();
    for (int i = 0; i < 20; i++) {
        session_store *fresh = open_store(redis.url, "deadline=50ms");
        expect_code(get_code(fresh, UNKNOWN_ID), SESSION_UNAVAILABLE);
        expect_code(create_code(fresh), SESSION_UNAVAILABLE);
        session_store_close(fresh);
    }
    for (int i = 0; i < MOST; i++)
        close(idle[i]);
    free(create_id(store, NULL));
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), 1); /* those before wrote nothing */
}

/* ---- Connections that are cut ---- */

enum { USERS = 8, ROUNDS = 300, CUTS = 30 };

static atomic_int users_at_work;

/* Logs in, changes the session, logs out. */
static void come_and_go(worker *self)
{
    for (int i = 0; i < ROUNDS; i++) {
        session *s = NULL;
        int64_t value = -1;
        check_ok(self, session_create(store, NULL, &s));
        check_ok(self, session_set_int(s, "i", i));
        check_ok(self, session_save(s));
        check_ok(self, session_reload(s));
        check_ok(self, session_get_int(s, "i", &value));
        check_true(self, value == i);
        check_ok(self, session_destroy(store, session_id(s)));
        session_free(s);
    }
    atomic_fetch_sub(&users_at_work, 1);
}

static void test_client_kill__under_load_costs_no_call(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 5000000};
    atomic_store(&users_at_work, USERS);
    team *users = start_threads(USERS, come_and_go, NULL);
    for (int i = 0; i < CUTS && atomic_load(&users_at_work) > 0; i++) {
        free(SERVER_RUN(&redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        nanosleep(&pause, NULL);
    }
    finish(users);
}

/* ---- Passwords ---- */

static void set_password(const char *change)
{
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "web", "on", "~*", "+@all", change));
}

static void test_password__is_changed_without_a_failed_call(void **state)
{
    (void)state;
    set_password(">old");
    session_store *before = open_store_as("web:old", "");
    char *id = create_id(before, NULL);
    set_password(">new");
    session_store *after = open_store_as("web:new", "");
    expect_ok(get_code(before, id));
    expect_ok(get_code(after, id));
    set_password("<old");
    expect_ok(get_code(before, id)); /* it is logged in already */
    expect_ok(get_code(after, id));
    session_store_close(before);
    session_store_close(after);
    free(id);
}

static void test_password__that_was_refused_is_not_tried_with_every_call(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 10000000};
    session *s = NULL;
    int rc = SESSION_AUTH;
    set_password(">right");
    session_store *web = open_store_as("web:other", "");
    long before = server_calls(&redis, "auth");
    for (int i = 0; i < 1000; i++)
        expect_code(session_create(web, NULL, &s), SESSION_AUTH);
    assert_in_range(server_calls(&redis, "auth") - before, 1, 100);
    set_password(">other");
    for (; rc == SESSION_AUTH; nanosleep(&pause, NULL))
        rc = session_create(web, NULL, &s);
    expect_ok(rc);
    session_free(s);
    session_store_close(web);
}

/* ---- A Cluster ---- */

static void test_cluster_node__behind_a_plain_url_is_config(void **state)
{
    (void)state;
    /* Slot 0 is this node's, all others are a node's that is not there. */
    static const char nodes[] =
        "0000000000000000000000000000000000000001 127.0.0.1:1@2 myself,master - 0 0 1 "
        "connected 0\n"
        "0000000000000000000000000000000000000002 127.0.0.1:2@3 master - 0 0 2 connected "
        "1-16383\n"
        "vars currentEpoch 2 lastVoteEpoch 0\n";
    server node;
    server_start_node(&node, nodes);
    session_store *plain = open_store(node.url, "deadline=20s");
    /* It says CLUSTERDOWN until it knows its Cluster, then MOVED. */
    expect_code(session_destroy(plain, UNKNOWN_ID), SESSION_CONFIG);
    session_store_close(plain);
    server_stop(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_busy_script__is_unavailable_or_waited_for),
        TEST(test_loading_server__is_unavailable_or_waited_for),
        TEST(test_server_that_cannot_save_to_disk__still_serves_reads),
        TEST(test_crowded_server__is_unavailable_or_waited_for),
        TEST(test_client_kill__under_load_costs_no_call),
        TEST(test_password__is_changed_without_a_failed_call),
        TEST(test_password__that_was_refused_is_not_tried_with_every_call),
        TEST(test_cluster_node__behind_a_plain_url_is_config),
    };
    return RUN_TESTS(tests, .options = "deadline=20s", .own_servers = true,
                     .before = open_impatient, .after = close_impatient);
}

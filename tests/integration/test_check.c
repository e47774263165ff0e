/* session_store_check(): says whether a store can work, and if not, why. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "server.h"

#include "hisession/events.h"

static server redis;
static char reason[256];
static char logged[2048];

static int set_up(void **state)
{
    (void)state;
    logged[0] = '\0';
    server_start(&redis, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    server_stop(&redis);
    return 0;
}

static int check(session_store *store)
{
    memset(reason, 'x', sizeof reason);
    int rc = session_store_check(store, reason, sizeof reason);
    assert_non_null(memchr(reason, '\0', sizeof reason));
    assert_null(strchr(reason, '\n'));
    if ((rc == SESSION_OK) != (reason[0] == '\0'))
        fail_msg("%s: \"%s\"", session_error_name(rc), reason);
    return rc;
}

static int check_url(const char *url, const char *query)
{
    session_store *store = open_store(url, query);
    int rc = check(store);
    session_store_close(store);
    return rc;
}

static void expect_reason(const char *text)
{
    if (strstr(reason, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", reason, text);
}

static void test_check__of_a_store_that_can_work_is_ok_and_leaves_nothing(void **state)
{
    (void)state;
    expect_ok(check_url(redis.url, ""));
    expect_ok(check_url(redis.url, "events=on"));
    expect_ok(check_url(redis.url, "prefix="));
    expect_ok(check_url(redis.url, "database=3&max_size=1k"));
    expect_ok(check_url(
        redis.url, "prefix=0123456789012345678901234567890123456789012345678901234567"
                   "890123"));
    char *keys = SERVER_RUN(&redis, "INFO", "keyspace");
    assert_null(strstr(keys, "keys="));
    free(keys);
}

static void test_check__changes_no_session_and_tells_no_listener(void **state)
{
    (void)state;
    session_events *events = NULL;
    int kind;
    session_store *store = open_store(redis.url, "events=on");
    expect_ok(session_events_open(store, &events));
    char *id = create_id(store, "{\"a\":1}");
    char *before = SERVER_RUN(&redis, "GET", key_of(id));
    for (int i = 0; i < 3; i++)
        expect_ok(check(store));
    char *after = SERVER_RUN(&redis, "GET", key_of(id));
    assert_string_equal(after, before);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), 1);
    expect_ok(session_destroy(store, id));
    int kinds[3] = {0}, count = 0;
    const struct timespec pause = {.tv_nsec = 10000000};
    while (count < 2) {
        if (session_events_next(events, &kind) == SESSION_OK)
            kinds[count++] = kind;
        else
            nanosleep(&pause, NULL);
    }
    assert_int_equal(kinds[0], SESSION_EVENT_CREATED);
    assert_int_equal(kinds[1], SESSION_EVENT_DESTROYED);
    session_events_close(events);
    session_store_close(store);
    free(before);
    free(after);
    free(id);
}

static void test_check__without_arguments_is_invalid(void **state)
{
    (void)state;
    char one[1] = {'x'};
    expect_code(session_store_check(NULL, NULL, 0), SESSION_INVALID);
    expect_code(check(NULL), SESSION_INVALID);
    session_store *store = open_store(redis.url, "");
    expect_ok(session_store_check(store, NULL, 0));
    expect_ok(session_store_check(store, one, 1));
    assert_int_equal(one[0], '\0');
    session_store_close(store);
}

/* ---- Servers that cannot be used ---- */

static void test_check__says_why_there_is_no_connection(void **state)
{
    (void)state;
    expect_code(check_url("redis://127.0.0.1:1", "deadline=200ms"), SESSION_UNAVAILABLE);
    assert_string_equal(reason, "connect 127.0.0.1:1: Connection refused");
    expect_code(check_url("redis://[::1]:1", "deadline=200ms"), SESSION_UNAVAILABLE);
    expect_reason("connect [::1]:1: ");
    expect_code(check_url("unix:///nowhere/socket", "deadline=200ms"),
                SESSION_UNAVAILABLE);
    assert_string_equal(reason, "connect /nowhere/socket: No such file or directory");
    expect_code(check_url(redis.url, "database=99"), SESSION_CONFIG);
    expect_reason("select database 99 at ");
    server_pause(&redis);
    expect_code(check_url(redis.url, "deadline=200ms"), SESSION_UNAVAILABLE);
    expect_reason("no answer in time");
    server_resume(&redis);
}

static void
test_check__says_so_each_time_though_a_login_is_tried_once_a_second(void **state)
{
    (void)state;
    char url[200];
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "canary", "on", ">right"));
    snprintf(url, sizeof url, "unix://canary:wrong@%s", redis.socket);
    session_store *store = open_store(url, "");
    for (int i = 0; i < 5; i++) {
        expect_code(check(store), SESSION_AUTH);
        expect_reason("WRONGPASS invalid username-password pair");
        assert_null(strstr(reason, "canary"));
    }
    session_store_close(store);
}

static void test_check__says_what_a_server_refuses_for_now(void **state)
{
    (void)state;
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    expect_code(check_url(redis.url, ""), SESSION_FULL);
    expect_reason("SET: OOM command not allowed");
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "0"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "min-replicas-to-write", "2"));
    expect_code(check_url(redis.url, "deadline=300ms"), SESSION_DEGRADED);
    expect_reason("SET: NOREPLICAS Not enough good replicas");
    free(SERVER_RUN(&redis, "CONFIG", "SET", "min-replicas-to-write", "0"));
    free(SERVER_RUN(&redis, "REPLICAOF", "127.0.0.1", "1"));
    expect_code(check_url(redis.url, "deadline=300ms"), SESSION_DEGRADED);
    expect_reason("SET: READONLY You can't write");
}

/* ---- Rights ---- */

/* The words of a shell's command up to the line that does not end in a backslash. */
static void read_command(FILE *page, char *line, size_t size, char **words)
{
    size_t count = 0, length = strlen(line);
    while (length > 2 && strcmp(line + length - 2, "\\\n") == 0) {
        assert_non_null(fgets(line + length - 2, (int)(size - length), page));
        length = strlen(line);
    }
    for (char *rest = line, *word; (word = strsep(&rest, " '\n")) != NULL;)
        if (word[0] != '\0')
            words[count++] = word;
}

/* The user that the page on Redis describes, with PASSWORD as its password. */
static void create_user_as_documented(void)
{
    char path[512], line[1024], *words[64] = {NULL};
    const char *root = getenv("HISESSION_SOURCE_DIR");
    assert_non_null(root);
    snprintf(path, sizeof path, "%s/src/store/README.md", root);
    FILE *readme = fopen(path, "r");
    assert_non_null(readme);
    do
        assert_non_null(fgets(line, sizeof line, readme));
    while (strstr(line, "redis-cli ACL SETUSER ") != line);
    read_command(readme, line, sizeof line, words);
    fclose(readme);
    char *reply = server_run(&redis, (const char *const *)words + 1);
    assert_string_equal(reply, "OK");
    free(reply);
}

static void set_rights(const char *rights)
{
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "hisession", rights));
}

static session_store *open_as_user(const char *query)
{
    char url[200];
    snprintf(url, sizeof url, "unix://hisession:PASSWORD@%s", redis.socket);
    return open_store(url, query);
}

static int check_as_user(const char *query)
{
    session_store *store = open_as_user(query);
    int rc = check(store);
    session_store_close(store);
    return rc;
}

/* The rights that only events=on and listening need are taken away. */
static void create_user_without_events(void)
{
    create_user_as_documented();
    expect_ok(check_as_user("events=on"));
    static const char *const unneeded[] = {"-publish", "-subscribe", "-ping",
                                           "resetchannels"};
    for (size_t i = 0; i < sizeof unneeded / sizeof unneeded[0]; i++)
        set_rights(unneeded[i]);
}

/* Takes a right away, and gives it back after the check. */
static void expect_named(const char *right, const char *query, const char *text)
{
    char without[32], with[32];
    snprintf(without, sizeof without, "-%s", right);
    snprintf(with, sizeof with, "+%s", right);
    set_rights(without);
    expect_code(check_as_user(query), SESSION_AUTH);
    expect_reason(text);
    set_rights(with);
    expect_ok(check_as_user(query));
}

static void
test_check__with_the_documented_rights_is_ok_and_names_each_that_is_missing(void **state)
{
    (void)state;
    static const char *const rights[] = {
        "get",  "set",  "pttl",          "pexpire", "unlink", "eval",   "evalsha", "zadd",
        "zrem", "hget", "zrangebyscore", "zscore",  "zcard",  "zcount", "hset",    "hdel",
    };
    create_user_without_events();
    expect_ok(check_as_user(""));
    /* Those are all that the page names: without them nothing works. */
    char *listed = SERVER_RUN(&redis, "ACL", "GETUSER", "hisession");
    size_t named = 0;
    for (const char *at = listed; (at = strstr(at, " +")) != NULL; at++)
        named++;
    free(listed);
    assert_int_equal(named, sizeof rights / sizeof rights[0]);
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        char upper[32] = "";
        for (size_t n = 0; rights[i][n] != '\0'; n++)
            upper[n] = (char)(rights[i][n] - 'a' + 'A');
        expect_named(rights[i], "", upper);
    }
    free(SERVER_RUN(&redis, "FLUSHALL"));
}

static void test_check__names_the_rights_that_options_add(void **state)
{
    (void)state;
    create_user_without_events();
    expect_code(check_as_user("database=1"), SESSION_AUTH);
    expect_reason("the user may not run SELECT");
    set_rights("+select");
    expect_named("select", "database=1", "the user may not run SELECT");
    expect_code(check_as_user("events=on"), SESSION_AUTH);
    expect_reason("the user may not run PUBLISH");
    set_rights("+publish");
    expect_code(check_as_user("events=on"), SESSION_AUTH);
    expect_reason("PUBLISH: NOPERM: the user may not use this channel");
    set_rights("&sess:events");
    expect_ok(check_as_user("events=on"));
    expect_code(check_as_user("prefix=other:"), SESSION_AUTH);
    expect_reason("the user may not use keys of this prefix");
}

static void test_check__that_fails_removes_what_it_wrote(void **state)
{
    (void)state;
    create_user_as_documented();
    set_rights("-zscore");
    expect_code(check_as_user(""), SESSION_AUTH);
    assert_int_equal(SERVER_INT(&redis, "DBSIZE"), 0);
    set_rights("-unlink");
    expect_code(check_as_user(""), SESSION_AUTH);
    char *key = SERVER_RUN(&redis, "RANDOMKEY");
    assert_true(SERVER_INT(&redis, "PTTL", key) > 0); /* it ends by itself */
    free(key);
}

/* ---- Warnings ---- */

static void keep(int level, const char *text, void *user)
{
    (void)user;
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%d %s\n", level, text);
}

static session_store *open_logging_store(const char *url)
{
    session_store *store = NULL;
    session_options *options = NULL;
    expect_ok(session_options_new(&options));
    expect_ok(session_options_set_logger(options, keep, NULL));
    expect_ok(session_store_open(url, options, &store, NULL, 0));
    session_options_free(options);
    return store;
}

static void test_check__warns_once_of_settings_that_end_sessions(void **state)
{
    (void)state;
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "100mb"));
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru"));
    session_store *store = open_logging_store(redis.url);
    expect_ok(check(store));
    expect_ok(check(store));
    session_store_close(store);
    const char *policy = strstr(logged, "maxmemory-policy is allkeys-lru: ");
    assert_non_null(policy);
    assert_null(strstr(policy + 1, "maxmemory-policy"));
    assert_non_null(strstr(logged, redis.socket));
    assert_non_null(strstr(logged, "appendonly is off: "));
    assert_null(strstr(logged, "replica"));
    assert_null(strstr(logged, "1 "));
}

static void test_check__of_good_settings_or_without_info_warns_of_nothing(void **state)
{
    (void)state;
    char url[200];
    free(SERVER_RUN(&redis, "CONFIG", "SET", "appendonly", "yes"));
    session_store *store = open_logging_store(redis.url);
    expect_ok(check(store));
    session_store_close(store);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "appendonly", "no"));
    create_user_as_documented();
    snprintf(url, sizeof url, "unix://hisession:PASSWORD@%s", redis.socket);
    store = open_logging_store(url);
    expect_ok(check(store));
    session_store_close(store);
    assert_string_equal(logged, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_check__of_a_store_that_can_work_is_ok_and_leaves_nothing),
        TEST(test_check__changes_no_session_and_tells_no_listener),
        TEST(test_check__without_arguments_is_invalid),
        TEST(test_check__says_why_there_is_no_connection),
        TEST(test_check__says_so_each_time_though_a_login_is_tried_once_a_second),
        TEST(test_check__says_what_a_server_refuses_for_now),
        TEST(test_check__with_the_documented_rights_is_ok_and_names_each_that_is_missing),
        TEST(test_check__names_the_rights_that_options_add),
        TEST(test_check__that_fails_removes_what_it_wrote),
        TEST(test_check__warns_once_of_settings_that_end_sessions),
        TEST(test_check__of_good_settings_or_without_info_warns_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

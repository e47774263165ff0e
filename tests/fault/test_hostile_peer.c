/* A server that lies, stutters or breaks off. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "peer.h"

static peer redis;
static session_store *store;

static char told_by_log[512]; /* what no message may repeat, or "" */

static void check_log(int level, const char *text, void *user)
{
    (void)level;
    (void)user;
    if (strstr(text, "sess:") != NULL || strstr(text, "ada") != NULL)
        snprintf(told_by_log, sizeof told_by_log, "%s", text);
}

static void open_logging_store(const char *query)
{
    session_options *options = NULL;
    char url[256];
    expect_ok(session_options_new(&options));
    expect_ok(session_options_set_logger(options, check_log, NULL));
    snprintf(url, sizeof url, "%s?touch_interval=0ms&%s", redis.url, query);
    expect_ok(session_store_open(url, options, &store, NULL, 0));
    session_options_free(options);
}

/* For a test whose calls last until then. */
static void reopen_store(const char *query)
{
    session_store_close(store);
    open_logging_store(query);
}

static session *loaded; /* read before the fault */

static int set_up(void **state)
{
    (void)state;
    peer_start(&redis);
    signal(SIGPIPE, SIG_DFL);
    open_logging_store("deadline=20s");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_free(loaded);
    loaded = NULL;
    session_store_close(store);
    peer_stop(&redis);
    assert_string_equal(told_by_log, "");
    return 0;
}

static peer_fault no_fault(void)
{
    return (peer_fault){.command = NULL};
}

static void replace_reply(const char *command, const char *bytes, size_t length)
{
    peer_set_fault(&redis, (peer_fault){.command = command,
                                        .mode = PEER_REPLACE,
                                        .bytes = bytes,
                                        .length = length,
                                        .times = 1000});
}

/* ---- The verbs, each by the command that can go wrong ---- */

static int run_create(const char *id)
{
    (void)id;
    session *s = NULL;
    int rc = session_create(store, NULL, &s);
    session_free(s);
    return rc;
}

static int run_get(const char *id)
{
    return get_code(store, id);
}

static int run_peek(const char *id)
{
    session *s = NULL;
    int rc = session_peek(store, id, &s);
    session_free(s);
    return rc;
}

static int run_touch(const char *id)
{
    return session_touch(store, id);
}

static int run_destroy(const char *id)
{
    return session_destroy(store, id);
}

static int run_save(const char *id)
{
    (void)id;
    session_set_int(loaded, "n", 1);
    return session_save(loaded);
}

static int run_save_strict(const char *id)
{
    (void)id;
    session_set_int(loaded, "n", 2);
    return session_save_strict(loaded);
}

static int run_regenerate(const char *id)
{
    (void)id;
    return session_regenerate(loaded);
}

static const struct {
    const char *command;
    int (*run)(const char *id);
} verbs[] = {
    {"SET", run_create},
    {"GET", run_get},
    {"PTTL", run_get},
    {"GET", run_peek},
    {"EVALSHA", run_save_strict},
    {"GET", run_touch},
    {"PEXPIRE", run_touch},
    {"EVALSHA", run_destroy},
    {"EVALSHA", run_save},
    {"SET", run_regenerate},
    {"EVALSHA", run_regenerate},
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Those change nothing. */
static bool is_read(int (*run)(const char *id))
{
    return run == run_get || run == run_peek || run == run_touch;
}

/* What the peer's answer comes to, asked again where it comes too late for the deadline.
 */
static int answer_in_time(int (*run)(const char *id), const char *id)
{
    int rc = SESSION_UNAVAILABLE;
    for (int i = 0; i < 50 && (rc == SESSION_UNAVAILABLE || rc == SESSION_UNKNOWN); i++)
        rc = run(id);
    return rc;
}

/* A session on the peer, with no fault about; its id, for free(). */
static char *prepare(void)
{
    peer_set_fault(&redis, no_fault());
    session_free(loaded);
    loaded = NULL;
    expect_ok(create_in_time(store, "{\"user\":\"ada\"}", &loaded));
    return strdup(session_id(loaded));
}

static void test_replies__that_make_no_sense_are_never_success(void **state)
{
    (void)state;
#define BYTES(text)                                                                      \
    {                                                                                    \
        text, sizeof text - 1                                                            \
    }
    static const struct {
        const char *bytes;
        size_t length;
    } replies[] = {
        BYTES("*-1\r\n"),
        BYTES("+QUEUED\r\n"),
        BYTES("+\r\n"),
        BYTES("+O\0K\r\n"),
        BYTES("+OKAY\r\n"),
        BYTES("+ok\r\n"),
        BYTES(":2\r\n"),
        BYTES(":-3\r\n"),
        BYTES(":9223372036854775808\r\n"),
        BYTES(":1x\r\n"),
        BYTES(":\r\n"),
        BYTES("$3\r\nabcXY"),
        BYTES("$-2\r\n"),
        BYTES("$abc\r\n"),
        BYTES("$2147483647\r\nabc"),
        BYTES("$9223372036854775807\r\nabc"),
        BYTES("*4294967295\r\n"),
        BYTES("*1000000\r\n"),
        BYTES("*0\r\n"),
        BYTES("%4611686018427387904\r\n"),
        BYTES("*1\r\n*1\r\n*1\r\n:1\r\n"),
        BYTES("_\r\n"),
        BYTES("#t\r\n"),
        BYTES(",nan\r\n"),
        BYTES("(123\r\n"),
        BYTES("=5\r\ntxt:a\r\n"),
        BYTES("~1\r\n:1\r\n"),
        BYTES(">1\r\n:1\r\n"),
        BYTES("|1\r\n+a\r\n+b\r\n"),
        BYTES("-\r\n"),
        BYTES("-WHATEVER x\r\n"),
        BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"),
        BYTES("\x15\x03\x01\x00\x02"),
        BYTES("SSH-2.0-x\r\n"),
        BYTES("+OK\n"),
        BYTES("-ERR nope\r\n"),
        BYTES("-NOAUTH x\r\n"),
        BYTES("-NOPERM x\r\n"),
        BYTES("-OOM x\r\n"),
        BYTES("-READONLY x\r\n"),
        BYTES("-LOADING x\r\n"),
        BYTES("-MASTERDOWN x\r\n"),
        BYTES("-MOVED 1 127.0.0.1:1\r\n"),
        BYTES("-ASK 1 127.0.0.1:1\r\n"),
        BYTES("-BUSY x\r\n"),
        BYTES("-MISCONF x\r\n"),
        BYTES("-NOREPLICAS x\r\n"),
        BYTES("-WRONGTYPE x\r\n"),
        BYTES("-ERR no sess:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"),
        BYTES("$7\r\nnot json\r\n"),
    };
    reopen_store("deadline=150ms");
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        for (size_t v = 0; v < VERBS; v++) {
            char *id = prepare();
            /* ":2" is a fine time to live. */
            if (strcmp(verbs[v].command, "PTTL") == 0 &&
                strcmp(replies[i].bytes, ":2\r\n") == 0) {
                free(id);
                continue;
            }
            replace_reply(verbs[v].command, replies[i].bytes, replies[i].length);
            int rc = verbs[v].run(id);
            if (rc == SESSION_OK || rc == SESSION_NOT_FOUND)
                fail_msg("verb %zu took %s for %s", v, replies[i].bytes,
                         session_error_name(rc));
            peer_set_fault(&redis, no_fault());
            expect_ok(create_code(store));
            free(id);
        }
}

static void test_replies__of_another_commands_kind_are_never_success(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *reply;
    } rows[] = {
        {"SET", ":1\r\n"},      {"SET", "$2\r\nOK\r\n"}, {"GET", ":1\r\n"},
        {"GET", "+OK\r\n"},     {"PTTL", "$-1\r\n"},     {"PTTL", "+OK\r\n"},
        {"PEXPIRE", "+OK\r\n"}, {"PEXPIRE", "$-1\r\n"},  {"EVALSHA", "+OK\r\n"},
        {"EVALSHA", ":0\r\n"},
    };
    reopen_store("deadline=150ms");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t v = 0; v < VERBS; v++) {
            if (strcmp(verbs[v].command, rows[i].command) != 0)
                continue;
            char *id = prepare();
            replace_reply(rows[i].command, rows[i].reply, strlen(rows[i].reply));
            expect_code(answer_in_time(verbs[v].run, id), SESSION_PROTOCOL);
            free(id);
        }
}

static void test_error__of_a_megabyte_is_refused(void **state)
{
    (void)state;
    const size_t length = 1024 * 1024;
    char *line = malloc(length);
    memset(line, 'x', length);
    memcpy(line, "-ERR ", 5);
    reopen_store("deadline=150ms");
    for (size_t v = 0; v < VERBS; v++) {
        char *id = prepare();
        replace_reply(verbs[v].command, line, length);
        int rc = verbs[v].run(id);
        assert_true(rc == SESSION_TOO_BIG || rc == SESSION_UNKNOWN);
        free(id);
    }
    peer_set_fault(&redis, no_fault());
    free(line);
}

/* ---- Slow and silent ---- */

static void expect_given_up(const peer_fault *fault)
{
    for (size_t v = 0; v < VERBS; v++) {
        if (strcmp(verbs[v].command, "GET") == 0)
            continue; /* the PTTL behind it is answered: that makes no sense */
        char *id = prepare();
        peer_fault own = *fault;
        own.command = verbs[v].command;
        peer_set_fault(&redis, own);
        bool reads = is_read(verbs[v].run);
        expect_code(verbs[v].run(id), reads ? SESSION_UNAVAILABLE : SESSION_UNKNOWN);
        free(id);
    }
    peer_set_fault(&redis, no_fault());
}

static void test_silence__ends_with_the_deadline(void **state)
{
    (void)state;
    const peer_fault silence = {.mode = PEER_REPLACE, .bytes = "", .times = 1000};
    reopen_store("deadline=300ms");
    expect_given_up(&silence);
}

static void test_drip__that_never_pauses_long_ends_with_the_deadline_too(void **state)
{
    (void)state;
    const peer_fault drip = {.command = "GET", .mode = PEER_DRIP, .times = 1000};
    reopen_store("deadline=300ms");
    char *id = prepare();
    peer_set_fault(&redis, drip);
    expect_code(run_get(id), SESSION_UNAVAILABLE);
    expect_code(run_touch(id), SESSION_UNAVAILABLE);
    free(id);
    peer_set_fault(&redis, no_fault());
}

/* ---- Talk at the door ---- */

static void test_reply__before_any_command_is_no_answer(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *fresh = open_store(redis.url, "deadline=100ms");
    char *id = prepare();
    peer_set_greeting(&redis, "$2\r\n{}\r\n");
    for (int i = 0; i < 5; i++) {
        int rc = session_get(fresh, id, &s);
        assert_true(rc == SESSION_UNAVAILABLE || rc == SESSION_PROTOCOL);
    }
    free(id);
    peer_set_greeting(&redis, NULL);
    session_store_close(fresh);
}

static void test_login__that_fails_is_auth_and_nothing_is_sent_after_it(void **state)
{
    (void)state;
    static const char *const refusals[] = {"-WRONGPASS invalid\r\n",
                                           "-ERR AUTH called without any password\r\n",
                                           "-NOAUTH x\r\n"};
    char url[160];
    session *s = NULL;
    snprintf(url, sizeof url, "unix://:secret@%s", redis.path);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        session_store *fresh = open_store(url, "");
        int before = peer_commands(&redis);
        replace_reply("AUTH", refusals[i], strlen(refusals[i]));
        expect_code(session_create(fresh, NULL, &s), SESSION_AUTH);
        assert_int_equal(peer_commands(&redis), before);
        session_store_close(fresh);
    }
    peer_set_fault(&redis, no_fault());
}

static void test_noauth__after_a_login_is_answered_with_another_login(void **state)
{
    (void)state;
    char url[160];
    session *s = NULL;
    snprintf(url, sizeof url, "unix://:secret@%s", redis.path);
    session_store *fresh = open_store(url, "");
    free(create_id(fresh, NULL));
    peer_fault once = {.command = "SET", .mode = PEER_REPLACE, .bytes = "-NOAUTH x\r\n"};
    once.length = strlen(once.bytes);
    once.times = 1;
    peer_set_fault(&redis, once);
    free(create_id(fresh, NULL));
    once.times = 1000;
    peer_set_fault(&redis, once);
    expect_code(session_create(fresh, NULL, &s), SESSION_AUTH);
    peer_set_fault(&redis, no_fault());
    session_store_close(fresh);
}

static void test_key__that_ends_between_get_and_pexpire_is_not_found(void **state)
{
    (void)state;
    char *id = prepare();
    replace_reply("PEXPIRE", ":0\r\n", 4);
    expect_ok(run_touch(id)); /* it lives: someone else extended it */
    peer_set_fault(&redis, (peer_fault){.command = "PEXPIRE",
                                        .mode = PEER_REPLACE,
                                        .bytes = ":0\r\n",
                                        .length = 4,
                                        .ends_key = true,
                                        .times = 1});
    expect_code(run_touch(id), SESSION_NOT_FOUND);
    free(id);
}

static void test_nesting__as_deep_as_can_be_crashes_nothing(void **state)
{
    (void)state;
    static char bytes[1600000]; /* the peer may still be sending them afterwards */
    for (size_t i = 0; i < sizeof bytes; i += 4)
        memcpy(bytes + i, "*1\r\n", 4);
    reopen_store("deadline=1s");
    char *id = prepare();
    replace_reply("GET", bytes, sizeof bytes);
    expect_code(answer_in_time(run_get, id), SESSION_PROTOCOL);
    peer_set_fault(&redis, no_fault());
    free(id);
}

static void test_error_text__decides_the_code_by_its_first_word(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        int code;
    } rows[] = {
        {"-NOAUTH x\r\n", SESSION_AUTH},
        {"-WRONGPASS x\r\n", SESSION_AUTH},
        {"-NOPERM x\r\n", SESSION_AUTH},
        {"-OOM x\r\n", SESSION_FULL},
        {"-READONLY x\r\n", SESSION_DEGRADED},
        {"-MISCONF x\r\n", SESSION_DEGRADED},
        {"-NOREPLICAS x\r\n", SESSION_DEGRADED},
        {"-LOADING x\r\n", SESSION_UNAVAILABLE},
        {"-BUSY x\r\n", SESSION_UNAVAILABLE},
        {"-MASTERDOWN x\r\n", SESSION_UNAVAILABLE},
        {"-CLUSTERDOWN x\r\n", SESSION_UNAVAILABLE},
        {"-MOVED 1 h:1\r\n", SESSION_CONFIG},
        {"-ERR unknown command\r\n", SESSION_CONFIG},
        {"-ERR max number of clients reached\r\n", SESSION_UNAVAILABLE},
        {"-UPSTREAM failure\r\n", SESSION_UNKNOWN},
    };
    reopen_store("deadline=150ms");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *id = prepare();
        replace_reply("EVALSHA", rows[i].reply, strlen(rows[i].reply));
        expect_code(destroy_code(store, id), rows[i].code);
        free(id);
    }
}

static void test_loading__that_ends_is_waited_for(void **state)
{
    (void)state;
    session *s = NULL;
    char *id = prepare();
    peer_set_fault(&redis, (peer_fault){.command = "GET",
                                        .mode = PEER_REPLACE,
                                        .bytes = "-LOADING x\r\n",
                                        .length = 12,
                                        .times = 3});
    expect_ok(session_get(store, id, &s));
    session_free(s);
    free(id);
}

/* A new one, because a store repeats no more calls than a part of its answers. */
static void reopen_loaded_store(void)
{
    session_free(loaded);
    loaded = NULL;
    reopen_store("deadline=20s");
}

static void test_cut__at_every_byte_once_is_made_good(void **state)
{
    (void)state;
    static const peer_mode modes[] = {PEER_CUT, PEER_RESET};
    for (size_t m = 0; m < 2; m++)
        for (size_t v = 0; v < VERBS; v++) {
            bool is_long = m == 0 && verbs[v].run == run_get; /* a whole record */
            for (size_t cut = 0; cut < (is_long ? 220 : 12); cut++) {
                reopen_loaded_store();
                char *id = prepare();
                peer_set_fault(&redis, (peer_fault){.command = verbs[v].command,
                                                    .mode = modes[m],
                                                    .cut = cut,
                                                    .times = 1});
                expect_ok(verbs[v].run(id));
                free(id);
            }
        }
}

static void test_lost_answer__of_a_create_is_tried_again_under_a_new_id(void **state)
{
    (void)state;
    session *s = NULL;
    free(prepare());
    peer_set_fault(
        &redis, (peer_fault){.command = "SET", .mode = PEER_CUT, .cut = 0, .times = 1});
    char before[160];
    expect_ok(session_create(store, NULL, &s));
    snprintf(before, sizeof before, "sess:%s", session_id(s));
    assert_string_equal(redis.keys[redis.last].name, before);
    session_free(s);
}

static void test_cut__for_good_is_never_success_nor_not_found(void **state)
{
    (void)state;
    reopen_store("deadline=300ms");
    for (size_t v = 0; v < VERBS; v++) {
        char *id = prepare();
        peer_set_fault(&redis, (peer_fault){.command = verbs[v].command,
                                            .mode = PEER_CUT,
                                            .cut = 1,
                                            .times = 100000});
        int rc = verbs[v].run(id);
        bool reads = is_read(verbs[v].run);
        expect_code(rc, reads ? SESSION_UNAVAILABLE : SESSION_UNKNOWN);
        free(id);
    }
}

static void test_second_reply__to_one_command_reaches_nobody(void **state)
{
    (void)state;
    session *a = NULL, *b = NULL;
    const char *user = NULL;
    char *first = prepare();
    peer_set_fault(&redis,
                   (peer_fault){.command = "GET", .mode = PEER_DOUBLE, .times = 1});
    int rc = session_get(store, first, &a);
    assert_true(rc == SESSION_OK || rc == SESSION_PROTOCOL);
    session_free(a);
    expect_ok(session_create(store, "{\"user\":\"bob\"}", &b));
    expect_ok(session_reload(b));
    expect_ok(session_get_string(b, "user", &user));
    assert_string_equal(user, "bob");
    session_free(b);
    free(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_login__that_fails_is_auth_and_nothing_is_sent_after_it),
        TEST(test_replies__that_make_no_sense_are_never_success),
        TEST(test_replies__of_another_commands_kind_are_never_success),
        TEST(test_error__of_a_megabyte_is_refused),
        TEST(test_silence__ends_with_the_deadline),
        TEST(test_drip__that_never_pauses_long_ends_with_the_deadline_too),
        TEST(test_reply__before_any_command_is_no_answer),
        TEST(test_noauth__after_a_login_is_answered_with_another_login),
        TEST(test_key__that_ends_between_get_and_pexpire_is_not_found),
        TEST(test_nesting__as_deep_as_can_be_crashes_nothing),
        TEST(test_error_text__decides_the_code_by_its_first_word),
        TEST(test_loading__that_ends_is_waited_for),
        TEST(test_cut__at_every_byte_once_is_made_good),
        TEST(test_lost_answer__of_a_create_is_tried_again_under_a_new_id),
        TEST(test_cut__for_good_is_never_success_nor_not_found),
        TEST(test_second_reply__to_one_command_reaches_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A server that lies to those who tell of events, and to those who listen. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "hisession/events.h"
#include "peer.h"

static peer redis;

static int set_up(void **state)
{
    (void)state;
    peer_start(&redis);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    peer_stop(&redis);
    return 0;
}

static void set_fault(const char *command, peer_mode mode, const char *bytes, size_t cut)
{
    peer_set_fault(&redis, (peer_fault){.command = command,
                                        .mode = mode,
                                        .bytes = bytes,
                                        .length = bytes != NULL ? strlen(bytes) : 0,
                                        .cut = cut,
                                        .times = 1000});
}

static const char *const nonsense[] = {
    "",
    "\r\n",
    "hello\r\n",
    "+OK\r\n",
    "-ERR no\r\n",
    "-NOPERM no\r\n",
    "$-1\r\n",
    "$5\r\nhello\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*1\r\n:1\r\n",
    "*2\r\n:1\r\n:1\r\n",
    "*3\r\n:1\r\n:2\r\n:3\r\n",
    "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
    "*1000000000\r\n",
    "*3\r\n*1\r\n:1\r\n:1\r\n:1\r\n",
    ">3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
    "%1\r\n$1\r\na\r\n:1\r\n",
    "*3\r\n$7\r\nmessage\r\n:1\r\n:1\r\n",
    "*3\r\n$7\r\nmessage\r\n$-1\r\n$-1\r\n",
    "*2\r\n$7\r\nmessage\r\n$1\r\na\r\n",
    "*3\r\n$7\r\nmessage\r\n$11\r\nsess:events\r\n$1\r\nx\r\n",
    "*3\r\n$7\r\nmessage\r\n$11\r\nsess:events\r\n$999999999\r\nx\r\n",
    "*3\r\n$9\r\nsubscribe\r\n:1\r\n",
    "*2\r\n$4\r\npong\r\n$0\r\n\r\n"};

enum { NONSENSE = sizeof nonsense / sizeof nonsense[0] };

/* ---- Telling ---- */

static void use_all(session_store *store)
{
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
}

static void test_publish__that_is_answered_by_nonsense_changes_no_result(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "events=on&deadline=500ms");
    for (int i = 0; i < NONSENSE; i++) {
        set_fault("PUBLISH", PEER_REPLACE, nonsense[i], 0);
        use_all(store);
    }
    session_store_close(store);
}

static void test_publish__that_is_cut_off_changes_no_result(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "events=on&deadline=5s");
    for (size_t cut = 0; cut < 4; cut++) {
        set_fault("PUBLISH", PEER_CUT, NULL, cut);
        use_all(store);
        set_fault("PUBLISH", PEER_RESET, NULL, cut);
        use_all(store);
    }
    session_store_close(store);
}

/* ---- Listening ---- */

static bool is_one_of(int code, const int *codes)
{
    while (*codes != code && *codes != SESSION_OK)
        codes++;
    return *codes == code;
}

static void test_subscription__that_is_answered_by_nonsense_fails(void **state)
{
    (void)state;
    static const int codes[] = {SESSION_UNAVAILABLE, SESSION_PROTOCOL, SESSION_AUTH,
                                SESSION_CONFIG, SESSION_OK};
    session_store *store = open_store(redis.url, "deadline=100ms");
    for (int i = 0; i < NONSENSE; i++) {
        session_events *events = NULL;
        set_fault("SUBSCRIBE", PEER_REPLACE, nonsense[i], 0);
        int rc = session_events_open(store, &events);
        assert_true(rc != SESSION_OK && is_one_of(rc, codes));
        assert_null(events);
    }
    session_store_close(store);
}

/* Listens for a while to what comes behind a subscription. */
static void listen_to(session_store *store, int which)
{
    static const int codes[] = {SESSION_NOT_FOUND, SESSION_AUTH, SESSION_CONFIG,
                                SESSION_OK};
    static char texts[NONSENSE][512]; /* the peer may still be at the one before */
    char *text = texts[which];
    session_events *events = NULL;
    /* Both subscriptions are answered at once; then comes the nonsense. */
    snprintf(text, sizeof texts[0], "%s%s%s",
             "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
             "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n", nonsense[which]);
    set_fault("SUBSCRIBE", PEER_REPLACE, text, 0);
    expect_ok(session_events_open(store, &events));
    struct pollfd ready = {session_events_fd(events), POLLIN, 0};
    for (int i = 0; i < 5; i++) {
        int kind = 0;
        (void)poll(&ready, 1, 10);
        int rc = session_events_next(events, &kind);
        assert_true(is_one_of(rc, codes));
        if (rc == SESSION_OK)
            assert_int_equal(kind, SESSION_EVENT_GAP);
    }
    session_events_close(events);
    set_fault(NULL, PEER_REPLACE, "", 0);
}

static void test_nonsense__behind_a_subscription_is_no_event(void **state)
{
    (void)state;
    session_store *store = open_store(redis.url, "deadline=5s");
    for (int i = 0; i < NONSENSE; i++)
        listen_to(store, i);
    session_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_publish__that_is_answered_by_nonsense_changes_no_result),
        TEST(test_publish__that_is_cut_off_changes_no_result),
        TEST(test_subscription__that_is_answered_by_nonsense_fails),
        TEST(test_nonsense__behind_a_subscription_is_no_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

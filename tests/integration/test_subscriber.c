/*
 * Silence on a subscription, below the API: there it takes ten seconds to be
 * noticed, here a few milliseconds.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/url.h"
#include "fixture.h"
#include "redis/subscriber.h"

enum { LONG_MS = 30000 };

static hs_subscriber subscriber;

static void subscribe(void)
{
    session_options options = {0};
    hs_endpoint endpoint;
    expect_ok(hs_url_read(redis.url, &options, &endpoint));
    expect_ok(hs_subscriber_init(&subscriber, &endpoint, LONG_MS, (hs_log){0}));
    subscriber.idle_limit = 50;
    subscriber.pong_limit = 50;
    strcpy(subscriber.channels[0], "a");
    strcpy(subscriber.channels[1], "b");
    expect_ok(hs_subscriber_open(&subscriber, hs_deadline_after(LONG_MS)));
}

static void unsubscribe(void)
{
    hs_subscriber_close(&subscriber, false);
}

/* Waits for something to do, and does it. */
static int wait_and_do(const hs_message **message)
{
    int reads = HS_SUBSCRIBER_READS;
    struct pollfd ready = {subscriber.watch, POLLIN, 0};
    assert_int_equal(poll(&ready, 1, LONG_MS), 1);
    return hs_subscriber_next(&subscriber, &reads, message);
}

static const hs_message *wait_message(void)
{
    const hs_message *message;
    int rc;
    do
        rc = wait_and_do(&message);
    while (rc == SESSION_NOT_FOUND);
    expect_ok(rc);
    return message;
}

static void test_quiet_connection__is_asked_for_a_sign_of_life_and_kept(void **state)
{
    (void)state;
    const hs_message *message;
    /* What is asked in a slow moment is answered late; then it starts anew. */
    subscriber.pong_limit = LONG_MS;
    while (server_calls(&redis, "ping") < 4) /* the first one is the start's */
        expect_code(wait_and_do(&message), SESSION_NOT_FOUND);
    free(SERVER_RUN(&redis, "PUBLISH", "b", "text"));
    message = wait_message();
    assert_string_equal(message->parts[1].text, "b");
    assert_string_equal(message->parts[2].text, "text");
}

static void test_silent_server__is_noticed_and_found_again(void **state)
{
    (void)state;
    const hs_message *message;
    server_pause(&redis);
    while (subscriber.state == HS_SUBSCRIBER_LISTENING)
        expect_code(wait_and_do(&message), SESSION_NOT_FOUND);
    server_resume(&redis);
    subscriber.pong_limit = LONG_MS;
    assert_null(wait_message());
    free(SERVER_RUN(&redis, "PUBLISH", "a", "text"));
    assert_string_equal(wait_message()->parts[2].text, "text");
}

static void test_reconnecting__goes_on_while_the_server_is_away(void **state)
{
    (void)state;
    const hs_message *message;
    server_kill(&redis);
    while (subscriber.attempt < 3)
        expect_code(wait_and_do(&message), SESSION_NOT_FOUND);
    server_restart(&redis);
    assert_null(wait_message());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quiet_connection__is_asked_for_a_sign_of_life_and_kept),
        TEST(test_silent_server__is_noticed_and_found_again),
        TEST(test_reconnecting__goes_on_while_the_server_is_away),
    };
    return RUN_TESTS(tests, .options = "", .own_servers = true, .before = subscribe,
                     .after = unsubscribe);
}

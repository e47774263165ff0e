/* Events: what one store does is heard by those who listen at another. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "hisession/events.h"

enum { LONG_MS = 30000 };

static const char *const arguments[] = {"--notify-keyspace-events", "Ex", "--hz", "100",
                                        NULL};
static session_store *listener; /* tells nothing, unlike `store` */
static session_events *events;

static void close_events(void)
{
    session_events_close(events);
    events = NULL;
}

static void start_listening(void)
{
    listener = open_store(redis.url, "");
    expect_ok(session_events_open(listener, &events));
}

static void stop_listening(void)
{
    close_events();
    session_store_close(listener);
}

/* ---- Waiting for events ---- */

static int wait_result(session_events *from, int *kind)
{
    struct pollfd ready = {session_events_fd(from), POLLIN, 0};
    for (;;) {
        int rc = session_events_next(from, kind);
        if (rc != SESSION_NOT_FOUND)
            return rc;
        assert_int_equal(poll(&ready, 1, LONG_MS), 1);
    }
}

static void expect_kind(int kind)
{
    int found = 0;
    expect_ok(wait_result(events, &found));
    assert_string_equal(session_event_name(found), session_event_name(kind));
}

static void expect_event(int kind, const char *handle)
{
    expect_kind(kind);
    assert_string_equal(session_events_handle(events), handle);
}

/* Nothing else was said before this session was created. */
static void expect_nothing_until_now(void)
{
    session *s = NULL;
    expect_ok(session_create(store, NULL, &s));
    expect_event(SESSION_EVENT_CREATED, session_handle(s));
    session_free(s);
}

static void publish(const char *channel, const char *text)
{
    free(SERVER_RUN(&redis, "PUBLISH", channel, text));
}

/* ---- What is told ---- */

static void test_events__tell_of_create_regenerate_and_destroy(void **state)
{
    (void)state;
    session *s = NULL;
    char before[SESSION_HANDLE_LENGTH + 1], after[SESSION_HANDLE_LENGTH + 1];
    expect_ok(session_create(store, "{\"user\":\"ada\"}", &s));
    strcpy(before, session_handle(s));
    expect_ok(session_regenerate(s));
    strcpy(after, session_handle(s));
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);

    expect_event(SESSION_EVENT_CREATED, before);
    assert_string_equal(session_events_next_handle(events), "");
    expect_event(SESSION_EVENT_REGENERATED, before);
    assert_string_equal(session_events_next_handle(events), after);
    expect_event(SESSION_EVENT_DESTROYED, after);
    assert_string_equal(session_events_user(events), "");
    expect_nothing_until_now();
}

static void test_events__tell_of_a_first_save_and_of_no_later_one(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_save(s));
    expect_event(SESSION_EVENT_CREATED, session_handle(s));
    expect_ok(session_set_int(s, "a", 1));
    expect_ok(session_save(s));
    session_free(s);
    expect_nothing_until_now();
}

static void expect_event_of_user(int kind, const char *handle, const char *user)
{
    expect_event(kind, handle);
    assert_string_equal(session_events_user(events), user);
}

static void test_events__tell_whose_session_was_ended_with_the_users_others(void **state)
{
    (void)state;
    session *s = NULL;
    char first[SESSION_HANDLE_LENGTH + 1], handle[SESSION_HANDLE_LENGTH + 1];
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_save(s));
    strcpy(first, session_handle(s));
    expect_ok(session_regenerate(s));
    strcpy(handle, session_handle(s));
    expect_ok(session_destroy_user(store, "ada", NULL, NULL));
    session_free(s);
    expect_event_of_user(SESSION_EVENT_CREATED, first, "ada");
    expect_event_of_user(SESSION_EVENT_REGENERATED, first, "ada");
    assert_string_equal(session_events_next_handle(events), handle);
    expect_event_of_user(SESSION_EVENT_DESTROYED, handle, "ada");
    expect_event_of_user(SESSION_EVENT_USER_REVOKED, "", "ada");
    expect_nothing_until_now();
}

static void test_events__tell_of_a_session_that_the_limit_evicts(void **state)
{
    (void)state;
    session *first = NULL, *second = NULL;
    session_store *limited = open_store(redis.url, "events=on&user_limit=1");
    expect_ok(session_new(limited, &first));
    expect_ok(session_set_user(first, "ada"));
    expect_ok(session_save(first));
    expect_event_of_user(SESSION_EVENT_CREATED, session_handle(first), "ada");
    expect_ok(session_new(limited, &second));
    expect_ok(session_set_user(second, "ada"));
    expect_ok(session_save(second));
    expect_event_of_user(SESSION_EVENT_DESTROYED, session_handle(first), "ada");
    expect_event_of_user(SESSION_EVENT_CREATED, session_handle(second), "ada");
    session_free(first);
    session_free(second);
    session_store_close(limited);
}

static void test_events__are_off_unless_asked_for(void **state)
{
    (void)state;
    session *s = NULL;
    expect_ok(session_create(listener, NULL, &s));
    expect_ok(session_regenerate(s));
    expect_ok(session_destroy(listener, session_id(s)));
    session_free(s);
    assert_int_equal(server_calls(&redis, "publish"), 0);
}

static void test_events__of_another_prefix_are_not_heard(void **state)
{
    (void)state;
    session_store *other = open_store(redis.url, "events=on&prefix=shop:");
    free(create_id(other, NULL));
    session_store_close(other);
    expect_nothing_until_now();
}

static void test_expiry__is_told_by_redis(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *brief = open_store(redis.url, "ttl=20ms&touch_interval=0ms");
    free(SERVER_RUN(&redis, "SET", "other", "x", "PX", "1"));
    free(SERVER_RUN(&redis, "SET", "sess:user:{ada}", "x", "PX", "1"));
    expect_ok(session_create(brief, NULL, &s));
    expect_event(SESSION_EVENT_EXPIRED, session_handle(s));
    session_free(s);
    session_store_close(brief);
}

/* ---- What is no event ---- */

static void test_messages__that_are_no_events_are_ignored(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hello",
        "null",
        "[]",
        "{}",
        "{\"event\":\"destroyed\"}",
        "{\"event\":\"destroyed\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\"",
        "{\"event\":\"destroyed\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAB\"}",
        "{\"event\":\"destroyed\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"destroyed\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"destroyed\",\"handle\":5}",
        "{\"event\":\"gap\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"expired\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"regenerated\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"event\":\"user_revoked\"}",
        "{\"event\":\"user_revoked\",\"user\":\"\"}",
        "{\"event\":\"user_revoked\",\"user\":\"a\\u0000b\"}",
        "{\"event\":\"created\",\"handle\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"user\":7}",
        "{\"event\":\"user_revoked\",\"user\":\"a\",\"user\":\"a\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        publish("sess:events", bad[i]);
    publish("__keyevent@0__:expired", "sess:");
    publish("__keyevent@0__:expired", "s");
    publish("__keyevent@0__:expired", "sess:not-an-id");
    expect_nothing_until_now();
}

static void test_messages__of_any_length_do_no_harm(void **state)
{
    (void)state;
    char *text = calloc(1, 1024 * 1024 + 1);
    memset(text, 'x', 200 * 1024);
    publish("sess:events", text);
    expect_nothing_until_now();
    memset(text, 'x', 1024 * 1024);
    publish("sess:events", text); /* is not taken in: the connection goes first */
    expect_kind(SESSION_EVENT_GAP);
    expect_nothing_until_now();
    free(text);
}

static void test_messages__that_are_not_sealed_are_ignored_by_a_sealed_store(void **state)
{
    (void)state;
    if (!stores_are_sealed())
        skip();
    publish("sess:events", "{\"event\":\"user_revoked\",\"user\":\"ada\"}");
    expect_nothing_until_now();
}

static void test_messages__in_masses_are_taken_in_parts(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    int kind, heard = 0;
    if (stores_are_sealed())
        skip(); /* the server cannot seal them */
    free(SERVER_RUN(&redis, "EVAL",
                    "for i = 1, 20000 do redis.call('PUBLISH', 'sess:events', "
                    "'{\"event\":\"user_revoked\",\"user\":\"' .. i .. '\"}') "
                    "redis.call('PUBLISH', 'sess:events', 'x') end",
                    "0"));
    for (; heard < MANY; heard++) {
        char user[16];
        expect_ok(wait_result(events, &kind));
        assert_int_equal(kind, SESSION_EVENT_USER_REVOKED);
        snprintf(user, sizeof user, "%d", heard + 1);
        assert_string_equal(session_events_user(events), user);
    }
    expect_nothing_until_now();
}

/* ---- Lost connections ---- */

static void test_lost_connection__is_a_gap_and_then_events_flow_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        int fd = session_events_fd(events);
        assert_int_equal(
            SERVER_INT(&redis, "CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"), 1);
        expect_event(SESSION_EVENT_GAP, "");
        assert_int_equal(session_events_fd(events), fd);
        expect_nothing_until_now();
    }
}

static void test_restart__is_a_gap(void **state)
{
    (void)state;
    server_restart(&redis);
    expect_event(SESSION_EVENT_GAP, "");
    expect_nothing_until_now();
}

static void test_password__that_is_changed_is_said_by_next(void **state)
{
    (void)state;
    int kind;
    close_events();
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "web", "on", ">old", "allchannels",
                    "+@all"));
    session_store *own = open_store_as("web:old", "");
    expect_ok(session_events_open(own, &events));
    /* This ends the connection of the user, too. */
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "web", "resetpass", ">new"));
    free(SERVER_RUN(&redis, "CLIENT", "KILL", "USER", "web"));
    expect_code(wait_result(events, &kind), SESSION_AUTH);
    expect_code(session_events_next(events, &kind), SESSION_NOT_FOUND);
    close_events();
    session_store_close(own);
}

/* ---- Rights ---- */

static session_store *open_as(const char *user, const char *const *rule)
{
    const char *words[24] = {
        "ACL",     "SETUSER",       user,       "on",    ">pw",     "resetkeys",
        "~sess:*", "resetchannels", "~{sess:*", "-@all", "+get",    "+set",
        "+pttl",   "+pexpire",      "+unlink",  "+eval", "+evalsha"};
    char login[32];
    for (size_t i = 17; *rule != NULL; i++)
        words[i] = *rule++;
    free(server_run(&redis, words));
    snprintf(login, sizeof login, "%s:pw", user);
    return open_store_as(login, "events=on");
}
#define OPEN_AS(user, ...) open_as((user), (const char *const[]){__VA_ARGS__, NULL})

static void test_rights__that_the_readme_names_suffice(void **state)
{
    (void)state;
    session_store *teller = OPEN_AS("teller", "+publish", "&sess:events");
    close_events();
    session_store *hearer = OPEN_AS("hearer", "+subscribe", "+ping", "&sess:events",
                                    "&__keyevent@0__:expired");
    expect_ok(session_events_open(hearer, &events));
    char *id = create_id(teller, NULL);
    expect_ok(session_destroy(teller, id));
    expect_kind(SESSION_EVENT_CREATED);
    expect_kind(SESSION_EVENT_DESTROYED);
    free(id);
    close_events();
    session_store_close(hearer);
    session_store_close(teller);
}

static void test_rights__to_hear_of_expiry_may_be_missing(void **state)
{
    (void)state;
    close_events();
    session_store *hearer = OPEN_AS("hearer", "+subscribe", "+ping", "&sess:events");
    expect_ok(session_events_open(hearer, &events));
    expect_nothing_until_now();
    close_events();
    session_store_close(hearer);
}

static void test_rights__that_are_missing_are_told_at_open(void **state)
{
    (void)state;
    session_events *none = NULL;
    session_store *deaf = OPEN_AS("deaf", "+publish");
    expect_code(session_events_open(deaf, &none), SESSION_AUTH);
    assert_null(none);
    session_store_close(deaf);
}

static void test_publishing__that_is_refused_changes_no_result(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *mute = OPEN_AS("mute", "+publish");
    expect_ok(session_create(mute, NULL, &s));
    expect_ok(session_regenerate(s));
    expect_ok(session_destroy(mute, session_id(s)));
    expect_code(session_reload(s), SESSION_NOT_FOUND);
    session_free(s);
    session_store_close(mute);
    expect_nothing_until_now();
}

/* ---- Borders ---- */

static void test_open__of_a_dead_server_is_unavailable(void **state)
{
    (void)state;
    session_events *none = NULL;
    session_store *nowhere = open_store("unix:///nowhere/at-all", "deadline=200ms");
    expect_code(session_events_open(nowhere, &none), SESSION_UNAVAILABLE);
    assert_null(none);
    session_store_close(nowhere);
}

static void test_nothing__is_answered_with_nothing(void **state)
{
    (void)state;
    int kind;
    session_events *none = NULL;
    expect_code(session_events_open(NULL, &none), SESSION_INVALID);
    expect_code(session_events_open(store, NULL), SESSION_INVALID);
    expect_code(session_events_next(NULL, &kind), SESSION_INVALID);
    expect_code(session_events_next(events, NULL), SESSION_INVALID);
    assert_int_equal(session_events_fd(NULL), -1);
    assert_null(session_events_handle(NULL));
    assert_null(session_events_next_handle(NULL));
    assert_null(session_events_user(NULL));
    session_events_close(NULL);
    assert_string_equal(session_event_name(0), "UNRECOGNIZED");
    assert_int_equal(session_event_kind("NOTHING"), 0);
    assert_int_equal(session_event_kind(NULL), 0);
}

static void test_fork__leaves_the_parents_subscription_alone(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        int kind;
        int rc = session_events_next(events, &kind);
        session_events_close(events);
        _exit(rc == SESSION_INVALID ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_nothing_until_now();
}

static void test_lost_connection__is_noticed_while_a_child_holds_its_copy(void **state)
{
    (void)state;
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(gate[0]);
    test_lost_connection__is_a_gap_and_then_events_flow_again(state);
    struct pollfd ready = {session_events_fd(events), POLLIN, 0};
    assert_int_equal(poll(&ready, 1, 0), 0); /* nothing left of the old ones */
    close(gate[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events__tell_of_create_regenerate_and_destroy),
        TEST(test_events__tell_of_a_first_save_and_of_no_later_one),
        TEST(test_events__tell_whose_session_was_ended_with_the_users_others),
        TEST(test_events__tell_of_a_session_that_the_limit_evicts),
        TEST(test_events__are_off_unless_asked_for),
        TEST(test_events__of_another_prefix_are_not_heard),
        TEST(test_expiry__is_told_by_redis),
        TEST(test_messages__that_are_no_events_are_ignored),
        TEST(test_messages__of_any_length_do_no_harm),
        TEST(test_messages__that_are_not_sealed_are_ignored_by_a_sealed_store),
        TEST(test_messages__in_masses_are_taken_in_parts),
        TEST(test_lost_connection__is_a_gap_and_then_events_flow_again),
        TEST(test_restart__is_a_gap),
        TEST(test_password__that_is_changed_is_said_by_next),
        TEST(test_rights__that_the_readme_names_suffice),
        TEST(test_rights__to_hear_of_expiry_may_be_missing),
        TEST(test_rights__that_are_missing_are_told_at_open),
        TEST(test_publishing__that_is_refused_changes_no_result),
        TEST(test_open__of_a_dead_server_is_unavailable),
        TEST(test_nothing__is_answered_with_nothing),
        TEST(test_fork__leaves_the_parents_subscription_alone),
        TEST(test_lost_connection__is_noticed_while_a_child_holds_its_copy),
    };
    return RUN_TESTS(tests, .options = "events=on", .arguments = arguments,
                     .own_servers = true, .before = start_listening,
                     .after = stop_listening);
}

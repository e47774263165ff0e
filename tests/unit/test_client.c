/* How often a command is sent until it is answered. */
#include "redis/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "peer.h"
#include "threads.h"

enum { LONG_MS = 20000 };

static peer server;
static hs_client client;
static hs_key key;

static int begin(void **state)
{
    (void)state;
    hs_endpoint endpoint = {.database = 0};
    const hs_settings settings = {
        .connect_timeout = LONG_MS, .pool_size = 2, .max_size = 65536};
    peer_start(&server);
    snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
    hs_key_make(&key, "sess:", "ID");
    expect_ok(hs_client_init(&client, &endpoint, &settings, (hs_log){0}));
    return 0;
}

static int end(void **state)
{
    (void)state;
    hs_client_destroy(&client);
    peer_stop(&server);
    return 0;
}

static void set_fault(const char *command, peer_mode mode, const char *bytes, int times)
{
    peer_set_fault(&server, (peer_fault){.command = command,
                                         .mode = mode,
                                         .bytes = bytes,
                                         .length = strlen(bytes),
                                         .times = times});
}

/* Runs an UNLINK; how many of them the server got, and what became of it. */
static int run_delete(hs_trying trying, int64_t ms, hs_answer *answer)
{
    hs_command command;
    int before = peer_commands(&server);
    hs_command_delete(&command, &key);
    hs_client_run(&client, &command, hs_deadline_after(ms), trying, answer);
    hs_answer_free(answer);
    hs_command_free(&command);
    return peer_commands(&server) - before;
}

static void test_run__sends_an_answered_command_once(void **state)
{
    (void)state;
    static const hs_trying all[] = {HS_TRY_ONCE, HS_TRY_UNTIL_DOUBT, HS_TRY_AGAIN};
    for (size_t i = 0; i < 3; i++) {
        hs_answer answer;
        assert_int_equal(run_delete(all[i], LONG_MS, &answer), 1);
        expect_ok(answer.code);
        assert_false(answer.in_doubt);
    }
}

static void test_run__tries_again_what_was_refused_for_now(void **state)
{
    (void)state;
    hs_answer answer;
    set_fault("UNLINK", PEER_REPLACE, "-LOADING x\r\n", 3);
    assert_int_equal(run_delete(HS_TRY_UNTIL_DOUBT, LONG_MS, &answer), 4);
    expect_ok(answer.code);
    set_fault("UNLINK", PEER_REPLACE, "-LOADING x\r\n", 1);
    assert_int_equal(run_delete(HS_TRY_ONCE, LONG_MS, &answer), 1);
    expect_code(answer.code, SESSION_UNAVAILABLE);
}

static void test_run__gives_up_what_would_fail_again(void **state)
{
    (void)state;
    hs_answer answer;
    set_fault("UNLINK", PEER_REPLACE, "-OOM x\r\n", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
    expect_code(answer.code, SESSION_FULL);
}

static void test_doubt__stays_though_a_later_attempt_is_refused(void **state)
{
    (void)state;
    hs_answer answer;
    set_fault("UNLINK", PEER_CUT, "", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 2);
    expect_ok(answer.code);
    assert_true(answer.in_doubt);
    set_fault("UNLINK", PEER_CUT, "", 1);
    assert_int_equal(run_delete(HS_TRY_UNTIL_DOUBT, LONG_MS, &answer), 1);
    expect_code(hs_outcome_of_write(&answer), SESSION_UNKNOWN);
}

static void test_budget__bounds_retries_and_ten_answers_earn_one(void **state)
{
    (void)state;
    hs_answer answer;
    atomic_store(&client.retry_budget, 0);
    set_fault("UNLINK", PEER_REPLACE, "-LOADING x\r\n", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
    expect_code(answer.code, SESSION_UNAVAILABLE);
    for (int i = 0; i < 9; i++)
        assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
    set_fault("UNLINK", PEER_REPLACE, "-LOADING x\r\n", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 2);
    set_fault("UNLINK", PEER_REPLACE, "-LOADING x\r\n", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
}

/* Runs a command of so many scripts; how many commands the server got. */
static int run_scripts(int count, int *code)
{
    static const hs_script script = {"the script", "return 1", "abc"};
    const hs_slice arguments[] = {hs_slice_of("a"), hs_slice_of("b"), hs_slice_of("1")};
    const hs_script_call call = {
        &script,   &key, 1,
        arguments, 3,    {.kinds = HS_REPLY_INTEGER | HS_REPLY_NIL, .most = 1}};
    hs_command command;
    hs_answer answer;
    int before = peer_commands(&server);
    hs_command_begin(&command);
    for (int i = 0; i < count; i++)
        hs_command_add_script(&command, &call);
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_AGAIN, &answer);
    *code = answer.code;
    for (int i = 0; i < count && answer.code == SESSION_OK; i++) /* each has its own */
        assert_int_equal(answer.replies[i].kind, command.script == NULL && i == 0
                                                     ? HS_REPLY_INTEGER
                                                     : HS_REPLY_NIL);
    hs_answer_free(&answer);
    hs_command_free(&command);
    return peer_commands(&server) - before;
}

static void test_script__that_the_server_lacks_is_sent_whole(void **state)
{
    (void)state;
    int code;
    set_fault("EVALSHA", PEER_REPLACE, "-NOSCRIPT x\r\n", 1);
    assert_int_equal(run_scripts(1, &code), 2);
    expect_ok(code); /* the peer says 0 to an EVAL, and to the hash that it has nothing */
    assert_int_equal(run_scripts(1, &code), 1);
    expect_ok(code);
}

static void
test_scripts__that_the_server_lacks_are_sent_again_with_one_whole(void **state)
{
    (void)state;
    enum { COUNT = 3 * HS_COMMAND_REPLIES };
    int code;
    set_fault("EVALSHA", PEER_REPLACE, "-NOSCRIPT x\r\n", COUNT);
    assert_int_equal(run_scripts(COUNT, &code), 2 * COUNT);
    expect_ok(code);
}

static void test_script__is_sent_whole_once(void **state)
{
    (void)state;
    int code;
    set_fault("EVALSHA", PEER_REPLACE, "-NOSCRIPT x\r\n", 1000);
    assert_int_equal(run_scripts(2, &code), 4);
    expect_code(code, SESSION_UNAVAILABLE);
}

static void test_minor_replies__decide_nothing(void **state)
{
    (void)state;
    hs_command command;
    hs_answer answer;
    int before = peer_commands(&server);
    hs_command_delete(&command, &key);
    hs_command_add_value(&command, &key);
    hs_command_last_is_minor(&command);
    set_fault("GET", PEER_REPLACE, "-LOADING x\r\n", 1);
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_AGAIN, &answer);
    assert_int_equal(peer_commands(&server), before + 2);
    expect_ok(answer.code);
    assert_int_equal(answer.replies[1].kind, HS_REPLY_ERROR);
    hs_answer_free(&answer);
    set_fault("GET", PEER_CUT, "", 1); /* the decisive one was answered */
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_AGAIN, &answer);
    assert_int_equal(peer_commands(&server), before + 4);
    expect_ok(answer.code);
    assert_false(answer.in_doubt);
    assert_int_equal(answer.replies[1].kind, HS_REPLY_NONE);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void test_run__brings_a_reply_for_each_of_many_commands(void **state)
{
    (void)state;
    enum { COUNT = 10 * HS_COMMAND_REPLIES };
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    hs_command_add_create(&command, &key, "v", 1, 1000);
    for (int i = 1; i < COUNT; i++)
        hs_command_add_value(&command, &key);
    set_fault("GET", PEER_REPLACE, "-LOADING x\r\n", 1);
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_AGAIN, &answer);
    assert_int_equal(peer_commands(&server), 2 * COUNT);
    expect_ok(answer.code);
    assert_int_equal(answer.reply_count, COUNT);
    for (int i = 1; i < COUNT; i++)
        assert_string_equal(answer.replies[i].text, "v");
    hs_answer_free(&answer);
    hs_command_free(&command);
}

/* As if the open connections were old. */
static void age_connections(void)
{
    for (size_t i = 0; i < client.pool.size; i++)
        client.pool.connections[i].opened_at = 0;
}

static void test_read_only_server__has_the_connections_replaced_once(void **state)
{
    (void)state;
    hs_answer answer;
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
    age_connections();
    set_fault("UNLINK", PEER_REPLACE, "-READONLY x\r\n", 1000);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 2);
    expect_code(answer.code, SESSION_DEGRADED);
    assert_int_equal(peer_connections(&server), 2);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 1);
    expect_code(answer.code, SESSION_DEGRADED);
    assert_int_equal(peer_connections(&server), 2); /* the new one says the same */
}

static void test_replica_without_its_master__is_asked_until_it_answers(void **state)
{
    (void)state;
    hs_answer answer;
    set_fault("UNLINK", PEER_REPLACE, "-MASTERDOWN x\r\n", 3);
    assert_int_equal(run_delete(HS_TRY_AGAIN, LONG_MS, &answer), 4);
    expect_ok(answer.code);
}

static void test_read__is_answered_by_a_new_connection_after_a_timeout(void **state)
{
    (void)state;
    hs_answer answer;
    hs_command command;
    hs_command_get(&command, &key);
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_READ, &answer);
    expect_ok(answer.code);
    hs_answer_free(&answer);
    peer_silence(&server);
    hs_client_run(&client, &command, hs_deadline_after(1000), HS_TRY_READ, &answer);
    expect_ok(answer.code);
    assert_int_equal(peer_connections(&server), 2);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void test_write__has_the_whole_deadline_for_its_answer(void **state)
{
    (void)state;
    hs_answer answer;
    set_fault("UNLINK", PEER_REPLACE, "", 1);
    assert_int_equal(run_delete(HS_TRY_AGAIN, 1000, &answer), 1);
    expect_code(hs_outcome_of_write(&answer), SESSION_UNKNOWN);
}

/* ---- Threads that are cancelled ---- */

static atomic_int completed;

static void *get_and_end(void *argument)
{
    hs_answer answer;
    hs_command command;
    hs_command_get(&command, &key);
    hs_client_run(&client, &command, hs_deadline_after(LONG_MS), HS_TRY_ONCE, &answer);
    if (answer.code == SESSION_OK)
        atomic_fetch_add(&completed, 1);
    hs_answer_free(&answer);
    hs_command_free(&command);
    pthread_testcancel();
    return argument;
}

static void delete_own(worker *self)
{
    hs_answer answer;
    run_delete(HS_TRY_ONCE, LONG_MS, &answer);
    check_ok(self, answer.code);
}

static void wait_for_waiting_call(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (bool waits = false; !waits; nanosleep(&pause, NULL)) {
        pthread_mutex_lock(&client.pool.mutex);
        waits = client.pool.first_waiting != NULL;
        pthread_mutex_unlock(&client.pool.mutex);
    }
}

static void
test_cancel__of_a_thread_comes_after_its_call_and_holds_up_nobody(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* it takes the stack of a cancelled thread for one in use */
#endif
    enum { CONNECTIONS = 2 };
    pthread_t threads[CONNECTIONS];
    set_fault("GET", PEER_HOLD, "", CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, get_and_end, NULL), 0);
        peer_wait_held(&server, i + 1);
    }
    team *other = start_threads(1, delete_own, NULL);
    wait_for_waiting_call();
    for (int i = 0; i < CONNECTIONS; i++)
        assert_int_equal(pthread_cancel(threads[i]), 0);
    peer_release(&server);
    for (int i = 0; i < CONNECTIONS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, PTHREAD_CANCELED);
    }
    assert_int_equal(atomic_load(&completed), CONNECTIONS);
    finish(other);
}

static void test_pause__ends_with_the_time(void **state)
{
    (void)state;
    assert_false(hs_client_pause(0, hs_deadline_after(0)));
    assert_true(hs_client_pause(0, hs_deadline_after(LONG_MS)));
    assert_false(hs_client_may_retry(&client, 0, hs_deadline_after(-1)));
    assert_true(hs_client_may_retry(&client, 0, hs_deadline_after(LONG_MS)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_run__sends_an_answered_command_once),
        TEST(test_run__tries_again_what_was_refused_for_now),
        TEST(test_run__gives_up_what_would_fail_again),
        TEST(test_doubt__stays_though_a_later_attempt_is_refused),
        TEST(test_budget__bounds_retries_and_ten_answers_earn_one),
        TEST(test_script__that_the_server_lacks_is_sent_whole),
        TEST(test_scripts__that_the_server_lacks_are_sent_again_with_one_whole),
        TEST(test_script__is_sent_whole_once),
        TEST(test_minor_replies__decide_nothing),
        TEST(test_run__brings_a_reply_for_each_of_many_commands),
        TEST(test_read_only_server__has_the_connections_replaced_once),
        TEST(test_replica_without_its_master__is_asked_until_it_answers),
        TEST(test_read__is_answered_by_a_new_connection_after_a_timeout),
        TEST(test_write__has_the_whole_deadline_for_its_answer),
        TEST(test_cancel__of_a_thread_comes_after_its_call_and_holds_up_nobody),
        TEST(test_pause__ends_with_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

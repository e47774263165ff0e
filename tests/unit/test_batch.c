/* Which calls of a batch are over, and what each is told; nothing is sent. */
#include "redis/batch.h"

#include "expect.h"

enum { CALLS = 4, LONG_MS = 20000 };

static hs_connection connection;
static hs_command command;
static hs_call calls[CALLS];
static hs_finished finished;

/* A batch that was sent, except for the last call. */
static int begin(void **state)
{
    (void)state;
    hs_key key;
    hs_key_make(&key, "sess:", "ID");
    hs_command_delete(&command, &key);
    hs_connection_init(&connection, 1000);
    hs_connection_begin(&connection);
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (hs_call){.command = &command, .deadline = hs_deadline_after(LONG_MS)};
        hs_connection_add(&connection, &calls[i]);
    }
    connection.sent = connection.slots[CALLS - 1].start;
    finished.count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    hs_command_free(&command);
    return 0;
}

static void answer_first(void)
{
    connection.slots[0].replies_left = 0;
    connection.first = 1;
    calls[0].result = HS_CALL_ANSWERED;
}

static void test_answered__are_finished_except_the_own_one(void **state)
{
    (void)state;
    answer_first();
    hs_batch_take_answered(&connection, &calls[0], &finished);
    assert_int_equal(finished.count, 0);
    assert_null(connection.slots[0].call);
    end(NULL);
    begin(NULL);
    answer_first();
    hs_batch_take_answered(&connection, &calls[1], &finished);
    assert_int_equal(finished.count, 1);
    assert_ptr_equal(finished.calls[0], &calls[0]);
    assert_ptr_equal(hs_batch_first(&connection), &calls[1]);
}

static void test_late__are_lost_and_the_others_go_on(void **state)
{
    (void)state;
    const hs_deadline past = {1};
    calls[0].deadline = calls[2].deadline = past;
    assert_int_equal(hs_batch_deadline(&connection).monotonic_ms, 1);
    hs_batch_expire(&connection, &calls[1], &finished);
    assert_int_equal(finished.count, 2);
    assert_int_equal(calls[2].result, HS_CALL_LOST);
    expect_code(calls[2].code, SESSION_UNAVAILABLE);
    assert_ptr_equal(hs_batch_first(&connection), &calls[1]);
    assert_int_not_equal(hs_batch_deadline(&connection).monotonic_ms, 1);
}

static void test_end__leaves_in_doubt_only_what_was_sent(void **state)
{
    (void)state;
    answer_first();
    connection.broken = SESSION_PROTOCOL;
    hs_batch_take_answered(&connection, &calls[1], &finished);
    hs_batch_fail(&connection, &calls[1], &finished);
    assert_int_equal(finished.count, CALLS - 1);
    assert_null(hs_batch_first(&connection));
    assert_int_equal(calls[0].result, HS_CALL_ANSWERED);
    assert_int_equal(calls[1].result, HS_CALL_LOST);
    expect_code(calls[1].code, SESSION_PROTOCOL); /* what came in was for this one */
    assert_int_equal(calls[2].result, HS_CALL_LOST);
    expect_code(calls[2].code, SESSION_UNAVAILABLE);
    assert_int_equal(calls[3].result, HS_CALL_NOT_SENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answered__are_finished_except_the_own_one),
        TEST(test_late__are_lost_and_the_others_go_on),
        TEST(test_end__leaves_in_doubt_only_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

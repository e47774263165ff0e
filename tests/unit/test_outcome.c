/* What became of a command: codes, doubt, and what may help. */
#include "redis/outcome.h"

#include <string.h>

#include "expect.h"

static hs_reply error_reply(const char *text)
{
    hs_reply reply = {.kind = HS_REPLY_ERROR};
    snprintf(reply.word, sizeof reply.word, "%s", text);
    return reply;
}

static void test_error__is_judged_by_how_it_begins(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        hs_advice advice;
    } rows[] = {
        {"NOSCRIPT No matching", SESSION_UNAVAILABLE, HS_ADVICE_SEND_SCRIPT},
        {"LOADING Redis is", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
        {"BUSY Redis is", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
        {"CLUSTERDOWN x", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
        {"MASTERDOWN x", SESSION_UNAVAILABLE, HS_ADVICE_RECONNECT},
        {"READONLY x", SESSION_DEGRADED, HS_ADVICE_RECONNECT},
        {"NOREPLICAS x", SESSION_DEGRADED, HS_ADVICE_RETRY},
        {"MISCONF x", SESSION_DEGRADED, HS_ADVICE_GIVE_UP},
        {"OOM x", SESSION_FULL, HS_ADVICE_GIVE_UP},
        {"NOAUTH x", SESSION_AUTH, HS_ADVICE_LOG_IN},
        {"ERR Protocol error: unauthenticated multibulk length", SESSION_AUTH,
         HS_ADVICE_LOG_IN},
        {"ERR Protocol error: unauthenticated bulk length", SESSION_AUTH,
         HS_ADVICE_LOG_IN},
        {"ERR Protocol error: invalid bulk length", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
        {"WRONGPASS x", SESSION_AUTH, HS_ADVICE_GIVE_UP},
        {"NOPERM x", SESSION_AUTH, HS_ADVICE_GIVE_UP},
        {"ERR The user executing the script can't run", SESSION_AUTH, HS_ADVICE_GIVE_UP},
        {"ERR ACL failure in script: User x", SESSION_AUTH, HS_ADVICE_GIVE_UP},
        {"DENIED Redis is", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
        {"WRONGTYPE x", SESSION_CORRUPT, HS_ADVICE_GIVE_UP},
        {"MOVED 1 h:1", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
        {"ERR unknown command", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
        {"ERR max number of clients reached", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
        {"OOMX x", SESSION_UNKNOWN, HS_ADVICE_GIVE_UP},
        {"OO", SESSION_UNKNOWN, HS_ADVICE_GIVE_UP},
        {"oom x", SESSION_UNKNOWN, HS_ADVICE_GIVE_UP},
        {"", SESSION_UNKNOWN, HS_ADVICE_GIVE_UP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const hs_reply error = error_reply(rows[i].text);
        hs_advice advice;
        int code = hs_outcome_of_error(&error, &advice);
        if (code != rows[i].code || advice != rows[i].advice)
            fail_msg("%s: %s, %d", rows[i].text, session_error_name(code), (int)advice);
    }
}

/* ---- One attempt ---- */

/* A command of so many replies, of which the first ones decide. */
static void make_command(hs_command *command, int replies, int decisive)
{
    hs_key key;
    hs_key_make(&key, "sess:", "ID");
    hs_command_begin(command);
    for (int i = 0; i < replies; i++) {
        hs_command_add_value(command, &key);
        if (i >= decisive)
            hs_command_last_is_minor(command);
    }
}

static void test_replies__are_judged_by_the_decisive_ones(void **state)
{
    (void)state;
    hs_command command;
    hs_answer answer;
    make_command(&command, 3, 2);
    expect_ok(hs_answer_begin(&answer, &command));
    answer.replies[2] = error_reply("OOM x"); /* decides nothing */
    assert_int_equal(hs_outcome_of_replies(&command, &answer), HS_ADVICE_GIVE_UP);
    expect_ok(answer.code);
    answer.replies[1] = error_reply("LOADING x");
    assert_int_equal(hs_outcome_of_replies(&command, &answer), HS_ADVICE_RETRY);
    expect_code(answer.code, SESSION_UNAVAILABLE);
    command.expected[1].minor = true;
    (void)hs_outcome_of_replies(&command, &answer);
    expect_ok(answer.code);
    assert_false(answer.in_doubt);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void test_replies__tell_of_missing_scripts_and_of_errors_unheard_of(void **state)
{
    (void)state;
    hs_command command;
    hs_answer answer;
    make_command(&command, 1, 1);
    expect_ok(hs_answer_begin(&answer, &command));
    answer.replies[0] = error_reply("NOSCRIPT x");
    assert_int_equal(hs_outcome_of_replies(&command, &answer), HS_ADVICE_SEND_SCRIPT);
    assert_false(answer.in_doubt);
    answer.replies[0] = error_reply("NEWERROR x");
    assert_int_equal(hs_outcome_of_replies(&command, &answer), HS_ADVICE_GIVE_UP);
    assert_true(answer.in_doubt);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void test_minor_replies__tell_of_no_missing_script_and_leave_no_doubt(void **state)
{
    (void)state;
    static const char *const errors[] = {"NOSCRIPT x", "NEWERROR x", "READONLY x",
                                         "NOAUTH x"};
    hs_command command;
    make_command(&command, 2, 0);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        hs_answer answer;
        expect_ok(hs_answer_begin(&answer, &command));
        answer.replies[i % 2] = error_reply(errors[i]);
        assert_int_equal(hs_outcome_of_replies(&command, &answer), HS_ADVICE_GIVE_UP);
        expect_ok(answer.code);
        assert_false(answer.in_doubt);
        hs_answer_free(&answer);
    }
    hs_command_free(&command);
}

static void test_answer__has_room_for_as_many_replies_as_there_are_commands(void **state)
{
    (void)state;
    enum { COUNT = 10 * HS_COMMAND_REPLIES };
    hs_command command;
    hs_answer answer;
    make_command(&command, COUNT, COUNT);
    expect_ok(hs_answer_begin(&answer, &command));
    assert_int_equal(answer.reply_count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(answer.replies[i].kind, HS_REPLY_NONE);
    answer.replies[COUNT - 1] = error_reply("OOM x");
    (void)hs_outcome_of_replies(&command, &answer);
    expect_code(answer.code, SESSION_FULL);
    hs_answer_clear(&answer);
    assert_int_equal(answer.replies[COUNT - 1].kind, HS_REPLY_NONE);
    assert_int_equal(answer.reply_count, COUNT);
    hs_answer_free(&answer);
    command.bytes.failed = true;
    expect_code(hs_answer_begin(&answer, &command), SESSION_NO_MEMORY);
    expect_code(answer.code, SESSION_NO_MEMORY);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void test_silence__leaves_doubt_once_something_was_sent(void **state)
{
    (void)state;
    hs_answer answer = {0};
    assert_int_equal(hs_outcome_of_silence(SESSION_UNAVAILABLE, false, &answer),
                     HS_ADVICE_RETRY);
    expect_code(hs_outcome_of_write(&answer), SESSION_UNAVAILABLE);
    (void)hs_outcome_of_silence(SESSION_UNAVAILABLE, true, &answer);
    expect_code(hs_outcome_of_write(&answer), SESSION_UNKNOWN);
    expect_code(hs_outcome_of_read(&answer), SESSION_UNAVAILABLE);
    (void)hs_outcome_of_silence(SESSION_UNAVAILABLE, false, &answer);
    expect_code(hs_outcome_of_write(&answer), SESSION_UNKNOWN); /* the doubt stays */
    assert_int_equal(hs_outcome_of_silence(SESSION_AUTH, false, &answer),
                     HS_ADVICE_GIVE_UP);
    assert_int_equal(hs_outcome_of_silence(SESSION_NO_MEMORY, false, &answer),
                     HS_ADVICE_GIVE_UP);
}

/* ---- A whole call ---- */

static void test_doubt__does_not_hide_what_was_confirmed_or_made_no_sense(void **state)
{
    (void)state;
    expect_ok(hs_outcome_of_write(&(hs_answer){.code = SESSION_OK, .in_doubt = true}));
    expect_code(
        hs_outcome_of_write(&(hs_answer){.code = SESSION_PROTOCOL, .in_doubt = true}),
        SESSION_PROTOCOL);
    expect_code(hs_outcome_of_write(&(hs_answer){.code = SESSION_FULL, .in_doubt = true}),
                SESSION_UNKNOWN);
    expect_code(hs_outcome_of_write(&(hs_answer){.code = SESSION_FULL}), SESSION_FULL);
    expect_code(hs_outcome_of_read(&(hs_answer){.code = SESSION_UNKNOWN}),
                SESSION_UNAVAILABLE);
    expect_code(hs_outcome_of_handshake(SESSION_UNKNOWN), SESSION_UNAVAILABLE);
    expect_code(hs_outcome_of_handshake(SESSION_AUTH), SESSION_AUTH);
    assert_true(hs_outcome_is_in_doubt(SESSION_UNKNOWN));
    assert_true(hs_outcome_is_in_doubt(SESSION_PROTOCOL));
    assert_false(hs_outcome_is_in_doubt(SESSION_UNAVAILABLE));
}

static void test_several__are_unknown_if_some_are_done_and_one_met_trouble(void **state)
{
    (void)state;
    expect_code(hs_outcome_of_several(SESSION_UNAVAILABLE, true), SESSION_UNKNOWN);
    expect_code(hs_outcome_of_several(SESSION_UNAVAILABLE, false), SESSION_UNAVAILABLE);
    expect_code(hs_outcome_of_several(SESSION_NOT_FOUND, true), SESSION_NOT_FOUND);
    expect_ok(hs_outcome_of_several(SESSION_OK, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__is_judged_by_how_it_begins),
        cmocka_unit_test(test_replies__are_judged_by_the_decisive_ones),
        cmocka_unit_test(test_replies__tell_of_missing_scripts_and_of_errors_unheard_of),
        cmocka_unit_test(
            test_minor_replies__tell_of_no_missing_script_and_leave_no_doubt),
        cmocka_unit_test(test_answer__has_room_for_as_many_replies_as_there_are_commands),
        cmocka_unit_test(test_silence__leaves_doubt_once_something_was_sent),
        cmocka_unit_test(test_doubt__does_not_hide_what_was_confirmed_or_made_no_sense),
        cmocka_unit_test(test_several__are_unknown_if_some_are_done_and_one_met_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

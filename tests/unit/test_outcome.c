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

static void test_replies__are_judged_by_the_decisive_ones(void **state)
{
    (void)state;
    hs_command command = {.reply_count = 3, .decisive = 2};
    hs_answer answer = {0};
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
}

static void test_replies__tell_of_missing_scripts_and_of_errors_unheard_of(void **state)
{
    (void)state;
    const hs_command command = {.reply_count = 1, .decisive = 1};
    hs_answer answer = {0};
    answer.replies[0] = error_reply("NOSCRIPT x");
    (void)hs_outcome_of_replies(&command, &answer);
    assert_true(answer.needs_script);
    assert_false(answer.in_doubt);
    answer.replies[0] = error_reply("NEWERROR x");
    (void)hs_outcome_of_replies(&command, &answer);
    assert_false(answer.needs_script);
    assert_true(answer.in_doubt);
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
        cmocka_unit_test(test_silence__leaves_doubt_once_something_was_sent),
        cmocka_unit_test(test_doubt__does_not_hide_what_was_confirmed_or_made_no_sense),
        cmocka_unit_test(test_several__are_unknown_if_some_are_done_and_one_met_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

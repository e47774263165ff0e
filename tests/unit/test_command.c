/* The bytes of commands, and the replies that make sense for them. */
#include "redis/command.h"

#include <stdlib.h>
#include <string.h>

#include "expect.h"

static hs_key key;

static int make_key(void **state)
{
    (void)state;
    hs_key_make(&key, "sess:", "ID");
    return 0;
}

static void expect_bytes(hs_command *command, const char *bytes, int replies,
                         int decisive)
{
    assert_false(command->bytes.failed);
    assert_int_equal(command->bytes.length, strlen(bytes));
    assert_memory_equal(command->bytes.data, bytes, strlen(bytes));
    assert_int_equal(command->reply_count, replies);
    assert_int_equal(command->decisive, decisive);
    hs_command_free(command);
}

#define KEY "$7\r\nsess:ID\r\n"

static void test_commands__are_these_bytes(void **state)
{
    (void)state;
    hs_command c;
    hs_command_get(&c, &key);
    expect_bytes(&c, "*2\r\n$3\r\nGET\r\n" KEY "*2\r\n$4\r\nPTTL\r\n" KEY, 2, 2);
    hs_command_create(&c, &key, "a\0b", 3, 60000);
    assert_memory_equal(c.bytes.data, "*6\r\n$3\r\nSET\r\n" KEY "$3\r\na\0b\r\n$2\r\nNX",
                        41);
    hs_command_free(&c);
    hs_command_create(&c, &key, "v", 1, 60000);
    expect_bytes(&c,
                 "*6\r\n$3\r\nSET\r\n" KEY
                 "$1\r\nv\r\n$2\r\nNX\r\n$2\r\nPX\r\n$5\r\n60000\r\n",
                 1, 1);
    hs_command_extend(&c, &key, 5, false);
    expect_bytes(&c, "*4\r\n$7\r\nPEXPIRE\r\n" KEY "$1\r\n5\r\n$2\r\nGT\r\n", 1, 1);
    hs_command_extend(&c, &key, 5, true);
    expect_bytes(&c, "*4\r\n$7\r\nPEXPIRE\r\n" KEY "$1\r\n5\r\n$2\r\nNX\r\n", 1, 1);
    hs_command_ttl(&c, &key);
    expect_bytes(&c, "*2\r\n$4\r\nPTTL\r\n" KEY, 1, 1);
    hs_command_delete(&c, &key);
    expect_bytes(&c, "*2\r\n$6\r\nUNLINK\r\n" KEY, 1, 1);
    hs_command_get_and_delete(&c, &key);
    expect_bytes(&c, "*2\r\n$3\r\nGET\r\n" KEY "*2\r\n$6\r\nUNLINK\r\n" KEY, 2, 2);
    hs_command_select(&c, 15);
    expect_bytes(&c, "*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n", 1, 1);
    hs_command_auth(&c, "", "pw");
    expect_bytes(&c, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n", 1, 1);
    hs_command_auth(&c, "web", "pw");
    expect_bytes(&c, "*3\r\n$4\r\nAUTH\r\n$3\r\nweb\r\n$2\r\npw\r\n", 1, 1);
    hs_command_subscribe(&c, "ch");
    expect_bytes(&c, "*2\r\n$9\r\nSUBSCRIBE\r\n$2\r\nch\r\n", 1, 1);
    hs_command_ping(&c);
    expect_bytes(&c, "*1\r\n$4\r\nPING\r\n", 1, 1);
}

static void test_publish__goes_along_and_decides_nothing(void **state)
{
    (void)state;
    hs_command c;
    hs_buffer message = {0};
    hs_buffer_append_text(&message, "{}");
    hs_command_delete(&c, &key);
    hs_command_add_publish(&c, "sess:", &message);
    expect_bytes(&c,
                 "*2\r\n$6\r\nUNLINK\r\n" KEY
                 "*3\r\n$7\r\nPUBLISH\r\n$11\r\nsess:events\r\n$2\r\n{}\r\n",
                 2, 1);
    hs_command_publish(&c, "", &message);
    expect_bytes(&c, "*3\r\n$7\r\nPUBLISH\r\n$6\r\nevents\r\n$2\r\n{}\r\n", 1, 1);
    hs_buffer_free(&message);
}

static void test_script__goes_by_its_hash_or_whole(void **state)
{
    (void)state;
    static const hs_script script = {"the script", "return 1", "abc"};
    const hs_slice arguments[] = {hs_slice_of("x"), hs_slice_of("")};
    const hs_script_call call = {&script, &key, 1, arguments, 2, {.kinds = HS_REPLY_NIL}};
    hs_command c;
    hs_command_script(&c, &call, false);
    expect_bytes(
        &c, "*6\r\n$7\r\nEVALSHA\r\n$3\r\nabc\r\n$1\r\n1\r\n" KEY "$1\r\nx\r\n$0\r\n\r\n",
        1, 1);
    hs_command_script(&c, &call, true);
    expect_bytes(&c,
                 "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n" KEY
                 "$1\r\nx\r\n$0\r\n\r\n",
                 1, 1);
}

static void test_create__takes_values_larger_than_its_own_room(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    static const char end[] = "v\r\n$2\r\nNX\r\n$2\r\nPX\r\n$1\r\n1\r\n";
    hs_command c;
    char *value = malloc(LENGTH);
    memset(value, 'v', LENGTH);
    hs_command_create(&c, &key, value, LENGTH, 1);
    assert_false(c.bytes.failed);
    assert_non_null(memmem(c.bytes.data, c.bytes.length, "$100000\r\nvvv", 12));
    assert_memory_equal(c.bytes.data + c.bytes.length - strlen(end), end, strlen(end));
    hs_command_free(&c);
    free(value);
}

/* ---- Replies ---- */

static bool accepts(const hs_expected *expected, hs_reply reply)
{
    const hs_command command = {.reply_count = 1, .expected = {*expected}};
    return hs_command_accepts(&command, 0, &reply);
}

static void test_accepts__what_the_command_can_be_answered_with(void **state)
{
    (void)state;
    const hs_expected status = {.kinds = HS_REPLY_STATUS};
    const hs_expected flag = {.kinds = HS_REPLY_INTEGER, .least = 0, .most = 1};
    const hs_expected value = {.kinds = HS_REPLY_STRING | HS_REPLY_NIL};
    assert_true(accepts(&status, (hs_reply){.kind = HS_REPLY_STATUS, .word = "OK"}));
    assert_false(accepts(&status, (hs_reply){.kind = HS_REPLY_STATUS, .word = "OKAY"}));
    assert_false(accepts(&status, (hs_reply){.kind = HS_REPLY_STATUS, .word = "ok"}));
    assert_false(accepts(&status, (hs_reply){.kind = HS_REPLY_STRING}));
    assert_true(accepts(&flag, (hs_reply){.kind = HS_REPLY_INTEGER, .integer = 1}));
    assert_false(accepts(&flag, (hs_reply){.kind = HS_REPLY_INTEGER, .integer = 2}));
    assert_false(accepts(&flag, (hs_reply){.kind = HS_REPLY_INTEGER, .integer = -1}));
    assert_false(accepts(&flag, (hs_reply){.kind = HS_REPLY_NIL}));
    assert_true(accepts(&value, (hs_reply){.kind = HS_REPLY_NIL}));
    assert_true(accepts(&value, (hs_reply){.kind = HS_REPLY_STRING}));
    assert_false(accepts(&value, (hs_reply){.kind = HS_REPLY_INTEGER}));
    assert_false(accepts(&value, (hs_reply){.kind = HS_REPLY_NONE}));
    assert_true(accepts(&value, (hs_reply){.kind = HS_REPLY_ERROR, .word = "ERR x"}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands__are_these_bytes),
        cmocka_unit_test(test_publish__goes_along_and_decides_nothing),
        cmocka_unit_test(test_script__goes_by_its_hash_or_whole),
        cmocka_unit_test(test_create__takes_values_larger_than_its_own_room),
        cmocka_unit_test(test_accepts__what_the_command_can_be_answered_with),
    };
    return cmocka_run_group_tests(tests, make_key, NULL);
}

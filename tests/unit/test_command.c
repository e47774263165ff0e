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
    hs_command_begin(&c);
    hs_command_add_create(&c, &key, "a\0b", 3, 60000);
    assert_memory_equal(c.bytes.data, "*6\r\n$3\r\nSET\r\n" KEY "$3\r\na\0b\r\n$2\r\nNX",
                        41);
    hs_command_free(&c);
    hs_command_begin(&c);
    hs_command_add_create(&c, &key, "v", 1, 60000);
    expect_bytes(&c,
                 "*6\r\n$3\r\nSET\r\n" KEY
                 "$1\r\nv\r\n$2\r\nNX\r\n$2\r\nPX\r\n$5\r\n60000\r\n",
                 1, 1);
    hs_command_begin(&c);
    hs_command_add_extend(&c, &key, 5, false);
    expect_bytes(&c, "*4\r\n$7\r\nPEXPIRE\r\n" KEY "$1\r\n5\r\n$2\r\nGT\r\n", 1, 1);
    hs_command_begin(&c);
    hs_command_add_extend(&c, &key, 5, true);
    expect_bytes(&c, "*4\r\n$7\r\nPEXPIRE\r\n" KEY "$1\r\n5\r\n$2\r\nNX\r\n", 1, 1);
    hs_command_begin(&c);
    hs_command_add_value(&c, &key);
    expect_bytes(&c, "*2\r\n$3\r\nGET\r\n" KEY, 1, 1);
    hs_command_delete(&c, &key);
    expect_bytes(&c, "*2\r\n$6\r\nUNLINK\r\n" KEY, 1, 1);
    hs_command_begin(&c);
    hs_command_add(&c, (const char *const[]){"ZREM", "set", "?ID"}, 3,
                   (hs_expected){.kinds = HS_REPLY_INTEGER, .most = 1});
    expect_bytes(&c, "*3\r\n$4\r\nZREM\r\n$3\r\nset\r\n$3\r\n?ID\r\n", 1, 1);
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
    hs_command c, publish;
    hs_buffer message = {0};
    hs_buffer_append_text(&message, "{}");
    hs_command_publish(&publish, "sess:", &message);
    hs_command_delete(&c, &key);
    hs_command_append(&c, &publish, false);
    hs_command_last_is_minor(&c);
    assert_string_equal(c.expected[1].name, "PUBLISH");
    assert_true(c.expected[1].minor);
    expect_bytes(&c,
                 "*2\r\n$6\r\nUNLINK\r\n" KEY
                 "*3\r\n$7\r\nPUBLISH\r\n$11\r\nsess:events\r\n$2\r\n{}\r\n",
                 2, 1);
    hs_command_free(&publish);
    hs_command_publish(&c, "", &message);
    expect_bytes(&c, "*3\r\n$7\r\nPUBLISH\r\n$6\r\nevents\r\n$2\r\n{}\r\n", 1, 1);
    hs_buffer_free(&message);
}

/* ---- Several at once ---- */

static void add_value(hs_command *c, bool minor)
{
    hs_command_add_value(c, &key);
    if (minor)
        hs_command_last_is_minor(c);
}

static void test_decisive__are_all_up_to_the_last_that_is_not_minor(void **state)
{
    (void)state;
    hs_command c;
    hs_command_begin(&c);
    add_value(&c, true);
    assert_int_equal(c.decisive, 0);
    add_value(&c, false);
    add_value(&c, true);
    add_value(&c, true);
    assert_int_equal(c.decisive, 2); /* a minor one in between is waited for, too */
    assert_true(c.expected[0].minor);
    assert_false(c.expected[1].minor);
    hs_command_last_is_minor(&c); /* it is already */
    assert_int_equal(c.decisive, 2);
    hs_command_free(&c);
    hs_command_begin(&c);
    add_value(&c, true);
    add_value(&c, true);
    hs_command_add_get(&c, &key);
    hs_command_last_is_minor(&c);
    assert_int_equal(c.decisive, 3);
    hs_command_free(&c);
}

static void test_append__adds_all_of_another(void **state)
{
    (void)state;
    hs_command c, other;
    hs_command_begin(&other);
    add_value(&other, false);
    hs_command_add_extend(&other, &key, 5, false);
    hs_command_last_is_minor(&other);
    hs_command_delete(&c, &key);
    hs_command_append(&c, &other, false);
    hs_command_free(&other);
    assert_string_equal(c.expected[0].name, "UNLINK");
    assert_string_equal(c.expected[1].name, "GET");
    assert_string_equal(c.expected[2].name, "PEXPIRE");
    assert_false(c.expected[1].minor);
    assert_true(c.expected[2].minor);
    expect_bytes(&c,
                 "*2\r\n$6\r\nUNLINK\r\n" KEY "*2\r\n$3\r\nGET\r\n" KEY
                 "*4\r\n$7\r\nPEXPIRE\r\n" KEY "$1\r\n5\r\n$2\r\nGT\r\n",
                 3, 2);
    hs_command_begin(&other);
    other.bytes.failed = true;
    hs_command_delete(&c, &key);
    hs_command_append(&c, &other, false);
    assert_true(c.bytes.failed);
    hs_command_free(&other);
    hs_command_free(&c);
}

static void test_commands__may_be_more_than_there_is_room_for_at_first(void **state)
{
    (void)state;
    enum { COUNT = 10 * HS_COMMAND_REPLIES + 1 };
    static const char one[] = "*2\r\n$3\r\nGET\r\n" KEY;
    const hs_reply nil = {.kind = HS_REPLY_NIL}, flag = {.kind = HS_REPLY_INTEGER};
    hs_command c, all;
    hs_command_begin(&c);
    for (int i = 0; i < COUNT; i++)
        add_value(&c, i % 2 == 1);
    hs_command_begin(&all);
    hs_command_add_extend(&all, &key, 5, false);
    hs_command_append(&all, &c, false);
    hs_command_free(&c);
    assert_false(all.bytes.failed);
    assert_int_equal(all.reply_count, COUNT + 1);
    assert_int_equal(all.decisive, COUNT + 1);
    assert_true(hs_command_accepts(&all, 0, &flag));
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(all.expected[i + 1].name, "GET");
        assert_int_equal(all.expected[i + 1].minor, i % 2 == 1);
        assert_true(hs_command_accepts(&all, i + 1, &nil));
        assert_false(hs_command_accepts(&all, i + 1, &flag));
        assert_memory_equal(all.bytes.data + all.bytes.length -
                                (size_t)(COUNT - i) * strlen(one),
                            one, strlen(one));
    }
    hs_command_free(&all);
}

/* ---- Scripts ---- */

static const hs_script script = {"the script", "return 1", "abc"};
static const hs_slice script_arguments[] = {{"x", 1}, {"", 0}};
static const hs_script_call script_call = {
    &script, &key, 1, script_arguments, 2, {.kinds = HS_REPLY_NIL}};

#define WORDS "$1\r\n1\r\n" KEY "$1\r\nx\r\n$0\r\n\r\n"
#define BY_HASH "*6\r\n$7\r\nEVALSHA\r\n$3\r\nabc\r\n" WORDS
#define WHOLE "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n" WORDS
#define UNLINK "*2\r\n$6\r\nUNLINK\r\n" KEY

static void test_script__goes_by_its_hash_or_whole(void **state)
{
    (void)state;
    hs_command c;
    hs_command_begin(&c);
    hs_command_add_script(&c, &script_call);
    assert_string_equal(c.expected[0].name, "the script");
    expect_bytes(&c, BY_HASH, 1, 1);
    hs_command_begin(&c);
    hs_command_add_script(&c, &script_call);
    hs_command_send_script(&c);
    assert_string_equal(c.expected[0].name, "the script");
    expect_bytes(&c, WHOLE, 1, 1);
}

static void test_scripts__but_the_first_go_by_their_hash(void **state)
{
    (void)state;
    hs_command c;
    hs_command_delete(&c, &key);
    for (int i = 0; i < 3; i++)
        hs_command_add_script(&c, &script_call);
    assert_ptr_equal(c.script, &script);
    hs_command_send_script(&c);
    assert_null(c.script); /* so that its text goes out once */
    hs_command_send_script(&c);
    expect_bytes(&c, UNLINK WHOLE BY_HASH BY_HASH, 4, 4);
}

static void test_script__of_a_command_that_was_added_is_sent_whole(void **state)
{
    (void)state;
    hs_command c, other;
    hs_command_delete(&c, &key);
    hs_command_delete(&other, &key);
    hs_command_add_script(&other, &script_call);
    hs_command_add_script(&other, &script_call);
    hs_command_append(&c, &other, false);
    hs_command_append(&c, &other, false);
    hs_command_free(&other);
    hs_command_send_script(&c);
    expect_bytes(&c, UNLINK UNLINK WHOLE BY_HASH UNLINK BY_HASH BY_HASH, 7, 7);
}

static void test_script__larger_than_the_room_is_sent_whole(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    char *value = malloc(LENGTH);
    memset(value, 'v', LENGTH);
    const hs_slice arguments[] = {{value, LENGTH}};
    const hs_script_call call = {&script, &key, 1, arguments, 1, {.kinds = HS_REPLY_NIL}};
    static const char whole[] = "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n"
                                "$1\r\n1\r\n" KEY "$100000\r\nvvv";
    hs_command c;
    hs_command_begin(&c);
    hs_command_add_script(&c, &call);
    size_t length = c.bytes.length;
    hs_command_send_script(&c);
    assert_false(c.bytes.failed);
    assert_memory_equal(c.bytes.data, whole, strlen(whole));
    assert_memory_equal(c.bytes.data + c.bytes.length - 3, "v\r\n", 3);
    assert_int_equal(c.bytes.length, length - strlen("EVALSHA") + strlen("EVAL") -
                                         strlen("abc") + strlen("return 1"));
    hs_command_free(&c);
    free(value);
}

static void test_create__takes_values_larger_than_its_own_room(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    static const char end[] = "v\r\n$2\r\nNX\r\n$2\r\nPX\r\n$1\r\n1\r\n";
    hs_command c;
    char *value = malloc(LENGTH);
    memset(value, 'v', LENGTH);
    hs_command_begin(&c);
    hs_command_add_create(&c, &key, value, LENGTH, 1);
    assert_false(c.bytes.failed);
    assert_non_null(memmem(c.bytes.data, c.bytes.length, "$100000\r\nvvv", 12));
    assert_memory_equal(c.bytes.data + c.bytes.length - strlen(end), end, strlen(end));
    hs_command_free(&c);
    free(value);
}

/* ---- Replies ---- */

static bool accepts(hs_expected *expected, hs_reply reply)
{
    const hs_command command = {.reply_count = 1, .expected = expected};
    return hs_command_accepts(&command, 0, &reply);
}

static void test_accepts__what_the_command_can_be_answered_with(void **state)
{
    (void)state;
    hs_expected status = {.kinds = HS_REPLY_STATUS};
    hs_expected flag = {.kinds = HS_REPLY_INTEGER, .least = 0, .most = 1};
    hs_expected value = {.kinds = HS_REPLY_STRING | HS_REPLY_NIL};
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
        cmocka_unit_test(test_decisive__are_all_up_to_the_last_that_is_not_minor),
        cmocka_unit_test(test_append__adds_all_of_another),
        cmocka_unit_test(test_commands__may_be_more_than_there_is_room_for_at_first),
        cmocka_unit_test(test_script__goes_by_its_hash_or_whole),
        cmocka_unit_test(test_scripts__but_the_first_go_by_their_hash),
        cmocka_unit_test(test_script__of_a_command_that_was_added_is_sent_whole),
        cmocka_unit_test(test_script__larger_than_the_room_is_sent_whole),
        cmocka_unit_test(test_create__takes_values_larger_than_its_own_room),
        cmocka_unit_test(test_accepts__what_the_command_can_be_answered_with),
    };
    return cmocka_run_group_tests(tests, make_key, NULL);
}

/* Replies and messages out of bytes that come in any pieces. */
#include "redis/reader.h"

#include <hiredis/read.h>
#include <hiredis/sds.h>
#include <string.h>

#include "expect.h"

static hs_reader reader;

static int begin(void **state)
{
    (void)state;
    return hs_reader_init(&reader);
}

static int begin_messages(void **state)
{
    (void)state;
    return hs_reader_init_messages(&reader);
}

static int end(void **state)
{
    (void)state;
    hs_reader_free(&reader);
    return 0;
}

static void feed(const char *bytes)
{
    expect_ok(hs_reader_feed(&reader, bytes, strlen(bytes)));
}

static hs_reply next(void)
{
    hs_reply reply = {0};
    expect_ok(hs_reader_next(&reader, &reply));
    return reply;
}

/* ---- Replies ---- */

static void test_next__gives_each_kind_of_reply(void **state)
{
    (void)state;
    feed("+OK\r\n:-7\r\n$-1\r\n$5\r\na\r\nbc\r\n-ERR some text that is longer than a "
         "word has room for\r\n");
    hs_reply reply = next();
    assert_int_equal(reply.kind, HS_REPLY_STATUS);
    assert_string_equal(reply.word, "OK");
    reply = next();
    assert_int_equal(reply.kind, HS_REPLY_INTEGER);
    assert_int_equal(reply.integer, -7);
    assert_int_equal(next().kind, HS_REPLY_NIL);
    reply = next();
    assert_int_equal(reply.kind, HS_REPLY_STRING);
    assert_int_equal(reply.length, 5);
    assert_memory_equal(reply.text, "a\r\nbc", 6);
    hs_reply_free(&reply);
    reply = next();
    assert_int_equal(reply.kind, HS_REPLY_ERROR);
    assert_int_equal(strlen(reply.word), HS_WORD_SIZE - 1);
    hs_reply_free(&reply);
    assert_int_equal(next().kind, HS_REPLY_NONE);
    assert_int_equal(hs_reader_pending(&reader), 0);
}

static void test_next__waits_for_the_last_byte(void **state)
{
    (void)state;
    static const char bytes[] = "$5\r\nhello\r\n";
    hs_reply reply = {0};
    for (size_t i = 0; i < strlen(bytes); i++) {
        expect_ok(hs_reader_feed(&reader, bytes + i, 1));
        expect_ok(hs_reader_next(&reader, &reply));
        assert_int_equal(reply.kind,
                         i + 1 < strlen(bytes) ? HS_REPLY_NONE : HS_REPLY_STRING);
    }
    assert_string_equal(reply.text, "hello");
    hs_reply_free(&reply);
    hs_reader_wipe(&reader);
    feed(":1\r\n");
    assert_int_equal(next().integer, 1);
}

static void test_next__refuses_what_is_no_flat_reply(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "*1\r\n:1\r\n", "*0\r\n",    "*-1\r\n",      "%1\r\n",       "_\r\n",
        "#t\r\n",       ",1.5\r\n",  "$3\r\nabcXY",  ":1x\r\n",      ":\r\n",
        "$x\r\n",       "hello\r\n", "~1\r\n:1\r\n", ">1\r\n:1\r\n", "(1\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hs_reader own;
        hs_reply reply = {0};
        expect_ok(hs_reader_init(&own));
        expect_ok(hs_reader_feed(&own, bad[i], strlen(bad[i])));
        int rc = hs_reader_next(&own, &reply);
        if (rc != SESSION_PROTOCOL)
            fail_msg("%s is %s", bad[i], session_error_name(rc));
        hs_reply_free(&reply);
        hs_reader_free(&own);
    }
}

static void test_pending__is_what_no_reply_used(void **state)
{
    (void)state;
    feed(":1\r\n$3\r\nab");
    assert_int_equal(next().integer, 1);
    assert_true(hs_reader_pending(&reader) > 0);
}

/* ---- Messages ---- */

/* What the parser keeps for replies to come, and whether it still reads them. */
static size_t spare_room(void)
{
    hs_reply reply = {0};
    size_t room = sdsalloc(reader.parser->buf);
    feed(":7\r\n");
    expect_ok(hs_reader_next(&reader, &reply));
    assert_int_equal(reply.integer, 7);
    hs_reader_wipe(&reader);
    return room;
}

/* Reads a string of so many bytes. */
static void read_string(size_t length)
{
    char start[32];
    hs_reply reply = {0};
    char *bytes = calloc(1, length + 1);
    snprintf(start, sizeof start, "$%zu\r\n", length);
    feed(start);
    memset(bytes, 'x', length);
    expect_ok(hs_reader_feed(&reader, bytes, length));
    feed("\r\n");
    expect_ok(hs_reader_next(&reader, &reply));
    assert_int_equal(reply.length, length);
    hs_reply_free(&reply);
    free(bytes);
    hs_reader_wipe(&reader);
}

static void test_wipe__gives_back_the_room_of_a_huge_reply(void **state)
{
    (void)state;
    const size_t usual = 64 * 1024, huge = 15 * 1024 * 1024;
    read_string(usual);
    assert_in_range(spare_room(), usual, 4 * usual); /* kept for the next one */
    for (int i = 0; i < 2; i++) {
        read_string(huge);
        assert_in_range(spare_room(), 0, 4 * usual);
    }
}

static void test_message__is_complete_with_its_last_part(void **state)
{
    (void)state;
    static const char bytes[] = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$4\r\ntext\r\n";
    hs_message message = {0};
    for (size_t i = 0; i < strlen(bytes); i++) {
        assert_false(message.complete);
        expect_ok(hs_reader_feed(&reader, bytes + i, 1));
        expect_ok(hs_reader_next_message(&reader, &message));
    }
    assert_true(message.complete);
    assert_int_equal(message.count, 3);
    assert_string_equal(message.parts[0].text, "message");
    assert_string_equal(message.parts[2].text, "text");
    hs_message_free(&message);
    assert_false(message.complete);
    assert_null(message.parts[0].text);
}

static void test_message__may_be_a_single_reply(void **state)
{
    (void)state;
    hs_message message = {0};
    feed("+PONG\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    expect_ok(hs_reader_next_message(&reader, &message));
    assert_true(message.complete);
    assert_string_equal(message.parts[0].word, "PONG");
    hs_message_free(&message);
    expect_ok(hs_reader_next_message(&reader, &message));
    assert_int_equal(message.parts[2].integer, 1);
    hs_message_free(&message);
}

static void test_message__that_is_nested_or_too_long_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
                                      "*1\r\n*1\r\n:1\r\n", "*0\r\n", "*-1\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hs_reader own;
        hs_message message = {0};
        expect_ok(hs_reader_init_messages(&own));
        expect_ok(hs_reader_feed(&own, bad[i], strlen(bad[i])));
        expect_code(hs_reader_next_message(&own, &message), SESSION_PROTOCOL);
        hs_message_free(&message);
        hs_reader_free(&own);
    }
}

#define REPLIES(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define MESSAGES(name) cmocka_unit_test_setup_teardown(name, begin_messages, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLIES(test_next__gives_each_kind_of_reply),
        REPLIES(test_next__waits_for_the_last_byte),
        REPLIES(test_next__refuses_what_is_no_flat_reply),
        REPLIES(test_pending__is_what_no_reply_used),
        REPLIES(test_wipe__gives_back_the_room_of_a_huge_reply),
        MESSAGES(test_message__is_complete_with_its_last_part),
        MESSAGES(test_message__may_be_a_single_reply),
        MESSAGES(test_message__that_is_nested_or_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

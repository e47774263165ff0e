/* A buffer that grows, starts in borrowed memory, and remembers that it failed. */
#include "base/buffer.h"

#include <string.h>

#include "expect.h"

static void expect_text(const hs_buffer *buffer, const char *text)
{
    assert_int_equal(buffer->length, strlen(text));
    assert_memory_equal(buffer->data, text, strlen(text));
}

static void test_append__keeps_everything_while_it_grows(void **state)
{
    (void)state;
    hs_buffer buffer = {0};
    for (int i = 0; i < 10000; i++)
        hs_buffer_append(&buffer, (const char[]){(char)i}, 1);
    assert_int_equal(buffer.length, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buffer.data[i], (char)i);
    hs_buffer_free(&buffer);
}

static void test_borrowed_room__is_left_wiped_when_it_gets_too_small(void **state)
{
    (void)state;
    static const char nothing[4];
    char room[4];
    hs_buffer buffer;
    hs_buffer_borrow(&buffer, room, sizeof room);
    hs_buffer_append_text(&buffer, "abcd");
    assert_ptr_equal(buffer.data, room);
    hs_buffer_append_text(&buffer, "e");
    assert_ptr_not_equal(buffer.data, room);
    expect_text(&buffer, "abcde");
    assert_memory_equal(room, nothing, sizeof room);
    hs_buffer_free(&buffer);
}

static void test_free__wipes_borrowed_room_and_leaves_a_usable_buffer(void **state)
{
    (void)state;
    static const char nothing[6];
    char room[6] = "";
    hs_buffer buffer;
    hs_buffer_borrow(&buffer, room, sizeof room);
    hs_buffer_append_text(&buffer, "secret");
    hs_buffer_free(&buffer);
    assert_memory_equal(room, nothing, sizeof room);
    hs_buffer_append_text(&buffer, "again");
    expect_text(&buffer, "again");
    hs_buffer_free(&buffer);
    hs_buffer_free(&buffer);
}

static void test_append_int__writes_the_whole_range(void **state)
{
    (void)state;
    hs_buffer buffer = {0};
    static const int64_t values[] = {0, -1, 10, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hs_buffer_append_int(&buffer, values[i]);
        hs_buffer_append_text(&buffer, " ");
    }
    expect_text(&buffer, "0 -1 10 9223372036854775807 -9223372036854775808 ");
    hs_buffer_free(&buffer);
}

static void test_failure__stays_and_nothing_is_appended_after_it(void **state)
{
    (void)state;
    hs_buffer buffer = {0};
    hs_buffer_append_text(&buffer, "before");
    hs_buffer_reserve(&buffer, SIZE_MAX / 2);
    assert_true(buffer.failed);
    hs_buffer_append_text(&buffer, "after");
    hs_buffer_append_int(&buffer, 1);
    assert_true(buffer.failed);
    expect_text(&buffer, "before");
    hs_buffer_free(&buffer);
    assert_false(buffer.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append__keeps_everything_while_it_grows),
        cmocka_unit_test(test_borrowed_room__is_left_wiped_when_it_gets_too_small),
        cmocka_unit_test(test_free__wipes_borrowed_room_and_leaves_a_usable_buffer),
        cmocka_unit_test(test_append_int__writes_the_whole_range),
        cmocka_unit_test(test_failure__stays_and_nothing_is_appended_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

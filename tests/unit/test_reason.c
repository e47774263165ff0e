/* The line that says why something was refused. */
#include "base/reason.h"

#include <string.h>

#include "expect.h"

static void test_refuse__writes_the_line_and_returns_the_code(void **state)
{
    (void)state;
    char text[40];
    const hs_reason reason = {text, sizeof text};
    expect_code(hs_refuse(&reason, SESSION_CONFIG, "%s takes %d", "ttl", 5),
                SESSION_CONFIG);
    assert_string_equal(text, "ttl takes 5");
}

static void test_refuse__cuts_the_line_to_any_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 8; size++) {
        char text[8];
        memset(text, '#', sizeof text);
        const hs_reason reason = {text, size};
        expect_code(hs_refuse(&reason, SESSION_INVALID, "abcdef"), SESSION_INVALID);
        if (size > 0)
            assert_int_equal(strlen(text), size - 1 < 6 ? size - 1 : 6);
        assert_int_equal(text[size], '#');
    }
    const hs_reason nowhere = {NULL, 10};
    expect_code(hs_refuse(&nowhere, SESSION_INVALID, "abc"), SESSION_INVALID);
}

static void test_refuse__keeps_to_one_line_of_printable_characters(void **state)
{
    (void)state;
    char text[40];
    const hs_reason reason = {text, sizeof text};
    hs_refuse(&reason, SESSION_INVALID, "a\nb\r\tc\x7f\xc3\xa4 ~");
    assert_string_equal(text, "a?b??c??? ~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuse__writes_the_line_and_returns_the_code),
        cmocka_unit_test(test_refuse__cuts_the_line_to_any_size),
        cmocka_unit_test(test_refuse__keeps_to_one_line_of_printable_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

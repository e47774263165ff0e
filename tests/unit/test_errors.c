/* The table of error codes. */
#include "expect.h"

static void test_errors__have_names_texts_and_categories(void **state)
{
    (void)state;
    int known = 0;
    for (int code = -599; code <= 0; code++) {
        if (strcmp(session_error_name(code), "UNRECOGNIZED") == 0)
            continue;
        known++;
        assert_int_equal(session_error_code(session_error_name(code)), code);
        assert_true(strlen(session_error_text(code)) > 0);
    }
    assert_int_equal(known, 24);
    assert_int_equal(session_error_category(SESSION_OK), SESSION_CATEGORY_NONE);
    assert_int_equal(session_error_category(SESSION_CONFLICT), SESSION_CATEGORY_EXPECTED);
    assert_int_equal(session_error_category(-399), SESSION_CATEGORY_SERVER);
    assert_string_equal(session_error_name(-399), "UNRECOGNIZED");
    assert_int_equal(session_error_code("no such name"), 1);
    assert_int_equal(session_error_code(NULL), 1);
    assert_int_equal(session_id_length(), SESSION_ID_LENGTH);
}

static void test_names__and_texts_of_two_codes_differ(void **state)
{
    (void)state;
    for (int a = -599; a <= 0; a++)
        for (int b = -599; b < a; b++) {
            if (strcmp(session_error_name(a), "UNRECOGNIZED") == 0 ||
                strcmp(session_error_name(b), "UNRECOGNIZED") == 0)
                continue;
            assert_string_not_equal(session_error_name(a), session_error_name(b));
            assert_string_not_equal(session_error_text(a), session_error_text(b));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors__have_names_texts_and_categories),
        cmocka_unit_test(test_names__and_texts_of_two_codes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

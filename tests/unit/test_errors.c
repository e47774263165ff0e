/* The codes, and the version. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "expect.h"

enum { LOWEST = -599, CODES = 24 /* OK counted */ };

static bool is_known(int code)
{
    return strcmp(session_error_name(code), "UNRECOGNIZED") != 0;
}

static void test_errors__have_names_and_categories(void **state)
{
    (void)state;
    int known = 0;
    for (int code = LOWEST; code <= 0; code++) {
        if (!is_known(code))
            continue;
        known++;
        assert_int_equal(session_error_code(session_error_name(code)), code);
    }
    assert_int_equal(known, CODES);
    assert_int_equal(session_error_category(SESSION_OK), SESSION_CATEGORY_NONE);
    assert_int_equal(session_error_category(SESSION_CONFLICT), SESSION_CATEGORY_EXPECTED);
    assert_int_equal(session_error_category(-399), SESSION_CATEGORY_SERVER);
    assert_string_equal(session_error_name(-399), "UNRECOGNIZED");
    assert_int_equal(session_error_code("no such name"), 1);
    assert_int_equal(session_error_code(NULL), 1);
}

static void test_errors__are_enumerated_in_their_order(void **state)
{
    (void)state;
    int last = SESSION_OK, count = 1;
    for (int code = session_error_next(SESSION_OK); code != 0;
         code = session_error_next(code)) {
        assert_true(code < last);
        assert_true(is_known(code));
        last = code;
        count++;
    }
    assert_int_equal(count, CODES);
    assert_int_equal(session_error_next(SESSION_OK), SESSION_INVALID);
    assert_int_equal(session_error_next(SESSION_BUFFER), SESSION_NOT_FOUND);
    assert_int_equal(session_error_next(SESSION_SYSTEM), 0);
    assert_int_equal(session_error_next(1), 0);
    assert_int_equal(session_error_next(-399), 0);
}

/* A text that says what, and what to do, in one sentence of its own. */
static void expect_sentence(const char *text)
{
    size_t length = strlen(text);
    assert_true(isupper((unsigned char)text[0]));
    assert_ptr_equal(strchr(text, '.'), text + length - 1);
    assert_null(strpbrk(text, "\r\n\t"));
}

static void test_errors__have_a_sentence_each(void **state)
{
    (void)state;
    int code = SESSION_OK;
    do {
        expect_sentence(session_error_text(code));
        for (int other = session_error_next(code); other != 0;
             other = session_error_next(other))
            assert_string_not_equal(session_error_text(code), session_error_text(other));
        code = session_error_next(code);
    } while (code != 0);
    expect_sentence(session_error_text(-399));
    assert_non_null(
        strstr(session_error_text(SESSION_UNAVAILABLE), "nothing was changed"));
}

static void test_version__is_one_in_header_library_and_build(void **state)
{
    (void)state;
    unsigned major, minor, patch;
    char end;
    assert_int_equal(
        sscanf(session_version(), "%u.%u.%u%c", &major, &minor, &patch, &end), 3);
    assert_true(minor < 256 && patch < 256);
    assert_int_equal(SESSION_VERSION_NUMBER, major << 16 | minor << 8 | patch);
    assert_int_equal(session_version_number(), SESSION_VERSION_NUMBER);
}

static void test_lengths__are_those_of_the_header(void **state)
{
    (void)state;
    assert_int_equal(session_id_length(), SESSION_ID_LENGTH);
    assert_int_equal(session_handle_length(), SESSION_HANDLE_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors__have_names_and_categories),
        cmocka_unit_test(test_errors__are_enumerated_in_their_order),
        cmocka_unit_test(test_errors__have_a_sentence_each),
        cmocka_unit_test(test_version__is_one_in_header_library_and_build),
        cmocka_unit_test(test_lengths__are_those_of_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

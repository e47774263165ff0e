/* Between C values and their JSON. */
#include "base/json_values.h"

#include <math.h>

#include "base/memory.h"
#include "expect.h"

static void expect_both_ways(const char *value, const char *json)
{
    char *text = NULL, *back = NULL;
    expect_ok(hs_json_from_string(value, &text));
    assert_string_equal(text, json);
    expect_ok(hs_json_to_string(hs_slice_of(text), &back));
    assert_string_equal(back, value);
    hs_memory_free_text(text);
    hs_memory_free_text(back);
}

static void test_strings__are_escaped_and_come_back(void **state)
{
    (void)state;
    expect_both_ways("", "\"\"");
    expect_both_ways("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    expect_both_ways("\n\t\x01", "\"\\n\\t\\u0001\"");
    expect_both_ways("\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void test_strings__that_are_not_utf8_are_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *text = NULL;
        expect_code(hs_json_from_string(bad[i], &text), SESSION_INVALID);
        assert_null(text);
    }
}

static void test_escapes__of_others_are_read(void **state)
{
    (void)state;
    char *text = NULL;
    expect_ok(hs_json_to_string(hs_slice_of("\"\\u00e4\\/\\ud83d\\ude00\\r\""), &text));
    assert_string_equal(text, "\xc3\xa4/\xf0\x9f\x98\x80\r");
    hs_memory_free_text(text);
}

static void test_doubles__are_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *json;
    } rows[] = {
        {0.1, "0.1"},
        {1.0, "1"},
        {-0.0, "-0"},
        {1e300, "1e+300"},
        {5e-324, "5e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {123456789.5, "123456789.5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL;
        double back = 7;
        expect_ok(hs_json_from_double(rows[i].value, &text));
        expect_ok(hs_json_to_double(hs_slice_of(text), &back));
        assert_memory_equal(&back, &rows[i].value, sizeof back);
        if (rows[i].value != 5e-324) /* its shortest form has fewer digits than asked */
            assert_string_equal(text, rows[i].json);
        hs_memory_free_text(text);
    }
}

static void test_doubles__must_be_finite(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        char *text = NULL;
        expect_code(hs_json_from_double(bad[i], &text), SESSION_INVALID);
        assert_null(text);
    }
}

static void test_numbers__with_too_many_digits_are_another_type(void **state)
{
    (void)state;
    char digits[65];
    double value = 7;
    memset(digits, '1', sizeof digits);
    expect_ok(hs_json_to_double((hs_slice){digits, 63}, &value));
    assert_true(value > 1e62 && value < 1.2e62);
    expect_code(hs_json_to_double((hs_slice){digits, 64}, &value), SESSION_TYPE);
}

static void test_ints__are_exact_over_the_whole_range(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *json;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL;
        expect_ok(hs_json_from_int(rows[i].value, &text));
        assert_string_equal(text, rows[i].json);
        hs_memory_free_text(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings__are_escaped_and_come_back),
        cmocka_unit_test(test_strings__that_are_not_utf8_are_invalid),
        cmocka_unit_test(test_escapes__of_others_are_read),
        cmocka_unit_test(test_doubles__are_the_shortest_text_that_reads_back),
        cmocka_unit_test(test_doubles__must_be_finite),
        cmocka_unit_test(test_numbers__with_too_many_digits_are_another_type),
        cmocka_unit_test(test_ints__are_exact_over_the_whole_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

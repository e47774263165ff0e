/* The C values of fields. */
#include "record/fields.h"

#include "expect.h"
#include "record/record.h"

static hs_fields fields;

static int read_fields(void **state)
{
    (void)state;
    return hs_record_read_fields("{\"s\":\"a\\u00e4\\n\",\"i\":-7,\"r\":1.5,\"e\":1e2,"
                                 "\"w\":2.0,\"b\":true,\"f\":false,\"n\":null,"
                                 "\"o\":{\"x\" : [1]},\"big\":9223372036854775808}",
                                 &fields);
}

static int free_fields(void **state)
{
    (void)state;
    hs_fields_free(&fields);
    return 0;
}

static hs_field *field(const char *name)
{
    hs_field *found = hs_fields_find(&fields, name);
    assert_non_null(found);
    return found;
}

static void test_values__are_read_as_what_they_are(void **state)
{
    (void)state;
    const char *text;
    int64_t whole = 0;
    double real = 0;
    int truth = -1;
    expect_ok(hs_fields_to_string(field("s"), &text));
    assert_string_equal(text, "a\xc3\xa4\n");
    expect_ok(hs_fields_to_int(field("i"), &whole));
    assert_int_equal(whole, -7);
    expect_ok(hs_fields_to_double(field("r"), &real));
    assert_true(real > 1.49 && real < 1.51);
    expect_ok(hs_fields_to_double(field("i"), &real));
    assert_true(real < -6.9 && real > -7.1);
    expect_ok(hs_fields_to_bool(field("b"), &truth));
    assert_int_equal(truth, 1);
    expect_ok(hs_fields_to_bool(field("f"), &truth));
    assert_int_equal(truth, 0);
    expect_ok(hs_fields_to_json(field("o"), &text));
    assert_string_equal(text, "{\"x\" : [1]}");
}

static void test_values__of_another_type_are_refused_and_leave_the_variable(void **state)
{
    (void)state;
    static const char *const no_int[] = {"s", "r", "e", "w", "b", "n", "o", "big"};
    static const char *const no_bool[] = {"s", "i", "n", "o"};
    static const char *const no_string[] = {"i", "b", "n", "o"};
    static const char *const no_double[] = {"s", "b", "n", "o"};
    int64_t whole = 77;
    double real = 77;
    int truth = 77;
    const char *text = "77";
    for (size_t i = 0; i < sizeof no_int / sizeof no_int[0]; i++)
        expect_code(hs_fields_to_int(field(no_int[i]), &whole), SESSION_TYPE);
    for (size_t i = 0; i < sizeof no_bool / sizeof no_bool[0]; i++)
        expect_code(hs_fields_to_bool(field(no_bool[i]), &truth), SESSION_TYPE);
    for (size_t i = 0; i < sizeof no_string / sizeof no_string[0]; i++)
        expect_code(hs_fields_to_string(field(no_string[i]), &text), SESSION_TYPE);
    for (size_t i = 0; i < sizeof no_double / sizeof no_double[0]; i++)
        expect_code(hs_fields_to_double(field(no_double[i]), &real), SESSION_TYPE);
    assert_int_equal(whole, 77);
    assert_int_equal(truth, 77);
    assert_true(real > 76.9 && real < 77.1);
    assert_string_equal(text, "77");
}

static void test_string__stays_until_the_field_changes(void **state)
{
    (void)state;
    const char *first, *second;
    expect_ok(hs_fields_to_string(field("s"), &first));
    expect_ok(hs_fields_to_string(field("s"), &second));
    assert_ptr_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values__are_read_as_what_they_are),
        cmocka_unit_test(test_values__of_another_type_are_refused_and_leave_the_variable),
        cmocka_unit_test(test_string__stays_until_the_field_changes),
    };
    return cmocka_run_group_tests(tests, read_fields, free_fields);
}

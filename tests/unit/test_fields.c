/* Fields in memory: no server is needed, and none is there. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static session_store *store;
static session *s;

static int set_up(void **state)
{
    (void)state;
    store = open_store("unix:///nowhere", "");
    return session_new(store, &s);
}

static int tear_down(void **state)
{
    (void)state;
    session_free(s);
    session_store_close(store);
    return 0;
}

static void test_strings__come_back_as_they_went_in(void **state)
{
    (void)state;
    static const char *const values[] = {"",
                                         "ada",
                                         "\"\\/\b\f\n\r\t\x01\x1f\x7f",
                                         "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                                         "%s%n",
                                         "a\r\nDEL x"};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ok(session_set_string(s, "f", values[i]));
        expect_ok(session_get_string(s, "f", &value));
        assert_string_equal(value, values[i]);
    }
}

static void test_strings__must_be_utf8(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect_code(session_set_string(s, "f", bad[i]), SESSION_INVALID);
        expect_code(session_set_string(s, bad[i], "x"), SESSION_INVALID);
    }
    assert_string_equal(session_json(s), "{}");
}

static void test_lengths__say_where_a_value_ends(void **state)
{
    (void)state;
    const char *text = NULL;
    size_t length = 0;
    expect_ok(session_set_string_n(s, "name", "adaX", 3));
    expect_ok(session_get_string_n(s, "name", &text, &length));
    assert_string_equal(text, "ada");
    assert_int_equal(length, 3);
    expect_ok(session_set_string_n(s, "name", "", 0));
    expect_ok(session_get_string_n(s, "name", &text, &length));
    assert_int_equal(length, 0);
    expect_ok(session_set_json_n(s, "json", "[1,2]]", 5));
    expect_ok(session_set_user_n(s, "adaX", 3));
    assert_string_equal(session_user(s), "ada");
    assert_string_equal(session_json(s), "{\"name\":\"\",\"json\":[1,2]}");
    expect_code(session_get_string_n(s, "json", &text, &length), SESSION_TYPE);
    expect_code(session_get_string_n(s, "none", &text, &length), SESSION_NO_FIELD);
    expect_ok(session_set_user_n(s, NULL, 0));
    assert_null(session_user(s));
}

static void test_nul__within_a_value_is_invalid_and_cuts_nothing(void **state)
{
    (void)state;
    static const char admin[] = "admin\0x";
    const size_t length = sizeof admin - 1;
    expect_ok(session_set_user(s, "bob"));
    expect_code(session_set_user_n(s, admin, length), SESSION_INVALID);
    expect_code(session_set_user_n(s, admin, sizeof "admin"), SESSION_INVALID);
    expect_code(session_set_user_n(s, "", 1), SESSION_INVALID);
    expect_code(session_set_user_n(s, NULL, 1), SESSION_INVALID);
    assert_string_equal(session_user(s), "bob");
    expect_code(session_set_string_n(s, "f", admin, length), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", "1\0", 2), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", "\"a\0b\"", 5), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", "", 0), SESSION_INVALID);
    assert_string_equal(session_json(s), "{}");
}

static void test_length__beyond_all_memory_is_invalid(void **state)
{
    (void)state;
    expect_code(session_set_string_n(s, "f", "x", SIZE_MAX), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", "1", SIZE_MAX), SESSION_INVALID);
    expect_code(session_set_user_n(s, "x", SIZE_MAX), SESSION_INVALID);
}

static void test_ints__are_exact_over_the_whole_range(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, -1, INT64_MAX, INT64_MIN, 9007199254740993};
    int64_t value = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ok(session_set_int(s, "f", values[i]));
        expect_ok(session_get_int(s, "f", &value));
        assert_true(value == values[i]);
    }
    static const char *const others[] = {"9223372036854775808",
                                         "-9223372036854775809",
                                         "1.0",
                                         "1e2",
                                         "-0",
                                         "\"1\"",
                                         "null"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        expect_ok(session_set_json(s, "f", others[i]));
        expect_code(session_get_int(s, "f", &value), SESSION_TYPE);
    }
}

static void test_doubles__come_back_and_must_be_finite(void **state)
{
    (void)state;
    static const double values[] = {
        0.0, 1.5, -0.1, 1e300, 5e-324, 0.30000000000000004, 1.7976931348623157e308};
    double value = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ok(session_set_double(s, "f", values[i]));
        expect_ok(session_get_double(s, "f", &value));
        assert_true(value == values[i]);
    }
    expect_code(session_set_double(s, "f", (double)INFINITY), SESSION_INVALID);
    expect_code(session_set_double(s, "f", (double)NAN), SESSION_INVALID);
    expect_ok(session_set_json(s, "f", "1.10"));
    expect_ok(session_get_double(s, "f", &value));
    assert_true(value == 1.1);
}

static void expect_same_doubles(void)
{
    static const double values[] = {1.5, -0.1, 1e300, 5e-324, 0.30000000000000004, 17};
    const char *json = NULL;
    double value = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ok(session_set_double(s, "f", values[i]));
        expect_ok(session_get_double(s, "f", &value));
        assert_true(value == values[i]);
    }
    expect_ok(session_set_double(s, "f", 1.5));
    expect_ok(session_get_json(s, "f", &json));
    assert_string_equal(json, "1.5");
    expect_ok(session_set_json(s, "f", "2.50e1"));
    expect_ok(session_get_double(s, "f", &value));
    assert_true(value == 25);
}

static void test_doubles__do_not_follow_the_programs_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "ps_AF.UTF-8"};
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(setlocale(LC_ALL, locales[i]));
        const char *point = localeconv()->decimal_point;
        assert_string_not_equal(point, ".");
        expect_same_doubles();
        assert_ptr_equal(localeconv()->decimal_point, point);
    }
}

static void test_doubles__do_not_follow_the_threads_locale_nor_change_it(void **state)
{
    (void)state;
    /* Not by newlocale(), because that of glibc 2.36 loses what it reads LOCPATH into. */
    assert_non_null(setlocale(LC_ALL, "ps_AF.UTF-8"));
    locale_t theirs = duplocale(LC_GLOBAL_LOCALE);
    assert_non_null(theirs);
    setlocale(LC_ALL, "C");
    uselocale(theirs);
    expect_same_doubles();
    assert_ptr_equal(uselocale(NULL), theirs);
}

static int tear_down_locale(void **state)
{
    setlocale(LC_ALL, "C");
    locale_t before = uselocale(LC_GLOBAL_LOCALE);
    if (before != LC_GLOBAL_LOCALE)
        freelocale(before);
    return tear_down(state);
}

static void test_bools__are_0_or_1(void **state)
{
    (void)state;
    int value = 7;
    expect_ok(session_set_bool(s, "f", 42));
    expect_ok(session_get_bool(s, "f", &value));
    assert_int_equal(value, 1);
    expect_ok(session_set_bool(s, "f", 0));
    expect_ok(session_get_bool(s, "f", &value));
    assert_int_equal(value, 0);
    expect_ok(session_set_int(s, "f", 1));
    expect_code(session_get_bool(s, "f", &value), SESSION_TYPE);
}

static void test_json__is_kept_byte_for_byte(void **state)
{
    (void)state;
    static const char *const values[] = {
        "null",
        "1.10",
        "{ \"a\" : [ 1 , 2 ] }",
        "\"\\u00e4\\/\"",
        "-0",
        "99999999999999999999999999999999999999999999999999999999999999999999"};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ok(session_set_json(s, "f", values[i]));
        expect_ok(session_get_json(s, "f", &value));
        assert_string_equal(value, values[i]);
    }
    expect_ok(session_set_json(s, "f", " \n[1]\t "));
    expect_ok(session_get_json(s, "f", &value));
    assert_string_equal(value, "[1]");
}

static void test_json__is_taken_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "nul",
                                      "nullx",
                                      "1 2",
                                      "[1,]",
                                      "[,1]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "{\"a\":1,\"a\":1}",
                                      "[{\"a\":1,\"\\u0061\":1}]",
                                      "\"\\u0000\"",
                                      "\"\\x\"",
                                      "\"",
                                      "\"\\ud800x\"",
                                      "\"\t\"",
                                      "01",
                                      "-",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "1e309",
                                      "1.8e308",
                                      "-1e999",
                                      "Infinity",
                                      "NaN",
                                      "'a'",
                                      "[1]//",
                                      ("\xef\xbb\xbf"
                                       "1"),
                                      "{\"a\":1}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (session_set_json(s, "f", bad[i]) != SESSION_INVALID)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(session_has(s, "f"), 0);
}

static void test_fields__keep_their_order_and_can_be_removed(void **state)
{
    (void)state;
    const char *value = NULL;
    expect_ok(session_set_int(s, "a", 1));
    expect_ok(session_set_int(s, "b", 2));
    expect_ok(session_set_int(s, "c", 3));
    expect_ok(session_remove(s, "b"));
    assert_int_equal(session_has(s, "b"), 0);
    expect_code(session_remove(s, "b"), SESSION_NO_FIELD);
    expect_code(session_get_string(s, "b", &value), SESSION_NO_FIELD);
    expect_ok(session_set_int(s, "a", 9));
    assert_string_equal(session_json(s), "{\"a\":9,\"c\":3}");
}

static void test_names__are_1_to_255_bytes_and_not_the_reserved_one(void **state)
{
    (void)state;
    char name[257];
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    expect_code(session_set_int(s, name, 1), SESSION_INVALID);
    name[255] = '\0';
    expect_ok(session_set_int(s, name, 1));
    assert_int_equal(session_has(s, name), 1);
    expect_code(session_set_int(s, "", 1), SESSION_INVALID);
    expect_code(session_set_int(s, "_", 1), SESSION_INVALID);
    expect_code(session_set_json(s, "_", "{}"), SESSION_INVALID);
    expect_ok(session_set_int(s, "quote\"d\n", 2));
    assert_int_equal(session_has(s, "quote\"d\n"), 1);
}

/* Sets 1024 fields, whose names begin with a letter of their own. */
static void set_as_many_as_there_can_be(char letter)
{
    char name[16];
    for (int i = 0; i < 1024; i++) {
        snprintf(name, sizeof name, "%c%d", letter, i);
        expect_ok(session_set_int(s, name, i));
    }
    expect_code(session_set_int(s, "one more", 1), SESSION_INVALID);
}

static void test_fields__are_at_most_1024(void **state)
{
    (void)state;
    set_as_many_as_there_can_be('f');
    expect_ok(session_set_int(s, "f7", 0));
}

static void test_fields__that_were_removed_do_not_count(void **state)
{
    (void)state;
    char name[16];
    for (int round = 0; round < 3; round++) {
        char letter = (char)('f' + round);
        set_as_many_as_there_can_be(letter);
        for (int i = 0; i < 1024; i++) {
            snprintf(name, sizeof name, "%c%d", letter, i);
            expect_ok(session_remove(s, name));
        }
        assert_string_equal(session_json(s), "{}");
    }
    set_as_many_as_there_can_be('f');
    expect_code(session_set_int(s, "g7", 1), SESSION_INVALID); /* removed before */
    expect_ok(session_remove(s, "f7"));
    expect_ok(session_set_int(s, "g7", 1));
    expect_code(session_set_int(s, "f7", 1), SESSION_INVALID);
}

static void test_null__is_invalid_everywhere_and_free_takes_it(void **state)
{
    (void)state;
    const char *text;
    size_t length;
    int64_t number;
    double real;
    int flag;
    session *out;
    session_store *opened;
    expect_code(session_set_string(NULL, "f", "x"), SESSION_INVALID);
    expect_code(session_set_string(s, NULL, "x"), SESSION_INVALID);
    expect_code(session_set_string(s, "f", NULL), SESSION_INVALID);
    expect_code(session_set_string_n(NULL, "f", "x", 1), SESSION_INVALID);
    expect_code(session_set_string_n(s, NULL, "x", 1), SESSION_INVALID);
    expect_code(session_set_string_n(s, "f", NULL, 0), SESSION_INVALID);
    expect_code(session_set_json_n(NULL, "f", "1", 1), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", NULL, 0), SESSION_INVALID);
    expect_code(session_set_user_n(NULL, "ada", 3), SESSION_INVALID);
    expect_code(session_set_int(NULL, "f", 1), SESSION_INVALID);
    expect_code(session_set_double(NULL, "f", 1), SESSION_INVALID);
    expect_code(session_set_bool(NULL, "f", 1), SESSION_INVALID);
    expect_code(session_set_json(s, "f", NULL), SESSION_INVALID);
    expect_code(session_get_string(NULL, "f", &text), SESSION_INVALID);
    expect_code(session_get_string(s, "f", NULL), SESSION_INVALID);
    expect_ok(session_set_string(s, "text", "x"));
    expect_code(session_get_string_n(NULL, "text", &text, &length), SESSION_INVALID);
    expect_code(session_get_string_n(s, NULL, &text, &length), SESSION_INVALID);
    expect_code(session_get_string_n(s, "text", NULL, &length), SESSION_INVALID);
    expect_code(session_get_string_n(s, "text", &text, NULL), SESSION_INVALID);
    expect_code(session_get_int(s, NULL, &number), SESSION_INVALID);
    expect_code(session_get_double(s, NULL, &real), SESSION_INVALID);
    expect_code(session_get_bool(s, NULL, &flag), SESSION_INVALID);
    expect_code(session_get_json(s, "f", NULL), SESSION_INVALID);
    expect_code(session_remove(NULL, "f"), SESSION_INVALID);
    expect_code(session_save(NULL), SESSION_INVALID);
    expect_code(session_reload(NULL), SESSION_INVALID);
    expect_code(session_regenerate(NULL), SESSION_INVALID);
    expect_code(session_new(NULL, &out), SESSION_INVALID);
    expect_code(session_new(store, NULL), SESSION_INVALID);
    expect_code(session_create(NULL, NULL, &out), SESSION_INVALID);
    expect_code(session_create(store, NULL, NULL), SESSION_INVALID);
    expect_code(session_get(store, NULL, &out), SESSION_INVALID);
    expect_code(session_touch(store, NULL), SESSION_INVALID);
    expect_code(session_destroy(NULL, "x"), SESSION_INVALID);
    expect_code(session_store_open(NULL, NULL, &opened, NULL, 0), SESSION_INVALID);
    expect_code(session_store_open("redis://h", NULL, NULL, NULL, 0), SESSION_INVALID);
    assert_int_equal(session_has(NULL, "f"), 0);
    assert_int_equal(session_has(s, NULL), 0);
    assert_null(session_id(NULL));
    assert_null(session_json(NULL));
    assert_int_equal(session_created_at(NULL), 0);
    assert_int_equal(session_expires_at(NULL), 0);
    session_free(NULL);
    session_store_close(NULL);
    session_options_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_strings__come_back_as_they_went_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_strings__must_be_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lengths__say_where_a_value_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_nul__within_a_value_is_invalid_and_cuts_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_length__beyond_all_memory_is_invalid, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_ints__are_exact_over_the_whole_range, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_doubles__come_back_and_must_be_finite,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_doubles__do_not_follow_the_programs_locale,
                                        set_up, tear_down_locale),
        cmocka_unit_test_setup_teardown(
            test_doubles__do_not_follow_the_threads_locale_nor_change_it, set_up,
            tear_down_locale),
        cmocka_unit_test_setup_teardown(test_bools__are_0_or_1, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json__is_kept_byte_for_byte, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_json__is_taken_strictly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fields__keep_their_order_and_can_be_removed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_names__are_1_to_255_bytes_and_not_the_reserved_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fields__are_at_most_1024, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fields__that_were_removed_do_not_count,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_null__is_invalid_everywhere_and_free_takes_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

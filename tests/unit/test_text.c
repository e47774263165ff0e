/* Parts of texts, escapes, and numbers with units. */
#include "base/text.h"

#include <errno.h>
#include <string.h>

#include "expect.h"

/* ---- Parts ---- */

static void test_take__gives_each_part_and_then_empty_ones(void **state)
{
    (void)state;
    hs_slice rest = hs_slice_of("a,,bc");
    assert_true(hs_slice_equals(hs_slice_take(&rest, ','), "a"));
    assert_true(hs_slice_equals(hs_slice_take(&rest, ','), ""));
    assert_true(hs_slice_equals(hs_slice_take(&rest, ','), "bc"));
    assert_int_equal(rest.length, 0);
    assert_true(hs_slice_equals(hs_slice_take(&rest, ','), ""));
}

static void test_find__stops_at_the_end_of_the_part(void **state)
{
    (void)state;
    const hs_slice part = hs_slice_head(hs_slice_of("key=value"), 3);
    assert_int_equal(hs_slice_find(part, 'y'), 2);
    assert_int_equal(hs_slice_find(part, '='), 3);
    assert_int_equal(hs_slice_find((hs_slice){0}, 'a'), 0);
    assert_true(hs_slice_equals(hs_slice_tail(part, 1), "ey"));
    assert_false(hs_slice_equals(part, "ke"));
    assert_false(hs_slice_equals(part, "keyx"));
}

static void test_copy__needs_room_for_the_nul(void **state)
{
    (void)state;
    char out[4] = "###";
    assert_false(hs_slice_copy(hs_slice_of("abcd"), out, sizeof out));
    assert_string_equal(out, "###");
    assert_true(hs_slice_copy(hs_slice_of("abc"), out, sizeof out));
    assert_string_equal(out, "abc");
    assert_false(hs_slice_copy(hs_slice_of(""), out, 0));
}

static void test_part__that_is_not_there_is_empty(void **state)
{
    (void)state;
    const hs_slice none = {NULL, 0};
    char out[4] = "###";
    assert_true(hs_slice_equals(none, ""));
    assert_false(hs_slice_equals(none, "a"));
    assert_true(hs_slice_copy(none, out, sizeof out));
    assert_string_equal(out, "");
}

/* ---- Escapes ---- */

static void test_decode__reads_escapes_and_refuses_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *decoded; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"a%20b", "a b"},
        {"%41%7a%2F", "Az/"},
        {"%25%", NULL},
        {"%", NULL},
        {"%2", NULL},
        {"%zz", NULL},
        {"%00", NULL},
        {"a b", NULL},
        {"a\n", NULL},
        {"\x7f", NULL},
        {"\xc3\xa4", "\xc3\xa4"},
        {"1234567", "1234567"},
        {"12345678", NULL},
        {"123456%37", "1234567"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[8];
        bool taken = hs_slice_decode(hs_slice_of(rows[i].text), out, sizeof out);
        if (taken != (rows[i].decoded != NULL))
            fail_msg("row %zu: %s", i, rows[i].text);
        if (taken)
            assert_string_equal(out, rows[i].decoded);
    }
}

static void test_decode__does_not_read_past_the_part(void **state)
{
    (void)state;
    char out[8];
    assert_false(hs_slice_decode(hs_slice_head(hs_slice_of("a%41"), 3), out, sizeof out));
    assert_true(hs_slice_decode(hs_slice_head(hs_slice_of("a%41"), 1), out, sizeof out));
    assert_string_equal(out, "a");
}

static void test_hex_digit__is_one_of_both_cases(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    for (int c = 0; c < 256; c++) {
        const char *found =
            c != 0 ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        assert_int_equal(hs_text_hex_digit((char)c),
                         found != NULL ? (int)(found - digits) : -1);
    }
}

/* ---- Numbers ---- */

static void test_numbers__have_a_unit_of_their_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hs_units units;
        int64_t number; /* -1: refused */
    } rows[] = {
        {"0ms", HS_UNITS_TIME, 0},        {"5s", HS_UNITS_TIME, 5000},
        {"2m", HS_UNITS_TIME, 120000},    {"1h", HS_UNITS_TIME, 3600000},
        {"3d", HS_UNITS_TIME, 259200000}, {"007s", HS_UNITS_TIME, 7000},
        {"5", HS_UNITS_TIME, -1},         {"5k", HS_UNITS_TIME, -1},
        {"5S", HS_UNITS_TIME, -1},        {"s", HS_UNITS_TIME, -1},
        {"-5s", HS_UNITS_TIME, -1},       {"+5s", HS_UNITS_TIME, -1},
        {" 5s", HS_UNITS_TIME, -1},       {"5 s", HS_UNITS_TIME, -1},
        {"5s ", HS_UNITS_TIME, -1},       {"1.5s", HS_UNITS_TIME, -1},
        {"", HS_UNITS_NONE, -1},          {"12", HS_UNITS_NONE, 12},
        {"12k", HS_UNITS_NONE, -1},       {"12", HS_UNITS_SIZE, 12},
        {"2k", HS_UNITS_SIZE, 2048},      {"1m", HS_UNITS_SIZE, 1048576},
        {"1ms", HS_UNITS_SIZE, -1},       {"99999999999999999999", HS_UNITS_NONE, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = -1;
        bool taken = hs_text_read_number(rows[i].text, rows[i].units, &number);
        if (taken != (rows[i].number >= 0) || number != rows[i].number)
            fail_msg("row %zu: %s", i, rows[i].text);
    }
}

static void test_numbers__too_large_with_their_unit_do_not_wrap(void **state)
{
    (void)state;
    int64_t number = 0;
    assert_true(hs_text_read_number("999999999999999d", HS_UNITS_TIME, &number));
    assert_true(number >= INT64_C(1) << 50);
}

static void test_written_numbers__are_short_and_read_back(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        hs_units units;
        const char *text;
    } rows[] = {
        {0, HS_UNITS_TIME, "0ms"},        {1, HS_UNITS_TIME, "1ms"},
        {1500, HS_UNITS_TIME, "1500ms"},  {60000, HS_UNITS_TIME, "1m"},
        {90000, HS_UNITS_TIME, "90s"},    {86400000, HS_UNITS_TIME, "1d"},
        {90000000, HS_UNITS_TIME, "25h"}, {1024, HS_UNITS_SIZE, "1k"},
        {1025, HS_UNITS_SIZE, "1025"},    {16777216, HS_UNITS_SIZE, "16m"},
        {1024, HS_UNITS_NONE, "1024"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[HS_NUMBER_SIZE];
        int64_t number = -1;
        hs_text_write_number(rows[i].number, rows[i].units, text);
        assert_string_equal(text, rows[i].text);
        assert_true(hs_text_read_number(text, rows[i].units, &number));
        assert_int_equal(number, rows[i].number);
    }
}

static void test_printable__leaves_ascii_and_marks_the_rest(void **state)
{
    (void)state;
    char text[] = "a ~\t\n\x7f\x80\xff";
    hs_text_make_printable(text);
    assert_string_equal(text, "a ~?????");
}

static void test_errno__is_told_in_english(void **state)
{
    (void)state;
    assert_string_equal(hs_text_of_errno(ECONNREFUSED), "Connection refused");
    assert_string_equal(hs_text_of_errno(EACCES), "Permission denied");
    assert_non_null(hs_text_of_errno(123456));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take__gives_each_part_and_then_empty_ones),
        cmocka_unit_test(test_find__stops_at_the_end_of_the_part),
        cmocka_unit_test(test_copy__needs_room_for_the_nul),
        cmocka_unit_test(test_part__that_is_not_there_is_empty),
        cmocka_unit_test(test_decode__reads_escapes_and_refuses_what_is_none),
        cmocka_unit_test(test_decode__does_not_read_past_the_part),
        cmocka_unit_test(test_hex_digit__is_one_of_both_cases),
        cmocka_unit_test(test_numbers__have_a_unit_of_their_kind),
        cmocka_unit_test(test_numbers__too_large_with_their_unit_do_not_wrap),
        cmocka_unit_test(test_written_numbers__are_short_and_read_back),
        cmocka_unit_test(test_printable__leaves_ascii_and_marks_the_rest),
        cmocka_unit_test(test_errno__is_told_in_english),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

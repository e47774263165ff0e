/* Strict JSON, taken apart where it stands. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "expect.h"

static int ignore(void *user, hs_slice name, hs_slice value)
{
    (void)user;
    (void)name;
    (void)value;
    return SESSION_OK;
}

static int scan(const char *text)
{
    return hs_json_scan_object(hs_slice_of(text), ignore, NULL);
}

/* ---- What is an object ---- */

static void test_scan__takes_strict_objects(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        " {\t\"a\"\n:\r1 } ",
        "{\"\":\"\"}",
        "{\"a\":-0,\"b\":0.5,\"c\":1E+9,\"d\":-1e-9}",
        "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"a\":[],\"b\":{},\"c\":[1,[2,{\"d\":3}]]}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00\"}",
        "{\"\xc3\xa4\":\"\xf0\x9f\x98\x80\"}"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (scan(good[i]) != SESSION_OK)
            fail_msg("refused: %s", good[i]);
}

static void test_scan__refuses_all_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[]",
                                      "1",
                                      "null",
                                      "\"a\"",
                                      "{}x",
                                      "{}{}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\" 1}",
                                      "{1:1}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":+1}",
                                      "{\"a\":1e}",
                                      "{\"a\":0x1}",
                                      "{\"a\":NaN}",
                                      "{\"a\":Infinity}",
                                      "{\"a\":1e999}",
                                      "{\"a\":tru}",
                                      "{\"a\":True}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[,1]}",
                                      "{\"a\":[1 2]}",
                                      "{\"a\":[}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\u12\"}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":\"\\udc00\"}",
                                      "{\"a\":\"\\ud800\\u0041\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xc0\x80\"}",
                                      "{\"a\":\"\xed\xa0\x80\"}",
                                      "{\"a\":\"\xf4\x90\x80\x80\"}",
                                      "{\"a\":\"\xe2\x82\"}",
                                      "\xef\xbb\xbf{}",
                                      "{\"a\":1/**/}",
                                      "{\"a\":1}//",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}",
                                      "{\"b\":{\"a\":1,\"a\":2}}",
                                      "{\"b\":[{\"a\":1,\"a\":2}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (scan(bad[i]) != SESSION_INVALID)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(hs_json_scan_object((hs_slice){"{\"a\":\"\0\"}", 9}, ignore, NULL),
                     SESSION_INVALID);
    assert_int_equal(hs_json_scan_object((hs_slice){"{}\0", 3}, ignore, NULL),
                     SESSION_INVALID);
}

static void test_scan__of_every_beginning_is_refused(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":[1.5,\"\\u00e4\",{\"b\":null}],\"c\":true}";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *part = malloc(length + 1); /* so that reading past it shows */
        memcpy(part, whole, length);
        expect_code(hs_json_scan_object((hs_slice){part, length}, ignore, NULL),
                    SESSION_INVALID);
        free(part);
    }
}

static void test_depth__is_bounded(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        char text[256] = "{\"a\":";
        for (int i = 1; i < HS_JSON_DEPTH + extra; i++)
            strcat(text, "[");
        for (int i = 1; i < HS_JSON_DEPTH + extra; i++)
            strcat(text, "]");
        strcat(text, "}");
        expect_code(scan(text), extra == 0 ? SESSION_OK : SESSION_INVALID);
    }
}

/* ---- Members ---- */

typedef struct {
    char text[64];
    int code; /* what the second member is answered with */
    int count;
} members;

static int add_member(void *user, hs_slice name, hs_slice value)
{
    members *m = user;
    size_t length = strlen(m->text);
    snprintf(m->text + length, sizeof m->text - length, "%.*s=%.*s;", (int)name.length,
             name.start, (int)value.length, value.start);
    return ++m->count == 2 ? m->code : SESSION_OK;
}

static void test_members__come_in_order_and_as_they_stand(void **state)
{
    (void)state;
    members found = {.code = SESSION_OK};
    expect_ok(hs_json_scan_object(
        hs_slice_of("{ \"b\\n\" : [ 1, 2 ] , \"a\":\"x\\\"\",\"c\": 1.10 }"), add_member,
        &found));
    assert_string_equal(found.text, "b\\n=[ 1, 2 ];a=\"x\\\"\";c=1.10;");
}

static void test_members__end_with_the_first_that_is_not_wanted(void **state)
{
    (void)state;
    members found = {.code = SESSION_CONFLICT};
    expect_code(
        hs_json_scan_object(hs_slice_of("{\"a\":1,\"b\":2,\"c\":3}"), add_member, &found),
        SESSION_CONFLICT);
    assert_string_equal(found.text, "a=1;b=2;");
}

/* ---- Values and names ---- */

static void test_check_value__takes_any_type_but_one_only(void **state)
{
    (void)state;
    static const char *const good[] = {"1", " null ", "\"a\"", "[1]", "{\"a\":1}"};
    static const char *const bad[] = {"", "1 2", "1,2", "\"a", "[1", "tru", "1}"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        expect_ok(hs_json_check_value(hs_slice_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_code(hs_json_check_value(hs_slice_of(bad[i])), SESSION_INVALID);
}

static void test_names__are_compared_by_what_they_spell(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"a", "a", true},
        {"\\u0061", "a", true},
        {"a\\/b", "a/b", true},
        {"a", "A", false},
        {"a", "ab", false},
        {"ab", "a", false},
        {"", "", true},
        {"\\u00e4", "\xc3\xa4", true},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", true},
        {"\\n", "n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const hs_slice a = hs_slice_of(rows[i].a), b = hs_slice_of(rows[i].b);
        assert_int_equal(hs_json_names_equal(a, b), rows[i].equal);
        assert_int_equal(hs_json_names_equal(b, a), rows[i].equal);
        assert_int_equal(hs_json_name_is(a, rows[i].b), rows[i].equal);
    }
}

static void test_to_int__takes_whole_numbers_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool taken;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", false, 0}, /* a real number: there is no such whole one */
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e2", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 0;
        assert_int_equal(hs_json_to_int(hs_slice_of(rows[i].text), &value),
                         rows[i].taken);
        if (rows[i].taken)
            assert_int_equal(value, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan__takes_strict_objects),
        cmocka_unit_test(test_scan__refuses_all_else),
        cmocka_unit_test(test_scan__of_every_beginning_is_refused),
        cmocka_unit_test(test_depth__is_bounded),
        cmocka_unit_test(test_members__come_in_order_and_as_they_stand),
        cmocka_unit_test(test_members__end_with_the_first_that_is_not_wanted),
        cmocka_unit_test(test_check_value__takes_any_type_but_one_only),
        cmocka_unit_test(test_names__are_compared_by_what_they_spell),
        cmocka_unit_test(test_to_int__takes_whole_numbers_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

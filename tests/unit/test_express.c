/* What express-session wants of the fields. */
#include "record/express.h"

#include <string.h>

#include "base/memory.h"
#include "expect.h"
#include "record/record.h"

enum { HOUR = 3600000 };

#define NOW INT64_C(1700000000000) /* 2023-11-14T22:13:20.000Z */
#define IN_AN_HOUR "2023-11-14T23:13:20.000Z"

static void test_reserved__are_the_members_of_its_objects(void **state)
{
    (void)state;
    static const char *const reserved[] = {"cookie", "id", "save", "__proto__",
                                           "hasOwnProperty"};
    static const char *const free_names[] = {"", "user", "Cookie", "cookies", "ids"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        assert_true(hs_express_reserves(reserved[i]));
    for (size_t i = 0; i < sizeof free_names / sizeof free_names[0]; i++)
        assert_false(hs_express_reserves(free_names[i]));
}

static void test_reserved__is_noticed_among_fields(void **state)
{
    (void)state;
    hs_fields fields;
    expect_ok(hs_record_read_fields("{\"user\":1,\"n\":2}", &fields));
    assert_false(hs_express_reserves_any(&fields));
    hs_fields_free(&fields);
    expect_ok(hs_record_read_fields("{\"user\":1,\"\\u0069d\":2}", &fields));
    assert_true(hs_express_reserves_any(&fields));
    hs_fields_free(&fields);
}

/* The cookie after mending fields at NOW with an hour to live. */
static void expect_mended(const char *json, const char *cookie)
{
    hs_fields fields;
    expect_ok(hs_record_read_fields(json, &fields));
    expect_ok(hs_express_mend_cookie(&fields, 2 * HOUR, HOUR, NOW));
    const hs_field *field = hs_fields_find(&fields, "cookie");
    assert_non_null(field);
    if (!hs_slice_equals(field->value, cookie))
        fail_msg("%.*s", (int)field->value.length, field->value.start);
    hs_fields_free(&fields);
}

#define NEW_COOKIE                                                                       \
    "{\"originalMaxAge\":7200000,\"expires\":\"" IN_AN_HOUR                              \
    "\",\"httpOnly\":true,\"path\":\"/\"}"

static void test_cookie__is_given_to_fields_without_one(void **state)
{
    (void)state;
    expect_mended("{}", NEW_COOKIE);
    expect_mended("{\"cookie\":5}", NEW_COOKIE);
    expect_mended("{\"cookie\":\"text\"}", NEW_COOKIE);
}

static void test_cookie__that_is_still_good_stays_to_the_byte(void **state)
{
    (void)state;
    static const char *const cookies[] = {"{}",
                                          "{ \"expires\" : null }",
                                          "{\"expires\":\"" IN_AN_HOUR "\",\"x\":1.10}",
                                          "{\"expires\":\"2023-11-14T22:13:20.000Z\"}",
                                          "{\"expires\":\"soon\"}",
                                          "{\"expires\":17}"};
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"cookie\":%s}", cookies[i]);
        expect_mended(json, cookies[i]);
    }
}

static void test_cookie__that_has_expired_is_moved_to_the_end_of_the_life(void **state)
{
    (void)state;
    expect_mended(
        "{\"cookie\":{\"a\":[1],\"expires\":\"2023-11-14T22:13:19.999Z\",\"b\":2}}",
        "{\"a\":[1],\"expires\":\"" IN_AN_HOUR "\",\"b\":2}");
}

static void test_cookie__that_was_supplied_is_no_change(void **state)
{
    (void)state;
    hs_fields fields;
    expect_ok(hs_record_read_fields("{}", &fields));
    expect_ok(hs_express_mend_cookie(&fields, HOUR, HOUR, NOW));
    assert_false(hs_fields_changed(&fields));
    hs_fields_free(&fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserved__are_the_members_of_its_objects),
        cmocka_unit_test(test_reserved__is_noticed_among_fields),
        cmocka_unit_test(test_cookie__is_given_to_fields_without_one),
        cmocka_unit_test(test_cookie__that_is_still_good_stays_to_the_byte),
        cmocka_unit_test(test_cookie__that_has_expired_is_moved_to_the_end_of_the_life),
        cmocka_unit_test(test_cookie__that_was_supplied_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

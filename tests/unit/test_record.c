/* Stored records: metadata and fields. */
#include "record/record.h"

#include <string.h>

#include "base/memory.h"
#include "expect.h"

#define ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"

static const int64_t last_ms = 253402300799999;

/* A new record of these fields under this id. */
static hs_record make_record(const char *id, const char *fields, const char *next)
{
    hs_record from = {.has_metadata = true, .created = 1000, .absolute_expires_at = 5000};
    hs_record made = {0};
    expect_ok(hs_record_read_fields(fields, &from.fields));
    from.user = hs_slice_of("ada");
    from.seen = 2000;
    memcpy(from.next, next, strlen(next) + 1);
    expect_ok(hs_record_rewrite(&from, id, 4096, &made));
    hs_fields_free(&from.fields);
    return made;
}

static int decode(const char *text, hs_record *record)
{
    char *raw = hs_memory_copy_text(text, strlen(text));
    int rc = hs_record_decode(raw, strlen(text), record);
    if (rc != SESSION_OK)
        hs_memory_free_text(raw);
    return rc;
}

/* ---- Writing and reading ---- */

static void test_rewrite__makes_what_decode_reads(void **state)
{
    (void)state;
    hs_record record, again;
    char *user = NULL;
    record = make_record(ID, "{\"b\":1.10,\"a\":\"x\"}", "");
    assert_true(record.has_metadata);
    assert_int_equal(record.created, 1000);
    assert_int_equal(record.absolute_expires_at, 5000);
    assert_int_equal(record.seen, 2000);
    assert_false(hs_record_is_retired(&record));
    expect_ok(hs_record_copy_user(&record, &user));
    assert_string_equal(user, "ada");
    hs_memory_free_text(user);
    assert_non_null(
        memmem(record.raw, record.raw_length, ",\"b\":1.10,\"a\":\"x\"}", 18));
    expect_ok(hs_record_rewrite(&record, ID, record.raw_length, &again));
    assert_int_equal(again.raw_length, record.raw_length);
    assert_false(hs_record_same_write(&again, &record)); /* it has a nonce of its own */
    assert_true(hs_record_same_write(&again, &again));
    hs_record_free(&again);
    expect_code(hs_record_rewrite(&record, ID, record.raw_length - 1, &again),
                SESSION_TOO_BIG);
    hs_record_free(&record);
}

static void test_retired__names_the_next_id(void **state)
{
    (void)state;
    hs_record record = make_record(ID, "{}", ID);
    assert_true(hs_record_is_retired(&record));
    assert_string_equal(record.next, ID);
    hs_record_free(&record);
}

static void test_decode__takes_other_programs_records(void **state)
{
    (void)state;
    hs_record record;
    char *user = "";
    expect_ok(decode("{\"cookie\":{},\"n\":1}", &record));
    assert_false(record.has_metadata);
    assert_int_equal(record.fields.count, 2);
    assert_true(hs_record_belongs_to(&record, ID)); /* it says nothing of an id */
    assert_false(hs_record_is_over(&record, last_ms));
    expect_ok(hs_record_copy_user(&record, &user));
    assert_null(user);
    hs_record_free(&record);
}

#define BEFORE "{\"_\":{\"v\":1,\"created\":1,\"deadline\":2,"
#define NONCE "\"nonce\":\"AAAAAAAAAAAAAAAA\","
#define CHECK "\"check\":\"AAAAAAAAAAA\""

static void test_decode__refuses_metadata_that_is_not_whole_and_right(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"_\":1}",
        "{\"_\":{}}",
        "{\"_\":{\"v\":1}}",
        BEFORE NONCE CHECK ",\"more\":1}}",
        BEFORE NONCE CHECK ",\"user\":\"\"}}",
        BEFORE NONCE CHECK ",\"user\":1}}",
        BEFORE NONCE CHECK ",\"next\":\"short\"}}",
        BEFORE NONCE CHECK ",\"seen\":-1}}",
        BEFORE NONCE CHECK "},\"a\":1,\"a\":2}",
        "{\"_\":{\"v\":3,\"created\":1,\"deadline\":2," NONCE CHECK "}}",
        "{\"_\":{\"v\":1,\"created\":2,\"deadline\":1," NONCE CHECK "}}",
        "{\"_\":{\"v\":1,\"created\":-1,\"deadline\":1," NONCE CHECK "}}",
        "{\"_\":{\"v\":1,\"created\":1,\"deadline\":253402300800000," NONCE CHECK "}}",
        "{\"_\":{\"v\":1,\"created\":1.5,\"deadline\":2," NONCE CHECK "}}"};
    hs_record record;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int rc = decode(bad[i], &record);
        if (rc != SESSION_CORRUPT)
            fail_msg("%s is %s", bad[i], session_error_name(rc));
        assert_null(record.raw);
    }
}

static void test_caller__gives_fields_without_metadata(void **state)
{
    (void)state;
    hs_fields fields;
    expect_ok(hs_record_read_fields("{\"a\":1,\"b\":2}", &fields));
    assert_int_equal(fields.count, 2);
    hs_fields_free(&fields);
    expect_code(hs_record_read_fields("{\"_\":1}", &fields), SESSION_INVALID);
    expect_code(hs_record_read_fields("{\"\\u005f\":1}", &fields), SESSION_INVALID);
    expect_code(hs_record_read_fields("[]", &fields), SESSION_INVALID);
    assert_int_equal(fields.count, 0);
}

/* ---- Asking ---- */

static void test_record__belongs_to_the_id_it_was_written_for(void **state)
{
    (void)state;
    hs_record record = make_record(ID, "{\"a\":1}", "");
    assert_true(hs_record_belongs_to(&record, ID));
    assert_false(hs_record_belongs_to(&record, UNKNOWN_ID));
    hs_record_drop_metadata(&record);
    assert_true(hs_record_belongs_to(&record, UNKNOWN_ID));
    assert_false(record.has_metadata);
    assert_int_equal(record.user.length, 0);
    assert_int_equal(record.fields.count, 1);
    hs_record_free(&record);
}

static void test_record__is_over_at_its_deadline(void **state)
{
    (void)state;
    const hs_record record = {.has_metadata = true, .absolute_expires_at = 5000};
    assert_false(hs_record_is_over(&record, 4999));
    assert_true(hs_record_is_over(&record, 5000));
    assert_true(hs_record_is_over(&record, last_ms));
}

static void test_records__without_metadata_are_of_no_same_write(void **state)
{
    (void)state;
    const hs_record record = {.has_metadata = false};
    assert_false(hs_record_same_write(&record, &record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rewrite__makes_what_decode_reads),
        cmocka_unit_test(test_retired__names_the_next_id),
        cmocka_unit_test(test_decode__takes_other_programs_records),
        cmocka_unit_test(test_decode__refuses_metadata_that_is_not_whole_and_right),
        cmocka_unit_test(test_caller__gives_fields_without_metadata),
        cmocka_unit_test(test_record__belongs_to_the_id_it_was_written_for),
        cmocka_unit_test(test_record__is_over_at_its_deadline),
        cmocka_unit_test(test_records__without_metadata_are_of_no_same_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

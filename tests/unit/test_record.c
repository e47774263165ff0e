/* Stored records: metadata and fields. */
#include "record/record.h"

#include <string.h>

#include "base/memory.h"
#include "expect.h"

#define ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define NEXT_ID "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA"

static const int64_t last_ms = 253402300799999;

static void add_nonce(hs_record *record, const char *nonce)
{
    assert_int_equal(strlen(nonce), HS_NONCE_LENGTH);
    hs_nonces_add(&record->nonces, nonce);
}

/* A new record of these fields under this id. */
static hs_record make_record(const char *id, const char *fields, const char *from_id,
                             const char *next)
{
    hs_record from = {.has_metadata = true, .created = 1000, .absolute_expires_at = 5000};
    hs_record made = {0};
    expect_ok(hs_record_read_fields(fields, &from.fields));
    from.user = hs_slice_of("ada");
    from.login = 2000001;
    add_nonce(&from, "nonce--1");
    memcpy(from.from, from_id, strlen(from_id) + 1);
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

static void expect_user(const hs_record *record, const char *user)
{
    char *copy = "";
    expect_ok(hs_record_copy_user(record, &copy));
    if (user == NULL)
        assert_null(copy);
    else
        assert_string_equal(copy, user);
    hs_memory_free_text(copy);
}

static void expect_text(const hs_record *record, const char *text)
{
    assert_int_equal(record->raw_length, strlen(text));
    assert_memory_equal(record->raw, text, strlen(text));
}

static void test_rewrite__makes_what_decode_reads(void **state)
{
    (void)state;
    hs_record record, again;
    record = make_record(ID, "{\"b\":1.10,\"a\":\"x\"}", "", "");
    assert_true(record.has_metadata);
    assert_false(record.is_former);
    assert_int_equal(record.created, 1000);
    assert_int_equal(record.absolute_expires_at, 5000);
    assert_int_equal(record.login, 2000001);
    assert_int_equal(record.nonces.count, 1);
    assert_string_equal(record.from, "");
    assert_false(hs_record_is_retired(&record));
    expect_user(&record, "ada");
    assert_non_null(
        memmem(record.raw, record.raw_length, ",\"b\":1.10,\"a\":\"x\"}", 18));
    expect_ok(hs_record_rewrite(&record, ID, record.raw_length, &again));
    assert_int_equal(again.raw_length, record.raw_length);
    assert_memory_equal(again.raw, record.raw, record.raw_length);
    hs_record_free(&again);
    expect_code(hs_record_rewrite(&record, ID, record.raw_length - 1, &again),
                SESSION_TOO_BIG);
    hs_record_free(&record);
}

static void test_rewrite__makes_this_text(void **state)
{
    (void)state;
    char check[HS_CHECK_LENGTH + 1] = "", text[512];
    hs_record record = make_record(ID, "{\"a\":1}", NEXT_ID, "");
    hs_id_check(ID, check);
    snprintf(text, sizeof text,
             "{\"_\":{\"v\":2,\"created\":1000,\"deadline\":5000,\"user\":\"ada\","
             "\"login\":2000001,\"from\":\"" NEXT_ID "\",\"nonces\":\"nonce--1\","
             "\"check\":\"%s\"},\"a\":1}",
             check);
    expect_text(&record, text);
    hs_record_free(&record);
}

static void test_rewrite__keeps_the_nonces_of_the_last_four_writes(void **state)
{
    (void)state;
    hs_record record = make_record(ID, "{}", "", ""), next;
    char nonce[] = "nonce--0";
    for (int i = 2; i <= 5; i++) {
        nonce[HS_NONCE_LENGTH - 1] = (char)('0' + i);
        hs_record from = record;
        add_nonce(&from, nonce);
        expect_ok(hs_record_rewrite(&from, ID, 4096, &next));
        assert_true(hs_nonces_have(&next.nonces, nonce));
        assert_true(hs_nonces_meet(&next.nonces, &record.nonces));
        hs_record_free(&record);
        record = next;
    }
    assert_false(hs_nonces_have(&record.nonces, "nonce--1"));
    assert_non_null(memmem(record.raw, record.raw_length,
                           "\"nonces\":\"nonce--5nonce--4nonce--3nonce--2\"", 43));
    hs_record_free(&record);
}

static void test_retired__names_the_next_id(void **state)
{
    (void)state;
    hs_record record = make_record(ID, "{}", "", NEXT_ID);
    assert_true(hs_record_is_retired(&record));
    assert_string_equal(record.next, NEXT_ID);
    assert_string_equal(record.from, "");
    hs_record_free(&record);
}

static void test_moved__names_the_former_id(void **state)
{
    (void)state;
    hs_record record = make_record(ID, "{}", NEXT_ID, ""), again;
    assert_false(hs_record_is_retired(&record));
    assert_string_equal(record.from, NEXT_ID);
    expect_ok(hs_record_rewrite(&record, ID, 4096, &again));
    assert_string_equal(again.from, NEXT_ID);
    hs_record_free(&again);
    hs_record_free(&record);
}

static void test_nobodys__has_no_login(void **state)
{
    (void)state;
    hs_record from = {.created = 1, .absolute_expires_at = 2, .login = 3}, made;
    add_nonce(&from, "nonce--1");
    expect_ok(hs_record_rewrite(&from, ID, 4096, &made));
    expect_user(&made, NULL);
    assert_int_equal(made.login, 0);
    assert_null(memmem(made.raw, made.raw_length, "login", 5));
    hs_record_free(&made);
}

static void test_decode__takes_other_programs_records(void **state)
{
    (void)state;
    hs_record record;
    expect_ok(decode("{\"cookie\":{},\"n\":1}", &record));
    assert_false(record.has_metadata);
    assert_int_equal(record.fields.count, 2);
    assert_true(hs_record_belongs_to(&record, ID)); /* it says nothing of an id */
    assert_false(hs_record_is_over(&record, last_ms));
    expect_user(&record, NULL);
    hs_record_free(&record);
}

#define BEFORE(version) "{\"_\":{\"v\":" version ",\"created\":1,\"deadline\":2,"
#define FORMER BEFORE("1") "\"nonce\":\"AAAAAAAAAAAAAAAA\"," CHECK
#define NONCES "\"nonces\":\"AAAAAAAA\","
#define CHECK "\"check\":\"AAAAAAAAAAA\""
#define LATEST BEFORE("2") NONCES CHECK

static void expect_corrupt(const char *const *texts, size_t count)
{
    hs_record record;
    for (size_t i = 0; i < count; i++) {
        int rc = decode(texts[i], &record);
        if (rc != SESSION_CORRUPT)
            fail_msg("%s is %s", texts[i], session_error_name(rc));
        assert_null(record.raw);
        rc = hs_record_decode_metadata(hs_slice_of(texts[i]), &record);
        if (rc != SESSION_CORRUPT)
            fail_msg("the metadata of %s are %s", texts[i], session_error_name(rc));
    }
}

#define EXPECT_CORRUPT(texts) expect_corrupt(texts, sizeof texts / sizeof texts[0])

static void test_decode__refuses_metadata_that_is_not_whole_and_right(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"_\":1}",
        "{\"_\":{}}",
        "{\"_\":{\"v\":1}}",
        "{\"_\":{\"v\":2}}",
        LATEST ",\"more\":1}}",
        LATEST ",\"user\":\"\"}}",
        LATEST ",\"user\":1}}",
        LATEST "},\"a\":1,\"a\":2}",
        LATEST "},\"a\":1} ,",
        BEFORE("0") NONCES CHECK "}}",
        BEFORE("3") NONCES CHECK "}}",
        BEFORE("12") NONCES CHECK "}}",
        BEFORE("21") NONCES CHECK "}}",
        BEFORE("2.0") NONCES CHECK "}}",
        BEFORE("\"2\"") NONCES CHECK "}}",
        BEFORE("2") NONCES "\"check\":\"AAAAAAAAAA\"}}",
        BEFORE("2") NONCES "\"check\":\"AAAAAAAAAAAA\"}}",
        BEFORE("2") NONCES "\"check\":\"AAAAAAAAA\\n\"}}",
        BEFORE("2") NONCES "\"check\":1}}",
        BEFORE("2") "\"nonces\":\"AAAAAAAA\"}}",
        BEFORE("2") CHECK "}}",
        "{\"_\":{\"v\":2,\"created\":1," NONCES CHECK "}}",
        "{\"_\":{\"v\":2,\"deadline\":2," NONCES CHECK "}}",
        "{\"_\":{\"created\":1,\"deadline\":2," NONCES CHECK "}}",
        "{\"_\":{\"v\":2,\"created\":2,\"deadline\":1," NONCES CHECK "}}",
        "{\"_\":{\"v\":2,\"created\":-1,\"deadline\":1," NONCES CHECK "}}",
        "{\"_\":{\"v\":2,\"created\":1,\"deadline\":253402300800000," NONCES CHECK "}}",
        "{\"_\":{\"v\":2,\"created\":1.5,\"deadline\":2," NONCES CHECK "}}"};
    EXPECT_CORRUPT(bad);
}

static void test_decode__refuses_a_login_that_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {LATEST ",\"user\":\"ada\",\"login\":-1}}",
                                      LATEST ",\"user\":\"ada\",\"login\":1.5}}",
                                      LATEST ",\"user\":\"ada\",\"login\":\"1\"}}",
                                      LATEST ",\"user\":\"ada\",\"login\":null}}",
                                      LATEST ",\"user\":\"ada\",\"login\":1e3}}",
                                      LATEST ",\"user\":\"ada\","
                                             "\"login\":9223372036854775808}}"};
    hs_record record;
    EXPECT_CORRUPT(bad);
    expect_ok(
        decode(LATEST ",\"user\":\"ada\",\"login\":9223372036854775807}}", &record));
    assert_int_equal(record.login, INT64_MAX);
    hs_record_free(&record);
}

static void test_decode__refuses_a_from_or_next_that_is_no_id(void **state)
{
    (void)state;
    enum { ROOM = 512 };
    static const char *const names[] = {"from", "next"};
    static const char *const bad[] = {"\"\"",
                                      "\"short\"",
                                      "\"AAAAAAAAAAAAAAA\"",
                                      "\"AAAAAAAAAAAAAAAA.\"",
                                      "\"AAAAAAAAAAAAAAAA=\"",
                                      "\"AAAAAAAAAAAAAAAA\\u0041\"",
                                      "\"?" ID "\"",
                                      "\"" ID ID ID "\"",
                                      "1",
                                      "null",
                                      "[\"" ID "\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0] * 2; i++) {
        char text[ROOM];
        const char *const texts[] = {text};
        snprintf(text, sizeof text, LATEST ",\"%s\":%s}}", names[i % 2], bad[i / 2]);
        EXPECT_CORRUPT(texts);
    }
}

static void test_decode__takes_every_id_that_a_session_may_have(void **state)
{
    (void)state;
    static const char shortest[] = "AAAAAAAAAAAAAAA_";
    char longest[HS_ID_SIZE] = "", text[512];
    hs_record record;
    memset(longest, '-', HS_ID_LONGEST);
    snprintf(text, sizeof text, LATEST ",\"from\":\"%s\",\"next\":\"%s\"}}", shortest,
             longest);
    expect_ok(decode(text, &record));
    assert_string_equal(record.from, shortest);
    assert_string_equal(record.next, longest);
    hs_record_free(&record);
}

static void test_decode__refuses_nonces_of_another_length(void **state)
{
    (void)state;
    static const char *const bad[] = {
        BEFORE("2") CHECK ",\"nonces\":\"\"}}",
        BEFORE("2") CHECK ",\"nonces\":\"AAAAAAA\"}}",
        BEFORE("2") CHECK ",\"nonces\":\"AAAAAAAAA\"}}",
        BEFORE("2") CHECK ",\"nonces\":\"AAAAAA\\n\"}}",
        BEFORE("2") CHECK ",\"nonces\":\"AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDDEEEEEEEE\"}}",
        BEFORE("2") CHECK ",\"nonces\":[\"AAAAAAAA\"]}}",
        BEFORE("2") CHECK ",\"nonces\":12345678}}"};
    hs_record record;
    EXPECT_CORRUPT(bad);
    expect_ok(decode(
        BEFORE("2") CHECK ",\"nonces\":\"AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDD\"}}", &record));
    assert_int_equal(record.nonces.count, 4);
    hs_record_free(&record);
}

/* ---- Version 1 ---- */

static void test_former__is_read(void **state)
{
    (void)state;
    hs_record record;
    expect_ok(decode(FORMER ",\"user\":\"ada\",\"seen\":2,\"next\":\"" NEXT_ID "\"}"
                            ",\"n\":1}",
                     &record));
    assert_true(record.has_metadata);
    assert_true(record.is_former);
    assert_int_equal(record.created, 1);
    assert_int_equal(record.absolute_expires_at, 2);
    expect_user(&record, "ada");
    assert_int_equal(record.login, 1000); /* the user got in then, or later */
    assert_string_equal(record.next, NEXT_ID);
    assert_true(hs_nonces_have(&record.nonces, "AAAAAAAA"));
    assert_int_equal(record.nonces.count, 1);
    assert_int_equal(record.fields.count, 1);
    hs_record_free(&record);
}

static void test_former__is_written_anew_as_version_2(void **state)
{
    (void)state;
    char check[HS_CHECK_LENGTH + 1] = "", text[512];
    hs_record former, written;
    expect_ok(decode(FORMER ",\"user\":\"\\u0061da\",\"seen\":2},\"n\":1.10}", &former));
    add_nonce(&former, "nonce--1");
    expect_ok(hs_record_rewrite(&former, ID, 4096, &written));
    assert_false(written.is_former);
    hs_id_check(ID, check);
    snprintf(
        text, sizeof text,
        "{\"_\":{\"v\":2,\"created\":1,\"deadline\":2,\"user\":\"\\u0061da\","
        "\"login\":1000,\"nonces\":\"nonce--1AAAAAAAA\",\"check\":\"%s\"},\"n\":1.10}",
        check);
    expect_text(&written, text);
    expect_user(&written, "ada");
    hs_record_free(&written);
    hs_record_free(&former);
}

static void test_former__is_refused_if_it_is_not_whole_and_right(void **state)
{
    (void)state;
    static const char *const bad[] = {
        FORMER ",\"more\":1}}",
        FORMER ",\"user\":\"\"}}",
        FORMER ",\"user\":1}}",
        FORMER ",\"next\":\"short\"}}",
        FORMER ",\"seen\":-1}}",
        FORMER ",\"seen\":\"1\"}}",
        FORMER "},\"a\":1,\"a\":2}",
        BEFORE("1") CHECK "}}",
        BEFORE("1") "\"nonce\":\"AAAAAAAAAAAAAAA\"," CHECK "}}",
        BEFORE("1") "\"nonce\":\"AAAAAAAAAAAAAAAAA\"," CHECK "}}",
        BEFORE("1") "\"nonce\":\"AAAAAAAAAAAAAA\\n\"," CHECK "}}",
        BEFORE("1") "\"nonce\":1," CHECK "}}"};
    EXPECT_CORRUPT(bad);
}

/* ---- Metadata alone, and what is no session ---- */

static void test_metadata__are_read_without_the_fields(void **state)
{
    (void)state;
    hs_record whole = make_record(ID, "{\"a\":1,\"b\":{\"_\":1}}", NEXT_ID, NEXT_ID),
              outline;
    const hs_slice text = {whole.raw, whole.raw_length};
    expect_ok(hs_record_decode_metadata(text, &outline));
    assert_true(outline.has_metadata);
    assert_int_equal(outline.created, 1000);
    assert_int_equal(outline.absolute_expires_at, 5000);
    assert_int_equal(outline.login, 2000001);
    assert_string_equal(outline.from, NEXT_ID);
    assert_string_equal(outline.next, NEXT_ID);
    assert_true(hs_nonces_meet(&outline.nonces, &whole.nonces));
    assert_true(hs_record_belongs_to(&outline, ID));
    expect_user(&outline, "ada");
    assert_true(outline.user.start > text.start &&
                outline.user.start < text.start + text.length);
    assert_null(outline.raw); /* it owns nothing */
    assert_null(outline.text);
    assert_int_equal(outline.fields.count, 0);
    hs_record_free(&whole);
}

static void test_metadata__that_are_not_there_are_another_programs(void **state)
{
    (void)state;
    hs_record outline;
    expect_ok(hs_record_decode_metadata(hs_slice_of("{\"cookie\":{\"_\":1}}"), &outline));
    assert_false(outline.has_metadata);
    expect_user(&outline, NULL);
    expect_code(hs_record_decode_metadata(hs_slice_of("{\"a\":1"), &outline),
                SESSION_CORRUPT);
    expect_code(hs_record_decode_metadata(hs_slice_of("text"), &outline),
                SESSION_CORRUPT);
}

static void test_tombstone__is_json_but_no_session(void **state)
{
    (void)state;
    hs_record record;
    const hs_slice text = hs_slice_of(hs_record_tombstone);
    expect_ok(hs_json_check_value(text));
    assert_non_null(strstr(hs_record_tombstone, "\"deadline\":0,"));
    /* Nor does a record become one: the check of an id is never empty. */
    expect_code(decode(hs_record_tombstone, &record), SESSION_CORRUPT);
    expect_code(hs_record_decode_metadata(text, &record), SESSION_CORRUPT);
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
    hs_record record = make_record(ID, "{\"a\":1}", "", "");
    assert_true(hs_record_belongs_to(&record, ID));
    assert_false(hs_record_belongs_to(&record, UNKNOWN_ID));
    hs_record_drop_metadata(&record);
    assert_true(hs_record_belongs_to(&record, UNKNOWN_ID));
    assert_false(record.has_metadata);
    assert_int_equal(record.user.length, 0);
    assert_int_equal(record.nonces.count, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rewrite__makes_what_decode_reads),
        cmocka_unit_test(test_rewrite__makes_this_text),
        cmocka_unit_test(test_rewrite__keeps_the_nonces_of_the_last_four_writes),
        cmocka_unit_test(test_retired__names_the_next_id),
        cmocka_unit_test(test_moved__names_the_former_id),
        cmocka_unit_test(test_nobodys__has_no_login),
        cmocka_unit_test(test_decode__takes_other_programs_records),
        cmocka_unit_test(test_decode__refuses_metadata_that_is_not_whole_and_right),
        cmocka_unit_test(test_decode__refuses_a_login_that_is_no_time),
        cmocka_unit_test(test_decode__refuses_a_from_or_next_that_is_no_id),
        cmocka_unit_test(test_decode__takes_every_id_that_a_session_may_have),
        cmocka_unit_test(test_decode__refuses_nonces_of_another_length),
        cmocka_unit_test(test_former__is_read),
        cmocka_unit_test(test_former__is_written_anew_as_version_2),
        cmocka_unit_test(test_former__is_refused_if_it_is_not_whole_and_right),
        cmocka_unit_test(test_metadata__are_read_without_the_fields),
        cmocka_unit_test(test_metadata__that_are_not_there_are_another_programs),
        cmocka_unit_test(test_tombstone__is_json_but_no_session),
        cmocka_unit_test(test_caller__gives_fields_without_metadata),
        cmocka_unit_test(test_record__belongs_to_the_id_it_was_written_for),
        cmocka_unit_test(test_record__is_over_at_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

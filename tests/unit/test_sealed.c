/* Records that only those open who have the key, the id and the place. */
#include "record/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "expect.h"
#include "record/envelope.h"

#define OTHER_KEY "c47d10e96ab3825f0b9ee6318f54d27a36b0219c8d7f45e21a60c398bb571d04"
#define ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define NEXT_ID "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA"

static hs_ring *ring;  /* TEST_KEY, then OTHER_KEY */
static hs_ring *other; /* OTHER_KEY alone */

static int make_rings(void **state)
{
    (void)state;
    const char *reason;
    expect_ok(hs_ring_read(TEST_KEY "," OTHER_KEY, HS_RING_SIZE, &ring, &reason));
    expect_ok(hs_ring_read(OTHER_KEY, HS_RING_SIZE, &other, &reason));
    return 0;
}

static int free_rings(void **state)
{
    (void)state;
    hs_ring_free(ring);
    hs_ring_free(other);
    return 0;
}

static hs_address address_of(const hs_ring *of, const char *prefix, const char *id)
{
    hs_address address;
    hs_address_make(&address, of, prefix, id, 0);
    return address;
}

/* A record of this place, with one field, that is not sealed yet. */
static hs_record make_record(const hs_address *address)
{
    hs_record from = {.has_metadata = true,
                      .created = 1000,
                      .absolute_expires_at = 5000,
                      .user = hs_slice_of("a.lovelace"),
                      .login = 2000001,
                      .from = NEXT_ID,
                      .next = UNKNOWN_ID};
    hs_record made = {0};
    hs_nonces_add(&from.nonces, "nonce--1");
    expect_ok(hs_record_read_fields("{\"a\":\"secret\"}", &from.fields));
    expect_ok(hs_record_rewrite(&from, address->id, 4096, &made));
    made.raw = NULL; /* the text is the record's, not what is stored */
    made.raw_length = 0;
    hs_fields_free(&from.fields);
    return made;
}

/* The same, sealed. */
static hs_record seal(const hs_address *address)
{
    hs_record made = make_record(address);
    expect_ok(hs_sealed_close(address, 4096, &made));
    return made;
}

/* Opens a copy of stored bytes at a place. */
static int open_at(const hs_address *address, const char *stored, size_t length)
{
    hs_record record;
    char *copy = hs_memory_copy_text(stored, length);
    int rc = hs_sealed_open(address, copy, length, &record);
    if (rc == SESSION_OK)
        hs_record_free(&record);
    else
        hs_memory_free(copy, length);
    return rc;
}

static void test_sealed__opens_at_its_place_and_shows_nothing_outside(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = seal(&address), opened;
    assert_null(memmem(made.raw, made.raw_length, "secret", 6));
    assert_null(memmem(made.raw, made.raw_length, "a.lovelace", 10));
    assert_null(memmem(made.raw, made.raw_length, ID, strlen(ID)));
    char *copy = hs_memory_copy_text(made.raw, made.raw_length);
    expect_ok(hs_sealed_open(&address, copy, made.raw_length, &opened));
    assert_int_equal(opened.created, 1000);
    assert_int_equal(opened.login, 2000001);
    assert_string_equal(opened.from, NEXT_ID);
    assert_string_equal(opened.next, UNKNOWN_ID);
    assert_true(hs_slice_equals(opened.user, "a.lovelace"));
    assert_true(hs_nonces_have(&opened.nonces, "nonce--1"));
    assert_ptr_equal(opened.raw, copy);
    assert_non_null(hs_fields_find(&opened.fields, "a"));
    hs_record_free(&opened);
    hs_record_free(&made);
}

static void test_sealed__is_corrupt_anywhere_else(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = seal(&address);
    const hs_address elsewhere[] = {address_of(ring, "shop:", ID),
                                    address_of(ring, "sess:", UNKNOWN_ID),
                                    address_of(other, "sess:", ID)};
    expect_ok(open_at(&address, made.raw, made.raw_length));
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        expect_code(open_at(&elsewhere[i], made.raw, made.raw_length), SESSION_CORRUPT);
    hs_record_free(&made);
}

static void test_sealed__is_corrupt_with_any_byte_changed_or_missing(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = seal(&address);
    for (size_t i = 0; i < made.raw_length; i++) {
        expect_code(open_at(&address, made.raw, i), SESSION_CORRUPT);
        made.raw[i] ^= 1;
        int rc = open_at(&address, made.raw, made.raw_length);
        if (rc != SESSION_CORRUPT)
            fail_msg("byte %zu: %s", i, session_error_name(rc));
        made.raw[i] ^= 1;
    }
    hs_record_free(&made);
}

static void test_close__over_the_size_is_too_big_and_changes_nothing(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = seal(&address);
    size_t size = made.raw_length;
    hs_memory_free(made.raw, made.raw_length);
    made.raw = NULL;
    made.raw_length = 0;
    expect_code(hs_sealed_close(&address, size - 1, &made), SESSION_TOO_BIG);
    assert_null(made.raw);
    expect_ok(hs_sealed_close(&address, size, &made));
    assert_int_equal(made.raw_length, size); /* a length says nothing but its bucket */
    hs_record_free(&made);
}

/* ---- Outside the box ---- */

static void test_outline__says_what_a_list_needs_to_know(void **state)
{
    (void)state;
    char name[HS_HANDLE_SIZE];
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = seal(&address), outline;
    const hs_slice stored = {made.raw, made.raw_length};
    expect_ok(hs_sealed_read_outline(stored, &outline));
    assert_true(outline.has_metadata);
    assert_false(outline.is_former);
    assert_int_equal(outline.created, 1000);
    assert_int_equal(outline.absolute_expires_at, 5000);
    assert_int_equal(outline.login, 2000001);
    assert_string_equal(outline.from, NEXT_ID);
    assert_string_equal(outline.next, UNKNOWN_ID);
    hs_ring_user(ring, 0, "sess:", "a.lovelace", name);
    assert_true(hs_slice_equals(outline.user, name));
    assert_true(outline.user.start > made.raw); /* it points into the text */
    assert_true(outline.user.start < made.raw + made.raw_length);
    assert_null(outline.raw);
    assert_null(outline.text);
    hs_record_free(&made);
}

static void test_outline__of_nobodys_session_names_no_list(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_record from = {.created = 1000, .absolute_expires_at = 5000}, made, outline;
    hs_nonces_add(&from.nonces, "nonce--1");
    expect_ok(hs_record_rewrite(&from, ID, 4096, &made));
    made.raw = NULL;
    made.raw_length = 0;
    expect_ok(hs_sealed_close(&address, 4096, &made));
    expect_ok(hs_sealed_read_outline((hs_slice){made.raw, made.raw_length}, &outline));
    assert_int_equal(outline.user.length, 0);
    assert_int_equal(outline.login, 0);
    assert_string_equal(outline.from, "");
    assert_false(hs_record_is_retired(&outline));
    hs_record_free(&made);
}

static void test_outline__of_anything_else_is_corrupt(void **state)
{
    (void)state;
    hs_record outline;
    const char *const others[] = {"", "{}", "text", hs_record_tombstone};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect_code(hs_sealed_read_outline(hs_slice_of(others[i]), &outline),
                    SESSION_CORRUPT);
}

/* Seals a text of this place in an envelope with this head, as one could with the key. */
static hs_buffer forge(const hs_address *address, const char *head, hs_slice text)
{
    char associated[1024];
    unsigned char nonce[HS_SEAL_NONCE];
    hs_buffer sealed = {0}, out = {0};
    snprintf(associated, sizeof associated, "%s\n%s\n%s", head,
             hs_address_storage_id(address), address->prefix);
    hs_ring_seal(ring, address->id, hs_slice_of(associated), text, nonce, &sealed);
    hs_buffer_append_text(&out, head);
    hs_envelope_append_rest(&out, nonce, (hs_slice){sealed.data, sealed.length});
    assert_false(sealed.failed || out.failed);
    hs_buffer_free(&sealed);
    return out;
}

/* What comes of a record under another head than its own. */
static int open_under(const hs_envelope *said)
{
    hs_buffer head = {0};
    hs_address address = address_of(ring, "sess:", ID);
    hs_record made = make_record(&address);
    hs_envelope_append_head(&head, said);
    hs_buffer_append(&head, "", 1);
    hs_buffer stored =
        forge(&address, head.data, (hs_slice){made.text, made.text_length});
    int rc = open_at(&address, stored.data, stored.length);
    hs_buffer_free(&stored);
    hs_buffer_free(&head);
    hs_record_free(&made);
    return rc;
}

static void test_sealed__is_corrupt_if_its_head_says_something_else(void **state)
{
    (void)state;
    hs_envelope said = {.created = 1000,
                        .absolute_expires_at = 5000,
                        .login = 2000001,
                        .from = NEXT_ID,
                        .next = UNKNOWN_ID};
    memcpy(said.key, hs_ring_name(ring, 0), sizeof said.key);
    hs_ring_user(ring, 0, "sess:", "a.lovelace", said.user);
    expect_ok(open_under(&said));
    hs_envelope changed = said;
    changed.created = 999;
    expect_code(open_under(&changed), SESSION_CORRUPT);
    changed = said;
    changed.absolute_expires_at = 5001;
    expect_code(open_under(&changed), SESSION_CORRUPT);
    changed = said;
    memcpy(changed.from, UNKNOWN_ID, sizeof UNKNOWN_ID);
    expect_code(open_under(&changed), SESSION_CORRUPT);
    changed.from[0] = '\0';
    expect_code(open_under(&changed), SESSION_CORRUPT);
    changed = said;
    memcpy(changed.next, NEXT_ID, sizeof NEXT_ID);
    expect_code(open_under(&changed), SESSION_CORRUPT);
    changed.next[0] = '\0';
    expect_code(open_under(&changed), SESSION_CORRUPT);
}

/* ---- Version 2 ---- */

/* A former record of this place, which moved to NEXT_ID, in a former envelope. */
static hs_buffer make_former(const hs_address *address, int deadline)
{
    char head[128], text[512], check[HS_CHECK_LENGTH + 1] = "";
    hs_id_check(address->id, check);
    snprintf(text, sizeof text,
             "{\"_\":{\"v\":1,\"created\":1000,\"deadline\":5000,\"user\":\"a.lovelace\","
             "\"seen\":2000,"
             "\"nonce\":\"0123456789abcdef\",\"check\":\"%s\",\"next\":\"" NEXT_ID "\"},"
             "\"a\":1}",
             check);
    snprintf(head, sizeof head, "{\"_\":{\"v\":2,\"key\":\"%s\",\"deadline\":%d",
             hs_ring_name(ring, 0), deadline);
    return forge(address, head, hs_slice_of(text));
}

static void expect_former_opens(const hs_address *address, const hs_buffer *stored)
{
    char next[HS_ID_SIZE];
    hs_record opened;
    char *copy = hs_memory_copy_text(stored->data, stored->length);
    expect_ok(hs_sealed_open(address, copy, stored->length, &opened));
    assert_true(opened.is_former);
    assert_int_equal(opened.created, 1000);
    assert_int_equal(opened.login, 1000000);
    assert_true(hs_slice_equals(opened.user, "a.lovelace"));
    assert_true(hs_nonces_have(&opened.nonces, "01234567"));
    /* It has the id where the storage id stands today. */
    hs_ring_storage_id(ring, 0, "sess:", NEXT_ID, next);
    assert_string_equal(opened.next, next);
    hs_record_free(&opened);
}

static void test_former__opens(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_buffer stored = make_former(&address, 5000);
    expect_former_opens(&address, &stored);
    hs_buffer_free(&stored);
    stored = make_former(&address, 5001);
    expect_code(open_at(&address, stored.data, stored.length), SESSION_CORRUPT);
    hs_buffer_free(&stored);
}

static void test_former__opens_with_an_old_key(void **state)
{
    (void)state;
    hs_ring *later;
    const char *reason;
    hs_address address = address_of(ring, "sess:", ID), same;
    hs_buffer stored = make_former(&address, 5000);
    expect_ok(hs_ring_read(OTHER_KEY "," TEST_KEY, HS_RING_SIZE, &later, &reason));
    hs_address_make(&same, later, "sess:", ID, 1);
    expect_former_opens(&same, &stored);
    hs_buffer_free(&stored);
    hs_ring_free(later);
}

static void test_former__is_closed_anew_as_version_3(void **state)
{
    (void)state;
    static const char start[] = "{\"_\":{\"v\":3,";
    hs_address address = address_of(ring, "sess:", ID);
    hs_buffer stored = make_former(&address, 5000);
    hs_record opened, written;
    char *copy = hs_memory_copy_text(stored.data, stored.length);
    expect_ok(hs_sealed_open(&address, copy, stored.length, &opened));
    expect_ok(hs_record_rewrite(&opened, ID, 4096, &written));
    written.raw = NULL;
    written.raw_length = 0;
    expect_ok(hs_sealed_close(&address, 4096, &written));
    assert_memory_equal(written.raw, start, strlen(start));
    expect_ok(open_at(&address, written.raw, written.raw_length));
    hs_record_free(&written);
    hs_record_free(&opened);
    hs_buffer_free(&stored);
}

static void test_outline__of_a_former_one_is_its_deadline(void **state)
{
    (void)state;
    hs_address address = address_of(ring, "sess:", ID);
    hs_buffer stored = make_former(&address, 5000);
    hs_record outline;
    expect_ok(hs_sealed_read_outline((hs_slice){stored.data, stored.length}, &outline));
    assert_true(outline.has_metadata);
    assert_true(outline.is_former);
    assert_int_equal(outline.absolute_expires_at, 5000);
    assert_int_equal(outline.user.length, 0);
    assert_false(hs_record_is_retired(&outline)); /* the box alone has its next id */
    hs_buffer_free(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealed__opens_at_its_place_and_shows_nothing_outside),
        cmocka_unit_test(test_sealed__is_corrupt_anywhere_else),
        cmocka_unit_test(test_sealed__is_corrupt_with_any_byte_changed_or_missing),
        cmocka_unit_test(test_close__over_the_size_is_too_big_and_changes_nothing),
        cmocka_unit_test(test_outline__says_what_a_list_needs_to_know),
        cmocka_unit_test(test_outline__of_nobodys_session_names_no_list),
        cmocka_unit_test(test_outline__of_anything_else_is_corrupt),
        cmocka_unit_test(test_sealed__is_corrupt_if_its_head_says_something_else),
        cmocka_unit_test(test_former__opens),
        cmocka_unit_test(test_former__opens_with_an_old_key),
        cmocka_unit_test(test_former__is_closed_anew_as_version_3),
        cmocka_unit_test(test_outline__of_a_former_one_is_its_deadline),
    };
    return cmocka_run_group_tests(tests, make_rings, free_rings);
}

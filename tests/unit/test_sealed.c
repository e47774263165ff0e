/* Records that only those open who have the key, the id and the place. */
#include "record/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "expect.h"

#define OTHER_KEY "c47d10e96ab3825f0b9ee6318f54d27a36b0219c8d7f45e21a60c398bb571d04"
#define ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"

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

/* A sealed record of this place, with one field. */
static hs_record seal(const hs_address *address)
{
    hs_record from = {.has_metadata = true, .created = 1000, .absolute_expires_at = 5000};
    hs_record made = {0};
    expect_ok(hs_record_read_fields("{\"a\":\"secret\"}", &from.fields));
    expect_ok(hs_record_rewrite(&from, address->id, 4096, &made));
    made.raw = NULL; /* the text is the record's, not what is stored */
    made.raw_length = 0;
    expect_ok(hs_sealed_close(address, 4096, &made));
    hs_fields_free(&from.fields);
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
    assert_null(memmem(made.raw, made.raw_length, ID, strlen(ID)));
    char *copy = hs_memory_copy_text(made.raw, made.raw_length);
    expect_ok(hs_sealed_open(&address, copy, made.raw_length, &opened));
    assert_int_equal(opened.created, 1000);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealed__opens_at_its_place_and_shows_nothing_outside),
        cmocka_unit_test(test_sealed__is_corrupt_anywhere_else),
        cmocka_unit_test(test_sealed__is_corrupt_with_any_byte_changed_or_missing),
        cmocka_unit_test(test_close__over_the_size_is_too_big_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_rings, free_rings);
}

/* The form of sealed records. */
#include "record/envelope.h"

#include <string.h>

#include "expect.h"

#define NAME "AAECAwQF" /* a key's name: 8 characters of base64url */

static hs_buffer write_envelope(int64_t expires_at, const char *sealed)
{
    unsigned char nonce[HS_SEAL_NONCE];
    hs_buffer out = {0};
    memset(nonce, 7, sizeof nonce);
    hs_envelope_append_head(&out, NAME, expires_at);
    hs_envelope_append_rest(&out, nonce, hs_slice_of(sealed));
    assert_false(out.failed);
    return out;
}

static bool reads(const char *bytes, size_t length)
{
    hs_envelope envelope;
    return hs_envelope_read((hs_slice){bytes, length}, &envelope);
}

static void test_read__takes_what_was_written_apart(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, 1795510328123, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        unsigned char nonce[HS_SEAL_NONCE];
        hs_envelope envelope;
        hs_buffer head = {0}, text = write_envelope(times[i], "foobar");
        hs_envelope_append_head(&head, NAME, times[i]);
        assert_true(hs_envelope_read((hs_slice){text.data, text.length}, &envelope));
        assert_string_equal(envelope.key, NAME);
        assert_int_equal(envelope.absolute_expires_at, times[i]);
        memset(nonce, 7, sizeof nonce);
        assert_memory_equal(envelope.nonce, nonce, sizeof nonce);
        assert_true(hs_slice_equals(envelope.box, "Zm9vYmFy"));
        assert_int_equal(envelope.head.length, head.length);
        assert_memory_equal(envelope.head.start, head.data, head.length);
        hs_buffer_free(&head);
        hs_buffer_free(&text);
    }
}

static void test_read__refuses_every_part_and_every_longer_text(void **state)
{
    (void)state;
    hs_buffer text = write_envelope(5, "foobar");
    for (size_t length = 0; length < text.length; length++)
        assert_false(reads(text.data, length));
    hs_buffer_append_text(&text, " ");
    assert_false(reads(text.data, text.length));
    hs_buffer_free(&text);
}

static void test_read__refuses_a_byte_that_belongs_nowhere(void **state)
{
    (void)state;
    static const char form[] =
        "{\"_\":{\"v\":2,\"key\":\"" NAME "\",\"deadline\":5,\"nonce\":\"";
    hs_buffer text = write_envelope(5, "foobar");
    assert_memory_equal(text.data, form, strlen(form));
    for (size_t i = 0; i < strlen(form); i++) {
        char kept = text.data[i];
        text.data[i] = '*';
        if (reads(text.data, text.length))
            fail_msg("byte %zu can be changed", i);
        text.data[i] = kept;
    }
    assert_true(reads(text.data, text.length));
    hs_buffer_free(&text);
}

static void test_read__refuses_other_forms_of_a_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "-5",  "05",
                                      "5.0", "5e1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        int length =
            snprintf(text, sizeof text,
                     "{\"_\":{\"v\":2,\"key\":\"" NAME "\",\"deadline\":%s,\"nonce\":"
                     "\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\",\"box\":\"Zm9v\"}}",
                     bad[i]);
        if (reads(text, (size_t)length))
            fail_msg("taken: %s", text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__takes_what_was_written_apart),
        cmocka_unit_test(test_read__refuses_every_part_and_every_longer_text),
        cmocka_unit_test(test_read__refuses_a_byte_that_belongs_nowhere),
        cmocka_unit_test(test_read__refuses_other_forms_of_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The form of sealed records. */
#include "record/envelope.h"

#include <string.h>

#include "expect.h"

#define NAME "AAECAwQF"               /* a key's name: 8 characters of base64url */
#define LIST "AAAAAAAAAAAAAAAAAAAAAA" /* a list's: 22 */
#define ID "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define NEXT_ID "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA"

#define START "{\"_\":{\"v\":3,\"key\":\"" NAME "\""
#define FORMER_START "{\"_\":{\"v\":2,\"key\":\"" NAME "\""
#define TIMES ",\"created\":4,\"deadline\":5"
#define USER ",\"user\":\"" LIST "\",\"login\":6"
#define FROM ",\"from\":\"" ID "\""
#define NEXT ",\"next\":\"" NEXT_ID "\""
#define REST ",\"nonce\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\",\"box\":\"Zm9vYmFy\"}}"

static const char whole[] = START TIMES USER FROM NEXT REST;

/* An envelope that says all that one can say. */
static hs_envelope make_envelope(void)
{
    return (hs_envelope){.key = NAME,
                         .created = 4,
                         .absolute_expires_at = 5,
                         .user = LIST,
                         .login = 6,
                         .from = ID,
                         .next = NEXT_ID};
}

static hs_buffer write_envelope(const hs_envelope *envelope, const char *sealed)
{
    unsigned char nonce[HS_SEAL_NONCE];
    hs_buffer out = {0};
    memset(nonce, 7, sizeof nonce);
    hs_envelope_append_head(&out, envelope);
    hs_envelope_append_rest(&out, nonce, hs_slice_of(sealed));
    assert_false(out.failed);
    return out;
}

static bool reads(const char *bytes, size_t length)
{
    hs_envelope envelope;
    return hs_envelope_read((hs_slice){bytes, length}, &envelope);
}

static bool reads_text(const char *text)
{
    return reads(text, strlen(text));
}

static void expect_same(const hs_envelope *read, const hs_envelope *written)
{
    assert_string_equal(read->key, written->key);
    assert_int_equal(read->is_former, written->is_former);
    assert_int_equal(read->created, written->created);
    assert_int_equal(read->absolute_expires_at, written->absolute_expires_at);
    assert_string_equal(read->user, written->user);
    assert_int_equal(read->login, written->login);
    assert_string_equal(read->from, written->from);
    assert_string_equal(read->next, written->next);
    assert_true(hs_slice_equals(read->list, written->user));
}

static void expect_read_apart(const hs_envelope *written)
{
    unsigned char nonce[HS_SEAL_NONCE];
    hs_envelope envelope;
    hs_buffer head = {0}, text = write_envelope(written, "foobar");
    hs_envelope_append_head(&head, written);
    assert_true(hs_envelope_read((hs_slice){text.data, text.length}, &envelope));
    expect_same(&envelope, written);
    memset(nonce, 7, sizeof nonce);
    assert_memory_equal(envelope.nonce, nonce, sizeof nonce);
    assert_true(hs_slice_equals(envelope.box, "Zm9vYmFy"));
    assert_ptr_equal(envelope.head.start, text.data);
    assert_int_equal(envelope.head.length, head.length);
    assert_memory_equal(envelope.head.start, head.data, head.length);
    hs_buffer_free(&head);
    hs_buffer_free(&text);
}

static void test_read__takes_what_was_written_apart(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, 1795510328123, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        hs_envelope envelope = make_envelope();
        envelope.created = envelope.absolute_expires_at = envelope.login = times[i];
        expect_read_apart(&envelope);
    }
}

/* Each of what need not be there, there or not. */
static void test_read__takes_every_part_that_need_not_be_there(void **state)
{
    (void)state;
    for (int present = 0; present < 8; present++) {
        hs_envelope envelope = make_envelope();
        if ((present & 1) == 0) {
            envelope.user[0] = '\0';
            envelope.login = 0;
        }
        if ((present & 2) == 0)
            envelope.from[0] = '\0';
        if ((present & 4) == 0)
            envelope.next[0] = '\0';
        expect_read_apart(&envelope);
    }
}

static void test_write__makes_this_text(void **state)
{
    (void)state;
    const hs_envelope envelope = make_envelope();
    hs_buffer text = write_envelope(&envelope, "foobar");
    assert_int_equal(text.length, strlen(whole));
    assert_memory_equal(text.data, whole, text.length);
    hs_buffer_free(&text);
}

static void test_read__refuses_every_part_and_every_longer_text(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(whole); length++)
        assert_false(reads(whole, length));
    assert_true(reads_text(whole));
    assert_false(reads_text(START TIMES USER FROM NEXT REST " "));
}

static void test_read__refuses_a_byte_that_belongs_nowhere(void **state)
{
    (void)state;
    static const char form[] = START TIMES USER FROM NEXT ",\"nonce\":\"";
    char text[sizeof whole];
    memcpy(text, whole, sizeof whole);
    for (size_t i = 0; i < strlen(form); i++) {
        char kept = text[i];
        text[i] = '*';
        if (reads(text, strlen(whole)))
            fail_msg("byte %zu can be changed", i);
        text[i] = kept;
    }
    assert_true(reads(text, strlen(whole)));
}

static void test_read__refuses_parts_in_any_other_order_or_twice(void **state)
{
    (void)state;
    static const char *const bad[] = {
        START USER TIMES REST,
        START TIMES FROM USER REST,
        START TIMES NEXT FROM REST,
        START TIMES FROM FROM REST,
        START TIMES USER USER REST,
        START TIMES NEXT NEXT REST,
        START ",\"deadline\":5,\"created\":4" REST,
        START ",\"deadline\":5" REST,
        START ",\"created\":4" REST,
        START TIMES ",\"login\":6" REST,
        START TIMES ",\"user\":\"" LIST "\"" REST,
        START TIMES USER ",\"more\":6" REST,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (reads_text(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

static void test_read__refuses_other_forms_of_a_time(void **state)
{
    (void)state;
    static const char *const forms[] = {
        START ",\"created\":%s,\"deadline\":5" REST,
        START ",\"created\":4,\"deadline\":%s" REST,
        START TIMES ",\"user\":\"" LIST "\",\"login\":%s" REST,
        FORMER_START ",\"deadline\":%s" REST,
    };
    static const char *const bad[] = {"",    "-5",  "05",
                                      "5.0", "5e1", "99999999999999999999"};
    for (size_t n = 0; n < sizeof forms / sizeof forms[0]; n++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            const char *gap = strstr(forms[n], "%s");
            char text[512];
            snprintf(text, sizeof text, "%.*s%s%s", (int)(gap - forms[n]), forms[n],
                     bad[i], gap + 2);
            if (reads_text(text))
                fail_msg("taken: %s", text);
        }
}

static void test_read__refuses_a_list_or_an_id_of_another_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        START TIMES ",\"user\":\"\",\"login\":6" REST,
        START TIMES ",\"user\":\"AAAAAAAAAAAAAAAAAAAAA\",\"login\":6" REST,
        START TIMES ",\"user\":\"" LIST "A\",\"login\":6" REST,
        START TIMES ",\"user\":\"AAAAAAAAAAAAAAAAAAAAA.\",\"login\":6" REST,
        START TIMES ",\"user\":\"AAAAAAAAAAAAAAAAAAAAAB\",\"login\":6" REST,
        START TIMES ",\"from\":\"\"" REST,
        START TIMES ",\"from\":\"AAAAAAAAAAAAAAA\"" REST,
        START TIMES ",\"from\":\"AAAAAAAAAAAAAAAA=\"" REST,
        START TIMES ",\"next\":\"\"" REST,
        START TIMES ",\"next\":\"AAAAAAAAAAAAAAA\"" REST,
        START TIMES ",\"next\":\"AAAAAAAAAAAAAAAA=\"" REST,
        START TIMES ",\"next\":\"" ID ID ID "\"" REST,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (reads_text(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

/* ---- Version 2 ---- */

static void test_former__is_read_and_says_less(void **state)
{
    (void)state;
    static const char text[] = FORMER_START ",\"deadline\":5" REST;
    hs_envelope envelope;
    const hs_envelope said = {.key = NAME, .is_former = true, .absolute_expires_at = 5};
    assert_true(hs_envelope_read(hs_slice_of(text), &envelope));
    expect_same(&envelope, &said);
    assert_true(hs_slice_equals(envelope.box, "Zm9vYmFy"));
    assert_true(hs_slice_equals(envelope.head, FORMER_START ",\"deadline\":5"));
    for (size_t length = 0; length < strlen(text); length++)
        assert_false(reads(text, length));
}

static void test_former__says_nothing_that_it_did_not_say(void **state)
{
    (void)state;
    static const char *const bad[] = {
        FORMER_START TIMES REST,
        FORMER_START ",\"deadline\":5" USER REST,
        FORMER_START ",\"deadline\":5" FROM REST,
        FORMER_START ",\"deadline\":5" NEXT REST,
        FORMER_START REST,
        "{\"_\":{\"v\":1,\"key\":\"" NAME "\",\"deadline\":5" REST,
        "{\"_\":{\"v\":4,\"key\":\"" NAME "\"" TIMES REST,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (reads_text(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__takes_what_was_written_apart),
        cmocka_unit_test(test_read__takes_every_part_that_need_not_be_there),
        cmocka_unit_test(test_write__makes_this_text),
        cmocka_unit_test(test_read__refuses_every_part_and_every_longer_text),
        cmocka_unit_test(test_read__refuses_a_byte_that_belongs_nowhere),
        cmocka_unit_test(test_read__refuses_parts_in_any_other_order_or_twice),
        cmocka_unit_test(test_read__refuses_other_forms_of_a_time),
        cmocka_unit_test(test_read__refuses_a_list_or_an_id_of_another_form),
        cmocka_unit_test(test_former__is_read_and_says_less),
        cmocka_unit_test(test_former__says_nothing_that_it_did_not_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Base64url without padding (RFC 4648, 5), and only in its one right form. */
#include "crypto/base64.h"

#include <string.h>

#include "expect.h"

static const struct {
    const char *bytes;
    const char *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg"},
    {"fo", "Zm8"},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg"},
    {"fooba", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy"},
    {"\xff\xfe\xfd", "__79"},
    {"\xfb\xef\xbe", "----"},
};

enum { VECTORS = sizeof vectors / sizeof vectors[0] };

static void test_append__writes_the_rfcs_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        hs_buffer out = {0};
        size_t size = strlen(vectors[i].bytes);
        hs_base64_append(&out, vectors[i].bytes, size);
        assert_int_equal(out.length, hs_base64_length(size));
        assert_true(hs_slice_equals((hs_slice){out.data, out.length}, vectors[i].text));
        hs_buffer_free(&out);
    }
}

static void test_read__takes_them_back_into_room_of_just_their_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char bytes[8];
        size_t length = 99, size = strlen(vectors[i].bytes);
        memset(bytes, '#', sizeof bytes);
        assert_true(hs_base64_read(hs_slice_of(vectors[i].text), bytes, size, &length));
        assert_int_equal(length, size);
        assert_memory_equal(bytes, vectors[i].bytes, size);
        assert_int_equal(bytes[size], '#');
        if (size > 0)
            assert_false(
                hs_base64_read(hs_slice_of(vectors[i].text), bytes, size - 1, &length));
    }
}

static void test_read__refuses_all_other_forms(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg==", "Zh",    "Zm9", /* bits that stand for nothing */
        "Z",    "Zm9vY",        /* no whole byte */
        "Zm9+", "Zm/v",  "Zm 9", "Zm9v\n", " Zm9v", "Zm9\x80", "Zm.v"};
    char bytes[16];
    size_t length;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (hs_base64_read(hs_slice_of(bad[i]), bytes, sizeof bytes, &length))
            fail_msg("taken: %s", bad[i]);
    assert_false(hs_base64_read((hs_slice){"Zg\0v", 4}, bytes, sizeof bytes, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append__writes_the_rfcs_vectors),
        cmocka_unit_test(test_read__takes_them_back_into_room_of_just_their_size),
        cmocka_unit_test(test_read__refuses_all_other_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

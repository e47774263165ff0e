/* What tells one write from every other. */
#include "record/nonces.h"

#include "expect.h"

static hs_nonces nonces_of(const char *text)
{
    hs_nonces nonces = {.count = 0};
    assert_true(hs_nonces_read(hs_slice_of(text), &nonces));
    return nonces;
}

static void expect_text(const hs_nonces *nonces, const char *text)
{
    hs_buffer out = {0};
    hs_nonces_append(nonces, &out);
    assert_false(out.failed);
    assert_int_equal(out.length, strlen(text));
    if (out.length > 0)
        assert_memory_equal(out.data, text, out.length);
    hs_buffer_free(&out);
}

static void test_add__puts_the_latest_first_and_forgets_the_fifth(void **state)
{
    (void)state;
    static const char *const texts[] = {"aaaaaaaa",
                                        "bbbbbbbbaaaaaaaa",
                                        "ccccccccbbbbbbbbaaaaaaaa",
                                        "ddddddddccccccccbbbbbbbbaaaaaaaa",
                                        "eeeeeeeeddddddddccccccccbbbbbbbb",
                                        "ffffffffeeeeeeeeddddddddcccccccc"};
    hs_nonces nonces = {.count = 0};
    expect_text(&nonces, "");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hs_nonces_add(&nonces, texts[i]);
        expect_text(&nonces, texts[i]);
        assert_int_equal(nonces.count, i < HS_NONCES ? i + 1 : HS_NONCES);
    }
}

static void test_have__finds_each_of_four_and_nothing_else(void **state)
{
    (void)state;
    const hs_nonces nonces = nonces_of("eeeeeeeeddddddddccccccccbbbbbbbb");
    assert_true(hs_nonces_have(&nonces, "eeeeeeee"));
    assert_true(hs_nonces_have(&nonces, "dddddddd"));
    assert_true(hs_nonces_have(&nonces, "cccccccc"));
    assert_true(hs_nonces_have(&nonces, "bbbbbbbb"));
    assert_false(hs_nonces_have(&nonces, "aaaaaaaa"));
    assert_false(hs_nonces_have(&nonces, "eeeeeeed")); /* the last character counts */
    assert_false(hs_nonces_have(&nonces, "eeeedddd")); /* of one, and of the next */
}

static void test_have__finds_nothing_behind_the_last(void **state)
{
    (void)state;
    hs_nonces nonces = nonces_of("aaaaaaaabbbbbbbb");
    nonces.count = 1;
    assert_false(hs_nonces_have(&nonces, "bbbbbbbb"));
    nonces.count = 0;
    assert_false(hs_nonces_have(&nonces, "aaaaaaaa"));
}

static void test_meet__says_whether_one_is_in_both(void **state)
{
    (void)state;
    const hs_nonces none = {.count = 0}, lost = nonces_of("aaaaaaaa");
    const hs_nonces arrived = nonces_of("ccccccccbbbbbbbbaaaaaaaa");
    const hs_nonces others = nonces_of("eeeeeeeeddddddddccccccccbbbbbbbb");
    assert_true(hs_nonces_meet(&lost, &arrived));
    assert_true(hs_nonces_meet(&arrived, &lost));
    assert_true(hs_nonces_meet(&arrived, &others));
    assert_true(hs_nonces_meet(&others, &others));
    assert_false(hs_nonces_meet(&lost, &others));
    assert_false(hs_nonces_meet(&others, &lost));
    assert_false(hs_nonces_meet(&none, &arrived));
    assert_false(hs_nonces_meet(&arrived, &none));
    assert_false(hs_nonces_meet(&none, &none)); /* what has none is of no same write */
}

static void test_read__takes_one_to_four(void **state)
{
    (void)state;
    static const char four[] = "aaaaaaaabbbbbbbbccccccccdddddddd";
    for (size_t count = 1; count <= HS_NONCES; count++) {
        char text[sizeof four] = "";
        hs_nonces nonces;
        memcpy(text, four, count * HS_NONCE_LENGTH);
        nonces = nonces_of(text);
        assert_int_equal(nonces.count, count);
        expect_text(&nonces, text);
    }
}

static void test_read__refuses_every_other_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "a",
                                      "aaaaaaa",
                                      "aaaaaaaaa",
                                      "aaaaaaaabbbbbbb",
                                      "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee",
                                      "\\aaaaaaa",
                                      "aaaaaaa\\",
                                      "aaaaaaaabbbb\\bbb"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hs_nonces nonces;
        if (hs_nonces_read(hs_slice_of(bad[i]), &nonces))
            fail_msg("taken: %s", bad[i]);
    }
}

static void test_new_ones__can_be_kept_and_differ(void **state)
{
    (void)state;
    char first[HS_NONCE_LENGTH + 1] = "", second[HS_NONCE_LENGTH + 1] = "";
    hs_id_nonce(first);
    hs_id_nonce(second);
    const hs_nonces a = nonces_of(first), b = nonces_of(second);
    assert_true(hs_nonces_have(&a, first));
    assert_false(hs_nonces_meet(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add__puts_the_latest_first_and_forgets_the_fifth),
        cmocka_unit_test(test_have__finds_each_of_four_and_nothing_else),
        cmocka_unit_test(test_have__finds_nothing_behind_the_last),
        cmocka_unit_test(test_meet__says_whether_one_is_in_both),
        cmocka_unit_test(test_read__takes_one_to_four),
        cmocka_unit_test(test_read__refuses_every_other_text),
        cmocka_unit_test(test_new_ones__can_be_kept_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

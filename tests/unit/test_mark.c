/* What became of an id, as text. */
#include "record/mark.h"

#include "expect.h"

#define LIST "AAAAAAAAAAAAAAAAAAAAAA"
#define NEXT "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"

static hs_mark mark_of(const char *text)
{
    hs_mark mark;
    memset(&mark, 1, sizeof mark);
    int rc = hs_mark_read(hs_slice_of(text), &mark);
    expect_code(rc, mark.kind != HS_MARK_NONE ? SESSION_OK : SESSION_CORRUPT);
    return mark;
}

static void test_moved__reads_as_it_was_written(void **state)
{
    (void)state;
    static const char text[] = "m " NEXT " bbbbbbbbaaaaaaaa " LIST;
    hs_nonces nonces = {.count = 0};
    hs_buffer out = {0};
    hs_nonces_add(&nonces, "aaaaaaaa");
    hs_nonces_add(&nonces, "bbbbbbbb");
    hs_mark_append_moved(&out, NEXT, &nonces, LIST);
    assert_false(out.failed);
    assert_int_equal(out.length, strlen(text));
    assert_memory_equal(out.data, text, out.length);
    hs_buffer_free(&out);
    const hs_mark mark = mark_of(text);
    assert_int_equal(mark.kind, HS_MARK_MOVED);
    assert_string_equal(mark.next, NEXT);
    assert_int_equal(mark.nonces.count, 2);
    assert_true(hs_nonces_have(&mark.nonces, "aaaaaaaa"));
    assert_true(hs_nonces_have(&mark.nonces, "bbbbbbbb"));
    assert_string_equal(mark.list, LIST);
}

static void test_moved__says_if_it_is_nobodys_now(void **state)
{
    (void)state;
    hs_nonces nonces = {.count = 0};
    hs_buffer out = {0};
    hs_nonces_add(&nonces, "aaaaaaaa");
    hs_mark_append_moved(&out, NEXT, &nonces, NULL);
    hs_buffer_append(&out, "", 1);
    assert_string_equal(out.data, "m " NEXT " aaaaaaaa -");
    assert_string_equal(mark_of(out.data).list, "-");
    hs_buffer_free(&out);
}

static void test_moved__leads_to_every_id_that_a_session_may_have(void **state)
{
    (void)state;
    char longest[HS_ID_SIZE] = "", text[256];
    assert_string_equal(mark_of("m AAAAAAAAAAAAAAA_ aaaaaaaa -").next,
                        "AAAAAAAAAAAAAAA_");
    memset(longest, '-', HS_ID_LONGEST);
    snprintf(text, sizeof text, "m %s aaaaaaaa -", longest);
    assert_string_equal(mark_of(text).next, longest);
    snprintf(text, sizeof text, "m %s- aaaaaaaa -", longest);
    assert_int_equal(mark_of(text).kind, HS_MARK_NONE);
}

static void test_ended__has_the_nonce_of_its_call_and_leads_nowhere(void **state)
{
    (void)state;
    const hs_mark mark = mark_of("e aaaaaaaa");
    assert_int_equal(mark.kind, HS_MARK_ENDED);
    assert_true(hs_nonces_have(&mark.nonces, "aaaaaaaa"));
    assert_int_equal(mark.nonces.count, 1);
    assert_string_equal(mark.next, "");
}

static void test_read__takes_every_other_text_for_no_mark(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "m",
                                      "e",
                                      "m ",
                                      "e ",
                                      "e aaaaaaa",
                                      "e aaaaaaaa ",
                                      "e  aaaaaaaa",
                                      " e aaaaaaaa",
                                      "E aaaaaaaa",
                                      "ee aaaaaaaa",
                                      "x aaaaaaaa",
                                      "m " NEXT,
                                      "m " NEXT " ",
                                      "m " NEXT " aaaaaaa -",
                                      "m " NEXT " aaaaaaaa ",
                                      "m " NEXT " aaaaaaaa",
                                      "m " NEXT " aaaaaaaa - ",
                                      "m " NEXT " aaaaaaaa --",
                                      "m " NEXT " aaaaaaaa " LIST "A",
                                      "m  " NEXT " aaaaaaaa -",
                                      "m " NEXT "  aaaaaaaa -",
                                      "M " NEXT " aaaaaaaa -",
                                      "m short aaaaaaaa -",
                                      "m aaaaaaaa",
                                      "m ?" NEXT " aaaaaaaa -",
                                      "m " NEXT
                                      " aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee -",
                                      "{\"_\":{\"v\":2}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (mark_of(bad[i]).kind != HS_MARK_NONE)
            fail_msg("taken: %s", bad[i]);
}

static void test_read__stops_at_the_end_of_the_text(void **state)
{
    (void)state;
    static const char text[] = "m " NEXT " aaaaaaaa -";
    hs_mark mark;
    for (size_t length = 0; length < strlen(text); length++) {
        expect_code(hs_mark_read((hs_slice){text, length}, &mark), SESSION_CORRUPT);
        assert_int_equal(mark.kind, HS_MARK_NONE);
    }
}

static void test_read__sees_what_stands_after_a_nul(void **state)
{
    (void)state;
    static const char text[] = "m " NEXT " aaaaaaaa -\0-";
    hs_mark mark;
    expect_ok(hs_mark_read((hs_slice){text, strlen(text)}, &mark));
    expect_code(hs_mark_read((hs_slice){text, strlen(text) + 1}, &mark), SESSION_CORRUPT);
    expect_code(hs_mark_read((hs_slice){text, sizeof text - 1}, &mark), SESSION_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moved__reads_as_it_was_written),
        cmocka_unit_test(test_moved__says_if_it_is_nobodys_now),
        cmocka_unit_test(test_moved__leads_to_every_id_that_a_session_may_have),
        cmocka_unit_test(test_ended__has_the_nonce_of_its_call_and_leads_nowhere),
        cmocka_unit_test(test_read__takes_every_other_text_for_no_mark),
        cmocka_unit_test(test_read__stops_at_the_end_of_the_text),
        cmocka_unit_test(test_read__sees_what_stands_after_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

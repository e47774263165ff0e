/* Memory that is zeroed when it comes and wiped when it goes. */
#include "base/memory.h"

#include <string.h>

#include "expect.h"

static void test_new__is_zeroed(void **state)
{
    (void)state;
    static const char nothing[100];
    for (int i = 0; i < 100; i++) { /* blocks that were used before, too */
        char *block = hs_memory_new(sizeof nothing);
        assert_memory_equal(block, nothing, sizeof nothing);
        memset(block, 'x', sizeof nothing);
        hs_memory_free(block, sizeof nothing);
    }
}

static void test_grow__keeps_what_was_there_or_changes_nothing(void **state)
{
    (void)state;
    char *block = hs_memory_grow(NULL, 0, 4);
    memcpy(block, "abcd", 4);
    block = hs_memory_grow(block, 4, 4000);
    assert_memory_equal(block, "abcd", 4);
    assert_null(hs_memory_grow(block, 4, SIZE_MAX / 2));
    assert_memory_equal(block, "abcd", 4);
    hs_memory_free(block, 4000);
}

static void test_copy_text__takes_so_many_bytes_and_ends_them(void **state)
{
    (void)state;
    char *copy = hs_memory_copy_text("ada\0lovelace", 7);
    assert_memory_equal(copy, "ada\0lov", 8);
    hs_memory_free(copy, 7);
    copy = hs_memory_copy_text("", 0);
    assert_string_equal(copy, "");
    hs_memory_free_text(copy);
}

static void test_wipe__overwrites_just_that(void **state)
{
    (void)state;
    char text[] = "abcdef";
    hs_memory_wipe(text + 1, 3);
    assert_memory_equal(text, "a\0\0\0ef", 7);
    hs_memory_wipe(text, 0);
    assert_int_equal(text[0], 'a');
    hs_memory_free(NULL, 0);
    hs_memory_free_text(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new__is_zeroed),
        cmocka_unit_test(test_grow__keeps_what_was_there_or_changes_nothing),
        cmocka_unit_test(test_copy_text__takes_so_many_bytes_and_ends_them),
        cmocka_unit_test(test_wipe__overwrites_just_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Random bytes and numbers. */
#include "base/random.h"

#include <string.h>

#include "expect.h"

static void test_init__may_be_called_many_times(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        expect_ok(hs_random_init());
}

static void test_bytes__differ_and_stay_within_their_room(void **state)
{
    (void)state;
    unsigned char first[33], second[33];
    first[32] = second[32] = '#';
    hs_random_bytes(first, 32);
    hs_random_bytes(second, 32);
    assert_memory_not_equal(first, second, 32);
    assert_int_equal(first[32], '#');
    hs_random_bytes(first, 0);
}

static void test_below__gives_every_number_under_the_bound_and_no_other(void **state)
{
    (void)state;
    bool seen[5] = {false};
    for (int i = 0; i < 1000; i++) {
        uint32_t number = hs_random_below(5);
        assert_in_range(number, 0, 4);
        seen[number] = true;
    }
    for (int i = 0; i < 5; i++)
        assert_true(seen[i]);
    assert_int_equal(hs_random_below(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init__may_be_called_many_times),
        cmocka_unit_test(test_bytes__differ_and_stay_within_their_room),
        cmocka_unit_test(test_below__gives_every_number_under_the_bound_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

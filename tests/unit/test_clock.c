/* Clocks, and deadlines on the one that never goes back. */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

#include "expect.h"

static void test_clocks__are_those_of_the_system(void **state)
{
    (void)state;
    int64_t before = hs_clock_monotonic_ms(), seconds = (int64_t)time(NULL);
    assert_in_range(hs_clock_unix_ms(), (seconds - 1) * 1000, (seconds + 60) * 1000);
    int64_t ms = hs_clock_unix_ms();
    assert_in_range(hs_clock_unix_us(), ms * 1000, (ms + 60000) * 1000);
    for (int i = 0; i < 1000; i++) {
        int64_t now = hs_clock_monotonic_ms();
        assert_true(now >= before);
        before = now;
    }
}

static void test_deadline__has_passed_when_nothing_is_left(void **state)
{
    (void)state;
    const hs_deadline over = hs_deadline_after(-5), now = hs_deadline_after(0);
    const hs_deadline later = hs_deadline_after(60000);
    assert_true(hs_deadline_has_passed(over));
    assert_true(hs_deadline_has_passed(now));
    assert_int_equal(hs_deadline_left(over), 0);
    assert_int_equal(hs_deadline_poll_timeout(over), 0); /* -1 would wait for ever */
    assert_false(hs_deadline_has_passed(later));
    assert_in_range(hs_deadline_left(later), 1, 60000);
    assert_in_range(hs_deadline_poll_timeout(later), 1, 60000);
}

static void test_deadline__of_many_years_fits_into_poll(void **state)
{
    (void)state;
    assert_int_equal(hs_deadline_poll_timeout(hs_deadline_after(INT64_C(1) << 40)),
                     INT_MAX);
    assert_int_equal(hs_deadline_poll_timeout((hs_deadline){INT64_MAX}), INT_MAX);
}

static void test_earlier__is_either_way_round_the_same(void **state)
{
    (void)state;
    const hs_deadline soon = {5}, late = {6};
    assert_int_equal(hs_deadline_earlier(soon, late).monotonic_ms, 5);
    assert_int_equal(hs_deadline_earlier(late, soon).monotonic_ms, 5);
    assert_int_equal(hs_deadline_earlier(soon, soon).monotonic_ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks__are_those_of_the_system),
        cmocka_unit_test(test_deadline__has_passed_when_nothing_is_left),
        cmocka_unit_test(test_deadline__of_many_years_fits_into_poll),
        cmocka_unit_test(test_earlier__is_either_way_round_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How often threads step aside; the test says how long each time takes. */
#include "base/yield.h"

#include "expect.h"

static int64_t now_ns, duration_ns;
static int yields;

int64_t __wrap_hs_clock_monotonic_ns(void);
int __wrap_sched_yield(void);

int64_t __wrap_hs_clock_monotonic_ns(void)
{
    return now_ns;
}

int __wrap_sched_yield(void)
{
    yields++;
    now_ns += duration_ns;
    return 0;
}

/* How many of some attempts, which take this long, make the thread step aside. */
static int count_yields(int64_t each_ns)
{
    const int attempts = 10;
    int successes = 0;
    yields = 0;
    duration_ns = each_ns;
    for (int i = 0; i < attempts; i++)
        successes += hs_yield();
    assert_int_equal(successes, yields);
    return yields;
}

static void test_yield__goes_on_while_it_is_cheap(void **state)
{
    (void)state;
    assert_int_equal(count_yields(0), 10);
    assert_int_equal(count_yields(900000), 10);
}

static void test_yield__that_took_a_time_slice_is_the_last_for_a_while(void **state)
{
    (void)state;
    const int64_t slice_ns = 3000000, while_ns = 200000000;
    assert_int_equal(count_yields(slice_ns), 1);
    assert_int_equal(count_yields(0), 0);
    now_ns += while_ns;
    assert_int_equal(count_yields(0), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yield__goes_on_while_it_is_cheap),
        cmocka_unit_test(test_yield__that_took_a_time_slice_is_the_last_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

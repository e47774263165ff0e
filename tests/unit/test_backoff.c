/* Pauses that grow with each attempt. */
#include "redis/backoff.h"

#include "expect.h"

/* The longest of many pauses, which comes near its bound. */
static uint32_t longest(int attempt)
{
    uint32_t most = 0;
    for (int i = 0; i < 2000; i++) {
        uint32_t pause = hs_backoff_ms(attempt, 10, 250);
        most = pause > most ? pause : most;
    }
    return most;
}

static void test_pauses__double_up_to_the_most(void **state)
{
    (void)state;
    static const struct {
        int attempt;
        uint32_t bound;
    } rows[] = {{0, 10}, {1, 20}, {4, 160}, {5, 250}, {6, 250}, {1000000, 250}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t most = longest(rows[i].attempt);
        assert_in_range(most, rows[i].bound * 9 / 10 - 1, rows[i].bound - 1);
    }
}

static void test_pauses__do_not_wrap_where_the_numbers_end(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(hs_backoff_ms(i, 1, UINT32_MAX / 2) < UINT32_MAX / 2);
    assert_int_equal(hs_backoff_ms(5, 1, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses__double_up_to_the_most),
        cmocka_unit_test(test_pauses__do_not_wrap_where_the_numbers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

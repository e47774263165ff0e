/* Waiting for a word of another thread. */
#include "base/wait.h"

#include "expect.h"
#include "threads.h"

static hs_wait waits;

static int begin(void **state)
{
    (void)state;
    hs_wait_init(&waits);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hs_wait_destroy(&waits);
    return 0;
}

static void test_word__that_came_before_is_taken_at_once_and_only_once(void **state)
{
    (void)state;
    hs_wait_finish(&waits, 3);
    assert_int_equal(hs_wait_briefly(&waits), 3);
    assert_int_equal(hs_wait_briefly(&waits), 0);
    hs_wait_finish(&waits, 4);
    assert_int_equal(hs_wait_until(&waits, hs_deadline_after(-1)), 4);
    hs_wait_finish(&waits, 5);
    assert_int_equal(hs_wait_for(&waits), 5);
}

static void test_until__without_a_word_lasts_to_the_deadline(void **state)
{
    (void)state;
    const hs_deadline deadline = hs_deadline_after(20);
    assert_int_equal(hs_wait_until(&waits, deadline), 0);
    assert_true(hs_deadline_has_passed(deadline));
    hs_wait_finish(&waits, 6); /* what comes later is still there */
    assert_int_equal(hs_wait_for(&waits), 6);
}

enum { ROUNDS = 2000 };

/* Two that answer each other, each with waits of its own. */
static hs_wait turns[2];

static void take_turns(worker *self)
{
    hs_wait *mine = &turns[self->number], *theirs = &turns[1 - self->number];
    for (int i = 1; i <= ROUNDS; i++) {
        if (self->number == 0)
            hs_wait_finish(theirs, i);
        int word = i % 2 == 0 ? hs_wait_briefly(mine) : 0;
        if (word == 0)
            word = i % 3 == 0 ? hs_wait_until(mine, hs_deadline_after(20000))
                              : hs_wait_for(mine);
        check_true(self, word == i);
        if (self->number == 1)
            hs_wait_finish(theirs, i);
    }
}

static void test_word__reaches_a_sleeper_however_it_waits(void **state)
{
    (void)state;
    hs_wait_init(&turns[0]);
    hs_wait_init(&turns[1]);
    run_threads(2, take_turns, NULL);
    hs_wait_destroy(&turns[0]);
    hs_wait_destroy(&turns[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_word__that_came_before_is_taken_at_once_and_only_once, begin, end),
        cmocka_unit_test_setup_teardown(test_until__without_a_word_lasts_to_the_deadline,
                                        begin, end),
        cmocka_unit_test(test_word__reaches_a_sleeper_however_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

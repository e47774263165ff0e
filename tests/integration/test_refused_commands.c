/*
 * A server that refuses a command, at each command of each verb: it changed nothing, or
 * the verb is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disturb.h"
#include "fixture.h"

static const char *const refusals[] = {
    "-LOADING Redis is loading the dataset in memory",
    "-NOREPLICAS Not enough good replicas to write.",
    "-READONLY You can't write against a read only replica.",
    "-MISCONF Redis is configured to save RDB snapshots",
    "-OOM command not allowed when used memory > 'maxmemory'.",
    "-NOPERM this user has no permissions to run the command",
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static void refuse_once(bool (*which)(const verb *), const char *options)
{
    for (int i = 0; i < REFUSALS; i++) {
        const relay_fault once = {.act = RELAY_REFUSE, .text = refusals[i]};
        disturb_verbs(which, (disturbance){options, once, DISTURB_NEVER_LATE});
    }
}

static void test_refusal__leaves_all_as_it_was_or_done(void **state)
{
    (void)state;
    refuse_once(verb_is_any, USUAL);
}

static void test_refusal__leaves_all_as_it_was_or_done_without_a_grace(void **state)
{
    (void)state;
    refuse_once(verb_moves, NO_GRACE);
}

static void test_refusal__of_a_login_ends_nobody_but_for_it(void **state)
{
    (void)state;
    refuse_once(verb_is_login, LIMITED);
}

/* That a login was done already shows in what it says of what cannot be done any more. */
static void test_refusals__from_then_on_leave_all_as_it_was_or_done(void **state)
{
    (void)state;
    for (int i = 1; i < REFUSALS; i++) {
        const relay_fault all = {
            .act = RELAY_REFUSE, .text = refusals[i], .times = RELAY_ALWAYS};
        disturb_verbs(verb_is_any,
                      (disturbance){USUAL IMPATIENT, all, DISTURB_NEVER_LATE});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refusal__leaves_all_as_it_was_or_done),
        TEST(test_refusal__leaves_all_as_it_was_or_done_without_a_grace),
        TEST(test_refusal__of_a_login_ends_nobody_but_for_it),
        TEST(test_refusals__from_then_on_leave_all_as_it_was_or_done),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}

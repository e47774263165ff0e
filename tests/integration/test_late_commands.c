/*
 * Trouble that lasts until a verb's deadline, and commands that the server runs after the
 * verb gave up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disturb.h"
#include "fixture.h"

static void test_lost_answers__until_the_deadline_leave_a_call_that_finishes(void **state)
{
    (void)state;
    const relay_fault all = {.act = RELAY_LOSE_ANSWER, .times = RELAY_ALWAYS};
    disturb_verbs(verb_is_any, (disturbance){USUAL IMPATIENT, all, DISTURB_NEVER_LATE});
}

static void test_late_command__does_no_harm_to_what_follows(void **state)
{
    (void)state;
    const relay_fault held = {.act = RELAY_HOLD, .times = RELAY_ALWAYS};
    disturb_verbs(verb_writes, (disturbance){USUAL IMPATIENT, held, DISTURB_LATE});
}

static void test_late_command__does_no_harm_after_the_call_was_repeated(void **state)
{
    (void)state;
    const relay_fault held = {.act = RELAY_HOLD};
    disturb_verbs(verb_is_any, (disturbance){USUAL IMPATIENT, held, DISTURB_LATER});
    disturb_verbs(verb_moves, (disturbance){NO_GRACE IMPATIENT, held, DISTURB_LATER});
    disturb_verbs(verb_is_login, (disturbance){LIMITED IMPATIENT, held, DISTURB_LATER});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lost_answers__until_the_deadline_leave_a_call_that_finishes),
        TEST(test_late_command__does_no_harm_to_what_follows),
        TEST(test_late_command__does_no_harm_after_the_call_was_repeated),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}

/* What HS_INVARIANT does with a rule that holds, and with one that is broken. */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#ifndef HISESSION_INVARIANTS
#define HISESSION_INVARIANTS
#endif
#include "base/invariant.h"

/* In invariant_off.c: the same call as users build it. */
void require_as_users_build_it(bool rule, int *evaluations);

static void require(bool rule, int *evaluations)
{
    HS_INVARIANT((++*evaluations, rule));
}

static void test_invariant__lets_a_rule_that_holds_pass(void **state)
{
    (void)state;
    int evaluations = 0;
    require(true, &evaluations);
    assert_int_equal(evaluations, 1);
}

static void break_rule(int messages)
{
    int evaluations = 0;
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGABRT, SIG_DFL);
    dup2(messages, STDERR_FILENO);
    require(false, &evaluations);
    _exit(0);
}

static void test_invariant__names_the_broken_rule_and_aborts(void **state)
{
    (void)state;
    int messages[2];
    assert_int_equal(pipe(messages), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        break_rule(messages[1]);
    close(messages[1]);

    char text[512] = "";
    size_t length = 0;
    for (ssize_t n = 1; n > 0 && length < sizeof text - 1; length += (size_t)n) {
        n = read(messages[0], text + length, sizeof text - 1 - length);
        assert_true(n >= 0);
    }
    close(messages[0]);

    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "test_invariant.c:"));
    assert_non_null(strstr(text, "(++*evaluations, rule)"));
}

static void test_invariant__is_not_evaluated_as_users_build_it(void **state)
{
    (void)state;
    int evaluations = 0;
    require_as_users_build_it(false, &evaluations);
    assert_int_equal(evaluations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invariant__lets_a_rule_that_holds_pass),
        cmocka_unit_test(test_invariant__names_the_broken_rule_and_aborts),
        cmocka_unit_test(test_invariant__is_not_evaluated_as_users_build_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

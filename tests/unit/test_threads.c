/*
 * What becomes of checks that fail outside the test's own thread. This program is
 * run once more to do each wrong thing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "threads.h"

/* ---- The wrong things ---- */

static void fail_with_cmocka(worker *self)
{
    assert_int_equal(self->number, -1);
}

static void fail_second(worker *self)
{
    check_true(self, self->number != 1);
    check_ok(self, self->number != 1 ? SESSION_OK : SESSION_FULL);
}

static void end_early(worker *self)
{
    _exit(self->number == 1 ? 3 : 0);
}

static void in_thread(void **state)
{
    (void)state;
    run_threads(1, fail_with_cmocka, NULL);
}

static void in_process(void **state)
{
    (void)state;
    run_processes(1, fail_with_cmocka, NULL);
}

static void reported_by_thread(void **state)
{
    (void)state;
    run_threads(3, fail_second, NULL);
}

static void reported_by_process(void **state)
{
    (void)state;
    run_processes(3, fail_second, NULL);
}

static void ended_early(void **state)
{
    (void)state;
    run_processes(3, end_early, NULL);
}

static int run_wrong_thing(const char *name)
{
    static const struct CMUnitTest all[] = {
        cmocka_unit_test(in_thread), cmocka_unit_test(in_process),
        cmocka_unit_test(reported_by_thread), cmocka_unit_test(reported_by_process),
        cmocka_unit_test(ended_early)};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0) {
            const struct CMUnitTest one[] = {all[i]};
            return cmocka_run_group_tests(one, NULL, NULL);
        }
    return 0;
}

/* ---- What is said of them ---- */

/* Runs one; it must fail, with this text in what it says. */
static void expect_said(const char *wrong_thing, const char *expected)
{
    char command[64], said[4096];
    snprintf(command, sizeof command, "exec /proc/%d/exe %s 2>&1", (int)getpid(),
             wrong_thing);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    said[fread(said, 1, sizeof said - 1, output)] = '\0';
    assert_int_not_equal(pclose(output), 0);
    if (strstr(said, expected) == NULL)
        fail_msg("\"%s\" is not in: %s", expected, said);
}

static void test_cmocka_check__that_fails_elsewhere_says_where_and_aborts(void **state)
{
    (void)state;
    expect_said("in_thread", "test_threads.c:18: a check of cmocka failed in a thread");
    expect_said("in_process", "test_threads.c:18: a check of cmocka failed in a thread");
}

static void test_check__that_fails_in_a_worker_fails_the_test(void **state)
{
    (void)state;
    static const char text[] = "worker 1: not so: self->number != 1";
    expect_said("reported_by_thread", text);
    expect_said("reported_by_process", text);
    expect_said("reported_by_thread", "1 FAILED TEST(S)");
}

static void test_process__that_ends_early_fails_the_test(void **state)
{
    (void)state;
    expect_said("ended_early", "worker 1: the process ended with status 0x300");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cmocka_check__that_fails_elsewhere_says_where_and_aborts),
        cmocka_unit_test(test_check__that_fails_in_a_worker_fails_the_test),
        cmocka_unit_test(test_process__that_ends_early_fails_the_test),
    };
    if (argc == 2)
        return run_wrong_thing(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

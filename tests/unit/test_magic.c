/* The word at the start of each object. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/magic.h"

#include "expect.h"

static void test_magic__is_that_of_one_type_until_it_ends(void **state)
{
    (void)state;
    uint32_t magic = HS_MAGIC_STORE;
    assert_true(hs_magic_is(&magic, HS_MAGIC_STORE));
    assert_false(hs_magic_is(&magic, HS_MAGIC_SESSION));
    assert_false(hs_magic_is(NULL, HS_MAGIC_STORE));
    hs_magic_end(&magic, HS_MAGIC_STORE);
    assert_false(hs_magic_is(&magic, HS_MAGIC_STORE));
}

static void test_second_end__aborts(void **state)
{
    (void)state;
    uint32_t magic = HS_MAGIC_STORE;
    hs_magic_end(&magic, HS_MAGIC_STORE);
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* no core file */
        signal(SIGABRT, SIG_DFL);                    /* cmocka's handler would print */
        hs_magic_end(&magic, HS_MAGIC_STORE);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_magic__is_that_of_one_type_until_it_ends),
        cmocka_unit_test(test_second_end__aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

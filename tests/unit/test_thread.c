/* The library's own threads, in which none of the program's signal handlers run. */
#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include "base/wait.h"
#include "expect.h"

static hs_wait ended;
static sigset_t mask_in_thread;

static void *note_mask(void *argument)
{
    *(int *)argument = 7;
    pthread_sigmask(SIG_SETMASK, NULL, &mask_in_thread);
    hs_wait_finish(&ended, 1);
    return NULL;
}

static void test_start__runs_it_with_all_signals_blocked_there_and_none_here(void **state)
{
    (void)state;
    int given = 0;
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    hs_wait_init(&ended);
    expect_ok(hs_thread_start(note_mask, &given));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(hs_wait_for(&ended), 1);
    hs_wait_destroy(&ended);
    assert_int_equal(given, 7);
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGCHLD, SIGUSR1};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        assert_int_equal(sigismember(&mask_in_thread, signals[i]), 1);
        assert_int_equal(sigismember(&after, signals[i]),
                         sigismember(&before, signals[i]));
    }
}

static void *sleep_and_end(void *given)
{
    int state = hs_thread_hold_cancel();
    pthread_cancel(pthread_self());
    usleep(1); /* where a cancelled thread ends */
    *(int *)given = 1;
    hs_thread_restore_cancel(state);
    pthread_testcancel();
    *(int *)given = 2;
    return NULL;
}

static void test_cancel__comes_when_it_is_no_more_held(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* it takes the stack of a cancelled thread for one in use */
#endif
    int reached = 0;
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, sleep_and_end, &reached), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    assert_int_equal(reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel__comes_when_it_is_no_more_held),
        cmocka_unit_test(
            test_start__runs_it_with_all_signals_blocked_there_and_none_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

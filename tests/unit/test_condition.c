/* When the log is told of a server's troubles, by a clock that the test sets. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "expect.h"

#include "base/clock.h"
#include "redis/condition.h"

static _Atomic int64_t now_ms;

int64_t __wrap_hs_clock_monotonic_ms(void);
int64_t __wrap_hs_clock_monotonic_ms(void)
{
    return atomic_load(&now_ms);
}

static hs_condition server;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char logged[8192];
static int lines;

static void keep(int level, const char *text, void *user)
{
    (void)user;
    pthread_mutex_lock(&mutex);
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%d %s\n", level, text);
    lines++;
    pthread_mutex_unlock(&mutex);
}

static int set_up(void **state)
{
    (void)state;
    const hs_endpoint endpoint = {.host = "h", .port = 1};
    logged[0] = '\0';
    lines = 0;
    atomic_store(&now_ms, 5000000);
    return hs_condition_init(&server, &endpoint, "", (hs_log){keep, NULL});
}

static int tear_down(void **state)
{
    (void)state;
    hs_condition_destroy(&server);
    return 0;
}

static void pass(int64_t ms)
{
    atomic_fetch_add(&now_ms, ms);
}

static void fail_because(const char *cause)
{
    hs_condition_failed(&server, SESSION_UNAVAILABLE, cause);
}

static void refuse(const char *command, const char *words)
{
    char text[64];
    snprintf(text, sizeof text, "%s", words);
    hs_reply error = {.kind = HS_REPLY_ERROR, .text = text};
    snprintf(error.word, sizeof error.word, "%.39s", words);
    hs_condition_refused(&server, command, &error);
}

static void test_failure__is_said_once_and_its_end_once(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++, pass(200))
        fail_because("refused");
    assert_string_equal(logged, "2 refused\n");
    pass(1000);
    for (int i = 0; i < 20; i++, pass(200))
        hs_condition_answers(&server);
    assert_string_equal(logged,
                        "2 refused\n"
                        "3 h:1 is reachable again, after 5.0 s and 20 failures\n");
}

static void test_end__is_not_said_while_failures_go_on(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++, pass(100)) {
        fail_because("crowded");
        hs_condition_answers(&server);
    }
    assert_string_equal(logged, "2 crowded\n");
}

static void test_other_cause__is_another_line_at_most_once_a_second(void **state)
{
    (void)state;
    fail_because("lost");
    pass(10);
    fail_because("refused");
    assert_int_equal(lines, 1);
    pass(1000);
    fail_because("refused");
    fail_because("refused");
    assert_string_equal(logged, "2 lost\n2 refused\n");
    for (int i = 0; i < 1000; i++, pass(10))
        fail_because(i % 2 == 0 ? "one" : "two");
    assert_in_range(lines, 3, 2 + 11);
}

static void test_attempt_cut_short__is_no_other_cause(void **state)
{
    (void)state;
    hs_condition_cut_short(&server, SESSION_UNAVAILABLE, "no answer");
    pass(1000);
    fail_because("refused");
    pass(1000);
    hs_condition_cut_short(&server, SESSION_UNAVAILABLE, "no answer");
    assert_string_equal(logged, "2 no answer\n2 refused\n");
}

static void test_flapping__writes_a_line_a_second_at_most(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++, pass(10)) {
        if (i / 150 % 2 == 0)
            fail_because("refused");
        else
            hs_condition_answers(&server);
    }
    assert_in_range(lines, 4, 10);
}

static void test_end__is_said_if_only_an_earlier_cause_was(void **state)
{
    (void)state;
    fail_because("lost");
    fail_because("refused");
    pass(1500);
    hs_condition_answers(&server);
    assert_string_equal(logged, "2 lost\n"
                                "3 h:1 is reachable again, after 1.5 s and 2 failures\n");
}

static void test_refusal__is_over_when_that_command_is_accepted(void **state)
{
    (void)state;
    refuse("SET", "READONLY You can't write");
    refuse("UNLINK", "READONLY You can't write");
    pass(2000);
    hs_condition_accepted(&server, "GET");
    hs_condition_answers(&server);
    assert_string_equal(logged, "2 SET at h:1: READONLY You can't write\n");
    hs_condition_accepted(&server, "SET");
    hs_condition_accepted(&server, "SET");
    assert_string_equal(logged, "2 SET at h:1: READONLY You can't write\n"
                                "3 SET at h:1 works again, after 2.0 s and 2 failures\n");
}

static void test_refusals__of_other_causes_are_told_apart(void **state)
{
    (void)state;
    refuse("SET", "NOPERM the 'set' command");
    refuse("ZADD", "NOPERM the 'zadd' command");
    refuse("SET", "NOPERM the 'set' command");
    assert_string_equal(logged, "1 SET at h:1: NOPERM: the user may not run SET\n"
                                "1 ZADD at h:1: NOPERM: the user may not run ZADD\n");
}

static void test_refusals__of_more_causes_than_are_kept_stay_whole(void **state)
{
    (void)state;
    for (char c = 'a'; c <= 'z'; c++, pass(1000)) {
        const char words[] = {'E', 'R', 'R', ' ', c, '\0'};
        refuse("SET", words);
    }
    assert_int_equal(lines, 26);
    pass(2000);
    for (int i = 0; i < 50; i++)
        hs_condition_accepted(&server, "SET");
    assert_int_equal(lines, 26 + HS_TROUBLES - 1);
    assert_int_equal(atomic_load(&server.trouble_count), 0);
}

static void test_data_and_missing_scripts__are_no_trouble(void **state)
{
    (void)state;
    refuse("GET", "WRONGTYPE Operation against a key holding the wrong kind of value");
    refuse("EVALSHA", "NOSCRIPT No matching script.");
    assert_int_equal(lines, 0);
}

static void *fail_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++)
        fail_because("refused");
    return NULL;
}

static void *answer_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++)
        hs_condition_answers(&server);
    return NULL;
}

static void run_threads(void *(*run)(void *))
{
    pthread_t threads[64];
    for (int i = 0; i < 64; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (int i = 0; i < 64; i++)
        pthread_join(threads[i], NULL);
}

static void test_sixty_four_threads__write_one_line(void **state)
{
    (void)state;
    run_threads(fail_often);
    assert_string_equal(logged, "2 refused\n");
    pass(2000);
    run_threads(answer_often);
    assert_string_equal(logged,
                        "2 refused\n"
                        "3 h:1 is reachable again, after 2.0 s and 64000 failures\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_failure__is_said_once_and_its_end_once),
        TEST(test_end__is_not_said_while_failures_go_on),
        TEST(test_other_cause__is_another_line_at_most_once_a_second),
        TEST(test_attempt_cut_short__is_no_other_cause),
        TEST(test_flapping__writes_a_line_a_second_at_most),
        TEST(test_end__is_said_if_only_an_earlier_cause_was),
        TEST(test_refusal__is_over_when_that_command_is_accepted),
        TEST(test_refusals__of_other_causes_are_told_apart),
        TEST(test_refusals__of_more_causes_than_are_kept_stay_whole),
        TEST(test_data_and_missing_scripts__are_no_trouble),
        TEST(test_sixty_four_threads__write_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

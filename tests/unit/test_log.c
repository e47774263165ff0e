/* Where log messages go. */
#include "base/log.h"

#include "expect.h"

static int level_seen;
static const char *text_seen;

static void remember(int level, const char *text, void *user)
{
    level_seen = level;
    text_seen = text;
    ++*(int *)user;
}

static void test_write__passes_on_what_it_is_given(void **state)
{
    (void)state;
    static const char text[] = "%s is no format";
    int calls = 0;
    const hs_log log = {remember, &calls};
    hs_log_write(&log, SESSION_LOG_WARNING, text);
    assert_int_equal(calls, 1);
    assert_int_equal(level_seen, SESSION_LOG_WARNING);
    assert_string_equal(text_seen, text);
}

static void test_write__without_a_logger_does_nothing(void **state)
{
    (void)state;
    hs_log_write(&(hs_log){0}, SESSION_LOG_ERROR, "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write__passes_on_what_it_is_given),
        cmocka_unit_test(test_write__without_a_logger_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

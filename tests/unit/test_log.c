/* Where log messages go. */
#include "base/log.h"

#include "expect.h"

static int level_seen;
static char text_seen[1024];

static void remember(int level, const char *text, void *user)
{
    level_seen = level;
    snprintf(text_seen, sizeof text_seen, "%s", text);
    ++*(int *)user;
}

static void test_write__passes_on_one_line_of_what_it_is_given(void **state)
{
    (void)state;
    int calls = 0;
    const hs_log log = {remember, &calls};
    hs_log_write(&log, SESSION_LOG_WARNING, "%s, %d", "%s is no format", 1);
    assert_int_equal(calls, 1);
    assert_int_equal(level_seen, SESSION_LOG_WARNING);
    assert_string_equal(text_seen, "%s is no format, 1");
    hs_log_write(&log, SESSION_LOG_INFO, "two\nlines, \x1b[31m, \xc3\xa9");
    assert_string_equal(text_seen, "two?lines, ?[31m, ??");
}

static void test_write__cuts_a_line_without_end(void **state)
{
    (void)state;
    char text[4096];
    int calls = 0;
    const hs_log log = {remember, &calls};
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    hs_log_write(&log, SESSION_LOG_WARNING, "%s", text);
    assert_in_range(strlen(text_seen), 500, 1000);
}

static void test_write__without_a_logger_does_nothing(void **state)
{
    (void)state;
    hs_log_write(&(hs_log){0}, SESSION_LOG_ERROR, "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write__passes_on_one_line_of_what_it_is_given),
        cmocka_unit_test(test_write__cuts_a_line_without_end),
        cmocka_unit_test(test_write__without_a_logger_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The engine of options, with a table of its own. */
#include "config/option_table.h"

#include <string.h>

#include "expect.h"

typedef struct {
    int64_t wait;
    int64_t room;
    int64_t count;
    int64_t mode;
    char name[8 + 1];
} settings;

static bool has_no_space(const char *value)
{
    return strchr(value, ' ') == NULL;
}

#define AT(member) offsetof(settings, member)

static const hs_option rows[] = {
    {"wait", hs_option_read_duration, AT(wait), "2s", 10, 60000, {0}, NULL, NULL, "w"},
    {"room", hs_option_read_size, AT(room), "1k", 1, 4096, {0}, NULL, NULL, "r"},
    {"count", hs_option_read_count, AT(count), "3", 0, 9, {0}, NULL, NULL, "c"},
    {"mode",
     hs_option_read_choice,
     AT(mode),
     "b",
     0,
     0,
     {"a", "b", "c"},
     NULL,
     NULL,
     "m"},
    {"name", hs_option_read_text, AT(name), NULL, 0, 8, {0}, has_no_space, "a word", "n"},
};

static const hs_option_table table = {rows, sizeof rows / sizeof rows[0]};

static int set(settings *s, const char *name, const char *value, char reason[100])
{
    const hs_option *option = hs_option_find(&table, name);
    const hs_reason where = {reason, 100};
    reason[0] = '\0';
    assert_non_null(option);
    return option->read(option, s, value, &where);
}

static void test_defaults__are_set_where_there_are_any(void **state)
{
    (void)state;
    settings s = {0};
    hs_option_set_defaults(&table, &s);
    assert_int_equal(s.wait, 2000);
    assert_int_equal(s.room, 1024);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.mode, 1);
    assert_string_equal(s.name, "");
}

static void test_values__are_taken_up_to_their_bounds(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"wait", "10ms"}, {"wait", "1m"},      {"room", "1"}, {"room", "4k"},
        {"count", "0"},   {"count", "9"},      {"mode", "a"}, {"mode", "c"},
        {"name", ""},     {"name", "12345678"}};
    static const char *const bad[][3] = {
        {"wait", "9ms", "wait must lie between 10ms and 1m"},
        {"wait", "61s", "wait must lie between 10ms and 1m"},
        {"wait", "5", "wait takes a whole number and one of ms, s, m, h, d"},
        {"room", "5k", "room must lie between 1 and 4k"},
        {"room", "1s", "room takes a whole number of bytes, or with k or m"},
        {"count", "10", "count must lie between 0 and 9"},
        {"count", "-1", "count takes a whole number"},
        {"mode", "d", "mode is one of a, b and c"},
        {"mode", "", "mode is one of a, b and c"},
        {"name", "123456789", "name takes a word"},
        {"name", "a b", "name takes a word"}};
    char reason[100];
    settings s = {0};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        expect_ok(set(&s, good[i][0], good[i][1], reason));
    const settings before = s;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect_code(set(&s, bad[i][0], bad[i][1], reason), SESSION_INVALID);
        assert_string_equal(reason, bad[i][2]);
    }
    assert_memory_equal(&s, &before, sizeof s); /* what is refused changes nothing */
    assert_int_equal(s.wait, 60000);
    assert_string_equal(s.name, "12345678");
}

static void test_find__is_by_the_whole_name(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "wai", "waits", "WAIT", "wait "};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_null(hs_option_find(&table, unknown[i]));
    assert_ptr_equal(hs_option_find(&table, "name"), &rows[4]);
}

static void test_refused_name__is_told_with_the_one_that_is_meant(void **state)
{
    (void)state;
    static const char *const rows_of[][2] = {
        {"wiat", "there is no option \"wiat\", did you mean wait?"},
        {"names", "there is no option \"names\", did you mean name?"},
        {"something", "there is no option \"something\""},
        {"p4ssword", "an option's name has small letters and _ only"},
        {"", "an option's name has small letters and _ only"}};
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++) {
        char reason[100] = "";
        const hs_reason where = {reason, sizeof reason};
        expect_code(hs_option_refuse_name(&table, rows_of[i][0], &where),
                    SESSION_INVALID);
        assert_string_equal(reason, rows_of[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults__are_set_where_there_are_any),
        cmocka_unit_test(test_values__are_taken_up_to_their_bounds),
        cmocka_unit_test(test_find__is_by_the_whole_name),
        cmocka_unit_test(test_refused_name__is_told_with_the_one_that_is_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

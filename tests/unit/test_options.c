/* Options and URLs: nothing is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static session_options *options;

static int set_up(void **state)
{
    (void)state;
    return session_options_new(&options);
}

static int tear_down(void **state)
{
    (void)state;
    session_options_free(options);
    return 0;
}

static void test_options__take_values_in_their_form_and_range(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"ttl", "1ms"},           {"ttl", "3650d"},        {"lifetime", "30d"},
        {"touch_interval", "0s"}, {"touch_on_get", "off"}, {"regenerate_grace", "10m"},
        {"on_conflict", "fail"},  {"max_size", "256"},     {"max_size", "16m"},
        {"compat", "express"},    {"compat", "none"},      {"prefix", ""},
        {"prefix", "app:sess:"},  {"deadline", "1h"},      {"connect_timeout", "5ms"},
        {"pool_size", "1024"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        expect_ok(session_options_set(options, good[i][0], good[i][1]));
        assert_string_equal(session_options_error(options), "");
    }
}

static void test_options__refuse_everything_else_and_say_which(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"ttl", ""},          {"ttl", "300"},
        {"ttl", "-1s"},       {"ttl", " 300s"},
        {"ttl", "300s "},     {"ttl", "3e2s"},
        {"ttl", "1.5h"},      {"ttl", "0ms"},
        {"ttl", "3651d"},     {"ttl", "9223372036854775807ms"},
        {"ttl", "s"},         {"ttl", "99999999999999999999d"},
        {"ttl", "1w"},        {"touch_on_get", "yes"},
        {"on_conflict", ""},  {"max_size", "255"},
        {"max_size", "17m"},  {"max_size", "1s"},
        {"compat", "spring"}, {"prefix", "a b"},
        {"prefix", "{tag}"},  {"prefix", "\n"},
        {"pool_size", "0"},   {"pool_size", "1025"},
        {"pool_size", "4k"},  {"deadline", "2h"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (session_options_set(options, bad[i][0], bad[i][1]) != SESSION_INVALID)
            fail_msg("%s took \"%s\"", bad[i][0], bad[i][1]);
        assert_non_null(strstr(session_options_error(options), bad[i][0]));
    }
}

static void test_options__that_do_not_exist_are_named(void **state)
{
    (void)state;
    static const char *const unknown[] = {"tls_cax",    "near_cache", "database",
                                          "durability", "near",       "xyz"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        char named[64];
        snprintf(named, sizeof named, "there is no option \"%s\"", unknown[i]);
        expect_code(session_options_set(options, unknown[i], "1s"), SESSION_INVALID);
        assert_string_equal(session_options_error(options), named);
    }
    expect_code(session_options_set(options, NULL, "x"), SESSION_INVALID);
    expect_code(session_options_set(NULL, "ttl", "1s"), SESSION_INVALID);
}

static void test_options__misspelt_lead_to_the_right_name(void **state)
{
    (void)state;
    static const char *const misspelt[][2] = {
        {"tll", "did you mean ttl?"},
        {"tt", "did you mean ttl?"},
        {"pool_sizes", "did you mean pool_size?"},
        {"on_conflit", "did you mean on_conflict?"},
        {"user_limit_polcy", "did you mean user_limit_policy?"},
    };
    for (size_t i = 0; i < sizeof misspelt / sizeof misspelt[0]; i++) {
        expect_code(session_options_set(options, misspelt[i][0], "1s"), SESSION_INVALID);
        assert_non_null(strstr(session_options_error(options), misspelt[i][1]));
    }
}

/* A key or a password that was given as a name must not reach a log. */
static void test_options__names_that_are_none_are_not_quoted(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "TTL",
                                        "se-cret",
                                        "cret\ncret",
                                        "9b6f0a51c2d8e47713fa60b9258cde04cret",
                                        "crettttttttttttttttttttttttttttttttttttttttt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_code(session_options_set(options, names[i], "1s"), SESSION_INVALID);
        assert_string_equal(session_options_error(options),
                            "an option's name has small letters and _ only");
    }
}

static void test_options__ranges_are_told_in_units(void **state)
{
    (void)state;
    static const char *const told[][3] = {
        {"ttl", "9999d", "ttl must lie between 1ms and 3650d"},
        {"max_size", "1", "max_size must lie between 256 and 16m"},
        {"user_limit", "1001", "user_limit must lie between 0 and 1000"},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        expect_code(session_options_set(options, told[i][0], told[i][1]),
                    SESSION_INVALID);
        assert_string_equal(session_options_error(options), told[i][2]);
    }
}

static void test_options__can_be_listed_with_defaults_that_are_taken(void **state)
{
    (void)state;
    size_t count = 0;
    for (; session_option_name(count) != NULL; count++) {
        const char *initial = session_option_default(count);
        assert_true(strlen(session_option_help(count)) > 10);
        assert_non_null(initial);
        if (initial[0] != '\0')
            expect_ok(session_options_set(options, session_option_name(count), initial));
    }
    assert_true(count > 15);
    assert_null(session_option_default(count));
    assert_null(session_option_help(count));
    assert_null(session_option_name(SIZE_MAX));
}

static int open_url(const char *url, char *reason, size_t size)
{
    session_store *store = NULL;
    int rc = session_store_open(url, options, &store, reason, size);
    session_store_close(store);
    return rc;
}

static void test_urls__that_are_right_open_without_a_server(void **state)
{
    (void)state;
    static const char *const good[] = {"redis://h",
                                       "redis://h:6379",
                                       "redis://127.0.0.1:1/15",
                                       "redis://[::1]:6379",
                                       "redis://[::1]",
                                       "redis://h/",
                                       "redis://:pass@h",
                                       "redis://u:p%40ss@h:7/0?ttl=1h",
                                       "redis://u:p@ss@h",
                                       "unix:///tmp/s",
                                       "unix://u:p@/tmp/s?database=2&ttl=1m",
                                       "unix:///tmp/a%20b"};
    char reason[200];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (open_url(good[i], reason, sizeof reason) != SESSION_OK)
            fail_msg("%s: %s", good[i], reason);
}

static void test_urls__that_are_wrong_are_config_with_a_reason(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "redis",
                                      "redis:",
                                      "redis://",
                                      "http://h",
                                      "REDIS://h",
                                      "redis://h:0",
                                      "redis://h:65536",
                                      "redis://h:-1",
                                      "redis://h:6379x",
                                      "redis://h:+6379",
                                      "redis://h:",
                                      "redis://h/x",
                                      "redis://h/-1",
                                      "redis://h/99999999999",
                                      "redis://h/0/1",
                                      "redis://u:se%zzcret@h",
                                      "redis://u:se%00cret@h",
                                      "redis://:@h",
                                      "redis://secret@h",
                                      "redis://[::1",
                                      "redis://::1:6379",
                                      "redis://[fe80::1%25eth0]",
                                      "redis://h o",
                                      "redis://h?ttl=1h&ttl=2h",
                                      "redis://h?ttl",
                                      "redis://h?database=1",
                                      "rediss://h",
                                      "unix://relative",
                                      "unix://",
                                      "unix:///s?database=x",
                                      "redis://h?ttl=2d&lifetime=1d",
                                      "redis://h?ttl=1m&touch_interval=2m"};
    char reason[200];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (open_url(bad[i], reason, sizeof reason) != SESSION_CONFIG)
            fail_msg("taken: %s", bad[i]);
        assert_true(strlen(reason) > 0);
        assert_null(strstr(reason, "cret"));
    }
    expect_code(open_url("redis://h?verify=none", reason, sizeof reason),
                SESSION_INVALID);
    assert_non_null(strstr(reason, "verify"));
}

/* Each says what is wrong, and no part of what may be a password. */
static void test_urls__that_are_wrong_say_what_and_keep_secrets(void **state)
{
    (void)state;
    static const char *const told[][2] = {
        {"redis://h:23817 ", "the port must be a number from 1 to 65535, not \"23817 \""},
        {"redis://h:0", "the port must be a number from 1 to 65535, not \"0\""},
        {"redis://user:cret", "the port must be a number from 1 to 65535"},
        {"redis://::1", "an IPv6 address stands in brackets: redis://[::1]:6379"},
        {"redis://:se/cret@h", "a user or password with @ : / ? # % needs %XX for it"},
        {"redis://:se?cret@h", "a user or password with @ : / ? # % needs %XX for it"},
        {"redis://h/-1", "after the host comes the number of a database, not \"-1\""},
        {"redis://h/cret", "after the host comes the number of a database"},
        {"redis://h?ttl=1h&ttl=2h", "ttl stands twice in the query"},
        {"redis://h?ttl=%z", "the value of ttl is malformed or too long"},
        {"redis://h?tll=1h", "there is no option \"tll\", did you mean ttl?"},
        {"rediss://h", "this version has no TLS, which rediss:// asks for"},
        {"redis://h?compat=express&prefix=app",
         "compat=express needs a prefix that ends in a delimiter, such as sess:"},
        {"redis://h?compat=express&prefix=",
         "compat=express needs a prefix that ends in a delimiter, such as sess:"},
    };
    char reason[200];
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        assert_int_not_equal(open_url(told[i][0], reason, sizeof reason), SESSION_OK);
        assert_string_equal(reason, told[i][1]);
    }
}

static void test_urls__that_are_too_long_are_config(void **state)
{
    (void)state;
    char reason[8];
    char *url = malloc(65536);
    memset(url, 'a', 65535);
    url[65535] = '\0';
    memcpy(url, "redis://", 8);
    expect_code(open_url(url, reason, sizeof reason), SESSION_CONFIG);
    assert_int_equal(strlen(reason), sizeof reason - 1);
    memcpy(url, "unix:///", 8);
    url[200] = '\0';
    expect_code(open_url(url, NULL, 0), SESSION_CONFIG);
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_options__take_values_in_their_form_and_range,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_options__refuse_everything_else_and_say_which, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options__that_do_not_exist_are_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_options__misspelt_lead_to_the_right_name,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options__names_that_are_none_are_not_quoted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options__ranges_are_told_in_units, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_options__can_be_listed_with_defaults_that_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_urls__that_are_right_open_without_a_server,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_urls__that_are_wrong_are_config_with_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_urls__that_are_wrong_say_what_and_keep_secrets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_urls__that_are_too_long_are_config, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

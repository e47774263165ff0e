/* What a URL says of the way to a server. */
#include "config/url.h"

#include <string.h>

#include "expect.h"

static int read_url(const char *url, session_options *options, hs_endpoint *endpoint)
{
    *options = (session_options){0};
    hs_options_init(options);
    memset(endpoint, 0, sizeof *endpoint);
    return hs_url_read(url, options, endpoint);
}

static void test_parts__are_read_unescaped(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *host;
        int port;
        const char *path;
        const char *user;
        const char *password;
        int64_t database;
    } rows[] = {
        {"redis://h", "h", 6379, "", "", "", 0},
        {"redis://h/", "h", 6379, "", "", "", 0},
        {"redis://h:1/15", "h", 1, "", "", "", 15},
        {"redis://h:65535", "h", 65535, "", "", "", 0},
        {"redis://[::1]:7", "::1", 7, "", "", "", 0},
        {"redis://[::1]", "::1", 6379, "", "", "", 0},
        {"redis://:p%40s%3As@h", "h", 6379, "", "", "p@s:s", 0},
        {"redis://u%2f:p@h", "h", 6379, "", "u/", "p", 0},
        {"redis://u:a@b@h", "h", 6379, "", "u", "a@b", 0},
        {"unix:///tmp/a%20b", "", 0, "/tmp/a b", "", "", 0},
        {"unix://u:p@/s?database=2", "", 0, "/s", "u", "p", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        session_options options;
        hs_endpoint endpoint;
        if (read_url(rows[i].url, &options, &endpoint) != SESSION_OK)
            fail_msg("%s: %s", rows[i].url, options.error);
        assert_string_equal(endpoint.path, rows[i].path);
        assert_string_equal(endpoint.user, rows[i].user);
        assert_string_equal(endpoint.password, rows[i].password);
        assert_int_equal(endpoint.database, rows[i].database);
        if (rows[i].path[0] == '\0') {
            assert_string_equal(endpoint.host, rows[i].host);
            assert_int_equal(endpoint.port, rows[i].port);
        }
        hs_options_clear(&options);
    }
}

static void test_query__sets_options_unescaped(void **state)
{
    (void)state;
    session_options options;
    hs_endpoint endpoint;
    expect_ok(
        read_url("redis://h?ttl=90s&prefix=a%3Ab:&pool_size=7", &options, &endpoint));
    assert_int_equal(options.settings.ttl, 90000);
    assert_string_equal(options.settings.prefix, "a:b:");
    assert_int_equal(options.settings.pool_size, 7);
    hs_options_clear(&options);
}

static void test_refusal__says_whether_it_is_the_url_or_an_option(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        int code;
    } rows[] = {
        {"http://h", SESSION_CONFIG},
        {"redis://", SESSION_CONFIG},
        {"redis://h:0", SESSION_CONFIG},
        {"redis://h/x", SESSION_CONFIG},
        {"redis://u:p%zz@h", SESSION_CONFIG},
        {"unix://relative", SESSION_CONFIG},
        {"redis://h?ttl", SESSION_CONFIG},
        {"redis://h?ttl=1h&ttl=2h", SESSION_CONFIG},
        {"redis://h?ttl=soon", SESSION_INVALID},
        {"redis://h?nothing=1", SESSION_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        session_options options;
        hs_endpoint endpoint;
        int rc = read_url(rows[i].url, &options, &endpoint);
        if (rc != rows[i].code)
            fail_msg("%s is %s", rows[i].url, session_error_name(rc));
        assert_true(strlen(options.error) > 0);
        hs_options_clear(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts__are_read_unescaped),
        cmocka_unit_test(test_query__sets_options_unescaped),
        cmocka_unit_test(test_refusal__says_whether_it_is_the_url_or_an_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Cookies are set up, handed out and taken back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "hisession/cookie.h"

#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static session_cookie *open_cookie(const char *options)
{
    session_cookie *cookie = NULL;
    char reason[200];
    if (session_cookie_open(options, &cookie, reason, sizeof reason) != SESSION_OK)
        fail_msg("%s: %s", options, reason);
    assert_string_equal(reason, "");
    return cookie;
}

static void refuse_options(const char *options, int code)
{
    session_cookie *cookie = NULL;
    char reason[200] = "";
    int rc = session_cookie_open(options, &cookie, reason, sizeof reason);
    if (rc != code)
        fail_msg("%s: %s %s", options, session_error_name(rc), reason);
    assert_null(cookie);
    assert_true(strlen(reason) > 0);
    assert_null(strstr(reason, "hunter2"));
}

/* "name=aaa...", with `length` of them. */
static char *option_of_length(const char *name, const char *first, size_t length)
{
    char *option = malloc(strlen(name) + 1 + length + 1);
    sprintf(option, "%s=%s", name, first);
    size_t at = strlen(option), end = strlen(name) + 1 + length;
    memset(option + at, 'a', end - at);
    option[end] = '\0';
    return option;
}

static void expect_header(const char *options, const char *expected)
{
    char header[1024];
    session_cookie *cookie = open_cookie(options);
    expect_ok(session_cookie_format(cookie, ID, header, sizeof header));
    assert_string_equal(header, expected);
    assert_true(strlen(header) < session_cookie_size(cookie));
    session_cookie_close(cookie);
}

static void expect_deletion(const char *options, const char *expected)
{
    char header[1024];
    session_cookie *cookie = open_cookie(options);
    expect_ok(session_cookie_format_deletion(cookie, header, sizeof header));
    assert_string_equal(header, expected);
    assert_true(strlen(header) < session_cookie_size(cookie));
    session_cookie_close(cookie);
}

/* ---- Set-up ---- */

static void test_options__default_to_what_is_safe(void **state)
{
    (void)state;
    static const char expected[] =
        "__Host-session=" ID "; Path=/; Secure; HttpOnly; SameSite=Lax";
    expect_header(NULL, expected);
    expect_header("", expected);
}

static void test_options__show_in_the_header(void **state)
{
    (void)state;
    expect_header("name=sid&path=/app&domain=example.com&max_age=400d&secure=off&"
                  "http_only=off&same_site=Strict",
                  "sid=" ID "; Path=/app; Domain=example.com; Max-Age=34560000; "
                  "SameSite=Strict");
    expect_header("same_site=None&partitioned=on&max_age=1s",
                  "__Host-session=" ID "; Path=/; Max-Age=1; Secure; HttpOnly; "
                  "SameSite=None; Partitioned");
    expect_header("name=%73id&path=%2Fa%25b",
                  "sid=" ID "; Path=/a%b; Secure; HttpOnly; SameSite=Lax");
    expect_header("name=__Host-Http-s", "__Host-Http-s=" ID "; Path=/; Secure; HttpOnly; "
                                        "SameSite=Lax");
    expect_header("name=__Http-s&path=/a", "__Http-s=" ID "; Path=/a; Secure; HttpOnly; "
                                           "SameSite=Lax");
    expect_header("name=__Secure-s&http_only=off&domain=a-1.b2",
                  "__Secure-s=" ID "; Path=/; Domain=a-1.b2; Secure; SameSite=Lax");
}

static void test_options__that_are_malformed_are_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {"sid",
                                      "=",
                                      "name",
                                      "nope=1",
                                      "Name=a",
                                      "name=a&name=a",
                                      "secure=on&secure=on",
                                      "&name=a",
                                      "name=a&&path=/",
                                      "secure=yes",
                                      "secure=",
                                      "http_only=ON",
                                      "partitioned=1",
                                      "same_site=foo",
                                      "same_site=lax%3BHttpOnly",
                                      "same_site=lax",
                                      "max_age=-1s",
                                      "max_age=0s",
                                      "max_age=34560001s",
                                      "max_age=401d",
                                      "max_age=1500ms",
                                      "max_age=999ms",
                                      "max_age=9223372036854775807s",
                                      "max_age=7",
                                      "max_age=",
                                      "path=",
                                      "path=app",
                                      "path=/a%3BDomain=evil",
                                      "path=/%0D%0ASet-Cookie:",
                                      "domain=.",
                                      "domain=com",
                                      "domain=a..b",
                                      "domain=.example.com",
                                      "domain=example.com.",
                                      "domain=example.com:80",
                                      "domain=e.com%0D%0A",
                                      "domain=-a.com",
                                      "domain=a-.com",
                                      "domain=127.0.0.1",
                                      "domain=[::1]",
                                      "domain=",
                                      "secret=",
                                      "secret=hunter2%",
                                      "secret=hunter2%zz",
                                      "secret=hunter2%00",
                                      "secret=hunter2&secret=hunter2",
                                      "old_secret="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse_options(bad[i], SESSION_INVALID);
}

static void test_options__take_no_byte_that_could_end_an_attribute(void **state)
{
    (void)state;
    static const char *const fields[] = {"name=a", "path=/a", "domain=a.b"};
    static const char bytes[] = "\x01\t\n\r\x1f ;,\"\\\x7f\x80\xff";
    char options[64];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t j = 0; j < sizeof bytes; j++) { /* the NUL too */
            sprintf(options, "%s%%%02X", fields[i], (unsigned char)bytes[j]);
            refuse_options(options, SESSION_INVALID);
            sprintf(options, "%s%c", fields[i], bytes[j]);
            if (bytes[j] != '\0')
                refuse_options(options, SESSION_INVALID);
        }
    refuse_options("name=", SESSION_INVALID);
    refuse_options("name=a%3Db", SESSION_INVALID);
}

static void test_options__that_browsers_refuse_together_are_config(void **state)
{
    (void)state;
    static const char *const bad[] = {"domain=example.com",
                                      "path=/app",
                                      "secure=off",
                                      "name=__hOsT-x&secure=off",
                                      "name=__HOST-x&path=/a",
                                      "name=__Secure-x&secure=off",
                                      "name=__secure-x&secure=off",
                                      "name=__Http-x&http_only=off",
                                      "name=__Http-x&secure=off",
                                      "name=__Host-Http-x&http_only=off",
                                      "name=__host-http-x&path=/a",
                                      "name=x&same_site=None&secure=off",
                                      "name=x&partitioned=on&secure=off",
                                      "old_secret=hunter2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse_options(bad[i], SESSION_CONFIG);
}

static void test_sizes__are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *first;
        const char *others;
        size_t most;
        int beyond;
    } sizes[] = {
        {"name", "", "", 4096 - 128, SESSION_CONFIG},
        {"name", "", "&secret=hunter2", 4096 - 128 - 134, SESSION_CONFIG},
        {"name", "", "", 4096, SESSION_CONFIG},
        {"path", "/", "&name=x", 1024, SESSION_INVALID},
        {"domain", "b.", "&name=x", 65, SESSION_INVALID},
        {"secret", "", "&name=x", 512, SESSION_INVALID},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t more = 0; more < 2; more++) {
            char options[5000];
            char *option =
                option_of_length(sizes[i].name, sizes[i].first, sizes[i].most + more);
            sprintf(options, "%s%s", option, sizes[i].others);
            free(option);
            if (i == 2) /* never fits, and says so in either way */
                refuse_options(options, more == 0 ? SESSION_CONFIG : SESSION_INVALID);
            else if (more == 1)
                refuse_options(options, sizes[i].beyond);
            else
                session_cookie_close(open_cookie(options));
        }
}

static void test_old_secrets__are_eight_at_most(void **state)
{
    (void)state;
    char options[256] = "secret=hunter2";
    for (int i = 0; i < 8; i++)
        strcat(options, "&old_secret=hunter2");
    session_cookie_close(open_cookie(options));
    strcat(options, "&old_secret=hunter2");
    refuse_options(options, SESSION_INVALID);
}

static void test_open__explains_within_the_callers_memory(void **state)
{
    (void)state;
    session_cookie *cookie = NULL;
    char reason[8] = "1234567";
    expect_code(session_cookie_open("nope=1", &cookie, reason, 4), SESSION_INVALID);
    assert_int_equal(strlen(reason), 3);
    assert_string_equal(reason + 4, "567");
    expect_code(session_cookie_open("nope=1", &cookie, reason, 0), SESSION_INVALID);
    expect_code(session_cookie_open("nope=1", &cookie, NULL, 4), SESSION_INVALID);
    expect_code(session_cookie_open(NULL, NULL, NULL, 0), SESSION_INVALID);
    session_cookie_close(NULL);
}

/* ---- Set-Cookie ---- */

static void test_deletion__repeats_what_identifies_the_cookie(void **state)
{
    (void)state;
#define GONE "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    expect_deletion("",
                    "__Host-session=; Path=/" GONE "; Secure; HttpOnly; SameSite=Lax");
    expect_deletion("max_age=7d&secret=hunter2",
                    "__Host-session=; Path=/" GONE "; Secure; HttpOnly; SameSite=Lax");
    expect_deletion("name=sid&path=/app&domain=example.com&same_site=None&partitioned=on",
                    "sid=; Path=/app; Domain=example.com" GONE
                    "; Secure; HttpOnly; SameSite=None; Partitioned");
    expect_deletion("name=sid&secure=off&http_only=off&same_site=Strict",
                    "sid=; Path=/" GONE "; SameSite=Strict");
}

static void test_ids__that_are_none_get_no_header(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "AAAAAAAAAAAAAAA", ID "; Secure", ID "\r\nX: y", ID ".",
        ID "=", ID "%41",          ID "\x80",     ID ID ID};
    session_cookie *cookie = open_cookie("");
    char header[512];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        strcpy(header, "before");
        expect_code(session_cookie_format(cookie, bad[i], header, sizeof header),
                    SESSION_BAD_ID);
        assert_string_equal(header, "");
    }
    session_cookie_close(cookie);
}

static void test_buffers__of_every_size_get_all_or_nothing(void **state)
{
    (void)state;
    session_cookie *cookie = open_cookie("secret=hunter2&max_age=7d");
    char whole[512], gone[512];
    expect_ok(session_cookie_format(cookie, ID, whole, sizeof whole));
    expect_ok(session_cookie_format_deletion(cookie, gone, sizeof gone));
    for (size_t size = 0; size <= session_cookie_size(cookie); size++) {
        char *exact = malloc(size + 1);
        memset(exact, '#', size + 1);
        int rc = session_cookie_format(cookie, ID, exact, size);
        expect_code(rc, size > strlen(whole) ? SESSION_OK : SESSION_BUFFER);
        if (size > 0)
            assert_string_equal(exact, rc == SESSION_OK ? whole : "");
        rc = session_cookie_format_deletion(cookie, exact, size);
        expect_code(rc, size > strlen(gone) ? SESSION_OK : SESSION_BUFFER);
        if (size > 0)
            assert_string_equal(exact, rc == SESSION_OK ? gone : "");
        assert_int_equal(exact[size], '#');
        free(exact);
    }
    session_cookie_close(cookie);
}

static void test_size__holds_the_longest_signed_id(void **state)
{
    (void)state;
    char id[129], header[1024], secret[64];
    memset(id, 'x', 128);
    id[128] = '\0';
    for (int i = 0; i < 500; i++) {
        sprintf(secret, "secret=%d&max_age=400d", i);
        session_cookie *cookie = open_cookie(secret);
        expect_ok(session_cookie_format(cookie, id, header, session_cookie_size(cookie)));
        session_cookie_close(cookie);
    }
    assert_int_equal(session_cookie_size(NULL), 0);
}

static void test_null__is_invalid_everywhere(void **state)
{
    (void)state;
    session_cookie *cookie = open_cookie("");
    char text[8] = "before";
    expect_code(session_cookie_format(NULL, ID, text, sizeof text), SESSION_INVALID);
    assert_string_equal(text, "");
    expect_code(session_cookie_format(cookie, NULL, text, sizeof text), SESSION_INVALID);
    expect_code(session_cookie_format(cookie, ID, NULL, 100), SESSION_INVALID);
    expect_code(session_cookie_format_deletion(NULL, text, sizeof text), SESSION_INVALID);
    expect_code(session_cookie_format_deletion(cookie, NULL, 100), SESSION_INVALID);
    session_cookie_close(cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options__default_to_what_is_safe),
        cmocka_unit_test(test_options__show_in_the_header),
        cmocka_unit_test(test_options__that_are_malformed_are_invalid),
        cmocka_unit_test(test_options__take_no_byte_that_could_end_an_attribute),
        cmocka_unit_test(test_options__that_browsers_refuse_together_are_config),
        cmocka_unit_test(test_sizes__are_bounded),
        cmocka_unit_test(test_old_secrets__are_eight_at_most),
        cmocka_unit_test(test_open__explains_within_the_callers_memory),
        cmocka_unit_test(test_deletion__repeats_what_identifies_the_cookie),
        cmocka_unit_test(test_ids__that_are_none_get_no_header),
        cmocka_unit_test(test_buffers__of_every_size_get_all_or_nothing),
        cmocka_unit_test(test_size__holds_the_longest_signed_id),
        cmocka_unit_test(test_null__is_invalid_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

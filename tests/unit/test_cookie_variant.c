/* Every cookie of one name that a browser may have sent, and how each is deleted. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "hisession/cookie.h"

enum { MOST = 64 };

static session_cookie *open_cookie(const char *options)
{
    session_cookie *cookie = NULL;
    expect_ok(session_cookie_open(options, &cookie, NULL, 0));
    return cookie;
}

/* ---- All deletions for a request ---- */

typedef struct {
    char text[MOST + 1][2048];
    size_t count;
} deletions;

static void collect(const char *options, const char *host, const char *path,
                    deletions *all)
{
    session_cookie *cookie = open_cookie(options);
    size_t size = session_cookie_size(cookie);
    int rc = SESSION_OK;
    assert_true(size <= sizeof all->text[0]);
    for (all->count = 0; all->count <= MOST; all->count++) {
        rc = session_cookie_format_variant_deletion(cookie, host, path, all->count,
                                                    all->text[all->count], size);
        if (rc != SESSION_OK)
            break;
    }
    expect_code(rc, SESSION_NOT_FOUND);
    assert_string_equal(all->text[all->count], "");
    session_cookie_close(cookie);
}

static bool is_there(const deletions *all, const char *text)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->text[i], text) == 0)
            return true;
    return false;
}

/* Expects exactly these: each domain ("" for none) with each path. */
static void expect_all(const char *host, const char *path, const char *const *domains,
                       const char *const *paths)
{
    static deletions all;
    size_t expected = 0;
    char text[2048];
    collect("name=sid", host, path, &all);
    for (; *paths != NULL; paths++) {
        for (const char *const *domain = domains; *domain != NULL; domain++) {
            for (int partitioned = 0; partitioned <= 1; partitioned++, expected++) {
                snprintf(text, sizeof text,
                         "sid=; Path=%s%s%s; Max-Age=0; Secure; HttpOnly; SameSite=Lax%s",
                         *paths, **domain != '\0' ? "; Domain=" : "", *domain,
                         partitioned ? "; Partitioned" : "");
                if (!is_there(&all, text))
                    fail_msg("%s%s has no %s", host, path, text);
            }
        }
    }
    assert_int_equal(all.count, expected);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_paths__are_all_that_match_the_requests(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *expected[8];
    } examples[] = {
        {"/", {"/"}},
        {"/?next=/app#x", {"/"}},
        {"/app", {"/", "/app"}},
        {"/app#x/y", {"/", "/app"}},
        {"/app/", {"/", "/app", "/app/"}},
        {"/app/x", {"/", "/app", "/app/", "/app/x"}},
        {"/app/x/?a=/b/c", {"/", "/app", "/app/", "/app/x", "/app/x/"}},
        {"//app", {"/", "//", "//app"}},
        {"/%2Fa,b/x", {"/", "/%2Fa,b", "/%2Fa,b/", "/%2Fa,b/x"}},
        {"/app;v=1/x", {"/"}},
        {"/app/x;v=1", {"/", "/app", "/app/"}},
        {"/app/;v=1", {"/", "/app", "/app/"}},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        expect_all("localhost", examples[i].path, LIST(""), examples[i].expected);
}

static void test_domains__are_the_host_and_each_with_a_dot_that_it_is_in(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *expected[8];
    } examples[] = {
        {"localhost", {""}},
        {"localhost:8080", {""}},
        {"example.com", {"", "example.com"}},
        {"example.com:443", {"", "example.com"}},
        {"www.example.com", {"", "www.example.com", "example.com"}},
        {"A.my_app.example.com:",
         {"", "A.my_app.example.com", "my_app.example.com", "example.com"}},
        {"192.0.2.7", {""}},
        {"192.0.2.7:8080", {""}},
        {"1.2.3.0x7f", {""}},
        {"[::1]", {""}},
        {"[2001:db8::192.0.2.7]:8443", {""}},
        {"[2001:db8::1.2.c]", {""}},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        expect_all(examples[i].host, "/", examples[i].expected, LIST("/"));
}

static void test_variants__are_each_domain_with_each_path(void **state)
{
    (void)state;
    expect_all("www.example.com", "/app/x", LIST("", "www.example.com", "example.com"),
               LIST("/", "/app", "/app/", "/app/x"));
}

/* Browsers store a __Host- name nowhere else. */
static void test_host_name__has_two_variants(void **state)
{
    (void)state;
    static deletions all;
#define GONE "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
    collect("", "www.example.com", "/app/x", &all);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.text[0], "__Host-session" GONE);
    assert_string_equal(all.text[1], "__Host-session" GONE "; Partitioned");
    collect("name=__Host-Http-sid", "[::1]:80", "/app;x", &all);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.text[1], "__Host-Http-sid" GONE "; Partitioned");
    collect("name=__Secure-sid", "example.com", "/", &all);
    assert_int_equal(all.count, 4);
}

/* A browser drops Partitioned without Secure, and does not read the rest either. */
static void test_partitioned_variant__is_secure_whatever_the_option(void **state)
{
    (void)state;
    static deletions all;
    collect("name=sid&secure=off", "localhost", "/", &all);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.text[0], "sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert_string_equal(
        all.text[1],
        "sid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax; Partitioned");
}

/* What the library writes with other options is deleted too, such as after a change. */
static void test_variants__hold_what_other_options_make(void **state)
{
    (void)state;
    static const char *const options[] = {
        "name=sid",
        "name=sid&partitioned=on",
        "name=sid&path=/app",
        "name=sid&path=/app/&partitioned=on",
        "name=sid&domain=example.com",
        "name=sid&domain=example.com&path=/app/x&partitioned=on",
        "name=sid&domain=www.example.com&path=/app",
    };
    static deletions all;
    char text[512];
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        session_cookie *cookie = open_cookie(options[i]);
        expect_ok(session_cookie_format_deletion(cookie, text, sizeof text));
        session_cookie_close(cookie);
        char *expires = strstr(text, "; Expires=");
        memmove(expires, strstr(expires, "GMT") + 3, strlen(strstr(expires, "GMT")) - 2);
        for (size_t j = 0; j < sizeof options / sizeof options[0]; j++) {
            collect(options[j], "www.example.com", "/app/x", &all);
            if (!is_there(&all, text))
                fail_msg("%s: no %s", options[j], text);
        }
    }
}

/* ---- Limits ---- */

static void test_variants__are_64_at_most_the_shortest_paths_first(void **state)
{
    (void)state;
    static deletions all;
    collect("name=sid", "www.example.com", "/a/b/c/d/e/f/g/h/i/j", &all);
    assert_int_equal(all.count, MOST);
    assert_non_null(strstr(all.text[0], "Path=/;"));
    assert_non_null(strstr(all.text[MOST - 1], "Path=/a/b/c/d/e/;"));
    collect("name=sid",
            "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g", "/",
            &all);
    assert_int_equal(all.count, MOST);
    session_cookie *cookie = open_cookie("name=sid");
    char text[2048];
    expect_code(session_cookie_format_variant_deletion(cookie, "localhost", "/", SIZE_MAX,
                                                       text, sizeof text),
                SESSION_NOT_FOUND);
    session_cookie_close(cookie);
}

/* Browsers ignore a Path of more than 1024 characters. */
static void test_paths__over_1024_characters_are_left_out(void **state)
{
    (void)state;
    static deletions all;
    char path[1100];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[1024] = '\0';
    collect("name=sid", "localhost", path, &all);
    assert_int_equal(all.count, 4);
    path[1024] = 'a';
    path[1025] = '\0';
    collect("name=sid", "localhost", path, &all);
    assert_int_equal(all.count, 2);
}

static void test_longest_variant__fits_into_the_cookies_size(void **state)
{
    (void)state;
    static deletions all;
    char host[254], path[1025];
    for (size_t i = 0; i < 253; i++)
        host[i] = i % 64 == 63 ? '.' : 'a';
    host[253] = '\0';
    memset(path, 'a', 1024);
    path[0] = '/';
    path[1024] = '\0';
    collect("name=sid&same_site=Strict", host, path, &all);
    assert_non_null(strstr(all.text[all.count - 1], path));
    assert_true(all.count == 2 * 4 * 2);
}

/* ---- Input ---- */

static void refuse(const char *host, const char *path)
{
    static const char *const options[] = {"name=sid", ""};
    for (size_t i = 0; i < 2; i++) {
        session_cookie *cookie = open_cookie(options[i]);
        char text[2048] = "before";
        int rc = session_cookie_format_variant_deletion(cookie, host, path, 0, text,
                                                        sizeof text);
        if (rc != SESSION_INVALID)
            fail_msg("%s %s: %s", host, path, session_error_name(rc));
        assert_string_equal(text, "");
        session_cookie_close(cookie);
    }
}

static void test_host_or_path__that_is_malformed_is_invalid(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "",         ".",           ".com",        "com.",         "a..com",
        "a;b.com",  "a.com\r\nX:", "a.com/",      "a.com:8x",     "a.com:80:80",
        "u@a.com",  "a com",       "\xc3\xa4.de", "[::1",         "[]",
        "[::1]x",   "[::1;a]",     "::1",         "a.com, b.com", ":80",
        "a.com\x7f"};
    static const char *const paths[] = {
        "",       "app",  "*",          "?a",    "http://a/b",
        "/a b",   "/a\n", "/a\r\nX: y", "/\x01", "/\xc3\xa4/b",
        "/a\x7f", "\\a",  "#/",         " /",    "/a\tb"};
    char longest[255];
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        refuse(hosts[i], "/");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        refuse("a.com", paths[i]);
    memset(longest, 'a', 254);
    longest[254] = '\0';
    refuse(longest, "/");
    refuse(NULL, "/");
    refuse("a.com", NULL);
}

static void test_null__is_invalid(void **state)
{
    (void)state;
    session_cookie *cookie = open_cookie("");
    char text[8] = "before";
    expect_code(
        session_cookie_format_variant_deletion(NULL, "a.com", "/", 0, text, sizeof text),
        SESSION_INVALID);
    assert_string_equal(text, "");
    expect_code(
        session_cookie_format_variant_deletion(cookie, "a.com", "/", 0, NULL, 100),
        SESSION_INVALID);
    session_cookie_close(cookie);
}

static void test_buffer__of_every_size_gets_all_or_nothing(void **state)
{
    (void)state;
    session_cookie *cookie = open_cookie("name=sid");
    char whole[512];
    expect_ok(session_cookie_format_variant_deletion(cookie, "a.com", "/a", 7, whole,
                                                     sizeof whole));
    for (size_t size = 0; size <= strlen(whole) + 1; size++) {
        char *exact = malloc(size + 1);
        memset(exact, '#', size + 1);
        int rc =
            session_cookie_format_variant_deletion(cookie, "a.com", "/a", 7, exact, size);
        expect_code(rc, size > strlen(whole) ? SESSION_OK : SESSION_BUFFER);
        if (size > 0)
            assert_string_equal(exact, rc == SESSION_OK ? whole : "");
        assert_int_equal(exact[size], '#');
        free(exact);
    }
    session_cookie_close(cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths__are_all_that_match_the_requests),
        cmocka_unit_test(test_domains__are_the_host_and_each_with_a_dot_that_it_is_in),
        cmocka_unit_test(test_variants__are_each_domain_with_each_path),
        cmocka_unit_test(test_host_name__has_two_variants),
        cmocka_unit_test(test_partitioned_variant__is_secure_whatever_the_option),
        cmocka_unit_test(test_variants__hold_what_other_options_make),
        cmocka_unit_test(test_variants__are_64_at_most_the_shortest_paths_first),
        cmocka_unit_test(test_paths__over_1024_characters_are_left_out),
        cmocka_unit_test(test_longest_variant__fits_into_the_cookies_size),
        cmocka_unit_test(test_host_or_path__that_is_malformed_is_invalid),
        cmocka_unit_test(test_null__is_invalid),
        cmocka_unit_test(test_buffer__of_every_size_gets_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

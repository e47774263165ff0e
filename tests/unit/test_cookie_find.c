/* What requests carry: whose cookie it is, and whether its value is an id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/mac.h"
#include "expect.h"
#include "hisession/cookie.h"

#define ID "hV4DVxc3Xr8Dk8l5n_ZfN6aVnZ7gD0pQ"
#define OTHER_ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SIGNATURE "vmoMdcKm4spuopNJ885QPu86JV2LfkP3CJ2Uvup+X48" /* "keyboard cat" */
#define ESCAPED "vmoMdcKm4spuopNJ885QPu86JV2LfkP3CJ2Uvup%2BX48"

static session_cookie *plain, *from_express;

static int set_up(void **state)
{
    (void)state;
    int rc = session_cookie_open("name=__Host-sid", &plain, NULL, 0);
    return rc != SESSION_OK
               ? rc
               : session_cookie_open("name=connect.sid&secret=keyboard%20cat",
                                     &from_express, NULL, 0);
}

static int tear_down(void **state)
{
    (void)state;
    session_cookie_close(plain);
    session_cookie_close(from_express);
    return 0;
}

typedef struct {
    const char *header;
    int code;
} example;

static void expect_found(const session_cookie *cookie, const char *header, int code)
{
    char id[SESSION_COOKIE_ID_SIZE] = "before";
    int rc = session_cookie_find(cookie, header, id, sizeof id);
    if (rc != code)
        fail_msg("%.100s: %s", header, session_error_name(rc));
    assert_string_equal(id, code == SESSION_OK ? ID : "");
}

static void expect_each(const session_cookie *cookie, const example *examples,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_found(cookie, examples[i].header, examples[i].code);
}

#define EXPECT_EACH(cookie, examples)                                                    \
    expect_each(cookie, examples, sizeof(examples) / sizeof(examples)[0])

/* ---- Names ---- */

static void test_name__has_to_match_to_the_letter(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=" ID, SESSION_OK},
        {"a=1; __Host-sid=" ID "; b=2", SESSION_OK},
        {"a=1;__Host-sid=" ID ";b=2;", SESSION_OK},
        {"\t __Host-sid=" ID, SESSION_OK},
        {"=; ;;; a; a=b=c; \xc3\xa4=\x80\"; t=a\tb; __Host-sid=" ID, SESSION_OK},
        {"", SESSION_NOT_FOUND},
        {";", SESSION_NOT_FOUND},
        {"a=1; b=2", SESSION_NOT_FOUND},
        {"__host-sid=" ID, SESSION_NOT_FOUND},
        {"__HOST-SID=" ID, SESSION_NOT_FOUND},
        {"__SeCuRe-sid=" ID, SESSION_NOT_FOUND},
        {"x__Host-sid=" ID, SESSION_NOT_FOUND},
        {"__Host-sid2=" ID, SESSION_NOT_FOUND},
        {"__Host- sid=" ID, SESSION_NOT_FOUND},
        {"\xe2\x80\x80__Host-sid=" ID, SESSION_NOT_FOUND},
        {"\xc2\xa0__Host-sid=" ID, SESSION_NOT_FOUND},
        {"__Host-sid\x85=" ID, SESSION_NOT_FOUND},
        {"=__Host-sid=" ID, SESSION_NOT_FOUND},
        {"= __Host-sid=" ID, SESSION_NOT_FOUND},
        {"a=__Host-sid=" ID, SESSION_NOT_FOUND},
        {"a= __Host-sid=" ID, SESSION_NOT_FOUND},
        {"%5F_Host-sid=" ID, SESSION_NOT_FOUND},
        {"__Host-si", SESSION_NOT_FOUND},
        {"__Host-sid", SESSION_NOT_FOUND},
        {"__Host-sid=", SESSION_NOT_FOUND},
        {"__Host-sid=; a=1", SESSION_NOT_FOUND},
        {"a=1, __Host-sid=" ID, SESSION_NOT_FOUND},
    };
    EXPECT_EACH(plain, examples);
    expect_found(plain, NULL, SESSION_NOT_FOUND);
}

/* Browsers take them off when they store a cookie; no name or value begins with one. */
static void test_spaces_and_tabs__around_names_and_values_do_not_count(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=" ID " ", SESSION_OK},
        {"__Host-sid=" ID "\t ;a=1", SESSION_OK},
        {"a=1 ; __Host-sid=" ID " ; b=2", SESSION_OK},
        {" \t__Host-sid=" ID, SESSION_OK},
        {"__Host-sid \t=" ID, SESSION_OK},
        {"__Host-sid= \t" ID, SESSION_OK},
        {"\t__Host-sid\t=\t" ID "\t", SESSION_OK},
        {"__Host-sid= ", SESSION_NOT_FOUND},
        {"__Host-sid =\t;a=1", SESSION_NOT_FOUND},
        {"__Host-sid =" ID "; __Host-sid=" OTHER_ID, SESSION_AMBIGUOUS},
        {"__Host-sid=hV4DVxc3Xr8Dk8l5 n_ZfN6aVnZ7gD0pQ", SESSION_BAD_ID},
        {"__Host-sid=" ID "\xc2\xa0", SESSION_BAD_ID},
        {"__Host-sid=" ID "\v", SESSION_INVALID},
    };
    EXPECT_EACH(plain, examples);
    expect_found(from_express, "connect.sid = s%3A" ID "." ESCAPED " ;", SESSION_OK);
}

/* ---- Several cookies of one name ---- */

static void
test_two_cookies__that_differ_are_ambiguous_whichever_comes_first(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=" ID "; __Host-sid=" OTHER_ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" OTHER_ID "; __Host-sid=" ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" ID "; a=1; __Host-sid=" ID "x", SESSION_AMBIGUOUS},
        {"__Host-sid=" ID ";__Host-sid=" ID ";__Host-sid=" OTHER_ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" ID ";__Host-sid=" OTHER_ID ";__Host-sid=" ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" ID ";__Host-sid=" OTHER_ID ";__Host-sid=x", SESSION_AMBIGUOUS},
        {"__Host-sid=short;__Host-sid=" ID ";__Host-sid=" OTHER_ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" OTHER_ID ";__Host-sid=;__Host-sid=" ID, SESSION_AMBIGUOUS},
        {"__Host-sid=" ID "; __host-sid=" OTHER_ID, SESSION_OK},
        {"__Host-sid=" ID "; a=" OTHER_ID, SESSION_OK},
    };
    EXPECT_EACH(plain, examples);
}

static void test_two_cookies__with_the_same_id_are_one(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=" ID "; __Host-sid=" ID, SESSION_OK},
        {"__Host-sid=" ID "; a=1; __Host-sid=" ID "; __Host-sid=" ID, SESSION_OK},
    };
    static const example same_signature[] = {
        {"connect.sid=s%3A" ID "." ESCAPED "; connect.sid=s:" ID "." SIGNATURE,
         SESSION_OK},
    };
    EXPECT_EACH(plain, examples);
    EXPECT_EACH(from_express, same_signature);
}

/* Otherwise whoever can set a cookie could lock its owner out. */
static void test_cookie__that_is_no_id_is_passed_over_beside_one_that_is(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=; __Host-sid=" ID, SESSION_OK},
        {"__Host-sid=" ID ";__Host-sid=", SESSION_OK},
        {"__Host-sid; __Host-sid=" ID, SESSION_OK},
        {"__Host-sid=short; __Host-sid=" ID, SESSION_OK},
        {"__Host-sid=" ID "; __Host-sid=\"" OTHER_ID "\"", SESSION_OK},
        {"__Host-sid=" OTHER_ID ".; __Host-sid=%41; __Host-sid=" ID, SESSION_OK},
        {"__Host-sid=; __Host-sid=short", SESSION_BAD_ID},
        {"__Host-sid=short; __Host-sid=", SESSION_BAD_ID},
        {"__Host-sid=short; __Host-sid=" ID ".", SESSION_BAD_ID},
        {"__Host-sid=; __Host-sid=", SESSION_NOT_FOUND},
    };
    EXPECT_EACH(plain, examples);
}

/* A signature shows that we wrote the cookie, not for whom. */
static void test_two_signed_cookies__that_differ_are_ambiguous(void **state)
{
    (void)state;
    char other[HS_SIGNATURE_SIZE], header[512];
    hs_mac_sign("keyboard cat", OTHER_ID, other);
    snprintf(header, sizeof header,
             "connect.sid=s:" OTHER_ID ".%s; connect.sid=s:" ID "." SIGNATURE, other);
    expect_found(from_express, header, SESSION_AMBIGUOUS);
    other[0] = other[0] == 'A' ? 'B' : 'A';
    snprintf(header, sizeof header,
             "connect.sid=s:" OTHER_ID ".%s; connect.sid=s:" ID "." SIGNATURE, other);
    expect_found(from_express, header, SESSION_OK);
    expect_found(from_express,
                 "connect.sid=" OTHER_ID "; connect.sid=s:" ID "." SIGNATURE, SESSION_OK);
}

/* ---- Values ---- */

static void test_value__is_an_id_or_refused(void **state)
{
    (void)state;
    static const example examples[] = {
        {"__Host-sid=" ID "\r\n a=1", SESSION_INVALID},
        {"__Host-sid=" ID "\x01", SESSION_INVALID},
        {"a=\x7f; __Host-sid=" ID, SESSION_INVALID},
        {"__Host-sid=" ID "; a=\n", SESSION_INVALID},
        {"__Host-sid=" ID ", a=1", SESSION_BAD_ID},
        {"__Host-sid=\"" ID "\"", SESSION_BAD_ID},
        {"__Host-sid=\"", SESSION_BAD_ID},
        {"__Host-sid=" ID "=", SESSION_BAD_ID},
        {"__Host-sid=%41" ID, SESSION_BAD_ID},
        {"__Host-sid=" ID "\x80", SESSION_BAD_ID},
        {"__Host-sid=short", SESSION_BAD_ID},
        {"__Host-sid=0123456789abcde", SESSION_BAD_ID},
        {"__Host-sid=" ID ID ID ID "x", SESSION_BAD_ID},
        {"__Host-sid=" ID ID ID ID ID ID ID ID, SESSION_BAD_ID},
        {"__Host-sid=s%3A" ID "." ESCAPED, SESSION_BAD_ID},
        {"__Host-sid=../../../../etc/passwd", SESSION_BAD_ID},
    };
    EXPECT_EACH(plain, examples);
}

static void test_id__fits_or_leaves_an_empty_text(void **state)
{
    (void)state;
    for (size_t size = 0; size <= strlen(ID) + 1; size++) {
        char *exact = malloc(size + 1);
        memset(exact, '#', size + 1);
        int rc = session_cookie_find(plain, "__Host-sid=" ID, exact, size);
        expect_code(rc, size > strlen(ID) ? SESSION_OK : SESSION_BUFFER);
        if (size > 0)
            assert_string_equal(exact, rc == SESSION_OK ? ID : "");
        assert_int_equal(exact[size], '#');
        free(exact);
    }
    char longest[SESSION_COOKIE_ID_SIZE];
    expect_ok(session_cookie_find(plain, "__Host-sid=" ID ID ID ID, longest,
                                  session_cookie_id_size()));
    assert_string_equal(longest, ID ID ID ID);
    expect_code(session_cookie_find(NULL, "", longest, sizeof longest), SESSION_INVALID);
    expect_code(session_cookie_find(plain, "", NULL, 100), SESSION_INVALID);
}

/* ---- Sizes ---- */

static char *header_of(size_t length, const char *filling, const char *end)
{
    char *header = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        header[i] = filling[i % strlen(filling)];
    memcpy(header + length - strlen(end), end, strlen(end) + 1);
    return header;
}

static void test_header__up_to_64_kib_is_read(void **state)
{
    (void)state;
    static const char *const fillings[] = {";", "a=b; ", "a", "__Host-si=; ", "=", " "};
    for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++) {
        char *header = header_of(64 * 1024, fillings[i], "; __Host-sid=" ID);
        expect_found(plain, header, SESSION_OK);
        free(header);
        header = header_of(64 * 1024 + 1, fillings[i], "; __Host-sid=" ID);
        expect_found(plain, header, SESSION_INVALID);
        free(header);
        header = header_of(1 << 20, fillings[i], "; __Host-sid=" ID);
        expect_found(plain, header, SESSION_INVALID);
        free(header);
    }
    char *header = header_of(64 * 1024, "x", "");
    memcpy(header, "__Host-sid=", 11);
    expect_found(plain, header, SESSION_BAD_ID);
    memcpy(header, "connect.sid=", 12);
    expect_found(from_express, header, SESSION_BAD_ID);
    free(header);
}

/* ---- Signatures ---- */

static void test_signatures__are_those_of_cookie_signature(void **state)
{
    (void)state;
    static const struct {
        const char *id, *secret, *signature;
    } vectors[] = {
        {"hello", "tobiiscool", "DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"},
        {"abc", "secret", "mUba1OAOkT/Ivo5dP34RCkqegy+D+wnDRShdeGONig4"},
        {ID, "keyboard cat", SIGNATURE},
        {"hello",
         "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
         "k"
         "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
         "k"
         "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
         "F0xkyuxvXpJKXfIx15+7UqEM1z0bV13tdJ+airgcSIY"},
    };
    char signature[HS_SIGNATURE_SIZE];
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        hs_mac_sign(vectors[i].secret, vectors[i].id, signature);
        assert_string_equal(signature, vectors[i].signature);
    }
}

static void test_signed_cookie__is_written_as_express_does(void **state)
{
    (void)state;
    char header[512];
    static const char value[] = "connect.sid=s%3A" ID "." ESCAPED ";";
    expect_ok(session_cookie_format(from_express, ID, header, sizeof header));
    assert_memory_equal(header, value, strlen(value));
}

static void test_signed_cookie__is_taken_only_with_its_signature(void **state)
{
    (void)state;
    static const example examples[] = {
        {"connect.sid=s%3A" ID "." ESCAPED, SESSION_OK},
        {"connect.sid=s%3a" ID "." ESCAPED, SESSION_OK},
        {"connect.sid=s:" ID "." SIGNATURE, SESSION_OK},
        {"connect.sid=%73%3A" ID "%2E" ESCAPED, SESSION_OK},
        {"connect.sid=" ID, SESSION_BAD_ID},
        {"connect.sid=" ID "." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=S%3A" ID "." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=j%3A" ID "." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=s%3A" ID, SESSION_BAD_ID},
        {"connect.sid=s%3A" ID ".", SESSION_BAD_ID},
        {"connect.sid=s%3A." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=s%3A.", SESSION_BAD_ID},
        {"connect.sid=s%3A", SESSION_BAD_ID},
        {"connect.sid=s.", SESSION_BAD_ID},
        {"connect.sid=.", SESSION_BAD_ID},
        {"connect.sid=s%3A" OTHER_ID "." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=s%3A" ID "." ESCAPED "=", SESSION_BAD_ID},
        {"connect.sid=s%3A" ID ".." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=s%3A" ID "." ESCAPED "." ESCAPED, SESSION_BAD_ID},
        {"connect.sid=s%3A" ID ".wmoMdcKm4spuopNJ885QPu86JV2LfkP3CJ2Uvup%2BX48",
         SESSION_BAD_ID},
        {"connect.sid=s%3A" ID ".vmoMdcKm4spuopNJ885QPu86JV2LfkP3CJ2Uvup%2BX49",
         SESSION_BAD_ID},
        {"connect.sid=s%3A" ID ".vmoMdcKm4spuopNJ885QPu86JV2LfkP3CJ2Uvup-X48",
         SESSION_BAD_ID},
        {"connect.sid=s%3A" ID "." ESCAPED "%00", SESSION_BAD_ID},
        {"connect.sid=s%3A" ID "." ESCAPED "%", SESSION_BAD_ID},
        {"connect.sid=s%3A" ID "." ESCAPED "%2", SESSION_BAD_ID},
        {"connect.sid=s%zz" ID "." ESCAPED, SESSION_BAD_ID},
    };
    EXPECT_EACH(from_express, examples);
}

/* A text that is no id stays none, however well it is signed. */
static void test_signed_value__still_has_to_be_an_id(void **state)
{
    (void)state;
    static const char *const bad[] = {"abc", ID "." ID, ID ID ID ID "x", "", ID "/"};
    char header[512], signature[HS_SIGNATURE_SIZE];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hs_mac_sign("keyboard cat", bad[i], signature);
        snprintf(header, sizeof header, "connect.sid=s:%s.%s", bad[i], signature);
        expect_found(from_express, header, SESSION_BAD_ID);
    }
}

static void test_secrets__can_be_changed_without_a_logout(void **state)
{
    (void)state;
    session_cookie *changed = NULL;
    char header[512];
    expect_ok(session_cookie_open("name=connect.sid&old_secret=first&secret=new&"
                                  "old_secret=keyboard%20cat",
                                  &changed, NULL, 0));
    expect_found(changed, "connect.sid=s%3A" ID "." ESCAPED, SESSION_OK);
    expect_ok(session_cookie_format(changed, ID, header, sizeof header));
    *strchr(header, ';') = '\0';
    assert_null(strstr(header, ESCAPED));
    expect_found(changed, header, SESSION_OK);
    expect_found(from_express, header, SESSION_BAD_ID);
    strcat(header, "; connect.sid=s%3A" ID "." ESCAPED);
    expect_found(changed, header, SESSION_OK); /* of both secrets: still one id */
    session_cookie_close(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__has_to_match_to_the_letter),
        cmocka_unit_test(test_spaces_and_tabs__around_names_and_values_do_not_count),
        cmocka_unit_test(
            test_two_cookies__that_differ_are_ambiguous_whichever_comes_first),
        cmocka_unit_test(test_two_cookies__with_the_same_id_are_one),
        cmocka_unit_test(test_cookie__that_is_no_id_is_passed_over_beside_one_that_is),
        cmocka_unit_test(test_two_signed_cookies__that_differ_are_ambiguous),
        cmocka_unit_test(test_value__is_an_id_or_refused),
        cmocka_unit_test(test_id__fits_or_leaves_an_empty_text),
        cmocka_unit_test(test_header__up_to_64_kib_is_read),
        cmocka_unit_test(test_signatures__are_those_of_cookie_signature),
        cmocka_unit_test(test_signed_cookie__is_written_as_express_does),
        cmocka_unit_test(test_signed_cookie__is_taken_only_with_its_signature),
        cmocka_unit_test(test_signed_value__still_has_to_be_an_id),
        cmocka_unit_test(test_secrets__can_be_changed_without_a_logout),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

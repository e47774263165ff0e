/* CSRF tokens of stored sessions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "hisession/cookie.h"

static session *s;

static void create_session(void)
{
    expect_ok(session_create(store, NULL, &s));
}

static void free_session(void)
{
    session_free(s);
}

typedef struct {
    char text[SESSION_CSRF_LENGTH + 1];
} token;

static token token_of(const session *owner)
{
    token made;
    expect_ok(session_csrf_token(owner, made.text, sizeof made.text));
    assert_int_equal(strlen(made.text), session_csrf_length());
    return made;
}

static void test_token__looks_new_each_time_and_all_are_good(void **state)
{
    (void)state;
    token tokens[20];
    for (size_t i = 0; i < 20; i++) {
        tokens[i] = token_of(s);
        assert_null(strstr(tokens[i].text, session_id(s)));
        for (size_t j = 0; j < i; j++) /* in both halves */
            for (size_t at = 0; at + 8 <= SESSION_CSRF_LENGTH; at += 43)
                assert_memory_not_equal(tokens[i].text + at, tokens[j].text + at, 8);
    }
    for (size_t i = 0; i < 20; i++)
        expect_ok(session_csrf_check(s, tokens[i].text));
}

static void test_token__is_good_in_every_request_of_the_session(void **state)
{
    (void)state;
    session *next = NULL;
    token made = token_of(s);
    expect_ok(session_get(store, session_id(s), &next));
    expect_ok(session_csrf_check(next, made.text));
    session_free(next);
}

static void test_token__of_another_session_is_refused(void **state)
{
    (void)state;
    session *other = NULL;
    expect_ok(session_create(store, NULL, &other));
    expect_code(session_csrf_check(s, token_of(other).text), SESSION_INVALID);
    expect_ok(session_csrf_check(other, token_of(other).text));
    session_free(other);
}

static void test_token__from_before_the_login_is_refused(void **state)
{
    (void)state;
    token before = token_of(s);
    expect_ok(session_regenerate(s));
    expect_code(session_csrf_check(s, before.text), SESSION_INVALID);
    expect_ok(session_csrf_check(s, token_of(s).text));
}

static void test_token__changed_in_any_place_is_refused(void **state)
{
    (void)state;
    token made = token_of(s);
    for (size_t i = 0; i < SESSION_CSRF_LENGTH; i++) {
        token changed = made;
        changed.text[i] = made.text[i] == 'A' ? 'B' : 'A';
        expect_code(session_csrf_check(s, changed.text), SESSION_INVALID);
        changed = made;
        changed.text[i] = '\0';
        expect_code(session_csrf_check(s, changed.text), SESSION_INVALID);
    }
}

static void test_check__refuses_whatever_is_no_token(void **state)
{
    (void)state;
    char longer[SESSION_CSRF_LENGTH + 3];
    char *huge = malloc(1 << 20);
    memset(huge, 'A', (1 << 20) - 1);
    huge[(1 << 20) - 1] = '\0';
    expect_code(session_csrf_check(s, huge), SESSION_INVALID);
    huge[SESSION_CSRF_LENGTH] = '\0';
    expect_code(session_csrf_check(s, huge), SESSION_INVALID);
    free(huge);
    snprintf(longer, sizeof longer, "%sA", token_of(s).text);
    expect_code(session_csrf_check(s, longer), SESSION_INVALID);
    snprintf(longer, sizeof longer, "%s==", token_of(s).text);
    expect_code(session_csrf_check(s, longer), SESSION_INVALID);
    expect_code(session_csrf_check(s, session_id(s)), SESSION_INVALID);
    expect_code(session_csrf_check(s, "\r\n\xff{}"), SESSION_INVALID);
    expect_code(session_csrf_check(s, ""), SESSION_INVALID);
    expect_code(session_csrf_check(s, NULL), SESSION_INVALID);
    expect_code(session_csrf_check(NULL, token_of(s).text), SESSION_INVALID);
}

static void test_session__without_an_id_has_no_token(void **state)
{
    (void)state;
    session *new = NULL;
    char text[SESSION_CSRF_LENGTH + 1] = "before";
    expect_ok(session_new(store, &new));
    expect_code(session_csrf_token(new, text, sizeof text), SESSION_NOT_FOUND);
    assert_string_equal(text, "");
    expect_code(session_csrf_check(new, token_of(s).text), SESSION_INVALID);
    expect_ok(session_save(new));
    expect_ok(session_csrf_check(new, token_of(new).text));
    session_free(new);
}

static void test_token__fits_or_leaves_an_empty_text(void **state)
{
    (void)state;
    for (size_t size = 0; size <= SESSION_CSRF_LENGTH + 1; size++) {
        char *exact = malloc(size + 1);
        memset(exact, '#', size + 1);
        int rc = session_csrf_token(s, exact, size);
        expect_code(rc, size > SESSION_CSRF_LENGTH ? SESSION_OK : SESSION_BUFFER);
        if (size > 0)
            assert_int_equal(strlen(exact), rc == SESSION_OK ? SESSION_CSRF_LENGTH : 0);
        assert_int_equal(exact[size], '#');
        free(exact);
    }
    expect_code(session_csrf_token(NULL, NULL, 0), SESSION_INVALID);
    expect_code(session_csrf_token(s, NULL, 100), SESSION_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_token__looks_new_each_time_and_all_are_good),
        TEST(test_token__is_good_in_every_request_of_the_session),
        TEST(test_token__of_another_session_is_refused),
        TEST(test_token__from_before_the_login_is_refused),
        TEST(test_token__changed_in_any_place_is_refused),
        TEST(test_check__refuses_whatever_is_no_token),
        TEST(test_session__without_an_id_has_no_token),
        TEST(test_token__fits_or_leaves_an_empty_text),
    };
    return RUN_TESTS(tests, .options = "", .before = create_session,
                     .after = free_session);
}

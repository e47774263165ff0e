#include "token.h"

#include <sodium.h>
#include <string.h>

#include "visitor.h"

enum { RANDOM_SIZE = 32 };

/*
 * A hash, so that the page does not hold the cookie itself. It needs no key: an
 * attacker who can set cookies here could also get a cookie and its token from us.
 */
static void hash_cookie(const char *value, char token[TOKEN_SIZE])
{
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)value, strlen(value),
                       NULL, 0);
    sodium_bin2base64(token, TOKEN_SIZE, hash, sizeof hash,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool find_login_cookie(struct request *r)
{
    return visitor_find_cookie(r, r->app->login_cookie, r->login_id) == SESSION_OK;
}

static void make_login_cookie(struct request *r)
{
    unsigned char random[RANDOM_SIZE];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(r->login_id, sizeof r->login_id, random, sizeof random,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    r->give_login_cookie = true;
}

void token_make(struct request *r, char token[TOKEN_SIZE])
{
    if (r->session != NULL) {
        if (session_csrf_token(r->session, token, TOKEN_SIZE) != SESSION_OK)
            token[0] = '\0'; /* the form will be refused */
        return;
    }
    if (r->login_id[0] == '\0' && !find_login_cookie(r))
        make_login_cookie(r);
    hash_cookie(r->login_id, token);
}

static bool is_login_token(struct request *r, const char *sent)
{
    char expected[TOKEN_SIZE];
    if (!find_login_cookie(r))
        return false;
    hash_cookie(r->login_id, expected);
    return strlen(sent) == strlen(expected) &&
           sodium_memcmp(sent, expected, strlen(expected)) == 0;
}

bool token_check(struct request *r)
{
    const char *sent = request_field(r, FIELD_CSRF);
    r->token_checked = r->session != NULL
                           ? session_csrf_check(r->session, sent) == SESSION_OK
                           : is_login_token(r, sent);
    return r->token_checked;
}

/* A cookie that was set up and checked; afterwards it never changes. */
#ifndef HISESSION_WEB_COOKIE_SETUP_H
#define HISESSION_WEB_COOKIE_SETUP_H

#include "crypto/id.h"
#include "hisession/cookie.h"

#define HS_DIGITS "0123456789"
#define HS_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* What browsers take: RFC 6265bis 5.5 and 5.6. */
enum {
    HS_COOKIE_LONGEST = 4096, /* name and value */
    HS_COOKIE_PATH = 1024,
    HS_COOKIE_DOMAIN = 253,
    HS_COOKIE_SECRET = 512,
    HS_COOKIE_SECRETS = 9
};

enum { HS_SAME_SITE_STRICT, HS_SAME_SITE_LAX, HS_SAME_SITE_NONE };

struct session_cookie {
    char name[HS_COOKIE_LONGEST + 1];
    char path[HS_COOKIE_PATH + 1];
    char domain[HS_COOKIE_DOMAIN + 1]; /* empty for none */
    int64_t max_age;                   /* in milliseconds; 0 for none */
    int64_t secure;
    int64_t http_only;
    int64_t same_site;
    int64_t partitioned;
    char secrets[HS_COOKIE_SECRETS][HS_COOKIE_SECRET + 1]; /* the first signs */
    size_t old_secrets;                                    /* how many follow it */
};

bool hs_cookie_is_signed(const session_cookie *cookie);

/* Whether browsers take the name without a domain and for the path / alone. */
bool hs_cookie_is_host_only(const session_cookie *cookie);

/* The most characters that a value of this cookie can have. */
size_t hs_cookie_longest_value(const session_cookie *cookie);

#endif

/* What all requests share. Nothing in it changes once the server runs. */
#ifndef WEB_APP_H
#define WEB_APP_H

#include <hisession/cookie.h>
#include <hisession/session.h>

#include "accounts.h"
#include "limiter.h"
#include "live.h"

/* How long a session lasts, also in words for the pages. */
#define ANONYMOUS_TTL "10m"
#define MEMBER_TTL "30m"
#define MEMBER_TTL_WORDS "30 minutes"
#define LIFETIME "12h"
enum { LIFETIME_MS = 12 * 60 * 60 * 1000 };

struct app {
    /*
     * Two ways to the same sessions. A visitor's session is short; looking at
     * it through `anonymous` does not prolong it. Once it goes through
     * `members`, it is prolonged by use.
     */
    session_store *anonymous;
    session_store *members;
    session_cookie *cookie;
    struct accounts *accounts;
    struct limiter *limiter;
    struct live *live;
    int port;
};

#endif

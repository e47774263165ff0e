/* What all requests share. Nothing in it changes once the server runs. */
#ifndef WEB_APP_H
#define WEB_APP_H

#include <hisession/cookie.h>
#include <hisession/session.h>
#include <stdbool.h>

#include "accounts.h"
#include "deadlines.h"
#include "limiter.h"
#include "live.h"

/* How long a session lasts, also in words for the pages. */
#define TTL "30m"
#define TTL_WORDS "30 minutes"
#define LIFETIME "12h"
enum { LIFETIME_MS = 12 * 60 * 60 * 1000 };

struct app {
    /*
     * Two ways to the same sessions: a session that is read through `active` is
     * prolonged, one that is read through `passive` is not.
     */
    session_store *active;
    session_store *passive;
    session_cookie *cookie;
    session_cookie *login_cookie; /* the login form's token is its hash */
    struct accounts *accounts;
    struct limiter *limiter;
    struct live *live;
    struct deadlines *deadlines;
    int port;
    bool behind_proxy; /* the proxy in front adds the visitor to X-Forwarded-For */
};

#endif

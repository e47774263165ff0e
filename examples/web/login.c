#include "login.h"

#include <stdio.h>

#include "html.h"
#include "pages.h"
#include "visitor.h"

/* Wrong passwords within a minute, after which the minute has to pass. */
enum { OF_ACCOUNT = 10, OF_ADDRESS = 30, OF_SESSION = 5, PAUSE_MS = 60 * 1000 };

enum { RIGHT = 0, WRONG = -1 }; /* and a positive number of seconds to wait */

/* ---- Counting in the session: all servers see that ---- */

static int seconds_to_wait(session *s)
{
    int64_t until = 0;
    session_get_int(s, "pause_until", &until);
    int64_t left = until - now_ms();
    return left > 0 ? (int)(left / 1000 + 1) : 0;
}

static int count_wrong(session *s)
{
    int64_t wrong = 0;
    session_get_int(s, "wrong", &wrong);
    wrong++;
    int code = session_set_int(s, "wrong", wrong % OF_SESSION);
    if (code == SESSION_OK && wrong >= OF_SESSION)
        code = session_set_int(s, "pause_until", now_ms() + PAUSE_MS);
    return code == SESSION_OK ? session_save(s) : code;
}

static void forget_wrong(session *s)
{
    session_remove(s, "wrong");
    session_remove(s, "pause_until");
}

/* ---- Checking ---- */

/*
 * Counted before it is checked, so that attempts at the same moment count too.
 * Who has to wait learns nothing about the password.
 */
static int check(struct request *r, const char *name, const char **user)
{
    char address[64], by_account[80], by_address[80];
    struct limiter *limiter = r->app->limiter;
    request_address(r, address, sizeof address);
    snprintf(by_account, sizeof by_account, "account %.64s", name);
    snprintf(by_address, sizeof by_address, "address %s", address);

    int wait = seconds_to_wait(r->session);
    if (wait == 0)
        wait = limiter_take(limiter, by_address, OF_ADDRESS);
    if (wait == 0)
        wait = limiter_take(limiter, by_account, OF_ACCOUNT);
    if (wait > 0)
        return wait;
    *user = accounts_check(r->app->accounts, name, request_field(r, FIELD_PASSWORD));
    if (*user == NULL)
        return WRONG;
    limiter_give_back(limiter, by_address);
    limiter_give_back(limiter, by_account);
    forget_wrong(r->session);
    return RIGHT;
}

typedef enum MHD_Result form_page(struct request *r, unsigned status, const char *alert,
                                  int retry_after);

/* Shows the form again. What was wrong with it is not said: that helps to guess. */
static enum MHD_Result refuse(struct request *r, int verdict, form_page *page)
{
    if (verdict > 0)
        return page(r, MHD_HTTP_TOO_MANY_REQUESTS,
                    "There were too many attempts. Please wait a minute.", verdict);
    int code = count_wrong(r->session);
    if (code != SESSION_OK && code != SESSION_NOT_FOUND && code != SESSION_CONFLICT)
        return page_trouble(r, code);
    return page(r, MHD_HTTP_FORBIDDEN, "That is not right. Please try again.", 0);
}

/* ---- Logging in ---- */

enum MHD_Result login_get(struct request *r)
{
    if (visitor_user(r) != NULL)
        return reply_redirect(r, "/account");
    int code = visitor_begin(r);
    return code == SESSION_OK ? page_login(r, MHD_HTTP_OK, NULL, 0)
                              : page_trouble(r, code);
}

/* The session that the form was made for is over. */
static enum MHD_Result start_again(struct request *r)
{
    session_free(r->session);
    r->session = NULL;
    int code = visitor_begin(r);
    if (code != SESSION_OK)
        return page_trouble(r, code);
    return page_login(r, MHD_HTTP_FORBIDDEN,
                      "This page was open for too long. Please log in now.", 0);
}

enum MHD_Result login_post(struct request *r)
{
    const char *user;
    if (visitor_user(r) != NULL)
        return reply_redirect(r, "/account");
    if (!visitor_sent_token(r))
        return start_again(r);
    int verdict = check(r, request_field(r, FIELD_USER), &user);
    if (verdict != RIGHT)
        return refuse(r, verdict, page_login);
    int code = visitor_sign_in(r, user);
    if (code == SESSION_NOT_FOUND || code == SESSION_CONFLICT)
        return start_again(r);
    return code == SESSION_OK ? reply_redirect(r, "/account") : page_trouble(r, code);
}

/* ---- Once more ---- */

static enum MHD_Result ask(struct request *r)
{
    return page_confirm(r, MHD_HTTP_OK, NULL, 0);
}

bool login_confirmed(struct request *r, enum MHD_Result *answer)
{
    const char *user;
    if (visitor_is_confirmed(r))
        return true;
    if (r->fields[FIELD_PASSWORD] == NULL) {
        *answer = ask(r);
        return false;
    }
    int verdict = check(r, visitor_user(r), &user);
    if (verdict != RIGHT) {
        *answer = refuse(r, verdict, page_confirm);
        return false;
    }
    int code = visitor_confirm(r);
    if (code == SESSION_NOT_FOUND)
        *answer = reply_ended(r);
    else if (code == SESSION_CONFLICT) /* another tab saved at this moment */
        *answer = ask(r);
    else if (code != SESSION_OK)
        *answer = page_trouble(r, code);
    return code == SESSION_OK;
}

#include "login.h"

#include <stdio.h>
#include <time.h>

#include "pages.h"
#include "visitor.h"

/*
 * Wrong passwords before there is a wait: for one user at one address, and for all
 * users at one address. A guesser at one address keeps nobody at another address
 * from logging in. Guesses at one user from many addresses only delay each login of
 * that user by a second, because to refuse logins would lock the user out.
 */
enum { OF_USER_AT_ADDRESS = 5, OF_ADDRESS = 30, OF_USER = 10, DELAY_S = 1 };

enum { RIGHT = 0, WRONG = -1 }; /* and a positive number of seconds to wait */

/* ---- Checking ---- */

/*
 * The names under which an attempt is counted. An address has no space in it, so
 * that no two pairs of address and user have the same name.
 */
struct counted {
    char user_at_address[160], address[80], user[80];
};

static void name_counted(struct counted *c, const struct request *r, const char *name)
{
    char address[ADDRESS_SIZE];
    request_address(r, address, sizeof address);
    snprintf(c->user_at_address, sizeof c->user_at_address, "at %s %.64s", address, name);
    snprintf(c->address, sizeof c->address, "address %s", address);
    snprintf(c->user, sizeof c->user, "user %.64s", name);
}

/* Returns the seconds to wait, 0 for none. */
static int count_attempt(struct limiter *limiter, const struct counted *c)
{
    int wait = limiter_take(limiter, c->address, OF_ADDRESS);
    if (wait == 0)
        wait = limiter_take(limiter, c->user_at_address, OF_USER_AT_ADDRESS);
    if (wait == 0 && limiter_take(limiter, c->user, OF_USER) > 0)
        nanosleep(&(struct timespec){.tv_sec = DELAY_S}, NULL);
    return wait;
}

static void forget_attempt(struct limiter *limiter, const struct counted *c)
{
    limiter_give_back(limiter, c->address);
    limiter_forget(limiter, c->user_at_address);
    limiter_give_back(limiter, c->user);
}

/*
 * Counts the attempt before the password is checked, so that attempts at the same
 * moment count too. An attempt that has to wait is told nothing about the password.
 */
static int check(struct request *r, const char *name, const char **user)
{
    struct counted counted;
    name_counted(&counted, r, name);
    int wait = count_attempt(r->app->limiter, &counted);
    if (wait > 0)
        return wait;
    *user = accounts_check(r->app->accounts, name, request_field(r, FIELD_PASSWORD));
    if (*user == NULL)
        return WRONG;
    forget_attempt(r->app->limiter, &counted);
    return RIGHT;
}

typedef enum MHD_Result form_page(struct request *r, unsigned status, const char *alert,
                                  int retry_after);

/*
 * Shows the form again. It does not say whether the name or the password was wrong,
 * because that would help to guess.
 */
static enum MHD_Result refuse(struct request *r, int verdict, form_page *page)
{
    char text[80];
    if (verdict == WRONG)
        return page(r, MHD_HTTP_FORBIDDEN, "That is not right. Please try again.", 0);
    snprintf(text, sizeof text, "Too many attempts. Please try again in %d second%s.",
             verdict, verdict == 1 ? "" : "s");
    return page(r, MHD_HTTP_TOO_MANY_REQUESTS, text, verdict);
}

/* ---- Logging in ---- */

enum MHD_Result login_get(struct request *r)
{
    return visitor_user(r) != NULL ? reply_redirect(r, "/account")
                                   : page_login(r, MHD_HTTP_OK, NULL, 0);
}

enum MHD_Result login_again(struct request *r)
{
    if (visitor_user(r) != NULL) /* the first of two clicks logged in */
        return reply_redirect(r, "/account");
    return page_login(r, MHD_HTTP_FORBIDDEN,
                      "This page was open for too long. Please log in now.", 0);
}

enum MHD_Result login_post(struct request *r)
{
    const char *user;
    if (visitor_user(r) != NULL)
        return reply_redirect(r, "/account");
    int verdict = check(r, request_field(r, FIELD_USER), &user);
    if (verdict != RIGHT)
        return refuse(r, verdict, page_login);
    int code = visitor_sign_in(r, user);
    if (code == SESSION_NOT_FOUND) /* the user was logged out everywhere meanwhile */
        return login_again(r);
    return code == SESSION_OK ? reply_redirect(r, "/account") : page_trouble(r, code);
}

/* ---- The password once more ---- */

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
    else if (code == SESSION_MOVED) /* the first of two clicks did it */
        *answer = reply_redirect(r, "/account");
    else if (code == SESSION_CONFLICT) /* another tab saved at this moment */
        *answer = ask(r);
    else if (code != SESSION_OK)
        *answer = page_trouble(r, code);
    return code == SESSION_OK;
}

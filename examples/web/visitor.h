/* Who is asking: from the cookie to the session, and to a user. */
#ifndef WEB_VISITOR_H
#define WEB_VISITOR_H

#include "request.h"

/*
 * Finds the request's session; if `active`, a user's idle timeout starts anew.
 * Also OK if there is none: then r->session is NULL. INVALID means that the
 * session cookie came twice; any other code that it is not known whether there
 * is a session, which must not be treated as "there is none".
 */
int visitor_load(struct request *r, bool active);

/* The user who is logged in, NULL if nobody is. */
const char *visitor_user(const struct request *r);

/* Gives a visitor who has no session a short one, for the login form. */
int visitor_begin(struct request *r);

/* Logs the visitor in: under a new id, so that one known before is worth nothing. */
int visitor_sign_in(struct request *r, const char *user);

/* The user gave the password again: a new id once more, and it is remembered when. */
int visitor_confirm(struct request *r);

/* Whether the password was given within the last few minutes. */
bool visitor_is_confirmed(const struct request *r);

/* Whether the form that was posted is one of ours, made for this session. */
bool visitor_sent_token(const struct request *r);

#endif

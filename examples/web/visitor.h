/* The visitor: from the cookie to the session, and to a user. */
#ifndef WEB_VISITOR_H
#define WEB_VISITOR_H

#include "request.h"

/*
 * Finds the request's session; if `active`, its idle timeout starts again. Also OK
 * if there is no session: r->session is NULL then. AMBIGUOUS means that two session
 * cookies differ; any other code that it is not known whether there is a session, which
 * must not be treated as "no session".
 */
int visitor_load(struct request *r, bool active);

/* The user who is logged in, NULL if nobody is. */
const char *visitor_user(const struct request *r);

/* The value of one of our cookies. Returns as session_cookie_find(). */
int visitor_find_cookie(const struct request *r, const session_cookie *cookie,
                        char value[SESSION_COOKIE_ID_SIZE]);

/*
 * Logs the visitor in, always with a new session, so that an id that somebody knew
 * before is worth nothing.
 */
int visitor_sign_in(struct request *r, const char *user);

/* The user gave the password again: the session gets a new id and notes the time. */
int visitor_confirm(struct request *r);

/* Whether the password was given within the last few minutes. */
bool visitor_is_confirmed(const struct request *r);

/*
 * Saves the session; an answer that was lost is asked for once more, because the
 * library then recognises a save that did arrive.
 */
int visitor_save(session *s);

#endif

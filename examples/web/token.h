/*
 * The token in each form, which shows that a form that was posted is one of ours:
 * no other site can know it.
 *
 * A user's token belongs to the session. A visitor who is not logged in has none,
 * and nothing is stored for him: his login form's token is made from a random
 * cookie that he gets with the form. Another site can neither read nor set that
 * cookie, because browsers take a __Host- cookie from this host alone.
 */
#ifndef WEB_TOKEN_H
#define WEB_TOKEN_H

#include "request.h"

enum { TOKEN_SIZE = SESSION_CSRF_LENGTH + 1 };

/* Writes the token for a form of this visitor's; the answer must not be sent before. */
void token_make(struct request *r, char token[TOKEN_SIZE]);

/* Whether the form that was posted brought this visitor's token. */
bool token_check(struct request *r);

#endif

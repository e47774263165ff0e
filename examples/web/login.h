/* Passwords: logging in, and proving it once more. */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include "request.h"

enum MHD_Result login_get(struct request *r);
enum MHD_Result login_post(struct request *r);

/*
 * For what needs the password to have been given lately, such as logging
 * devices out. True if it was, with this form or before; else `answer` is the
 * result of asking for it.
 */
bool login_confirmed(struct request *r, enum MHD_Result *answer);

#endif

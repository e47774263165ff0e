/* Passwords: logging in, and giving the password once more. */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include "request.h"

enum MHD_Result login_get(struct request *r);
enum MHD_Result login_post(struct request *r);

/* The login form for a POST that did not bring the token of this visitor's form. */
enum MHD_Result login_again(struct request *r);

/*
 * Guards actions that need a recent password, such as logging devices out. True if
 * the password was given in the last minutes, or with this form. Else the request
 * was answered with a page that asks for it, and `answer` is the result of that.
 */
bool login_confirmed(struct request *r, enum MHD_Result *answer);

#endif

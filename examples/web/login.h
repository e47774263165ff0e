/* Passwords: logging in, and giving the password once more. */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include "request.h"

enum MHD_Result login_get(struct request *r);
enum MHD_Result login_post(struct request *r);

/* The login form for a POST that did not bring the token of this visitor's form. */
enum MHD_Result login_again(struct request *r);

/*
 * For what needs the password to have been given lately, such as logging devices
 * out. True if it was, before or with this form; else the request is answered, and
 * `answer` is the result: the page that asks for the password.
 */
bool login_confirmed(struct request *r, enum MHD_Result *answer);

#endif

/* The people who can log in. A real application has them in its database. */
#ifndef WEB_ACCOUNTS_H
#define WEB_ACCOUNTS_H

#include <stddef.h>

struct accounts;

/* Hashes the demo passwords. NULL if memory ran out. */
struct accounts *accounts_new(void);
void accounts_free(struct accounts *accounts);

/*
 * The account's name if the password is its password, else NULL. Takes as long
 * for a name that nobody has, so that names cannot be found out by the clock.
 */
const char *accounts_check(struct accounts *accounts, const char *name,
                           const char *password);

/* For the login page of this demo; NULL after the last. */
const char *accounts_demo_name(size_t index);
const char *accounts_demo_password(size_t index);

#endif

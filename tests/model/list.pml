/*
 * The user's list: destroy_user, list_user and touch beside logins and regenerates.
 */
#ifndef A
#define A REGENERATE + LOGIN + CREATE
#endif
#ifndef B
#define B DESTROY_USER
#endif
#ifndef C
#define C REGENERATE + LOGIN + LIST + TOUCH
#endif
#ifndef WRITER_SLEEPS
#define WRITER_SLEEPS 1
#endif
#include "model.inc"

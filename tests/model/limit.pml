/*
 * user_limit: logins, regenerates and logouts of the user beside each other.
 */
#ifndef LIMIT
#define LIMIT 1
#endif
#ifndef A
#define A REGENERATE + LOGIN + CREATE
#endif
#ifndef B
#define B REGENERATE + LOGIN + CREATE + DESTROY
#endif
#include "model.inc"

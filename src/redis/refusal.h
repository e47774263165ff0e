/*
 * What an error reply says, for people. A server may quote a command's arguments, and
 * names its users, so its words are passed on only while they can be neither.
 */
#ifndef HISESSION_REDIS_REFUSAL_H
#define HISESSION_REDIS_REFUSAL_H

#include "redis/command.h"

enum { HS_REFUSAL_SIZE = 160 };

/* The reply's words, or what they mean; one line that is never empty. */
void hs_refusal_describe(const hs_reply *error, char out[HS_REFUSAL_SIZE]);

#endif

/*
 * Ending sessions with all that they became: an id that moved leads to the next one,
 * to the end of the chain.
 */
#ifndef HISESSION_USERS_CHAIN_H
#define HISESSION_USERS_CHAIN_H

#include "base/attributes.h"
#include "users/user.h"

typedef struct {
    char id[HS_ID_SIZE]; /* a storage id; in the end the last one of its chain */
    bool has_ended;      /* a session was there, and ended by this call */
    bool is_over;        /* nothing is left to do */
    bool is_unsure;      /* whose the next one is */
    int links;
    hs_user_list list; /* of the user whose it was; its name is empty for nobody's */
} hs_chain;

/* A chain that begins with this storage id. */
void hs_chain_begin(hs_chain *chain, const char *id);

/*
 * Ends all chains, many in one write, and takes what ended off its list. With a user,
 * a chain that goes on as somebody else's is left there. OK if each has come to its
 * end, UNKNOWN if one is too long, and the codes of a failed write: what had ended by
 * then says so.
 */
HS_MUST_USE int hs_chain_end(session_store *store, const char *user, hs_chain *chains,
                             size_t count, hs_deadline deadline);

#endif

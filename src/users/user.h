/* Users: the texts that name them, and where their lists are. */
#ifndef HISESSION_USERS_USER_H
#define HISESSION_USERS_USER_H

#include <stdbool.h>

#include "crypto/address.h"
#include "store/store.h"

/* Whether this can be a user: 1 to 255 bytes. */
bool hs_user_is_valid(const char *user);

/*
 * A user's list. Its name is a hash of the user; in a sealed store it is made with a
 * key of the ring, so that there is a list for each key: the first one takes the logins
 * of today, and the sessions of the others as they are used.
 */
typedef struct {
    char name[HS_HANDLE_SIZE];
    hs_key set;   /* a sorted set of storage ids */
    hs_key notes; /* a hash of what people want to know of each */
} hs_user_list;

void hs_user_list_of(const session_store *store, const char *user, size_t key_index,
                     hs_user_list *list);

/* The list of this name. */
void hs_user_list_named(const session_store *store, const char *name, hs_user_list *list);

/* The list of whom this outline, as hs_look has it, says it is. False for nobody. */
bool hs_user_list_of_outline(const session_store *store, const hs_record *outline,
                             hs_user_list *list);

/* Whether a list of this name is one of this user's. */
bool hs_user_has_list(const session_store *store, const char *user, const char *name);

/* Whether that is this user. */
bool hs_user_owns(const session_store *store, const char *user, const hs_record *outline);

#endif

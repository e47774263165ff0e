/* Users: the texts that name them, and the keys of their lists. */
#ifndef HISESSION_USERS_USER_H
#define HISESSION_USERS_USER_H

#include <stdbool.h>

#include "crypto/address.h"
#include "store/store.h"

/* Whether this can be a user: 1 to 255 bytes. */
bool hs_user_is_valid(const char *user);

/*
 * A hash of the user, which stands in the keys of the list. In a sealed store it
 * is made with this key of the ring.
 */
void hs_user_name(const session_store *store, const char *user, size_t key_index,
                  char name[HS_HANDLE_SIZE]);

/* The keys of the list of this name: the sorted set, and the hash of notes. */
void hs_user_keys(const session_store *store, const char *name, hs_key keys[2]);

#endif

#include "users/user.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_USER = 255 };

bool hs_user_is_valid(const char *user)
{
    size_t length = strnlen(user, LONGEST_USER + 1);
    return length > 0 && length <= LONGEST_USER;
}

void hs_user_name(const session_store *store, const char *user, size_t key_index,
                  char name[HS_HANDLE_SIZE])
{
    if (store->ring != NULL)
        hs_ring_user(store->ring, key_index, store->settings.prefix, user, name);
    else
        hs_id_handle(user, name);
}

void hs_user_keys(const session_store *store, const char *name, hs_key keys[2])
{
    char set[sizeof "user:{}:note" + HS_HANDLE_SIZE];
    char hash[sizeof set];
    /* The braces put both into one slot of a Cluster. */
    snprintf(set, sizeof set, "user:{%s}", name);
    snprintf(hash, sizeof hash, "user:{%s}:note", name);
    hs_key_make(&keys[0], store->settings.prefix, set);
    hs_key_make(&keys[1], store->settings.prefix, hash);
}

#include "users/user.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { LONGEST_USER = 255 };

bool hs_user_is_valid(const char *user)
{
    size_t length = strnlen(user, LONGEST_USER + 1);
    return length > 0 && length <= LONGEST_USER;
}

static void name_list(const session_store *store, const char *user, size_t key_index,
                      char name[HS_HANDLE_SIZE])
{
    if (store->ring != NULL)
        hs_ring_user(store->ring, key_index, store->settings.prefix, user, name);
    else
        hs_id_handle(user, name);
}

void hs_user_list_named(const session_store *store, const char *name, hs_user_list *list)
{
    char set[sizeof "user:{}:note" + HS_HANDLE_SIZE];
    char notes[sizeof set];
    memcpy(list->name, name, strlen(name) + 1);
    /* The braces put both into one slot of a Cluster. */
    snprintf(set, sizeof set, "user:{%s}", name);
    snprintf(notes, sizeof notes, "user:{%s}:note", name);
    hs_key_make(&list->set, store->settings.prefix, set);
    hs_key_make(&list->notes, store->settings.prefix, notes);
}

void hs_user_list_of(const session_store *store, const char *user, size_t key_index,
                     hs_user_list *list)
{
    char name[HS_HANDLE_SIZE];
    name_list(store, user, key_index, name);
    hs_user_list_named(store, name, list);
}

bool hs_user_list_of_outline(const session_store *store, const hs_record *outline,
                             hs_user_list *list)
{
    char *user = NULL;
    char name[HS_HANDLE_SIZE];
    if (outline->user.length == 0)
        return false;
    if (store->ring != NULL) {
        bool fits = hs_slice_copy(outline->user, name, sizeof name);
        if (fits)
            hs_user_list_named(store, name, list);
        return fits;
    }
    if (hs_record_copy_user(outline, &user) != SESSION_OK)
        return false;
    hs_user_list_of(store, user, 0, list);
    hs_memory_free_text(user);
    return true;
}

bool hs_user_has_list(const session_store *store, const char *user, const char *name)
{
    char own[HS_HANDLE_SIZE];
    for (size_t i = 0; i < hs_store_key_count(store); i++) {
        name_list(store, user, i, own);
        if (strcmp(own, name) == 0)
            return true;
    }
    return false;
}

bool hs_user_owns(const session_store *store, const char *user, const hs_record *outline)
{
    char name[HS_HANDLE_SIZE];
    if (store->ring == NULL)
        return hs_json_name_is(outline->user, user);
    /* A former envelope names nobody: only the list that it stands on does. */
    if (outline->is_former)
        return true;
    return hs_slice_copy(outline->user, name, sizeof name) &&
           hs_user_has_list(store, user, name);
}

/* A user's sessions as a list of what is known of each. */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "users/members.h"
#include "users/place.h"

typedef struct {
    char handle[HS_HANDLE_SIZE];
    char *label; /* owned, as is the address; NULL for unknown */
    char *address;
    int64_t created_at;
    int64_t seen_at;
    int64_t expires_at;
} listed_session;

struct session_list {
    uint32_t magic;
    listed_session *items;
    size_t count;
    size_t capacity; /* as many as members were found */
};

/* ---- Entries of a list ---- */

static int read_note_member(void *user, hs_slice name, hs_slice value)
{
    listed_session *item = user;
    if (value.length < 2 || value.start[0] != '"')
        return SESSION_INVALID;
    if (hs_json_name_is(name, "label"))
        return hs_json_to_string(value, &item->label);
    if (hs_json_name_is(name, "address"))
        return hs_json_to_string(value, &item->address);
    return SESSION_OK;
}

static void item_free(listed_session *item)
{
    hs_memory_free_text(item->label);
    hs_memory_free_text(item->address);
}

/* A note that cannot be read says nothing of the device; the session lives all the same.
 */
static int read_note(const hs_members *members, const hs_member *member,
                     listed_session *item)
{
    hs_user_list list;
    char *note = NULL;
    const hs_slice text = {member->note, member->note_length};
    if (member->note == NULL)
        return SESSION_OK;
    hs_user_list_of(members->store, members->user, member->key_index, &list);
    int rc = hs_place_open_note(members->store, &list, member->id, text, &note);
    if (rc == SESSION_OK)
        rc = hs_json_scan_object((hs_slice){note, strlen(note)}, read_note_member, item);
    hs_memory_free_text(note);
    return rc == SESSION_NO_MEMORY ? rc : SESSION_OK;
}

/* When the session was last active, as its remaining ttl tells it. */
static int64_t seen_at(const session_store *store, const hs_member *member, int64_t now)
{
    int64_t ttl = store->settings.ttl;
    if (member->remaining_ttl_ms < 0 || member->remaining_ttl_ms > ttl)
        return now;
    return now - (ttl - member->remaining_ttl_ms);
}

static int add(session_list *list, const hs_members *members, const hs_member *member)
{
    int64_t now = hs_clock_unix_ms();
    int64_t left = member->remaining_ttl_ms;
    int64_t seen = seen_at(members->store, member, now);
    listed_session *item = &list->items[list->count++];
    *item = (listed_session){
        .created_at = member->login / 1000,
        .seen_at = seen > member->created ? seen : member->created,
        .expires_at = left >= 0 && left < INT64_MAX - now ? now + left : 0,
    };
    hs_id_handle(member->id, item->handle);
    return read_note(members, member, item);
}

static int add_all(session_list *list, const hs_members *members)
{
    int rc = SESSION_OK;
    list->capacity = members->count;
    list->items = hs_memory_new((list->capacity + 1) * sizeof *list->items);
    if (list->items == NULL)
        return SESSION_NO_MEMORY;
    for (size_t i = 0; rc == SESSION_OK && i < members->count; i++)
        if (hs_members_is_there(members, &members->items[i]))
            rc = add(list, members, &members->items[i]);
    return rc;
}

static int last_created_first(const void *a, const void *b)
{
    const listed_session *x = a, *y = b;
    int order = (x->created_at < y->created_at) - (x->created_at > y->created_at);
    return order != 0 ? order : strcmp(x->handle, y->handle);
}

static int read_list(session_list *list, session_store *store, const char *user)
{
    hs_members members;
    hs_members_begin(&members, store, user, hs_store_deadline(store));
    int rc = hs_members_load(&members, HS_MEMBERS_ALL, true);
    if (rc == SESSION_OK)
        rc = add_all(list, &members);
    if (rc == SESSION_OK) {
        qsort(list->items, list->count, sizeof *list->items, last_created_first);
        hs_members_mend(&members);
    }
    hs_members_free(&members);
    return rc;
}

int session_list_user(session_store *store, const char *user, session_list **out)
{
    if (!hs_magic_is(store, HS_MAGIC_STORE) || user == NULL || out == NULL ||
        !hs_user_is_valid(user))
        return SESSION_INVALID;
    session_list *list = hs_memory_new(sizeof *list);
    if (list == NULL)
        return SESSION_NO_MEMORY;
    list->magic = HS_MAGIC_LIST;
    int rc = read_list(list, store, user);
    if (rc != SESSION_OK) {
        session_list_free(list);
        return rc;
    }
    *out = list;
    return SESSION_OK;
}

void session_list_free(session_list *list)
{
    if (list == NULL)
        return;
    hs_magic_end(&list->magic, HS_MAGIC_LIST);
    for (size_t i = 0; i < list->count; i++)
        item_free(&list->items[i]);
    hs_memory_free(list->items, (list->capacity + 1) * sizeof *list->items);
    hs_memory_free(list, sizeof *list);
}

/* ---- Asking a list ---- */

static const listed_session *at(const session_list *list, size_t index)
{
    return hs_magic_is(list, HS_MAGIC_LIST) && index < list->count ? &list->items[index]
                                                                   : NULL;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

size_t session_list_count(const session_list *list)
{
    return hs_magic_is(list, HS_MAGIC_LIST) ? list->count : 0;
}

const char *session_list_handle(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? item->handle : NULL;
}

const char *session_list_label(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? or_empty(item->label) : NULL;
}

const char *session_list_address(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? or_empty(item->address) : NULL;
}

int64_t session_list_created_at(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? item->created_at : 0;
}

int64_t session_list_seen_at(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? item->seen_at : 0;
}

int64_t session_list_expires_at(const session_list *list, size_t index)
{
    const listed_session *item = at(list, index);
    return item != NULL ? item->expires_at : 0;
}

/* A user's sessions as a list of what is known of each. */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "users/user_index.h"

enum { FIRST_CAPACITY = 8 };

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
    size_t capacity;
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
static int read_note(const hs_user_index *index, const hs_user_entry *entry,
                     listed_session *item)
{
    char *note = NULL;
    int rc = hs_user_index_read_note(index, entry, &note);
    if (rc == SESSION_OK)
        rc = hs_json_scan_object((hs_slice){note, strlen(note)}, read_note_member, item);
    hs_memory_free_text(note);
    return rc == SESSION_NO_MEMORY ? rc : SESSION_OK;
}

static int grow(session_list *list)
{
    size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 2;
    listed_session *items = hs_memory_grow(list->items, list->count * sizeof *items,
                                           capacity * sizeof *items);
    if (items == NULL)
        return SESSION_NO_MEMORY;
    list->items = items;
    list->capacity = capacity;
    return SESSION_OK;
}

static int add(session_list *list, const hs_user_index *index, const hs_user_entry *entry,
               int64_t remaining_ttl_ms)
{
    if (list->count == list->capacity && grow(list) != SESSION_OK)
        return SESSION_NO_MEMORY;
    listed_session *item = &list->items[list->count++];
    *item = (listed_session){
        .created_at = entry->created,
        .seen_at = entry->seen,
        .expires_at = remaining_ttl_ms >= 0 ? hs_clock_unix_ms() + remaining_ttl_ms : 0,
    };
    hs_id_handle(entry->id, item->handle);
    return read_note(index, entry, item);
}

/* Adds those that live; the others go off the user's list. */
static int list_entry(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    int64_t remaining_ttl_ms;
    if (!entry->written && !entry->abandoned)
        return SESSION_OK; /* nobody has its id yet */
    int rc = hs_user_index_remaining_ttl(index, entry->id, &remaining_ttl_ms);
    if (rc == SESSION_OK)
        return add(context, index, entry, remaining_ttl_ms);
    if (rc == SESSION_NOT_FOUND && entry->written)
        hs_ignore(hs_user_index_remove(index, entry->id));
    return rc == SESSION_NOT_FOUND ? SESSION_OK : rc;
}

static int by_handle(const void *a, const void *b)
{
    const listed_session *x = a, *y = b;
    int order = strcmp(x->handle, y->handle);
    return order != 0 ? order : (x->seen_at < y->seen_at) - (x->seen_at > y->seen_at);
}

static int last_created_first(const void *a, const void *b)
{
    const listed_session *x = a, *y = b;
    return (x->created_at < y->created_at) - (x->created_at > y->created_at);
}

/* Of two entries of one session the later counts, and what only the other one knows. */
static void merge_items(listed_session *into, listed_session *from)
{
    if (into->label == NULL && into->address == NULL) {
        into->label = from->label;
        into->address = from->address;
        into->created_at = from->created_at;
    } else {
        item_free(from);
    }
}

/* One that changed while the lists were read may be there twice. */
static void drop_repeated(session_list *list)
{
    size_t kept = 0;
    if (list->count < 2)
        return;
    qsort(list->items, list->count, sizeof *list->items, by_handle);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0 && strcmp(list->items[kept - 1].handle, list->items[i].handle) == 0)
            merge_items(&list->items[kept - 1], &list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    qsort(list->items, list->count, sizeof *list->items, last_created_first);
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
    int rc =
        hs_user_index_each_key(store, user, hs_store_deadline(store), list_entry, list);
    if (rc != SESSION_OK) {
        session_list_free(list);
        return rc;
    }
    drop_repeated(list);
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
    hs_memory_free(list->items, list->count * sizeof *list->items);
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

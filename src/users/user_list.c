/* The sessions of a user: listing and ending them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/json_values.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "hisession/events.h"
#include "record/fields.h"
#include "session/session_object.h"
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
               int64_t life)
{
    if (list->count == list->capacity && grow(list) != SESSION_OK)
        return SESSION_NO_MEMORY;
    listed_session *item = &list->items[list->count++];
    *item = (listed_session){
        .created_at = entry->created,
        .seen_at = entry->seen,
        .expires_at = life >= 0 ? hs_clock_unix_ms() + life : 0,
    };
    hs_id_handle(entry->id, item->handle);
    return read_note(index, entry, item);
}

/* Adds those that live; the others go off the user's list. */
static int list_entry(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    int64_t life;
    if (!entry->written && !entry->abandoned)
        return SESSION_OK; /* nobody has its id yet */
    int rc = hs_store_left(index->store, entry->id, index->deadline, &life);
    if (rc == SESSION_OK)
        return add(context, index, entry, life);
    if (rc == SESSION_NOT_FOUND && entry->written)
        (void)hs_user_index_remove(index, entry->id);
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

/* Visits the user's lists: one, or in a sealed store one a key of the ring. */
static int visit_all(session_store *store, const char *user, hs_deadline deadline,
                     hs_user_visit *visit, void *context)
{
    int rc = SESSION_OK;
    for (size_t key = 0; rc == SESSION_OK && key < hs_store_key_count(store); key++) {
        hs_user_index index;
        hs_user_index_open(&index, store, user, key, deadline);
        rc = hs_user_index_each(&index, visit, context);
    }
    return rc;
}

int session_list_user(session_store *store, const char *user, session_list **out)
{
    if (store == NULL || user == NULL || out == NULL || !hs_session_is_user(user))
        return SESSION_INVALID;
    session_list *list = hs_memory_new(sizeof *list);
    if (list == NULL)
        return SESSION_NO_MEMORY;
    int rc = visit_all(store, user, hs_store_deadline(store), list_entry, list);
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
    for (size_t i = 0; i < list->count; i++)
        item_free(&list->items[i]);
    hs_memory_free(list->items, list->count * sizeof *list->items);
    hs_memory_free(list, sizeof *list);
}

/* ---- Asking a list ---- */

static const listed_session *at(const session_list *list, size_t index)
{
    return list != NULL && index < list->count ? &list->items[index] : NULL;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

size_t session_list_count(const session_list *list)
{
    return list != NULL ? list->count : 0;
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

/* ---- Ending ---- */

typedef struct {
    const char *handle;
    bool ended;
} handle_search;

static int end_if_named(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    handle_search *search = context;
    char handle[HS_HANDLE_SIZE];
    bool ended;
    hs_id_handle(entry->id, handle);
    if (strcmp(handle, search->handle) != 0)
        return SESSION_OK;
    int rc = hs_user_index_end(index, entry->id, &ended);
    search->ended |= ended;
    return rc;
}

int session_destroy_handle(session_store *store, const char *user, const char *handle)
{
    handle_search search = {handle, false};
    if (store == NULL || user == NULL || handle == NULL || !hs_session_is_user(user))
        return SESSION_INVALID;
    int rc = visit_all(store, user, hs_store_deadline(store), end_if_named, &search);
    return rc == SESSION_OK && !search.ended ? SESSION_NOT_FOUND : rc;
}

typedef struct {
    const char *spared; /* an id, or NULL */
    int64_t began;
    int64_t ended;
    size_t found; /* in one pass */
} sweep;

/* Whether an entry is that of the id, whichever key of the ring that was hashed with. */
static bool is_of_id(const session_store *store, const hs_user_entry *entry,
                     const char *id)
{
    char storage_id[HS_ID_SIZE];
    bool is = false;
    for (size_t key = 0; !is && key < hs_store_key_count(store); key++) {
        hs_store_storage_id(store, id, key, storage_id);
        is = strcmp(entry->id, storage_id) == 0;
    }
    hs_memory_wipe(storage_id, sizeof storage_id);
    return is;
}

static int end_if_older(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    sweep *s = context;
    bool ended;
    if (s->began == 0)
        s->began = entry->read_at;
    if (entry->created > s->began)
        return SESSION_OK;
    if (s->spared != NULL && is_of_id(index->store, entry, s->spared))
        return SESSION_OK;
    if (!entry->doomed)
        s->found++;
    int rc = hs_user_index_end(index, entry->id, &ended);
    s->ended += ended ? 1 : 0;
    return rc;
}

/*
 * Ends whoever was there when it began. One may slip through by a regenerate
 * under way, which passes its time of creation on; so until none is found.
 */
static int end_all(session_store *store, const char *user, hs_deadline deadline, sweep *s)
{
    int rc;
    do {
        s->found = 0;
        rc = visit_all(store, user, deadline, end_if_older, s);
    } while (rc == SESSION_OK && s->found > 0);
    return rc;
}

int session_destroy_user(session_store *store, const char *user, const char *except_id,
                         int64_t *destroyed)
{
    sweep s = {.spared = except_id};
    if (store == NULL || user == NULL || !hs_session_is_user(user))
        return SESSION_INVALID;
    if (except_id != NULL && !hs_store_takes_id(store, except_id))
        return SESSION_BAD_ID;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = end_all(store, user, deadline, &s);
    if (rc != SESSION_OK)
        return rc;
    hs_events_publish(store, SESSION_EVENT_USER_REVOKED, NULL, NULL, user, deadline);
    if (destroyed != NULL)
        *destroyed = s.ended;
    return SESSION_OK;
}
